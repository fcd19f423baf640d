//! How far one line of a plan has come.

use crate::directory::{Assignment, Timestamp};
use crate::graph::GraphError;

/// How far one line of a plan has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It has not been sent, or Graph has not taken it yet.
    Waiting,
    /// It is being sent, or it is being found out what came of it.
    Sent,
    /// Graph has carried it out.
    Accepted(Accepted),
    /// And the directory shows it.
    Visible(Accepted),
    /// The identity held the role before.
    AlreadyThere,
    /// The assignment was gone before.
    AlreadyGone,
    /// Not done, for certain.
    Failed(GraphError),
    /// It was sent, and it could not be found out what came of it.
    Unknown(GraphError),
    /// Sent, but for a reason that would have passed Graph did not carry it out before the run was stopped.
    NotDone,
    /// Never sent, for the run was stopped before.
    NotSent,
}

/// What is known of a change that Graph has carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// What was made; nothing where something was removed.
    pub made: Option<Assignment>,
    /// Graph's id of the request; of the one that told nothing, if the change was seen in the directory alone.
    pub request_id: Option<String>,
    /// When it was known here.
    pub at: Timestamp,
}

impl State {
    /// Whether the run leaves it at that.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Waiting | Self::Sent)
    }

    /// Whether the directory is as the line wants it.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Accepted(_) | Self::Visible(_) | Self::AlreadyThere | Self::AlreadyGone)
    }

    /// The id of the last request, by which Microsoft's support finds it.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Accepted(accepted) | Self::Visible(accepted) => accepted.request_id.as_deref(),
            Self::Failed(error) | Self::Unknown(error) => error.request_id(),
            _ => None,
        }
    }
}
