//! A table for any number of rows: it draws those in sight and keeps the place of the others empty.
//!
//! Rows have keys: when the list scrolls or changes, a row's element stays with what it shows, and so does the focus.
//! Every row has the same height, [`ROW_HEIGHT`], which components.css sets. On a phone a table of [`Shape::Lines`] is
//! laid out as one of blocks, which plan.css does; the roles are written down there, since not every browser keeps
//! those of a table that is laid out otherwise.

use std::ops::Range;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::tachys::renderer::types::Element;
use leptos::{ev, html};

use super::icon::{Picture, icon};
use crate::browser;
use crate::signals::{Memo, RwSignal};
use crate::view::{El, View, el, live};

/// The height of a row in CSS pixels.
pub const ROW_HEIGHT: f64 = 40.0;
/// That of a line on a phone, at least: the few that are higher only make more be drawn than is in sight.
const LINE_HEIGHT: f64 = 96.0;
/// The widest window, in CSS pixels, in which lines are laid out as blocks.
const PHONE: f64 = 640.0;
/// The attribute that bears a row's key.
const KEY: &str = "data-key";
/// Rows drawn above and below those in sight, so that scrolling and the Tab key find them ready.
const SPARE: usize = 8;

/// How the rows of a table are laid out in a narrow window.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As in any other, with fewer columns.
    Rows,
    /// As changes, of which all has to be read: one below the other, names whole.
    Lines,
}

impl Shape {
    fn row_height(self) -> f64 {
        if self == Self::Lines && browser::page::viewport_width() <= PHONE { LINE_HEIGHT } else { ROW_HEIGHT }
    }
}

/// A cell of [`Shape::Lines`].
pub fn line_cell() -> El {
    el("td").attr("role", "cell")
}

/// A column's heading.
#[derive(Clone, Copy)]
pub struct Column<S: 'static> {
    /// Its words.
    pub title: &'static str,
    /// What clicking it sorts by, if it sorts.
    pub sort: Option<S>,
    /// The classes of its heading: how wide it is, `number`, `hide-narrow`.
    pub class: &'static str,
}

/// The order of a list: by which column, and whether from large to small.
pub type Order<S> = (S, bool);

/// The headings of a table whose order is kept elsewhere.
pub fn headings<S>(
    columns: &'static [Column<S>],
    order: impl Fn() -> Order<S> + 'static,
    on_order: impl Fn(Order<S>) + 'static,
) -> View
where
    S: Copy + PartialEq + Sync + 'static,
{
    let descending: Rc<Descending> = Rc::new(move |at| {
        let ((by, descending), sort) = (order(), columns.get(at)?.sort);
        (sort == Some(by)).then_some(descending)
    });
    let sort: Rc<Sort> = Rc::new(move |at, descending| {
        if let Some(sort) = columns.get(at).and_then(|column| column.sort) {
            on_order((sort, descending));
        }
    });
    let heading = |(at, column): (usize, &Column<S>)| match column.sort {
        Some(_) => sorting_head(column.title, column.class, at, descending.clone(), sort.clone()),
        None => column_head(column.title, column.class),
    };
    columns.iter().enumerate().map(heading).collect()
}

/// Whether the rows stand by the column at this place, and from large to small.
type Descending = dyn Fn(usize) -> Option<bool>;
/// Puts the rows in the order of the column at this place.
type Sort = dyn Fn(usize, bool);

/// The heading of a column that stays as it is.
pub fn column_head(title: &'static str, class: &'static str) -> El {
    el("th").attr("scope", "col").attr("role", "columnheader").class(class).child(title)
}

/// The heading of the column of buttons, for those who cannot see the page.
pub fn actions_head(class: &'static str) -> El {
    el("th")
        .attr("scope", "col")
        .attr("role", "columnheader")
        .class(class)
        .child(el("span").class("unseen").child("Actions"))
}

/// A short table, named by a heading's id: every row is drawn.
pub fn framed_table(heading: &'static str, head: El, rows: View) -> El {
    let table =
        el("table").attr("aria-labelledby", heading).child(el("thead").child(head)).child(el("tbody").child(rows));
    el("div").class("table-frame").child(table)
}

fn sorting_head(title: &'static str, class: &'static str, at: usize, descending: Rc<Descending>, sort: Rc<Sort>) -> El {
    let (now, shown) = (descending.clone(), descending.clone());
    let direction = move || descending(at).map(|descending| if descending { "descending" } else { "ascending" });
    let arrow = move || shown(at).map(|down| icon(if down { Picture::Down } else { Picture::Up }));
    let turn = move |_| sort(at, now(at) == Some(false));
    let button = el("button").attr("type", "button").on(ev::click, turn).child(title).child(live(arrow));
    el("th").attr("scope", "col").class(class).live("aria-sort", direction).child(button)
}

/// The table. The label says what it lists, for those who cannot see the page; `row` draws the row at a position, with
/// a key; `find` tells where the row of a key stands now.
pub fn data_table(
    label: &'static str,
    shape: Shape,
    headings: View,
    count: impl Fn() -> usize + Copy + Send + Sync + 'static,
    row: impl Fn(usize) -> Option<El> + 'static,
    find: impl Fn(&str) -> Option<usize> + 'static,
) -> El {
    let body = NodeRef::<html::Tbody>::new();
    // Where the table's rows begin above the window's upper edge, in pixels.
    let measured = move |above: f64| (above, browser::page::viewport_height(), shape.row_height());
    let above = RwSignal::new(measured(0.0));
    let measure = move || {
        if let Some(body) = body.get_untracked() {
            above.set(measured(-body.get_bounding_client_rect().top()));
        }
    };
    let scroll = window_event_listener(ev::scroll, move |_| measure());
    let resize = window_event_listener(ev::resize, move |_| measure());
    on_cleanup(move || {
        scroll.remove();
        resize.remove();
    });
    let window = Memo::new(move || {
        let (above, height, row) = above.get();
        (in_sight(above, height, row, count()), row)
    });
    // The row with the focus stays, wherever it is: were it not drawn, the focus would be lost.
    let focused = RwSignal::new(None::<String>);
    let on_focus = move |event: ev::FocusEvent| {
        let row = event_target::<Element>(&event).closest("tr").ok().flatten();
        focused.set(row.and_then(|row| row.get_attribute(KEY)));
    };
    let rows = move || {
        let ((window, height), count) = (window.get(), count());
        let focused = focused.with_untracked(|key| find(key.as_deref()?)).filter(|at| *at < count);
        let (before, after) = match focused {
            Some(at) if at < window.start => (Some(at), None),
            Some(at) if at >= window.end => (None, Some(at)),
            _ => (None, None),
        };
        let mut rows = Vec::new();
        let mut drawn = 0;
        for at in before.into_iter().chain(window).chain(after) {
            let Some(row) = row(at) else { continue };
            if at > drawn || rows.is_empty() {
                rows.push(spacer(at - drawn, height).into());
            }
            let key = row.key_text();
            rows.push(row.attr(KEY, key).attr("role", "row").attr("aria-rowindex", at + 2).into());
            drawn = at + 1;
        }
        rows.push(spacer(count.saturating_sub(drawn), height).into());
        View::Many(rows)
    };
    let head = el("tr").attr("role", "row").attr("aria-rowindex", "1").child(headings);
    let table = el("table")
        .attr("role", "table")
        .class(if shape == Shape::Lines { "windowed lined" } else { "windowed" })
        .attr("aria-label", label)
        .live("aria-rowcount", move || count() + 1)
        .child(el("thead").attr("role", "rowgroup").child(head))
        .child(el("tbody").attr("role", "rowgroup").node_ref(body).on(ev::focusin, on_focus).child(live(rows)));
    el("div").class("table-frame").child(table)
}

/// The place of rows that are not drawn.
pub fn spacer(rows: usize, height: f64) -> El {
    // One cell: a span would count the columns that a narrow screen hides.
    let cell = el("td").style("height", format!("{}px", height as usize * rows));
    el("tr").class("spacer").attr("aria-hidden", "true").attr("hidden", rows == 0).child(cell)
}

/// The positions to draw of things of this size, when the window begins so many pixels behind the edge of the first.
pub fn in_sight(before: f64, window: f64, size: f64, count: usize) -> Range<usize> {
    // Negative numbers become 0 by this cast, which is what is wanted.
    let first = (before / size) as usize;
    let visible = (window / size).ceil() as usize;
    let end = first.saturating_add(visible + SPARE).min(count);
    first.saturating_sub(SPARE).min(end)..end
}
