//! The app's host: files and their types, compression, deep links, config.json, headers, and the program's complaints.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics says where"
)]

mod support;

use std::fs;
use std::path::PathBuf;

use emulator::{Emulator, Site, StartError};
use serde_json::{Value, json};
use support::*;

/// A small build of an app, removed with the value.
struct Dist(PathBuf);

impl Dist {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("emulator-host-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("index.html"), "<!doctype html><title>app</title>").unwrap();
        fs::write(folder.join("app-0123456789abcdef_bg.wasm"), "plain").unwrap();
        fs::write(folder.join("app-0123456789abcdef_bg.wasm.br"), "brotli").unwrap();
        fs::write(folder.join("app-0123456789abcdef_bg.wasm.gz"), "gzip").unwrap();
        fs::write(folder.join("boot.js"), "0").unwrap();
        fs::write(folder.join("config.json"), "{\"not\":\"this\"}").unwrap();
        Self(folder)
    }
}

impl Drop for Dist {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn files_have_their_type_their_twin_and_their_lifetime() {
    let dist = Dist::new("files");
    let running = start_with(Emulator::builder().app_dir(&dist.0)).await;
    let get = |path: &str, coding: &'static str| {
        client().get(format!("{}{path}", running.app_url())).header("accept-encoding", coding).send()
    };
    let wasm = "/app-0123456789abcdef_bg.wasm";
    for (coding, body, encoding) in [
        ("gzip, br", "brotli", Some("br")),
        ("gzip", "gzip", Some("gzip")),
        ("br;q=0, gzip", "gzip", Some("gzip")),
        ("identity", "plain", None),
    ] {
        let answer = get(wasm, coding).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/wasm");
        assert_eq!(answer.headers().get("content-encoding").map(|value| value.to_str().unwrap()), encoding);
        assert_eq!(answer.headers()["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(answer.text().await.unwrap(), body);
    }
    let script = get("/boot.js", "identity").await.unwrap();
    assert_eq!(script.headers()["content-type"], "text/javascript; charset=utf-8");
    assert_eq!(script.headers()["cache-control"], "no-cache");
    for path in ["/", "/index.html", "/identities/1b2c", "/apis?q=x"] {
        let answer = get(path, "identity").await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert!(answer.text().await.unwrap().contains("<title>app</title>"));
    }
    for path in ["/missing.js", "/identities/missing.wasm", "/..%2f..%2fetc/passwd"] {
        assert_eq!(get(path, "identity").await.unwrap().status(), 404, "{path}");
    }
    assert_eq!(client().post(running.app_url()).send().await.unwrap().status(), 405);
    assert!(running.requests_to(Site::App).iter().any(|request| request.path == wasm && request.status == Some(200)));
}

#[tokio::test]
async fn documents_and_assets_carry_the_headers_of_a_careful_host() {
    let dist = Dist::new("headers");
    let running = start_with(Emulator::builder().app_dir(&dist.0)).await;
    for path in ["/", "/boot.js", "/config.json", "/missing.js"] {
        let answer = client().get(format!("{}{path}", running.app_url())).send().await.unwrap();
        let headers = answer.headers();
        assert_eq!(
            headers["content-security-policy"].to_str().unwrap(),
            format!(
                "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
                 font-src 'self'; connect-src 'self' {} {}; manifest-src 'self'; worker-src 'none'; frame-src 'none'; \
                 object-src 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; \
                 trusted-types 'none'; frame-ancestors 'none'; report-uri /csp-report",
                running.sign_in_url(),
                running.graph_url()
            )
        );
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert!(headers.contains_key("permissions-policy"));
    }
}

#[tokio::test]
async fn config_is_generated_and_reports_are_kept() {
    let dist = Dist::new("config");
    let running = start_with(Emulator::builder().app_dir(&dist.0)).await;
    let answer = client().get(format!("{}/config.json", running.app_url())).send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let config: Value = answer.json().await.unwrap();
    assert_eq!(
        config["cloud"],
        json!({"name": "Emulator", "authority": running.sign_in_url(), "graph": running.graph_url()})
    );
    assert_eq!(config["tenant"], running.tenant_id());
    assert_eq!(config["clientId"], running.client_id());
    assert_eq!(config["demo"], true);
    assert_eq!(config["subscriptions"].as_object().unwrap().len(), 4);
    assert!(running.csp_reports().is_empty());
    let report = json!({"csp-report": {"violated-directive": "script-src"}});
    let answer = client().post(format!("{}/csp-report", running.app_url())).json(&report).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    assert_eq!(running.csp_reports(), [report]);
}

#[tokio::test]
async fn without_a_build_it_says_so() {
    let running = start().await;
    let text = client().get(running.app_url()).send().await.unwrap().text().await.unwrap();
    assert!(text.contains("cargo xtask demo"));
}

#[tokio::test]
async fn a_taken_port_is_named_with_the_next_step() {
    let running = start().await;
    let port: u16 = running.app_url().rsplit_once(':').unwrap().1.parse().unwrap();
    let Err(error) = Emulator::builder().port(port).start().await else { panic!("the port is taken") };
    assert!(matches!(error, StartError::PortTaken { .. }));
    assert!(error.to_string().contains(&port.to_string()) && error.to_string().contains("--port"), "{error}");
    let Err(error) = Emulator::builder().port(65535).start().await else { panic!("there is no room") };
    assert!(matches!(error, StartError::PortTooHigh(65535)));
    let program = std::process::Command::new(env!("CARGO_BIN_EXE_emulator"))
        .args(["--port", &port.to_string()])
        .output()
        .unwrap();
    assert!(!program.status.success());
    assert!(String::from_utf8_lossy(&program.stderr).contains("is taken"));
    running.shutdown().await;
    let again = Emulator::builder().port(0).start().await.unwrap();
    again.shutdown().await;
}
