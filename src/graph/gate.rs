//! One gate before Graph, for whoever asks: when one request is told to wait, all wait (F-06), and writes leave at a
//! pace. Requests made while throttled still count against the quota. <https://learn.microsoft.com/graph/throttling>

use std::cell::Cell;
use std::time::Duration;

use super::pace::Pace;

/// The gate stays closed no longer than this, whatever a header says: a wrong one must not lock the page for a day.
const LONGEST: Duration = Duration::from_secs(300);

/// Closed until a moment of the monotonic clock.
pub(super) struct Gate {
    until: Cell<Duration>,
    /// How often it was closed since something came through.
    closed: Cell<u32>,
    pace: Pace,
}

impl Gate {
    /// An open gate.
    pub(super) fn new() -> Self {
        Self { until: Cell::default(), closed: Cell::new(0), pace: Pace::new() }
    }

    /// Closes the gate for some time from now. A gate closed for longer stays so.
    pub(super) fn close(&self, now: Duration, time: Duration, throttles_writes: bool) {
        let was_open = self.left(now).is_none();
        let until = self.until.get().max(now + time.min(LONGEST));
        self.until.set(until);
        if was_open {
            self.closed.set(self.closed.get().saturating_add(1));
        }
        // Of writes refused together, the first alone slows down.
        match throttles_writes {
            true if was_open => self.pace.slow_down(until),
            true => self.pace.hold_until(until),
            false => {}
        }
    }

    /// Something came through.
    pub(super) fn passed(&self, write: bool) {
        self.closed.set(0);
        if write {
            self.pace.speed_up();
        }
    }

    /// How often it was closed since something came through.
    pub(super) fn closed(&self) -> u32 {
        self.closed.get()
    }

    /// How long it stays closed.
    pub(super) fn left(&self, now: Duration) -> Option<Duration> {
        self.until.get().checked_sub(now).filter(|left| !left.is_zero())
    }

    /// How long until so many writes may leave.
    pub(super) fn left_for(&self, now: Duration, writes: usize) -> Option<Duration> {
        self.left(now).max(self.pace.left(now, count(writes)))
    }

    /// Takes leave for so many writes.
    pub(super) fn take(&self, now: Duration, writes: usize) {
        self.pace.take(now, count(writes));
    }
}

fn count(writes: usize) -> f64 {
    f64::from(u32::try_from(writes).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn opens_after_the_longest_wait_asked_for() {
        let gate = Gate::new();
        assert_eq!(gate.left(secs(5)), None);
        gate.close(secs(5), secs(10), false);
        gate.close(secs(6), secs(2), false);
        assert_eq!(gate.left(secs(8)), Some(secs(7)));
        assert_eq!(gate.left(secs(15)), None);
    }

    #[test]
    fn no_header_closes_it_for_a_day() {
        let gate = Gate::new();
        gate.close(secs(0), Duration::MAX, false);
        assert_eq!(gate.left(secs(0)), Some(LONGEST));
    }

    #[test]
    fn writes_refused_together_slow_down_once() {
        let (one, many) = (Gate::new(), Gate::new());
        one.close(secs(1), secs(10), true);
        (0..20).for_each(|_| many.close(secs(1), secs(10), true));
        assert_eq!(one.left_for(secs(1), 20), many.left_for(secs(1), 20));
        assert!(one.left_for(secs(1), 20) > Some(secs(11)), "the bucket is empty, too");
        assert_eq!((one.closed(), many.closed()), (1, 1));
        many.passed(true);
        assert_eq!(many.closed(), 0);
    }
}
