//! Loading: the app beside a bare page that fetches and parses the same pages in the same browser.

use anyhow::{Context as _, Result, ensure};
use e2e::{
    World,
    find::{shown, until},
    pages::Shell,
};
use emulator::{Fault, Matcher};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

use crate::ADMIN;

/// A page of the app's origin that is not the app.
const BARE: &str = "/config.json";

/// How many identities a page has.
const PAGE: usize = 999;

/// What is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The list of identities and no more: the APIs are refused.
    Identities,
    /// The APIs and their holders beside it, as in every tenant.
    Everything,
}

/// One load. Milliseconds, from the request of the first page.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Load {
    /// Until the first rows are painted; on the bare page, until the first page is parsed.
    pub(crate) first: f64,
    /// Until all identities are there and can be searched.
    pub(crate) loaded: f64,
    /// Until everything is.
    pub(crate) whole: f64,
    /// The tasks over 50 ms.
    #[serde(default)]
    pub(crate) long: Vec<f64>,
    /// How long the renderer computed for it, on all of its threads.
    #[serde(skip)]
    pub(crate) processor: f64,
    /// What it has made of the empty app's memory: JavaScript's heap and WebAssembly's, in bytes.
    #[serde(skip)]
    pub(crate) memory: f64,
    /// What the app asked for.
    #[serde(default)]
    lists: Value,
}

/// The first request of each list.
pub(crate) fn identities() -> Matcher {
    Matcher::graph().path_ends_with("/servicePrincipals").query_contains("ManagedIdentity")
}

fn apis() -> Matcher {
    Matcher::graph().path_ends_with("/servicePrincipals").query_contains("'Application'")
}

/// From nothing to the empty list: what it asks for first is refused, so that it loads when it is told to.
pub(crate) async fn open_empty(world: &World) -> Result<()> {
    // Nothing of the app is open that could be refused in its place.
    world.open(BARE).await?;
    // Nor anything that it could begin with.
    world.browser.script("sessionStorage.removeItem('rolegrant.list')", Vec::new()).await?;
    world.emulator.lift_all();
    world.emulator.fail_times(identities(), Fault::status(403), 1);
    world.emulator.fail_times(apis(), Fault::status(403), 1);
    world.open("/").await?;
    world.browser.role("button").named("Try again").appears().await
}

/// Loads the empty list.
pub(crate) async fn by_the_app(world: &World, extent: Extent, count: usize) -> Result<Load> {
    if extent == Extent::Identities {
        world.emulator.fail_always(apis(), Fault::status(403));
    }
    let empty = memory(world).await?;
    let before = processor(world).await?;
    let everything = json!(extent == Extent::Everything);
    let said = crate::wait_for(world, include_str!("page/load.js"), vec![everything]).await?;
    let processor = processor(world).await? - before;
    ensure!(said["says"].as_str().is_some_and(|says| says.starts_with(&format!("{} loaded", shown(count)))), "{said}");
    let memory = memory(world).await? - empty;
    Ok(Load { processor, memory, ..serde_json::from_value(said)? })
}

/// Loads the list again and again in one page; gives the bytes by which its memory grows from the second time to the
/// last. What makes a list load again is that its last page failed.
pub(crate) async fn growth(world: &World, times: usize, count: usize) -> Result<f64> {
    open_empty(world).await?;
    world.emulator.fail_always(apis(), Fault::status(403));
    let again = include_str!("page/again.js");
    let mut second = 0.0;
    for turn in 1..=times {
        world.emulator.fail_times(identities().after(count / PAGE), Fault::status(403), 1);
        crate::wait_for(world, again, vec![json!(true)]).await?;
        if turn == 2 {
            second = memory(world).await?;
        }
    }
    let grown = memory(world).await? - second;
    let said = crate::wait_for(world, again, vec![json!(false)]).await?;
    ensure!(said.as_str().is_some_and(|says| says.starts_with(&format!("{} loaded", shown(count)))), "{said}");
    Ok(grown)
}

/// A reload that begins with what was kept, while the first page of Graph's list takes its time.
#[derive(Debug, Deserialize)]
pub(crate) struct Reload {
    /// Milliseconds from the document's beginning, which is that of the way back from the sign-in service, until the
    /// first rows are painted.
    pub(crate) rows: f64,
    /// Until all that was kept can be searched.
    pub(crate) all: f64,
    /// The tasks over 50 ms: up to then, up to the end of Graph's list, and while that is kept.
    pub(crate) long: [Vec<f64>; 3],
    says: String,
}

/// Reloads a page that has loaded everything. Afterwards there is one identity less.
pub(crate) async fn reload(world: &World, count: usize) -> Result<Reload> {
    let kept = || world.browser.script("return sessionStorage.getItem('rolegrant.list')", Vec::new());
    let before = until("the list to be kept", || async {
        let kept = kept().await?;
        Ok(if kept.is_null() { Err("it is not".to_owned()) } else { Ok(kept) })
    })
    .await?;
    let all = json!(shown(count));
    world.browser.script("sessionStorage.setItem('bench', arguments[0])", vec![all]).await?;
    // One is gone, so that the others close up.
    let gone = world.emulator.directory().identities().first().map(|identity| identity.id).context("none")?;
    ensure!(world.emulator.directory().delete_service_principal(gone));
    world.emulator.fail_times(identities(), Fault::slow(Duration::from_secs(5)), 1);
    world.browser.driver.refresh().await?;
    Shell(world).is_shown(ADMIN).await?;
    world.browser.role("status").says(" as of ").await?;
    let said = crate::wait_for(world, include_str!("page/reload.js"), vec![before]).await?;
    let reload: Reload = serde_json::from_value(said)?;
    ensure!(reload.says.starts_with(&format!("{} loaded", shown(count - 1))), "{}", reload.says);
    Ok(reload)
}

/// The same by a bare page of the app's origin.
pub(crate) async fn by_a_bare_page(world: &World, app: &Load, count: usize) -> Result<Load> {
    world.open(BARE).await?;
    let token = world.emulator.token_for(ADMIN).sign();
    let before = processor(world).await?;
    let said = crate::wait_for(world, include_str!("page/bare.js"), vec![json!(token), app.lists.clone()]).await?;
    let processor = processor(world).await? - before;
    ensure!(said["count"] == json!(count), "the bare page read {said}");
    Ok(Load { processor, ..serde_json::from_value(said)? })
}

/// How long the renderer has computed so far, in milliseconds.
async fn processor(world: &World) -> Result<f64> {
    let metrics = world.browser.devtools("Performance.getMetrics", json!({})).await?;
    let time = metrics["metrics"].as_array().into_iter().flatten().find(|it| it["name"] == "ProcessTime");
    Ok(1000.0 * time.and_then(|it| it["value"].as_f64()).with_context(|| format!("no ProcessTime in {metrics}"))?)
}

/// What JavaScript and WebAssembly have taken, in bytes, once nothing is left to be collected.
async fn memory(world: &World) -> Result<f64> {
    world.browser.devtools("HeapProfiler.collectGarbage", json!({})).await?;
    let heap = world.browser.devtools("Runtime.getHeapUsage", json!({})).await?["usedSize"].as_f64();
    let linear = world.browser.script("return bench.memory.buffer.byteLength", Vec::new()).await?.as_f64();
    Ok(heap.context("no heap")? + linear.context("no WebAssembly")?)
}
