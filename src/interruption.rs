//! What becomes of confirmed changes when the browser must leave in the middle: they are written down with the page
//! that they belong to, and wait there, for the same account, until the administrator sends or drops them. Nothing is
//! ever sent by itself.

use crate::auth::Session;
use crate::browser::{location, storage};
use crate::plan::{Change, Draft, unsent};

/// Storage: the account, the page and the changes, a line each.
const KEPT: &str = "unsent";

/// Keeps changes for when the browser is back on this page.
pub fn keep(session: &Session, changes: &[Change]) {
    if changes.is_empty() {
        storage::remove(KEPT);
        return;
    }
    let text = format!("{}\n{}\n{}", account(session), page(), unsent::write(changes));
    // Where it cannot be kept, the page shows what became of each change: no harm.
    let _ = storage::set(KEPT, &text);
}

/// Takes what was kept for this account on this page. What another account left is gone.
pub fn take(session: &Session) -> Option<Draft> {
    let text = storage::get(KEPT).ok().flatten()?;
    let mut lines = text.splitn(3, '\n');
    let (kept_for, kept_on, changes) = (lines.next()?, lines.next()?, lines.next()?);
    let ours = kept_for == account(session);
    if ours && kept_on != page() {
        return None;
    }
    storage::remove(KEPT);
    if ours { unsent::read(changes).filter(|draft| !draft.changes().is_empty()) } else { None }
}

fn account(session: &Session) -> String {
    session.account().key().to_string()
}

/// The page without what is chosen on it.
fn page() -> String {
    let here = location::path_and_query();
    here.split_once('?').map_or(here.as_str(), |(page, _)| page).to_owned()
}
