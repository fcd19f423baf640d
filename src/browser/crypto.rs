//! Random numbers, SHA-256, RS256 and AES-GCM by WebCrypto.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures_util::future::LocalBoxFuture;
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

use super::stop;
use crate::auth::{Crypto, CryptoError, RsaKey, Secret};

/// The browser's own cryptography.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebCrypto;

impl Crypto for WebCrypto {
    fn random(&self) -> Result<[u8; 32], CryptoError> {
        let mut bytes = [0; 32];
        let filled = crypto().and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
        filled.map(|_| bytes).map_err(|_| CryptoError)
    }

    fn sha256<'a>(&'a self, message: &'a [u8]) -> LocalBoxFuture<'a, Result<Vec<u8>, CryptoError>> {
        Box::pin(async move {
            let digest = digest(message).await.map_err(|_| CryptoError);
            stop::gate().await;
            digest
        })
    }

    fn verify_rs256<'a>(&'a self, key: &'a RsaKey, message: &'a [u8], signature: &'a [u8]) -> LocalBoxFuture<'a, bool> {
        // Whatever the browser refuses, a malformed key among it, is a signature that does not hold.
        Box::pin(async move {
            let holds = verify(key, message, signature).await.unwrap_or(false);
            stop::gate().await;
            holds
        })
    }
}

async fn digest(message: &[u8]) -> Result<Vec<u8>, JsValue> {
    let digest = subtle()?.digest_with_str_and_buffer_source("SHA-256", &Uint8Array::from(message))?;
    Ok(Uint8Array::new(&JsFuture::from(digest).await?).to_vec())
}

async fn verify(key: &RsaKey, message: &[u8], signature: &[u8]) -> Result<bool, JsValue> {
    let subtle = subtle()?;
    let jwk = object(&[("kty", "RSA"), ("n", &key.modulus), ("e", &key.exponent)])?;
    let algorithm = object(&[("name", "RSASSA-PKCS1-v1_5"), ("hash", "SHA-256")])?;
    let uses = Array::of1(&JsValue::from_str("verify"));
    let imported = subtle.import_key_with_object("jwk", &jwk, &algorithm, false, &uses)?;
    let imported: CryptoKey = JsFuture::from(imported).await?.dyn_into()?;
    let signature = Uint8Array::from(signature);
    let message = Uint8Array::from(message);
    let answer =
        subtle.verify_with_object_and_buffer_source_and_buffer_source(&algorithm, &imported, &signature, &message)?;
    Ok(JsFuture::from(answer).await?.is_truthy())
}

/// The length of AES-GCM's initialisation vector in bytes, as NIST SP 800-38D recommends.
const VECTOR: usize = 12;

/// Encrypts by AES-256-GCM. The key is what [`Secret::random`] gives; the initialisation vector is new each time and
/// stands before the rest. `about` is not in it, but whoever opens it must say the same.
pub async fn seal(key: &Secret, about: &str, bytes: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let random = WebCrypto.random()?;
    let (vector, _) = random.split_at(VECTOR);
    let sealed = aes_gcm(true, key, vector, about, bytes).await.map_err(|_| CryptoError);
    stop::gate().await;
    Ok([vector, &sealed?].concat())
}

/// Decrypts what [`seal`] gave, if nothing of it is another.
pub async fn unseal(key: &Secret, about: &str, sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let (vector, sealed) = sealed.split_at_checked(VECTOR).ok_or(CryptoError)?;
    let bytes = aes_gcm(false, key, vector, about, sealed).await.map_err(|_| CryptoError);
    stop::gate().await;
    bytes
}

async fn aes_gcm(seals: bool, key: &Secret, vector: &[u8], about: &str, bytes: &[u8]) -> Result<Vec<u8>, JsValue> {
    let subtle = subtle()?;
    let algorithm = object(&[("name", "AES-GCM")])?;
    for (name, value) in [("iv", vector), ("additionalData", about.as_bytes())] {
        Reflect::set(&algorithm, &JsValue::from_str(name), &Uint8Array::from(value))?;
    }
    let key = BASE64_URL_SAFE_NO_PAD.decode(key.reveal()).map_err(|_| JsValue::NULL)?;
    let uses = Array::of1(&JsValue::from_str(if seals { "encrypt" } else { "decrypt" }));
    let key = subtle.import_key_with_object("raw", &Uint8Array::from(key.as_slice()), &algorithm, false, &uses)?;
    let key: CryptoKey = JsFuture::from(key).await?.dyn_into()?;
    let bytes = Uint8Array::from(bytes);
    let answer = match seals {
        true => subtle.encrypt_with_object_and_buffer_source(&algorithm, &key, &bytes),
        false => subtle.decrypt_with_object_and_buffer_source(&algorithm, &key, &bytes),
    };
    Ok(Uint8Array::new(&JsFuture::from(answer?).await?).to_vec())
}

fn crypto() -> Result<web_sys::Crypto, JsValue> {
    web_sys::window().ok_or(JsValue::NULL)?.crypto()
}

fn subtle() -> Result<SubtleCrypto, JsValue> {
    let subtle = crypto()?.subtle();
    // Without a secure context there is none, whatever the binding's type says.
    if subtle.is_undefined() { Err(JsValue::NULL) } else { Ok(subtle) }
}

fn object(members: &[(&str, &str)]) -> Result<Object, JsValue> {
    let object = Object::new();
    for (name, value) in members {
        Reflect::set(&object, &JsValue::from_str(name), &JsValue::from_str(value))?;
    }
    Ok(object)
}
