//! Changes for tests, and strategies for any of them.

#[path = "hostile.rs"]
mod hostile;

use proptest::prelude::*;

pub(crate) use hostile::hostile;

use super::{Change, Grant, Wish};
use crate::directory::{AppRoleId, ObjectId};

pub(crate) fn grant(identity: u128, api: u128, role: u128) -> Grant {
    Grant { identity: ObjectId::from_u128(identity), api: ObjectId::from_u128(api), role: AppRoleId::from_u128(role) }
}

pub(crate) fn assign(identity: u128, api: u128, role: u128) -> Change {
    let Grant { identity, api, role } = grant(identity, api, role);
    Change::Assign { identity, api, role }
}

pub(crate) fn remove(identity: u128, api: u128, role: u128, assignment: &str) -> Change {
    let Grant { identity, api, role } = grant(identity, api, role);
    Change::Remove { assignment: assignment.parse().unwrap(), identity, api, role }
}

pub(crate) fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![
        Just(Wish::Assign),
        proptest::option::of("[A-Za-z0-9_-]{43}").prop_map(|id| Wish::Remove(id.map(|id| id.parse().unwrap()))),
    ]
}

/// Changes as a plan has them: each grant once.
pub(crate) fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = (0_u128..3, 0_u128..3, any::<u128>(), proptest::option::of("[A-Za-z0-9_-]{43}"));
    proptest::collection::vec(change, 0..12).prop_map(|rows| {
        let rows: std::collections::BTreeMap<_, _> = rows.into_iter().map(|(a, b, c, id)| ((a, b, c), id)).collect();
        let change = |((identity, api, role), id): ((u128, u128, u128), Option<String>)| match id {
            Some(id) => remove(identity, api, role, &id),
            None => assign(identity, api, role),
        };
        rows.into_iter().map(change).collect()
    })
}
