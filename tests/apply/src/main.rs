//! The bench of the apply engine: `cargo xtask bench apply`.
//!
//! In one run, against the emulator over real HTTP at 0 and 50 ms of latency: 1,000 assignments by the engine; by a loop
//! of POSTs, one after the other, as the documented script does it; and the bare lower bound, 50 batches at the best
//! concurrency with nothing checked. Then 5,000 by the engine under Graph's quota, on a virtual clock.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench talks, and may panic")]

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use apply::quota;
use emulator::{Emulator, Running};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use rolegrant::auth::{AccessToken, Claims, TokenError};
use rolegrant::directory::Timestamp;
use rolegrant::graph::{Graph, TokenSource};
use rolegrant::http::{Clock, Method, Request, Response, Transport, TransportError};
use rolegrant::plan::{Change, Control, Draft, State, Witness, apply};
use serde_json::json;
use url::Url;

const ASSIGNMENTS: usize = 1_000;
const ADMIN: &str = "Ada Admin";
/// The lower bound is the best of these.
const CONCURRENCIES: [usize; 5] = [4, 8, 16, 32, 50];

fn main() -> anyhow::Result<()> {
    let _another_was_first = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let here = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut good = true;
    for latency in [0, 50] {
        let emulator = runtime
            .block_on(Emulator::builder().port(0).latency(Duration::from_millis(latency)).identities(60).start())?;
        let (engine, sequential, bound) = here.block_on(compare(&emulator))?;
        println!("{ASSIGNMENTS} assignments at {latency} ms of latency");
        println!("  one POST after the other      {:>9.3} s", sequential.as_secs_f64());
        println!("  the engine                    {:>9.3} s", engine.as_secs_f64());
        println!("  the lower bound, {:>2} at once   {:>9.3} s", bound.1, bound.0.as_secs_f64());
        let times = sequential.as_secs_f64() / engine.as_secs_f64();
        let over = engine.as_secs_f64() / bound.0.as_secs_f64();
        println!("  {times:.1} times as fast as the loop, {over:.2} of the lower bound");
        if latency > 0 {
            good &= goal(times >= 20.0, "at least 20 times as fast as the loop");
            good &= goal(over <= 1.3, "within 1.3 of the lower bound");
        }
        runtime.block_on(emulator.shutdown());
    }
    let quota = quota::measure();
    println!("{} assignments under Graph's quota, on a virtual clock", quota.writes);
    println!(
        "  {:.1} s, where the quota lets {} through in {:.1} s: {:.1} % of it",
        quota.lasted,
        quota.writes,
        quota.best,
        100.0 * quota.share()
    );
    println!("  {} of {} requests refused", quota.refused, quota.requests);
    good &= goal(quota.share() >= 0.95, "at least 95 % of the quota");
    good &= goal(quota.refused * 100 < quota.requests, "less than 1 % refused");
    anyhow::ensure!(good, "a goal is missed; see above");
    Ok(())
}

fn goal(met: bool, what: &str) -> bool {
    println!("  {} {what}", if met { "met:   " } else { "MISSED:" });
    met
}

/// How long the three take, each from the same beginning.
async fn compare(emulator: &Running) -> anyhow::Result<(Duration, Duration, (Duration, usize))> {
    let client = reqwest::Client::builder().tls_certs_only([]).build()?;
    let token = emulator.token_for(ADMIN).may_write().sign();
    let changes = changes(emulator);
    let origin = emulator.graph_url().to_owned();

    let mut bound = (Duration::MAX, 0);
    for at_once in CONCURRENCIES {
        emulator.reset()?;
        let batches: Vec<String> = changes.chunks(20).map(envelope).collect();
        let started = Instant::now();
        let sent = futures_util::stream::iter(batches).map(|body| {
            let request = client.post(format!("{origin}/v1.0/$batch")).bearer_auth(&token);
            let request = request.header("Content-Type", "application/json").body(body);
            async move { request.send().await?.error_for_status()?.bytes().await }
        });
        let answers: Vec<_> = sent.buffer_unordered(at_once).collect().await;
        let lasted = started.elapsed();
        answers.into_iter().collect::<Result<Vec<_>, _>>()?;
        anyhow::ensure!(made(emulator, &changes), "the lower bound made them all");
        if lasted < bound.0 {
            bound = (lasted, at_once);
        }
    }

    // Twice, the better one counting, as the lower bound has several tries.
    let mut engine = Duration::MAX;
    for _ in 0..2 {
        emulator.reset()?;
        let transport = Rc::new(Http { client: client.clone() });
        let graph = Graph::new(
            transport,
            Rc::new(RealClock(Instant::now())),
            Rc::new(Token(token.clone())),
            Url::parse(&origin)?,
        );
        let plan = Draft::new(changes.clone()).freeze();
        let told = Told::default();
        let started = Instant::now();
        let states = apply(&graph, &plan, &Control::default(), &told).await;
        engine = engine.min(started.elapsed());
        anyhow::ensure!(states.iter().all(|state| matches!(state, State::Accepted(_))), "the engine made them all");
        anyhow::ensure!(made(emulator, &changes) && told.0.get() >= 2 * ASSIGNMENTS, "and told of it");
    }

    emulator.reset()?;
    let started = Instant::now();
    for change in &changes {
        let request = client.post(format!("{origin}/v1.0/servicePrincipals/{}/appRoleAssignedTo", change.api()));
        let request =
            request.bearer_auth(&token).header("Content-Type", "application/json").body(body(change).to_string());
        request.send().await?.error_for_status()?.bytes().await?;
    }
    let sequential = started.elapsed();
    anyhow::ensure!(made(emulator, &changes), "the loop made them all");
    Ok((engine, sequential, bound))
}

/// Roles that nobody holds yet, of many identities and several APIs.
fn changes(emulator: &Running) -> Vec<Change> {
    let directory = emulator.directory();
    let everybody = directory.service_principals();
    let held: std::collections::HashSet<_> =
        directory.assignments().into_iter().map(|it| (it.principal_id, it.resource_id, it.app_role_id)).collect();
    let mut changes = Vec::new();
    for api in &everybody {
        for role in api.app_roles.iter().filter(|role| role.enabled && role.for_applications) {
            for identity in everybody.iter().filter(|it| it.managed_identity) {
                if !held.contains(&(identity.id, api.id, role.id)) {
                    changes.push(Change::Assign {
                        identity: identity.id.to_string().parse().unwrap(),
                        api: api.id.to_string().parse().unwrap(),
                        role: role.id.to_string().parse().unwrap(),
                    });
                }
            }
        }
    }
    let step = (changes.len() / ASSIGNMENTS).max(1);
    changes.into_iter().step_by(step).take(ASSIGNMENTS).collect()
}

fn made(emulator: &Running, changes: &[Change]) -> bool {
    let held: std::collections::HashSet<_> = emulator
        .directory()
        .assignments()
        .into_iter()
        .map(|it| (it.principal_id.to_string(), it.resource_id.to_string(), it.app_role_id.to_string()))
        .collect();
    let key = |it: &Change| (it.identity().to_string(), it.api().to_string(), it.role().to_string());
    changes.len() == ASSIGNMENTS && changes.iter().all(|change| held.contains(&key(change)))
}

fn body(change: &Change) -> serde_json::Value {
    json!({"principalId": change.identity().to_string(), "resourceId": change.api().to_string(),
        "appRoleId": change.role().to_string()})
}

fn envelope(changes: &[Change]) -> String {
    let item = |(at, change): (usize, &Change)| {
        json!({"id": at.to_string(), "method": "POST", "headers": {"Content-Type": "application/json"},
            "url": format!("/servicePrincipals/{}/appRoleAssignedTo", change.api()), "body": body(change)})
    };
    json!({"requests": changes.iter().enumerate().map(item).collect::<Vec<_>>()}).to_string()
}

struct Http {
    client: reqwest::Client,
}

impl Transport for Http {
    fn send(&self, request: Request) -> LocalBoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let method = match request.method {
                Method::Get => reqwest::Method::GET,
                Method::Post => reqwest::Method::POST,
                Method::Delete => reqwest::Method::DELETE,
            };
            let mut sending = self.client.request(method, request.url.as_str()).timeout(request.timeout);
            for (name, value) in &request.headers {
                sending = sending.header(*name, value);
            }
            if let Some(body) = &request.body {
                sending = sending.body(body.clone());
            }
            let network = |_: reqwest::Error| TransportError::Network;
            let answer = sending.send().await.map_err(network)?;
            let headers = answer.headers().iter();
            let headers = headers
                .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
                .collect();
            let status = answer.status().as_u16();
            let body = answer.bytes().await.map_err(network)?.to_vec();
            Ok(Response { status, headers, body })
        })
    }
}

struct RealClock(Instant);

impl Clock for RealClock {
    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }

    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix_millis(0) + since
    }

    fn sleep(&self, time: Duration) -> LocalBoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

struct Token(String);

impl TokenSource for Token {
    fn access_token(&self) -> LocalBoxFuture<'_, Result<AccessToken, TokenError>> {
        Box::pin(async { Ok(AccessToken::new(self.0.clone())) })
    }

    fn refused(&self, _: Option<Claims>) {}

    fn may_write(&self) -> bool {
        true
    }
}

/// Counts what it is told.
#[derive(Default)]
struct Told(Cell<usize>);

impl Witness for Told {
    fn before_sending<'a>(&'a self, _: &'a [usize]) -> LocalBoxFuture<'a, ()> {
        Box::pin(async {})
    }

    fn moved(&self, _: usize, _: &State) {
        self.0.set(self.0.get() + 1);
    }
}
