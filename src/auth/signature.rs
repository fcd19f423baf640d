//! How an RS256 signature is checked: by whoever has the cryptography, which is the browser.

use futures_util::future::LocalBoxFuture;

/// An RSA public key as a JSON Web Key writes it: base64url without padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RsaKey {
    /// The key's id.
    pub id: Option<String>,
    /// The modulus, `n`.
    pub modulus: String,
    /// The exponent, `e`.
    pub exponent: String,
}

/// Checks signatures.
pub trait SignatureVerifier {
    /// Whether `signature` over `message` was made with RSASSA-PKCS1-v1_5 and SHA-256 by the holder of `key`.
    fn verify_rs256<'a>(&'a self, key: &'a RsaKey, message: &'a [u8], signature: &'a [u8]) -> LocalBoxFuture<'a, bool>;
}
