//! `/plan/add`: roles for several identities at once, collected for the plan.

use crate::components::page_head::page_head;
use crate::view::View;

/// The page.
pub fn collect_page() -> View {
    page_head(|| "Add to the plan".to_owned(), View::Nothing).into()
}
