//! Brings one step to an outcome, whatever Graph answers: the place where it is decided whether a write may be sent
//! again.

use std::time::Duration;

use super::{Assignments, Change, Outcome};
use crate::directory::Assignment;
use crate::graph::{GraphError, GraphErrorKind};

/// A write whose answers are lost is sent no more often than this, each time after a look.
const MOST_SENDS: u32 = 3;
/// How long one step waits, in all, after refusals that prove that nothing happened and may pass.
const STEP_PATIENCE: Duration = Duration::from_secs(120);
/// The waits before each look at what an unanswered write has done.
const LOOKS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Sends a change until it is known what came of it. `replication` is how long the plan may still wait for new objects.
pub(super) async fn run_step(graph: &impl Assignments, change: &Change, replication: &mut Duration) -> Outcome {
    let (mut patience, mut refusals, mut unanswered) = (STEP_PATIENCE, 0, 0);
    loop {
        let error = match send(graph, change).await {
            Ok(made) => return Outcome::Done(made),
            Err(error) => error,
        };
        if matches!(error.kind(), GraphErrorKind::AlreadyExists | GraphErrorKind::AlreadyGone) {
            return already(graph, change, unanswered > 0).await;
        }
        if error.is_ambiguous() {
            unanswered += 1;
            match find_effect(graph, change).await {
                Ok(Found::Seen(made)) => return Outcome::Done(made),
                Ok(Found::NotSeen) if unanswered < MOST_SENDS => {}
                _ => return Outcome::Unknown(error),
            }
            // The looks have taken their time; only what Graph asks for is waited on top.
            if let Some(time) = error.retry_after() {
                match patience.checked_sub(time) {
                    Some(left) => patience = left,
                    None => return Outcome::Unknown(error),
                }
                graph.wait(time).await;
            }
            continue;
        }
        // From here on the answer proves that this request did nothing.
        refusals += 1;
        let budget = match (error.kind(), change) {
            (GraphErrorKind::NotFound | GraphErrorKind::NotValidReference, Change::Assign { .. }) => {
                Some(&mut *replication)
            }
            _ if error.is_temporary() => Some(&mut patience),
            _ => None,
        };
        match budget.and_then(|budget| pause(&error, refusals, budget)) {
            Some(time) => graph.wait(time).await,
            None => return refused(graph, change, error, unanswered > 0).await,
        }
    }
}

async fn send(graph: &impl Assignments, change: &Change) -> Result<Option<Assignment>, GraphError> {
    match change {
        Change::Assign { identity, api, role } => graph.assign(*identity, *api, *role).await.map(Some),
        Change::Remove { assignment, api, .. } => graph.unassign(*api, assignment).await.map(|()| None),
    }
}

/// How long to wait before the next try, taken out of a budget; nothing if the budget does not reach.
fn pause(error: &GraphError, refusals: u32, budget: &mut Duration) -> Option<Duration> {
    let time = error.retry_after().unwrap_or(Duration::from_secs(1 << refusals.min(5)));
    *budget = budget.checked_sub(time)?;
    Some(time)
}

/// The directory is as the change wants it: by an earlier request of this step, if one went unanswered.
async fn already(graph: &impl Assignments, change: &Change, unanswered: bool) -> Outcome {
    match change {
        Change::Assign { .. } if unanswered => match look(graph, change).await {
            Ok(Some(made)) => Outcome::Done(Some(made)),
            _ => Outcome::AlreadyThere,
        },
        Change::Assign { .. } => Outcome::AlreadyThere,
        Change::Remove { .. } if unanswered => Outcome::Done(None),
        Change::Remove { .. } => Outcome::AlreadyGone,
    }
}

/// The last request did nothing. One before it may have: that is looked up, and where it cannot be seen it is not denied.
async fn refused(graph: &impl Assignments, change: &Change, error: GraphError, unanswered: bool) -> Outcome {
    if unanswered {
        return match find_effect(graph, change).await {
            Ok(Found::Seen(made)) => Outcome::Done(made),
            _ => Outcome::Unknown(error),
        };
    }
    // A duplicate is told from other bad requests by its wording alone, so the list is asked as well.
    if matches!((error.kind(), change), (GraphErrorKind::BadRequest, Change::Assign { .. }))
        && let Ok(Some(_)) = look(graph, change).await
    {
        return Outcome::AlreadyThere;
    }
    Outcome::Failed(error)
}

/// What a look at the directory tells of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The directory is as the change wants it: with the assignment if one was to be made.
    Seen(Option<Assignment>),
    /// It is not, or not yet.
    NotSeen,
}

/// Looks several times, for the directory shows a change late. What exists has been made; what is missing may only be
/// missing on one of the directory's copies, so a removal must be seen twice.
pub async fn find_effect(graph: &impl Assignments, change: &Change) -> Result<Found, GraphError> {
    let assigns = matches!(change, Change::Assign { .. });
    let (mut agreed, mut last) = (0, Ok(Found::NotSeen));
    for time in LOOKS {
        graph.wait(time).await;
        last = match look(graph, change).await {
            Ok(present) if present.is_some() == assigns => {
                agreed += 1;
                if assigns || agreed == 2 {
                    return Ok(Found::Seen(present));
                }
                Ok(Found::NotSeen)
            }
            Ok(_) => {
                agreed = 0;
                Ok(Found::NotSeen)
            }
            Err(error) if !error.is_temporary() => return Err(error),
            Err(error) => Err(error),
        };
    }
    last
}

/// The assignment that a change is about, if the directory shows it.
async fn look(graph: &impl Assignments, change: &Change) -> Result<Option<Assignment>, GraphError> {
    let rows = match graph.held_by(change.identity()).await {
        // The holder is no service principal (a person or a group may hold a role too), or is gone.
        Err(error) if matches!(error.kind(), GraphErrorKind::NotFound) => graph.holders_of(change.api()).await?,
        rows => rows?,
    };
    Ok(rows.into_iter().find(|row| match change {
        Change::Assign { identity, api, role } => (row.principal, row.resource, row.role) == (*identity, *api, *role),
        Change::Remove { assignment, .. } => row.id == *assignment,
    }))
}
