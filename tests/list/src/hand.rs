//! What a hand does with the list: typing, sorting, scrolling. Milliseconds.

use anyhow::{Result, ensure};
use e2e::World;
use serde_json::{Value, json};

use crate::figures::{median, percentile};
use crate::wait_for;

/// What people look for: by team, by stage and number, by resource group, by the beginning of an id, by a role held.
const WORDS: [&str; 5] = ["shipments export", "prod-0421", "rg-fleet-test", "7f3a", "mail.send"];
/// Ten seconds of frames.
const STEPS: usize = 600;

/// How long each keystroke takes to be answered.
pub(crate) async fn keystrokes(world: &World) -> Result<Vec<f64>> {
    let said = told(wait_for(world, include_str!("page/type.js"), vec![json!(WORDS)]).await?)?;
    for found in said["found"].as_array().into_iter().flatten() {
        ensure!(!found.as_str().unwrap_or_default().contains(": 0 of"), "nothing was found: {found}");
    }
    Ok(serde_json::from_value(said["times"].clone())?)
}

/// The slowest column, by the median of its turns, with its name.
pub(crate) async fn slowest_sort(world: &World, turns: usize) -> Result<(String, f64)> {
    let mut all: Vec<(String, f64)> = Vec::new();
    for _ in 0..turns {
        let said = told(wait_for(world, include_str!("page/sort.js"), Vec::new()).await?)?;
        all.extend(serde_json::from_value::<Vec<_>>(said["times"].clone())?);
    }
    let mut slowest = (String::new(), 0.0);
    for (column, _) in &all {
        let time = median(all.iter().filter(|it| it.0 == *column).map(|it| it.1));
        if time > slowest.1 {
            slowest = (column.clone(), time);
        }
    }
    Ok(slowest)
}

/// The frames of scrolling from end to end: the 95th percentile and the longest.
pub(crate) async fn scrolling(world: &World) -> Result<(f64, f64)> {
    let said = told(wait_for(world, include_str!("page/scroll.js"), vec![json!(STEPS)]).await?)?;
    let frames: Vec<f64> = serde_json::from_value(said["frames"].clone())?;
    Ok((percentile(&frames, 0.95), percentile(&frames, 1.0)))
}

fn told(said: Value) -> Result<Value> {
    ensure!(said["error"].is_null(), "{}", said["error"]);
    Ok(said)
}
