//! What the administrator has collected for the plan, and which identities she has selected for it. It stays with the
//! tab, for her account alone, through navigation, reloads and sign-ins; none of it is ever sent by itself.

use std::fmt;

use leptos::prelude::*;

use crate::auth::Session;
use crate::browser::storage;
use crate::components::list::counted;
use crate::directory::{ObjectId, Sorted};
use crate::plan::{Added, Basket, Change, Grant, MOST_CHANGES, Wish};
use crate::signals::RwSignal;

/// Storage: the account, a line, and the basket.
const KEPT: &str = "plan";
/// Storage: the account, and then line by line the identities selected.
const SELECTED: &str = "selected";

/// How many wishes were added, and how many were not for what reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// New in the basket.
    pub new: usize,
    /// In it before.
    pub known: usize,
    /// Their opposite was in it: now there is neither.
    pub cancelled: usize,
    /// Too many.
    pub full: usize,
}

/// In words, for a toast.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if (self.new, self.cancelled, self.full) == (0, 0, 0) && self.known > 0 {
            return write!(f, "{} in the plan already", counted(self.known, "change"));
        }
        write!(f, "{} added to the plan", counted(self.new, "change"))?;
        let mut also = |count: usize, what: &str| if count > 0 { write!(f, ", {count} {what}") } else { Ok(()) };
        also(self.known, "known there already")?;
        also(self.cancelled, "cancelled against the opposite")?;
        also(self.full, "left out: the plan is full")
    }
}

/// The basket and the selection. A handle: copies show the same ones.
#[derive(Clone, Copy)]
pub struct Planning {
    /// What is collected.
    pub basket: RwSignal<Basket>,
    /// The identities that are selected for what comes next.
    pub selected: RwSignal<Sorted<ObjectId>>,
    /// What was chosen for them, as the query of [`Route::Collect`](crate::route::Route), while she selects more.
    pub chosen: RwSignal<String>,
    account: StoredValue<String>,
    /// Whether what is selected has been added to the plan.
    spent: StoredValue<bool>,
}

impl Planning {
    /// What the tab has kept.
    pub fn load(session: &Session) -> Self {
        let account = session.account().key().to_string();
        let kept = |key: &str| {
            let text = storage::get(key).ok()??;
            let (kept_for, rest) = text.split_once('\n')?;
            (kept_for == account).then(|| rest.to_owned())
        };
        let basket = kept(KEPT).and_then(|text| Basket::read(&text));
        let selected = kept(SELECTED).map(|text| text.lines().filter_map(|id| id.parse().ok()).collect());
        Self {
            basket: RwSignal::new(basket.unwrap_or_default()),
            selected: RwSignal::new(selected.unwrap_or_default()),
            chosen: RwSignal::new(String::new()),
            account: StoredValue::new(account),
            spent: StoredValue::new(false),
        }
    }

    /// Selects other identities.
    pub fn select(self, change: impl FnOnce(&mut Sorted<ObjectId>)) {
        self.selected.update(change);
        let text = self.selected.with_untracked(|selected| {
            // More can be selected, but not planned; and a part of them would be another selection.
            let kept = selected.iter().filter(|_| selected.len() <= MOST_CHANGES);
            kept.fold(String::new(), |text, id| text + &id.to_string() + "\n")
        });
        self.store(SELECTED, &text);
    }

    /// What is selected has been added, or she is back at it.
    pub fn set_spent(self, spent: bool) {
        self.spent.set_value(spent);
    }

    /// Begins another choice: what was selected for one that was added is not for this.
    pub fn begin_anew(self) {
        if self.spent.get_value() {
            self.spent.set_value(false);
            self.select(|selected| selected.clear());
        }
    }

    /// How many wishes there are.
    pub fn count(self) -> usize {
        self.basket.with(Basket::len)
    }

    /// Collects wishes.
    pub fn collect(self, wishes: impl IntoIterator<Item = (Grant, Wish)>) -> Tally {
        self.collect_with(wishes, |basket, (grant, wish)| basket.add(grant, wish))
    }

    /// Collects what these changes would do.
    pub fn collect_changes<'a>(self, changes: impl IntoIterator<Item = &'a Change>) -> Tally {
        self.collect_with(changes, |basket, change| basket.add_change(change))
    }

    /// Drops what is wished about a grant.
    pub fn take_out(self, grant: Grant) {
        self.basket.update(|basket| basket.take_out(grant));
        self.keep();
    }

    /// Drops what these changes would do: it is done. What is wished otherwise stays.
    pub fn take_out_done<'a>(self, changes: impl IntoIterator<Item = &'a Change>) {
        self.basket.update(|basket| changes.into_iter().for_each(|change| basket.take_out_done(change)));
        self.keep();
    }

    /// Drops everything.
    pub fn empty(self) {
        self.basket.set(Basket::default());
        self.keep();
    }

    fn collect_with<T>(self, wishes: impl IntoIterator<Item = T>, add: impl Fn(&mut Basket, T) -> Added) -> Tally {
        let mut tally = Tally::default();
        self.basket.update(|basket| {
            for wish in wishes {
                match add(basket, wish) {
                    Added::New => tally.new += 1,
                    Added::Known => tally.known += 1,
                    Added::Cancelled => tally.cancelled += 1,
                    Added::Full => tally.full += 1,
                }
            }
        });
        self.keep();
        tally
    }

    fn keep(self) {
        self.store(KEPT, &self.basket.with_untracked(Basket::write));
    }

    fn store(self, key: &str, text: &str) {
        // Where it cannot be kept, it lives as long as the page: no harm.
        let _ = self.account.with_value(|account| storage::set(key, &format!("{account}\n{text}")));
    }
}
