//! Looks at the directory for many lines at once: one list for each API or one for each identity, whichever are fewer.

use futures_util::future::LocalBoxFuture;
use futures_util::{StreamExt as _, stream};

use super::settle::LOOKS;
use super::{Assignments, Change, FrozenPlan};
use crate::directory::{Assignment, ObjectId, sort_by};
use crate::graph::{GraphError, GraphErrorKind};

/// So many lists are read at once.
pub(super) const LOOKS_AT_ONCE: usize = 6;

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
    let (identities, apis) = (grouped(plan, lines, Change::identity), grouped(plan, lines, Change::api));
    let by_api = apis.len() < identities.len();
    let look = move |(id, lines): (ObjectId, Vec<usize>)| -> LocalBoxFuture<'a, Looked> {
        Box::pin(async move {
            let rows = if by_api { graph.holders_of(id).await } else { held_by(graph, plan, id, &lines).await };
            Looked { lines, rows }
        })
    };
    (if by_api { apis } else { identities }).into_iter().map(look).collect()
}

/// The lines that are about the same id, for each id.
fn grouped(plan: &FrozenPlan, lines: &[usize], id: fn(&Change) -> ObjectId) -> Vec<(ObjectId, Vec<usize>)> {
    let mut pairs: Vec<(ObjectId, usize)> =
        lines.iter().filter_map(|line| Some((id(plan.steps().get(*line)?), *line))).collect();
    sort_by(&mut pairs, Ord::cmp);
    let mut groups: Vec<(ObjectId, Vec<usize>)> = Vec::new();
    for (id, line) in pairs {
        match groups.last_mut() {
            Some((last, lines)) if *last == id => lines.push(line),
            _ => groups.push((id, vec![line])),
        }
    }
    groups
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

/// Looks several times what became of changes that were sent by a page before this one, and tells it of each. What
/// exists has been made; what is missing may only be missing on one of the directory's copies, so a removal must be seen
/// twice.
pub async fn find_effects(graph: &dyn Assignments, changes: &[Change]) -> Vec<Result<Found, GraphError>> {
    let plan = FrozenPlan::new(changes.to_vec());
    let mut found: Vec<_> = changes.iter().map(|_| (0, Ok(Found::NotSeen))).collect();
    let mut open: Vec<usize> = (0..changes.len()).collect();
    for time in LOOKS {
        if open.is_empty() {
            break;
        }
        graph.clock().sleep(time).await;
        let mut looks = stream::iter(looks(graph, &plan, &open)).buffer_unordered(LOOKS_AT_ONCE);
        while let Some(looked) = looks.next().await {
            for line in &looked.lines {
                let (Some(change), Some((agreed, last))) = (changes.get(*line), found.get_mut(*line)) else { continue };
                let assigns = matches!(change, Change::Assign { .. });
                let settled = match looked.find(change) {
                    Ok(row) => {
                        *agreed = if row.is_some() == assigns { *agreed + 1 } else { 0 };
                        let seen = *agreed > 0 && (assigns || *agreed > 1);
                        *last = Ok(if seen { Found::Seen(row.cloned()) } else { Found::NotSeen });
                        seen
                    }
                    Err(error) => {
                        let lasts = !error.is_temporary();
                        *last = Err(error);
                        lasts
                    }
                };
                if settled {
                    open.retain(|open| open != line);
                }
            }
        }
    }
    found.into_iter().map(|(_, last)| last).collect()
}
