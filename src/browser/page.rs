//! The document as a whole: its title, the focus, whether it is framed.

use std::cell::Cell;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{
    Document, Element, Event, EventTarget, FocusEvent, HtmlElement, Node, PageTransitionEvent, ScrollIntoViewOptions,
    ScrollLogicalPosition, Window,
};

use super::stop;

fn window() -> Option<Window> {
    web_sys::window()
}

fn document() -> Option<Document> {
    window()?.document()
}

fn element(id: &str) -> Option<Element> {
    document()?.get_element_by_id(id)
}

/// Takes an element out of the page.
pub fn remove(id: &str) {
    if let Some(element) = element(id) {
        element.remove();
    }
}

/// Sets the document's title.
pub fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

/// Moves the focus to an element.
pub fn focus(id: &str) {
    if let Some(element) = element(id).and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// The same once the page has been drawn, and brings the element into sight.
pub fn focus_soon(id: impl Into<String>) {
    let id = id.into();
    let show = Closure::once_into_js(move || {
        focus(&id);
        scroll_into_view(&id);
    });
    if let Some(window) = window() {
        let _ = window.request_animation_frame(show.unchecked_ref());
    }
}

/// Whether the focus is on an element or within it.
pub fn has_focus_within(id: &str) -> bool {
    let focused = document().and_then(|document| document.active_element());
    element(id).is_some_and(|element| element.contains(focused.as_deref()))
}

/// Closes a popover, if it is open.
pub fn hide_popover(id: &str) {
    if let Some(element) = element(id).and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.hide_popover();
    }
}

/// Whether the focus goes from within the element that listens to somewhere else in the page.
pub fn is_left(event: &FocusEvent) -> bool {
    let node = |target: Option<EventTarget>| target?.dyn_into::<Node>().ok();
    match (node(event.current_target()), node(event.related_target())) {
        (Some(left), Some(next)) => !left.contains(Some(&next)),
        _ => false,
    }
}

/// Scrolls no further than is needed to see an element.
pub fn scroll_into_view(id: &str) {
    if let Some(element) = element(id) {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// The height of the window's inside, in CSS pixels.
pub fn viewport_height() -> f64 {
    window().and_then(|window| window.inner_height().ok()?.as_f64()).unwrap_or(800.0)
}

/// The width of the window's inside, in CSS pixels.
pub fn viewport_width() -> f64 {
    window().and_then(|window| window.inner_width().ok()?.as_f64()).unwrap_or(1_280.0)
}

/// Whether another page shows this one in a frame. When in doubt, yes.
pub fn in_frame() -> bool {
    let unframed = || {
        let window = window()?;
        let top = window.top().ok()??;
        Some(js_sys::Object::is(top.as_ref(), window.as_ref()))
    };
    !unframed().unwrap_or(false)
}

/// Whether the browser believes that there is a network.
pub fn is_online() -> bool {
    window().is_none_or(|window| window.navigator().on_line())
}

/// Calls back when the browser has a network again.
pub fn on_online(callback: impl Fn() + 'static) {
    let Some(window) = window() else { return };
    let listener = Closure::<dyn Fn()>::new(callback);
    let _ = window.add_event_listener_with_callback("online", listener.as_ref().unchecked_ref());
    // For as long as the page lives.
    listener.forget();
}

/// Empties the page and leaves one line of text: nothing of what was shown stays behind.
pub fn replace_all_by(text: &str) {
    if let Some(body) = document().and_then(|document| document.body()) {
        body.set_text_content(Some(text));
    }
}

thread_local! {
    /// For how many reasons the browser asks before it leaves; nothing before the first.
    static REASONS: Cell<Option<usize>> = const { Cell::new(None) };
}

/// As long as one of these lives, the browser asks, in its own words, before the administrator closes or leaves this page.
pub struct ReasonToStay(());

impl ReasonToStay {
    /// From now on.
    #[expect(clippy::new_without_default, reason = "it changes what the page does")]
    pub fn new() -> Self {
        if REASONS.get().is_none() {
            listen_for_leaving();
        }
        REASONS.set(Some(REASONS.get().unwrap_or_default() + 1));
        Self(())
    }
}

impl Drop for ReasonToStay {
    fn drop(&mut self) {
        REASONS.set(REASONS.get().map(|reasons| reasons.saturating_sub(1)));
    }
}

fn listen_for_leaving() {
    let Some(window) = window() else { return };
    let listener = Closure::<dyn Fn(Event)>::new(|event: Event| {
        // What has stopped has nothing to lose, and nobody may be there to answer.
        if REASONS.get() > Some(0) && !stop::is_stopped() {
            event.prevent_default();
        }
    });
    let _ = window.add_event_listener_with_callback("beforeunload", listener.as_ref().unchecked_ref());
    // For as long as the page lives.
    listener.forget();
}

/// Calls back when the page is left, by whatever way; there is time for what is done at once, and for nothing else.
pub fn on_leaving(callback: impl Fn() + 'static) {
    let Some(window) = window() else { return };
    let listener = Closure::<dyn Fn()>::new(move || {
        if !stop::is_stopped() {
            callback();
        }
    });
    let _ = window.add_event_listener_with_callback("pagehide", listener.as_ref().unchecked_ref());
    listener.forget();
}

/// Calls back when the browser shows this page again as it was left, from its back-forward cache.
pub fn on_restored(callback: impl Fn() + 'static) {
    let Some(window) = window() else { return };
    let listener = Closure::<dyn Fn(PageTransitionEvent)>::new(move |event: PageTransitionEvent| {
        if event.persisted() {
            callback();
        }
    });
    let _ = window.add_event_listener_with_callback("pageshow", listener.as_ref().unchecked_ref());
    // For as long as the page lives.
    listener.forget();
}
