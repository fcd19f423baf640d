//! What the administrator is about to do, frozen before it is done, and what came of it.
//!
//! Pure but for [`Assignments`], the few things it asks of Graph. Nothing is ever sent that is not in a [`FrozenPlan`].

mod apply;
mod basket;
mod change;
pub mod csv;
pub mod diff;
mod digest;
mod draft;
mod file;
mod frozen;
pub mod import;
mod json;
mod names;
mod outcome;
mod person;
pub mod receipt;
pub mod script;
mod settle;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod unsent;

pub use apply::{Assignments, apply};
pub use basket::{Added, Basket, MOST_CHANGES, Wish};
pub use change::{Change, Grant};
pub use diff::Diff;
pub use digest::{Digest, ParseDigestError};
pub use draft::Draft;
pub use file::PlanFile;
pub use frozen::FrozenPlan;
pub use json::{FileProblem, LARGEST_FILE};
pub use names::Names;
pub use outcome::Outcome;
pub use person::Person;
pub use receipt::Receipt;
