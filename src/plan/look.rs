//! Looks at the directory for many lines at once: one list for each API or one for each identity, whichever are fewer.

use std::collections::BTreeMap;

use futures_util::future::LocalBoxFuture;

use super::settle::LOOKS;
use super::{Assignments, Change, Draft, FrozenPlan};
use crate::directory::{Assignment, ObjectId};
use crate::graph::{GraphError, GraphErrorKind};

/// What a look at some lines brought.
pub(super) struct Looked {
    /// The lines.
    pub(super) lines: Vec<usize>,
    /// All assignments that they can be about.
    pub(super) rows: Result<Vec<Assignment>, GraphError>,
}

impl Looked {
    /// The assignment that a change is about, if the directory shows it.
    pub(super) fn find(&self, change: &Change) -> Result<Option<&Assignment>, GraphError> {
        let wanted = |row: &&Assignment| match change {
            Change::Assign { identity, api, role } => {
                (row.principal, row.resource, row.role) == (*identity, *api, *role)
            }
            Change::Remove { assignment, .. } => row.id == *assignment,
        };
        match &self.rows {
            Ok(rows) => Ok(rows.iter().find(wanted)),
            Err(error) => Err(error.clone()),
        }
    }
}

/// The looks that these lines need.
pub(super) fn looks<'a>(
    graph: &'a dyn Assignments,
    plan: &'a FrozenPlan,
    lines: &[usize],
) -> Vec<LocalBoxFuture<'a, Looked>> {
    let (mut identities, mut apis): (BTreeMap<ObjectId, Vec<usize>>, BTreeMap<ObjectId, Vec<usize>>) =
        Default::default();
    for line in lines {
        if let Some(change) = plan.steps().get(*line) {
            identities.entry(change.identity()).or_default().push(*line);
            apis.entry(change.api()).or_default().push(*line);
        }
    }
    let by_api = apis.len() < identities.len();
    let look = move |(id, lines): (ObjectId, Vec<usize>)| -> LocalBoxFuture<'a, Looked> {
        Box::pin(async move {
            let rows = if by_api { graph.holders_of(id).await } else { held_by(graph, plan, id, &lines).await };
            Looked { lines, rows }
        })
    };
    (if by_api { apis } else { identities }).into_iter().map(look).collect()
}

async fn held_by(
    graph: &dyn Assignments,
    plan: &FrozenPlan,
    identity: ObjectId,
    lines: &[usize],
) -> Result<Vec<Assignment>, GraphError> {
    match graph.held_by(identity).await {
        // The holder is no service principal (a person or a group may hold a role too), or is gone.
        Err(error) if *error.kind() == GraphErrorKind::NotFound => {
            let mut rows = Vec::new();
            let mut apis: Vec<_> = lines.iter().filter_map(|line| plan.steps().get(*line)).map(Change::api).collect();
            apis.dedup();
            for api in apis {
                rows.append(&mut graph.holders_of(api).await?);
            }
            Ok(rows)
        }
        rows => rows,
    }
}

/// What a look at the directory tells of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The directory is as the change wants it: with the assignment if one was to be made.
    Seen(Option<Assignment>),
    /// It is not, or not yet.
    NotSeen,
}

/// Looks several times what became of one change that was sent by a page before this one. What exists has been made;
/// what is missing may only be missing on one of the directory's copies, so a removal must be seen twice.
pub async fn find_effect(graph: &dyn Assignments, change: &Change) -> Result<Found, GraphError> {
    let plan = Draft::new(vec![change.clone()]).freeze();
    let assigns = matches!(change, Change::Assign { .. });
    let (mut agreed, mut last) = (0, Ok(Found::NotSeen));
    for time in LOOKS {
        graph.clock().sleep(time).await;
        for look in looks(graph, &plan, &[0]) {
            last = match look.await.find(change) {
                Err(error) if !error.is_temporary() => return Err(error),
                Err(error) => Err(error),
                Ok(found) => {
                    agreed = if found.is_some() == assigns { agreed + 1 } else { 0 };
                    if agreed > 0 && (assigns || agreed > 1) {
                        return Ok(Found::Seen(found.cloned()));
                    }
                    Ok(Found::NotSeen)
                }
            };
        }
    }
    last
}
