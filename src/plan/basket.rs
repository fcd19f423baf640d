//! What the administrator collects before she looks at it as a whole: wishes, each for one grant, from every screen.
//!
//! Nothing of it is ever sent. A wish becomes a line of the [`Diff`](super::Diff), and what that shows can be frozen.

use std::collections::HashMap;

use super::{Change, Grant};
use crate::directory::{Act, AssignmentId, sort_by};

/// The most changes that are collected, read from a file or believed at all: more is a mistake, or an attack.
pub const MOST_CHANGES: usize = 20_000;

/// What shall be done about a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The identity shall hold the role.
    Assign,
    /// It shall not. With an id that assignment alone is meant, not one that was made in its place since: so it is when
    /// what was done is taken back, or what was planned elsewhere is opened.
    Remove(Option<AssignmentId>),
}

impl Wish {
    /// What is done with the role.
    pub fn act(&self) -> Act {
        match self {
            Self::Assign => Act::Assign,
            Self::Remove(_) => Act::Remove,
        }
    }
}

/// What came of adding a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is in the basket now.
    New,
    /// It was there already.
    Known,
    /// Its opposite was there: now there is neither.
    Cancelled,
    /// There are [`MOST_CHANGES`] wishes already.
    Full,
}

/// Wishes, at most one a grant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Basket(HashMap<Grant, Wish>);

impl Basket {
    /// Adds a wish. With its opposite in the basket both are gone.
    pub fn add(&mut self, grant: Grant, wish: Wish) -> Added {
        match self.0.get(&grant) {
            Some(before) if before.act() == wish.act() => {
                // Whoever wants the role gone wants it gone by whatever assignment it is held.
                if wish == Wish::Remove(None) {
                    self.0.insert(grant, wish);
                }
                Added::Known
            }
            Some(_) => {
                self.0.remove(&grant);
                Added::Cancelled
            }
            None if self.0.len() >= MOST_CHANGES => Added::Full,
            None => {
                self.0.insert(grant, wish);
                Added::New
            }
        }
    }

    /// Adds what a change would do, a removal of its very assignment.
    pub fn add_change(&mut self, change: &Change) -> Added {
        let wish = match change {
            Change::Assign { .. } => Wish::Assign,
            Change::Remove { assignment, .. } => Wish::Remove(Some(assignment.clone())),
        };
        self.add(change.grant(), wish)
    }

    /// Takes out whatever is wished about a grant.
    pub fn take_out(&mut self, grant: Grant) {
        self.0.remove(&grant);
    }

    /// Takes out what a change does, which is done. What is wished otherwise, to take it back for example, stays.
    pub fn take_out_done(&mut self, change: &Change) {
        if self.wish(change.grant()).is_some_and(|wish| wish.act() == change.act()) {
            self.take_out(change.grant());
        }
    }

    /// What is wished about a grant.
    pub fn wish(&self, grant: Grant) -> Option<&Wish> {
        self.0.get(&grant)
    }

    /// How many wishes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All wishes, in no promised order.
    pub fn wishes(&self) -> impl Iterator<Item = (Grant, &Wish)> {
        self.0.iter().map(|(grant, wish)| (*grant, wish))
    }

    /// The basket as a text for storage: a line each, of identity, API and role, with `-` and perhaps the assignment
    /// for a removal. Ids and nothing else: no name, no token.
    pub fn write(&self) -> String {
        let mut wishes: Vec<_> = self.wishes().collect();
        sort_by(&mut wishes, |a, b| a.0.cmp(&b.0));
        let mut text = String::new();
        for (Grant { identity, api, role }, wish) in wishes {
            text += &format!("{identity} {api} {role}");
            if let Wish::Remove(assignment) = wish {
                text += " -";
                if let Some(id) = assignment {
                    text += &format!(" {id}");
                }
            }
            text.push('\n');
        }
        text
    }

    /// The basket of a text; what is not exactly what [`write`](Self::write) writes is none.
    pub fn read(text: &str) -> Option<Self> {
        let mut basket = Self::default();
        for line in text.split_terminator('\n') {
            let mut words = line.split(' ');
            let grant = Grant {
                identity: words.next()?.parse().ok()?,
                api: words.next()?.parse().ok()?,
                role: words.next()?.parse().ok()?,
            };
            let wish = match (words.next(), words.next(), words.next()) {
                (None, _, _) => Wish::Assign,
                (Some("-"), None, _) => Wish::Remove(None),
                (Some("-"), Some(id), None) => Wish::Remove(Some(id.parse().ok()?)),
                _ => return None,
            };
            if basket.add(grant, wish) != Added::New {
                return None;
            }
        }
        Some(basket)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assign, grant, remove, wish};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_opposite_cancels_and_the_same_changes_nothing() {
        let mut basket = Basket::default();
        assert_eq!(basket.add(grant(1, 2, 3), Wish::Assign), Added::New);
        assert_eq!(basket.add(grant(1, 2, 3), Wish::Assign), Added::Known);
        assert_eq!(basket.add(grant(1, 2, 4), Wish::Remove(None)), Added::New);
        assert_eq!((basket.len(), basket.wish(grant(1, 2, 3))), (2, Some(&Wish::Assign)));
        assert_eq!(basket.add(grant(1, 2, 3), Wish::Remove(None)), Added::Cancelled);
        assert_eq!((basket.len(), basket.wish(grant(1, 2, 3))), (1, None));
        basket.take_out(grant(1, 2, 4));
        assert!(basket.is_empty());
    }

    #[test]
    fn what_is_done_is_taken_out_and_its_opposite_stays() {
        let mut basket = Basket::default();
        basket.add(grant(1, 2, 3), Wish::Remove(None));
        basket.take_out_done(&assign(1, 2, 3));
        assert_eq!(basket.wish(grant(1, 2, 3)), Some(&Wish::Remove(None)), "it was planned since");
        basket.take_out_done(&remove(1, 2, 3, "47nZsM8O_UuNq5Jz3QValA"));
        assert!(basket.is_empty());
    }

    #[test]
    fn the_wider_of_two_removals_counts() {
        let one = Wish::Remove("47nZsM8O_UuNq5Jz3QValA".parse().ok());
        for wishes in [[one.clone(), Wish::Remove(None)], [Wish::Remove(None), one]] {
            let mut basket = Basket::default();
            let added = wishes.map(|wish| basket.add(grant(1, 2, 3), wish));
            assert_eq!(added, [Added::New, Added::Known]);
            assert_eq!(basket.wish(grant(1, 2, 3)), Some(&Wish::Remove(None)));
        }
    }

    /// SEC-115: sizes are limited.
    #[test]
    fn is_full_at_a_bound() {
        let mut basket = Basket::default();
        for role in 0..MOST_CHANGES as u128 {
            assert_eq!(basket.add(grant(1, 2, role), Wish::Assign), Added::New);
        }
        assert_eq!(basket.add(grant(9, 2, 3), Wish::Assign), Added::Full);
        assert_eq!(basket.add(grant(1, 2, 3), Wish::Remove(None)), Added::Cancelled);
        assert_eq!(basket.add(grant(9, 2, 3), Wish::Assign), Added::New);
        assert_eq!(Basket::read(&basket.write()), Some(basket));
    }

    #[test]
    fn what_was_not_written_here_is_none() {
        let id = "1b4e28ba-2fa1-11d2-883f-0016d3cca427";
        let line = format!("{id} {id} {id}\n");
        assert!(Basket::read(&line).is_some());
        for text in [
            "\n".to_owned(),
            format!("{id} {id}"),
            format!("{id}  {id} {id}"),
            format!("{id} {id} {id} +"),
            format!("{id} {id} {id} - "),
            format!("{id} {id} {id} - short"),
            format!("{id} {id} {id} - 47nZsM8O_UuNq5Jz3QValCxBBiqJea9Drc9CMK4Ru_M x"),
            line.repeat(2),
        ] {
            assert_eq!(Basket::read(&text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_basket_survives_storage(wishes in prop::collection::vec((any::<[u128; 3]>(), wish()), 0..20)) {
            let mut basket = Basket::default();
            for ([identity, api, role], wish) in wishes {
                basket.add(grant(identity, api, role), wish);
            }
            prop_assert_eq!(Basket::read(&basket.write()), Some(basket));
        }

        #[test]
        fn any_text_is_read(text in "\\PC{0,200}") {
            let _ = Basket::read(&text);
        }

        /// However wishes come, each grant has at most one, and it is the one of the model.
        #[test]
        fn keeps_one_wish_a_grant(wishes in prop::collection::vec((0_u128..4, any::<bool>()), 0..40)) {
            let (mut basket, mut model) = (Basket::default(), std::collections::BTreeMap::new());
            for (role, assigns) in wishes {
                let wish = if assigns { Wish::Assign } else { Wish::Remove(None) };
                basket.add(grant(1, 2, role), wish);
                match model.get(&role) {
                    Some(before) if *before != assigns => { model.remove(&role); }
                    _ => { model.insert(role, assigns); }
                }
            }
            prop_assert_eq!(basket.len(), model.len());
            for (role, assigns) in model {
                let expected = if assigns { Act::Assign } else { Act::Remove };
                prop_assert_eq!(basket.wish(grant(1, 2, role)).map(Wish::act), Some(expected));
            }
        }
    }
}
