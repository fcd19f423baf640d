//! `cargo xtask advisories`: known vulnerabilities of the dependencies, by the database of RustSec.
//!
//! A command of its own, since the database is on a site that not every network reaches, and since it can find something
//! on a day on which nothing here was changed.

use crate::{process, test::deny};
use anyhow::Result;
use std::process::Stdio;

pub(crate) fn run() -> Result<()> {
    let deny = deny()?;
    process::run(deny().args(["fetch", "db"]), "Next: try again from a network that reaches github.com")?;
    process::run(deny().args(["check", "advisories"]), "Next: move to a version without the vulnerability")
}

/// Asks where the database can be reached, and says where it cannot.
pub(crate) fn run_if_reachable() -> Result<()> {
    let deny = deny()?;
    let fetched = deny().args(["fetch", "db"]).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if !fetched.success() {
        eprintln!(
            "    SKIPPED: known vulnerabilities; the RustSec database cannot be reached from here. Ask it elsewhere with \
             `cargo xtask advisories`"
        );
        return Ok(());
    }
    process::run(deny().args(["check", "advisories"]), "Next: move to a version without the vulnerability")
}
