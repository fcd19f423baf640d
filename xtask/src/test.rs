//! `cargo xtask test`: everything that can be known about a change without a person looking at it.

use crate::{
    advisories, app, dist,
    process::{self, cargo, target_dir, timed},
    tools,
};
use anyhow::{Result, bail};
use std::process::Command;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only these steps: see the list that a wrong name prints
    #[arg(value_name = "STEP")]
    steps: Vec<String>,
}

/// Something that can fail, and be run alone by its name.
struct Step {
    name: &'static str,
    what: &'static str,
    run: fn() -> Result<()>,
}

/// In the order in which they are run: the quick and the frequent failures first.
const STEPS: [Step; 9] = [
    Step { name: "format", what: "rustfmt", run: format },
    Step { name: "clippy", what: "clippy on the host", run: clippy },
    Step { name: "clippy-wasm", what: "clippy for the browser", run: clippy_wasm },
    Step { name: "host", what: "tests on the host", run: host },
    Step { name: "deny", what: "licences and sources of the dependencies", run: allowed },
    Step { name: "browser", what: "tests in a browser", run: browser },
    Step { name: "clients", what: "Microsoft's own clients in a browser, against the emulator", run: clients },
    Step { name: "bundle", what: "the app as it is shipped, and its budget", run: bundle },
    Step { name: "e2e", what: "the whole product in a browser", run: end_to_end },
];

pub(crate) fn run(options: &Options) -> Result<()> {
    let names = STEPS.map(|step| step.name);
    if let Some(unknown) = options.steps.iter().find(|step| !names.contains(&step.as_str())) {
        bail!("there is no step `{unknown}`; there are {}", names.join(", "));
    }
    tools::fetch_crates()?;
    for Step { name, what, run } in STEPS {
        if options.steps.is_empty() || options.steps.iter().any(|wanted| wanted == name) {
            timed(&format!("{name}: {what}"), run)?;
        }
    }
    Ok(())
}

const SEE_ABOVE: &str = "Next: the lines above tell what and where";

fn format() -> Result<()> {
    process::run(cargo().args(["fmt", "--all", "--check"]), "Next: cargo fmt --all")
}

fn clippy() -> Result<()> {
    process::run(
        cargo().args(["clippy", "--quiet", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]),
        SEE_ABOVE,
    )
}

fn clippy_wasm() -> Result<()> {
    tools::wasm_target()?;
    process::run(
        // Not all targets: the unit tests are the host's.
        cargo().args(["clippy", "--quiet", "--locked", "--package", "rolegrant"]).args([
            "--lib",
            "--bins",
            "--test",
            "browser",
            "--test",
            "stopped",
            "--target",
            "wasm32-unknown-unknown",
            "--",
            "-D",
            "warnings",
        ]),
        SEE_ABOVE,
    )
}

fn host() -> Result<()> {
    process::run(cargo().args(["test", "--quiet", "--locked", "--workspace", "--exclude", "e2e"]), SEE_ABOVE)
}

fn allowed() -> Result<()> {
    let deny = deny()?;
    process::run(
        deny().args(["check", "--hide-inclusion-graph", "licenses", "bans", "sources"]),
        "Next: deny.toml says what is allowed, and why",
    )?;
    advisories::run_if_reachable()
}

/// How cargo-deny is called.
pub(crate) fn deny() -> Result<impl Fn() -> Command> {
    let path = tools::for_cargo_deny()?;
    tools::tidy();
    Ok(move || {
        let mut command = cargo();
        command.env("PATH", &path).args(["deny", "--workspace", "--locked", "--log-level", "warn"]);
        command
    })
}

fn browser() -> Result<()> {
    tools::wasm_target()?;
    let runner = tools::wasm_test_runner()?;
    tools::tidy();
    let driver = tools::browser()?;
    process::run(
        cargo()
            .args(["test", "--locked", "--package", "rolegrant", "--test", "browser", "--test", "stopped"])
            .args(["--target", "wasm32-unknown-unknown"])
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
            .env("CHROMEDRIVER", driver)
            .env("WASM_BINDGEN_TEST_TIMEOUT", "120"),
        SEE_ABOVE,
    )
}

/// Before the app is built, since it is not needed here.
fn clients() -> Result<()> {
    tools::browser()?;
    tools::npm_packages()?;
    process::run(
        cargo().args(["test", "--locked", "--package", "e2e", "--test", "clients"]).env("RUST_BACKTRACE", "0"),
        SEE_ABOVE,
    )
}

fn bundle() -> Result<()> {
    let folder = app::folder();
    app::build(&folder, "/")?;
    let sizes = dist::compress(&folder)?;
    dist::report(&sizes);
    dist::check(&sizes)
}

fn end_to_end() -> Result<()> {
    let folder = app::folder();
    app::build(&folder, "/")?;
    tools::browser()?;
    tools::nginx()?;
    tools::npm_packages()?;
    process::run(
        cargo()
            .args(["test", "--locked", "--package", "e2e", "--lib", "--test", "scenarios"])
            // The message says what and where; a stack of the harness would bury it.
            .env("RUST_BACKTRACE", "0")
            .env("ROLEGRANT_APP", &folder)
            .env("ROLEGRANT_SCREENSHOTS", target_dir().join("screenshots")),
        "Next: the lines above tell which scenario and why; target/screenshots/ shows the page at that moment",
    )
}
