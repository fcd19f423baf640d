//! What the administrator is about to do, frozen before it is done, and what came of it.
//!
//! Pure but for [`Assignments`], the few things it asks of Graph. Nothing is ever sent that is not in a [`FrozenPlan`].

mod apply;
mod basket;
mod change;
mod control;
pub mod csv;
pub mod diff;
mod digest;
mod draft;
mod file;
mod frozen;
pub mod import;
mod journal;
mod json;
mod look;
mod names;
mod order;
mod person;
pub mod receipt;
pub mod record;
pub mod script;
mod settle;
mod state;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod watch;

pub use apply::{Assignments, Witness, apply};
pub use basket::{Added, Basket, MOST_CHANGES, Wish};
pub use change::{Change, Grant};
pub use control::{Command, Control, Counts, Figures, Wait, WaitFor};
pub use diff::Diff;
pub use digest::{Digest, ParseDigestError};
pub use draft::Draft;
pub use file::PlanFile;
pub use frozen::FrozenPlan;
pub use journal::{Entry, Journal};
pub use json::{FileProblem, LARGEST_FILE, quote};
pub use look::{Found, find_effects};
pub use names::Names;
pub use person::Person;
pub use receipt::Receipt;
pub use state::{Accepted, State};
pub use watch::watch;
