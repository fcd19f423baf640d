//! Any other address.

use crate::components::page_head::page_head;
use crate::navigation::link_to;
use crate::route::Route;
use crate::view::{View, el, many};

/// Says that there is no such page, and where to go.
pub fn not_found_page() -> View {
    let text = "The address names no page of Rolegrant. It may have been cut off when it was copied.";
    let home = el("a").class("button main").attr("href", link_to(Route::Identities)).child("Go to the identities");
    many![page_head(|| "No such page".to_owned(), el("p").child(text)), el("div").child(home)]
}
