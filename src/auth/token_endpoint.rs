//! The token endpoint: a code or a refresh token goes there, once, and tokens come back. RFC 6749, sections 4.1.3, 5, 6.
//!
//! Nothing is ever sent twice.

use std::time::Duration;

use url::form_urlencoded;

use super::answer::{self, AnswerError};
use super::challenge::{Claims, claims_parameter};
use super::discovery::Metadata;
use super::object::{Object, ObjectError};
use super::refusal::Refusal;
use super::scopes::{Granted, Wanted};
use super::secret::Secret;
use super::service::Service;
use super::token::AccessToken;
use crate::http::{Method, Request};

/// The bytes of a form. Entra's codes and refresh tokens have some 2,000.
const FORM: usize = 16 * 1024;

/// What a successful answer brings.
#[derive(Debug)]
pub struct Grant {
    /// For Graph.
    pub access: AccessToken,
    /// For renewal.
    pub refresh: Option<Secret>,
    /// Who signed in; not verified yet.
    pub id_token: Option<Secret>,
    /// How long the access token is valid, from now.
    pub lifetime: Duration,
    /// What the access token permits.
    pub granted: Granted,
}

/// Why nothing was granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// There was no answer, or none that could be read.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The service refused.
    #[error("{0}")]
    Refused(Refusal),
}

impl From<ObjectError> for GrantError {
    fn from(error: ObjectError) -> Self {
        Self::Answer(error.into())
    }
}

/// Redeems an authorization code.
pub async fn redeem(
    service: &Service,
    metadata: &Metadata,
    code: &Secret,
    verifier: &Secret,
    wanted: Wanted,
    claims: Option<&Claims>,
) -> Result<Grant, GrantError> {
    let proof = [
        ("grant_type", "authorization_code"),
        ("code", code.reveal()),
        ("code_verifier", verifier.reveal()),
        ("redirect_uri", service.redirect_uri.as_str()),
    ];
    ask(service, metadata, &proof, wanted, claims).await
}

/// Redeems a refresh token.
pub async fn renew(
    service: &Service,
    metadata: &Metadata,
    refresh: &Secret,
    wanted: Wanted,
    claims: Option<&Claims>,
) -> Result<Grant, GrantError> {
    let proof = [("grant_type", "refresh_token"), ("refresh_token", refresh.reveal())];
    ask(service, metadata, &proof, wanted, claims).await
}

async fn ask(
    service: &Service,
    metadata: &Metadata,
    proof: &[(&str, &str)],
    wanted: Wanted,
    claims: Option<&Claims>,
) -> Result<Grant, GrantError> {
    let scope = wanted.scopes(&service.cloud.graph).join(" ");
    // With room for all of it: a text that grows leaves copies of its beginning.
    let mut form = form_urlencoded::Serializer::new(String::with_capacity(FORM));
    for (name, value) in proof {
        form.append_pair(name, value);
    }
    form.append_pair("client_id", &service.client_id.to_string())
        .append_pair("scope", &scope)
        .append_pair("claims", &claims_parameter(claims));
    // Two plain headers, so that the browser needs no preflight.
    let request = Request::new(Method::Post, metadata.token_endpoint.clone())
        .header("Accept", "application/json")
        .body("application/x-www-form-urlencoded;charset=utf-8", form.finish().into_bytes());
    let response = service.transport.send(request).await.map_err(AnswerError::from)?;
    if let Some(busy) = answer::busy(&response) {
        return Err(busy.into());
    }
    let (status, is_json) = (response.status, response.is_json());
    let mut answer = parse(response.body)?;
    if status != 200 {
        let refusal = Refusal::read(&mut |name| answer.text(name).ok().flatten());
        return Err(refusal.map_or(ObjectError::Member("error").into(), GrantError::Refused));
    }
    if !is_json {
        return Err(ObjectError::NoObject.into());
    }
    // RFC 6749, section 5.1: the scope is left out where it is what was asked for.
    let granted = answer.text("scope")?.unwrap_or(scope);
    let granted = Granted::parse(&granted, &service.cloud.graph);
    Ok(grant(answer, granted)?)
}

/// Reads a body and overwrites it, since it may hold tokens.
fn parse(body: Vec<u8>) -> Result<Object, ObjectError> {
    let text = Secret::new(String::from_utf8(body).map_err(|_| ObjectError::NoObject)?);
    Object::parse(text.reveal().as_bytes())
}

/// Takes no half of a session (SEC-045).
fn grant(mut answer: Object, granted: Granted) -> Result<Grant, ObjectError> {
    // What is both a success and an error is neither.
    if !answer.take("error").is_null() {
        return Err(ObjectError::Member("error"));
    }
    if !answer.required("token_type")?.eq_ignore_ascii_case("Bearer") {
        return Err(ObjectError::Member("token_type"));
    }
    // Seconds. RFC 6749 lets it be missing; a session of unknown length is none.
    let lifetime = answer.take("expires_in").as_u64().ok_or(ObjectError::Member("expires_in"))?;
    Ok(Grant {
        access: AccessToken::new(answer.required("access_token")?),
        refresh: answer.text("refresh_token")?.map(Secret::new),
        id_token: answer.text("id_token")?.map(Secret::new),
        lifetime: Duration::from_secs(lifetime),
        granted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::testing::{CLIENT_ID, Fake, REDIRECT_URI, form, metadata, service, token_answer};
    use crate::http::{Response, TransportError};
    use serde_json::{Value, json};
    use std::rc::Rc;

    async fn redeemed(fake: &Rc<Fake>, wanted: Wanted) -> Result<Grant, GrantError> {
        let (code, verifier) = (Secret::new("the-code"), Secret::new("v".repeat(43)));
        redeem(&service(fake), &metadata(), &code, &verifier, wanted, None).await
    }

    async fn answered(status: u16, body: &Value) -> Result<Grant, GrantError> {
        let fake = Rc::new(Fake::new());
        fake.answer_json("token", status, body);
        redeemed(&fake, Wanted::Read).await
    }

    fn without(member: &str) -> Value {
        let mut answer = token_answer();
        answer.as_object_mut().unwrap().remove(member).unwrap();
        answer
    }

    fn with(member: &str, value: Value) -> Value {
        let mut answer = token_answer();
        answer[member] = value;
        answer
    }

    #[tokio::test]
    async fn redeems_a_code_once_in_a_simple_request() {
        let fake = Rc::new(Fake::new());
        fake.answer_json("token", 200, &token_answer());
        redeemed(&fake, Wanted::Read).await.unwrap();
        let requests = fake.requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].method, Method::Post);
        assert_eq!(requests[0].url, metadata().token_endpoint);
        let names: Vec<_> = requests[0].headers.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["Accept", "Content-Type"], "any other header would need a preflight");
        let mut sent = form(&requests[0]);
        let mut take = |name: &str| sent.remove(name).unwrap();
        assert_eq!(take("grant_type"), "authorization_code");
        assert_eq!(take("code"), "the-code");
        assert_eq!(take("code_verifier"), "v".repeat(43));
        assert_eq!(take("client_id"), CLIENT_ID);
        assert_eq!(take("redirect_uri"), REDIRECT_URI);
        assert!(take("scope").ends_with("https://graph.contoso.test/Application.Read.All"));
        assert_eq!(take("claims"), r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#);
        assert!(sent.is_empty(), "and nothing else: {sent:?}");
    }

    #[tokio::test]
    async fn renews_with_the_refresh_token() {
        let fake = Rc::new(Fake::new());
        fake.answer_json("token", 200, &token_answer());
        let demanded = Claims::parse(r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#);
        let refresh = Secret::new("refresh-0");
        renew(&service(&fake), &metadata(), &refresh, Wanted::Write, demanded.as_ref()).await.unwrap();
        let mut sent = form(&fake.requests()[0]);
        assert_eq!(sent.remove("grant_type").unwrap(), "refresh_token");
        assert_eq!(sent.remove("refresh_token").unwrap(), "refresh-0");
        assert_eq!(sent.remove("client_id").unwrap(), CLIENT_ID);
        assert!(sent.remove("scope").unwrap().ends_with("https://graph.contoso.test/AppRoleAssignment.ReadWrite.All"));
        let claims = sent.remove("claims").unwrap();
        assert!(claims.contains("cp1") && claims.contains("nbf"), "{claims}");
        assert!(sent.is_empty(), "and nothing else: {sent:?}");
    }

    #[tokio::test]
    async fn takes_what_is_complete() {
        let grant = answered(200, &token_answer()).await.unwrap();
        assert_eq!(grant.access.secret(), "access-1");
        assert_eq!(grant.refresh.as_ref().unwrap().reveal(), "refresh-1");
        assert_eq!(grant.lifetime, Duration::from_secs(3600));
        assert!(!grant.granted.may_write());
        let shown = format!("{grant:?}");
        assert!(!shown.contains("access-1") && !shown.contains("refresh-1") && !shown.contains("eyJ"), "{shown}");
        for answer in
            [with("token_type", "bearer".into()), without("refresh_token"), without("id_token"), without("scope")]
        {
            answered(200, &answer).await.unwrap();
        }
    }

    #[tokio::test]
    async fn an_answer_without_scope_granted_what_was_asked() {
        let fake = Rc::new(Fake::new());
        fake.answer_json("token", 200, &without("scope"));
        assert!(redeemed(&fake, Wanted::Write).await.unwrap().granted.may_write());
        fake.answer_json("token", 200, &with("scope", "openid User.Read".into()));
        assert!(!redeemed(&fake, Wanted::Write).await.unwrap().granted.may_write());
    }

    #[tokio::test]
    async fn refuses_half_a_session() {
        // SEC-045
        for (what, answer) in [
            ("no access token", without("access_token")),
            ("no lifetime", without("expires_in")),
            ("lifetime of null", with("expires_in", Value::Null)),
            ("negative lifetime", with("expires_in", json!(-1))),
            ("no type", without("token_type")),
            ("another type", with("token_type", "DPoP".into())),
            ("a token of another type", with("access_token", json!(["access-1"]))),
            ("a scope of another type", with("scope", json!(["access-1"]))),
            ("both a token and an error", with("error", "invalid_grant".into())),
            ("an empty object", json!({})),
            ("a list", json!([])),
        ] {
            let error = answered(200, &answer).await.unwrap_err();
            assert!(matches!(error, GrantError::Answer(AnswerError::NotUnderstood(_))), "{what}: {error:?}");
            assert!(!format!("{error:?}{error}").contains("access-1"), "{what} shows the token");
        }
    }

    #[tokio::test]
    async fn tells_refusal_from_trouble() {
        let refused =
            json!({ "error": "invalid_grant", "error_description": "AADSTS70008: expired", "suberror": "bad_token" });
        let Err(GrantError::Refused(refusal)) = answered(400, &refused).await else { panic!() };
        assert_eq!((refusal.error.as_str(), refusal.aadsts()), ("invalid_grant", Some(70008)));
        assert_eq!(refusal.suberror.as_deref(), Some("bad_token"));

        let fake = Rc::new(Fake::new());
        let headers = vec![("Retry-After".to_owned(), "7".to_owned())];
        fake.answer("token", Ok(Response { status: 429, headers, body: b"{}".to_vec() }));
        let busy = AnswerError::Busy { status: 429, retry_after: Some(Duration::from_secs(7)) };
        assert_eq!(redeemed(&fake, Wanted::Read).await.unwrap_err(), busy.into());
        fake.answer_text("token", 502, "<html>Bad gateway</html>");
        let busy = AnswerError::Busy { status: 502, retry_after: None };
        assert_eq!(redeemed(&fake, Wanted::Read).await.unwrap_err(), busy.into());
        fake.answer_text("token", 200, "<html>Sign in to the Wi-Fi</html>");
        let error = redeemed(&fake, Wanted::Read).await.unwrap_err();
        assert!(matches!(error, GrantError::Answer(AnswerError::NotUnderstood(_))), "{error:?}");
        fake.answer_text("token", 400, "");
        let error = redeemed(&fake, Wanted::Read).await.unwrap_err();
        assert!(matches!(error, GrantError::Answer(AnswerError::NotUnderstood(_))), "{error:?}");
        fake.answer_json("token", 400, &json!({ "message": "no" }));
        let error = redeemed(&fake, Wanted::Read).await.unwrap_err();
        assert!(matches!(error, GrantError::Answer(AnswerError::NotUnderstood(_))), "{error:?}");
        fake.answer_text("token", 200, &token_answer().to_string());
        let error = redeemed(&fake, Wanted::Read).await.unwrap_err();
        assert!(matches!(error, GrantError::Answer(AnswerError::NotUnderstood(_))), "as a web page: {error:?}");
        fake.answer("token", Err(TransportError::Network));
        let error = redeemed(&fake, Wanted::Read).await.unwrap_err();
        assert_eq!(error, AnswerError::Transport(TransportError::Network).into());
    }
}
