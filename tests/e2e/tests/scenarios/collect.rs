//! What comes into the plan, and by which ways. Nothing of it is sent.

use anyhow::Context as _;
use e2e::{
    Result, Setup,
    find::shown,
    pages::{ApiPage, CollectPage, IdentitiesPage, IdentityPage, Question, Shell},
    pictures::Size,
    scenario, scenario_with,
};
use emulator::Emulator;

const SYNC: &str = "id-stock-sync";
const SHIPMENTS: &str = "Shipment Tracking API";
const FINANCE: &str = "rg-finance-prod";

#[test]
fn several_identities_from_the_list_and_two_roles_of_an_api() -> Result<()> {
    scenario(async |world| {
        let (list, page, shell) = (IdentitiesPage(world), CollectPage(world), Shell(world));
        let batch = "id-billing-batch";
        world.graph().assign((batch, SHIPMENTS, "Shipments.Export")).await?;
        shell.sign_in_as("Carl Cloud").await?;
        list.search(FINANCE).await?;
        list.row(batch).appears().await?;
        let names = list.names().await?;
        let (first, last) = (names.first().context("none")?, names.last().context("none")?);
        let all = names.len();
        assert!(!list.tray().is_there().await?, "a tray without a selection");
        list.tick(first).click().await?;
        list.tray().role("status").says("1 selected").await?;
        list.tick(last).click_with_shift().await?;
        list.tray().role("status").says(&format!("{all} selected")).await?;
        // What a filter hides stays selected, and is said.
        list.search(SYNC).await?;
        list.tray().role("status").says(&format!("{all} selected {all} of them outside of this filter")).await?;
        list.tick(SYNC).click().await?;
        list.tray().role("status").says(&format!("{} selected", all + 1)).await?;

        list.tray().role("link").named("Assign roles…").click().await?;
        page.is_shown_for(all + 1).await?;
        page.leave_out(SYNC).await?;
        page.is_shown_for(all).await?;
        page.add_identity("id-sandbox").await?;
        page.is_shown_for(all + 1).await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Export").await?;
        page.form().saying(format!("Held by 1 of {}", all + 1)).appears().await?;
        page.tick("Shipments.Read.All").await?;
        let count = (all + 1) * 2;
        page.form().role("status").says(&format!("1 of {count} are held already and left out.")).await?;
        // The choice survives a reload.
        world.browser.driver.refresh().await?;
        page.is_shown_for(all + 1).await?;
        page.add_button(count - 1).click().await?;
        shell.heading("Plan").await?;
        shell.confirms(&format!("{} changes added to the plan", count - 1)).await?;
        shell.plans(count - 1).await?;
        world.is_at("/plan").await?;

        // Once more the same: known.
        world.browser.driver.back().await?;
        page.add_button(count - 1).click().await?;
        shell.confirms(&format!("{} changes in the plan already", count - 1)).await?;
        shell.plans(count - 1).await?;
        assert!(world.changes_sent().is_empty(), "nothing is sent");

        // What is chosen next is not for those who were selected for this.
        shell.apis().await?;
        shell.identities().await?;
        list.search(FINANCE).await?;
        list.row(batch).appears().await?;
        assert!(!list.tray().is_there().await?, "they are selected no longer");
        Ok(())
    })
}

#[test]
fn all_that_match_are_selected_by_one_box() -> Result<()> {
    scenario_with(Setup { emulator: Emulator::builder().identities(3_000), ..Setup::default() }, async |world| {
        let list = IdentitiesPage(world);
        Shell(world).sign_in_as("Ada Admin").await?;
        list.tick_all("Select all 3,000 that match").click().await?;
        list.tray().role("status").says("3,000 selected").await?;
        list.filter("User-assigned").await?;
        list.tray().role("status").says("of them outside of this filter").await?;
        list.filter("User-assigned").await?;
        list.search("rg-finance-prod").await?;
        list.row("id-billing-batch").appears().await?;
        let count = list.names().await?.len();
        list.tick_all(&format!("Select all {count} that match")).click().await?;
        let left = shown(3_000 - count);
        list.tray().role("status").says(&format!("{left} selected {left} of them outside of this filter")).await?;
        list.tray().role("button").named(format!("Select all {count} that match")).click().await?;
        list.tray().role("status").says("3,000 selected").await?;
        // It survives other pages and a reload.
        Shell(world).apis().await?;
        Shell(world).heading("APIs").await?;
        Shell(world).identities().await?;
        list.tray().role("status").says("3,000 selected").await?;
        world.browser.driver.refresh().await?;
        list.is_loaded().await?;
        list.tray().role("status").says("3,000 selected").await?;
        list.tray().role("button").named("Clear").click().await?;
        list.tray().vanishes().await?;
        world.browser.focus_is("searchbox", "Search").await
    })
}

#[test]
fn what_another_identity_holds_is_copied_or_made_equal() -> Result<()> {
    scenario(async |world| {
        let (page, shell) = (CollectPage(world), Shell(world));
        let sandbox = "id-sandbox";
        let held = world.graph().held_by(world.identity(SYNC)?).await?.len();
        let before = world.graph().held_by(world.identity(sandbox)?).await?.len();
        world.graph().assign((sandbox, SHIPMENTS, "Shipments.Export")).await?;
        shell.sign_in_at_identity(sandbox, "Carl Cloud").await?;
        world.browser.role("link").named("Copy roles from…").click().await?;
        page.is_shown_for(1).await?;
        world.is_at("/plan/add").await?;
        page.copy_from(SYNC).await?;
        page.copying().saying(format!("It holds {held} role")).appears().await?;
        page.copying().role("status").says(&format!("{held} to assign, {} to remove", before + 1)).await?;
        page.copying().role("status").says(&format!("{held} to assign, 0 held already")).await?;
        world.is_at(&format!("/plan/add?from={}", world.identity(SYNC)?)).await?;
        page.copying().role("button").named("Add what it holds").click().await?;
        shell.plans(held).await?;
        world.browser.driver.back().await?;
        page.copying().role("button").named("Make equal").click().await?;
        shell.confirms(&format!("added to the plan, {held} known there already")).await?;
        shell.plans(held + before + 1).await?;
        assert!(world.changes_sent().is_empty(), "nothing is sent");
        Ok(())
    })
}

#[test]
fn an_apis_role_leads_to_the_identities_and_back() -> Result<()> {
    scenario(async |world| {
        let (page, list) = (CollectPage(world), IdentitiesPage(world));
        Shell(world).sign_in_at_api(SHIPMENTS, "Carl Cloud").await?;
        let link = "Assign to identities…: Shipments.Export";
        ApiPage(world).roles().role("link").named(link).click().await?;
        page.is_shown_for(0).await?;
        page.form().role("status").says("Choose identities first.").await?;
        let chosen = world.path().await?;
        assert!(chosen.contains(&format!("api={}&roles=", world.api(SHIPMENTS)?)), "{chosen}");
        world.browser.role("link").named("Choose in the list").click().await?;
        list.search(SYNC).await?;
        list.tick(SYNC).click().await?;
        list.tray().role("link").named("Assign roles…").click().await?;
        page.is_shown_for(1).await?;
        world.is_at(&chosen).await?;
        page.add_button(1).click().await?;
        Shell(world).plans(1).await
    })
}

#[test]
fn the_form_and_the_removal_of_one_identity_can_wait_for_the_plan() -> Result<()> {
    scenario(async |world| {
        let (page, shell) = (IdentityPage(world), Shell(world));
        shell.sign_in_at_identity(SYNC, "Carl Cloud").await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Export").await?;
        world.browser.role("form").named("Assign roles").role("button").named("Add to the plan").click().await?;
        shell.confirms("1 change added to the plan").await?;
        shell.plans(1).await?;
        page.remove("Stock.Adjust").await?;
        Question(world).answer("Remove later: add to the plan").await?;
        shell.plans(2).await?;
        page.holds("Stock.Adjust").await?;
        assert!(world.changes_sent().is_empty(), "nothing is sent");
        Ok(())
    })
}

/// What is planned for removal is marked where it is held.
#[test]
fn a_removal_that_is_planned_is_marked_in_the_list() -> Result<()> {
    scenario(async |world| {
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
        page.remove("Stock.Adjust").await?;
        Question(world).answer("Remove later: add to the plan").await?;
        Shell(world).plans(1).await?;
        let mark = page.held().saying("Removal planned");
        mark.are(1).await?;
        mark.says("Stock.Adjust").await?;
        world.browser.pictures("removal-planned").await?;
        page.remove("Stock.Adjust").await?;
        Question(world).answer("Remove role").await?;
        page.holds_no("Stock.Adjust").await
    })
}

/// What an API's page can do, it can on a phone.
#[test]
fn on_a_phone_the_roles_of_an_api_have_their_buttons() -> Result<()> {
    scenario(async |world| {
        let browser = &world.browser;
        Shell(world).sign_in_at_api(SHIPMENTS, "Carl Cloud").await?;
        browser.pictures("api").await?;
        browser.size(Size::Phone).await?;
        let role = ApiPage(world).roles().saying("Shipments.Read.All");
        role.role("button").named("Only its holders: Shipments.Read.All").appears().await?;
        let fits = "return document.documentElement.scrollWidth <= innerWidth";
        assert_eq!(browser.script(fits, Vec::new()).await?, true);
        role.role("link").named("Assign to identities…: Shipments.Read.All").click().await?;
        CollectPage(world).is_shown_for(0).await
    })
}
