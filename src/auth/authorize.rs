//! The way to the sign-in page: authorization code with PKCE, S256, the answer in the fragment (SEC-001 to SEC-012).
//! RFC 6749 section 4.1.1, RFC 7636, OpenID Connect Core 1.0 section 3.1.2.1.

use url::Url;

use super::challenge::{Claims, claims_parameter};
use super::crypto::CryptoError;
use super::discovery::Metadata;
use super::pending::{AccountKey, PendingSignIn, Purpose};
use super::pkce;
use super::return_path;
use super::scopes::Wanted;
use super::secret::Secret;
use super::service::Service;

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
    /// The sign-in name, or the hint that Entra gave for it. Without one the administrator chooses an account; an empty
    /// one is none.
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
pub async fn authorize(
    service: &Service,
    metadata: &Metadata,
    mut ask: Ask,
) -> Result<(Url, PendingSignIn), CryptoError> {
    ask.hint = ask.hint.filter(|hint| !hint.is_empty());
    let crypto = &*service.crypto;
    let (state, nonce, verifier) = (Secret::random(crypto)?, Secret::random(crypto)?, Secret::random(crypto)?);
    let challenge = pkce::challenge(crypto, &verifier).await?;
    let mut url = metadata.authorization_endpoint.clone();
    let mut query = url.query_pairs_mut();
    query
        .append_pair("response_type", "code")
        .append_pair("response_mode", "fragment")
        .append_pair("client_id", &service.client_id.to_string())
        .append_pair("redirect_uri", service.redirect_uri.as_str())
        .append_pair("scope", &ask.wanted.scopes(&service.cloud.graph).join(" "))
        .append_pair("state", state.reveal())
        .append_pair("nonce", nonce.reveal())
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .append_pair("claims", &claims_parameter(ask.claims.as_ref()));
    if let Some(prompt) = ask.prompt() {
        query.append_pair("prompt", prompt);
    }
    if let Some(hint) = &ask.hint {
        query.append_pair("login_hint", hint);
    }
    drop(query);
    let pending = PendingSignIn {
        state,
        nonce,
        verifier,
        issuer: metadata.issuer.clone(),
        started: service.clock.now(),
        return_path: return_path::checked(&ask.return_path).to_owned(),
        purpose: ask.purpose,
        tenant: ask.tenant,
        wanted: ask.wanted,
        claims: ask.claims,
        account: ask.account,
    };
    Ok((url, pending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::testing::{
        AUTHORITY, CLIENT_ID, Fake, NOW, NoCrypto, REDIRECT_URI, TENANT, account_key, metadata, service,
    };
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

    async fn authorized(ask: Ask) -> (Url, PendingSignIn) {
        authorize(&service(&Rc::new(Fake::new())), &metadata(), ask).await.unwrap()
    }

    /// The parameters, each of which must be there once.
    fn parameters(url: &Url) -> HashMap<String, String> {
        let mut parameters = HashMap::new();
        for (name, value) in url.query_pairs() {
            assert_eq!(parameters.insert(name.to_string(), value.to_string()), None, "{name} twice");
        }
        parameters
    }

    #[tokio::test]
    async fn asks_for_a_code_with_everything_that_protects_it() {
        // SEC-001, SEC-002, SEC-005, SEC-006, SEC-010
        let (url, pending) = authorized(plain(Purpose::SignIn, None)).await;
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

    #[tokio::test]
    async fn the_hint_takes_the_place_of_the_picker() {
        for (purpose, hint, prompt, write) in [
            (Purpose::SignIn, None, Some("select_account"), false),
            (Purpose::SignIn, Some("ada@contoso.test"), None, false),
            (Purpose::Resume, Some("ada@contoso.test"), Some("none"), false),
            (Purpose::Write, Some("ada@contoso.test"), None, true),
            // Entra names no user who has neither a hint nor a name.
            (Purpose::Resume, Some(""), Some("none"), false),
            (Purpose::Renew, Some(""), Some("select_account"), false),
        ] {
            let (url, pending) = authorized(plain(purpose, hint)).await;
            let given = parameters(&url);
            assert_eq!(given.get("prompt").map(String::as_str), prompt);
            assert_eq!(given.get("login_hint").map(String::as_str), hint.filter(|hint| !hint.is_empty()));
            assert_eq!(given["scope"].contains("AppRoleAssignment.ReadWrite.All"), write);
            assert_eq!(pending.purpose, purpose);
        }
    }

    #[tokio::test]
    async fn what_a_policy_demands_is_asked_for_and_remembered() {
        // SEC-091
        let demanded = Claims::parse(r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#);
        let ask = Ask { claims: demanded.clone(), ..plain(Purpose::Renew, Some("ada@contoso.test")) };
        let (url, pending) = authorized(ask).await;
        assert!(parameters(&url)["claims"].contains(r#""acrs":{"essential":true,"value":"c1"}"#));
        assert_eq!(pending.claims, demanded);
    }

    #[tokio::test]
    async fn attempts_share_nothing() {
        // SEC-003
        let mut seen = HashSet::new();
        for _ in 0..20 {
            let (_, pending) = authorized(plain(Purpose::SignIn, None)).await;
            for secret in [&pending.state, &pending.nonce, &pending.verifier] {
                let text = secret.reveal();
                assert!((43..=128).contains(&text.len()));
                assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)));
                assert!(seen.insert(text.to_owned()), "a value was used twice");
            }
        }
    }

    #[tokio::test]
    async fn without_cryptography_nobody_leaves() {
        // SEC-002, SEC-165
        let mut service = service(&Rc::new(Fake::new()));
        service.crypto = Rc::new(NoCrypto);
        assert_eq!(authorize(&service, &metadata(), plain(Purpose::SignIn, None)).await.err(), Some(CryptoError));
    }

    #[tokio::test]
    async fn the_address_says_nothing_of_where_to_return() {
        // SEC-004
        let (url, _) = authorized(plain(Purpose::SignIn, None)).await;
        assert!(!url.as_str().contains("identities"));
    }

    #[tokio::test]
    async fn an_unsafe_return_path_is_dropped() {
        let ask = Ask { return_path: "//evil.test".into(), ..plain(Purpose::SignIn, None) };
        let (_, pending) = authorized(ask).await;
        assert_eq!(pending.return_path, "/");
    }
}
