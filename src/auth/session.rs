//! The signed-in administrator: the tokens, in memory alone, and their renewal (SEC-060 to SEC-067).
//!
//! No token leaves this module but the access token, towards `graph`.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{LocalBoxFuture, Shared, join};
use url::Url;

use super::answer::AnswerError;
use super::challenge::Claims;
use super::discovery::{DiscoveryError, Metadata};
use super::id_token::{self, Account, Expected, IdTokenError, Identified};
use super::keys::Keys;
use super::moment::Moment;
use super::pending::PendingSignIn;
use super::problem::SignInProblem;
use super::scopes::{Granted, Wanted};
use super::secret::Secret;
use super::service::Service;
use super::token::{AccessToken, TokenError};
use super::token_endpoint::{self, Grant, GrantError};
use crate::directory::RoleTemplateId;
use crate::graph::TokenSource;

/// How long before its end an access token is renewed; a short-lived one at half its life.
const RENEW_EARLY: Duration = Duration::from_secs(5 * 60);

/// A session's longest life. Entra ends a page's refresh tokens after as long, but a token itself may outlive that.
/// <https://learn.microsoft.com/entra/identity-platform/refresh-tokens>
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// After a failed early renewal: how long the present token is used before the next try.
const NEXT_TRY: Duration = Duration::from_secs(30);

/// Why a code did not become a session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The endpoints are not known.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    /// The configuration names another tenant or cloud than the one that was asked (SEC-024).
    #[error("the answer comes from another issuer than is configured now")]
    IssuerChanged,
    /// There are no tokens.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// It is not proved who signed in.
    #[error(transparent)]
    IdToken(#[from] IdTokenError),
    /// Another account came back than the one whose session it was (SEC-047).
    #[error("another account came back")]
    OtherAccount,
}

impl OpenError {
    /// Whether a later try may succeed.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Discovery(DiscoveryError::Answer(_))
            | Self::Grant(GrantError::Answer(_))
            | Self::IdToken(IdTokenError::Keys(_)) => true,
            Self::Grant(GrantError::Refused(refusal)) => refusal.is_temporary(),
            Self::Discovery(_) | Self::IdToken(_) | Self::IssuerChanged | Self::OtherAccount => false,
        }
    }
}

/// Why the session may not write yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskError {
    /// Microsoft wants to ask the administrator: `sign_in::ask_write_by_redirect` is next.
    Interaction,
    /// It could not be asked.
    Failed(SignInProblem),
}

/// The session, in memory alone.
pub struct Session {
    inner: Rc<Inner>,
    /// The token request under way, if any: all who need it wait for the one (SEC-064).
    renewal: RefCell<Option<Renewal>>,
}

#[derive(Clone)]
struct Renewal {
    aim: Aim,
    result: Shared<LocalBoxFuture<'static, Result<(), RenewalError>>>,
}

/// What a renewal asks for.
#[derive(Clone, PartialEq, Eq)]
struct Aim {
    wanted: Wanted,
    claims: Option<Claims>,
}

#[derive(Clone)]
enum RenewalError {
    Grant(GrantError),
    IdToken(IdTokenError),
    OtherAccount,
    /// There is nothing to renew with.
    Over,
}

impl RenewalError {
    /// Whether a later try may succeed.
    fn is_temporary(&self) -> bool {
        match self {
            Self::Grant(GrantError::Answer(_)) | Self::IdToken(IdTokenError::Keys(_)) => true,
            Self::Grant(GrantError::Refused(refusal)) => refusal.is_temporary(),
            Self::IdToken(_) | Self::OtherAccount | Self::Over => false,
        }
    }

    /// Whether the administrator can get what was refused here.
    fn needs_person(&self) -> bool {
        match self {
            Self::Grant(GrantError::Refused(refusal)) => refusal.needs_person(),
            Self::Over => true,
            Self::Grant(GrantError::Answer(_)) | Self::IdToken(_) | Self::OtherAccount => false,
        }
    }

    /// Whether the answer is not the account's own, or does not prove that it is (SEC-047).
    fn is_a_strangers(&self) -> bool {
        matches!(self, Self::IdToken(_) | Self::OtherAccount) && !self.is_temporary()
    }
}

struct Inner {
    service: Rc<Service>,
    metadata: Metadata,
    keys: Keys,
    identified: Identified,
    held: RefCell<Option<Held>>,
    granted: RefCell<Granted>,
    /// What a policy demanded and got: asked for at every renewal, or it would be lost.
    met: RefCell<Option<Claims>>,
    /// What a policy demands now, to be tried once without leaving the page.
    challenge: RefCell<Option<Claims>>,
    /// What a policy demands and only the administrator can give.
    unmet: RefCell<Option<Claims>>,
    /// When it began.
    opened: Moment,
    ended: Cell<bool>,
}

struct Held {
    access: AccessToken,
    refresh: Option<Rc<Secret>>,
    /// By the monotonic clock, so that a wrong wall clock neither cuts nor prolongs it (SEC-067).
    renew_at: Duration,
    expires: Duration,
}

impl Session {
    /// Redeems the code of an answer, once, and verifies who signed in.
    pub async fn open(service: Rc<Service>, pending: &PendingSignIn, code: &Secret) -> Result<Self, OpenError> {
        let metadata = service.discover().await?;
        if metadata.issuer != pending.issuer {
            return Err(OpenError::IssuerChanged);
        }
        let keys = Keys::new(service.transport.clone(), metadata.jwks_uri.clone(), metadata.issuer.clone());
        let claims = pending.claims.as_ref();
        let redeem = token_endpoint::redeem(&service, &metadata, code, &pending.verifier, pending.wanted, claims);
        // The keys will be needed; asked for meanwhile, they cost no time.
        let (grant, ()) = join(redeem, keys.prepare()).await;
        let received = service.clock.monotonic();
        let grant = grant?;
        let id_token = grant.id_token.as_ref().ok_or(IdTokenError::Missing)?;
        let expected = expected(&service, &metadata, Some(&pending.nonce));
        let identified = id_token::verify(id_token, expected, &keys, &*service.crypto).await?;
        if pending.account.is_some_and(|account| account != identified.account.key()) {
            return Err(OpenError::OtherAccount);
        }
        let inner = Inner {
            opened: Moment::now(&*service.clock),
            met: RefCell::new(pending.claims.clone()),
            challenge: RefCell::default(),
            unmet: RefCell::default(),
            service,
            metadata,
            keys,
            identified,
            held: RefCell::default(),
            granted: RefCell::default(),
            ended: Cell::new(false),
        };
        inner.hold(grant, received);
        Ok(Self { inner: Rc::new(inner), renewal: RefCell::default() })
    }

    /// Who is signed in.
    pub fn account(&self) -> &Account {
        &self.inner.identified.account
    }

    /// What helps Entra to find the account again.
    pub fn hint(&self) -> &str {
        self.inner.identified.login_hint.as_deref().unwrap_or(&self.inner.identified.account.username)
    }

    /// The tenant, as config.json names it.
    pub fn tenant(&self) -> &str {
        &self.inner.service.tenant
    }

    /// What a policy demands that only the administrator can give, on Microsoft's pages.
    pub fn unmet_claims(&self) -> Option<Claims> {
        self.inner.unmet.borrow().clone().or_else(|| self.inner.met.borrow().clone())
    }

    /// The directory roles held at sign-in, where the id token names them.
    pub fn claimed_roles(&self) -> &[RoleTemplateId] {
        &self.inner.identified.directory_roles
    }

    /// Whether the permission to change assignments has been granted.
    pub fn may_write(&self) -> bool {
        self.inner.granted.borrow().may_write()
    }

    /// Asks for the permission to change assignments, without leaving the page.
    pub async fn ask_write(&self) -> Result<(), AskError> {
        loop {
            if self.may_write() {
                return Ok(());
            }
            let aim = Aim { wanted: Wanted::Write, claims: self.inner.met.borrow().clone() };
            let error = match self.renew(aim).await {
                // Another renewal was under way.
                None => continue,
                Some(Ok(())) if self.may_write() => return Ok(()),
                Some(Ok(())) => return Err(AskError::Interaction),
                Some(Err(error)) => error,
            };
            if error.is_a_strangers() {
                self.end();
            }
            return Err(match error {
                error if error.needs_person() => AskError::Interaction,
                RenewalError::Grant(error) => AskError::Failed((&error).into()),
                RenewalError::IdToken(error) => AskError::Failed((&error).into()),
                RenewalError::OtherAccount | RenewalError::Over => AskError::Failed((&OpenError::OtherAccount).into()),
            });
        }
    }

    /// Lets the next call bring another token: a directory role activated meanwhile is not in the present one. If none
    /// can be had, the present one goes on serving.
    pub fn renew_next(&self) {
        if let Some(held) = &mut *self.inner.held.borrow_mut() {
            held.renew_at = Duration::ZERO;
        }
    }

    /// Drops the tokens. The session is over, whatever is under way. In the middle of a panic too, where anything may
    /// be borrowed (SEC-133).
    pub fn end(&self) {
        self.inner.end();
        if let Ok(mut renewal) = self.renewal.try_borrow_mut() {
            renewal.take();
        }
    }

    /// Where to sign out at Microsoft, coming back to the deployment's base URL.
    /// OpenID Connect RP-Initiated Logout 1.0.
    pub fn sign_out_url(&self) -> Option<Url> {
        let mut url = self.inner.metadata.end_session_endpoint.clone()?;
        url.query_pairs_mut()
            .append_pair("post_logout_redirect_uri", self.inner.service.redirect_uri.as_str())
            // By the standard an address to come back to needs a client to belong to; Entra looks it up without.
            .append_pair("client_id", &self.inner.service.client_id.to_string());
        // The sign-in name is no hint for signing out: Entra takes its own alone.
        if let Some(hint) = &self.inner.identified.login_hint {
            url.query_pairs_mut().append_pair("logout_hint", hint);
        }
        Some(url)
    }

    /// A token that should be valid, renewed first if need be.
    async fn token(&self) -> Result<AccessToken, TokenError> {
        loop {
            let challenge = self.inner.challenge.borrow().clone();
            if challenge.is_none()
                && let Some(token) = self.inner.usable(|held| held.renew_at)?
            {
                return Ok(token);
            }
            // What was granted before is asked for again, or it would be lost.
            let wanted = if self.may_write() { Wanted::Write } else { Wanted::Read };
            let claims = challenge.clone().or_else(|| self.inner.met.borrow().clone());
            match self.renew(Aim { wanted, claims }).await {
                // Another request was under way; what it brought may do.
                None => {}
                // Just come: taken even where its life is too short to be called fresh.
                Some(Ok(())) => return self.inner.usable(|_| Duration::MAX)?.ok_or(TokenError::SignInNeeded),
                Some(Err(error)) => {
                    // Met or not, it is not tried again before Graph demands it again.
                    self.inner.settle(challenge.as_ref());
                    if let Some(challenge) = challenge {
                        // It concerns one request. The token may do for the others, and shows that request's fate.
                        if error.needs_person() {
                            self.inner.leave_to_the_administrator(challenge, &error);
                            continue;
                        }
                    } else if (error.is_temporary() || matches!(error, RenewalError::Over))
                        && let Some(token) = self.inner.usable(|held| held.expires)?
                    {
                        self.inner.put_off_renewal();
                        return Ok(token);
                    }
                    return Err(self.inner.token_error(error));
                }
            }
        }
    }

    /// One token request for all who want the same; `None` after one that wanted something else, which may have
    /// changed what is held.
    async fn renew(&self, aim: Aim) -> Option<Result<(), RenewalError>> {
        let renewal = self
            .renewal
            .borrow_mut()
            .get_or_insert_with(|| {
                let result = self.inner.clone().renew(aim.clone()).boxed_local().shared();
                Renewal { aim: aim.clone(), result }
            })
            .clone();
        let result = renewal.result.clone().await;
        self.renewal.borrow_mut().take_if(|current| current.result.ptr_eq(&renewal.result));
        (renewal.aim == aim).then_some(result)
    }
}

impl Inner {
    fn hold(&self, grant: Grant, received: Duration) {
        if self.ended.get() {
            return;
        }
        let early = RENEW_EARLY.min(grant.lifetime / 2);
        let expires = received.saturating_add(grant.lifetime);
        // An answer without a refresh token leaves the old one in force (RFC 6749, section 6).
        let before = self.held.take().and_then(|held| held.refresh);
        let refresh = grant.refresh.map(Rc::new).or(before);
        self.granted.replace(grant.granted);
        self.held.replace(Some(Held { access: grant.access, refresh, renew_at: expires - early, expires }));
    }

    fn end(&self) {
        self.ended.set(true);
        if let Ok(mut held) = self.held.try_borrow_mut() {
            held.take();
        }
    }

    /// Whether it has ended or must end now. Ended in the middle of a panic, it may still hold what could not be dropped
    /// then.
    fn is_over(&self) -> bool {
        let over = self.ended.get() || self.opened.age(&*self.service.clock) >= LONGEST_LIFE;
        if over {
            self.end();
        }
        over
    }

    /// The token held, if it may be used until the given moment and that has not come.
    fn usable(&self, until: impl FnOnce(&Held) -> Duration) -> Result<Option<AccessToken>, TokenError> {
        if self.is_over() {
            return Err(TokenError::SignInNeeded);
        }
        let held = self.held.borrow();
        let held = held.as_ref().ok_or(TokenError::SignInNeeded)?;
        Ok((self.service.clock.monotonic() < until(held)).then(|| held.access.clone()))
    }

    fn put_off_renewal(&self) {
        if let Some(held) = &mut *self.held.borrow_mut() {
            held.renew_at = self.service.clock.monotonic().saturating_add(NEXT_TRY).min(held.expires);
        }
    }

    /// The challenge cannot be met silently.
    fn leave_to_the_administrator(&self, challenge: Claims, error: &RenewalError) {
        let told = match error {
            RenewalError::Grant(GrantError::Refused(refusal)) => refusal.claims.as_deref().and_then(Claims::parse),
            _ => None,
        };
        self.unmet.replace(told.or(Some(challenge)));
    }

    /// This challenge is dealt with; another one may have come meanwhile.
    fn settle(&self, challenge: Option<&Claims>) {
        if self.challenge.borrow().as_ref() == challenge {
            self.challenge.take();
        }
    }

    async fn renew(self: Rc<Self>, aim: Aim) -> Result<(), RenewalError> {
        if self.is_over() {
            return Err(RenewalError::Over);
        }
        let refresh = self.held.borrow().as_ref().and_then(|held| held.refresh.clone());
        let refresh = refresh.ok_or(RenewalError::Over)?;
        let grant = token_endpoint::renew(&self.service, &self.metadata, &refresh, aim.wanted, aim.claims.as_ref());
        let grant = grant.await;
        let received = self.service.clock.monotonic();
        let grant = grant.map_err(RenewalError::Grant)?;
        // SEC-047. A renewal need not bring an id token, and has no nonce: OpenID Connect Core 1.0, section 12.2.
        if let Some(id_token) = &grant.id_token {
            let expected = expected(&self.service, &self.metadata, None);
            let identified = id_token::verify(id_token, expected, &self.keys, &*self.service.crypto).await;
            if identified.map_err(RenewalError::IdToken)?.account.key() != self.identified.account.key() {
                return Err(RenewalError::OtherAccount);
            }
        }
        self.hold(grant, received);
        self.settle(aim.claims.as_ref());
        self.met.replace(aim.claims);
        Ok(())
    }

    /// What a failed renewal means; one that only the administrator can mend ends the session.
    fn token_error(&self, error: RenewalError) -> TokenError {
        let answer = match error {
            RenewalError::Grant(GrantError::Refused(refusal)) if refusal.is_temporary() => {
                return TokenError::Busy { status: 503, retry_after: None };
            }
            RenewalError::Grant(GrantError::Refused(refusal)) if !refusal.needs_person() => {
                return TokenError::Refused(refusal.to_string());
            }
            RenewalError::Grant(GrantError::Answer(error)) | RenewalError::IdToken(IdTokenError::Keys(error)) => error,
            RenewalError::Grant(GrantError::Refused(refusal)) => {
                self.unmet.replace(refusal.claims.as_deref().and_then(Claims::parse));
                self.end();
                return TokenError::SignInNeeded;
            }
            RenewalError::IdToken(_) | RenewalError::OtherAccount | RenewalError::Over => {
                self.end();
                return TokenError::SignInNeeded;
            }
        };
        match answer {
            AnswerError::Transport(error) => TokenError::Unreachable(error),
            AnswerError::Busy { status, retry_after } => TokenError::Busy { status, retry_after },
            AnswerError::Status(_) | AnswerError::NotUnderstood(_) => TokenError::Refused(answer.to_string()),
        }
    }
}

fn expected<'a>(service: &Service, metadata: &'a Metadata, nonce: Option<&'a Secret>) -> Expected<'a> {
    Expected {
        issuer: &metadata.issuer,
        tenant: metadata.tenant,
        client_id: service.client_id,
        nonce,
        now: service.clock.now(),
    }
}

impl TokenSource for Session {
    fn access_token(&self) -> LocalBoxFuture<'_, Result<AccessToken, TokenError>> {
        Box::pin(self.token())
    }

    fn refused(&self, challenge: Option<Claims>) {
        if challenge.is_some() {
            self.inner.challenge.replace(challenge);
        } else if let Some(held) = &mut *self.inner.held.borrow_mut() {
            held.renew_at = Duration::ZERO;
            held.expires = Duration::ZERO;
        }
    }

    fn may_write(&self) -> bool {
        Self::may_write(self)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("account", self.account()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::pending::Purpose;
    use crate::auth::testing::{
        self, Fake, HandClock, OBJECT_ID, REDIRECT_URI, account_key, claims, discovery_document, form, id_token_header,
        jwks, service_with_clock, sign, token_answer,
    };
    use crate::http::{Response, TransportError};
    use futures_util::future::join_all;
    use serde_json::{Value, json};

    const HOUR: Duration = Duration::from_secs(3600);

    fn pending(purpose: Purpose) -> PendingSignIn {
        PendingSignIn { issuer: testing::ISSUER.into(), ..testing::pending(purpose) }
    }

    fn answer(access: &str, refresh: Option<&str>) -> Value {
        let mut answer = token_answer();
        answer["access_token"] = access.into();
        answer["refresh_token"] = refresh.into();
        answer
    }

    fn answer_that_may_write(access: &str) -> Value {
        let mut answer = answer(access, Some("refresh-w"));
        answer["scope"] = "User.Read Application.Read.All AppRoleAssignment.ReadWrite.All".into();
        answer
    }

    fn answer_of(claims: &Value) -> Value {
        let mut answer = token_answer();
        answer["id_token"] = sign(&id_token_header(), claims).into();
        answer
    }

    fn refusal(error: &str) -> Value {
        json!({ "error": error, "error_description": "AADSTS65001: no consent" })
    }

    struct Stage {
        fake: Rc<Fake>,
        clock: Rc<HandClock>,
        service: Rc<Service>,
    }

    impl Stage {
        fn new() -> Self {
            let (fake, clock) = (Rc::new(Fake::new()), Rc::new(HandClock::default()));
            fake.answer_json("openid-configuration", 200, &discovery_document());
            fake.answer_json("keys", 200, &jwks());
            let service = Rc::new(service_with_clock(&fake, clock.clone()));
            Self { fake, clock, service }
        }

        async fn open(&self, pending: &PendingSignIn, answer: &Value) -> Result<Session, OpenError> {
            self.fake.answer_json("token", 200, answer);
            Session::open(self.service.clone(), pending, &Secret::new("the-code")).await
        }

        /// A session whose token lives an hour from now.
        async fn session(&self) -> Session {
            self.open(&pending(Purpose::SignIn), &token_answer()).await.unwrap()
        }

        fn token_requests(&self) -> usize {
            self.fake.count("token")
        }

        /// What the last token request sent.
        fn last_form(&self) -> std::collections::HashMap<String, String> {
            form(self.fake.requests().iter().rfind(|request| request.url.path().ends_with("token")).unwrap())
        }
    }

    async fn token(session: &Session) -> Result<String, TokenError> {
        session.access_token().await.map(|token| token.secret().to_owned())
    }

    #[tokio::test]
    async fn a_code_becomes_a_session() {
        let stage = Stage::new();
        let session = stage.session().await;
        assert_eq!(session.account().key(), account_key());
        assert_eq!(session.hint(), "ada@contoso.test");
        assert!(!session.may_write());
        assert_eq!(token(&session).await.unwrap(), "access-1");
        assert_eq!(stage.token_requests(), 1);
        let shown = format!("{session:?}");
        assert!(!shown.contains("access-1") && !shown.contains("refresh-1"), "{shown}");
    }

    #[tokio::test]
    async fn nothing_is_sent_to_another_issuer_than_was_asked() {
        let stage = Stage::new();
        let elsewhere = testing::pending(Purpose::SignIn);
        let answer = Session::open(stage.service.clone(), &elsewhere, &Secret::new("the-code")).await;
        assert_eq!(answer.unwrap_err(), OpenError::IssuerChanged);
        assert_eq!(stage.token_requests(), 0);
    }

    #[tokio::test]
    async fn without_proof_there_is_no_session() {
        let mut other_nonce = claims();
        other_nonce["nonce"] = "another".into();
        let mut no_id_token = token_answer();
        no_id_token["id_token"] = Value::Null;
        for (answer, error) in
            [(answer_of(&other_nonce), IdTokenError::Claim("nonce")), (no_id_token, IdTokenError::Missing)]
        {
            let stage = Stage::new();
            assert_eq!(stage.open(&pending(Purpose::SignIn), &answer).await.unwrap_err(), OpenError::IdToken(error));
        }
    }

    #[tokio::test]
    async fn another_account_does_not_take_the_session_over() {
        let mut other = claims();
        other["oid"] = testing::TENANT.into();
        let stage = Stage::new();
        let answer = stage.open(&pending(Purpose::Write), &answer_of(&other)).await;
        assert_eq!(answer.unwrap_err(), OpenError::OtherAccount);
    }

    #[tokio::test]
    async fn many_calls_make_one_renewal() {
        // SEC-064
        let stage = Stage::new();
        let session = stage.session().await;
        stage.clock.pass(HOUR - Duration::from_secs(301));
        token(&session).await.unwrap();
        assert_eq!(stage.token_requests(), 1, "still fresh");
        stage.clock.pass(Duration::from_secs(1));
        stage.fake.answer_json("token", 200, &answer("access-2", Some("refresh-2")));
        let tokens = join_all((0..8).map(|_| token(&session))).await;
        assert!(tokens.iter().all(|token| token.as_deref() == Ok("access-2")), "{tokens:?}");
        assert_eq!(stage.token_requests(), 2);
        assert_eq!(stage.last_form()["refresh_token"], "refresh-1");
    }

    #[tokio::test]
    async fn a_wall_clock_that_is_set_neither_cuts_nor_prolongs_a_token() {
        // SEC-067
        let hour = 3_600_000;
        for wrong in [22 * hour, -365 * 24 * hour] {
            let stage = Stage::new();
            let session = stage.session().await;
            stage.clock.set_wall_clock_wrong_by(wrong);
            stage.clock.pass(HOUR - Duration::from_secs(301));
            assert_eq!(token(&session).await.unwrap(), "access-1");
            assert_eq!(stage.token_requests(), 1);
            stage.clock.pass(Duration::from_secs(301));
            let mut answer = answer("access-2", None);
            answer["id_token"] = Value::Null;
            stage.fake.answer_json("token", 200, &answer);
            assert_eq!(token(&session).await.unwrap(), "access-2");
        }
    }

    #[tokio::test]
    async fn the_new_refresh_token_replaces_the_old() {
        // SEC-065
        let stage = Stage::new();
        let session = stage.session().await;
        for (number, sent, brought) in
            [(2, "refresh-1", Some("refresh-2")), (3, "refresh-2", None), (4, "refresh-2", Some("refresh-4"))]
        {
            stage.clock.pass(HOUR);
            let mut answer = answer(&format!("access-{number}"), brought);
            // The prepared one would have expired; a renewal need not bring one.
            answer["id_token"] = Value::Null;
            stage.fake.answer_json("token", 200, &answer);
            assert_eq!(token(&session).await.unwrap(), format!("access-{number}"));
            assert_eq!(stage.last_form()["refresh_token"], sent);
        }
    }

    #[tokio::test]
    async fn a_renewal_whose_first_caller_left_goes_on() {
        let stage = Stage::new();
        let session = stage.session().await;
        stage.clock.pass(HOUR);
        stage.fake.answer_json("token", 200, &answer("access-2", Some("refresh-2")));
        // Begun, then dropped in the middle, as when a page is left.
        assert!(token(&session).now_or_never().is_none());
        assert_eq!(token(&session).await.unwrap(), "access-2");
        assert_eq!(stage.token_requests(), 2);
    }

    #[tokio::test]
    async fn trouble_keeps_the_session() {
        let busy = TokenError::Busy { status: 503, retry_after: Some(Duration::from_secs(9)) };
        let retry_after = vec![("Retry-After".to_owned(), "9".to_owned())];
        let body = refusal("temporarily_unavailable").to_string().into_bytes();
        for (answer, error) in [
            (Err(TransportError::Network), TokenError::Unreachable(TransportError::Network)),
            (Ok(Response { status: 503, headers: retry_after, body: Vec::new() }), busy),
            (
                Ok(Response { status: 400, headers: Vec::new(), body }),
                TokenError::Busy { status: 503, retry_after: None },
            ),
        ] {
            let stage = Stage::new();
            let session = stage.session().await;
            stage.clock.pass(HOUR);
            stage.fake.answer("token", answer);
            assert_eq!(token(&session).await.unwrap_err(), error);
            stage.fake.answer_json("token", 200, &self::answer("access-2", None));
            assert_eq!(token(&session).await.unwrap(), "access-2");
        }
    }

    #[tokio::test]
    async fn trouble_before_the_end_is_not_felt() {
        let stage = Stage::new();
        let session = stage.session().await;
        stage.clock.pass(HOUR - Duration::from_secs(299));
        stage.fake.answer("token", Err(TransportError::Network));
        assert_eq!(token(&session).await.unwrap(), "access-1");
        assert_eq!(token(&session).await.unwrap(), "access-1");
        assert_eq!(stage.token_requests(), 2, "not asked again at once");
        stage.clock.pass(Duration::from_secs(30));
        stage.fake.answer_json("token", 200, &answer("access-2", None));
        assert_eq!(token(&session).await.unwrap(), "access-2");
    }

    #[tokio::test]
    async fn a_refusal_that_a_person_must_mend_ends_the_session() {
        // SEC-065, SEC-066
        for error in ["invalid_grant", "interaction_required", "login_required", "consent_required"] {
            let stage = Stage::new();
            let session = stage.session().await;
            stage.clock.pass(HOUR);
            stage.fake.answer_json("token", 400, &refusal(error));
            let tokens = join_all((0..3).map(|_| token(&session))).await;
            assert!(tokens.iter().all(|token| *token == Err(TokenError::SignInNeeded)), "{tokens:?}");
            assert_eq!(token(&session).await, Err(TokenError::SignInNeeded));
            assert_eq!(stage.token_requests(), 2, "{error}: nothing is asked twice");
            assert_eq!(session.account().object_id.to_string(), OBJECT_ID, "to sign in again as the same");
        }
    }

    #[tokio::test]
    async fn a_refusal_that_nobody_here_can_mend_is_told() {
        let stage = Stage::new();
        let session = stage.session().await;
        stage.clock.pass(HOUR);
        stage.fake.answer_json("token", 400, &refusal("unauthorized_client"));
        assert!(
            matches!(token(&session).await, Err(TokenError::Refused(text)) if text.contains("unauthorized_client"))
        );
    }

    #[tokio::test]
    async fn a_renewal_for_another_account_ends_the_session() {
        // SEC-047, whatever was asked for, and whether the answer is another's or proves nothing.
        let with = |claim: &str, value: &str| {
            let mut claims = claims();
            claims[claim] = value.into();
            answer_of(&claims)
        };
        for strangers in [with("oid", testing::TENANT), with("iss", "https://login.evil.test"), with("aud", "x")] {
            for challenge in [None, Some(demanded("c1"))] {
                let stage = Stage::new();
                let session = stage.session().await;
                stage.clock.pass(Duration::from_secs(3400));
                if challenge.is_some() {
                    session.refused(challenge);
                }
                stage.fake.answer_json("token", 200, &strangers);
                assert_eq!(token(&session).await, Err(TokenError::SignInNeeded));
                assert_eq!(token(&session).await, Err(TokenError::SignInNeeded));
                assert_eq!(stage.token_requests(), 2, "nothing is asked again");
            }
            let stage = Stage::new();
            let session = stage.session().await;
            stage.fake.answer_json("token", 200, &strangers);
            assert!(matches!(session.ask_write().await, Err(AskError::Failed(_))));
            assert_eq!(token(&session).await, Err(TokenError::SignInNeeded));
        }
    }

    #[tokio::test]
    async fn a_refused_token_is_renewed() {
        let stage = Stage::new();
        let session = stage.session().await;
        session.refused(None);
        stage.fake.answer_json("token", 200, &answer("access-2", None));
        assert_eq!(token(&session).await.unwrap(), "access-2");
        // And is not used again while it cannot be renewed.
        session.refused(None);
        stage.fake.answer("token", Err(TransportError::Network));
        assert!(token(&session).await.unwrap_err().is_temporary());
    }

    fn demanded(value: &str) -> Claims {
        let claims = json!({ "access_token": { "acrs": { "essential": true, "value": value } } });
        Claims::parse(&claims.to_string()).unwrap()
    }

    #[tokio::test]
    async fn a_challenge_is_met_once_for_all_and_kept() {
        // SEC-091
        let stage = Stage::new();
        let session = stage.session().await;
        session.refused(Some(demanded("c1")));
        stage.fake.answer_json("token", 200, &answer("access-2", None));
        let tokens = join_all((0..4).map(|_| token(&session))).await;
        assert!(tokens.iter().all(|token| token.as_deref() == Ok("access-2")), "{tokens:?}");
        assert_eq!(stage.token_requests(), 2);
        assert!(stage.last_form()["claims"].contains("c1"));
        // The next renewal must not lose it.
        stage.clock.pass(HOUR);
        stage.fake.answer_json("token", 200, &answer("access-3", None));
        token(&session).await.unwrap();
        assert!(stage.last_form()["claims"].contains("c1"));
    }

    #[tokio::test]
    async fn a_challenge_that_needs_a_person_leaves_the_session_as_it_was() {
        // SEC-091: the old token may do for everything else, and nothing is tried in a loop.
        let mut refused = refusal("interaction_required");
        refused["claims"] = demanded("c2").as_str().into();
        for (refused, unmet) in [(refused, "c2"), (refusal("invalid_grant"), "c1")] {
            let stage = Stage::new();
            let session = stage.session().await;
            session.refused(Some(demanded("c1")));
            stage.fake.answer_json("token", 400, &refused);
            assert_eq!(token(&session).await.unwrap(), "access-1");
            assert_eq!(token(&session).await.unwrap(), "access-1");
            assert_eq!(stage.token_requests(), 2);
            assert_eq!(session.unmet_claims(), Some(demanded(unmet)));
        }
    }

    #[tokio::test]
    async fn a_challenge_that_meets_trouble_is_trouble_and_no_demand() {
        // SEC-091
        let stage = Stage::new();
        let session = stage.session().await;
        for (status, body) in [(503, json!({})), (400, refusal("temporarily_unavailable"))] {
            session.refused(Some(demanded("c1")));
            stage.fake.answer_json("token", status, &body);
            assert!(token(&session).await.unwrap_err().is_temporary());
            assert_eq!(session.unmet_claims(), None);
            // What nobody challenged goes on.
            assert_eq!(token(&session).await.unwrap(), "access-1");
        }
        session.refused(Some(demanded("c1")));
        stage.fake.answer_json("token", 400, &refusal("unauthorized_client"));
        assert!(matches!(token(&session).await, Err(TokenError::Refused(_))));
        assert_eq!(token(&session).await.unwrap(), "access-1");
        // Demanded again, it is tried again.
        session.refused(Some(demanded("c1")));
        stage.fake.answer_json("token", 200, &answer("access-2", None));
        assert_eq!(token(&session).await.unwrap(), "access-2");
        assert_eq!(stage.token_requests(), 5);
    }

    #[tokio::test]
    async fn what_was_met_on_the_way_is_asked_for_again() {
        let stage = Stage::new();
        let pending = PendingSignIn { claims: Some(demanded("c1")), ..pending(Purpose::Renew) };
        let session = stage.open(&pending, &token_answer()).await.unwrap();
        assert!(stage.last_form()["claims"].contains("c1"));
        stage.clock.pass(HOUR);
        stage.fake.answer_json("token", 200, &answer("access-2", None));
        token(&session).await.unwrap();
        assert!(stage.last_form()["claims"].contains("c1"));
    }

    #[tokio::test]
    async fn a_refused_renewal_keeps_what_the_policy_demands() {
        let mut refused = refusal("interaction_required");
        refused["claims"] = demanded("c2").as_str().into();
        let stage = Stage::new();
        let session = stage.session().await;
        stage.clock.pass(HOUR);
        stage.fake.answer_json("token", 400, &refused);
        assert_eq!(token(&session).await, Err(TokenError::SignInNeeded));
        assert_eq!(session.unmet_claims(), Some(demanded("c2")));
    }

    #[tokio::test]
    async fn a_session_lasts_a_day_at_most() {
        // SEC-066, SEC-068: with continuous access evaluation a token lives up to 28 hours.
        let mut long = answer("access-1", Some("refresh-1"));
        long["expires_in"] = (28 * 3600).into();
        let stage = Stage::new();
        let session = stage.open(&pending(Purpose::SignIn), &long).await.unwrap();
        stage.clock.pass(24 * HOUR - Duration::from_secs(1));
        assert_eq!(token(&session).await.unwrap(), "access-1");
        stage.clock.pass(Duration::from_secs(1));
        assert_eq!(session.ask_write().await, Err(AskError::Interaction));
        assert_eq!(token(&session).await, Err(TokenError::SignInNeeded));
        assert_eq!(stage.token_requests(), 1);

        // Asleep, when the monotonic clock of some systems stands still.
        let stage = Stage::new();
        let session = stage.open(&pending(Purpose::SignIn), &long).await.unwrap();
        stage.clock.set_wall_clock_wrong_by(24 * 3_600_000);
        assert_eq!(token(&session).await, Err(TokenError::SignInNeeded));
    }

    #[tokio::test]
    async fn another_token_is_brought_on_demand() {
        let stage = Stage::new();
        let session = stage.session().await;
        session.renew_next();
        stage.fake.answer_json("token", 200, &answer("access-2", None));
        assert_eq!(token(&session).await.unwrap(), "access-2");
        assert_eq!(token(&session).await.unwrap(), "access-2");
        assert_eq!(stage.token_requests(), 2);
        // Where none can be had, the present one serves.
        session.renew_next();
        stage.fake.answer("token", Err(TransportError::Network));
        assert_eq!(token(&session).await.unwrap(), "access-2");
    }

    #[tokio::test]
    async fn a_short_life_makes_no_storm() {
        let mut short = answer("access-2", Some("refresh-2"));
        short["expires_in"] = 0.into();
        let stage = Stage::new();
        let session = stage.session().await;
        stage.clock.pass(HOUR);
        stage.fake.answer_json("token", 200, &short);
        assert_eq!(token(&session).await.unwrap(), "access-2");
        short["expires_in"] = 60.into();
        stage.fake.answer_json("token", 200, &short);
        for _ in 0..3 {
            token(&session).await.unwrap();
        }
        assert_eq!(stage.token_requests(), 3, "a minute's token is fresh for half a minute");
    }

    #[tokio::test]
    async fn without_a_refresh_token_it_lasts_as_long_as_the_token() {
        let stage = Stage::new();
        let session = stage.open(&pending(Purpose::SignIn), &answer("access-1", None)).await.unwrap();
        stage.clock.pass(HOUR - Duration::from_secs(1));
        assert_eq!(token(&session).await.unwrap(), "access-1");
        stage.clock.pass(Duration::from_secs(1));
        assert_eq!(token(&session).await, Err(TokenError::SignInNeeded));
        assert_eq!(stage.token_requests(), 1);
    }

    #[tokio::test]
    async fn asks_silently_for_the_permission_to_write() {
        let stage = Stage::new();
        let session = stage.session().await;
        stage.fake.answer_json("token", 200, &answer_that_may_write("access-w"));
        assert_eq!(session.ask_write().await, Ok(()));
        assert!(session.may_write());
        assert!(stage.last_form()["scope"].ends_with("/AppRoleAssignment.ReadWrite.All"));
        assert_eq!(token(&session).await.unwrap(), "access-w");
        assert_eq!(session.ask_write().await, Ok(()));
        assert_eq!(stage.token_requests(), 2, "once is enough");
        // And keeps it at the next renewal.
        stage.clock.pass(HOUR);
        stage.fake.answer_json("token", 200, &answer_that_may_write("access-v"));
        token(&session).await.unwrap();
        assert!(stage.last_form()["scope"].ends_with("/AppRoleAssignment.ReadWrite.All"));
    }

    #[tokio::test]
    async fn a_refused_permission_leaves_reading_as_it_was() {
        for (status, body, expected) in [
            (400, refusal("invalid_grant"), Err(AskError::Interaction)),
            (400, refusal("interaction_required"), Err(AskError::Interaction)),
            (200, answer("access-2", None), Err(AskError::Interaction)),
        ] {
            let stage = Stage::new();
            let session = stage.session().await;
            stage.fake.answer_json("token", status, &body);
            assert_eq!(session.ask_write().await, expected);
            assert!(!session.may_write());
            assert!(token(&session).await.is_ok());
        }
        let stage = Stage::new();
        let session = stage.session().await;
        stage.fake.answer("token", Err(TransportError::Network));
        assert!(matches!(session.ask_write().await, Err(AskError::Failed(_))));
        assert!(token(&session).await.is_ok());
    }

    #[tokio::test]
    async fn a_reader_who_waits_for_a_refused_permission_still_reads() {
        let stage = Stage::new();
        let session = stage.session().await;
        stage.clock.pass(HOUR);
        stage.fake.answer_json("token", 400, &refusal("invalid_grant"));
        stage.fake.answer_json("token", 200, &answer("access-2", None));
        let (asked, read) = join(session.ask_write(), token(&session)).await;
        assert_eq!(asked, Err(AskError::Interaction));
        assert_eq!(read.unwrap(), "access-2");
    }

    #[tokio::test]
    async fn an_ended_session_has_nothing_and_gets_nothing() {
        // SEC-069
        let stage = Stage::new();
        let session = stage.session().await;
        session.end();
        assert_eq!(token(&session).await, Err(TokenError::SignInNeeded));
        assert_eq!(session.ask_write().await, Err(AskError::Interaction));
        assert_eq!(stage.token_requests(), 1);

        // Even where the tokens could not be dropped: in a panic, anything may be borrowed (SEC-133).
        let stage = Stage::new();
        let session = stage.session().await;
        {
            let borrowed = session.inner.held.borrow();
            session.end();
            assert!(borrowed.is_some(), "it was not dropped");
        }
        assert_eq!(session.ask_write().await, Err(AskError::Interaction));
        assert_eq!(token(&session).await, Err(TokenError::SignInNeeded));
        assert_eq!(stage.token_requests(), 1);
        assert!(session.inner.held.borrow().is_none(), "it is dropped at the next occasion");

        // Nor from a renewal that was under way.
        let stage = Stage::new();
        let session = stage.session().await;
        stage.clock.pass(HOUR);
        stage.fake.answer_json("token", 200, &answer("access-2", None));
        let (read, ()) = join(token(&session), async { session.end() }).await;
        assert_eq!(read, Err(TokenError::SignInNeeded));
        assert_eq!(token(&session).await, Err(TokenError::SignInNeeded));
    }

    #[tokio::test]
    async fn signs_out_at_microsoft_and_comes_back() {
        let stage = Stage::new();
        let url = stage.session().await.sign_out_url().unwrap();
        let given: Vec<_> = url.query_pairs().into_owned().collect();
        let expected = [("post_logout_redirect_uri", REDIRECT_URI), ("client_id", testing::CLIENT_ID)];
        assert_eq!(given, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));

        let mut with_hint = claims();
        with_hint["login_hint"] = "O.AX".into();
        let stage = Stage::new();
        let session = stage.open(&pending(Purpose::SignIn), &answer_of(&with_hint)).await.unwrap();
        assert_eq!(session.hint(), "O.AX");
        assert!(session.sign_out_url().unwrap().query().unwrap().ends_with("&logout_hint=O.AX"));
    }
}
