//! Rows for tests, as small as they can be.

use super::{
    Api, AppId, AppRole, AppRoleId, Assignment, AssignmentId, Identity, IdentityKind, ObjectId, PrincipalKind,
};

pub(crate) fn identity(id: u128, name: &str) -> Identity {
    Identity {
        id: ObjectId::from_u128(id),
        app_id: AppId::from_u128(id << 64),
        display_name: name.into(),
        enabled: true,
        kind: IdentityKind::SystemAssigned,
        host: None,
        created: None,
    }
}

pub(crate) fn api(id: u128, name: &str) -> Api {
    Api {
        id: ObjectId::from_u128(id),
        app_id: AppId::from_u128(id << 64),
        display_name: name.into(),
        enabled: true,
        owner_tenant: None,
        publisher: None,
        assignment_required: false,
        roles: Vec::new(),
    }
}

pub(crate) fn role(id: u128, value: &str) -> AppRole {
    AppRole {
        id: AppRoleId::from_u128(id),
        value: value.into(),
        display_name: String::new(),
        description: String::new(),
        enabled: true,
        for_applications: true,
        for_users: false,
    }
}

pub(crate) fn assignment_id(principal: u128, resource: u128, role: u128) -> AssignmentId {
    format!("assignment-{principal:x}-{resource:x}-{role:x}-{:_<20}", "").parse().unwrap()
}

pub(crate) fn assignment(principal: u128, resource: u128, role: u128) -> Assignment {
    Assignment {
        id: assignment_id(principal, resource, role),
        principal: ObjectId::from_u128(principal),
        principal_name: format!("principal {principal}"),
        principal_kind: PrincipalKind::ServicePrincipal,
        resource: ObjectId::from_u128(resource),
        resource_name: format!("resource {resource}"),
        role: AppRoleId::from_u128(role),
        created: None,
    }
}
