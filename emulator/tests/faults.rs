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

/// What a rule written in JSON does to a list of one page.
async fn under(running: &emulator::Running, rule: Value) -> reqwest::Result<(u16, reqwest::header::HeaderMap, String)> {
    running.lift_all();
    running.set_rule(rule.to_string().parse().unwrap());
    let token = running.token_for("Ada Admin").may_write().sign();
    let address = format!("{}/v1.0/servicePrincipals?$top=2", running.graph_url());
    let answer = client().get(address).bearer_auth(token).send().await?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Ok((status, headers, answer.text().await?))
}

fn on_graph(then: Value) -> Value {
    json!({"when": {"site": "graph"}, "then": then})
}

#[tokio::test]
async fn retry_after_in_each_of_its_forms_and_in_none() {
    let running = start().await;
    for form in
        ["2", "0", "-1", "abc", "99999", "2,2", "Fri, 27 Nov 2026 10:00:00 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"]
    {
        let rule = on_graph(json!({"answer": {"status": 429}, "headers": {"Retry-After": form}}));
        let (status, headers, _) = under(&running, rule).await.unwrap();
        assert_eq!((status, headers["retry-after"].to_str().unwrap()), (429, form));
    }
    let none = on_graph(json!({"answer": {"status": 429}, "headers": {"Retry-After": ""}}));
    assert!(!under(&running, none).await.unwrap().1.contains_key("retry-after"));
}

#[tokio::test]
async fn bodies_that_are_not_what_they_seem() {
    let running = start().await;
    let html = on_graph(json!({"answer": {"status": 200}, "body": "<h1>Portal</h1>", "contentType": "text/html"}));
    let (status, headers, body) = under(&running, html).await.unwrap();
    assert_eq!(
        (status, &headers["content-type"], body.as_str()),
        (200, &"text/html".parse().unwrap(), "<h1>Portal</h1>")
    );
    let bom = on_graph(json!({"body": "\u{feff}{\"value\":[]}"}));
    assert!(under(&running, bom).await.unwrap().2.starts_with('\u{feff}'));
    let coding = on_graph(json!({"headers": {"Content-Encoding": "gzip"}}));
    assert_eq!(under(&running, coding).await.unwrap().1["content-encoding"], "gzip");
    // The connection breaks in the middle of the body, which Content-Length gives away.
    let cut = under(&running, on_graph(json!({"cutAfter": 40}))).await.unwrap_err();
    assert!(cut.is_body() || cut.is_decode(), "{cut:?}");
    let (_, _, whole) = under(&running, on_graph(json!({"cutAfter": 1_000_000}))).await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&whole).unwrap()["value"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn pages_that_lead_astray() {
    let running = start().await;
    let json_of = |body: &str| serde_json::from_str::<Value>(body).unwrap();
    let foreign = "https://graph.attacker.example/v1.0/servicePrincipals?$skiptoken=x";
    let (_, _, body) = under(&running, on_graph(json!({"merge": {"@odata.nextLink": foreign}}))).await.unwrap();
    assert_eq!(json_of(&body)["@odata.nextLink"], foreign);
    assert_eq!(json_of(&body)["value"].as_array().unwrap().len(), 2);
    let (_, _, body) = under(&running, on_graph(json!({"loopingNextLink": true}))).await.unwrap();
    let itself = format!("{}/v1.0/servicePrincipals?$top=2", running.graph_url());
    assert_eq!(json_of(&body)["@odata.nextLink"], itself);
    let (_, _, body) = under(&running, on_graph(json!({"merge": {"value": null}}))).await.unwrap();
    assert!(json_of(&body).get("value").is_none());
    let (status, _, body) =
        under(&running, on_graph(json!({"answer": {"refusal": "expiredPageToken"}}))).await.unwrap();
    assert_eq!((status, error(&json_of(&body)).0), (400, "Directory_ExpiredPageToken"));
}

#[tokio::test]
async fn a_claims_challenge_comes_alone_or_second() {
    let running = start().await;
    for (name, first) in [("claimsChallenge", "Bearer"), ("claimsChallengeAfterPop", "PoP")] {
        let (status, headers, body) = under(&running, on_graph(json!({"answer": {"refusal": name}}))).await.unwrap();
        assert_eq!((status, error(&serde_json::from_str(&body).unwrap()).0), (401, "InvalidAuthenticationToken"));
        let challenge = headers["www-authenticate"].to_str().unwrap();
        assert!(challenge.starts_with(first) && challenge.contains("error=\"insufficient_claims\""), "{challenge}");
        let (_, claims) = challenge.split_once("claims=\"").unwrap();
        let claims = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, claims.trim_end_matches('"'));
        let claims: Value = serde_json::from_slice(&claims.unwrap()).unwrap();
        assert_eq!(claims["access_token"]["nbf"]["essential"], true);
        assert!(headers["access-control-expose-headers"].to_str().unwrap().contains("WWW-Authenticate"));
    }
}

#[tokio::test]
async fn a_dripping_body_arrives_whole_and_late() {
    let running = start().await;
    let begin = Instant::now();
    let (_, _, body) = under(&running, on_graph(json!({"drip": {"bytes": 50_000, "everyMs": 30}}))).await.unwrap();
    assert!(serde_json::from_str::<Value>(&body).unwrap()["value"].is_array());
    let pieces = u32::try_from(body.len().div_ceil(50_000)).unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(30) * pieces, "{} bytes in {:?}", body.len(), begin.elapsed());
}

#[tokio::test]
async fn a_request_that_hangs_and_one_that_is_reset() {
    let running = start().await;
    let waited = tokio::time::timeout(Duration::from_millis(300), under(&running, on_graph(json!({"answer": "hang"}))));
    assert!(waited.await.is_err(), "there was an answer");
    let reset = under(&running, on_graph(json!({"answer": "reset"}))).await.unwrap_err();
    let mut cause: &dyn std::error::Error = &reset;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let kind = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    assert_eq!(kind, Some(std::io::ErrorKind::ConnectionReset), "{reset:?}");
    // The emulator is none the worse for it.
    running.lift_all();
    assert_eq!(Graph::writer(&running, "Ada Admin").get("/me").await.0, 200);
    running.shutdown().await;
}

#[tokio::test]
async fn each_so_manieth_request_is_struck() {
    let running = start().await;
    let graph = Graph::writer(&running, "Ada Admin");
    running.fail_times(Matcher::graph().after(1).every(3), Fault::status(504), 2);
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(graph.get("/me").await.0);
    }
    assert_eq!(statuses, [200, 504, 200, 200, 504, 200, 200, 200]);
}

#[tokio::test]
async fn the_token_endpoint_refuses_by_number_and_authorize_redirects() {
    let running = start().await;
    for (number, status, error, suberror) in [
        (50076, 400, "interaction_required", Some("basic_action")),
        (50079, 400, "interaction_required", Some("basic_action")),
        (53003, 400, "interaction_required", Some("message_only")),
        (54005, 400, "invalid_grant", None),
        (70000, 400, "invalid_grant", None),
        (700_084, 400, "invalid_grant", None),
        (90006, 503, "temporarily_unavailable", None),
        (90012, 504, "temporarily_unavailable", None),
        (50000, 500, "server_error", None),
        (12345, 400, "invalid_grant", None),
    ] {
        running.fail_next(Matcher::sign_in().path_ends_with("/token"), Fault::aadsts(number));
        let (answered, body) = redeem(&running, "any").await;
        assert_eq!((answered, &body["error"], body["suberror"].as_str()), (status, &json!(error), suberror), "{body}");
        assert_eq!(body["error_codes"], json!([number]));
        assert_eq!(body["claims"].is_string(), number == 50079);
        running.fail_next(Matcher::sign_in().path_ends_with("/authorize"), Fault::aadsts(number));
        let parameters = Person::new(&running).authorize(&authorize_parameters(&running)).await.parameters();
        assert_eq!(parameters[0], ("error".to_owned(), error.to_owned()));
        assert!(parameters.contains(&("state".to_owned(), "s t+ate&=#".to_owned())));
    }
    // A number that puts the address itself in doubt does not travel there.
    running.fail_next(Matcher::sign_in().path_ends_with("/authorize"), Fault::aadsts(50011));
    let page = Person::new(&running).authorize(&authorize_parameters(&running)).await.page();
    assert!(page.contains("AADSTS50011"));
}

#[tokio::test]
async fn the_two_endpoints_throttle_and_fail_as_others_do() {
    let running = start().await;
    running.fail_next(Matcher::sign_in().path_ends_with("/token"), Fault::status(429).retry_after("7"));
    let answer = post_token(&running, &redemption(&running, "any"), Some(running.app_url())).await;
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "7"));
    let html = Fault::status(502).text("text/html", "<h1>Bad gateway</h1>");
    running.fail_next(Matcher::sign_in().path_ends_with("/openid-configuration"), html);
    let address = format!("{}/{}/v2.0/.well-known/openid-configuration", running.sign_in_url(), running.tenant_id());
    assert_eq!(client().get(address).send().await.unwrap().text().await.unwrap(), "<h1>Bad gateway</h1>");
    // A reduced scope, an answer without its lifetime: a patch on the true one.
    let code = Person::new(&running).code("Rita Reader", &authorize_parameters(&running)).await;
    let patch = Fault::merged(json!({"scope": "openid", "expires_in": null}));
    running.fail_next(Matcher::sign_in().path_ends_with("/token"), patch);
    let (status, body) = redeem(&running, &code).await;
    assert_eq!((status, &body["scope"], body.get("expires_in")), (200, &json!("openid"), None));
}

/// The parts of a text in Markdown that are code.
fn code(markdown: &str) -> impl Iterator<Item = &str> {
    let blocks = markdown.split("```").skip(1).step_by(2);
    let inline = markdown.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    blocks.filter_map(|block| block.strip_prefix("json\n")).chain(inline)
}

#[test]
fn every_example_of_the_readme_is_understood() {
    let (mut rules, mut faults) = (0, 0);
    for example in code(include_str!("../README.md")) {
        let Ok(json) = serde_json::from_str::<Value>(example) else { continue };
        if json.get("when").is_some() {
            example.parse::<emulator::Rule>().unwrap_or_else(|error| panic!("{example}: {error}"));
            rules += 1;
        } else if json.get("answer").or(json.get("merge")).is_some() {
            serde_json::from_value::<Fault>(json).unwrap_or_else(|error| panic!("{example}: {error}"));
            faults += 1;
        } else if let Some(answer) =
            ["status", "refusal", "aadsts"].iter().find_map(|name| json.get(name).map(|_| &json))
        {
            serde_json::from_value::<Fault>(json!({"answer": answer}))
                .unwrap_or_else(|error| panic!("{example}: {error}"));
            faults += 1;
        }
    }
    assert!(rules >= 1 && faults >= 8, "{rules} rules, {faults} faults: the README was not read");
}

#[test]
fn a_rule_reads_as_it_writes() {
    let rule = emulator::Rule {
        when: Matcher::graph().method("POST").path_ends_with("/appRoleAssignedTo").body_contains("x").after(2),
        times: None,
        then: Fault::lost_answer().delayed(Duration::from_millis(20)),
    };
    let text = serde_json::to_string(&rule).unwrap();
    assert_eq!(text.parse::<emulator::Rule>().unwrap(), rule);
    assert!(text.contains(r#""answer":"lost","execute":true"#) && text.contains(r#""times":null"#), "{text}");
}
