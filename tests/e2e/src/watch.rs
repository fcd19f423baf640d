//! What no scenario may do, whatever it is about: looked at when it is over.
//!
//! Each function gives sentences; an empty list is a clean run.

use crate::browser::Browser;
use anyhow::Result;
use emulator::Confidence;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use thirtyfour::BrowserLogEntry;
use url::Url;

/// What the console has said since this was last asked: Chromium hands each message out once.
pub async fn said(browser: &Browser) -> Result<Vec<BrowserLogEntry>> {
    Ok(browser.driver.browser_log().await?)
}

/// Errors and warnings in the console, but for those that contain one of `expected`.
///
/// Chromium itself reports each answer with an error status there, so a scenario that provokes one names it.
pub fn console(said: &[BrowserLogEntry], expected: &[String]) -> Vec<String> {
    let bad = said.iter().filter(|entry| matches!(entry.level.as_str(), "SEVERE" | "WARNING"));
    bad.filter(|entry| !entry.message.contains(IGNORED_INTEGRITY))
        .filter(|entry| !expected.iter().any(|part| entry.message.contains(part.as_str())))
        .map(|entry| format!("the console says ({}): {}", entry.level.to_lowercase(), entry.message))
        .collect()
}

/// Chromium's remark that it does not check the preload of WebAssembly. boot.js does. Before it stands the page's address
/// as it was when it was loaded, which no page can change: see SECURITY.md.
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

/// A place that a script from elsewhere or a person can read, and what is written there.
struct Place {
    name: String,
    text: String,
    /// What may be there all the same.
    may_hold: &'static [&'static str],
    /// It is no place for an answer of the sign-in service, whosever.
    no_answers: bool,
}

/// What the app keeps while the browser is at the sign-in service (SEC-061).
const UNDER_WAY: [&str; 3] = ["a state", "a nonce", "a code verifier"];

/// Chromium keeps the address of a navigation with its fragment, and no page can change that. See SECURITY.md.
const IN_THE_ADDRESS: [&str; 2] = ["a state", "an authorization code"];

/// Where an answer of the sign-in service would be one that was left there.
const NO_ANSWERS: [&str; 6] =
    ["localStorage", "sessionStorage", "the cookies", "the address", "the history", "the history's state"];

impl Place {
    fn new(name: &str, text: String, away: bool) -> Self {
        let may_hold: &[_] = match name {
            "sessionStorage" if away => &UNDER_WAY,
            "the record of the navigation" => &IN_THE_ADDRESS,
            _ => &[],
        };
        Self { name: name.to_owned(), text, may_hold, no_answers: NO_ANSWERS.contains(&name) }
    }

    /// What should not be there.
    fn problems(&self, secrets: &[Confidence]) -> Vec<String> {
        let Self { name, text, .. } = self;
        let mut problems = Vec::new();
        if holds_a_token(text) {
            problems.push(format!("something like a token is in {name}"));
        }
        for (kind, secret) in secrets {
            // A test's own state may be as short as a word.
            if secret.len() >= 20 && text.contains(secret.as_str()) && !self.may_hold.contains(kind) {
                problems.push(format!("{kind} is in {name}"));
            }
        }
        if self.no_answers && (text.contains("code=") || text.contains("id_token=")) {
            problems.push(format!("an answer of the sign-in service is in {name}: {text}"));
        }
        problems
    }
}

/// Tokens, codes, verifiers, states and nonces where they can be read: in every tab the page, its address, its history,
/// its stores, its record of what it has loaded; and in the console, the cookies and the downloaded files (SEC-060,
/// SEC-061, SEC-116, SEC-130).
///
/// A tab that is elsewhere is taken to the app's origin first, to a file that runs nothing: what the app left behind
/// there is still there.
pub async fn secrets(
    browser: &Browser,
    app: &Url,
    secrets: &[Confidence],
    said: &[BrowserLogEntry],
) -> Result<Vec<String>> {
    let mut places = Vec::new();
    for tab in browser.driver.windows().await? {
        browser.driver.switch_to_window(tab).await?;
        let away = browser.driver.current_url().await?.origin() != app.origin();
        if away {
            browser.driver.goto(app.join("config.json")?.as_str()).await?;
        }
        let found = browser.driver.execute_async(PLACES, vec![json!(browser.usual_names)]).await?.json().clone();
        for (name, text) in found.as_object().into_iter().flatten() {
            places.push(Place::new(name, text.as_str().unwrap_or_default().to_owned(), away));
        }
        let history = browser.devtools("Page.getNavigationHistory", json!({})).await?;
        let addresses = history["entries"].as_array().into_iter().flatten().filter_map(|entry| entry["url"].as_str());
        let own = addresses.filter(|address| Url::parse(address).is_ok_and(|url| url.origin() == app.origin()));
        places.push(Place::new("the history", own.collect::<Vec<_>>().join("\n"), away));
    }
    let cookies = browser.devtools("Network.getAllCookies", json!({})).await?;
    places.push(Place::new("the cookies", cookies.to_string(), false));
    let own = said.iter().map(|entry| entry.message.as_str()).filter(|text| !text.contains(IGNORED_INTEGRITY));
    places.push(Place::new("the console", own.collect::<Vec<_>>().join("\n"), false));
    for (name, content) in browser.downloads()? {
        places.push(Place::new("the name of a downloaded file", name, false));
        places.push(Place::new("a downloaded file", content, false));
    }
    let problems: BTreeSet<_> = places.iter().flat_map(|place| place.problems(secrets)).collect();
    Ok(problems.into_iter().collect())
}

/// Everything in a page that outlives a function call and can be read, by the name of the place. The argument: the names
/// of the properties that every window has.
const PLACES: &str = r#"
const [usual, done] = arguments;
const store = (of) => JSON.stringify(Object.entries(of));
const texts = (root) => {
  const found = [], seen = new WeakSet();
  const walk = (value, depth) => {
    if (typeof value === "string") found.push(value);
    const opaque = value === null || !["object", "function"].includes(typeof value);
    if (opaque || depth > 9 || seen.has(value) || value === window || value instanceof Node) return;
    seen.add(value);
    // Bytes, as the text that they would be.
    if (ArrayBuffer.isView(value)) return found.push(new TextDecoder("latin1").decode(value));
    if (value instanceof Map || value instanceof Set) walk([...value], depth + 1);
    for (const key of Object.getOwnPropertyNames(value)) {
      found.push(key);
      try { walk(value[key], depth + 1); } catch { /* a getter that wants another object */ }
    }
  };
  walk(root, 0);
  return found.join("\n");
};
const own = (of, without = []) =>
  Object.fromEntries(Object.getOwnPropertyNames(of).filter((name) => !without.includes(name)).map((name) => [name, of[name]]));
const values = [...document.querySelectorAll("input, textarea")].map((field) => field.value).join("\n");
const entries = (ofNavigation) =>
  performance.getEntries().filter((entry) => (entry.entryType === "navigation") === ofNavigation).map((entry) => entry.name).join("\n");
const state = {
  "localStorage": store(localStorage),
  "sessionStorage": store(sessionStorage),
  "the address": location.href,
  "the history's state": texts(history.state),
  "the page": document.documentElement.outerHTML + "\n" + document.title + "\n" + values,
  "the cookies": document.cookie,
  "the window's name": window.name,
  "the window's properties": texts([own(window, usual), ...[document, navigator, history, document.body].map((of) => own(of))]),
  "the record of the navigation": entries(true),
  "the record of what was loaded": entries(false),
};
const asked = (request) => new Promise((resolve) => { request.onsuccess = request.onerror = () => resolve(request.result); });
const databases = async () => {
  const all = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await asked(indexedDB.open(name));
    all.push(name, ...database.objectStoreNames);
    for (const shelf of database.objectStoreNames) {
      const content = database.transaction(shelf).objectStore(shelf);
      all.push(await asked(content.getAllKeys()), await asked(content.getAll()));
    }
    database.close();
  }
  state["IndexedDB"] = texts(all);
};
const stores = async () => {
  const all = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) all.push(name, request.url, await (await cache.match(request)).text());
  }
  state["the caches"] = all.join("\n");
};
Promise.all([databases(), stores()]).then(() => done(state));
"#;

#[cfg(test)]
mod tests {
    use super::{Place, holds_a_token};

    #[test]
    fn a_token_is_told_from_a_checksum() {
        assert!(holds_a_token(r#"{"t":"eyJhbGciOiJSUzI1NiJ9.e30.x"}"#));
        assert!(holds_a_token("eyJ eyJhbGci.x"));
        assert!(!holds_a_token("sha384-abceyJdef/ghi= eyJ"));
        assert!(!holds_a_token(""));
    }

    #[test]
    fn a_known_value_is_found_where_it_should_not_be_and_only_there() {
        let secrets = [
            ("a state", "a-state-of-twenty-letters".to_owned()),
            ("an access token", "an-opaque-token-of-an-app".to_owned()),
            ("a nonce", "short".to_owned()),
        ];
        let found = |name, text: &str, away| Place::new(name, text.to_owned(), away).problems(&secrets);
        assert_eq!(
            found("the page", "<p title='an-opaque-token-of-an-app'>", false),
            ["an access token is in the page"]
        );
        assert_eq!(found("sessionStorage", "[a-state-of-twenty-letters]", false), ["a state is in sessionStorage"]);
        // At the sign-in service it is under way; a token never is.
        assert!(found("sessionStorage", "[a-state-of-twenty-letters]", true).is_empty());
        assert_eq!(found("sessionStorage", "an-opaque-token-of-an-app", true).len(), 1);
        assert!(found("the record of the navigation", "/#code=a&state=a-state-of-twenty-letters", false).is_empty());
        assert_eq!(found("the record of the navigation", "/?t=an-opaque-token-of-an-app", false).len(), 1);
        assert_eq!(found("the history", "/#code=a", false).len(), 1);
        assert!(found("the page", "a short word, code=1", false).is_empty());
    }
}
