//! The bench of the list of identities: `cargo xtask bench list`.
//!
//! In one run, in a real Chromium against the emulator with 1,000, 10,000 and 100,000 identities: how the list loads,
//! beside a bare page that fetches and parses the same pages; how it answers a hand; what it takes of memory; and how
//! the app starts. Each load begins in an app that has started and whose first requests were refused, by “Try again”.
#![allow(clippy::print_stdout, clippy::indexing_slicing, reason = "a bench talks, and may panic")]

mod figures;
mod hand;
mod load;
mod start;

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Setup, World,
    pages::{AccountPage, Shell, SignInPage},
};
use emulator::Emulator;
use figures::{Figures, median, percentile};
use load::{Extent, Load};
use serde_json::{Value, json};
use std::{env, time::Duration};

const ADMIN: &str = "Ada Admin";
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
/// Of which the median counts.
const LOADS: usize = 5;
const RELOADS: usize = 20;
const MEGABYTE: f64 = 1_000_000.0;

/// The loads of one size.
struct Loads {
    size: usize,
    /// The list of identities alone, by the app and by the bare page.
    identities: (Vec<Load>, Vec<Load>),
    /// With the APIs and their holders beside it.
    everything: (Vec<Load>, Vec<Load>),
}

#[tokio::main]
async fn main() -> Result<()> {
    // For whoever works on it: fewer loads, other sizes.
    let mut numbers = env::args().skip(1).map(|it| it.parse::<usize>().context(it));
    let loads = numbers.next().transpose()?.unwrap_or(LOADS);
    let sizes: Vec<usize> = numbers.collect::<Result<_>>()?;
    let sizes = if sizes.is_empty() { SIZES.to_vec() } else { sizes };

    let mut all = Vec::new();
    let mut figures = Figures::new();
    for (at, size) in sizes.iter().copied().enumerate() {
        let world = world(size).await?;
        let count = world.emulator.directory().identities().len();
        if at == 0 {
            start_of_the_app(&world, loads, &mut figures).await?;
        }
        sign_in(&world).await?;
        let identities = load_often(&world, Extent::Identities, count, loads).await?;
        let everything = load_often(&world, Extent::Everything, count, loads).await?;
        all.push(Loads { size, identities, everything });
        if at + 1 == sizes.len() {
            loading(&all[at], &mut figures);
            by_hand(&world, size, loads, &mut figures).await?;
            let grown = load::growth(&world, RELOADS, count).await?;
            // Less than a page of WebAssembly's memory and some dust.
            figures.most(&format!("memory grown over {RELOADS} reloads"), grown / MEGABYTE, "MB", Some(1.0));
            reloading(&world, count, &mut figures).await?;
        }
        world.emulator.shutdown().await;
        world.browser.quit().await?;
    }
    growth_of_cost(&all);
    ensure!(figures.missed == 0, "{} goals are missed; see above", figures.missed);
    Ok(())
}

async fn start_of_the_app(world: &World, loads: usize, figures: &mut Figures) -> Result<()> {
    figures.most("first load of the app, brotli", start::weight()? as f64 / 1000.0, "kB", Some(180.0));
    let mut usable = Vec::new();
    for _ in 0..loads {
        usable.push(start::button_usable(world).await?);
    }
    figures.most("sign-in button usable, processor ÷ 4, Fast 4G", median(usable), "ms", Some(675.0));
    Ok(())
}

async fn load_often(world: &World, extent: Extent, count: usize, times: usize) -> Result<(Vec<Load>, Vec<Load>)> {
    let (mut app, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..times {
        load::open_empty(world).await?;
        let load = load::by_the_app(world, extent, count).await?;
        bare.push(load::by_a_bare_page(world, &load, count).await?);
        app.push(load);
    }
    Ok((app, bare))
}

fn loading(Loads { size, identities, everything }: &Loads, figures: &mut Figures) {
    type Of = fn(&Load) -> f64;
    let middle = |loads: &[Load], of: Of| median(loads.iter().map(of));
    let mut both = |name: &str, (app, bare): &(Vec<Load>, Vec<Load>), of: Of, goal| {
        figures.ratio(name, middle(app, of), middle(bare, of), goal);
    };
    both("first rows visible, from the request", identities, |it| it.first, Some(1.5));
    both(&format!("all {size} loaded and searchable"), identities, |it| it.loaded, Some(1.15));
    both("processor time of that", identities, |it| it.processor, Some(1.5));
    both("the same beside all APIs and roles held: first rows", everything, |it| it.first, None);
    both("… all identities", everything, |it| it.loaded, None);
    both("… everything", everything, |it| it.whole, None);
    both("… processor time", everything, |it| it.processor, None);
    let long = |loads: &[Load]| middle(loads, |it| it.long.len() as f64);
    figures.most("tasks over 50 ms while the identities load", long(&identities.0), "", Some(0.0));
    figures.most("tasks over 50 ms while everything loads", long(&everything.0), "", Some(0.0));
    let longest = everything.0.iter().flat_map(|load| load.long.iter().copied()).fold(0.0, f64::max);
    figures.most("… the longest of all", longest, "ms", None);
    let memory = |loads: &[Load]| middle(loads, |it| it.memory / MEGABYTE);
    figures.most(&format!("memory for {size} identities"), memory(&identities.0), "MB", Some(45.0));
    figures.most("… with all APIs and roles held", memory(&everything.0), "MB", None);
}

async fn by_hand(world: &World, size: usize, turns: usize, figures: &mut Figures) -> Result<()> {
    load::open_empty(world).await?;
    load::by_the_app(world, Extent::Everything, world.emulator.directory().identities().len()).await?;
    let keystrokes = hand::keystrokes(world).await?;
    figures.most(&format!("keystroke to result, {size} rows, p95"), percentile(&keystrokes, 0.95), "ms", Some(16.0));
    figures.most("… median", median(keystrokes), "ms", None);
    let (column, time) = hand::slowest_sort(world, turns).await?;
    figures.most(&format!("sort by the slowest column ({column}), {size} rows"), time, "ms", Some(60.0));
    let (p95, longest) = hand::scrolling(world).await?;
    figures.most(&format!("scrolling {size} rows, frames, p95"), p95, "ms", Some(16.7));
    figures.most("… the longest frame", longest, "ms", Some(50.0));
    Ok(())
}

/// A reload begins with what was kept.
async fn reloading(world: &World, count: usize, figures: &mut Figures) -> Result<()> {
    let reload = load::reload(world, count).await?;
    figures.most("after a reload: first rows that were kept", reload.rows, "ms", None);
    figures.most(&format!("… all {count} that were kept"), reload.all, "ms", None);
    let tasks = ["while they are shown", "while the list is read anew", "while it is kept"];
    for (tasks, long) in tasks.into_iter().zip(&reload.long) {
        figures.most(&format!("tasks over 50 ms {tasks}"), long.len() as f64, "", Some(0.0));
        figures.most("… the longest", long.iter().copied().fold(0.0, f64::max), "ms", None);
    }
    Ok(())
}

/// What a row costs more, the more there are.
fn growth_of_cost(all: &[Loads]) {
    println!(
        "\n{:<58} {}",
        "medians by size, and what a thousand costs",
        all.iter().map(|it| format!("{:>21}", it.size)).collect::<String>()
    );
    let line = |name: &str, of: &dyn Fn(&Loads) -> f64| {
        let cell = |loads: &Loads| {
            let value = of(loads);
            format!("{value:>12.1} {:>8.2}", value * 1000.0 / loads.size as f64)
        };
        println!("{name:<58} {}", all.iter().map(cell).collect::<String>());
    };
    line("identities loaded, ms", &|it| median(it.identities.0.iter().map(|it| it.loaded)));
    line("… by the bare page, ms", &|it| median(it.identities.1.iter().map(|it| it.loaded)));
    line("… processor time, ms", &|it| median(it.identities.0.iter().map(|it| it.processor)));
    line("… memory, MB", &|it| median(it.identities.0.iter().map(|it| it.memory / MEGABYTE)));
    line("everything loaded, ms", &|it| median(it.everything.0.iter().map(|it| it.whole)));
    line("… by the bare page, ms", &|it| median(it.everything.1.iter().map(|it| it.whole)));
}

/// An emulator with so many identities, and a browser that watches itself.
async fn world(identities: usize) -> Result<World> {
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
