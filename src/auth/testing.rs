//! What the tests of this module share: a network of prepared answers, a clock that is set by hand, and a sign-in
//! service's documents, signed with a key made for the run.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures_util::future::LocalBoxFuture;
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::rand_core::{OsRng, RngCore as _};
use rsa::sha2::{Digest as _, Sha256};
use rsa::signature::{SignatureEncoding as _, Signer as _, Verifier as _};
use rsa::traits::PublicKeyParts as _;
use rsa::{BigUint, RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};
use url::Url;

use super::crypto::{Crypto, CryptoError, RsaKey};
use super::discovery::Metadata;
use super::pending::{AccountKey, PendingSignIn, Purpose};
use super::scopes::Wanted;
use super::secret::Secret;
use super::service::Service;
use crate::cloud::Cloud;
use crate::directory::Timestamp;
use crate::http::{Clock, Request, Response, Transport, TransportError};

pub(crate) const AUTHORITY: &str = "https://login.contoso.test";
pub(crate) const TENANT: &str = "5c6a5b1e-2aef-4e3c-9b5e-8d8c7a2b1f00";
pub(crate) const ISSUER: &str = "https://login.contoso.test/5c6a5b1e-2aef-4e3c-9b5e-8d8c7a2b1f00/v2.0";
pub(crate) const CLIENT_ID: &str = "4a8ad53e-7f0c-4f0c-9d2c-0c1ba1b8f5a4";
pub(crate) const OBJECT_ID: &str = "0b7d6f0e-6f1c-4a56-8f0e-3f6a5f1b2c3d";
pub(crate) const REDIRECT_URI: &str = "https://admin.contoso.test/rolegrant/";
/// 2026-11-23 22:31:00 UTC.
pub(crate) const NOW: Timestamp = Timestamp::from_unix_millis(1_795_473_060_000);

type Answer = Result<Response, TransportError>;

/// Answers each address whose path ends with a given text by what was prepared for it, in that order.
#[derive(Default)]
pub(crate) struct Fake {
    answers: RefCell<HashMap<&'static str, Vec<Answer>>>,
    requests: RefCell<Vec<Request>>,
}

impl Fake {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn answer(&self, path_end: &'static str, answer: Answer) {
        self.answers.borrow_mut().entry(path_end).or_default().push(answer);
    }

    pub(crate) fn answer_json(&self, path_end: &'static str, status: u16, body: &Value) {
        let headers = vec![("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned())];
        self.answer(path_end, Ok(Response { status, headers, body: body.to_string().into_bytes() }));
    }

    pub(crate) fn answer_text(&self, path_end: &'static str, status: u16, body: &str) {
        let headers = vec![("Content-Type".to_owned(), "text/html".to_owned())];
        self.answer(path_end, Ok(Response { status, headers, body: body.into() }));
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.borrow().clone()
    }

    /// The requests to addresses whose path ends so.
    pub(crate) fn count(&self, path_end: &str) -> usize {
        self.requests.borrow().iter().filter(|request| request.url.path().ends_with(path_end)).count()
    }
}

impl Transport for Fake {
    fn send(&self, request: Request) -> LocalBoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            // As a real network: others get a turn meanwhile.
            tokio::task::yield_now().await;
            let path = request.url.path().to_owned();
            self.requests.borrow_mut().push(request);
            let mut answers = self.answers.borrow_mut();
            let prepared = answers.iter_mut().find(|(end, left)| path.ends_with(**end) && !left.is_empty());
            let (_, left) = prepared.unwrap_or_else(|| panic!("no answer is prepared for {path}"));
            left.remove(0)
        })
    }
}

/// A clock that is set by hand: the time that has passed, and by how many milliseconds the wall clock was set wrong.
#[derive(Default)]
pub(crate) struct HandClock(Cell<Duration>, Cell<i64>);

impl HandClock {
    pub(crate) fn pass(&self, time: Duration) {
        self.0.set(self.0.get() + time);
    }

    pub(crate) fn set_wall_clock_wrong_by(&self, millis: i64) {
        self.1.set(millis);
    }
}

impl Clock for HandClock {
    fn monotonic(&self) -> Duration {
        Duration::from_secs(1000) + self.0.get()
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis((NOW + self.0.get()).unix_millis() + self.1.get())
    }

    fn sleep(&self, time: Duration) -> LocalBoxFuture<'_, ()> {
        self.pass(time);
        Box::pin(async {})
    }
}

pub(crate) fn cloud() -> Cloud {
    let url = |text| Url::parse(text).unwrap();
    Cloud { name: "Contoso".into(), authority: url(AUTHORITY), graph: url("https://graph.contoso.test") }
}

pub(crate) fn service(transport: &Rc<Fake>) -> Service {
    service_with_clock(transport, Rc::new(HandClock::default()))
}

pub(crate) fn service_with_clock(transport: &Rc<Fake>, clock: Rc<HandClock>) -> Service {
    Service {
        cloud: cloud(),
        tenant: TENANT.into(),
        client_id: CLIENT_ID.parse().unwrap(),
        redirect_uri: Url::parse(REDIRECT_URI).unwrap(),
        transport: transport.clone(),
        clock,
        crypto: Rc::new(HostCrypto),
    }
}

pub(crate) fn metadata() -> Metadata {
    let url = |path: &str| Url::parse(&format!("{AUTHORITY}/{TENANT}/{path}")).unwrap();
    Metadata {
        issuer: ISSUER.into(),
        tenant: TENANT.parse().unwrap(),
        authorization_endpoint: url("oauth2/v2.0/authorize"),
        token_endpoint: url("oauth2/v2.0/token"),
        jwks_uri: url("discovery/v2.0/keys"),
        end_session_endpoint: Some(url("oauth2/v2.0/logout")),
    }
}

pub(crate) fn discovery_document() -> Value {
    let metadata = metadata();
    json!({
        "issuer": metadata.issuer,
        "authorization_endpoint": metadata.authorization_endpoint.as_str(),
        "token_endpoint": metadata.token_endpoint.as_str(),
        "jwks_uri": metadata.jwks_uri.as_str(),
        "end_session_endpoint": metadata.end_session_endpoint.as_ref().map(Url::as_str),
        "response_modes_supported": ["query", "fragment", "form_post"],
    })
}

pub(crate) fn account_key() -> AccountKey {
    AccountKey { tenant: TENANT.parse().unwrap(), object_id: OBJECT_ID.parse().unwrap() }
}

/// A sign-in under way since [`NOW`].
pub(crate) fn pending(purpose: Purpose) -> PendingSignIn {
    PendingSignIn {
        state: Secret::new("the-state"),
        nonce: Secret::new("the-nonce"),
        verifier: Secret::new("the-verifier-which-is-forty-three-characters"),
        issuer: "https://login.contoso.test/issuer".into(),
        started: NOW,
        return_path: "/apis?q=b".into(),
        purpose,
        tenant: TENANT.into(),
        wanted: if purpose == Purpose::Write { Wanted::Write } else { Wanted::Read },
        claims: None,
        account: (purpose == Purpose::Write).then(account_key),
    }
}

pub(crate) fn id_token_header() -> Value {
    json!({ "typ": "JWT", "alg": "RS256", "kid": "key-1" })
}

pub(crate) fn claims() -> Value {
    let now = NOW.unix_millis() / 1000;
    json!({
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "iat": now - 300,
        "nbf": now - 300,
        "exp": now + 3600,
        "nonce": "the-nonce",
        "tid": TENANT,
        "oid": OBJECT_ID,
        "sub": "pairwise-subject",
        "name": "Ada Example",
        "preferred_username": "ada@contoso.test",
        "ver": "2.0",
    })
}

pub(crate) fn token_answer() -> Value {
    json!({
        "token_type": "Bearer",
        "scope": "https://graph.contoso.test/User.Read https://graph.contoso.test/Application.Read.All",
        "expires_in": 3600,
        "ext_expires_in": 3600,
        "access_token": "access-1",
        "refresh_token": "refresh-1",
        "id_token": sign(&id_token_header(), &claims()),
    })
}

/// The fields of a form that was sent, each of which must be there once.
pub(crate) fn form(request: &Request) -> HashMap<String, String> {
    let mut fields = HashMap::new();
    for (name, value) in url::form_urlencoded::parse(request.body.as_ref().unwrap()) {
        assert_eq!(fields.insert(name.to_string(), value.to_string()), None, "{name} twice");
    }
    fields
}

static KEY: LazyLock<RsaPrivateKey> = LazyLock::new(|| RsaPrivateKey::new(&mut OsRng, 2048).unwrap());

pub(crate) fn jwks() -> Value {
    let encode = |number: &BigUint| BASE64_URL_SAFE_NO_PAD.encode(number.to_bytes_be());
    json!({ "keys": [
        { "kty": "RSA", "use": "sig", "kid": "key-1", "n": encode(KEY.n()), "e": encode(KEY.e()), "issuer": ISSUER },
    ] })
}

/// A token with this header and these claims, signed with RS256 whatever the header says.
pub(crate) fn sign(header: &Value, claims: &Value) -> String {
    let part = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = SigningKey::<Sha256>::new(KEY.clone()).sign(signed.as_bytes());
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

/// By the rsa crate and its kin, as the browser does with its own cryptography.
pub(crate) struct HostCrypto;

impl Crypto for HostCrypto {
    fn random(&self) -> Result<[u8; 32], CryptoError> {
        let mut bytes = [0; 32];
        OsRng.try_fill_bytes(&mut bytes).map_err(|_| CryptoError)?;
        Ok(bytes)
    }

    fn sha256<'a>(&'a self, message: &'a [u8]) -> LocalBoxFuture<'a, Result<Vec<u8>, CryptoError>> {
        Box::pin(async move { Ok(Sha256::digest(message).to_vec()) })
    }

    fn verify_rs256<'a>(&'a self, key: &'a RsaKey, message: &'a [u8], signature: &'a [u8]) -> LocalBoxFuture<'a, bool> {
        Box::pin(async move {
            let number = |text: &str| Some(BigUint::from_bytes_be(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?));
            let key = number(&key.modulus).zip(number(&key.exponent));
            let Some(Ok(key)) = key.map(|(modulus, exponent)| RsaPublicKey::new(modulus, exponent)) else {
                return false;
            };
            let Ok(signature) = Signature::try_from(signature) else { return false };
            VerifyingKey::<Sha256>::new(key).verify(message, &signature).is_ok()
        })
    }
}

/// As in a browser that has none.
pub(crate) struct NoCrypto;

impl Crypto for NoCrypto {
    fn random(&self) -> Result<[u8; 32], CryptoError> {
        Err(CryptoError)
    }

    fn sha256<'a>(&'a self, _: &'a [u8]) -> LocalBoxFuture<'a, Result<Vec<u8>, CryptoError>> {
        Box::pin(async { Err(CryptoError) })
    }

    fn verify_rs256<'a>(&'a self, _: &'a RsaKey, _: &'a [u8], _: &'a [u8]) -> LocalBoxFuture<'a, bool> {
        Box::pin(async { false })
    }
}
