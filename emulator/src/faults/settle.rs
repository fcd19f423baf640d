//! The answer to a request under a fault.

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::fault::{Ending, Fault, Refusal};
use crate::conditional_access;
use crate::http::{Answer, Incoming};
use crate::log::Site;
use crate::world::World;
use crate::{graph, signin};

/// What is to go out.
pub(crate) enum Outcome {
    /// An answer.
    Answer(Answer),
    /// None: the connection ends, by a reset or not.
    Lost { reset: bool },
    /// None, and the connection stays.
    Hang,
}

/// What a fault makes of a request. `truth` carries the request out.
pub(crate) fn settle(
    site: Site,
    world: &World,
    request: &Incoming,
    fault: &Fault,
    truth: impl FnOnce() -> Answer,
) -> Outcome {
    let truth = (fault.execute || fault.answer == Ending::True).then(truth);
    let answer = match fault.answer {
        Ending::True => truth,
        Ending::Status(status) => Some(status_answer(site, world, request, status)),
        Ending::Refusal(refusal) => Some(refused(world, request, refusal)),
        Ending::Aadsts(number) => Some(signin::refused_by_number(world, request, number)),
        Ending::Lost => return Outcome::Lost { reset: false },
        Ending::Reset => return Outcome::Lost { reset: true },
        Ending::Hang => return Outcome::Hang,
    };
    let Some(mut answer) = answer else { return Outcome::Lost { reset: false } };
    if let Some(body) = &fault.body {
        answer.body = match body {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
        .into();
        answer.set("content-type", fault.content_type.as_deref().unwrap_or("application/json"));
    }
    if fault.looping_next_link {
        let origin = world.origins.of(site);
        let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
        patch(&mut answer, &json!({"@odata.nextLink": format!("{origin}{}{query}", request.path)}));
    }
    if let Some(merge) = &fault.merge {
        patch(&mut answer, merge);
    }
    for (name, value) in &fault.headers {
        if value.is_empty() {
            answer.headers.remove(name.as_str());
        } else {
            answer.set(name, value);
        }
    }
    if fault.without_cors {
        answer.headers.remove("access-control-allow-origin");
    }
    Outcome::Answer(answer)
}

fn status_answer(site: Site, world: &World, request: &Incoming, status: u16) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match site {
        Site::Graph => graph::failure(world, request, status),
        Site::SignIn => signin::failure(world, request, status),
        Site::App => Answer::with(status, "text/plain; charset=utf-8", status.to_string()),
    }
}

fn refused(world: &World, request: &Incoming, refusal: Refusal) -> Answer {
    let (status, code, message) = match refusal {
        Refusal::ExpiredPageToken => (
            StatusCode::BAD_REQUEST,
            "Directory_ExpiredPageToken",
            "The specified page token value has expired and can no longer be included in your request.",
        ),
        Refusal::ClaimsChallenge | Refusal::ClaimsChallengeAfterPop => (
            StatusCode::UNAUTHORIZED,
            "InvalidAuthenticationToken",
            "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: \
             TokenIssuedBeforeRevocationTimestamp",
        ),
    };
    let mut answer = graph::failure(world, request, status);
    patch(&mut answer, &json!({"error": {"code": code, "message": message}}));
    if status == StatusCode::UNAUTHORIZED {
        let claims = json!({"access_token": {"nbf": {
            "essential": true, "value": world.clock.now().timestamp().to_string(),
        }}});
        let bearer = conditional_access::challenge(world, &claims, message);
        let pop = match refusal {
            Refusal::ClaimsChallengeAfterPop => format!("PoP {}, nonce=\"ey==\", ", conditional_access::common(world)),
            _ => String::new(),
        };
        answer.set("www-authenticate", &format!("{pop}{bearer}"));
    }
    answer
}

/// A JSON merge patch on an answer's body; a body that is no JSON stays as it is.
fn patch(answer: &mut Answer, patch: &Value) {
    if let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) {
        merge(&mut body, patch);
        answer.body = body.to_string().into();
    }
}

/// RFC 7396.
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(members) = target.as_object_mut() else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::merge;
    use serde_json::json;

    #[test]
    fn a_merge_patch_sets_replaces_and_removes() {
        let mut body = json!({"value": [1], "@odata.nextLink": "a", "error": {"code": "x", "inner": {"date": "d"}}});
        merge(&mut body, &json!({"value": null, "@odata.nextLink": "b", "error": {"code": "y"}, "new": {"a": null}}));
        assert_eq!(body, json!({"@odata.nextLink": "b", "error": {"code": "y", "inner": {"date": "d"}}, "new": {}}));
    }
}
