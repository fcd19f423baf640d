//! The top of every page: its heading, which takes the focus after a navigation, and the tab's title.

use super::labels::name;
use crate::browser;
use crate::directory::visible;
use crate::navigation::link_to;
use crate::route::Route;
use crate::view::{El, View, effect, el, live};

/// The heading of a page, with what stands below and beside it. The title may be a name; the tab's title follows it.
pub fn page_head(title: impl Fn() -> String + Copy + 'static, below: impl Into<View>) -> El {
    effect(move || browser::page::set_title(&format!("{} - Rolegrant", visible(&title()))));
    // Nothing else moves the focus or announces a page, so the heading takes it.
    effect(move || browser::page::focus("page-heading"));
    let heading = el("h1").attr("id", "page-heading").attr("tabindex", "-1").child(live(move || name(&title())));
    el("div").class("head").child(heading).child(below)
}

/// The way back to the list that a page belongs to.
pub fn breadcrumb(list: Route, label: &'static str, title: impl Fn() -> String + 'static) -> El {
    el("nav")
        .attr("aria-label", "Breadcrumb")
        .class("soft")
        .child(el("a").attr("href", link_to(list)).child(label))
        .child(" / ")
        .child(live(move || name(&title())))
}
