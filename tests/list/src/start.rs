//! The start of the app: what it weighs, and when one can sign in.

use anyhow::{Context as _, Result};
use e2e::{World, app_folder, pages::SignInPage};
use serde_json::json;
use std::{ffi::OsStr, fs};

/// What a first visit transfers until somebody can sign in: html, js, wasm and css in brotli, in bytes. What is named
/// `split_…` comes after that.
pub(crate) fn weight() -> Result<u64> {
    let mut bytes = 0;
    for file in fs::read_dir(app_folder())? {
        let path = file?.path();
        let packed = path.extension() == Some(OsStr::new("br"));
        let later = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("split_"));
        let kind = path.file_stem().and_then(|name| std::path::Path::new(name).extension()).and_then(OsStr::to_str);
        if packed && !later && kind.is_some_and(|kind| ["html", "js", "wasm", "css"].contains(&kind)) {
            bytes += fs::metadata(&path)?.len();
        }
    }
    Ok(bytes)
}

/// Milliseconds from the first visit's beginning to a button that can be pressed, with the processor slowed four times
/// and what DevTools calls Fast 4G.
pub(crate) async fn button_usable(world: &World) -> Result<f64> {
    let browser = &world.browser;
    browser.devtools("Network.enable", json!({})).await?;
    browser.devtools("Network.clearBrowserCache", json!({})).await?;
    let fast_4g =
        json!({ "offline": false, "latency": 165, "downloadThroughput": 1_012_500, "uploadThroughput": 168_750 });
    browser.devtools("Network.emulateNetworkConditions", fast_4g).await?;
    browser.devtools("Emulation.setCPUThrottlingRate", json!({ "rate": 4 })).await?;
    world.open("/").await?;
    SignInPage(world).is_shown().await?;
    let usable = browser.script("return bench.usable", Vec::new()).await?;
    browser.devtools("Emulation.setCPUThrottlingRate", json!({ "rate": 1 })).await?;
    let none = json!({ "offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    browser.devtools("Network.emulateNetworkConditions", none).await?;
    // It keeps every answer.
    browser.devtools("Network.disable", json!({})).await?;
    usable.as_f64().context("the button was not seen")
}
