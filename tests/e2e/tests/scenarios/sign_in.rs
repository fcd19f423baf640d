//! Getting in, staying in, getting out; and what comes back in the address although nobody asked for it.

use anyhow::Context as _;
use e2e::{
    Result, World,
    find::until,
    pages::{AccountPage, ConsentPage, IdentitiesPage, IdentityPage, Shell, SignInPage},
    scenario,
};
use emulator::{Fault, Matcher, SeenRequest, Site};
use std::collections::HashMap;

/// The requests for a sign-in that the browser has made, each with its parameters.
fn attempts(world: &World) -> Vec<HashMap<String, String>> {
    let is_attempt = |request: &SeenRequest| request.path.ends_with("/authorize");
    let asked = world.asked(Site::SignIn).into_iter().filter(is_attempt);
    asked.map(|request| url::form_urlencoded::parse(request.query.as_bytes()).into_owned().collect()).collect()
}

/// Loads the app anew with this fragment, as a link from elsewhere does.
async fn come_back_with(world: &World, fragment: &str) -> Result<()> {
    world.browser.driver.goto("about:blank").await?;
    world.open(&format!("/#{fragment}")).await
}

/// Nothing of the session is stored in this tab.
async fn nothing_is_stored(world: &World) -> Result<()> {
    let stored = "return Object.keys(sessionStorage).concat(Object.keys(localStorage)).join()";
    assert_eq!(world.browser.script(stored, Vec::new()).await?, "");
    Ok(())
}

#[test]
fn an_administrator_signs_in_and_sees_every_identity() -> Result<()> {
    scenario(async |world| {
        Shell(world).sign_in_as("Ada Admin").await?;
        world.is_at("/").await?;
        let all = world.graph().identities().await?.len();
        IdentitiesPage(world).status_says(&format!("{all} loaded")).await?;

        let attempts = attempts(world);
        assert_eq!(attempts.len(), 1, "{attempts:?}");
        let asked = attempts.first().context("no attempt")?;
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["response_mode"], "fragment");
        assert_eq!(asked["code_challenge_method"], "S256");
        assert!(asked["scope"].contains("Application.Read.All"), "{}", asked["scope"]);
        assert!(!asked["scope"].contains("ReadWrite"), "signing in asks for reading alone: {}", asked["scope"]);
        assert_eq!(world.token_requests(), 1);
        Ok(())
    })
}

#[test]
fn a_reload_comes_back_to_the_same_page_without_a_question() -> Result<()> {
    scenario(async |world| {
        let page =
            format!("/identities/{}?api={}", world.identity("id-stock-sync")?, world.api("Shipment Tracking API")?);
        Shell(world).sign_in_at(&page, "Ada Admin").await?;
        IdentityPage(world).role("Shipments.Read.All").appears().await?;
        world.emulator.clear_log();

        world.browser.driver.refresh().await?;
        IdentityPage(world).role("Shipments.Read.All").appears().await?;
        Shell(world).heading("id-stock-sync").await?;
        world.is_at(&page).await?;
        let attempts = attempts(world);
        assert_eq!(attempts.len(), 1, "{attempts:?}");
        assert_eq!(attempts[0]["prompt"], "none");
        assert_eq!(world.token_requests(), 1);
        Ok(())
    })
}

#[test]
fn a_deep_link_in_a_fresh_tab_signs_in_and_returns_there() -> Result<()> {
    scenario(async |world| {
        let page = format!("/apis/{}?q=read&identities=only", world.api("Warehouse Stock API")?);
        world.open(&page).await?;
        SignInPage(world).is_shown().await?;
        assert!(world.asked(Site::Graph).is_empty(), "nothing is read before the sign-in");
        SignInPage(world).sign_in().await?;
        AccountPage(world).choose("Ada Admin").await?;
        Shell(world).heading("Warehouse Stock API").await?;
        world.is_at(&page).await
    })
}

/// What this tab shows and keeps at the moment in which its page goes.
const AT_THE_END: &str = "addEventListener('pagehide', () => {
    const kept = Object.keys(sessionStorage).join();
    sessionStorage.setItem('at-the-end', `${document.body.textContent}|${kept}`);
})";

async fn at_the_end(world: &World) -> Result<String> {
    let script =
        "const seen = sessionStorage.getItem('at-the-end'); sessionStorage.removeItem('at-the-end'); return seen";
    Ok(world.browser.script(script, Vec::new()).await?.as_str().unwrap_or_default().to_owned())
}

/// SEC-069
#[test]
fn signing_out_signs_out_every_tab_and_leaves_nothing_behind() -> Result<()> {
    scenario(async |world| {
        let driver = &world.browser.driver;
        Shell(world).sign_in_at_identity("id-stock-sync", "Ada Admin").await?;
        world.browser.script(AT_THE_END, Vec::new()).await?;
        let first = driver.window().await?;
        let second = driver.new_tab().await?;
        driver.switch_to_window(second.clone()).await?;
        Shell(world).sign_in_at("/apis", "Ada Admin").await?;
        Shell(world).heading("APIs").await?;
        world.browser.script(AT_THE_END, Vec::new()).await?;

        driver.switch_to_window(first).await?;
        Shell(world).sign_out("Ada Admin").await?;
        SignInPage(world).explains("You are signed out").await?;
        world.is_at("/").await?;
        assert_eq!(at_the_end(world).await?, "Signing out…|rolegrant.signed-out", "before Microsoft is asked");
        nothing_is_stored(world).await?;
        world.emulator.clear_log();

        // The page before is gone too: going back shows the sign-in page and asks Graph for nothing.
        driver.back().await?;
        SignInPage(world).is_shown().await?;
        let text = world.browser.script("return document.body.textContent", Vec::new()).await?;
        assert!(!text.to_string().contains("id-stock-sync"), "{text}");
        assert!(world.asked(Site::Graph).is_empty());

        driver.switch_to_window(second).await?;
        SignInPage(world).is_shown().await?;
        SignInPage(world).explains("signed out in another tab").await?;
        world.is_at("/apis").await?;
        assert_eq!(at_the_end(world).await?, "Signed out|rolegrant.notice", "before it loads anew");
        nothing_is_stored(world).await?;

        // And Microsoft's own session has ended: it asks again who is there.
        SignInPage(world).sign_in().await?;
        AccountPage(world).is_shown().await?;
        assert!(world.asked(Site::Graph).is_empty());
        Ok(())
    })
}

/// SEC-069: no answer that is still on its way undoes a sign-out.
#[test]
fn a_sign_out_ends_what_is_on_its_way_in_another_tab() -> Result<()> {
    scenario(async |world| {
        let driver = &world.browser.driver;
        let (first, second) = (driver.window().await?, driver.new_tab().await?);
        let redemption = Matcher::sign_in().method("POST").path_ends_with("/token");
        for (what, missing) in [("a code", redemption), ("a reload", Matcher::app().path_ends_with("/config.json"))] {
            driver.switch_to_window(first.clone()).await?;
            Shell(world).sign_in_as("Ada Admin").await?;
            driver.switch_to_window(second.clone()).await?;
            if what == "a code" {
                world.open("/apis").await?;
                SignInPage(world).sign_in().await?;
                world.emulator.fail_next(missing, Fault::hang());
                AccountPage(world).choose("Ada Admin").await?;
            } else {
                Shell(world).sign_in_at("/apis", "Ada Admin").await?;
                world.emulator.fail_next(missing, Fault::hang());
                driver.refresh().await?;
            }
            world.faults_have_struck().await?;
            driver.switch_to_window(first.clone()).await?;
            Shell(world).sign_out("Ada Admin").await?;
            SignInPage(world).explains("You are signed out").await?;
            driver.switch_to_window(second.clone()).await?;
            SignInPage(world).explains("signed out in another tab").await.with_context(|| what)?;
            world.is_at("/apis").await?;
            nothing_is_stored(world).await?;
        }
        Ok(())
    })
}

/// SEC-069: a tab that is at the sign-in service hears nothing there, but when it is back.
#[test]
fn a_sign_in_begun_before_a_sign_out_ends_with_it() -> Result<()> {
    scenario(async |world| {
        // Chromium looks for one beside a page that names none.
        world.expect_in_console("favicon.ico");
        let driver = &world.browser.driver;
        let (first, second) = (driver.window().await?, driver.new_tab().await?);
        for returns_first in [false, true] {
            driver.switch_to_window(first.clone()).await?;
            Shell(world).sign_in_as("Ada Admin").await?;
            driver.switch_to_window(second.clone()).await?;
            world.open("/").await?;
            SignInPage(world).sign_in().await?;
            AccountPage(world).is_shown().await?;
            driver.switch_to_window(first.clone()).await?;
            if !returns_first {
                // Microsoft's page stays.
                let stays = Fault::status(200).text("text/html", "Signed out");
                world.emulator.fail_next(Matcher::sign_in().path_ends_with("/logout"), stays);
            }
            Shell(world).sign_out("Ada Admin").await?;
            if returns_first {
                SignInPage(world).explains("You are signed out").await?;
                driver.switch_to_window(second.clone()).await?;
                AccountPage(world).choose("Ada Admin").await?;
            } else {
                world.faults_have_struck().await?;
                driver.switch_to_window(second.clone()).await?;
                AccountPage(world).choose("Ada Admin").await?;
                IdentitiesPage(world).is_loaded().await?;
                driver.switch_to_window(first.clone()).await?;
                world.open("/").await?;
                SignInPage(world).explains("You are signed out").await?;
                driver.switch_to_window(second.clone()).await?;
            }
            SignInPage(world).explains("signed out in another tab").await?;
            nothing_is_stored(world).await?;
        }
        // What begins afterwards is meant.
        Shell(world).sign_in_as("Ada Admin").await?;
        driver.refresh().await?;
        Shell(world).is_shown("Ada Admin").await
    })
}

/// SEC-069: what a tab keeps goes with a sign-out elsewhere, also where nobody is signed in, where the computer's clock
/// was set back meanwhile, and where the tab was away.
#[test]
fn a_sign_out_reaches_tabs_in_every_state() -> Result<()> {
    const IDLE: &str = "
        const wall = Date.now;
        Date.now = () => wall() + 31 * 60000;
        document.dispatchEvent(new Event('visibilitychange'));";
    const BEGAN_LATER: &str = "sessionStorage.setItem('rolegrant.began', Date.now() + 3600000)";
    const BREAK: &str = "
        performance.now = Object.getOwnPropertyDescriptor(Node.prototype, 'nodeName').get;
        document.body.dispatchEvent(new Event('pointermove', { bubbles: true }));";
    const KEEP: &str = "sessionStorage.setItem('rolegrant.journal', 'kept')";
    scenario(async |world| {
        world.expect_status(400);
        world.expect_in_console("Rolegrant stopped at");
        let driver = &world.browser.driver;
        let (first, second) = (driver.window().await?, driver.new_tab().await?);
        for second_is in ["signed out", "of a later clock", "stopped", "away"] {
            driver.switch_to_window(first.clone()).await?;
            Shell(world).sign_in_as("Ada Admin").await?;
            driver.switch_to_window(second.clone()).await?;
            Shell(world).sign_in_at("/apis", "Ada Admin").await?;
            world.browser.script(KEEP, Vec::new()).await?;
            match second_is {
                "signed out" => {
                    world.browser.script(IDLE, Vec::new()).await?;
                    SignInPage(world).explains("nobody used this page").await?;
                }
                "of a later clock" => {
                    world.browser.script(BEGAN_LATER, Vec::new()).await?;
                    driver.refresh().await?;
                    Shell(world).is_shown("Ada Admin").await?;
                }
                "stopped" => {
                    world.browser.script(BREAK, Vec::new()).await?;
                    world.browser.role("heading").named("Rolegrant has stopped").appears().await?;
                }
                _ => driver.goto("about:blank").await?,
            }
            driver.switch_to_window(first.clone()).await?;
            Shell(world).sign_out("Ada Admin").await?;
            SignInPage(world).explains("You are signed out").await?;
            driver.switch_to_window(second.clone()).await?;
            if second_is == "away" {
                world.open("/apis").await?;
            }
            if second_is != "stopped" {
                SignInPage(world).is_shown().await?;
            }
            e2e::find::until("the tab to forget", || async {
                let stored = world.browser.script("return Object.keys(sessionStorage).join()", Vec::new()).await?;
                Ok(if stored == "" { Ok(()) } else { Err(format!("{second_is}: {stored}")) })
            })
            .await?;
        }
        Ok(())
    })
}

#[test]
fn a_cancelled_sign_in_is_no_error() -> Result<()> {
    scenario(async |world| {
        world.open("/").await?;
        SignInPage(world).sign_in().await?;
        AccountPage(world).cancel().await?;
        SignInPage(world).explains("You cancelled the sign-in").await?;
        world.is_at("/").await?;
        assert_eq!(world.token_requests(), 0);
        nothing_is_stored(world).await?;
        // Nothing stands in the way of another try.
        Shell(world).sign_in_as("Ada Admin").await
    })
}

#[test]
fn without_consent_an_administrator_is_asked_for() -> Result<()> {
    scenario(async |world| {
        world.open("/").await?;
        SignInPage(world).sign_in().await?;
        AccountPage(world).choose("Sam Stranger").await?;
        ConsentPage(world).needs_an_administrator().await?;
        ConsentPage(world).cancel().await?;
        SignInPage(world).explains("Consent is missing").await?;
        SignInPage(world).explains("Send this link to a Privileged Role Administrator").await?;
        let link = world.browser.role("link").named("Link for an administrator").one().await?.attr("href").await?;
        let link = link.unwrap_or_default();
        assert!(link.contains("/v2.0/adminconsent?") && link.contains("Application.Read.All"), "{link}");
        assert!(!link.contains("ReadWrite"), "no more than what is missing: {link}");
        assert_eq!(world.token_requests(), 0);
        assert!(world.asked(Site::Graph).is_empty());
        Ok(())
    })
}

#[test]
fn an_answer_with_a_wrong_state_is_thrown_away() -> Result<()> {
    scenario(async |world| {
        world.open("/").await?;
        SignInPage(world).sign_in().await?;
        AccountPage(world).is_shown().await?;
        come_back_with(world, "code=0.AXoAsomebody-elses-code&state=somebody-elses-state").await?;
        SignInPage(world).explains("belongs to another sign-in").await?;
        world.is_at("/").await?;
        assert_eq!(world.token_requests(), 0);
        nothing_is_stored(world).await
    })
}

#[test]
fn an_answer_without_a_state_is_thrown_away() -> Result<()> {
    scenario(async |world| {
        world.open("/").await?;
        SignInPage(world).sign_in().await?;
        AccountPage(world).is_shown().await?;
        come_back_with(world, "code=0.AXoAsomebody-elses-code").await?;
        SignInPage(world).explains("carries no state").await?;
        world.is_at("/").await?;
        assert_eq!(world.token_requests(), 0);
        nothing_is_stored(world).await
    })
}

#[test]
fn an_answer_is_taken_once() -> Result<()> {
    scenario(async |world| {
        Shell(world).sign_in_as("Ada Admin").await?;
        let state = attempts(world).first().and_then(|asked| asked.get("state").cloned()).context("no state")?;
        let redeemed = world.asked(Site::SignIn).into_iter().find(|request| request.path.ends_with("/token"));
        let redeemed = redeemed.context("no code was redeemed")?.body;
        let code = url::form_urlencoded::parse(redeemed.as_bytes()).find(|(name, _)| name == "code");
        let (_, code) = code.context("no code")?;
        let again = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("code", &code)
            .append_pair("state", &state)
            .finish();
        world.emulator.clear_log();

        come_back_with(world, &again).await?;
        SignInPage(world).explains("was not waiting for a sign-in").await?;
        world.is_at("/").await?;
        assert_eq!(world.token_requests(), 0);
        assert!(world.asked(Site::Graph).is_empty());
        Ok(())
    })
}

#[test]
fn an_error_that_nobody_asked_for_puts_no_words_on_the_page() -> Result<()> {
    scenario(async |world| {
        come_back_with(world, "error=access_denied&error_description=Call+555-0100+now").await?;
        SignInPage(world).is_shown().await?;
        world.is_at("/").await?;
        let text = world.browser.script("return document.documentElement.outerHTML", Vec::new()).await?;
        assert!(!text.to_string().contains("555-0100"), "{text}");
        assert!(!world.browser.role("alert").is_there().await?);
        Ok(())
    })
}

#[test]
fn an_ended_session_is_renewed_where_one_was() -> Result<()> {
    scenario(async |world| {
        world.expect_status(400);
        world.expect_status(401);
        Shell(world).sign_in_at("/?q=rg-identity-prod", "Ada Admin").await?;
        IdentitiesPage(world).is_loaded().await?;
        world.emulator.revoke_everything();
        IdentitiesPage(world).open("id-access-review").await?;
        world.browser.role("alert").says("Your sign-in has run out").await?;
        let page = world.path().await?;
        world.browser.role("button").named("Sign in again").click().await?;
        AccountPage(world).choose("Ada Admin").await?;
        IdentityPage(world).holds("AccessReview.ReadWrite.All").await?;
        world.is_at(&page).await?;
        until("the message to be gone", || async {
            let there = world.browser.role("button").named("Sign in again").is_there().await?;
            Ok(if there { Err("it is there".to_owned()) } else { Ok(()) })
        })
        .await
    })
}
