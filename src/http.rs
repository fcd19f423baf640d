//! All that `auth` and `graph` know of the world outside: one request, one answer, one clock.
//!
//! The browser's implementations live in `browser/`, the tests' in the tests. Nothing here may name a browser type.

use std::fmt;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use url::Url;

use crate::directory::Timestamp;
use crate::wipe::{wipe, wipe_bytes};

/// The longest wait for a whole answer, headers and body, unless a request says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// The HTTP methods this product uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Create, or a token request.
    Post,
    /// Remove.
    Delete,
}

/// A request, ready to leave.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The absolute address.
    pub url: Url,
    /// Header names and values. A value may be a secret: `Debug` prints the names alone.
    pub headers: Vec<(&'static str, String)>,
    /// The body's bytes, if it has one. It may hold a secret: `Debug` prints its length alone.
    pub body: Option<Vec<u8>>,
    /// How long the whole answer may take.
    pub timeout: Duration,
}

impl Request {
    /// A request without headers or body, with [`DEFAULT_TIMEOUT`].
    pub fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: Vec::new(), body: None, timeout: DEFAULT_TIMEOUT }
    }

    /// Adds a header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets the body and its content type.
    pub fn body(mut self, content_type: &str, bytes: Vec<u8>) -> Self {
        self.body = Some(bytes);
        self.header("Content-Type", content_type)
    }
}

/// Headers and body may be the last copies of a token (SEC-063).
impl Drop for Request {
    fn drop(&mut self) {
        self.headers.iter_mut().for_each(|(_, value)| wipe(value));
        wipe_bytes(self.body.as_deref_mut().unwrap_or_default());
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.url.path())
            .field("headers", &self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("body_bytes", &self.body.as_ref().map(Vec::len))
            .finish()
    }
}

/// An answer that arrived whole, whatever its status.
#[derive(Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers that the browser lets the page see.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header, compared without regard to case (RFC 9110, section 5.1).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// Whether it calls itself JSON (SEC-088): a proxy's sign-in page comes as HTML with status 200.
    pub fn is_json(&self) -> bool {
        let kind = self.header("Content-Type").and_then(|kind| kind.split(';').next());
        kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).field("body_bytes", &self.body.len()).finish()
    }
}

/// No whole answer came. For a write this says nothing about whether it took effect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection, a refused cross-origin answer or a redirect: the browser does not say which.
    #[error("no answer came: the network is down, or the server does not allow this page to read it")]
    Network,
    /// The time ran out.
    #[error("no complete answer within {} seconds", .0.as_secs())]
    Timeout(Duration),
    /// The answer was larger than this product reads.
    #[error("the answer was larger than {0} bytes")]
    TooLarge(usize),
}

/// Sends requests: credentials omitted, nothing cached, no redirect followed (SEC-083, SEC-084).
pub trait Transport {
    /// Sends one request once and waits for the whole answer.
    fn send(&self, request: Request) -> LocalBoxFuture<'_, Result<Response, TransportError>>;
}

/// Time as the product needs it.
pub trait Clock {
    /// A clock that never jumps, counted from an arbitrary start (`performance.now`).
    fn monotonic(&self) -> Duration;
    /// The wall clock, as right as the computer's.
    fn now(&self) -> Timestamp;
    /// Waits.
    fn sleep(&self, time: Duration) -> LocalBoxFuture<'_, ()>;
}
