//! The answer that comes back in the address: what it says, and whether this tab asked for it (SEC-020 to SEC-028).
//! RFC 6749, sections 4.1.2 and 3.1; RFC 9207.

use super::pending::PendingSignIn;
use super::refusal::Refusal;
use super::secret::Secret;
use crate::directory::Timestamp;

/// The parameters that make a fragment an answer.
const MARKS: [&str; 5] = ["code", "error", "state", "id_token", "access_token"];

/// The parameters that are read, each of which may come once.
const READ: [&str; 8] = ["code", "state", "iss", "error", "error_description", "error_subcode", "suberror", "claims"];

/// The fragment of an address that the sign-in service sent the browser to. Its texts are not checked yet.
#[derive(Debug)]
pub struct Callback(Vec<(String, Secret)>);

/// An answer to an attempt of this tab.
#[derive(Debug)]
pub struct Answer {
    /// The attempt.
    pub pending: PendingSignIn,
    /// What the service says.
    pub result: Result<Secret, Refusal>,
}

/// Why an answer is not taken. None of these leads to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// A parameter came twice.
    #[error("the answer carries a parameter twice")]
    Duplicate,
    /// This tab waits for no answer: it came twice, or the sign-in began in another tab.
    #[error("this tab waits for no answer")]
    NotWaiting,
    /// The answer carries no state.
    #[error("the answer carries no state")]
    MissingState,
    /// The answer carries another state than this tab's attempt.
    #[error("the answer belongs to another attempt")]
    WrongState,
    /// The attempt began more than ten minutes ago.
    #[error("the attempt is too old")]
    Expired,
    /// The answer comes from another issuer than was asked.
    #[error("the answer comes from elsewhere")]
    WrongIssuer,
    /// There is neither a code nor an error in it.
    #[error("the answer is incomplete")]
    Incomplete,
    /// An error that this tab did not ask for: to be ignored (SEC-026).
    #[error("an error that nobody asked for")]
    StrayError,
}

impl Callback {
    /// Reads a fragment, without its `#`; `None` if it is no answer of a sign-in.
    pub fn parse(fragment: &str) -> Option<Self> {
        let pairs: Vec<_> = url::form_urlencoded::parse(fragment.as_bytes())
            .map(|(name, value)| (name.into_owned(), Secret::new(value)))
            .collect();
        pairs.iter().any(|(name, _)| MARKS.contains(&name.as_str())).then_some(Self(pairs))
    }

    /// Holds the answer against the attempt that this tab keeps. The attempt is consumed either way: an answer is taken
    /// once (SEC-021).
    pub fn check(self, pending: Option<PendingSignIn>, now: Timestamp) -> Result<Answer, CallbackError> {
        let is_error = self.get("error").is_some() && self.get("code").is_none();
        let untrusted = |error| if is_error { CallbackError::StrayError } else { error };
        if READ.iter().any(|name| self.0.iter().filter(|(given, _)| given == name).count() > 1) {
            return Err(untrusted(CallbackError::Duplicate));
        }
        // An empty state must not match an empty state.
        let state = self.get("state").filter(|state| !state.is_empty());
        let state = state.ok_or(untrusted(CallbackError::MissingState))?;
        let pending = pending.ok_or(untrusted(CallbackError::NotWaiting))?;
        if state != pending.state.reveal() {
            return Err(untrusted(CallbackError::WrongState));
        }
        if pending.is_expired(now) {
            return Err(CallbackError::Expired);
        }
        if self.get("iss").is_some_and(|issuer| issuer != pending.issuer) {
            return Err(CallbackError::WrongIssuer);
        }
        let refusal = Refusal::read(&mut |name| self.get(name).map(str::to_owned));
        let result = match (self.get("code"), refusal) {
            (Some(code), None) if !code.is_empty() => Ok(Secret::new(code)),
            (None, Some(refusal)) => Err(refusal),
            _ => return Err(CallbackError::Incomplete),
        };
        Ok(Answer { pending, result })
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.reveal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::pending::Purpose;
    use crate::auth::testing::{NOW, pending};
    use std::time::Duration;

    fn check(fragment: &str) -> Result<Answer, CallbackError> {
        Callback::parse(fragment).unwrap().check(Some(pending(Purpose::SignIn)), NOW)
    }

    #[test]
    fn knows_an_answer_from_any_other_fragment() {
        for fragment in ["", "top", "identities", "codex=1", "a=b&c=d"] {
            assert!(Callback::parse(fragment).is_none(), "{fragment}");
        }
        for fragment in ["code=a&state=b", "error=a", "state=x", "id_token=x", "access_token=x", "x=y&code"] {
            assert!(Callback::parse(fragment).is_some(), "{fragment}");
        }
    }

    #[test]
    fn takes_the_code_of_this_tabs_attempt() {
        let answer = check("code=0.AX%2Bb+c&state=the-state&session_state=s&client_info=x").unwrap();
        assert_eq!(answer.result.unwrap().reveal(), "0.AX+b c");
        check("code=a&state=the-state&iss=https%3A%2F%2Flogin.contoso.test%2Fissuer").unwrap();
    }

    #[test]
    fn refuses_what_this_tab_did_not_ask_for() {
        // SEC-020, SEC-023, SEC-025, SEC-026
        for (fragment, error) in [
            ("code=a", CallbackError::MissingState),
            ("code=a&state=", CallbackError::MissingState),
            ("id_token=eyJ", CallbackError::MissingState),
            ("code=a&state=another", CallbackError::WrongState),
            ("code=a&state=THE-STATE", CallbackError::WrongState),
            ("code=a&state=the-state%20", CallbackError::WrongState),
            ("code=a&code=b&state=the-state", CallbackError::Duplicate),
            ("code=a&state=the-state&state=the-state", CallbackError::Duplicate),
            ("code=a&state=x&state=the-state", CallbackError::Duplicate),
            ("code=a&state=the-state&iss=a&iss=https://login.contoso.test/issuer", CallbackError::Duplicate),
            ("code=a&state=the-state&iss=https://evil.test/issuer", CallbackError::WrongIssuer),
            ("code=a&state=the-state&iss=https://login.contoso.test/issuer/", CallbackError::WrongIssuer),
            ("error=a&state=the-state&iss=https://evil.test", CallbackError::WrongIssuer),
            ("state=the-state", CallbackError::Incomplete),
            ("code=&state=the-state", CallbackError::Incomplete),
            ("code=a&error=b&state=the-state", CallbackError::Incomplete),
            ("id_token=eyJ&state=the-state", CallbackError::Incomplete),
            ("access_token=eyJ&token_type=Bearer&state=the-state", CallbackError::Incomplete),
            ("error=access_denied", CallbackError::StrayError),
            ("error=access_denied&state=another", CallbackError::StrayError),
            ("error=a&error=b&state=the-state", CallbackError::StrayError),
        ] {
            assert_eq!(check(fragment).unwrap_err(), error, "{fragment}");
        }
    }

    #[test]
    fn takes_nothing_without_an_attempt() {
        // SEC-021, SEC-028: replayed, or begun in another tab.
        let answer = |fragment: &str| Callback::parse(fragment).unwrap().check(None, NOW).unwrap_err();
        assert_eq!(answer("code=a&state=the-state"), CallbackError::NotWaiting);
        assert_eq!(answer("error=a&state=the-state"), CallbackError::StrayError);
    }

    #[test]
    fn an_empty_state_matches_nothing() {
        let mut kept = pending(Purpose::SignIn);
        kept.state = Secret::new("");
        let error = Callback::parse("code=a&state=").unwrap().check(Some(kept), NOW).unwrap_err();
        assert_eq!(error, CallbackError::MissingState);
    }

    #[test]
    fn takes_nothing_after_ten_minutes() {
        let late = NOW + Duration::from_secs(601);
        for fragment in ["code=a&state=the-state", "error=a&state=the-state"] {
            let error = Callback::parse(fragment).unwrap().check(Some(pending(Purpose::SignIn)), late).unwrap_err();
            assert_eq!(error, CallbackError::Expired);
        }
    }

    #[test]
    fn reads_a_refusal_as_text() {
        let fragment = "error=access_denied&error_subcode=cancel&error_description=AADSTS65004%3a+User+%3cb%3edeclined&state=the-state";
        let refusal = check(fragment).unwrap().result.unwrap_err();
        assert_eq!(refusal.to_string(), "access_denied (cancel): AADSTS65004: User <b>declined");
        assert_eq!(refusal.aadsts(), Some(65004));
    }

    #[test]
    fn shows_no_secret() {
        let callback = Callback::parse("code=the-code&state=the-state").unwrap();
        let shown = format!("{callback:?} {:?}", check("code=the-code&state=the-state").unwrap());
        assert!(!shown.contains("the-code") && !shown.contains("the-state"), "{shown}");
    }
}
