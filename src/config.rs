//! `config.json`: which cloud, which tenant, which app registration.
//!
//! Whoever writes that file is told everything that is wrong with it at once, and what to write instead. A field with
//! an unknown name is an error, because a misspelt one would silently do nothing; names that begin with `$` or `_` are
//! left to comments and schemas.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};
use url::{Host, Url};

use crate::cloud::{Cloud, KNOWN};
use crate::directory::{AppId, TenantId};
use crate::http::{Response, TransportError};

const FIELDS: [&str; 8] =
    ["cloud", "tenant", "clientId", "tenants", "subscriptions", "idleMinutes", "keepActivity", "demo"];

/// How long nobody may touch the page before it signs out, in minutes: what config.json may say, and what holds
/// without it (SEC-068).
const IDLE_MINUTES: std::ops::RangeInclusive<u64> = 5..=480;
const USUAL_IDLE_MINUTES: u64 = 30;

const WRITE_TENANT: &str = "Write the tenant's id or one of its domains, such as \"contoso.onmicrosoft.com\"; the \
                            app registration's overview shows the id as Directory (tenant) ID";
const WRITE_CLIENT_ID: &str = "Write the Application (client) ID from the app registration's overview";
const WRITE_TENANTS: &str = "Write a list of objects with \"name\", \"tenant\" and \"clientId\", or \"tenant\" and \
                             \"clientId\" in its place";
const WRITE_SUBSCRIPTIONS: &str = "Write an object of subscription ids and names, such as \
                                   {\"00000000-0000-0000-0000-000000000000\": \"Production\"}, or leave it out";
const WRITE_ALL: &str =
    "Write an object such as {\"cloud\": \"global\", \"tenant\": \"contoso.onmicrosoft.com\", \"clientId\": \"…\"}";
const WRITE_FILE: &str =
    "Put a file named config.json beside index.html, and let the web server answer with it as it is";

/// The app's registration in one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// What people call the tenant, where there are several.
    pub name: Option<String>,
    /// The tenant's id or one of its domains, in lower case.
    pub tenant: String,
    /// The client id.
    pub client_id: AppId,
}

impl Registration {
    /// What to call the tenant before its own name is known.
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.tenant)
    }
}

/// A deployment's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The cloud.
    pub cloud: Cloud,
    /// The tenants that this deployment is for, at least one. They are never mixed: a session belongs to one.
    pub registrations: Vec<Registration>,
    /// How long nobody may touch the page before it signs out.
    pub idle: Duration,
    /// Ids of subscriptions, in lower case, each with its name.
    pub subscriptions: Vec<(String, String)>,
    /// Whether the records of what was applied stay on the computer when the administrator signs out.
    pub keep_activity: bool,
    /// Whether this is the demo tenant.
    pub demo: bool,
}

/// One thing that is wrong, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The field, as a path such as `cloud.graph`; empty for the file as a whole.
    pub field: String,
    /// What is wrong with it.
    pub wrong: String,
    /// What to write instead.
    pub write: String,
}

impl ConfigProblem {
    fn new(field: impl Into<String>, wrong: impl Into<String>, write: impl Into<String>) -> Self {
        Self { field: field.into(), wrong: wrong.into(), write: write.into() }
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            write!(f, "The file {}. {}.", self.wrong, self.write)
        } else {
            write!(f, "{} {}. {}.", self.field, self.wrong, self.write)
        }
    }
}

/// All that is wrong in `config.json`; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<ConfigProblem>,
}

impl ConfigError {
    fn file(wrong: impl Into<String>, write: &str) -> Self {
        Self { problems: vec![ConfigProblem::new("", wrong, write)] }
    }

    /// The page's own address is none that a file could be beside, such as that of a page opened from disk.
    pub fn no_address() -> Self {
        Self::file("cannot be found from this address", "Open the app by https from a web server")
    }

    /// What is wrong, one entry a field.
    pub fn problems(&self) -> &[ConfigProblem] {
        &self.problems
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("config.json cannot be used:")?;
        self.problems.iter().try_for_each(|problem| write!(f, " {problem}"))
    }
}

impl Config {
    /// Reads what the web server answered for `config.json`.
    pub fn from_answer(answer: Result<Response, TransportError>) -> Result<Self, ConfigError> {
        let answer = answer.map_err(|error| {
            let wrong = format!("could not be loaded: {error}");
            ConfigError::file(
                wrong,
                "Check the network connection and that config.json is beside index.html, then reload",
            )
        })?;
        match answer.status {
            200 if looks_like_html(&answer.body) => {
                // A host that falls back to index.html for what it does not have.
                Err(ConfigError::file("is missing: the web server answered with a web page in its place", WRITE_FILE))
            }
            200 => Self::parse(&answer.body),
            404 | 410 => Err(ConfigError::file("is missing", WRITE_FILE)),
            status => {
                Err(ConfigError::file(format!("could not be loaded: the web server answered {status}"), WRITE_FILE))
            }
        }
    }

    /// Reads the file's content.
    pub fn parse(json: &[u8]) -> Result<Self, ConfigError> {
        // Some editors begin a file with a byte order mark, which JSON does not know.
        let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
        let value: Value = serde_json::from_slice(json).map_err(|error| {
            let wrong = format!("is not valid JSON: line {}, column {}", error.line(), error.column());
            ConfigError::file(wrong, "Correct it there: a comma too many, a quote or a bracket missing")
        })?;
        let Value::Object(fields) = value else {
            return Err(ConfigError::file("is JSON, but not an object", WRITE_ALL));
        };
        let mut problems = Vec::new();
        unknown(&fields, "", &FIELDS, &mut problems);
        let cloud = cloud(fields.get("cloud"), &mut problems);
        let registrations = registrations(&fields, &mut problems);
        let idle = noted(idle(fields.get("idleMinutes")), &mut problems);
        let subscriptions = subscriptions(fields.get("subscriptions"), &mut problems);
        let keep_activity = flag(&fields, "keepActivity", &mut problems);
        let demo = flag(&fields, "demo", &mut problems);
        match (cloud, idle) {
            (Some(cloud), Some(idle)) if problems.is_empty() => {
                Ok(Self { cloud, registrations, idle, subscriptions, keep_activity, demo })
            }
            _ => Err(ConfigError { problems }),
        }
    }

    /// The registration in a tenant, by the tenant's name in this file.
    pub fn registration(&self, tenant: &str) -> Option<&Registration> {
        self.registrations.iter().find(|registration| registration.tenant == tenant)
    }
}

fn looks_like_html(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

fn noted<T>(result: Result<T, ConfigProblem>, problems: &mut Vec<ConfigProblem>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

/// Notes the fields that nobody will read.
fn unknown(fields: &Map<String, Value>, path: &str, known: &[&str], problems: &mut Vec<ConfigProblem>) {
    for name in fields.keys() {
        if known.contains(&name.as_str()) || name.starts_with(['$', '_']) {
            continue;
        }
        let plain = |name: &str| name.to_lowercase().replace(['-', '_', ' '], "");
        let write = match known.iter().find(|known| plain(known) == plain(name)) {
            Some(meant) => format!("Write \"{meant}\""),
            None => format!("Remove it; the fields are {}", known.join(", ")),
        };
        problems.push(ConfigProblem::new(format!("{path}{name}"), "is not a field of this file", write));
    }
}

/// What is not unless it is said to be.
fn flag(fields: &Map<String, Value>, name: &str, problems: &mut Vec<ConfigProblem>) -> bool {
    match fields.get(name) {
        None => false,
        Some(Value::Bool(flag)) => *flag,
        Some(_) => {
            problems.push(ConfigProblem::new(name, "is neither true nor false", "Write true or leave it out"));
            false
        }
    }
}

fn write_cloud() -> String {
    let names: Vec<_> = KNOWN.iter().map(|known| format!("{:?}", known.key)).collect();
    format!("Write {}, or an object with \"name\", \"authority\" and \"graph\"", names.join(", "))
}

fn cloud(value: Option<&Value>, problems: &mut Vec<ConfigProblem>) -> Option<Cloud> {
    match value {
        None => problems.push(ConfigProblem::new("cloud", "is missing", write_cloud())),
        Some(Value::String(name)) => {
            let cloud = Cloud::known(name);
            if cloud.is_none() {
                let wrong = format!("names no known cloud ({name:?})");
                problems.push(ConfigProblem::new("cloud", wrong, write_cloud()));
            }
            return cloud;
        }
        Some(Value::Object(fields)) => {
            unknown(fields, "cloud.", &["name", "authority", "graph"], problems);
            let name = match fields.get("name").and_then(Value::as_str).map(str::trim) {
                Some(name) if !name.is_empty() => Some(name.to_owned()),
                _ => {
                    let write = "Write a name for this cloud, to be shown to people";
                    problems.push(ConfigProblem::new("cloud.name", "is missing or not a text", write));
                    None
                }
            };
            let authority = noted(origin(fields, "authority", "https://login.example.com"), problems);
            let graph = noted(origin(fields, "graph", "https://graph.example.com"), problems);
            return Some(Cloud { name: name?, authority: authority?, graph: graph? });
        }
        Some(_) => problems.push(ConfigProblem::new("cloud", "is neither a text nor an object", write_cloud())),
    }
    None
}

/// An origin that tokens may travel to: https, or this very computer.
fn origin(fields: &Map<String, Value>, name: &str, example: &str) -> Result<Url, ConfigProblem> {
    let write = format!("Write the origin alone, such as \"{example}\"");
    let problem = |wrong: &str| ConfigProblem::new(format!("cloud.{name}"), wrong, write.clone());
    let text = match fields.get(name) {
        None => return Err(problem("is missing")),
        Some(value) => value.as_str().ok_or_else(|| problem("is not a text"))?,
    };
    let url = Url::parse(text).map_err(|_| problem("is not an address"))?;
    let loopback = match url.host() {
        Some(Host::Domain(host)) => host == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => return Err(problem("is not https, which every address but this computer's own must be")),
        _ => return Err(problem("is not an https address")),
    }
    let origin_alone = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if origin_alone { Ok(url) } else { Err(problem("has more in it than an origin")) }
}

/// One tenant, or a list of them.
fn registrations(fields: &Map<String, Value>, problems: &mut Vec<ConfigProblem>) -> Vec<Registration> {
    let Some(listed) = fields.get("tenants") else {
        return registration(fields, "", problems).into_iter().collect();
    };
    if ["tenant", "clientId"].iter().any(|name| fields.contains_key(*name)) {
        problems.push(ConfigProblem::new("tenants", "stands beside \"tenant\" or \"clientId\"", WRITE_TENANTS));
    }
    let mut registrations: Vec<Registration> = Vec::new();
    let entries = listed.as_array().map(Vec::as_slice).unwrap_or_default();
    if entries.is_empty() {
        problems.push(ConfigProblem::new("tenants", "is not a list with a tenant in it", WRITE_TENANTS));
    }
    for (position, entry) in entries.iter().enumerate() {
        let path = format!("tenants[{position}].");
        let Value::Object(fields) = entry else {
            problems.push(ConfigProblem::new(path.trim_end_matches('.'), "is not an object", WRITE_TENANTS));
            continue;
        };
        unknown(fields, &path, &["name", "tenant", "clientId"], problems);
        let Some(registration) = registration(fields, &path, problems) else { continue };
        if registrations.iter().any(|before| before.tenant == registration.tenant) {
            problems.push(ConfigProblem::new(format!("{path}tenant"), "is in the list twice", "Remove one of them"));
        }
        registrations.push(registration);
    }
    registrations
}

fn registration(fields: &Map<String, Value>, path: &str, problems: &mut Vec<ConfigProblem>) -> Option<Registration> {
    let below = |mut problem: ConfigProblem| {
        problem.field.insert_str(0, path);
        problem
    };
    let tenant = noted(tenant(fields.get("tenant")).map_err(below), problems);
    let client_id = noted(client_id(fields.get("clientId")).map_err(below), problems);
    let name = fields.get("name").and_then(Value::as_str).map(str::trim).filter(|name| !name.is_empty());
    Some(Registration { name: name.map(str::to_owned), tenant: tenant?, client_id: client_id? })
}

fn idle(value: Option<&Value>) -> Result<Duration, ConfigProblem> {
    let minutes = value.map_or(Some(USUAL_IDLE_MINUTES), |value| value.as_u64().filter(|it| IDLE_MINUTES.contains(it)));
    let seconds = minutes.map(|minutes| minutes * 60).ok_or_else(|| {
        let (least, most) = (IDLE_MINUTES.start(), IDLE_MINUTES.end());
        let write = format!("Write the minutes without activity after which to sign out, from {least} to {most}");
        ConfigProblem::new("idleMinutes", "is not a number that can be used", write)
    })?;
    Ok(Duration::from_secs(seconds))
}

fn tenant(value: Option<&Value>) -> Result<String, ConfigProblem> {
    let problem = |wrong: String| ConfigProblem::new("tenant", wrong, WRITE_TENANT);
    let text = match value {
        None => return Err(problem("is missing".into())),
        Some(value) => value.as_str().ok_or_else(|| problem("is not a text".into()))?,
    };
    let tenant = text.to_lowercase();
    if ["common", "organizations", "consumers"].contains(&tenant.as_str()) {
        // SEC-007: their keys sign for every tenant, so that anybody could sign in here.
        let wrong = format!("is \"{tenant}\", which lets accounts of any tenant sign in; Rolegrant works in one");
        return Err(problem(wrong));
    }
    if tenant.parse::<TenantId>().is_ok() || is_domain(&tenant) {
        Ok(tenant)
    } else {
        Err(problem(format!("is neither an id nor a domain ({text:?})")))
    }
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let named = |label: &str| label.bytes().any(|byte| byte.is_ascii_alphabetic());
    text.len() <= 253 && text.rsplit_once('.').is_some_and(|(_, last)| named(last)) && text.split('.').all(label)
}

fn client_id(value: Option<&Value>) -> Result<AppId, ConfigProblem> {
    let problem = |wrong: &str| ConfigProblem::new("clientId", wrong, WRITE_CLIENT_ID);
    let text = match value {
        None => return Err(problem("is missing")),
        Some(value) => value.as_str().ok_or_else(|| problem("is not a text"))?,
    };
    let id: AppId = text.parse().map_err(|_| problem("is not an id"))?;
    if id == AppId::from_u128(0) {
        return Err(problem("is still the example's"));
    }
    Ok(id)
}

fn subscriptions(value: Option<&Value>, problems: &mut Vec<ConfigProblem>) -> Vec<(String, String)> {
    let mut names = Vec::new();
    match value {
        None => {}
        Some(Value::Object(fields)) => {
            for (id, name) in fields {
                // A subscription's id has the form of any other; it never leaves this table.
                match (id.parse::<AppId>(), name.as_str().map(str::trim)) {
                    (Ok(id), Some(name)) if !name.is_empty() => {
                        names.push((id.to_string(), name.to_owned()));
                    }
                    (Ok(_), _) => {
                        let problem = ConfigProblem::new(
                            format!("subscriptions.{id}"),
                            "is not a name",
                            "Write the subscription's name as a text",
                        );
                        problems.push(problem);
                    }
                    (Err(_), _) => {
                        let wrong = "is not a subscription's id";
                        problems.push(ConfigProblem::new(format!("subscriptions.{id}"), wrong, WRITE_SUBSCRIPTIONS));
                    }
                }
            }
        }
        Some(_) => problems.push(ConfigProblem::new("subscriptions", "is not an object", WRITE_SUBSCRIPTIONS)),
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::properties::any_json;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use serde_json::json;

    const CLIENT_ID: &str = "4a8ad53e-7f0c-4f0c-9d2c-0c1ba1b8f5a4";

    fn with(fields: &str) -> String {
        format!("{{{fields}}}")
    }

    fn good(cloud: &str, tenant: &str) -> Config {
        let json = with(&format!(r#""cloud": {cloud}, "tenant": "{tenant}", "clientId": "{CLIENT_ID}""#));
        Config::parse(json.as_bytes()).unwrap()
    }

    /// The fields that are complained about, in the order of the complaints.
    fn complaints(json: &str) -> Vec<String> {
        let error = Config::parse(json.as_bytes()).unwrap_err();
        error.problems().iter().map(|problem| problem.field.clone()).collect()
    }

    #[test]
    fn takes_a_cloud_of_its_own() {
        let cloud = r#"{"name": "Demo", "authority": "http://localhost:8401", "graph": "https://graph.contoso.test/"}"#;
        let config = good(cloud, "contoso.com");
        assert!(!config.demo && !config.keep_activity, "neither unless it is said");
        assert_eq!(config.cloud.name, "Demo");
        assert_eq!(config.cloud.authority.as_str(), "http://localhost:8401/");
        assert_eq!(config.cloud.graph.as_str(), "https://graph.contoso.test/");
        for host in ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost"] {
            good(&format!(r#"{{"name": "x", "authority": "{host}", "graph": "{host}"}}"#), "contoso.com");
        }
    }

    #[test]
    fn reads_what_is_optional() {
        let json = with(&format!(
            r#""$schema": "x", "_why": "y", "cloud": "global", "tenant": "5C6A5B1E-2AEF-4E3C-9B5E-8D8C7A2B1F00",
               "clientId": "{}", "demo": true, "keepActivity": true,
               "subscriptions": {{"7B7F5D2A-0A1D-4F7E-8F57-1A2B3C4D5E6F": " Production "}}"#,
            CLIENT_ID.to_uppercase()
        ));
        let config = Config::parse(format!("\u{feff}{json}").as_bytes()).unwrap();
        assert!(config.demo && config.keep_activity);
        assert_eq!(config.registrations[0].tenant, "5c6a5b1e-2aef-4e3c-9b5e-8d8c7a2b1f00");
        assert_eq!(config.registrations[0].client_id.to_string(), CLIENT_ID);
        assert_eq!(config.idle, Duration::from_secs(30 * 60));
        let production = ("7b7f5d2a-0a1d-4f7e-8f57-1a2b3c4d5e6f".to_owned(), "Production".to_owned());
        assert_eq!(config.subscriptions, [production]);
    }

    #[test]
    fn takes_several_tenants() {
        let other = CLIENT_ID.replace('4', "5");
        let json = with(&format!(
            r#""cloud": "global", "idleMinutes": 15, "tenants": [
                {{"name": "Contoso", "tenant": "Contoso.com", "clientId": "{CLIENT_ID}"}},
                {{"tenant": "fabrikam.com", "clientId": "{other}"}}]"#
        ));
        let config = Config::parse(json.as_bytes()).unwrap();
        let labels: Vec<_> = config.registrations.iter().map(Registration::label).collect();
        assert_eq!(labels, ["Contoso", "fabrikam.com"]);
        assert_eq!(config.registration("fabrikam.com").unwrap().client_id.to_string(), other);
        assert_eq!(config.registration("adatum.com"), None);
        assert_eq!(config.idle, Duration::from_secs(15 * 60));
    }

    #[test]
    fn a_list_of_tenants_is_checked_one_by_one() {
        let with = |rest: &str| with(&format!(r#""cloud": "global", {rest}"#));
        let good = format!(r#"{{"tenant": "a.b", "clientId": "{CLIENT_ID}"}}"#);
        for (json, fields) in [
            (with(r#""tenants": []"#), vec!["tenants"]),
            (with(r#""tenants": {}"#), vec!["tenants"]),
            (with(&format!(r#""tenants": [{good}], "tenant": "a.b""#)), vec!["tenants"]),
            (with(&format!(r#""tenants": [{good}, {good}]"#)), vec!["tenants[1].tenant"]),
            (with(&format!(r#""tenants": [1, {good}]"#)), vec!["tenants[0]"]),
            (
                with(r#""tenants": [{"tenant": "common", "client": "x"}]"#),
                vec!["tenants[0].client", "tenants[0].tenant", "tenants[0].clientId"],
            ),
        ] {
            assert_eq!(complaints(&json), fields, "{json}");
        }
    }

    #[test]
    fn an_idle_time_is_neither_none_nor_endless() {
        for idle in ["0", "4", "481", "-5", "30.5", "\"30\"", "null"] {
            let json = with(&format!(
                r#""cloud": "global", "tenant": "a.b", "clientId": "{CLIENT_ID}", "idleMinutes": {idle}"#
            ));
            assert_eq!(complaints(&json), ["idleMinutes"], "{idle}");
        }
    }

    #[test]
    fn names_everything_that_is_wrong_at_once() {
        assert_eq!(complaints("{}"), ["cloud", "tenant", "clientId"]);
        let json = r#"{"cloud": "azure", "tenant": "common", "client_id": "x", "demo": 1, "keepActivity": "yes", "subscriptions": []}"#;
        assert_eq!(
            complaints(json),
            ["client_id", "cloud", "tenant", "clientId", "subscriptions", "keepActivity", "demo"]
        );
        let json = r#"{"cloud": {"authorty": "x", "graph": 1}, "tenant": "a.b", "clientId": "00000000-0000-0000-0000-000000000000"}"#;
        assert_eq!(complaints(json), ["cloud.authorty", "cloud.name", "cloud.authority", "cloud.graph", "clientId"]);
    }

    #[test]
    fn a_complaint_says_what_to_write() {
        let error = Config::parse(br#"{"cloud": "global", "tenant": "a.b", "clientid": "x"}"#).unwrap_err();
        let texts: Vec<_> = error.problems().iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "clientid is not a field of this file. Write \"clientId\".",
                "clientId is missing. Write the Application (client) ID from the app registration's overview.",
            ]
        );
        assert!(error.to_string().starts_with("config.json cannot be used: clientid is not a field"));
    }

    #[test]
    fn refuses_tenants_that_are_none() {
        for (tenant, why) in [
            ("common", "any tenant"),
            ("Organizations", "any tenant"),
            ("consumers", "any tenant"),
            ("contoso", "neither"),
            ("", "neither"),
            ("contoso.com/evil", "neither"),
            ("../contoso.com", "neither"),
            ("contoso..com", "neither"),
            ("-contoso.com", "neither"),
            ("127.0.0.1", "neither"),
            ("{5c6a5b1e-2aef-4e3c-9b5e-8d8c7a2b1f00}", "neither"),
        ] {
            let json = format!(r#"{{"cloud": "global", "tenant": "{tenant}", "clientId": "{CLIENT_ID}"}}"#);
            let error = Config::parse(json.as_bytes()).unwrap_err();
            assert_eq!(error.problems().len(), 1, "{tenant}");
            assert_eq!(error.problems()[0].field, "tenant");
            assert!(error.problems()[0].wrong.contains(why), "{tenant}: {}", error.problems()[0].wrong);
        }
    }

    #[test]
    fn refuses_addresses_that_are_no_safe_origin() {
        for (address, why) in [
            ("http://login.contoso.test", "not https"),
            ("http://localhost.contoso.test", "not https"),
            ("http://127.0.0.1.contoso.test", "not https"),
            ("ftp://login.contoso.test", "not an https"),
            ("javascript:alert(1)", "not an https"),
            ("login.contoso.test", "not an address"),
            ("https://login.contoso.test/tenant", "more in it"),
            ("https://login.contoso.test/?a=b", "more in it"),
            ("https://login.contoso.test/#a", "more in it"),
            ("https://login.microsoftonline.com@contoso.test", "more in it"),
            ("https://a:b@contoso.test", "more in it"),
        ] {
            let json = format!(
                r#"{{"cloud": {{"name": "x", "authority": "{address}", "graph": "https://graph.contoso.test"}},
                    "tenant": "contoso.com", "clientId": "{CLIENT_ID}"}}"#
            );
            let error = Config::parse(json.as_bytes()).unwrap_err();
            assert_eq!(error.problems()[0].field, "cloud.authority", "{address}");
            assert!(error.problems()[0].wrong.contains(why), "{address}: {}", error.problems()[0].wrong);
        }
    }

    #[test]
    fn refuses_subscriptions_that_are_none() {
        let json = with(&format!(
            r#""cloud": "global", "tenant": "contoso.com", "clientId": "{CLIENT_ID}",
               "subscriptions": {{"production": "x", "7b7f5d2a-0a1d-4f7e-8f57-1a2b3c4d5e6f": 1}}"#
        ));
        let mut fields = complaints(&json);
        // Their order is serde_json's, and differs where the emulator is built along.
        fields.sort();
        assert_eq!(fields, ["subscriptions.7b7f5d2a-0a1d-4f7e-8f57-1a2b3c4d5e6f", "subscriptions.production"]);
    }

    #[test]
    fn says_where_the_json_is_broken() {
        let error = Config::parse(b"{\n  \"cloud\": \"global\",\n}").unwrap_err();
        assert_eq!(
            error.problems()[0].to_string(),
            "The file is not valid JSON: line 3, column 1. Correct it there: a comma too many, a quote or a bracket missing."
        );
        for json in ["", "[]", "null", "\"x\"", "{}x"] {
            assert_eq!(complaints(json), [""], "{json}");
        }
    }

    #[test]
    fn knows_a_file_that_is_not_there() {
        let answer = |status, body: &str| Ok(Response { status, headers: Vec::new(), body: body.into() });
        for (answer, why) in [
            (answer(404, "{}"), "is missing"),
            (answer(200, "\n<!DOCTYPE html><html>"), "a web page in its place"),
            (answer(503, ""), "answered 503"),
            (answer(200, ""), "not valid JSON"),
            (Err(TransportError::Network), "could not be loaded"),
        ] {
            let error = Config::from_answer(answer).unwrap_err();
            assert!(error.problems()[0].wrong.contains(why), "{}", error.problems()[0].wrong);
        }
    }

    proptest! {
        #[test]
        fn bytes_of_any_kind_are_survived(bytes in vec(any::<u8>(), 0..200), json in any_json()) {
            for content in [bytes, json.to_string().into_bytes()] {
                let error = Config::parse(&content).unwrap_err();
                prop_assert!(!error.problems().is_empty() && !error.to_string().is_empty());
            }
        }

        #[test]
        fn tokens_travel_by_https_or_not_at_all(
            field in "authority|graph|tenant|clientId|name|demo|keepActivity",
            value in prop_oneof![
                any_json(),
                "(https?|ftp|javascript)://[a-z0-9.:@/?#\\\\\\[\\]-]{0,24}".prop_map(Value::from),
                "[a-zA-Z0-9./-]{0,24}".prop_map(Value::from),
            ],
        ) {
            // SEC-007
            let mut cloud = json!({ "name": "x", "authority": "https://login.contoso.test", "graph": "https://graph.contoso.test" });
            let mut file = json!({ "tenant": "contoso.com", "clientId": CLIENT_ID });
            let holder = if cloud.get(&field).is_some() { &mut cloud } else { &mut file };
            holder[&field] = value;
            file["cloud"] = cloud;
            let Ok(config) = Config::parse(file.to_string().as_bytes()) else { return Ok(()) };
            for url in [&config.cloud.authority, &config.cloud.graph] {
                let here = matches!(url.host_str(), Some("localhost" | "[::1]")) || url.host_str().is_some_and(|host| host.starts_with("127."));
                prop_assert!(url.scheme() == "https" || (url.scheme() == "http" && here), "{}", url);
                prop_assert!(url.path() == "/" && url.query().is_none() && url.username().is_empty(), "{}", url);
            }
            for Registration { tenant, .. } in config.registrations {
                prop_assert!(tenant.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c)), "{}", tenant);
            }
        }
    }
}
