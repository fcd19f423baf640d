//! How the app gets to the browser: whole, unaltered, or with an explanation.

use e2e::{
    Host, Result, Setup,
    find::until,
    pages::{IdentityPage, Outcomes, Shell},
    scenario, scenario_with,
};
use emulator::{Emulator, Site};
use serde_json::json;
use std::{fs, path::Path};

#[test]
fn the_page_starts_the_app() -> Result<()> {
    scenario(async |world| {
        world.open("/").await?;
        until("the loading shell to be gone", || async {
            let shell = world.browser.script("return !!document.getElementById('boot')", Vec::new()).await?;
            Ok(if shell == false { Ok(()) } else { Err("it is there".to_owned()) })
        })
        .await
    })
}

/// SEC-165
#[test]
fn a_browser_without_cryptography_is_told_so() -> Result<()> {
    scenario(async |world| {
        let lack = json!({ "source": "Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined });" });
        world.browser.devtools("Page.enable", json!({})).await?;
        world.browser.devtools("Page.addScriptToEvaluateOnNewDocument", lack).await?;
        world.open("/").await?;
        world.browser.role("alert").says("This browser cannot run Rolegrant").await?;
        assert_eq!(world.asked(Site::SignIn).len() + world.asked(Site::Graph).len(), 0, "and nobody is asked anything");
        Ok(())
    })
}

#[test]
fn over_tls_it_signs_in_and_assigns_as_over_http() -> Result<()> {
    scenario_with(Setup { emulator: Emulator::builder().tls(), ..Setup::default() }, async |world| {
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity("id-stock-sync", "Carl Cloud").await?;
        assert!(world.browser.driver.current_url().await?.as_str().starts_with("https://"));
        page.choose_api("Shipment Tracking API").await?;
        page.tick("Shipments.Read.All").await?;
        page.assign(1).await?;
        Outcomes(world).say("Shipments.Read.All", "Assigned").await?;
        let held = world.graph().count(("id-stock-sync", "Shipment Tracking API", "Shipments.Read.All")).await?;
        assert_eq!(held, 1);
        Ok(())
    })
}

#[test]
fn a_changed_wasm_file_is_refused_and_explained() -> Result<()> {
    let app = tempfile::tempdir()?;
    copy(&Setup::default().app, app.path(), |name, mut bytes| {
        if name.ends_with(".wasm")
            && let Some(byte) = bytes.last_mut()
        {
            *byte ^= 1;
        }
        Some(bytes)
    })?;
    explained(app.path(), Host::Emulator)
}

#[test]
fn a_changed_script_is_refused_and_explained() -> Result<()> {
    let app = tempfile::tempdir()?;
    copy(&Setup::default().app, app.path(), |name, mut bytes| {
        if name.starts_with("rolegrant") && name.ends_with(".js") {
            bytes.extend(b"\n// more\n");
        }
        Some(bytes)
    })?;
    explained(app.path(), Host::Emulator)
}

#[test]
fn a_missing_file_is_explained() -> Result<()> {
    let app = tempfile::tempdir()?;
    copy(&Setup::default().app, app.path(), |name, bytes| (!name.ends_with(".wasm")).then_some(bytes))?;
    explained(app.path(), Host::Emulator)
}

/// A browser that is given these files shows boot.js's explanation and no app.
pub(crate) fn explained(app: &Path, host: Host) -> Result<()> {
    scenario_with(Setup { app: app.to_owned(), host, ..Setup::default() }, async |world| {
        world.expect_in_console("integrity");
        world.expect_in_console("Failed to fetch");
        world.expect_status(404);
        world.open("/").await?;
        world.browser.role("alert").says("is not the one that was published").await?;
        world.browser.role("button").named("Reload").appears().await
    })
}

/// Copies the app but for the compressed twins, each file altered or left out.
pub(crate) fn copy(from: &Path, to: &Path, mut alter: impl FnMut(&str, Vec<u8>) -> Option<Vec<u8>>) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let packed = path.extension().is_some_and(|kind| kind == "br" || kind == "gz");
        if !packed
            && path.is_file()
            && let Some(bytes) = alter(&name, fs::read(&path)?)
        {
            fs::write(to.join(name), bytes)?;
        }
    }
    Ok(())
}
