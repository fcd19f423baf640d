//! Random numbers, SHA-256 and RS256 by WebCrypto.

use futures_util::future::LocalBoxFuture;
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

use super::stop;
use crate::auth::{Crypto, CryptoError, RsaKey};

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
