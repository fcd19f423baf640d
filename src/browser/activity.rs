//! Whether somebody is at the computer: keys and pointers on this page, and the page coming back into sight.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{AddEventListenerOptions, Document};

/// What a person cannot help doing while she works.
const SIGNS: [&str; 4] = ["pointerdown", "pointermove", "keydown", "wheel"];

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// Calls back at each sign of life, for as long as the page lives. It comes often: the callback must be quick.
pub fn on_sign_of_life(callback: impl Fn() + 'static) {
    let listener = Closure::<dyn Fn()>::new(callback).into_js_value();
    let options = AddEventListenerOptions::new();
    // Before the page's own handlers, which may stop the event, and without holding up any scrolling.
    options.set_capture(true);
    options.set_passive(true);
    let Some(document) = document() else { return };
    for sign in SIGNS {
        let _ = document.add_event_listener_with_callback_and_add_event_listener_options(
            sign,
            listener.unchecked_ref(),
            &options,
        );
    }
}

/// Calls back when the page comes into sight or goes out of it.
pub fn on_visibility(callback: impl Fn() + 'static) {
    let listener = Closure::<dyn Fn()>::new(callback).into_js_value();
    if let Some(document) = document() {
        let _ = document.add_event_listener_with_callback("visibilitychange", listener.unchecked_ref());
    }
}
