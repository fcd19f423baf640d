//! The tools that cargo does not bring: what is needed, in which version, and how it is had.
//!
//! They live in a cache folder of the user (`ROLEGRANT_TOOLS`, else `$XDG_CACHE_HOME/rolegrant/tools` or
//! `~/.cache/rolegrant/tools`), one folder a version, shared by all clones. Nothing global is changed but for the wasm
//! target of the Rust toolchain, and, for the tests, Debian's Chromium and nginx when we are root on such a system.

use crate::process::{cargo, find_program, output_of, path_with, root, run, timed};
use anyhow::{Context as _, Result, bail};
use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const CARGO_DENY: &str = "0.20.2";

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// What the build of the app needs: the wasm target, and wasm-bindgen in the version in Cargo.lock, whose path it gives.
pub(crate) fn for_app() -> Result<PathBuf> {
    wasm_target()?;
    Ok(wasm_bindgen()?.join(format!("wasm-bindgen{}", env::consts::EXE_SUFFIX)))
}

/// The program that runs wasm tests in a browser; it comes with wasm-bindgen.
pub(crate) fn wasm_test_runner() -> Result<PathBuf> {
    Ok(wasm_bindgen()?.join(format!("wasm-bindgen-test-runner{}", env::consts::EXE_SUFFIX)))
}

/// The PATH on which `cargo deny` is found.
pub(crate) fn for_cargo_deny() -> Result<OsString> {
    path_with([installed("cargo-deny", CARGO_DENY, "3 minutes")?])
}

/// The Rust standard library for the browser. Asked of rustc, so that a toolchain without rustup will do as well.
pub(crate) fn wasm_target() -> Result<()> {
    let libraries = output_of(Command::new("rustc").args(["--print", "target-libdir", "--target", WASM_TARGET]));
    if libraries.is_some_and(|folder| Path::new(&folder).is_dir()) {
        return Ok(());
    }
    if find_program("rustup").is_none() {
        bail!(
            "this Rust toolchain has no {WASM_TARGET} target, and rustup, which could add it, is not installed\n\
             Next: install Rust by rustup (https://rustup.rs), or your distribution's package with Rust's standard \
             library for {WASM_TARGET}"
        );
    }
    timed("rustup target add", || {
        run(
            Command::new("rustup").args(["target", "add", WASM_TARGET]),
            "Next: check the network, then run the same command again",
        )
    })
}

/// The folder of a wasm-bindgen that speaks the same protocol as the crate that the app is built with.
fn wasm_bindgen() -> Result<PathBuf> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).context("Cargo.lock cannot be read")?;
    let version = locked_version(&lock, "wasm-bindgen").context("Cargo.lock names no wasm-bindgen")?;
    installed("wasm-bindgen-cli", version, "1 minute")
}

fn locked_version<'lock>(lock: &'lock str, name: &str) -> Option<&'lock str> {
    let (_, after) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    Some(after.split_once('"')?.0)
}

/// Installs a crate's programs if they are not there yet; gives their folder.
///
/// Built with cargo's dev profile: they start as quickly for our purposes and are there in a third of the time. The
/// build folder is shared, since the tools have dependencies in common.
fn installed(name: &str, version: &str, roughly: &str) -> Result<PathBuf> {
    let cache = cache()?;
    let home = cache.join(format!("{name}-{version}"));
    let bin = home.join("bin");
    if bin.is_dir() {
        return Ok(bin);
    }
    timed(&format!("installing {name} {version} into {} (about {roughly}, once)", cache.display()), || {
        // Finished installations alone carry the final name, so an interrupted one is never taken for a tool.
        let unfinished = cache.join(format!("{name}-{version}.unfinished"));
        run(
            cargo()
                .args(["install", "--quiet", "--locked", "--no-track", "--profile", "dev", name, "--version", version])
                .arg("--root")
                .arg(&unfinished)
                .env("CARGO_TARGET_DIR", cache.join("build"))
                .env("CARGO_PROFILE_DEV_DEBUG", "0"),
            "Next: if the network was not there, try again with it; else the lines above tell what is missing \
             (a C compiler, mostly)",
        )?;
        if let Err(error) = fs::rename(&unfinished, &home)
            && !bin.is_dir()
        {
            return Err(error).with_context(|| format!("{} cannot be made", home.display()));
        }
        Ok(bin)
    })
}

fn cache() -> Result<PathBuf> {
    let folder = if let Some(own) = env::var_os("ROLEGRANT_TOOLS") {
        PathBuf::from(own)
    } else if let Some(cache) = env::var_os("XDG_CACHE_HOME").filter(|folder| Path::new(folder).is_absolute()) {
        PathBuf::from(cache).join("rolegrant/tools")
    } else {
        env::home_dir()
            .context("there is no home folder to keep tools in\nNext: set ROLEGRANT_TOOLS to a folder of your choice")?
            .join(".cache/rolegrant/tools")
    };
    fs::create_dir_all(&folder).with_context(|| {
        format!(
            "the folder for tools, {}, cannot be made\nNext: set ROLEGRANT_TOOLS to a folder that can be written",
            folder.display()
        )
    })?;
    Ok(folder)
}

/// Drops what the installations left over: the build folder is of no use once the tools are there.
pub(crate) fn tidy() {
    if let Ok(cache) = cache() {
        let _ = fs::remove_dir_all(cache.join("build"));
    }
}

/// Chromium and the ChromeDriver that belongs to it. Gives the driver's path.
pub(crate) fn browser() -> Result<PathBuf> {
    let found = || {
        let browser = ["chromium", "google-chrome", "chrome"].into_iter().find_map(find_program);
        browser.and(find_program("chromedriver"))
    };
    if let Some(driver) = found() {
        return Ok(driver);
    }
    apt_install(
        &["chromium", "chromium-driver", "fonts-liberation"],
        "the tests need Chromium and its ChromeDriver, and at least one of them is not on the PATH\n\
         Next: on Debian run `sudo apt-get install chromium chromium-driver`; elsewhere install Chromium or Chrome and \
         a chromedriver of the same version",
    )?;
    found().context("apt-get installed Chromium, and yet it is not on the PATH")
}

/// nginx, for the scenarios behind the configuration that we ship. Gives its path.
pub(crate) fn nginx() -> Result<PathBuf> {
    // Debian keeps it where the PATH of people does not lead.
    let found =
        || find_program("nginx").or_else(|| Some(PathBuf::from("/usr/sbin/nginx")).filter(|path| path.is_file()));
    if let Some(nginx) = found() {
        return Ok(nginx);
    }
    apt_install(
        &["nginx"],
        "the tests need nginx, and it is not on the PATH\n\
         Next: on Debian run `sudo apt-get install nginx`; elsewhere install nginx with its ssl and gzip_static modules",
    )?;
    // Debian starts a server with it, which nobody asked for.
    if find_program("systemctl").is_some() {
        let _there_may_be_no_systemd = output_of(Command::new("systemctl").args(["disable", "--now", "nginx"]));
    }
    found().context("apt-get installed nginx, and yet it is not there")
}

/// Installs packages of Debian, where we may; else `missing` says what is needed and how to come by it.
fn apt_install(packages: &[&str], missing: &'static str) -> Result<()> {
    let root_user = output_of(Command::new("id").arg("-u")).as_deref() == Some("0");
    if !root_user || find_program("apt-get").is_none() {
        bail!(missing);
    }
    timed(&format!("apt-get install {}", packages.join(" ")), || {
        let hint = "Next: check the network, or install the packages by hand";
        let apt = || {
            let mut command = Command::new("apt-get");
            command.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq");
            command
        };
        run(apt().arg("update"), hint)?;
        run(apt().args(["install", "--yes", "--no-install-recommends"]).args(packages), hint)
    })
}

/// The npm packages of the tests in a browser: axe-core, which looks for barriers in the pages, Microsoft's own clients,
/// which the emulator has to satisfy, and an OpenID provider, at which the app has to sign in.
pub(crate) fn npm_packages() -> Result<()> {
    let folder = root().join("tests/e2e");
    let lock = folder.join("package-lock.json");
    let stamp = folder.join("node_modules/.rolegrant-lock");
    let wanted = fs::read(&lock).with_context(|| format!("{} cannot be read", lock.display()))?;
    if fs::read(&stamp).is_ok_and(|had| had == wanted) {
        return Ok(());
    }
    let Some(npm) = find_program("npm") else {
        bail!(
            "the tests in a browser need npm, for axe-core and Microsoft's own clients\n\
             Next: install Node.js with npm (Debian: `apt-get install nodejs npm`)"
        );
    };
    timed("npm ci", || {
        run(
            Command::new(npm).args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(&folder),
            "Next: check the network, then run the same command again",
        )?;
        fs::write(&stamp, &wanted).with_context(|| format!("{} cannot be written", stamp.display()))
    })
}

/// Fetches the crates in Cargo.lock, so that a missing network is reported before anything is built.
pub(crate) fn fetch_crates() -> Result<()> {
    if output_of(cargo().args(["fetch", "--locked", "--offline", "--quiet"])).is_some() {
        return Ok(());
    }
    timed("cargo fetch", || {
        run(cargo().args(["fetch", "--locked", "--quiet"]), "Next: check the network, then run the same command again")
    })
}

#[cfg(test)]
mod tests {
    use super::locked_version;

    #[test]
    fn the_version_is_that_of_the_very_crate() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.1\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.126\"\nsource = \"x\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.126"));
        assert_eq!(locked_version(lock, "bindgen"), None);
    }
}
