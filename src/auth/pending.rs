//! What this tab must remember between leaving for the sign-in page and coming back.
//!
//! It is in session storage for that time alone (SEC-061): what the answer must match, where to go on, and whose
//! session it was. It never holds a token.

use std::fmt;
use std::str::FromStr;

use serde_json::json;

use super::challenge::Claims;
use super::object::Object;
use super::return_path;
use super::scopes::Wanted;
use super::secret::Secret;
use crate::directory::{ObjectId, ParseIdError, TenantId, Timestamp};

/// How long an attempt may take, in milliseconds (SEC-020).
const LIFETIME: i64 = 10 * 60 * 1000;

/// How far back the computer's clock may have been set meanwhile, in milliseconds.
const BACKWARDS: i64 = 60 * 1000;

/// Why the browser left for the sign-in page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The administrator pressed the button.
    SignIn,
    /// The tab was reloaded; nobody is asked anything.
    Resume,
    /// The permission to change assignments is needed.
    Write,
    /// The session has run out, or a policy demands more of it.
    Renew,
}

impl Purpose {
    const NAMES: [(Self, &str); 4] =
        [(Self::SignIn, "sign-in"), (Self::Resume, "resume"), (Self::Write, "write"), (Self::Renew, "renew")];

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(purpose, _)| *purpose == self).map_or("", |(_, name)| name)
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(purpose, _)| *purpose)
    }
}

/// An account's identity: never a name (SEC-044).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountKey {
    /// The tenant's id.
    pub tenant: TenantId,
    /// The user's object id there.
    pub object_id: ObjectId,
}

/// For storage.
impl fmt::Display for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.tenant, self.object_id)
    }
}

impl FromStr for AccountKey {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let (tenant, object_id) = text.split_once(' ').ok_or(ParseIdError::NotAGuid)?;
        Ok(Self { tenant: tenant.parse()?, object_id: object_id.parse()? })
    }
}

/// A sign-in under way.
#[derive(Debug)]
pub struct PendingSignIn {
    /// What the answer must carry to be this attempt's.
    pub state: Secret,
    /// What the id token must carry to be this attempt's.
    pub nonce: Secret,
    /// The PKCE verifier, RFC 7636.
    pub verifier: Secret,
    /// Who was asked: the answer must come from there (SEC-024).
    pub issuer: String,
    /// When the browser left.
    pub started: Timestamp,
    /// The page to come back to.
    pub return_path: String,
    /// Why the browser left.
    pub purpose: Purpose,
    /// The tenant that was asked, as config.json names it.
    pub tenant: String,
    /// What was asked for.
    pub wanted: Wanted,
    /// What a policy demanded of the token.
    pub claims: Option<Claims>,
    /// Whose session it continues, if any.
    pub account: Option<AccountKey>,
}

impl PendingSignIn {
    /// For session storage: the one place that writes the secrets down, on purpose.
    pub fn to_storage(&self) -> Secret {
        let stored = json!({
            "state": self.state.reveal(),
            "nonce": self.nonce.reveal(),
            "verifier": self.verifier.reveal(),
            "issuer": self.issuer,
            "started": self.started.unix_millis(),
            "returnPath": self.return_path,
            "purpose": self.purpose.name(),
            "tenant": self.tenant,
            "write": self.wanted == Wanted::Write,
            "claims": self.claims.as_ref().map(Claims::as_str),
            "account": self.account.map(|account| account.to_string()),
        });
        Secret::new(stored.to_string())
    }

    /// From session storage. What cannot be read is no attempt of ours.
    pub fn from_storage(stored: &Secret) -> Option<Self> {
        let mut stored = Object::parse(stored.reveal().as_bytes()).ok()?;
        let mut text = |name| stored.required(name).ok();
        Some(Self {
            state: Secret::new(text("state")?),
            nonce: Secret::new(text("nonce")?),
            verifier: Secret::new(text("verifier")?),
            issuer: text("issuer")?,
            return_path: return_path::checked(&text("returnPath")?).to_owned(),
            purpose: Purpose::from_name(&text("purpose")?)?,
            tenant: text("tenant")?,
            started: Timestamp::from_unix_millis(stored.take("started").as_i64()?),
            wanted: if stored.take("write").as_bool()? { Wanted::Write } else { Wanted::Read },
            claims: stored.text("claims").ok()?.as_deref().and_then(Claims::parse),
            account: match stored.text("account").ok()? {
                Some(account) => Some(account.parse().ok()?),
                None => None,
            },
        })
    }

    /// Whether the attempt is too old to be answered.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        let age = now.unix_millis().saturating_sub(self.started.unix_millis());
        !(-BACKWARDS..=LIFETIME).contains(&age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::testing::{NOW, pending};
    use std::time::Duration;

    #[test]
    fn every_purpose_survives_storage() {
        for purpose in [Purpose::SignIn, Purpose::Resume, Purpose::Write, Purpose::Renew] {
            let back = PendingSignIn::from_storage(&pending(purpose).to_storage()).unwrap();
            assert_eq!(back.purpose, purpose);
        }
    }

    #[test]
    fn survives_storage() {
        let claims = Claims::parse(r#"{"access_token":{"acrs":{"value":"c1"}}}"#);
        let kept = PendingSignIn { claims, ..pending(Purpose::Write) };
        let back = PendingSignIn::from_storage(&kept.to_storage()).unwrap();
        assert_eq!(back.state, kept.state);
        assert_eq!(back.nonce, kept.nonce);
        assert_eq!(back.verifier, kept.verifier);
        assert_eq!(back.issuer, kept.issuer);
        assert_eq!(back.started, kept.started);
        assert_eq!(back.return_path, kept.return_path);
        assert_eq!((back.purpose, back.wanted), (kept.purpose, Wanted::Write));
        assert_eq!((back.tenant, back.claims), (kept.tenant, kept.claims));
        assert_eq!(back.account, kept.account);
    }

    #[test]
    fn shows_no_secret() {
        let kept = pending(Purpose::SignIn);
        let shown = format!("{kept:?} {:?}", kept.to_storage());
        for secret in [&kept.state, &kept.nonce, &kept.verifier] {
            assert!(!shown.contains(secret.reveal()));
        }
    }

    #[test]
    fn reads_nothing_but_its_own() {
        for stored in ["", "x", "{}", "[]", r#"{"state":"a"}"#] {
            assert!(PendingSignIn::from_storage(&Secret::new(stored)).is_none());
        }
    }

    #[test]
    fn a_stored_return_path_is_checked_again() {
        let mut kept = pending(Purpose::SignIn);
        kept.return_path = "//evil.test".into();
        assert_eq!(PendingSignIn::from_storage(&kept.to_storage()).unwrap().return_path, "/");
    }

    #[test]
    fn expires_after_ten_minutes() {
        let kept = pending(Purpose::SignIn);
        assert!(!kept.is_expired(NOW));
        assert!(!kept.is_expired(NOW + Duration::from_secs(600)));
        assert!(kept.is_expired(NOW + Duration::from_millis(600_001)));
        assert!(!kept.is_expired(Timestamp::from_unix_millis(NOW.unix_millis() - 60_000)));
        assert!(kept.is_expired(Timestamp::from_unix_millis(NOW.unix_millis() - 60_001)));
    }
}
