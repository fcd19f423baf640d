//! The emulator as a program: `cargo run -p emulator -- --help`.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use emulator::{Emulator, Replication, Running, Throttling};

/// Emulates Microsoft Entra sign-in and the part of Microsoft Graph that Rolegrant needs, on this machine only.
#[derive(Parser)]
#[command(name = "emulator", version)]
struct Options {
    /// The app's port; sign-in and Graph take the two after it. 0 takes three free ones.
    #[arg(long, default_value_t = 8400)]
    port: u16,
    /// The folder of the built app (for example dist).
    #[arg(long, value_name = "DIR")]
    app_dir: Option<PathBuf>,
    /// How many managed identities there are; fewer than the hand-made sample has mean that sample.
    #[arg(long, value_name = "N", default_value_t = 0)]
    identities: usize,
    /// How many milliseconds sign-in and Graph wait before every answer.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
    /// How many bytes a second sign-in and Graph answer with.
    #[arg(long, value_name = "BYTES")]
    bandwidth: Option<NonZeroU32>,
    /// Which generated identities there are: the same seed, the same identities.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// A tenant of your own instead of the sample.
    #[arg(long, value_name = "FILE")]
    tenant: Option<PathBuf>,
    /// How Graph's reads lag behind its writes: off, SECONDS, or alternate:SECONDS (two replicas in turn).
    #[arg(long, value_name = "LAG", default_value = "off")]
    replication: Replication,
    /// Which of Graph's quotas apply: off, S, M or L as for a small, medium or large tenant, or UNITS/WRITES.
    #[arg(long, value_name = "QUOTAS", default_value = "off")]
    throttle: Throttling,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let mut builder = Emulator::builder()
        .port(options.port)
        .identities(options.identities)
        .latency(Duration::from_millis(options.latency))
        .seed(options.seed)
        .replication(options.replication)
        .throttling(options.throttle);
    if let Some(rate) = options.bandwidth {
        builder = builder.bandwidth(rate);
    }
    if let Some(file) = options.tenant {
        builder = builder.tenant_file(file);
    }
    if let Some(folder) = options.app_dir {
        builder = builder.app_dir(folder);
    }
    let running = match builder.start().await {
        Ok(running) => running,
        Err(error) => {
            complain(&format!("The emulator did not start: {error}."));
            return ExitCode::FAILURE;
        }
    };
    say(&ready(&running));
    if tokio::signal::ctrl_c().await.is_err() {
        complain("Ctrl-C cannot be listened for; end this process to stop the emulator.");
        std::future::pending::<()>().await;
    }
    running.shutdown().await;
    ExitCode::SUCCESS
}

/// The block that is printed once everything answers.
fn ready(running: &Running) -> String {
    let mut text = format!(
        "Emulator ready\n  App      {}\n  Sign-in  {}\n  Graph    {}\n  Tenant   {}\n  Client   {}\n\nAccounts (no passwords)\n",
        running.app_url(),
        running.sign_in_url(),
        running.graph_url(),
        running.tenant_id(),
        running.client_id()
    );
    for account in running.accounts() {
        text.push_str(&format!("  {:<13} {}\n", account.name, account.about));
    }
    text.push_str("\nCtrl-C ends it.");
    text
}

#[expect(clippy::print_stdout, reason = "a program's output belongs on standard output")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "a program's complaints belong on standard error")]
fn complain(text: &str) {
    eprintln!("{text}");
}
