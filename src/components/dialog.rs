//! A modal question. The browser's own `<dialog>` keeps the focus inside, closes on Escape and gives the focus back.

use leptos::html;
use leptos::prelude::*;

/// A confirmation: title, text, and two buttons of which the harmless one has the focus first.
#[component]
pub fn ConfirmDialog(
    /// Whether it is open; closing it by any way sets this to false.
    open: RwSignal<bool>,
    /// An id of the page's own for the title.
    id: &'static str,
    /// The question.
    #[prop(into)]
    title: Signal<String>,
    /// The words on the button that goes ahead.
    #[prop(into)]
    action: Signal<String>,
    /// Whether going ahead takes something away.
    #[prop(optional)]
    danger: bool,
    /// What going ahead does.
    #[prop(into)]
    on_confirm: Callback<()>,
    /// What is at stake.
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if open.get() && !dialog.open() {
            // One frame later its content is there, so that the browser finds the button that asks for the focus.
            request_animation_frame(move || {
                // It fails only for a dialog that is open already or not in the page.
                let _ = dialog.show_modal();
            });
        } else if !open.get() && dialog.open() {
            dialog.close();
        }
    });
    let children = StoredValue::new(children);
    view! {
        <dialog node_ref=dialog role="alertdialog" aria-labelledby=id on:close=move |_| open.set(false)>
            <Show when=move || open.get()>
                <div class="dialog-body">
                    <h2 id=id>{move || title.get()}</h2>
                    {children.with_value(|children| children())}
                    <div class="dialog-actions">
                        <button type="button" class="button" autofocus on:click=move |_| open.set(false)>
                            "Cancel"
                        </button>
                        <button
                            type="button"
                            class=if danger { "button danger" } else { "button main" }
                            on:click=move |_| {
                                open.set(false);
                                on_confirm.run(());
                            }
                        >
                            {move || action.get()}
                        </button>
                    </div>
                </div>
            </Show>
        </dialog>
    }
}
