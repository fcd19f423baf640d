//! A Conditional Access policy, as an app without a back end meets it: Graph's claims challenge, and what the sign-in
//! service makes of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics says where"
)]

mod support;

use emulator::{Emulator, Policy, Running};
use reqwest::StatusCode;
use serde_json::{Value, json};
use support::{Graph, Person, assignment, claims, read_scope, redeem, start_with, token, with};

const WANTED: &str = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;

async fn emulator(policy: Policy) -> Running {
    start_with(Emulator::builder().policy(policy)).await
}

fn refresh(running: &Running, tokens: &Value, claims: &str) -> Vec<(String, String)> {
    let pairs = [
        ("client_id", running.client_id()),
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ("scope", &read_scope(running)),
        ("claims", claims),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

/// What Graph demands in its challenge to a change with this token.
async fn demanded(running: &Running, access: &str) -> Option<Value> {
    let graph = Graph::with_token(running, access.to_owned());
    let nobody = emulator::Uuid::new_v4();
    let body = assignment(&nobody, &nobody, &nobody);
    let answer =
        graph.answer("POST", &format!("/servicePrincipals/{nobody}/appRoleAssignedTo"), &[], Some(&body)).await;
    if answer.status() != StatusCode::UNAUTHORIZED {
        return None;
    }
    let header = answer.headers()["www-authenticate"].to_str().unwrap();
    let (_, coded) = header.split_once("claims=\"").unwrap();
    let text = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, coded.trim_end_matches('"')).unwrap();
    Some(serde_json::from_slice(&text).unwrap())
}

#[tokio::test]
async fn changes_are_challenged_and_reads_are_not() {
    let running = emulator(Policy::for_changes("c1")).await;
    let tokens = Person::new(&running).tokens("Ada Admin").await;
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(demanded(&running, access).await, Some(serde_json::from_str(WANTED).unwrap()));
    let (status, _) = Graph::with_token(&running, access.to_owned()).get("/organization").await;
    assert_eq!(status, 200);
    // Asked for, it is given: silently, for this policy allows it.
    let (status, renewed) = token(&running, &refresh(&running, &tokens, WANTED)).await;
    assert_eq!(status, 200);
    let access = renewed["access_token"].as_str().unwrap();
    assert_eq!(claims(access)["acrs"], json!(["c1"]));
    assert_eq!(demanded(&running, access).await, None);
}

#[tokio::test]
async fn what_needs_a_person_is_refused_silently_and_kept_after() {
    let running = emulator(Policy::for_changes("c1").in_person()).await;
    let browser = Person::new(&running);
    let tokens = browser.tokens("Ada Admin").await;
    let (status, refused) = token(&running, &refresh(&running, &tokens, WANTED)).await;
    assert_eq!((status, refused["error"].as_str()), (400, Some("interaction_required")));
    assert_eq!(
        serde_json::from_str::<Value>(refused["claims"].as_str().unwrap()).unwrap()["access_token"]["acrs"]["value"],
        "c1"
    );
    // On the page it is given, and the refresh token remembers it.
    let asked = with(support::authorize_parameters(&running), "claims", WANTED);
    let code = browser.code("Ada Admin", &asked).await;
    let (_, tokens) = redeem(&running, &code).await;
    assert_eq!(claims(tokens["access_token"].as_str().unwrap())["acrs"], json!(["c1"]));
    let (status, renewed) = token(&running, &refresh(&running, &tokens, WANTED)).await;
    assert_eq!(status, 200, "{renewed}");
    assert_eq!(demanded(&running, renewed["access_token"].as_str().unwrap()).await, None);
}
