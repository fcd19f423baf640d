//! The search box and the filter pills that stand above every list.

use leptos::ev;
use leptos::prelude::*;

use super::button::button;
use crate::browser;
use crate::view::{El, View, el, live};

/// A list's search box. Ctrl+K puts the cursor into it, Escape empties it. The placeholder says what can be searched
/// for; `on_change` is called with each change.
pub fn search_box(
    placeholder: &'static str,
    text: impl Fn() -> String + 'static,
    on_change: impl Fn(String) + Copy + 'static,
) -> El {
    // With a modifier, since a bare "/" could not be switched off (WCAG 2.1.4).
    let shortcut = window_event_listener(ev::keydown, |event| {
        if event.key() == "k" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            browser::page::focus("search");
        }
    });
    on_cleanup(move || shortcut.remove());
    search_field(text, on_change)
        .attr("id", "search")
        .class("field search")
        .attr("aria-label", "Search")
        .attr("placeholder", placeholder)
        .attr("title", "Ctrl+K")
        .on(ev::keydown, move |event| {
            if event.key() == "Escape" {
                on_change(String::new());
            }
        })
}

/// A field for letters to look for, without a name and a look of its own.
pub fn search_field(text: impl Fn() -> String + 'static, on_change: impl Fn(String) + 'static) -> El {
    el("input")
        .attr("type", "search")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .live_value(text)
        .on(ev::input, move |event| on_change(event_target_value(&event)))
}

/// A filter that lets pass what has one value out of many; the first option stands for all. The options are those of
/// the function, again whenever a signal changes that it reads.
pub fn choice(
    label: &'static str,
    options: impl Fn() -> View + 'static,
    value: impl Fn() -> String + 'static,
    on_change: impl Fn(String) + 'static,
) -> El {
    el("select")
        .class("field choice")
        .attr("aria-label", label)
        .child(live(options))
        .live_value(value)
        .on(ev::change, move |event| on_change(event_target_value(&event)))
}

/// One option of such a filter.
pub fn option(value: String, text: String) -> El {
    el("option").key(value.clone()).attr("value", value).child(text)
}

/// A filter that is on or off.
pub fn pill(label: &'static str, on: impl Fn() -> bool + 'static, toggle: impl Fn() + 'static) -> El {
    button("pill", toggle).live("aria-pressed", move || on().to_string()).child(label)
}
