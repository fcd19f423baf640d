//! Answers of a sign-in service that nobody should believe: every one of the negative list is refused with words of its
//! own, before a token is asked for or before a session begins. The names are those of OpenID's conformance suite,
//! where it has one.

use anyhow::Context as _;
use e2e::{
    Result, World,
    find::until,
    pages::{AccountPage, IdentitiesPage, Shell, SignInPage},
    scenario,
};
use emulator::{Fault, FaultId, IdTokenForge, Matcher, Refusal, Site};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

const ADA: &str = "Ada Admin";
const OTHER_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

fn token_endpoint() -> Matcher {
    Matcher::sign_in().method("POST").path_ends_with("/token")
}

fn keys() -> Matcher {
    Matcher::sign_in().path_ends_with("/keys")
}

fn discovery() -> Matcher {
    Matcher::sign_in().path_ends_with("/openid-configuration")
}

/// Seconds since 1970, so many from now.
fn from_now(seconds: i64) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    json!(i64::try_from(now).unwrap_or_default() + seconds)
}

/// A parameter of the last request for a sign-in.
fn asked(world: &World, name: &str) -> Result<String> {
    let requests = world.asked(Site::SignIn);
    let last = requests.iter().rfind(|request| request.path.ends_with("/authorize")).context("nobody asked")?;
    let found = url::form_urlencoded::parse(last.query.as_bytes()).find(|(given, _)| given == name);
    Ok(found.with_context(|| format!("no {name}"))?.1.into_owned())
}

/// From the start page to the page where one chooses an account.
async fn leave(world: &World) -> Result<()> {
    if !SignInPage(world).is_there().await? {
        world.open("/").await?;
    }
    SignInPage(world).sign_in().await?;
    AccountPage(world).is_shown().await
}

/// The browser is back, and the page says why nobody is signed in: all its words, folded or not.
async fn refusal(world: &World) -> Result<String> {
    until("the explanation", || async {
        let script = "return location.origin === arguments[0] && document.querySelector('[role=alert]')?.textContent";
        let text = world.browser.script(script, vec![json!(world.emulator.app_url())]).await?;
        Ok(text.as_str().map(str::to_owned).ok_or_else(|| "there is none".to_owned()))
    })
    .await
}

/// It is refused with these words; nothing is kept, nothing asked of Graph, and so many times a token.
async fn refused(world: &World, what: &str, words: &str, token_requests: usize) -> Result<()> {
    let text = refusal(world).await.with_context(|| what.to_owned())?;
    assert!(text.contains(words), "{what}: `{words}` is not in: {text}");
    assert_eq!(world.token_requests(), token_requests, "{what}: token requests");
    assert!(world.asked(Site::Graph).is_empty(), "{what}: Graph was asked");
    assert!(SignInPage(world).is_there().await?, "{what}: there is a session");
    assert_eq!(world.path().await?, "/", "{what}: the address");
    let kept = "return Object.keys(sessionStorage).concat(Object.keys(localStorage)).join()";
    assert_eq!(world.browser.script(kept, Vec::new()).await?, "", "{what}: something is kept");
    world.emulator.lift_all();
    world.emulator.clear_log();
    Ok(())
}

/// It is taken; afterwards nobody is signed in any more.
async fn taken(world: &World, what: &str) -> Result<()> {
    IdentitiesPage(world).is_loaded().await.with_context(|| what.to_owned())?;
    world.browser.script("sessionStorage.clear()", Vec::new()).await?;
    world.emulator.lift_all();
    world.emulator.clear_log();
    world.open("/").await
}

/// A sign-in that is answered with this in the place of the true id token.
async fn answered_with(world: &World, id_token: impl Into<Value>) -> Result<()> {
    world.emulator.fail_next(token_endpoint(), Fault::merged(json!({ "id_token": id_token.into() })));
    AccountPage(world).choose(ADA).await
}

/// The id token that this attempt would get, to be forged.
fn good<'w>(world: &'w World, nonce: &str) -> IdTokenForge<'w> {
    world.emulator.forge_id_token(ADA, Some(nonce))
}

type Forge = fn(IdTokenForge<'_>) -> IdTokenForge<'_>;
type Mangle = fn(&str) -> String;

fn is_wrong(claim: &str) -> String {
    format!("the id token's claim \"{claim}\" is wrong")
}

fn is_missing(claim: &str) -> String {
    format!("the id token's claim \"{claim}\" is missing")
}

#[test]
fn an_id_token_with_a_wrong_claim_is_refused() -> Result<()> {
    // SEC-041, SEC-044
    let forged: [(&str, String, Forge); 20] = [
        ("invalid-iss", is_wrong("iss"), |forge| forge.claims(json!({ "iss": "https://login.evil.test/v2.0" }))),
        ("missing-iss", is_missing("iss"), |forge| forge.claims(json!({ "iss": null }))),
        ("invalid-aud", is_wrong("aud"), |forge| forge.claims(json!({ "aud": OTHER_TENANT }))),
        ("missing-aud", is_missing("aud"), |forge| forge.claims(json!({ "aud": null }))),
        ("invalid-expired-exp", "the id token has expired".into(), |forge| {
            forge.claims(json!({ "exp": from_now(-301) }))
        }),
        ("missing-exp", is_missing("exp"), |forge| forge.claims(json!({ "exp": null }))),
        ("exp as a text", "the id token's claims cannot be read".into(), |forge| {
            forge.claims(json!({ "exp": "9999999999" }))
        }),
        ("iat in the future", "the id token's claim \"iat\" lies in the future".into(), |forge| {
            forge.claims(json!({ "iat": from_now(400) }))
        }),
        ("missing-iat", is_missing("iat"), |forge| forge.claims(json!({ "iat": null }))),
        ("nbf in the future", "the id token's claim \"nbf\" lies in the future".into(), |forge| {
            forge.claims(json!({ "nbf": from_now(400) }))
        }),
        ("missing-sub", is_missing("sub"), |forge| forge.claims(json!({ "sub": null }))),
        ("empty sub", is_wrong("sub"), |forge| forge.claims(json!({ "sub": "" }))),
        ("invalid-nonce", is_wrong("nonce"), |forge| forge.claims(json!({ "nonce": "another" }))),
        ("missing-nonce", is_missing("nonce"), |forge| forge.claims(json!({ "nonce": null }))),
        ("empty nonce", is_wrong("nonce"), |forge| forge.claims(json!({ "nonce": "" }))),
        ("another tenant", is_wrong("tid"), |forge| forge.claims(json!({ "tid": OTHER_TENANT }))),
        ("missing tid", is_missing("tid"), |forge| forge.claims(json!({ "tid": null }))),
        ("a user name for an oid", is_wrong("oid"), |forge| forge.claims(json!({ "oid": "ada@contoso.test" }))),
        ("missing oid", is_missing("oid"), |forge| forge.claims(json!({ "oid": null }))),
        // Its keys are the tenant's own, and it says who it is: only the pinned issuer tells.
        ("a token of another tenant", is_wrong("iss"), |forge| {
            forge.claims(json!({ "iss": format!("https://login.evil.test/{OTHER_TENANT}/v2.0"), "tid": OTHER_TENANT }))
        }),
    ];
    scenario(async |world| {
        for (what, words, forge) in forged {
            leave(world).await?;
            answered_with(world, forge(good(world, &asked(world, "nonce")?)).sign()).await?;
            refused(world, what, &words, 1).await?;
        }
        // Two audiences of which one is ours: the client is known only here.
        leave(world).await?;
        let secondary = json!({ "aud": [world.emulator.client_id(), OTHER_TENANT] });
        answered_with(world, good(world, &asked(world, "nonce")?).claims(secondary).sign()).await?;
        refused(world, "secondary-aud", &is_wrong("aud"), 1).await?;

        leave(world).await?;
        answered_with(world, Value::Null).await?;
        refused(world, "missing id token", "there is no id token", 1).await
    })
}

#[test]
fn an_id_token_that_nothing_is_wrong_with_is_taken() -> Result<()> {
    scenario(async |world| {
        let week = 7 * 86400;
        let accepted: [(&str, Value, Value); 4] = [
            ("the token as it is", json!({}), json!({})),
            ("iat-is-week-in-past", json!({}), json!({ "iat": from_now(-week), "nbf": from_now(-week) })),
            ("kid-absent-single-jwks", json!({ "kid": null, "x5t": null }), json!({})),
            // SEC-043
            (
                "keys of its own, which are ignored",
                json!({ "jku": "http://localhost:9/", "jwk": world.emulator.unpublished_key(), "x5u": "http://localhost:9/", "x5c": ["x"] }),
                json!({}),
            ),
        ];
        for (what, header, claims) in accepted {
            leave(world).await?;
            answered_with(world, good(world, &asked(world, "nonce")?).header(header).claims(claims).sign()).await?;
            taken(world, what).await?;
        }
        // A key that the app has not seen yet is asked for once more.
        let before = world.emulator.published_keys();
        world.emulator.rotate_keys(true);
        leave(world).await?;
        world.emulator.fail_next(keys(), Fault::merged(before));
        AccountPage(world).choose(ADA).await?;
        IdentitiesPage(world).is_loaded().await?;
        let asked = world.asked(Site::SignIn).into_iter().filter(|request| request.path.ends_with("/keys")).count();
        assert_eq!(asked, 2);
        Ok(())
    })
}

#[test]
fn an_id_token_with_another_signature_is_refused() -> Result<()> {
    // SEC-040, SEC-042, SEC-043
    const ALGORITHM: &str = "the id token is not signed with RS256";
    const UNKNOWN: &str = "the id token names a key that the tenant does not have";
    const BROKEN: &str = "the id token's signature does not hold";
    const UNREADABLE: &str = "the id token's header cannot be read";
    let forged: [(&str, &str, Forge); 11] = [
        // The signature of each of these does hold, by RS256: that the name of the algorithm counts is what is shown.
        ("idtoken-sig-none", ALGORITHM, |forge| forge.header(json!({ "alg": "none" }))),
        ("invalid-null-alg", UNREADABLE, |forge| forge.header(json!({ "alg": null }))),
        ("invalid-sig-hs256", ALGORITHM, |forge| forge.header(json!({ "alg": "HS256" }))),
        ("invalid-sig-es256", ALGORITHM, |forge| forge.header(json!({ "alg": "ES256" }))),
        ("invalid-alternate-alg", ALGORITHM, |forge| forge.header(json!({ "alg": "PS256" }))),
        ("alg in small letters", ALGORITHM, |forge| forge.header(json!({ "alg": "rs256" }))),
        ("crit", "the id token has critical headers", |forge| forge.header(json!({ "crit": ["exp"], "exp": 1 }))),
        ("an unknown kid", UNKNOWN, |forge| forge.header(json!({ "kid": "nobody's" }))),
        ("invalid-sig-rs256", BROKEN, |forge| forge.by_a_stranger()),
        ("kid-absent, signed by a stranger", BROKEN, |forge| {
            forge.header(json!({ "kid": null, "x5t": null })).by_a_stranger()
        }),
        ("kid as a number", UNREADABLE, |forge| forge.header(json!({ "kid": 1 }))),
    ];
    scenario(async |world| {
        for (what, words, forge) in forged {
            leave(world).await?;
            answered_with(world, forge(good(world, &asked(world, "nonce")?)).sign()).await?;
            refused(world, what, words, 1).await?;
        }
        // A stranger's token that brings the key it was signed with.
        let theirs = world.emulator.unpublished_key();
        let header = json!({ "kid": theirs["kid"], "jwk": theirs });
        leave(world).await?;
        answered_with(world, good(world, &asked(world, "nonce")?).header(header).by_a_stranger().sign()).await?;
        refused(world, "a key in the header", UNKNOWN, 1).await?;

        let mangled: [(&str, &str, Mangle); 8] = [
            ("invalid-signature", BROKEN, |token| {
                let (signed, signature) = token.rsplit_once('.').unwrap_or_default();
                let other = if signature.starts_with('A') { 'B' } else { 'A' };
                format!("{signed}.{other}{}", signature.get(1..).unwrap_or_default())
            }),
            ("no signature", BROKEN, |token| format!("{}.", token.rsplit_once('.').unwrap_or_default().0)),
            ("two parts", "the id token's three parts cannot be read", |_| "e30.e30".to_owned()),
            ("four parts", "the id token's claims cannot be read", |token| format!("{token}.AAAA")),
            ("padding", "the id token's signature cannot be read", |token| format!("{token}=")),
            ("no base64url", UNREADABLE, |token| format!("+{token}")),
            ("a list for a header", UNREADABLE, |token| {
                format!("WyJSUzI1NiJd.{}", token.split_once('.').unwrap_or_default().1)
            }),
            ("an empty text", "the id token's three parts cannot be read", |_| String::new()),
        ];
        for (what, words, mangle) in mangled {
            leave(world).await?;
            answered_with(world, mangle(&good(world, &asked(world, "nonce")?).sign())).await?;
            refused(world, what, words, 1).await?;
        }
        Ok(())
    })
}

#[test]
fn keys_that_are_not_the_tenants_prove_nothing() -> Result<()> {
    // SEC-042
    const UNKNOWN: &str = "the id token names a key that the tenant does not have";
    scenario(async |world| {
        world.expect_status(503);
        let ours = world.emulator.published_keys()["keys"][0].clone();
        let with = |member: &str, value: Value| {
            let mut key = ours.clone();
            key[member] = value;
            json!({ "keys": [key] })
        };
        let sets = [
            ("no keys", json!({ "keys": [] }), UNKNOWN),
            (
                "another tenant's key",
                with("issuer", format!("https://login.evil.test/{OTHER_TENANT}/v2.0").into()),
                UNKNOWN,
            ),
            ("a key to encrypt with", with("use", "enc".into()), UNKNOWN),
            ("a key of another algorithm", with("alg", "HS256".into()), UNKNOWN),
            ("a key of another kind", with("kty", "EC".into()), UNKNOWN),
            ("a key that is too short", with("n", "AQAB".into()), UNKNOWN),
            (
                "another key of that name",
                with("n", world.emulator.unpublished_key()["n"].clone()),
                "the id token's signature does not hold",
            ),
            ("no key set", json!({ "keys": null }), r#""keys" is missing or wrong"#),
        ];
        for (what, set, words) in sets {
            leave(world).await?;
            world.emulator.fail_always(keys(), Fault::merged(set));
            AccountPage(world).choose(ADA).await?;
            refused(world, what, words, 1).await?;
        }
        leave(world).await?;
        world.emulator.fail_always(keys(), Fault::status(503).header("access-control-allow-origin", "*"));
        AccountPage(world).choose(ADA).await?;
        let text = refusal(world).await?;
        assert!(text.contains("Microsoft's sign-in service is busy"), "{text}");
        assert!(world.asked(Site::Graph).is_empty());
        world.emulator.lift_all();
        world.browser.script("sessionStorage.clear()", Vec::new()).await?;

        // Whose of two, nobody says.
        world.emulator.rotate_keys(false);
        world.open("/").await?;
        world.emulator.clear_log();
        leave(world).await?;
        let nameless = json!({ "kid": null, "x5t": null });
        answered_with(world, good(world, &asked(world, "nonce")?).header(nameless).sign()).await?;
        let words = "the id token does not say which of the tenant's keys it is signed with";
        refused(world, "kid-absent-multiple-jwks", words, 1).await
    })
}

#[test]
fn half_an_answer_is_no_session() -> Result<()> {
    // SEC-045
    scenario(async |world| {
        let answers = [
            ("no access token", json!({ "access_token": null }), r#""access_token" is missing or wrong"#),
            (
                "token-endpoint-response-without-expires_in",
                json!({ "expires_in": null }),
                r#""expires_in" is missing or wrong"#,
            ),
            ("a lifetime below nothing", json!({ "expires_in": -1 }), r#""expires_in" is missing or wrong"#),
            ("no token type", json!({ "token_type": null }), r#""token_type" is missing or wrong"#),
            ("another token type", json!({ "token_type": "DPoP" }), r#""token_type" is missing or wrong"#),
            ("a success and an error", json!({ "error": "invalid_grant" }), r#""error" is missing or wrong"#),
        ];
        for (what, patch, words) in answers {
            leave(world).await?;
            world.emulator.fail_next(token_endpoint(), Fault::merged(patch));
            AccountPage(world).choose(ADA).await?;
            let text = refusal(world).await?;
            assert!(text.contains(words), "{what}: `{words}` is not in: {text}");
            assert_eq!(world.token_requests(), 1, "{what}");
            assert!(world.asked(Site::Graph).is_empty(), "{what}");
            world.browser.script("sessionStorage.clear()", Vec::new()).await?;
            world.emulator.clear_log();
        }
        // The letters of the type do not matter.
        leave(world).await?;
        world.emulator.fail_next(token_endpoint(), Fault::merged(json!({ "token_type": "bEARER" })));
        AccountPage(world).choose(ADA).await?;
        taken(world, "token type in other letters").await
    })
}

#[test]
fn a_sign_in_service_that_names_others_is_not_asked() -> Result<()> {
    // SEC-007, SEC-024
    scenario(async |world| {
        let own = world.emulator.sign_in_url().to_owned();
        let issuer = |issuer: String| (json!({ "issuer": issuer }), format!("names another issuer: {issuer}"));
        let mut documents = vec![
            issuer(format!("{own}/{OTHER_TENANT}/v2.0")),
            issuer(format!("{own}.evil.test/{}/v2.0", world.emulator.tenant_id())),
            issuer(format!("{own}/{{tenantid}}/v2.0")),
        ];
        for name in ["authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"] {
            let words = format!("names an endpoint elsewhere: {name}");
            documents.push((json!({ (name): "https://login.evil.test/x" }), words));
        }
        for (patch, words) in documents {
            world.open("/").await?;
            world.emulator.fail_next(discovery(), Fault::merged(patch));
            SignInPage(world).sign_in().await?;
            refused(world, &words, &words, 0).await?;
            assert!(!world.asked(Site::SignIn).iter().any(|request| request.path.ends_with("/authorize")));
        }
        Ok(())
    })
}

#[test]
fn an_answer_of_another_tenant_than_was_asked_is_not_redeemed() -> Result<()> {
    // SEC-024: the deployment names its tenant by a domain, which is another tenant's when the browser is back.
    scenario(async |world| {
        let config = json!({
            "cloud": { "name": "Moved", "authority": world.emulator.sign_in_url(), "graph": world.emulator.graph_url() },
            "tenant": "larkspurfreight.onmicrosoft.com", "clientId": world.emulator.client_id(),
        });
        let own = format!("{}/{}/v2.0", world.emulator.sign_in_url(), world.emulator.tenant_id());
        let elsewhere = format!("{}/{OTHER_TENANT}/v2.0", world.emulator.sign_in_url());
        let says = |issuer: &str| {
            let base = format!("{}/{}", world.emulator.sign_in_url(), world.emulator.tenant_id());
            Fault::status(200)
                .json(&json!({
                    "issuer": issuer,
                    "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
                    "token_endpoint": format!("{base}/oauth2/v2.0/token"),
                    "jwks_uri": format!("{base}/discovery/v2.0/keys"),
                }))
                .header("access-control-allow-origin", "*")
        };
        world.emulator.fail_always(Matcher::app().path_ends_with("/config.json"), Fault::default().json(&config));
        let before: FaultId = world.emulator.fail_always(discovery(), says(&own));
        world.open("/").await?;
        leave(world).await?;
        world.emulator.lift(before);
        world.emulator.fail_always(discovery(), says(&elsewhere));
        AccountPage(world).choose(ADA).await?;
        refused(world, "another issuer", "This deployment changed while you signed in", 0).await
    })
}

#[test]
fn a_callback_that_does_not_fit_leads_to_no_request() -> Result<()> {
    // SEC-020, SEC-023, SEC-025, SEC-026
    scenario(async |world| {
        // Chromium looks for one beside config.json.
        world.expect_in_console("favicon.ico");
        let answers = [
            ("two codes", "code=a-code&code=another&state={state}", "The answer says a thing twice"),
            ("two states", "code=a-code&state={state}&state={state}", "The answer says a thing twice"),
            ("another state", "code=a-code&state=another", "The answer belongs to another sign-in"),
            ("no state", "code=a-code", "The answer does not say what it answers"),
            ("an empty state", "code=a-code&state=", "The answer does not say what it answers"),
            ("neither code nor error", "state={state}", "The answer is incomplete"),
            ("an empty code", "code=&state={state}", "The answer is incomplete"),
            ("a code and an error", "code=a-code&error=access_denied&state={state}", "The answer is incomplete"),
            ("an id token", "id_token=a&state={state}", "The answer is incomplete"),
            (
                "invalid-authorization-response-iss",
                "code=a-code&state={state}&iss=https%3A%2F%2Flogin.evil.test",
                "The answer comes from another sign-in service",
            ),
            (
                "an error in words of somebody's own",
                "error=server_error&error_description=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&state={state}",
                "<img src=x onerror=alert(1)>",
            ),
        ];
        for (what, fragment, words) in answers {
            leave(world).await?;
            let fragment = fragment.replace("{state}", &asked(world, "state")?);
            world.open(&format!("/#{fragment}")).await?;
            refused(world, what, words, 0).await?;
            let made = "return document.querySelectorAll('img').length";
            assert_eq!(world.browser.script(made, Vec::new()).await?, 0, "{what}: it became markup");
        }
        // What the tab kept of the attempt is from eleven minutes ago.
        leave(world).await?;
        let answer = format!("/#code=a-code&state={}", asked(world, "state")?);
        world.open("/config.json").await?;
        let earlier =
            "const kept = JSON.parse(sessionStorage.getItem('rolegrant.sign-in')); kept.started -= 11 * 60_000;
            sessionStorage.setItem('rolegrant.sign-in', JSON.stringify(kept))";
        world.browser.script(earlier, Vec::new()).await?;
        world.open(&answer).await?;
        refused(world, "an old attempt", "The sign-in took too long", 0).await
    })
}

#[test]
fn an_answer_is_out_of_the_address_and_the_storage_before_anything_is_asked() -> Result<()> {
    // SEC-021, SEC-022
    scenario(async |world| {
        world.open("/?q=stock").await?;
        SignInPage(world).is_shown().await?;
        leave(world).await?;
        // The first thing that the app asks for when it is back never comes.
        world.emulator.fail_next(Matcher::app().path_ends_with("/config.json"), Fault::hang());
        AccountPage(world).choose(ADA).await?;
        world.faults_have_struck().await?;
        world.is_at("/?q=stock").await?;
        let kept = "return Object.keys(sessionStorage).join()";
        assert_eq!(world.browser.script(kept, Vec::new()).await?, "", "the attempt can be replayed");
        assert_eq!(world.token_requests(), 0);

        // A reload in the middle of it redeems nothing.
        world.open("/?q=stock").await?;
        world.browser.driver.refresh().await?;
        SignInPage(world).is_shown().await?;
        assert_eq!(world.token_requests(), 0);
        Ok(())
    })
}

#[test]
fn after_the_sign_in_the_app_goes_to_pages_of_its_own_alone() -> Result<()> {
    // SEC-027
    scenario(async |world| {
        world.expect_in_console("favicon.ico");
        for path in ["//evil.test/", "/\\evil.test/", "https://evil.test/", "javascript:alert(1)", "/\n/evil.test"] {
            leave(world).await?;
            let back = world.browser.driver.current_url().await?;
            world.open("/config.json").await?;
            let changed =
                "const kept = JSON.parse(sessionStorage.getItem('rolegrant.sign-in')); kept.returnPath = arguments[0];
                sessionStorage.setItem('rolegrant.sign-in', JSON.stringify(kept))";
            world.browser.script(changed, vec![json!(path)]).await?;
            world.browser.driver.goto(back.as_str()).await?;
            AccountPage(world).choose(ADA).await?;
            IdentitiesPage(world).is_loaded().await?;
            world.is_at("/").await?;
            taken(world, path).await?;
        }
        Ok(())
    })
}

#[test]
fn the_answer_of_another_tab_is_not_taken() -> Result<()> {
    // SEC-028
    scenario(async |world| {
        let driver = &world.browser.driver;
        leave(world).await?;
        let (first, first_state) = (driver.window().await?, asked(world, "state")?);
        let second = driver.new_tab().await?;
        driver.switch_to_window(second.clone()).await?;
        world.open("/").await?;
        leave(world).await?;

        // The first tab's answer in the second, and in a third that asked for nothing.
        world.open(&format!("/#code=a-code&state={first_state}")).await?;
        refused(world, "the answer of another tab", "The answer belongs to another sign-in", 0).await?;
        let third = driver.new_tab().await?;
        driver.switch_to_window(third).await?;
        world.open(&format!("/#code=a-code&state={first_state}")).await?;
        refused(world, "an answer to nothing", "This tab was not waiting for a sign-in", 0).await?;

        driver.switch_to_window(second).await?;
        leave(world).await?;
        driver.switch_to_window(first).await?;
        AccountPage(world).choose(ADA).await?;
        Shell(world).is_shown(ADA).await?;
        assert_eq!(world.token_requests(), 1);
        Ok(())
    })
}

/// SEC-047
fn renewed_for_another_account(challenged: bool) -> Result<()> {
    scenario(async |world| {
        world.expect_status(401);
        Shell(world).sign_in_at("/?q=rg-identity-prod", ADA).await?;
        IdentitiesPage(world).is_loaded().await?;
        let other = world.emulator.forge_id_token("Carl Cloud", None).sign();
        let renewal = token_endpoint().body_contains("grant_type=refresh_token");
        world.emulator.fail_always(renewal, Fault::merged(json!({ "id_token": other })));
        if challenged {
            let demand = Fault::refusal(Refusal::ClaimsChallengeAfterPop);
            world.emulator.fail_always(Matcher::graph().path_contains("appRoleAssignments"), demand);
        } else {
            world.emulator.expire_access_tokens();
        }
        world.emulator.clear_log();
        IdentitiesPage(world).open("id-access-review").await?;
        world.browser.role("alert").says("Your sign-in has run out").await?;
        assert_eq!(world.token_requests(), 1, "the other account's token is not asked for again");
        let name = "return document.body.textContent.includes('Carl Cloud')";
        assert_eq!(world.browser.script(name, Vec::new()).await?, false);
        Ok(())
    })
}

#[test]
fn a_renewal_for_another_account_ends_the_session() -> Result<()> {
    renewed_for_another_account(false)
}

#[test]
fn a_challenge_met_by_another_account_ends_the_session() -> Result<()> {
    renewed_for_another_account(true)
}
