//! Session storage.

use rolegrant::browser::storage::{self, StorageError};
use wasm_bindgen_test::wasm_bindgen_test;

use super::script::run;

#[wasm_bindgen_test]
fn keeps_takes_and_clears() {
    storage::clear();
    assert_eq!(storage::get("a"), Ok(None));
    storage::set("a", "1").unwrap();
    storage::set("b", "ä\n").unwrap();
    assert_eq!(storage::get("b"), Ok(Some("ä\n".into())));
    assert_eq!(storage::take("a"), Ok(Some("1".into())));
    assert_eq!(storage::take("a"), Ok(None), "once");
    storage::remove("b");
    assert_eq!(storage::get("b"), Ok(None));
}

#[wasm_bindgen_test]
fn clears_its_own_and_nothing_else() {
    run("sessionStorage.setItem('anothers', 'x')");
    for key in ["a", "b", "c"] {
        storage::set(key, "1").unwrap();
    }
    storage::clear();
    assert!(run("return sessionStorage.length === 1 && sessionStorage.getItem('anothers') === 'x'").is_truthy());
    run("sessionStorage.removeItem('anothers')");
}

#[wasm_bindgen_test]
fn says_when_nothing_can_be_kept() {
    run("globalThis.real = Storage.prototype.setItem;
         Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }");
    let full = storage::set("a", "1");
    run("Storage.prototype.setItem = () => {}");
    let ignored = storage::set("a", "1");
    run("Storage.prototype.setItem = globalThis.real");
    assert_eq!(full, Err(StorageError));
    assert_eq!(ignored, Err(StorageError), "what was not kept is noticed");
}
