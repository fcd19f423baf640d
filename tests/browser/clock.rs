//! Time.

use std::time::Duration;

use futures_util::FutureExt as _;
use rolegrant::browser::clock::BrowserClock;
use rolegrant::http::Clock as _;
use wasm_bindgen_test::wasm_bindgen_test;

use super::script::run;

#[wasm_bindgen_test]
async fn waits_at_least_as_long_as_asked() {
    let clock = BrowserClock;
    let (start, wait) = (clock.monotonic(), Duration::from_millis(25));
    clock.sleep(wait).await;
    // Browsers blur their clock by a millisecond.
    assert!(clock.monotonic() - start >= wait - Duration::from_millis(1));
}

#[wasm_bindgen_test]
fn knows_the_date() {
    let now = BrowserClock.now().unix_millis();
    let theirs = run("return Date.now()").as_f64().unwrap() as i64;
    assert!((0..1000).contains(&(theirs - now)));
}

#[wasm_bindgen_test]
fn a_wait_that_is_dropped_leaves_no_timer() {
    run("globalThis.cleared = 0; globalThis.realClear = clearTimeout;
         globalThis.clearTimeout = (id) => { globalThis.cleared += 1; globalThis.realClear(id); }");
    assert!(BrowserClock.sleep(Duration::from_secs(60)).now_or_never().is_none());
    run("globalThis.clearTimeout = globalThis.realClear");
    assert_eq!(run("return globalThis.cleared").as_f64(), Some(1.0));
}
