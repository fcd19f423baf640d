//! What Graph refuses although it was not foreseen, and how that is explained: which permission or directory role is
//! missing, and Graph's id of the request.

use e2e::{
    Result, World,
    find::until,
    pages::{ConsentPage, IdentityPage, Outcomes, Question, Shell},
    scenario,
};
use emulator::{Fault, Matcher};

const SHIPMENTS: &str = "Shipment Tracking API";

/// Nobody's directory roles can be read, so that nothing is foreseen.
fn nothing_is_foreseen(world: &World) {
    world.expect_status(403);
    world.emulator.fail_always(Matcher::graph().path_contains("/me/transitiveMemberOf"), Fault::status(403));
}

/// The line of this role has failed, names what is missing, and shows the id of the request.
async fn explained(world: &World, role: &str, missing: &str) -> Result<()> {
    let outcomes = Outcomes(world);
    outcomes.say(role, "Failed").await?;
    let text = outcomes.line(role).text().await?;
    assert!(text.contains(missing), "{missing} is not in: {text}");
    let (_, id) = text.split_once("Request id ").unwrap_or_default();
    let id: String = id.chars().take_while(|character| !character.is_whitespace()).collect();
    assert!(id.parse::<emulator::Uuid>().is_ok(), "no request id: {text}");
    Ok(())
}

#[test]
fn a_reader_is_told_which_directory_role_is_missing() -> Result<()> {
    scenario(async |world| {
        nothing_is_foreseen(world);
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity("id-stock-sync", "Rita Reader").await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Read.All").await?;
        page.assign(1).await?;
        explained(world, "Shipments.Read.All", "Cloud Application Administrator").await?;
        assert_eq!(world.graph().count(("id-stock-sync", SHIPMENTS, "Shipments.Read.All")).await?, 0);

        page.remove("Stock.Adjust").await?;
        Question(world).answer("Remove role").await?;
        explained(world, "Stock.Adjust", "Cloud Application Administrator").await?;
        page.holds("Stock.Adjust").await?;
        assert_eq!(world.graph().count(("id-stock-sync", "Warehouse Stock API", "Stock.Adjust")).await?, 1);
        Ok(())
    })
}

#[test]
fn a_cloud_administrator_may_assign_all_roles_but_microsoft_graphs() -> Result<()> {
    scenario(async |world| {
        nothing_is_foreseen(world);
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity("id-sandbox", "Carl Cloud").await?;
        page.choose_api("Microsoft Graph").await?;
        page.tick("Presence.Read.All").await?;
        page.assign(1).await?;
        explained(world, "Presence.Read.All", "Privileged Role Administrator").await?;
        assert_eq!(world.graph().count(("id-sandbox", "Microsoft Graph", "Presence.Read.All")).await?, 0);

        page.choose_api("Fleet Telemetry API").await?;
        page.tick("Telemetry.Ingest").await?;
        page.assign(1).await?;
        page.holds("Telemetry.Ingest").await?;
        assert_eq!(world.graph().count(("id-sandbox", "Fleet Telemetry API", "Telemetry.Ingest")).await?, 1);
        Ok(())
    })
}

#[test]
fn whoever_declines_the_permission_to_change_goes_on_reading() -> Result<()> {
    scenario(async |world| {
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity("id-stock-sync", "Ada Admin").await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Read.All").await?;
        let chosen = world.path().await?;
        page.assign(1).await?;
        ConsentPage(world).is_shown().await?;
        ConsentPage(world).cancel().await?;
        world.browser.role("alert").says("You did not consent to changing assignments").await?;
        world.is_at(&chosen).await?;
        page.holds("Stock.Adjust").await?;
        page.assign_button(1).appears().await?;
        assert!(world.changes_sent().is_empty());
        assert_eq!(world.graph().count(("id-stock-sync", SHIPMENTS, "Shipments.Read.All")).await?, 0);

        // The message can be put away, and the next try asks again.
        world.browser.role("alert").role("button").named("Dismiss").click().await?;
        world.browser.role("alert").vanishes().await?;
        world.browser.focus_is("heading", "id-stock-sync").await?;
        page.assign(1).await?;
        ConsentPage(world).accept().await?;
        world
            .browser
            .role("alert")
            .says("The permission to change assignments was given. Nothing has been sent")
            .await?;
        let main = world.browser.script("return document.querySelectorAll('.button.main').length", Vec::new()).await?;
        assert_eq!(main, 1, "what waits has the one main button");
        page.assign(1).await?;
        page.holds("Shipments.Read.All").await?;
        assert_eq!(world.graph().count(("id-stock-sync", SHIPMENTS, "Shipments.Read.All")).await?, 1);
        Ok(())
    })
}

#[test]
fn whoever_may_not_consent_is_sent_to_an_administrator_and_goes_on_reading() -> Result<()> {
    scenario(async |world| {
        let page = IdentityPage(world);
        nothing_is_foreseen(world);
        world.emulator.withdraw_consent("Rita Reader", "AppRoleAssignment.ReadWrite.All");
        Shell(world).sign_in_at_identity("id-stock-sync", "Rita Reader").await?;
        page.remove("Stock.Adjust").await?;
        Question(world).answer("Remove role").await?;
        ConsentPage(world).needs_an_administrator().await?;
        ConsentPage(world).cancel().await?;
        world.browser.role("alert").says("An administrator has to consent first").await?;
        page.holds("Stock.Adjust").await?;
        assert!(world.changes_sent().is_empty());
        assert_eq!(world.graph().count(("id-stock-sync", "Warehouse Stock API", "Stock.Adjust")).await?, 1);
        Ok(())
    })
}

#[test]
fn the_way_on_stays_in_sight_wherever_the_refusal_is() -> Result<()> {
    scenario(async |world| {
        world.expect_status(401);
        let page = IdentityPage(world);
        let challenged = Matcher::graph().path_contains("appRoleAssignedTo").method("POST");
        world.emulator.fail_always(challenged, Fault::refusal(emulator::Refusal::ClaimsChallengeAfterPop));
        Shell(world).sign_in_at_identity("id-stock-sync", "Carl Cloud").await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Read.All").await?;
        page.assign(1).await?;
        Outcomes(world).say("Shipments.Read.All", "Continue at Microsoft").await?;
        let way_on = world.browser.role("button").named("Continue at Microsoft").one().await?;
        for place in ["0", "document.body.scrollHeight"] {
            world.browser.script(&format!("scrollTo(0, {place})"), Vec::new()).await?;
            until("the way on to be in sight", || async {
                let seen = "const box = arguments[0].getBoundingClientRect();
                    return box.top >= 0 && box.bottom <= innerHeight";
                let seen = world.browser.script(seen, vec![way_on.to_json()?]).await?;
                Ok(if seen == true { Ok(()) } else { Err(format!("it is not at {place}")) })
            })
            .await?;
        }
        Ok(())
    })
}
