//! Microsoft Graph v1.0, the part that Rolegrant needs, as strict as the real one.
//! A request is taken from method, path and headers to an answer by one function, so that a batch carries many of
//! them without HTTP. What Graph has and the emulator has not is answered with 501, never with a guess.

pub(crate) mod applications;
pub(crate) mod assignments;
pub(crate) mod audits;
pub(crate) mod auth;
pub(crate) mod batch;
pub(crate) mod body;
pub(crate) mod delta;
pub(crate) mod errors;
pub(crate) mod filter;
pub(crate) mod front_door;
pub(crate) mod listing;
pub(crate) mod me;
pub(crate) mod metering;
pub(crate) mod permissions;
pub(crate) mod query;
pub(crate) mod routes;
pub(crate) mod search;
pub(crate) mod service_principals;
pub(crate) mod wire;

use std::sync::MutexGuard;

use chrono::{DateTime, Utc};
use hyper::{Method, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use crate::audit::{Activity, Entry};
use crate::conditional_access;
use crate::http::{Answer, Incoming};
use crate::tenant::directory::Directory;
use crate::unverified::Unverified;
use crate::world::World;
use auth::Caller;
use errors::GraphError;
use metering::Meter;
use permissions::Want;
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
    /// JSON that is a text already.
    Written(String),
    Text(String),
    None,
}

impl Reply {
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, body: Body::Json(body), location: None }
    }

    pub(crate) fn page(body: String) -> Self {
        Self { status: StatusCode::OK, body: Body::Written(body), location: None }
    }
}

/// An authenticated request on its way to an operation.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) world: &'a World,
    pub(crate) caller: &'a Caller,
    pub(crate) request: &'a Incoming,
    pub(crate) query: &'a Query,
    /// As far as which time the replica is that answers; `None`: it has everything.
    pub(crate) at: Option<DateTime<Utc>>,
}

impl<'a> Call<'a> {
    /// Refuses what scope or directory role does not cover.
    pub(crate) fn require(&self, want: Want) -> Result<(), GraphError> {
        self.caller.require(want, self.unverified())
    }

    /// Refuses every query option but these, which are named without `$`.
    pub(crate) fn only(&self, options: &[&str]) -> Result<(), GraphError> {
        self.query.only(options, &self.request.path)
    }

    /// The directory, locked; what a read may see of it is `view(call.at)`.
    pub(crate) fn directory(&self) -> MutexGuard<'a, Directory> {
        self.world.directory()
    }

    /// The switches for what no source settles.
    pub(crate) fn unverified(&self) -> &'a Unverified {
        &self.world.options.unverified
    }

    /// Graph's origin.
    pub(crate) fn graph(&self) -> &'a str {
        &self.world.origins.graph
    }

    /// Enters what was done in the audit log.
    pub(crate) fn record(&self, activity: Activity, target: Uuid, name: &str, properties: Vec<(&'static str, String)>) {
        let correlation = self.request.header("client-request-id").and_then(|id| Uuid::parse_str(id).ok());
        self.world.audit.record(Entry {
            activity,
            at: self.world.clock.now(),
            correlation: correlation.unwrap_or_else(Uuid::new_v4),
            user: self.caller.user,
            user_name: self.caller.user_name.clone(),
            user_agent: self.request.header("user-agent").map(str::to_owned),
            target,
            target_name: name.to_owned(),
            properties,
        });
    }
}

/// Answers a request to Graph, a batch included.
pub(crate) fn answer(world: &World, request: &Incoming) -> Answer {
    if request.method == Method::OPTIONS {
        return preflight(world);
    }
    if let Some(page) = front_door::refuses(request) {
        return page;
    }
    let answer = match auth::authenticate(world, request) {
        Ok(_) if batch::is_one(request) => {
            batch::answer(world, request).unwrap_or_else(|error| refuse(world, request, &error))
        }
        Ok(caller) => protected(world, request, &caller).unwrap_or_else(|| single(world, request, &caller)),
        Err(error) => refuse(world, request, &error),
    };
    finish(world, request, answer)
}

/// The refusal of what a Conditional Access policy protects.
fn protected(world: &World, request: &Incoming, caller: &Caller) -> Option<Answer> {
    let claims = world.options.policy.as_ref()?.demands(request, caller)?;
    let message = "Continuous access evaluation resulted in claims challenge with result: InteractionRequired and code: \
                   StepUpRequired";
    let mut answer = refuse(world, request, &GraphError::token(message));
    answer.set("www-authenticate", &conditional_access::challenge(world, &claims, message));
    Some(answer)
}

/// A metered request.
fn single(world: &World, request: &Incoming, caller: &Caller) -> Answer {
    let meter = Meter::read(world, request, caller);
    let mut answer = match meter.refusal().map_or_else(|| respond(world, request, caller), Err) {
        Ok(reply) => {
            let mut answer = match reply.body {
                Body::Json(body) => Answer::json(reply.status, JSON, &body),
                Body::Written(text) => Answer::with(reply.status, JSON, text),
                Body::Text(text) => Answer::with(reply.status, "text/plain", text),
                Body::None => Answer::empty(reply.status),
            };
            answer.set("odata-version", "4.0");
            if let Some(location) = reply.location {
                answer.set("location", &location);
            }
            answer
        }
        Err(error) => refuse(world, request, &error),
    };
    meter.tell(&mut answer);
    answer
}

/// The answer to a refused request. What the emulator lacks goes to its log as well.
fn refuse(world: &World, request: &Incoming, error: &GraphError) -> Answer {
    if let Some(missing) = error.missing_feature() {
        world.log.missing(format!("{} {}: {missing}", request.method, request.path));
    }
    error.answer(world, request)
}

fn respond(world: &World, request: &Incoming, caller: &Caller) -> Result<Reply, GraphError> {
    let query = Query::read(request)?;
    routes::route(&Call { world, caller, request, query: &query, at: world.next_replica() })
}

/// What a fault with a bare status says: that status's documented body.
pub(crate) fn failure(world: &World, request: &Incoming, status: StatusCode) -> Answer {
    let error = GraphError::of_status(status);
    if world.options.unverified.gateway_errors_in_html && matches!(status.as_u16(), 502..=504) {
        return front_door::page(status);
    }
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
    // Over TLS a browser would keep it, for every port of localhost; over http it means nothing to anybody.
    if !world.origins.secure() {
        answer.set("strict-transport-security", "max-age=31536000");
    }
    if answer.status != StatusCode::TOO_MANY_REQUESTS || world.options.unverified.throttled_with_cors {
        answer.set("access-control-allow-origin", "*");
        answer.set("access-control-expose-headers", &exposed(world));
    }
    answer
}

fn exposed(world: &World) -> String {
    let mut list = "ETag, Location, Preference-Applied, Content-Range, request-id, client-request-id, \
                    ReadWriteConsistencyToken, SdkVersion, WWW-Authenticate, x-ms-client-gcc-tenant"
        .to_owned();
    // Two sources contradict each other on this one.
    if world.options.unverified.expose_retry_after {
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
