//! What the administrator is about to do, frozen before it is done, and what came of it.
//!
//! Pure but for [`Assignments`], the few things it asks of Graph. Nothing is ever sent that is not in a [`FrozenPlan`].

mod apply;
mod change;
mod control;
mod draft;
mod frozen;
mod journal;
mod look;
mod order;
mod settle;
mod state;
#[cfg(test)]
mod tests;
mod watch;

pub use apply::{Assignments, Witness, apply};
pub use change::Change;
pub use control::{Control, Counts, Figures, Wait, WaitFor, Wish};
pub use draft::Draft;
pub use frozen::FrozenPlan;
pub use journal::{Entry, Journal};
pub use look::{Found, find_effect};
pub use state::{Accepted, State};
pub use watch::watch;
