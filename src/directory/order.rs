//! The order of what was found, as row numbers.

use super::Sorted;
use super::fold::fold;
use super::sort::sort_by;
use super::table::{Row, Table};

/// A count as a key.
pub(super) fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Those of some row numbers that pass.
pub(super) fn select<T: Row>(table: &Table<T>, rows: &[u32], pass: impl Fn(u32, &T) -> bool) -> Vec<u32> {
    if !are_many(table, rows) {
        return rows.iter().copied().filter(|at| table.row(*at).is_some_and(|row| pass(*at, row))).collect();
    }
    let passed: Vec<bool> = (0..).zip(table.rows()).map(|(at, row)| pass(at, row)).collect();
    rows.iter().copied().filter(|at| passed.get(*at as usize) == Some(&true)).collect()
}

/// Whether some rows are so many that they are looked at faster as they lie in memory, all of them, than as ordered.
pub(super) fn are_many<T: Row>(table: &Table<T>, rows: &[u32]) -> bool {
    rows.len() >= table.rows().len() / 4
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
    let mut keys: Vec<u64> = found.iter().map(|at| table.row(*at).map_or(0, |row| key(*at, row))).collect();
    let most = keys.iter().copied().max().unwrap_or_default();
    if descending {
        keys.iter_mut().for_each(|key| *key = most - *key);
    }
    match usize::try_from(most).ok().filter(|most| *most < MANY_KEYS) {
        Some(most) => count_sort(found, &keys, most),
        None => {
            let mut keyed: Vec<(u64, u32)> = keys.into_iter().zip(found.iter().copied()).collect();
            sort_by(&mut keyed, |a, b| a.0.cmp(&b.0));
            keyed.into_iter().map(|(_, at)| at).collect()
        }
    }
}

/// Counts and places are fewer than this; times are not.
const MANY_KEYS: usize = 1 << 17;

/// Puts things where their keys say, none of which is larger than `most`: without comparing any two.
fn count_sort(things: &[u32], keys: &[u64], most: usize) -> Vec<u32> {
    let of = |key: &u64| usize::try_from(*key).unwrap_or(most);
    // Where the next thing of each key goes: behind all things of lesser keys.
    let mut next = vec![0_usize; most + 2];
    for key in keys {
        if let Some(count) = next.get_mut(of(key) + 1) {
            *count += 1;
        }
    }
    let mut before = 0;
    for place in &mut next {
        before += *place;
        *place = before;
    }
    let mut sorted = vec![0; things.len()];
    for (thing, key) in things.iter().zip(keys) {
        let Some(place) = next.get_mut(of(key)) else { continue };
        if let Some(to) = sorted.get_mut(*place) {
            *to = *thing;
        }
        *place += 1;
    }
    sorted
}

/// The place of each text among all of them, without regard to case: as many numbers as there are texts.
pub(super) fn ranks<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<u64> {
    let folded: Vec<String> = texts.map(fold).collect();
    let order: Sorted<&String> = folded.iter().collect();
    folded.iter().map(|text| number(order.position(&text))).collect()
}
