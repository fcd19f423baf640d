//! Who is calling: the token, checked, and the person behind it. What they may do is in `permissions`.

use serde_json::Value;
use uuid::Uuid;

use super::errors::GraphError;
use crate::http::Incoming;
use crate::signin::tokens::{access_issuer, text};
use crate::tenant::{GRAPH_APP_ID, TENANT_ID};
use crate::world::World;

/// A caller with a good token.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) user: Uuid,
    pub(crate) user_name: String,
    pub(crate) guest: bool,
    /// The app id for which the token was issued.
    pub(crate) app: String,
    scopes: Vec<String>,
    directory_roles: Vec<&'static str>,
    contexts: Vec<String>,
}

impl Caller {
    /// True if the token carries one of these scopes.
    pub(crate) fn has_any(&self, scopes: &[&str]) -> bool {
        self.scopes.iter().any(|held| scopes.contains(&held.as_str()))
    }

    /// True if the person holds one of these directory roles, by template id.
    pub(crate) fn holds_any(&self, roles: &[&str]) -> bool {
        self.directory_roles.iter().any(|role| roles.contains(role))
    }

    /// True if the token carries this authentication context.
    pub(crate) fn has_proved(&self, context: &str) -> bool {
        self.contexts.iter().any(|held| held == context)
    }

    /// True if the person holds any directory role.
    pub(crate) fn has_role(&self) -> bool {
        !self.directory_roles.is_empty()
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
    let number = |name: &str| claims.get(name).and_then(Value::as_i64).unwrap_or(0);
    let now = world.clock.now().timestamp();
    if number("exp") <= now || number("nbf") > now || world.sign_in().expired(text(&claims, "uti")) {
        return Err(GraphError::token("Lifetime validation failed, the token is expired."));
    }
    let user = Uuid::parse_str(text(&claims, "oid")).unwrap_or(Uuid::nil());
    let directory = world.directory();
    let person = directory.user(user).ok_or_else(|| GraphError::token("Access token validation failure."))?;
    Ok(Caller {
        user,
        user_name: person.user_name.clone(),
        guest: person.guest,
        app: text(&claims, "appid").to_owned(),
        scopes: text(&claims, "scp").split(' ').map(str::to_owned).collect(),
        contexts: list(&claims, "acrs"),
        directory_roles: person.directory_roles.iter().map(|role| role.template_id).collect(),
    })
}

fn list(claims: &Value, name: &str) -> Vec<String> {
    let values = claims.get(name).and_then(Value::as_array).into_iter().flatten();
    values.filter_map(Value::as_str).map(str::to_owned).collect()
}
