//! Without a mouse.

use e2e::{
    Result, World,
    find::until,
    pages::{ConsentPage, IdentitiesPage, IdentityPage, PlanPage, Question, Shell, SignInPage},
    scenario,
};
use emulator::{Fault, Matcher};
use thirtyfour::Key;

const SHIPMENTS: &str = "Shipment Tracking API";

#[test]
fn from_the_sign_in_to_a_granted_role() -> Result<()> {
    scenario(async |world| {
        let browser = &world.browser;
        world.open("/").await?;
        SignInPage(world).is_shown().await?;
        browser.tab_to("button", "Sign in with Microsoft").await?;
        browser.press(Key::Enter).await?;
        browser.role("button").named("Ada Admin").appears().await?;
        browser.tab_to("button", "Ada Admin").await?;
        browser.press(Key::Enter).await?;

        IdentitiesPage(world).is_loaded().await?;
        browser.focus_is("heading", "Identities").await?;
        browser.press_control('k').await?;
        browser.focus_is("searchbox", "Search").await?;
        browser.press("id-customs").await?;
        IdentitiesPage(world).are(&["id-customs-submit"]).await?;
        browser.tab_to("link", "id-customs-submit").await?;
        browser.press(Key::Enter).await?;

        browser.focus_is("heading", "id-customs-submit").await?;
        browser.tab_to("combobox", "API").await?;
        browser.press("shipment").await?;
        browser.role("option").beginning("Shipment Tracking API").appears().await?;
        browser.press(Key::Enter).await?;
        browser.tab_to("searchbox", "Filter the roles").await?;
        browser.press("export").await?;
        IdentityPage(world).role("Shipments.Read.All").vanishes().await?;
        browser.tab_to("checkbox", "Shipments.Export").await?;
        browser.press(" ").await?;
        IdentityPage(world).assign_button(1).appears().await?;
        browser.tab_to("button", "Assign 1 role").await?;
        browser.press(Key::Enter).await?;

        ConsentPage(world).is_shown().await?;
        browser.tab_to("button", "Accept").await?;
        browser.press(Key::Enter).await?;
        IdentityPage(world).assign_button(1).appears().await?;
        browser.tab_to("button", "Assign 1 role").await?;
        browser.press(Key::Enter).await?;
        IdentityPage(world).holds("Shipments.Export").await?;
        assert_eq!(world.graph().count(("id-customs-submit", "Shipment Tracking API", "Shipments.Export")).await?, 1);
        Ok(())
    })
}

#[test]
fn a_question_takes_the_focus_keeps_it_and_gives_it_back() -> Result<()> {
    scenario(async |world| {
        let browser = &world.browser;
        Shell(world).sign_in_at_identity("id-stock-sync", "Carl Cloud").await?;
        IdentityPage(world).holds("Stock.Adjust").await?;
        browser.tab_to("button", "Remove… Stock.Adjust").await?;
        browser.press(Key::Enter).await?;
        Question(world).asks("Remove this role?").await?;
        // The harmless button first.
        browser.focus_is("button", "Cancel").await?;
        for _ in 0..6 {
            browser.press(Key::Tab).await?;
            let outside =
                "return document.activeElement !== document.body && !document.activeElement.closest('dialog')";
            assert_eq!(browser.script(outside, Vec::new()).await?, false, "the focus has left the question");
        }
        browser.press(Key::Escape).await?;
        Question(world).dialog().vanishes().await?;
        browser.focus_is("button", "Remove… Stock.Adjust").await?;
        assert!(world.changes_sent().is_empty());
        assert_eq!(world.graph().count(("id-stock-sync", "Warehouse Stock API", "Stock.Adjust")).await?, 1);
        Ok(())
    })
}

#[test]
fn the_first_stop_skips_to_the_page_and_a_navigation_takes_the_focus_along() -> Result<()> {
    scenario(async |world| {
        let browser = &world.browser;
        Shell(world).sign_in_as("Ada Admin").await?;
        browser.focus_is("heading", "Identities").await?;
        // With a short list the way round is short too.
        IdentitiesPage(world).search("id-customs").await?;
        IdentitiesPage(world).are(&["id-customs-submit"]).await?;
        browser.tab_to("link", "Skip to the page").await?;
        browser.press(Key::Enter).await?;
        until("the focus to be on the page", || async {
            let id = browser.script("return document.activeElement.id", Vec::new()).await?;
            Ok(if id == "page" { Ok(()) } else { Err(id.to_string()) })
        })
        .await?;
        browser.tab_to("searchbox", "Search").await?;
        browser.tab_to("link", "APIs").await?;
        browser.press(Key::Enter).await?;
        browser.focus_is("heading", "APIs").await?;
        assert_eq!(browser.driver.title().await?, "APIs - Rolegrant");
        Ok(())
    })
}

#[test]
fn the_account_menu_closes_behind_whoever_leaves_it() -> Result<()> {
    scenario(async |world| {
        let browser = &world.browser;
        Shell(world).sign_in_as("Ada Admin").await?;
        let menu = browser.role("dialog").named("Account");
        Shell(world).apis().await?;
        browser.focus_is("heading", "APIs").await?;
        Shell(world).account_menu("Ada Admin").await?;
        menu.appears().await?;
        browser.tab_to("button", "Sign out").await?;
        browser.press(Key::Tab).await?;
        menu.vanishes().await?;

        Shell(world).account_menu("Ada Admin").await?;
        menu.appears().await?;
        browser.driver.back().await?;
        browser.focus_is("heading", "Identities").await?;
        menu.vanishes().await
    })
}

/// Two changes in the plan, as Carl, whose consent is there from the start.
async fn plan_two(world: &World) -> Result<()> {
    let sync = world.identity("id-stock-sync")?;
    let role = |value| world.role(SHIPMENTS, value);
    let wanted = [(sync, role("Shipments.Export")?), (sync, role("Shipments.Read.All")?)];
    Shell(world).sign_in_as("Carl Cloud").await?;
    PlanPage(world).keep("Carl Cloud", SHIPMENTS, &wanted).await
}

#[test]
fn a_sign_out_that_is_thought_better_of_gives_the_focus_back() -> Result<()> {
    scenario(async |world| {
        let browser = &world.browser;
        plan_two(world).await?;
        browser.tab_to("button", "Account: Carl Cloud").await?;
        browser.press(Key::Enter).await?;
        browser.role("dialog").named("Account").appears().await?;
        browser.tab_to("button", "Sign out").await?;
        browser.press(Key::Enter).await?;
        Question(world).asks("Sign out and forget this?").await?;
        browser.focus_is("button", "Cancel").await?;
        browser.press(Key::Escape).await?;
        Question(world).dialog().vanishes().await?;
        browser.focus_is("button", "Account: Carl Cloud").await
    })
}

#[test]
fn the_end_of_an_apply_takes_the_focus_from_the_buttons_that_go() -> Result<()> {
    scenario(async |world| {
        let (browser, plan) = (&world.browser, PlanPage(world));
        let begin_and_pause = async || -> Result<()> {
            let batch = Matcher::graph().path_contains("$batch").body_contains("principalId");
            world.emulator.fail_next(batch, Fault::status(429).retry_after("4"));
            plan.begin(2).await?;
            browser.focus_is("heading", "Applying").await?;
            browser.tab_to("button", "Pause").await?;
            browser.press(Key::Enter).await?;
            browser.role("main").says("paused, nothing new is sent").await
        };
        world.expect_status(429);
        plan_two(world).await?;
        begin_and_pause().await?;
        browser.tab_to("button", "Stop").await?;
        browser.press(Key::Enter).await?;
        plan.was_stopped("0 changes done, 2 not done").await?;
        browser.focus_is("heading", "Stopped").await?;

        begin_and_pause().await?;
        browser.press(Key::Enter).await?;
        plan.has_ended("2 changes done").await?;
        browser.focus_is("heading", "Applied").await?;
        assert_eq!(world.changes_sent().len(), 2, "nothing is sent twice");
        Ok(())
    })
}

#[test]
fn after_a_reload_in_the_middle_of_an_apply_the_page_has_the_focus() -> Result<()> {
    scenario(async |world| {
        let (browser, plan) = (&world.browser, PlanPage(world));
        world.expect_status(429);
        plan_two(world).await?;
        let batch = Matcher::graph().path_contains("$batch").body_contains("principalId");
        world.emulator.fail_always(batch, Fault::status(429).retry_after("20"));
        plan.begin(2).await?;
        browser.role("main").says("waiting for Graph's quota").await?;
        browser.tab_to("button", "Stop").await?;
        browser.driver.refresh().await?;
        browser.role("main").says("The page was closed while changes were sent").await?;
        Shell(world).plans(2).await?;
        browser.role("row").saying("Shipments.Export").appears().await?;
        browser.focus_is("heading", "Plan").await
    })
}
