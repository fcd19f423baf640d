//! A text that must never be seen: a token, a code, a verifier.
//!
//! It has no `Display` and no `Serialize`, is not `Clone`, `Debug` prints stars, and its bytes are overwritten when it
//! goes (SEC-063). Best effort: what the browser hands over or takes is a copy in JavaScript's memory, beyond reach.

use std::fmt;

/// A secret text.
#[derive(PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
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
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.fill(0);
        // Without this the compiler may leave the overwriting out, for nobody reads the bytes again.
        std::hint::black_box(&mut bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_it() {
        let secret = Secret::new("eyJhbGciOi");
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "*** Some(***)");
        assert_eq!(secret.reveal(), "eyJhbGciOi");
    }
}
