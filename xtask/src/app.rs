//! Builds the app as it is shipped: release profile, through Trunk.

use crate::{
    process::{root, run, target_dir, timed},
    tools,
};
use anyhow::{Result, bail};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Where the app is left for demo and tests. Not `dist/`, which is what the last `cargo xtask dist` made of it.
pub(crate) fn folder() -> PathBuf {
    target_dir().join("app")
}

/// Builds the app into `folder`, to be served at `base`: a path that begins and ends with a slash.
///
/// Trunk is always called: cargo knows best whether there is anything to do, and the rest takes a second or two.
pub(crate) fn build(folder: &Path, base: &str) -> Result<()> {
    if !base.starts_with('/') || !base.ends_with('/') || base.starts_with("//") {
        bail!("`{base}` cannot be the path of the app: it begins and ends with one slash, as in /roles/");
    }
    let path = tools::for_app()?;
    tools::tidy();
    tools::fetch_crates()?;
    timed("building the app", || {
        run(
            Command::new("trunk")
                .args(["build", "--release", "--public-url", base, "--dist"])
                .arg(folder)
                .current_dir(root())
                .env("PATH", path)
                // Flags from outside would replace our own; and Trunk reads NO_COLOR=1 as a wrong argument.
                .env_remove("RUSTFLAGS")
                .env_remove("CARGO_ENCODED_RUSTFLAGS")
                .env_remove("NO_COLOR")
                .env("TRUNK_SKIP_VERSION_CHECK", "true"),
            "Next: the lines above tell which file and why",
        )
    })
}
