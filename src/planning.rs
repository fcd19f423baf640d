//! What the administrator has collected for the plan, and which identities she has selected for it. It stays with the
//! tab, for her account alone, through navigation, reloads and sign-ins; none of it is ever sent by itself.

use std::collections::BTreeSet;
use std::fmt;

use leptos::prelude::*;

use crate::auth::Session;
use crate::browser::storage;
use crate::components::labels::changes;
use crate::directory::ObjectId;
use crate::plan::{Added, Basket, Change, Grant, Wish};

/// Storage: the account, a line, and the basket.
const KEPT: &str = "plan";

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

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} added to the plan", changes(self.new))?;
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
    pub selected: RwSignal<BTreeSet<ObjectId>>,
    account: StoredValue<String>,
}

impl Planning {
    /// What the tab has kept.
    pub fn load(session: &Session) -> Self {
        let account = session.account().key().to_string();
        let kept = storage::get(KEPT).ok().flatten().and_then(|text| {
            let (kept_for, basket) = text.split_once('\n')?;
            (kept_for == account).then(|| Basket::read(basket)).flatten()
        });
        Self {
            basket: RwSignal::new(kept.unwrap_or_default()),
            selected: RwSignal::new(BTreeSet::new()),
            account: StoredValue::new(account),
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

    /// Drops what is wished about some grants.
    pub fn take_out(self, grants: impl IntoIterator<Item = Grant>) {
        self.basket.update(|basket| grants.into_iter().for_each(|grant| basket.take_out(grant)));
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
        let text = self.basket.with_untracked(Basket::write);
        // Where it cannot be kept, the plan lives as long as the page: no harm.
        let _ = self.account.with_value(|account| storage::set(KEPT, &format!("{account}\n{text}")));
    }
}
