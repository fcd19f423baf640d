//! What sign-in remembers: sessions, requests that wait for a person, codes, refresh tokens, consent, issued tokens.
//! All of it behind one lock, so that a code that is presented eight times at once has one winner.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use rsa::sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::claims::ClaimsRequest;
use super::errors::OAuthError;
use super::registration::RedirectKind;
use super::scopes::Scopes;
use crate::tenant::model::User;

/// A request to /authorize that has passed its checks and waits for a person or for its code.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) purpose: Purpose,
    pub(crate) redirect_uri: String,
    pub(crate) kind: RedirectKind,
    pub(crate) response_mode: ResponseMode,
    pub(crate) scopes: Scopes,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) client_info: bool,
    pub(crate) force_consent: bool,
    pub(crate) login_hint: Option<String>,
    pub(crate) claims: ClaimsRequest,
    pub(crate) correlation: Option<String>,
}

impl Flow {
    /// A flow of which nothing is known but where it leads back to.
    pub(crate) fn to(redirect_uri: String, kind: RedirectKind) -> Self {
        Self {
            purpose: Purpose::Code,
            redirect_uri,
            kind,
            response_mode: ResponseMode::Query,
            scopes: Scopes::default(),
            state: None,
            nonce: None,
            challenge: None,
            client_info: false,
            force_consent: false,
            login_hint: None,
            claims: ClaimsRequest::default(),
            correlation: None,
        }
    }
}

/// What a person is asked for in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To sign in: a code goes back.
    Code,
    /// To consent for everyone in the tenant, to these scopes if they were named.
    AdminConsent { scope: Option<String> },
}

/// What a code's redeemer has to prove (RFC 7636).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// The verifier itself.
    Plain(String),
    /// Its SHA-256, base64url.
    S256(String),
}

impl Challenge {
    fn is_met_by(&self, verifier: &str) -> bool {
        match self {
            Self::Plain(text) => text == verifier,
            Self::S256(hash) => *hash == URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())),
        }
    }
}

/// Where the answer's parameters go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

/// What a code or a refresh token stands for.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) user: Uuid,
    pub(crate) session: String,
    pub(crate) scopes: Scopes,
    pub(crate) kind: RedirectKind,
    pub(crate) nonce: Option<String>,
    pub(crate) claims: ClaimsRequest,
    pub(crate) issued: DateTime<Utc>,
}

#[derive(Clone, Debug)]
struct Code {
    grant: Grant,
    redirect_uri: String,
    challenge: Option<Challenge>,
    redeemed: bool,
}

#[derive(Clone, Debug)]
struct RefreshToken {
    grant: Grant,
    /// When the first of its line was issued; the end is fixed from there.
    first_issued: DateTime<Utc>,
}

/// A browser's session: who is signed in, and its id in tokens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    pub(crate) users: Vec<Uuid>,
}

/// A code lives ten minutes.
const CODE_LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// A single-page application's refresh token lives a day from the first of its line.
pub(crate) const REFRESH_LIFETIME: TimeDelta = TimeDelta::hours(24);
/// Requests that nobody finished are forgotten beyond this number.
const FLOWS_KEPT: usize = 500;

/// The memory.
#[derive(Debug, Default)]
pub(crate) struct SignInStore {
    sessions: HashMap<String, Session>,
    flows: BTreeMap<String, (u64, Flow)>,
    flow_count: u64,
    codes: HashMap<String, Code>,
    refresh_tokens: HashMap<String, RefreshToken>,
    consented: BTreeMap<Uuid, BTreeSet<String>>,
    consented_for_all: BTreeSet<String>,
    /// The `uti` of each access token and the generation in which it was issued.
    issued: HashMap<String, u64>,
    generation: u64,
    revoked_before: Option<DateTime<Utc>>,
}

/// What the token endpoint is told about a code.
pub(crate) struct Redemption<'a> {
    pub(crate) code: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) verifier: Option<&'a str>,
    pub(crate) client: ClientProof<'a>,
    pub(crate) now: DateTime<Utc>,
}

/// What a request to the token endpoint says of who sends it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientProof<'a> {
    /// It carries an Origin header.
    pub(crate) has_origin: bool,
    pub(crate) secret: Option<&'a str>,
    /// The secret of the registration.
    pub(crate) registered_secret: Option<&'a str>,
    pub(crate) client_id: &'a str,
}

impl ClientProof<'_> {
    /// Who may redeem depends on the type of the redirect URI.
    fn suits(&self, kind: RedirectKind) -> Result<(), OAuthError> {
        match (kind, self.has_origin) {
            (RedirectKind::Spa, false) => return Err(OAuthError::no_origin()),
            (RedirectKind::Web | RedirectKind::Native, true) => return Err(OAuthError::not_spa()),
            _ => {}
        }
        match (kind, self.secret) {
            (RedirectKind::Spa | RedirectKind::Native, None) => Ok(()),
            (RedirectKind::Spa | RedirectKind::Native, Some(_)) => Err(OAuthError::secret_presented()),
            (RedirectKind::Web, None) => Err(OAuthError::secret_missing()),
            (RedirectKind::Web, secret) if secret == self.registered_secret => Ok(()),
            (RedirectKind::Web, _) => Err(OAuthError::secret_wrong(self.client_id)),
        }
    }
}

impl SignInStore {
    /// A memory in which the accounts have the consent that they start with.
    pub(crate) fn new<'a>(accounts: impl Iterator<Item = &'a User>) -> Self {
        let mut store = Self::default();
        for user in accounts {
            if let Some(sign_in) = &user.sign_in {
                let scopes = sign_in.consented.iter().map(|scope| (*scope).to_owned()).collect();
                store.consented.insert(user.id, scopes);
            }
        }
        store
    }

    /// The session of a cookie.
    pub(crate) fn session(&self, id: Option<&str>) -> Option<&Session> {
        self.sessions.get(id?)
    }

    /// Signs a user in; gives the session's id, a new one if there was none.
    pub(crate) fn sign_in(&mut self, session: Option<&str>, user: Uuid) -> String {
        let id = match session {
            Some(id) if self.sessions.contains_key(id) => id.to_owned(),
            _ => Uuid::new_v4().to_string(),
        };
        let users = &mut self.sessions.entry(id.clone()).or_default().users;
        users.retain(|known| *known != user);
        users.push(user);
        id
    }

    /// Signs a user out of a session.
    pub(crate) fn sign_out(&mut self, session: &str, user: Uuid) {
        if let Some(found) = self.sessions.get_mut(session) {
            found.users.retain(|known| *known != user);
        }
    }

    /// Keeps a request while a person decides.
    pub(crate) fn keep(&mut self, flow: Flow) -> String {
        let id = Uuid::new_v4().to_string();
        self.flow_count += 1;
        self.flows.insert(id.clone(), (self.flow_count, flow));
        if self.flows.len() > FLOWS_KEPT
            && let Some(oldest) = self.flows.iter().min_by_key(|(_, (age, _))| *age).map(|(id, _)| id.clone())
        {
            self.flows.remove(&oldest);
        }
        id
    }

    /// A request that waits. It stays, since people go back and forth.
    pub(crate) fn flow(&self, id: &str) -> Option<Flow> {
        self.flows.get(id).map(|(_, flow)| flow.clone())
    }

    /// The scopes that a user has not consented to yet.
    pub(crate) fn lacking(&self, user: Uuid, scopes: &[String]) -> Vec<String> {
        let own = self.consented.get(&user);
        let consented =
            |scope: &String| self.consented_for_all.contains(scope) || own.is_some_and(|own| own.contains(scope));
        scopes.iter().filter(|scope| !consented(scope)).cloned().collect()
    }

    /// Everything that a user has consented to.
    pub(crate) fn consented(&self, user: Uuid) -> Vec<String> {
        let own = self.consented.get(&user).into_iter().flatten();
        let all: BTreeSet<&String> = own.chain(&self.consented_for_all).collect();
        all.into_iter().cloned().collect()
    }

    /// Records consent.
    pub(crate) fn consent(&mut self, user: Uuid, scopes: &[String]) {
        self.consented.entry(user).or_default().extend(scopes.iter().cloned());
    }

    /// Records an administrator's consent for everyone.
    pub(crate) fn consent_for_all(&mut self, scopes: &[String]) {
        self.consented_for_all.extend(scopes.iter().cloned());
    }

    /// Withdraws consent.
    pub(crate) fn withdraw(&mut self, user: Uuid, scope: &str) -> bool {
        self.consented.get_mut(&user).is_some_and(|set| set.remove(scope))
    }

    /// Makes a code.
    pub(crate) fn issue_code(&mut self, flow: &Flow, user: Uuid, session: &str, now: DateTime<Utc>) -> String {
        let code = format!("1.{}", secret(3));
        let grant = Grant {
            user,
            session: session.to_owned(),
            scopes: flow.scopes.clone(),
            kind: flow.kind,
            nonce: flow.nonce.clone(),
            claims: flow.claims.clone(),
            issued: now,
        };
        self.codes.insert(
            code.clone(),
            Code { grant, redirect_uri: flow.redirect_uri.clone(), challenge: flow.challenge.clone(), redeemed: false },
        );
        code
    }

    /// Redeems a code: every check and the mark of use are one step.
    pub(crate) fn redeem(&mut self, asked: &Redemption<'_>) -> Result<Grant, OAuthError> {
        let revoked_before = self.revoked_before;
        let code = self.codes.get_mut(asked.code).ok_or_else(OAuthError::bad_grant)?;
        if code.redeemed {
            return Err(OAuthError::code_redeemed());
        }
        if code.redirect_uri != asked.redirect_uri {
            return Err(OAuthError::redirect_mismatch(asked.redirect_uri, &code.redirect_uri));
        }
        asked.client.suits(code.grant.kind)?;
        if asked.now - code.grant.issued > CODE_LIFETIME {
            return Err(OAuthError::grant_expired());
        }
        if let Some(from) = revoked_before
            && code.grant.issued < from
        {
            return Err(OAuthError::revoked(code.grant.issued, from));
        }
        match (&code.challenge, asked.verifier) {
            (None, _) if code.grant.kind == RedirectKind::Spa => return Err(OAuthError::pkce_required()),
            (None, _) => {}
            (Some(_), None) => return Err(OAuthError::verifier_missing()),
            (Some(challenge), Some(verifier)) if !challenge.is_met_by(verifier) => {
                return Err(OAuthError::verifier_mismatch());
            }
            (Some(_), Some(_)) => {}
        }
        code.redeemed = true;
        Ok(code.grant.clone())
    }

    /// Makes a refresh token; its line ends when the first one's day is over.
    pub(crate) fn issue_refresh(&mut self, grant: &Grant, first_issued: DateTime<Utc>) -> String {
        let token = format!("1.{}", secret(4));
        self.refresh_tokens.insert(token.clone(), RefreshToken { grant: grant.clone(), first_issued });
        token
    }

    /// What a refresh token stands for and when its line began. Using it does not end it.
    pub(crate) fn refresh(
        &self,
        token: &str,
        client: ClientProof<'_>,
        now: DateTime<Utc>,
    ) -> Result<(Grant, DateTime<Utc>), OAuthError> {
        let found = self.refresh_tokens.get(token).ok_or_else(OAuthError::bad_grant)?;
        client.suits(found.grant.kind)?;
        if let Some(from) = self.revoked_before
            && found.first_issued < from
        {
            return Err(OAuthError::revoked(found.first_issued, from));
        }
        if found.grant.kind == RedirectKind::Spa && now - found.first_issued >= REFRESH_LIFETIME {
            return Err(OAuthError::spa_refresh_expired(found.first_issued));
        }
        Ok((found.grant.clone(), found.first_issued))
    }

    /// Notes an access token.
    pub(crate) fn note_issued(&mut self, uti: &str) {
        self.issued.insert(uti.to_owned(), self.generation);
    }

    /// Makes every access token issued so far count as expired.
    pub(crate) fn expire_access_tokens(&mut self) {
        self.generation += 1;
    }

    /// True if a token was issued before the last call of [`SignInStore::expire_access_tokens`].
    pub(crate) fn expired(&self, uti: &str) -> bool {
        self.issued.get(uti).is_some_and(|generation| *generation < self.generation)
    }

    /// Ends every session and refuses every code and refresh token issued so far.
    pub(crate) fn revoke_all(&mut self, now: DateTime<Utc>) {
        self.sessions.clear();
        self.revoked_before = Some(now);
    }

    /// Ends every session, as closing the browser would.
    pub(crate) fn end_sessions(&mut self) {
        self.sessions.clear();
    }
}

/// An unguessable text of so many times 122 bits.
fn secret(parts: usize) -> String {
    let bytes: Vec<u8> = (0..parts).flat_map(|_| Uuid::new_v4().into_bytes()).collect();
    URL_SAFE_NO_PAD.encode(bytes)
}
