//! Claims challenges: what a policy of the tenant wants in the next token before a request may pass.
//!
//! Graph says it in `WWW-Authenticate` (RFC 9110, section 11.6.1; RFC 6750, section 3), the sign-in service in the
//! member `claims` of a refusal; both want the same text back as the `claims` parameter (OpenID Connect Core 1.0,
//! section 5.5). <https://learn.microsoft.com/entra/identity-platform/claims-challenge>

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// The longest claims request that is believed, in bytes. Real ones have a few hundred.
const LONGEST: usize = 8 * 1024;

/// A claims request: a JSON object as the service wrote it. It is no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims(String);

impl Claims {
    /// Takes a text that is a JSON object.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() <= LONGEST && object(text).is_some()).then(|| Self(text.to_owned()))
    }

    /// Finds the claims in a `WWW-Authenticate` header: those of a Bearer challenge that says `insufficient_claims`.
    pub fn from_header(header: &str) -> Option<Self> {
        let wanted = |challenge: &Challenge| {
            challenge.scheme.eq_ignore_ascii_case("Bearer") && challenge.get("error") == Some("insufficient_claims")
        };
        let challenge = challenges(header).into_iter().find(wanted)?;
        // base64 or base64url, padded or not: the service uses several.
        let plain = challenge.get("claims")?.trim_end_matches('=').replace('+', "-").replace('/', "_");
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(plain).ok()?;
        Self::parse(std::str::from_utf8(&bytes).ok()?)
    }

    /// The text as the service wrote it, for storage.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn object(text: &str) -> Option<Map<String, Value>> {
    match serde_json::from_slice(text.as_bytes()) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

/// The `claims` parameter of a request: what was demanded, and that this app understands such demands (`cp1`). For
/// that Entra answers with tokens that live longer and that Graph takes back at once when something happens.
/// <https://learn.microsoft.com/entra/identity-platform/app-resilience-continuous-access-evaluation>
pub(super) fn claims_parameter(demanded: Option<&Claims>) -> String {
    let mut claims = demanded.and_then(|claims| object(&claims.0)).unwrap_or_default();
    let capability = serde_json::json!({ "values": ["cp1"] });
    match claims.entry("access_token").or_insert_with(|| Value::Object(Map::new())) {
        Value::Object(access_token) => drop(access_token.insert("xms_cc".to_owned(), capability)),
        other => *other = serde_json::json!({ "xms_cc": capability }),
    }
    Value::Object(claims).to_string()
}

/// One challenge of a `WWW-Authenticate` header.
#[derive(Debug, PartialEq, Eq)]
struct Challenge {
    scheme: String,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Reads the challenges of a header, which may be several headers joined by commas. At the first thing that the
/// grammar does not know it stops, with what was read before.
fn challenges(header: &str) -> Vec<Challenge> {
    let mut read: Vec<Challenge> = Vec::new();
    let mut rest = header;
    loop {
        // Empty elements of a list are allowed (RFC 9110, section 5.6.1).
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let (word, after) = split_while(rest, is_token);
        if word.is_empty() {
            return read;
        }
        let parameter = after.trim_start_matches([' ', '\t']).strip_prefix('=');
        rest = match (parameter, read.last_mut()) {
            // A name that `=` follows is a parameter of the challenge before it.
            (Some(after), Some(challenge)) => {
                let Some((value, after)) = value(after.trim_start_matches([' ', '\t'])) else { return read };
                challenge.parameters.push((word.to_owned(), value));
                after
            }
            (Some(_), None) => return read,
            (None, _) => {
                read.push(Challenge { scheme: word.to_owned(), parameters: Vec::new() });
                skip_token68(after.trim_start_matches(' '))
            }
        };
    }
}

/// A quoted text, with what is escaped in it; or everything up to the next comma or space, since not every server
/// quotes what it should.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, after) = split_while(text, |char| !matches!(char, ',' | ' ' | '\t' | '"'));
        return Some((value.to_owned(), after));
    };
    let mut value = String::new();
    let mut chars = quoted.chars();
    loop {
        match chars.next()? {
            '"' => return Some((value, chars.as_str())),
            '\\' => value.push(chars.next()?),
            char => value.push(char),
        }
    }
}

/// Some schemes bring one text in place of parameters; nothing here needs it.
fn skip_token68(text: &str) -> &str {
    let (word, after) = split_while(text, |char| char.is_ascii_alphanumeric() || "-._~+/".contains(char));
    let after = after.trim_start_matches('=');
    let ends = after.trim_start_matches([' ', '\t']);
    if !word.is_empty() && (ends.is_empty() || ends.starts_with(',')) { after } else { text }
}

fn split_while(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|char| !belongs(char)).unwrap_or(text.len()))
}

/// RFC 9110, section 5.6.2.
fn is_token(char: char) -> bool {
    char.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(char)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE};
    use proptest::prelude::*;

    const CLAIMS: &str = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;

    fn bearer(claims: &str) -> String {
        format!(
            r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000", error="insufficient_claims", claims="{claims}""#
        )
    }

    fn found(header: &str) -> Option<String> {
        Claims::from_header(header).map(|claims| claims.0)
    }

    /// SEC-092
    #[test]
    fn claims_are_found_in_every_spelling() {
        for text in [CLAIMS, r#"{"a":"ä~?>"}"#, r#"{"a":1}"#, "{}"] {
            for coded in [
                BASE64_STANDARD.encode(text),
                BASE64_STANDARD_NO_PAD.encode(text),
                BASE64_URL_SAFE.encode(text),
                BASE64_URL_SAFE_NO_PAD.encode(text),
            ] {
                for header in [
                    bearer(&coded),
                    bearer(&coded).replace("Bearer", "bearer").replace("error=", "ERROR = "),
                    format!("Negotiate, {}", bearer(&coded)),
                    format!("NTLM TlRMTVNTUAAB==, {}", bearer(&coded)),
                    format!(r#"PoP nonce="ey==", realm="a, b=\"c\"", {}"#, bearer(&coded)),
                    format!("{}, Basic realm=\"x\"", bearer(&coded)),
                    format!("Bearer error=insufficient_claims,claims={coded}"),
                    format!(",, Bearer  claims=\"{coded}\" ,error=\"insufficient_claims\",,"),
                    format!("Bearer error=\"invalid_token\", {}", bearer(&coded)),
                ] {
                    assert_eq!(found(&header).as_deref(), Some(text), "{header}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_claims_challenge_is_none() {
        let coded = BASE64_STANDARD.encode(CLAIMS);
        for header in [
            String::new(),
            "Bearer".into(),
            r#"Bearer error="invalid_token""#.into(),
            r#"Bearer error="insufficient_claims""#.into(),
            format!(r#"Bearer error="invalid_token", claims="{coded}""#),
            format!(r#"PoP error="insufficient_claims", claims="{coded}""#),
            // The claims of one challenge do not belong to another.
            format!(r#"Bearer error="insufficient_claims", PoP claims="{coded}""#),
            // A text that only looks like it.
            format!(r#"Basic realm="Bearer error=insufficient_claims, claims={coded}""#),
            bearer("%%%"),
            bearer(&BASE64_STANDARD.encode("[1]")),
            bearer(&BASE64_STANDARD.encode("{")),
            bearer(&BASE64_STANDARD.encode([0xff, 0xfe])),
            bearer(&BASE64_STANDARD.encode(format!("{{\"a\":\"{}\"}}", "x".repeat(LONGEST)))),
            format!(r#"error="insufficient_claims", claims="{coded}""#),
            format!(r#"Bearer error="insufficient_claims", claims="{coded}"#),
        ] {
            assert_eq!(found(&header), None, "{header}");
        }
    }

    #[test]
    fn several_challenges_keep_their_parameters_apart() {
        let read = challenges(r#"PoP a="1, 2", b = c, Bearer realm="x\"y\\", Negotiate abc==, Digest n=1"#);
        let told: Vec<_> = read
            .iter()
            .map(|challenge| {
                let pairs = challenge.parameters.iter().map(|(name, value)| format!("{name}={value}"));
                format!("{} {}", challenge.scheme, pairs.collect::<Vec<_>>().join(";"))
            })
            .collect();
        assert_eq!(told, ["PoP a=1, 2;b=c", r#"Bearer realm=x"y\"#, "Negotiate ", "Digest n=1"]);
    }

    #[test]
    fn the_parameter_says_cp1_beside_what_was_demanded() {
        let read = |demanded: Option<&str>| -> Value {
            let claims = demanded.map(|text| Claims::parse(text).unwrap());
            serde_json::from_str(&claims_parameter(claims.as_ref())).unwrap()
        };
        let cp1 = serde_json::json!({ "values": ["cp1"] });
        assert_eq!(read(None), serde_json::json!({ "access_token": { "xms_cc": cp1 } }));
        let both = read(Some(CLAIMS));
        assert_eq!(both["access_token"]["xms_cc"], cp1);
        assert_eq!(both["access_token"]["acrs"]["value"], "c1");
        assert_eq!(read(Some(r#"{"id_token":{"x":null}}"#))["id_token"], serde_json::json!({ "x": null }));
        assert_eq!(read(Some(r#"{"access_token":null}"#))["access_token"]["xms_cc"], cp1);
    }

    proptest! {
        /// Nothing that a server may write stops the page.
        #[test]
        fn any_header_is_read(header in "\\PC{0,200}") {
            let _ = Claims::from_header(&header);
        }

        #[test]
        fn any_likely_header_is_read(header in "(Bearer|PoP|claims|error|=|\"|\\\\|,| |insufficient_claims|e30=){0,40}") {
            let _ = Claims::from_header(&header);
        }

        #[test]
        fn what_is_quoted_comes_back(value in "\\PC{0,60}", before in "\\PC{0,60}") {
            let quote = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
            let header = format!("PoP a=\"{}\", Bearer b=\"{}\"", quote(&before), quote(&value));
            let read = challenges(&header);
            prop_assert_eq!(read.len(), 2);
            prop_assert_eq!(read[0].get("a"), Some(before.as_str()));
            prop_assert_eq!(read[1].get("b"), Some(value.as_str()));
        }
    }
}
