//! Objects of one kind, found by object id, by app id, and in each order that a list of them can be asked for.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::row::Row;

/// What a list can be sorted by, and the key by which it is.
pub(crate) type Order<T> = (&'static str, fn(&T) -> String);

/// What lies on a shelf.
pub(crate) trait Shelved: Clone + 'static {
    /// Everything that a list can be sorted by.
    const ORDERS: &'static [Order<Self>];
    /// The object id.
    fn id(&self) -> Uuid;
    /// The app id.
    fn app_id(&self) -> Uuid;
}

/// Objects of one kind. Positions stay as they are for ever.
#[derive(Clone, Debug)]
pub(crate) struct Shelf<T> {
    rows: Vec<Row<T>>,
    by_id: HashMap<Uuid, usize>,
    by_app_id: HashMap<Uuid, usize>,
    /// For each of the orders, every key that a row has or had, with its position. Old keys stay, since a lagging
    /// replica may still sort by them.
    sorted: Vec<BTreeSet<(String, usize)>>,
}

impl<T: Shelved> Default for Shelf<T> {
    fn default() -> Self {
        let sorted = T::ORDERS.iter().map(|_| BTreeSet::new()).collect();
        Self { rows: Vec::new(), by_id: HashMap::new(), by_app_id: HashMap::new(), sorted }
    }
}

impl<T: Shelved> Shelf<T> {
    fn sort_in(&mut self, position: usize, object: &T) {
        for (places, (_, key)) in self.sorted.iter_mut().zip(T::ORDERS) {
            places.insert((key(object), position));
        }
    }

    /// Adds an object at the end and gives back its position. `since`: as for [`Row::new`].
    pub(crate) fn push(&mut self, object: T, since: Option<DateTime<Utc>>) -> usize {
        let position = self.rows.len();
        self.by_id.insert(object.id(), position);
        self.by_app_id.insert(object.app_id(), position);
        self.sort_in(position, &object);
        self.rows.push(Row::new(object, since));
        position
    }

    /// Puts another state of an object in, or nothing. Gives back its position and what was there; `None` if nothing
    /// was. `since`: as for [`Row::replace`].
    pub(crate) fn replace(&mut self, id: Uuid, object: Option<T>, since: Option<DateTime<Utc>>) -> Option<(usize, T)> {
        let position = *self.by_id.get(&id)?;
        if let Some(object) = &object {
            self.sort_in(position, object);
        }
        let before = self.rows.get_mut(position)?.replace(object, since)?;
        Some((position, before))
    }

    /// What lies at a position, as far as a replica has it (`None`: all the way; so in what follows).
    pub(crate) fn at(&self, position: usize, at: Option<DateTime<Utc>>) -> Option<&T> {
        self.rows.get(position)?.seen(at)
    }

    /// By object id.
    pub(crate) fn get(&self, id: Uuid, at: Option<DateTime<Utc>>) -> Option<&T> {
        self.at(*self.by_id.get(&id)?, at)
    }

    /// By app id.
    pub(crate) fn of_app(&self, app_id: Uuid, at: Option<DateTime<Utc>>) -> Option<&T> {
        self.at(*self.by_app_id.get(&app_id)?, at)
    }

    /// Everything from a position on, each with its own.
    pub(crate) fn from(&self, start: usize, at: Option<DateTime<Utc>>) -> impl Iterator<Item = (usize, &T)> {
        self.rows.iter().enumerate().skip(start).filter_map(move |(position, row)| Some((position, row.seen(at)?)))
    }

    /// Everything in one of the orders, by its number, from a place on; each with its own place. Where keys are equal,
    /// positions decide.
    pub(crate) fn sorted_from<'a>(
        &'a self,
        order: usize,
        descending: bool,
        start: Option<&(String, usize)>,
        at: Option<DateTime<Utc>>,
    ) -> Box<dyn Iterator<Item = (&'a (String, usize), &'a T)> + 'a> {
        let (Some(places), Some((_, key))) = (self.sorted.get(order), T::ORDERS.get(order)) else {
            return Box::new(std::iter::empty());
        };
        let range = match start {
            None => places.range::<(String, usize), _>(..),
            Some(start) if descending => places.range(..=start),
            Some(start) => places.range(start..),
        };
        let seen = move |place: &'a (String, usize)| {
            let object = self.at(place.1, at)?;
            (key(object) == place.0).then_some((place, object))
        };
        if descending { Box::new(range.rev().filter_map(seen)) } else { Box::new(range.filter_map(seen)) }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[derive(Clone, Debug)]
    struct Thing(Uuid, &'static str);

    impl Shelved for Thing {
        const ORDERS: &'static [Order<Self>] = &[("name", |thing| thing.1.to_lowercase())];

        fn id(&self) -> Uuid {
            self.0
        }

        fn app_id(&self) -> Uuid {
            self.0
        }
    }

    #[test]
    fn each_replica_sorts_by_the_names_that_it_has() {
        let renamed_at = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let mut shelf = Shelf::default();
        let ids = [1, 2, 3, 4].map(Uuid::from_u128);
        for (id, name) in ids.into_iter().zip(["d", "B", "b", "a"]) {
            shelf.push(Thing(id, name), None);
        }
        shelf.replace(ids[3], Some(Thing(ids[3], "c")), Some(renamed_at));
        let names = |descending, start: Option<&(String, usize)>, at| {
            shelf.sorted_from(0, descending, start, at).map(|(_, thing)| thing.1).collect::<String>()
        };
        assert_eq!(names(false, None, None), "Bbcd");
        assert_eq!(names(true, None, None), "dcbB");
        let before = Some(renamed_at - TimeDelta::seconds(1));
        assert_eq!(names(false, None, before), "aBbd");
        let second = ("b".to_owned(), 2);
        assert_eq!(names(false, Some(&second), None), "bcd");
        assert_eq!(names(true, Some(&second), None), "bB");
        shelf.replace(ids[2], None, None);
        assert_eq!(
            shelf.sorted_from(0, false, Some(&second), None).map(|(_, thing)| thing.1).collect::<String>(),
            "cd"
        );
    }
}
