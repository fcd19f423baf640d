//! The access token as the rest of the app meets it, and why there may be none.
//!
//! To this product the token is opaque: it is never parsed (SEC-046).

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::secret::Secret;
use crate::http::TransportError;

/// The bearer token for Microsoft Graph. A clone shares the one text; nothing is copied.
#[derive(Clone)]
pub struct AccessToken(Rc<Secret>);

impl AccessToken {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Rc::new(Secret::new(text)))
    }

    /// The text, for the `Authorization` header alone.
    pub fn secret(&self) -> &str {
        self.0.reveal()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(***)")
    }
}

/// Why there is no access token at the moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The sign-in has run out or been revoked: only the administrator can renew it.
    #[error("the sign-in has ended; sign in again")]
    SignInNeeded,
    /// The sign-in service gave no answer. The session is kept; a later try may succeed.
    #[error("the sign-in service could not be reached: {0}")]
    Unreachable(TransportError),
    /// The sign-in service is busy or out of order. The session is kept; a later try may succeed.
    #[error("the sign-in service is busy (status {status})")]
    Busy {
        /// The HTTP status.
        status: u16,
        /// How long it asks to wait, where the browser lets the page see it.
        retry_after: Option<Duration>,
    },
    /// The sign-in service refused for a reason that neither waiting nor signing in mends, such as a wrong registration.
    #[error("the sign-in service refused: {0}")]
    Refused(String),
}

impl TokenError {
    /// Whether the same may succeed later without anybody doing anything.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Busy { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_not_in_debug() {
        let token = AccessToken::new("opaque-1");
        assert_eq!(format!("{token:?}"), "AccessToken(***)");
        assert_eq!(token.clone().secret(), "opaque-1");
    }
}
