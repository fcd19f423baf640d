//! The control origin: state, request log, rules and clock over HTTP and JSON, for tests that are another process.
//! It must never be reached by a page: no answer carries CORS headers, and whatever a browser sends on behalf of
//! another site is refused before it is read.

use std::time::Duration;

use hyper::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::to_seconds;
use crate::faults::{FaultId, Rule};
use crate::http::{Answer, Incoming, first};
use crate::log::{SeenRequest, Site};
use crate::ready::Ready;
use crate::signin::mint::Mint;
use crate::tenant::file;
use crate::tenant::model::User;
use crate::world::World;

/// What there is: method, path, what it does.
const OPERATIONS: [(&str, &str, &str); 19] = [
    ("GET", "/", "this list"),
    ("GET", "/ready", "addresses, ids and accounts: the line that --json prints"),
    ("GET", "/requests", "every request so far; ?site=app|signIn|graph for those to one origin"),
    ("DELETE", "/requests", "forgets them"),
    ("GET", "/missing", "what was asked for and answered with 501, since it is not imitated"),
    ("GET", "/faults", "the rules that still wait, each with its id"),
    ("POST", "/faults", "sets a rule, or a list of them; answers their ids"),
    ("DELETE", "/faults", "lifts every rule"),
    ("DELETE", "/faults/{id}", "lifts one"),
    ("GET", "/clock", "the emulator's time"),
    ("POST", "/clock", "winds it forward: {\"seconds\": 3600}"),
    ("POST", "/token", "an access token: {\"account\": \"Ada Admin\", \"scopes\": [\"User.Read\"]}"),
    ("POST", "/consent", "consents for an account: {\"account\": …, \"scopes\": […]}"),
    ("POST", "/sessions/end", "ends every session, as closing the browser would"),
    ("POST", "/tokens/expire", "makes every access token issued so far count as expired"),
    ("POST", "/tokens/revoke", "refuses every session, code and token issued so far"),
    ("POST", "/keys/rotate", "signs with a new key; {\"retire\": true} stops publishing the old ones"),
    ("GET", "/tenant", "the tenant as it is now, as --tenant reads it"),
    ("POST", "/reset", "everything as at the start"),
];

/// A refusal in words.
struct Refused(StatusCode, String);

impl Refused {
    fn bad(text: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, text.into())
    }
}

/// Answers a request to the control origin.
pub(crate) fn answer(world: &World, request: &Incoming) -> Answer {
    let outcome = if is_from_a_page(request) {
        Err(Refused(StatusCode::FORBIDDEN, "pages are not answered here".to_owned()))
    } else {
        operate(world, request)
    };
    let (status, body) = match outcome {
        Ok(body) => (StatusCode::OK, body),
        Err(Refused(status, text)) => (status, json!({"error": text})),
    };
    Answer::json(status, "application/json", &body)
        .header("cache-control", "no-store")
        .header("x-content-type-options", "nosniff")
}

/// An Origin, a fetch on behalf of a site, or a host name that is not this machine's own (DNS rebinding).
fn is_from_a_page(request: &Incoming) -> bool {
    let host = request.header("host").unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    request.headers.contains_key("origin")
        || request.header("sec-fetch-site").is_some_and(|site| site != "none")
        || !matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

fn operate(world: &World, request: &Incoming) -> Result<Value, Refused> {
    let segments: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    match (request.method.as_str(), segments.as_slice()) {
        ("GET", [""]) => Ok(operations()),
        ("GET", ["ready"]) => shown(&Ready::of(world)),
        ("GET", ["requests"]) => requests(world, request),
        ("DELETE", ["requests"]) => {
            world.log.clear();
            Ok(done())
        }
        ("GET", ["missing"]) => shown(&*world.log.all_missing().borrow()),
        ("GET", ["faults"]) => {
            let waiting = world.faults.waiting();
            Ok(waiting.into_iter().map(|(id, rule)| json!({"id": id, "rule": rule})).collect())
        }
        ("POST", ["faults"]) => {
            let rules: Vec<Rule> = match read(request)? {
                list @ Value::Array(_) => serde_json::from_value(list),
                one => serde_json::from_value(one).map(|rule| vec![rule]),
            }
            .map_err(|error| Refused::bad(error.to_string()))?;
            Ok(json!({"ids": rules.into_iter().map(|rule| world.faults.arm(rule)).collect::<Vec<_>>()}))
        }
        ("DELETE", ["faults"]) => {
            world.faults.clear();
            Ok(done())
        }
        ("DELETE", ["faults", id]) => match id.parse() {
            Ok(id) if world.faults.lift(FaultId(id)) => Ok(done()),
            _ => Err(Refused(StatusCode::NOT_FOUND, format!("no rule {id} is waiting"))),
        },
        ("GET", ["clock"]) => Ok(time(world)),
        ("POST", ["clock"]) => {
            let Advance { seconds } = read(request)?;
            world.clock.advance(Duration::from_secs(seconds));
            Ok(time(world))
        }
        ("POST", ["token"]) => {
            let Grant { account, scopes } = read(request)?;
            let user = user(world, &account)?;
            let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
            Ok(json!({"accessToken": Mint::new(world, Some(user)).scopes(&scopes).sign()}))
        }
        ("POST", ["consent"]) => {
            let Grant { account, scopes } = read(request)?;
            let user = user(world, &account)?;
            world.sign_in().consent(user.id, &scopes);
            Ok(done())
        }
        ("POST", ["sessions", "end"]) => {
            world.sign_in().end_sessions();
            Ok(done())
        }
        ("POST", ["tokens", "expire"]) => {
            world.sign_in().expire_access_tokens();
            Ok(done())
        }
        ("POST", ["tokens", "revoke"]) => {
            let now = world.clock.now();
            let mut sign_in = world.sign_in();
            sign_in.expire_access_tokens();
            sign_in.revoke_all(now);
            Ok(done())
        }
        ("POST", ["keys", "rotate"]) => {
            let Rotate { retire } = if request.body.is_empty() { Rotate::default() } else { read(request)? };
            world.keys.rotate(retire).map_err(|error| Refused(StatusCode::INTERNAL_SERVER_ERROR, error))?;
            Ok(done())
        }
        ("GET", ["tenant"]) => serde_json::from_str(&file::write(&world.directory()))
            .map_err(|error| Refused(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
        ("POST", ["reset"]) => {
            world.reset().map_err(|error| Refused(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
            Ok(done())
        }
        (method, _) => Err(Refused(
            StatusCode::NOT_FOUND,
            format!("there is no {method} {}; GET / lists what there is", request.path),
        )),
    }
}

fn done() -> Value {
    json!({"done": true})
}

fn operations() -> Value {
    OPERATIONS.iter().map(|(method, path, what)| json!({"method": method, "path": path, "what": what})).collect()
}

fn requests(world: &World, request: &Incoming) -> Result<Value, Refused> {
    let pairs = request.query_pairs();
    let site = match first(&pairs, "site") {
        None => None,
        Some(name) => {
            Some(serde_json::from_value::<Site>(Value::from(name)).map_err(|error| Refused::bad(error.to_string()))?)
        }
    };
    let seen = world.log.all().into_iter().filter(|request| site.is_none_or(|site| request.site == site));
    shown(&seen.collect::<Vec<SeenRequest>>())
}

fn time(world: &World) -> Value {
    json!({"now": to_seconds(world.clock.now())})
}

fn user(world: &World, name: &str) -> Result<User, Refused> {
    let directory = world.directory();
    let found = directory.accounts().find(|user| user.display_name() == name || user.user_name == name);
    found.cloned().ok_or_else(|| Refused::bad(format!("there is no account {name}")))
}

fn shown(value: &impl Serialize) -> Result<Value, Refused> {
    serde_json::to_value(value).map_err(|error| Refused(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

fn read<T: DeserializeOwned>(request: &Incoming) -> Result<T, Refused> {
    serde_json::from_slice(&request.body).map_err(|error| Refused::bad(error.to_string()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    account: String,
    scopes: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Rotate {
    retire: bool,
}
