//! Rows found by id, kept in the order of their names, each with its search text made once.
//!
//! It holds 100,000 rows: adding a page costs one merge, not a sort of everything.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::fold::fold_into;
use super::ids::IdMap;
use super::sort::sort_by;
use super::texts::Texts;
use super::{ObjectId, Place};

/// What a row tells of itself.
pub(super) trait Row {
    /// Its id.
    fn id(&self) -> ObjectId;
    /// Its name.
    fn name(&self) -> &str;
    /// What it can be found by besides its name and its place: calls `add` with each text.
    fn texts(&self, add: &mut dyn FnMut(&str));
    /// Where it is, if it is anywhere; it can be found by that, too.
    fn place(&self) -> Option<&Arc<Place>> {
        None
    }
    /// The GUIDs it can be found by: calls `add` with the halves of each.
    fn guids(&self, add: &mut dyn FnMut((u64, u64)));
}

/// Rows with their indices.
pub(super) struct Table<T> {
    rows: Vec<T>,
    /// The folded name of each row, then its other texts, a line each.
    texts: Texts,
    index: IdMap<ObjectId, u32>,
    /// Row numbers by folded name, then by id.
    order: Vec<u32>,
    /// All places of rows.
    places: Vec<Arc<Place>>,
    place_numbers: IdMap<Whereabouts, u32>,
    /// For each row its place's position in `places`.
    place_of: Vec<Option<u32>>,
    /// For each row whether it came since the list was [begun](Table::begin).
    read: Vec<bool>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            texts: Texts::default(),
            index: IdMap::default(),
            order: Vec::new(),
            places: Vec::new(),
            place_numbers: IdMap::default(),
            place_of: Vec::new(),
            read: Vec::new(),
        }
    }
}

impl<T: Row> Table<T> {
    /// Adds rows; one with a known id takes the old one's place.
    pub(super) fn add(&mut self, rows: Vec<T>) {
        let (mut fresh, mut moved) = (Vec::new(), Vec::new());
        let mut folded = String::new();
        for row in rows {
            let name = fold_row(&row, &mut folded);
            let place = row.place().map(|place| self.number_of(place));
            match self.index.get(&row.id()).copied() {
                None => {
                    let at = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
                    self.index.insert(row.id(), at);
                    self.rows.push(row);
                    self.texts.push(&folded, name);
                    self.place_of.push(place);
                    self.read.push(true);
                    fresh.push(at);
                }
                Some(at) => {
                    let position = at as usize;
                    if folded.get(..name) != Some(self.texts.name(position)) && !fresh.contains(&at) {
                        moved.push(at);
                    }
                    self.texts.set(position, &folded, name);
                    if let (Some(old), Some(old_place)) = (self.rows.get_mut(position), self.place_of.get_mut(position))
                    {
                        *old = row;
                        *old_place = place;
                    }
                    self.mark(position, true);
                }
            }
        }
        self.texts.pack();
        if !moved.is_empty() {
            sort_by(&mut moved, Ord::cmp);
            moved.dedup();
            self.order.retain(|at| moved.binary_search(at).is_err());
            fresh.append(&mut moved);
        }
        sort_by(&mut fresh, |a, b| self.compare(*a, *b));
        self.merge(fresh);
    }

    /// The list is read once more, from its beginning.
    pub(super) fn begin(&mut self) {
        self.read.fill(false);
    }

    /// Adds rows as they were when the list was read another time: those that are not there yet, as if they had been
    /// before it was begun.
    pub(super) fn add_old(&mut self, mut rows: Vec<T>) {
        rows.retain(|row| !self.index.contains_key(&row.id()));
        let before = self.rows.len();
        self.add(rows);
        (before..self.rows.len()).for_each(|at| self.mark(at, false));
    }

    /// The list has come to its end: drops the rows that have not come since it was begun. The numbers of the others
    /// change, and those of places; says whether any row was dropped.
    pub(super) fn end(&mut self) -> bool {
        if self.read.iter().all(|read| *read) {
            return false;
        }
        // The new number of each row that stays.
        let mut next = 0..;
        let numbers: Vec<Option<u32>> = self.read.iter().map(|read| if *read { next.next() } else { None }).collect();
        let number = |at: usize| numbers.get(at).copied().flatten();
        self.texts.keep(&|at| number(at).is_some());
        self.order = self.order.iter().filter_map(|at| number(*at as usize)).collect();
        let mut rows = std::mem::take(&mut self.rows);
        let mut read = self.read.iter();
        rows.retain(|_| read.next() == Some(&true));
        self.read = vec![true; rows.len()];
        self.index.clear();
        self.places.clear();
        self.place_numbers.clear();
        self.place_of.clear();
        for (row, at) in rows.iter().zip(0..) {
            self.index.insert(row.id(), at);
            let place = row.place().map(|place| self.number_of(place));
            self.place_of.push(place);
        }
        self.rows = rows;
        true
    }

    /// How many rows have come since the list was begun.
    pub(super) fn read(&self) -> usize {
        self.read.iter().filter(|read| **read).count()
    }

    /// Whether the row with that id has.
    pub(super) fn is_read(&self, id: ObjectId) -> bool {
        self.index.get(&id).and_then(|at| self.read.get(*at as usize)) == Some(&true)
    }

    fn mark(&mut self, at: usize, read: bool) {
        if let Some(mark) = self.read.get_mut(at) {
            *mark = read;
        }
    }

    fn number_of(&mut self, place: &Arc<Place>) -> u32 {
        *self.place_numbers.entry(Whereabouts::of(place)).or_insert_with(|| {
            self.places.push(place.clone());
            u32::try_from(self.places.len() - 1).unwrap_or(u32::MAX)
        })
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
        self.texts.compare_names(a as usize, b as usize).then_with(|| id(a).cmp(&id(b)))
    }

    /// All rows, in the order in which they came: a row's number stays until the list has [ended](Self::end).
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
        self.texts.name(at as usize)
    }

    /// A row's folded texts.
    pub(super) fn text(&self, at: u32) -> &str {
        self.texts.whole(at as usize)
    }

    /// For each row whether a word is in its folded texts.
    pub(super) fn marks(&self, word: &str) -> Vec<bool> {
        self.texts.marks(word)
    }

    /// All places in which rows are or were since the list ended last.
    pub(super) fn places(&self) -> &[Arc<Place>] {
        &self.places
    }

    /// The position of a row's place among them.
    pub(super) fn place_of(&self, at: u32) -> Option<usize> {
        self.place_of.get(at as usize).copied().flatten().map(|number| number as usize)
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

/// Folds what a row can be found by into a text, and gives how long the name is in it.
fn fold_row(row: &impl Row, text: &mut String) -> usize {
    text.clear();
    fold_into(text, row.name());
    let name = text.len();
    row.texts(&mut |more| {
        let before = text.len();
        text.push('\n');
        fold_into(text, more);
        // Most resources have the name of their identity.
        if text.get(before + 1..) == text.get(..name) {
            text.truncate(before);
        }
    });
    name
}

/// A place as a key: the same as itself alone.
pub(super) struct Whereabouts(Arc<Place>);

impl Whereabouts {
    pub(super) fn of(place: &Arc<Place>) -> Self {
        Self(place.clone())
    }
}

impl PartialEq for Whereabouts {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Whereabouts {}

impl Hash for Whereabouts {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&Arc::as_ptr(&self.0).addr().to_ne_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::identity;
    use super::super::{HostResource, Identity, ObjectId, Places};
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

    #[test]
    fn what_a_list_does_not_bring_any_more_leaves_when_it_has_ended() {
        let mut table = Table::default();
        table.add(vec![identity(1, "Pear"), identity(2, "apple"), identity(3, "Apple")]);
        table.begin();
        assert_eq!(table.read(), 0);
        table.add(vec![identity(3, "Apple")]);
        // Old rows add what is missing, and change nothing.
        table.add_old(vec![identity(3, "older"), identity(4, "fig"), identity(4, "fig")]);
        assert_eq!(names(&table), ["apple", "Apple", "fig", "Pear"]);
        assert!(table.has_twin(ObjectId::from_u128(3)));
        table.add(vec![identity(5, "Kiwi")]);
        assert_eq!((table.read(), table.is_read(ObjectId::from_u128(4))), (2, false));
        assert!(table.end(), "some are gone");
        assert_eq!(names(&table), ["Apple", "Kiwi"]);
        assert!(!table.has_twin(ObjectId::from_u128(3)), "its twin is gone");
        assert_eq!(table.get(ObjectId::from_u128(4)), None);
        assert!(!table.end(), "nothing more is gone");
    }

    /// What happens to a table.
    #[derive(Clone, Debug)]
    enum Step {
        Begin,
        Add(Vec<(u128, String, Option<u8>)>),
        AddOld(Vec<(u128, String, Option<u8>)>),
        End,
    }

    fn any_step() -> impl Strategy<Value = Step> {
        let rows = || prop::collection::vec((0_u128..12, "[a-cA-C]{0,3}", prop::option::of(0_u8..3)), 0..8);
        prop_oneof![
            1 => Just(Step::Begin),
            4 => rows().prop_map(Step::Add),
            2 => rows().prop_map(Step::AddOld),
            2 => Just(Step::End),
        ]
    }

    proptest! {
        #[test]
        fn is_right_whatever_begins_and_ends(steps in prop::collection::vec(any_step(), 0..16), word in "[a-c]{1,2}") {
            let mut known = Places::default();
            let mut row = |(id, name, place): (u128, String, Option<u8>)| {
                let host = place.and_then(|place| {
                    let arm_id = format!("/subscriptions/{place}/resourceGroups/g/providers/A.B/c/{name}x");
                    HostResource::parse(&arm_id, &mut known)
                });
                Identity { host, ..identity(id, &name) }
            };
            let mut table = Table::default();
            let mut model = std::collections::BTreeMap::<u128, (Identity, bool)>::new();
            for step in steps {
                match step {
                    Step::Begin => {
                        table.begin();
                        model.values_mut().for_each(|(_, read)| *read = false);
                    }
                    Step::Add(rows) => {
                        let ids: Vec<_> = rows.iter().map(|row| row.0).collect();
                        let rows: Vec<_> = rows.into_iter().map(&mut row).collect();
                        model.extend(ids.into_iter().zip(rows.iter().map(|row| (row.clone(), true))));
                        table.add(rows);
                    }
                    Step::AddOld(rows) => {
                        let ids: Vec<_> = rows.iter().map(|row| row.0).collect();
                        let rows: Vec<_> = rows.into_iter().map(&mut row).collect();
                        let before: Vec<u128> = model.keys().copied().collect();
                        for (id, row) in ids.into_iter().zip(&rows) {
                            // Of two old ones that were not there before, the last.
                            if !before.contains(&id) {
                                model.insert(id, (row.clone(), false));
                            }
                        }
                        table.add_old(rows);
                    }
                    Step::End => {
                        let before = model.len();
                        model.retain(|_, (_, read)| *read);
                        let dropped = table.end();
                        prop_assert_eq!(dropped, before > model.len());
                        let places: std::collections::BTreeSet<_> = model.values()
                            .filter_map(|(row, _)| row.host.as_ref().map(|host| host.subscription.clone())).collect();
                        prop_assert!(!dropped || table.places().len() == places.len(), "places without rows go");
                    }
                }
                let mut expected: Vec<_> = model.values().map(|(row, _)| (row.display_name.to_lowercase(), row.id)).collect();
                expected.sort();
                let found: Vec<_> = table.order().iter().map(|at| {
                    let row = table.row(*at).unwrap();
                    (table.folded_name(*at).to_owned(), row.id)
                }).collect();
                prop_assert_eq!(&found, &expected);
                prop_assert_eq!(table.rows().len(), model.len());
                prop_assert_eq!(table.read(), model.values().filter(|(_, read)| *read).count());
                let marks = table.marks(&word);
                for (at, row) in (0..).zip(table.rows()) {
                    let (known, read) = &model[&u128::from_be_bytes(*row.id.as_bytes())];
                    prop_assert_eq!(row, known);
                    prop_assert_eq!(table.get(row.id), Some(known));
                    prop_assert_eq!(table.is_read(row.id), *read);
                    prop_assert_eq!(marks[at as usize], table.text(at).contains(&word));
                    prop_assert!(table.text(at).starts_with(&known.display_name.to_lowercase()));
                    let place = table.place_of(at).and_then(|place| table.places().get(place));
                    prop_assert_eq!(place, known.host.as_ref().map(HostResource::place));
                    let name = known.display_name.to_lowercase();
                    let twins = expected.iter().filter(|(other, _)| *other == name).count();
                    prop_assert_eq!(table.has_twin(row.id), twins > 1);
                }
            }
        }

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
