//! "Can I?" before doing: what the administrator may not do is said beforehand, with the way out, and is not sent.

use e2e::{
    Result, World,
    find::{Locator, until},
    pages::{
        AccountPage, ApiPage, ApisPage, ConsentPage, IdentitiesPage, IdentityPage, Outcomes, Question, Shell,
        SignInPage,
    },
    scenario,
};
use emulator::{Fault, Matcher, SeenRequest, Site};
use thirtyfour::Key;

const SHIPMENTS: &str = "Shipment Tracking API";
const GRAPH: &str = "Microsoft Graph";
const PRIVILEGED: &str = "the directory role Privileged Role Administrator is missing";

/// Waits until a button is there, out of order, and told by this why; it can still be reached.
async fn is_barred(world: &World, button: Locator<'_>, why: &str) -> Result<()> {
    until(&format!("{button} to be out of order"), || async {
        let element = button.one().await?;
        if element.attr("aria-disabled").await?.as_deref() != Some("true") {
            return Ok(Err("it is in order".to_owned()));
        }
        let Some(id) = element.attr("aria-describedby").await? else { return Ok(Err("it says no reason".to_owned())) };
        let told =
            world.browser.script("return document.getElementById(arguments[0]).innerText", vec![id.into()]).await?;
        Ok(if told.to_string().contains(why) { Ok(()) } else { Err(format!("it says {told}")) })
    })
    .await?;
    assert_eq!(button.one().await?.attr("disabled").await?, None, "what is disabled cannot be reached by the keyboard");
    Ok(())
}

/// An identity with the API chosen that Olga owns; another one has the same name.
fn at_rates(world: &World) -> Result<String> {
    Ok(format!("/identities/{}?api={}", world.identity("id-sandbox")?, world.api("Rates API")?))
}

/// Waits until a button is in order.
async fn is_free(button: Locator<'_>) -> Result<()> {
    until(&format!("{button} to be in order"), || async {
        let element = button.one().await?;
        let barred = element.attr("aria-disabled").await?.is_some() || !element.is_enabled().await?;
        Ok(if barred { Err("it is not".to_owned()) } else { Ok(()) })
    })
    .await
}

#[test]
fn a_reader_sees_what_is_missing_and_nothing_is_sent() -> Result<()> {
    scenario(async |world| {
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity("id-onboarding", "Rita Reader").await?;
        page.choose_api(GRAPH).await?;
        // Before anything is ticked.
        let form = world.browser.role("form").named("Assign roles");
        form.says("You may not assign roles of Microsoft Graph: the directory role").await?;
        page.tick("Presence.Read.All").await?;
        is_barred(world, page.assign_button(1), PRIVILEGED).await?;
        page.assign(1).await?;
        // Enter in a field of the form would send it, too.
        world.browser.press(Key::Enter).await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Read.All").await?;
        is_barred(world, page.assign_button(1), "Cloud Application Administrator").await?;
        page.assign(1).await?;

        is_barred(world, page.remove_button("Group.ReadWrite.All"), "is missing").await?;
        page.remove("Group.ReadWrite.All").await?;
        Shell(world).apis().await?;
        let api = ApiPage(world);
        api.open("Warehouse Stock API").await?;
        is_barred(world, api.remove_button("depot-hamburg-02", "Stock.Adjust"), "is missing").await?;
        api.remove("depot-hamburg-02", "Stock.Adjust").await?;
        assert_eq!(world.browser.role("dialog").count().await?, 0, "no question is asked");
        assert!(world.changes_sent().is_empty());

        Shell(world).account_menu("Rita Reader").await?;
        let menu = world.browser.role("dialog").named("Account");
        // What the sign-in permits is another thing than what the roles allow.
        menu.says("Sign-in permits Reading").await?;
        menu.says("Directory roles None. Custom roles are not seen from here They allow No changes").await
    })
}

#[test]
fn a_cloud_application_administrator_is_held_up_at_microsoft_graph_alone() -> Result<()> {
    scenario(async |world| {
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity("id-onboarding", "Carl Cloud").await?;
        page.choose_api(GRAPH).await?;
        page.tick("Presence.Read.All").await?;
        is_barred(world, page.assign_button(1), PRIVILEGED).await?;
        // Microsoft's documentation leaves open whether he may remove: he is warned, and Graph decides.
        let held = world.browser.role("region").named("Roles held");
        held.says("You might not be able to remove roles of Microsoft Graph: the directory role").await?;
        held.says("Microsoft documents this for assigning them, but not for removing them").await?;
        is_free(page.remove_button("Group.ReadWrite.All")).await?;

        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Read.All").await?;
        is_free(page.assign_button(1)).await?;
        page.assign(1).await?;
        page.holds("Shipments.Read.All").await?;
        assert_eq!(world.graph().count(("id-onboarding", SHIPMENTS, "Shipments.Read.All")).await?, 1);
        Ok(())
    })
}

#[test]
fn what_cannot_be_read_is_denied_to_nobody() -> Result<()> {
    scenario(async |world| {
        world.expect_status(403);
        world.emulator.fail_always(Matcher::graph().path_contains("/me/transitiveMemberOf"), Fault::status(403));
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity("id-stock-sync", "Carl Cloud").await?;
        Shell(world).account_menu("Carl Cloud").await?;
        world.browser.role("dialog").named("Account").says("Not known: they could not be read").await?;
        world.browser.press(Key::Escape).await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Read.All").await?;
        is_free(page.assign_button(1)).await?;
        is_free(page.remove_button("Stock.Adjust")).await?;
        page.assign(1).await?;
        page.holds("Shipments.Read.All").await?;
        assert_eq!(world.graph().count(("id-stock-sync", SHIPMENTS, "Shipments.Read.All")).await?, 1);
        Ok(())
    })
}

#[test]
fn whoever_may_read_no_list_is_told_so_once() -> Result<()> {
    scenario(async |world| {
        world.expect_status(403);
        let lists = Matcher::graph().path_ends_with("/servicePrincipals");
        world.emulator.fail_always(lists, Fault::status(403));
        Shell(world).sign_in_at("/", "Rita Reader").await?;
        let alert = world.browser.role("alert");
        alert.says("Could not read the managed identities").await?;
        // Both lists have been refused by now.
        let is_list = |asked: &SeenRequest| asked.method == "GET" && asked.path.ends_with("/servicePrincipals");
        let refused = || world.asked(Site::Graph).iter().filter(|asked| is_list(asked)).count();
        until("both lists to be asked for", || async {
            Ok(if refused() == 2 { Ok(()) } else { Err(format!("{} were", refused())) })
        })
        .await?;
        alert.are(1).await?;
        world.emulator.lift_all();
        world.browser.role("button").named("Try again").click().await?;
        IdentitiesPage(world).is_loaded().await?;
        alert.vanishes().await?;
        Shell(world).apis().await?;
        ApisPage(world).is_loaded().await
    })
}

#[test]
fn a_role_activated_later_counts_after_a_check() -> Result<()> {
    scenario(async |world| {
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity("id-sandbox", "Rita Reader").await?;
        page.choose_api(GRAPH).await?;
        page.tick("Presence.Read.All").await?;
        is_barred(world, page.assign_button(1), PRIVILEGED).await?;
        let check = world.browser.role("form").named("Assign roles").role("button").named("Check again");
        let tokens = world.token_requests();
        check.click().await?;
        world.browser.role("status").says("Checked: the directory role is still missing").await?;
        is_barred(world, page.assign_button(1), PRIVILEGED).await?;
        assert_eq!(world.token_requests(), tokens + 1, "a role activated since does not count with the old token");

        assert!(world.emulator.activate_role("Rita Reader", "Privileged Role Administrator"));
        check.click().await?;
        world.browser.role("status").says("Checked: you can go ahead").await?;
        is_free(page.assign_button(1)).await?;
        world.browser.focus_is("heading", "id-sandbox").await?;
        Shell(world).account_menu("Rita Reader").await?;
        world.browser.role("dialog").named("Account").says("Privileged Role Administrator").await?;
        world.browser.press(Key::Escape).await?;
        page.assign(1).await?;
        page.holds("Presence.Read.All").await?;
        assert_eq!(world.graph().count(("id-sandbox", GRAPH, "Presence.Read.All")).await?, 1);

        // It runs out: the refusal shows it, and from then on it is known.
        world.expect_status(403);
        Outcomes(world).are_settled().await?;
        assert!(world.emulator.deactivate_role("Rita Reader", "Privileged Role Administrator"));
        page.remove("Presence.Read.All").await?;
        Question(world).answer("Remove role").await?;
        Outcomes(world).say("Presence.Read.All", "you lack the directory role Privileged Role Administrator").await?;
        is_barred(world, page.remove_button("Presence.Read.All"), "is missing").await?;
        assert_eq!(world.changes_sent().len(), 2);
        Ok(())
    })
}

#[test]
fn a_custom_role_is_not_seen_and_may_be_tried() -> Result<()> {
    scenario(async |world| {
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity("id-sandbox", "Cora Custom").await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Read.All").await?;
        is_barred(world, page.assign_button(1), "Cloud Application Administrator").await?;
        let form = world.browser.role("form").named("Assign roles");
        form.role("button").named("Try anyway").click().await?;
        form.says("You might not be able to assign roles of Shipment Tracking API").await?;
        is_free(page.assign_button(1)).await?;
        page.assign(1).await?;
        page.holds("Shipments.Read.All").await?;
        assert_eq!(world.graph().count(("id-sandbox", SHIPMENTS, "Shipments.Read.All")).await?, 1);
        Ok(())
    })
}

#[test]
fn the_owner_of_an_api_assigns_its_roles_without_a_directory_role() -> Result<()> {
    scenario(async |world| {
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity("id-sandbox", "Olga Owner").await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Read.All").await?;
        is_barred(world, page.assign_button(1), "is missing").await?;
        world.open(&at_rates(world)?).await?;
        page.tick("Rates.Publish").await?;
        is_free(page.assign_button(1)).await?;
        page.assign(1).await?;
        page.holds("Rates.Publish").await
    })
}

#[test]
fn a_link_lets_an_administrator_consent_for_everybody() -> Result<()> {
    scenario(async |world| {
        let page = IdentityPage(world);
        world.emulator.withdraw_consent("Olga Owner", "AppRoleAssignment.ReadWrite.All");
        Shell(world).sign_in_at(&at_rates(world)?, "Olga Owner").await?;
        page.tick("Rates.Publish").await?;
        let chosen = world.path().await?;
        page.assign(1).await?;
        ConsentPage(world).needs_an_administrator().await?;
        ConsentPage(world).cancel().await?;
        let alert = world.browser.role("alert");
        alert.says("An administrator has to consent first").await?;
        alert.role("button").named("Copy link for an administrator").appears().await?;
        let link = alert.role("link").named("Link for an administrator").one().await?.attr("href").await?;
        let link = link.unwrap_or_default();
        assert!(link.starts_with(world.emulator.sign_in_url()), "{link}");
        assert!(link.contains("/v2.0/adminconsent?") && link.contains("AppRoleAssignment.ReadWrite.All"), "{link}");

        // The administrator follows it, here in the same browser.
        world.browser.driver.goto(&link).await?;
        AccountPage(world).choose("Gloria Global").await?;
        world.browser.role("button").named("Accept").click().await?;
        alert.says("Microsoft reports that an administrator has consented").await?;
        world.is_at("/").await?;
        Shell(world).is_shown("Olga Owner").await?;
        world.open(&chosen).await?;
        page.assign(1).await?;
        page.holds("Rates.Publish").await
    })
}

#[test]
fn an_address_that_speaks_of_consent_is_taken_for_hearsay() -> Result<()> {
    scenario(async |world| {
        for (query, says) in [
            ("?admin_consent=True&tenant=%3Cb%3Eevil&state=x", "Microsoft reports that an administrator has consented"),
            ("?error=permission_denied&error_description=Call+me", "Microsoft reports that consent was not given"),
        ] {
            world.open(&format!("/{query}")).await?;
            let alert = world.browser.role("alert");
            alert.says(says).await?;
            assert!(!alert.text().await?.contains("evil") && !alert.text().await?.contains("Call me"));
            SignInPage(world).is_shown().await?;
            world.is_at("/").await?;
        }
        assert_eq!(world.token_requests(), 0);
        assert!(world.asked(Site::Graph).is_empty());
        Ok(())
    })
}
