//! `$batch`: up to 20 requests in one, each carried by the same function as a request of its own, faults and quotas
//! included, and answered in any order.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::errors::GraphError;
use super::finish;
use crate::faults::{Outcome, settle};
use crate::http::{Answer, Incoming};
use crate::log::Site;
use crate::tenant::generated::Dice;
use crate::world::World;

/// As many as one batch may carry.
const MOST: usize = 20;

/// The headers of an item's answer, spelled as Graph spells them within a batch; the others belong to the connection.
const HEADERS: &[&str] = &[
    "Location",
    "Cache-Control",
    "x-ms-resource-unit",
    "x-ms-throttle-limit-percentage",
    "x-ms-throttle-scope",
    "x-ms-throttle-information",
    "WWW-Authenticate",
    "Retry-After",
    "OData-Version",
    "Content-Type",
];

#[derive(Deserialize)]
struct Envelope {
    requests: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: HashMap<String, String>,
    body: Option<Value>,
    #[serde(default)]
    depends_on: Vec<String>,
}

/// True if a request is a batch.
pub(crate) fn is_one(request: &Incoming) -> bool {
    matches!(request.path.as_str(), "/v1.0/$batch" | "/v1.0/%24batch")
}

/// Carries a batch out. Every item is answered, whatever becomes of the others.
pub(crate) fn answer(world: &World, request: &Incoming) -> Result<Answer, GraphError> {
    if request.method != Method::POST {
        return Err(GraphError::method());
    }
    let items = read(world, request)?;
    let mut statuses: HashMap<String, StatusCode> = HashMap::new();
    let mut responses = Vec::new();
    let mut waiting: Vec<&Item> = items.iter().collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut later = Vec::new();
        for item in waiting {
            let known: Option<Vec<StatusCode>> =
                item.depends_on.iter().map(|id| statuses.get(&id.to_lowercase()).copied()).collect();
            let Some(known) = known else {
                later.push(item);
                continue;
            };
            let answer = if known.iter().all(StatusCode::is_success) {
                carry(world, request, item)
            } else {
                let code = world.options.unverified.batch_dependency_code;
                finish(world, request, GraphError::failed_dependency(code).answer(world, request))
            };
            statuses.insert(item.id.to_lowercase(), answer.status);
            responses.push(response(world, item, &answer));
        }
        if later.len() == before {
            return Err(GraphError::batch("Invalid batch payload format: dependsOn runs in a circle."));
        }
        waiting = later;
    }
    shuffle(&mut responses, &mut world.dice());
    Ok(Answer::json(StatusCode::OK, "application/json", &json!({"responses": responses})))
}

fn read(world: &World, request: &Incoming) -> Result<Vec<Item>, GraphError> {
    let json = request.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("json"));
    let malformed = |what: &str| GraphError::batch(format!("Invalid batch payload format: {what}."));
    if !json {
        return Err(GraphError::unreadable_body());
    }
    let value: Value = serde_json::from_slice(&request.body).map_err(|_| GraphError::unreadable_body())?;
    let envelope: Envelope = serde_json::from_value(value).map_err(|error| malformed(&error.to_string()))?;
    let items = envelope.requests;
    if items.is_empty() {
        return Err(malformed("there are no requests"));
    }
    if items.len() > MOST {
        return Err(GraphError::batch_too_large(world.options.unverified.batch_too_large_code));
    }
    let mut ids = Vec::new();
    for item in &items {
        let id = item.id.to_lowercase();
        if id.is_empty() || ids.contains(&id) {
            return Err(malformed(&format!("the id '{}' is empty or not unique", item.id)));
        }
        ids.push(id);
    }
    for item in &items {
        if !matches!(item.method.to_ascii_uppercase().as_str(), "GET" | "POST" | "PATCH" | "PUT" | "DELETE") {
            return Err(malformed(&format!("the method '{}' is none", item.method)));
        }
        if let Some(unknown) = item.depends_on.iter().find(|id| !ids.contains(&id.to_lowercase())) {
            return Err(malformed(&format!("dependsOn names the unknown id '{unknown}'")));
        }
    }
    Ok(items)
}

/// An item as a request of its own: same person, own headers.
fn incoming(outer: &Incoming, item: &Item) -> Incoming {
    let (path, query) = item.url.split_once('?').unwrap_or((&item.url, ""));
    let mut headers = HeaderMap::new();
    for (name, value) in &item.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    }
    for name in [AUTHORIZATION, HeaderName::from_static("user-agent")] {
        if let Some(value) = outer.headers.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    let body = match &item.body {
        None | Some(Value::Null) => Bytes::new(),
        Some(Value::String(text)) => Bytes::from(text.clone()),
        Some(value) => Bytes::from(value.to_string()),
    };
    Incoming {
        method: Method::from_bytes(item.method.to_ascii_uppercase().as_bytes()).unwrap_or(Method::GET),
        path: format!("/v1.0/{}", path.trim_start_matches('/')),
        query: query.to_owned(),
        headers,
        body,
    }
}

fn carry(world: &World, outer: &Incoming, item: &Item) -> Answer {
    let request = incoming(outer, item);
    let number = world.log.record_item(&request);
    let answer = carry_recorded(world, &request, item);
    world.log.answered(number, answer.status.as_u16());
    answer
}

fn carry_recorded(world: &World, request: &Incoming, item: &Item) -> Answer {
    if item.url.contains("://") {
        return super::refuse(world, request, &GraphError::unimplemented("an absolute url in a batch"));
    }
    let truth = || super::answer(world, request);
    let Some(fault) = world.faults.strike(Site::Graph, request) else { return truth() };
    match settle(Site::Graph, world, request, &fault, truth) {
        Outcome::Answer(answer) => answer,
        // Within a batch a lost answer is one that the gateway did not get.
        Outcome::Lost { .. } | Outcome::Hang => super::failure(world, request, StatusCode::GATEWAY_TIMEOUT),
    }
}

fn response(world: &World, item: &Item, answer: &Answer) -> Value {
    let mut headers = Map::new();
    for name in HEADERS {
        if let Some(value) = answer.headers.get(name.to_ascii_lowercase()).and_then(|value| value.to_str().ok()) {
            headers.insert((*name).to_owned(), json!(value));
        }
    }
    let mut response = Map::new();
    response.insert("id".to_owned(), json!(item.id));
    response.insert("status".to_owned(), json!(answer.status.as_u16()));
    response.insert("headers".to_owned(), Value::Object(headers));
    if !answer.body.is_empty() {
        // What is not JSON travels as base64.
        let body = serde_json::from_slice(&answer.body).unwrap_or_else(|_| json!(STANDARD.encode(&answer.body)));
        response.insert("body".to_owned(), body);
    } else if world.options.unverified.batch_null_bodies {
        response.insert("body".to_owned(), Value::Null);
    }
    Value::Object(response)
}

/// Any order is allowed; the seed decides which.
fn shuffle<T>(items: &mut [T], dice: &mut Dice) {
    for last in (1..items.len()).rev() {
        let other = usize::try_from(dice.roll(last as u64 + 1)).unwrap_or(last);
        items.swap(last, other);
    }
}
