//! The chores of the workspace: `cargo xtask demo | test | bench | dist | check | advisories`.
//!
//! Everything a fresh clone needs is installed from here, into a cache folder of the user and never globally, so that
//! the two commands of the README are all that a newcomer has to know. One concern a file:
//! [`tools`] installs, [`app`] builds the app, [`publish`] names its files, [`deployment`] and [`sbom`] write what goes with it; the other modules are
//! the commands.

// Talking on the terminal is what this program is for.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod advisories;
mod app;
mod bench;
mod check;
mod demo;
mod deployment;
mod dist;
mod growth;
mod process;
mod publish;
mod sbom;
mod test;
mod tools;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The chores of the Rolegrant workspace
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the app, start the emulator of Entra and Graph, open the browser
    Demo(demo::Options),
    /// Run every check and test, after installing what they need
    Test(test::Options),
    /// Measure how fast plans are applied, or the list of identities is; fail when a goal is missed
    Bench(bench::Options),
    /// Leave in dist/ what a static host needs; fail when it is too big
    Dist(dist::Options),
    /// Ask a deployed app for its files, and say what is right and wrong with them and their headers
    Check(check::Options),
    /// Ask the database of known vulnerabilities about every dependency; needs the network
    Advisories,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Demo(options) => demo::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Dist(options) => dist::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Advisories => advisories::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
