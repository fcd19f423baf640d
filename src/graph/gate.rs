//! One gate before Graph: when one request is told to wait, all wait (F-06). Requests made while throttled still count
//! against the quota. <https://learn.microsoft.com/graph/throttling>

use std::cell::Cell;
use std::time::Duration;

/// The gate stays closed no longer than this, whatever a header says: a wrong one must not lock the page for a day.
const LONGEST: Duration = Duration::from_secs(300);

/// Closed until a moment of the monotonic clock.
#[derive(Default)]
pub(super) struct Gate(Cell<Duration>);

impl Gate {
    /// Closes the gate for some time from now. A gate closed for longer stays so.
    pub(super) fn close(&self, now: Duration, time: Duration) {
        self.0.set(self.0.get().max(now + time.min(LONGEST)));
    }

    /// How long it stays closed.
    pub(super) fn left(&self, now: Duration) -> Option<Duration> {
        self.0.get().checked_sub(now).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn opens_after_the_longest_wait_asked_for() {
        let gate = Gate::default();
        assert_eq!(gate.left(secs(5)), None);
        gate.close(secs(5), secs(10));
        gate.close(secs(6), secs(2));
        assert_eq!(gate.left(secs(8)), Some(secs(7)));
        assert_eq!(gate.left(secs(15)), None);
    }

    #[test]
    fn no_header_closes_it_for_a_day() {
        let gate = Gate::default();
        gate.close(secs(0), Duration::MAX);
        assert_eq!(gate.left(secs(0)), Some(LONGEST));
    }
}
