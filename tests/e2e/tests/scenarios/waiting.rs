//! What was confirmed waits for the administrator until she sends or discards it, whatever takes the page away
//! meanwhile; and what may have been sent is looked for before it is offered again. SEC-065, SEC-071

use e2e::{
    Result, Setup, World,
    pages::{AccountPage, ConsentPage, IdentityPage, Outcomes, Question, Shell, SignInPage},
    scenario, scenario_with,
};
use emulator::{Emulator, Fault, Matcher, Policy};
use serde_json::json;

const SYNC: &str = "id-stock-sync";
const SHIPMENTS: &str = "Shipment Tracking API";
const EXPORT: &str = "Shipments.Export";

/// A policy that lets nobody change anything before she has been at Microsoft's pages once more.
fn in_person() -> Setup {
    Setup { emulator: Emulator::builder().policy(Policy::for_changes("c1").in_person()), ..Setup::default() }
}

/// Confirms a role as Carl, whose consent is there from the start.
async fn confirm(world: &World, role: &str) -> Result<()> {
    let page = IdentityPage(world);
    page.choose_api(SHIPMENTS).await?;
    page.tick(role).await?;
    page.assign(1).await
}

/// Confirms one that the policy does not let through.
async fn confirm_in_vain(world: &World) -> Result<()> {
    world.expect_status(401);
    world.expect_status(400);
    Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
    confirm(world, EXPORT).await?;
    world.browser.role("button").named("Continue at Microsoft").appears().await
}

async fn is_offered(world: &World) -> Result<()> {
    Outcomes(world).say(EXPORT, "To assign").await?;
    world.browser.role("button").named("Send 1 change").appears().await
}

async fn is_sent(world: &World, count: usize) -> Result<()> {
    world.browser.role("button").named("Send 1 change").click().await?;
    Outcomes(world).say(EXPORT, "Assigned").await?;
    assert_eq!(world.graph().count((SYNC, SHIPMENTS, EXPORT)).await?, 1);
    assert_eq!(world.assignments_made(), count);
    let kept = world.browser.script("return sessionStorage.getItem('rolegrant.journal')", Vec::new()).await?;
    assert_eq!(kept, "", "what is done does not wait");
    Ok(())
}

#[test]
fn through_reloads_and_other_pages() -> Result<()> {
    scenario_with(in_person(), async |world| {
        confirm_in_vain(world).await?;
        // Before the administrator has been anywhere.
        world.browser.driver.refresh().await?;
        is_offered(world).await?;
        world.browser.driver.refresh().await?;
        is_offered(world).await?;
        // From another page a link leads to it.
        Shell(world).apis().await?;
        let link = world.browser.role("link").named(format!("1 change of {SYNC}"));
        link.appears().await?;
        world.browser.picture("waiting-elsewhere").await?;
        link.click().await?;
        is_offered(world).await?;
        assert!(!link.is_there().await?, "here it is no news");
        // What the policy wants is asked for once more, now that it is sent.
        world.browser.role("button").named("Send 1 change").click().await?;
        world.browser.role("button").named("Continue at Microsoft").click().await?;
        is_offered(world).await?;
        world.browser.picture("waiting").await?;
        is_sent(world, 1).await
    })
}

#[test]
fn through_another_change_of_the_same_page() -> Result<()> {
    scenario_with(in_person(), async |world| {
        confirm_in_vain(world).await?;
        world.browser.role("button").named("Continue at Microsoft").click().await?;
        is_offered(world).await?;
        // The form still has the first one ticked; only the second is meant.
        IdentityPage(world).choose_api("Billing API").await?;
        IdentityPage(world).tick("Invoices.Read.All").await?;
        IdentityPage(world).assign(1).await?;
        Outcomes(world).say("Invoices.Read.All", "Assigned").await?;
        is_offered(world).await?;
        is_sent(world, 2).await
    })
}

#[test]
fn through_another_account() -> Result<()> {
    scenario_with(in_person(), async |world| {
        let shell = Shell(world);
        confirm_in_vain(world).await?;
        let switch = async |from: &str, to: &str| {
            shell.account_menu(from).await?;
            world.browser.role("button").named("Switch account…").click().await?;
            AccountPage(world).choose(to).await?;
            shell.is_shown(to).await?;
            shell.heading(SYNC).await
        };
        switch("Carl Cloud", "Ada Admin").await?;
        assert!(!world.browser.role("button").named("Send 1 change").is_there().await?, "it is Carl's");
        switch("Ada Admin", "Carl Cloud").await?;
        is_offered(world).await
    })
}

/// SEC-068
#[test]
fn through_the_end_of_an_idle_session() -> Result<()> {
    scenario_with(in_person(), async |world| {
        confirm_in_vain(world).await?;
        let half_an_hour_later = "
            const wall = Date.now;
            Date.now = () => wall() + 31 * 60000;
            document.dispatchEvent(new Event('visibilitychange'));";
        world.browser.script(half_an_hour_later, Vec::new()).await?;
        SignInPage(world).explains("signed out because nobody used this page").await?;
        SignInPage(world).sign_in().await?;
        AccountPage(world).choose("Carl Cloud").await?;
        is_offered(world).await
    })
}

/// SEC-069
#[test]
fn until_the_administrator_signs_out_knowingly() -> Result<()> {
    scenario_with(in_person(), async |world| {
        confirm_in_vain(world).await?;
        Shell(world).account_menu("Carl Cloud").await?;
        world.browser.role("button").named("Sign out").click().await?;
        let question = Question(world);
        question.asks("Sign out and forget what waits?").await?;
        question.dialog().says("1 change confirmed, but not sent").await?;
        world.browser.picture("waiting-sign-out").await?;
        question.answer("Sign out").await?;
        SignInPage(world).is_shown().await
    })
}

/// F-10, F-47: the tab is closed, as far as the page can tell, while the answer is on its way.
#[test]
fn what_was_done_meanwhile_is_found_and_not_sent_again() -> Result<()> {
    scenario(async |world| {
        Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
        world.emulator.fail_next(
            Matcher::graph().path_contains("appRoleAssignedTo").method("POST"),
            Fault::hang().after_executing(),
        );
        confirm(world, EXPORT).await?;
        world.faults_have_struck().await?;
        world.browser.driver.refresh().await?;
        Outcomes(world).say(EXPORT, "Assigned").await?;
        assert_eq!(world.graph().count((SYNC, SHIPMENTS, EXPORT)).await?, 1);
        assert_eq!(world.changes_sent().len(), 1);
        assert!(!world.browser.role("button").named("Send 1 change").is_there().await?);
        Ok(())
    })
}

#[test]
fn what_was_not_done_is_offered_with_a_word_of_warning() -> Result<()> {
    scenario(async |world| {
        Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
        world.emulator.fail_next(Matcher::graph().path_contains("appRoleAssignedTo").method("POST"), Fault::hang());
        confirm(world, EXPORT).await?;
        world.faults_have_struck().await?;
        world.browser.driver.refresh().await?;
        Outcomes(world).say(EXPORT, "It may have been sent before").await?;
        is_offered(world).await?;
        is_sent(world, 1).await
    })
}

/// SEC-094: what was confirmed a redirect ago is asked about once more if it gives power.
#[test]
fn a_privileged_role_that_waited_is_asked_about_again() -> Result<()> {
    scenario(async |world| {
        // Before it asks the administrator, the app asks in silence.
        world.expect_status(400);
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity(SYNC, "Ada Admin").await?;
        page.choose_api("Microsoft Graph").await?;
        let role = "RoleManagement.ReadWrite.Directory";
        page.tick(role).await?;
        page.assign(1).await?;
        Question(world).asks("Assign a privileged role?").await?;
        Question(world).answer("Assign 1 role").await?;
        ConsentPage(world).accept().await?;
        world.browser.role("button").named("Send 1 change").click().await?;
        let question = Question(world);
        question.asks("Assign privileged roles?").await?;
        question.dialog().says(SYNC).await?;
        world.browser.picture("waiting-privileged").await?;
        assert!(world.changes_sent().is_empty(), "nothing is sent without an answer");
        question.answer("Assign them").await?;
        Outcomes(world).say(role, "Assigned").await
    })
}

#[test]
fn what_failed_is_called_so_and_can_be_tried_again() -> Result<()> {
    scenario(async |world| {
        world.expect_status(403);
        Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
        let change = Matcher::graph().path_contains("appRoleAssignedTo").method("POST");
        let body = json!({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges to complete the operation."}});
        world.emulator.fail_next(change, Fault::status(403).json(&body));
        confirm(world, EXPORT).await?;
        world.browser.role("status").says("1 change failed").await?;
        world.browser.role("button").named("Try again").click().await?;
        Outcomes(world).say(EXPORT, "Assigned").await?;
        world.browser.role("status").says("1 change done").await
    })
}
