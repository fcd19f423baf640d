//! Thousands of writes under Graph's quota.

use std::time::Duration;

use emulator::{Emulator, Throttling};
use rolegrant::plan::{Change, State};

use crate::Stage;
use crate::schedule::Schedule;

/// What the emulator's quota lets through at once, and in a second.
const BURST: f64 = 3_000.0;
const PER_SECOND: f64 = 20.0;

/// What came of it.
pub struct Quota {
    pub writes: usize,
    /// Seconds.
    pub lasted: f64,
    /// Seconds in which the quota would let so many through.
    pub best: f64,
    pub requests: usize,
    pub refused: usize,
}

impl Quota {
    /// How much of the quota was used.
    pub fn share(&self) -> f64 {
        self.best / self.lasted
    }
}

/// 5,000 assignments in a tenant with fewer than 50 users.
pub fn measure() -> Quota {
    const WRITES: usize = 5_000;
    let stage = Stage::new(Emulator::builder().identities(100).throttling(Throttling::Small));
    let held: std::collections::HashSet<_> = stage.rows.iter().map(|(_, key)| key.clone()).collect();
    let mut changes = Vec::new();
    for (api, roles) in &stage.apis {
        for role in roles {
            for identity in &stage.identities {
                if changes.len() < WRITES && !held.contains(&(identity.clone(), api.clone(), role.clone())) {
                    changes.push(Change::Assign {
                        identity: identity.parse().unwrap(),
                        api: api.parse().unwrap(),
                        role: role.parse().unwrap(),
                    });
                }
            }
        }
    }
    let played = stage.play(&Schedule { changes, ..Schedule::default() });
    assert!(played.states.iter().all(|state| matches!(state, State::Accepted(_))), "all are made");
    assert_eq!(played.watch.complaints, [""; 0]);
    let lasted = played.lasted.max(Duration::from_millis(1)).as_secs_f64();
    let best = (played.states.len() as f64 - BURST) / PER_SECOND;
    Quota { writes: played.states.len(), lasted, best, requests: played.watch.writes, refused: played.watch.refused }
}
