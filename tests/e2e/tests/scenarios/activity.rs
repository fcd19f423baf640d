//! What was applied leaves a record: shown, downloaded, taken back; settled and continued after the page was closed in
//! the middle; gone with the sign-out, and nobody else's. SEC-134

use std::time::Duration;

use anyhow::Context as _;
use e2e::{
    Result, Setup, World,
    find::until,
    graph::Wanted,
    pages::{AccountPage, ActivityPage, IdentityPage, Outcomes, PlanPage, Question, Shell, SignInPage},
    pictures::Size,
    scenario, scenario_with,
};
use emulator::{Emulator, Fault, Matcher, SeenRequest, Site};
use serde_json::{Value, json};

const SHIPMENTS: &str = "Shipment Tracking API";
const SYNC: &str = "id-stock-sync";
const CARL: &str = "Carl Cloud";

/// Two roles for one identity.
fn two(world: &World) -> Result<Vec<Wanted>> {
    let sync = world.identity(SYNC)?;
    let role = |value| world.role(SHIPMENTS, value);
    Ok(vec![(sync, role("Shipments.Read.All")?), (sync, role("Shipments.Export")?)])
}

/// An assignment on its way to Graph.
fn assignment() -> Matcher {
    Matcher::graph().path_contains("appRoleAssignedTo").method("POST")
}

/// Everything that the browser keeps of applies: the keys, but for those of the list of identities.
async fn kept(world: &World) -> Result<Value> {
    let keys = world.browser.database().await?.into_iter().map(|(key, _)| key);
    Ok(keys.filter(|key| !key.starts_with("list ")).collect())
}

/// SEC-114: a receipt is shown, downloaded and taken back, from the list and from its file.
#[test]
fn a_receipt_is_shown_downloaded_and_taken_back() -> Result<()> {
    scenario(async |world| {
        let (page, browser) = (ActivityPage(world), &world.browser);
        Shell(world).sign_in_as(CARL).await?;
        page.go().await?;
        page.says("No change of yours is recorded in this browser").await?;
        browser.pictures("activity-empty").await?;
        let wanted = two(world)?;
        PlanPage(world).keep(CARL, SHIPMENTS, &wanted).await?;
        PlanPage(world).apply(2).await?;
        assert_eq!(world.held(SHIPMENTS, &wanted)?, 2);

        page.go().await?;
        page.applies().saying("2 done").says("Done").await?;
        page.says("Entra's own audit log").await?;
        browser.pictures("activity").await?;
        page.open().await?;
        page.says("2 changes live by").await?;
        page.lines().saying("Shipments.Export").says("Assigned").await?;
        browser.pictures("activity-receipt").await?;
        browser.role("button").named(format!("Details of Shipments.Export of {SHIPMENTS} for {SYNC}")).click().await?;
        let dialog = Question(world).dialog();
        for said in ["not held", "Assignment id", "Request id", "Accepted", "by 20"] {
            dialog.says(said).await?;
        }
        browser.pictures("activity-line").await?;
        Question(world).answer("Close").await?;

        page.press("Download JSON").await?;
        page.press("Download CSV").await?;
        let files = until("two files", || async {
            let files = browser.downloads()?;
            let whole = files.iter().filter(|(name, text)| name.starts_with("rolegrant-receipt-") && !text.is_empty());
            Ok(if whole.count() == 2 { Ok(files) } else { Err("they are not there".to_owned()) })
        })
        .await?;
        let of = |kind: &str| {
            let file = files.iter().find(|(name, _)| name.ends_with(kind));
            file.map(|(_, text)| text.clone()).context("not downloaded")
        };
        let (json, csv) = (of(".json")?, of(".csv")?);
        assert_eq!(csv.lines().count(), 3, "{csv}");
        let receipt: Value = serde_json::from_str(&json)?;
        assert_eq!(receipt["lines"].as_array().map(Vec::len), Some(2));
        assert_eq!(receipt["account"], CARL);
        for line in receipt["lines"].as_array().into_iter().flatten() {
            let id = line["assignment"].as_str().context("no assignment")?;
            let known = world.emulator.directory().assignments().into_iter().any(|held| held.id == id);
            assert!(known, "{id} is the directory's own");
            assert!(csv.contains(id));
        }

        page.press("Revert these changes…").await?;
        browser.role("heading").named("Plan").appears().await?;
        PlanPage(world).begin(2).await?;
        until("both to be taken back", || async {
            Ok(match world.held(SHIPMENTS, &wanted)? {
                0 => Ok(()),
                count => Err(format!("{count} are held")),
            })
        })
        .await?;
        page.go().await?;
        page.applies().saying("2 done").are(2).await?;

        // The file of a day before does the same; assigned anew it is another assignment, which stays.
        page.open_file(&json, "From a file").await?;
        page.lines().saying("Shipments.Export").says("Assigned").await?;
        browser.picture("activity-file").await?;
        page.press("Close the file").await?;
        let other = json.replace(world.emulator.tenant_id(), "00000000-0000-0000-0000-000000000008");
        page.open_file(&other, "The file is of another tenant").await?;
        browser.picture("activity-file-refused").await?;
        page.open_file("{}", "does not say").await
    })
}

/// A change that is made on a page, without a plan, leaves a receipt as well, and so does its undo.
#[test]
fn a_change_made_on_a_page_leaves_a_receipt_too() -> Result<()> {
    scenario(async |world| {
        let (page, identity) = (ActivityPage(world), IdentityPage(world));
        Shell(world).sign_in_at_identity(SYNC, CARL).await?;
        identity.choose_api(SHIPMENTS).await?;
        identity.tick("Shipments.Export").await?;
        identity.tick("Shipments.Read.All").await?;
        identity.assign(2).await?;
        Outcomes(world).say("Shipments.Export", "Assigned").await?;
        until("the directory to list it", || async {
            let text = Outcomes(world).line("Shipments.Export").text().await?;
            Ok(if text.contains("does not list it yet") { Err(text) } else { Ok(()) })
        })
        .await?;
        page.go().await?;
        page.applies().saying("2 done").says("Done").await?;
        page.open().await?;
        page.says(&format!("Change on the page of {SYNC}")).await?;
        page.lines().saying("Shipments.Export").says("Assigned").await?;
        let details = format!("Details of Shipments.Export of {SHIPMENTS} for {SYNC}");
        world.browser.role("button").named(details).click().await?;
        for said in ["Assignment id", "Request id", "shown by the directory since"] {
            Question(world).dialog().says(said).await?;
        }
        Question(world).answer("Close").await?;
        page.press("Revert these changes…").await?;
        PlanPage(world).begin(2).await?;
        PlanPage(world).has_ended("2 changes done").await?;
        assert_eq!(world.held(SHIPMENTS, &two(world)?)?, 0);
        page.go().await?;
        page.applies().saying("2 done").are(2).await
    })
}

/// F-10: what the page has found out about a change of before, its record says without asking; and what is sent once
/// more is of another record, which leaves nothing to do of the first.
#[test]
fn what_a_page_finds_out_its_record_knows() -> Result<()> {
    scenario(async |world| {
        let (page, identity) = (ActivityPage(world), IdentityPage(world));
        Shell(world).sign_in_at_identity(SYNC, CARL).await?;
        world.emulator.fail_next(assignment(), Fault::hang());
        identity.choose_api(SHIPMENTS).await?;
        identity.tick("Shipments.Export").await?;
        identity.assign(1).await?;
        world.faults_have_struck().await?;
        world.browser.driver.refresh().await?;
        world.browser.role("button").named("Send 1 change").appears().await?;
        page.go().await?;
        page.says("The page was closed while it ran: 0 done, 1 not done").await?;
        page.says(&format!("Change on the page of {SYNC}, begun")).await?;
        page.applies().saying("0 done, 1 not done").says("Broken off").await?;
        let (look, put) = (world.browser.role("button"), world.browser.role("button"));
        let (look, put) = (look.named("Look what became of it"), put.named("Put what is left into the plan"));
        assert!(put.is_there().await? && !look.is_there().await?, "it was looked for");

        world.browser.driver.back().await?;
        world.browser.role("button").named("Send 1 change").click().await?;
        Outcomes(world).say("Shipments.Export", "Assigned").await?;
        page.go().await?;
        page.applies().saying("1 done").says("Done").await?;
        page.applies().saying("0 done, 1 not done").says("Not all done").await?;
        assert!(!put.is_there().await?, "nothing of it is left");
        Ok(())
    })
}

/// F-10: what Activity finds out about a change, the page where it was made shows without asking.
#[test]
fn what_activity_finds_out_the_page_knows() -> Result<()> {
    scenario(async |world| {
        world.expect_in_console("net::ERR_");
        world.expect_in_console("No 'Access-Control-Allow-Origin' header");
        world.expect_status(403);
        let (page, identity, browser) = (ActivityPage(world), IdentityPage(world), &world.browser);
        Shell(world).sign_in_at_identity(SYNC, CARL).await?;
        identity.choose_api(SHIPMENTS).await?;
        identity.tick("Shipments.Export").await?;
        world.emulator.fail_next(assignment(), Fault::lost_answer());
        world.emulator.fail_always(Matcher::graph().path_contains("/appRoleAssign").method("GET"), Fault::status(403));
        identity.assign(1).await?;
        Outcomes(world).say("Shipments.Export", "Not known").await?;
        browser.role("button").named("Look again").click().await?;
        assert_eq!(browser.script("return document.activeElement.id", Vec::new()).await?, "outcomes");
        Outcomes(world).say("Shipments.Export", "Not known").await?;

        page.go().await?;
        page.applies().saying("1 not known").role("link").click().await?;
        world.emulator.lift_all();
        page.press("Look what became of it").await?;
        page.lines().saying("Shipments.Export").says("Assigned").await?;
        browser.focus_is("heading", "Receipt").await?;
        let asked = world.asked(Site::Graph).len();
        browser.driver.back().await?;
        browser.driver.back().await?;
        Outcomes(world).say("Shipments.Export", "Assigned").await?;
        let looked = |request: &SeenRequest| request.path.ends_with("/appRoleAssignedTo");
        let looks = world.asked(Site::Graph).into_iter().skip(asked).filter(looked).count();
        assert_eq!(looks, 0, "it was not looked for again");
        assert_eq!(world.changes_sent().len(), 1);
        Ok(())
    })
}

/// F-10, F-47: the page that was closed need not be opened for what became of its change to be known.
#[test]
fn what_activity_finds_out_waits_no_longer() -> Result<()> {
    scenario(async |world| {
        let (page, identity, browser) = (ActivityPage(world), IdentityPage(world), &world.browser);
        Shell(world).sign_in_at_identity(SYNC, CARL).await?;
        world.emulator.fail_next(assignment(), Fault::hang().after_executing());
        identity.choose_api(SHIPMENTS).await?;
        identity.tick("Shipments.Export").await?;
        identity.assign(1).await?;
        world.faults_have_struck().await?;
        world.open("/activity").await?;
        page.says("The page was closed while it ran: 0 done, 1 not known").await?;
        let waits = browser.role("link").named(format!("1 change of {SYNC}"));
        waits.appears().await?;
        page.press("Look what became of it").await?;
        page.applies().saying("1 done").says("Done").await?;
        waits.vanishes().await?;
        until("the focus to be on the record", || async {
            let focused = browser.script("return document.activeElement.id", Vec::new()).await?;
            Ok(if focused.as_str().is_some_and(|id| id.starts_with("apply-")) {
                Ok(())
            } else {
                Err(focused.to_string())
            })
        })
        .await
    })
}

/// The state of an apply is what one looks for: on a phone, too, it is in sight.
#[test]
fn on_a_phone_the_state_is_in_sight() -> Result<()> {
    scenario(async |world| {
        Shell(world).sign_in_as(CARL).await?;
        PlanPage(world).keep(CARL, SHIPMENTS, &two(world)?).await?;
        PlanPage(world).apply(2).await?;
        ActivityPage(world).go().await?;
        ActivityPage(world).applies().saying("2 done").says("Done").await?;
        world.browser.size(Size::Phone).await?;
        let right = "return Math.max(...[...document.querySelectorAll('.windowed .tag')].map(
            (tag) => tag.getBoundingClientRect().right)) - innerWidth";
        let right = world.browser.script(right, Vec::new()).await?;
        assert!(right.as_f64().is_some_and(|over| over <= 0.0), "it is {right} px out of the window");
        Ok(())
    })
}

/// F-10, F-47: 20 are done, 120 on their way when the page is closed, of which 20 are done in truth, and 220 not sent.
#[test]
fn what_was_under_way_when_the_page_was_closed_is_settled_and_continued() -> Result<()> {
    let setup = Setup { emulator: Emulator::builder().identities(200), ..Setup::default() };
    scenario_with(setup, async |world| {
        let (page, browser) = (ActivityPage(world), &world.browser);
        let wanted = world.wanted(SHIPMENTS, &["Shipments.Read.All", "Shipments.Write.All"], 360)?;
        Shell(world).sign_in_as(CARL).await?;
        PlanPage(world).keep(CARL, SHIPMENTS, &wanted).await?;
        let batch = || Matcher::graph().path_contains("$batch").body_contains("principalId");
        let done = world.emulator.fail_next(batch().after(1), Fault::hang().after_executing());
        world.emulator.fail_always(batch().after(1), Fault::hang());
        // Not in a blink, so that few are on their way.
        world.emulator.fail_next(batch(), Fault::slow(Duration::from_millis(500)));
        PlanPage(world).begin(360).await?;
        browser.role("status").says("0 percent").await?;
        until("the faults to strike", || async {
            let struck = world.held(SHIPMENTS, &wanted)? == 40 && !world.emulator.lift(done);
            Ok(if struck { Ok(()) } else { Err(format!("{} are held", world.held(SHIPMENTS, &wanted)?)) })
        })
        .await?;
        browser.role("main").says("20 of 360 settled").await?;
        let asks = "return !dispatchEvent(new Event('beforeunload', { cancelable: true }))";
        assert_eq!(browser.script(asks, Vec::new()).await?, true, "the browser asks before it leaves");

        world.open("/activity").await?;
        page.says("The page was closed while it ran: 20 done, 120 not known, 220 not sent").await?;
        page.applies().saying("Broken off").appears().await?;
        // Not before: what waits in the browser for a connection would have passed while the page was being left.
        world.emulator.lift_all();
        browser.pictures("activity-broken-off").await?;
        assert_eq!(world.held(SHIPMENTS, &wanted)?, 40, "nothing goes on by itself");

        page.press("Look what became of it").await?;
        page.says("The page was closed while it ran: 40 done, 100 not done, 220 not sent").await?;
        let focused = browser.script("return document.activeElement.id", Vec::new()).await?;
        assert!(focused.as_str().is_some_and(|id| id.starts_with("remains-")), "{focused}");
        assert_eq!(world.held(SHIPMENTS, &wanted)?, 40, "looking changes nothing");
        // The tab has kept the plan: what is done has left it.
        Shell(world).plans(320).await?;
        page.press("Put what is left into the plan").await?;
        Shell(world).confirms("320 changes in the plan already").await?;
        browser.role("heading").named("Plan").appears().await?;
        browser.role("button").named("Review 320 changes…").appears().await?;
        let text = browser.role("main").text().await?;
        assert!(!text.contains(" collected"), "the plan holds what is left and no more: {text}");
        assert_eq!(world.held(SHIPMENTS, &wanted)?, 40, "nothing is sent before it is reviewed");
        PlanPage(world).apply(320).await?;
        assert_eq!(world.held(SHIPMENTS, &wanted)?, 360);
        assert_eq!(browser.script(asks, Vec::new()).await?, false, "there is nothing to lose any more");
        page.go().await?;
        page.applies().saying("320 done").says("Done").await?;
        let first = page.applies().saying("40 done, 100 not done, 220 not sent");
        first.says("Not all done").await?;
        assert!(!page.applies().saying("Broken off").is_there().await?, "it was continued");
        first.role("link").click().await?;
        page.lines().saying("Not done").first().await?;
        let put = browser.role("button").named("Put what is left into the plan");
        assert!(!put.is_there().await?, "nothing of it is left");
        Ok(())
    })
}

/// SEC-069
#[test]
fn signing_out_removes_the_records() -> Result<()> {
    scenario(async |world| {
        Shell(world).sign_in_as(CARL).await?;
        PlanPage(world).keep(CARL, SHIPMENTS, &two(world)?).await?;
        PlanPage(world).apply(2).await?;
        let keys = kept(world).await?;
        assert!(keys.as_array().is_some_and(|keys| keys.len() >= 3), "{keys}");
        Shell(world).sign_out(CARL).await?;
        Question(world).asks("Sign out and forget this?").await?;
        Question(world).dialog().says("1 receipt in Activity").await?;
        Question(world).answer("Sign out").await?;
        SignInPage(world).is_shown().await?;
        assert_eq!(kept(world).await?, json!([]));
        Shell(world).sign_in_as(CARL).await?;
        ActivityPage(world).go().await?;
        ActivityPage(world).says("No change of yours is recorded in this browser").await
    })
}

/// An apply is of the account that made it, and deleting its record is up to that account.
#[test]
fn another_account_sees_nothing_of_it() -> Result<()> {
    scenario(async |world| {
        let (page, shell) = (ActivityPage(world), Shell(world));
        shell.sign_in_as(CARL).await?;
        PlanPage(world).keep(CARL, SHIPMENTS, &two(world)?).await?;
        PlanPage(world).apply(2).await?;
        page.go().await?;
        page.open().await?;
        let receipt = world.path().await?;
        let switch = async |from: &str, to: &str| {
            shell.account_menu(from).await?;
            world.browser.role("button").named("Switch account…").click().await?;
            AccountPage(world).choose(to).await?;
            shell.is_shown(to).await
        };
        switch(CARL, "Ada Admin").await?;
        world.is_at(&receipt).await?;
        page.says("There is no such record in this browser").await?;
        page.go().await?;
        page.says("No change of yours is recorded in this browser").await?;
        switch("Ada Admin", CARL).await?;
        page.applies().saying("2 done").appears().await?;
        page.open().await?;
        page.press("Delete this record…").await?;
        Question(world).asks("Delete this record?").await?;
        Question(world).answer("Delete").await?;
        page.says("No change of yours is recorded in this browser").await?;
        assert_eq!(kept(world).await?, json!([]));
        assert_eq!(world.held(SHIPMENTS, &two(world)?)?, 2, "the directory stays as it is");
        Ok(())
    })
}

/// A browser that keeps nothing: the apply works all the same, and says so.
#[test]
fn without_a_database_an_apply_works_and_says_that_no_record_is_kept() -> Result<()> {
    scenario(async |world| {
        Shell(world).sign_in_as(CARL).await?;
        let refuse = "indexedDB.open = () => { throw new DOMException('not here', 'InvalidStateError'); };";
        world.browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": refuse })).await?;
        let wanted = two(world)?;
        PlanPage(world).keep(CARL, SHIPMENTS, &wanted).await?;
        PlanPage(world).apply(2).await?;
        world.browser.role("status").says("keep no record of this apply").await?;
        assert_eq!(world.held(SHIPMENTS, &wanted)?, 2);
        ActivityPage(world).go().await?;
        ActivityPage(world).says("This browser keeps no records").await?;
        // The look over at the end reads what was kept before.
        world.browser.script("delete indexedDB.open", Vec::new()).await?;
        Ok(())
    })
}
