//! Taking roles away. Whether they are gone, Graph says.

use anyhow::Context as _;
use e2e::{
    Result,
    pages::{ApiPage, IdentityPage, Outcomes, Question, Shell},
    scenario,
};
use emulator::Uuid;

const STOCK: &str = "Warehouse Stock API";

#[test]
fn a_role_is_removed_from_the_identity_and_given_back_by_undo() -> Result<()> {
    scenario(async |world| {
        let (page, question) = (IdentityPage(world), Question(world));
        let grant = ("id-stock-sync", STOCK, "Stock.Adjust");
        Shell(world).sign_in_at_identity("id-stock-sync", "Carl Cloud").await?;
        page.remove("Stock.Adjust").await?;
        question.asks("Remove this role?").await?;
        let text = question.dialog().text().await?;
        // The same kinds of id as in the form.
        let (identity, api) = (world.identity("id-stock-sync")?, world.emulator.directory().api(STOCK));
        let identity = format!("Object id {identity}");
        let api = format!("Application id {}", api.context("no API")?.app_id);
        for part in ["id-stock-sync", &identity, "Stock.Adjust", STOCK, &api] {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
        question.answer("Cancel").await?;
        page.choose_api(STOCK).await?;
        let form = world.browser.role("form").named("Assign roles");
        form.says(&identity).await?;
        form.says(&api).await?;
        assert!(world.changes_sent().is_empty(), "a cancelled question sends nothing");

        page.remove("Stock.Adjust").await?;
        question.answer("Remove role").await?;
        Outcomes(world).say("Stock.Adjust", "Removed").await?;
        page.holds_no("Stock.Adjust").await?;
        assert_eq!(world.graph().count(grant).await?, 0);
        assert_eq!(world.graph().count(("id-stock-sync", STOCK, "Stock.Read.All")).await?, 1, "the others stay");

        Outcomes(world).undo().await?;
        page.holds("Stock.Adjust").await?;
        assert_eq!(world.graph().count(grant).await?, 1);
        Ok(())
    })
}

#[test]
fn an_undo_that_gives_a_privileged_role_back_asks_first() -> Result<()> {
    scenario(async |world| {
        let (page, question) = (IdentityPage(world), Question(world));
        let grant = ("id-onboarding", "Microsoft Graph", "Group.ReadWrite.All");
        world.emulator.consent("Ada Admin", &["AppRoleAssignment.ReadWrite.All"]);
        Shell(world).sign_in_at_identity("id-onboarding", "Ada Admin").await?;
        page.remove("Group.ReadWrite.All").await?;
        question.answer("Remove role").await?;
        page.holds_no("Group.ReadWrite.All").await?;

        Outcomes(world).undo().await?;
        question.asks("Give privileged roles back?").await?;
        question.answer("Cancel").await?;
        assert_eq!(world.graph().count(grant).await?, 0, "a cancelled question sends nothing");

        Outcomes(world).undo().await?;
        question.answer("Give them back").await?;
        page.holds("Group.ReadWrite.All").await?;
        assert_eq!(world.graph().count(grant).await?, 1);
        Ok(())
    })
}

#[test]
fn a_role_is_removed_from_the_apis_holders() -> Result<()> {
    scenario(async |world| {
        let (page, question) = (ApiPage(world), Question(world));
        Shell(world).sign_in_at_api(STOCK, "Carl Cloud").await?;
        page.remove("depot-hamburg-02", "Stock.Adjust").await?;
        question.asks("Remove this role?").await?;
        let text = question.dialog().text().await?;
        for part in ["depot-hamburg-02", "Stock.Adjust", STOCK] {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
        question.answer("Remove role").await?;
        Outcomes(world).say("Stock.Adjust", "Removed").await?;
        page.holders().saying("depot-hamburg-02").vanishes().await?;
        assert_eq!(world.graph().count(("depot-hamburg-02", STOCK, "Stock.Adjust")).await?, 0);
        assert_eq!(world.graph().count(("depot-hamburg-01", STOCK, "Stock.Adjust")).await?, 1, "the others stay");
        Ok(())
    })
}

#[test]
fn a_role_that_a_colleague_has_removed_meanwhile_is_no_error() -> Result<()> {
    scenario(async |world| {
        world.expect_status(404);
        let grant = ("id-stock-sync", STOCK, "Stock.Audit.Read");
        Shell(world).sign_in_at_identity("id-stock-sync", "Carl Cloud").await?;
        IdentityPage(world).remove("Stock.Audit.Read").await?;
        Question(world).asks("Remove this role?").await?;
        world.graph().remove(grant).await?;
        Question(world).answer("Remove role").await?;
        Outcomes(world).say("Stock.Audit.Read", "Already removed").await?;
        assert!(!world.browser.role("alert").is_there().await?);
        IdentityPage(world).holds_no("Stock.Audit.Read").await?;
        assert_eq!(world.graph().count(grant).await?, 0);
        Ok(())
    })
}

/// F-42
#[test]
fn a_role_that_its_api_has_deleted_is_shown_so_and_can_be_removed() -> Result<()> {
    scenario(async |world| {
        let identity = world.identity("evgt-shipment-events")?;
        let orphan = world.graph().held_by(identity).await?;
        let orphan = orphan.first().and_then(|held| held["appRoleId"].as_str()).context("it holds nothing")?.to_owned();
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity("evgt-shipment-events", "Carl Cloud").await?;
        page.held().saying(&orphan).says("Role deleted").await?;
        page.held().saying(&orphan).says(&format!("Unknown role {orphan}")).await?;
        page.remove(&orphan).await?;
        let text = Question(world).dialog().text().await?;
        assert!(text.contains(&orphan) && text.contains("Shipment Tracking API"), "{text}");
        Question(world).answer("Remove role").await?;
        page.holds_no(&orphan).await?;
        assert!(world.graph().held_by(identity).await?.is_empty());
        Ok(())
    })
}

/// F-42: of an API without roles, which is in no list, no more is known than that.
#[test]
fn an_unknown_role_of_an_api_without_roles_is_called_so_and_can_be_removed() -> Result<()> {
    scenario(async |world| {
        let (page, unknown) = (IdentityPage(world), Uuid::new_v4());
        let (identity, gateway) = (world.identity("id-stock-sync")?, world.api("Partner Gateway")?);
        world.emulator.directory().assign(identity, gateway, unknown).context("it cannot be assigned")?;
        Shell(world).sign_in_at_identity("id-stock-sync", "Carl Cloud").await?;
        page.held().saying(format!("Unknown role {unknown}")).says("Partner Gateway").await?;
        page.remove(&unknown.to_string()).await?;
        Question(world).answer("Remove role").await?;
        page.holds_no(&unknown.to_string()).await?;
        assert!(world.emulator.directory().held_by(identity).iter().all(|held| held.app_role_id != unknown));
        Ok(())
    })
}

/// F-41
#[test]
fn a_role_disabled_since_it_was_assigned_is_shown_so() -> Result<()> {
    scenario(async |world| {
        let grant = ("logic-damage-report", "Shipment Tracking API", "Tracking.Replay");
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity("logic-damage-report", "Carl Cloud").await?;
        page.held().saying("Tracking.Replay").says("Role disabled").await?;
        assert_eq!(world.graph().count(grant).await?, 1);
        page.remove("Tracking.Replay").await?;
        Question(world).answer("Remove role").await?;
        page.holds_no("Tracking.Replay").await?;
        assert_eq!(world.graph().count(grant).await?, 0);
        Ok(())
    })
}
