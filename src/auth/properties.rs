//! Whatever the network answers: nothing panics, and nothing but the truth becomes a session. What is generated is
//! bytes without any sense, and true documents in which one thing is another.

use std::rc::Rc;
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use url::Url;

use super::callback::Callback;
use super::discovery::{DiscoveryError, Metadata, discover};
use super::id_token::{Expected, IdTokenError, Identified, verify};
use super::keys::Keys;
use super::pending::{PendingSignIn, Purpose};
use super::scopes::Wanted;
use super::secret::Secret;
use super::session::Session;
use super::testing::{
    self, AUTHORITY, CLIENT_ID, Fake, HostCrypto, ISSUER, NOW, TENANT, claims, cloud, discovery_document,
    id_token_header, jwks, metadata, service, sign, token_answer,
};
use super::token_endpoint::redeem;
use crate::http::Response;

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Any JSON, small.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            vec(("[a-z]{1,4}", inner), 0..3).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn answer(status: u16, body: Vec<u8>) -> Response {
    Response { status, headers: vec![("Content-Type".into(), "application/json".into())], body }
}

/// The true documents, by the end of their address. Made once: a signature takes milliseconds.
static TRUTH: LazyLock<[(&str, Value); 4]> = LazyLock::new(|| {
    [("openid-configuration", discovery_document()), ("keys", jwks()), ("keys", jwks()), ("token", token_answer())]
});

/// A network on which each document is the true one, but for those that are given.
fn network(others: &[(&'static str, Response)]) -> Rc<Fake> {
    let fake = Rc::new(Fake::new());
    for (end, truth) in TRUTH.iter() {
        match others.iter().find(|(other, _)| other == end) {
            Some((_, response)) => fake.answer(end, Ok(response.clone())),
            None => fake.answer_json(end, 200, truth),
        }
    }
    fake
}

/// The true id token.
fn good() -> String {
    TRUTH[3].1["id_token"].as_str().unwrap().to_owned()
}

fn opens(others: &[(&'static str, Response)]) -> bool {
    let pending = PendingSignIn { issuer: ISSUER.into(), ..testing::pending(Purpose::SignIn) };
    run(Session::open(Rc::new(service(&network(others))), &pending, &Secret::new("the-code"))).is_ok()
}

fn verified(token: &str) -> Result<Identified, IdTokenError> {
    let nonce = Secret::new("the-nonce");
    let (tenant, client_id) = (TENANT.parse().unwrap(), CLIENT_ID.parse().unwrap());
    let expected = Expected { issuer: ISSUER, tenant, client_id, nonce: Some(&nonce), now: NOW };
    let keys = Keys::new(network(&[]), metadata().jwks_uri, metadata().issuer);
    run(verify(&Secret::new(token), expected, &keys, &HostCrypto))
}

fn discovered(document: &Value) -> Result<Metadata, DiscoveryError> {
    let body = document.to_string().into_bytes();
    run(discover(&*network(&[("openid-configuration", answer(200, body))]), &cloud(), TENANT))
}

#[test]
fn the_truth_opens_a_session() {
    assert!(opens(&[]));
    assert!(verified(&good()).is_ok());
}

proptest! {
    #[test]
    fn a_fragment_of_any_kind_is_no_answer_but_the_right_one(
        text in any::<String>(),
        pairs in vec(("code|state|iss|error|suberror|x", prop_oneof![Just("the-state".to_owned()), "[a-z%&=]{0,6}"]), 0..6),
    ) {
        // SEC-020, SEC-023, SEC-025
        let structured = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        for fragment in [text, structured] {
            let Some(callback) = Callback::parse(&fragment) else { continue };
            let Ok(answer) = callback.check(Some(testing::pending(Purpose::SignIn)), NOW) else { continue };
            let given: Vec<(String, String)> = url::form_urlencoded::parse(fragment.as_bytes()).into_owned().collect();
            let all = |name: &str| given.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect::<Vec<_>>();
            prop_assert_eq!(all("state"), ["the-state"]);
            prop_assert!(all("iss").is_empty());
            prop_assert_eq!(all("code").len() + all("error").len(), 1);
            prop_assert_eq!(answer.result.ok().map(|code| code.reveal().to_owned()), all("code").first().map(|code| (*code).to_owned()));
        }
    }

    #[test]
    fn text_of_any_kind_is_no_id_token(text in any::<String>(), parts in vec("[A-Za-z0-9_=-]{0,40}", 0..5)) {
        // SEC-040
        prop_assert!(verified(&text).is_err());
        prop_assert!(verified(&parts.join(".")).is_err());
    }

}

proptest! {
    // A signature takes milliseconds.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn an_id_token_with_one_other_letter_is_none(at in any::<prop::sample::Index>(), letter in "[A-Za-z0-9_.=-]") {
        // SEC-042
        let good = good();
        let at = at.index(good.len());
        let mut other = good.clone();
        other.replace_range(at..=at, &letter);
        prop_assert_eq!(verified(&other).is_ok(), other == good);
        prop_assert!(verified(&good[..at]).is_err());
    }

    #[test]
    fn discovery_never_leads_elsewhere(member in 0_usize..5, value in any_json(), host in "[a-z.:@/\\\\#?]{0,24}") {
        // SEC-007, SEC-024
        let names = ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"];
        for value in [value, format!("{AUTHORITY}{host}").into(), format!("https://{host}").into()] {
            let mut document = discovery_document();
            document[names[member]] = value;
            let Ok(found) = discovered(&document) else { continue };
            let authority = Url::parse(AUTHORITY).unwrap();
            let mut endpoints = vec![found.authorization_endpoint, found.token_endpoint, found.jwks_uri];
            endpoints.extend(found.end_session_endpoint);
            prop_assert!(endpoints.iter().all(|url| url.origin() == authority.origin() && url.username().is_empty()));
            prop_assert_eq!(found.issuer, ISSUER);
        }
    }

    #[test]
    fn bytes_of_any_kind_open_no_session(
        document in 0_usize..3,
        status in prop_oneof![Just(200_u16), 100_u16..600],
        body in prop_oneof![vec(any::<u8>(), 0..80), any_json().prop_map(|value| value.to_string().into_bytes())],
        cut in any::<prop::sample::Index>(),
    ) {
        let (end, truth) = &TRUTH[[0, 1, 3][document]];
        let truth = truth.to_string().into_bytes();
        let half = truth[..cut.index(truth.len())].to_vec();
        prop_assert!(!opens(&[(end, answer(status, body))]));
        prop_assert!(!opens(&[(end, answer(200, half))]));
    }

    #[test]
    fn a_token_answer_is_whole_or_an_error(
        member in "access_token|expires_in|token_type|refresh_token|scope|id_token|error", value in any_json(),
    ) {
        // SEC-045
        let mut changed = TRUTH[3].1.clone();
        changed[&member] = value.clone();
        let fake = network(&[("token", answer(200, changed.to_string().into_bytes()))]);
        let (code, verifier) = (Secret::new("the-code"), Secret::new("v".repeat(43)));
        let grant = run(redeem(&service(&fake), &metadata(), &code, &verifier, Wanted::Read, None));
        let fits = match member.as_str() {
            "expires_in" => value.is_u64(),
            "token_type" => value.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")),
            "access_token" => value.is_string(),
            "error" => value.is_null(),
            _ => value.is_string() || value.is_null(),
        };
        prop_assert_eq!(grant.is_ok(), fits);
    }

    #[test]
    fn a_key_with_one_other_member_proves_nothing_it_should_not(
        member in "kty|use|alg|kid|n|e|issuer", value in any_json(),
    ) {
        let mut changed = jwks();
        let truth = std::mem::replace(&mut changed["keys"][0][&member], value.clone());
        let takes = value == truth || (value.is_null() && ["use", "alg", "issuer"].contains(&member.as_str()));
        prop_assert_eq!(opens(&[("keys", answer(200, changed.to_string().into_bytes()))]), takes, "{} {}", member, value);
    }

    #[test]
    fn a_claim_of_another_kind_proves_nothing(
        name in "iss|aud|exp|iat|nonce|tid|oid|sub", value in any_json(),
    ) {
        // SEC-041
        let mut changed = claims();
        changed[&name] = value.clone();
        let now = NOW.unix_millis() as f64 / 1000.0;
        let fits = match name.as_str() {
            "exp" => value.as_f64().is_some_and(|end| end > now - 300.0),
            "iat" => value.as_f64().is_some_and(|begin| begin <= now + 300.0),
            "sub" => value.as_str().is_some_and(|subject| !subject.is_empty()),
            // No generated text is an id, an issuer or the nonce.
            _ => false,
        };
        prop_assert_eq!(verified(&sign(&id_token_header(), &changed)).is_ok(), fits);
    }

    #[test]
    fn a_header_of_another_kind_proves_nothing(name in "alg|kid|crit", value in any_json()) {
        let mut changed = id_token_header();
        changed[&name] = value.clone();
        let fits = value.is_null() && name != "alg";
        prop_assert_eq!(verified(&sign(&changed, &claims())).is_ok(), fits);
    }
}

#[test]
fn a_list_is_not_taken_for_an_object() {
    // A derived reader takes a list in a struct's place; that the right things are in it must not help.
    let discovery = discovery_document();
    let names = ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"];
    let list: Vec<_> = names.iter().map(|name| discovery[name].clone()).collect();
    assert!(discovered(&json!(list)).is_err());
}
