//! The order of what was found, as row numbers.

use super::Sorted;
use super::fold::fold;
use super::table::{Row, Table};

/// A count as a key.
pub(super) fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
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
pub(super) fn by_key<T: Row>(
    table: &Table<T>,
    found: &[u32],
    descending: bool,
    key: impl Fn(u32, &T) -> u64,
) -> Vec<u32> {
    let keyed = (0_u32..).zip(found).map(|(place, at)| {
        let key = table.row(*at).map_or(0, |row| key(*at, row));
        (if descending { !key } else { key }, place)
    });
    let mut keyed: Vec<(u64, u32)> = keyed.collect();
    keyed.sort_unstable();
    keyed.into_iter().filter_map(|(_, place)| found.get(place as usize).copied()).collect()
}

/// The place of each text among all of them, without regard to case: as many numbers as there are texts.
pub(super) fn ranks<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<u64> {
    let folded: Vec<String> = texts.map(fold).collect();
    let order: Sorted<&String> = folded.iter().collect();
    folded.iter().map(|text| number(order.position(&text))).collect()
}
