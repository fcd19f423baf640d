//! The top of every page: its heading, which takes the focus after a navigation, and the tab's title.

use leptos::prelude::*;

use crate::browser;

/// The heading of a page.
#[component]
pub fn PageHead(
    /// The heading's text, already fit to show; the tab's title follows it.
    #[prop(into)]
    title: Signal<String>,
    /// What stands below and beside it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    Effect::new(move |_| browser::page::set_title(&format!("{} - Rolegrant", title.get())));
    // The router neither moves the focus nor announces a page, so the heading takes it.
    Effect::new(move |_| browser::page::focus("page-heading"));
    view! {
        <div class="head">
            <h1 id="page-heading" tabindex="-1">
                <bdi>{move || title.get()}</bdi>
            </h1>
            {children.map(|children| children())}
        </div>
    }
}
