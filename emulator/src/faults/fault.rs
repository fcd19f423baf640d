//! What happens to a request that a rule strikes. A fault says itself whether the request is carried out, because
//! "the answer was lost" and "nothing happened" are the two cases that a client must tell apart.

use std::collections::BTreeMap;
use std::str::FromStr as _;
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

/// What becomes of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Ending {
    /// The true answer.
    #[default]
    True,
    /// This status with its documented body.
    Status(#[serde(deserialize_with = "status")] u16),
    /// A documented refusal that its status alone does not name.
    Refusal(Refusal),
    /// A refusal of the sign-in service by its number: JSON from the token endpoint, a redirect from /authorize.
    Aadsts(u32),
    /// The connection is closed without an answer.
    Lost,
    /// The same with a TCP reset.
    Reset,
    /// Nothing comes, for as long as the client waits.
    Hang,
}

/// Documented refusals of Graph that their status alone does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Refusal {
    /// 400 `Directory_ExpiredPageToken`.
    ExpiredPageToken,
    /// 401 with a claims challenge in `WWW-Authenticate`, as continuous access evaluation sends it.
    ClaimsChallenge,
    /// The same behind a second challenge, of the PoP scheme.
    ClaimsChallengeAfterPop,
}

/// A body that comes in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Drip {
    /// How large a piece is.
    pub(crate) bytes: usize,
    /// How long before each.
    pub(crate) every_ms: u64,
}

impl Drip {
    /// How long so many bytes take.
    pub(crate) fn time_for(self, bytes: usize) -> Duration {
        let pieces = bytes.div_ceil(self.bytes.max(1));
        Duration::from_millis(self.every_ms.saturating_mul(u64::try_from(pieces).unwrap_or(u64::MAX)))
    }
}

/// What happens to a request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Fault {
    pub(crate) answer: Ending,
    /// Whether the request is carried out although something else is answered.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) execute: bool,
    pub(crate) delay_ms: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "headers")]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) without_cors: bool,
    /// A text is sent as it is, anything else as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<String>,
    /// A JSON merge patch (RFC 7396) on the answer's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) merge: Option<Value>,
    /// The answer's nextLink leads back to the request itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) looping_next_link: bool,
    /// The connection breaks after so many bytes of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cut_after: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) drip: Option<Drip>,
}

impl Fault {
    fn ending(answer: Ending) -> Self {
        Self { answer, ..Self::default() }
    }

    /// Answers with this status and its documented body, without carrying the request out.
    pub fn status(status: u16) -> Self {
        Self::ending(Ending::Status(status))
    }

    /// Answers with a documented refusal of Graph, without carrying the request out.
    pub fn refusal(refusal: Refusal) -> Self {
        Self::ending(Ending::Refusal(refusal))
    }

    /// Answers as the sign-in service does with this number: JSON from the token endpoint, a redirect from /authorize.
    pub fn aadsts(number: u32) -> Self {
        Self::ending(Ending::Aadsts(number))
    }

    /// Carries the request out, then closes the connection without an answer.
    pub fn lost_answer() -> Self {
        Self::ending(Ending::Lost).after_executing()
    }

    /// Closes the connection without an answer and without carrying the request out.
    pub fn no_answer() -> Self {
        Self::ending(Ending::Lost)
    }

    /// Resets the connection (TCP RST) without carrying the request out.
    pub fn reset() -> Self {
        Self::ending(Ending::Reset)
    }

    /// Never answers, for as long as the client waits, and does not carry the request out.
    pub fn hang() -> Self {
        Self::ending(Ending::Hang)
    }

    /// Answers truly, but late.
    pub fn slow(by: Duration) -> Self {
        Self::default().delayed(by)
    }

    /// Answers truly, but so many bytes at a time with a pause before each piece.
    pub fn drip(bytes: usize, every: Duration) -> Self {
        Self { drip: Some(Drip { bytes, every_ms: millis(every) }), ..Self::default() }
    }

    /// Answers truly, but breaks off after so many bytes of the body.
    pub fn truncated(after: usize) -> Self {
        Self { cut_after: Some(after), ..Self::default() }
    }

    /// Answers truly, but for a JSON merge patch (RFC 7396) on the body: null takes a member away.
    pub fn merged(patch: Value) -> Self {
        Self { merge: Some(patch), ..Self::default() }
    }

    /// Answers truly, but for a nextLink that leads here.
    pub fn next_link(url: &str) -> Self {
        Self::merged(json!({"@odata.nextLink": url}))
    }

    /// Answers truly, but for a nextLink that leads back to the request itself.
    pub fn looping_next_link() -> Self {
        Self { looping_next_link: true, ..Self::default() }
    }

    /// Waits before everything else.
    pub fn delayed(mut self, by: Duration) -> Self {
        self.delay_ms = millis(by);
        self
    }

    /// Carries the request out before the failing answer, as a gateway's time-out may.
    pub fn after_executing(mut self) -> Self {
        self.execute = true;
        self
    }

    /// Sets a header on the answer; an empty value takes it away.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Sets Retry-After, in any of its forms.
    pub fn retry_after(self, value: &str) -> Self {
        self.header("retry-after", value)
    }

    /// A JSON body of the test's own.
    pub fn json(mut self, body: &Value) -> Self {
        self.body = Some(body.clone());
        self
    }

    /// A body of the test's own, for example the HTML page of a proxy.
    pub fn text(mut self, media_type: &str, text: &str) -> Self {
        self.body = Some(Value::from(text));
        self.content_type = Some(media_type.to_owned());
        self
    }

    /// Leaves the CORS headers out, as a front door does: the browser then sees a network error.
    pub fn without_cors(mut self) -> Self {
        self.without_cors = true;
        self
    }

    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }
}

/// A status that can end an exchange.
fn status<'de, D: Deserializer<'de>>(from: D) -> Result<u16, D::Error> {
    let status = u16::deserialize(from)?;
    if (200..=599).contains(&status) { Ok(status) } else { Err(D::Error::custom("a status is between 200 and 599")) }
}

/// Headers that HTTP can carry.
fn headers<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    let headers = BTreeMap::<String, String>::deserialize(from)?;
    let carried = |name: &str, value: &str| HeaderName::from_str(name).is_ok() && HeaderValue::from_str(value).is_ok();
    match headers.iter().find(|(name, value)| !carried(name, value)) {
        Some((name, value)) => Err(D::Error::custom(format!("HTTP cannot carry the header {name}: {value}"))),
        None => Ok(headers),
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
