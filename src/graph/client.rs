//! Sends requests to Graph: the only place that attaches the access token (invariant 3), and only after the address has
//! been compared with Graph's own.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use serde_json::Value;
use url::Url;

use super::address::is_graphs;
use super::error::{Family, GraphError, GraphErrorKind, Operation};
use super::gate::Gate;
use super::retry::{Backoff, MAX_ATTEMPTS, MAX_TOTAL, retry_after};
use super::wire::json;
use crate::auth::{AccessToken, TokenError};
use crate::directory::{Api, ObjectId};
use crate::http::{Clock, Method, Request, Response, Transport};

/// Where access tokens for Graph come from.
pub trait TokenSource {
    /// A token that should be valid, renewed first if need be.
    fn access_token(&self) -> LocalBoxFuture<'_, Result<AccessToken, TokenError>>;
    /// Graph refused the last token: the next call must bring another one.
    fn refused(&self);
}

/// Microsoft Graph v1.0, as one signed-in administrator sees it.
pub struct Graph {
    transport: Rc<dyn Transport>,
    clock: Rc<dyn Clock>,
    tokens: Rc<dyn TokenSource>,
    origin: Url,
    gate: Gate,
    backoff: Backoff,
    /// How many tokens have been refused, so that parallel refusals of one token count once.
    refusals: Cell<u32>,
    /// Which APIs have been read, and whether they are specially guarded: an error must name the right role.
    families: RefCell<HashMap<ObjectId, Family>>,
}

impl Graph {
    /// Graph at an origin, of which scheme, host and port count.
    pub fn new(transport: Rc<dyn Transport>, clock: Rc<dyn Clock>, tokens: Rc<dyn TokenSource>, origin: Url) -> Self {
        let backoff = Backoff::new(clock.monotonic());
        Self {
            transport,
            clock,
            tokens,
            origin,
            gate: Gate::default(),
            backoff,
            refusals: Cell::new(0),
            families: RefCell::default(),
        }
    }

    /// How long Graph has asked this page to pause, if it has: all requests wait meanwhile.
    pub fn paused_for(&self) -> Option<Duration> {
        self.gate.left(self.clock.monotonic())
    }

    pub(super) fn origin(&self) -> &Url {
        &self.origin
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Remembers which directory role guards an API.
    pub(super) fn remember(&self, api: &Api) {
        let family = if api.is_specially_guarded() { Family::Guarded } else { Family::Ordinary };
        self.families.borrow_mut().insert(api.id, family);
    }

    pub(super) fn family(&self, api: ObjectId) -> Family {
        self.families.borrow().get(&api).copied().unwrap_or(Family::Unknown)
    }

    /// Reads JSON, again and again within the bounds of [`retry`](super::retry) where a later try may succeed.
    pub(super) async fn read(&self, operation: Operation, url: Url) -> Result<(Response, Value), GraphError> {
        let start = self.clock.monotonic();
        let mut attempt = 1;
        loop {
            let error = match self.send(operation, Request::new(Method::Get, url.clone())).await {
                Ok(response) => {
                    let body = json(&response)
                        .map_err(|error| GraphError::not_understood(operation, &response, error.to_string()))?;
                    return Ok((response, body));
                }
                Err(error) => error,
            };
            let wait = error.retry_after().unwrap_or_else(|| self.backoff.wait(attempt));
            let spent = self.clock.monotonic().saturating_sub(start);
            if !error.is_temporary() || attempt >= MAX_ATTEMPTS || spent.saturating_add(wait) > MAX_TOTAL {
                return Err(error);
            }
            self.clock.sleep(wait).await;
            attempt += 1;
        }
    }

    /// Sends a request once; after a 401, which proves that nothing happened, once more with a renewed token.
    /// An answer that is not a success is an error.
    pub(super) async fn send(&self, operation: Operation, request: Request) -> Result<Response, GraphError> {
        // The token never leaves for another place, whoever built the address.
        if !is_graphs(&self.origin, &request.url) {
            return Err(GraphError::unsent(operation, GraphErrorKind::ForeignLink));
        }
        let mut renewed = false;
        loop {
            self.pass_gate(operation).await?;
            let refusals = self.refusals.get();
            let token = self.tokens.access_token().await.map_err(|error| GraphError::from_token(operation, &error))?;
            let authorized = request.clone().header("Authorization", format!("Bearer {}", token.secret()));
            let response =
                self.transport.send(authorized).await.map_err(|error| GraphError::from_transport(operation, &error))?;
            match response.status {
                200..=299 => return Ok(response),
                401 if !renewed => {
                    renewed = true;
                    if self.refusals.get() == refusals {
                        self.refusals.set(refusals.wrapping_add(1));
                        self.tokens.refused();
                    }
                }
                status => {
                    let wait = response.header("Retry-After").and_then(|text| retry_after(text, self.clock.now()));
                    if status == 429 || (status == 503 && wait.is_some()) {
                        let wait = wait.unwrap_or_else(|| self.backoff.wait(1));
                        self.gate.close(self.clock.monotonic(), wait);
                    }
                    return Err(GraphError::from_response(operation, &response, wait));
                }
            }
        }
    }

    /// Waits until Graph may be asked again; gives up at once if that is too long.
    async fn pass_gate(&self, operation: Operation) -> Result<(), GraphError> {
        let start = self.clock.monotonic();
        while let Some(left) = self.gate.left(self.clock.monotonic()) {
            let spent = self.clock.monotonic().saturating_sub(start);
            if spent.saturating_add(left) > MAX_TOTAL {
                let kind = GraphErrorKind::Throttled { retry_after: Some(left) };
                return Err(GraphError::unsent(operation, kind));
            }
            self.clock.sleep(left).await;
        }
        Ok(())
    }
}
