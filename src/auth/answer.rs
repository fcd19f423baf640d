//! Reads a public JSON document of the sign-in service.

use std::time::Duration;

use url::Url;

use super::object::{Object, ObjectError};
use crate::http::{Method, Request, Response, Transport, TransportError};

/// Why there is no document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Nothing came.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The service is busy or out of order.
    #[error("the sign-in service is busy (status {status})")]
    Busy {
        /// The HTTP status.
        status: u16,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// The service answered with another status than success.
    #[error("the sign-in service answered with status {0}")]
    Status(u16),
    /// The answer is not what was asked for, such as a proxy's web page.
    #[error("the sign-in service's answer could not be read: {0}")]
    NotUnderstood(String),
}

impl From<ObjectError> for AnswerError {
    fn from(error: ObjectError) -> Self {
        Self::NotUnderstood(error.to_string())
    }
}

/// Reads a document.
pub async fn get_json(transport: &dyn Transport, url: Url) -> Result<Object, AnswerError> {
    let response = transport.send(Request::new(Method::Get, url).header("Accept", "application/json")).await?;
    if let Some(busy) = busy(&response) {
        return Err(busy);
    }
    match response.status {
        200 => Ok(Object::parse(&response.body)?),
        status => Err(AnswerError::Status(status)),
    }
}

/// Whether the answer says: later.
pub fn busy(response: &Response) -> Option<AnswerError> {
    let status = response.status;
    (status == 429 || status >= 500).then(|| {
        // Entra writes seconds; the browser shows the header only where the service exposes it.
        let retry_after = response.header("Retry-After").and_then(|seconds| seconds.trim().parse().ok());
        AnswerError::Busy { status, retry_after: retry_after.map(Duration::from_secs) }
    })
}
