//! The `claims` parameter: what an app wants in its tokens, and how a claims challenge of Graph comes back.

use serde_json::{Map, Value};

use super::errors::{OAuthError, Stop};

/// A claims request, understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClaimsRequest {
    /// The client says that it understands claims challenges (`xms_cc` with `cp1`).
    pub(crate) cae: bool,
    /// Authentication contexts that were asked for.
    pub(crate) contexts: Vec<String>,
}

impl ClaimsRequest {
    /// Reads a parameter. Whoever is signed in here has given every proof there is, so that each known claim is met.
    pub(crate) fn parse(text: Option<&str>) -> Result<Self, Stop> {
        let mut request = Self::default();
        let Some(text) = text else { return Ok(request) };
        let asked: Map<String, Value> = serde_json::from_str(text).map_err(|_| OAuthError::malformed())?;
        for (token, claims) in &asked {
            let Some(claims) = claims.as_object() else { return Err(OAuthError::malformed().into()) };
            for (name, claim) in claims {
                match (token.as_str(), name.as_str()) {
                    ("access_token", "xms_cc") => {
                        request.cae |= values(claim).iter().any(|value| value.eq_ignore_ascii_case("cp1"));
                    }
                    ("access_token", "acrs") => request.contexts.extend(values(claim)),
                    // Tokens issued before this instant are no good: any that is issued now is.
                    ("access_token", "nbf") => {}
                    // What is not essential may be left out (OpenID Connect Core 5.5.1); MSAL asks for three such.
                    _ if !is_essential(claim) => {}
                    _ => return Err(Stop::Missing(format!("a claims request for {name} in the {token}"))),
                }
            }
        }
        Ok(request)
    }

    /// Both together, as the token endpoint adds what it is asked to what /authorize was asked.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.cae |= other.cae;
        both.contexts.extend(other.contexts.iter().filter(|context| !self.contexts.contains(context)).cloned());
        both
    }
}

fn is_essential(claim: &Value) -> bool {
    claim.get("essential").and_then(Value::as_bool) == Some(true)
}

/// `{"value": "c1"}` or `{"values": ["c1", "c2"]}`.
fn values(claim: &Value) -> Vec<String> {
    let one = claim.get("value").into_iter();
    let many = claim.get("values").and_then(Value::as_array).into_iter().flatten();
    one.chain(many).filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::ClaimsRequest;

    #[test]
    fn what_is_known_is_read_and_the_rest_is_named() {
        let read = |text| ClaimsRequest::parse(Some(text));
        let both = read(
            r#"{"access_token":{"xms_cc":{"values":["CP1"]},"acrs":{"essential":true,"value":"c1"},
                "nbf":{"essential":true,"value":"1726258122"}}}"#,
        )
        .unwrap();
        assert_eq!(both, ClaimsRequest { cae: true, contexts: vec!["c1".to_owned()] });
        assert_eq!(both.and(&both), both);
        assert_eq!(ClaimsRequest::parse(None).unwrap(), ClaimsRequest::default());
        let voluntary = r#"{"id_token":{"signin_state":{"essential":false},"login_hint":null}}"#;
        assert_eq!(read(voluntary).unwrap(), ClaimsRequest::default());
        assert!(read("not json").is_err());
        assert!(read(r#"{"access_token": 1}"#).is_err());
        let missing = read(r#"{"id_token":{"auth_time":{"essential":true}}}"#).unwrap_err();
        assert!(format!("{missing:?}").contains("auth_time in the id_token"));
    }
}
