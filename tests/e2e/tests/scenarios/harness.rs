//! The harness itself: that it sees what it is there to see. Pages made for the purpose take the place of the app.

use e2e::{Result, Setup, World, axe, find::until, pictures::Theme, scenario_with};
use std::fs;

/// A world whose app is one page: this body, and this script as a file of its own.
fn on_page(body: &str, script: &str, play: impl AsyncFnOnce(&World) -> Result<()>) -> Result<()> {
    let app = tempfile::tempdir()?;
    let head =
        "<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>Page</title><link rel=icon href=data:,></head>";
    let page = format!("{head}<body>{body}<script type=module src=/page.js></script></body></html>");
    fs::write(app.path().join("index.html"), page)?;
    fs::write(app.path().join("page.js"), format!("{script}\ndocument.title = 'Done';"))?;
    scenario_with(Setup { app: app.path().to_owned(), ..Setup::default() }, play)
}

async fn opened(world: &World) -> Result<()> {
    world.open("/").await?;
    until("the script to have run", || async {
        let title = world.browser.driver.title().await?;
        Ok(if title == "Done" { Ok(()) } else { Err(title) })
    })
    .await
}

/// The scenario goes through, and the harness objects in these words.
fn objects(script: &str, words: &str) {
    let outcome = on_page("<h1>Page</h1>", script, opened);
    let error = outcome.map_or_else(|error| format!("{error:#}"), |()| "nothing was objected to".to_owned());
    assert!(error.contains(words), "{error}");
}

#[test]
fn a_clean_page_passes() -> Result<()> {
    on_page("<h1>Page</h1>", "", opened)
}

#[test]
fn an_error_in_the_console_is_seen() {
    objects("console.error('went wrong');", "went wrong");
}

#[test]
fn a_request_to_a_fourth_origin_is_seen() {
    // What the page asks for itself the policy stops already; where it sends the browser, the harness sees.
    let outcome = on_page("<h1>Page</h1>", "", async |world| {
        opened(world).await?;
        let _nobody_answers = world.browser.driver.goto("http://127.0.0.1:9/").await;
        opened(world).await
    });
    let error = outcome.map_or_else(|error| format!("{error:#}"), |()| "nothing was objected to".to_owned());
    assert!(error.contains("fourth origin: http://127.0.0.1:9/"), "{error}");
}

#[test]
fn a_violation_of_the_policy_is_seen() {
    let inline = "const s = document.createElement('script'); try { s.textContent = '1'; } catch {}
        document.body.append(s);
        await new Promise((done) => setTimeout(done, 300));";
    objects(inline, "content security policy was violated");
    objects("try { await fetch('http://localhost:9/'); } catch {}", "content security policy was violated");
}

#[test]
fn a_token_in_a_store_is_seen() {
    objects(
        "sessionStorage.setItem('t', 'eyJhbGciOiJSUzI1NiJ9.e30.x');",
        "something like a token is in sessionStorage",
    );
}

#[test]
fn a_code_in_the_history_is_seen() {
    objects("history.pushState(null, '', '/#code=abc&state=def'); history.pushState(null, '', '/');", "in the history");
}

#[test]
fn an_authorization_header_to_elsewhere_is_seen() {
    objects(
        "await fetch('/config.json', { headers: { Authorization: 'Bearer x' } });",
        "an Authorization header went to",
    );
}

#[test]
fn elements_are_found_by_role_and_name() -> Result<()> {
    let body = r#"
        <h1>Page</h1>
        <nav aria-label="Main"><a href="/a">Two <b>words</b></a></nav>
        <label for=f>Field</label><input id=f type=search>
        <div hidden><button>Hidden</button></div>
        <button aria-label="Remove… x">Remove…</button><button>Remove… y</button>
        <form aria-labelledby=h><h2 id=h>Form</h2><label><input type=checkbox> Tick me</label></form>
        <div role=status>3 loaded</div>"#;
    on_page(body, "", async |world| {
        opened(world).await?;
        let browser = &world.browser;
        browser.role("navigation").named("Main").role("link").named("Two words").one().await?;
        browser.role("searchbox").named("Field").fill("abc").await?;
        assert_eq!(browser.role("searchbox").named("Field").value().await?, "abc");
        browser.role("searchbox").named("Field").fill("d").await?;
        assert_eq!(browser.role("searchbox").named("Field").value().await?, "d");
        assert_eq!(browser.role("button").named("Hidden").count().await?, 0);
        assert_eq!(browser.role("button").beginning("Remove…").count().await?, 2);
        browser.role("button").named("Remove… x").one().await?;
        let tick = browser.role("form").named("Form").role("checkbox").named("Tick me");
        tick.click().await?;
        assert!(tick.one().await?.is_selected().await?);
        browser.role("status").says("3 loaded").await
    })
}

#[test]
fn barriers_are_found() -> Result<()> {
    let body = "<main><h1>Page</h1><p>Text</p><a href=/x>Link</a><ul><li>Item</li></ul><img src=/x.svg></main>";
    on_page(body, "", async |world| {
        world.expect_status(404);
        opened(world).await?;
        let error = axe::no_barriers(&world.browser, "the page").await.unwrap_err().to_string();
        assert!(error.contains("image-alt"), "{error}");
        Ok(())
    })
}

#[test]
fn the_theme_is_the_one_asked_for() -> Result<()> {
    on_page("<h1>Page</h1>", "", async |world| {
        opened(world).await?;
        let dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
        assert_eq!(world.browser.script(dark, Vec::new()).await?, false);
        world.browser.theme(Theme::Dark).await?;
        assert_eq!(world.browser.script(dark, Vec::new()).await?, true);
        world.browser.theme(Theme::Forced).await?;
        let forced = "return matchMedia('(forced-colors: active)').matches";
        assert_eq!(world.browser.script(forced, Vec::new()).await?, true);
        Ok(())
    })
}
