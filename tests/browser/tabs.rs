//! The other tabs.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use rolegrant::browser::{clock, storage, tabs};
use wasm_bindgen_test::wasm_bindgen_test;

use super::script::{run, wait};

#[wasm_bindgen_test]
async fn hears_of_a_sign_out_and_of_nothing_else() {
    // SEC-069, SEC-070
    let heard = Rc::new(Cell::new(0));
    let counter = heard.clone();
    tabs::on_signed_out(move || counter.set(counter.get() + 1));
    storage::set("session", "x").unwrap();

    run("globalThis.otherTab = new BroadcastChannel('rolegrant:');
         otherTab.postMessage('hello'); otherTab.postMessage({ type: 'signed-out' }); otherTab.postMessage(null);");
    clock::sleep(Duration::from_millis(100)).await;
    assert_eq!(heard.get(), 0);
    assert!(storage::get("session").unwrap().is_some());

    run("otherTab.postMessage('signed-out')");
    clock::sleep(Duration::from_millis(100)).await;
    assert_eq!(heard.get(), 1);
    assert_eq!(storage::get("session"), Ok(None), "a reload must not sign in again");

    // This tab tells the others and not itself.
    run("globalThis.told = new Promise((resolve) => { otherTab.onmessage = (event) => resolve(event.data); })");
    tabs::say_signed_out();
    assert_eq!(wait("return globalThis.told").await.as_string().as_deref(), Some("signed-out"));
    clock::sleep(Duration::from_millis(50)).await;
    assert_eq!(heard.get(), 1);
    run("otherTab.close()");
}
