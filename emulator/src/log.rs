//! What has been asked of the emulator, for tests to look at. It records; it never changes an answer.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

use crate::http::Incoming;

/// One of the emulator's three origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Site {
    /// The host of the built app.
    App,
    /// Entra sign-in.
    SignIn,
    /// Microsoft Graph.
    Graph,
}

/// A request as it came in.
#[derive(Clone, Debug, Serialize)]
pub struct SeenRequest {
    /// Which origin it came to.
    pub site: Site,
    /// `GET`, `POST`, …
    pub method: String,
    /// The path, still percent-encoded.
    pub path: String,
    /// The query without its question mark; empty if there was none.
    pub query: String,
    /// Every header, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
    /// Whether it came within a `$batch`, which is recorded before it.
    pub in_batch: bool,
    /// The status it was answered with; `None` while it runs or if a fault left it without an answer.
    pub status: Option<u16>,
}

impl SeenRequest {
    /// A header's value by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A value that a client has to keep to itself, by what it is: `an access token`, `a state`.
pub type Confidence = (&'static str, String);

/// The record of requests, of content security policy reports, and of what was asked for and is not there.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: Mutex<Entries>,
    reports: Mutex<Vec<Value>>,
    missing: watch::Sender<Vec<String>>,
    /// Never forgotten: what was secret stays so.
    confidences: Mutex<BTreeSet<Confidence>>,
}

#[derive(Debug, Default)]
struct Entries {
    /// How many were forgotten before the first of these: whoever is answered late must not be taken for another.
    forgotten: usize,
    seen: Vec<SeenRequest>,
}

impl Entries {
    fn forget(&mut self) {
        self.forgotten += self.seen.len();
        self.seen.clear();
    }
}

/// A long demo must not grow without end.
const KEPT: usize = 20_000;

impl Log {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a request; the number is for [`Log::answered`].
    pub(crate) fn record(&self, site: Site, request: &Incoming) -> usize {
        self.enter(site, request, false)
    }

    /// Records a request within a batch.
    pub(crate) fn record_item(&self, request: &Incoming) -> usize {
        self.enter(Site::Graph, request, true)
    }

    fn enter(&self, site: Site, request: &Incoming, in_batch: bool) -> usize {
        let headers = request
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let mut entries = self.entries();
        if entries.seen.len() >= KEPT {
            entries.forget();
        }
        let number = entries.forgotten + entries.seen.len();
        entries.seen.push(SeenRequest {
            site,
            method: request.method.to_string(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers,
            body: String::from_utf8_lossy(&request.body).into_owned(),
            in_batch,
            status: None,
        });
        number
    }

    /// Notes the status of a recorded request.
    pub(crate) fn answered(&self, number: usize, status: u16) {
        let mut entries = self.entries();
        let position = number.checked_sub(entries.forgotten);
        if let Some(entry) = position.and_then(|position| entries.seen.get_mut(position)) {
            entry.status = Some(status);
        }
    }

    /// All requests so far.
    pub(crate) fn all(&self) -> Vec<SeenRequest> {
        self.entries().seen.clone()
    }

    /// Forgets all of it.
    pub(crate) fn clear(&self) {
        self.entries().forget();
        self.reports.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.missing.send_replace(Vec::new());
    }

    /// Records something that a request asked for and that the emulator does not imitate. It was answered with 501.
    pub(crate) fn missing(&self, what: String) {
        self.missing.send_modify(|missing| {
            if missing.len() < KEPT {
                missing.push(what);
            }
        });
    }

    /// All that was asked for and is not there, to be read and to be waited for.
    pub(crate) fn all_missing(&self) -> watch::Receiver<Vec<String>> {
        self.missing.subscribe()
    }

    /// Records what was given to the client, or told by it, in confidence.
    pub(crate) fn confide(&self, what: &'static str, value: &str) {
        if !value.is_empty() {
            let mut confidences = self.confidences.lock().unwrap_or_else(PoisonError::into_inner);
            confidences.insert((what, value.to_owned()));
        }
    }

    /// All of that so far, whether the log was cleared or not.
    pub(crate) fn confidences(&self) -> Vec<Confidence> {
        self.confidences.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Records a violation report.
    pub(crate) fn report(&self, report: Value) {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner).push(report);
    }

    /// All violation reports so far.
    pub(crate) fn reports(&self) -> Vec<Value> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use hyper::body::Bytes;
    use hyper::{HeaderMap, Method};

    use super::*;

    #[test]
    fn an_answer_that_comes_after_the_log_was_cleared_is_nobody_elses() {
        let request = |path: &str| Incoming {
            method: Method::GET,
            path: path.to_owned(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        };
        let log = Log::default();
        let slow = log.record(Site::Graph, &request("/slow"));
        log.clear();
        let quick = log.record(Site::Graph, &request("/quick"));
        log.answered(slow, 504);
        assert_eq!(log.all().iter().map(|entry| entry.status).collect::<Vec<_>>(), [None]);
        log.answered(quick, 200);
        assert_eq!(log.all().iter().map(|entry| entry.status).collect::<Vec<_>>(), [Some(200)]);
    }
}
