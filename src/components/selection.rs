//! Selecting identities in their list: a box in each row, one above them for all that match, and the tray that says
//! what is selected and leads on. The selection outlives filters and pages; what of it a filter hides is said.

use leptos::ev::{self, KeyboardEvent, MouseEvent};
use leptos::prelude::*;

use super::button::button;
use crate::browser;
use crate::directory::{Identity, ObjectId, grouped, visible};
use crate::navigation::link_to;
use crate::route::Route;
use crate::signals::Memo;
use crate::tenant::{Load, Tenant};
use crate::view::{El, View, el, live, many, show};

/// The boxes and the tray of one list. A handle: copies show the same ones.
#[derive(Clone, Copy)]
pub struct Selection {
    tenant: Tenant,
    /// The positions of those that match, in the list's order.
    found: Memo<Vec<u32>>,
    /// How many of those are selected.
    inside: Memo<usize>,
    /// The one whose box was clicked last: Shift selects from there.
    last: StoredValue<Option<ObjectId>>,
}

impl Selection {
    /// The selection of a list that shows `found`.
    pub fn of(tenant: Tenant, found: Memo<Vec<u32>>) -> Self {
        let inside = Memo::new(move || {
            tenant.planning.selected.with(|selected| {
                if selected.is_empty() {
                    return 0;
                }
                found.with(|found| {
                    // What the positions mean changes with the catalog, too.
                    tenant.read(|catalog| {
                        let all = catalog.identities();
                        let is_selected =
                            |at: &&u32| all.get(**at as usize).is_some_and(|identity| selected.contains(&identity.id));
                        found.iter().filter(is_selected).count()
                    })
                })
            })
        });
        Self { tenant, found, inside, last: StoredValue::new(None) }
    }

    /// The ids of those at these places of the list.
    fn ids(self, from: usize, to: usize) -> Vec<ObjectId> {
        self.tenant.read_once(|catalog| {
            self.found.with_untracked(|found| {
                let part = found.get(from..to).unwrap_or_default();
                part.iter().filter_map(|at| catalog.identities().get(*at as usize)).map(|it| it.id).collect()
            })
        })
    }

    fn set(self, ids: Vec<ObjectId>, on: bool) {
        self.tenant.planning.select(
            |selected| {
                if on { selected.insert_all(ids) } else { selected.remove_all(&ids.into()) }
            },
        );
    }

    fn set_all(self, on: bool) {
        self.set(self.ids(0, self.found.with_untracked(Vec::len)), on);
    }

    /// All that match, in words.
    fn all_in_words(self) -> String {
        let count = grouped(self.found.with(Vec::len));
        match self.tenant.identities.with(|load| *load == Load::Loading) {
            true => format!("Select all {count} loaded so far that match"),
            false => format!("Select all {count} that match"),
        }
    }

    /// The heading of the column of boxes.
    pub fn head(self) -> El {
        let all = move || self.found.with(Vec::len);
        let tick = el("input")
            .attr("type", "checkbox")
            .live("aria-label", move || self.all_in_words())
            .live("title", move || self.all_in_words())
            .live_checked(move || all() > 0 && self.inside.get() == all())
            .live_flag("indeterminate", move || self.inside.get() > 0 && self.inside.get() < all())
            .on(ev::click, move |event| self.set_all(event_target_checked(&event)));
        el("th").attr("scope", "col").class("tick").child(tick)
    }

    /// The cell with the box of an identity.
    pub fn cell(self, identity: &Identity, twin: bool) -> El {
        let id = identity.id;
        let name = visible(&identity.display_name);
        let label = if twin { format!("Select {name}, {id}") } else { format!("Select {name}") };
        let box_id = box_of(id);
        let tick = el("input")
            .attr("type", "checkbox")
            .attr("aria-label", label)
            .live_checked(move || self.tenant.planning.selected.with(|selected| selected.contains(&id)))
            .attr("id", box_id)
            .on(ev::click, move |event| self.click(id, &event))
            .on(ev::keydown, move |event| self.extend(id, &event));
        el("td").class("tick").child(tick)
    }

    /// A box was clicked; with Shift all from the last one to this become what it has become.
    fn click(self, id: ObjectId, event: &MouseEvent) {
        let on = event_target_checked(event);
        let before = self.last.get_value().filter(|_| event.shift_key()).and_then(|last| self.place(last));
        let ids = match (before, self.place(id).filter(|_| before.is_some())) {
            (Some(from), Some(to)) => self.ids(from.min(to), from.max(to) + 1),
            _ => vec![id],
        };
        self.last.set_value(Some(id));
        self.set(ids, on);
    }

    /// Shift with an arrow takes the next box in as well, or on the way back lets go of this one.
    fn extend(self, id: ObjectId, event: &KeyboardEvent) {
        let next = match (event.key().as_str(), self.place(id)) {
            ("ArrowDown", Some(at)) if event.shift_key() => Some(at + 1),
            ("ArrowUp", Some(at)) if event.shift_key() => at.checked_sub(1),
            _ => return,
        };
        event.prevent_default();
        let Some(next) = next.and_then(|at| self.ids(at, at + 1).pop()) else { return };
        let is_selected =
            |id: &ObjectId| self.tenant.planning.selected.with_untracked(|selected| selected.contains(id));
        if is_selected(&next) && is_selected(&id) {
            self.set(vec![id], false);
        } else {
            self.set(vec![id, next], true);
        }
        self.last.set_value(Some(next));
        browser::page::focus(&box_of(next));
    }

    /// Where an identity stands in the list.
    fn place(self, id: ObjectId) -> Option<usize> {
        self.tenant.read_once(|catalog| {
            let is = |at: &u32| catalog.identities().get(*at as usize).is_some_and(|identity| identity.id == id);
            self.found.with_untracked(|found| found.iter().position(is))
        })
    }

    /// What is selected, and what can be done with it; in sight on the longest list.
    pub fn tray(self) -> View {
        let planning = self.tenant.planning;
        let selected = move || planning.selected.with(|selected| selected.len());
        let hidden = move || {
            let hidden = selected().saturating_sub(self.inside.get());
            (hidden > 0).then(|| format!("{} of them outside of this filter", grouped(hidden)))
        };
        let select_all = move || {
            button("button plain hide-narrow", move || self.set_all(true)).child(live(move || self.all_in_words()))
        };
        let clear = move || {
            // The tray goes, and with it the focus.
            browser::page::focus("search");
            planning.select(|selected| selected.clear());
        };
        let assign = move || link_to(Route::Collect) + &planning.chosen.get();
        show(
            move || selected() > 0,
            move || {
                el("div")
                    .class("tray")
                    .attr("role", "region")
                    .attr("aria-label", "Selection")
                    .child(
                        el("span")
                            .attr("role", "status")
                            .child(el("strong").child(live(move || format!("{} selected", grouped(selected())))))
                            .child(many![" ", el("span").class("soft").child(live(hidden))]),
                    )
                    .child(el("span").class("grow"))
                    .child(show(move || self.inside.get() < self.found.with(Vec::len), select_all))
                    .child(button("button plain", clear).child("Clear"))
                    .child(el("a").class("button main").live("href", assign).child("Assign roles…"))
            },
        )
    }
}

/// The id of the box of an identity.
fn box_of(id: ObjectId) -> String {
    format!("select-{id}")
}
