//! The bench of the list of identities: `cargo xtask bench list`.
#![allow(clippy::print_stdout, clippy::indexing_slicing, reason = "a bench talks, and may panic")]

mod load;

use anyhow::Result;
use e2e::{
    Setup, World,
    pages::{AccountPage, Shell, SignInPage},
};
use emulator::Emulator;
use load::Extent;
use serde_json::{Value, json};
use std::time::Duration;

const ADMIN: &str = "Ada Admin";

#[tokio::main]
async fn main() -> Result<()> {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|it| it.parse().ok()).collect();
    for size in sizes {
        let world = start(size).await?;
        let count = world.emulator.directory().identities().len();
        sign_in(&world).await?;
        for extent in [Extent::Identities, Extent::Everything] {
            for _ in 0..2 {
                load::open_empty(&world).await?;
                let app = load::by_the_app(&world, extent, count).await?;
                let bare = load::by_a_bare_page(&world, &app, count).await?;
                for (who, it) in [("app", app), ("bare", bare)] {
                    println!(
                        "{size} {extent:?} {who} first {:.0} loaded {:.0} whole {:.0} cpu {:.0} long {:?}",
                        it.first, it.loaded, it.whole, it.processor, it.long
                    );
                }
            }
        }
        world.emulator.shutdown().await;
        world.browser.quit().await?;
    }
    Ok(())
}

async fn start(identities: usize) -> Result<World> {
    let setup = Setup { emulator: Emulator::builder().identities(identities), kept: false, ..Setup::default() };
    let world = World::start(setup).await?;
    world.browser.driver.set_script_timeout(Duration::from_secs(100)).await?;
    let watch = json!({ "source": include_str!("page/watch.js") });
    world.browser.devtools("Page.addScriptToEvaluateOnNewDocument", watch).await?;
    world.browser.devtools("Performance.enable", json!({})).await?;
    Ok(world)
}

async fn sign_in(world: &World) -> Result<()> {
    world.open("/").await?;
    SignInPage(world).sign_in().await?;
    AccountPage(world).choose(ADMIN).await?;
    Shell(world).is_shown(ADMIN).await
}

/// Runs JavaScript in the page that says itself when it is done.
async fn wait_for(world: &World, script: &str, arguments: Vec<Value>) -> Result<Value> {
    Ok(world.browser.driver.execute_async(script, arguments).await?.json().clone())
}
