//! Loading: the app beside a bare page that fetches and parses the same pages in the same browser.

use anyhow::{Context as _, Result, ensure};
use e2e::World;
use emulator::{Fault, Matcher};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::ADMIN;

/// A page of the app's origin that is not the app.
const BARE: &str = "/config.json";

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
    let before = processor(world).await?;
    let everything = json!(extent == Extent::Everything);
    let said = crate::wait_for(world, include_str!("page/load.js"), vec![everything]).await?;
    let processor = processor(world).await? - before;
    ensure!(said["says"].as_str().is_some_and(|says| says.starts_with(&format!("{count} loaded"))), "{said}");
    Ok(Load { processor, ..serde_json::from_value(said)? })
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
