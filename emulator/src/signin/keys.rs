//! The keys that sign tokens, and their rotation. Making one takes a second, so the process keeps those it has made
//! and every emulator in it takes them in the same order.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::rand_core::OsRng;
use rsa::sha2::{Digest as _, Sha256};
use rsa::signature::{SignatureEncoding as _, Signer as _, Verifier as _};
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};

use crate::faults::merge;

/// One key and what is published of it.
pub(crate) struct Key {
    signing: SigningKey<Sha256>,
    verifying: VerifyingKey<Sha256>,
    modulus: String,
    exponent: String,
    /// The key's name in token headers and in the key set.
    kid: String,
}

impl Key {
    fn make() -> Result<Self, String> {
        let key = RsaPrivateKey::new(&mut OsRng, 2048).map_err(|error| error.to_string())?;
        let modulus = URL_SAFE_NO_PAD.encode(key.n().to_bytes_be());
        let exponent = URL_SAFE_NO_PAD.encode(key.e().to_bytes_be());
        let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(modulus.as_bytes()).get(..20).unwrap_or_default());
        let verifying = VerifyingKey::<Sha256>::new(key.to_public_key());
        Ok(Self { signing: SigningKey::<Sha256>::new(key), verifying, modulus, exponent, kid })
    }

    /// What stands before the claims of the tokens that it signs.
    pub(crate) fn header(&self) -> Value {
        json!({"typ": "JWT", "alg": "RS256", "kid": self.kid, "x5t": self.kid})
    }

    /// Signs as a compact JWT, by RS256 whatever the header says.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let text = format!("{}.{}", part(header), part(claims));
        let signature = self.signing.sign(text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }

    /// The public half, as a JSON web key.
    pub(crate) fn public(&self) -> Value {
        json!({"kty": "RSA", "use": "sig", "kid": self.kid, "x5t": self.kid, "n": self.modulus, "e": self.exponent})
    }

    /// The process's key of this number, made if it is the first to be asked for.
    fn nth(number: usize) -> Result<&'static Self, String> {
        static MADE: Mutex<Vec<&'static Key>> = Mutex::new(Vec::new());
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(key) = made.get(number) {
                return Ok(key);
            }
            made.push(Box::leak(Box::new(Self::make()?)));
        }
    }
}

/// The keys of one emulator, the oldest first; the newest signs.
pub(crate) struct KeyRing {
    keys: RwLock<Ring>,
    /// Tokens whose signature has been found good: one token comes with thousands of requests.
    proved: Mutex<HashSet<String>>,
}

/// So many tokens are remembered.
const PROVED: usize = 64;

struct Ring {
    made: usize,
    newest: &'static Key,
    older: Vec<&'static Key>,
}

impl KeyRing {
    /// A ring with one key.
    pub(crate) fn new() -> Result<Self, String> {
        let keys = RwLock::new(Ring { made: 1, newest: Key::nth(0)?, older: Vec::new() });
        Ok(Self { keys, proved: Mutex::default() })
    }

    /// Signs with a new key from now on. The older ones are published, and tokens signed with them taken, unless they
    /// are retired.
    pub(crate) fn rotate(&self, retire: bool) -> Result<(), String> {
        let mut ring = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let new = Key::nth(ring.made)?;
        let old = std::mem::replace(&mut ring.newest, new);
        ring.made += 1;
        ring.older.push(old);
        if retire {
            ring.older.clear();
            self.proved().clear();
        }
        Ok(())
    }

    fn proved(&self) -> MutexGuard<'_, HashSet<String>> {
        self.proved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that are published, the newest first.
    fn published_keys(&self) -> Vec<&'static Key> {
        let ring = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        std::iter::once(ring.newest).chain(ring.older.iter().rev().copied()).collect()
    }

    /// The one that signs.
    pub(crate) fn newest(&self) -> &'static Key {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).newest
    }

    /// One that is published nowhere: it becomes the newest only when the ring is turned.
    pub(crate) fn unpublished(&self) -> Result<&'static Key, String> {
        Key::nth(self.keys.read().unwrap_or_else(PoisonError::into_inner).made)
    }

    /// Signs claims as a compact RS256 JWT.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let key = self.newest();
        key.sign(&key.header(), claims)
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
        if self.proved().contains(token) {
            return Ok(body);
        }
        let says = |name: &str| head.get(name).and_then(Value::as_str).unwrap_or_default();
        if says("alg") != "RS256" {
            return Err(true);
        }
        let key = self.published_keys().into_iter().find(|key| key.kid == says("kid")).ok_or(true)?;
        let bytes = URL_SAFE_NO_PAD.decode(signature).map_err(|_| true)?;
        let signature = Signature::try_from(bytes.as_slice()).map_err(|_| true)?;
        let signed = token.rsplit_once('.').map_or("", |(signed, _)| signed);
        key.verifying.verify(signed.as_bytes(), &signature).map_err(|_| true)?;
        let mut proved = self.proved();
        if proved.len() >= PROVED {
            proved.clear();
        }
        proved.insert(token.to_owned());
        Ok(body)
    }

    /// The key set as the discovery document's `jwks_uri` serves it.
    pub(crate) fn published(&self, issuer: &str) -> Value {
        let keys: Vec<Value> = self
            .published_keys()
            .into_iter()
            .map(|key| {
                let mut public = key.public();
                merge(&mut public, &json!({"cloud_instance_name": "localhost", "issuer": issuer}));
                public
            })
            .collect();
        json!({"keys": keys})
    }
}
