//! The control origin: what another process can read and set, and that no page can.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics says where"
)]

mod support;

use chrono::{DateTime, Utc};
use emulator::{Emulator, Running};
use reqwest::Method;
use serde_json::{Value, json};
use support::*;

struct Control(String);

impl Control {
    fn of(running: &Running) -> Self {
        Self(running.control_url().expect("a control origin").to_owned())
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request = client().request(method, format!("{}{path}", self.0));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, None).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, body) = self.ask(Method::POST, path, Some(body)).await;
        assert_eq!(status, 200, "{body}");
        body
    }
}

async fn start() -> Running {
    start_with(Emulator::builder().control()).await
}

#[tokio::test]
async fn rules_are_set_counted_and_lifted() {
    let running = start().await;
    let control = Control::of(&running);
    let rule = json!({
        "when": {"site": "graph", "method": "GET", "pathEnds": "/me", "after": 1},
        "times": 2,
        "then": {"answer": {"status": 503}, "headers": {"Retry-After": "Fri, 27 Nov 2026 10:00:00 GMT"}},
    });
    let ids = control.post("/faults", json!([rule, rule])).await["ids"].clone();
    let (status, _) = control.ask(Method::DELETE, &format!("/faults/{}", ids[1]), None).await;
    assert_eq!(status, 200);
    assert_eq!(control.ask(Method::DELETE, &format!("/faults/{}", ids[1]), None).await.0, 404);
    let graph = Graph::writer(&running, "Ada Admin");
    assert_eq!(graph.get("/me").await.0, 200);
    let struck = graph.response("/me", &[]).await;
    assert_eq!(struck.status(), 503);
    assert_eq!(struck.headers()["retry-after"], "Fri, 27 Nov 2026 10:00:00 GMT");
    let waiting = control.get("/faults").await;
    assert_eq!((&waiting[0]["id"], &waiting[0]["rule"]["times"]), (&ids[0], &json!(1)));
    assert_eq!(
        waiting[0]["rule"]["when"],
        json!({
            "site": "graph", "method": "GET", "pathEnds": "/me", "after": 1, "every": 1,
        })
    );
    control.ask(Method::DELETE, "/faults", None).await;
    assert_eq!(graph.get("/me").await.0, 200);
    assert_eq!(control.get("/faults").await, json!([]));
}

#[tokio::test]
async fn a_rule_that_is_not_understood_is_refused() {
    let running = start().await;
    let control = Control::of(&running);
    for (rule, names) in [
        (json!({"when": {"site": "graph", "methods": "GET"}, "then": {}}), "methods"),
        (json!({"when": {"site": "moon"}, "then": {}}), "moon"),
        (json!({"when": {"site": "graph"}, "then": {"answer": "explode"}}), "explode"),
        (json!({"when": {"site": "graph"}, "then": {"headers": {"Retry After": "2"}}}), "Retry After"),
        (json!({"when": {"site": "graph"}}), "then"),
        (json!({"then": {}}), "when"),
        (json!("no rule"), "rule"),
    ] {
        let (status, body) = control.ask(Method::POST, "/faults", Some(rule)).await;
        assert_eq!(status, 400);
        assert!(body["error"].as_str().unwrap().contains(names), "{names}: {body}");
    }
    assert_eq!(running.faults_waiting(), 0);
}

#[tokio::test]
async fn the_log_is_read_and_forgotten() {
    let running = start().await;
    let control = Control::of(&running);
    Graph::writer(&running, "Rita Reader").get("/me").await;
    client().get(running.app_url()).send().await.unwrap();
    client().get(format!("{}/x/saml2", running.sign_in_url())).send().await.unwrap();
    let all = control.get("/requests").await;
    assert_eq!(all.as_array().unwrap().len(), 3, "control's own are not in it: {all}");
    let graph = control.get("/requests?site=graph").await;
    assert_eq!(graph.as_array().unwrap().len(), 1);
    assert_eq!(
        (&graph[0]["method"], &graph[0]["path"], &graph[0]["status"]),
        (&json!("GET"), &json!("/v1.0/me"), &json!(200))
    );
    assert_eq!(control.ask(Method::GET, "/requests?site=moon", None).await.0, 400);
    assert_eq!(control.get("/missing").await, json!(["sign-in by SAML, WS-Federation or Kerberos"]));
    control.ask(Method::DELETE, "/requests", None).await;
    assert_eq!((control.get("/requests").await, control.get("/missing").await), (json!([]), json!([])));
}

#[tokio::test]
async fn clock_tokens_consent_and_reset() {
    let running = start().await;
    let control = Control::of(&running);
    let now = async || -> DateTime<Utc> { control.get("/clock").await["now"].as_str().unwrap().parse().unwrap() };
    let token = async |scopes: &[&str]| {
        let body = json!({"account": "Ada Admin", "scopes": scopes});
        control.post("/token", body).await["accessToken"].as_str().unwrap().to_owned()
    };
    let me = async |token: &str| Graph::with_token(&running, token.to_owned()).get("/me").await.0;

    let before = now().await;
    let first = token(&["User.Read"]).await;
    assert_eq!(me(&first).await, 200);
    control.post("/clock", json!({"seconds": 7200})).await;
    assert!(now().await - before >= chrono::TimeDelta::hours(2));
    assert_eq!(me(&first).await, 401, "its hour is over");
    let second = token(&["User.Read"]).await;
    control.post("/tokens/expire", json!({})).await;
    assert_eq!(me(&second).await, 401);
    let third = token(&["User.Read"]).await;
    control.post("/keys/rotate", json!({"retire": true})).await;
    assert_eq!(me(&third).await, 401);
    control.post("/keys/rotate", json!({})).await;

    control.post("/consent", json!({"account": "Sam Stranger", "scopes": ["User.Read", "Application.Read.All"]})).await;
    Person::new(&running).tokens("Sam Stranger").await;
    running.directory().delete_service_principal(running.directory().identity("id-sandbox").unwrap().id);
    running.fail_always(emulator::Matcher::graph(), emulator::Fault::status(500));
    control.post("/reset", json!({})).await;
    assert!(now().await - before < chrono::TimeDelta::hours(1));
    assert!(running.directory().identity("id-sandbox").is_some());
    assert_eq!(running.faults_waiting(), 0);
    let person = Person::new(&running);
    let page = person.authorize(&authorize_parameters(&running)).await.page();
    assert!(person.press(&page, "Sam Stranger").await.page().contains("Need admin approval"));
    assert_eq!(control.ask(Method::POST, "/token", Some(json!({"account": "Nobody", "scopes": []}))).await.0, 400);
}

#[tokio::test]
async fn it_says_what_there_is_and_who_is_there() {
    let running = start().await;
    let control = Control::of(&running);
    let operations = control.get("/").await;
    // Each one that is listed is there.
    for operation in operations.as_array().unwrap() {
        let method: Method = operation["method"].as_str().unwrap().parse().unwrap();
        let path = operation["path"].as_str().unwrap().replace("{id}", "1");
        let (status, body) = control.ask(method, &path, None).await;
        assert!(status != 404 || body["error"] == "no rule 1 is waiting", "{operation}: {body}");
    }
    let ready = control.get("/ready").await;
    assert_eq!(ready["control"], running.control_url().unwrap());
    assert_eq!(
        ready["accounts"][1],
        json!({
            "name": "Carl Cloud",
            "username": "carl.cloud@larkspurfreight.onmicrosoft.com",
            "roles": ["Cloud Application Administrator"],
        })
    );
    assert_eq!(control.ask(Method::GET, "/nothing", None).await.0, 404);
}

#[tokio::test]
async fn no_page_is_answered() {
    let running = start().await;
    let url = format!("{}/ready", running.control_url().unwrap());
    for (name, value) in [
        ("origin", running.app_url()),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("host", "attacker.example"),
        ("host", "localhost.attacker.example:80"),
    ] {
        let answer = client().get(&url).header(name, value).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{name}: {value}");
        assert!(!answer.headers().contains_key("access-control-allow-origin"));
    }
    let preflight = client()
        .request(Method::OPTIONS, &url)
        .header("origin", running.app_url())
        .header("access-control-request-method", "DELETE")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), 403);
    let typed = client().get(&url).header("sec-fetch-site", "none").send().await.unwrap();
    assert_eq!(typed.status(), 200, "a person may look");
    assert!(!typed.headers().contains_key("access-control-allow-origin"));
}
