//! A plan as it was confirmed.

use super::Change;

/// The changes that were confirmed, in their order. It is the only thing that can be applied, and there is no way to
/// alter it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrozenPlan(Box<[Change]>);

impl FrozenPlan {
    /// Only a draft or a reviewed basket becomes one.
    pub(super) fn new(changes: Vec<Change>) -> Self {
        Self(changes.into())
    }

    /// What will be done, in this order.
    pub fn steps(&self) -> &[Change] {
        &self.0
    }
}
