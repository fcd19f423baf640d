//! A Chromium of one scenario's own: new profile, no network of its own, driven over ChromeDriver.

use anyhow::{Context as _, Result, bail};
use reqwest::Method;
use serde_json::{Value, json};
use std::{fs, process::Stdio};
use thirtyfour::{
    ChromeCapabilities, ChromiumLikeCapabilities as _, WebDriver,
    common::{command::FormatRequestData, requestdata::RequestData, types::SessionId},
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// Chromium must not look for updates, or the log fills with failures on machines without a way out.
const QUIET: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--lang=en-US",
];

/// Where downloads go, in the profile's folder.
const DOWNLOADS: &str = "downloads";

/// A running browser. Ended by [`Browser::quit`]; the driver dies with it in any case.
pub struct Browser {
    /// The session, for what this crate has no words for.
    pub driver: WebDriver,
    /// The names of the properties that a window has before a page adds its own.
    pub(crate) usual_names: Value,
    chromedriver: Child,
    profile: tempfile::TempDir,
}

impl Browser {
    /// Starts a ChromeDriver on a free port and a Chromium with an empty profile. Over TLS it trusts the
    /// certificates whose public keys have these hashes, and every check of any other stays on. What it sends and says
    /// is kept if asked for: that costs time and memory.
    pub async fn start(trusted: &[&str], kept: bool) -> Result<Self> {
        crate::tls::choose_provider();
        let mut chromedriver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("chromedriver cannot be started; `cargo xtask test e2e` installs it or says how")?;
        let port = announced_port(&mut chromedriver).await?;
        let profile = tempfile::tempdir().context("no folder for the browser's profile")?;

        let mut wanted = ChromeCapabilities::new();
        for flag in QUIET {
            wanted.add_arg(flag)?;
        }
        wanted.add_arg(&format!("--user-data-dir={}", profile.path().display()))?;
        if !trusted.is_empty() {
            wanted.add_arg(&format!("--ignore-certificate-errors-spki-list={}", trusted.join(",")))?;
        }
        let downloads = json!({ "download.default_directory": profile.path().join(DOWNLOADS) });
        wanted.add_experimental_option("prefs", downloads)?;
        if kept {
            wanted
                .add_experimental_option("perfLoggingPrefs", json!({ "enableNetwork": true, "enablePage": false }))?;
        }
        let mut wanted: Value = serde_json::to_value(thirtyfour::Capabilities::from(wanted))?;
        if kept {
            wanted["goog:loggingPrefs"] = json!({ "browser": "ALL", "performance": "ALL" });
        }
        let wanted: thirtyfour::Capabilities = serde_json::from_value(wanted)?;

        let driver = WebDriver::new(format!("http://localhost:{port}"), wanted).await?;
        driver.set_script_timeout(std::time::Duration::from_secs(60)).await?;
        let usual_names = driver.execute("return Object.getOwnPropertyNames(window)", Vec::new()).await?.json().clone();
        Ok(Self { driver, usual_names, chromedriver, profile })
    }

    /// The files that were downloaded whole, each with its content; Chromium renames a file once it is.
    pub fn downloads(&self) -> Result<Vec<(String, String)>> {
        let folder = self.profile.path().join(DOWNLOADS);
        let mut files = Vec::new();
        for file in folder.is_dir().then(|| fs::read_dir(&folder)).transpose()?.into_iter().flatten() {
            let path = file?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.ends_with(".crdownload") || name.starts_with('.') {
                continue;
            }
            files.push((name, String::from_utf8_lossy(&fs::read(&path)?).into_owned()));
        }
        Ok(files)
    }

    /// What the app keeps in its database, read by a script's own means: each key with its value, bytes as text.
    pub async fn database(&self) -> Result<Vec<(String, String)>> {
        let script = "const done = arguments[arguments.length - 1];
            indexedDB.databases().then((all) => {
                const name = all.map((one) => one.name).find((name) => name.startsWith('rolegrant:'));
                if (!name) return done([]);
                const open = indexedDB.open(name);
                open.onsuccess = () => {
                    const shelf = open.result.transaction('records').objectStore('records');
                    const [keys, values] = [shelf.getAllKeys(), shelf.getAll()];
                    values.onsuccess = () => {
                        open.result.close();
                        const text = (value) =>
                            ArrayBuffer.isView(value) ? new TextDecoder('latin1').decode(value) : String(value);
                        done(keys.result.map((key, at) => [key, text(values.result[at])]));
                    };
                };
            });";
        Ok(serde_json::from_value(self.driver.execute_async(script, Vec::new()).await?.json().clone())?)
    }

    /// Runs JavaScript in the page and hands back what it returns.
    pub async fn script(&self, code: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.driver.execute(code, arguments).await?.json().clone())
    }

    /// A command of the DevTools protocol.
    pub async fn devtools(&self, method: &str, parameters: Value) -> Result<Value> {
        Ok(self.driver.cdp().send_raw(method, parameters).await?)
    }

    /// A question of WebDriver that thirtyfour does not know: its path after that of the session.
    pub async fn ask(&self, path: String) -> Result<Value> {
        Ok(self.driver.handle().cmd(Raw { path, body: None }).await?.value_json()?)
    }

    /// A command of WebDriver that thirtyfour does not know: its path after that of the session, and its body.
    pub async fn tell(&self, path: String, body: Value) -> Result<Value> {
        Ok(self.driver.handle().cmd(Raw { path, body: Some(body) }).await?.value_json()?)
    }

    /// Ends the session, then the driver.
    pub async fn quit(mut self) -> Result<()> {
        let quit = self.driver.quit().await;
        let _ = self.chromedriver.kill().await;
        Ok(quit?)
    }
}

/// ChromeDriver was told to choose a port; it says which.
async fn announced_port(chromedriver: &mut Child) -> Result<u16> {
    let output = chromedriver.stdout.take().context("chromedriver has no output")?;
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, port)) = line.rsplit_once("started successfully on port ") {
            let port = port.trim_end_matches('.').parse().with_context(|| format!("no port in `{line}`"))?;
            // It must be able to go on talking.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(port);
        }
    }
    bail!("chromedriver ended before it was ready")
}

#[derive(Debug)]
struct Raw {
    path: String,
    body: Option<Value>,
}

impl FormatRequestData for Raw {
    fn format_request(&self, session: &SessionId) -> RequestData {
        let path = format!("session/{session}/{}", self.path);
        match &self.body {
            Some(body) => RequestData::new(Method::POST, path).add_body(body.clone()),
            None => RequestData::new(Method::GET, path),
        }
    }
}
