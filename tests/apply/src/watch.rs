//! Sees every request and every answer, and complains of what may never happen: a write outside the plan, one that is
//! not written ahead, two of one line at once, one sent again blindly, a grant before the removal it follows, a token
//! inside a batch, a batch too large.

use std::collections::HashMap;

use rolegrant::http::{Method, Request, Response, TransportError};
use rolegrant::plan::Change;
use serde_json::Value;

/// What is known of one line.
#[derive(Clone, Debug, Default)]
pub struct Line {
    pub sends: usize,
    pub in_flight: bool,
    /// The last answer left open whether it was done.
    pub open: bool,
    /// Some answer did.
    pub ever_open: bool,
    /// Since then the directory has been read.
    pub looked: bool,
    /// The witness was told that it is sent, and has written it down.
    pub written_ahead: bool,
    pub settled: bool,
}

/// What was asked.
enum Asked {
    /// These lines, in the order of the items; alone or in an envelope.
    Writes {
        lines: Vec<usize>,
        enveloped: bool,
    },
    Held(String),
    Holders(String),
    Other,
}

/// Method, path, and principal, API and role of the body.
type Written = (String, String, [String; 3]);

fn written(change: &Change) -> Written {
    let path = format!("servicePrincipals/{}/appRoleAssignedTo", change.api());
    match change {
        Change::Assign { identity, api, role } => {
            ("POST".to_owned(), path, [identity.to_string(), api.to_string(), role.to_string()])
        }
        Change::Remove { assignment, .. } => ("DELETE".to_owned(), format!("{path}/{assignment}"), Default::default()),
    }
}

/// The watch over one run.
#[derive(Default)]
pub struct Watch {
    plan: Vec<Change>,
    /// What each line sends: method, path, and who is to hold which role.
    written: HashMap<Written, usize>,
    /// Identity and API of each line.
    about: Vec<(String, String)>,
    pub lines: Vec<Line>,
    asked: HashMap<usize, Asked>,
    next: usize,
    pub complaints: Vec<String>,
    pub batches_at_once: usize,
    pub writes: usize,
    /// Writes that were refused for the quota.
    pub refused: usize,
}

impl Watch {
    /// A watch over a plan.
    pub fn new(plan: &[Change]) -> Self {
        let written = plan.iter().enumerate().map(|(line, change)| (written(change), line)).collect();
        let about = plan.iter().map(|it| (it.identity().to_string(), it.api().to_string())).collect();
        Self { plan: plan.to_vec(), written, about, lines: vec![Line::default(); plan.len()], ..Self::default() }
    }

    fn complain(&mut self, what: impl Into<String>) {
        self.complaints.push(what.into());
    }

    /// A request leaves. The number is for its answer.
    pub fn leaves(&mut self, request: &Request) -> usize {
        let path = request.url.path().strip_prefix("/v1.0/").unwrap_or_default().to_owned();
        let body = String::from_utf8(request.body.clone().unwrap_or_default()).unwrap();
        let tokens = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("authorization")).count();
        if tokens != 1 || body.to_ascii_lowercase().contains("authorization") || body.contains("eyJ") {
            self.complain(format!("{tokens} tokens in the headers, or one in the body of {path}"));
        }
        let segments: Vec<&str> = path.split('/').collect();
        let asked = match (request.method, &segments[..]) {
            (Method::Post, ["$batch"]) => {
                let body: Value = serde_json::from_str(&body).unwrap();
                let items = body["requests"].as_array().unwrap();
                if items.is_empty() || items.len() > 20 {
                    self.complain(format!("a batch of {}", items.len()));
                }
                let mut lines = Vec::new();
                for item in items {
                    let content = item.get("body").map(Value::to_string).unwrap_or_default();
                    let url = item["url"].as_str().unwrap().trim_start_matches('/').to_owned();
                    lines.extend(self.line(item["method"].as_str().unwrap(), &url, &content));
                }
                Asked::Writes { lines, enveloped: true }
            }
            (Method::Get, ["servicePrincipals", id, "appRoleAssignments"]) => Asked::Held((*id).to_owned()),
            (Method::Get, ["servicePrincipals", id, "appRoleAssignedTo"]) => Asked::Holders((*id).to_owned()),
            (Method::Get, _) => Asked::Other,
            (method, _) => {
                let method = if method == Method::Post { "POST" } else { "DELETE" };
                let lines = self.line(method, &path, &body).into_iter().collect();
                Asked::Writes { lines, enveloped: false }
            }
        };
        if let Asked::Writes { lines, .. } = &asked {
            self.sends(&lines.clone());
        }
        self.next += 1;
        self.asked.insert(self.next, asked);
        let batches = self.asked.values().filter(|asked| matches!(asked, Asked::Writes { .. })).count();
        self.batches_at_once = self.batches_at_once.max(batches);
        self.next
    }

    /// The line that a write is about.
    fn line(&mut self, method: &str, path: &str, body: &str) -> Option<usize> {
        let content: Value = serde_json::from_str(body).unwrap_or_default();
        let text = |name: &str| content[name].as_str().unwrap_or_default().to_owned();
        let of = [text("principalId"), text("resourceId"), text("appRoleId")];
        let found = self.written.get(&(method.to_owned(), path.to_owned(), of)).copied();
        if found.is_none() {
            self.complain(format!("outside the plan: {method} {path} {body}"));
        }
        found
    }

    fn sends(&mut self, lines: &[usize]) {
        self.writes += lines.len();
        for &line in lines {
            let known = &mut self.lines[line];
            known.sends += 1;
            let mut wrong = Vec::new();
            for (bad, what) in [
                (known.in_flight, "is in flight already"),
                (known.open && !known.looked, "is sent again blindly"),
                (!known.written_ahead, "is not written ahead"),
                (known.settled, "was settled"),
            ] {
                if bad {
                    wrong.push(format!("line {line} {what}"));
                }
            }
            known.in_flight = true;
            known.open = false;
            let change = &self.plan[line];
            let earlier = self.plan[..line].iter().enumerate();
            let before = earlier.filter(|(_, it)| it.identity() == change.identity() && it.act() != change.act());
            for (at, _) in before {
                if !self.lines[at].settled {
                    wrong.push(format!("line {line} is sent before line {at} is settled"));
                }
            }
            self.complaints.append(&mut wrong);
        }
    }

    /// An answer came, or none.
    pub fn answered(&mut self, number: usize, answer: &Result<Response, TransportError>) {
        let proves = |status: u64| (400..500).contains(&status) && status != 408;
        match self.asked.remove(&number).unwrap() {
            Asked::Writes { lines, enveloped } => {
                self.refused += refusals(answer, lines.len());
                for (at, line) in lines.into_iter().enumerate() {
                    let id = at.to_string();
                    let clear = answer.as_ref().is_ok_and(|answer| {
                        let whole = proves(answer.status.into());
                        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                        if !enveloped || whole {
                            return whole || says_done(answer.status.into(), &body);
                        }
                        let items = body["responses"].as_array().cloned().unwrap_or_default();
                        let mut mine = items.iter().filter(|item| item["id"].as_str() == Some(&id));
                        let (item, other) = (mine.next(), mine.next());
                        other.is_none()
                            && item.is_some_and(|item| {
                                let status = item["status"].as_u64().unwrap_or_default();
                                proves(status) || says_done(status, &item["body"])
                            })
                    });
                    let known = &mut self.lines[line];
                    known.in_flight = false;
                    known.looked = false;
                    known.open = !clear;
                    known.ever_open |= !clear;
                }
            }
            asked @ (Asked::Held(_) | Asked::Holders(_)) if answer.as_ref().is_ok_and(|it| it.status == 200) => {
                for (known, (identity, api)) in self.lines.iter_mut().zip(&self.about) {
                    known.looked |= match &asked {
                        Asked::Held(id) => identity == id,
                        Asked::Holders(id) => api == id,
                        _ => false,
                    };
                }
            }
            _ => {}
        }
    }
}

fn says_done(status: u64, body: &Value) -> bool {
    status == 204 || (status == 201 && body["id"].is_string())
}

/// How many of these writes were throttled.
fn refusals(answer: &Result<Response, TransportError>, writes: usize) -> usize {
    let Ok(answer) = answer else { return 0 };
    if answer.status == 429 {
        return writes;
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    body["responses"].as_array().map_or(0, |items| items.iter().filter(|item| item["status"] == 429).count())
}
