//! What the administrator confirmed and is not known to be done: the tab's [`Journal`], written down before anything
//! is sent and until it is settled. Whatever takes the page away in between (a redirect, a reload, the end of the
//! session, another page or account), it waits here for the same account. Nothing is ever sent by itself.

use leptos::prelude::*;

use crate::auth::Session;
use crate::browser::storage;
use crate::plan::{Change, Entry, Journal};
use crate::signals::RwSignal;

/// Storage: the journal.
const KEPT: &str = "journal";

/// The journal of this tab for the account that is signed in. A handle: copies show the same one.
#[derive(Clone, Copy)]
pub struct Waiting {
    journal: RwSignal<Journal>,
    account: StoredValue<String>,
}

impl Waiting {
    /// What the tab has kept.
    pub fn load(session: &Session) -> Self {
        let kept = storage::get(KEPT).ok().flatten().and_then(|text| Journal::read(&text));
        let account = StoredValue::new(session.account().key().to_string());
        Self { journal: RwSignal::new(kept.unwrap_or_default()), account }
    }

    /// Changes were confirmed on a page.
    pub fn confirm(self, page: &str, changes: &[Change]) {
        self.edit(|journal, account| journal.confirm(account, page, changes));
    }

    /// Whether a change may have been sent, by a page of this account in this tab.
    pub fn may_be_sent(self, change: &Change) -> bool {
        self.account.with_value(|account| self.journal.with_untracked(|journal| journal.may_be_sent(account, change)))
    }

    /// A change is about to be sent, or is known not to have been.
    pub fn mark(self, change: &Change, sent: bool) {
        self.edit(|journal, account| journal.mark(account, change, sent));
    }

    /// These changes of a page are not wanted any longer.
    pub fn discard<'a>(self, page: &str, changes: impl IntoIterator<Item = &'a Change>) {
        self.edit(|journal, account| changes.into_iter().for_each(|change| journal.discard(account, page, change)));
    }

    /// Nothing more is to be known or done of these changes.
    pub fn settle<'a>(self, changes: impl IntoIterator<Item = &'a Change>) {
        self.edit(|journal, account| changes.into_iter().for_each(|change| journal.settle(account, change)));
    }

    /// Looks at what waits of the account, and again whenever it changes.
    pub fn read<R>(self, look: impl FnOnce(&mut dyn Iterator<Item = &Entry>) -> R) -> R {
        self.account.with_value(|account| self.journal.with(|journal| look(&mut journal.of(account))))
    }

    /// How many changes of any account wait in this tab: signing out forgets them all.
    pub fn count(self) -> usize {
        self.journal.with(Journal::len)
    }

    fn edit(self, change: impl FnOnce(&mut Journal, &str)) {
        self.account.with_value(|account| self.journal.update(|journal| change(journal, account)));
        // Where it cannot be kept, this page still shows what became of each change: no harm.
        let _ = self.journal.with_untracked(|journal| storage::set(KEPT, &journal.write()));
    }
}
