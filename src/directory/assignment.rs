//! One principal holds one role of one API.

use std::time::Duration;

use super::{AppRoleId, AssignmentId, ObjectId, Timestamp};

/// How long the infrastructure may keep using a managed identity's old token after a change. It cannot be shortened.
/// <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/managed-identity-best-practice-recommendations>
pub const PROPAGATION: Duration = Duration::from_secs(24 * 60 * 60);

/// What kind of directory object holds an assignment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrincipalKind {
    /// A managed identity or another application.
    ServicePrincipal,
    /// A person.
    User,
    /// A group.
    Group,
    /// A kind that this version does not know, as Graph named it.
    Other(String),
}

/// An app role assignment. <https://learn.microsoft.com/graph/api/resources/approleassignment>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its id, needed to remove it.
    pub id: AssignmentId,
    /// Who holds the role.
    pub principal: ObjectId,
    /// The holder's name when Graph last copied it.
    pub principal_name: String,
    /// What the holder is.
    pub principal_kind: PrincipalKind,
    /// The API whose role it is.
    pub resource: ObjectId,
    /// The API's name when Graph last copied it.
    pub resource_name: String,
    /// The role, or [`AppRoleId::DEFAULT_ACCESS`].
    pub role: AppRoleId,
    /// When it was assigned.
    pub created: Option<Timestamp>,
}

impl Assignment {
    /// The moment by which every new token of the holder must contain the role.
    pub fn live_by(&self) -> Option<Timestamp> {
        self.created.map(|created| created + PROPAGATION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_live_a_day_after_it_was_made() {
        let mut assignment = Assignment {
            id: "47nZsM8O_UuNq5Jz3QValCxBBiqJea9Drc9CMK4Ru_M".parse().unwrap(),
            principal: ObjectId::from_u128(1),
            principal_name: String::new(),
            principal_kind: PrincipalKind::ServicePrincipal,
            resource: ObjectId::from_u128(2),
            resource_name: String::new(),
            role: AppRoleId::DEFAULT_ACCESS,
            created: Some("2026-11-23T22:31:00Z".parse().unwrap()),
        };
        assert_eq!(assignment.live_by().unwrap().to_string(), "2026-11-24 22:31 UTC");
        assignment.created = None;
        assert_eq!(assignment.live_by(), None);
    }
}
