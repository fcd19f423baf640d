//! The basket held against the directory: what each wish would come to, and the plan of those that would change
//! anything.
//!
//! It believes the catalog, so it is worth reading only when all of it is loaded: what is not in there counts as gone.

use std::fmt;

use super::{Basket, Change, FrozenPlan, Grant, Names, Wish};
use crate::directory::{Act, AppRoleId, AssignmentId, Catalog, Family, Right, Rights, fold, sort_by_key};

/// Why a wish cannot be fulfilled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// No managed identity with this id is known in the tenant.
    IdentityGone,
    /// No API with this id is known in the tenant.
    ApiGone,
    /// The API does not declare the role.
    RoleGone,
    /// The API does not offer the role at present.
    RoleDisabled,
    /// Only users and groups may hold the role.
    RoleForUsers,
    /// The assignment that was meant is gone, and the identity has been given the role anew since.
    AssignedAnew,
    /// The administrator may not, as far as can be seen: she lacks the directory role that this family needs.
    NotAllowed(Family),
}

/// In words, without a full stop.
impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IdentityGone => "No managed identity with this id is known in the tenant",
            Self::ApiGone => "No API with this id is known in the tenant",
            Self::RoleGone => "The API does not declare this role",
            Self::RoleDisabled => "The API does not offer this role at present",
            Self::RoleForUsers => "Only users and groups may hold this role",
            Self::AssignedAnew => "The assignment that was meant is gone, and the role has been assigned anew since",
            Self::NotAllowed(family) => {
                return write!(f, "Your account lacks the directory role {}", family.role_needed());
            }
        })
    }
}

/// What a wish would come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The role would be assigned.
    ToAdd,
    /// This assignment would be removed.
    ToRemove(AssignmentId),
    /// The identity holds the role already, by this assignment.
    AlreadyThere(AssignmentId),
    /// The identity does not hold the role any more.
    AlreadyGone,
    /// It cannot be done.
    Impossible(Obstacle),
}

/// One wish and what it would come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The grant.
    pub grant: Grant,
    /// What was wished.
    pub act: Act,
    /// What it would come to.
    pub standing: Standing,
    /// Whether the role is privileged; [`risk`](crate::directory::risk()) says why.
    pub privileged: bool,
    /// Whether another identity has the same name.
    pub twin_identity: bool,
    /// Whether another API has the same name.
    pub twin_api: bool,
}

impl Line {
    /// What would be sent, if anything.
    pub fn change(&self) -> Option<Change> {
        let Grant { identity, api, role } = self.grant;
        match &self.standing {
            Standing::ToAdd => Some(Change::Assign { identity, api, role }),
            Standing::ToRemove(id) => Some(Change::Remove { assignment: id.clone(), identity, api, role }),
            _ => None,
        }
    }
}

/// How many lines come to what. The first five add up to all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Roles that would be assigned.
    pub to_add: usize,
    /// Assignments that would be removed.
    pub to_remove: usize,
    /// Wishes that are fulfilled already: the role is held.
    pub already_there: usize,
    /// Wishes that are fulfilled already: the role is not held.
    pub already_gone: usize,
    /// Wishes that cannot be fulfilled.
    pub impossible: usize,
    /// Privileged roles among those that would be assigned.
    pub privileged: usize,
}

/// The basket as it stands, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    lines: Vec<Line>,
}

impl Diff {
    /// Holds the basket against the directory. `rights` are the administrator's; who insists on trying all the same
    /// gives `Rights::default()`, which forbids nothing.
    pub fn new(basket: &Basket, catalog: &Catalog, rights: &Rights) -> Self {
        let mut lines: Vec<Line> = basket
            .wishes()
            .map(|(grant, wish)| Line {
                grant,
                act: wish.act(),
                standing: standing(grant, wish, catalog, rights),
                privileged: catalog.is_privileged(grant.api, grant.role),
                twin_identity: catalog.is_twin_identity(grant.identity),
                twin_api: catalog.is_twin_api(grant.api),
            })
            .collect();
        sort_by_key(&mut lines, |line| {
            let names = Names::of(catalog, line.grant);
            (!line.privileged, [fold(&names.identity), fold(&names.api), fold(&names.role)], line.grant)
        });
        Self { lines }
    }

    /// Every wish, the privileged ones first, then by the names of identity, API and role.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// How many come to what.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for line in &self.lines {
            let count = match line.standing {
                Standing::ToAdd => &mut counts.to_add,
                Standing::ToRemove(_) => &mut counts.to_remove,
                Standing::AlreadyThere(_) => &mut counts.already_there,
                Standing::AlreadyGone => &mut counts.already_gone,
                Standing::Impossible(_) => &mut counts.impossible,
            };
            *count += 1;
            counts.privileged += usize::from(line.privileged && line.standing == Standing::ToAdd);
        }
        counts
    }

    /// What was wished and is there already, with its assignment.
    pub fn present(&self) -> Vec<(Grant, AssignmentId)> {
        let present = |line: &Line| match &line.standing {
            Standing::AlreadyThere(id) => Some((line.grant, id.clone())),
            _ => None,
        };
        self.lines.iter().filter_map(present).collect()
    }

    /// Ends the collecting: the changes as they stand here, and no others. What is added comes before what is removed,
    /// so that roles which move from one identity to another are never held by neither.
    pub fn freeze(&self) -> FrozenPlan {
        let mut changes: Vec<Change> = self.lines.iter().filter_map(Line::change).collect();
        sort_by_key(&mut changes, |change| change.act() == Act::Remove);
        FrozenPlan::new(changes)
    }
}

fn standing(grant: Grant, wish: &Wish, catalog: &Catalog, rights: &Rights) -> Standing {
    let held = catalog.assignment(grant.identity, grant.api, grant.role).map(|held| held.id.clone());
    match (wish, held) {
        (Wish::Assign, Some(held)) => Standing::AlreadyThere(held),
        (Wish::Assign, None) => {
            match obstacle(grant, catalog).or_else(|| forbidden(Act::Assign, grant, catalog, rights)) {
                Some(obstacle) => Standing::Impossible(obstacle),
                None => Standing::ToAdd,
            }
        }
        (Wish::Remove(_), None) => Standing::AlreadyGone,
        (Wish::Remove(Some(meant)), Some(held)) if *meant != held => Standing::Impossible(Obstacle::AssignedAnew),
        (Wish::Remove(_), Some(held)) => match forbidden(Act::Remove, grant, catalog, rights) {
            Some(obstacle) => Standing::Impossible(obstacle),
            None => Standing::ToRemove(held),
        },
    }
}

/// What the directory itself has against an assignment.
pub(super) fn obstacle(grant: Grant, catalog: &Catalog) -> Option<Obstacle> {
    if catalog.identity(grant.identity).is_none() {
        return Some(Obstacle::IdentityGone);
    }
    let Some(api) = catalog.api(grant.api) else { return Some(Obstacle::ApiGone) };
    match api.role(grant.role) {
        Some(role) if !role.for_applications => Some(Obstacle::RoleForUsers),
        Some(role) if !role.enabled => Some(Obstacle::RoleDisabled),
        Some(_) => None,
        // Access without a role exists where there is no role for applications.
        // <https://learn.microsoft.com/graph/api/resources/approleassignment>
        None if grant.role == AppRoleId::DEFAULT_ACCESS && api.application_roles().next().is_none() => None,
        None => Some(Obstacle::RoleGone),
    }
}

fn forbidden(act: Act, grant: Grant, catalog: &Catalog, rights: &Rights) -> Option<Obstacle> {
    let api = catalog.api(grant.api)?;
    (rights.to(act, api) == Right::Missing).then(|| Obstacle::NotAllowed(Family::of(api)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assign, grant};
    use super::*;
    use crate::directory::testing::{api, assignment, assignment_id, identity, role};
    use crate::directory::{Api, AppRole, DirectoryRole, ObjectId};
    use proptest::prelude::*;

    /// Identities 1 to 3, of which 1 and 2 are twins; an API 10 with a role of each kind, and API 11, Microsoft Graph,
    /// with a privileged one; identity 1 holds role 100 of API 10, and user 77 too.
    fn catalog() -> Catalog {
        let mut catalog = Catalog::default();
        catalog.add_identities(vec![identity(1, "mi-b"), identity(2, "MI-B"), identity(3, "mi-a")]);
        let roles = vec![
            role(100, "Read"),
            role(101, "Write"),
            AppRole { enabled: false, ..role(102, "Old") },
            AppRole { for_applications: false, for_users: true, ..role(103, "Approve") },
        ];
        let mut power = role(0, "AppRoleAssignment.ReadWrite.All");
        power.id = "06b708a9-e830-4db3-a914-8e69da51d44f".parse().unwrap();
        let graph = Api {
            app_id: "00000003-0000-0000-c000-000000000000".parse().unwrap(),
            roles: vec![power],
            ..api(11, "Microsoft Graph")
        };
        catalog.add_apis(vec![Api { roles, ..api(10, "Orders") }, graph, api(12, "Bare")]);
        catalog.set_holders_of(ObjectId::from_u128(10), vec![assignment(1, 10, 100), assignment(77, 10, 100)]);
        catalog
    }

    fn power() -> Grant {
        Grant { role: "06b708a9-e830-4db3-a914-8e69da51d44f".parse().unwrap(), ..grant(3, 11, 0) }
    }

    fn lone(grant: Grant, wish: Wish, rights: &Rights) -> Standing {
        let mut basket = Basket::default();
        basket.add(grant, wish);
        Diff::new(&basket, &catalog(), rights).lines[0].standing.clone()
    }

    #[test]
    fn says_what_each_wish_would_come_to() {
        use Obstacle::*;
        use Standing::*;
        let held = assignment_id(1, 10, 100);
        let remove = |id: Option<AssignmentId>| Wish::Remove(id);
        for (grant, wish, expected) in [
            (grant(3, 10, 100), Wish::Assign, ToAdd),
            (grant(1, 10, 100), Wish::Assign, AlreadyThere(held.clone())),
            (grant(9, 10, 100), Wish::Assign, Impossible(IdentityGone)),
            (grant(77, 10, 101), Wish::Assign, Impossible(IdentityGone)),
            (grant(3, 9, 100), Wish::Assign, Impossible(ApiGone)),
            (grant(3, 10, 109), Wish::Assign, Impossible(RoleGone)),
            (grant(3, 10, 0), Wish::Assign, Impossible(RoleGone)),
            (grant(3, 12, 0), Wish::Assign, ToAdd),
            (grant(3, 10, 102), Wish::Assign, Impossible(RoleDisabled)),
            (grant(3, 10, 103), Wish::Assign, Impossible(RoleForUsers)),
            (grant(1, 10, 100), remove(None), ToRemove(held.clone())),
            (grant(1, 10, 100), remove(Some(held.clone())), ToRemove(held.clone())),
            (grant(1, 10, 100), remove(Some(assignment_id(1, 10, 7))), Impossible(AssignedAnew)),
            (grant(77, 10, 100), remove(None), ToRemove(assignment_id(77, 10, 100))),
            (grant(3, 10, 100), remove(None), AlreadyGone),
            (grant(9, 9, 9), remove(Some(held)), AlreadyGone),
        ] {
            assert_eq!(lone(grant, wish.clone(), &Rights::default()), expected, "{grant:?} {wish:?}");
        }
    }

    #[test]
    fn who_may_not_is_told_unless_she_insists() {
        let template = "158c047a-c907-4556-b7ef-446551a6b5f7".parse().unwrap();
        let roles = vec![DirectoryRole { template, display_name: String::new() }];
        let cloud_administrator = Rights { roles: Some(roles), owned: Some(Vec::new()), claimed: Vec::new() };
        let nobody = Rights { roles: Some(Vec::new()), ..cloud_administrator.clone() };
        let not = |family| Standing::Impossible(Obstacle::NotAllowed(family));
        assert_eq!(lone(power(), Wish::Assign, &cloud_administrator), not(Family::Guarded));
        assert_eq!(lone(power(), Wish::Assign, &Rights::default()), Standing::ToAdd);
        assert_eq!(lone(grant(3, 10, 100), Wish::Assign, &cloud_administrator), Standing::ToAdd);
        assert_eq!(lone(grant(3, 10, 100), Wish::Assign, &nobody), not(Family::Ordinary));
        assert_eq!(lone(grant(1, 10, 100), Wish::Remove(None), &nobody), not(Family::Ordinary));
        // What has nothing to be done needs no right.
        assert_eq!(lone(grant(3, 10, 100), Wish::Remove(None), &nobody), Standing::AlreadyGone);
    }

    /// SEC-094
    #[test]
    fn puts_privileged_roles_first_then_goes_by_name_and_marks_twins() {
        let mut basket = Basket::default();
        for wanted in [grant(1, 10, 101), grant(3, 10, 101), grant(3, 10, 100), power()] {
            basket.add(wanted, Wish::Assign);
        }
        let diff = Diff::new(&basket, &catalog(), &Rights::default());
        let grants: Vec<_> = diff.lines().iter().map(|line| line.grant).collect();
        assert_eq!(grants, [power(), grant(3, 10, 100), grant(3, 10, 101), grant(1, 10, 101)]);
        let marks: Vec<_> =
            diff.lines().iter().map(|line| (line.privileged, line.twin_identity, line.twin_api)).collect();
        assert_eq!(marks, [(true, false, false), (false, false, false), (false, false, false), (false, true, false)]);
        assert_eq!(diff.counts(), Counts { to_add: 4, privileged: 1, ..Counts::default() });
    }

    /// SEC-090
    #[test]
    fn freezes_what_it_shows_and_adds_before_it_removes() {
        let mut basket = Basket::default();
        basket.add(grant(1, 10, 100), Wish::Remove(None));
        basket.add(grant(1, 10, 102), Wish::Assign);
        basket.add(grant(2, 10, 100), Wish::Assign);
        basket.add(grant(77, 10, 100), Wish::Assign);
        let diff = Diff::new(&basket, &catalog(), &Rights::default());
        assert_eq!(diff.present(), [(grant(77, 10, 100), assignment_id(77, 10, 100))]);
        let plan = diff.freeze();
        let gone = super::super::testing::remove(1, 10, 100, assignment_id(1, 10, 100).as_str());
        assert_eq!(plan.steps(), [assign(2, 10, 100), gone]);
    }

    proptest! {
        #[test]
        fn counts_add_up_and_nothing_is_lost(wishes in prop::collection::vec((0_u128..4, 9_u128..13, 99_u128..104, any::<bool>()), 0..40)) {
            let (mut basket, catalog) = (Basket::default(), catalog());
            for (identity, api, role, assigns) in wishes {
                basket.add(grant(identity, api, role), if assigns { Wish::Assign } else { Wish::Remove(None) });
            }
            let diff = Diff::new(&basket, &catalog, &Rights::default());
            let Counts { to_add, to_remove, already_there, already_gone, impossible, privileged } = diff.counts();
            prop_assert_eq!(to_add + to_remove + already_there + already_gone + impossible, basket.len());
            prop_assert!(privileged <= to_add);
            let mut left = basket.clone();
            for line in diff.lines() {
                prop_assert_eq!(left.wish(line.grant).map(Wish::act), Some(line.act));
                left.take_out(line.grant);
            }
            prop_assert!(left.is_empty());
            let plan = diff.freeze();
            prop_assert_eq!(plan.steps().len(), to_add + to_remove);
            for change in plan.steps() {
                let Grant { identity, api, role } = change.grant();
                let held = catalog.assignment(identity, api, role);
                // Each step changes something: it adds what is not held, or removes the very assignment that is.
                match change {
                    Change::Assign { .. } => prop_assert!(held.is_none()),
                    Change::Remove { assignment, .. } => prop_assert_eq!(Some(assignment), held.map(|held| &held.id)),
                }
            }
        }
    }
}
