//! Sign-in as the real one does it: the way through, each refusal, single use, cross-origin rules.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics says where"
)]

mod support;

use std::time::Duration;

use emulator::{Emulator, RedirectKind};
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::sha2::Sha256;
use rsa::signature::Verifier as _;
use rsa::{BigUint, RsaPublicKey};
use serde_json::{Value, json};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use support::*;

#[tokio::test]
async fn an_administrator_signs_in() {
    let running = start().await;
    let person = Person::new(&running);
    let page = person.authorize(&authorize_parameters(&running)).await.page();
    for account in ["Ada Admin", "Carl Cloud", "Rita Reader", "Sam Stranger"] {
        assert!(page.contains(&format!(">{account}</button>")), "{account}");
    }
    let back = person.press(&page, "Ada Admin").await;
    let support::Step::Redirect(to) = &back else { panic!("{back:?}") };
    assert!(to.starts_with(&format!("{}/#code=", running.app_url())), "{to}");
    let parameters = back.parameters();
    let names: Vec<&str> = parameters.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["code", "client_info", "state", "session_state"]);
    assert_eq!(parameters[2].1, "s t+ate&=#");

    let (status, body) = redeem(&running, &parameters[0].1).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["token_type"], "Bearer");
    let graph = running.graph_url();
    assert_eq!(body["scope"], format!("{graph}/User.Read {graph}/Application.Read.All profile openid email"));
    assert_eq!(body["expires_in"], 3599);
    assert!(body["refresh_token_expires_in"].as_i64().unwrap() > 86_000);
    assert_eq!(body["client_info"], parameters[1].1);

    let ada = running.accounts().into_iter().find(|account| account.name == "Ada Admin").unwrap();
    let id = claims(body["id_token"].as_str().unwrap());
    assert_eq!(id["aud"], running.client_id());
    assert_eq!(id["iss"], format!("{}/{}/v2.0", running.sign_in_url(), running.tenant_id()));
    assert_eq!(id["nonce"], "the-nonce");
    assert_eq!(id["tid"], running.tenant_id());
    assert_eq!(id["oid"], ada.object_id.to_string());
    assert_eq!(id["preferred_username"], ada.user_name);
    assert_eq!(id["name"], "Ada Admin");
    assert_eq!(id["ver"], "2.0");
    assert!(id.get("wids").is_none(), "only where the registration asks for it");
    let access = claims(body["access_token"].as_str().unwrap());
    assert_eq!(access["aud"], "00000003-0000-0000-c000-000000000000");
    assert_eq!(access["scp"], "User.Read Application.Read.All profile openid email");
    assert_eq!(access["appid"], running.client_id());
    assert_eq!(access["app_displayname"], "Rolegrant");
    assert!(access["wids"].as_array().unwrap().iter().any(|wid| wid == "e8611ab8-c189-46e8-94e1-60213ab1f814"));

    let (status, me) = Graph::with_token(&running, body["access_token"].as_str().unwrap().to_owned()).get("/me").await;
    assert_eq!((status, &me["displayName"]), (200, &Value::from("Ada Admin")));
}

#[tokio::test]
async fn the_published_key_fits_the_signature_and_the_documents_name_each_other() {
    let running = start().await;
    let base = format!("{}/{}", running.sign_in_url(), running.tenant_id());
    for tenant in [running.tenant_id(), "larkspurfreight.onmicrosoft.com"] {
        let address = format!("{}/{tenant}/v2.0/.well-known/openid-configuration", running.sign_in_url());
        let document: Value = client().get(address).send().await.unwrap().json().await.unwrap();
        assert_eq!(document["issuer"], format!("{base}/v2.0"));
        assert_eq!(document["authorization_endpoint"], format!("{base}/oauth2/v2.0/authorize"));
        assert_eq!(document["token_endpoint"], format!("{base}/oauth2/v2.0/token"));
        assert_eq!(document["end_session_endpoint"], format!("{base}/oauth2/v2.0/logout"));
        assert_eq!(document["jwks_uri"], format!("{base}/discovery/v2.0/keys"));
        assert!(document.get("code_challenge_methods_supported").is_none());
    }
    let keys: Value = client().get(format!("{base}/discovery/v2.0/keys")).send().await.unwrap().json().await.unwrap();
    let key = &keys["keys"][0];
    let number = |name: &str| BigUint::from_bytes_be(&URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap());
    let public = VerifyingKey::<Sha256>::new(RsaPublicKey::new(number("n"), number("e")).unwrap());
    let tokens = Person::new(&running).tokens("Rita Reader").await;
    let (signed, signature) = tokens["id_token"].as_str().unwrap().rsplit_once('.').unwrap();
    let signature = Signature::try_from(URL_SAFE_NO_PAD.decode(signature).unwrap().as_slice()).unwrap();
    public.verify(signed.as_bytes(), &signature).unwrap();
    let header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(signed.split('.').next().unwrap()).unwrap()).unwrap();
    assert_eq!((&header["alg"], &header["kid"]), (&Value::from("RS256"), &key["kid"]));
}

#[tokio::test]
async fn an_administrator_consents_once() {
    let running = start().await;
    let person = Person::new(&running);
    let asks = with(authorize_parameters(&running), "scope", &write_scope(&running));
    let accounts = person.authorize(&asks).await.page();
    let consent = person.press(&accounts, "Ada Admin").await.page();
    assert!(consent.contains("AppRoleAssignment.ReadWrite.All") && consent.contains("Permissions requested"));
    let declined = person.press(&consent, "Cancel").await.parameters();
    assert_eq!(declined[0].1, "access_denied");
    assert!(declined.iter().any(|(_, value)| value.starts_with("AADSTS65004")));

    // Silent sign-in says that consent is missing; the session is there already.
    let silent = with(asks.clone(), "prompt", "none");
    let refused = person.authorize(&silent).await.parameters();
    assert_eq!(refused[0].1, "interaction_required");
    assert!(refused.contains(&("suberror".to_owned(), "consent_required".to_owned())));

    let consent = person.authorize(&asks).await.page();
    let code = person.press(&consent, "Accept").await.parameter("code");
    let (_, body) = redeem(&running, &code).await;
    assert!(body["scope"].as_str().unwrap().contains("AppRoleAssignment.ReadWrite.All"), "{body}");
    assert!(matches!(person.authorize(&silent).await, support::Step::Redirect(to) if to.contains("#code=")));
    // prompt=consent asks all the same.
    assert!(person.authorize(&with(asks, "prompt", "consent")).await.page().contains("Permissions requested"));
}

#[tokio::test]
async fn a_stranger_needs_an_administrator_and_anyone_may_cancel() {
    let running = start().await;
    let person = Person::new(&running);
    let page = person.authorize(&authorize_parameters(&running)).await.page();
    let cancelled = person.press(&page, "Cancel").await.parameters();
    assert_eq!(cancelled[0], ("error".to_owned(), "access_denied".to_owned()));
    assert!(cancelled.contains(&("error_description".to_owned(), "the user canceled the authentication".to_owned())));

    let page = person.press(&page, "Sam Stranger").await.page();
    assert!(page.contains("Need admin approval") && !page.contains(">Accept</button>"));
    // Accepting by hand does not help. Nor did he decline: there was nothing that he could have accepted.
    let forged = page.replace("value=\"cancel\"", "value=\"accept\"");
    for page in [page, forged] {
        let parameters = person.press(&page, "Cancel").await.parameters();
        assert_eq!(parameters[0].1, "access_denied");
        assert!(parameters[1].1.starts_with("AADSTS90094: The grant requires admin permission."), "{parameters:?}");
    }
}

#[tokio::test]
async fn the_number_of_a_missing_administrator_is_a_switch() {
    let running = start_with(Emulator::builder().number_missing_admin(false)).await;
    let person = Person::new(&running);
    let page = person.authorize(&authorize_parameters(&running)).await.page();
    let page = person.press(&page, "Sam Stranger").await.page();
    let parameters = person.press(&page, "Cancel").await.parameters();
    assert!(parameters.iter().any(|(_, value)| value.starts_with("AADSTS65004: ")), "{parameters:?}");
}

#[tokio::test]
async fn an_administrator_consents_for_everyone() {
    let running = start().await;
    let base = format!("{}/{}", running.sign_in_url(), running.tenant_id());
    let home = format!("{}/", running.app_url());
    let parameters = vec![
        ("client_id".to_owned(), running.client_id().to_owned()),
        ("redirect_uri".to_owned(), home.clone()),
        ("state".to_owned(), "s".to_owned()),
    ];
    let old = format!("{base}/adminconsent");
    let scope = format!("{}/AppRoleAssignment.ReadWrite.All", running.graph_url());
    let sam = Person::new(&running);
    let asks = with(authorize_parameters(&running), "scope", &write_scope(&running));
    let page = sam.get(&old, &parameters).await.page();
    assert!(sam.press(&page, "Sam Stranger").await.page().contains("Need admin approval"));

    let ada = Person::new(&running);
    let page = ada.get(&old, &parameters).await.page();
    let page = ada.press(&page, "Ada Admin").await.page();
    assert!(page.contains("Permissions requested for your organization"));
    let declined = ada.press(&page, "Cancel").await.parameters();
    assert_eq!(declined[0], ("error".to_owned(), "permission_denied".to_owned()));
    assert_eq!(declined[1].1, "The admin canceled the request");
    let page = sam.authorize(&asks).await.page();
    assert!(page.contains("Need admin approval"), "nothing was consented to");

    // The newer endpoint names its scopes and answers with them.
    let newer = with(parameters, "scope", &scope);
    let page = ada.get(&format!("{base}/v2.0/adminconsent"), &newer).await.page();
    let page = ada.press(&page, "Ada Admin").await.page();
    let accepted = ada.press(&page, "Accept").await.parameters();
    let expected = [("admin_consent", "True"), ("tenant", running.tenant_id()), ("state", "s"), ("scope", &scope)];
    assert_eq!(accepted, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let page = sam.authorize(&asks).await.page();
    assert!(page.contains("Application.Read.All") && !page.contains("AppRoleAssignment.ReadWrite.All"), "{page}");

    // From the page of an ordinary sign-in, too.
    let page = ada.authorize(&with(asks.clone(), "prompt", "consent")).await.page();
    let page = page
        .replace("type=\"checkbox\"", "type=\"hidden\"")
        .replace("<label><input type=\"hidden\"", "<input type=\"hidden\"");
    ada.press(&page, "Accept").await.parameter("code");
    assert!(!sam.authorize(&with(asks, "prompt", "none")).await.parameter("code").is_empty());
}

#[tokio::test]
async fn an_id_token_names_the_directory_roles_where_the_registration_asks_for_it() {
    let running = start_with(Emulator::builder().wids_in_id_token()).await;
    let tokens = Person::new(&running).tokens("Carl Cloud").await;
    let wids = claims(tokens["id_token"].as_str().unwrap())["wids"].clone();
    assert_eq!(wids, json!(["158c047a-c907-4556-b7ef-446551a6b5f7", "b79fbf4d-3ef9-4689-8143-76b194e85509"]));
}

#[tokio::test]
async fn redirect_uris_are_exact_but_for_the_port_of_localhost() {
    let running = start_with(
        Emulator::builder()
            .redirect_uri(RedirectKind::Web, "https://server.example/callback")
            .redirect_uri(RedirectKind::Native, "http://localhost/done")
            .redirect_uri(RedirectKind::Native, "com.example.app://auth")
            .redirect_uri(RedirectKind::Spa, "https://localhost:4433/"),
    )
    .await;
    let person = Person::new(&running);
    let taken = async |uri: &str| {
        let page = person.authorize(&with(authorize_parameters(&running), "redirect_uri", uri)).await.page();
        page.contains("Pick an account")
    };
    for uri in [
        "https://server.example/callback",
        "http://localhost/done",
        "http://localhost:51234/done",
        "com.example.app://auth",
        "https://localhost:4433/",
        "http://localhost:1/",
    ] {
        assert!(taken(uri).await, "{uri}");
    }
    for uri in [
        "https://server.example/Callback",
        "https://server.example/callback/",
        "https://server.example:444/callback",
        "https://server.example/callback?a=b",
        "https://server.example/callback#a",
        "http://server.example/callback",
        "https://user@server.example/callback",
        "https://server.example.attacker.example/callback",
        "http://127.0.0.1/done",
        "http://[::1]/done",
        "https://localhost:4434/",
        "com.example.app://auth/more",
        "/callback",
    ] {
        assert!(!taken(uri).await, "{uri}");
    }
}

#[tokio::test]
async fn what_cannot_be_registered() {
    for (kind, uri) in [
        (RedirectKind::Spa, "http://server.example/"),
        (RedirectKind::Web, "https://server.example/#here"),
        (RedirectKind::Web, "https://*.example/"),
        (RedirectKind::Spa, "com.example.app://auth"),
        (RedirectKind::Native, "no address"),
    ] {
        let error = Emulator::builder().port(0).redirect_uri(kind, uri).start().await.err().expect("a refusal");
        assert!(error.to_string().contains("cannot be registered"), "{uri}: {error}");
    }
}

#[tokio::test]
async fn a_native_app_redeems_without_secret_and_without_origin() {
    let running = start_with(Emulator::builder().redirect_uri(RedirectKind::Native, "http://localhost/done")).await;
    let native = with(authorize_parameters(&running), "redirect_uri", "http://localhost:5123/done");
    let code = Person::new(&running).code("Rita Reader", &native).await;
    let form = with(redemption(&running, &code), "redirect_uri", "http://localhost:5123/done");
    refused(&token(&running, &form).await, 400, "invalid_request", 9_002_326);
    let answer = post_token_json(&running, with(form.clone(), "client_secret", "x"), None).await;
    refused(&answer, 401, "invalid_client", 700_025);
    let (status, tokens) = post_token_json(&running, form, None).await;
    assert_eq!(status, 200, "{tokens}");
    // Its refresh token has not the fixed end of a single-page application's.
    running.advance_clock(Duration::from_secs(25 * 3600));
    let form = refresh_form(&running, &tokens, &read_scope(&running));
    assert_eq!(post_token_json(&running, form, None).await.0, 200);
}

#[tokio::test]
async fn whether_a_page_can_read_that_its_type_is_wrong_is_a_switch() {
    for expose in [true, false] {
        let builder = Emulator::builder().redirect_uri(RedirectKind::Web, "https://server.example/callback");
        let running = start_with(builder.expose_wrong_client_type(expose)).await;
        let web = with(authorize_parameters(&running), "redirect_uri", "https://server.example/callback");
        let code = Person::new(&running).code("Rita Reader", &web).await;
        let form = with(redemption(&running, &code), "redirect_uri", "https://server.example/callback");
        let answer = post_token(&running, &form, Some("https://server.example")).await;
        assert_eq!(answer.headers().contains_key("access-control-allow-origin"), expose);
        let body: Value = answer.json().await.unwrap();
        refused(&(400, body), 400, "invalid_request", 9_002_326);
    }
}

#[tokio::test]
async fn keys_rotate() {
    let running = start().await;
    let key_ids = async || {
        let address = format!("{}/{}/discovery/v2.0/keys", running.sign_in_url(), running.tenant_id());
        let keys: Value = client().get(address).send().await.unwrap().json().await.unwrap();
        keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect::<Vec<_>>()
    };
    let key_of = |token: &str| -> Value {
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        serde_json::from_slice::<Value>(&header).unwrap()["kid"].clone()
    };
    let status = async |token: &str| Graph::with_token(&running, token.to_owned()).get("/me").await.0;
    let before = running.token_for("Rita Reader").sign();
    assert_eq!(key_ids().await, [key_of(&before)]);
    assert!(running.rotate_keys(false));
    let after = running.token_for("Rita Reader").sign();
    assert_eq!(key_ids().await, [key_of(&after), key_of(&before)]);
    assert_ne!(key_of(&after), key_of(&before));
    assert_eq!((status(&before).await, status(&after).await), (200, 200));
    assert!(running.rotate_keys(true));
    assert_eq!(key_ids().await.len(), 1);
    assert_eq!((status(&before).await, status(&after).await), (401, 401));
    assert_eq!(status(&running.token_for("Rita Reader").sign()).await, 200);
}

#[tokio::test]
async fn claims_are_asked_for_at_either_endpoint() {
    let running = start().await;
    let good = authorize_parameters(&running);
    let cae = r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#;
    let context = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    let code = Person::new(&running).code("Rita Reader", &good).await;
    let (_, plain) = redeem(&running, &code).await;
    assert!(claims(plain["access_token"].as_str().unwrap()).get("xms_cc").is_none());
    let code = Person::new(&running).code("Rita Reader", &with(good.clone(), "claims", cae)).await;
    let (_, tokens) = token(&running, &with(redemption(&running, &code), "claims", context)).await;
    let access = claims(tokens["access_token"].as_str().unwrap());
    assert_eq!((&access["xms_cc"], &access["acrs"]), (&serde_json::json!(["cp1"]), &serde_json::json!(["c1"])));
    // What is not imitated is said to be missing.
    let unknown = with(good, "claims", r#"{"id_token":{"auth_time":{"essential":true}}}"#);
    let support::Step::Page { status, html } = Person::new(&running).authorize(&unknown).await else { panic!() };
    assert_eq!(status, 501, "{html}");
    assert_eq!(running.unimplemented(), ["a claims request for auth_time in the id_token"]);
}

#[tokio::test]
async fn what_entra_has_and_the_emulator_has_not_is_501() {
    let running = start().await;
    let base = format!("{}/{}", running.sign_in_url(), running.tenant_id());
    for path in ["/oauth2/v2.0/devicecode", "/oauth2/authorize", "/oauth2/token", "/saml2", "/discovery/keys"] {
        assert_eq!(client().get(format!("{base}{path}")).send().await.unwrap().status(), 501, "{path}");
    }
    for grant in ["password", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"] {
        let form = with(redemption(&running, "x"), "grant_type", grant);
        assert_eq!(token(&running, &form).await.0, 501, "{grant}");
    }
    let consumers = with(authorize_parameters(&running), "domain_hint", "consumers");
    let support::Step::Page { status, .. } = Person::new(&running).authorize(&consumers).await else { panic!() };
    assert_eq!(status, 501);
    let several = with(authorize_parameters(&running), "max_age", "0");
    let support::Step::Page { status, .. } = Person::new(&running).authorize(&several).await else { panic!() };
    assert_eq!(status, 501);
    let address = format!("{base}/oauth2/v2.0/token");
    let basic = client().post(address).basic_auth(running.client_id(), Some("secret")).form(&redemption(&running, "x"));
    assert_eq!(basic.send().await.unwrap().status(), 501);
    assert_eq!(running.unimplemented().len(), 11);
    for hint in ["organizations", "LarkspurFreight.onmicrosoft.com"] {
        let step = Person::new(&running).authorize(&with(authorize_parameters(&running), "domain_hint", hint)).await;
        assert!(step.page().contains("Pick an account"));
    }
}

#[tokio::test]
async fn a_hint_names_and_a_choice_is_free() {
    let running = start().await;
    let good = with(authorize_parameters(&running), "login_hint", "rita.reader@larkspurfreight.onmicrosoft.com");
    let hinted = |page: &str| page.matches("class=\"hinted\"").count();
    assert_eq!(hinted(&Person::new(&running).authorize(&good).await.page()), 1);
    assert_eq!(hinted(&Person::new(&running).authorize(&with(good, "prompt", "select_account")).await.page()), 0);
}

#[tokio::test]
async fn html_is_stripped_from_a_state() {
    let running = start().await;
    let state = "a<b onclick='x'>c</b>d < e";
    let silent = with(with(authorize_parameters(&running), "state", state), "prompt", "none");
    assert_eq!(Person::new(&running).authorize(&silent).await.parameter("state"), "acd < e");
}

#[tokio::test]
async fn a_posted_authorize_request_is_one() {
    let running = start().await;
    let address = format!("{}/{}/oauth2/v2.0/authorize", running.sign_in_url(), running.tenant_id());
    let answer = client().post(address).form(&authorize_parameters(&running)).send().await.unwrap();
    assert!(answer.text().await.unwrap().contains("Pick an account"));
}

#[tokio::test]
async fn a_plain_challenge_is_met_by_itself() {
    let running = start().await;
    for method in ["plain", ""] {
        let plain = with(authorize_parameters(&running), "code_challenge", VERIFIER);
        let code = Person::new(&running).code("Rita Reader", &with(plain, "code_challenge_method", method)).await;
        assert_eq!(redeem(&running, &code).await.0, 200);
    }
}

#[tokio::test]
async fn the_discovery_document_has_exactly_the_real_ones_fields() {
    // Captured 2026-07-13 from login.microsoftonline.com; the order of 2023-01-09.
    let fields = [
        "token_endpoint",
        "token_endpoint_auth_methods_supported",
        "jwks_uri",
        "response_modes_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
        "response_types_supported",
        "scopes_supported",
        "issuer",
        "request_uri_parameter_supported",
        "userinfo_endpoint",
        "authorization_endpoint",
        "device_authorization_endpoint",
        "http_logout_supported",
        "frontchannel_logout_supported",
        "end_session_endpoint",
        "claims_supported",
        "kerberos_endpoint",
        "mtls_endpoint_aliases",
        "tls_client_certificate_bound_access_tokens",
        "tenant_region_scope",
        "cloud_instance_name",
        "cloud_graph_host_name",
        "msgraph_host",
        "rbac_url",
    ];
    let running = start().await;
    let base = format!("{}/{}", running.sign_in_url(), running.tenant_id());
    let answer = client().get(format!("{base}/v2.0/.well-known/openid-configuration")).send().await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-methods"], "GET, OPTIONS");
    let document: serde_json::Map<String, Value> = answer.json().await.unwrap();
    let mut told: Vec<&str> = document.keys().map(String::as_str).collect();
    let mut fields = fields;
    told.sort_unstable();
    fields.sort_unstable();
    assert_eq!(told, fields);
    let instances = client().get(format!("{}/common/discovery/instance", running.sign_in_url())).send().await.unwrap();
    let instances: Value = instances.json().await.unwrap();
    let host = running.sign_in_url().trim_start_matches("http://");
    assert_eq!(instances["metadata"][0]["aliases"], serde_json::json!([host]));
}

#[tokio::test]
async fn sessions_hints_and_sign_out() {
    let running = start().await;
    let person = Person::new(&running);
    let good = authorize_parameters(&running);
    let tokens = person.tokens("Rita Reader").await;
    let hint = claims(tokens["id_token"].as_str().unwrap())["login_hint"].as_str().unwrap().to_owned();
    let silent = with(good.clone(), "prompt", "none");
    assert!(!person.authorize(&silent).await.parameter("code").is_empty());
    // A second account: which one is meant must be said.
    person.tokens("Carl Cloud").await;
    let several = person.authorize(&silent).await.parameters();
    assert_eq!(several[0].1, "interaction_required");
    assert!(!person.authorize(&with(silent.clone(), "login_hint", &hint)).await.parameter("code").is_empty());
    let by_name = with(silent.clone(), "login_hint", "rita.reader@larkspurfreight.onmicrosoft.com");
    assert!(!person.authorize(&by_name).await.parameter("code").is_empty());
    let stranger = with(silent.clone(), "login_hint", "sam.stranger@larkspurfreight.onmicrosoft.com");
    assert_eq!(person.authorize(&stranger).await.parameters()[0].1, "login_required");
    for prompt in ["login", "select_account"] {
        assert!(person.authorize(&with(good.clone(), "prompt", prompt)).await.page().contains("Pick an account"));
    }

    let logout = format!("{}/{}/oauth2/v2.0/logout", running.sign_in_url(), running.tenant_id());
    let home = format!("{}/", running.app_url());
    let to =
        |uri: &str| vec![("post_logout_redirect_uri".to_owned(), uri.to_owned()), ("state".to_owned(), "x".to_owned())];
    let home_again =
        |step: &support::Step| matches!(step, support::Step::Redirect(to) if *to == format!("{home}?state=x"));
    // The hint is the claim, and ends one account's session alone.
    let mut hinted = to(&home);
    hinted.push(("logout_hint".to_owned(), hint.clone()));
    assert!(home_again(&person.get(&logout, &hinted).await));
    assert!(!person.authorize(&silent).await.parameter("code").is_empty(), "Carl is the only one left");
    // Without a hint, or with the user name for one, a page asks.
    for hint in ["", "carl.cloud@larkspurfreight.onmicrosoft.com"] {
        let asks = person.get(&logout, &with(to(&home), "logout_hint", hint)).await.page();
        assert!(asks.contains("Which account do you want to sign out of?") && !asks.contains("Rita"), "{asks}");
    }
    let asks = person.get(&logout, &to(&home)).await.page();
    assert!(home_again(&person.press(&asks, "Carl Cloud").await));
    assert_eq!(person.authorize(&silent).await.parameters()[0].1, "login_required");
    // MSAL also hands over the id token.
    let tokens = person.tokens("Carl Cloud").await;
    let by_token = with(to(&home), "id_token_hint", tokens["id_token"].as_str().unwrap());
    assert!(home_again(&person.get(&logout, &by_token).await));
    assert!(person.get(&logout, &to("https://attacker.example/")).await.page().contains("You are signed out"));
}

#[tokio::test]
async fn response_modes() {
    let running = start().await;
    let person = Person::new(&running);
    person.tokens("Rita Reader").await;
    let good = authorize_parameters(&running);
    let query = person.authorize(&with(good.clone(), "response_mode", "query")).await;
    assert!(matches!(&query, support::Step::Redirect(to) if to.contains("/?code=")), "{query:?}");
    let form = person.authorize(&with(good.clone(), "response_mode", "form_post")).await.page();
    assert!(form.contains("name=\"code\"") && form.contains(&format!("action=\"{}/\"", running.app_url())));
    // A URI without a path comes back with a slash.
    let bare = person.authorize(&with(good, "redirect_uri", running.app_url())).await;
    assert!(matches!(&bare, support::Step::Redirect(to) if to.starts_with(&format!("{}/#", running.app_url()))));
}

async fn fresh_code(running: &emulator::Running) -> String {
    Person::new(running).code("Rita Reader", &authorize_parameters(running)).await
}

async fn post_token_json(
    running: &emulator::Running,
    form: Vec<(String, String)>,
    origin: Option<&str>,
) -> (u16, Value) {
    let answer = post_token(running, &form, origin).await;
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn refused(answer: &(u16, Value), status: u16, error: &str, number: u64) {
    assert_eq!((answer.0, &answer.1["error"]), (status, &Value::from(error)), "{}", answer.1);
    assert_eq!(answer.1["error_codes"][0], number, "{}", answer.1);
    let text = answer.1["error_description"].as_str().unwrap();
    assert!(text.starts_with(&format!("AADSTS{number}: ")), "{text}");
    for part in ["\r\nTrace ID: ", "\r\nCorrelation ID: ", "\r\nTimestamp: "] {
        assert!(text.contains(part), "{text}");
    }
    for name in ["timestamp", "trace_id", "correlation_id"] {
        assert!(answer.1[name].is_string(), "{name}");
    }
}

#[tokio::test]
async fn a_code_without_a_challenge_and_an_old_code() {
    let running = start().await;
    let person = Person::new(&running);
    let bare = with(with(authorize_parameters(&running), "code_challenge", ""), "code_challenge_method", "");
    let code = person.code("Rita Reader", &bare).await;
    refused(&redeem(&running, &code).await, 400, "invalid_request", 9_002_325);

    let code = fresh_code(&running).await;
    running.advance_clock(Duration::from_secs(601));
    refused(&redeem(&running, &code).await, 400, "invalid_grant", 70008);
}

#[tokio::test]
async fn eight_redemptions_have_one_winner() {
    let running = start().await;
    for _ in 0..5 {
        let code = fresh_code(&running).await;
        let attempts = (0..8).map(|_| {
            let form = redemption(&running, &code);
            let address = format!("{}/{}/oauth2/v2.0/token", running.sign_in_url(), running.tenant_id());
            let request = client().post(address).header("origin", running.app_url()).form(&form);
            tokio::spawn(async move {
                let answer = request.send().await.unwrap();
                (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
            })
        });
        let mut winners = 0;
        for attempt in attempts.collect::<Vec<_>>() {
            let answer = attempt.await.unwrap();
            if answer.0 == 200 {
                winners += 1;
            } else {
                refused(&answer, 400, "invalid_grant", 54005);
            }
        }
        assert_eq!(winners, 1);
    }
}

#[tokio::test]
async fn cross_origin_rules_of_the_token_endpoint() {
    let running = start_with(
        Emulator::builder().redirect_uri(RedirectKind::Web, "https://server.example/callback").client_secret("s3cret"),
    )
    .await;
    let code = fresh_code(&running).await;
    let form = redemption(&running, &code);
    // Without an Origin a code of a single-page application is refused, and so is its refresh token.
    let answer = post_token(&running, &form, None).await;
    assert!(answer.headers().get("access-control-allow-origin").is_none());
    refused(&(answer.status().as_u16(), answer.json().await.unwrap()), 400, "invalid_request", 9_002_327);
    // A foreign origin may redeem but never read the answer.
    let answer = post_token(&running, &with(form.clone(), "code", "invented"), Some("https://foreign.example")).await;
    assert!(answer.headers().get("access-control-allow-origin").is_none());
    // Nor may anyone for a client that is not known.
    let stranger = with(form.clone(), "client_id", "11111111-1111-1111-1111-111111111111");
    let answer = post_token(&running, &stranger, Some(running.app_url())).await;
    assert!(answer.headers().get("access-control-allow-origin").is_none());
    // The app's own origin may read, errors too.
    let answer = post_token(&running, &with(form.clone(), "code", "invented"), Some(running.app_url())).await;
    assert_eq!(answer.headers()["access-control-allow-origin"], running.app_url());
    assert_eq!(answer.headers()["cache-control"], "no-store, no-cache");
    let answer = post_token(&running, &form, Some(running.app_url())).await;
    assert_eq!(answer.headers()["access-control-allow-origin"], running.app_url());
    let body: Value = answer.json().await.unwrap();
    let refresh = refresh_form(&running, &body, &read_scope(&running));
    let answer = post_token(&running, &refresh, None).await;
    refused(&(answer.status().as_u16(), answer.json().await.unwrap()), 400, "invalid_request", 9_002_327);

    // A redirect URI of type web: the other way round, and with the secret.
    let web = with(authorize_parameters(&running), "redirect_uri", "https://server.example/callback");
    let code = Person::new(&running).code("Rita Reader", &web).await;
    let form = with(redemption(&running, &code), "redirect_uri", "https://server.example/callback");
    refused(&token(&running, &form).await, 400, "invalid_request", 9_002_326);
    let without = |secret: &str| post_token_json(&running, with(form.clone(), "client_secret", secret), None);
    refused(&without("").await, 401, "invalid_client", 7_000_218);
    refused(&without("guessed").await, 401, "invalid_client", 7_000_215);
    assert_eq!(without("s3cret").await.0, 200);
}

#[tokio::test]
async fn preflights_and_documents_are_open_to_any_origin() {
    let running = start().await;
    let base = format!("{}/{}", running.sign_in_url(), running.tenant_id());
    for path in ["/v2.0/.well-known/openid-configuration", "/discovery/v2.0/keys"] {
        let answer =
            client().get(format!("{base}{path}")).header("origin", "https://any.example").send().await.unwrap();
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    }
    let answer = client()
        .request(reqwest::Method::OPTIONS, format!("{base}/oauth2/v2.0/token"))
        .header("origin", "https://any.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "x-client-sku")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://any.example");
    assert!(answer.headers()["access-control-allow-headers"].to_str().unwrap().contains("x-client-SKU"));
    assert_eq!(answer.headers()["access-control-max-age"], "86400");
}

fn refresh_form(running: &emulator::Running, tokens: &Value, scope: &str) -> Vec<(String, String)> {
    [
        ("client_id", running.client_id()),
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ("scope", scope),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

#[tokio::test]
async fn refresh_tokens_rotate_but_their_day_ends() {
    let running = start().await;
    let first = Person::new(&running).tokens("Ada Admin").await;
    let form = refresh_form(&running, &first, &read_scope(&running));
    running.advance_clock(Duration::from_secs(23 * 3600));
    let (status, second) = token(&running, &form).await;
    assert_eq!(status, 200, "{second}");
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert!(second["refresh_token_expires_in"].as_i64().unwrap() < 3601);
    // The old one still works, and consent is asked for where it lacks.
    assert_eq!(token(&running, &form).await.0, 200);
    let more = token(&running, &refresh_form(&running, &second, &write_scope(&running))).await;
    refused(&more, 400, "invalid_grant", 65001);
    assert_eq!(more.1["suberror"], "consent_required");
    running.advance_clock(Duration::from_secs(3601));
    for tokens in [&first, &second] {
        let answer = token(&running, &refresh_form(&running, tokens, &read_scope(&running))).await;
        refused(&answer, 400, "invalid_grant", 700_084);
    }
    let invented = with(form, "refresh_token", "invented");
    refused(&token(&running, &invented).await, 400, "invalid_grant", 70000);
}

#[tokio::test]
async fn revocation_ends_everything() {
    let running = start().await;
    let person = Person::new(&running);
    let tokens = person.tokens("Ada Admin").await;
    running.revoke_everything();
    let graph = Graph::with_token(&running, tokens["access_token"].as_str().unwrap().to_owned());
    assert_eq!(graph.get("/me").await.0, 401);
    let answer = token(&running, &refresh_form(&running, &tokens, &read_scope(&running))).await;
    refused(&answer, 400, "invalid_grant", 50173);
    assert_eq!(answer.1["suberror"], "bad_token");
    let silent = with(authorize_parameters(&running), "prompt", "none");
    assert_eq!(person.authorize(&silent).await.parameters()[0].1, "login_required");
    // A new sign-in is a new beginning.
    let tokens = person.tokens("Ada Admin").await;
    let graph = Graph::with_token(&running, tokens["access_token"].as_str().unwrap().to_owned());
    assert_eq!(graph.get("/me").await.0, 200);
}

#[tokio::test]
async fn pages_hold_a_strict_policy_that_lets_the_form_lead_back() {
    let running = start().await;
    let mut address =
        url::Url::parse(&format!("{}/{}/oauth2/v2.0/authorize", running.sign_in_url(), running.tenant_id())).unwrap();
    address.query_pairs_mut().extend_pairs(authorize_parameters(&running));
    let answer = client().get(address).send().await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'"));
    assert!(policy.contains(&format!("form-action 'self' {}", running.app_url())), "{policy}");
    let html = answer.text().await.unwrap();
    assert!(html.contains("<html lang=\"en\">") && html.contains("<h1>"));
    assert!(!html.contains("<script") && !html.contains("style="));
}
