//! What was confirmed waits for the administrator until she sends or discards it, whatever takes the page away
//! meanwhile; and what may have been sent is looked for before it is offered again. SEC-065, SEC-071

use std::time::Duration;

use e2e::{
    Result, Setup, World,
    pages::{AccountPage, ConsentPage, IdentitiesPage, IdentityPage, Outcomes, Question, Shell, SignInPage},
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

const POWER: &str = "RoleManagement.ReadWrite.Directory";

/// Confirms a privileged role as Ada, who is then asked for her consent.
async fn confirm_power(world: &World) -> Result<()> {
    // Before it asks the administrator, the app asks in silence.
    world.expect_status(400);
    let page = IdentityPage(world);
    Shell(world).sign_in_at_identity(SYNC, "Ada Admin").await?;
    page.choose_api("Microsoft Graph").await?;
    page.tick(POWER).await?;
    page.assign(1).await?;
    Question(world).asks("Assign a privileged role?").await?;
    Question(world).answer("Assign 1 role").await
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
        world.browser.role("main").says(&format!("1 change of {SYNC}: not sent")).await?;
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
        question.asks("Sign out and forget this?").await?;
        question.dialog().says("1 change confirmed in this tab and not known to be done").await?;
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

/// F-47
#[test]
fn what_was_not_done_is_offered_with_a_word_of_warning() -> Result<()> {
    scenario(async |world| {
        Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
        world.emulator.fail_next(Matcher::graph().path_contains("appRoleAssignedTo").method("POST"), Fault::hang());
        confirm(world, EXPORT).await?;
        world.faults_have_struck().await?;
        world.browser.driver.refresh().await?;
        Outcomes(world).say(EXPORT, "It may have been sent before").await?;
        world.browser.role("status").says("1 change confirmed, but not done").await?;
        is_offered(world).await?;
        is_sent(world, 1).await
    })
}

/// SEC-094: what was confirmed a redirect ago is asked about once more if it gives power.
#[test]
fn a_privileged_role_that_waited_is_asked_about_again() -> Result<()> {
    scenario(async |world| {
        confirm_power(world).await?;
        ConsentPage(world).accept().await?;
        world.browser.role("button").named("Send 1 change").click().await?;
        let question = Question(world);
        question.asks("Assign privileged roles?").await?;
        question.dialog().says(SYNC).await?;
        world.browser.picture("waiting-privileged").await?;
        assert!(world.changes_sent().is_empty(), "nothing is sent without an answer");
        question.answer("Assign them").await?;
        Outcomes(world).say(POWER, "Assigned").await
    })
}

/// SEC-094: nobody knows that a role is harmless while its API has not been read, or cannot be.
#[test]
fn a_role_that_cannot_be_judged_is_asked_about_as_a_privileged_one() -> Result<()> {
    for apis in [Fault::hang(), Fault::status(400)] {
        scenario(async |world| {
            confirm_power(world).await?;
            world.emulator.fail_always(Matcher::graph().query_contains("'Application'").method("GET"), apis.clone());
            ConsentPage(world).accept().await?;
            let send = world.browser.role("button").named("Send 1 change");
            send.click().await?;
            let question = Question(world);
            question.asks("Assign privileged roles?").await?;
            question.dialog().says("it is taken for a privileged role").await?;
            world.browser.picture("waiting-unjudged").await?;
            question.answer("Cancel").await?;
            send.appears().await?;
            assert!(world.changes_sent().is_empty(), "nothing is sent without an answer");
            Ok(())
        })?;
    }
    Ok(())
}

/// Invariant 6: whoever leaves a page while its changes are on their way finds the same run when she is back, and
/// another page's change comes after it.
#[test]
fn a_run_goes_on_while_another_page_is_looked_at() -> Result<()> {
    scenario(async |world| {
        let (shell, again) = (Shell(world), world.browser.role("link").named(format!("1 change of {SYNC}")));
        shell.sign_in_at_identity(SYNC, "Carl Cloud").await?;
        let change = Matcher::graph().path_contains("appRoleAssignedTo").method("POST");
        world.emulator.fail_next(change, Fault::slow(Duration::from_secs(8)));
        confirm(world, EXPORT).await?;
        world.faults_have_struck().await?;
        shell.apis().await?;
        world.browser.role("main").says(&format!("1 change of {SYNC}: being sent")).await?;
        again.click().await?;
        Outcomes(world).say(EXPORT, "Sending…").await?;
        let (send, leave) = (world.browser.role("button").named("Send 1 change"), world.browser.role("button"));
        assert!(!send.is_there().await?, "it is under way");
        assert!(!leave.named("Dismiss").one().await?.is_enabled().await?, "what is on its way cannot be discarded");
        Outcomes(world).say(EXPORT, "Assigned").await?;
        assert_eq!(world.changes_sent().len(), 1);
        world.browser.driver.refresh().await?;
        shell.heading(SYNC).await?;
        assert!(!send.is_there().await?, "and nothing waits any longer");
        assert_eq!(world.graph().count((SYNC, SHIPMENTS, EXPORT)).await?, 1);
        Ok(())
    })
}

/// A run that ends while nobody looks says how it ended.
#[test]
fn what_came_of_a_run_meanwhile_is_there_when_one_is_back() -> Result<()> {
    scenario(async |world| {
        world.expect_status(403);
        let (shell, driver) = (Shell(world), &world.browser.driver);
        shell.sign_in_at_identity(SYNC, "Carl Cloud").await?;
        let change = Matcher::graph().path_contains("appRoleAssignedTo").method("POST");
        let body = json!({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges to complete the operation."}});
        let refused = Fault::status(403).json(&body).delayed(Duration::from_secs(3));
        world.emulator.fail_next(change, refused);
        confirm(world, EXPORT).await?;
        world.faults_have_struck().await?;
        shell.apis().await?;
        let under_way = world.browser.role("link").named(format!("1 change of {SYNC}"));
        under_way.appears().await?;
        under_way.vanishes().await?;
        driver.back().await?;
        Outcomes(world).say(EXPORT, "Failed").await?;
        world.browser.role("button").named("Try again").click().await?;
        Outcomes(world).say(EXPORT, "Assigned").await?;
        shell.apis().await?;
        shell.heading("APIs").await?;
        driver.back().await?;
        Outcomes(world).say(EXPORT, "Assigned").await?;
        Outcomes(world).undo().await?;
        Outcomes(world).say(EXPORT, "Removed").await
    })
}

/// What is confirmed while another change of the page is on its way comes after it.
#[test]
fn a_change_confirmed_during_another_comes_after_it() -> Result<()> {
    scenario(async |world| {
        Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
        let change = Matcher::graph().path_contains("appRoleAssignedTo").method("POST");
        world.emulator.fail_next(change, Fault::slow(Duration::from_secs(5)));
        confirm(world, EXPORT).await?;
        world.faults_have_struck().await?;
        IdentityPage(world).remove("Stock.Adjust").await?;
        Question(world).answer("Remove role").await?;
        Outcomes(world).say("Stock.Adjust", "To remove").await?;
        assert_eq!(world.changes_sent().len(), 1, "one after the other");
        Outcomes(world).say("Stock.Adjust", "Removed").await?;
        Outcomes(world).say(EXPORT, "Assigned").await?;
        let sent: Vec<_> = world.changes_sent().iter().map(|request| request.method.to_string()).collect();
        assert_eq!(sent, ["POST", "DELETE"]);
        Ok(())
    })
}

/// Two pages, one after the other.
#[test]
fn the_plan_of_another_page_waits_for_its_turn() -> Result<()> {
    scenario(async |world| {
        let shell = Shell(world);
        shell.sign_in_at_identity(SYNC, "Carl Cloud").await?;
        let change = Matcher::graph().path_contains("appRoleAssignedTo").method("POST");
        world.emulator.fail_next(change, Fault::slow(Duration::from_secs(8)));
        confirm(world, EXPORT).await?;
        world.faults_have_struck().await?;
        shell.identities().await?;
        IdentitiesPage(world).open("app-rates-web").await?;
        shell.heading("app-rates-web").await?;
        confirm(world, EXPORT).await?;
        world.browser.role("status").says("About to send 1 change").await?;
        assert_eq!(world.changes_sent().len(), 1, "one after the other");
        Outcomes(world).say(EXPORT, "Assigned").await?;
        let statuses: Vec<_> = world.changes_sent().iter().map(|request| request.status).collect();
        assert_eq!(statuses, [Some(201), Some(201)]);
        Ok(())
    })
}

/// Where the way to Microsoft is barred, what waited goes on waiting.
#[test]
fn a_redirect_that_fails_takes_nothing_away() -> Result<()> {
    scenario(async |world| {
        world.expect_status(400);
        Shell(world).sign_in_at_identity(SYNC, "Ada Admin").await?;
        let bar = "
            const set = Storage.prototype.setItem;
            Storage.prototype.setItem = function (key, value) {
                if (key === 'rolegrant.sign-in') throw new DOMException('full', 'QuotaExceededError');
                set.call(this, key, value);
            };";
        world.browser.script(bar, Vec::new()).await?;
        for way in ["Assign 1 role", "Send 1 change"] {
            if way == "Assign 1 role" {
                confirm(world, EXPORT).await?;
            } else {
                world.browser.role("button").named(way).click().await?;
            }
            world.browser.role("alert").says("does not let this page store anything").await?;
            is_offered(world).await?;
        }
        assert!(world.changes_sent().is_empty());
        world.browser.driver.refresh().await?;
        is_offered(world).await
    })
}

/// What failed for a reason that may pass waits beside whatever else is done on the page.
#[test]
fn what_failed_for_now_is_not_forgotten_over_another_change() -> Result<()> {
    scenario_with(in_person(), async |world| {
        confirm_in_vain(world).await?;
        Outcomes(world).say(EXPORT, "Failed").await?;
        let page = IdentityPage(world);
        page.choose_api("Billing API").await?;
        page.tick("Invoices.Read.All").await?;
        page.assign(1).await?;
        Outcomes(world).say("Invoices.Read.All", "Failed").await?;
        is_offered(world).await
    })
}

/// SEC-068, SEC-069: by its button the question of an idle page forgets, and says what.
#[test]
fn the_question_of_an_idle_page_says_what_signing_out_forgets() -> Result<()> {
    scenario_with(in_person(), async |world| {
        confirm_in_vain(world).await?;
        let later = "
            const wall = Date.now;
            Date.now = () => wall() + 29 * 60000;
            document.dispatchEvent(new Event('visibilitychange'));";
        world.browser.script(later, Vec::new()).await?;
        let question = world.browser.role("alertdialog").named("Are you still there?");
        world.browser.picture("waiting-idle").await?;
        question.role("button").named("Sign out and forget 1 change").click().await?;
        SignInPage(world).explains("You are signed out").await?;
        let stored = world.browser.script("return Object.keys(sessionStorage).join()", Vec::new()).await?;
        assert_eq!(stored, "");
        Ok(())
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
