//! The harness itself: that it sees what it is there to see. Pages made for the purpose take the place of the app.

use e2e::{Result, Setup, World, axe, find::until, pictures::Theme, scenario_with, watch};
use std::fs;
use url::Url;

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

/// SEC-060, SEC-116, SEC-130: every place in which a token could be left, with the script that leaves one there. The
/// history comes first, since addresses stay in it.
const LEAKS: [(&str, &str); 18] = [
    ("the history", "history.pushState(null, '', `/#${T}`); history.pushState(null, '', '/')"),
    ("localStorage", "localStorage.setItem('t', T)"),
    ("sessionStorage", "sessionStorage.setItem('t', T)"),
    ("the cookies", "document.cookie = `t=${T}`"),
    ("the caches", "await (await caches.open('c')).put('/x', new Response(T))"),
    ("the address", "history.replaceState(null, '', `/?t=${T}`)"),
    ("the history's state", "history.replaceState({ deep: [T] }, '')"),
    ("the page", "document.querySelector('h1').textContent = T"),
    ("the page", "document.querySelector('h1').setAttribute('data-t', T)"),
    ("the page", "const field = document.createElement('input'); document.body.append(field); field.value = T"),
    ("the window's name", "window.name = T"),
    ("the window's properties", "window.app = { session: new Map([['a', { token: T }]]) }"),
    ("the window's properties", "document.body.session = () => 1; document.body.session.token = T"),
    ("the record of what was loaded", "performance.mark(T)"),
    ("the record of what was loaded", "await (await fetch(`/config.json?t=${T}`)).text()"),
    ("the console", "console.debug('renewed', T)"),
    ("a downloaded file", "download('report.csv', T)"),
    ("the name of a downloaded file", "download(`${T}.csv`, 'x')"),
];

/// Puts a text into a database, where no promise would be.
const INTO_A_DATABASE: &str = "
    await new Promise((done) => {
        const opening = indexedDB.open('d');
        opening.onupgradeneeded = () => opening.result.createObjectStore('s');
        opening.onsuccess = () => {
            const writing = opening.result.transaction('s', 'readwrite');
            writing.objectStore('s').put({ deep: T }, 1);
            writing.oncomplete = () => { opening.result.close(); done(); };
        };
    })";

const LEAKING: &str = "
    const T = 'eyJhbGciOiJSUzI1NiJ9.e30.x', done = arguments[0];
    const download = (name, text) => {
        const link = document.createElement('a');
        link.download = name;
        link.href = URL.createObjectURL(new Blob([text]));
        link.click();
    };";

#[test]
fn a_token_is_seen_wherever_it_is_left() -> Result<()> {
    let as_bytes = INTO_A_DATABASE.replace("{ deep: T }", "new TextEncoder().encode(T)");
    let leaks = LEAKS.into_iter().chain([("IndexedDB", INTO_A_DATABASE), ("IndexedDB", &as_bytes)]);
    let (mut left, mut seen) = (0, 0);
    let outcome = on_page("<h1>Page</h1>", "", async |world| {
        let app = Url::parse(world.emulator.app_url())?;
        for (place, leak) in leaks {
            left += 1;
            opened(world).await?;
            // The one place that outlives the page and has two turns.
            let emptied = "const deleting = indexedDB.deleteDatabase('d'); deleting.onsuccess = () => arguments[0]();";
            world.browser.driver.execute_async(emptied, Vec::new()).await?;
            let words = format!("something like a token is in {place}");
            let objections =
                async || watch::secrets(&world.browser, &app, &[], &watch::said(&world.browser).await?).await;
            assert!(!objections().await?.contains(&words), "{place}: before anything was left there");
            let script = format!("{LEAKING}\n(async () => {{ {leak}; done(); }})();");
            world.browser.driver.execute_async(&script, Vec::new()).await?;
            // A download takes a moment.
            until(&format!("{leak} to be seen"), || async {
                let now = objections().await?;
                Ok(if now.contains(&words) { Ok(()) } else { Err(format!("{now:?}")) })
            })
            .await?;
            seen += 1;
        }
        Ok(())
    });
    // What is left behind fails the scenario, as it should.
    let error = outcome.map_or_else(|error| format!("{error:#}"), |()| "nothing was objected to".to_owned());
    assert!(left == 20 && seen == left && error.contains("the scenario went through, but"), "{error}");
    Ok(())
}

#[test]
fn a_token_is_seen_where_the_scenario_does_not_end() {
    let leaves = "sessionStorage.setItem('t', 'eyJhbGciOiJSUzI1NiJ9.e30.x');";
    for elsewhere in ["the sign-in service", "another tab"] {
        let outcome = on_page("<h1>Page</h1>", leaves, async |world| {
            opened(world).await?;
            let driver = &world.browser.driver;
            if elsewhere == "another tab" {
                let tab = driver.new_tab().await?;
                return Ok(driver.switch_to_window(tab).await?);
            }
            Ok(driver.goto(world.emulator.sign_in_url()).await?)
        });
        let error = outcome.map_or_else(|error| format!("{error:#}"), |()| "nothing was objected to".to_owned());
        assert!(error.contains("something like a token is in sessionStorage"), "{elsewhere}: {error}");
    }
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
