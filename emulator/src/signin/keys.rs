//! The key that signs every token: made once a process, since making one takes a second.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::rand_core::OsRng;
use rsa::sha2::{Digest as _, Sha256};
use rsa::signature::{SignatureEncoding as _, Signer as _, Verifier as _};
use rsa::traits::PublicKeyParts as _;
use rsa::{RsaPrivateKey, errors::Error as RsaError};
use serde_json::{Value, json};

/// The signing key and what is published of it.
pub(crate) struct Keys {
    signing: SigningKey<Sha256>,
    verifying: VerifyingKey<Sha256>,
    modulus: String,
    exponent: String,
    /// The key's name in token headers and in the key set.
    pub(crate) kid: String,
}

impl Keys {
    /// The process's key, made on first use.
    pub(crate) fn get() -> Result<&'static Self, String> {
        static KEYS: OnceLock<Result<Keys, String>> = OnceLock::new();
        KEYS.get_or_init(|| Self::make().map_err(|error| error.to_string())).as_ref().map_err(Clone::clone)
    }

    fn make() -> Result<Self, RsaError> {
        let key = RsaPrivateKey::new(&mut OsRng, 2048)?;
        let modulus = URL_SAFE_NO_PAD.encode(key.n().to_bytes_be());
        let exponent = URL_SAFE_NO_PAD.encode(key.e().to_bytes_be());
        let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(modulus.as_bytes()).get(..20).unwrap_or_default());
        let verifying = VerifyingKey::<Sha256>::new(key.to_public_key());
        Ok(Self { signing: SigningKey::<Sha256>::new(key), verifying, modulus, exponent, kid })
    }

    /// Signs claims as a compact RS256 JWT.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = json!({"typ": "JWT", "alg": "RS256", "kid": self.kid, "x5t": self.kid});
        let text =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = self.signing.sign(text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }

    /// The claims of a token; `Err(false)` if it is no RS256 JWT, `Err(true)` if its signature is not ours.
    pub(crate) fn open(&self, token: &str) -> Result<Value, bool> {
        let mut parts = token.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(false);
        };
        let read = |part: &str| -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok() };
        let (Some(head), Some(body)) = (read(header), read(claims)) else { return Err(false) };
        if head.get("alg").and_then(Value::as_str) != Some("RS256") {
            return Err(true);
        }
        let bytes = URL_SAFE_NO_PAD.decode(signature).map_err(|_| true)?;
        let signature = Signature::try_from(bytes.as_slice()).map_err(|_| true)?;
        let signed = token.rsplit_once('.').map_or("", |(signed, _)| signed);
        self.verifying.verify(signed.as_bytes(), &signature).map_err(|_| true)?;
        Ok(body)
    }

    /// The key set as the discovery document's `jwks_uri` serves it.
    pub(crate) fn published(&self, issuer: &str) -> Value {
        json!({"keys": [{
            "kty": "RSA", "use": "sig", "kid": self.kid, "x5t": self.kid,
            "n": self.modulus, "e": self.exponent,
            "cloud_instance_name": "localhost", "issuer": issuer,
        }]})
    }
}
