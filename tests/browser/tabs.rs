//! The other tabs.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use rolegrant::browser::{clock, tabs};
use rolegrant::directory::Timestamp;
use wasm_bindgen_test::wasm_bindgen_test;

use super::script::{run, wait};

#[wasm_bindgen_test]
async fn hears_of_a_sign_out_and_of_nothing_else() {
    // SEC-069, SEC-070
    let (heard, last) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(None)));
    let (counter, time) = (heard.clone(), last.clone());
    tabs::on_signed_out(move |at| {
        counter.set(counter.get() + 1);
        time.set(at);
    });

    run("globalThis.otherTab = new BroadcastChannel('rolegrant:');
         otherTab.postMessage('hello'); otherTab.postMessage({ type: 'signed-out' }); otherTab.postMessage(null);
         otherTab.postMessage('signed-outside'); otherTab.postMessage('signed-out soon');");
    clock::sleep(Duration::from_millis(100)).await;
    assert_eq!(heard.get(), 0);

    let at = Timestamp::from_unix_millis(1_795_473_060_000);
    run("otherTab.postMessage('signed-out 1795473060000')");
    clock::sleep(Duration::from_millis(100)).await;
    assert_eq!((heard.get(), last.get()), (1, Some(at)), "told once more");
    run("otherTab.postMessage('signed-out')");
    clock::sleep(Duration::from_millis(100)).await;
    assert_eq!((heard.get(), last.get()), (2, None), "just now");

    // This tab tells the others and not itself.
    run("globalThis.told = new Promise((resolve) => { otherTab.onmessage = (event) => resolve(event.data); })");
    tabs::say_signed_out_at(at);
    assert_eq!(wait("return globalThis.told").await.as_string().as_deref(), Some("signed-out 1795473060000"));
    run("globalThis.told = new Promise((resolve) => { otherTab.onmessage = (event) => resolve(event.data); })");
    tabs::say_signed_out();
    assert_eq!(wait("return globalThis.told").await.as_string().as_deref(), Some("signed-out"));
    clock::sleep(Duration::from_millis(50)).await;
    assert_eq!(heard.get(), 2);
    run("otherTab.close()");
}
