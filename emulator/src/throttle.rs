//! Graph's quotas for identity and access, as its throttling limits are documented: resource units and writes for an
//! app in a tenant, writes for a tenant, and two narrow ones. Token buckets that follow the emulator's clock.
//! The limits of an app over all tenants (150,000 units in 20 s) cannot be met within one tenant and are left out.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

/// Which quotas apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Throttling {
    /// None.
    #[default]
    Off,
    /// Those of a tenant with fewer than 50 users: 3,500 resource units in 10 s.
    Small,
    /// Those of a tenant with 50 to 500 users: 5,000 resource units in 10 s.
    Medium,
    /// Those of a tenant with more than 500 users: 8,000 resource units in 10 s.
    Large,
    /// Of one's own, to meet them sooner.
    Own {
        /// Resource units in 10 s.
        units: u32,
        /// Writes in 2 min 30 s.
        writes: u32,
    },
}

/// Why a text names no quotas.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected off, S, M, L, or UNITS/WRITES, not {0:?}")]
pub struct ThrottlingError(String);

impl FromStr for Throttling {
    type Err = ThrottlingError;

    /// `off`, `S`, `M`, `L`, or for example `100/20` (units in 10 s, writes in 2 min 30 s).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "off" => Ok(Self::Off),
            "S" => Ok(Self::Small),
            "M" => Ok(Self::Medium),
            "L" => Ok(Self::Large),
            _ => text
                .split_once('/')
                .and_then(|(units, writes)| {
                    Some(Self::Own { units: units.parse().ok()?, writes: writes.parse().ok()? })
                })
                .ok_or_else(|| ThrottlingError(text.to_owned())),
        }
    }
}

impl Throttling {
    fn units(self) -> f64 {
        match self {
            Self::Off => f64::INFINITY,
            Self::Small => 3_500.0,
            Self::Medium => 5_000.0,
            Self::Large => 8_000.0,
            Self::Own { units, .. } => f64::from(units),
        }
    }

    fn writes(self) -> f64 {
        match self {
            Self::Off => f64::INFINITY,
            Self::Own { writes, .. } => f64::from(writes),
            Self::Small | Self::Medium | Self::Large => 3_000.0,
        }
    }
}

/// What a request costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Resource units.
    pub(crate) units: u32,
    /// One write or none.
    pub(crate) writes: u32,
    /// A narrow quota of its own.
    pub(crate) narrow: Option<Narrow>,
}

/// Quotas of single resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Narrow {
    /// `auditLogs`: 5 requests in 10 s for an app in a tenant.
    Reports,
    /// Reading `keyCredentials`: 150 requests in a minute for a tenant.
    Keys,
}

/// How full the fullest bucket is after a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Metered {
    /// `x-ms-throttle-limit-percentage`: 1 is full; up to 1.8, beyond which it does not count.
    pub(crate) share: f64,
    /// `x-ms-throttle-scope`, without the ids.
    pub(crate) scope: &'static str,
    /// `x-ms-throttle-information`.
    pub(crate) reason: &'static str,
    /// Whole seconds until the same request gets through; `None`: it does now.
    pub(crate) retry_after: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Units,
    Writes,
    TenantWrites,
    Narrow(Narrow),
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    used: f64,
    at: DateTime<Utc>,
}

/// The buckets, by what they measure and whose they are (an app id; empty for the tenant).
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    buckets: Mutex<HashMap<(Kind, String), Bucket>>,
}

/// A bucket can be overdrawn this far: requests that are refused count as well.
const OVERDRAFT: f64 = 1.8;

impl Throttle {
    /// Every quota is whole again.
    pub(crate) fn clear(&self) {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Meters a request. `None` if there are no quotas.
    pub(crate) fn meter(&self, quotas: Throttling, app: &str, cost: Cost, now: DateTime<Utc>) -> Option<Metered> {
        if quotas == Throttling::Off {
            return None;
        }
        let mut wanted = vec![(Kind::Units, app, quotas.units(), 10.0, cost.units)];
        if cost.writes > 0 {
            wanted.push((Kind::Writes, app, quotas.writes(), 150.0, cost.writes));
            wanted.push((Kind::TenantWrites, "", 18_000.0, 300.0, cost.writes));
        }
        match cost.narrow {
            Some(Narrow::Reports) => wanted.push((Kind::Narrow(Narrow::Reports), app, 5.0, 10.0, 1)),
            Some(Narrow::Keys) => wanted.push((Kind::Narrow(Narrow::Keys), "", 150.0, 60.0, 1)),
            None => {}
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut fullest: Option<Metered> = None;
        for (kind, whose, limit, seconds, amount) in wanted {
            let bucket = buckets.entry((kind, whose.to_owned())).or_insert(Bucket { used: 0.0, at: now });
            let metered = fill(bucket, kind, limit, seconds, f64::from(amount), now);
            if fullest.as_ref().is_none_or(|known| known.share < metered.share) {
                fullest = Some(metered);
            }
        }
        fullest
    }
}

/// Drains what has run off since, adds the amount, and says how full it is now.
fn fill(bucket: &mut Bucket, kind: Kind, limit: f64, seconds: f64, amount: f64, now: DateTime<Utc>) -> Metered {
    let rate = limit / seconds;
    let elapsed = (now - bucket.at).as_seconds_f64().max(0.0);
    let used = (bucket.used - elapsed * rate).max(0.0) + amount;
    *bucket = Bucket { used: used.min(limit * OVERDRAFT), at: now };
    let over = bucket.used - limit;
    let (scope, reason) = match kind {
        Kind::Units => ("Tenant_Application/ReadWrite", "ResourceUnitLimitExceeded"),
        Kind::Writes => ("Tenant_Application/Write", "WriteLimitExceeded"),
        Kind::TenantWrites => ("Tenant/Write", "WriteLimitExceeded"),
        Kind::Narrow(Narrow::Reports) => ("Tenant_Application/Read", "ResourceUnitLimitExceeded"),
        Kind::Narrow(Narrow::Keys) => ("Tenant/Read", "ResourceUnitLimitExceeded"),
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of minutes, never negative")]
    let retry_after = (over > 0.0).then(|| ((over + amount) / rate).ceil() as u64);
    Metered { share: bucket.used / limit, scope, reason, retry_after }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    const READ: Cost = Cost { units: 1, writes: 0, narrow: None };
    const WRITE: Cost = Cost { units: 1, writes: 1, narrow: None };

    fn start() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    fn allowed(throttle: &Throttle, quotas: Throttling, app: &str, cost: Cost, now: DateTime<Utc>) -> usize {
        (0..20_000).take_while(|_| throttle.meter(quotas, app, cost, now).unwrap().retry_after.is_none()).count()
    }

    #[test]
    fn the_documented_quotas() {
        for (text, units) in [("S", 3_500), ("M", 5_000), ("L", 8_000), ("7/2", 7)] {
            let quotas = text.parse().unwrap();
            let throttle = Throttle::default();
            assert_eq!(allowed(&throttle, quotas, "app", READ, start()), units, "{text}");
            assert_eq!(allowed(&throttle, quotas, "another app", READ, start()), units, "{text}");
        }
        // Writes slowly enough that the units are never what refuses them.
        let throttle = Throttle::default();
        let steady = |app: &str| {
            let now = |n: i64| start() + TimeDelta::milliseconds(n);
            (0..5_000)
                .take_while(|n| throttle.meter(Throttling::Large, app, WRITE, now(*n)).unwrap().retry_after.is_none())
                .count()
        };
        // 3,000 at once, and 20 for each of the seconds that it took.
        let one = steady("app");
        assert!((3_000..3_080).contains(&one), "{one}");
        let audit = Cost { narrow: Some(Narrow::Reports), ..READ };
        assert_eq!(allowed(&throttle, Throttling::Large, "app", audit, start()), 5);
        let keys = Cost { narrow: Some(Narrow::Keys), ..READ };
        assert_eq!(allowed(&Throttle::default(), Throttling::Large, "app", keys, start()), 150);
    }

    #[test]
    fn waiting_as_told_gets_through_and_impatience_prolongs_it() {
        let throttle = Throttle::default();
        let quotas = Throttling::Own { units: 10, writes: 100 };
        assert_eq!(allowed(&throttle, quotas, "app", READ, start()), 10);
        // One over by now; ten more make it eighteen at most.
        for _ in 0..10 {
            throttle.meter(quotas, "app", READ, start());
        }
        let refused = throttle.meter(quotas, "app", READ, start()).unwrap();
        assert_eq!((refused.retry_after, refused.share), (Some(9), 1.8));
        assert_eq!(refused.reason, "ResourceUnitLimitExceeded");
        let after = start() + TimeDelta::seconds(9);
        let passed = throttle.meter(quotas, "app", READ, after).unwrap();
        assert_eq!((passed.retry_after, passed.share), (None, 1.0));
        assert_eq!(throttle.meter(Throttling::Off, "app", READ, after), None);
        assert!("XL".parse::<Throttling>().is_err() && "1/x".parse::<Throttling>().is_err());
    }
}
