//! How far the replica is that answers a read. Writes always reach the directory at once; reads may come from a
//! replica that has not heard of them yet. No figure is documented: clients have met seconds to minutes.

use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// How reads lag behind writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replication {
    /// Every read sees every write.
    #[default]
    Immediate,
    /// Every read sees the directory as it was so long ago.
    Delayed(Duration),
    /// Two replicas answer in turn: one that has everything, one that is so far behind.
    Alternating(Duration),
}

/// Why a text names no replication.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected off, a number of seconds, or alternate:SECONDS, not {0:?}")]
pub struct ReplicationError(String);

impl FromStr for Replication {
    type Err = ReplicationError;

    /// `off`, `30` (seconds), or `alternate:30`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ReplicationError(text.to_owned());
        let seconds = |number: &str| number.parse().map(Duration::from_secs).map_err(|_| wrong());
        match text.split_once(':') {
            None if text == "off" => Ok(Self::Immediate),
            None => Ok(Self::Delayed(seconds(text)?)),
            Some(("alternate", number)) => Ok(Self::Alternating(seconds(number)?)),
            Some(_) => Err(wrong()),
        }
    }
}

/// Whose turn it is.
#[derive(Debug, Default)]
pub(crate) struct Replicas {
    turn: AtomicUsize,
}

impl Replicas {
    /// The time as far as which the replica is that answers now; `None`: it has everything.
    pub(crate) fn next(&self, replication: Replication, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let behind = match replication {
            Replication::Immediate => return None,
            Replication::Delayed(behind) => behind,
            // The one that has everything comes first.
            Replication::Alternating(_) if self.turn.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) => return None,
            Replication::Alternating(behind) => behind,
        };
        TimeDelta::from_std(behind).ok().and_then(|behind| now.checked_sub_signed(behind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_turns() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let behind = Some(now - TimeDelta::seconds(5));
        let replicas = Replicas::default();
        let turns = |text: &str| {
            let replication = text.parse().unwrap();
            [replicas.next(replication, now), replicas.next(replication, now)]
        };
        assert_eq!(turns("off"), [None, None]);
        assert_eq!(turns("5"), [behind, behind]);
        assert_eq!(turns("alternate:5"), [None, behind]);
        for text in ["", "on", "-1", "alternate", "alternate:x", "both:5"] {
            assert_eq!(text.parse::<Replication>(), Err(ReplicationError(text.to_owned())));
        }
    }
}
