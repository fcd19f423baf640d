//! The discovery document and the key set, which any origin may read.

use hyper::StatusCode;
use serde_json::json;

use super::errors::OAuthError;
use super::tokens::id_issuer;
use super::{known_tenant, trace};
use crate::http::{Answer, Incoming};
use crate::tenant::TENANT_ID;
use crate::world::World;

const JSON: &str = "application/json; charset=utf-8";

/// `/{tenant}/v2.0/.well-known/openid-configuration`. Like the real one it does not publish
/// `code_challenge_methods_supported`.
pub(crate) fn configuration(world: &World, request: &Incoming, tenant: &str) -> Answer {
    let shared = is_shared(tenant);
    if let (false, Err(error)) = (shared, known_tenant(world, tenant)) {
        return refused(world, request, &error);
    }
    let (tenant, issuer) = if shared {
        (tenant, format!("{}/{{tenantid}}/v2.0", world.origins.sign_in))
    } else {
        (TENANT_ID, id_issuer(world))
    };
    let sign_in = &world.origins.sign_in;
    let graph = &world.origins.graph;
    let graph_host = graph.split_once("://").map_or(graph.as_str(), |(_, host)| host);
    let base = format!("{sign_in}/{tenant}");
    let body = json!({
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic", "self_signed_tls_client_auth"],
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": issuer,
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": format!("{graph}/oidc/userinfo"),
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
        "claims_supported": ["sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name", "msgraph_host", "aud", "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid", "ver", "at_hash", "c_hash", "email"],
        "kerberos_endpoint": format!("{base}/kerberos"),
        "mtls_endpoint_aliases": {"token_endpoint": format!("{base}/oauth2/v2.0/token")},
        "tls_client_certificate_bound_access_tokens": true,
        "tenant_region_scope": "EU",
        "cloud_instance_name": "localhost",
        "cloud_graph_host_name": graph_host,
        "msgraph_host": graph_host,
        "rbac_url": "https://rbac.invalid",
    });
    Answer::json(StatusCode::OK, JSON, &body)
        .header("cache-control", "max-age=86400, private")
        .header("x-content-type-options", "nosniff")
}

/// `/{tenant}/discovery/v2.0/keys`.
pub(crate) fn keys(world: &World, request: &Incoming, tenant: &str) -> Answer {
    if let (false, Err(error)) = (is_shared(tenant), known_tenant(world, tenant)) {
        return refused(world, request, &error);
    }
    Answer::json(StatusCode::OK, JSON, &world.keys.published(&id_issuer(world)))
        // The real set may be kept for a day. This one changes with every start of the emulator, and a browser that
        // kept the old one would refuse every sign-in of the next demo.
        .header("cache-control", "no-store")
        .header("x-content-type-options", "nosniff")
}

/// The documents are there for every tenant; that an application is of one tenant alone is told at /authorize.
fn is_shared(tenant: &str) -> bool {
    matches!(tenant, "common" | "organizations")
}

fn refused(world: &World, request: &Incoming, error: &OAuthError) -> Answer {
    Answer::json(error.status, JSON, &error.body(&trace(world, request), &world.origins.sign_in))
}

/// `/common/discovery/instance`: which hosts are one authority. MSAL asks it of an authority that it is not told to know.
pub(crate) fn instances(world: &World) -> Answer {
    let sign_in = &world.origins.sign_in;
    let host = sign_in.split_once("://").map_or(sign_in.as_str(), |(_, host)| host);
    let body = json!({
        "tenant_discovery_endpoint": format!("{sign_in}/{TENANT_ID}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    });
    Answer::json(StatusCode::OK, JSON, &body).header("cache-control", "max-age=86400, private")
}

/// Lets any origin read the answer.
pub(crate) fn with_cors(answer: Answer) -> Answer {
    answer.header("access-control-allow-origin", "*").header("access-control-allow-methods", "GET, OPTIONS")
}
