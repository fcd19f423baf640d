//! The order of a short table of roles held. It stands in the page's address (`?sort=since&order=desc`).

use super::table::{Column, Order, headings};
use crate::directory::HeldSort;
use crate::navigation::Navigation;
use crate::view::View;

/// The order. A handle: copies show the same one.
#[derive(Clone, Copy)]
pub struct HeldOrder(Navigation);

impl HeldOrder {
    /// That of the page that asks.
    pub fn here() -> Self {
        Self(Navigation::here())
    }

    /// What the address says.
    pub fn get(self) -> Order<HeldSort> {
        let value = |name| self.0.value(name).unwrap_or_default();
        (HeldSort::parse(&value("sort")), value("order") == "desc")
    }

    /// The headings that say it and change it.
    pub fn headings(self, columns: &'static [Column<HeldSort>]) -> View {
        let set = move |(sort, descending): Order<HeldSort>| {
            let order = if descending { "desc" } else { "" };
            self.0.change_query(&[("sort", sort.name().to_owned()), ("order", order.to_owned())]);
        };
        headings(columns, move || self.get(), set)
    }
}
