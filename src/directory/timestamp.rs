//! A moment in UTC, to the millisecond, and the two forms in which it is written.
//!
//! The few lines of calendar arithmetic weigh less than a date library's formatter; the tests hold them against chrono.
//! Nothing here asks what time it is: that is `http::Clock`'s.

use std::fmt;
use std::ops::Add;
use std::str::FromStr;
use std::time::Duration;

const DAY: i64 = 86_400_000;

/// A moment in UTC, to the millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A text that is no RFC 3339 date and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date and time of the form 2026-11-23T22:31:00Z")]
pub struct ParseTimestampError;

impl Timestamp {
    /// The moment that many milliseconds after 1970-01-01T00:00:00Z.
    pub const fn from_unix_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn unix_millis(self) -> i64 {
        self.0
    }

    /// RFC 3339 with milliseconds: `2026-11-23T22:31:05.120Z`.
    pub fn to_rfc3339(self) -> String {
        let (year, month, day) = self.date();
        let rest = self.0.rem_euclid(DAY);
        let (hour, minute, second, milli) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60, rest % 1000);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }

    /// The same to the minute, without what file names may not have: `2026-11-23T2231Z`.
    pub fn for_file_name(self) -> String {
        let text = self.to_rfc3339().replace(':', "");
        format!("{}Z", text.get(..15).unwrap_or_default())
    }

    /// The same to the minute, without the day: `22:31 UTC`.
    pub fn time_of_day(self) -> String {
        self.to_string().split_once(' ').map(|(_, time)| time.to_owned()).unwrap_or_default()
    }

    fn date(self) -> (i64, i64, i64) {
        civil_from_days(self.0.div_euclid(DAY))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, time: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// For people: `2026-11-23 22:31 UTC`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        let minutes = self.0.rem_euclid(DAY) / 60_000;
        write!(f, "{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", minutes / 60, minutes % 60)
    }
}

/// RFC 3339, section 5.6, with any number of fraction digits (Graph writes seven); what is finer than a millisecond is
/// cut off. A leap second counts as the second before it.
impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, ParseTimestampError> {
        read(text.as_bytes()).ok_or(ParseTimestampError)
    }
}

fn read(text: &[u8]) -> Option<Timestamp> {
    let (date_time, mut rest) = text.split_at_checked(19)?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T' | b't' | b' ', h1, h2, b':', n1, n2, b':', s1, s2] =
        date_time
    else {
        return None;
    };
    let year = number(&[*y1, *y2, *y3, *y4])?;
    let (month, day) = (number(&[*m1, *m2])?, number(&[*d1, *d2])?);
    let (hour, minute, second) = (number(&[*h1, *h2])?, number(&[*n1, *n2])?, number(&[*s1, *s2])?);
    if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut millis = 0;
    if let [b'.', fraction @ ..] = rest {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, after) = fraction.split_at_checked(digits)?;
        if digits.is_empty() {
            return None;
        }
        for place in 0..3 {
            millis = millis * 10 + digits.get(place).map_or(0, |digit| i64::from(digit - b'0'));
        }
        rest = after;
    }
    let offset = match rest {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let offset = (hours * 60 + minutes) * 60_000;
            if *sign == b'-' { -offset } else { offset }
        }
        _ => return None,
    };
    let seconds = hour * 3600 + minute * 60 + second.min(59);
    Some(Timestamp(days_from_civil(year, month, day) * DAY + seconds * 1000 + millis - offset))
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar. The year begins in March here, so that the leap day is
/// its last and needs no case of its own.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Datelike, SecondsFormat, Timelike};
    use proptest::prelude::*;

    #[test]
    fn reads_what_graph_writes() {
        let read = |text: &str| text.parse::<Timestamp>().map(Timestamp::to_rfc3339);
        assert_eq!(read("2022-05-18T15:37:21.8215423Z").unwrap(), "2022-05-18T15:37:21.821Z");
        assert_eq!(read("2022-05-18T15:37:21Z").unwrap(), "2022-05-18T15:37:21.000Z");
        assert_eq!(read("2024-02-29T23:59:59.9+05:30").unwrap(), "2024-02-29T18:29:59.900Z");
        assert_eq!(read("2016-12-31T23:59:60Z").unwrap(), "2016-12-31T23:59:59.000Z");
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in [
            "",
            "2022-05-18",
            "2022-05-18T15:37:21",
            "2022-02-29T00:00:00Z",
            "2022-13-01T00:00:00Z",
            "2022-00-01T00:00:00Z",
            "2022-05-18T24:00:00Z",
            "2022-05-18T15:37:21.Z",
            "2022-05-18T15:37:21Zx",
            "2022-05-18T15:37:21+0530",
            "+022-05-18T15:37:21Z",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(ParseTimestampError), "{text}");
        }
    }

    #[test]
    fn shows_the_minute() {
        let moment: Timestamp = "2026-11-23T22:31:59.999Z".parse().unwrap();
        assert_eq!(moment.to_string(), "2026-11-23 22:31 UTC");
        assert_eq!(moment.time_of_day(), "22:31 UTC");
        assert_eq!((moment + Duration::from_secs(86_400)).to_string(), "2026-11-24 22:31 UTC");
        assert_eq!(Timestamp::from_unix_millis(-1).to_string(), "1969-12-31 23:59 UTC");
    }

    #[test]
    fn never_overflows() {
        for millis in [i64::MIN, i64::MAX] {
            let moment = Timestamp::from_unix_millis(millis) + Duration::MAX;
            assert!(!moment.to_rfc3339().is_empty());
            assert!(!Timestamp::from_unix_millis(millis).to_string().is_empty());
        }
    }

    proptest! {
        #[test]
        fn agrees_with_chrono(millis in -62_135_596_800_000_i64..253_402_300_800_000) {
            let theirs = DateTime::from_timestamp_millis(millis).unwrap();
            let ours = Timestamp::from_unix_millis(millis);
            prop_assert_eq!(ours.to_rfc3339(), theirs.to_rfc3339_opts(SecondsFormat::Millis, true));
            let minute = format!("{:04}-{:02}-{:02} {:02}:{:02} UTC",
                theirs.year(), theirs.month(), theirs.day(), theirs.hour(), theirs.minute());
            prop_assert_eq!(ours.to_string(), minute);
            prop_assert_eq!(ours.to_rfc3339().parse::<Timestamp>().unwrap(), ours);
        }

        #[test]
        fn reads_as_chrono_does(text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][01][0-9]:[0-5][0-9])") {
            let theirs = DateTime::parse_from_rfc3339(&text).ok().map(|moment| moment.timestamp_millis());
            prop_assert_eq!(text.parse::<Timestamp>().ok().map(Timestamp::unix_millis), theirs);
        }

        #[test]
        fn survives_any_text(text in "\\PC{0,40}") {
            let _ = text.parse::<Timestamp>();
        }
    }
}
