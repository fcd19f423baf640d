//! What Graph's refusals mean. <https://learn.microsoft.com/graph/errors>
//!
//! Judged by status and `error.code`; the message decides only where Graph gives several cases the same code.

use std::time::Duration;

use serde_json::{Map, Value};

use super::error::{GraphErrorKind, Operation};

/// Graph's error object, as far as it can be read: a front door may answer with something else altogether.
#[derive(Default)]
pub(super) struct ErrorBody {
    pub(super) code: String,
    pub(super) message: String,
    pub(super) request_id: Option<String>,
}

impl ErrorBody {
    /// Reads a body; what cannot be read is empty.
    pub(super) fn read(body: &[u8]) -> Self {
        let Ok(Value::Object(body)) = serde_json::from_slice(body) else { return Self::default() };
        let Some(Value::Object(error)) = body.get("error") else { return Self::default() };
        let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { code: text("code"), message: text("message"), request_id: inner_request_id(error, 0) }
    }

    fn says(&self, words: &str) -> bool {
        self.message.to_ascii_lowercase().contains(words)
    }
}

/// `innerError` (also written `innererror`) may hold another one.
fn inner_request_id(error: &Map<String, Value>, depth: u8) -> Option<String> {
    let (_, inner) = error.iter().find(|(name, _)| name.eq_ignore_ascii_case("innerError"))?;
    let inner = inner.as_object()?;
    match inner.get("request-id").and_then(Value::as_str) {
        Some(id) => Some(id.to_owned()),
        None if depth < 4 => inner_request_id(inner, depth + 1),
        None => None,
    }
}

/// What kind of failure an answer tells of.
pub(super) fn judge(
    operation: Operation,
    status: u16,
    body: &ErrorBody,
    retry_after: Option<Duration>,
) -> GraphErrorKind {
    let assigns = matches!(operation, Operation::Assign(_));
    let removes = matches!(operation, Operation::Remove(_));
    match status {
        400 if assigns && body.says("already exists") => GraphErrorKind::AlreadyExists,
        400 if assigns && body.says("was not found on application") => GraphErrorKind::RoleNotFound,
        400 if assigns && body.says("not a valid reference update") => GraphErrorKind::NotValidReference,
        400 if removes && body.says("being updated or deleted is not found") => GraphErrorKind::AlreadyGone,
        400 if body.code == "Request_ResourceNotFound" || body.says("resourceid was not found") => {
            GraphErrorKind::NotFound
        }
        401 => GraphErrorKind::SignInNeeded,
        403 if body.says("insufficient_claims") || body.code == "insufficient_claims" => {
            GraphErrorKind::PolicyNeedsMore
        }
        403 => GraphErrorKind::Forbidden,
        404 | 410 if removes => GraphErrorKind::AlreadyGone,
        // Of a batch it is the address that is not there, which says nothing about what is in it.
        404 | 410 if operation == Operation::Batch => GraphErrorKind::BadRequest,
        404 | 410 => GraphErrorKind::NotFound,
        408 => GraphErrorKind::Unavailable,
        409 if assigns && body.says("already exists") => GraphErrorKind::AlreadyExists,
        409 => GraphErrorKind::Conflict,
        429 => GraphErrorKind::Throttled { retry_after },
        501 | 505 => GraphErrorKind::BadRequest,
        500..=599 => GraphErrorKind::Unavailable,
        400..=499 => GraphErrorKind::BadRequest,
        _ => GraphErrorKind::NotUnderstood,
    }
}
