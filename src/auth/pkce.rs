//! Proof Key for Code Exchange (SEC-002): a code is worth nothing to whoever does not know the verifier. RFC 7636.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::crypto::{Crypto, CryptoError};
use super::secret::Secret;

/// The challenge that shows, by the method S256, that the verifier is known: section 4.2.
pub async fn challenge(crypto: &dyn Crypto, verifier: &Secret) -> Result<String, CryptoError> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(crypto.sha256(verifier.reveal().as_bytes()).await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::testing::{HostCrypto, NoCrypto};

    #[tokio::test]
    async fn makes_the_challenge_of_the_standards_example() {
        // SEC-002; RFC 7636, appendix B.
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let challenge = challenge(&HostCrypto, &verifier).await;
        assert_eq!(challenge.as_deref(), Ok("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
    }

    #[tokio::test]
    async fn without_a_digest_there_is_no_challenge() {
        assert_eq!(challenge(&NoCrypto, &Secret::new("v")).await, Err(CryptoError));
    }
}
