//! Rows found by id, kept in the order of their names, each with its search text made once.
//!
//! It holds 100,000 rows: adding a page costs one merge, not a sort of everything.

use std::cmp::Ordering;

use super::ObjectId;
use super::fold::fold_into;
use super::ids::IdMap;
use super::sort::sort_by;

/// What a row tells of itself.
pub(super) trait Row {
    /// Its id.
    fn id(&self) -> ObjectId;
    /// Its name.
    fn name(&self) -> &str;
    /// What it can be found by besides its name: calls `add` with each text.
    fn texts(&self, add: &mut dyn FnMut(&str));
    /// The GUIDs it can be found by, as text.
    fn guids(&self, add: &mut dyn FnMut(&str));
}

/// The folded texts of a row: the name first, then the others, a line each. GUIDs stand apart, because only words of
/// hexadecimal digits are looked for there.
struct Key {
    text: Box<str>,
    name: u32,
    guids: Box<str>,
}

impl Key {
    fn new(row: &impl Row) -> Self {
        let mut text = String::new();
        fold_into(&mut text, row.name());
        let name = u32::try_from(text.len()).unwrap_or(u32::MAX);
        row.texts(&mut |more| {
            text.push('\n');
            fold_into(&mut text, more);
        });
        let mut guids = String::new();
        row.guids(&mut |guid| {
            guids.push_str(guid);
            guids.push('\n');
        });
        Self { text: text.into(), name, guids: guids.into() }
    }

    fn name(&self) -> &str {
        self.text.get(..self.name as usize).unwrap_or(&self.text)
    }
}

/// Rows with their indices.
pub(super) struct Table<T> {
    rows: Vec<T>,
    keys: Vec<Key>,
    index: IdMap<ObjectId, u32>,
    /// Row numbers by folded name, then by id.
    order: Vec<u32>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), keys: Vec::new(), index: IdMap::default(), order: Vec::new() }
    }
}

impl<T: Row> Table<T> {
    /// Adds rows; one with a known id takes the old one's place.
    pub(super) fn add(&mut self, rows: Vec<T>) {
        let (mut fresh, mut moved) = (Vec::new(), Vec::new());
        for row in rows {
            let key = Key::new(&row);
            match self.index.get(&row.id()).copied() {
                None => {
                    let at = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
                    self.index.insert(row.id(), at);
                    self.rows.push(row);
                    self.keys.push(key);
                    fresh.push(at);
                }
                Some(at) => {
                    if let (Some(old), Some(old_key)) = (self.rows.get_mut(at as usize), self.keys.get_mut(at as usize))
                    {
                        if old_key.name() != key.name() && !fresh.contains(&at) {
                            moved.push(at);
                        }
                        *old = row;
                        *old_key = key;
                    }
                }
            }
        }
        if !moved.is_empty() {
            sort_by(&mut moved, Ord::cmp);
            moved.dedup();
            self.order.retain(|at| moved.binary_search(at).is_err());
            fresh.append(&mut moved);
        }
        sort_by(&mut fresh, |a, b| self.compare(*a, *b));
        self.merge(fresh);
    }

    fn merge(&mut self, fresh: Vec<u32>) {
        let mut merged = Vec::with_capacity(self.order.len() + fresh.len());
        let mut taken = 0;
        for at in fresh {
            let rest = self.order.get(taken..).unwrap_or_default();
            let before = rest.partition_point(|other| self.compare(*other, at) == Ordering::Less);
            merged.extend_from_slice(rest.get(..before).unwrap_or_default());
            taken += before;
            merged.push(at);
        }
        merged.extend_from_slice(self.order.get(taken..).unwrap_or_default());
        self.order = merged;
    }

    fn compare(&self, a: u32, b: u32) -> Ordering {
        let id = |at: u32| self.row(at).map(Row::id);
        self.folded_name(a).cmp(self.folded_name(b)).then_with(|| id(a).cmp(&id(b)))
    }

    /// All rows, in the order in which they came: a row's number never changes.
    pub(super) fn rows(&self) -> &[T] {
        &self.rows
    }

    /// The row with that number.
    pub(super) fn row(&self, at: u32) -> Option<&T> {
        self.rows.get(at as usize)
    }

    /// The row with that id.
    pub(super) fn get(&self, id: ObjectId) -> Option<&T> {
        self.index.get(&id).and_then(|at| self.row(*at))
    }

    /// Row numbers by name.
    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    /// A row's folded name.
    pub(super) fn folded_name(&self, at: u32) -> &str {
        self.keys.get(at as usize).map_or("", Key::name)
    }

    /// A row's folded search text and its GUIDs.
    pub(super) fn search_texts(&self, at: u32) -> (&str, &str) {
        self.keys.get(at as usize).map_or(("", ""), |key| (&key.text, &key.guids))
    }

    /// The ids of the rows that have this folded name.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = ObjectId> {
        let first = self.order.partition_point(|other| self.folded_name(*other) < name);
        let rest = self.order.iter().skip(first).take_while(move |other| self.folded_name(**other) == name);
        rest.filter_map(|at| self.row(*at).map(Row::id))
    }

    /// Whether another row has the same folded name.
    pub(super) fn has_twin(&self, id: ObjectId) -> bool {
        let Some(at) = self.index.get(&id) else { return false };
        self.named(self.folded_name(*at)).nth(1).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::identity;
    use super::super::{Identity, ObjectId};
    use super::*;
    use proptest::prelude::*;

    fn names(table: &Table<Identity>) -> Vec<&str> {
        table.order().iter().map(|at| table.row(*at).unwrap().display_name.as_str()).collect()
    }

    #[test]
    fn keeps_rows_in_the_order_of_names() {
        let mut table = Table::default();
        table.add(vec![identity(1, "Pear"), identity(2, "apple")]);
        table.add(vec![identity(3, "Banana"), identity(4, "zebra"), identity(5, "Aardvark")]);
        assert_eq!(names(&table), ["Aardvark", "apple", "Banana", "Pear", "zebra"]);
        table.add(vec![identity(1, "alpha")]);
        assert_eq!(names(&table), ["Aardvark", "alpha", "apple", "Banana", "zebra"]);
        assert_eq!(table.rows().len(), 5);
        assert_eq!(table.get(ObjectId::from_u128(1)).unwrap().display_name, "alpha");
    }

    #[test]
    fn knows_twins_whatever_their_case_or_hidden_characters() {
        let mut table = Table::default();
        table.add(vec![identity(1, "Payroll"), identity(2, "pay\u{200B}roll"), identity(3, "payroll 2")]);
        let twin = |id| table.has_twin(ObjectId::from_u128(id));
        assert!(twin(1) && twin(2) && !twin(3) && !twin(9));
    }

    proptest! {
        #[test]
        fn is_sorted_and_complete_whatever_is_added(
            pages in prop::collection::vec(prop::collection::vec((0_u128..20, "[a-cA-C]{0,3}"), 0..12), 0..6)
        ) {
            let mut table = Table::default();
            let mut model = std::collections::BTreeMap::new();
            for page in pages {
                model.extend(page.iter().cloned());
                table.add(page.iter().map(|(id, name)| identity(*id, name)).collect());
            }
            let mut expected: Vec<_> = model.iter().map(|(id, name)| (name.to_lowercase(), *id)).collect();
            expected.sort();
            let found: Vec<_> = table.order().iter().map(|at| {
                let row = table.row(*at).unwrap();
                (row.display_name.to_lowercase(), u128::from_be_bytes(*row.id.as_bytes()))
            }).collect();
            prop_assert_eq!(&found, &expected);
            for (name, id) in &expected {
                let twins = expected.iter().filter(|(other, _)| other == name).count();
                prop_assert_eq!(table.has_twin(ObjectId::from_u128(*id)), twins > 1);
            }
        }
    }
}
