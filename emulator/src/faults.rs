//! Failures that a test asks for: which request they strike, and what happens to it.
//! A fault is chosen before a request is carried out and says itself whether it is carried out at all, because
//! "the answer was lost" and "nothing happened" are the two cases that a client must tell apart.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::Method;
use serde_json::Value;

use crate::http::Incoming;
use crate::log::Site;

/// Which requests a fault strikes. Preflights are spared unless the method is set to `OPTIONS`.
#[derive(Clone, Debug)]
pub struct Matcher {
    site: Site,
    method: Option<String>,
    path_contains: Vec<String>,
    path_ends: Option<String>,
    query_contains: Vec<String>,
    body_contains: Vec<String>,
    skip: usize,
}

impl Matcher {
    fn on(site: Site) -> Self {
        Self {
            site,
            method: None,
            path_contains: Vec::new(),
            path_ends: None,
            query_contains: Vec::new(),
            body_contains: Vec::new(),
            skip: 0,
        }
    }

    /// Any request to Graph.
    pub fn graph() -> Self {
        Self::on(Site::Graph)
    }

    /// Any request to the sign-in origin.
    pub fn sign_in() -> Self {
        Self::on(Site::SignIn)
    }

    /// Any request to the app's host.
    pub fn app() -> Self {
        Self::on(Site::App)
    }

    /// Only this method.
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_ascii_uppercase());
        self
    }

    /// Only paths that contain this text (percent-encoded as sent).
    pub fn path_contains(mut self, text: &str) -> Self {
        self.path_contains.push(text.to_owned());
        self
    }

    /// Only paths that end so.
    pub fn path_ends_with(mut self, text: &str) -> Self {
        self.path_ends = Some(text.to_owned());
        self
    }

    /// Only decoded queries that contain this text, for example `$skiptoken`.
    pub fn query_contains(mut self, text: &str) -> Self {
        self.query_contains.push(text.to_owned());
        self
    }

    /// Only bodies that contain this text, for example a role id.
    pub fn body_contains(mut self, text: &str) -> Self {
        self.body_contains.push(text.to_owned());
        self
    }

    /// Lets so many matching requests pass first.
    pub fn after(mut self, requests: usize) -> Self {
        self.skip = requests;
        self
    }

    fn matches(&self, site: Site, request: &Incoming) -> bool {
        let method = match &self.method {
            Some(method) => request.method.as_str() == method,
            None => request.method != Method::OPTIONS,
        };
        let query = || request.query_pairs().iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("&");
        let body = String::from_utf8_lossy(&request.body);
        site == self.site
            && method
            && self.path_contains.iter().all(|text| request.path.contains(text))
            && self.path_ends.as_ref().is_none_or(|text| request.path.ends_with(text))
            && (self.query_contains.is_empty() || {
                let query = query();
                self.query_contains.iter().all(|text| query.contains(text))
            })
            && self.body_contains.iter().all(|text| body.contains(text))
    }
}

/// What becomes of the answer.
#[derive(Clone, Debug)]
pub(crate) enum Ending {
    /// The true answer.
    Normal,
    /// This status instead; `None` as body means the documented one of that status.
    Status { status: u16, body: Option<String>, content_type: String },
    /// No answer at all.
    Lost,
}

/// What happens to a request.
#[derive(Clone, Debug)]
pub struct Fault {
    pub(crate) delay: Duration,
    pub(crate) execute: bool,
    pub(crate) ending: Ending,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) without_cors: bool,
}

impl Fault {
    fn new(execute: bool, ending: Ending) -> Self {
        Self { delay: Duration::ZERO, execute, ending, headers: Vec::new(), without_cors: false }
    }

    /// Answers with this status and its documented body, without carrying the request out.
    pub fn status(status: u16) -> Self {
        Self::new(false, Ending::Status { status, body: None, content_type: "application/json".to_owned() })
    }

    /// Carries the request out, then closes the connection without an answer.
    pub fn lost_answer() -> Self {
        Self::new(true, Ending::Lost)
    }

    /// Closes the connection without an answer and without carrying the request out.
    pub fn no_answer() -> Self {
        Self::new(false, Ending::Lost)
    }

    /// Answers truly, but late.
    pub fn slow(by: Duration) -> Self {
        Self { delay: by, ..Self::new(true, Ending::Normal) }
    }

    /// Waits before everything else.
    pub fn delayed(mut self, by: Duration) -> Self {
        self.delay = by;
        self
    }

    /// Carries the request out before the failing answer, as a gateway's time-out may.
    pub fn after_executing(mut self) -> Self {
        self.execute = true;
        self
    }

    /// Sets a header on the answer.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets Retry-After, in any of its forms.
    pub fn retry_after(self, value: &str) -> Self {
        self.header("retry-after", value)
    }

    /// A JSON body of the test's own.
    pub fn json(self, body: &Value) -> Self {
        self.text("application/json", &body.to_string())
    }

    /// A body of the test's own, for example the HTML page of a proxy.
    pub fn text(mut self, media_type: &str, text: &str) -> Self {
        if let Ending::Status { body, content_type, .. } = &mut self.ending {
            *body = Some(text.to_owned());
            media_type.clone_into(content_type);
        }
        self
    }

    /// Leaves the CORS headers out, as a front door does: the browser then sees a network error.
    pub fn without_cors(mut self) -> Self {
        self.without_cors = true;
        self
    }
}

/// Names a fault that was set, to lift it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultId(u64);

#[derive(Debug)]
struct Armed {
    id: u64,
    matcher: Matcher,
    fault: Fault,
    left: Option<usize>,
}

/// The faults that wait for their request.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: Mutex<(u64, Vec<Armed>)>,
}

impl Faults {
    /// Sets a fault for so many requests (`None`: for all until lifted).
    pub(crate) fn arm(&self, matcher: Matcher, fault: Fault, times: Option<usize>) -> FaultId {
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        armed.0 += 1;
        let id = armed.0;
        armed.1.push(Armed { id, matcher, fault, left: times });
        FaultId(id)
    }

    /// Lifts a fault; true if it was still waiting.
    pub(crate) fn lift(&self, id: FaultId) -> bool {
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        let before = armed.1.len();
        armed.1.retain(|entry| entry.id != id.0);
        armed.1.len() != before
    }

    /// Lifts all.
    pub(crate) fn clear(&self) {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner).1.clear();
    }

    /// How many still wait.
    pub(crate) fn waiting(&self) -> usize {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner).1.len()
    }

    /// The first fault that strikes this request, counted down.
    pub(crate) fn strike(&self, site: Site, request: &Incoming) -> Option<Fault> {
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut struck = None;
        for entry in &mut armed.1 {
            if !entry.matcher.matches(site, request) {
                continue;
            }
            if entry.matcher.skip > 0 {
                entry.matcher.skip -= 1;
                continue;
            }
            if let Some(left) = &mut entry.left {
                *left = left.saturating_sub(1);
            }
            struck = Some(entry.fault.clone());
            break;
        }
        armed.1.retain(|entry| entry.left != Some(0));
        struck
    }
}
