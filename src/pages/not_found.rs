//! Any other address.

use leptos::prelude::*;

use crate::app::path_to;
use crate::components::page_head::PageHead;

/// Says that there is no such page, and where to go.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <PageHead title="No such page">
            <p>"The address names no page of Rolegrant. It may have been cut off when it was copied."</p>
        </PageHead>
        <div>
            <a class="button main" href=path_to("/")>
                "Go to the identities"
            </a>
        </div>
    }
}
