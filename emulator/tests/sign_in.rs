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
use serde_json::Value;

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
async fn what_must_not_travel_stays_on_a_page() {
    let running = start().await;
    let person = Person::new(&running);
    let good = authorize_parameters(&running);
    let cases = [
        (with(good.clone(), "client_id", ""), "AADSTS900144"),
        (with(good.clone(), "client_id", "11111111-1111-1111-1111-111111111111"), "AADSTS700016"),
        (with(good.clone(), "client_id", "<script>alert(1)</script>"), "AADSTS700038"),
        (with(good.clone(), "redirect_uri", "https://attacker.example/"), "AADSTS50011"),
        (with(good.clone(), "redirect_uri", &format!("{}/other", running.app_url())), "AADSTS50011"),
        (with(good.clone(), "redirect_uri", &format!("{}/?x=1", running.app_url())), "AADSTS50011"),
        (with(good.clone(), "redirect_uri", "javascript:alert(1)"), "AADSTS50011"),
        (with(good.clone(), "redirect_uri", ""), "AADSTS900144"),
    ];
    for (parameters, code) in cases {
        let support::Step::Page { status, html } = person.authorize(&parameters).await else {
            panic!("{code} travelled")
        };
        assert_eq!(status, 400);
        assert!(html.contains(code), "{code}: {html}");
        assert!(!html.contains("<script>alert"));
    }
    let unknown = format!("{}/contoso.onmicrosoft.com/oauth2/v2.0/authorize", running.sign_in_url());
    assert!(person.get(&unknown, &good).await.page().contains("AADSTS90002"));
    let common = format!("{}/common/oauth2/v2.0/authorize", running.sign_in_url());
    assert!(person.get(&common, &good).await.page().contains("AADSTS50194"));
}

#[tokio::test]
async fn what_the_app_is_told() {
    let running = start().await;
    let person = Person::new(&running);
    let good = authorize_parameters(&running);
    let graph = running.graph_url();
    let cases = [
        ("response_type", "token".to_owned(), "unsupported_response_type", "AADSTS700054"),
        ("response_type", String::new(), "invalid_request", "AADSTS900144"),
        ("response_mode", "web_message".to_owned(), "invalid_request", "AADSTS70007"),
        ("scope", String::new(), "invalid_request", "AADSTS900144"),
        ("scope", format!("{graph}/Nonsense.All"), "invalid_scope", "AADSTS70011"),
        ("scope", "https://unknown.example/Read".to_owned(), "invalid_resource", "AADSTS500011"),
        (
            "scope",
            format!("{graph}/User.Read 00000003-0000-0ff1-ce00-000000000000/.default"),
            "invalid_request",
            "AADSTS28000",
        ),
        ("code_challenge_method", "plain".to_owned(), "invalid_request", "AADSTS50149"),
        ("code_challenge_method", String::new(), "invalid_request", "AADSTS50149"),
        ("code_challenge", "short".to_owned(), "invalid_request", "AADSTS501491"),
        ("prompt", "surprise".to_owned(), "invalid_request", "AADSTS90023"),
        ("prompt", "none".to_owned(), "login_required", "AADSTS50058"),
    ];
    for (name, value, error, code) in cases {
        let parameters = person.authorize(&with(good.clone(), name, &value)).await.parameters();
        let get = |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        assert_eq!(get("error").as_deref(), Some(error), "{name}={value}");
        assert!(get("error_description").unwrap().starts_with(&format!("{code}: ")), "{name}={value}: {parameters:?}");
        assert_eq!(get("state").as_deref(), Some("s t+ate&=#"));
    }
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
    let cancelled = person.press(&page, "Cancel").await.parameters();
    assert_eq!(cancelled[0].1, "access_denied");
    // Accepting by hand does not help.
    let forged = page.replace("value=\"cancel\"", "value=\"accept\"");
    assert_eq!(person.press(&forged, "Cancel").await.parameters()[0].1, "access_denied");
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
    let out = person.get(&logout, &to(&home)).await;
    assert!(matches!(&out, support::Step::Redirect(address) if *address == format!("{home}?state=x")), "{out:?}");
    assert_eq!(person.authorize(&silent).await.parameters()[0].1, "login_required");
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
async fn each_refusal_of_a_redemption() {
    let running = start().await;
    let code = fresh_code(&running).await;
    let good = redemption(&running, &code);
    let cases = [
        ("grant_type", "", 400, "invalid_request", 900_144),
        ("grant_type", "password", 400, "unsupported_grant_type", 70003),
        ("client_id", "", 400, "invalid_request", 900_144),
        ("client_id", "11111111-1111-1111-1111-111111111111", 400, "unauthorized_client", 700_016),
        ("client_id", "not-a-guid", 400, "unauthorized_client", 700_038),
        ("client_secret", "s3cret", 401, "invalid_client", 700_025),
        ("code", "", 400, "invalid_request", 900_144),
        ("code", "invented", 400, "invalid_grant", 70000),
        ("redirect_uri", "", 400, "invalid_request", 900_144),
        ("redirect_uri", "http://localhost:1/", 400, "invalid_grant", 500_112),
        ("code_verifier", "", 400, "invalid_grant", 50148),
        ("code_verifier", "another-verifier-of-at-least-43-characters-00000", 400, "invalid_grant", 501_481),
        ("scope", "https://unknown.example/Read", 400, "invalid_resource", 500_011),
        ("scope", "Nonsense.Read", 400, "invalid_scope", 70011),
    ];
    for (name, value, status, error, number) in cases {
        let answer = token(&running, &with(good.clone(), name, value)).await;
        refused(&answer, status, error, number);
    }
    // None of them cost the code.
    assert_eq!(redeem(&running, &code).await.0, 200);
    refused(&redeem(&running, &code).await, 400, "invalid_grant", 54005);
    let unknown_tenant = client()
        .post(format!("{}/11111111-1111-1111-1111-111111111111/oauth2/v2.0/token", running.sign_in_url()))
        .form(&good)
        .send()
        .await
        .unwrap();
    refused(&(unknown_tenant.status().as_u16(), unknown_tenant.json().await.unwrap()), 400, "invalid_request", 90002);
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
            tokio::spawn(async move { request.send().await.unwrap().status().as_u16() })
        });
        let mut statuses = Vec::new();
        for attempt in attempts.collect::<Vec<_>>() {
            statuses.push(attempt.await.unwrap());
        }
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 7, "{statuses:?}");
    }
}

#[tokio::test]
async fn cross_origin_rules_of_the_token_endpoint() {
    let running =
        start_with(Emulator::builder().redirect_uri(RedirectKind::Web, "https://server.example/callback")).await;
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

    // A redirect URI of type web: the other way round.
    let web = with(authorize_parameters(&running), "redirect_uri", "https://server.example/callback");
    let code = Person::new(&running).code("Rita Reader", &web).await;
    let form = with(redemption(&running, &code), "redirect_uri", "https://server.example/callback");
    refused(&token(&running, &form).await, 400, "invalid_request", 9_002_326);
    assert_eq!(post_token(&running, &form, None).await.status(), 200);
}

#[tokio::test]
async fn preflights_and_documents_are_open_to_any_origin() {
    let running = start().await;
    let base = format!("{}/{}", running.sign_in_url(), running.tenant_id());
    for path in ["/v2.0/.well-known/openid-configuration", "/discovery/v2.0/keys"] {
        let answer =
            client().get(format!("{base}{path}")).header("origin", "https://any.example").send().await.unwrap();
        assert_eq!(answer.headers()["access-control-allow-origin"], "https://any.example");
        assert_eq!(answer.headers()["vary"], "Origin");
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
