//! The network: one fetch a request.
//!
//! Once the app has stopped, nothing goes at all (SEC-133).
//!
//! Whatever is asked, it goes without a referrer, past the cache, and follows no redirect, and to any other origin without
//! cookies (SEC-083, SEC-084). The app's own host may have some that let it in, to config.json as to every other file.

use futures_util::future::{Either, LocalBoxFuture, select};
use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReadableStreamDefaultReader, ReferrerPolicy, RequestCache, RequestCredentials,
    RequestInit, RequestMode, RequestRedirect,
};

use super::stop::{self, UnderWay};
use super::{clock, location};
use crate::http::{Method, Request, Response, Transport, TransportError};

/// The longest body that is read. Graph's largest page in practice is some 2 MB.
pub const LONGEST_BODY: usize = 32 * 1024 * 1024;

/// Sends requests by the browser's `fetch`.
#[derive(Clone, Copy, Debug)]
pub struct Fetch {
    longest_body: usize,
}

impl Default for Fetch {
    fn default() -> Self {
        Self { longest_body: LONGEST_BODY }
    }
}

impl Fetch {
    /// One that reads no body longer than this many bytes.
    pub fn with_longest_body(longest_body: usize) -> Self {
        Self { longest_body }
    }
}

impl Transport for Fetch {
    fn send(&self, request: Request) -> LocalBoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            stop::gate().await;
            let timeout = request.timeout;
            let controller = AbortController::new().map_err(|_| TransportError::Network)?;
            // Whoever loses interest drops this future; the browser then stops the transfer.
            let _under_way = UnderWay::new(controller.clone());
            let answer = std::pin::pin!(exchange(request, &controller, self.longest_body));
            let timer = std::pin::pin!(clock::sleep(timeout));
            let answer = match select(answer, timer).await {
                Either::Left((answer, _)) => answer,
                Either::Right(((), _)) => Err(TransportError::Timeout(timeout)),
            };
            stop::gate().await;
            answer
        })
    }
}

async fn exchange(request: Request, controller: &AbortController, longest: usize) -> Result<Response, TransportError> {
    let response = fetch(&request, controller).await.map_err(|_| TransportError::Network)?;
    let headers = response.headers().entries().into_iter().filter_map(|entry| {
        let entry: Array = entry.ok()?.unchecked_into();
        Some((entry.get(0).as_string()?, entry.get(1).as_string()?))
    });
    let headers = headers.collect();
    let body = read(&response, longest).await?;
    Ok(Response { status: response.status(), headers, body })
}

async fn fetch(request: &Request, controller: &AbortController) -> Result<web_sys::Response, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    JsFuture::from(window.fetch_with_request(&build(request, controller)?)).await?.dyn_into()
}

fn build(request: &Request, controller: &AbortController) -> Result<web_sys::Request, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &request.headers {
        headers.set(name, value)?;
    }
    let init = RequestInit::new();
    init.set_method(match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Delete => "DELETE",
    });
    init.set_headers(headers.as_ref());
    if let Some(body) = &request.body {
        init.set_body(Uint8Array::from(body.as_slice()).as_ref());
    }
    init.set_mode(RequestMode::Cors);
    let own = request.url.origin().ascii_serialization() == location::origin();
    init.set_credentials(if own { RequestCredentials::SameOrigin } else { RequestCredentials::Omit });
    init.set_cache(RequestCache::NoStore);
    init.set_redirect(RequestRedirect::Error);
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
    init.set_signal(Some(&controller.signal()));
    web_sys::Request::new_with_str_and_init(request.url.as_str(), &init)
}

/// Reads the body piece by piece, so that a body too long is given up where the limit is.
async fn read(response: &web_sys::Response, longest: usize) -> Result<Vec<u8>, TransportError> {
    let Some(stream) = response.body() else { return Ok(Vec::new()) };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let mut body = Vec::new();
    loop {
        let piece = JsFuture::from(reader.read()).await.map_err(|_| TransportError::Network)?;
        let member = |name: &str| Reflect::get(&piece, &JsValue::from_str(name)).map_err(|_| TransportError::Network);
        if member("done")?.is_truthy() {
            return Ok(body);
        }
        let bytes: Uint8Array = member("value")?.dyn_into().map_err(|_| TransportError::Network)?;
        let start = body.len();
        let end = start + bytes.length() as usize;
        if end > longest {
            return Err(TransportError::TooLarge(longest));
        }
        body.resize(end, 0);
        if let Some(room) = body.get_mut(start..) {
            bytes.copy_to(room);
        }
    }
}
