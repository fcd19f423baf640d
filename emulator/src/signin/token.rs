//! /token: codes and refresh tokens become access tokens.
//! Its answers can be read by a page only if that page's origin has a redirect URI of type spa.

use chrono::{DateTime, TimeDelta, Utc};
use hyper::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::claims::ClaimsRequest;
use super::errors::{OAuthError, Stop, Trace};
use super::scopes::Scopes;
use super::store::{ClientProof, Grant, REFRESH_LIFETIME, Redemption};
use super::tokens::{self, AccessToken};
use super::{known_tenant, trace};
use crate::http::{Answer, Incoming, first};
use crate::missing::not_imitated;
use crate::tenant::GRAPH_APP_ID;
use crate::tenant::model::User;
use crate::world::World;

const JSON: &str = "application/json; charset=utf-8";

/// `/{tenant}/oauth2/v2.0/token`.
pub(crate) fn token(world: &World, request: &Incoming, tenant: &str) -> Answer {
    match grant(world, request, tenant) {
        Ok(body) => finish(world, request, Answer::json(StatusCode::OK, JSON, &body).header("expires", "-1"), None),
        Err(Stop::Refused(error)) => refuse(world, request, &error),
        Err(Stop::Missing(what)) => not_imitated(world, &what),
    }
}

/// A refusal as the token endpoint words it.
pub(crate) fn refuse(world: &World, request: &Incoming, error: &OAuthError) -> Answer {
    let pairs = request.form_pairs();
    let mut trace = trace(world, request);
    if let Some(id) = first(&pairs, "client-request-id") {
        trace = Trace::new(world.clock.now(), Some(id));
    }
    let body = error.body(&trace, &world.origins.sign_in);
    finish(world, request, Answer::json(error.status, JSON, &body), Some(error))
}

fn finish(world: &World, request: &Incoming, answer: Answer, refusal: Option<&OAuthError>) -> Answer {
    let mut answer = answer
        .header("cache-control", "no-store, no-cache")
        .header("pragma", "no-cache")
        .header("x-content-type-options", "nosniff")
        .header("x-ms-request-id", &Uuid::new_v4().to_string())
        .header("x-ms-clitelem", "1,0,0,,")
        .header("vary", "Origin");
    // Without a known client there is no registration that could let the page read the answer.
    let known = first(&request.form_pairs(), "client_id")
        .is_some_and(|client| client.eq_ignore_ascii_case(&world.registration.client_id));
    let readable = |origin: &str| match refusal {
        // Told to whom it concerns, who by definition has no redirect URI of type spa there.
        Some(error) if error.code == OAuthError::not_spa().code => {
            world.options.expose_wrong_client_type && world.registration.any_origin(origin)
        }
        _ => world.registration.spa_origin(origin),
    };
    if let Some(origin) = request.header("origin")
        && known
        && readable(origin)
    {
        answer.set("access-control-allow-origin", origin);
        answer.set("access-control-expose-headers", "client-request-id, x-ms-request-id");
    }
    answer
}

/// What of an answer is for the client alone.
const CONFIDENCES: [(&str, &str); 3] =
    [("access_token", "an access token"), ("refresh_token", "a refresh token"), ("id_token", "an id token")];

/// Grants that Entra has beside the two of a person in a browser.
const OTHER_GRANTS: [&str; 5] = [
    "client_credentials",
    "password",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:saml2-bearer",
];

fn grant(world: &World, request: &Incoming, tenant: &str) -> Result<Value, Stop> {
    known_tenant(world, tenant)?;
    let pairs = if request.header("content-type").is_some_and(is_form) { request.form_pairs() } else { Vec::new() };
    let kind = first(&pairs, "grant_type").ok_or_else(|| OAuthError::missing("grant_type"))?;
    let others = [
        (request.header("authorization").is_some(), "a client's secret in the Authorization header"),
        (request.header("dpop").is_some() || first(&pairs, "req_cnf").is_some(), "tokens bound to a key"),
    ];
    if let Some((_, what)) = others.iter().find(|(asked, _)| *asked) {
        return Err(Stop::Missing((*what).to_owned()));
    }
    let client = first(&pairs, "client_id").ok_or_else(|| OAuthError::missing("client_id"))?;
    if !client.eq_ignore_ascii_case(&world.registration.client_id) {
        return Err(OAuthError::unknown_client(client, crate::tenant::TENANT_NAME).into());
    }
    if first(&pairs, "client_assertion").is_some() {
        return Err(Stop::Missing("client assertions".to_owned()));
    }
    let now = world.clock.now();
    let client = ClientProof {
        has_origin: request.header("origin").is_some_and(|origin| origin != "null"),
        secret: first(&pairs, "client_secret"),
        registered_secret: world.options.client_secret.as_deref(),
        client_id: client,
    };
    let claims = ClaimsRequest::parse(first(&pairs, "claims"))?;
    match kind {
        "authorization_code" => {
            let code = first(&pairs, "code").ok_or_else(|| OAuthError::missing("code"))?;
            let redirect_uri = first(&pairs, "redirect_uri").ok_or_else(|| OAuthError::missing("redirect_uri"))?;
            // Read before the code is spent: a bad scope must not cost the sign-in.
            let asked = first(&pairs, "scope").map(|text| Scopes::parse(world, text)).transpose()?;
            let verifier = first(&pairs, "code_verifier");
            world.log.confide("a code verifier", verifier.unwrap_or_default());
            let grant = world.sign_in().redeem(&Redemption { code, redirect_uri, verifier, client, now })?;
            Ok(issue(world, &grant, asked, &claims, &pairs, now)?)
        }
        "refresh_token" => {
            let token = first(&pairs, "refresh_token").ok_or_else(|| OAuthError::missing("refresh_token"))?;
            let asked = first(&pairs, "scope").map(|text| Scopes::parse(world, text)).transpose()?;
            let (grant, first_issued) = world.sign_in().refresh(token, client, now)?;
            let policy = world.options.policy.as_ref();
            if let Some(wanted) = policy.and_then(|policy| policy.needs_person(&claims, &grant.claims)) {
                return Err(OAuthError::more_proof(&wanted).into());
            }
            Ok(issue(world, &grant, asked, &claims, &pairs, first_issued)?)
        }
        other if OTHER_GRANTS.contains(&other) => Err(Stop::Missing(format!("the grant type {other}"))),
        other => Err(OAuthError::unsupported_grant(other).into()),
    }
}

fn is_form(content_type: &str) -> bool {
    content_type.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
}

fn issue(
    world: &World,
    grant: &Grant,
    asked: Option<Scopes>,
    claims: &ClaimsRequest,
    pairs: &[(String, String)],
    first_issued: DateTime<Utc>,
) -> Result<Value, OAuthError> {
    let now = world.clock.now();
    let user: User = world.directory().user(grant.user).cloned().ok_or_else(OAuthError::bad_grant)?;
    let mut scopes = asked.unwrap_or_else(|| grant.scopes.clone());
    if scopes.graph.is_empty() && !scopes.default {
        scopes.graph.clone_from(&grant.scopes.graph);
        scopes.as_asked.clone_from(&grant.scopes.as_asked);
    }
    if !world.sign_in().lacking(user.id, &scopes.graph).is_empty() {
        let registration = &world.registration;
        return Err(OAuthError::consent_needed(&registration.client_id, &registration.name, false));
    }
    if scopes.default || world.options.grant_all_consented {
        for scope in world.sign_in().consented(user.id) {
            if !scopes.graph.contains(&scope) {
                scopes.as_asked.push(format!("{}/{scope}", world.origins.graph));
                scopes.graph.push(scope);
            }
        }
        scopes.as_asked.retain(|scope| !scope.ends_with("/.default"));
    }
    let lifetime = tokens::lifetime(world);
    let expires = now + TimeDelta::from_std(lifetime).unwrap_or(TimeDelta::hours(1));
    let openid = grant.scopes.has("openid") || scopes.has("openid");
    let mut in_token = scopes.graph.clone();
    let mut told = scopes.as_asked.clone();
    if openid {
        for scope in ["profile", "openid", "email"] {
            in_token.push(scope.to_owned());
            told.push(scope.to_owned());
        }
    }
    let access_token = tokens::access_token(
        world,
        &AccessToken {
            user: &user,
            scopes: &in_token,
            audience: GRAPH_APP_ID,
            issuer: tokens::access_issuer(world),
            issued: now,
            expires,
            claims: &grant.claims.and(claims),
        },
    );
    let seconds = lifetime.as_secs().saturating_sub(1);
    let mut body = Map::new();
    body.insert("token_type".to_owned(), json!("Bearer"));
    body.insert("scope".to_owned(), json!(told.join(" ")));
    body.insert("expires_in".to_owned(), json!(seconds));
    body.insert("ext_expires_in".to_owned(), json!(seconds));
    body.insert("access_token".to_owned(), json!(access_token));
    if grant.scopes.has("offline_access") {
        let refresh = world.sign_in().issue_refresh(grant, first_issued);
        let left = (first_issued + REFRESH_LIFETIME - now).num_seconds().saturating_sub(1).max(0);
        body.insert("refresh_token".to_owned(), json!(refresh));
        body.insert("refresh_token_expires_in".to_owned(), json!(left));
    }
    if openid {
        let nonce = grant.nonce.as_deref();
        let with_email = grant.scopes.has("email") || scopes.has("email");
        let claims = tokens::id_claims(world, &user, nonce, &grant.session, with_email, now);
        body.insert("id_token".to_owned(), json!(world.keys.sign(&claims)));
    }
    if first(pairs, "client_info") == Some("1") {
        body.insert("client_info".to_owned(), json!(tokens::client_info(&user)));
    }
    for (name, what) in CONFIDENCES {
        world.log.confide(what, body.get(name).and_then(Value::as_str).unwrap_or_default());
    }
    Ok(Value::Object(body))
}
