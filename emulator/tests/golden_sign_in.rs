//! Each refusal of sign-in, told as Entra tells it: one row a case, with where the fact comes from.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics says where"
)]

mod support;

use std::collections::HashMap;

use emulator::Running;
use serde_json::Value;
use support::*;

/// Where the refusal appears.
#[derive(Clone, Copy, PartialEq)]
enum At {
    /// /authorize, and it must not travel to the redirect URI.
    Page,
    /// /authorize, told to the app.
    Redirect,
    /// The token endpoint, with a good code.
    Code,
    /// The token endpoint, with a good refresh token.
    Refresh,
}
use At::{Code, Page, Redirect, Refresh};

/// Case, where, parameter and its value (empty: left out), status, `error`, number, beginning of the text, source.
/// `{graph}` and `{app}` stand for the origins. A page carries no `error`; a redirect's status is 302.
type Case = (&'static str, At, (&'static str, &'static str), u16, &'static str, u32, &'static str, &'static str);

const CODES: &str = "learn.microsoft.com/entra/identity-platform/reference-error-codes";
const CODE_FLOW: &str = "learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow";
const CAPTURE: &str = "captured from a free tenant, 2026-08-13";
const STRANGER: &str = "11111111-1111-1111-1111-111111111111";

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("no client", Page, ("client_id", ""), 400, "", 900_144, "The request body must contain the following parameter: 'client_id'.", "microsoftgraph/microsoft-graph-explorer-v4#2462"),
    ("unknown client", Page, ("client_id", STRANGER), 400, "", 700_016, "Application with identifier '11111111-1111-1111-1111-111111111111' was not found in the directory 'Larkspur Freight'.", CODES),
    ("client that is no GUID", Page, ("client_id", "<script>alert(1)</script>"), 400, "", 700_038, "'&lt;script&gt;alert(1)&lt;/script&gt;' is not a valid application identifier.", CAPTURE),
    ("foreign redirect URI", Page, ("redirect_uri", "https://attacker.example/"), 400, "", 50011, "The redirect URI 'https://attacker.example/' specified in the request does not match the redirect URIs configured for the application", CODES),
    ("other path", Page, ("redirect_uri", "{app}/other"), 400, "", 50011, "The redirect URI '", CODES),
    ("other query", Page, ("redirect_uri", "{app}/?x=1"), 400, "", 50011, "The redirect URI '", CODES),
    ("script for a redirect URI", Page, ("redirect_uri", "javascript:alert(1)"), 400, "", 50011, "The redirect URI '", CODES),
    ("no redirect URI", Page, ("redirect_uri", ""), 400, "", 900_144, "The request body must contain the following parameter: 'redirect_uri'.", CODES),

    ("implicit flow", Redirect, ("response_type", "token"), 302, "unsupported_response_type", 700_054, "response_type 'token' is not enabled for the application.", CODES),
    ("id token without code", Redirect, ("response_type", "id_token"), 302, "unsupported_response_type", 700_054, "response_type 'id_token' is not enabled for the application.", CODES),
    ("no response type", Redirect, ("response_type", ""), 302, "invalid_request", 900_144, "The request body must contain the following parameter: 'response_type'.", CODES),
    ("unknown response mode", Redirect, ("response_mode", "web_message"), 302, "invalid_request", 70007, "'web_message' is not a supported value of the 'response_mode' parameter", CODES),
    ("no scope", Redirect, ("scope", ""), 302, "invalid_request", 900_144, "The request body must contain the following parameter: 'scope'.", CODES),
    ("unknown scope", Redirect, ("scope", "{graph}/Nonsense.All"), 302, "invalid_scope", 70011, "The provided request must include a 'scope' input parameter.", CODES),
    ("unknown resource", Redirect, ("scope", "https://unknown.example/Read"), 302, "invalid_resource", 500_011, "The resource principal named https://unknown.example was not found in the tenant named", CAPTURE),
    ("two resources", Redirect, ("scope", "{graph}/User.Read 00000003-0000-0ff1-ce00-000000000000/.default"), 302, "invalid_request", 28000, "Provided value for the input parameter scope is not valid because it contains more than one resource.", CODES),
    ("unknown challenge method", Redirect, ("code_challenge_method", "S512"), 302, "invalid_request", 50149, "Invalid Code_Challenge_method parameter.", CODES),
    ("short challenge", Redirect, ("code_challenge", "short"), 302, "invalid_request", 501_491, "Invalid size of Code_Challenge parameter.", CODES),
    ("unknown prompt", Redirect, ("prompt", "surprise"), 302, "invalid_request", 90023, "'surprise' is not a supported value of the 'prompt' parameter.", CODES),
    ("claims that are no JSON", Redirect, ("claims", "{"), 302, "invalid_request", 9_002_313, "Invalid request. Request is malformed or invalid.", CODES),
    ("silence without a session", Redirect, ("prompt", "none"), 302, "login_required", 50058, "A silent sign-in request was sent but no user is signed in.", CODES),

    ("no grant type", Code, ("grant_type", ""), 400, "invalid_request", 900_144, "The request body must contain the following parameter: 'grant_type'.", CODES),
    ("unknown grant type", Code, ("grant_type", "invented"), 400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type 'invented'.", CAPTURE),
    ("no client", Code, ("client_id", ""), 400, "invalid_request", 900_144, "The request body must contain the following parameter: 'client_id'.", CODES),
    ("unknown client", Code, ("client_id", STRANGER), 400, "unauthorized_client", 700_016, "Application with identifier", CODES),
    ("client that is no GUID", Code, ("client_id", "no-guid"), 400, "unauthorized_client", 700_038, "'no-guid' is not a valid application identifier.", CAPTURE),
    ("secret of a public client", Code, ("client_secret", "s3cret"), 401, "invalid_client", 700_025, "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.", CODES),
    ("no code", Code, ("code", ""), 400, "invalid_request", 900_144, "The request body must contain the following parameter: 'code'.", CODES),
    ("invented code", Code, ("code", "invented"), 400, "invalid_grant", 70000, "Provided grant is invalid or malformed.", CODES),
    ("no redirect URI", Code, ("redirect_uri", ""), 400, "invalid_request", 900_144, "The request body must contain the following parameter: 'redirect_uri'.", CODES),
    ("other redirect URI than before", Code, ("redirect_uri", "http://localhost:1/"), 400, "invalid_grant", 500_112, "The reply address 'http://localhost:1/' does not match the reply address", CODES),
    ("no verifier", Code, ("code_verifier", ""), 400, "invalid_grant", 50148, "The code_verifier does not match the code_challenge supplied in the authorization request for PKCE.", CODES),
    ("wrong verifier", Code, ("code_verifier", "another-verifier-of-at-least-43-characters-00000"), 400, "invalid_grant", 501_481, "The Code_Verifier does not match the code_challenge supplied in the authorization request.", "seen on the wire; wording not verified"),
    ("unknown resource", Code, ("scope", "https://unknown.example/Read"), 400, "invalid_resource", 500_011, "The resource principal named https://unknown.example was not found", CAPTURE),
    ("unknown scope", Code, ("scope", "Nonsense.Read"), 400, "invalid_scope", 70011, "The provided request must include a 'scope' input parameter.", CODES),
    ("two resources", Code, ("scope", "{graph}/User.Read 00000003-0000-0ff1-ce00-000000000000/.default"), 400, "invalid_request", 28000, "Provided value for the input parameter scope is not valid because it contains more than one resource.", CODES),

    ("no refresh token", Refresh, ("refresh_token", ""), 400, "invalid_request", 900_144, "The request body must contain the following parameter: 'refresh_token'.", CODES),
    ("invented refresh token", Refresh, ("refresh_token", "invented"), 400, "invalid_grant", 70000, "Provided grant is invalid or malformed.", CODES),
    ("scope without consent", Refresh, ("scope", "{graph}/Directory.Read.All"), 400, "invalid_grant", 65001, "The user or administrator has not consented to use the application with ID", CODES),
    ("secret of a public client", Refresh, ("client_secret", "s3cret"), 401, "invalid_client", 700_025, "Client is public so neither", CODES),
];

/// The rest of the table: refusals that a parameter alone does not bring about, by the test that plays them.
#[rustfmt::skip]
const PLAYED: &[(u32, &str, &str)] = &[
    (9_002_325, "sign_in: a_code_without_a_challenge_and_an_old_code", "many public reports; text as quoted"),
    (9_002_326, "sign_in: cross_origin_rules_of_the_token_endpoint", "umijs/umi-request#299"),
    (9_002_327, "sign_in: cross_origin_rules_of_the_token_endpoint", "clocked0ne/passport-outlook#16, thunder-client-support#1203"),
    (7_000_215, "sign_in: cross_origin_rules_of_the_token_endpoint", CAPTURE),
    (7_000_218, "sign_in: cross_origin_rules_of_the_token_endpoint", CODES),
    (54005, "sign_in: eight_redemptions_have_one_winner", CODES),
    (70008, "sign_in: a_code_without_a_challenge_and_an_old_code", CODES),
    (700_084, "sign_in: refresh_tokens_rotate_but_their_day_ends", CODES),
    (50173, "sign_in: revocation_ends_everything", CODES),
    (65004, "sign_in: an_administrator_consents_once", CODE_FLOW),
    (90094, "sign_in: a_stranger_needs_an_administrator_and_anyone_may_cancel", "learn.microsoft.com/power-bi/developer/embedded/embedded-troubleshoot; that it comes with access_denied is not verified"),
    (90002, "golden_sign_in: tenants", CODES),
    (50194, "golden_sign_in: tenants", CODES),
    (16000, "sign_in: sessions_hints_and_sign_out", CODES),
];

fn filled(running: &Running, text: &str) -> String {
    text.replace("{graph}", running.graph_url()).replace("{app}", running.app_url())
}

#[tokio::test]
async fn each_refusal_is_told_as_entra_tells_it() {
    let running = start().await;
    let person = Person::new(&running);
    let tokens = Person::new(&running).tokens("Rita Reader").await;
    let code = Person::new(&running).code("Rita Reader", &authorize_parameters(&running)).await;
    let refresh: Vec<(String, String)> = [
        ("client_id", running.client_id()),
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    for (what, at, (name, value), status, error, number, text, _) in CASES {
        let value = filled(&running, value);
        let told = format!("AADSTS{number}: {text}");
        match at {
            Page => {
                let step = person.authorize(&with(authorize_parameters(&running), name, &value)).await;
                let Step::Page { status: told_status, html } = step else { panic!("{what} travelled") };
                assert_eq!(told_status, *status, "{what}");
                let html = html.replace("&#39;", "'");
                assert!(html.contains(&told), "{what}: {html}");
                for part in ["Request Id: ", "Correlation Id: ", "Timestamp: 20", "Message: AADSTS"] {
                    assert!(html.contains(part), "{what}: {part}");
                }
            }
            Redirect => {
                let step = person.authorize(&with(authorize_parameters(&running), name, &value)).await;
                let parameters: HashMap<String, String> = step.parameters().into_iter().collect();
                assert_eq!(parameters["error"], *error, "{what}");
                assert!(parameters["error_description"].starts_with(&told), "{what}: {parameters:?}");
                assert_eq!(parameters["state"], "s t+ate&=#", "{what}");
            }
            Code | Refresh => {
                let form = if *at == Code { redemption(&running, &code) } else { refresh.clone() };
                let (told_status, body) = token(&running, &with(form, name, &value)).await;
                assert_eq!((told_status, &body["error"]), (*status, &Value::from(*error)), "{what}: {body}");
                assert_eq!(body["error_codes"], serde_json::json!([number]), "{what}");
                has_the_documented_shape(&body, &told, what);
            }
        }
    }
    // None of them cost the code.
    assert_eq!(redeem(&running, &code).await.0, 200);
}

fn has_the_documented_shape(body: &Value, told: &str, what: &str) {
    let description = body["error_description"].as_str().unwrap();
    assert!(description.starts_with(told), "{what}: {description}");
    let lines: Vec<&str> = description.split("\r\n").collect();
    let field = |name: &str| body[name].as_str().unwrap().to_owned();
    assert_eq!(
        lines[1..],
        [
            format!("Trace ID: {}", field("trace_id")),
            format!("Correlation ID: {}", field("correlation_id")),
            format!("Timestamp: {}", field("timestamp")),
        ],
        "{what}"
    );
    assert_eq!(field("timestamp").len(), "2026-11-23 22:31:00Z".len(), "{what}");
    let number = &body["error_codes"][0];
    // Captures show no address for an unknown client or grant type.
    let expected = (![700_016, 700_038, 70003].contains(&number.as_u64().unwrap())).then_some("/error?code=");
    assert_eq!(
        body["error_uri"].as_str().map(|uri| uri.contains(&format!("/error?code={number}"))),
        expected.map(|_| true)
    );
}

#[tokio::test]
async fn tenants() {
    let running = start().await;
    let person = Person::new(&running);
    for (tenant, number, text) in [
        ("contoso.onmicrosoft.com", 90002, "Tenant 'contoso.onmicrosoft.com' not found."),
        ("common", 50194, "is not configured as a multi-tenant application."),
    ] {
        let address = format!("{}/{tenant}/oauth2/v2.0/authorize", running.sign_in_url());
        let page = person.get(&address, &authorize_parameters(&running)).await.page().replace("&#39;", "'");
        assert!(page.contains(&format!("AADSTS{number}: ")) && page.contains(text), "{page}");
        let address = format!("{}/{tenant}/oauth2/v2.0/token", running.sign_in_url());
        let answer = client().post(address).form(&redemption(&running, "x")).send().await.unwrap();
        assert_eq!(answer.status(), 400);
        let body: Value = answer.json().await.unwrap();
        assert_eq!((&body["error"], &body["error_codes"][0]), (&Value::from("invalid_request"), &Value::from(number)));
    }
    // What is published is there for every application, of one tenant or of many.
    let address = format!("{}/common/v2.0/.well-known/openid-configuration", running.sign_in_url());
    let document: Value = client().get(address).send().await.unwrap().json().await.unwrap();
    assert_eq!(document["issuer"], format!("{}/{{tenantid}}/v2.0", running.sign_in_url()));
    let keys = client().get(document["jwks_uri"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(keys.status(), 200);
}

#[test]
fn every_row_says_where_it_comes_from_and_every_played_one_is_played() {
    let sources = CASES.iter().map(|case| case.7).chain(PLAYED.iter().map(|row| row.2));
    assert!(sources.into_iter().all(|source| !source.is_empty()));
    let tests = [("sign_in", include_str!("sign_in.rs")), ("golden_sign_in", include_str!("golden_sign_in.rs"))];
    for (number, played, _) in PLAYED {
        let (file, name) = played.split_once(": ").unwrap();
        let text = tests.iter().find(|(known, _)| *known == file).unwrap().1;
        assert!(text.contains(&format!("async fn {name}(")), "{number}: {played}");
    }
}
