//! Who is calling, and what they may do: the token's scopes and the person's directory roles together.

use uuid::Uuid;

use super::errors::GraphError;
use crate::http::Incoming;
use crate::signin::tokens::{access_issuer, text};
use crate::tenant::{AAD_GRAPH_APP_ID, GRAPH_APP_ID, TENANT_ID, guid};
use crate::world::World;

/// Scopes that let one read service principals and their assignments.
const READ: &[&str] = &[
    "Application.Read.All",
    "Application.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
    "Directory.AccessAsUser.All",
];
const READ_ME: &[&str] = &["User.Read", "User.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const READ_ORGANIZATION: &[&str] =
    &["User.Read", "Organization.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"];

/// Global Administrator and Privileged Role Administrator: they may grant any role.
const MAY_GRANT_GRAPH: &[&str] = &["62e90394-69f5-4237-9190-012177145e10", "e8611ab8-c189-46e8-94e1-60213ab1f814"];
/// Those who may grant the roles of any other resource.
const MAY_GRANT_OTHERS: &[&str] = &[
    // Application Administrator, Cloud Application Administrator
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "158c047a-c907-4556-b7ef-446551a6b5f7",
    // Directory Writers, Directory Synchronization Accounts, Hybrid Identity Administrator
    "9360feb5-f418-4baa-8175-e2a00bac4301",
    "d29b2b05-8046-44ba-8758-1e26182fcf32",
    "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2",
    // Identity Governance Administrator, User Administrator
    "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e",
    "fe930be7-5e62-47db-91af-98c3a49a38b1",
];

/// A caller with a good token.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) user: Uuid,
    scopes: Vec<String>,
    directory_roles: Vec<&'static str>,
}

/// What a request wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    Read,
    ReadMe,
    ReadOrganization,
    /// Assign or remove a role of a resource (`None`: one that does not exist).
    Assign(Option<Uuid>),
    /// As `Assign`, where a read scope is not asked for.
    Unassign(Option<Uuid>),
}

impl Caller {
    fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held == scope)
    }

    fn has_any(&self, scopes: &[&str]) -> bool {
        scopes.iter().any(|scope| self.has(scope))
    }

    fn holds_any(&self, roles: &[&str]) -> bool {
        self.directory_roles.iter().any(|role| roles.contains(role))
    }

    /// Refuses what scope or directory role does not cover.
    pub(crate) fn require(&self, want: Want) -> Result<(), GraphError> {
        let allowed = match want {
            Want::Read => self.has_any(READ),
            Want::ReadMe => self.has_any(READ_ME),
            Want::ReadOrganization => self.has_any(READ_ORGANIZATION),
            Want::Assign(resource) => {
                let manages = self.has("AppRoleAssignment.ReadWrite.All") && self.has_any(READ);
                self.may_change(resource, manages)
            }
            Want::Unassign(resource) => self.may_change(resource, self.has("AppRoleAssignment.ReadWrite.All")),
        };
        if allowed { Ok(()) } else { Err(GraphError::forbidden()) }
    }

    fn may_change(&self, resource_app: Option<Uuid>, manages: bool) -> bool {
        let graph = resource_app.is_some_and(|app| app == guid(GRAPH_APP_ID) || app == guid(AAD_GRAPH_APP_ID));
        let scope = manages || (!graph && self.has("Application.ReadWrite.All"));
        let role = self.holds_any(MAY_GRANT_GRAPH) || (!graph && self.holds_any(MAY_GRANT_OTHERS));
        scope && role
    }
}

/// Checks the token: form, signature, audience, issuer, tenant, lifetime, and that the person exists.
pub(crate) fn authenticate(world: &World, request: &Incoming) -> Result<Caller, GraphError> {
    let token = request
        .header("authorization")
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .filter(|token| !token.is_empty())
        .ok_or_else(|| GraphError::token("Access token is empty."))?;
    let claims = world.keys.open(token).map_err(|is_jwt| {
        GraphError::token(if is_jwt {
            "Access token validation failure."
        } else {
            "CompactToken parsing failed with error code: 80049217"
        })
    })?;
    let audience = text(&claims, "aud");
    if audience != GRAPH_APP_ID && audience != world.origins.graph {
        return Err(GraphError::token("Access token validation failure. Invalid audience."));
    }
    if text(&claims, "iss") != access_issuer(world) || text(&claims, "tid") != TENANT_ID {
        return Err(GraphError::token("Access token validation failure. Invalid issuer."));
    }
    let number = |name: &str| claims.get(name).and_then(serde_json::Value::as_i64).unwrap_or(0);
    let now = world.clock.now().timestamp();
    if number("exp") <= now || number("nbf") > now || world.sign_in().expired(text(&claims, "uti")) {
        return Err(GraphError::token("Lifetime validation failed, the token is expired."));
    }
    let user = Uuid::parse_str(text(&claims, "oid")).unwrap_or(Uuid::nil());
    let directory = world.directory();
    let person = directory.user(user).ok_or_else(|| GraphError::token("Access token validation failure."))?;
    Ok(Caller {
        user,
        scopes: text(&claims, "scp").split(' ').map(str::to_owned).collect(),
        directory_roles: person.directory_roles.iter().map(|role| role.template_id).collect(),
    })
}
