//! An emulator over TLS, a browser that trusts its certificate and no other, and between them the page on which
//! Microsoft's own clients run. `window.client` in `page/page.js` is what [`Client`] calls.

use anyhow::{Context as _, Result, bail};
use e2e::{browser::Browser, find::until};
use emulator::{Builder, Running, SeenRequest, Site};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// The page and its npm packages, by the name under which the page asks for them.
const FILES: [(&str, &str); 5] = [
    ("index.html", "tests/clients/page/index.html"),
    ("page.js", "tests/clients/page/page.js"),
    ("msal-browser.min.js", "node_modules/@azure/msal-browser/lib/msal-browser.min.js"),
    ("msal-redirect-bridge.min.js", "node_modules/@azure/msal-browser/lib/redirect-bridge/msal-redirect-bridge.min.js"),
    ("graph-js-sdk.js", "node_modules/@microsoft/microsoft-graph-client/lib/graph-js-sdk.js"),
];

/// See the module.
pub(crate) struct Client {
    pub(crate) emulator: Running,
    pub(crate) browser: Browser,
}

/// Plays against an emulator of these options.
pub(crate) fn client(emulator: Builder, play: impl AsyncFnOnce(&Client) -> Result<()>) -> Result<()> {
    let folder = tempfile::tempdir()?;
    for (name, from) in FILES {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(from);
        fs::copy(&from, folder.path().join(name))
            .with_context(|| format!("{} is missing; `cargo xtask test clients` installs it", from.display()))?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let emulator = emulator.tls().port(0).app_dir(folder.path()).plain_host().start().await?;
        let browser = Browser::start(emulator.certificate_spki().as_slice(), true).await?;
        let client = Client { emulator, browser };
        let played = play(&client).await;
        let outcome = match played {
            Ok(()) => Ok(()),
            Err(error) => Err(error.context(client.describe().await)),
        };
        let quit = client.browser.quit().await;
        outcome.and(quit)
    })
}

impl Client {
    /// Opens the page at a path, which then is its redirect URI, and waits until MSAL is ready.
    pub(crate) async fn open(&self, path: &str) -> Result<()> {
        self.browser.driver.goto(format!("{}{path}", self.emulator.app_url())).await?;
        let _nothing_came_back_with_the_address = self.returned().await?;
        Ok(())
    }

    /// What MSAL made of the address that the browser came back to: `Err` with MSAL's error if it was a refusal.
    pub(crate) async fn returned(&self) -> Result<std::result::Result<Value, Value>> {
        let app = self.emulator.app_url();
        until("the page to be back", || async {
            let script = "return location.origin === arguments[0] && window.returned || null";
            let returned = self.browser.script(script, vec![json!(app)]).await?;
            Ok(if returned.is_null() { Err("it is not".to_owned()) } else { Ok(()) })
        })
        .await?;
        outcome(self.browser.script("return window.returned", Vec::new()).await?)
    }

    /// Calls a function that leaves the page.
    pub(crate) async fn leave(&self, function: &str, arguments: Value) -> Result<()> {
        let script = "window.client[arguments[0]](...arguments[1])";
        self.browser.script(script, vec![json!(function), arguments]).await?;
        Ok(())
    }

    /// Calls a function and waits for its answer: `Err` with the client's error if it was a refusal.
    pub(crate) async fn call(&self, function: &str, arguments: Value) -> Result<std::result::Result<Value, Value>> {
        let script = "const done = arguments[2]; window.client[arguments[0]](...arguments[1]).then(done)";
        let answer = self.browser.driver.execute_async(script, vec![json!(function), arguments]).await?;
        outcome(answer.json().clone())
    }

    /// The same where it must go well.
    pub(crate) async fn get(&self, function: &str, arguments: Value) -> Result<Value> {
        match self.call(function, arguments).await? {
            Ok(value) => Ok(value),
            Err(error) => bail!("{function} was refused: {error}"),
        }
    }

    /// Presses a button of the sign-in service's pages.
    pub(crate) async fn press(&self, button: &str) -> Result<()> {
        self.browser.role("button").named(button).click().await
    }

    /// Signs in with these scopes of Graph, as an account that has consented to them.
    pub(crate) async fn sign_in(&self, account: &str, scopes: &[&str]) -> Result<Value> {
        self.open("/").await?;
        self.leave("signIn", json!([scopes])).await?;
        self.press(account).await?;
        match self.returned().await? {
            Ok(value) => Ok(value),
            Err(error) => bail!("the sign-in was refused: {error}"),
        }
    }

    /// What the token endpoint was sent so far: each form as pairs.
    pub(crate) fn token_requests(&self) -> Vec<Vec<(String, String)>> {
        let to_token = |request: &SeenRequest| request.method == "POST" && request.path.ends_with("/token");
        let sent = self.emulator.requests_to(Site::SignIn).into_iter().filter(to_token);
        sent.map(|request| url::form_urlencoded::parse(request.body.as_bytes()).into_owned().collect()).collect()
    }

    async fn describe(&self) -> String {
        let text = self.browser.script("return document.body.innerText", Vec::new()).await.unwrap_or_default();
        let console = e2e::watch::console(&e2e::watch::said(&self.browser).await.unwrap_or_default(), &[]);
        let requests = self.emulator.requests();
        let last = requests.iter().rev().take(12).rev();
        let last =
            last.map(|request| format!("{:?} {} {} {:?}", request.site, request.method, request.path, request.status));
        format!("on the screen: {text}\nconsole: {console:#?}\nlast requests:\n{}", last.collect::<Vec<_>>().join("\n"))
    }
}

fn outcome(told: Value) -> Result<std::result::Result<Value, Value>> {
    match (told.get("value"), told.get("error")) {
        (_, Some(error)) => Ok(Err(error.clone())),
        (value, None) => Ok(Ok(value.cloned().unwrap_or_default())),
    }
}
