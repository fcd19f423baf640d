//! `cargo xtask demo`: the app on a sample tenant, all on this machine.

use crate::{
    app,
    process::{cargo, find_program, run as run_program, target_dir, timed},
};
use anyhow::{Context as _, Result, bail};
use std::{
    env,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Leave the browser alone
    #[arg(long)]
    no_open: bool,
    /// Where the app answers; sign-in takes the next port, Graph the one after
    #[arg(long, value_name = "PORT", default_value_t = 8400, value_parser = clap::value_parser!(u16).range(1..=65533))]
    port: u16,
    /// How many managed identities the sample tenant has
    #[arg(long, value_name = "N")]
    identities: Option<u32>,
    /// How long the emulator waits before it answers, in milliseconds
    #[arg(long, value_name = "MS")]
    latency: Option<u32>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    ports_are_free(options.port)?;
    let folder = app::folder();
    app::build(&folder, "/")?;
    timed("building the emulator", || {
        run_program(
            cargo().args(["build", "--quiet", "--locked", "--package", "emulator"]),
            "Next: the lines above tell which file and why",
        )
    })?;

    let mut command = Command::new(target_dir().join(format!("debug/emulator{}", env::consts::EXE_SUFFIX)));
    command.arg("--port").arg(options.port.to_string()).arg("--app-dir").arg(&folder);
    for (name, value) in [("--identities", options.identities), ("--latency", options.latency)] {
        if let Some(value) = value {
            command.arg(name).arg(value.to_string());
        }
    }
    // The emulator prints its addresses and accounts itself. Ctrl-C reaches it as it reaches us; however else this
    // process ends, the pipe closes, and the emulator with it.
    let mut emulator =
        command.arg("--until-eof").stdin(Stdio::piped()).spawn().context("the emulator cannot be started")?;
    let _open_for_as_long_as_we_live = emulator.stdin.take();
    wait_until_it_answers(&mut emulator, options.port)?;
    if !options.no_open {
        open_browser(&format!("http://localhost:{}/", options.port));
    }
    let status = emulator.wait()?;
    // Ended by Ctrl-C it has no code, which is how a demo ends.
    match status.code() {
        Some(code) if code != 0 => bail!("the emulator ended by itself ({status})"),
        _ => Ok(()),
    }
}

/// Asked before anything is built, so that nobody waits minutes for this answer.
fn ports_are_free(first: u16) -> Result<()> {
    for port in first..=first + 2 {
        if let Err(error) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            bail!(
                "port {port} cannot be used: {error}\n\
                 Next: end what listens there (another demo?), or give another address: cargo xtask demo --port {}",
                if first < 60_000 { first + 1000 } else { 8400 }
            );
        }
    }
    Ok(())
}

fn wait_until_it_answers(emulator: &mut Child, port: u16) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(status) = emulator.try_wait()? {
            bail!("the emulator ended before it answered ({status}); its last words are above");
        }
        if answers(port) {
            return Ok(());
        }
        if Instant::now() > deadline {
            let _ = emulator.kill();
            bail!("the emulator did not answer on port {port} within 30 seconds");
        }
        thread::sleep(Duration::from_millis(50));
    }
}

fn answers(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(stream, "GET /config.json HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n")?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        Ok(start == *b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}

/// A browser that does not open is no failure: the address is on the screen.
fn open_browser(address: &str) {
    let opener = if cfg!(target_os = "macos") {
        Some(Command::new("open"))
    } else if cfg!(windows) {
        let mut start = Command::new("cmd");
        start.args(["/C", "start", ""]);
        Some(start)
    } else {
        find_program("xdg-open").map(Command::new)
    };
    let opened = opener.map(|mut command| {
        command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    });
    if !matches!(opened, Some(Ok(_))) {
        println!("No browser could be opened from here; go to {address} yourself.");
    }
}
