//! The emulator's clock: the machine's own, plus what a test has wound it forward; or one that only tests move.
//! Every time that the emulator writes or compares comes from here.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};

/// A clock that can be wound forward.
#[derive(Debug)]
pub(crate) struct Clock {
    /// Where it stands, if it stands still by itself.
    held_at: Option<DateTime<Utc>>,
    ahead_millis: AtomicI64,
}

impl Clock {
    /// The machine's clock; held, one that stands still until it is wound forward.
    pub(crate) fn new(held: bool) -> Self {
        Self { held_at: held.then(|| DateTime::UNIX_EPOCH + TimeDelta::days(20_780)), ahead_millis: AtomicI64::new(0) }
    }

    /// Now.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.held_at.unwrap_or_else(Utc::now) + TimeDelta::milliseconds(self.ahead_millis.load(Ordering::Relaxed))
    }

    /// Winds the clock forward.
    pub(crate) fn advance(&self, by: Duration) {
        self.ahead_millis.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// Back to where it began.
    pub(crate) fn reset(&self) {
        self.ahead_millis.store(0, Ordering::Relaxed);
    }
}

/// `2026-11-23T22:31:00Z`, as the directory writes most times.
pub(crate) fn to_seconds(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `2026-11-23T22:31:00.1234567Z`, as assignments carry it.
pub(crate) fn to_ticks(at: DateTime<Utc>) -> String {
    format!("{}.{:07}Z", at.format("%Y-%m-%dT%H:%M:%S"), at.nanosecond() / 100 % 10_000_000)
}

/// `2026-11-23T22:31:00`, as Graph's errors carry it: without a zone.
pub(crate) fn to_zoneless(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// `2026-11-23 22:31:00Z`, as sign-in errors carry it.
pub(crate) fn to_signin(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%SZ").to_string()
}
