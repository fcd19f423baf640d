//! `/activity`: what was applied from here, its receipts, and how to take it back.

use crate::components::page_head::page_head;
use crate::view::View;

/// The page.
pub fn activity_page() -> View {
    page_head(|| "Activity".to_owned(), View::Nothing).into()
}
