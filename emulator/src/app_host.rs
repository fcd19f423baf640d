//! The app as a static host would serve it: files of the built `dist/`, their compressed twins, the index for deep
//! links, a generated config.json, and the headers of a careful host. It must never serve a file outside its folder.

use std::path::{Component, Path, PathBuf};

use hosting::Site;
use hosting::files::{NO_STORE, is_file, lifetime, media_type};
use hyper::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::http::{Answer, Incoming};
use crate::tenant::TENANT_ID;
use crate::tenant::identities::SUBSCRIPTIONS;
use crate::world::World;

/// Answers a request to the app's origin.
pub(crate) fn answer(world: &World, request: &Incoming) -> Answer {
    if request.path == "/csp-report" {
        return report(world, request);
    }
    if request.method != Method::GET && request.method != Method::HEAD {
        return headers(world, Answer::empty(StatusCode::METHOD_NOT_ALLOWED).header("allow", "GET, HEAD"), NO_STORE);
    }
    if request.path == "/config.json" {
        let answer = Answer::json(StatusCode::OK, "application/json; charset=utf-8", &config(world));
        return headers(world, answer, NO_STORE);
    }
    file(world, request)
}

/// `POST /csp-report`: a violation, kept for tests.
fn report(world: &World, request: &Incoming) -> Answer {
    if request.method != Method::POST {
        return Answer::empty(StatusCode::METHOD_NOT_ALLOWED);
    }
    let text = String::from_utf8_lossy(&request.body).into_owned();
    world.log.report(serde_json::from_str(&text).unwrap_or(Value::String(text)));
    Answer::empty(StatusCode::NO_CONTENT)
}

fn config(world: &World) -> Value {
    let mut subscriptions = Map::new();
    for (_, id, name) in SUBSCRIPTIONS {
        if let Some(name) = name {
            subscriptions.insert((*id).to_owned(), json!(name));
        }
    }
    json!({
        "cloud": {"name": "Emulator", "authority": world.origins.sign_in, "graph": world.origins.graph},
        "tenant": TENANT_ID,
        "clientId": world.registration.client_id,
        "demo": true,
        "subscriptions": subscriptions,
    })
}

fn headers(world: &World, answer: Answer, cache: &str) -> Answer {
    let answer = answer.header("cache-control", cache);
    if world.options.plain_host {
        return answer;
    }
    let origins = &world.origins;
    let site =
        Site { authority: &origins.sign_in, graph: &origins.graph, published: false, report_to: Some("/csp-report") };
    site.headers().iter().fold(answer, |answer, (name, value)| answer.header(name, value))
}

fn file(world: &World, request: &Incoming) -> Answer {
    let Some(folder) = &world.options.app_dir else { return unbuilt(world) };
    let path = percent_decode_str(&request.path).decode_utf8_lossy().into_owned();
    let relative = path.trim_start_matches('/');
    let Some(relative) = safe(relative) else { return missing(world) };
    let last = relative.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    if last != "index.html"
        && !last.is_empty()
        && let Some(answer) = read(&folder.join(&relative), request)
    {
        return headers(world, answer, lifetime(&last));
    }
    // A missing asset is missing; anything else is a page of the app.
    if is_file(&last) && last != "index.html" {
        return missing(world);
    }
    match read(&folder.join("index.html"), request) {
        Some(answer) => headers(world, answer, NO_STORE),
        None => unbuilt(world),
    }
}

/// The path without anything that leads out of the folder; `None` if there was such a thing.
fn safe(path: &str) -> Option<PathBuf> {
    let mut clean = PathBuf::new();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => clean.push(name),
            Component::CurDir => {}
            _ => return None,
        }
    }
    (!path.contains('\\') && !path.contains('\0')).then_some(clean)
}

/// A file, or its compressed twin if the browser takes it.
fn read(path: &Path, request: &Incoming) -> Option<Answer> {
    if !path.is_file() {
        return None;
    }
    let label = media_type(path.file_name()?.to_str()?);
    let accepted = request.header("accept-encoding").unwrap_or_default();
    let accepts = |coding: &str| {
        accepted.split(',').any(|entry| {
            let mut parts = entry.split(';');
            parts.next().is_some_and(|name| name.trim() == coding) && !parts.any(|part| part.trim() == "q=0")
        })
    };
    for (coding, ending) in [("br", "br"), ("gzip", "gz")] {
        let mut name = path.as_os_str().to_owned();
        name.push(".");
        name.push(ending);
        if accepts(coding)
            && let Ok(bytes) = std::fs::read(&name)
        {
            return Some(
                Answer::with(StatusCode::OK, label, bytes)
                    .header("content-encoding", coding)
                    .header("vary", "Accept-Encoding"),
            );
        }
    }
    let bytes = std::fs::read(path).ok()?;
    Some(Answer::with(StatusCode::OK, label, bytes).header("vary", "Accept-Encoding"))
}

fn missing(world: &World) -> Answer {
    let answer = Answer::with(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "There is no such file.\n");
    headers(world, answer, NO_STORE)
}

fn unbuilt(world: &World) -> Answer {
    let html = "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>The app is not built</title></head>\n\
                <body>\n<h1>The app is not built yet</h1>\n<p>Run <code>cargo xtask demo</code>, or build the app and start \
                the emulator with <code>--app-dir dist</code>.</p>\n</body>\n</html>\n";
    headers(world, Answer::with(StatusCode::OK, "text/html; charset=utf-8", html), NO_STORE)
}
