//! A text that must never be seen: a token, a code, a verifier.
//!
//! It has no `Display` and no `Serialize`, is not `Clone`, `Debug` prints stars, and its bytes are overwritten when it
//! goes (SEC-063).

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::crypto::{Crypto, CryptoError};
use crate::wipe::wipe;

/// A secret text.
#[derive(PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A new one of 256 random bits, in 43 characters that need no escaping anywhere (SEC-002 to SEC-004).
    pub fn random(crypto: &dyn Crypto) -> Result<Self, CryptoError> {
        Ok(Self(BASE64_URL_SAFE_NO_PAD.encode(crypto.random()?)))
    }

    /// The text itself, for the one place that sends or checks it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::testing::{HostCrypto, NoCrypto};

    #[test]
    fn debug_shows_nothing_of_it() {
        let secret = Secret::new("eyJhbGciOi");
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "*** Some(***)");
        assert_eq!(secret.reveal(), "eyJhbGciOi");
    }

    #[test]
    fn without_randomness_there_is_none() {
        // SEC-002, SEC-004
        assert_eq!(Secret::random(&HostCrypto).unwrap().reveal().len(), 43);
        assert_eq!(Secret::random(&NoCrypto), Err(CryptoError));
    }
}
