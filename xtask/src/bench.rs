//! `cargo xtask bench`: how fast it is, in figures with goals.

use anyhow::Result;

use crate::process::{self, cargo};

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
}

pub(crate) fn run(options: &Options) -> Result<()> {
    match options.what {
        What::Apply => process::run(
            cargo().args(["run", "--quiet", "--locked", "--profile", "bench", "--package", "apply"]),
            "Next: the lines above tell which goal was missed; a machine that is busy with something else misses many",
        ),
    }
}
