//! Builds the app as it is shipped: release profile, through Trunk.

use crate::{
    process::{output_of, root, run, target_dir, timed},
    tools,
};
use anyhow::{Context as _, Result, bail};
use std::{
    env,
    ffi::OsString,
    fs,
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
    let flags = without_paths_of_this_machine()?;
    timed("building the app", || {
        run(
            Command::new("trunk")
                .args(["build", "--release", "--public-url", base, "--dist"])
                .arg(folder)
                .current_dir(root())
                .env("PATH", path)
                // In place of any flags from outside.
                .env_remove("RUSTFLAGS")
                .env("CARGO_ENCODED_RUSTFLAGS", flags)
                // Trunk reads NO_COLOR=1 as a wrong argument.
                .env_remove("NO_COLOR")
                .env("TRUNK_SKIP_VERSION_CHECK", "true"),
            "Next: the lines above tell which file and why",
        )
    })
}

/// The compiler's flags that make the same file on every machine: panic messages name the source file they come from,
/// by a path that would differ from one folder, home or registry to the next. One trace of `CARGO_HOME` stays, which
/// deploy/README.md names.
fn without_paths_of_this_machine() -> Result<OsString> {
    let ask = |arguments: &[&str]| output_of(Command::new("rustc").args(arguments)).context("rustc cannot be asked");
    let version = ask(&["-vV"])?;
    let commit = version.lines().find_map(|line| line.strip_prefix("commit-hash: ")).unwrap_or("unknown");
    let library = Path::new(&ask(&["--print", "sysroot"])?).join("lib/rustlib/src/rust");
    let mut renamed = vec![
        (root(), "/rolegrant".to_owned()),
        (target_dir(), "/rolegrant/target".to_owned()),
        // Where the compiler itself says that its library is.
        (library, format!("/rustc/{commit}")),
    ];
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let registries = home.context("there is no home folder")?.join("registry/src");
    for registry in fs::read_dir(&registries).with_context(|| format!("{} cannot be listed", registries.display()))? {
        renamed.push((registry?.path(), "/crates".to_owned()));
    }
    let mut flags = OsString::new();
    for (from, to) in renamed {
        if !flags.is_empty() {
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(from);
        flags.push("=");
        flags.push(to);
    }
    Ok(flags)
}
