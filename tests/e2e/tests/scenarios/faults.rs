//! Microsoft's side failing: what is shown, and that nothing happens twice.

use std::time::Duration;

use e2e::{
    Result,
    find::{Locator, until},
    pages::{ApiPage, IdentitiesPage, IdentityPage, Outcomes, Shell, SignInPage},
    scenario,
};
use emulator::{Fault, Matcher, SeenRequest, Site};

const SYNC: &str = "id-stock-sync";
const SHIPMENTS: &str = "Shipment Tracking API";
const REQUEST_ID: &str = "5e1f0c7a-3b52-4b0e-9d0c-0a4c5b8d7e6f";

/// An assignment on its way to Graph.
fn assignment() -> Matcher {
    Matcher::graph().method("POST").path_ends_with("/appRoleAssignedTo")
}

/// F-08
#[test]
fn a_list_that_cannot_be_read_says_why_and_can_be_tried_again() -> Result<()> {
    scenario(async |world| {
        world.expect_status(403);
        let list = Matcher::graph().path_ends_with("/servicePrincipals").query_contains("ManagedIdentity");
        let refusal = serde_json::json!({ "error": {
            "code": "Authorization_RequestDenied",
            "message": "Insufficient privileges to complete the operation.",
            "innerError": { "request-id": REQUEST_ID },
        } });
        let fault = Fault::status(403).json(&refusal).header("request-id", REQUEST_ID);
        world.emulator.fail_always(list, fault);
        Shell(world).sign_in_at("/", "Ada Admin").await?;
        let alert = world.browser.role("alert");
        alert.says("Could not read the managed identities").await?;
        alert.says("Application.Read.All").await?;
        alert.says(REQUEST_ID).await?;

        world.emulator.lift_all();
        alert.role("button").named("Try again").click().await?;
        world.browser.focus_is("heading", "Identities").await?;
        let all = world.graph().identities().await?.len();
        IdentitiesPage(world).status_says(&format!("{all} loaded")).await?;
        alert.vanishes().await
    })
}

/// F-43: what was deleted since the list was read is said to be gone, and takes nothing with it.
#[test]
fn an_identity_that_was_deleted_meanwhile_is_said_to_be_gone() -> Result<()> {
    scenario(async |world| {
        world.expect_status(404);
        let (list, alert) = (IdentitiesPage(world), world.browser.role("alert"));
        let sync = world.identity(SYNC)?;
        Shell(world).sign_in_at("/", "Carl Cloud").await?;
        list.is_loaded().await?;
        assert!(world.emulator.directory().delete_service_principal(sync));
        list.search(SYNC).await?;
        list.open(SYNC).await?;
        alert.says("the identity does not exist any longer").await?;
        alert.says("Go back to the list and load it anew").await?;
        // Its roles went with it, and the API's page knows.
        world.browser.role("table").named("Roles held").role("link").first().await?.click().await?;
        ApiPage(world).holders().saying(SYNC).vanishes().await?;

        world.open(&format!("/identities/{sync}")).await?;
        alert.says("Could not read this identity: it does not exist, or not any longer").await?;
        world.open("/").await?;
        list.is_loaded().await?;
        list.search(SYNC).await?;
        world.browser.role("main").says("No identity fits the search and the filters").await
    })
}

/// F-07: a list that has to wait says so, and comes.
#[test]
fn a_list_that_graph_does_not_give_says_that_it_is_tried_again() -> Result<()> {
    scenario(async |world| {
        world.expect_status(503);
        let list = Matcher::graph().path_ends_with("/servicePrincipals").query_contains("ManagedIdentity");
        let all = world.graph().identities().await?.len();
        world.emulator.fail_next(list, Fault::status(503).retry_after("6"));
        Shell(world).sign_in_at("/", "Ada Admin").await?;
        let says = "0 loaded, still loading: Microsoft Graph cannot be read at present";
        IdentitiesPage(world).status_says(says).await?;
        counts_down(&world.browser.role("timer"), "next try in ").await?;
        IdentitiesPage(world).status_says(&format!("{all} loaded")).await?;
        IdentitiesPage(world).is_loaded().await?;
        assert_eq!(world.emulator.faults_waiting(), 0, "the fault has struck");
        Ok(())
    })
}

/// Waits until it says so many seconds, and then fewer.
async fn counts_down(where_: &Locator<'_>, before: &str) -> Result<()> {
    let left = async || -> Result<Option<u32>> {
        let text = where_.text().await?;
        let number = text.split_once(before).and_then(|(_, rest)| rest.split_once(" second"));
        Ok(number.and_then(|(number, _)| number.parse().ok()))
    };
    let first = until("a number of seconds", || async { Ok(left().await?.ok_or_else(|| "there is none".to_owned())) });
    let first = first.await?;
    until("fewer seconds", || async {
        let now = left().await?;
        Ok(if now.is_some_and(|now| now < first) { Ok(()) } else { Err(format!("{now:?} after {first}")) })
    })
    .await
}

/// F-01, F-06: a pause that Graph asks for is no outage.
#[test]
fn a_list_that_graph_puts_off_says_so_and_counts_down() -> Result<()> {
    scenario(async |world| {
        world.expect_status(429);
        let list = Matcher::graph().path_ends_with("/servicePrincipals").query_contains("ManagedIdentity");
        world.emulator.fail_next(list, Fault::status(429).retry_after("6"));
        Shell(world).sign_in_at("/", "Ada Admin").await?;
        let says = "0 loaded, still loading: Microsoft Graph asks us to slow down";
        IdentitiesPage(world).status_says(says).await?;
        counts_down(&world.browser.role("timer"), "going on in ").await?;
        world.browser.picture("throttled").await?;
        IdentitiesPage(world).is_loaded().await
    })
}

/// F-33, F-47: as long as no answer comes that is said, calmly, and the browser asks before it leaves.
#[test]
fn an_answer_that_does_not_come_is_no_success_and_no_failure_yet() -> Result<()> {
    scenario(async |world| {
        let (page, browser) = (IdentityPage(world), &world.browser);
        let asks = async || {
            let asks = "return !dispatchEvent(new Event('beforeunload', { cancelable: true }))";
            browser.script(asks, Vec::new()).await
        };
        Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Export").await?;
        world.emulator.fail_next(assignment(), Fault::slow(Duration::from_secs(12)));
        assert_eq!(asks().await?, false);
        page.assign(1).await?;
        Outcomes(world).say("Shipments.Export", "Sending…").await?;
        assert_eq!(asks().await?, true, "the browser asks before it leaves");
        browser.role("status").says("Microsoft Graph has not answered yet").await?;
        let class = "return document.getElementById('outcomes').className";
        assert_eq!(browser.script(class, Vec::new()).await?, "note info");
        browser.pictures("no-answer-yet").await?;
        Outcomes(world).say("Shipments.Export", "Assigned").await?;
        assert_eq!(browser.script(class, Vec::new()).await?, "note good");
        assert_eq!(asks().await?, false, "there is nothing to lose any more");
        Ok(())
    })
}

/// F-08
#[test]
fn roles_that_could_not_be_read_leave_the_list_marked_incomplete() -> Result<()> {
    scenario(async |world| {
        world.expect_status(403);
        let shipments = world.api(SHIPMENTS)?.to_string();
        world.emulator.fail_always(Matcher::graph().path_contains(&shipments), Fault::status(403));
        Shell(world).sign_in_at("/?q=func-tracking-ingest", "Ada Admin").await?;
        world.browser.role("alert").says("Incomplete: the holders of 1 API").await?;
        world.emulator.lift_all();
        world.browser.role("button").named("Try again").click().await?;
        let list = IdentitiesPage(world);
        list.is_loaded().await?;
        world.browser.role("alert").vanishes().await?;
        list.row("func-tracking-ingest-dev").role("cell").named("1").appears().await
    })
}

/// F-10
#[test]
fn an_assignment_whose_answer_was_lost_ends_as_assigned_once() -> Result<()> {
    scenario(async |world| {
        // How Chromium notes an answer that broke off.
        world.expect_in_console("net::ERR_");
        world.expect_in_console("No 'Access-Control-Allow-Origin' header");
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Export").await?;
        world.emulator.fail_next(assignment(), Fault::lost_answer());
        page.assign(1).await?;
        Outcomes(world).say("Shipments.Export", "Live by").await?;
        page.holds("Shipments.Export").await?;
        assert_eq!(world.emulator.faults_waiting(), 0, "the fault has struck");
        assert_eq!(world.graph().count((SYNC, SHIPMENTS, "Shipments.Export")).await?, 1);
        assert_eq!(world.changes_sent().len(), 1, "what was carried out is not sent again");
        Ok(())
    })
}

#[test]
fn an_assignment_that_did_not_arrive_ends_as_assigned_once() -> Result<()> {
    scenario(async |world| {
        world.expect_in_console("net::ERR_");
        world.expect_in_console("No 'Access-Control-Allow-Origin' header");
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Export").await?;
        world.emulator.fail_next(assignment(), Fault::no_answer());
        page.assign(1).await?;
        page.holds("Shipments.Export").await?;
        assert_eq!(world.emulator.faults_waiting(), 0, "the fault has struck");
        assert_eq!(world.graph().count((SYNC, SHIPMENTS, "Shipments.Export")).await?, 1);
        // It was sent a second time only after a look at what holds.
        let asked = world.asked(Site::Graph);
        let sent = |request: &SeenRequest| request.method == "POST";
        let (first, second) = (asked.iter().position(sent).unwrap_or(0), asked.iter().rposition(sent).unwrap_or(0));
        assert!(first < second, "it was sent once");
        let looked = asked[first..second].iter().any(|request| request.method == "GET" && request.status == Some(200));
        assert!(looked, "it was sent again without a look: {:#?}", &asked[first..=second]);
        Ok(())
    })
}

/// F-09
#[test]
fn a_request_for_a_pause_is_heeded() -> Result<()> {
    scenario(async |world| {
        world.expect_status(429);
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Export").await?;
        world.emulator.fail_next(assignment(), Fault::status(429).retry_after("6"));
        page.assign(1).await?;
        let outcomes = world.browser.role("region").named("What was done");
        outcomes.says("1 waiting for Graph's quota").await?;
        counts_down(&outcomes, "next try in ").await?;
        page.holds("Shipments.Export").await?;
        assert_eq!(world.changes_sent().len(), 2);
        assert_eq!(world.graph().count((SYNC, SHIPMENTS, "Shipments.Export")).await?, 1);
        Ok(())
    })
}

/// F-54
#[test]
fn a_sign_in_service_that_does_not_answer_is_named() -> Result<()> {
    scenario(async |world| {
        world.expect_in_console("net::ERR_EMPTY_RESPONSE");
        world.open("/").await?;
        SignInPage(world).is_shown().await?;
        let silent = Matcher::sign_in().path_contains("openid-configuration");
        world.emulator.fail_always(silent, Fault::no_answer());
        SignInPage(world).sign_in().await?;
        SignInPage(world).explains("could not be reached").await?;
        world.emulator.lift_all();
        Shell(world).sign_in_as("Ada Admin").await
    })
}
