//! Applies a frozen plan, one request at a time.
//!
//! A write is never sent again before its effect has been read back or the answer proves that nothing happened
//! (invariant 6); nothing is sent that is not in the plan.

use std::time::Duration;

use futures_util::future::LocalBoxFuture;

use super::settle::run_step;
use super::{FrozenPlan, Outcome};
use crate::directory::{AppRoleId, Assignment, AssignmentId, ObjectId};
use crate::graph::{Graph, GraphError, GraphErrorKind};

/// What applying a plan asks of the directory.
pub trait Assignments {
    /// Sends one assignment, once.
    fn assign(
        &self,
        identity: ObjectId,
        api: ObjectId,
        role: AppRoleId,
    ) -> LocalBoxFuture<'_, Result<Assignment, GraphError>>;
    /// Sends one removal, once.
    fn unassign<'a>(
        &'a self,
        api: ObjectId,
        assignment: &'a AssignmentId,
    ) -> LocalBoxFuture<'a, Result<(), GraphError>>;
    /// Reads all that a service principal holds.
    fn held_by(&self, principal: ObjectId) -> LocalBoxFuture<'_, Result<Vec<Assignment>, GraphError>>;
    /// Reads all who hold roles of an API.
    fn holders_of(&self, api: ObjectId) -> LocalBoxFuture<'_, Result<Vec<Assignment>, GraphError>>;
    /// Waits.
    fn wait(&self, time: Duration) -> LocalBoxFuture<'_, ()>;
}

impl Assignments for Graph {
    fn assign(
        &self,
        identity: ObjectId,
        api: ObjectId,
        role: AppRoleId,
    ) -> LocalBoxFuture<'_, Result<Assignment, GraphError>> {
        Box::pin(self.assign(identity, api, role))
    }

    fn unassign<'a>(
        &'a self,
        api: ObjectId,
        assignment: &'a AssignmentId,
    ) -> LocalBoxFuture<'a, Result<(), GraphError>> {
        Box::pin(self.unassign(api, assignment))
    }

    fn held_by(&self, principal: ObjectId) -> LocalBoxFuture<'_, Result<Vec<Assignment>, GraphError>> {
        Box::pin(self.held_by(principal))
    }

    fn holders_of(&self, api: ObjectId) -> LocalBoxFuture<'_, Result<Vec<Assignment>, GraphError>> {
        Box::pin(self.holders_of(api))
    }

    fn wait(&self, time: Duration) -> LocalBoxFuture<'_, ()> {
        self.clock().sleep(time)
    }
}

/// New objects take up to about a minute to be known everywhere. That long, in all, a plan waits for them.
const REPLICATION: Duration = Duration::from_secs(60);

/// How far a step has come.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// It is sent now: from here on it may have had its effect.
    Sending,
    /// This came of it.
    Ended(&'a Outcome),
}

/// Applies the plan and tells `on_step` how far each step has come, by its position. The result has one outcome a
/// step, in the plan's order.
///
/// After a refusal that the rest would meet as well, and when the directory can no longer be watched, nothing more is
/// sent.
pub async fn apply(
    graph: &impl Assignments,
    plan: &FrozenPlan,
    mut on_step: impl FnMut(usize, Progress<'_>),
) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(plan.steps().len());
    let (mut stopped, mut patience) = (false, REPLICATION);
    for (position, change) in plan.steps().iter().enumerate() {
        let outcome = if stopped {
            Outcome::NotSent
        } else {
            on_step(position, Progress::Sending);
            run_step(graph, change, &mut patience).await
        };
        stopped |= ends_the_run(&outcome);
        on_step(position, Progress::Ended(&outcome));
        outcomes.push(outcome);
    }
    outcomes
}

fn ends_the_run(outcome: &Outcome) -> bool {
    use GraphErrorKind::*;
    match outcome {
        Outcome::Unknown(_) => true,
        Outcome::Failed(error) => matches!(
            error.kind(),
            ScopeMissing
                | Forbidden
                | SignInNeeded
                | SignInRefused
                | PolicyNeedsMore
                | Throttled { .. }
                | Network
                | Timeout
                | Unavailable
                | ForeignLink
        ),
        Outcome::Done(_) | Outcome::AlreadyThere | Outcome::AlreadyGone | Outcome::NotSent => false,
    }
}
