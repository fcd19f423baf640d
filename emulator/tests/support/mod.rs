//! What the tests share: a started emulator, a person at a browser without a browser, and Graph calls.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part of one module")]

use std::cell::RefCell;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use emulator::{Builder, Emulator, Running};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use sha2_of::challenge;

pub const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0";
pub const OPENID: &str = "openid profile offline_access";

mod sha2_of {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use rsa::sha2::{Digest as _, Sha256};

    pub fn challenge(verifier: &str) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
    }
}

pub async fn start() -> Running {
    start_with(Emulator::builder()).await
}

pub async fn start_with(builder: Builder) -> Running {
    builder.port(0).start().await.expect("three free ports")
}

/// A client that follows nothing by itself.
pub fn client() -> Client {
    // Trusts nothing, which also spares it the reading of the system's certificates.
    client_builder().tls_certs_only([]).build().expect("a client")
}

fn client_builder() -> reqwest::ClientBuilder {
    // The tests' own client is to need a C compiler and no more, as the emulator does.
    let _another_test_was_first = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    Client::builder().redirect(Policy::none())
}

/// The same, which trusts one authority and no other.
pub fn tls_client(authority: &str) -> Client {
    let authority = reqwest::Certificate::from_pem(authority.as_bytes()).expect("a certificate");
    client_builder().tls_certs_only([authority]).build().expect("a client")
}

pub fn read_scope(running: &Running) -> String {
    format!("{OPENID} {}/User.Read {}/Application.Read.All", running.graph_url(), running.graph_url())
}

pub fn write_scope(running: &Running) -> String {
    format!("{} {}/AppRoleAssignment.ReadWrite.All", read_scope(running), running.graph_url())
}

/// The parameters of a good authorize request; tests change them.
pub fn authorize_parameters(running: &Running) -> Vec<(String, String)> {
    [
        ("client_id", running.client_id().to_owned()),
        ("response_type", "code".to_owned()),
        ("redirect_uri", format!("{}/", running.app_url())),
        ("response_mode", "fragment".to_owned()),
        ("scope", read_scope(running)),
        ("state", "s t+ate&=#".to_owned()),
        ("nonce", "the-nonce".to_owned()),
        ("code_challenge", challenge(VERIFIER)),
        ("code_challenge_method", "S256".to_owned()),
        ("client_info", "1".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

/// Sets (or with an empty value removes) a parameter.
pub fn with(mut parameters: Vec<(String, String)>, name: &str, value: &str) -> Vec<(String, String)> {
    parameters.retain(|(known, _)| known != name);
    if !value.is_empty() {
        parameters.push((name.to_owned(), value.to_owned()));
    }
    parameters
}

/// A person at a browser: keeps the session cookie and presses buttons by their names.
pub struct Person<'a> {
    pub running: &'a Running,
    client: Client,
    cookie: RefCell<Option<String>>,
}

/// Where a step led.
#[derive(Debug)]
pub enum Step {
    Page { status: StatusCode, html: String },
    Redirect(String),
}

impl Step {
    pub fn page(self) -> String {
        match self {
            Self::Page { html, .. } => html,
            Self::Redirect(to) => panic!("expected a page, was sent to {to}"),
        }
    }

    /// The parameters that came back to the app.
    pub fn parameters(self) -> Vec<(String, String)> {
        let Self::Redirect(to) = self else { panic!("expected a redirect, got {self:?}") };
        let text = to.split_once('#').or_else(|| to.split_once('?')).expect("parameters").1.to_owned();
        url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
    }

    pub fn parameter(self, name: &str) -> String {
        let parameters = self.parameters();
        parameters
            .iter()
            .find(|(known, _)| known == name)
            .unwrap_or_else(|| panic!("no {name} in {parameters:?}"))
            .1
            .clone()
    }
}

impl<'a> Person<'a> {
    pub fn new(running: &'a Running) -> Self {
        Self { running, client: client(), cookie: RefCell::new(None) }
    }

    async fn step(&self, request: RequestBuilder) -> Step {
        let cookie = self.cookie.borrow().clone();
        let request = match cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        };
        let response = request.send().await.expect("an answer");
        if let Some(set) = response.headers().get(SET_COOKIE) {
            let set = set.to_str().expect("text");
            assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"));
            *self.cookie.borrow_mut() = set.split(';').next().map(str::to_owned);
        }
        match response.headers().get(LOCATION) {
            Some(location) => Step::Redirect(location.to_str().expect("text").to_owned()),
            None => Step::Page { status: response.status(), html: response.text().await.expect("text") },
        }
    }

    pub async fn authorize(&self, parameters: &[(String, String)]) -> Step {
        let address = format!("{}/{}/oauth2/v2.0/authorize", self.running.sign_in_url(), self.running.tenant_id());
        self.get(&address, parameters).await
    }

    pub async fn get(&self, address: &str, parameters: &[(String, String)]) -> Step {
        let mut url = url::Url::parse(address).expect("an address");
        url.query_pairs_mut().extend_pairs(parameters);
        self.step(self.client.get(url)).await
    }

    /// Presses the button of this name on a page.
    pub async fn press(&self, page: &str, button: &str) -> Step {
        let action = between(page, "action=\"", "\"");
        let mut form: Vec<(String, String)> = page
            .match_indices("<input type=\"hidden\"")
            .map(|(at, _)| (between(&page[at..], "name=\"", "\""), between(&page[at..], "value=\"", "\"")))
            .collect();
        let end = page.find(&format!(">{button}</button>")).unwrap_or_else(|| panic!("no button {button} in {page}"));
        let start = page[..end].rfind("<button").expect("its beginning");
        let tag = &page[start..end];
        form.push((between(tag, "name=\"", "\""), between(tag, "value=\"", "\"")));
        self.step(self.client.post(format!("{}{action}", self.running.sign_in_url())).form(&form)).await
    }

    /// Signs in on the account page and accepts what is asked.
    pub async fn code(&self, account: &str, parameters: &[(String, String)]) -> String {
        let page = self.authorize(&with(parameters.to_vec(), "prompt", "select_account")).await.page();
        let step = match self.press(&page, account).await {
            Step::Page { html, .. } => self.press(&html, "Accept").await,
            redirect => redirect,
        };
        step.parameter("code")
    }

    pub async fn tokens(&self, account: &str) -> Value {
        let code = self.code(account, &authorize_parameters(self.running)).await;
        let answer = redeem(self.running, &code).await;
        assert_eq!(answer.0, 200, "{}", answer.1);
        answer.1
    }
}

fn between(text: &str, before: &str, after: &str) -> String {
    let start = text.find(before).unwrap_or_else(|| panic!("no {before} in {text}")) + before.len();
    let length = text[start..].find(after).expect("an end");
    text[start..start + length].to_owned()
}

/// The form of a good redemption; tests change it.
pub fn redemption(running: &Running, code: &str) -> Vec<(String, String)> {
    [
        ("client_id", running.client_id().to_owned()),
        ("grant_type", "authorization_code".to_owned()),
        ("code", code.to_owned()),
        ("redirect_uri", format!("{}/", running.app_url())),
        ("code_verifier", VERIFIER.to_owned()),
        ("client_info", "1".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

pub async fn post_token(running: &Running, form: &[(String, String)], origin: Option<&str>) -> Response {
    let address = format!("{}/{}/oauth2/v2.0/token", running.sign_in_url(), running.tenant_id());
    let mut request = client().post(address).form(form);
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    request.send().await.expect("an answer")
}

pub async fn redeem(running: &Running, code: &str) -> (u16, Value) {
    let answer = post_token(running, &redemption(running, code), Some(running.app_url())).await;
    (answer.status().as_u16(), answer.json().await.expect("json"))
}

/// Status and body of the token endpoint for a form, from the app's origin.
pub async fn token(running: &Running, form: &[(String, String)]) -> (u16, Value) {
    let answer = post_token(running, form, Some(running.app_url())).await;
    (answer.status().as_u16(), answer.json().await.expect("json"))
}

/// The claims of a token.
pub fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("claims");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("json")
}

/// Graph with one token.
pub struct Graph<'a> {
    pub running: &'a Running,
    pub token: String,
    client: Client,
}

impl<'a> Graph<'a> {
    /// With a token that may read and write, for an account.
    pub fn writer(running: &'a Running, account: &str) -> Self {
        Self::with_token(running, running.token_for(account).may_write().sign())
    }

    pub fn with_token(running: &'a Running, token: String) -> Self {
        Self { running, token, client: client() }
    }

    fn url(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}/v1.0{path}", self.running.graph_url()) }
    }

    pub async fn response(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = self.client.get(self.url(path)).bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("an answer")
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.response(path, &[]).await;
        (answer.status().as_u16(), answer.json().await.expect("json"))
    }

    pub async fn get_eventual(&self, path: &str) -> (u16, Value) {
        let answer = self.response(path, &[("ConsistencyLevel", "eventual")]).await;
        (answer.status().as_u16(), answer.json().await.expect("json"))
    }

    /// Any request; the body `""` if there is none.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> (u16, Value) {
        let answer = self.answer(method, path, headers, body).await;
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("text");
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// Any request, with the answer's headers.
    pub async fn answer(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Response {
        let mut request =
            self.client.request(method.parse().expect("a method"), self.url(path)).bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await.expect("an answer")
    }

    /// The first application of this name.
    pub async fn application(&self, name: &str) -> Value {
        let (status, page) = self.get(&format!("/applications?$filter=displayName eq '{name}'")).await;
        assert_eq!(status, 200, "{page}");
        page["value"][0].clone()
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.client.post(self.url(path)).bearer_auth(&self.token).json(body).send().await.expect("answer");
        (answer.status().as_u16(), answer.json().await.expect("json"))
    }

    pub async fn delete(&self, path: &str) -> (u16, Value) {
        let answer = self.client.delete(self.url(path)).bearer_auth(&self.token).send().await.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("text");
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// Every row of a list over all its pages, and how many pages there were.
    pub async fn all(&self, path: &str) -> (Vec<Value>, usize) {
        let mut rows = Vec::new();
        let mut pages = 0;
        let mut next = Some(path.to_owned());
        while let Some(address) = next {
            let (status, body) = self.get(&address).await;
            assert_eq!(status, 200, "{body}");
            rows.extend(body["value"].as_array().expect("rows").iter().cloned());
            next = body["@odata.nextLink"].as_str().map(str::to_owned);
            pages += 1;
        }
        (rows, pages)
    }
}

pub fn assignment(principal: &impl ToString, resource: &impl ToString, role: &impl ToString) -> Value {
    json!({"principalId": principal.to_string(), "resourceId": resource.to_string(), "appRoleId": role.to_string()})
}

/// App roles as they were read, without what cannot be sent back.
pub fn sent(roles: &Value) -> Vec<Value> {
    let mut roles = roles.as_array().expect("roles").clone();
    for role in &mut roles {
        role.as_object_mut().expect("a role").remove("origin");
    }
    roles
}

/// Code and message of a Graph error.
pub fn error(body: &Value) -> (&str, &str) {
    let error = &body["error"];
    assert!(error["innerError"]["request-id"].is_string(), "{body}");
    let date = error["innerError"]["date"].as_str().expect("a date");
    assert_eq!(date.len(), "2026-11-23T22:31:00".len(), "{date}");
    (error["code"].as_str().expect("a code"), error["message"].as_str().expect("a message"))
}
