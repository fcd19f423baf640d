//! A deployment that is not set up yet: what is wrong, and what to write instead.

use e2e::{
    Result, World,
    pages::{Shell, SignInPage},
    scenario,
};
use emulator::{Fault, Matcher, Site};
use serde_json::json;

fn config_answers(world: &World, fault: Fault) -> emulator::FaultId {
    world.emulator.fail_always(Matcher::app().path_ends_with("/config.json"), fault)
}

/// The Set up page says this, and nobody else has been asked anything.
async fn says(world: &World, words: &[&str]) -> Result<()> {
    world.open("/").await?;
    world.browser.role("heading").named("Set up").appears().await?;
    for part in words {
        world.browser.role("alert").says(part).await?;
    }
    // The address to register is there to be copied.
    world.browser.role("main").says(&format!("{}/", world.emulator.app_url())).await?;
    assert!(world.asked(Site::SignIn).is_empty() && world.asked(Site::Graph).is_empty());
    Ok(())
}

#[test]
fn a_missing_configuration_is_explained_and_found_once_it_is_there() -> Result<()> {
    scenario(async |world| {
        world.expect_status(404);
        let fault = config_answers(world, Fault::status(404));
        says(world, &["config.json", "is missing"]).await?;
        assert!(world.emulator.lift(fault));
        world.browser.role("link").named("Check again").click().await?;
        SignInPage(world).is_shown().await
    })
}

#[test]
fn everything_wrong_in_a_configuration_is_named_at_once() -> Result<()> {
    scenario(async |world| {
        let wrong = json!({ "cloud": "moon", "tenant": "common", "clientId": "the app", "clientid": "x" });
        config_answers(world, Fault::status(200).json(&wrong));
        says(world, &["cloud", "tenant", "clientId", "common"]).await?;
        world.emulator.lift_all();
        config_answers(world, Fault::status(200).text("application/json", "{\"cloud\": \"global\","));
        says(world, &["is not valid JSON", "line 1"]).await
    })
}

#[test]
fn a_host_that_answers_with_its_start_page_is_seen_through() -> Result<()> {
    scenario(async |world| {
        config_answers(world, Fault::status(200).text("text/html", "<!DOCTYPE html><p>Welcome"));
        says(world, &["is missing", "a web page in its place"]).await
    })
}

#[test]
fn the_set_up_page_can_be_read_in_a_deployment_that_works() -> Result<()> {
    scenario(async |world| {
        let main = world.browser.role("main");
        world.open("/").await?;
        world.browser.role("link").named("Set up").click().await?;
        Shell(world).heading("Set up").await?;
        main.says("AppRoleAssignment.ReadWrite.All").await?;
        assert!(world.asked(Site::SignIn).is_empty(), "whoever cannot sign in yet can read it");
        world.browser.role("link").named("Check again").click().await?;
        SignInPage(world).is_shown().await?;

        // Within a session; and when it cannot be resumed, with the reason.
        Shell(world).sign_in_as("Ada Admin").await?;
        world.open("/setup").await?;
        Shell(world).is_shown("Ada Admin").await?;
        main.says("AppRoleAssignment.ReadWrite.All").await?;
        world.expect_in_console("openid-configuration");
        world.emulator.fail_always(Matcher::sign_in().path_contains("openid-configuration"), Fault::status(503));
        world.open("/setup").await?;
        world.browser.role("alert").says("sign-in service").await?;
        main.says("AppRoleAssignment.ReadWrite.All").await
    })
}
