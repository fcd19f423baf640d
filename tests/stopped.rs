//! The page after the app's own code has failed. A program of its own, in a real headless browser, because what stops
//! the app stops it for good: everything is one test, and what must not stop it comes first.
//!
//! `cargo xtask test` runs it; by hand: `cargo test --target wasm32-unknown-unknown --test stopped`.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where something is not as it must be")]

#[path = "browser/script.rs"]
pub mod script;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt as _;
use rolegrant::browser::fetch::Fetch;
use rolegrant::browser::{clock, panic, spawn, stop};
use rolegrant::http::{Method, Request, Transport as _};
use script::{FetchStandIn, run, text};
use url::Url;
use wasm_bindgen_test::wasm_bindgen_test;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// A `fetch` that never answers and counts; what it is told to break off, it counts too.
const SILENT: &str = "globalThis.asked = (globalThis.asked ?? 0) + 1;
    return new Promise((_, reject) => request.signal.addEventListener('abort', () => {
        globalThis.aborted = (globalThis.aborted ?? 0) + 1;
        reject(request.signal.reason);
    }));";

fn request() -> Request {
    Request::new(Method::Get, Url::parse("https://graph.contoso.test/v1.0/me").unwrap())
        .header("Authorization", "Bearer the-token")
}

/// An error that reaches the window, as the browser reports what nobody caught.
fn uncaught(error: &str) {
    run(&format!("dispatchEvent(new ErrorEvent('error', {{ error: {error}, cancelable: true }}))"));
    run(&format!("dispatchEvent(Object.assign(new Event('unhandledrejection'), {{ reason: {error} }}))"));
}

/// SEC-130, SEC-133
#[wasm_bindgen_test]
async fn a_failure_of_our_own_ends_everything() {
    panic::watch_errors();
    // What the runner has put there comes back at the end.
    run("globalThis.saved = [...document.body.childNodes]");

    // Others' errors are theirs, and a request that was broken off is none.
    uncaught("Object.assign(new Error('x'), { stack: 'Error: x\\n at chrome-extension://abc/page.js:1:2' })");
    uncaught("Object.assign(new Error('wasm'), { stack: 'Error: wasm\\n at https://a.test/page.js:1:2' })");
    uncaught("Object.assign(new Error('x'), { name: 'AbortError', stack: 'AbortError: x\\n at app.wasm:1' })");
    uncaught("'a text'");
    uncaught("null");
    assert!(!stop::is_stopped());

    let _fetch = FetchStandIn::new(SILENT);
    // As long as the page: what is under way is handed to the browser further down.
    let fetch: &'static Fetch = Box::leak(Box::default());
    let mut under_way = fetch.send(request());
    assert!((&mut under_way).now_or_never().is_none());
    assert_eq!(run("return globalThis.asked"), 1);
    let dropped = Rc::new(Cell::new(false));
    let drop_tokens = dropped.clone();
    // Whatever becomes of the page, the tokens have gone before.
    stop::on_stop(move || drop_tokens.set(text("return document.title") != "Stopped - Rolegrant"));
    // A path that would be another host's address, were it taken for one.
    run("globalThis.before = location.href; history.replaceState(null, '', location.origin + '//evil.test/?q=a')");

    // Thrown by a function of the page, through the app's code; the message quotes a secret.
    let stack =
        "TypeError: eyJhbGciOi\\n    at now (page.js:1)\\n    at app_bg.wasm:wasm-function[7]:0x1f\\n    at page.js:9";
    uncaught(&format!("Object.assign(new TypeError('eyJhbGciOi'), {{ stack: '{stack}' }})"));
    assert!(stop::is_stopped());
    assert!(dropped.get(), "the session's end was called, and before the page was made");
    assert_eq!(run("return globalThis.aborted"), 1, "what was on its way is broken off");

    // Nothing goes, nothing goes on.
    assert!(fetch.send(request()).now_or_never().is_none());
    assert_eq!(run("return globalThis.asked"), 1, "nothing is sent");
    let ran = Rc::new(Cell::new(0));
    let count = ran.clone();
    spawn(async move { count.set(count.get() + 1) });
    let count = ran.clone();
    wasm_bindgen_futures::spawn_local(async move {
        clock::sleep(Duration::ZERO).await;
        count.set(count.get() + 1);
    });
    let count = ran.clone();
    wasm_bindgen_futures::spawn_local(async move {
        let _ = under_way.await;
        count.set(count.get() + 1);
    });
    // A timer of the browser's own, set after the others.
    script::wait("return new Promise((done) => setTimeout(done, 20))").await;
    assert_eq!(ran.get(), 0);

    // The details are copied as they are shown.
    run("Object.defineProperty(navigator, 'clipboard', { value: {
        writeText(text) { globalThis.copied = text; return Promise.resolve(); } } });
        document.querySelector('button').click()");
    script::wait("return new Promise((done) => setTimeout(done))").await;
    // The first failure is the one that counts.
    panic::stop_at("elsewhere");
    let page = text("return document.body.innerText");
    let (title, focused) = (text("return document.title"), text("return document.activeElement.textContent"));
    let alert = text("return document.querySelector('[role=alert] h1').textContent");
    let details = text("return document.querySelector('pre').textContent");
    let said = text("return document.querySelector('[role=status]').textContent");
    let reload = run("return document.querySelector('a').href === location.origin + '//evil.test/?q=a'");
    run("history.replaceState(null, '', globalThis.before); document.body.replaceChildren(...globalThis.saved)");

    assert!(page.contains("Rolegrant has stopped") && page.contains("sends nothing more"), "{page}");
    assert!(details.contains(concat!("Rolegrant ", env!("CARGO_PKG_VERSION"))), "{details}");
    assert!(details.contains("TypeError") && details.contains("app_bg.wasm:wasm-function[7]"), "{details}");
    assert!(!page.contains("eyJ") && !page.contains("page.js") && !page.contains("elsewhere"), "{page}");
    assert_eq!((alert.as_str(), focused.as_str()), ("Rolegrant has stopped", "Rolegrant has stopped"));
    assert_eq!(title, "Stopped - Rolegrant");
    assert_eq!((text("return globalThis.copied"), said.as_str()), (details, "Copied"));
    assert!(reload.is_truthy(), "the link leads to the page that was shown");
}
