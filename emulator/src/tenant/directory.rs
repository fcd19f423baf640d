//! The directory in memory and the rules by which app role assignments come and go. Its own methods know the present;
//! [`View`] is the directory as one replica has it.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::model::{AppRole, Application, Assignment, Group, PrincipalType, ServicePrincipal, User};
use super::row::Row;
use super::shelf::Shelf;

/// Why an assignment is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nobody has the principal's id.
    PrincipalUnknown,
    /// No service principal has the resource's id.
    ResourceUnknown,
    /// One of the two exists, but the replica has not heard of it.
    NotReplicated,
    /// The resource does not offer the role to such a principal.
    RoleNotFound,
    /// It is held already.
    Duplicate,
}

/// What the facts leave open, decided by switches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strictness {
    pub(crate) refuse_disabled_roles: bool,
    pub(crate) refuse_user_only_roles: bool,
}

/// An assignment that somebody asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) principal: Uuid,
    pub(crate) resource: Uuid,
    pub(crate) role: Uuid,
}

/// All objects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Directory {
    users: Vec<User>,
    groups: Vec<Group>,
    service_principals: Shelf<ServicePrincipal>,
    /// Every change of a service principal in order: its position and id.
    changes: Vec<(usize, Uuid)>,
    applications: Shelf<Application>,
    assignments: Vec<Row<Assignment>>,
    by_assignment_id: HashMap<String, usize>,
    by_principal: HashMap<Uuid, Vec<usize>>,
    by_resource: HashMap<Uuid, Vec<usize>>,
    /// The time of the change that is being made, if replicas are to hear of it later.
    since: Option<DateTime<Utc>>,
}

/// The directory as far as one replica has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    directory: &'a Directory,
    at: Option<DateTime<Utc>>,
}

impl<'a> View<'a> {
    /// Name and kind of whoever has this id.
    pub(crate) fn principal(self, id: Uuid) -> Option<(String, PrincipalType)> {
        if let Some(found) = self.directory.service_principals.get(id, self.at) {
            return Some((found.display_name.clone(), PrincipalType::ServicePrincipal));
        }
        if let Some(found) = self.directory.user(id) {
            return Some((found.display_name(), PrincipalType::User));
        }
        let group = self.directory.groups.iter().find(|group| group.id == id)?;
        Some((group.display_name.clone(), PrincipalType::Group))
    }

    /// An assignment by its id.
    pub(crate) fn assignment(self, id: &str) -> Option<&'a Assignment> {
        self.directory.assignments.get(*self.directory.by_assignment_id.get(id)?)?.seen(self.at)
    }

    /// What a principal holds, from a position on.
    pub(crate) fn held_by(self, principal: Uuid, start: usize) -> impl Iterator<Item = (usize, &'a Assignment)> {
        self.listed(self.directory.by_principal.get(&principal), start)
    }

    /// Who holds an API's roles, from a position on.
    pub(crate) fn holders_of(self, resource: Uuid, start: usize) -> impl Iterator<Item = (usize, &'a Assignment)> {
        self.listed(self.directory.by_resource.get(&resource), start)
    }

    fn listed(self, positions: Option<&'a Vec<usize>>, start: usize) -> impl Iterator<Item = (usize, &'a Assignment)> {
        // Positions only grow, so that the page's beginning is found without walking there.
        let positions = positions.map_or(&[][..], Vec::as_slice);
        let from = positions.partition_point(|at| *at < start);
        let rows = &self.directory.assignments;
        positions.iter().skip(from).filter_map(move |&at| Some((at, rows.get(at)?.seen(self.at)?)))
    }
}

impl Directory {
    /// A directory with people and nothing else yet.
    pub(crate) fn new(users: Vec<User>, groups: Vec<Group>) -> Self {
        Self { users, groups, ..Self::default() }
    }

    /// From here on changes are of this time (`None`: replicas have always known them).
    pub(crate) fn changing(&mut self, since: Option<DateTime<Utc>>) {
        self.since = since;
    }

    /// As far as a replica has it (`None`: all the way).
    pub(crate) fn view(&self, at: Option<DateTime<Utc>>) -> View<'_> {
        View { directory: self, at }
    }

    /// All the way.
    fn present(&self) -> View<'_> {
        self.view(None)
    }

    /// Changes a person; false if there is none of this id.
    pub(crate) fn change_user(&mut self, id: Uuid, change: impl FnOnce(&mut User)) -> bool {
        self.users.iter_mut().find(|user| user.id == id).map(change).is_some()
    }

    /// Everyone.
    pub(crate) fn users(&self) -> &[User] {
        &self.users
    }

    /// Every group.
    pub(crate) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Everyone who can sign in.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = &User> {
        self.users.iter().filter(|user| user.sign_in.is_some())
    }

    /// A person by object id.
    pub(crate) fn user(&self, id: Uuid) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// Every service principal, for whichever replica.
    pub(crate) fn service_principals(&self) -> &Shelf<ServicePrincipal> {
        &self.service_principals
    }

    /// Every application, for whichever replica.
    pub(crate) fn applications(&self) -> &Shelf<Application> {
        &self.applications
    }

    /// Adds a service principal at the end.
    pub(crate) fn add(&mut self, service_principal: ServicePrincipal) {
        let id = service_principal.id;
        let at = self.service_principals.push(service_principal, self.since);
        self.changes.push((at, id));
    }

    /// Adds an application at the end.
    pub(crate) fn add_application(&mut self, application: Application) {
        self.applications.push(application, self.since);
    }

    /// By object id.
    pub(crate) fn service_principal(&self, id: Uuid) -> Option<&ServicePrincipal> {
        self.service_principals.get(id, None)
    }

    /// By app id.
    pub(crate) fn service_principal_of_app(&self, app_id: Uuid) -> Option<&ServicePrincipal> {
        self.service_principals.of_app(app_id, None)
    }

    /// How many changes of service principals there have been.
    pub(crate) fn changes(&self) -> usize {
        self.changes.len()
    }

    /// The service principals that changed after so many changes, each once, with what became of it.
    pub(crate) fn changed_after(&self, changes: usize) -> Vec<(Uuid, Option<&ServicePrincipal>)> {
        let mut seen = std::collections::HashSet::new();
        let recent = self.changes.iter().skip(changes).rev();
        let mut changed: Vec<_> = recent
            .filter(|(at, _)| seen.insert(*at))
            .map(|(at, id)| (*id, self.service_principals.at(*at, None)))
            .collect();
        changed.reverse();
        changed
    }

    /// Changes a service principal; `None` if there is none or the change gives nothing back.
    fn change_service_principal<R>(&mut self, id: Uuid, change: impl FnOnce(&mut ServicePrincipal) -> R) -> Option<R> {
        let mut changed = self.service_principal(id)?.clone();
        let result = change(&mut changed);
        let (at, _) = self.service_principals.replace(id, Some(changed), self.since)?;
        self.changes.push((at, id));
        Some(result)
    }

    /// Changes the roles that a service principal exposes: those of its application, which it follows, if it has one
    /// here. `None` if there is no such service principal.
    pub(crate) fn change_roles<R>(&mut self, id: Uuid, change: impl FnOnce(&mut Vec<AppRole>) -> R) -> Option<R> {
        let app = self.service_principal(id)?.app_id;
        match self.applications.of_app(app, None).cloned() {
            Some(mut application) => {
                let result = change(&mut application.app_roles);
                self.put_application(application);
                Some(result)
            }
            None => self.change_service_principal(id, |found| change(&mut found.app_roles)),
        }
    }

    /// Puts another state of an application in, and of its service principal if it has one.
    pub(crate) fn put_application(&mut self, application: Application) {
        let follow = self.service_principal_of_app(application.app_id).map(|found| found.id);
        if let Some(id) = follow {
            self.change_service_principal(id, |found| found.follow(&application));
        }
        self.applications.replace(application.id, Some(application), self.since);
    }

    /// Removes a service principal and every assignment that touches it.
    pub(crate) fn remove_service_principal(&mut self, id: Uuid) -> Option<ServicePrincipal> {
        let (at, gone) = self.service_principals.replace(id, None, self.since)?;
        self.changes.push((at, id));
        let touched: Vec<String> = self
            .assignments()
            .filter(|assignment| assignment.principal_id == id || assignment.resource_id == id)
            .map(|assignment| assignment.id.clone())
            .collect();
        for assignment in touched {
            self.remove_assignment(&assignment);
        }
        Some(gone)
    }

    /// Name and kind of whoever has this id.
    pub(crate) fn principal(&self, id: Uuid) -> Option<(String, PrincipalType)> {
        self.present().principal(id)
    }

    /// Every assignment.
    pub(crate) fn assignments(&self) -> impl Iterator<Item = &Assignment> {
        self.assignments.iter().filter_map(|row| row.seen(None))
    }

    /// An assignment by its id.
    pub(crate) fn assignment(&self, id: &str) -> Option<&Assignment> {
        self.present().assignment(id)
    }

    /// What a principal holds, from a position on.
    pub(crate) fn held_by(&self, principal: Uuid, start: usize) -> impl Iterator<Item = (usize, &Assignment)> {
        self.present().held_by(principal, start)
    }

    /// Who holds an API's roles, from a position on.
    pub(crate) fn holders_of(&self, resource: Uuid, start: usize) -> impl Iterator<Item = (usize, &Assignment)> {
        self.present().holders_of(resource, start)
    }

    /// Assigns a role by the rules. Whether the ends and the role exist is asked of the replica that is as far as
    /// `at`; whether it is held already, of the directory itself.
    pub(crate) fn assign(
        &mut self,
        asked: Asked,
        created: String,
        strictness: Strictness,
        at: Option<DateTime<Utc>>,
    ) -> Result<Assignment, Refusal> {
        let Asked { principal, resource, role } = asked;
        let unknown = |exists: bool, refusal| if exists { Refusal::NotReplicated } else { refusal };
        let api = self
            .service_principals
            .get(resource, at)
            .ok_or_else(|| unknown(self.service_principal(resource).is_some(), Refusal::ResourceUnknown))?;
        let (_, kind) = self
            .view(at)
            .principal(principal)
            .ok_or_else(|| unknown(self.principal(principal).is_some(), Refusal::PrincipalUnknown))?;
        let fits = |for_applications: bool, for_users: bool| match kind {
            PrincipalType::ServicePrincipal => for_applications,
            PrincipalType::User | PrincipalType::Group => for_users,
        };
        let offered = if role.is_nil() {
            !api.app_roles.iter().any(|role| fits(role.for_applications, role.for_users))
        } else {
            api.app_roles.iter().any(|offer| {
                offer.id == role
                    && (offer.enabled || !strictness.refuse_disabled_roles)
                    && (fits(offer.for_applications, offer.for_users) || !strictness.refuse_user_only_roles)
            })
        };
        if !offered {
            return Err(Refusal::RoleNotFound);
        }
        if self.held_by(principal, 0).any(|(_, held)| held.resource_id == resource && held.app_role_id == role) {
            return Err(Refusal::Duplicate);
        }
        self.put(principal, resource, role, created, Uuid::new_v4()).ok_or(Refusal::PrincipalUnknown)
    }

    /// Puts an assignment in without any rule; `salt` makes its id. `None` if either end does not exist.
    pub(crate) fn put(
        &mut self,
        principal: Uuid,
        resource: Uuid,
        role: Uuid,
        created: String,
        salt: Uuid,
    ) -> Option<Assignment> {
        let (principal_name, principal_type) = self.principal(principal)?;
        let resource_name = self.service_principal(resource)?.display_name.clone();
        // The principal's GUID in the byte order of .NET comes first, as real ids show.
        let mut bytes = principal.to_bytes_le().to_vec();
        bytes.extend_from_slice(salt.as_bytes());
        let assignment = Assignment {
            id: URL_SAFE_NO_PAD.encode(bytes),
            principal_id: principal,
            principal_type,
            principal_name,
            resource_id: resource,
            resource_name,
            app_role_id: role,
            created,
        };
        self.insert(assignment.clone());
        Some(assignment)
    }

    /// Puts an assignment in as it is.
    pub(crate) fn insert(&mut self, assignment: Assignment) {
        let at = self.assignments.len();
        self.by_assignment_id.insert(assignment.id.clone(), at);
        self.by_principal.entry(assignment.principal_id).or_default().push(at);
        self.by_resource.entry(assignment.resource_id).or_default().push(at);
        self.assignments.push(Row::new(assignment, self.since));
    }

    /// Removes an assignment.
    pub(crate) fn remove_assignment(&mut self, id: &str) -> Option<Assignment> {
        let since = self.since;
        let at = *self.by_assignment_id.get(id)?;
        let gone = self.assignments.get_mut(at)?.replace(None, since)?;
        if since.is_none() {
            // No replica has it any more: lists need not pass over its place.
            self.by_assignment_id.remove(id);
            let lists = [self.by_principal.get_mut(&gone.principal_id), self.by_resource.get_mut(&gone.resource_id)];
            for list in lists.into_iter().flatten() {
                list.retain(|&position| position != at);
            }
        }
        Some(gone)
    }
}
