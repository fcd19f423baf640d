//! What came of one step.

use crate::directory::Assignment;
use crate::graph::GraphError;

/// What came of one step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done: with the assignment if one was made, without if one was removed.
    Done(Option<Assignment>),
    /// The identity held the role before.
    AlreadyThere,
    /// The assignment was gone before.
    AlreadyGone,
    /// Not done, for certain.
    Failed(GraphError),
    /// It was sent, and the directory could not be asked what came of it.
    Unknown(GraphError),
    /// Not tried, because an earlier step showed that it would fail or could not be watched.
    NotSent,
}
