//! Moves within the app: links that need no load, and the browser's back and forward.
//!
//! Each step of the history bears how far it is scrolled, so that whoever comes back to it, or forward, stands where she
//! stood. It is noted while one scrolls: once a step is left by the browser's buttons, nothing can be written to it.

use std::cell::Cell;
use std::time::Duration;

use wasm_bindgen::prelude::*;
use web_sys::{Element, History, HtmlAnchorElement, MouseEvent, Window};

use super::{clock, location, spawn};

/// How long the hand has to rest until it is noted: the browser takes 5 ms for it.
const PAUSE: Duration = Duration::from_millis(200);

thread_local! {
    /// How often the page was scrolled since the last note.
    static SCROLLED: Cell<u32> = const { Cell::new(0) };
}

/// Shows another path below the base path as a new step of the history, from its top.
pub fn push(path_and_query: &str) {
    location::replace_now();
    note_scrolled();
    let Some((window, history)) = here() else { return };
    let url = location::address(path_and_query);
    if history.push_state_with_url(&JsValue::NULL, "", Some(&url)).is_ok() {
        window.scroll_to_with_x_and_y(0.0, 0.0);
    }
}

/// Calls back when the administrator goes back or forward. Once the page is drawn, it is scrolled as far as it was when
/// it was left: the browser does so only before, when it is too short.
pub fn on_step(callback: impl Fn() + 'static) {
    listen(
        "popstate",
        Closure::<dyn Fn(JsValue)>::new(move |_| {
            // Looked at first: what the browser scrolls meanwhile is noted, too.
            let scrolled = here().and_then(|(_, history)| history.state().ok()?.as_f64());
            // It was meant for the step that is left.
            location::stay();
            callback();
            let Some((window, scrolled)) = web_sys::window().zip(scrolled) else { return };
            let scroll = {
                let window = window.clone();
                Closure::once_into_js(move || window.scroll_to_with_x_and_y(0.0, scrolled))
            };
            let _ = window.request_animation_frame(scroll.unchecked_ref());
        }),
    );
    let on_scroll = |_| {
        if SCROLLED.replace(SCROLLED.get() + 1) == 0 {
            spawn(note_once_it_rests());
        }
    };
    listen("scroll", Closure::<dyn Fn(JsValue)>::new(on_scroll));
}

async fn note_once_it_rests() {
    let mut before = 0;
    while SCROLLED.get() != before {
        before = SCROLLED.get();
        clock::sleep(PAUSE).await;
    }
    SCROLLED.set(0);
    note_scrolled();
}

/// Notes how far the page is scrolled in the step that is shown.
fn note_scrolled() {
    if let Some((window, history)) = here() {
        let scrolled = window.scroll_y().unwrap_or_default();
        let _ = history.replace_state(&JsValue::from_f64(scrolled), "");
    }
}

fn here() -> Option<(Window, History)> {
    let window = web_sys::window()?;
    let history = window.history().ok()?;
    Some((window, history))
}

/// Calls back with the path and query of a link of the app that was clicked, in place of loading it. Clicks that ask
/// for a new tab, and links that lead elsewhere, are the browser's.
pub fn on_link(callback: impl Fn(&str) + 'static) {
    let on_click = move |event: JsValue| {
        let Ok(event) = event.dyn_into::<MouseEvent>() else { return };
        if let Some(path) = link_of(&event) {
            event.prevent_default();
            callback(&path);
        }
    };
    listen("click", Closure::<dyn Fn(JsValue)>::new(on_click));
}

/// The path and query, below the base path, of the app's link that a click is on.
fn link_of(event: &MouseEvent) -> Option<String> {
    let elsewhere = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key() || event.button() != 0;
    if elsewhere || event.default_prevented() {
        return None;
    }
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let link = target.closest("a[href]").ok()??.dyn_into::<HtmlAnchorElement>().ok()?;
    if !link.target().is_empty() || !link.hash().is_empty() || link.origin() != location::origin() {
        return None;
    }
    let path = link.pathname() + &link.search();
    path.strip_prefix(&location::base_path()).filter(|path| path.starts_with('/')).map(str::to_owned)
}

/// Listens for as long as the page lives.
fn listen(event: &str, listener: Closure<dyn Fn(JsValue)>) {
    if let Some(window) = web_sys::window() {
        let listener = listener.into_js_value();
        let _ = window.add_event_listener_with_callback(event, listener.unchecked_ref());
    }
}
