//! `cargo xtask bench`: how fast it is, in figures with goals.

use anyhow::Result;

use crate::process::{self, cargo};
use crate::{app, dist, tools};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// What to measure
    #[arg(value_enum)]
    what: What,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum What {
    /// Applying plans: the engine beside a loop of POSTs and beside the lower bound
    Apply,
    /// The list of identities in a browser: loading, searching, sorting, scrolling, beside a bare page
    List,
}

const NEXT: &str =
    "Next: the lines above tell which goal was missed; a machine that is busy with something else misses many";

pub(crate) fn run(options: &Options) -> Result<()> {
    match options.what {
        What::Apply => {
            process::run(cargo().args(["run", "--quiet", "--locked", "--profile", "bench", "--package", "apply"]), NEXT)
        }
        What::List => {
            let folder = app::folder();
            app::build(&folder, "/")?;
            dist::compress(&folder)?;
            tools::browser()?;
            let mut list = cargo();
            list.args(["run", "--quiet", "--locked", "--package", "list"]).env("ROLEGRANT_APP", folder);
            process::run(list.env("RUST_BACKTRACE", "0"), NEXT)
        }
    }
}
