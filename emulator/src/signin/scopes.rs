//! Reads a `scope` parameter: OpenID scopes, and those of at most one resource.

use crate::signin::errors::{OAuthError, Stop};
use crate::tenant::apis::GRAPH_SCOPES;
use crate::tenant::model::User;
use crate::tenant::{GRAPH_APP_ID, guid};
use crate::world::World;

/// The permissions that the app's registration lists; what `/.default` and `/adminconsent` mean.
pub(crate) const REGISTERED: [&str; 3] = ["User.Read", "Application.Read.All", "AppRoleAssignment.ReadWrite.All"];

const OPENID: &[&str] = &["openid", "profile", "email", "offline_access"];

/// A scope parameter, understood.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scopes {
    /// OpenID scopes.
    pub(crate) openid: Vec<String>,
    /// Graph's delegated scopes by value.
    pub(crate) graph: Vec<String>,
    /// The same as they were asked for, with their resource in front.
    pub(crate) as_asked: Vec<String>,
    /// `…/.default` was asked for: everything that is consented.
    pub(crate) default: bool,
}

impl Scopes {
    /// Reads a parameter.
    pub(crate) fn parse(world: &World, text: &str) -> Result<Self, Stop> {
        let mut scopes = Self::default();
        let mut resources: Vec<String> = Vec::new();
        for scope in text.split_whitespace() {
            if OPENID.contains(&scope) {
                push(&mut scopes.openid, scope);
                continue;
            }
            let (resource, value) = match scope.rsplit_once('/') {
                Some((resource, value)) => (resource.trim_end_matches('/').to_owned(), value),
                None => (GRAPH_APP_ID.to_owned(), scope),
            };
            if value.is_empty() {
                return Err(OAuthError::bad_scope(text, scope).into());
            }
            let resource = canonical(world, &resource).ok_or_else(|| OAuthError::unknown_resource(&resource))?;
            if !resources.contains(&resource) {
                resources.push(resource);
            }
            if value == ".default" {
                scopes.default = true;
            } else if let Some((known, ..)) = GRAPH_SCOPES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(value))
            {
                push(&mut scopes.graph, known);
            } else {
                return Err(OAuthError::bad_scope(text, scope).into());
            }
            push(&mut scopes.as_asked, scope);
        }
        if resources.len() > 1 {
            return Err(OAuthError::two_resources(text).into());
        }
        if scopes.openid.is_empty() && scopes.as_asked.is_empty() {
            return Err(OAuthError::bad_scope(text, "").into());
        }
        // Only Graph has delegated scopes in this tenant.
        match resources.first() {
            Some(resource) if resource != GRAPH_APP_ID => Err(OAuthError::bad_scope(text, text).into()),
            _ => Ok(scopes),
        }
    }

    /// True if an OpenID scope was asked for.
    pub(crate) fn has(&self, openid: &str) -> bool {
        self.openid.iter().any(|scope| scope == openid)
    }
}

fn push(list: &mut Vec<String>, scope: &str) {
    if !list.iter().any(|known| known == scope) {
        list.push(scope.to_owned());
    }
}

/// The app id of a resource that is named by address, by app id or by one of its service principal names.
fn canonical(world: &World, resource: &str) -> Option<String> {
    if resource == world.origins.graph {
        return Some(GRAPH_APP_ID.to_owned());
    }
    let directory = world.directory();
    if let Some(found) = directory.service_principal_of_app(guid(resource)) {
        return Some(found.app_id.to_string());
    }
    directory
        .service_principals()
        .from(0, None)
        .find(|(_, row)| !row.managed_identity && row.names.iter().any(|name| name == resource))
        .map(|(_, row)| row.app_id.to_string())
}

/// True if a scope can be consented to by an administrator only.
pub(crate) fn admin_only(scope: &str) -> bool {
    GRAPH_SCOPES.iter().any(|(value, _, admin_only, ..)| *value == scope && *admin_only)
}

/// True for those who may consent to such scopes, and for everyone: Global, Privileged Role, Cloud Application and
/// Application Administrators.
pub(crate) fn may_consent_for_all(user: &User) -> bool {
    const MAY: [&str; 4] = [
        "62e90394-69f5-4237-9190-012177145e10",
        "e8611ab8-c189-46e8-94e1-60213ab1f814",
        "158c047a-c907-4556-b7ef-446551a6b5f7",
        "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    ];
    user.directory_roles.iter().any(|role| MAY.contains(&role.template_id))
}

/// Name and explanation of a scope on the consent page.
pub(crate) fn explain(scope: &str) -> (&'static str, &'static str) {
    GRAPH_SCOPES
        .iter()
        .find(|(value, ..)| *value == scope)
        .map_or(("Unknown permission", ""), |(_, _, _, name, text)| (name, text))
}
