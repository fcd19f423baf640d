//! Over TLS: every origin, trusted by its own authority and by nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics says where"
)]

mod support;

use emulator::Emulator;
use serde_json::Value;
use support::*;

#[tokio::test]
async fn every_origin_is_https_and_trusted_by_the_written_authority() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let running = start_with(Emulator::builder().tls().ca_file(&file).control()).await;
    let written = std::fs::read_to_string(&file).unwrap();
    assert_eq!(Some(written.as_str()), running.ca_certificate());
    assert_eq!(running.ready().ca_file.as_deref(), Some(file.as_path()));
    let trusting = tls_client(&written);
    let control = format!("{}/ready", running.control_url().unwrap());
    for url in [running.app_url(), running.sign_in_url(), running.graph_url(), &control] {
        assert!(url.starts_with("https://localhost:"), "{url}");
        let answer = trusting.get(url).send().await.unwrap();
        assert!(answer.status().as_u16() < 500, "{url}");
        let by_address = url.replace("localhost", "127.0.0.1");
        trusting.get(by_address).send().await.unwrap();
        let distrust = client().get(url).send().await.unwrap_err();
        assert!(distrust.is_connect(), "{distrust:?}");
    }
    // The documents name https addresses.
    let document = format!("{}/{}/v2.0/.well-known/openid-configuration", running.sign_in_url(), running.tenant_id());
    let document: Value = trusting.get(document).send().await.unwrap().json().await.unwrap();
    for name in ["issuer", "token_endpoint", "authorization_endpoint", "jwks_uri", "end_session_endpoint"] {
        assert!(document[name].as_str().unwrap().starts_with(running.sign_in_url()), "{name}");
    }
}

#[tokio::test]
async fn two_authorities_do_not_vouch_for_each_other() {
    let one = start_with(Emulator::builder().tls()).await;
    let other = start_with(Emulator::builder().tls()).await;
    assert_ne!(one.certificate_spki(), other.certificate_spki());
    let trusting_one = tls_client(one.ca_certificate().unwrap());
    trusting_one.get(one.graph_url()).send().await.unwrap();
    assert!(trusting_one.get(other.graph_url()).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn without_tls_there_is_nothing_to_trust() {
    let running = start().await;
    assert!(running.graph_url().starts_with("http://"));
    assert_eq!((running.ca_certificate(), running.certificate_spki(), running.control_url()), (None, None, None));
}

#[tokio::test]
async fn the_session_cookie_is_secure_over_tls() {
    let running = start_with(Emulator::builder().tls()).await;
    let client = tls_client(running.ca_certificate().unwrap());
    let address = format!("{}/{}/oauth2/v2.0/authorize", running.sign_in_url(), running.tenant_id());
    let page = client.get(address).query(&authorize_parameters(&running)).send().await.unwrap().text().await.unwrap();
    let value = |name: &str| {
        let (_, after) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        after.split_once('"').unwrap().0.to_owned()
    };
    let form = [("flow", value("flow")), ("account", value("account"))];
    let address = format!("{}/{}/login", running.sign_in_url(), running.tenant_id());
    let answer = client.post(address).form(&form).send().await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("; HttpOnly; Secure; SameSite=None"), "{cookie}");
}
