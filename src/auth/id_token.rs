//! The id token: who signed in, and the proof of it (SEC-040 to SEC-044). OpenID Connect Core 1.0, section 3.1.3.7.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;

use super::answer::AnswerError;
use super::crypto::Crypto;
use super::keys::Keys;
use super::object::{Object, ObjectError};
use super::pending::AccountKey;
use super::secret::Secret;
use crate::directory::{AppId, ObjectId, RoleTemplateId, TenantId, Timestamp};

/// How far this computer's clock and the sign-in service's may be apart.
pub const LEEWAY: Duration = Duration::from_secs(5 * 60);

/// Who is signed in. An account is known by tenant and object id; its names are for display alone (SEC-044).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The display name.
    pub name: String,
    /// The sign-in name.
    pub username: String,
    /// The tenant.
    pub tenant: TenantId,
    /// The user's object id in the tenant.
    pub object_id: ObjectId,
}

impl Account {
    /// What tells one account from another.
    pub fn key(&self) -> AccountKey {
        AccountKey { tenant: self.tenant, object_id: self.object_id }
    }
}

/// A verified id token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// Who signed in.
    pub account: Account,
    /// Entra's own hint for this account, where the app registration asks for that claim.
    pub login_hint: Option<String>,
    /// The templates of the directory roles held at sign-in, where the app registration asks for that claim. They help
    /// to foresee what Graph will allow and decide nothing.
    pub directory_roles: Vec<RoleTemplateId>,
}

/// What the token must say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// The tenant.
    pub tenant: TenantId,
    /// The app registration.
    pub client_id: AppId,
    /// The attempt's nonce; a renewal has none.
    pub nonce: Option<&'a Secret>,
    /// The present.
    pub now: Timestamp,
}

/// Why an id token proves nothing. No text of the token is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// There is none.
    #[error("there is no id token")]
    Missing,
    /// A part of it is not there, or no base64url, or no JSON, or has a member of the wrong type.
    #[error("the id token's {0} cannot be read")]
    Malformed(&'static str),
    /// Signed otherwise than with RS256, or not at all.
    #[error("the id token is not signed with RS256")]
    Algorithm,
    /// The token demands what is not understood.
    #[error("the id token has critical headers")]
    Critical,
    /// The tenant has no such key.
    #[error("the id token names a key that the tenant does not have")]
    UnknownKey,
    /// It names no key, and the tenant has none or several.
    #[error("the id token does not say which of the tenant's keys it is signed with")]
    UnnamedKey,
    /// The keys could not be read.
    #[error(transparent)]
    Keys(#[from] AnswerError),
    /// The signature does not hold.
    #[error("the id token's signature does not hold")]
    Signature,
    /// A claim is missing.
    #[error("the id token's claim \"{0}\" is missing")]
    NoClaim(&'static str),
    /// A claim is not what it must be.
    #[error("the id token's claim \"{0}\" is wrong")]
    Claim(&'static str),
    /// Expired, by this computer's clock.
    #[error("the id token has expired")]
    Expired,
    /// From the future, by this computer's clock.
    #[error("the id token's claim \"{0}\" lies in the future")]
    NotYetValid(&'static str),
}

impl From<ObjectError> for IdTokenError {
    fn from(_: ObjectError) -> Self {
        Self::Malformed("claims")
    }
}

/// Verifies a token: the signature first, then every claim.
pub async fn verify(
    token: &Secret,
    expected: Expected<'_>,
    keys: &Keys,
    crypto: &dyn Crypto,
) -> Result<Identified, IdTokenError> {
    let token = token.reveal();
    let parts = token.rsplit_once('.').and_then(|(signed, end)| Some((signed, signed.split_once('.')?, end)));
    let (signed, (header, claims), signature) = parts.ok_or(IdTokenError::Malformed("three parts"))?;
    let malformed = |_| IdTokenError::Malformed("header");
    // `jku`, `jwk`, `x5u` and `x5c` are not read: a token does not bring its own key (SEC-043).
    let mut header = part("header", header)?;
    if header.required("alg").map_err(malformed)? != "RS256" {
        return Err(IdTokenError::Algorithm);
    }
    if !header.take("crit").is_null() {
        return Err(IdTokenError::Critical);
    }
    let kid = header.text("kid").map_err(malformed)?;
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| IdTokenError::Malformed("signature"))?;
    let claims = part("claims", claims)?;
    let unknown = if kid.is_some() { IdTokenError::UnknownKey } else { IdTokenError::UnnamedKey };
    let key = keys.find(kid.as_deref()).await?.ok_or(unknown)?;
    if !crypto.verify_rs256(&key, signed.as_bytes(), &signature).await {
        return Err(IdTokenError::Signature);
    }
    check(claims, expected)
}

/// One part of the token. A further dot is no base64url, so a fourth part is refused here.
fn part(name: &'static str, text: &str) -> Result<Object, IdTokenError> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
    json.and_then(|json| Object::parse(&json).ok()).ok_or(IdTokenError::Malformed(name))
}

fn check(mut claims: Object, expected: Expected<'_>) -> Result<Identified, IdTokenError> {
    let wrong = IdTokenError::Claim;
    if required(&mut claims, "iss")? != expected.issuer {
        return Err(wrong("iss"));
    }
    match claims.take("aud") {
        Value::Null => return Err(IdTokenError::NoClaim("aud")),
        audience if is_audience(&audience, expected.client_id) => {}
        _ => return Err(wrong("aud")),
    }
    let now = expected.now.unix_millis() as f64 / 1000.0;
    let leeway = LEEWAY.as_secs_f64();
    if instant(&mut claims, "exp")?.ok_or(IdTokenError::NoClaim("exp"))? + leeway <= now {
        return Err(IdTokenError::Expired);
    }
    // An old `iat` is taken: `exp` and the nonce say what still counts.
    let issued = instant(&mut claims, "iat")?.ok_or(IdTokenError::NoClaim("iat"))?;
    for (name, begin) in [("iat", issued), ("nbf", instant(&mut claims, "nbf")?.unwrap_or(0.0))] {
        if begin > now + leeway {
            return Err(IdTokenError::NotYetValid(name));
        }
    }
    if let Some(nonce) = expected.nonce {
        let told = required(&mut claims, "nonce")?;
        if told.is_empty() || told != nonce.reveal() {
            return Err(wrong("nonce"));
        }
    }
    if required(&mut claims, "sub")?.is_empty() {
        return Err(wrong("sub"));
    }
    let tenant = required(&mut claims, "tid")?.parse().map_err(|_| wrong("tid"))?;
    if tenant != expected.tenant {
        return Err(wrong("tid"));
    }
    let object_id = required(&mut claims, "oid")?.parse().map_err(|_| wrong("oid"))?;
    let username = claims.text("preferred_username")?.unwrap_or_default();
    let name = claims.text("name")?.filter(|name| !name.is_empty()).unwrap_or_else(|| username.clone());
    let account = Account { name, username, tenant, object_id };
    let login_hint = claims.text("login_hint")?.filter(|hint| !hint.is_empty());
    let wids = claims.take("wids");
    let wids = wids.as_array().map_or(&[][..], Vec::as_slice);
    let directory_roles = wids.iter().filter_map(|id| id.as_str()?.parse().ok()).collect();
    Ok(Identified { account, login_hint, directory_roles })
}

fn required(claims: &mut Object, name: &'static str) -> Result<String, IdTokenError> {
    claims.text(name)?.ok_or(IdTokenError::NoClaim(name))
}

/// Seconds since 1970, which may be broken: RFC 7519, section 2.
fn instant(claims: &mut Object, name: &'static str) -> Result<Option<f64>, IdTokenError> {
    match claims.take(name) {
        Value::Null => Ok(None),
        value => value.as_f64().map(Some).ok_or(IdTokenError::Malformed("claims")),
    }
}

/// For this app, and for no other beside it.
fn is_audience(audience: &Value, client_id: AppId) -> bool {
    let ours = |value: &Value| value.as_str().is_some_and(|id| id.parse() == Ok(client_id));
    match audience {
        Value::Array(all) => matches!(all.as_slice(), [only] if ours(only)),
        single => ours(single),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::testing::{
        self, CLIENT_ID, Fake, HostCrypto, NOW, OBJECT_ID, TENANT, claims, id_token_header, jwks, metadata, sign,
    };
    use crate::http::{Transport, TransportError};
    use serde_json::json;
    use std::rc::Rc;

    async fn check(token: &str) -> Result<Identified, IdTokenError> {
        check_against(token, &jwks()).await
    }

    async fn check_against(token: &str, jwks: &Value) -> Result<Identified, IdTokenError> {
        let fake = Rc::new(Fake::new());
        fake.answer_json("keys", 200, jwks);
        fake.answer_json("keys", 200, jwks);
        verify(&Secret::new(token), expected(&Secret::new("the-nonce")), &keys(fake), &HostCrypto).await
    }

    fn keys(transport: Rc<dyn Transport>) -> Keys {
        Keys::new(transport, metadata().jwks_uri, metadata().issuer)
    }

    fn expected(nonce: &Secret) -> Expected<'_> {
        let issuer: &'static str = testing::ISSUER;
        let (tenant, client_id) = (TENANT.parse().unwrap(), CLIENT_ID.parse().unwrap());
        Expected { issuer, tenant, client_id, nonce: Some(nonce), now: NOW }
    }

    fn with_claim(name: &str, value: Value) -> String {
        let mut claims = claims();
        claims[name] = value;
        sign(&id_token_header(), &claims)
    }

    fn without_claim(name: &str) -> String {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name).unwrap();
        sign(&id_token_header(), &claims)
    }

    fn with_header(header: Value) -> String {
        sign(&header, &claims())
    }

    #[tokio::test]
    async fn knows_who_signed_in() {
        let identified = check(&sign(&id_token_header(), &claims())).await.unwrap();
        assert_eq!(identified.account.object_id.to_string(), OBJECT_ID);
        assert_eq!(identified.account.tenant.to_string(), TENANT);
        assert_eq!(identified.account.name, "Ada Example");
        assert_eq!(identified.account.username, "ada@contoso.test");
        assert_eq!(identified.login_hint, None);
        let identified = check(&with_claim("login_hint", "O.AX".into())).await.unwrap();
        assert_eq!(identified.login_hint.as_deref(), Some("O.AX"));
    }

    #[tokio::test]
    async fn reads_the_directory_roles_where_they_are_claimed() {
        let role = "62e90394-69f5-4237-9190-012177145e10";
        for (wids, count) in [
            (json!([role, "b79fbf4d-3ef9-4689-8143-76b194e85509"]), 2),
            // Whatever it is, it is no reason to refuse a sign-in.
            (json!([role, 7, "x"]), 1),
            (json!(role), 0),
            (json!(null), 0),
        ] {
            let identified = check(&with_claim("wids", wids)).await.unwrap();
            assert_eq!(identified.directory_roles.len(), count);
            assert!(identified.directory_roles.first().is_none_or(|first| first.to_string() == role));
        }
    }

    #[tokio::test]
    async fn takes_what_the_standard_allows() {
        let now = NOW.unix_millis() / 1000;
        let leeway = 300;
        for (what, token) in [
            ("audience in a list", with_claim("aud", json!([CLIENT_ID]))),
            ("audience in capitals", with_claim("aud", CLIENT_ID.to_uppercase().into())),
            ("expires in half a second", with_claim("exp", json!(now as f64 + 0.5))),
            ("expired within the leeway", with_claim("exp", json!(now - leeway + 1))),
            ("from the future within the leeway", with_claim("iat", json!(now + leeway - 1))),
            ("issued a week ago", with_claim("iat", json!(now - 7 * 86400))),
            ("no nbf", without_claim("nbf")),
            ("no name", without_claim("name")),
            ("unknown claims", with_claim("aio", "x".into())),
            ("no kid, one key", with_header(json!({ "alg": "RS256" }))),
            (
                "a key of its own, which is ignored",
                with_header(json!({
                    "alg": "RS256", "kid": "key-1", "jku": "https://evil.test", "jwk": {}, "x5u": "x", "x5c": ["x"]
                })),
            ),
        ] {
            assert!(check(&token).await.is_ok(), "{what}: {:?}", check(&token).await);
        }
    }

    #[tokio::test]
    async fn refuses_every_wrong_claim() {
        // The names are those of OpenID's conformance suite, where it has one.
        let now = NOW.unix_millis() / 1000;
        for (what, token, error) in [
            ("invalid-iss", with_claim("iss", "https://evil.test".into()), IdTokenError::Claim("iss")),
            (
                "another tenant's issuer",
                with_claim("iss", "https://login.contoso.test/11111111-2222-3333-4444-555555555555/v2.0".into()),
                IdTokenError::Claim("iss"),
            ),
            ("missing-iss", without_claim("iss"), IdTokenError::NoClaim("iss")),
            ("invalid-aud", with_claim("aud", OBJECT_ID.into()), IdTokenError::Claim("aud")),
            ("missing-aud", without_claim("aud"), IdTokenError::NoClaim("aud")),
            ("secondary-aud", with_claim("aud", json!([CLIENT_ID, OBJECT_ID])), IdTokenError::Claim("aud")),
            ("empty aud", with_claim("aud", json!([])), IdTokenError::Claim("aud")),
            ("aud of another type", with_claim("aud", json!(1)), IdTokenError::Claim("aud")),
            ("invalid-expired-exp", with_claim("exp", json!(now - 300)), IdTokenError::Expired),
            ("missing-exp", without_claim("exp"), IdTokenError::NoClaim("exp")),
            ("exp as text", with_claim("exp", "9999999999".into()), IdTokenError::Malformed("claims")),
            ("nbf as text", with_claim("nbf", "0".into()), IdTokenError::Malformed("claims")),
            ("nonce in a list", with_claim("nonce", json!(["the-nonce"])), IdTokenError::Malformed("claims")),
            ("missing-iat", without_claim("iat"), IdTokenError::NoClaim("iat")),
            ("iat in the future", with_claim("iat", json!(now + 301)), IdTokenError::NotYetValid("iat")),
            ("nbf in the future", with_claim("nbf", json!(now + 301)), IdTokenError::NotYetValid("nbf")),
            ("missing-sub", without_claim("sub"), IdTokenError::NoClaim("sub")),
            ("empty sub", with_claim("sub", "".into()), IdTokenError::Claim("sub")),
            ("invalid-nonce", with_claim("nonce", "another".into()), IdTokenError::Claim("nonce")),
            ("missing-nonce", without_claim("nonce"), IdTokenError::NoClaim("nonce")),
            ("missing tid", without_claim("tid"), IdTokenError::NoClaim("tid")),
            ("another tid", with_claim("tid", OBJECT_ID.into()), IdTokenError::Claim("tid")),
            ("missing oid", without_claim("oid"), IdTokenError::NoClaim("oid")),
            ("malformed oid", with_claim("oid", "me".into()), IdTokenError::Claim("oid")),
        ] {
            assert_eq!(check(&token).await, Err(error), "{what}");
        }
    }

    #[tokio::test]
    async fn refuses_every_other_signature() {
        let good = sign(&id_token_header(), &claims());
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let (header, _) = signed.split_once('.').unwrap();
        let mut flipped = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
        flipped[0] ^= 1;
        let flipped = BASE64_URL_SAFE_NO_PAD.encode(flipped);
        let mut forged = claims();
        forged["oid"] = TENANT.into();
        let forged = BASE64_URL_SAFE_NO_PAD.encode(forged.to_string());
        for (what, token, error) in [
            ("invalid-signature", format!("{signed}.{flipped}"), IdTokenError::Signature),
            ("claims exchanged", format!("{header}.{forged}.{signature}"), IdTokenError::Signature),
            ("no signature", format!("{signed}."), IdTokenError::Signature),
            ("half a signature", format!("{signed}.{}", &signature[..100]), IdTokenError::Signature),
            ("idtoken-sig-none", with_header(json!({ "alg": "none" })), IdTokenError::Algorithm),
            ("invalid-null-alg", with_header(json!({ "alg": null })), IdTokenError::Malformed("header")),
            ("missing alg", with_header(json!({ "kid": "key-1" })), IdTokenError::Malformed("header")),
            ("invalid-sig-hs256", with_header(json!({ "alg": "HS256", "kid": "key-1" })), IdTokenError::Algorithm),
            ("invalid-sig-es256", with_header(json!({ "alg": "ES256", "kid": "key-1" })), IdTokenError::Algorithm),
            ("invalid-alternate-alg", with_header(json!({ "alg": "PS256", "kid": "key-1" })), IdTokenError::Algorithm),
            ("alg in small letters", with_header(json!({ "alg": "rs256", "kid": "key-1" })), IdTokenError::Algorithm),
            ("crit", with_header(json!({ "alg": "RS256", "kid": "key-1", "crit": ["exp"] })), IdTokenError::Critical),
            ("unknown kid", with_header(json!({ "alg": "RS256", "kid": "key-9" })), IdTokenError::UnknownKey),
        ] {
            assert_eq!(check(&token).await, Err(error), "{what}");
        }
    }

    #[tokio::test]
    async fn without_a_kid_two_keys_are_one_too_many() {
        let mut two = jwks();
        let mut other = two["keys"][0].clone();
        other["kid"] = "key-2".into();
        two["keys"].as_array_mut().unwrap().push(other);
        let token = with_header(json!({ "alg": "RS256" }));
        assert_eq!(check_against(&token, &two).await, Err(IdTokenError::UnnamedKey));
        assert!(check_against(&sign(&id_token_header(), &claims()), &two).await.is_ok());
    }

    #[tokio::test]
    async fn refuses_what_is_no_token() {
        let good = sign(&id_token_header(), &claims());
        let list = BASE64_URL_SAFE_NO_PAD.encode(r#"["RS256","key-1"]"#);
        let (header, rest) = good.split_once('.').unwrap();
        for token in [
            "",
            "a",
            "a.b",
            "a.b.c",
            "..",
            &good[1..],
            &format!("{good}.x"),
            &format!("{good}="),
            &good.replacen('.', "..", 1),
            &format!("{list}.{rest}"),
            &format!("{header}.{list}.AAAA"),
            &format!(" {good}"),
        ] {
            assert!(matches!(check(token).await, Err(IdTokenError::Malformed(_))), "{token:.40}");
        }
    }

    #[tokio::test]
    async fn without_keys_nothing_is_proved() {
        let fake = Rc::new(Fake::new());
        fake.answer("keys", Err(TransportError::Network));
        let token = Secret::new(sign(&id_token_header(), &claims()));
        let answer = verify(&token, expected(&Secret::new("the-nonce")), &keys(fake), &HostCrypto).await;
        assert_eq!(answer, Err(IdTokenError::Keys(AnswerError::Transport(TransportError::Network))));
    }

    #[tokio::test]
    async fn an_empty_nonce_matches_nothing() {
        let fake = Rc::new(Fake::new());
        fake.answer_json("keys", 200, &jwks());
        let token = Secret::new(with_claim("nonce", "".into()));
        let answer = verify(&token, expected(&Secret::new("")), &keys(fake), &HostCrypto).await;
        assert_eq!(answer, Err(IdTokenError::Claim("nonce")));
    }
}
