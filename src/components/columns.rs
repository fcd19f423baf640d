//! "Columns…" above a table: which of its columns are shown, where there is room for more than a few. Those left out
//! stand in the address (`?hide=2.4`), so that they survive whatever the address survives.

use leptos::ev;
use leptos::prelude::*;

use super::button::button;
use super::dialog::modal;
use super::table::Column;
use crate::navigation::Navigation;
use crate::signals::{Memo, RwSignal};
use crate::view::{El, View, el, many};

/// The value's name in the address.
const HIDE: &str = "hide";
/// The button that has the focus first.
const DONE: &str = "columns-done";

/// The columns of a table that are not shown. A handle: copies show the same ones.
#[derive(Clone, Copy)]
pub struct Columns {
    navigation: Navigation,
    /// Their places; the first column always stays.
    hidden: Memo<Vec<usize>>,
}

impl Columns {
    /// What the address says.
    pub fn here() -> Self {
        let navigation = Navigation::here();
        let hidden = Memo::new(move || {
            let text = navigation.value(HIDE).unwrap_or_default();
            text.split('.').filter_map(|place| place.parse().ok()).filter(|place| *place > 0).collect()
        });
        Self { navigation, hidden }
    }

    /// The cells of a row that are shown, out of one for each column.
    pub fn pick(self, cells: View) -> View {
        let View::Many(cells) = cells else { return cells };
        let shown = |(place, _): &(usize, View)| self.hidden.with(|hidden| !hidden.contains(place));
        cells.into_iter().enumerate().filter(shown).map(|(_, cell)| cell).collect()
    }

    /// Another query for the address, with the same columns left out.
    pub fn keep(self, mut pairs: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
        if let Some(hidden) = untrack(|| self.navigation.value(HIDE)) {
            pairs.push((HIDE, hidden));
        }
        pairs
    }

    fn set(self, place: usize, shown: bool) {
        let mut hidden = self.hidden.with_untracked(Clone::clone);
        hidden.retain(|other| *other != place);
        if !shown {
            hidden.push(place);
        }
        let places: Vec<String> = hidden.iter().map(usize::to_string).collect();
        self.navigation.change_query(&[(HIDE, places.join("."))]);
    }

    /// The button and its dialog.
    pub fn choice<S>(self, columns: &'static [Column<S>]) -> View {
        self.choice_of(columns.iter().map(|column| column.title).collect())
    }

    fn choice_of(self, titles: Vec<&'static str>) -> View {
        let open = RwSignal::new(false);
        let content = move || {
            let tick = |(place, title): (usize, &&'static str)| -> El {
                let tick = el("input")
                    .attr("type", "checkbox")
                    .live_checked(move || self.hidden.with(|hidden| !hidden.contains(&place)))
                    .on(ev::change, move |event| self.set(place, event_target_checked(&event)));
                el("div").child(el("label").child(tick).child(" ").child(*title))
            };
            let done = button("button main", move || open.set(false)).attr("id", DONE).child("Done");
            el("div")
                .class("dialog-body")
                .child(el("h2").attr("id", "columns-heading").child("Columns"))
                .child(titles.iter().enumerate().skip(1).map(tick).collect::<View>())
                .child(el("div").class("dialog-actions").child(done))
        };
        many![
            button("button hide-narrow", move || open.set(true)).child("Columns…"),
            modal("columns-heading", DONE, move || open.get(), move || open.set(false), content),
        ]
    }
}
