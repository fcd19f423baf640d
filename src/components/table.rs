//! A table for any number of rows: it draws those in sight and keeps the place of the others empty.
//!
//! Rows are drawn by position, not by key: when the list scrolls or changes, the same elements get other texts, and
//! the focus stays where it is. Every row has the same height, [`ROW_HEIGHT`], which components.css sets.

use std::ops::Range;

use leptos::prelude::*;
use leptos::{ev, html};

use super::icon::{Icon, Picture};
use crate::browser;

/// The height of a row in CSS pixels.
const ROW_HEIGHT: f64 = 40.0;
/// Rows drawn above and below those in sight, so that scrolling and the Tab key find them ready.
const SPARE: usize = 12;

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

/// The table. `row` draws the cells of the row at a position.
#[component]
pub fn DataTable<S>(
    /// What the table lists, for those who cannot see the page.
    label: &'static str,
    /// The headings.
    columns: Vec<Column<S>>,
    /// The order now.
    #[prop(into)]
    order: Signal<Order<S>>,
    /// Called with the order that a heading's click asks for.
    #[prop(into)]
    on_order: Callback<Order<S>>,
    /// How many rows there are.
    #[prop(into)]
    count: Signal<usize>,
    /// Draws the cells of one row.
    row: impl Fn(usize) -> AnyView + Send + Sync + 'static,
) -> impl IntoView
where
    S: Copy + PartialEq + Send + Sync + 'static,
{
    let body = NodeRef::<html::Tbody>::new();
    // Where the table's rows begin above the window's upper edge, in pixels.
    let above = RwSignal::new((0.0_f64, browser::page::viewport_height()));
    let measure = move || {
        if let Some(body) = body.get_untracked() {
            above.set((-body.get_bounding_client_rect().top(), browser::page::viewport_height()));
        }
    };
    let scroll = window_event_listener(ev::scroll, move |_| measure());
    let resize = window_event_listener(ev::resize, move |_| measure());
    on_cleanup(move || {
        scroll.remove();
        resize.remove();
    });
    let window = Memo::new(move |_| {
        let (above, height) = above.get();
        in_sight(above, height, count.get())
    });
    let spacer = move |rows: usize| {
        view! {
            <tr class="spacer" aria-hidden="true" hidden=rows == 0>
                // One cell: a span would count the columns that a narrow screen hides.
                <td style:height=format!("{}px", ROW_HEIGHT as usize * rows)></td>
            </tr>
        }
    };
    view! {
        <div class="table-frame">
            <table class="windowed" aria-label=label aria-rowcount=move || count.get() + 1>
                <thead>
                    <tr aria-rowindex="1">
                        {columns.into_iter().map(|column| heading(column, order, on_order)).collect_view()}
                    </tr>
                </thead>
                <tbody node_ref=body>
                    {move || {
                        let range = window.get();
                        let rows = range
                            .clone()
                            .map(|position| view! { <tr aria-rowindex=position + 2>{row(position)}</tr> })
                            .collect::<Vec<_>>();
                        (spacer(range.start), rows, spacer(count.get().saturating_sub(range.end)))
                    }}
                </tbody>
            </table>
        </div>
    }
}

fn heading<S>(column: Column<S>, order: Signal<Order<S>>, on_order: Callback<Order<S>>) -> impl IntoView
where
    S: Copy + PartialEq + Send + Sync + 'static,
{
    let Some(sort) = column.sort else {
        return view! { <th scope="col" class=column.class>{column.title}</th> }.into_any();
    };
    let descending = move || order.with(|(by, descending)| (*by == sort).then_some(*descending));
    let direction = move || descending().map(|descending| if descending { "descending" } else { "ascending" });
    view! {
        <th scope="col" class=column.class aria-sort=direction>
            <button type="button" on:click=move |_| on_order.run((sort, descending() == Some(false)))>
                {column.title}
                {move || {
                    descending().map(|down| view! { <Icon of=if down { Picture::Down } else { Picture::Up } /> })
                }}
            </button>
        </th>
    }
    .into_any()
}

/// The positions to draw when the window begins `above` pixels below the first row's upper edge.
fn in_sight(above: f64, height: f64, count: usize) -> Range<usize> {
    // Negative numbers become 0 by this cast, which is what is wanted.
    let first = (above / ROW_HEIGHT) as usize;
    let visible = (height / ROW_HEIGHT).ceil() as usize;
    let end = first.saturating_add(visible + SPARE).min(count);
    first.saturating_sub(SPARE).min(end)..end
}
