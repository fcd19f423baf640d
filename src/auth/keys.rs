//! The keys that the tenant's id tokens are signed with. RFC 7517.

use std::cell::RefCell;
use std::rc::Rc;

use serde::Deserialize;
use url::Url;

use super::answer::{self, AnswerError};
use super::signature::RsaKey;
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

#[derive(Deserialize)]
struct Document {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    n: Option<String>,
    e: Option<String>,
    /// Microsoft's addition: whom the key signs for.
    issuer: Option<String>,
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
        let document: Document = answer::get_json(&*self.transport, self.uri.clone()).await?;
        let keys: Vec<_> = document.keys.into_iter().filter_map(|key| self.usable(key)).collect();
        self.known.replace(keys.clone());
        Ok(keys)
    }

    fn usable(&self, key: Key) -> Option<RsaKey> {
        let fits = key.kty == "RSA"
            && key.usage.is_none_or(|usage| usage == "sig")
            && key.alg.is_none_or(|algorithm| algorithm == "RS256")
            // Microsoft also signs for other tenants, with keys that it lists beside.
            && key.issuer.is_none_or(|issuer| issuer == self.issuer || issuer.contains("{tenantid}"));
        let key = RsaKey { id: key.kid, modulus: key.n?, exponent: key.e? };
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
    }
}
