//! A set that keeps its things in order: a sorted list. The standard library's sets are 10 kB of code for each type, a
//! list is what the app has of every type already.

use super::sort_by;

/// A set. Adding many at once costs a sort, one at a time a search and a shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sorted<T>(Vec<T>);

impl<T: Ord> Sorted<T> {
    /// Adds a thing.
    pub fn insert(&mut self, item: T) {
        if let Err(at) = self.0.binary_search(&item) {
            self.0.insert(at, item);
        }
    }

    /// Adds many.
    pub fn insert_all(&mut self, items: Vec<T>) {
        self.0.extend(items);
        sort_by(&mut self.0, Ord::cmp);
        self.0.dedup();
    }

    /// Takes a thing out.
    pub fn remove(&mut self, item: &T) {
        if let Ok(at) = self.0.binary_search(item) {
            self.0.remove(at);
        }
    }

    /// Takes out all that are in another set as well.
    pub fn remove_all(&mut self, others: &Self) {
        self.0.retain(|item| !others.contains(item));
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether a thing is in it.
    pub fn contains(&self, item: &T) -> bool {
        self.0.binary_search(item).is_ok()
    }

    /// How many things come before this one.
    pub fn position(&self, item: &T) -> usize {
        self.0.binary_search(item).unwrap_or_else(|at| at)
    }

    /// All of it, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for Sorted<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Ord> From<Vec<T>> for Sorted<T> {
    fn from(items: Vec<T>) -> Self {
        let mut set = Self::default();
        set.insert_all(items);
        set
    }
}

impl<T: Ord> FromIterator<T> for Sorted<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        items.into_iter().collect::<Vec<T>>().into()
    }
}

impl<T> IntoIterator for Sorted<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::Sorted;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_is_what_the_standard_library_makes_of_it(
            first: Vec<u8>, inserted: Vec<u8>, added: Vec<u8>, removed: Vec<u8>, more: Vec<u8>,
        ) {
            let mut set: Sorted<u8> = first.iter().copied().collect();
            let mut model: BTreeSet<u8> = first.into_iter().collect();
            for item in inserted {
                set.insert(item);
                model.insert(item);
            }
            set.insert_all(added.clone());
            model.extend(added);
            for item in removed {
                set.remove(&item);
                model.remove(&item);
            }
            set.remove_all(&more.clone().into());
            model.retain(|item| !more.contains(item));
            prop_assert_eq!(set.len(), model.len());
            prop_assert_eq!(set.is_empty(), model.is_empty());
            prop_assert!((0..=u8::MAX).all(|item| set.contains(&item) == model.contains(&item)));
            prop_assert!((0..=u8::MAX).all(|item| set.position(&item) == model.range(..item).count()));
            prop_assert!(set.iter().eq(model.iter()));
            prop_assert!(set.clone().into_iter().eq(model));
            set.clear();
            prop_assert!(set.is_empty());
        }
    }
}
