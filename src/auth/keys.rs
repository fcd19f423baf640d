//! The keys that the tenant's id tokens are signed with. RFC 7517.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::Value;
use url::Url;

use super::answer::{self, AnswerError};
use super::crypto::RsaKey;
use super::object::{Object, ObjectError};
use crate::http::Transport;

/// The base64url length of a modulus of 2048 bits, the least that RS256 allows (RFC 7518, section 3.3).
const SHORTEST_MODULUS: usize = 342;

/// The tenant's keys, asked for when first needed and once more when a token names one that is not among them.
pub struct Keys {
    transport: Rc<dyn Transport>,
    uri: Url,
    issuer: String,
    known: RefCell<Vec<RsaKey>>,
}

impl Keys {
    /// The keys at this address, which belong to this issuer.
    pub fn new(transport: Rc<dyn Transport>, uri: Url, issuer: String) -> Self {
        Self { transport, uri, issuer, known: RefCell::default() }
    }

    /// The key that a token names. A token that names none is understood where there is but one key.
    pub async fn find(&self, id: Option<&str>) -> Result<Option<RsaKey>, AnswerError> {
        let known = pick(&self.known.borrow(), id);
        if known.is_some() {
            return Ok(known);
        }
        // The first time, or the service has changed its keys since.
        Ok(pick(&self.load().await?, id))
    }

    /// Asks for the keys ahead of need. A failure shows when they are needed.
    pub async fn prepare(&self) {
        let _ = self.load().await;
    }

    async fn load(&self) -> Result<Vec<RsaKey>, AnswerError> {
        let mut document = answer::get_json(&*self.transport, self.uri.clone()).await?;
        let Value::Array(keys) = document.take("keys") else { return Err(ObjectError::Member("keys").into()) };
        let keys: Vec<_> = keys.into_iter().filter_map(|key| self.usable(Object::from_value(key)?)).collect();
        self.known.replace(keys.clone());
        Ok(keys)
    }

    /// What is not understood is no key of ours (RFC 7517, section 5).
    fn usable(&self, mut key: Object) -> Option<RsaKey> {
        let fits = key.required("kty").ok()? == "RSA"
            && key.text("use").ok()?.is_none_or(|usage| usage == "sig")
            && key.text("alg").ok()?.is_none_or(|algorithm| algorithm == "RS256")
            // Microsoft's addition: whom the key signs for. It also signs for other tenants, with keys listed beside.
            && key.text("issuer").ok()?.is_none_or(|issuer| issuer == self.issuer || issuer.contains("{tenantid}"));
        let id = key.text("kid").ok()?;
        let key = RsaKey { id, modulus: key.required("n").ok()?, exponent: key.required("e").ok()? };
        (fits && key.modulus.len() >= SHORTEST_MODULUS).then_some(key)
    }
}

fn pick(keys: &[RsaKey], id: Option<&str>) -> Option<RsaKey> {
    match (id, keys) {
        (Some(id), keys) => keys.iter().find(|key| key.id.as_deref() == Some(id)).cloned(),
        (None, [only]) => Some(only.clone()),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::testing::{AUTHORITY, Fake, TENANT};
    use serde_json::{Value, json};

    fn key(id: &str) -> Value {
        json!({ "kty": "RSA", "use": "sig", "kid": id, "n": "A".repeat(342), "e": "AQAB" })
    }

    fn changed(id: &str, member: &str, value: &str) -> Value {
        let mut key = key(id);
        key[member] = value.into();
        key
    }

    fn keys(fake: &Rc<Fake>) -> Keys {
        let uri = Url::parse(&format!("{AUTHORITY}/{TENANT}/discovery/v2.0/keys")).unwrap();
        Keys::new(fake.clone(), uri, format!("{AUTHORITY}/{TENANT}/v2.0"))
    }

    async fn found(document: Value, id: Option<&str>) -> bool {
        let fake = Rc::new(Fake::new());
        fake.answer_json("keys", 200, &document);
        keys(&fake).find(id).await.unwrap().is_some()
    }

    #[tokio::test]
    async fn asks_once_more_for_an_unknown_key() {
        let fake = Rc::new(Fake::new());
        let keys = keys(&fake);
        fake.answer_json("keys", 200, &json!({ "keys": [key("a")] }));
        assert!(keys.find(Some("a")).await.unwrap().is_some());
        assert!(keys.find(Some("a")).await.unwrap().is_some());
        assert_eq!(fake.requests().len(), 1);
        fake.answer_json("keys", 200, &json!({ "keys": [key("a"), key("b")] }));
        assert!(keys.find(Some("b")).await.unwrap().is_some());
        assert_eq!(fake.requests().len(), 2);
        fake.answer_json("keys", 200, &json!({ "keys": [key("a")] }));
        assert!(keys.find(Some("c")).await.unwrap().is_none());
        assert_eq!(fake.requests().len(), 3);
    }

    #[tokio::test]
    async fn without_an_id_there_must_be_one_key() {
        assert!(found(json!({ "keys": [key("a")] }), None).await);
        assert!(!found(json!({ "keys": [key("a"), key("b")] }), None).await);
        assert!(!found(json!({ "keys": [] }), None).await);
    }

    #[tokio::test]
    async fn leaves_out_what_does_not_fit() {
        assert!(
            found(json!({ "keys": [changed("a", "issuer", &format!("{AUTHORITY}/{TENANT}/v2.0"))] }), Some("a")).await
        );
        assert!(found(json!({ "keys": [changed("a", "alg", "RS256")] }), Some("a")).await);
        for (member, value) in [
            ("kty", "EC"),
            ("kty", "oct"),
            ("use", "enc"),
            ("alg", "HS256"),
            ("n", "AQAB"),
            ("issuer", "https://login.contoso.test/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"),
        ] {
            assert!(!found(json!({ "keys": [changed("a", member, value)] }), Some("a")).await, "{member} {value}");
        }
        // And what is no key at all, without losing those beside it.
        for other in [json!({}), json!("a"), json!({ "kty": 1, "kid": "a" }), json!({ "kty": "RSA", "kid": "a" })] {
            assert!(!found(json!({ "keys": [other.clone()] }), Some("a")).await, "{other}");
            assert!(found(json!({ "keys": [other.clone(), key("b")] }), Some("b")).await, "{other}");
        }
    }

    #[tokio::test]
    async fn a_document_without_a_list_is_not_understood() {
        for document in [json!({}), json!({ "keys": {} }), json!([])] {
            let fake = Rc::new(Fake::new());
            fake.answer_json("keys", 200, &document);
            let error = keys(&fake).find(Some("a")).await.unwrap_err();
            assert!(matches!(error, AnswerError::NotUnderstood(_)), "{error:?}");
        }
    }
}
