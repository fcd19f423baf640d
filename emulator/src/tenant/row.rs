//! One place in the directory: what lies there now, and what lay there as long as a lagging replica may show it.
//! Rows keep their position for ever, gone or not, so that a page token can simply name one.

use chrono::{DateTime, Utc};

/// A row and its past.
#[derive(Clone, Debug)]
pub(crate) struct Row<T> {
    now: Option<T>,
    /// Earlier contents, each with the time until which it was there; oldest first.
    past: Vec<(DateTime<Utc>, Option<T>)>,
}

impl<T> Row<T> {
    /// A row that replicas do not have before `since` (`None`: that they have always had).
    pub(crate) fn new(value: T, since: Option<DateTime<Utc>>) -> Self {
        Self { now: Some(value), past: since.map(|since| (since, None)).into_iter().collect() }
    }

    /// What a replica shows that is as far as `at` (`None`: all the way).
    pub(crate) fn seen(&self, at: Option<DateTime<Utc>>) -> Option<&T> {
        let earlier = at.and_then(|at| self.past.iter().find(|(until, _)| *until > at));
        earlier.map_or(self.now.as_ref(), |(_, value)| value.as_ref())
    }

    /// Puts something else there, or nothing, and gives back what was there. `since` keeps that for lagging replicas.
    pub(crate) fn replace(&mut self, value: Option<T>, since: Option<DateTime<Utc>>) -> Option<T>
    where
        T: Clone,
    {
        let before = std::mem::replace(&mut self.now, value);
        if let Some(since) = since {
            self.past.push((since, before.clone()));
        }
        before
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_replica_shows_what_was_there_then() {
        let start = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let at = |seconds: i64| start + TimeDelta::seconds(seconds);
        let mut row = Row::new("first", Some(at(10)));
        assert_eq!(row.replace(Some("second"), Some(at(20))), Some("first"));
        assert_eq!(row.replace(None, Some(at(30))), Some("second"));
        let seen = |seconds: i64| row.seen(Some(at(seconds))).copied();
        assert_eq!((seen(9), seen(10), seen(19)), (None, Some("first"), Some("first")));
        assert_eq!((seen(20), seen(29), seen(30)), (Some("second"), Some("second"), None));
        assert_eq!(row.seen(None), None);
    }
}
