//! The search box and the filter pills that stand above every list.

use leptos::ev;
use leptos::prelude::*;

use crate::browser;

/// A list's search box. Ctrl+K puts the cursor into it, Escape empties it.
#[component]
pub fn SearchBox(
    /// The text.
    #[prop(into)]
    text: Signal<String>,
    /// Called with each change.
    #[prop(into)]
    on_change: Callback<String>,
    /// What can be searched for.
    placeholder: &'static str,
) -> impl IntoView {
    // With a modifier, since a bare "/" could not be switched off (WCAG 2.1.4).
    let shortcut = window_event_listener(ev::keydown, |event| {
        if event.key() == "k" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            browser::page::focus("search");
        }
    });
    on_cleanup(move || shortcut.remove());
    view! {
        <input
            id="search"
            class="field search"
            type="search"
            aria-label="Search"
            autocomplete="off"
            spellcheck="false"
            placeholder=placeholder
            title="Ctrl+K"
            prop:value=move || text.get()
            on:input=move |event| on_change.run(event_target_value(&event))
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    on_change.run(String::new());
                }
            }
        />
    }
}

/// A filter that is on or off.
#[component]
pub fn Pill(
    /// Its words.
    label: &'static str,
    /// Whether it is on.
    #[prop(into)]
    on: Signal<bool>,
    /// Switches it.
    #[prop(into)]
    toggle: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="pill"
            aria-pressed=move || on.get().to_string()
            on:click=move |_| toggle.run(())
        >
            {label}
        </button>
    }
}
