//! What people call the ends of a grant. Names are for reading; the ids alone are what counts.

use super::Grant;
use crate::directory::{AppId, AppRoleId, Catalog};

/// The names of a grant's identity, API and role, as their owners wrote them: not fit to show without
/// [`visible`](crate::directory::visible). One that is not known is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The identity's display name.
    pub identity: String,
    /// The API's display name.
    pub api: String,
    /// The API's application id, which is the same in every tenant.
    pub api_app_id: Option<AppId>,
    /// The role's value, or its display name where it has none.
    pub role: String,
}

impl Names {
    /// The names as far as they are loaded; of what is gone, those that its assignment kept.
    pub fn of(catalog: &Catalog, grant: Grant) -> Self {
        let Grant { identity, api, role } = grant;
        let held = catalog.assignment(identity, api, role);
        let known = catalog.api(api);
        let from_held =
            |name: fn(&crate::directory::Assignment) -> &String| held.map(name).cloned().unwrap_or_default();
        Self {
            identity: match catalog.identity(identity) {
                Some(identity) => identity.display_name.clone(),
                None => from_held(|held| &held.principal_name),
            },
            api: known.map_or_else(|| from_held(|held| &held.resource_name), |api| api.display_name.clone()),
            api_app_id: known.map(|api| api.app_id),
            role: match known.and_then(|api| api.role(role)) {
                Some(role) => role.name().to_owned(),
                None if role == AppRoleId::DEFAULT_ACCESS => "Default access".to_owned(),
                None => String::new(),
            },
        }
    }
}
