//! Names that are held for other tabs to see.

use rolegrant::browser::lock;
use wasm_bindgen_test::wasm_bindgen_test;

use super::script::wait;

/// Waits until the browser has granted or taken back what was asked before.
async fn settle(name: &str, held: bool) {
    let ask = format!(
        "return (async () => {{
             const holds = async () => (await navigator.locks.query()).held.some((lock) => lock.name === 'rolegrant::{name}');
             for (let turn = 0; turn < 500 && (await holds()) !== {held}; turn++) await new Promise(requestAnimationFrame);
         }})()"
    );
    wait(&ask).await;
}

#[wasm_bindgen_test]
async fn a_name_is_held_until_it_is_let_go() {
    let one = lock::hold("one");
    let two = lock::hold("two");
    settle("one", true).await;
    settle("two", true).await;
    // Another deployment's on this origin.
    wait("return new Promise((done) => navigator.locks.request('rolegrant:/other:three', async () => done()))").await;
    let mut held = lock::held().await;
    held.sort();
    assert_eq!(held, ["one", "two"]);
    drop(one);
    settle("one", false).await;
    assert_eq!(lock::held().await, ["two"]);
    drop(two);
}
