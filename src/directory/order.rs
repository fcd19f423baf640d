//! The order of what was found, as row numbers.

use std::collections::HashMap;

use super::fold::fold;
use super::sort::sort_by;
use super::table::{Row, Table};

/// A count as a key.
pub(super) fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Those of some row numbers that pass.
pub(super) fn select<T: Row>(table: &Table<T>, rows: &[u32], pass: impl Fn(u32, &T) -> bool) -> Vec<u32> {
    rows.iter().copied().filter(|at| table.row(*at).is_some_and(|row| pass(*at, row))).collect()
}

/// What is found by name already, perhaps from the end.
pub(super) fn by_name(mut found: Vec<u32>, descending: bool) -> Vec<u32> {
    if descending {
        found.reverse();
    }
    found
}

/// Every order is one of numbers, so that one sort serves all; what is equal stays by name.
pub(super) fn by_key<T: Row>(table: &Table<T>, found: Vec<u32>, descending: bool, key: &dyn Fn(&T) -> i64) -> Vec<u32> {
    let mut keyed: Vec<(i64, u32, u32)> = (0_u32..)
        .zip(found)
        .map(|(place, at)| {
            let key = table.row(at).map_or(0, key);
            (if descending { !key } else { key }, place, at)
        })
        .collect();
    sort_by(&mut keyed, Ord::cmp);
    keyed.into_iter().map(|(_, _, at)| at).collect()
}

/// The place of each text among all of them, without regard to case. Many rows share few texts.
#[derive(Default)]
pub(super) struct Ranks<'a>(HashMap<&'a str, i64>);

impl<'a> Ranks<'a> {
    /// Ranks texts; one may come many times.
    pub(super) fn new(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut ranks: HashMap<&str, i64> = texts.map(|text| (text, 0)).collect();
        let mut distinct: Vec<(String, &str)> = ranks.keys().map(|text| (fold(text), *text)).collect();
        sort_by(&mut distinct, Ord::cmp);
        let (mut rank, mut last) = (0, None);
        for (folded, text) in &distinct {
            if last != Some(folded) {
                rank += 1;
                last = Some(folded);
            }
            ranks.insert(text, rank);
        }
        Self(ranks)
    }

    /// The place of a text.
    pub(super) fn of(&self, text: &str) -> i64 {
        self.0.get(text).copied().unwrap_or_default()
    }
}
