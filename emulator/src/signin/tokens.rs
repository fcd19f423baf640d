//! The claims of access and id tokens, as Entra writes them.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::claims::ClaimsRequest;
use crate::tenant::model::User;
use crate::tenant::{GRAPH_APP_ID, TENANT_ID, fixed_id};
use crate::world::World;

/// What an access token says.
pub(crate) struct AccessToken<'a> {
    pub(crate) user: &'a User,
    pub(crate) scopes: &'a [String],
    pub(crate) audience: &'a str,
    pub(crate) issuer: String,
    pub(crate) issued: DateTime<Utc>,
    pub(crate) expires: DateTime<Utc>,
    pub(crate) claims: &'a ClaimsRequest,
}

/// The issuer of access tokens for Graph (which are of version 1).
pub(crate) fn access_issuer(world: &World) -> String {
    format!("{}/{TENANT_ID}/", world.origins.sign_in)
}

/// The issuer of id tokens.
pub(crate) fn id_issuer(world: &World) -> String {
    format!("{}/{TENANT_ID}/v2.0", world.origins.sign_in)
}

/// Signs an access token and notes that it was issued.
pub(crate) fn access_token(world: &World, asked: &AccessToken<'_>) -> String {
    let uti = short_id();
    world.sign_in().note_issued(&uti);
    let user = asked.user;
    let mut claims = json!({
        "aud": asked.audience,
        "iss": asked.issuer,
        "iat": asked.issued.timestamp(),
        "nbf": asked.issued.timestamp(),
        "exp": asked.expires.timestamp(),
        "acct": 0,
        "acr": "1",
        "aio": short_id(),
        "amr": ["pwd", "mfa"],
        "app_displayname": world.registration.name,
        "appid": world.registration.client_id,
        "appidacr": "0",
        "family_name": user.surname,
        "given_name": user.given_name,
        "idtyp": "user",
        "ipaddr": "127.0.0.1",
        "name": user.display_name(),
        "oid": user.id.to_string(),
        "platf": "8",
        "puid": "1003200000000000",
        "rh": format!("1.{}", short_id()),
        "scp": asked.scopes.join(" "),
        "sub": subject(user, GRAPH_APP_ID),
        "tenant_region_scope": "EU",
        "tid": TENANT_ID,
        "unique_name": user.user_name,
        "upn": user.user_name,
        "uti": uti,
        "ver": "1.0",
        "wids": wids(user),
    });
    if let Some(claims) = claims.as_object_mut() {
        if asked.claims.cae {
            claims.insert("xms_cc".to_owned(), json!(["cp1"]));
        }
        if !asked.claims.contexts.is_empty() {
            claims.insert("acrs".to_owned(), json!(asked.claims.contexts));
        }
    }
    world.keys.sign(&claims)
}

/// What an id token says.
pub(crate) fn id_claims(
    world: &World,
    user: &User,
    nonce: Option<&str>,
    session: &str,
    with_email: bool,
    now: DateTime<Utc>,
) -> Value {
    let mut claims = json!({
        "aud": world.registration.client_id,
        "iss": id_issuer(world),
        "iat": now.timestamp(),
        "nbf": now.timestamp(),
        "exp": now.timestamp() + lifetime(world).as_secs().cast_signed(),
        "aio": short_id(),
        "login_hint": login_hint(user),
        "name": user.display_name(),
        "oid": user.id.to_string(),
        "preferred_username": user.user_name,
        "rh": format!("1.{}", short_id()),
        "sid": session,
        "sub": subject(user, &world.registration.client_id),
        "tid": TENANT_ID,
        "uti": short_id(),
        "ver": "2.0",
    });
    if let Some(claims) = claims.as_object_mut() {
        if let Some(nonce) = nonce {
            claims.insert("nonce".to_owned(), json!(nonce));
        }
        if world.options.wids_in_id_token {
            claims.insert("wids".to_owned(), json!(wids(user)));
        }
        if with_email {
            claims.insert("email".to_owned(), json!(user.user_name));
        }
    }
    claims
}

/// The templates of a user's directory roles, custom ones left out.
fn wids(user: &User) -> Vec<&'static str> {
    let roles = user.directory_roles.iter().filter(|role| !role.custom).map(|role| role.template_id);
    // Every member user's token carries this one: "default user role".
    roles.chain(["b79fbf4d-3ef9-4689-8143-76b194e85509"]).collect()
}

/// `client_info`: who has signed in, in the form that MSAL keys accounts by.
pub(crate) fn client_info(user: &User) -> String {
    URL_SAFE_NO_PAD.encode(json!({"uid": user.id.to_string(), "utid": TENANT_ID}).to_string())
}

/// The opaque `login_hint` claim of a user.
pub(crate) fn login_hint(user: &User) -> String {
    format!("O.{}", URL_SAFE_NO_PAD.encode(user.id.to_string()))
}

/// How long access tokens live.
pub(crate) fn lifetime(world: &World) -> Duration {
    world.options.token_lifetime
}

/// Claims of a token that somebody else may have made.
pub(crate) fn text<'a>(claims: &'a Value, name: &str) -> &'a str {
    claims.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The pairwise subject of a user for one audience.
fn subject(user: &User, audience: &str) -> String {
    URL_SAFE_NO_PAD.encode(
        [
            fixed_id("subject", &format!("{}/{audience}/1", user.id)).into_bytes(),
            fixed_id("subject", &format!("{}/{audience}/2", user.id)).into_bytes(),
        ]
        .concat(),
    )
}

fn short_id() -> String {
    URL_SAFE_NO_PAD.encode(Uuid::new_v4().as_bytes())
}
