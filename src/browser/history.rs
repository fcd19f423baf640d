//! Moves within the app: links that need no load, and the browser's back and forward.

use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlAnchorElement, MouseEvent};

use super::location;

/// Shows another path below the base path as a new step of the history, from its top. The step that is left keeps how
/// far it was scrolled.
pub fn push(path_and_query: &str) {
    let Some(window) = web_sys::window() else { return };
    location::replace_now();
    if let Ok(history) = window.history() {
        let scrolled = window.scroll_y().unwrap_or_default();
        let _ = history.replace_state(&JsValue::from_f64(scrolled), "");
        let url = location::address(path_and_query);
        if history.push_state_with_url(&JsValue::NULL, "", Some(&url)).is_ok() {
            window.scroll_to_with_x_and_y(0.0, 0.0);
        }
    }
}

/// Calls back when the administrator goes back or forward. Once the page is drawn, it is scrolled as far as it was when
/// it was left: the browser does so only before, when it is too short.
pub fn on_step(callback: impl Fn() + 'static) {
    listen(
        "popstate",
        Closure::<dyn Fn(JsValue)>::new(move |_| {
            // It was meant for the step that is left.
            location::stay();
            callback();
            if let Some(window) = web_sys::window() {
                let _ = window.request_animation_frame(Closure::once_into_js(scroll_as_left).unchecked_ref());
            }
        }),
    );
}

fn scroll_as_left() {
    let Some(window) = web_sys::window() else { return };
    let state = window.history().ok().and_then(|history| history.state().ok());
    if let Some(scrolled) = state.and_then(|state| state.as_f64()) {
        window.scroll_to_with_x_and_y(0.0, scrolled);
    }
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
