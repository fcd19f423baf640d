//! What is collected, held against the directory, reviewed and applied. Whether it was done, Graph says.

use e2e::{
    Result, Setup, World,
    find::until,
    graph::Wanted,
    pages::{CollectPage, IdentityPage, PlanPage, Question, Shell},
    scenario, scenario_with,
};
use emulator::{Emulator, Fault, Matcher, Policy, Site};
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

/// Where a name does not tell which it is, the review says the id, too.
#[test]
fn the_review_tells_twins_apart() -> Result<()> {
    scenario(async |world| {
        let api = world.api("Rates API")?;
        let role = format!("/identities/{}?api={api}", world.identity(SYNC)?);
        Shell(world).sign_in_at(&role, "Carl Cloud").await?;
        IdentityPage(world).tick("Rates.Read").await?;
        world.browser.role("form").role("button").named("Add to the plan").click().await?;
        Shell(world).plans(1).await?;
        world.browser.role("navigation").named("Main").role("link").beginning("Plan").click().await?;
        press(world, "Review 1 change…").await?;
        let review = world.browser.role("form").named("Review");
        review.says("Rates.Read of Rates API Same name twice").await?;
        let said = review.text().await?;
        let known = world.emulator.directory().service_principals();
        let wanted = known.iter().find(|it| it.id == api).map(|it| it.app_id.to_string());
        assert!(wanted.is_some_and(|id| said.contains(&id)), "{said}");
        world.browser.pictures("plan-review-twins").await
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

/// F-09, F-22: throttled, paused and gone on with, with nothing sent twice.
#[test]
fn a_run_is_paused_and_goes_on() -> Result<()> {
    scenario(async |world| {
        collect(world, SHIPMENTS, &[EXPORT, READ]).await?;
        let batch = Matcher::graph().path_contains("$batch").body_contains("principalId");
        world.expect_status(429);
        world.emulator.fail_next(batch, Fault::status(429).retry_after("9"));
        press(world, "Review 2 changes…").await?;
        press(world, "Apply 2 changes").await?;
        for left in ["6 seconds", "4 seconds"] {
            world.browser.role("main").says(&format!("next try in {left}")).await?;
        }
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
        let batch = Matcher::graph().path_contains("$batch").body_contains("principalId");
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

const CARL: &str = "Carl Cloud";

/// Three batches of changes.
const MANY: usize = 60;

fn with_many() -> Setup {
    Setup { emulator: Emulator::builder().identities(100), ..Setup::default() }
}

fn batch() -> Matcher {
    Matcher::graph().path_contains("$batch").body_contains("principalId")
}

/// A plan of three batches, as Carl, whose consent is there from the start.
async fn plan_many(world: &World) -> Result<Vec<Wanted>> {
    let wanted = world.wanted(SHIPMENTS, &[READ, EXPORT], MANY)?;
    Shell(world).sign_in_as(CARL).await?;
    PlanPage(world).keep(CARL, SHIPMENTS, &wanted).await?;
    Ok(wanted)
}

/// Waits until so many are held.
async fn are_held(world: &World, wanted: &[Wanted], count: usize) -> Result<()> {
    until(&format!("{count} to be held"), || async {
        let held = world.held(SHIPMENTS, wanted)?;
        Ok(if held == count { Ok(()) } else { Err(format!("{held} are")) })
    })
    .await
}

/// F-10: carried out, and the answer lost. It is looked up, and nothing is sent a second time.
#[test]
fn an_answer_that_was_lost_is_looked_up_and_nothing_is_sent_twice() -> Result<()> {
    scenario_with(with_many(), async |world| {
        world.expect_in_console("net::ERR_");
        world.expect_in_console("No 'Access-Control-Allow-Origin' header");
        let wanted = plan_many(world).await?;
        world.emulator.fail_next(batch().after(1), Fault::lost_answer());
        PlanPage(world).begin(MANY).await?;
        PlanPage(world).has_ended("60 changes done").await?;
        assert_eq!(world.held(SHIPMENTS, &wanted)?, MANY);
        assert_eq!(world.emulator.faults_waiting(), 0, "the fault has struck");
        assert_eq!(world.changes_sent().len(), MANY, "what was carried out is not sent again");
        Ok(())
    })
}

/// F-09, F-20: every third change is throttled for a while; all are made in the end, each once.
#[test]
fn what_is_throttled_waits_and_is_made_once() -> Result<()> {
    scenario_with(with_many(), async |world| {
        let wanted = plan_many(world).await?;
        let third = Matcher::graph().path_contains("appRoleAssignedTo").method("POST").every(3);
        world.emulator.fail_times(third, Fault::status(429).retry_after("1"), 15);
        PlanPage(world).begin(MANY).await?;
        PlanPage(world).has_ended("60 changes done").await?;
        assert_eq!(world.held(SHIPMENTS, &wanted)?, MANY);
        assert_eq!((world.assignments_made(), world.changes_sent().len()), (MANY, MANY + 15));
        Ok(())
    })
}

/// F-26: the token runs out half-way: it is renewed, and the run goes on.
#[test]
fn a_token_that_expires_half_way_is_renewed() -> Result<()> {
    scenario_with(with_many(), async |world| {
        world.expect_status(401);
        world.expect_status(429);
        let wanted = plan_many(world).await?;
        world.emulator.fail_next(batch().after(2), Fault::status(429).retry_after("4"));
        PlanPage(world).begin(MANY).await?;
        are_held(world, &wanted, 40).await?;
        let before = world.token_requests();
        world.emulator.expire_access_tokens();
        PlanPage(world).has_ended("60 changes done").await?;
        assert_eq!(world.held(SHIPMENTS, &wanted)?, MANY);
        assert_eq!(world.token_requests(), before + 1);
        let refused = world.asked(Site::Graph).iter().filter(|request| request.status == Some(401)).count();
        assert!(refused > 0, "the old one was refused");
        Ok(())
    })
}

/// SEC-091, F-22: half-way a policy wants more, which the session can give by itself.
#[test]
fn a_claims_challenge_half_way_is_met_without_a_question() -> Result<()> {
    scenario_with(with_many(), async |world| {
        world.expect_status(401);
        let wanted = plan_many(world).await?;
        world.emulator.fail_next(batch().after(1), Fault::refusal(emulator::Refusal::ClaimsChallengeAfterPop));
        PlanPage(world).begin(MANY).await?;
        PlanPage(world).has_ended("60 changes done").await?;
        assert_eq!(world.held(SHIPMENTS, &wanted)?, MANY);
        assert_eq!(world.emulator.faults_waiting(), 0, "the fault has struck");
        assert_eq!(world.assignments_made(), MANY, "none is made twice");
        Ok(())
    })
}

/// SEC-091, SEC-065, F-27: a policy that wants the administrator herself ends the run; the plan keeps what was not done.
#[test]
fn a_policy_that_wants_a_person_leaves_the_plan_whole() -> Result<()> {
    let setup =
        Setup { emulator: Emulator::builder().policy(Policy::for_changes("c1").in_person()), ..Setup::default() };
    scenario_with(setup, async |world| {
        world.expect_status(400);
        world.expect_status(401);
        collect(world, SHIPMENTS, &[EXPORT, READ]).await?;
        PlanPage(world).begin(2).await?;
        PlanPage(world).has_ended("0 changes done").await?;
        Shell(world).plans(2).await?;
        press(world, "Continue at Microsoft").await?;
        Shell(world).is_shown(CARL).await?;
        Shell(world).plans(2).await?;
        assert_eq!(world.assignments_made(), 0, "nothing is sent by itself");
        PlanPage(world).begin(2).await?;
        PlanPage(world).has_ended("2 changes done").await?;
        for role in [EXPORT, READ] {
            assert_eq!(world.graph().count((SYNC, SHIPMENTS, role)).await?, 1, "{role}");
        }
        Ok(())
    })
}

/// F-46: stopped half-way, it says what was done, and the plan keeps the rest.
#[test]
fn a_run_that_is_stopped_says_what_was_done_and_keeps_the_rest() -> Result<()> {
    scenario_with(with_many(), async |world| {
        world.expect_status(429);
        let wanted = plan_many(world).await?;
        world.emulator.fail_always(batch().after(1), Fault::status(429).retry_after("9"));
        PlanPage(world).begin(MANY).await?;
        are_held(world, &wanted, 20).await?;
        world.browser.role("main").says("20 of 60 settled").await?;
        press(world, "Stop").await?;
        PlanPage(world).was_stopped("20 changes done, 40 not done").await?;
        world.browser.pictures("plan-stopped").await?;
        Shell(world).plans(40).await?;
        // What is left can be applied as any plan.
        world.emulator.lift_all();
        PlanPage(world).begin(40).await?;
        PlanPage(world).has_ended("40 changes done").await?;
        assert_eq!(world.held(SHIPMENTS, &wanted)?, MANY);
        assert_eq!(world.assignments_made(), MANY, "none is made twice");
        Ok(())
    })
}

/// F-12, F-49: two tabs have reviewed plans that overlap; what the other was quicker with counts as done, and is made once.
#[test]
fn plans_of_two_tabs_that_overlap_make_each_change_once() -> Result<()> {
    scenario(async |world| {
        let (driver, plan) = (&world.browser.driver, PlanPage(world));
        let sync = world.identity(SYNC)?;
        let wanted = [READ, EXPORT, "Shipments.Write.All"]
            .map(|value| world.role(SHIPMENTS, value).map(|role| (sync, role)))
            .into_iter()
            .collect::<Result<Vec<_>>>()?;
        Shell(world).sign_in_as(CARL).await?;
        plan.keep(CARL, SHIPMENTS, &wanted[..2]).await?;
        press(world, "Review 2 changes…").await?;
        let first = driver.window().await?;
        driver.switch_to_window(driver.new_tab().await?).await?;
        Shell(world).sign_in_as(CARL).await?;
        plan.keep(CARL, SHIPMENTS, &wanted[1..]).await?;
        press(world, "Review 2 changes…").await?;
        press(world, "Apply 2 changes").await?;
        plan.has_ended("2 changes done").await?;
        driver.switch_to_window(first).await?;
        press(world, "Apply 2 changes").await?;
        plan.has_ended("1 change done, 1 already so").await?;
        for value in [READ, EXPORT, "Shipments.Write.All"] {
            assert_eq!(world.graph().count((SYNC, SHIPMENTS, value)).await?, 1, "{value}");
        }
        assert_eq!(world.assignments_made(), 3, "none is made twice");
        Ok(())
    })
}
