//! `/plan`: what has been collected as a diff against the directory, its review, and its apply.

use crate::components::page_head::page_head;
use crate::view::View;

/// The page.
pub fn plan_page() -> View {
    page_head(|| "Plan".to_owned(), View::Nothing).into()
}
