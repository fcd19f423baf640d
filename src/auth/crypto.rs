//! The cryptography that a sign-in needs, done by whoever has it, which is the browser.

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

/// There is no cryptography here, as in a page that came without TLS. Nothing weaker takes its place (SEC-165).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the browser's cryptography cannot be used")]
pub struct CryptoError;

/// Random numbers, digests, signatures.
pub trait Crypto {
    /// 256 bits that nobody can predict.
    fn random(&self) -> Result<[u8; 32], CryptoError>;

    /// The SHA-256 digest of a message.
    fn sha256<'a>(&'a self, message: &'a [u8]) -> LocalBoxFuture<'a, Result<Vec<u8>, CryptoError>>;

    /// Whether `signature` over `message` was made with RSASSA-PKCS1-v1_5 and SHA-256 by the holder of `key`.
    fn verify_rs256<'a>(&'a self, key: &'a RsaKey, message: &'a [u8], signature: &'a [u8]) -> LocalBoxFuture<'a, bool>;
}
