//! A text field that proposes: type a few letters, choose one of a list. The pattern of the ARIA Authoring Practices
//! ("combobox with listbox popup"): the focus stays in the field, the arrows move through the list.

use leptos::prelude::*;

/// The most proposals shown at once; more letters narrow them.
const SHOWN: usize = 50;

/// One thing that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice<K> {
    /// What choosing it yields.
    pub key: K,
    /// Its name, already fit to show.
    pub label: String,
    /// What tells it from others of that name.
    pub sub: String,
}

/// The field with its list.
#[component]
pub fn Combobox<K>(
    /// Its label, and the beginning of its elements' ids.
    label: &'static str,
    /// What it says while empty.
    placeholder: &'static str,
    /// Finds what fits the letters typed.
    find: impl Fn(&str) -> Vec<Choice<K>> + Send + Sync + 'static,
    /// The name of what is chosen, or an empty text.
    #[prop(into)]
    chosen: Signal<String>,
    /// Called with the choice; with none when the field is emptied.
    #[prop(into)]
    on_choose: Callback<Option<K>>,
) -> impl IntoView
where
    K: Clone + PartialEq + Send + Sync + 'static,
{
    let open = RwSignal::new(false);
    // The letters typed since the last choice; none while the choice itself is shown.
    let typed = RwSignal::new(None::<String>);
    let active = RwSignal::new(0_usize);
    let found = Memo::new(move |_| {
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
        on_choose.run(Some(choice.key));
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
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
            if open.get_untracked() {
                open.set(false);
            } else {
                on_choose.run(None);
            }
            typed.set(None);
        }
        "Tab" => open.set(false),
        _ => {}
    };
    let input_id = format!("{label}-field");
    let list_id = format!("{label}-list");
    let option_id = move |position: usize| format!("{label}-option-{position}");
    let text = move || typed.get().unwrap_or_else(|| chosen.get());
    // Keeps the active proposal in sight without moving the focus.
    Effect::new(move |_| {
        if open.get() {
            crate::browser::page::scroll_into_view(&option_id(active.get()));
        }
    });
    view! {
        <div class="combobox">
            <label for=input_id.clone()>{label}</label>
            <input
                id=input_id
                class="field"
                type="text"
                role="combobox"
                autocomplete="off"
                spellcheck="false"
                placeholder=placeholder
                aria-autocomplete="list"
                aria-haspopup="listbox"
                aria-controls=list_id.clone()
                aria-expanded=move || open.get().to_string()
                aria-activedescendant=move || {
                    (open.get() && found.with(|found| !found.is_empty())).then(|| option_id(active.get()))
                }
                prop:value=text
                on:input=move |event| {
                    typed.set(Some(event_target_value(&event)));
                    active.set(0);
                    open.set(true);
                }
                on:click=move |_| {
                    active.set(0);
                    open.set(true);
                }
                on:blur=move |_| {
                    open.set(false);
                    typed.set(None);
                }
                on:keydown=on_key
            />
            <ul
                id=list_id
                role="listbox"
                aria-label=label
                hidden=move || !open.get()
                // A press on the list must not take the focus out of the field, or it would close before the click.
                on:mousedown=|event| event.prevent_default()
            >
                {move || {
                    found
                        .get()
                        .into_iter()
                        .enumerate()
                        .map(|(position, choice)| {
                            view! {
                                <li
                                    id=option_id(position)
                                    role="option"
                                    aria-selected=move || (active.get() == position).to_string()
                                    on:click=move |_| choose(position)
                                >
                                    <bdi>{choice.label}</bdi>
                                    <span class="sub">{choice.sub}</span>
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
            <span class="unseen" role="status">
                {move || {
                    open.get()
                        .then(|| match found.with(Vec::len) {
                            0 => "Nothing fits".to_owned(),
                            SHOWN => format!("The first {SHOWN} are shown: type more to narrow them"),
                            count => format!("{count} to choose from"),
                        })
                }}
            </span>
            <Show when=move || open.get() && found.with(Vec::is_empty)>
                <span class="sub">"Nothing fits. Try part of a name, a role value or an application id."</span>
            </Show>
        </div>
    }
}
