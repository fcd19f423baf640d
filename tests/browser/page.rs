//! The document.

use std::cell::Cell;
use std::rc::Rc;

use rolegrant::browser::page;
use wasm_bindgen_test::wasm_bindgen_test;

use super::script::{run, text};

#[wasm_bindgen_test]
fn finds_elements_by_id() {
    run("const a = document.createElement('h1'); a.id = 'test-heading'; a.tabIndex = -1; document.body.append(a)");
    page::focus("test-heading");
    assert_eq!(text("return document.activeElement.id"), "test-heading");
    page::scroll_into_view("test-heading");
    page::remove("test-heading");
    assert!(run("return document.getElementById('test-heading')").is_null());
    // What is not there is no error.
    page::focus("test-heading");
    page::scroll_into_view("test-heading");
    page::remove("test-heading");
}

#[wasm_bindgen_test]
fn sets_the_title() {
    let before = text("return document.title");
    page::set_title("Identities <b> - Rolegrant");
    assert_eq!(text("return document.title"), "Identities <b> - Rolegrant");
    page::set_title(&before);
}

#[wasm_bindgen_test]
fn knows_that_it_is_not_framed() {
    assert!(!page::in_frame());
    assert!(page::viewport_height() > 0.0);
    assert!(page::is_online());
}

#[wasm_bindgen_test]
fn notices_when_the_browser_brings_it_back() {
    // SEC-030
    let count = Rc::new(Cell::new(0));
    let counter = count.clone();
    page::on_restored(move || counter.set(counter.get() + 1));
    run("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }))");
    assert_eq!(count.get(), 0, "an ordinary load");
    run("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
    assert_eq!(count.get(), 1);
}

#[wasm_bindgen_test]
fn asks_before_leaving_as_long_as_it_is_to() {
    let asked = || run("return !dispatchEvent(new Event('beforeunload', { cancelable: true }))").is_truthy();
    assert!(!asked());
    let (one, other) = (page::ReasonToStay::new(), page::ReasonToStay::new());
    assert!(asked());
    drop(one);
    assert!(asked(), "one reason is enough");
    drop(other);
    assert!(!asked());
    let again = page::ReasonToStay::new();
    assert!(asked());
    drop(again);
    assert!(!asked());
}

#[wasm_bindgen_test]
fn notices_that_it_is_left() {
    let count = Rc::new(Cell::new(0));
    let counter = count.clone();
    page::on_leaving(move || counter.set(counter.get() + 1));
    run("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: false }))");
    assert_eq!(count.get(), 1);
}
