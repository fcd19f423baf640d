//! What was confirmed and is not known to be done. Written down before anything is sent, it outlives the page: the
//! browser may have to leave, or be closed, at any moment. It holds ids and nothing else: no name, no token.

use super::Change;

/// The most changes that are believed. A text that holds more was not written here.
const MOST: usize = 20_000;

/// One change, whose it is, and where it was confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The account that confirmed it.
    pub account: String,
    /// The page on which it was confirmed: a path.
    pub page: String,
    /// Whether it may have been sent: then the directory is asked before it is offered again (invariant 6).
    pub sent: bool,
    /// The change.
    pub change: Change,
}

/// The entries, in the order in which they were confirmed. An account has a change once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journal(Vec<Entry>);

impl Journal {
    /// Changes are confirmed on a page. That nothing of them has been sent is not said: what may have been before
    /// still may.
    pub fn confirm(&mut self, account: &str, page: &str, changes: &[Change]) {
        for change in changes {
            let sent = self.may_be_sent(account, change);
            self.settle(account, change);
            let (account, page, change) = (account.to_owned(), page.to_owned(), change.clone());
            self.0.push(Entry { account, page, sent, change });
        }
    }

    /// How many changes wait, of all accounts.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a change may have been sent.
    pub fn may_be_sent(&self, account: &str, change: &Change) -> bool {
        self.of(account).any(|entry| entry.sent && entry.change == *change)
    }

    /// A change is about to be sent, or is known not to have been.
    pub fn mark(&mut self, account: &str, change: &Change, sent: bool) {
        let entry = self.0.iter_mut().find(|entry| entry.account == account && entry.change == *change);
        if let Some(entry) = entry {
            entry.sent = sent;
        }
    }

    /// It is known what became of a change.
    pub fn settle(&mut self, account: &str, change: &Change) {
        self.0.retain(|entry| entry.account != account || entry.change != *change);
    }

    /// A change is not wanted any longer on the page where it was confirmed; on another it may be.
    pub fn discard(&mut self, account: &str, page: &str, change: &Change) {
        self.0.retain(|entry| entry.account != account || entry.page != page || entry.change != *change);
    }

    /// What waits of an account.
    pub fn of<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.0.iter().filter(move |entry| entry.account == account)
    }

    /// The journal as a text: a line an entry, its fields apart by tabs.
    pub fn write(&self) -> String {
        let mut text = String::new();
        for Entry { account, page, sent, change } in &self.0 {
            let sent = if *sent { "sent" } else { "confirmed" };
            text += &format!("{account}\t{page}\t{sent}\t{}\t{}\t{}", change.identity(), change.api(), change.role());
            if let Change::Remove { assignment, .. } = change {
                text += &format!("\t{assignment}");
            }
            text.push('\n');
        }
        text
    }

    /// The journal of a text; what is not exactly what [`Self::write()`] writes is none.
    pub fn read(text: &str) -> Option<Self> {
        let lines = text.split_terminator('\n');
        (lines.clone().count() <= MOST).then(|| lines.map(entry).collect::<Option<_>>())?.map(Self)
    }
}

fn entry(line: &str) -> Option<Entry> {
    let mut words = line.split('\t');
    let (account, page, sent) = (words.next()?, words.next()?, words.next()?);
    let sent = match sent {
        "sent" => true,
        "confirmed" => false,
        _ => return None,
    };
    let (identity, api, role) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let change = match (words.next(), words.next()) {
        (None, _) => Change::Assign { identity, api, role },
        (Some(id), None) => Change::Remove { assignment: id.parse().ok()?, identity, api, role },
        (Some(_), Some(_)) => return None,
    };
    Some(Entry { account: account.to_owned(), page: page.to_owned(), sent, change })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{AppRoleId, ObjectId};
    use proptest::prelude::*;

    const ADA: &str = "contoso ada";
    const PAGE: &str = "/identities/1";

    fn assign(role: u128) -> Change {
        Change::Assign {
            identity: ObjectId::from_u128(1),
            api: ObjectId::from_u128(2),
            role: AppRoleId::from_u128(role),
        }
    }

    fn waits(journal: &Journal, account: &str) -> Vec<(u128, bool)> {
        let role = |entry: &Entry| u128::from_be_bytes(*entry.change.role().as_bytes());
        journal.of(account).map(|entry| (role(entry), entry.sent)).collect()
    }

    #[test]
    fn a_change_waits_from_its_confirmation_until_it_is_settled() {
        let mut journal = Journal::default();
        journal.confirm(ADA, PAGE, &[assign(1), assign(2)]);
        journal.mark(ADA, &assign(1), true);
        assert_eq!(waits(&journal, ADA), [(1, true), (2, false)]);
        journal.settle(ADA, &assign(1));
        assert_eq!(waits(&journal, ADA), [(2, false)]);
    }

    #[test]
    fn what_may_have_been_sent_is_not_made_unsent_by_another_confirmation() {
        let mut journal = Journal::default();
        journal.confirm(ADA, PAGE, &[assign(1), assign(2)]);
        journal.mark(ADA, &assign(1), true);
        journal.confirm(ADA, "/apis/2", &[assign(1), assign(2)]);
        assert_eq!(waits(&journal, ADA), [(1, true), (2, false)]);
    }

    #[test]
    fn another_plan_takes_nothing_away() {
        let mut journal = Journal::default();
        journal.confirm(ADA, PAGE, &[assign(1), assign(2)]);
        journal.confirm(ADA, "/apis/2", &[assign(2), assign(3)]);
        assert_eq!(waits(&journal, ADA), [(1, false), (2, false), (3, false)], "and a change waits once");
    }

    #[test]
    fn a_page_discards_what_is_its_own() {
        let mut journal = Journal::default();
        journal.confirm(ADA, PAGE, &[assign(1), assign(2)]);
        journal.confirm(ADA, "/apis/2", &[assign(2)]);
        for role in [1, 2] {
            journal.discard(ADA, PAGE, &assign(role));
        }
        assert_eq!(waits(&journal, ADA), [(2, false)]);
    }

    #[test]
    fn accounts_do_not_touch_each_other() {
        let mut journal = Journal::default();
        journal.confirm(ADA, PAGE, &[assign(1)]);
        journal.confirm("contoso carl", PAGE, &[assign(1)]);
        journal.mark(ADA, &assign(1), true);
        journal.settle("contoso carl", &assign(1));
        assert_eq!(waits(&journal, ADA), [(1, true)]);
        assert_eq!(waits(&journal, "contoso carl"), []);
    }

    fn change() -> impl Strategy<Value = Change> {
        (any::<u128>(), any::<u128>(), any::<u128>(), "[A-Za-z0-9_-]{43}", any::<bool>()).prop_map(
            |(identity, api, role, assignment, removes)| {
                let (identity, api, role) =
                    (ObjectId::from_u128(identity), ObjectId::from_u128(api), AppRoleId::from_u128(role));
                if removes {
                    Change::Remove { assignment: assignment.parse().unwrap(), identity, api, role }
                } else {
                    Change::Assign { identity, api, role }
                }
            },
        )
    }

    proptest! {
        #[test]
        fn entries_come_back_as_they_were(changes in proptest::collection::vec((change(), any::<bool>()), 0..20)) {
            let mut journal = Journal::default();
            for (change, sent) in &changes {
                journal.confirm(ADA, PAGE, std::slice::from_ref(change));
                journal.mark(ADA, change, *sent);
            }
            prop_assert_eq!(Journal::read(&journal.write()), Some(journal));
        }

        #[test]
        fn any_text_is_read(text in "\\PC{0,200}") {
            let _ = Journal::read(&text);
        }
    }

    #[test]
    fn what_was_not_written_here_is_none() {
        let id = "1b4e28ba-2fa1-11d2-883f-0016d3cca427";
        let ids = format!("{id}\t{id}\t{id}");
        assert!(Journal::read(&format!("a\t/p\tsent\t{ids}\na\t/p\tconfirmed\t{ids}\n")).is_some());
        for text in [
            "\n".to_owned(),
            "{}".into(),
            "a\t/p\tsent\t1\t1\t1".into(),
            ids.clone(),
            format!("a\t/p\tdone\t{ids}"),
            format!("a\t/p\tsent\t{id}\t{id}"),
            format!("a\t/p\tsent\t\t{ids}"),
            format!("a\t/p\tsent\t{ids}\t"),
            format!("a\t/p\tsent\t{ids}\t../x"),
            format!("a\t/p\tsent\t{ids}\t47nZsM8O_UuNq5Jz3QValCxBBiqJea9Drc9CMK4Ru_M\tx"),
            format!("a\t/p\tsent\t../x\t{id}\t{id}"),
            format!("a\t/p\tsent\t{ids}\n").repeat(MOST + 1),
        ] {
            assert!(Journal::read(&text).is_none(), "{}", &text[..text.len().min(80)]);
        }
    }
}
