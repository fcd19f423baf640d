//! What no scenario may do, whatever it is about: looked at when it is over.
//!
//! Each function gives sentences; an empty list is a clean run.

use crate::browser::Browser;
use anyhow::Result;
use emulator::{SeenRequest, Site};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use url::Url;

/// Errors and warnings in the console, but for those that contain one of `expected`.
///
/// Chromium itself reports each answer with an error status there, so a scenario that provokes one names it.
pub async fn console(browser: &Browser, expected: &[String]) -> Result<Vec<String>> {
    let entries = browser.driver.browser_log().await?;
    let bad = entries.into_iter().filter(|entry| matches!(entry.level.as_str(), "SEVERE" | "WARNING"));
    Ok(bad
        .filter(|entry| !entry.message.contains(IGNORED_INTEGRITY))
        .filter(|entry| !expected.iter().any(|part| entry.message.contains(part.as_str())))
        .map(|entry| format!("the console says ({}): {}", entry.level.to_lowercase(), entry.message))
        .collect())
}

/// Chromium's remark that it does not check the preload of WebAssembly. boot.js does.
const IGNORED_INTEGRITY: &str = "`integrity` attribute is currently ignored for preload destinations";

/// Requests to other origins than the three, and access tokens sent elsewhere than to Graph.
pub async fn requests(browser: &Browser, allowed: &[&Url], graph: &Url) -> Result<Vec<String>> {
    let entries = browser.tell("se/log".to_owned(), json!({ "type": "performance" })).await?;
    let mut problems = BTreeSet::new();
    let mut seen = 0;
    for entry in entries.as_array().into_iter().flatten() {
        let event: Value = serde_json::from_str(entry["message"].as_str().unwrap_or_default())?;
        let event = &event["message"];
        if event["method"] != "Network.requestWillBeSent" {
            continue;
        }
        let request = &event["params"]["request"];
        let address = request["url"].as_str().unwrap_or_default();
        let Ok(url) = Url::parse(address) else {
            problems.insert(format!("a request went to something that is no address: {address}"));
            continue;
        };
        if matches!(url.scheme(), "data" | "about" | "chrome") {
            continue;
        }
        seen += 1;
        if !allowed.iter().any(|origin| origin.origin() == url.origin()) {
            problems.insert(format!("a request went to a fourth origin: {address}"));
        }
        let names = request["headers"].as_object().into_iter().flat_map(serde_json::Map::keys);
        if url.origin() != graph.origin() && names.into_iter().any(|name| name.eq_ignore_ascii_case("authorization")) {
            problems.insert(format!("an Authorization header went to {address}"));
        }
        if holds_a_token(url.path()) || url.query().is_some_and(|query| holds_a_token(query) && !signs_out(&url)) {
            problems.insert(format!("a token stood in an address: {address}"));
        }
    }
    if seen == 0 {
        problems.insert("no request was recorded: the record cannot be trusted".to_owned());
    }
    Ok(problems.into_iter().collect())
}

/// Whether a JSON Web Token stands in a text: base64url of a JSON object, then a dot. Without the dot, now and then the
/// checksum of a file looks like the beginning of one.
fn holds_a_token(text: &str) -> bool {
    text.match_indices("eyJ").any(|(start, _)| {
        let mut after = text.get(start..).unwrap_or_default().chars();
        after.find(|char| !char.is_ascii_alphanumeric() && !"-_".contains(*char)) == Some('.')
    })
}

/// The one place where a token belongs into an address: the hint that tells the sign-in service whom to sign out.
fn signs_out(url: &Url) -> bool {
    url.path().ends_with("/logout")
}

/// Tokens, codes and verifiers where a script from elsewhere or a person could read them: the page, its address, its
/// history, its stores. Only asked while the app itself is on the screen.
pub async fn secrets(browser: &Browser, app: &Url, requests: &[SeenRequest]) -> Result<Vec<String>> {
    if browser.driver.current_url().await?.origin() != app.origin() {
        return Ok(Vec::new());
    }
    let secrets = secrets_used(requests);
    let mut places = browser.driver.execute_async(PLACES, Vec::new()).await?.json().clone();
    let history = browser.devtools("Page.getNavigationHistory", json!({})).await?;
    let addresses = history["entries"].as_array().into_iter().flatten().filter_map(|entry| entry["url"].as_str());
    let own = addresses.filter(|address| Url::parse(address).is_ok_and(|url| url.origin() == app.origin()));
    places["the history"] = json!(own.collect::<Vec<_>>().join("\n"));

    let mut problems = Vec::new();
    for (place, text) in places.as_object().into_iter().flatten() {
        let text = text.as_str().unwrap_or_default();
        if holds_a_token(text) {
            problems.push(format!("something like a token is in {place}"));
        }
        for (kind, secret) in &secrets {
            if text.contains(secret.as_str()) {
                problems.push(format!("{kind} is in {place}"));
            }
        }
        if place != "the page" && (text.contains("code=") || text.contains("id_token=")) {
            problems.push(format!("an answer of the sign-in service is in {place}: {text}"));
        }
    }
    Ok(problems)
}

/// What the app has sent and must have kept to itself.
fn secrets_used(requests: &[SeenRequest]) -> BTreeSet<(&'static str, String)> {
    let mut secrets = BTreeSet::new();
    for request in requests {
        if let Some(token) = request.header("authorization").and_then(|value| value.strip_prefix("Bearer ")) {
            secrets.insert(("an access token", token.to_owned()));
        }
        if request.site == Site::SignIn && request.path.ends_with("/token") {
            for (name, value) in url::form_urlencoded::parse(request.body.as_bytes()) {
                let kind = match &*name {
                    "refresh_token" => "a refresh token",
                    "code" => "an authorization code",
                    "code_verifier" => "a code verifier",
                    _ => continue,
                };
                secrets.insert((kind, value.into_owned()));
            }
        }
    }
    secrets.retain(|(_, secret)| secret.len() >= 20);
    secrets
}

/// Everything in a page that outlives a function call and can be read, by the name of the place.
const PLACES: &str = r#"
const done = arguments[0];
const store = (of) => JSON.stringify(Object.entries(of));
const values = [...document.querySelectorAll("input, textarea")].map((field) => field.value).join("\n");
const state = {
  "localStorage": store(localStorage),
  "sessionStorage": store(sessionStorage),
  "the address": location.href,
  "the history's state": JSON.stringify(history.state),
  "the page": document.documentElement.outerHTML + "\n" + values,
  "the cookies": document.cookie,
  "the window's name": window.name,
};
const databases = indexedDB.databases().then((all) => { state["IndexedDB"] = JSON.stringify(all); });
const stores = caches.keys().then((all) => { state["the caches"] = JSON.stringify(all); });
Promise.allSettled([databases, stores]).then(() => done(state));
"#;

#[cfg(test)]
mod tests {
    use super::holds_a_token;

    #[test]
    fn a_token_is_told_from_a_checksum() {
        assert!(holds_a_token(r#"{"t":"eyJhbGciOiJSUzI1NiJ9.e30.x"}"#));
        assert!(holds_a_token("eyJ eyJhbGci.x"));
        assert!(!holds_a_token("sha384-abceyJdef/ghi= eyJ"));
        assert!(!holds_a_token(""));
    }
}
