//! The table of holders and roles: it draws what is in sight of both, in a frame that scrolls both ways. Its headings
//! stay where they are seen.
//!
//! The frame takes the focus, and the browser's keys scroll it; the names in it are links like in any other table.

use leptos::prelude::*;
use leptos::tachys::renderer::types::Element;
use leptos::{ev, html};

use super::icon::{Picture, icon};
use super::labels::{name, tag};
use super::table::{ROW_HEIGHT, in_sight, spacer};
use crate::browser;
use crate::directory::{Holder, Matrix, RoleColumn, visible};
use crate::navigation::link_to;
use crate::route::Route;
use crate::signals::{Memo, RwSignal};
use crate::tenant::Tenant;
use crate::view::{El, View, effect, el, live, many};

/// The width of a role's column in CSS pixels; components.css draws the headings accordingly.
const COLUMN_WIDTH: f64 = 36.0;
/// The frame's id.
const FRAME: &str = "matrix";

/// The table; `several` says whether its columns are of several APIs.
pub fn matrix_table(tenant: Tenant, matrix: Memo<Matrix>, several: impl Fn() -> bool + Copy + 'static) -> El {
    let frame = NodeRef::<html::Div>::new();
    // How far the frame is scrolled and how large it is; before that is known, as large as a screen.
    let place = RwSignal::new([0.0_f64, 0.0, 2000.0, browser::page::viewport_height()]);
    let window = Memo::new(move || {
        let [left, above, width, height] = place.get();
        matrix.with(|matrix| {
            (
                in_sight(above, height, ROW_HEIGHT, matrix.holders.len()),
                in_sight(left, width, COLUMN_WIDTH, matrix.columns.len()),
            )
        })
    });
    // The row that has the focus: when it is scrolled out of sight the frame takes over, so that keys go on scrolling.
    let focused = RwSignal::new(None::<usize>);
    let measure = move || {
        let Some(frame) = frame.get_untracked() else { return };
        let sizes = [frame.scroll_left(), frame.scroll_top(), frame.client_width(), frame.client_height()];
        place.set(sizes.map(f64::from));
        if focused.get_untracked().is_some_and(|row| !window.with_untracked(|(rows, _)| rows.contains(&row))) {
            focused.set(None);
            browser::page::focus(FRAME);
        }
    };
    effect(move || {
        if frame.get().is_some() {
            request_animation_frame(measure);
        }
    });
    let resize = window_event_listener(ev::resize, move |_| measure());
    on_cleanup(move || resize.remove());
    let on_focus = move |event: ev::FocusEvent| {
        let row = event_target::<Element>(&event).closest("tr").ok().flatten();
        let row = row.and_then(|row| row.get_attribute("aria-rowindex")?.parse::<usize>().ok());
        focused.set(row.and_then(|row| row.checked_sub(2)));
    };

    let head = move || {
        let (_, columns) = window.get();
        let several = several();
        matrix.with(|matrix| {
            let heads = matrix.columns.iter().enumerate().take(columns.end).skip(columns.start);
            let heads: View = heads.map(|(at, column)| column_head(tenant, *column, at, several)).collect();
            many![
                el("th").attr("scope", "col").attr("aria-colindex", "1").child("Holder"),
                gap("th", columns.start),
                heads,
                gap("th", matrix.columns.len() - columns.end),
            ]
        })
    };
    let body = move || {
        let (rows, columns) = window.get();
        matrix.with(|matrix| {
            tenant.read(|catalog| {
                let row = |(at, holder): (usize, &Holder)| {
                    let cells = matrix.columns.iter().enumerate().take(columns.end).skip(columns.start);
                    let cell = |(at, column): (usize, &RoleColumn)| {
                        let held = catalog.assignment(holder.id, column.api, column.role).is_some();
                        let class = if column.privileged { "held warn" } else { "held" };
                        el("td")
                            .attr("aria-colindex", at + 2)
                            .attr("class", held.then_some(class))
                            .child(held.then_some("✓"))
                    };
                    el("tr")
                        .key(holder.id.to_string())
                        .attr("aria-rowindex", at + 2)
                        .child(row_head(holder))
                        .child(gap("td", columns.start))
                        .child(cells.map(cell).collect::<View>())
                        .child(gap("td", matrix.columns.len() - columns.end))
                };
                let drawn = matrix.holders.iter().enumerate().take(rows.end).skip(rows.start);
                many![
                    spacer(rows.start, ROW_HEIGHT),
                    drawn.map(row).collect::<View>(),
                    spacer(matrix.holders.len() - rows.end, ROW_HEIGHT),
                ]
            })
        })
    };
    let table = el("table")
        .class("matrix")
        .attr("aria-label", "Holders and roles")
        .live("aria-rowcount", move || matrix.with(|matrix| matrix.holders.len() + 1))
        .live("aria-colcount", move || matrix.with(|matrix| matrix.columns.len() + 1))
        .child(el("thead").child(el("tr").attr("aria-rowindex", "1").child(live(head))))
        .child(el("tbody").on(ev::focusin, on_focus).child(live(body)));
    el("div")
        .class("table-frame matrix-frame")
        .attr("id", FRAME)
        .attr("tabindex", "0")
        .attr("role", "region")
        .attr("aria-label", "Holders and roles, scrolling both ways")
        .node_ref(frame)
        .on(ev::scroll, move |_| measure())
        .child(table)
}

/// The place of columns that are not drawn.
fn gap(tag: &'static str, columns: usize) -> El {
    let width = format!("{}px", COLUMN_WIDTH as usize * columns);
    el(tag).class("gap").attr("aria-hidden", "true").attr("hidden", columns == 0).style("width", width)
}

/// The heading of a role's column, written from below.
fn column_head(tenant: Tenant, column: RoleColumn, at: usize, several: bool) -> El {
    let (role, api) = tenant.read_once(|catalog| {
        let api = catalog.api(column.api).map_or_else(|| column.api.to_string(), |api| api.display_name.clone());
        (catalog.role_name(column.api, column.role), api)
    });
    let mark = column.privileged.then(|| many![icon(Picture::Shield), el("span").class("unseen").child("Privileged ")]);
    let of = several.then(|| many![" ", el("span").class("soft").child(name(&api))]);
    el("th")
        .key(format!("{}.{}", column.api, column.role))
        .attr("scope", "col")
        .attr("aria-colindex", at + 2)
        .attr("title", format!("{} of {}", visible(&role), visible(&api)))
        .child(el("div").child(mark).child(name(&role)).child(of))
}

/// The heading of a holder's row; what is no managed identity says what it is.
fn row_head(holder: &Holder) -> El {
    let who = match &holder.other_kind {
        None => el("a").attr("href", link_to(Route::Identity(holder.id))).child(name(&holder.name)),
        Some(_) => name(&holder.name),
    };
    let kind = holder.other_kind.as_deref().map(|kind| tag("tag").child(name(kind)));
    el("th")
        .attr("scope", "row")
        .attr("aria-colindex", "1")
        .attr("title", visible(&holder.name))
        .child(el("div").class("name-cell").child(who).child(kind))
}
