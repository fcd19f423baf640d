//! What the administrator is about to do, frozen before it is done, and what came of it.
//!
//! Pure but for [`Assignments`], the few things it asks of Graph. Nothing is ever sent that is not in a [`FrozenPlan`].

mod apply;
mod change;
mod draft;
mod frozen;
mod journal;
mod outcome;
mod settle;
#[cfg(test)]
mod tests;

pub use apply::{Assignments, Progress, apply};
pub use change::Change;
pub use draft::Draft;
pub use frozen::FrozenPlan;
pub use journal::{Entry, Journal};
pub use outcome::Outcome;
pub use settle::{Found, find_effect};
