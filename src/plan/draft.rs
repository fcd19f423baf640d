//! A plan that can still change.

use std::collections::HashSet;

use super::{Change, FrozenPlan};

/// Changes in the order in which they shall be made; each one once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft(Vec<Change>);

impl Draft {
    /// A draft of these changes; what is in them twice is kept at its first place alone.
    pub fn new(changes: Vec<Change>) -> Self {
        let mut seen = HashSet::new();
        Self(changes.into_iter().filter(|change| seen.insert(change.clone())).collect())
    }

    /// The changes.
    pub fn changes(&self) -> &[Change] {
        &self.0
    }

    /// Ends the drafting: from here on nothing can be added, taken away or altered.
    pub fn freeze(self) -> FrozenPlan {
        FrozenPlan::new(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{AppRoleId, ObjectId};

    fn assign(role: u128) -> Change {
        Change::Assign {
            identity: ObjectId::from_u128(1),
            api: ObjectId::from_u128(2),
            role: AppRoleId::from_u128(role),
        }
    }

    #[test]
    fn what_comes_twice_is_planned_once() {
        let plan = Draft::new(vec![assign(5), assign(4), assign(5), assign(4)]).freeze();
        assert_eq!(plan.steps(), [assign(5), assign(4)]);
    }
}
