//! The sign-in against an OpenID provider that nobody here wrote, `tests/e2e/provider`: what works with the emulator
//! alone would be a private understanding of two programs of one house.

use anyhow::Context as _;
use e2e::{
    Elsewhere, Result, World,
    find::until,
    pages::{IdentitiesPage, Shell, SignInPage},
    scenario,
};
use emulator::{Fault, Matcher};
use hosting::{Site, policy};
use serde_json::{Value, json};
use std::{
    path::Path,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};
use url::Url;

const OLGA: &str = "Olga Openid";
/// How long an access token lives there, in seconds.
const LIFE: &str = "6";

/// The provider's process, and what it has told so far.
struct Provider {
    _process: Child,
    told: Arc<Mutex<Vec<Value>>>,
}

impl Provider {
    /// Starts one for this app; it ends with this value.
    async fn start(world: &World) -> Result<Self> {
        let mut process = Command::new("node")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("provider/provider.mjs"))
            .args([world.emulator.app_url(), world.emulator.tenant_id(), world.emulator.client_id(), LIFE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("node cannot be started; the tests need Node.js with npm")?;
        let mut lines = BufReader::new(process.stdout.take().context("no output")?).lines();
        let told = Arc::new(Mutex::new(Vec::new()));
        let telling = Arc::clone(&told);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let line = serde_json::from_str(&line).unwrap_or(Value::String(line));
                telling.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        Ok(Self { _process: process, told })
    }

    fn told(&self) -> Vec<Value> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its two origins.
    async fn origins(&self) -> Result<(Url, Url)> {
        until("the provider to listen", || async {
            let first = self.told().into_iter().next();
            let origin = |name: &str| first.as_ref().and_then(|line| line[name].as_str()?.parse().ok());
            let both = origin("authority").and_then(|authority| Some((authority, origin("graph")?)));
            Ok(both.ok_or_else(|| format!("it told {:?}; `cargo xtask test e2e` installs what it needs", self.told())))
        })
        .await
    }

    /// How often it gave tokens for this.
    fn granted(&self, grant_type: &str) -> usize {
        self.told().iter().filter(|line| line["granted"] == grant_type).count()
    }

    /// Makes the emulator's host serve the app with a configuration and a policy that lead here.
    async fn take_the_place_of_the_emulator(&self, world: &World) -> Result<()> {
        let (sign_in, graph) = self.origins().await?;
        let config = json!({
            "cloud": { "name": "Another house", "authority": sign_in.as_str(), "graph": graph.as_str() },
            "tenant": world.emulator.tenant_id(), "clientId": world.emulator.client_id(),
        });
        let [authority, other_graph] = [&sign_in, &graph].map(|url| url.origin().ascii_serialization());
        let policy = policy::header(&Site {
            authority: &authority,
            graph: &other_graph,
            published: false,
            report_to: Some("/csp-report"),
        });
        let emulator = &world.emulator;
        emulator.fail_always(Matcher::app().path_ends_with("/config.json"), Fault::default().json(&config));
        emulator.fail_always(Matcher::app(), Fault::default().header("content-security-policy", &policy));
        let told = Arc::clone(&self.told);
        let confidences = Box::new(move || {
            let told = told.lock().unwrap_or_else(PoisonError::into_inner);
            let pairs = told.iter().flat_map(|line| line["confidences"].as_array().into_iter().flatten());
            // All of them are what no place may hold; which it was is for people.
            pairs.filter_map(|pair| Some(("a secret of the provider", pair[1].as_str()?.to_owned()))).collect()
        });
        world.talks_to(Elsewhere { sign_in, graph, confidences });
        Ok(())
    }
}

#[test]
fn another_houses_openid_provider_will_do() -> Result<()> {
    // SEC-001, SEC-002, SEC-010, SEC-023, SEC-042, SEC-065, SEC-069
    scenario(async |world| {
        let provider = Provider::start(world).await?;
        provider.take_the_place_of_the_emulator(world).await?;
        let (list, button) = (IdentitiesPage(world), |name: &'static str| world.browser.role("button").named(name));

        world.open("/?q=house").await?;
        SignInPage(world).sign_in().await?;
        button(OLGA).click().await?;
        Shell(world).is_shown(OLGA).await?;
        list.are(&["id-of-another-house"]).await?;
        world.is_at("/?q=house").await?;
        assert_eq!(provider.granted("authorization_code"), 1);

        // Reading on until the token has had to be renewed, and once more with the new one.
        until("the token to be renewed", || async {
            list.open("id-of-another-house").await?;
            Shell(world).heading("id-of-another-house").await?;
            Shell(world).identities().await?;
            list.is_loaded().await?;
            let renewed = provider.granted("refresh_token");
            Ok(if renewed > 1 { Ok(()) } else { Err(format!("it was, {renewed} times")) })
        })
        .await?;
        assert!(!world.browser.role("alert").is_there().await?);
        assert_eq!(provider.granted("authorization_code"), 1);

        Shell(world).sign_out(OLGA).await?;
        button("Yes, sign me out").click().await?;
        SignInPage(world).is_shown().await?;
        world.is_at("/").await?;
        // It has signed out: it asks again who is there.
        SignInPage(world).sign_in().await?;
        button(OLGA).appears().await?;

        let told = provider.told();
        assert!(told.iter().all(|line| line["failed"].is_null()), "{told:#?}");
        assert!(told.iter().any(|line| line["graph"] == "/v1.0/servicePrincipals"), "{told:#?}");
        assert!(
            told.iter().all(|line| line["taken"] != false),
            "Graph was asked with a token that was none: {told:#?}"
        );
        Ok(())
    })
}
