//! Without a mouse.

use e2e::{
    Result,
    find::until,
    pages::{ConsentPage, IdentitiesPage, IdentityPage, Question, Shell, SignInPage},
    scenario,
};
use thirtyfour::Key;

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
