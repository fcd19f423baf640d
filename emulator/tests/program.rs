//! The program: what it prints, what it takes, how it ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics says where"
)]

mod support;

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use support::*;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// More than a program needs that does what it should.
const LONG: Duration = Duration::from_secs(60);

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emulator"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

async fn started(arguments: &[&str]) -> (Child, Value) {
    let mut child = program(arguments).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    let line = timeout(LONG, lines.next_line()).await.unwrap().unwrap().expect("one line");
    (child, serde_json::from_str(&line).unwrap())
}

#[tokio::test]
async fn one_line_says_all_and_it_ends_when_its_input_closes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let (mut child, ready) = started(&[
        "--json",
        "--port",
        "0",
        "--tls",
        "--ca-file",
        file.to_str().unwrap(),
        "--until-eof",
        "--redirect",
        "spa:https://localhost:5173/done",
        "--redirect",
        "native:http://localhost",
        "--fault",
        r#"{"when": {"site": "graph", "pathEnds": "/me"}, "then": {"answer": {"status": 429}}}"#,
    ])
    .await;
    let keys: Vec<&str> = ready.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        ["authority", "graph", "app", "control", "tenant", "clientId", "redirectUri", "accounts", "caFile", "pid"]
    );
    assert_eq!(ready["pid"], child.id().unwrap());
    assert_eq!(ready["caFile"], file.to_str().unwrap());
    assert_eq!(ready["redirectUri"], format!("{}/", ready["app"].as_str().unwrap()));
    let ada = &ready["accounts"][0];
    assert_eq!((&ada["name"], &ada["roles"][0]), (&json!("Ada Admin"), &json!("Privileged Role Administrator")));

    let client = tls_client(&std::fs::read_to_string(&file).unwrap());
    let of = |name: &str, path: &str| format!("{}{path}", ready[name].as_str().unwrap());
    let token = client
        .post(of("control", "/token"))
        .json(&json!({"account": "Rita Reader", "scopes": ["User.Read"]}))
        .send()
        .await
        .unwrap();
    let token: Value = token.json().await.unwrap();
    let me = || client.get(of("graph", "/v1.0/me")).bearer_auth(token["accessToken"].as_str().unwrap()).send();
    assert_eq!(
        (me().await.unwrap().status(), me().await.unwrap().status()),
        (429.try_into().unwrap(), 200.try_into().unwrap())
    );
    let authorize = |redirect: &str| {
        client
            .get(of("authority", &format!("/{}/oauth2/v2.0/authorize", ready["tenant"].as_str().unwrap())))
            .query(&[
                ("client_id", ready["clientId"].as_str().unwrap()),
                ("response_type", "code"),
                ("scope", "openid"),
                ("redirect_uri", redirect),
            ])
            .send()
    };
    for redirect in [ready["redirectUri"].as_str().unwrap(), "https://localhost:5173/done", "http://localhost:9/"] {
        assert_eq!(authorize(redirect).await.unwrap().status(), 200, "{redirect}");
    }
    assert_eq!(authorize("https://localhost:5173/").await.unwrap().status(), 400);

    drop(child.stdin.take());
    let status = timeout(LONG, child.wait()).await.expect("it ends").unwrap();
    assert!(status.success(), "{status}");
    assert!(me().await.is_err(), "its port is free");
}

#[cfg(unix)]
#[tokio::test]
async fn it_ends_cleanly_on_sigterm_and_says_what_is_missing() {
    let (mut child, ready) = started(&["--json", "--port", "0"]).await;
    assert_eq!(ready["caFile"], Value::Null);
    // Without --until-eof its input may close.
    drop(child.stdin.take());
    let saml = format!("{}/{}/saml2", ready["authority"].as_str().unwrap(), ready["tenant"].as_str().unwrap());
    assert_eq!(client().get(saml).send().await.unwrap().status(), 501);
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = timeout(LONG, said.next_line()).await.unwrap().unwrap().unwrap();
    assert_eq!(line, "not imitated: sign-in by SAML, WS-Federation or Kerberos");
    let killed = Command::new("kill").arg(child.id().unwrap().to_string()).status().await.unwrap();
    assert!(killed.success());
    let status = timeout(LONG, child.wait()).await.expect("it ends").unwrap();
    assert_eq!(status.code(), Some(0), "{status}");
}

#[tokio::test]
async fn what_it_does_not_take() {
    for (arguments, complaint) in [
        (&["--redirect", "https://localhost/"][..], "is no type of redirect URI"),
        (&["--port", "0", "--redirect", "spa:http://server.example/"], "http is for localhost only"),
        (&["--ca-file", "x.pem"], "--tls"),
        (&["--port", "0", "--tls", "--ca-file", "/no/such/folder/x.pem"], "cannot be written"),
        (&["--fault", r#"{"when": {"site": "graph"}, "then": {"answer": "explode"}}"#], "explode"),
        (&["--fault", r#"{"when": {"site": "graph"}, "then": {"answer": {"status": 42}}}"#], "between 200 and 599"),
        (&["--port", "0", "--app-dir", "/no/such/folder"], "is no folder"),
        (&["--port", "65534"], "too high"),
    ] {
        let output = timeout(LONG, program(arguments).output()).await.unwrap().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(complaint), "{arguments:?}: {said}");
    }
}

#[tokio::test]
async fn help_explains_it_to_a_stranger() {
    let output = program(&["--help"]).output().await.unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for word in ["--tls", "--ca-file", "--redirect", "--fault", "--control", "--json", "--until-eof", "no passwords"] {
        assert!(help.contains(word), "{word}: {help}");
    }
}
