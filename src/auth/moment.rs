//! How long ago something was, by both clocks of the computer: what ends a session must not be escaped by either.

use std::time::Duration;

use crate::directory::Timestamp;
use crate::http::Clock;

/// A moment in the life of the page.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    monotonic: Duration,
    wall: Timestamp,
}

impl Moment {
    /// The present.
    pub fn now(clock: &dyn Clock) -> Self {
        Self { monotonic: clock.monotonic(), wall: clock.now() }
    }

    /// The time since then, by the clock that says more: the monotonic one of some systems stands still while the
    /// computer sleeps, and the other can be set back.
    pub fn age(self, clock: &dyn Clock) -> Duration {
        let wall = clock.now().unix_millis().saturating_sub(self.wall.unix_millis());
        let wall = Duration::from_millis(u64::try_from(wall).unwrap_or(0));
        clock.monotonic().saturating_sub(self.monotonic).max(wall)
    }
}
