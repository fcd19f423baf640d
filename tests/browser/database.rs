//! The shelf of texts in IndexedDB, in the order in which a page would use it: once it has forgotten, it keeps nothing.

use rolegrant::browser::database::{self, DatabaseError};
use wasm_bindgen_test::wasm_bindgen_test;

use super::script::{run, wait};

fn rows(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
}

/// What is really on the shelf, read by the page's own means.
async fn keys() -> String {
    let ask = "return new Promise((done) => {
        const open = indexedDB.open('rolegrant:');
        open.onsuccess = () => {
            const all = open.result.transaction('records').objectStore('records').getAllKeys();
            all.onsuccess = () => { open.result.close(); done(all.result.join()); };
        };
    })";
    wait(ask).await.as_string().unwrap()
}

#[wasm_bindgen_test]
async fn keeps_reads_removes_and_forgets() {
    // SEC-134
    database::put(&rows(&[("a 1", "x"), ("b 1", "ä\u{0}\n"), ("a 2", "y")])).await.unwrap();
    assert_eq!(database::read("a ").await, Ok(rows(&[("a 1", "x"), ("a 2", "y")])), "in the order of the keys");
    assert_eq!(database::read("b ").await, Ok(rows(&[("b 1", "ä\u{0}\n")])));
    assert_eq!(database::read("c ").await, Ok(Vec::new()));
    database::put(&rows(&[("a 2", "z")])).await.unwrap();
    database::put_now(&rows(&[("a 3", "now")]));
    assert_eq!(database::read("a ").await, Ok(rows(&[("a 1", "x"), ("a 2", "z"), ("a 3", "now")])));
    database::remove("a ").await.unwrap();
    assert_eq!(keys().await, "b 1");

    // A quota, or a browser that refuses.
    run("globalThis.realPut = IDBObjectStore.prototype.put;
         IDBObjectStore.prototype.put = function () { throw new DOMException('full', 'QuotaExceededError'); }");
    let full = database::put(&rows(&[("d 1", "x"), ("d 2", "x")])).await;
    // One that fails half-way leaves nothing of the whole.
    run("let times = 0;
         IDBObjectStore.prototype.put = function (...all) {
             if (times++ > 0) throw new DOMException('full', 'QuotaExceededError');
             return globalThis.realPut.apply(this, all);
         }");
    let half = database::put(&rows(&[("d 1", "x"), ("d 2", "x")])).await;
    run("IDBObjectStore.prototype.put = globalThis.realPut");
    assert_eq!((full, half), (Err(DatabaseError), Err(DatabaseError)));
    assert_eq!(keys().await, "b 1");

    // SEC-069: after a sign-out nothing of this account comes back; another's stays.
    database::put(&rows(&[("c 1", "x")])).await.unwrap();
    let own = ["a", "b", "d"].map(|kind| format!("{kind} "));
    let forgotten = js_sys::Promise::new(&mut |done, _| {
        database::forget(own.clone(), move || drop(done.call0(&wasm_bindgen::JsValue::NULL)));
    });
    wasm_bindgen_futures::JsFuture::from(forgotten).await.unwrap();
    assert_eq!(database::put(&rows(&[("a 1", "x")])).await, Err(DatabaseError));
    database::put_now(&rows(&[("a 1", "x")]));
    assert_eq!(database::read("").await, Err(DatabaseError));
    assert_eq!(keys().await, "c 1");
}
