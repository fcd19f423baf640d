//! What is collected, held against the directory, reviewed and applied. Whether it was done, Graph says.

use e2e::{
    Result, World,
    find::until,
    pages::{CollectPage, IdentityPage, Question, Shell},
    scenario,
};
use emulator::{Fault, Matcher};
use serde_json::json;

const SYNC: &str = "id-stock-sync";
const SHIPMENTS: &str = "Shipment Tracking API";
const EXPORT: &str = "Shipments.Export";
const READ: &str = "Shipments.Read.All";

/// Collects roles of an API for one identity, from its page, as Carl, whose consent is there from the start.
async fn collect(world: &World, api: &str, roles: &[&str]) -> Result<()> {
    let page = IdentityPage(world);
    Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
    page.choose_api(api).await?;
    for role in roles {
        page.tick(role).await?;
    }
    world.browser.role("form").role("button").named("Add to the plan").click().await?;
    Shell(world).plans(roles.len()).await?;
    world.browser.role("navigation").named("Main").role("link").beginning("Plan").click().await?;
    Shell(world).heading("Plan").await
}

async fn press(world: &World, button: &str) -> Result<()> {
    world.browser.role("button").named(button).click().await
}

async fn row_says(world: &World, role: &str, text: &str) -> Result<()> {
    world.browser.role("row").saying(role).says(text).await
}

/// SEC-090: the plan is held against what the directory says when it is reviewed, not when it was collected.
#[test]
fn what_changed_meanwhile_is_seen_before_anything_is_sent() -> Result<()> {
    scenario(async |world| {
        collect(world, SHIPMENTS, &[EXPORT, READ]).await?;
        row_says(world, EXPORT, "Assign").await?;
        world.browser.pictures("plan").await?;
        // It survives a reload, and a colleague is quicker.
        world.graph().assign((SYNC, SHIPMENTS, READ)).await?;
        world.browser.driver.refresh().await?;
        row_says(world, READ, "Already assigned").await?;
        press(world, "Review 1 change…").await?;
        let review = world.browser.role("form").named("Review");
        review.says(EXPORT).await?;
        assert!(!review.text().await?.contains(READ), "what is there already is not sent");
        world.browser.pictures("plan-review").await?;
        assert!(world.changes_sent().is_empty(), "nothing is sent before it is applied");
        press(world, "Apply 1 change").await?;
        world.browser.role("heading").named("Applied").appears().await?;
        row_says(world, EXPORT, "Assigned").await?;
        world.browser.pictures("plan-applied").await?;
        assert_eq!(world.graph().count((SYNC, SHIPMENTS, EXPORT)).await?, 1);
        assert_eq!(world.graph().count((SYNC, SHIPMENTS, READ)).await?, 1);
        // What is done has left the plan.
        Shell(world).plans(1).await
    })
}

/// SEC-094
#[test]
fn a_privileged_role_is_typed_before_it_is_granted() -> Result<()> {
    scenario(async |world| {
        let role = "RoleManagement.ReadWrite.Directory";
        world.emulator.consent("Ada Admin", &["AppRoleAssignment.ReadWrite.All"]);
        Shell(world).sign_in_at_identity(SYNC, "Ada Admin").await?;
        IdentityPage(world).choose_api("Microsoft Graph").await?;
        IdentityPage(world).tick(role).await?;
        world.browser.role("form").role("button").named("Add to the plan").click().await?;
        Shell(world).plans(1).await?;
        world.browser.role("navigation").named("Main").role("link").beginning("Plan").click().await?;
        row_says(world, role, "Privileged").await?;
        press(world, "Review 1 change…").await?;
        let apply = world.browser.role("button").named("Apply 1 change");
        apply.appears().await?;
        assert!(!apply.one().await?.is_enabled().await?, "nothing has been typed");
        let field = world.browser.role("textbox").beginning("To confirm, type the role");
        field.fill("RoleManagement").await?;
        assert!(!apply.one().await?.is_enabled().await?, "it was not typed to the end");
        world.browser.pictures("plan-privileged").await?;
        field.fill(role).await?;
        apply.click().await?;
        world.browser.role("heading").named("Applied").appears().await?;
        assert_eq!(world.graph().count((SYNC, "Microsoft Graph", role)).await?, 1);
        Ok(())
    })
}

#[test]
fn lines_are_dropped_and_the_whole_is_emptied() -> Result<()> {
    scenario(async |world| {
        collect(world, SHIPMENTS, &[EXPORT, READ]).await?;
        press(world, &format!("Drop {EXPORT} of {SHIPMENTS} for {SYNC}")).await?;
        Shell(world).plans(1).await?;
        press(world, "Empty the plan").await?;
        Question(world).asks("Empty the plan?").await?;
        Question(world).answer("Empty it").await?;
        world.browser.role("main").says("Nothing is planned").await?;
        world.browser.pictures("plan-empty").await?;
        world.browser.role("link").named("Add roles for several identities…").click().await?;
        CollectPage(world).is_shown_for(0).await
    })
}

/// F-16: a refusal stops the rest, says why, and leaves what was not done in the plan.
#[test]
fn a_refusal_stops_the_rest_and_the_plan_keeps_it() -> Result<()> {
    scenario(async |world| {
        world.expect_status(403);
        collect(world, SHIPMENTS, &[EXPORT, READ]).await?;
        let body = json!({"error": {
            "code": "Authorization_RequestDenied",
            "message": "Insufficient privileges to complete the operation.",
        }});
        world.emulator.fail_always(
            Matcher::graph().path_contains("appRoleAssignedTo").method("POST"),
            Fault::status(403).json(&body),
        );
        press(world, "Review 2 changes…").await?;
        press(world, "Apply 2 changes").await?;
        world.browser.role("heading").named("Applied").appears().await?;
        world.browser.role("main").says("0 changes done").await?;
        row_says(world, EXPORT, "Failed").await?;
        assert_eq!(world.graph().count((SYNC, SHIPMENTS, EXPORT)).await?, 0);
        Shell(world).plans(2).await?;
        world.browser.pictures("plan-refused").await
    })
}

/// F-09, F-46, F-48: throttled, paused, gone on with and stopped, with nothing sent twice.
#[test]
fn a_run_is_paused_and_goes_on() -> Result<()> {
    scenario(async |world| {
        collect(world, SHIPMENTS, &[EXPORT, READ]).await?;
        let batch = Matcher::graph().path_contains("$batch").method("POST");
        world.expect_status(429);
        world.emulator.fail_next(batch, Fault::status(429).retry_after("3"));
        press(world, "Review 2 changes…").await?;
        press(world, "Apply 2 changes").await?;
        press(world, "Pause").await?;
        world.browser.role("main").says("paused, nothing new is sent").await?;
        world.browser.pictures("plan-paused").await?;
        assert_eq!(world.graph().count((SYNC, SHIPMENTS, EXPORT)).await?, 0);
        press(world, "Go on").await?;
        world.browser.role("heading").named("Applied").appears().await?;
        for role in [EXPORT, READ] {
            assert_eq!(world.graph().count((SYNC, SHIPMENTS, role)).await?, 1, "{role}");
        }
        Ok(())
    })
}

/// The plan goes on while other pages are looked at.
#[test]
fn it_goes_on_while_other_pages_are_looked_at() -> Result<()> {
    scenario(async |world| {
        collect(world, SHIPMENTS, &[EXPORT, READ]).await?;
        let batch = Matcher::graph().path_contains("$batch").method("POST");
        world.expect_status(429);
        world.emulator.fail_next(batch, Fault::status(429).retry_after("2"));
        press(world, "Review 2 changes…").await?;
        press(world, "Apply 2 changes").await?;
        Shell(world).apis().await?;
        until("the changes to be made", || async {
            let done = world.graph().count((SYNC, SHIPMENTS, READ)).await? == 1;
            Ok(if done { Ok(()) } else { Err("they are not".to_owned()) })
        })
        .await?;
        world.browser.role("navigation").named("Main").role("link").beginning("Plan").click().await?;
        world.browser.role("heading").named("Applied").appears().await
    })
}

#[test]
fn the_same_change_can_be_copied_as_a_script() -> Result<()> {
    scenario(async |world| {
        collect(world, SHIPMENTS, &[EXPORT]).await?;
        press(world, "Review 1 change…").await?;
        world.browser.role("group").saying("Do it another way").click().await?;
        for language in ["PowerShell", "Azure CLI", "Terraform", "Bicep"] {
            press(world, language).await?;
            Shell(world).confirms(&format!("Copied the plan as {language}")).await?;
        }
        Ok(())
    })
}
