//! Any other address.

use leptos::prelude::*;

use crate::components::page_head::PageHead;
use crate::navigation::link_to;
use crate::route::Route;

/// Says that there is no such page, and where to go.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <PageHead title="No such page">
            <p>"The address names no page of Rolegrant. It may have been cut off when it was copied."</p>
        </PageHead>
        <div>
            <a class="button main" href=link_to(Route::Identities)>
                "Go to the identities"
            </a>
        </div>
    }
}
