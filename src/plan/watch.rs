//! Follows what Graph has accepted until the directory shows it.

use std::time::Duration;

use futures_util::future::{Either, join_all, select};

use super::look::looks;
use super::{Assignments, Change, Command, Control, FrozenPlan, State, Witness};
use crate::directory::SETTLING;

/// The first wait; each is twice as long as the one before.
const FIRST: Duration = Duration::from_secs(2);
/// The longest wait between two looks.
const LONGEST: Duration = Duration::from_secs(30);
/// So many looks in a row must agree: copies of the directory answer in turns (F-19).
const AGREED: u32 = 2;

/// Reads back what was accepted, until all of it is [`State::Visible`], or for as long as a directory may take, or until
/// it is cancelled.
pub async fn watch(
    graph: &dyn Assignments,
    plan: &FrozenPlan,
    states: &mut [State],
    control: &Control,
    witness: &dyn Witness,
) {
    let mut agreed = vec![0; states.len()];
    let (mut wait, mut waited) = (FIRST, Duration::ZERO);
    loop {
        let accepted = |(line, state): (usize, &State)| matches!(state, State::Accepted(_)).then_some(line);
        let open: Vec<usize> = states.iter().enumerate().filter_map(accepted).collect();
        if open.is_empty() || control.command() == Command::Cancel || waited > SETTLING {
            return;
        }
        if let Either::Right(_) = select(graph.clock().sleep(wait), Box::pin(control.heard())).await {
            continue;
        }
        (waited, wait) = (waited + wait, (wait * 2).min(LONGEST));
        for looked in join_all(looks(graph, plan, &open)).await {
            for line in &looked.lines {
                let (Some(change), Some(state), Some(agreed)) =
                    (plan.steps().get(*line), states.get_mut(*line), agreed.get_mut(*line))
                else {
                    continue;
                };
                let Ok(found) = looked.find(change) else { continue };
                let shown = found.is_some() == matches!(change, Change::Assign { .. });
                *agreed = if shown { *agreed + 1 } else { 0 };
                if let State::Accepted(accepted) = state
                    && *agreed >= AGREED
                {
                    let visible = State::Visible(accepted.clone());
                    control.edit(|figures| {
                        figures.counts.accepted -= 1;
                        figures.counts.visible += 1;
                    });
                    witness.moved(*line, &visible);
                    *state = visible;
                }
            }
        }
    }
}
