//! How long to wait before a read is tried again. Writes are never repeated here (invariant 6).

use std::cell::Cell;
use std::time::Duration;

use crate::directory::Timestamp;

/// A read is tried this often in all.
pub(super) const MAX_ATTEMPTS: u32 = 5;
/// No attempt begins later than this after the first.
pub(super) const MAX_TOTAL: Duration = Duration::from_secs(60);

/// `Retry-After` (RFC 9110, section 10.2.3): seconds, with a fraction as old Graph pages show, or an HTTP date. Of
/// several values, which a proxy may join by commas, the longest counts. Zero, the past and the unreadable are `None`:
/// then the own backoff decides.
pub(super) fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    match http_date(text) {
        Some(date) => {
            let millis = date.unix_millis().saturating_sub(now.unix_millis());
            u64::try_from(millis).ok().filter(|millis| *millis > 0).map(Duration::from_millis)
        }
        None => text.split(',').filter_map(seconds).max(),
    }
}

/// To the millisecond, and by hand: the standard library reads floating-point numbers with tables of 10 kB.
fn seconds(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let millis = fraction.bytes().chain([b'0'; 3]).take(3).fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    Some(Duration::new(whole.parse().ok()?, millis * 1_000_000)).filter(|time| !time.is_zero())
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7); the two obsolete forms are not read.
fn http_date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, date) = text.trim().split_once(", ")?;
    let mut parts = date.split(' ');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let (time, "GMT", None) = (parts.next()?, parts.next()?, parts.next()) else { return None };
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    format!("{year}-{month:02}-{day}T{time}Z").parse().ok()
}

/// Growing waits with jitter, so that pages opened together do not come back together.
pub(super) struct Backoff {
    state: Cell<u64>,
}

impl Backoff {
    /// Any seed will do: it decides nothing but who waits a little longer.
    pub(super) fn new(seed: Duration) -> Self {
        Self { state: Cell::new(u64::try_from(seed.as_nanos()).unwrap_or(u64::MAX) | 1) }
    }

    /// The wait after a failed attempt, the first being 1: between half and all of 1, 2, 4, 8… seconds. Never less
    /// than half, so that waits grow and no retry is immediate.
    pub(super) fn wait(&self, attempt: u32) -> Duration {
        let full = Duration::from_secs(1 << attempt.saturating_sub(1).min(5));
        let half = full / 2;
        half + half.mul_f64(self.random())
    }

    /// Xorshift (Marsaglia 2003): a number from 0 to 1. Nothing secret depends on it.
    fn random(&self) -> f64 {
        let mut state = self.state.get();
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        self.state.set(state);
        f64::from(u32::try_from(state >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Option<Duration> {
        retry_after(text, "2026-11-23T22:31:00Z".parse().unwrap())
    }

    #[test]
    fn reads_every_form_of_retry_after() {
        let secs = |secs| Some(Duration::from_secs(secs));
        assert_eq!(at("2"), secs(2));
        assert_eq!(at(" 10 "), secs(10));
        assert_eq!(at("2.128"), Some(Duration::from_millis(2128)));
        assert_eq!(at("2,2"), secs(2));
        assert_eq!(at("2, 7"), secs(7));
        assert_eq!(at("99999"), secs(99_999));
        assert_eq!(at("Mon, 23 Nov 2026 22:31:30 GMT"), secs(30));
    }

    #[test]
    fn useless_values_leave_it_to_the_backoff() {
        for text in [
            "",
            "0",
            "-1",
            "abc",
            "1e9",
            "inf",
            "NaN",
            "Mon, 23 Nov 2026 22:30:59 GMT",
            "Mon, 23 Nov 2026",
            "Monday, 23-Nov-26 22:31:30 GMT",
            "99999999999999999999999999",
        ] {
            assert_eq!(at(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn waits_grow_and_are_never_immediate(seed: u64) {
            let backoff = Backoff::new(Duration::from_nanos(seed));
            let mut last = Duration::ZERO;
            for attempt in 1..=4 {
                let wait = backoff.wait(attempt);
                prop_assert!(wait >= Duration::from_millis(500) && wait >= last && wait <= Duration::from_secs(8));
                last = wait;
            }
            prop_assert!(backoff.wait(u32::MAX) <= Duration::from_secs(32));
        }

        #[test]
        fn any_header_is_read_without_harm(text in "\\PC{0,40}") {
            let _ = at(&text);
        }
    }
}
