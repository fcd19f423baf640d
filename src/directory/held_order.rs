//! The order of roles held in a short table: those of one holder, or those of one API.

use super::fold::fold;
use super::sort::sort_by_key;
use super::{Assignment, Catalog, Timestamp};

/// What roles held are ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeldSort {
    /// The name on the other side: the holder's or the API's. That is how they are given.
    #[default]
    Name,
    /// The role's value.
    Role,
    /// When it was assigned, unknown first.
    Since,
}

impl HeldSort {
    /// Its name in an address. The default has none.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "",
            Self::Role => "role",
            Self::Since => "since",
        }
    }

    /// Reads what [`name`](Self::name) writes; what it does not know is the default.
    pub fn parse(name: &str) -> Self {
        [Self::Role, Self::Since].into_iter().find(|sort| sort.name() == name).unwrap_or_default()
    }
}

/// Puts roles held, given by name, into an order. What is equal stays by name.
pub fn order_held(catalog: &Catalog, held: &mut Vec<Assignment>, sort: HeldSort, descending: bool) {
    if sort != HeldSort::Name {
        if descending {
            // To be turned once more: so what is equal ends as it was.
            held.reverse();
        }
        sort_by_key(held, |held| match sort {
            HeldSort::Role => (0, fold(&catalog.role_name(held.resource, held.role))),
            _ => (held.created.map_or(i64::MIN, Timestamp::unix_millis), String::new()),
        });
    }
    if descending {
        held.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::super::ObjectId;
    use super::super::testing::{api, assignment, role};
    use super::*;

    fn ordered(sort: HeldSort, descending: bool) -> Vec<ObjectId> {
        let mut catalog = Catalog::default();
        let mut stock = api(10, "Stock");
        stock.roles = vec![role(100, "b.Write"), role(101, "A.Read")];
        catalog.add_apis(vec![stock]);
        let at = |time: &str| Some(time.parse().unwrap());
        let mut held = vec![
            Assignment { created: at("2026-11-03T00:00:00Z"), ..assignment(1, 10, 100) },
            Assignment { created: at("2026-11-02T00:00:00Z"), ..assignment(2, 10, 101) },
            assignment(3, 10, 100),
        ];
        order_held(&catalog, &mut held, sort, descending);
        held.into_iter().map(|held| held.principal).collect()
    }

    #[test]
    fn what_is_equal_stays_by_name() {
        let ids = |ids: [u128; 3]| ids.map(ObjectId::from_u128);
        assert_eq!(ordered(HeldSort::Name, false), ids([1, 2, 3]));
        assert_eq!(ordered(HeldSort::Name, true), ids([3, 2, 1]));
        assert_eq!(ordered(HeldSort::Role, false), ids([2, 1, 3]));
        assert_eq!(ordered(HeldSort::Role, true), ids([1, 3, 2]));
        assert_eq!(ordered(HeldSort::Since, false), ids([3, 2, 1]));
        assert_eq!(ordered(HeldSort::Since, true), ids([1, 2, 3]));
    }

    #[test]
    fn an_address_names_every_order() {
        for sort in [HeldSort::Name, HeldSort::Role, HeldSort::Since] {
            assert_eq!(HeldSort::parse(sort.name()), sort);
        }
        assert_eq!(HeldSort::parse("weight"), HeldSort::Name);
    }
}
