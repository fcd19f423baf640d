//! Whether somebody still sits in front of the page (SEC-068): after some time without activity there is a warning,
//! which can be answered (WCAG 2.2, success criterion 2.2.1), and then the session ends.

use std::cell::Cell;
use std::time::Duration;

use super::moment::Moment;
use crate::directory::Timestamp;
use crate::http::Clock;

/// How long before the end the warning comes.
pub const WARNING: Duration = Duration::from_secs(2 * 60);

/// How far back a computer's clock is set by those who keep it right, in milliseconds.
const BACKWARDS: i64 = 60 * 1000;

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Somebody is there; the warning may come after this time.
    Active(Duration),
    /// Nobody has been there for long; the session ends after this time.
    Warning(Duration),
    /// Nobody is there.
    Over,
}

/// Whether nobody has been there for as long as a session outlives that, by what a page before this one has written
/// down: a tab that the browser brings back, or somebody loads anew after a night. There is only a clock that can be
/// set; where it was set back, nobody knows.
pub fn is_over(seen: Timestamp, now: Timestamp, limit: Duration) -> bool {
    let since = now.unix_millis().saturating_sub(seen.unix_millis());
    since < -BACKWARDS || since >= i64::try_from(limit.as_millis()).unwrap_or(i64::MAX)
}

/// The time since somebody did something.
#[derive(Debug)]
pub struct Idle {
    limit: Duration,
    touched: Cell<Moment>,
}

impl Idle {
    /// Somebody is there now; `limit` is how long the session outlives that.
    pub fn new(limit: Duration, clock: &dyn Clock) -> Self {
        Self { limit, touched: Cell::new(Moment::now(clock)) }
    }

    /// Somebody did something. Where it is over, nothing saves it: after hours of sleep the first sign of life may come
    /// before anybody has looked at the clocks.
    pub fn touch(&self, clock: &dyn Clock) {
        if self.standing(clock) != Standing::Over {
            self.touched.set(Moment::now(clock));
        }
    }

    /// Where it stands now.
    pub fn standing(&self, clock: &dyn Clock) -> Standing {
        match self.limit.saturating_sub(self.touched.get().age(clock)) {
            Duration::ZERO => Standing::Over,
            left if left <= WARNING => Standing::Warning(left),
            left => Standing::Active(left - WARNING),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::testing::HandClock;
    use futures_util::future::LocalBoxFuture;

    const LIMIT: Duration = Duration::from_secs(30 * 60);

    #[test]
    fn warns_before_it_ends() {
        let clock = HandClock::default();
        let idle = Idle::new(LIMIT, &clock);
        assert_eq!(idle.standing(&clock), Standing::Active(LIMIT - WARNING));
        clock.pass(LIMIT - WARNING - Duration::from_secs(1));
        assert_eq!(idle.standing(&clock), Standing::Active(Duration::from_secs(1)));
        clock.pass(Duration::from_secs(1));
        assert_eq!(idle.standing(&clock), Standing::Warning(WARNING));
        clock.pass(WARNING - Duration::from_secs(1));
        assert_eq!(idle.standing(&clock), Standing::Warning(Duration::from_secs(1)));
        clock.pass(Duration::from_secs(1));
        assert_eq!(idle.standing(&clock), Standing::Over);
    }

    #[test]
    fn a_page_before_counts_too() {
        let seen = Timestamp::from_unix_millis(1_795_473_060_000);
        let limit = 30 * 60 * 1000;
        for (passed, over) in
            [(0, false), (limit - 1, false), (limit, true), (100 * limit, true), (-60_000, false), (-60_001, true)]
        {
            let now = Timestamp::from_unix_millis(seen.unix_millis() + passed);
            assert_eq!(is_over(seen, now, LIMIT), over, "{passed}");
        }
        assert!(is_over(Timestamp::from_unix_millis(i64::MAX), Timestamp::from_unix_millis(i64::MIN), LIMIT));
    }

    #[test]
    fn activity_begins_it_anew() {
        let clock = HandClock::default();
        let idle = Idle::new(LIMIT, &clock);
        clock.pass(LIMIT - Duration::from_secs(1));
        idle.touch(&clock);
        assert_eq!(idle.standing(&clock), Standing::Active(LIMIT - WARNING));
    }

    #[test]
    fn what_is_over_stays_over() {
        // SEC-068
        let clock = HandClock::default();
        let idle = Idle::new(LIMIT, &clock);
        clock.pass(LIMIT);
        idle.touch(&clock);
        assert_eq!(idle.standing(&clock), Standing::Over);
    }

    /// A computer whose monotonic clock stood still, or whose wall clock was set.
    struct Apart(Duration, i64);

    impl Clock for Apart {
        fn monotonic(&self) -> Duration {
            self.0
        }

        fn now(&self) -> Timestamp {
            Timestamp::from_unix_millis(self.1)
        }

        fn sleep(&self, _: Duration) -> LocalBoxFuture<'_, ()> {
            Box::pin(async {})
        }
    }

    #[test]
    fn a_sleeping_computer_counts_and_a_clock_set_back_saves_nobody() {
        let idle = Idle::new(LIMIT, &Apart(Duration::ZERO, 0));
        let hour = 3_600_000;
        assert_eq!(idle.standing(&Apart(Duration::from_secs(1), hour)), Standing::Over);
        idle.touch(&Apart(Duration::from_secs(1), hour));
        assert_eq!(idle.standing(&Apart(Duration::from_secs(1), hour)), Standing::Over);
        assert_eq!(idle.standing(&Apart(LIMIT, -hour)), Standing::Over);
        assert_eq!(idle.standing(&Apart(Duration::ZERO, -hour)), Standing::Active(LIMIT - WARNING));
    }
}
