//! What happens when the app's own code is wrong: everything stops, and a calm page says so (SEC-133).
//!
//! It catches panics, and what the browser throws through the app's WebAssembly without a panic: a full stack, a
//! function of the page that another script has broken. The page is made by the browser's own calls, for nothing of the
//! app can be relied on any more.
//!
//! Neither page nor console gets the panic's message or an exception's, which may quote data or a secret (SEC-130): the
//! place in the code says enough to whoever mends it. The tab's mark of a session stays: it is no token, and after a
//! reload Entra decides whether the administrator is still signed in.

use js_sys::{Date, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, Event, HtmlElement};

use super::{clipboard, location, page, stop};

/// Stops everything at a panic. Called once.
pub fn install_hook() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|place| format!("{}:{}", tail(place.file()), place.line()));
        stop_at(&place.unwrap_or_default());
    }));
}

/// Stops everything at what is thrown through the app without a panic. Called once.
pub fn watch_errors() {
    for (event, member) in [("error", "error"), ("unhandledrejection", "reason")] {
        let listener = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
            if let Some(place) = member_of(&event, member).and_then(|thrown| place_of(&thrown)) {
                // Or the browser writes the message into the console.
                event.unchecked_ref::<Event>().prevent_default();
                stop_at(&place);
            }
        });
        if let Some(window) = web_sys::window() {
            let _ = window.add_event_listener_with_callback(event, listener.into_js_value().unchecked_ref());
        }
    }
}

/// Stops everything and says so. The place in the code is all that is told of the cause.
pub fn stop_at(place: &str) {
    if !stop::stop() {
        return;
    }
    web_sys::console::error_2(&"Rolegrant stopped at".into(), &place.into());
    show(place);
}

/// A source file without the way to it on the computer that built it.
fn tail(file: &str) -> &str {
    let crates = file.split_once("/registry/src/").and_then(|(_, rest)| rest.split_once('/'));
    crates.map_or(file, |(_, rest)| rest)
}

fn member_of(of: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(of, &JsValue::from_str(name)).ok().filter(JsValue::is_truthy)
}

/// Where something was thrown, if it came through the app's WebAssembly: other scripts, such as a browser extension's,
/// have their own errors. A request that was broken off is no error.
fn place_of(thrown: &JsValue) -> Option<String> {
    let text = |name: &str| member_of(thrown, name)?.as_string();
    let (name, stack) = (text("name")?, text("stack")?);
    if name == "AbortError" {
        return None;
    }
    // The stack may begin with the message.
    let frames = match text("message") {
        Some(message) => stack.rsplit(message.as_str()).next().unwrap_or_default(),
        None => &stack,
    };
    let mut frames = frames.lines().map(str::trim).filter(|frame| frame.contains("wasm")).take(3).peekable();
    frames.peek()?;
    Some(frames.fold(name, |place, frame| place + "\n  " + frame))
}

/// Puts the page in the place of all that was shown.
fn show(place: &str) -> Option<()> {
    let window = web_sys::window()?;
    let document = window.document()?;
    let body = document.body()?;
    let browser = window.navigator().user_agent().unwrap_or_default();
    let time = String::from(Date::new_0().to_iso_string());
    let details = format!("Rolegrant {}\n{place}\n{time}\n{browser}", env!("CARGO_PKG_VERSION"));

    page::set_title("Stopped - Rolegrant");
    body.set_text_content(None);
    let add = |parent: &Element, tag: &str, class: &str, text: &str| add(&document, parent, tag, class, text);
    let main = add(&body, "main", "alone", "")?;
    let card = add(&main, "div", "card pad", "")?;
    card.set_attribute("role", "alert").ok()?;
    let heading = add(&card, "h1", "", "Rolegrant has stopped")?;
    heading.set_attribute("tabindex", "-1").ok()?;
    for text in [
        "It met an error of its own and cannot go on. This page sends nothing more, and has dropped its sign-in.",
        "What was assigned or removed before is in the directory: after a reload the lists show it. If a change was just \
         on its way, look there before you repeat it.",
    ] {
        add(&card, "p", "", text)?;
    }
    let shown = add(&card, "pre", "", &details)?;
    shown.set_attribute("tabindex", "0").ok()?;
    let tools = add(&card, "div", "tools", "")?;
    // A link of the browser's own: it works without a line of the app. The target keeps the app's links away from it.
    let reload = add(&tools, "a", "button main", "Reload")?;
    reload.set_attribute("href", &location::address(&location::path_and_query())).ok()?;
    reload.set_attribute("target", "_self").ok()?;
    let copy = add(&tools, "button", "button", "Copy the details")?;
    let said = add(&tools, "span", "soft", "")?;
    said.set_attribute("role", "status").ok()?;
    let on_click = Closure::<dyn Fn()>::new(move || {
        let (said, details) = (said.clone(), details.clone());
        wasm_bindgen_futures::spawn_local(async move {
            let copied = clipboard::copy(&details).await.is_ok();
            said.set_text_content(Some(if copied { "Copied" } else { "Select the text and copy it by hand" }));
        });
    });
    copy.add_event_listener_with_callback("click", on_click.into_js_value().unchecked_ref()).ok()?;
    let heading = heading.dyn_into::<HtmlElement>().ok()?;
    heading.focus().ok()?;
    // In the middle of a click the browser takes the focus away again when it is over.
    let again = Closure::once_into_js(move || drop(heading.focus()));
    window.set_timeout_with_callback(again.unchecked_ref()).ok().map(drop)
}

fn add(document: &Document, parent: &Element, tag: &str, class: &str, text: &str) -> Option<Element> {
    let element = document.create_element(tag).ok()?;
    element.set_class_name(class);
    element.set_text_content(Some(text));
    parent.append_child(&element).ok()?;
    Some(element)
}
