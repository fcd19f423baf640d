//! The token endpoint: a code or a refresh token goes there, once, and tokens come back. RFC 6749, sections 4.1.3, 5, 6.
//!
//! The oauth2 crate writes the requests and reads the answers; the few lines between it and
//! [`Transport`] are here. Nothing is ever sent twice.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use oauth2::basic::BasicTokenType;
use oauth2::http::header::CONTENT_TYPE;
use oauth2::{AuthorizationCode, HttpRequest, HttpResponse, PkceCodeVerifier, RefreshToken, RequestTokenError, Scope};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use url::Url;

use super::answer::{self, AnswerError};
use super::challenge::{Claims, claims_parameter};
use super::discovery::Metadata;
use super::refusal::Refusal;
use super::scopes::{Granted, Wanted};
use super::secret::Secret;
use super::service::Service;
use super::token::AccessToken;
use crate::http::{Method, Request, Transport};

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

/// Redeems an authorization code.
pub async fn redeem(
    service: &Service,
    metadata: &Metadata,
    code: &Secret,
    verifier: &Secret,
    wanted: Wanted,
    claims: Option<&Claims>,
) -> Result<Grant, GrantError> {
    let client = service.client(metadata);
    let send = |request| send(service.transport.clone(), request);
    let answer = client
        .exchange_code(AuthorizationCode::new(code.reveal().to_owned()))
        .set_pkce_verifier(PkceCodeVerifier::new(verifier.reveal().to_owned()))
        .add_extra_param("scope", wanted.scopes(&service.cloud.graph).join(" "))
        .add_extra_param("claims", claims_parameter(claims))
        .request_async(&send)
        .await;
    grant(answer, service, wanted)
}

/// Redeems a refresh token.
pub async fn renew(
    service: &Service,
    metadata: &Metadata,
    refresh: &Secret,
    wanted: Wanted,
    claims: Option<&Claims>,
) -> Result<Grant, GrantError> {
    let client = service.client(metadata);
    let refresh = RefreshToken::new(refresh.reveal().to_owned());
    let send = |request| send(service.transport.clone(), request);
    let answer = client
        .exchange_refresh_token(&refresh)
        .add_scopes(wanted.scopes(&service.cloud.graph).into_iter().map(Scope::new))
        .add_extra_param("claims", claims_parameter(claims))
        .request_async(&send)
        .await;
    grant(answer, service, wanted)
}

/// The oauth2 crate's HTTP client. Two plain headers, so that the browser needs no preflight.
async fn send(transport: Rc<dyn Transport>, request: HttpRequest) -> Result<HttpResponse, AnswerError> {
    let not_understood = |error: &dyn fmt::Display| AnswerError::NotUnderstood(error.to_string());
    let url = Url::parse(&request.uri().to_string()).map_err(|error| not_understood(&error))?;
    let request = Request::new(Method::Post, url)
        .header("Accept", "application/json")
        .body("application/x-www-form-urlencoded;charset=utf-8", request.into_body());
    let response = transport.send(request).await?;
    if let Some(busy) = answer::busy(&response) {
        return Err(busy);
    }
    let mut answer = oauth2::http::Response::builder().status(response.status);
    if let Some(content_type) = response.header("Content-Type") {
        // By its constant: the parser of header names alone would weigh 17 kB.
        answer = answer.header(CONTENT_TYPE, content_type);
    }
    answer.body(response.body).map_err(|error| not_understood(&error))
}

fn grant(
    answer: Result<GrantAnswer, RequestTokenError<AnswerError, Refusal>>,
    service: &Service,
    wanted: Wanted,
) -> Result<Grant, GrantError> {
    let answer = answer.map_err(|error| match error {
        RequestTokenError::ServerResponse(refusal) => GrantError::Refused(refusal),
        RequestTokenError::Request(error) => GrantError::Answer(error),
        // What could not be read may hold a token: the reason is kept, the body is not.
        RequestTokenError::Parse(error, _) => AnswerError::NotUnderstood(error.to_string()).into(),
        RequestTokenError::Other(error) => AnswerError::NotUnderstood(error).into(),
    })?;
    if let Some(error) = answer.error {
        return Err(AnswerError::NotUnderstood(format!("it is both a success and an error ({error})")).into());
    }
    let graph = &service.cloud.graph;
    let granted = match &answer.scope {
        Some(scope) => Granted::parse(scope, graph),
        // RFC 6749, section 5.1: left out where it is what was asked for.
        None => Granted::parse(&wanted.scopes(graph).join(" "), graph),
    };
    Ok(Grant {
        access: AccessToken::new(answer.access_token.into_secret()),
        refresh: answer.refresh_token.map(|token| Secret::new(token.into_secret())),
        id_token: answer.id_token.map(Secret::new),
        lifetime: Duration::from_secs(answer.expires_in),
        granted,
    })
}

/// The answer as the oauth2 crate reads it. It exists only until [`grant`] has taken it apart.
#[derive(Deserialize)]
pub(super) struct GrantAnswer {
    access_token: oauth2::AccessToken,
    #[serde(deserialize_with = "bearer")]
    token_type: BasicTokenType,
    /// Seconds. RFC 6749 lets it be missing; a session of unknown length is none (SEC-045).
    expires_in: u64,
    refresh_token: Option<RefreshToken>,
    scope: Option<String>,
    id_token: Option<String>,
    error: Option<String>,
}

fn bearer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BasicTokenType, D::Error> {
    let name = String::deserialize(deserializer)?;
    if name.eq_ignore_ascii_case("Bearer") {
        Ok(BasicTokenType::Bearer)
    } else {
        Err(de::Error::custom("the token is not a bearer token"))
    }
}

/// The oauth2 crate's trait asks for it; a token is never written (invariant 4).
impl Serialize for GrantAnswer {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom("tokens are not written"))
    }
}

impl fmt::Debug for GrantAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GrantAnswer(***)")
    }
}

impl oauth2::TokenResponse for GrantAnswer {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &oauth2::AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        Some(Duration::from_secs(self.expires_in))
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::testing::{CLIENT_ID, Fake, REDIRECT_URI, form, metadata, service, token_answer};
    use crate::http::{Response, TransportError};
    use serde_json::{Value, json};

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
        fake.answer("token", Err(TransportError::Network));
        let error = redeemed(&fake, Wanted::Read).await.unwrap_err();
        assert_eq!(error, AnswerError::Transport(TransportError::Network).into());
    }
}
