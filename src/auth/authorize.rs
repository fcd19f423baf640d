//! The way to the sign-in page: authorization code with PKCE, S256, the answer in the fragment (SEC-001 to SEC-012).
//! RFC 6749 section 4.1.1, RFC 7636, OpenID Connect Core 1.0 section 3.1.2.1.

use oauth2::{CsrfToken, PkceCodeChallenge, Scope};
use url::Url;

use super::challenge::{Claims, claims_parameter};
use super::discovery::Metadata;
use super::pending::{AccountKey, PendingSignIn, Purpose};
use super::return_path;
use super::scopes::Wanted;
use super::secret::Secret;
use super::service::Service;

/// Random bytes in state and nonce: 256 bits, twice what SEC-004 asks.
const RANDOM_BYTES: u32 = 32;

/// Whom to ask for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Why.
    pub purpose: Purpose,
    /// The tenant, as config.json names it.
    pub tenant: String,
    /// What to ask for.
    pub wanted: Wanted,
    /// What a policy demands of the next token.
    pub claims: Option<Claims>,
    /// The sign-in name, or the hint that Entra gave for it. Without one the administrator chooses an account.
    pub hint: Option<String>,
    /// The account that must come back, if it is known.
    pub account: Option<AccountKey>,
    /// The page to come back to, below the base path.
    pub return_path: String,
}

impl Ask {
    /// Entra takes a hint or the account picker, not both; `none` never shows a page.
    fn prompt(&self) -> Option<&'static str> {
        match (self.purpose, &self.hint) {
            (Purpose::Resume, _) => Some("none"),
            (_, None) => Some("select_account"),
            (_, Some(_)) => None,
        }
    }
}

/// The address to leave for, and what to keep until the answer comes. Every call makes new secrets (SEC-003).
pub fn authorize(service: &Service, metadata: &Metadata, ask: Ask) -> (Url, PendingSignIn) {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let nonce = CsrfToken::new_random_len(RANDOM_BYTES);
    let client = service.client(metadata);
    let scopes = ask.wanted.scopes(&service.cloud.graph);
    let mut request = client
        .authorize_url(|| CsrfToken::new_random_len(RANDOM_BYTES))
        .set_pkce_challenge(challenge)
        .add_scopes(scopes.into_iter().map(Scope::new))
        .add_extra_param("nonce", nonce.secret())
        .add_extra_param("response_mode", "fragment")
        .add_extra_param("claims", claims_parameter(ask.claims.as_ref()));
    if let Some(prompt) = ask.prompt() {
        request = request.add_extra_param("prompt", prompt);
    }
    if let Some(hint) = &ask.hint {
        request = request.add_extra_param("login_hint", hint.clone());
    }
    let (url, state) = request.url();
    let pending = PendingSignIn {
        state: Secret::new(state.into_secret()),
        nonce: Secret::new(nonce.into_secret()),
        verifier: Secret::new(verifier.into_secret()),
        issuer: metadata.issuer.clone(),
        started: service.clock.now(),
        return_path: return_path::checked(&ask.return_path).to_owned(),
        purpose: ask.purpose,
        tenant: ask.tenant,
        wanted: ask.wanted,
        claims: ask.claims,
        account: ask.account,
    };
    (url, pending)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::testing::{AUTHORITY, CLIENT_ID, Fake, NOW, REDIRECT_URI, TENANT, account_key, metadata, service};
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use rsa::sha2::{Digest as _, Sha256};
    use std::collections::{HashMap, HashSet};
    use std::rc::Rc;

    fn plain(purpose: Purpose, hint: Option<&str>) -> Ask {
        Ask {
            purpose,
            tenant: TENANT.into(),
            wanted: if purpose == Purpose::Write { Wanted::Write } else { Wanted::Read },
            claims: None,
            hint: hint.map(str::to_owned),
            account: Some(account_key()),
            return_path: "/identities?q=a".into(),
        }
    }

    fn ask(purpose: Purpose, hint: Option<&str>) -> (Url, PendingSignIn) {
        authorize(&service(&Rc::new(Fake::new())), &metadata(), plain(purpose, hint))
    }

    /// The parameters, each of which must be there once.
    fn parameters(url: &Url) -> HashMap<String, String> {
        let mut parameters = HashMap::new();
        for (name, value) in url.query_pairs() {
            assert_eq!(parameters.insert(name.to_string(), value.to_string()), None, "{name} twice");
        }
        parameters
    }

    #[test]
    fn asks_for_a_code_with_everything_that_protects_it() {
        // SEC-001, SEC-002, SEC-005, SEC-006, SEC-010
        let (url, pending) = ask(Purpose::SignIn, None);
        assert!(url.as_str().starts_with(&format!("{AUTHORITY}/{TENANT}/oauth2/v2.0/authorize?")));
        let mut given = parameters(&url);
        let mut take = |name: &str| given.remove(name).unwrap();
        assert_eq!(take("response_type"), "code");
        assert_eq!(take("response_mode"), "fragment");
        assert_eq!(take("client_id"), CLIENT_ID);
        assert_eq!(take("redirect_uri"), REDIRECT_URI);
        assert_eq!(take("prompt"), "select_account");
        assert_eq!(take("claims"), r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#);
        assert_eq!(take("state"), pending.state.reveal());
        assert_eq!(take("nonce"), pending.nonce.reveal());
        assert_eq!(take("code_challenge_method"), "S256");
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(pending.verifier.reveal()));
        assert_eq!(take("code_challenge"), challenge);
        assert_eq!(
            take("scope"),
            "openid profile offline_access https://graph.contoso.test/User.Read \
             https://graph.contoso.test/Application.Read.All"
        );
        assert_eq!(given, HashMap::new(), "and nothing else");
        assert_eq!(pending.started, NOW);
        assert_eq!(pending.issuer, metadata().issuer);
        assert_eq!(pending.return_path, "/identities?q=a");
        assert_eq!(pending.account, Some(account_key()));
    }

    #[test]
    fn the_hint_takes_the_place_of_the_picker() {
        for (purpose, hint, prompt, write) in [
            (Purpose::SignIn, None, Some("select_account"), false),
            (Purpose::SignIn, Some("ada@contoso.test"), None, false),
            (Purpose::Resume, Some("ada@contoso.test"), Some("none"), false),
            (Purpose::Write, Some("ada@contoso.test"), None, true),
        ] {
            let (url, pending) = ask(purpose, hint);
            let given = parameters(&url);
            assert_eq!(given.get("prompt").map(String::as_str), prompt);
            assert_eq!(given.get("login_hint").map(String::as_str), hint);
            assert_eq!(given["scope"].contains("AppRoleAssignment.ReadWrite.All"), write);
            assert_eq!(pending.purpose, purpose);
        }
    }

    #[test]
    fn what_a_policy_demands_is_asked_for_and_remembered() {
        // SEC-091
        let demanded = Claims::parse(r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#);
        let ask = Ask { claims: demanded.clone(), ..plain(Purpose::Renew, Some("ada@contoso.test")) };
        let (url, pending) = authorize(&service(&Rc::new(Fake::new())), &metadata(), ask);
        assert!(parameters(&url)["claims"].contains(r#""acrs":{"essential":true,"value":"c1"}"#));
        assert_eq!(pending.claims, demanded);
    }

    #[test]
    fn attempts_share_nothing() {
        // SEC-003
        let mut seen = HashSet::new();
        for _ in 0..20 {
            let (_, pending) = ask(Purpose::SignIn, None);
            for secret in [&pending.state, &pending.nonce, &pending.verifier] {
                let text = secret.reveal();
                assert!((43..=128).contains(&text.len()));
                assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)));
                assert!(seen.insert(text.to_owned()), "a value was used twice");
            }
        }
    }

    #[test]
    fn the_address_says_nothing_of_where_to_return() {
        // SEC-004
        let (url, _) = ask(Purpose::SignIn, None);
        assert!(!url.as_str().contains("identities"));
    }

    #[test]
    fn an_unsafe_return_path_is_dropped() {
        let ask = Ask { return_path: "//evil.test".into(), ..plain(Purpose::SignIn, None) };
        let (_, pending) = authorize(&service(&Rc::new(Fake::new())), &metadata(), ask);
        assert_eq!(pending.return_path, "/");
    }
}
