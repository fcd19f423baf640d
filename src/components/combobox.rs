//! A text field that proposes: type a few letters, choose one of a list. The pattern of the ARIA Authoring Practices
//! ("combobox with listbox popup"): the focus stays in the field, the arrows move through the list.

use leptos::prelude::*;
use leptos::{ev, html};

use super::labels::name;
use crate::browser;
use crate::signals::{Memo, RwSignal};
use crate::view::{El, View, effect, el, live, show};

/// The most proposals shown at once; more letters narrow them.
const SHOWN: usize = 50;

/// One thing that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice<K> {
    /// What choosing it yields.
    pub key: K,
    /// Its name.
    pub label: String,
    /// What tells it from others of that name.
    pub sub: String,
}

/// The field with its list. `label` also begins its elements' ids; `find` finds what fits the letters typed; `chosen`
/// names what is chosen, fit to show, or is empty; `on_choose` is called with the choice, with none when the field is emptied.
pub fn combobox<K>(
    label: &'static str,
    placeholder: &'static str,
    find: impl Fn(&str) -> Vec<Choice<K>> + Send + Sync + 'static,
    chosen: impl Fn() -> String + Copy + 'static,
    on_choose: impl Fn(Option<K>) + Copy + 'static,
) -> El
where
    K: Clone + PartialEq + Send + Sync + 'static,
{
    let open = RwSignal::new(false);
    // The letters typed since the last choice; none while the choice itself is shown.
    let typed = RwSignal::new(None::<String>);
    let active = RwSignal::new(0_usize);
    let found = Memo::new(move || {
        if !open.get() {
            return Vec::new();
        }
        let mut found = typed.with(|typed| find(typed.as_deref().unwrap_or_default()));
        found.truncate(SHOWN);
        found
    });
    let choose = move |position: usize| {
        let Some(choice) = found.with_untracked(|found| found.get(position).cloned()) else { return };
        typed.set(None);
        open.set(false);
        on_choose(Some(choice.key));
    };
    let on_key = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "ArrowDown" => {
            event.prevent_default();
            if open.get_untracked() {
                let last = found.with_untracked(Vec::len).saturating_sub(1);
                active.update(|active| *active = (*active + 1).min(last));
            } else {
                active.set(0);
                open.set(true);
            }
        }
        "ArrowUp" => {
            event.prevent_default();
            if event.alt_key() {
                open.set(false);
            } else {
                active.update(|active| *active = active.saturating_sub(1));
            }
        }
        "Enter" if open.get_untracked() => {
            event.prevent_default();
            choose(active.get_untracked());
        }
        "Escape" => {
            event.prevent_default();
            open.set(false);
            typed.set(None);
        }
        _ => {}
    };
    let id = label.replace(' ', "-");
    let input_id = format!("{id}-field");
    let list_id = format!("{id}-list");
    let option_id = StoredValue::new(format!("{id}-option-"));
    let option_id = move |position: usize| option_id.with_value(|id| format!("{id}{position}"));
    let text = move || typed.get().unwrap_or_else(&chosen);
    // Keeps the active proposal in sight without moving the focus.
    effect(move || {
        if open.get() {
            browser::page::scroll_into_view(&option_id(active.get()));
        }
    });
    let open_list = move || {
        active.set(0);
        open.set(true);
    };
    let active_id = move || (open.get() && found.with(|found| !found.is_empty())).then(|| option_id(active.get()));
    let field_ref = NodeRef::<html::Input>::new();
    let field = el("input")
        .node_ref(field_ref)
        .attr("id", input_id.clone())
        .class("field")
        .attr("type", "text")
        .attr("role", "combobox")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("placeholder", placeholder)
        .attr("aria-autocomplete", "list")
        .attr("aria-haspopup", "listbox")
        .attr("aria-controls", list_id.clone())
        .live("aria-expanded", move || open.get().to_string())
        .live("aria-activedescendant", active_id)
        .live_value(text)
        .on(ev::input, move |event| {
            typed.set(Some(event_target_value(&event)));
            open_list();
        })
        .on(ev::click, move |_| {
            // Whoever clicks here wants another one: the first letter replaces the name.
            if let Some(field) = field_ref.get_untracked().filter(|_| !open.get_untracked()) {
                field.select();
            }
            open_list();
        })
        .on(ev::blur, move |_| {
            open.set(false);
            if typed.with_untracked(|typed| typed.as_deref() == Some("")) {
                on_choose(None);
            }
            typed.set(None);
        })
        .on(ev::keydown, on_key);
    let option = move |(position, choice): (usize, Choice<K>)| {
        el("li")
            .attr("id", option_id(position))
            .attr("role", "option")
            .live("aria-selected", move || (active.get() == position).to_string())
            .on(ev::click, move |_| choose(position))
            .child(name(&choice.label))
            .child(el("span").class("sub lines").child(choice.sub))
    };
    let list = el("ul")
        .attr("id", list_id)
        .attr("role", "listbox")
        .attr("aria-label", label)
        .live("hidden", move || !open.get() || found.with(Vec::is_empty))
        // A press on the list must not take the focus out of the field, or it would close before the click.
        .on(ev::mousedown, |event| event.prevent_default())
        .child(live(move || found.get().into_iter().enumerate().map(option).collect::<View>()));
    let status = move || {
        open.get().then(|| match found.with(Vec::len) {
            0 => "Nothing fits".to_owned(),
            SHOWN => format!("The first {SHOWN} are shown: type more to narrow them"),
            count => format!("{count} to choose from"),
        })
    };
    let nothing =
        || el("span").class("sub").child("Nothing fits. Try part of a name, a role value or an application id.");
    el("div")
        .class("combobox")
        .child(el("label").attr("for", input_id).child(label))
        .child(field)
        .child(list)
        .child(el("span").class("unseen").attr("role", "status").child(live(status)))
        .child(show(move || open.get() && found.with(Vec::is_empty), nothing))
}
