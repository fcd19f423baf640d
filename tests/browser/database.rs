//! The shelf of texts and bytes in IndexedDB, in the order in which a page would use it: once it has forgotten, it keeps nothing.

use rolegrant::auth::Crypto as _;
use rolegrant::browser::crypto::WebCrypto;
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

    // Bytes, whatever they are, beside texts. Random ones, since the browser has another way with what stays large when
    // it is compressed.
    let bytes: Vec<u8> = (0..20_000).flat_map(|_| WebCrypto.random().unwrap()).collect();
    database::put_bytes("b 2", &bytes).await.unwrap();
    database::put_bytes("b 3", &[]).await.unwrap();
    assert!(database::read_bytes("b 2").await.unwrap().unwrap() == bytes, "as they were written");
    assert_eq!(database::read_bytes("b 3").await, Ok(Some(Vec::new())));
    assert_eq!((database::read_bytes("b 1").await, database::read_bytes("b 4").await), (Ok(None), Ok(None)));
    assert_eq!(database::read("b ").await, Ok(rows(&[("b 1", "ä\u{0}\n")])), "texts alone");
    database::remove_between("b 2", "b 25").await.unwrap();
    assert_eq!(keys().await, "b 1,b 3");
    database::remove_between("b 1", "b 0").await.unwrap_err();
    database::remove("b 3").await.unwrap();

    // A quota, or a browser that refuses.
    run("globalThis.realPut = IDBObjectStore.prototype.put;
         IDBObjectStore.prototype.put = function () { throw new DOMException('full', 'QuotaExceededError'); }");
    let full = database::put(&rows(&[("d 1", "x"), ("d 2", "x")])).await;
    assert_eq!(database::put_bytes("d 3", &[1]).await, Err(DatabaseError));
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
    let own = ["a", "b", "d"].map(|kind| format!("{kind} ")).to_vec();
    let forgotten = js_sys::Promise::new(&mut |done, _| {
        database::forget(own.clone(), move || drop(done.call0(&wasm_bindgen::JsValue::NULL)));
    });
    wasm_bindgen_futures::JsFuture::from(forgotten).await.unwrap();
    assert_eq!(database::put(&rows(&[("a 1", "x")])).await, Err(DatabaseError));
    assert_eq!(database::put_bytes("a 1", &[1]).await, Err(DatabaseError));
    assert_eq!(database::read_bytes("c 1").await, Err(DatabaseError));
    database::put_now(&rows(&[("a 1", "x")]));
    assert_eq!(database::read("").await, Err(DatabaseError));
    assert_eq!(keys().await, "c 1");
}
