//! The directory in memory and the rules by which app role assignments come and go.
//! Rows keep their position for ever, gone or not, so that a page token can simply name one.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::model::{Assignment, Group, PrincipalType, ServicePrincipal, User};

/// Why an assignment is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nobody has the principal's id.
    PrincipalUnknown,
    /// No service principal has the resource's id.
    ResourceUnknown,
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

/// All objects.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    users: Vec<User>,
    groups: Vec<Group>,
    service_principals: Vec<Option<ServicePrincipal>>,
    by_id: HashMap<Uuid, usize>,
    by_app_id: HashMap<Uuid, usize>,
    assignments: Vec<Option<Assignment>>,
    by_assignment_id: HashMap<String, usize>,
    by_principal: HashMap<Uuid, Vec<usize>>,
    by_resource: HashMap<Uuid, Vec<usize>>,
}

impl Directory {
    /// A directory with people and nothing else yet.
    pub(crate) fn new(users: Vec<User>, groups: Vec<Group>) -> Self {
        Self { users, groups, ..Self::default() }
    }

    /// Everyone who can sign in.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = &User> {
        self.users.iter().filter(|user| user.sign_in.is_some())
    }

    /// A person by object id.
    pub(crate) fn user(&self, id: Uuid) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// Adds a service principal at the end.
    pub(crate) fn add(&mut self, service_principal: ServicePrincipal) {
        let at = self.service_principals.len();
        self.by_id.insert(service_principal.id, at);
        self.by_app_id.insert(service_principal.app_id, at);
        self.service_principals.push(Some(service_principal));
    }

    /// Every service principal from a position on, each with its own position.
    pub(crate) fn service_principals_from(&self, start: usize) -> impl Iterator<Item = (usize, &ServicePrincipal)> {
        self.service_principals.iter().enumerate().skip(start).filter_map(|(at, row)| Some((at, row.as_ref()?)))
    }

    /// By object id.
    pub(crate) fn service_principal(&self, id: Uuid) -> Option<&ServicePrincipal> {
        self.service_principals.get(*self.by_id.get(&id)?)?.as_ref()
    }

    /// By app id.
    pub(crate) fn service_principal_of_app(&self, app_id: Uuid) -> Option<&ServicePrincipal> {
        self.service_principals.get(*self.by_app_id.get(&app_id)?)?.as_ref()
    }

    /// By object id, to be changed.
    pub(crate) fn service_principal_mut(&mut self, id: Uuid) -> Option<&mut ServicePrincipal> {
        self.service_principals.get_mut(*self.by_id.get(&id)?)?.as_mut()
    }

    /// Removes a service principal and every assignment that touches it.
    pub(crate) fn remove_service_principal(&mut self, id: Uuid) -> Option<ServicePrincipal> {
        let at = self.by_id.remove(&id)?;
        let gone = self.service_principals.get_mut(at)?.take()?;
        self.by_app_id.remove(&gone.app_id);
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
        if let Some(found) = self.service_principal(id) {
            return Some((found.display_name.clone(), PrincipalType::ServicePrincipal));
        }
        if let Some(found) = self.user(id) {
            return Some((found.display_name(), PrincipalType::User));
        }
        self.groups.iter().find(|group| group.id == id).map(|group| (group.display_name.clone(), PrincipalType::Group))
    }

    /// Every assignment.
    pub(crate) fn assignments(&self) -> impl Iterator<Item = &Assignment> {
        self.assignments.iter().flatten()
    }

    /// An assignment by its id.
    pub(crate) fn assignment(&self, id: &str) -> Option<&Assignment> {
        self.assignments.get(*self.by_assignment_id.get(id)?)?.as_ref()
    }

    /// What a principal holds, from a position on.
    pub(crate) fn held_by(&self, principal: Uuid, start: usize) -> impl Iterator<Item = (usize, &Assignment)> {
        self.listed(self.by_principal.get(&principal), start)
    }

    /// Who holds an API's roles, from a position on.
    pub(crate) fn holders_of(&self, resource: Uuid, start: usize) -> impl Iterator<Item = (usize, &Assignment)> {
        self.listed(self.by_resource.get(&resource), start)
    }

    fn listed<'a>(
        &'a self,
        positions: Option<&'a Vec<usize>>,
        start: usize,
    ) -> impl Iterator<Item = (usize, &'a Assignment)> {
        positions
            .into_iter()
            .flatten()
            .copied()
            .filter(move |&at| at >= start)
            .filter_map(|at| Some((at, self.assignments.get(at)?.as_ref()?)))
    }

    /// Assigns a role by the rules.
    pub(crate) fn assign(
        &mut self,
        principal: Uuid,
        resource: Uuid,
        role: Uuid,
        created: String,
        strictness: Strictness,
    ) -> Result<Assignment, Refusal> {
        let api = self.service_principal(resource).ok_or(Refusal::ResourceUnknown)?;
        let (_, kind) = self.principal(principal).ok_or(Refusal::PrincipalUnknown)?;
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
        let at = self.assignments.len();
        self.by_assignment_id.insert(assignment.id.clone(), at);
        self.by_principal.entry(principal).or_default().push(at);
        self.by_resource.entry(resource).or_default().push(at);
        self.assignments.push(Some(assignment.clone()));
        Some(assignment)
    }

    /// Removes an assignment.
    pub(crate) fn remove_assignment(&mut self, id: &str) -> Option<Assignment> {
        let at = self.by_assignment_id.remove(id)?;
        let gone = self.assignments.get_mut(at)?.take()?;
        let lists = [self.by_principal.get_mut(&gone.principal_id), self.by_resource.get_mut(&gone.resource_id)];
        for list in lists.into_iter().flatten() {
            list.retain(|&position| position != at);
        }
        Some(gone)
    }
}
