//! Who holds which role: every known assignment, found from the holder's side and from the API's.
//!
//! It holds a million assignments. Removal leaves a gap that lookups skip; when gaps outweigh rows, all is packed anew,
//! so that no sequence of refreshes becomes quadratic.

use super::ids::IdMap;
use super::{AppRoleId, Assignment, ObjectId};

/// A role of an API, as a number: what assignments have in common is judged and searched once.
pub(super) struct Grant {
    pub(super) resource: ObjectId,
    pub(super) resource_name: String,
    pub(super) role: AppRoleId,
    pub(super) privileged: bool,
}

struct Entry {
    assignment: Assignment,
    grant: u32,
}

#[derive(Clone, Copy)]
struct Held {
    slot: u32,
    grant: u32,
}

#[derive(Default)]
struct Holders {
    /// May name gaps.
    slots: Vec<u32>,
    count: usize,
}

/// All known assignments.
#[derive(Default)]
pub(super) struct Ledger {
    entries: Vec<Option<Entry>>,
    gaps: usize,
    by_principal: IdMap<ObjectId, Vec<Held>>,
    by_resource: IdMap<ObjectId, Holders>,
    grants: Vec<Grant>,
    grant_numbers: IdMap<(ObjectId, AppRoleId), u32>,
}

/// Fewer gaps than this are not worth packing.
const FEW: usize = 1024;

impl Ledger {
    /// Replaces everything that a principal holds. `judge` says whether a role of an API is privileged.
    pub(super) fn set_held_by(
        &mut self,
        principal: ObjectId,
        rows: Vec<Assignment>,
        judge: &dyn Fn(ObjectId, AppRoleId) -> bool,
    ) {
        for held in self.by_principal.remove(&principal).unwrap_or_default() {
            if let Some(entry) = self.take(held.slot)
                && let Some(holders) = self.by_resource.get_mut(&entry.assignment.resource)
            {
                holders.count -= 1;
            }
        }
        for row in rows.into_iter().filter(|row| row.principal == principal) {
            self.insert(row, judge);
        }
        self.pack();
    }

    /// Replaces everything that is held of a resource. `judge` says whether a role of an API is privileged.
    pub(super) fn set_holders_of(
        &mut self,
        resource: ObjectId,
        rows: Vec<Assignment>,
        judge: &dyn Fn(ObjectId, AppRoleId) -> bool,
    ) {
        for slot in self.by_resource.remove(&resource).unwrap_or_default().slots {
            if let Some(entry) = self.take(slot)
                && let Some(held) = self.by_principal.get_mut(&entry.assignment.principal)
            {
                held.retain(|other| other.slot != slot);
            }
        }
        for row in rows.into_iter().filter(|row| row.resource == resource) {
            self.insert(row, judge);
        }
        self.pack();
    }

    /// Judges all roles anew, when more became known about the APIs.
    pub(super) fn judge_again(&mut self, judge: &dyn Fn(ObjectId, AppRoleId) -> bool) {
        for grant in &mut self.grants {
            grant.privileged = judge(grant.resource, grant.role);
        }
    }

    /// What a principal holds, in no promised order.
    pub(super) fn held_by(&self, principal: ObjectId) -> impl Iterator<Item = &Assignment> {
        self.held(principal).iter().filter_map(|held| self.assignment(held.slot))
    }

    /// A principal's assignment of one role of a resource.
    pub(super) fn find(&self, principal: ObjectId, resource: ObjectId, role: AppRoleId) -> Option<&Assignment> {
        let grant = *self.grant_numbers.get(&(resource, role))?;
        let held = self.held(principal).iter().find(|held| held.grant == grant)?;
        self.assignment(held.slot)
    }

    /// Who holds roles of a resource, in no promised order.
    pub(super) fn holders_of(&self, resource: ObjectId) -> impl Iterator<Item = &Assignment> {
        let slots = self.by_resource.get(&resource).map_or(&[][..], |holders| &holders.slots);
        slots.iter().filter_map(|slot| self.assignment(*slot))
    }

    /// How many assignments a principal has.
    pub(super) fn role_count(&self, principal: ObjectId) -> usize {
        self.held(principal).len()
    }

    /// How many of a principal's assignments are privileged.
    pub(super) fn privileged_count(&self, principal: ObjectId) -> usize {
        self.grants_of(principal).filter(|grant| self.grants.get(*grant as usize).is_some_and(|g| g.privileged)).count()
    }

    /// How many assignments a resource has.
    pub(super) fn holder_count(&self, resource: ObjectId) -> usize {
        self.by_resource.get(&resource).map_or(0, |holders| holders.count)
    }

    /// The kinds of grant that a principal has, by number.
    pub(super) fn grants_of(&self, principal: ObjectId) -> impl Iterator<Item = u32> {
        self.held(principal).iter().map(|held| held.grant)
    }

    /// All kinds of grant; their positions are their numbers.
    pub(super) fn grants(&self) -> &[Grant] {
        &self.grants
    }

    fn held(&self, principal: ObjectId) -> &[Held] {
        self.by_principal.get(&principal).map_or(&[], Vec::as_slice)
    }

    fn assignment(&self, slot: u32) -> Option<&Assignment> {
        self.entries.get(slot as usize)?.as_ref().map(|entry| &entry.assignment)
    }

    fn take(&mut self, slot: u32) -> Option<Entry> {
        let taken = self.entries.get_mut(slot as usize)?.take();
        self.gaps += usize::from(taken.is_some());
        taken
    }

    fn insert(&mut self, row: Assignment, judge: &dyn Fn(ObjectId, AppRoleId) -> bool) {
        let grant = self.grant(&row, judge);
        // One principal holds a role once: what comes twice is a newer copy of the same.
        if let Some(held) = self.held(row.principal).iter().find(|held| held.grant == grant).copied() {
            if let Some(entry) = self.entries.get_mut(held.slot as usize) {
                *entry = Some(Entry { assignment: row, grant });
            }
            return;
        }
        let Ok(slot) = u32::try_from(self.entries.len()) else { return };
        self.by_principal.entry(row.principal).or_default().push(Held { slot, grant });
        let holders = self.by_resource.entry(row.resource).or_default();
        holders.slots.push(slot);
        holders.count += 1;
        self.entries.push(Some(Entry { assignment: row, grant }));
    }

    fn grant(&mut self, row: &Assignment, judge: &dyn Fn(ObjectId, AppRoleId) -> bool) -> u32 {
        let next = u32::try_from(self.grants.len()).unwrap_or(u32::MAX);
        let number = *self.grant_numbers.entry((row.resource, row.role)).or_insert(next);
        if number == next {
            self.grants.push(Grant {
                resource: row.resource,
                resource_name: row.resource_name.clone(),
                role: row.role,
                privileged: judge(row.resource, row.role),
            });
        }
        number
    }

    fn pack(&mut self) {
        if self.gaps < FEW || self.gaps * 2 < self.entries.len() {
            return;
        }
        self.entries.retain(Option::is_some);
        self.gaps = 0;
        self.by_principal.clear();
        self.by_resource.clear();
        for (slot, entry) in (0_u32..).zip(self.entries.iter().flatten()) {
            let Assignment { principal, resource, .. } = entry.assignment;
            self.by_principal.entry(principal).or_default().push(Held { slot, grant: entry.grant });
            let holders = self.by_resource.entry(resource).or_default();
            holders.slots.push(slot);
            holders.count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::assignment;
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    const NEVER: &dyn Fn(ObjectId, AppRoleId) -> bool = &|_, _| false;

    #[test]
    fn a_list_read_twice_is_not_counted_twice() {
        let mut ledger = Ledger::default();
        let (principal, resource) = (ObjectId::from_u128(1), ObjectId::from_u128(10));
        ledger.set_held_by(principal, vec![assignment(1, 10, 100), assignment(1, 10, 101)], NEVER);
        ledger.set_holders_of(resource, vec![assignment(1, 10, 100), assignment(2, 10, 100)], NEVER);
        ledger.set_holders_of(resource, vec![assignment(1, 10, 100), assignment(2, 10, 100)], NEVER);
        assert_eq!((ledger.role_count(principal), ledger.holder_count(resource)), (1, 2));
    }

    #[test]
    fn rows_of_others_are_not_taken_in() {
        let mut ledger = Ledger::default();
        ledger.set_held_by(ObjectId::from_u128(1), vec![assignment(2, 10, 100)], NEVER);
        ledger.set_holders_of(ObjectId::from_u128(10), vec![assignment(1, 11, 100)], NEVER);
        assert_eq!(ledger.role_count(ObjectId::from_u128(2)) + ledger.role_count(ObjectId::from_u128(1)), 0);
    }

    #[test]
    fn packs_itself() {
        let mut ledger = Ledger::default();
        let resource = ObjectId::from_u128(10);
        for _ in 0..20 {
            ledger.set_holders_of(resource, (0..500).map(|p| assignment(p, 10, 100)).collect(), NEVER);
        }
        assert!(ledger.entries.len() <= 500 + 2 * FEW, "{}", ledger.entries.len());
        assert_eq!(ledger.holder_count(resource), 500);
        assert_eq!(ledger.holders_of(resource).count(), 500);
        assert_eq!(ledger.held_by(ObjectId::from_u128(499)).count(), 1);
    }

    proptest! {
        #[test]
        fn both_sides_agree_after_any_refreshes(
            steps in prop::collection::vec((any::<bool>(), 0_u128..4, prop::collection::vec((0_u128..4, 0_u128..3), 0..8)), 0..30)
        ) {
            let mut ledger = Ledger::default();
            let mut model: BTreeSet<(u128, u128, u128)> = BTreeSet::new();
            for (by_principal, id, others) in steps {
                if by_principal {
                    model.retain(|(p, _, _)| *p != id);
                    model.extend(others.iter().map(|(other, role)| (id, *other, *role)));
                    let rows = others.iter().map(|(other, role)| assignment(id, *other, *role)).collect();
                    ledger.set_held_by(ObjectId::from_u128(id), rows, NEVER);
                } else {
                    model.retain(|(_, r, _)| *r != id);
                    model.extend(others.iter().map(|(other, role)| (*other, id, *role)));
                    let rows = others.iter().map(|(other, role)| assignment(*other, id, *role)).collect();
                    ledger.set_holders_of(ObjectId::from_u128(id), rows, NEVER);
                }
            }
            let mut counts: BTreeMap<u128, usize> = BTreeMap::new();
            for id in 0..4 {
                let at = ObjectId::from_u128(id);
                let held: BTreeSet<_> = ledger.held_by(at).map(|a| (a.resource, a.role)).collect();
                let expected: BTreeSet<_> = model.iter().filter(|(p, _, _)| *p == id)
                    .map(|(_, r, role)| (ObjectId::from_u128(*r), AppRoleId::from_u128(*role))).collect();
                prop_assert_eq!(ledger.role_count(at), expected.len());
                for (resource, role) in (0..4).flat_map(|resource| (0..3).map(move |role| (resource, role))) {
                    let (resource, role) = (ObjectId::from_u128(resource), AppRoleId::from_u128(role));
                    let found = ledger.find(at, resource, role).map(|a| (a.principal, a.resource, a.role));
                    prop_assert_eq!(found, expected.contains(&(resource, role)).then_some((at, resource, role)));
                }
                prop_assert_eq!(held, expected);
                let holders = ledger.holders_of(at).count();
                prop_assert_eq!(holders, model.iter().filter(|(_, r, _)| *r == id).count());
                prop_assert_eq!(ledger.holder_count(at), holders);
                counts.insert(id, holders);
            }
        }
    }
}
