//! Failures on request: what strikes, what is carried out, what the client sees.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics says where"
)]

mod support;

use std::time::{Duration, Instant};

use emulator::{Emulator, Fault, Matcher, Site};
use serde_json::{Value, json};
use support::*;

fn write(running: &emulator::Running) -> (String, Value) {
    let directory = running.directory();
    let api = directory.api("Rates API").unwrap();
    let identity = directory.identity("id-sandbox").unwrap();
    let role = api.role("Rates.Publish").unwrap().id;
    (
        format!("/servicePrincipals/{}/appRoleAssignedTo", api.id),
        json!({"principalId": identity.id, "resourceId": api.id, "appRoleId": role}),
    )
}

#[tokio::test]
async fn a_status_strikes_once_with_its_documented_body() {
    let running = start().await;
    let graph = Graph::writer(&running, "Ada Admin");
    running.fail_next(Matcher::graph().path_contains("servicePrincipals"), Fault::status(429));
    let answer = graph.response("/servicePrincipals", &[]).await;
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "10");
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(error(&body), ("TooManyRequests", "Please retry again later."));
    assert_eq!(graph.get("/servicePrincipals?$top=1").await.0, 200);
    running
        .fail_next(Matcher::graph().query_contains("$skiptoken"), Fault::status(503).retry_after("1").without_cors());
    let (_, page) = graph.get("/servicePrincipals?$top=1").await;
    let answer = graph.response(page["@odata.nextLink"].as_str().unwrap(), &[]).await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "1");
    assert!(answer.headers().get("access-control-allow-origin").is_none());
    assert_eq!(running.faults_waiting(), 0);
}

#[tokio::test]
async fn faults_count_skip_and_are_lifted() {
    let running = start().await;
    let graph = Graph::writer(&running, "Ada Admin");
    running.fail_times(Matcher::graph().method("GET").path_ends_with("/me").after(1), Fault::status(500), 2);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(graph.get("/me").await.0);
    }
    assert_eq!(statuses, [200, 500, 500, 200]);
    let id = running.fail_always(Matcher::graph(), Fault::status(502).text("text/html", "<h1>Bad gateway</h1>"));
    let answer = graph.response("/me", &[]).await;
    assert_eq!((answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()), (502, "text/html"));
    assert!(running.lift(id));
    assert!(!running.lift(id));
    assert_eq!(graph.get("/me").await.0, 200);
}

#[tokio::test]
async fn a_lost_answer_is_carried_out_and_no_answer_is_not() {
    let running = start().await;
    let token = running.token_for("Ada Admin").may_write().sign();
    let (path, body) = write(&running);
    let address = format!("{}/v1.0{path}", running.graph_url());
    let post = || client().post(&address).bearer_auth(&token).json(&body).send();
    running.fail_next(Matcher::graph().method("POST").body_contains("principalId"), Fault::no_answer());
    assert!(post().await.is_err());
    assert!(!running.directory().holds("id-sandbox", "Rates API", "Rates.Publish"));
    running.fail_next(Matcher::graph().method("POST"), Fault::lost_answer());
    assert!(post().await.is_err());
    assert!(running.directory().holds("id-sandbox", "Rates API", "Rates.Publish"));
    let seen = running.requests_to(Site::Graph);
    assert_eq!(seen.iter().filter(|request| request.method == "POST" && request.status.is_none()).count(), 2);
}

#[tokio::test]
async fn on_a_used_connection_a_lost_answer_breaks_off_after_headers_without_cors() {
    let running = start().await;
    let graph = Graph::writer(&running, "Ada Admin");
    assert_eq!(graph.get("/me").await.0, 200);
    running.fail_next(Matcher::graph(), Fault::lost_answer());
    let answer = graph.response("/me", &[]).await;
    assert!(answer.headers().get("access-control-allow-origin").is_none());
    assert!(answer.text().await.is_err());
}

#[tokio::test]
async fn a_gateway_may_fail_after_the_work_is_done() {
    let running = start().await;
    let graph = Graph::writer(&running, "Ada Admin");
    let (path, body) = write(&running);
    running.fail_next(Matcher::graph().method("POST"), Fault::status(504).after_executing());
    let (status, answer) = graph.post(&path, &body).await;
    assert_eq!((status, error(&answer).0), (504, "GatewayTimeout"));
    assert!(running.directory().holds("id-sandbox", "Rates API", "Rates.Publish"));
}

#[tokio::test]
async fn slowness_and_latency() {
    let running = start_with(Emulator::builder().latency(Duration::from_millis(60))).await;
    let graph = Graph::writer(&running, "Ada Admin");
    let begin = Instant::now();
    assert_eq!(graph.get("/me").await.0, 200);
    assert!(begin.elapsed() >= Duration::from_millis(60));
    running.fail_next(Matcher::graph(), Fault::slow(Duration::from_millis(200)));
    let begin = Instant::now();
    assert_eq!(graph.get("/me").await.0, 200);
    assert!(begin.elapsed() >= Duration::from_millis(260));
}

#[tokio::test]
async fn sign_in_fails_too_and_everything_is_on_record() {
    let running = start().await;
    running.fail_next(Matcher::sign_in().path_ends_with("/token"), Fault::status(503));
    let code = Person::new(&running).code("Rita Reader", &authorize_parameters(&running)).await;
    let (status, body) = redeem(&running, &code).await;
    assert_eq!((status, &body["error"]), (503, &json!("temporarily_unavailable")));
    assert_eq!(redeem(&running, &code).await.0, 200);
    let posts: Vec<_> = running
        .requests_to(Site::SignIn)
        .into_iter()
        .filter(|request| request.method == "POST" && request.path.ends_with("/token"))
        .collect();
    assert_eq!(posts.len(), 2);
    assert_eq!(posts[0].header("origin"), Some(running.app_url()));
    assert!(posts[0].body.contains("grant_type=authorization_code"));
    assert_eq!((posts[0].status, posts[1].status), (Some(503), Some(200)));
    running.clear_log();
    assert!(running.requests().is_empty());
}
