//! Giving an identity roles. Whether it holds them, Graph says.

use anyhow::Context as _;
use e2e::{
    Result,
    pages::{ApiPage, ApisPage, ConsentPage, IdentityPage, Outcomes, Question, Shell},
    scenario,
};
use emulator::Site;

const SYNC: &str = "id-stock-sync";
const SHIPMENTS: &str = "Shipment Tracking API";

#[test]
fn a_choice_that_is_left_behind_troubles_no_other_page() -> Result<()> {
    scenario(async |world| {
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Read.All").await?;
        // Whatever still looked at the choice would stop the app: the console is looked over at the end.
        Shell(world).apis().await?;
        ApisPage(world).is_loaded().await
    })
}

#[test]
fn two_roles_of_two_apis_with_the_permission_asked_for_at_the_first_change() -> Result<()> {
    scenario(async |world| {
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity(SYNC, "Ada Admin").await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Read.All").await?;
        let chosen = world.path().await?;
        // Consent that was given before is not seen from here, and nothing is asked then.
        world.browser.role("form").says("Microsoft may ask for the permission to change assignments").await?;
        page.assign(1).await?;

        ConsentPage(world).is_shown().await?;
        assert!(world.changes_sent().is_empty(), "nothing is sent before the consent");
        ConsentPage(world).accept().await?;
        // Back on the same page, with the same choice, which waits for the button.
        page.assign_button(1).appears().await?;
        world.is_at(&chosen).await?;
        assert!(world.changes_sent().is_empty(), "nothing is sent without a press");
        page.assign(1).await?;
        Outcomes(world).say("Shipments.Read.All", "Assigned").await?;
        Outcomes(world).say("Shipments.Read.All", "Live by").await?;
        page.holds("Shipments.Read.All").await?;

        page.choose_api("Billing API").await?;
        page.tick("Invoices.Read.All").await?;
        page.assign(1).await?;
        page.holds("Invoices.Read.All").await?;
        assert_eq!(world.graph().count((SYNC, SHIPMENTS, "Shipments.Read.All")).await?, 1);
        assert_eq!(world.graph().count((SYNC, "Billing API", "Invoices.Read.All")).await?, 1);
        assert_eq!(world.changes_sent().len(), 2);

        // What is held can be seen to be held, and cannot be chosen again.
        let held = page.role("Invoices.Read.All");
        assert!(held.one().await?.is_selected().await?);
        assert!(!held.one().await?.is_enabled().await?);
        Ok(())
    })
}

#[test]
fn several_roles_at_once_one_of_which_a_colleague_was_quicker_with() -> Result<()> {
    scenario(async |world| {
        world.expect_status(400);
        let page = IdentityPage(world);
        let roles = ["Shipments.Export", "Shipments.Read.All", "Tracking.Publish"];
        // Carl's consent is there from the start: no redirect comes between.
        Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
        page.choose_api(SHIPMENTS).await?;
        for role in roles {
            page.tick(role).await?;
        }
        world.graph().assign((SYNC, SHIPMENTS, "Shipments.Read.All")).await?;
        page.assign(3).await?;

        let outcomes = Outcomes(world);
        outcomes.say("Shipments.Read.All", "Already assigned").await?;
        outcomes.say("Shipments.Export", "Live by").await?;
        outcomes.say("Tracking.Publish", "Live by").await?;
        assert!(!world.browser.role("alert").is_there().await?, "what is there already is no error");
        for role in roles {
            page.holds(role).await?;
            assert_eq!(world.graph().count((SYNC, SHIPMENTS, role)).await?, 1, "{role}");
        }
        Ok(())
    })
}

#[test]
fn a_role_once_assigned_is_undone_by_one_button() -> Result<()> {
    scenario(async |world| {
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Export").await?;
        page.assign(1).await?;
        page.holds("Shipments.Export").await?;
        assert_eq!(world.graph().count((SYNC, SHIPMENTS, "Shipments.Export")).await?, 1);
        Outcomes(world).undo().await?;
        Outcomes(world).say("Shipments.Export", "Removed").await?;
        page.holds_no("Shipments.Export").await?;
        assert_eq!(world.graph().count((SYNC, SHIPMENTS, "Shipments.Export")).await?, 0);
        Ok(())
    })
}

#[test]
fn a_privileged_role_is_asked_about_a_second_time() -> Result<()> {
    scenario(async |world| {
        let (page, question) = (IdentityPage(world), Question(world));
        let grant = ("id-sandbox", "Microsoft Graph", "RoleManagement.ReadWrite.Directory");
        Shell(world).sign_in_at_identity("id-sandbox", "Ada Admin").await?;
        world.emulator.consent("Ada Admin", &["AppRoleAssignment.ReadWrite.All"]);
        page.choose_api("Microsoft Graph").await?;
        page.tick("RoleManagement.ReadWrite.Directory").await?;
        page.assign(1).await?;
        question.asks("Assign a privileged role?").await?;
        let text = question.dialog().text().await?;
        for part in ["id-sandbox", "RoleManagement.ReadWrite.Directory", "Could "] {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
        question.answer("Cancel").await?;
        assert!(world.changes_sent().is_empty(), "a cancelled question sends nothing");
        assert_eq!(world.graph().count(grant).await?, 0);

        // The choice is still there.
        page.assign(1).await?;
        question.answer("Assign 1 role").await?;
        page.holds("RoleManagement.ReadWrite.Directory").await?;
        assert_eq!(world.graph().count(grant).await?, 1);
        Ok(())
    })
}

/// F-41
#[test]
fn only_roles_that_can_be_assigned_are_offered() -> Result<()> {
    scenario(async |world| {
        let page = IdentityPage(world);
        let stock = world.emulator.directory().api("Warehouse Stock API").context("no API")?;
        let disabled = stock.role("Stock.Adjust").context("no role")?.id;
        world.emulator.directory().set_role_enabled(stock.id, disabled, false);
        Shell(world).sign_in_at_identity("id-sandbox", "Ada Admin").await?;
        page.choose_api("Warehouse Stock API").await?;
        page.role("Stock.Read.All").appears().await?;
        // For people and applications alike: offered.
        page.role("Stock.Audit.Read").appears().await?;
        assert!(!page.role("Bays.Manage").is_there().await?, "a role for people only is offered");
        assert!(!page.role("Stock.Adjust").is_there().await?, "a disabled role is offered");

        // Nor by a link that chooses it.
        let users_only = stock.role("Bays.Manage").context("no role")?.id;
        let sandbox = world.identity("id-sandbox")?;
        world.open(&format!("/identities/{sandbox}?api={}&roles={users_only},{disabled}", stock.id)).await?;
        page.role("Stock.Read.All").appears().await?;
        let button = world.browser.role("form").named("Assign roles").role("button").named("Assign roles");
        assert!(!button.one().await?.is_enabled().await?);

        // The API's own page tells of the disabled one, and offers to assign the others alone.
        ApiPage(world).open("Warehouse Stock API").await?;
        let row = ApiPage(world).roles().saying("Stock.Adjust");
        row.says("Role disabled").await?;
        row.role("link").vanishes().await?;
        ApiPage(world).roles().saying("Stock.Read.All").role("link").beginning("Assign to identities…").are(1).await?;
        assert!(!ApiPage(world).roles().saying("Bays.Manage").is_there().await?, "a role for people only is offered");
        Ok(())
    })
}

#[test]
fn a_colleagues_link_brings_the_choice_along() -> Result<()> {
    scenario(async |world| {
        let shipments = world.emulator.directory().api(SHIPMENTS).context("no API")?;
        let roles: Vec<String> = ["Shipments.Export", "Tracking.Publish"]
            .iter()
            .filter_map(|value| shipments.role(value))
            .map(|role| role.id.to_string())
            .collect();
        let link = format!("/identities/{}?api={}&roles={}", world.identity(SYNC)?, shipments.id, roles.join(","));
        Shell(world).sign_in_at(&link, "Carl Cloud").await?;
        let page = IdentityPage(world);
        // The link chooses; it assigns nothing.
        page.assign_button(2).appears().await?;
        assert!(world.changes_sent().is_empty());
        world.browser.role("button").named("Leave out Tracking.Publish").click().await?;
        page.assign(1).await?;
        page.holds("Shipments.Export").await?;
        assert_eq!(world.graph().count((SYNC, SHIPMENTS, "Shipments.Export")).await?, 1);
        assert_eq!(world.graph().count((SYNC, SHIPMENTS, "Tracking.Publish")).await?, 0);
        assert!(world.asked(Site::Graph).iter().all(|request| request.method != "DELETE"));
        Ok(())
    })
}
