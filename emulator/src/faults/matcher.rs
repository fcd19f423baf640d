//! Which requests a rule strikes.

use hyper::Method;
use serde::{Deserialize, Serialize};

use crate::http::Incoming;
use crate::log::Site;

/// Which requests a fault strikes. Preflights are spared unless the method is set to `OPTIONS`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Matcher {
    site: Site,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    path_contains: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path_ends: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    query_contains: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    body_contains: Vec<String>,
    /// So many matching requests pass first.
    #[serde(default)]
    pub(super) after: usize,
    /// Of the others, each so-manieth is struck.
    #[serde(default = "each")]
    pub(super) every: usize,
}

fn each() -> usize {
    1
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
            after: 0,
            every: each(),
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
        self.method = Some(method.to_owned());
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
        self.after = requests;
        self
    }

    /// Strikes the first matching request and then each so-manieth. 0 is taken as 1.
    pub fn every(mut self, requests: usize) -> Self {
        self.every = requests;
        self
    }

    pub(super) fn matches(&self, site: Site, request: &Incoming) -> bool {
        let method = match &self.method {
            Some(method) => request.method.as_str().eq_ignore_ascii_case(method),
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
