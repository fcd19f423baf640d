//! Thousands of plans, each with its own misfortunes: in the end the directory holds exactly what the engine reports.
//!
//! `ROLEGRANT_SEED=17 cargo test -p apply --test model` plays one schedule alone, `ROLEGRANT_SCHEDULES=100000` more.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may panic"
)]

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use apply::Stage;
use apply::schedule::{SETTINGS, Schedule, setting};
use apply::stage::Played;
use rolegrant::plan::{Accepted, Change, State};

/// So many schedules unless the environment says otherwise.
const SCHEDULES: u64 = 2_000;
/// No run lasts longer, but for the time in which the computer slept.
const LONGEST: Duration = Duration::from_secs(4 * 3600);
/// No line is sent more often.
const MOST_SENDS: usize = 60;
/// No more batches are on their way at once.
const MOST_BATCHES: usize = 16;

fn key(change: &Change) -> (String, String, String) {
    (change.identity().to_string(), change.api().to_string(), change.role().to_string())
}

/// What is wrong with a run.
fn wrongs(played: &Played, slept: Duration) -> Vec<String> {
    let Played { plan, states, watch, before, after, others, .. } = played;
    let mut wrong = watch.complaints.clone();
    let changes = plan.steps();
    let ids = |rows: &[apply::stage::Row]| rows.iter().map(|(id, _)| id.clone()).collect::<BTreeSet<_>>();
    let keys = |rows: &[apply::stage::Row]| rows.iter().map(|(_, key)| key.clone()).collect::<BTreeSet<_>>();
    let (ids_before, ids_after, keys_before, keys_after) = (ids(before), ids(after), keys(before), keys(after));
    if ids_after.len() != keys_after.len() {
        wrong.push("something is held twice".to_owned());
    }
    if states.len() != changes.len() {
        wrong.push(format!("{} states of {} lines", states.len(), changes.len()));
    }
    for (line, (change, state)) in changes.iter().zip(states).enumerate() {
        let mut complain = |what: &str| wrong.push(format!("line {line}, {change:?}, is {state:?}, but {what}"));
        let seen = &watch.lines[line];
        if !state.is_final() {
            complain("that is no end");
        }
        match state {
            State::NotDone if seen.open => complain("it may have been done"),
            State::NotSent if seen.sends > 0 => complain("it was sent"),
            // "Gone" is no answer as long as the directory does not agree.
            State::Unknown(_) if !seen.ever_open && matches!(change, Change::Assign { .. }) => {
                complain("it was always answered");
            }
            State::Accepted(_) | State::Visible(_) | State::AlreadyThere | State::AlreadyGone if seen.sends == 0 => {
                complain("it was never sent");
            }
            _ => {}
        }
        if seen.sends > MOST_SENDS {
            complain(&format!("it was sent {} times", seen.sends));
        }
        if others.contains(&key(change)) {
            continue;
        }
        match change {
            Change::Assign { .. } => {
                let (was, is) = (keys_before.contains(&key(change)), keys_after.contains(&key(change)));
                // What another line takes away, or gives in its place, is that line's.
                if changes.iter().any(|other| matches!(other, Change::Remove { .. }) && key(other) == key(change)) {
                    continue;
                }
                match state {
                    State::Accepted(it) | State::Visible(it) => {
                        let Accepted { made: Some(made), .. } = it else {
                            complain("nothing was made");
                            continue;
                        };
                        if !ids_after.contains(&made.id.to_string()) {
                            complain("it is not there");
                        }
                        if ids_before.contains(&made.id.to_string()) {
                            complain("it was there before");
                        }
                    }
                    State::AlreadyThere if !is => complain("it is not there"),
                    State::Failed(_) | State::NotDone | State::NotSent if was != is => complain("it changed"),
                    State::AlreadyGone => complain("it was to be made"),
                    _ => {}
                }
            }
            Change::Remove { assignment, .. } => {
                let id = assignment.to_string();
                let (was, is) = (ids_before.contains(&id), ids_after.contains(&id));
                match state {
                    State::Accepted(_) | State::Visible(_) | State::AlreadyGone if is => complain("it is still there"),
                    State::Failed(_) | State::NotDone | State::NotSent if was != is => complain("it changed"),
                    State::AlreadyThere => complain("it was to be removed"),
                    _ => {}
                }
            }
        }
    }
    for key in keys_before.symmetric_difference(&keys_after) {
        if !changes.iter().any(|change| self::key(change) == *key) && !others.contains(key) {
            wrong.push(format!("changed without a plan: {key:?}"));
        }
    }
    if played.lasted > LONGEST + slept {
        wrong.push(format!("it lasted {:?}", played.lasted));
    }
    if watch.batches_at_once > MOST_BATCHES {
        wrong.push(format!("{} batches at once", watch.batches_at_once));
    }
    wrong
}

/// What happened to one seed, if it was wrong.
fn play(seed: u64, stages: &[Stage]) -> Result<Played, String> {
    let stage = &stages[usize::try_from(seed).unwrap() % stages.len()];
    let schedule = Schedule::of(seed, stage);
    let sleeps = schedule.events.iter().filter(|(_, event)| matches!(event, apply::schedule::Event::Sleep(_))).count();
    let played = catch_unwind(AssertUnwindSafe(|| stage.play(&schedule)));
    let wrong = match &played {
        Ok(played) => wrongs(played, Duration::from_secs(3 * 3600) * u32::try_from(sleeps).unwrap()),
        Err(_) => vec!["it panicked".to_owned()],
    };
    match played {
        Ok(played) if wrong.is_empty() => Ok(played),
        _ => Err(format!("{schedule:?}\n{}\nROLEGRANT_SEED={seed} replays it", wrong.join("\n"))),
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn stages() -> Vec<Stage> {
    (0..SETTINGS).map(|number| Stage::new(setting(number))).collect()
}

/// F-01 to F-34 and F-46 to F-60, as far as they concern writes, looks, tokens and batches.
#[test]
fn the_directory_holds_what_is_reported_whatever_happens() {
    let seeds = match number("ROLEGRANT_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("ROLEGRANT_SCHEDULES").unwrap_or(SCHEDULES),
    };
    let next = AtomicU64::new(seeds.start);
    let (sum, longest) = (Default::default(), AtomicU64::new(0));
    let sum: &std::sync::Mutex<std::collections::BTreeMap<&str, usize>> = &sum;
    let worker = || {
        let stages = stages();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return Ok(());
            }
            let played = play(seed, &stages)?;
            longest.fetch_max(played.lasted.as_secs(), Ordering::Relaxed);
            let mut sum = sum.lock().unwrap();
            for state in &played.states {
                *sum.entry(name(state)).or_default() += 1;
            }
        }
    };
    let threads = thread::available_parallelism().map_or(2, usize::from);
    let failures: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().filter_map(|worker| worker.join().unwrap().err()).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    let sum = sum.lock().unwrap();
    eprintln!("{sum:?}, the longest run {} s", longest.load(Ordering::Relaxed));
    if number("ROLEGRANT_SEED").is_none() {
        // A model in which nothing ever goes wrong, or everything, proves nothing.
        for state in ["accepted", "visible", "already", "failed", "unknown", "not done", "not sent"] {
            assert!(sum.get(state).copied().unwrap_or_default() > 20, "too few are {state}: {sum:?}");
        }
    }
}

fn name(state: &State) -> &'static str {
    match state {
        State::Waiting | State::Sent => "under way",
        State::Accepted(_) => "accepted",
        State::Visible(_) => "visible",
        State::AlreadyThere | State::AlreadyGone => "already",
        State::Failed(_) => "failed",
        State::Unknown(_) => "unknown",
        State::NotDone => "not done",
        State::NotSent => "not sent",
    }
}
