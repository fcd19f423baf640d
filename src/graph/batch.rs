//! Many writes in one request: JSON batching. <https://learn.microsoft.com/graph/json-batching>
//!
//! Every item is judged alone, as if it had been sent alone; what has no answer of its own is ambiguous. Addresses
//! within are relative and built like all others, and the token is on the envelope alone (SEC-087).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::address::address;
use super::client::Graph;
use super::error::{GraphError, GraphErrorKind, Operation};
use super::wire::{self, Mismatch};
use super::write::{Write, Written};
use crate::http::{Method, Request, Response};

/// As many writes as Graph takes in one batch.
pub const LARGEST_BATCH: usize = 20;

type Outcome = Result<Written, GraphError>;

impl Graph {
    /// Sends up to [`LARGEST_BATCH`] writes together, each once, and gives an outcome for each, in their order. Graph
    /// carries them out in any order. An item whose token was refused, which proves that nothing happened, is sent once
    /// more with a renewed one. A single write goes without an envelope.
    pub async fn batch(&self, writes: &[Write]) -> Vec<Outcome> {
        match writes {
            [] => return Vec::new(),
            [write] => return vec![self.write(write).await],
            _ => {}
        }
        let mut refused = Vec::new();
        let mut outcomes = self.send_batch(writes, Some(&mut refused)).await;
        if !refused.is_empty() {
            let again: Vec<Write> = refused.iter().filter_map(|at| writes.get(*at).cloned()).collect();
            let later = self.send_batch(&again, None).await;
            for (at, outcome) in refused.into_iter().zip(later) {
                if let Some(slot) = outcomes.get_mut(at) {
                    *slot = outcome;
                }
            }
        }
        outcomes
    }

    /// One envelope. Where another token is called for, `refused` learns the items that deserve another try.
    async fn send_batch(&self, writes: &[Write], mut refused: Option<&mut Vec<usize>>) -> Vec<Outcome> {
        let url = address(self.origin(), "$batch", &[]);
        let request = Request::new(Method::Post, url).body("application/json", envelope(writes).into_bytes());
        let sent = self.send_with(Operation::Batch, request).await;
        let answer = sent.and_then(|(response, used)| match answers(&response, writes.len()) {
            Ok(answers) => Ok((response, used, answers)),
            Err(error) => Err(GraphError::not_understood(Operation::Batch, &response, error.to_string())),
        });
        let (response, used, answers) = match answer {
            Ok(answer) => answer,
            // Not taken as a batch, so nothing in it was done: perhaps it is taken one by one.
            Err(error) if *error.kind() == GraphErrorKind::BadRequest => {
                let mut outcomes = Vec::new();
                for write in writes {
                    outcomes.push(self.write(write).await);
                }
                return outcomes;
            }
            Err(error) => return writes.iter().map(|write| Err(error.of_one(self.operation(write)))).collect(),
        };
        let outcomes = writes.iter().zip(answers).enumerate().map(|(at, (write, answer))| {
            let operation = self.operation(write);
            let Some(item) = answer else {
                let problem = "one of the answers is missing or there twice".to_owned();
                return Err(GraphError::not_understood(operation, &response, problem));
            };
            if let (401, Some(refused)) = (item.status, &mut refused) {
                self.token_refused(used, &item);
                refused.push(at);
            }
            let outcome = self.verdict(operation, item).and_then(|item| write.written(operation, &item));
            match outcome {
                Ok(mut written) => {
                    written.request_id = written.request_id.or_else(|| super::error::request_id(&response));
                    Ok(written)
                }
                Err(error) => Err(error.within(&response)),
            }
        });
        outcomes.collect()
    }
}

/// The items are numbered in their order. Nothing in paths and bodies needs escaping: ids and constants.
fn envelope(writes: &[Write]) -> String {
    let item = |(at, write): (usize, &Write)| {
        let content = write.body().map_or_else(String::new, |body| {
            format!(r#","headers":{{"Content-Type":"application/json"}},"body":{body}"#)
        });
        let method = if write.method() == Method::Post { "POST" } else { "DELETE" };
        format!(r#"{{"id":"{at}","method":"{method}","url":"/{}"{content}}}"#, write.path())
    };
    let items: Vec<String> = writes.iter().enumerate().map(item).collect();
    format!(r#"{{"requests":[{}]}}"#, items.join(","))
}

/// The answer to each item, in the order of the items: nothing where there is none, or where there are several.
fn answers(response: &Response, items: usize) -> Result<Vec<Option<Response>>, Mismatch> {
    let mut body: Value = wire::json(response)?;
    let Some(Value::Array(answers)) = body.get_mut("responses").map(Value::take) else {
        return Err(Mismatch::new("responses", "is missing"));
    };
    let mut sorted: Vec<(bool, Option<Response>)> = vec![(false, None); items];
    for answer in answers {
        let position = answer.get("id").and_then(Value::as_str).and_then(|id| id.parse::<usize>().ok());
        let Some((seen, slot)) = position.and_then(|at| sorted.get_mut(at)) else { continue };
        *slot = if *seen { None } else { item(answer) };
        *seen = true;
    }
    Ok(sorted.into_iter().map(|(_, answer)| answer).collect())
}

/// An item's answer as if it had come alone. It may lack headers, and its body may be JSON, base64 or nothing.
fn item(mut answer: Value) -> Option<Response> {
    let status = answer.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok())?;
    let mut headers = Vec::new();
    if let Some(Value::Object(named)) = answer.get_mut("headers").map(Value::take) {
        for (name, value) in named {
            if let Value::String(value) = value {
                headers.push((name, value));
            }
        }
    }
    let body = match answer.get_mut("body").map(Value::take) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) => STANDARD.decode(&text).unwrap_or_else(|_| text.into_bytes()),
        Some(json) => {
            // It has been read as JSON already, whatever its headers say.
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("Content-Type"));
            json.to_string().into_bytes()
        }
    };
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Content-Type")) {
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    }
    Some(Response { status, headers, body })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::super::client::CHALLENGE;
    use super::super::testing::{
        API, ASSIGNMENT, MI, ROLE, Stage, answer, assign, error, remove, row, throttled, with,
    };
    use super::*;
    use crate::http::{Clock as _, TransportError};

    type Reply = Result<Response, TransportError>;

    fn made() -> Value {
        serde_json::from_str(&row(ASSIGNMENT)).unwrap()
    }

    fn refusal(code: &str, message: &str) -> Value {
        json!({"error": {"code": code, "message": message, "innerError": {"request-id": "inner-1"}}})
    }

    fn answered(responses: Value) -> Reply {
        answer(200, &json!({ "responses": responses }).to_string())
    }

    fn batch(stage: &Stage, writes: &[Write]) -> Vec<Outcome> {
        stage.run(stage.graph.batch(writes))
    }

    fn kind(outcome: &Outcome) -> &GraphErrorKind {
        outcome.as_ref().unwrap_err().kind()
    }

    /// SEC-087
    #[test]
    fn what_is_in_a_batch_is_built_like_what_goes_alone() {
        let good = json!([{"id": "0", "status": 201, "body": made()}, {"id": "1", "status": 204}]);
        let stage = Stage::new([answered(good)]);
        batch(&stage, &[assign(), remove()]);
        let sent = stage.script.sent();
        assert_eq!(stage.script.lines(), ["POST $batch"]);
        assert_eq!((sent[0].headers.len(), sent[0].token.as_deref()), (2, Some("token-0")));
        let body: Value = serde_json::from_str(&sent[0].body).unwrap();
        let expected = json!({"requests": [
            {"id": "0", "method": "POST", "url": format!("/servicePrincipals/{API}/appRoleAssignedTo"),
             "headers": {"Content-Type": "application/json"},
             "body": {"principalId": MI, "resourceId": API, "appRoleId": ROLE}},
            {"id": "1", "method": "DELETE", "url": format!("/servicePrincipals/{API}/appRoleAssignedTo/{ASSIGNMENT}")},
        ]});
        assert_eq!(body, expected, "relative addresses, and no token inside");
        assert!(!sent[0].body.contains("token-0"));
    }

    #[test]
    fn one_write_goes_alone() {
        let stage = Stage::new([answer(204, "")]);
        assert!(batch(&stage, &[remove()])[0].is_ok());
        assert!(stage.script.lines()[0].starts_with("DELETE servicePrincipals/"));
        assert!(batch(&Stage::new([]), &[]).is_empty());
    }

    /// F-20
    #[test]
    fn every_item_is_judged_alone_and_as_if_it_were_alone() {
        let bad = "Request_BadRequest";
        let cases = [
            (201, json!({}), made()),
            (400, json!({}), refusal(bad, "Permission being assigned already exists on the object")),
            (400, json!({}), refusal(bad, "Not a valid reference update.")),
            (403, json!({}), refusal("Authorization_RequestDenied", "Insufficient privileges")),
            (404, json!({}), refusal("Request_ResourceNotFound", "")),
            (409, json!({}), refusal("Directory_ConcurrencyViolation", "")),
            (424, json!({}), refusal("FailedDependency", "")),
            (429, json!({"Retry-After": "7"}), refusal("TooManyRequests", "")),
            (503, json!({"retry-after": "9"}), refusal("ServiceUnavailable", "")),
            (504, json!({}), refusal("", "")),
        ];
        let item = |(at, (status, headers, body)): (usize, &(u16, Value, Value))| json!({"id": at.to_string(), "status": status, "headers": headers, "body": body});
        // F-21: in any order.
        let items: Vec<Value> = cases.iter().enumerate().map(item).rev().collect();
        let stage = Stage::new([answered(json!(items))]);
        let outcomes = batch(&stage, &vec![assign(); cases.len()]);
        assert_eq!(stage.graph.paused_for(), Some(Duration::from_secs(9)), "the largest Retry-After counts");
        for ((status, headers, body), outcome) in cases.into_iter().zip(outcomes) {
            let mut alone = answer(status, &body.to_string());
            for (name, value) in headers.as_object().unwrap() {
                alone = with(alone, name, value.as_str().unwrap());
            }
            let single = Stage::new([alone.map(|mut answer| {
                answer.headers.retain(|(name, _)| status < 300 || name != "request-id");
                answer
            })]);
            assert_eq!(outcome, batch(&single, &[assign()]).pop().unwrap(), "{status}");
            let id = outcome.map_or_else(|error| error.request_id().map(str::to_owned), |written| written.request_id);
            assert_eq!(id.as_deref(), Some(if status < 300 { "r-1" } else { "inner-1" }));
        }
    }

    /// F-21
    #[test]
    fn a_missing_answer_and_a_double_one_are_ambiguous_and_a_strange_one_is_nothing() {
        let stage = Stage::new([answered(json!([
            {"id": "9", "status": 403}, {"id": "x", "status": 403}, {"id": 2, "status": 403}, {"status": 403}, 7,
            {"id": "1", "status": 204}, {"id": "1", "status": 204},
            {"id": "3", "status": "204"}, {"id": "4", "status": 204, "headers": null, "body": null},
        ]))]);
        let outcomes = batch(&stage, &vec![remove(); 5]);
        let ambiguous: Vec<_> = outcomes.iter().map(|it| it.as_ref().is_err_and(GraphError::is_ambiguous)).collect();
        assert_eq!(ambiguous, [true, true, true, true, false]);
        assert!(outcomes[4].is_ok());
        assert_eq!(outcomes[0].as_ref().unwrap_err().request_id(), Some("r-1"), "of the batch");
    }

    /// F-24
    #[test]
    fn a_body_may_be_base64_or_missing() {
        let stage = Stage::new([answered(json!([
            {"id": "0", "status": 201, "body": STANDARD.encode(row(ASSIGNMENT))},
            {"id": "1", "status": 201, "headers": {"Content-Type": "text/plain"}, "body": made()},
            {"id": "2", "status": 201},
            {"id": "3", "status": 400, "body": STANDARD.encode(refusal("c", "Not a valid reference update.").to_string())},
            {"id": "4", "status": 502, "body": STANDARD.encode("<html>")},
            {"id": "5", "status": 502, "body": "no base64"},
        ]))]);
        let outcomes = batch(&stage, &vec![assign(); 6]);
        assert!(outcomes[0].is_ok() && outcomes[1].is_ok());
        assert!(outcomes[2].as_ref().unwrap_err().is_ambiguous());
        assert_eq!(kind(&outcomes[3]), &GraphErrorKind::NotValidReference);
        assert_eq!(
            (kind(&outcomes[4]), kind(&outcomes[5])),
            (&GraphErrorKind::Unavailable, &GraphErrorKind::Unavailable)
        );
    }

    /// F-22, F-25
    #[test]
    fn of_a_batch_that_failed_as_a_whole_nothing_is_assumed() {
        let html = || {
            let headers = vec![("Content-Type".into(), "text/html".into())];
            Ok(Response { status: 200, headers, body: b"<html>".to_vec() })
        };
        let cases: Vec<(Reply, GraphErrorKind, bool)> = vec![
            (throttled(), GraphErrorKind::Throttled { retry_after: None }, false),
            (answer(503, ""), GraphErrorKind::Unavailable, true),
            (answer(404, ""), GraphErrorKind::BadRequest, false),
            (error(403, "Authorization_RequestDenied", ""), GraphErrorKind::Forbidden, false),
            (Err(TransportError::Network), GraphErrorKind::Network, true),
            (Err(TransportError::Timeout(Duration::from_secs(60))), GraphErrorKind::Timeout, true),
            (html(), GraphErrorKind::NotUnderstood, true),
            (answer(200, r#"{"responses":[{"id":"0","#), GraphErrorKind::NotUnderstood, true),
            (answer(200, "{}"), GraphErrorKind::NotUnderstood, true),
        ];
        for (reply, expected, ambiguous) in cases {
            let alone = if expected == GraphErrorKind::BadRequest { 2 } else { 0 };
            let stage = Stage::new(std::iter::once(reply.clone()).chain((0..alone).map(|_| reply.clone())));
            let outcomes = batch(&stage, &[assign(), remove()]);
            if alone > 0 {
                continue;
            }
            for outcome in &outcomes {
                assert_eq!(kind(outcome), &expected);
                assert_eq!(outcome.as_ref().unwrap_err().is_ambiguous(), ambiguous, "{expected:?}");
            }
            assert!(matches!(outcomes[0].as_ref().unwrap_err().operation(), Operation::Assign(_)));
            assert!(matches!(outcomes[1].as_ref().unwrap_err().operation(), Operation::Remove(_)));
        }
    }

    /// F-22
    #[test]
    fn what_is_not_taken_as_a_batch_is_sent_one_by_one_and_that_once() {
        for status in [400, 413] {
            let bad = || error(status, "BadRequest", "Invalid batch payload format.");
            let stage = Stage::new([bad(), answer(201, &row(ASSIGNMENT)), bad()]);
            let outcomes = batch(&stage, &[assign(), remove()]);
            assert!(outcomes[0].is_ok());
            assert_eq!(kind(&outcomes[1]), &GraphErrorKind::BadRequest);
            assert_eq!(stage.script.sent().len(), 3);
        }
    }

    /// F-26, F-28
    #[test]
    fn a_refused_token_is_renewed_once_for_the_batch_or_its_items() {
        let expired = || refusal("InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.");
        let good =
            |ids: &[&str]| answered(ids.iter().map(|id| json!({"id": id, "status": 204})).collect::<Vec<_>>().into());
        let whole = || answer(401, &expired().to_string());
        let stage = Stage::new([whole(), good(&["0", "1"])]);
        assert!(batch(&stage, &[remove(), remove()]).iter().all(Result::is_ok));
        let items = |ids: &[&str]| {
            let item = |id: &&str| json!({"id": id, "status": 401, "body": expired()});
            answered(ids.iter().map(item).collect::<Vec<_>>().into())
        };
        let stage = Stage::new([items(&["0", "1", "2"]), good(&["0", "1", "2"])]);
        assert!(batch(&stage, &[remove(), remove(), remove()]).iter().all(Result::is_ok));
        assert_eq!(stage.tokens.refused.get(), 1);
        let stage = Stage::new([items(&["0", "1"]), items(&["0", "1"])]);
        let outcomes = batch(&stage, &[remove(), remove()]);
        assert!(outcomes.iter().all(|outcome| kind(outcome) == &GraphErrorKind::SignInNeeded));
        assert_eq!((stage.script.sent().len(), stage.tokens.refused.get()), (2, 1), "no loop");
    }

    /// F-27, SEC-091
    #[test]
    fn a_claims_challenge_of_an_item_is_tried_once() {
        let challenged = || {
            let item = |id: &str| json!({"id": id, "status": 401, "headers": {"WWW-Authenticate": CHALLENGE}});
            answered(json!([item("0"), item("1")]))
        };
        let stage = Stage::new([challenged(), challenged()]);
        let outcomes = batch(&stage, &[remove(), remove()]);
        assert!(outcomes.iter().all(|outcome| kind(outcome) == &GraphErrorKind::PolicyNeedsMore));
        assert_eq!(stage.tokens.challenges.borrow().len(), 1);
    }

    /// F-06: items close the one gate as well.
    #[test]
    fn a_throttled_item_makes_all_wait() {
        let stage = Stage::new([
            answered(json!([{"id": "0", "status": 429, "headers": {"Retry-After": "5"}}, {"id": "1", "status": 204}])),
            answer(204, ""),
        ]);
        assert_eq!(stage.graph.reserve(20), Ok(()));
        stage.clock.run(stage.graph.batch(&[remove(), remove()]));
        assert!(stage.graph.reserve(20).unwrap_err() > Duration::from_secs(5), "and the bucket is empty");
        batch(&stage, &[remove()]);
        assert!(stage.clock.monotonic() >= Duration::from_secs(6));
    }
}
