//! Entra sign-in for one tenant and one registered application.
//! It must never tell the app more than Entra would, and it never signs in anyone by a secret: the accounts are a list.

pub(crate) mod admin_consent;
pub(crate) mod authorize;
pub(crate) mod claims;
pub(crate) mod discovery;
pub(crate) mod errors;
pub(crate) mod forge;
pub(crate) mod keys;
pub(crate) mod logout;
pub(crate) mod mint;
pub(crate) mod pages;
pub(crate) mod registration;
pub(crate) mod scopes;
pub(crate) mod store;
pub(crate) mod token;
pub(crate) mod tokens;

use hyper::{Method, StatusCode};

use crate::http::{Answer, Incoming};
use crate::missing::not_imitated;
use crate::signin::errors::{OAuthError, Trace};
use crate::tenant::{TENANT_DOMAIN, TENANT_ID};
use crate::world::World;

/// Answers a request to the sign-in origin.
pub(crate) fn answer(world: &World, request: &Incoming) -> Answer {
    let path = percent_encoding::percent_decode_str(&request.path).decode_utf8_lossy().into_owned();
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let get = request.method == Method::GET || request.method == Method::HEAD;
    let post = request.method == Method::POST;
    if request.method == Method::OPTIONS {
        return preflight(request);
    }
    match segments.as_slice() {
        [""] if get => pages::home(world),
        [file] if *file == pages::STYLE_NAME && get => pages::style(),
        ["error"] if get => pages::explain_number(request),
        [tenant, "v2.0", ".well-known", "openid-configuration"] if get => {
            discovery::with_cors(discovery::configuration(world, request, tenant))
        }
        [tenant, "discovery", "v2.0", "keys"] if get => discovery::with_cors(discovery::keys(world, request, tenant)),
        ["common" | "organizations", "discovery", "instance"] if get => {
            discovery::with_cors(discovery::instances(world))
        }
        [tenant, "oauth2", "v2.0", "authorize"] if get || post => authorize::authorize(world, request, tenant),
        [tenant, "v2.0", "adminconsent"] if get => admin_consent::admin_consent(world, request, tenant, true),
        [tenant, "adminconsent"] if get => admin_consent::admin_consent(world, request, tenant, false),
        [tenant, "login"] if post => authorize::account_chosen(world, request, tenant),
        [tenant, "consent"] if post => authorize::consent_given(world, request, tenant),
        [tenant, "oauth2", "v2.0", "token"] if post => token::token(world, request, tenant),
        [tenant, "oauth2", "v2.0", "logout"] if get => logout::logout(world, request, tenant),
        [tenant, "signout"] if post => logout::account_chosen(world, request, tenant),
        [_, "oauth2", "v2.0", "devicecode"] => not_imitated(world, "the device code flow"),
        [_, "oauth2", "authorize" | "token" | "logout" | "devicecode"]
        | [_, ".well-known", "openid-configuration"]
        | [_, "discovery", "keys"] => not_imitated(world, "version 1.0 of the sign-in endpoints"),
        [_, "saml2"] | [_, "wsfed"] | [_, "kerberos"] => {
            not_imitated(world, "sign-in by SAML, WS-Federation or Kerberos")
        }
        [_, "userrealm" | "GetCredentialType" | "federationmetadata", ..] => {
            not_imitated(world, "finding out where an account is at home, and federation")
        }
        [_, "oauth2", "v2.0", "authorize" | "token" | "logout"]
        | [_, "login" | "consent" | "signout" | "adminconsent"]
        | [_, "v2.0", "adminconsent"]
        | [_, "v2.0", ".well-known", "openid-configuration"]
        | [_, "discovery", "v2.0", "keys"] => Answer::empty(StatusCode::METHOD_NOT_ALLOWED),
        _ => pages::not_found(world),
    }
}

/// What a fault with a bare status says: the token endpoint's JSON.
pub(crate) fn failure(world: &World, request: &Incoming, status: StatusCode) -> Answer {
    token::refuse(world, request, &OAuthError::service(status))
}

/// What a fault with a number says: JSON from the token endpoint, a redirect (or a page) from /authorize.
pub(crate) fn refused_by_number(world: &World, request: &Incoming, number: u32) -> Answer {
    let error = OAuthError::of_number(number);
    match request.path.trim_start_matches('/').split_once('/') {
        Some((tenant, "oauth2/v2.0/authorize")) => authorize::refused(world, request, tenant, &error),
        _ => token::refuse(world, request, &error),
    }
}

/// Entra strips HTML from a state.
fn strip_html(state: &str) -> String {
    let mut kept = String::new();
    let mut rest = state;
    while let Some((before, tag)) = rest.split_once('<') {
        let Some((_, after)) = tag.split_once('>') else { break };
        kept.push_str(before);
        rest = after;
    }
    kept + rest
}

/// The client is not known yet at a preflight, so any origin gets an answer.
fn preflight(request: &Incoming) -> Answer {
    Answer::empty(StatusCode::OK)
        .header("access-control-allow-methods", "GET, POST, OPTIONS")
        .header(
            "access-control-allow-headers",
            "content-type, x-client-SKU, x-client-VER, x-client-OS, x-client-CPU, client-request-id, \
             x-client-current-telemetry, x-client-last-telemetry, x-ms-lib-capability, x-app-name, x-app-ver, \
             return-client-request-id",
        )
        .header("access-control-max-age", "86400")
        .header("access-control-allow-origin", request.header("origin").unwrap_or("*"))
        .header("vary", "Origin")
}

/// The tenant that a path names: its id or its domain.
fn known_tenant(world: &World, tenant: &str) -> Result<(), OAuthError> {
    if tenant.eq_ignore_ascii_case(TENANT_ID) || tenant.eq_ignore_ascii_case(TENANT_DOMAIN) {
        return Ok(());
    }
    if matches!(tenant, "common" | "organizations" | "consumers") {
        return Err(OAuthError::single_tenant(&world.registration.client_id, &world.registration.name));
    }
    Err(OAuthError::unknown_tenant(tenant))
}

fn trace(world: &World, request: &Incoming) -> Trace {
    let pairs = request.query_pairs();
    let id = crate::http::first(&pairs, "client-request-id").or_else(|| request.header("client-request-id"));
    Trace::new(world.clock.now(), id)
}

/// Cookies know no ports: the session's name carries this origin's, so that two emulators do not mix.
fn cookie_name(world: &World) -> String {
    let port = world.origins.sign_in.rsplit_once(':').map_or("", |(_, port)| port);
    format!("emulator_session_{port}")
}

/// Over TLS as Entra's, which a page of another site may use in a hidden frame; a browser takes such a cookie over TLS
/// alone.
fn session_cookie(world: &World, session: &str) -> String {
    let scope = if world.origins.secure() { "Secure; SameSite=None" } else { "SameSite=Lax" };
    format!("{}={session}; Path=/; HttpOnly; {scope}", cookie_name(world))
}
