//! Microsoft Graph v1.0, the part that Rolegrant needs, as strict as the real one.
//! A request is taken from method, path and headers to an answer by one function, so that a batch can later carry
//! many of them without HTTP.

pub(crate) mod assignments;
pub(crate) mod auth;
pub(crate) mod errors;
pub(crate) mod filter;
pub(crate) mod listing;
pub(crate) mod me;
pub(crate) mod query;
pub(crate) mod service_principals;
pub(crate) mod wire;

use hyper::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use uuid::Uuid;

use crate::http::{Answer, Incoming};
use crate::world::World;
use auth::Caller;
use errors::GraphError;
use query::Query;

const JSON: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// What an operation gives back.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Body,
    pub(crate) location: Option<String>,
}

/// The body of a reply.
pub(crate) enum Body {
    Json(Value),
    Text(String),
    None,
}

impl Reply {
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, body: Body::Json(body), location: None }
    }
}

/// An authenticated request on its way to an operation.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a World,
    pub(crate) caller: &'a Caller,
    pub(crate) request: &'a Incoming,
    pub(crate) query: &'a Query,
}

/// Answers a request to Graph.
pub(crate) fn answer(world: &World, request: &Incoming) -> Answer {
    if request.method == Method::OPTIONS {
        return preflight(world);
    }
    let answer = match respond(world, request) {
        Ok(reply) => {
            let mut answer = match reply.body {
                Body::Json(body) => Answer::json(reply.status, JSON, &body),
                Body::Text(text) => Answer::with(reply.status, "text/plain", text),
                Body::None => Answer::empty(reply.status),
            };
            answer.set("odata-version", "4.0");
            answer.set("x-ms-resource-unit", "1");
            if let Some(location) = reply.location {
                answer.set("location", &location);
            }
            answer
        }
        Err(error) => error.answer(world, request),
    };
    finish(world, request, answer)
}

/// What a fault with a bare status says: that status's documented body.
pub(crate) fn failure(world: &World, request: &Incoming, status: StatusCode) -> Answer {
    let error = GraphError::of_status(status);
    let mut answer = error.answer(world, request);
    if status == StatusCode::TOO_MANY_REQUESTS {
        answer.set("retry-after", "10");
    }
    finish(world, request, answer)
}

/// Headers that every answer carries, errors included.
fn finish(world: &World, request: &Incoming, mut answer: Answer) -> Answer {
    let request_id = answer.headers.get("request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let request_id = request_id.unwrap_or_else(|| Uuid::new_v4().to_string());
    let client_id = request.header("client-request-id").unwrap_or(&request_id).to_owned();
    answer.set("request-id", &request_id);
    answer.set("client-request-id", &client_id);
    answer.set("cache-control", "no-cache");
    answer.set("vary", "Accept-Encoding");
    answer.set("x-ms-ags-diagnostic", "{\"ServerInfo\":{\"DataCenter\":\"Emulator\",\"Slice\":\"E\",\"Ring\":\"1\",\"ScaleUnit\":\"000\",\"RoleInstance\":\"LOOPBACK\"}}");
    answer.set("access-control-allow-origin", "*");
    answer.set("access-control-expose-headers", &exposed(world));
    answer
}

fn exposed(world: &World) -> String {
    let mut list = "ETag, Location, Preference-Applied, Content-Range, request-id, client-request-id, \
                    ReadWriteConsistencyToken, SdkVersion, WWW-Authenticate, x-ms-client-gcc-tenant"
        .to_owned();
    // Two sources contradict each other on this one.
    if world.options.expose_retry_after {
        list.push_str(", Retry-After");
    }
    list
}

fn preflight(world: &World) -> Answer {
    Answer::empty(StatusCode::OK)
        .header("access-control-allow-origin", "*")
        .header("access-control-allow-methods", "GET, POST, PATCH, PUT, DELETE, OPTIONS")
        .header(
            "access-control-allow-headers",
            "Authorization, Content-Type, Accept, Accept-Language, ConsistencyLevel, client-request-id, \
             return-client-request-id, SdkVersion, Retry-Attempt, Prefer, If-Match, x-ms-throttle-priority",
        )
        .header("access-control-expose-headers", &exposed(world))
        .header("access-control-max-age", "600")
}

fn respond(world: &World, request: &Incoming) -> Result<Reply, GraphError> {
    let caller = auth::authenticate(world, request)?;
    let mut segments = Vec::new();
    for segment in request.path.trim_start_matches('/').split('/') {
        segments.push(percent_decode_str(segment).decode_utf8_lossy().into_owned());
    }
    let mut parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    if parts.last() == Some(&"") {
        parts.pop();
    }
    let Some((version, parts)) = parts.split_first() else { return Err(GraphError::version("")) };
    if *version != "v1.0" {
        return Err(GraphError::version(version));
    }
    let query = Query::read(request)?;
    let call = Call { world, caller: &caller, request, query: &query };
    route(&call, parts)
}

fn route(call: &Call<'_>, parts: &[&str]) -> Result<Reply, GraphError> {
    match parts {
        [] => Err(GraphError::segment("")),
        ["me"] => only_get(call, || me::profile(call)),
        ["me", list @ ("transitiveMemberOf" | "memberOf")] => only_get(call, || me::member_of(call, list, false)),
        ["me", list @ ("transitiveMemberOf" | "memberOf"), "microsoft.graph.directoryRole" | "graph.directoryRole"] => {
            only_get(call, || me::member_of(call, list, true))
        }
        ["organization"] => only_get(call, || me::organization(call)),
        ["servicePrincipals"] => only_get(call, || service_principals::list(call)),
        ["servicePrincipals", "$count"] => only_get(call, || service_principals::count(call)),
        ["servicePrincipals", id, rest @ ..] => {
            let key = Key::Id(id);
            below_service_principal(call, &key, rest)
        }
        [segment, rest @ ..] => {
            match segment.strip_prefix("servicePrincipals(").and_then(|key| key.strip_suffix(')')) {
                Some(key) => {
                    let app_id = key
                        .strip_prefix("appId=")
                        .and_then(|value| value.strip_prefix('\''))
                        .and_then(|value| value.strip_suffix('\''));
                    match app_id {
                        Some(app_id) => below_service_principal(call, &Key::AppId(app_id), rest),
                        None => below_service_principal(call, &Key::Id(key.trim_matches('\'')), rest),
                    }
                }
                None => Err(GraphError::segment(segment)),
            }
        }
    }
}

/// How a path names a service principal.
pub(crate) enum Key<'a> {
    Id(&'a str),
    AppId(&'a str),
}

impl Key<'_> {
    /// The object id; refuses texts that are no GUID and ids that nothing has.
    pub(crate) fn resolve(&self, world: &World) -> Result<Uuid, GraphError> {
        let (text, by_app) = match self {
            Self::Id(text) => (*text, false),
            Self::AppId(text) => (*text, true),
        };
        let id = Uuid::parse_str(text).map_err(|_| GraphError::invalid_id(text))?;
        let directory = world.directory();
        let found = if by_app { directory.service_principal_of_app(id) } else { directory.service_principal(id) };
        found.map(|found| found.id).ok_or_else(|| GraphError::not_found(text))
    }
}

fn below_service_principal(call: &Call<'_>, key: &Key<'_>, rest: &[&str]) -> Result<Reply, GraphError> {
    let method = &call.request.method;
    match rest {
        [] => only_get(call, || service_principals::single(call, key)),
        [list @ ("appRoleAssignments" | "appRoleAssignedTo")] => {
            let side = assignments::Side::of(list);
            if *method == Method::GET || *method == Method::HEAD {
                assignments::list(call, key, side)
            } else if *method == Method::POST {
                assignments::create(call, key, side)
            } else {
                Err(GraphError::method())
            }
        }
        [list @ ("appRoleAssignments" | "appRoleAssignedTo"), "$count"] => {
            only_get(call, || assignments::count(call, key, assignments::Side::of(list)))
        }
        [list @ ("appRoleAssignments" | "appRoleAssignedTo"), id] => {
            let side = assignments::Side::of(list);
            if *method == Method::GET || *method == Method::HEAD {
                assignments::single(call, key, side, id)
            } else if *method == Method::DELETE {
                assignments::delete(call, key, side, id)
            } else {
                Err(GraphError::method())
            }
        }
        [segment, ..] => Err(GraphError::segment(segment)),
    }
}

fn only_get(call: &Call<'_>, work: impl FnOnce() -> Result<Reply, GraphError>) -> Result<Reply, GraphError> {
    if call.request.method == Method::GET || call.request.method == Method::HEAD {
        work()
    } else {
        Err(GraphError::method())
    }
}
