//! The emulator as a program: `cargo run -p emulator -- --help`.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use emulator::{Builder, Emulator, RedirectKind, Replication, Rule, Running, Throttling};
use tokio::sync::oneshot;

/// Emulates Microsoft Entra sign-in and the part of Microsoft Graph that Rolegrant needs, on this machine only.
///
/// It answers on origins of its own: the app (if one is given), sign-in, Graph and, if asked for, control. All state is
/// in memory. There are no passwords: whoever signs in picks an account from a list.
#[derive(Parser)]
#[command(name = "emulator", version, after_help = EXAMPLES)]
struct Options {
    /// The app's port; sign-in, Graph and control take those after it. 0 takes free ones.
    #[arg(long, default_value_t = 8400)]
    port: u16,
    /// The folder of the built app (for example dist).
    #[arg(long, value_name = "DIR")]
    app_dir: Option<PathBuf>,
    /// Serve that folder without the headers of Rolegrant's own host (content security policy and such): for other apps.
    #[arg(long, requires = "app_dir")]
    plain_host: bool,
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
    /// Serve https, with a certificate of a private authority made on the spot. Microsoft's clients refuse http.
    #[arg(long)]
    tls: bool,
    /// Where the authority's certificate is written, for clients to trust [default with --tls: a file in the folder for
    /// temporary files].
    #[arg(long, value_name = "FILE", requires = "tls")]
    ca_file: Option<PathBuf>,
    /// Register a further redirect URI: spa:URI, web:URI or native:URI; a path alone is on the app's origin. Can be given
    /// several times.
    #[arg(long = "redirect", value_name = "TYPE:URI", value_parser = redirect)]
    redirects: Vec<(RedirectKind, String)>,
    /// The client secret with which codes for redirect URIs of type web are redeemed.
    #[arg(long, value_name = "SECRET")]
    client_secret: Option<String>,
    /// Let requests fail by a rule in JSON; emulator/README.md has the form. Can be given several times.
    #[arg(long = "fault", value_name = "RULE")]
    faults: Vec<Rule>,
    /// Open the control origin, on which tests read state and log and set rules and the clock.
    #[arg(long)]
    control: bool,
    /// When ready, print one line of JSON (addresses, ids, accounts, control) instead of text. Implies --control.
    #[arg(long)]
    json: bool,
    /// End when standard input closes, as it does when the parent process dies.
    #[arg(long)]
    until_eof: bool,
}

const EXAMPLES: &str = "\
Examples:
  emulator --app-dir dist
  emulator --tls --json --port 0 --until-eof --redirect spa:https://localhost:5173/
  emulator --fault '{\"when\":{\"site\":\"graph\",\"method\":\"GET\"},\"times\":2,\"then\":{\"answer\":{\"status\":503}}}'";

fn redirect(text: &str) -> Result<(RedirectKind, String), String> {
    let (kind, uri) = text.split_once(':').ok_or("a type and a URI are needed, as in spa:https://localhost:5173/")?;
    Ok((kind.parse()?, uri.to_owned()))
}

impl Options {
    fn builder(self) -> Builder {
        let mut builder = Emulator::builder()
            .port(self.port)
            .identities(self.identities)
            .latency(Duration::from_millis(self.latency))
            .seed(self.seed)
            .replication(self.replication)
            .throttling(self.throttle);
        if let Some(rate) = self.bandwidth {
            builder = builder.bandwidth(rate);
        }
        if let Some(file) = self.tenant {
            builder = builder.tenant_file(file);
        }
        if let Some(folder) = self.app_dir {
            builder = builder.app_dir(folder);
        }
        if self.plain_host {
            builder = builder.plain_host();
        }
        if self.tls {
            let default = || std::env::temp_dir().join(format!("emulator-ca-{}.pem", std::process::id()));
            builder = builder.tls().ca_file(self.ca_file.unwrap_or_else(default));
        }
        if let Some(secret) = self.client_secret {
            builder = builder.client_secret(&secret);
        }
        if self.control || self.json {
            builder = builder.control();
        }
        for (kind, uri) in self.redirects {
            builder = builder.redirect_uri(kind, &uri);
        }
        for rule in self.faults {
            builder = builder.fault(rule);
        }
        builder
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let (json, until_eof) = (options.json, options.until_eof);
    let running = match options.builder().start().await {
        Ok(running) => running,
        Err(error) => {
            complain(&format!("The emulator did not start: {error}."));
            return ExitCode::FAILURE;
        }
    };
    tokio::spawn(report_missing(running.watch_unimplemented()));
    say(&if json { in_json(&running) } else { in_words(&running) });
    wait_for_the_end(until_eof).await;
    running.shutdown().await;
    ExitCode::SUCCESS
}

fn in_json(running: &Running) -> String {
    serde_json::to_string(&running.ready()).unwrap_or_default()
}

/// The block that is printed once everything answers.
fn in_words(running: &Running) -> String {
    let ready = running.ready();
    let mut text = format!(
        "Emulator ready\n  App      {}\n  Sign-in  {}\n  Graph    {}\n",
        ready.app, ready.authority, ready.graph
    );
    if let Some(control) = &ready.control {
        text.push_str(&format!("  Control  {control}\n"));
    }
    text.push_str(&format!("  Tenant   {}\n  Client   {}\n", ready.tenant, ready.client_id));
    if let Some(file) = &ready.ca_file {
        text.push_str(&format!("  Trust    {}\n", file.display()));
    }
    text.push_str("\nAccounts (no passwords)\n");
    for account in running.accounts() {
        text.push_str(&format!("  {:<13} {}\n", account.name, account.about));
    }
    text.push_str("\nCtrl-C ends it.");
    text
}

/// Says what was asked for and is not imitated, as it is asked for.
async fn report_missing(mut missing: tokio::sync::watch::Receiver<Vec<String>>) {
    let mut told = 0;
    while missing.changed().await.is_ok() {
        let all = missing.borrow_and_update().clone();
        for what in all.iter().skip(told) {
            complain(&format!("not imitated: {what}"));
        }
        told = all.len();
    }
}

/// Ctrl-C, SIGTERM, or the end of standard input if that was asked for.
async fn wait_for_the_end(until_eof: bool) {
    let eof = async {
        if until_eof {
            let (tell, told) = oneshot::channel();
            std::thread::spawn(move || {
                let _closed = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
                tell.send(())
            });
            let _told = told.await;
        } else {
            std::future::pending().await
        }
    };
    tokio::select! {
        () = eof => {}
        () = asked_to_end() => {}
    }
}

#[cfg(unix)]
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = || Ok::<_, std::io::Error>((signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?));
    match listen() {
        Ok((mut interrupt, mut terminate)) => {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => cannot_listen().await,
    }
}

#[cfg(not(unix))]
async fn asked_to_end() {
    if tokio::signal::ctrl_c().await.is_err() {
        cannot_listen().await;
    }
}

async fn cannot_listen() {
    complain("Signals cannot be listened for; end this process to stop the emulator.");
    std::future::pending().await
}

#[expect(clippy::print_stdout, reason = "a program's output belongs on standard output")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "a program's complaints belong on standard error")]
fn complain(text: &str) {
    eprintln!("{text}");
}
