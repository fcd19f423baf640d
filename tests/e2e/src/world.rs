//! One scenario's own world: an emulator and a browser, what it may expect to see in the console, and the end at which
//! everything is looked over.

use crate::{
    browser::Browser,
    nginx::{Nginx, Place},
    pictures::{Size, Theme},
    tls, watch,
};
use anyhow::{Context as _, Result, bail};
use emulator::{Builder, Confidence, Emulator, RedirectKind, Running};
use futures_util::FutureExt as _;
use std::{
    any::Any,
    cell::RefCell,
    env,
    panic::{AssertUnwindSafe, Location},
    path::{Path, PathBuf},
};
use url::Url;

/// What a scenario starts from, where the usual does not do.
pub struct Setup {
    /// The emulator's options; its ports and the folder of the app are set by the harness.
    pub emulator: Builder,
    /// The folder of the app; by default as `cargo xtask test` built it.
    pub app: PathBuf,
    /// Who serves that folder.
    pub host: Host,
    /// The size of the window.
    pub size: Size,
    /// Whether the browser keeps what it sends and says, for the look over at the end.
    pub kept: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            emulator: Emulator::builder(),
            app: app_folder(),
            host: Host::Emulator,
            size: Size::Notebook,
            kept: true,
        }
    }
}

/// Who serves the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// The emulator's app origin.
    Emulator,
    /// A real nginx, and everything over TLS.
    Nginx,
}

/// The built app: where `cargo xtask test` says, else where it leaves it by default.
pub fn app_folder() -> PathBuf {
    match env::var_os("ROLEGRANT_APP") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/app"),
    }
}

/// What a scenario acts on.
pub struct World {
    /// The three origins: directory, log and faults are reached through it.
    pub emulator: Running,
    /// The browser.
    pub browser: Browser,
    /// What serves the app, where it is not the emulator.
    pub nginx: Option<Nginx>,
    /// What this crate asks by itself, past the browser; over TLS it trusts the emulator and nginx alone.
    pub http: reqwest::Client,
    app: Url,
    expected: RefCell<Vec<String>>,
    elsewhere: RefCell<Option<Elsewhere>>,
}

/// A sign-in service and a Graph that are not the emulator's.
pub struct Elsewhere {
    /// The sign-in service's origin.
    pub sign_in: Url,
    /// Graph's origin.
    pub graph: Url,
    /// What they know that nobody else should.
    pub confidences: Box<dyn Fn() -> Vec<Confidence>>,
}

impl World {
    /// A world that nobody looks over: for what is no scenario.
    pub async fn start(setup: Setup) -> Result<Self> {
        let Setup { emulator, app, host, size, kept } = setup;
        if !app.join("index.html").is_file() {
            bail!("there is no built app in {}; `cargo xtask test e2e` builds it", app.display());
        }
        let emulator = emulator.app_dir(&app).port(0);
        let (emulator, nginx) = match host {
            Host::Emulator => (emulator.start().await?, None),
            Host::Nginx => {
                let place = Place::find()?;
                let redirect = place.address()?;
                let emulator = emulator.tls().redirect_uri(RedirectKind::Spa, redirect.as_str()).start().await?;
                let nginx = place.serve(&app, &emulator).await?;
                (emulator, Some(nginx))
            }
        };
        let http = tls::client(&emulator, nginx.as_ref())?;
        let trusted = [emulator.certificate_spki(), nginx.as_ref().map(|nginx| nginx.spki.as_str())];
        let trusted: Vec<&str> = trusted.into_iter().flatten().collect();
        let browser = Browser::start(&trusted, kept).await?;
        browser.size(size).await?;
        browser.theme(Theme::Light).await?;
        let app = match &nginx {
            Some(nginx) => nginx.address.clone(),
            None => Url::parse(emulator.app_url())?,
        };
        let (expected, elsewhere) = Default::default();
        Ok(Self { emulator, browser, nginx, http, app, expected, elsewhere })
    }

    /// The nginx of a scenario that has one.
    pub fn nginx(&self) -> Result<&Nginx> {
        self.nginx.as_ref().context("the app of this scenario is not served by nginx")
    }

    /// Opens a page of the app by its path.
    pub async fn open(&self, path: &str) -> Result<()> {
        Ok(self.browser.driver.goto(self.app.join(path)?.as_str()).await?)
    }

    /// The address on the screen, without the origin while it is the app's.
    pub async fn path(&self) -> Result<String> {
        let url = self.browser.driver.current_url().await?;
        Ok(match url.as_str().strip_prefix(self.app.as_str()) {
            Some(path) => format!("/{path}"),
            None => url.into(),
        })
    }

    /// Waits until the app's address is this one.
    pub async fn is_at(&self, path: &str) -> Result<()> {
        crate::find::until(&format!("the address to be {path}"), || async {
            let now = self.path().await?;
            Ok(if now == path { Ok(()) } else { Err(format!("it is {now}")) })
        })
        .await
    }

    /// Allows console messages that contain this. Chromium reports every answer with an error status there, as in
    /// `the server responded with a status of 403`.
    pub fn expect_in_console(&self, part: &str) {
        self.expected.borrow_mut().push(part.to_owned());
    }

    /// Allows answers of this status.
    pub fn expect_status(&self, status: u16) {
        self.expect_in_console(&format!("responded with a status of {status}"));
    }

    /// The app does not talk to the emulator but elsewhere: to what the harness then holds it.
    pub fn talks_to(&self, elsewhere: Elsewhere) {
        self.elsewhere.replace(Some(elsewhere));
    }

    /// What no scenario may do. See [`watch`].
    async fn look_over(&self) -> Result<()> {
        let elsewhere = self.elsewhere.borrow_mut().take();
        let (sign_in, graph, confidences) = match elsewhere {
            Some(other) => (other.sign_in, other.graph, (other.confidences)()),
            None => {
                let (sign_in, graph) = (self.emulator.sign_in_url(), self.emulator.graph_url());
                (Url::parse(sign_in)?, Url::parse(graph)?, self.emulator.confidences())
            }
        };
        let said = watch::said(&self.browser).await?;
        let mut problems = watch::console(&said, &self.expected.borrow());
        problems.extend(watch::requests(&self.browser, &[&self.app, &sign_in, &graph], &graph).await?);
        problems.extend(watch::secrets(&self.browser, &self.app, &confidences, &said).await?);
        for report in self.emulator.csp_reports() {
            problems.push(format!("the content security policy was violated: {report}"));
        }
        if !problems.is_empty() {
            bail!("the scenario went through, but\n- {}", problems.join("\n- "));
        }
        Ok(())
    }

    /// For whoever reads the failure: where it was and what was on the screen.
    async fn describe(&self, name: &str) -> String {
        let picture = match self.browser.picture(&format!("failed/{name}")).await {
            Ok(file) => file.display().to_string(),
            Err(error) => format!("none: {error}"),
        };
        let address = self.path().await.unwrap_or_default();
        let text = self.browser.script("return document.body.innerText", Vec::new()).await;
        let text = text.ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default();
        let console = watch::console(&watch::said(&self.browser).await.unwrap_or_default(), &[]);
        let requests = self.emulator.requests();
        let last = requests
            .iter()
            .rev()
            .take(12)
            .rev()
            .map(|request| format!("{:?} {} {} {:?}", request.site, request.method, request.path, request.status));
        format!(
            "picture: {picture}\naddress: {address}\nconsole: {console:#?}\nlast requests:\n{}\non the screen:\n{text}",
            last.collect::<Vec<_>>().join("\n")
        )
    }
}

/// Runs a scenario in a world of its own.
#[track_caller]
pub fn scenario(play: impl AsyncFnOnce(&World) -> Result<()>) -> Result<()> {
    scenario_with(Setup::default(), play)
}

/// Runs a scenario in a world of its own that differs from the usual.
#[track_caller]
pub fn scenario_with(setup: Setup, play: impl AsyncFnOnce(&World) -> Result<()>) -> Result<()> {
    let name = name_of(Location::caller());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let world = World::start(setup).await.context("the world of the scenario could not be made")?;
        let played = AssertUnwindSafe(play(&world)).catch_unwind().await;
        let outcome = match played {
            Ok(Ok(())) => world.look_over().await,
            Ok(Err(error)) => Err(error),
            Err(panic) => Err(anyhow::anyhow!("{}", said(panic.as_ref()))),
        };
        let outcome = match outcome {
            Ok(()) => Ok(()),
            Err(error) => Err(error.context(format!("{name}\n{}", world.describe(&name).await))),
        };
        // A browser that does not end well is no failure of the scenario, but one of its own only if all else went well.
        let quit = world.browser.quit().await;
        outcome.and(quit)
    })
}

/// The test's name, which the test runner gives to its thread; else where it stands.
fn name_of(place: &Location<'_>) -> String {
    match std::thread::current().name() {
        Some(name) if name.contains("::") => name.replace("::", "-"),
        _ => format!("{}-{}", Path::new(place.file()).file_stem().unwrap_or_default().display(), place.line()),
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it panicked".to_owned())
}
