//! What may happen to a session that lives: it runs out, a policy asks for more, another account or tenant is wanted,
//! nobody is there any longer. Nothing that was confirmed is lost, and nothing is sent twice.

use e2e::{
    Result, Setup, World,
    pages::{AccountPage, IdentitiesPage, IdentityPage, Outcomes, Shell, SignInPage},
    scenario, scenario_with,
};
use emulator::{Emulator, Fault, Matcher, Policy, Site};
use serde_json::json;

const SYNC: &str = "id-stock-sync";
const SHIPMENTS: &str = "Shipment Tracking API";

fn with_policy(policy: Policy) -> Setup {
    Setup { emulator: Emulator::builder().policy(policy), ..Setup::default() }
}

/// Chooses two roles for an identity, as Carl, whose consent is there from the start, and presses the button.
async fn assign_two(world: &World) -> Result<()> {
    Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
    IdentityPage(world).choose_api(SHIPMENTS).await?;
    assign_both(world).await
}

async fn assign_both(world: &World) -> Result<()> {
    let page = IdentityPage(world);
    page.tick("Shipments.Read.All").await?;
    page.tick("Shipments.Export").await?;
    page.assign(2).await
}

async fn both_are_held(world: &World) -> Result<()> {
    for role in ["Shipments.Read.All", "Shipments.Export"] {
        IdentityPage(world).holds(role).await?;
        assert_eq!(world.graph().count((SYNC, SHIPMENTS, role)).await?, 1, "{role}");
    }
    Ok(())
}

/// Sends what waits since the browser left.
async fn send_the_rest(world: &World, count: &str) -> Result<()> {
    world.browser.role("status").says(&format!("{count} confirmed, but not sent")).await?;
    world.browser.role("button").named(format!("Send {count}")).click().await
}

/// Moves the page's clocks, as if so many minutes had passed, and does the rest before any timer looks at them.
async fn pass_minutes_and(world: &World, minutes: u32, rest: &str) -> Result<()> {
    let clocks = "
        const by = arguments[0] * 60000, wall = Date.now, monotonic = performance.now.bind(performance);
        Date.now = () => wall() + by;
        performance.now = () => monotonic() + by;";
    world.browser.script(&format!("{clocks}\n{rest}"), vec![json!(minutes)]).await?;
    Ok(())
}

/// Lets so many minutes pass, and the page look at its clocks as when it comes into sight.
async fn pass_minutes(world: &World, minutes: u32) -> Result<()> {
    pass_minutes_and(world, minutes, "document.dispatchEvent(new Event('visibilitychange'));").await
}

/// A hand at the mouse.
const MOVE: &str = "document.body.dispatchEvent(new Event('pointermove', { bubbles: true }));";

/// SEC-091
#[test]
fn a_claims_challenge_is_met_without_a_question_and_the_work_goes_on() -> Result<()> {
    scenario_with(with_policy(Policy::for_changes("c1")), async |world| {
        world.expect_status(401);
        assign_two(world).await?;
        Outcomes(world).say("Shipments.Export", "Assigned").await?;
        both_are_held(world).await?;
        let statuses: Vec<_> = world.changes_sent().iter().map(|request| request.status).collect();
        let both = |status| [Some(status), Some(status)];
        assert_eq!(statuses, [both(401), both(201)].concat(), "both are challenged once, and none is made twice");
        Ok(())
    })
}

/// SEC-091, SEC-065, F-27
#[test]
fn a_challenge_that_needs_a_person_leads_to_microsoft_and_back_with_the_work_kept() -> Result<()> {
    scenario_with(with_policy(Policy::for_changes("c1").in_person()), async |world| {
        world.expect_status(401);
        world.expect_status(400);
        assign_two(world).await?;
        world.browser.role("alert").says("asks for more proof").await?;
        world.browser.role("button").named("Continue at Microsoft").click().await?;
        send_the_rest(world, "2 changes").await?;
        Outcomes(world).say("Shipments.Export", "Assigned").await?;
        both_are_held(world).await?;
        assert_eq!(world.assignments_made(), 2, "nothing is sent twice");
        Ok(())
    })
}

/// SEC-093, F-27: a policy that cannot be met is said once, without a loop.
#[test]
fn a_challenge_that_nothing_meets_ends_in_words() -> Result<()> {
    scenario(async |world| {
        world.expect_status(401);
        let challenged = Matcher::graph().path_contains("appRoleAssignedTo").method("POST");
        world.emulator.fail_always(challenged, Fault::refusal(emulator::Refusal::ClaimsChallengeAfterPop));
        assign_two(world).await?;
        world.browser.role("button").named("Continue at Microsoft").appears().await?;
        for role in ["Shipments.Export", "Shipments.Read.All"] {
            Outcomes(world).say(role, "Conditional Access policy").await?;
        }
        assert_eq!(world.changes_sent().len(), 4, "both once, and once with a new token");
        Ok(())
    })
}

/// SEC-065, SEC-066, SEC-071, F-29
#[test]
fn a_session_that_ends_in_the_middle_loses_nothing() -> Result<()> {
    scenario(async |world| {
        world.expect_status(401);
        world.expect_status(400);
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
        page.choose_api(SHIPMENTS).await?;
        // With this the session may write.
        page.tick("Tracking.Publish").await?;
        page.assign(1).await?;
        page.holds("Tracking.Publish").await?;
        world.emulator.clear_log();
        // One change passes; then the token is refused, and the refresh token has had its 24 hours.
        let second = Matcher::graph().path_contains("appRoleAssignedTo").method("POST").after(1);
        world.emulator.fail_next(second, Fault::status(401));
        world.emulator.fail_next(Matcher::sign_in().body_contains("refresh_token"), Fault::aadsts(700_084));
        assign_both(world).await?;
        Outcomes(world).say("Shipments.Export", "Assigned").await?;
        Outcomes(world).say("Shipments.Read.All", "your sign-in has ended").await?;
        world.browser.role("button").named("Sign in again").click().await?;
        send_the_rest(world, "1 change").await?;
        Outcomes(world).say("Shipments.Read.All", "Assigned").await?;
        both_are_held(world).await?;
        assert_eq!(world.assignments_made(), 2, "nothing is sent twice");
        Ok(())
    })
}

#[test]
fn what_waits_can_be_thrown_away_and_is_no_other_accounts_business() -> Result<()> {
    scenario_with(with_policy(Policy::for_changes("c1").in_person()), async |world| {
        world.expect_status(401);
        world.expect_status(400);
        assign_two(world).await?;
        world.browser.role("button").named("Continue at Microsoft").click().await?;
        world.browser.role("status").says("2 changes confirmed, but not sent").await?;
        world.browser.role("button").named("Discard").click().await?;
        world.browser.role("button").named("Send 2 changes").vanishes().await?;
        world.browser.driver.refresh().await?;
        Shell(world).heading(SYNC).await?;
        IdentityPage(world).assign_button(2).appears().await?;
        assert!(!world.browser.role("button").named("Send 2 changes").is_there().await?, "it is gone for good");
        assert_eq!(world.graph().count((SYNC, SHIPMENTS, "Shipments.Export")).await?, 0);
        Ok(())
    })
}

/// SEC-012
#[test]
fn another_account_is_chosen_or_not() -> Result<()> {
    scenario(async |world| {
        let (shell, menu) = (Shell(world), world.browser.role("button").named("Switch account…"));
        shell.sign_in_as("Ada Admin").await?;
        shell.account_menu("Ada Admin").await?;
        menu.click().await?;
        AccountPage(world).cancel().await?;
        shell.is_shown("Ada Admin").await?;
        world.browser.role("alert").says("The account was not changed").await?;

        shell.account_menu("Ada Admin").await?;
        menu.click().await?;
        AccountPage(world).choose("Carl Cloud").await?;
        shell.is_shown("Carl Cloud").await?;
        IdentitiesPage(world).is_loaded().await
    })
}

#[test]
fn a_deployment_for_several_tenants_asks_which() -> Result<()> {
    scenario(async |world| {
        world.expect_status(400);
        let id = world.emulator.client_id();
        let tenants = json!({"tenant": null, "clientId": null, "tenants": [
            {"name": "Contoso", "tenant": world.emulator.tenant_id(), "clientId": id},
            {"name": "Fabrikam", "tenant": "fabrikam.example", "clientId": id},
        ]});
        world.emulator.fail_always(Matcher::app().path_ends_with("/config.json"), Fault::merged(tenants));
        world.open("/").await?;
        let field = world.browser.role("combobox").named("Tenant");
        field.appears().await?;
        let choose = "
            const field = document.getElementById('tenant');
            field.value = arguments[0];
            field.dispatchEvent(new Event('change', { bubbles: true }));";
        world.browser.script(choose, vec![json!("fabrikam.example")]).await?;
        SignInPage(world).sign_in().await?;
        SignInPage(world).explains("The tenant was not found").await?;
        world.browser.script(choose, vec![json!(world.emulator.tenant_id())]).await?;
        SignInPage(world).sign_in().await?;
        AccountPage(world).choose("Ada Admin").await?;
        let shell = Shell(world);
        shell.is_shown("Ada Admin").await?;
        shell.account_menu("Ada Admin").await?;
        // There is no such tenant in this world; that it is asked is what counts, and that the session stays.
        world.browser.role("button").named("Switch to Fabrikam").click().await?;
        world.browser.role("dialog").named("Account").role("alert").says("The tenant was not found").await?;
        IdentitiesPage(world).is_loaded().await
    })
}

/// SEC-068
#[test]
fn nobody_there_is_asked_and_then_signed_out() -> Result<()> {
    scenario(async |world| {
        let (shell, question) = (Shell(world), world.browser.role("alertdialog").named("Are you still there?"));
        shell.sign_in_at_identity(SYNC, "Ada Admin").await?;
        pass_minutes(world, 27).await?;
        assert!(!question.is_there().await?, "it is too early to ask");
        pass_minutes(world, 2).await?;
        question.appears().await?;
        world.browser.picture("idle").await?;
        question.role("button").named("Stay signed in").click().await?;
        question.vanishes().await?;
        pass_minutes(world, 29).await?;
        question.appears().await?;
        world.emulator.clear_log();
        pass_minutes(world, 1).await?;
        SignInPage(world).explains("signed out because nobody used this page").await?;
        let stored = world.browser.script("return sessionStorage.getItem('rolegrant.session')", Vec::new()).await?;
        assert!(stored.is_null(), "a reload must not come back by itself: {stored}");
        assert!(world.asked(Site::Graph).is_empty());
        let text = world.browser.script("return document.body.textContent", Vec::new()).await?;
        assert!(!text.to_string().contains(SYNC), "nothing of the tenant is left: {text}");
        // The same page comes back after a new sign-in.
        SignInPage(world).sign_in().await?;
        AccountPage(world).choose("Ada Admin").await?;
        shell.heading(SYNC).await
    })
}

/// SEC-068: a tab that is loaded again after the time, as when the browser brings it back, resumes nothing.
#[test]
fn a_tab_that_was_left_for_long_does_not_resume() -> Result<()> {
    const SEEN: &str = "return Number(sessionStorage.getItem('rolegrant.seen'))";
    const MINUTES_AGO: &str = "sessionStorage.setItem('rolegrant.seen', Date.now() - arguments[0] * 60000)";
    scenario(async |world| {
        Shell(world).sign_in_as("Ada Admin").await?;
        let first = world.browser.script(SEEN, Vec::new()).await?.as_f64();
        pass_minutes_and(world, 10, MOVE).await?;
        let second = world.browser.script(SEEN, Vec::new()).await?.as_f64();
        assert!(second >= first.map(|first| first + 590_000.0), "{first:?}, {second:?}");
        world.browser.script(MINUTES_AGO, vec![json!(29)]).await?;
        world.browser.driver.refresh().await?;
        IdentitiesPage(world).is_loaded().await?;
        world.emulator.clear_log();
        world.browser.script(MINUTES_AGO, vec![json!(31)]).await?;
        world.browser.driver.refresh().await?;
        SignInPage(world).explains("signed out because nobody used this page").await?;
        world.browser.driver.refresh().await?;
        SignInPage(world).is_shown().await?;
        assert!(world.asked(Site::Graph).is_empty() && world.token_requests() == 0, "nobody asked for a session");
        Ok(())
    })
}

/// SEC-068: after hours of sleep the first thing that happens is no look at the clocks, but a hand at the mouse.
#[test]
fn no_sign_of_life_saves_a_session_that_is_over() -> Result<()> {
    const ELSEWHERE: &str = "new BroadcastChannel('rolegrant:').postMessage('here');";
    const STAY: &str = "[...document.querySelectorAll('[role=alertdialog] button')]
        .find((button) => button.textContent === 'Stay signed in').click();";
    scenario(async |world| {
        for (before, sign) in [(0, MOVE), (0, ELSEWHERE), (29, STAY)] {
            Shell(world).sign_in_as("Ada Admin").await?;
            if before > 0 {
                pass_minutes(world, before).await?;
                world.browser.role("button").named("Stay signed in").appears().await?;
            }
            pass_minutes_and(world, 120, sign).await?;
            SignInPage(world).explains("signed out because nobody used this page").await?;
        }
        Ok(())
    })
}

/// SEC-066
#[test]
fn after_a_day_one_signs_in_again() -> Result<()> {
    scenario(async |world| {
        let patient = Fault::merged(json!({ "idleMinutes": 480 }));
        world.emulator.fail_always(Matcher::app().path_ends_with("/config.json"), patient);
        Shell(world).sign_in_at("/?q=rg-identity-prod", "Ada Admin").await?;
        IdentitiesPage(world).is_loaded().await?;
        for _ in 0..4 {
            pass_minutes_and(world, 6 * 60, MOVE).await?;
        }
        world.emulator.clear_log();
        IdentitiesPage(world).open("id-access-review").await?;
        world.browser.role("alert").says("Your sign-in has run out").await?;
        assert!(world.asked(Site::Graph).is_empty() && world.token_requests() == 0, "nothing is left to ask with");
        world.browser.role("button").named("Sign in again").appears().await
    })
}

/// SEC-044: what brings a session back is a hint, and another account may answer to it.
#[test]
fn a_reload_that_brings_another_account_ends_in_words() -> Result<()> {
    scenario(async |world| {
        let driver = &world.browser.driver;
        Shell(world).sign_in_as("Ada Admin").await?;
        let first = driver.window().await?;
        let second = driver.new_tab().await?;
        driver.switch_to_window(second).await?;
        Shell(world).sign_in_as("Carl Cloud").await?;
        let hint = "return JSON.parse(sessionStorage.getItem('rolegrant.session')).hint";
        let carls = world.browser.script(hint, Vec::new()).await?;
        driver.switch_to_window(first).await?;
        let change = "const kept = JSON.parse(sessionStorage.getItem('rolegrant.session')); kept.hint = arguments[0];
            sessionStorage.setItem('rolegrant.session', JSON.stringify(kept))";
        world.browser.script(change, vec![carls]).await?;
        world.emulator.clear_log();
        driver.refresh().await?;
        SignInPage(world).explains("You came back with another account").await?;
        assert!(world.asked(Site::Graph).is_empty());
        let stored = world.browser.script("return sessionStorage.getItem('rolegrant.session')", Vec::new()).await?;
        assert!(stored.is_null(), "another reload does not try again: {stored}");
        Ok(())
    })
}

/// SEC-068, SEC-070
#[test]
fn work_in_one_tab_keeps_the_others() -> Result<()> {
    scenario(async |world| {
        let driver = &world.browser.driver;
        let (shell, question) = (Shell(world), world.browser.role("alertdialog").named("Are you still there?"));
        shell.sign_in_as("Ada Admin").await?;
        let first = driver.window().await?;
        let second = driver.new_tab().await?;
        driver.switch_to_window(second.clone()).await?;
        shell.sign_in_as("Ada Admin").await?;
        driver.switch_to_window(first.clone()).await?;
        pass_minutes(world, 29).await?;
        question.appears().await?;
        driver.switch_to_window(second).await?;
        // Sent at most every 20 seconds; this tab has said nothing since it was opened.
        pass_minutes(world, 1).await?;
        world.browser.press("a").await?;
        driver.switch_to_window(first).await?;
        question.vanishes().await
    })
}

/// SEC-028
#[test]
fn two_tabs_that_sign_in_at_once_do_not_mix() -> Result<()> {
    scenario(async |world| {
        let driver = &world.browser.driver;
        world.open("/").await?;
        let first = driver.window().await?;
        SignInPage(world).sign_in().await?;
        AccountPage(world).is_shown().await?;
        let second = driver.new_tab().await?;
        driver.switch_to_window(second.clone()).await?;
        world.open("/apis").await?;
        SignInPage(world).sign_in().await?;
        AccountPage(world).is_shown().await?;
        driver.switch_to_window(first.clone()).await?;
        AccountPage(world).choose("Ada Admin").await?;
        IdentitiesPage(world).is_loaded().await?;
        driver.switch_to_window(second).await?;
        AccountPage(world).choose("Carl Cloud").await?;
        Shell(world).is_shown("Carl Cloud").await?;
        Shell(world).heading("APIs").await?;
        driver.switch_to_window(first).await?;
        Shell(world).is_shown("Ada Admin").await
    })
}
