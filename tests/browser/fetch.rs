//! The fetch adapter. The test runner's server answers for what a plain file can show; for the rest a stand-in notes what
//! would have been sent.

use std::time::Duration;

use futures_util::FutureExt as _;
use rolegrant::browser::fetch::Fetch;
use rolegrant::browser::location;
use rolegrant::http::{Method, Request, Transport as _, TransportError};
use url::Url;
use wasm_bindgen_test::wasm_bindgen_test;

use super::script::{FetchStandIn, run, text};

fn get(path: &str) -> Request {
    Request::new(Method::Get, Url::parse(&location::base_url()).unwrap().join(path).unwrap())
}

/// A `fetch` that never answers, and notes whether it is told to stop.
const SILENT: &str = "globalThis.stopped = false;
    return new Promise((_, reject) => request.signal.addEventListener('abort', () => {
        globalThis.stopped = true;
        reject(request.signal.reason);
    }));";

#[wasm_bindgen_test]
async fn brings_status_headers_and_body() {
    let response = Fetch::default().send(get("Cargo.toml")).await.unwrap();
    assert_eq!(response.status, 200);
    assert!(response.header("content-LENGTH").is_some());
    assert!(String::from_utf8(response.body).unwrap().contains("name = \"rolegrant\""));
}

#[wasm_bindgen_test]
async fn an_error_status_is_an_answer() {
    assert_eq!(Fetch::default().send(get("no-such-file.json")).await.unwrap().status, 404);
}

#[wasm_bindgen_test]
async fn no_server_is_a_network_error() {
    // Port 1 is refused, by the computer or by the browser.
    let request = Request::new(Method::Get, Url::parse("http://localhost:1/").unwrap());
    assert_eq!(Fetch::default().send(request).await.unwrap_err(), TransportError::Network);
}

#[wasm_bindgen_test]
async fn asks_without_cookies_cache_referrer_or_redirects() {
    // SEC-083, SEC-084
    let _fetch = FetchStandIn::new(
        "globalThis.seen = request; return request.text().then((body) => {
            globalThis.body = body;
            return new Response('{}', { status: 201, headers: { 'request-id': 'abc' } });
        });",
    );
    let url = Url::parse("https://graph.contoso.test/v1.0/x?$filter=a%20eq%20'b'&$skiptoken=%2B").unwrap();
    let request = Request::new(Method::Post, url.clone())
        .header("Authorization", "Bearer the-token")
        .body("application/json", b"{\"a\":\"\xc3\xa4\"}".to_vec());
    let response = Fetch::default().send(request).await.unwrap();
    assert_eq!((response.status, response.header("Request-Id")), (201, Some("abc")));
    for (member, value) in [
        ("method", "POST"),
        ("mode", "cors"),
        ("credentials", "omit"),
        ("cache", "no-store"),
        ("redirect", "error"),
        ("referrerPolicy", "no-referrer"),
        ("url", url.as_str()),
    ] {
        assert_eq!(text(&format!("return globalThis.seen.{member}")), value, "{member}");
    }
    let header = |name: &str| text(&format!("return globalThis.seen.headers.get('{name}')"));
    assert_eq!(header("authorization"), "Bearer the-token");
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(text("return [...globalThis.seen.headers.keys()].join()"), "authorization,content-type");
    assert_eq!(text("return globalThis.body"), "{\"a\":\"ä\"}");
}

/// The app's own host may ask for a cookie of every file, config.json among them.
#[wasm_bindgen_test]
async fn cookies_go_to_the_own_origin_alone() {
    let _fetch = FetchStandIn::new("globalThis.seen = request; return Promise.resolve(new Response('{}'));");
    let credentials = |url: Url| async move {
        Fetch::default().send(Request::new(Method::Get, url)).await.unwrap();
        text("return globalThis.seen.credentials")
    };
    assert_eq!(credentials(get("config.json").url.clone()).await, "same-origin");
    let other = |change: fn(&mut Url)| {
        let mut url = get("config.json").url.clone();
        change(&mut url);
        url
    };
    for other in [other(|url| url.set_port(Some(1)).unwrap()), other(|url| url.set_host(Some("contoso.test")).unwrap())]
    {
        assert_eq!(credentials(other.clone()).await, "omit", "{other}");
    }
}

#[wasm_bindgen_test]
async fn each_method_has_its_name() {
    let _fetch =
        FetchStandIn::new("globalThis.seen = request; return Promise.resolve(new Response(null, { status: 204 }));");
    for (method, name) in [(Method::Get, "GET"), (Method::Post, "POST"), (Method::Delete, "DELETE")] {
        let url = Url::parse("https://graph.contoso.test/").unwrap();
        let response = Fetch::default().send(Request::new(method, url)).await.unwrap();
        assert_eq!((response.status, response.body.len()), (204, 0));
        assert_eq!(text("return globalThis.seen.method"), name);
    }
}

#[wasm_bindgen_test]
async fn gives_up_after_the_timeout_and_stops_the_transfer() {
    let _fetch = FetchStandIn::new(SILENT);
    let timeout = Duration::from_millis(30);
    let mut request = get("Cargo.toml");
    request.timeout = timeout;
    assert_eq!(Fetch::default().send(request).await.unwrap_err(), TransportError::Timeout(timeout));
    assert!(run("return globalThis.stopped").is_truthy());
}

#[wasm_bindgen_test]
async fn a_body_that_never_ends_runs_into_the_timeout() {
    let _fetch = FetchStandIn::new(
        "return Promise.resolve(new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array(3)); } })));",
    );
    let timeout = Duration::from_millis(30);
    let mut request = get("Cargo.toml");
    request.timeout = timeout;
    assert_eq!(Fetch::default().send(request).await.unwrap_err(), TransportError::Timeout(timeout));
}

#[wasm_bindgen_test]
async fn losing_interest_stops_the_transfer() {
    let _fetch = FetchStandIn::new(SILENT);
    let fetch = Fetch::default();
    assert!(fetch.send(get("Cargo.toml")).now_or_never().is_none());
    assert!(run("return globalThis.stopped").is_truthy());
}

#[wasm_bindgen_test]
async fn a_body_too_long_is_given_up() {
    let whole = Fetch::default().send(get("Cargo.toml")).await.unwrap().body.len();
    assert!(Fetch::with_longest_body(whole).send(get("Cargo.toml")).await.is_ok());
    let error = Fetch::with_longest_body(whole - 1).send(get("Cargo.toml")).await.unwrap_err();
    assert_eq!(error, TransportError::TooLarge(whole - 1));
}

#[wasm_bindgen_test]
async fn puts_the_pieces_of_a_body_together() {
    let _fetch = FetchStandIn::new(
        "return Promise.resolve(new Response(new ReadableStream({ start(c) {
            for (const piece of [[1, 2], [], [3], [4, 5, 6]]) c.enqueue(new Uint8Array(piece));
            c.close();
        } })));",
    );
    assert_eq!(Fetch::default().send(get("x")).await.unwrap().body, [1, 2, 3, 4, 5, 6]);
}

#[wasm_bindgen_test]
async fn a_body_that_breaks_off_is_a_network_error() {
    let _fetch = FetchStandIn::new(
        "return Promise.resolve(new Response(new ReadableStream({ pull(c) { c.error(new TypeError('cut')); } })));",
    );
    assert_eq!(Fetch::default().send(get("x")).await.unwrap_err(), TransportError::Network);
}

#[wasm_bindgen_test]
async fn a_header_that_is_none_is_an_error_and_no_panic() {
    let request = get("Cargo.toml").header("X-Note", "two\r\nlines");
    assert_eq!(Fetch::default().send(request).await.unwrap_err(), TransportError::Network);
}
