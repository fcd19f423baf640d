//! How fast writes may leave: a bucket that holds a little less than Graph's quota and fills as fast. It slows down when
//! Graph refuses all the same, for others may draw from the same quota, and speeds up again.

use std::cell::Cell;
use std::time::Duration;

/// 99 of 100 of the quota of an app in a tenant, 3,000 writes in 150 seconds.
/// <https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits>
const CAPACITY: f64 = 2_970.0;
/// So many a second, at best.
const FASTEST: f64 = 19.8;
/// And at worst: whatever Graph refuses, it goes on.
const SLOWEST: f64 = 1.0;
/// What a refusal leaves of the speed.
const AFTER_REFUSAL: f64 = 0.7;
/// What an accepted write gives back of it: some 300 until it is whole again.
const AFTER_SUCCESS: f64 = 0.02;

/// A token bucket on the monotonic clock.
pub(super) struct Pace {
    level: Cell<f64>,
    /// As of when; in the future after a refusal.
    at: Cell<Duration>,
    rate: Cell<f64>,
}

impl Pace {
    /// A full bucket.
    pub(super) fn new() -> Self {
        Self { level: Cell::new(CAPACITY), at: Cell::new(Duration::ZERO), rate: Cell::new(FASTEST) }
    }

    /// How long until so many writes may leave.
    pub(super) fn left(&self, now: Duration, writes: f64) -> Option<Duration> {
        self.fill(now);
        let lacking = writes - self.level.get();
        let filling = if lacking > 0.0 { Duration::from_secs_f64(lacking / self.rate.get()) } else { Duration::ZERO };
        let left = self.at.get().saturating_sub(now).saturating_add(filling);
        Some(left).filter(|left| !left.is_zero())
    }

    /// So many leave now.
    pub(super) fn take(&self, now: Duration, writes: f64) {
        self.fill(now);
        self.level.set(self.level.get() - writes);
    }

    /// Graph refused a write and is to be left alone until then.
    pub(super) fn slow_down(&self, until: Duration) {
        self.level.set(0.0);
        self.at.set(until);
        self.rate.set((self.rate.get() * AFTER_REFUSAL).max(SLOWEST));
    }

    /// The same pause got longer.
    pub(super) fn hold_until(&self, until: Duration) {
        if self.at.get() < until {
            self.level.set(self.level.get().min(0.0));
            self.at.set(until);
        }
    }

    /// Graph accepted a write.
    pub(super) fn speed_up(&self) {
        self.rate.set((self.rate.get() + AFTER_SUCCESS).min(FASTEST));
    }

    fn fill(&self, now: Duration) {
        if let Some(time) = now.checked_sub(self.at.get()) {
            self.level.set((self.level.get() + time.as_secs_f64() * self.rate.get()).min(CAPACITY));
            self.at.set(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    /// F-59
    #[test]
    fn in_any_time_less_leaves_than_the_bucket_of_the_quota_lets_through() {
        let pace = Pace::new();
        let (mut now, mut sent) = (secs(7), 0.0);
        for _ in 0..400 {
            if let Some(left) = pace.left(now, 20.0) {
                now += left;
            }
            assert_eq!(pace.left(now, 20.0), None);
            pace.take(now, 20.0);
            sent += 20.0;
            assert!(sent < 3_000.0 + 20.0 * (now - secs(7)).as_secs_f64());
        }
        let best = (sent - 3_000.0) / 20.0;
        assert!((now - secs(7)).as_secs_f64() < best / 0.95, "{now:?}");
    }

    #[test]
    fn a_refusal_slows_down_and_success_speeds_up_again() {
        let pace = Pace::new();
        pace.slow_down(secs(10));
        let after = |writes: f64| Some(secs(10) + Duration::from_secs_f64(writes / (FASTEST * AFTER_REFUSAL)));
        assert_eq!(pace.left(secs(0), 20.0), after(20.0));
        for _ in 0..40 {
            pace.slow_down(secs(10));
        }
        assert_eq!(pace.left(secs(10), 20.0), Some(secs(20)), "never slower than one a second");
        (0..1_000).for_each(|_| pace.speed_up());
        pace.take(secs(10), 0.0);
        assert_eq!(pace.left(secs(10), 19.8), Some(secs(1)));
        pace.hold_until(secs(30));
        assert_eq!(pace.left(secs(10), 0.0), Some(secs(20)));
    }
}
