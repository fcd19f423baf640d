//! One request and its answer: records it, lets a fault have it or carries it out, waits as long as it was told to.
//! It must never look into what a request means; that is the origin's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body, Bytes};
use hyper::{Request, Response, StatusCode};

use crate::delivery::{AnswerBody, AnswerLost, respond, respond_and_break_off};
use crate::faults::{Outcome, settle};
use crate::http::{Answer, Incoming};
use crate::log::Site;
use crate::server::Door;
use crate::world::World;
use crate::{app_host, control, graph, signin};

/// More than any request that the emulator understands.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// What the exchanges of one connection share.
#[derive(Debug, Default)]
pub(crate) struct Line {
    served: AtomicUsize,
    /// The connection is to end with a TCP reset.
    pub(crate) reset: AtomicBool,
}

/// Answers one request, or ends its connection.
pub(crate) async fn exchange<B>(
    door: Door,
    world: Arc<World>,
    line: Arc<Line>,
    request: Request<B>,
) -> Result<Response<AnswerBody>, AnswerLost>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let reused = line.served.fetch_add(1, Ordering::Relaxed) > 0;
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Ok(respond(Answer::empty(StatusCode::PAYLOAD_TOO_LARGE), None, None));
        }
        Err(_) => return Err(AnswerLost),
    };
    let incoming = Incoming {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    };
    let site = match door {
        Door::Site(site) => site,
        Door::Control => return Ok(respond(control::answer(&world, &incoming), None, None)),
    };
    let entry = world.log.record(site, &incoming);
    let fault = world.faults.strike(site, &incoming);
    let latency = if site == Site::App { std::time::Duration::ZERO } else { world.options.latency };
    let wait = latency + fault.as_ref().map_or(std::time::Duration::ZERO, |fault| fault.delay());
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    let truth = || answer(site, &world, &incoming);
    let outcome = match &fault {
        Some(fault) => settle(site, &world, &incoming, fault, truth),
        None => Outcome::Answer(truth()),
    };
    match outcome {
        Outcome::Answer(answer) => {
            if site != Site::App && world.options.bandwidth.is_some() {
                tokio::time::sleep(world.options.transfer(answer.body.len())).await;
            }
            world.log.answered(entry, answer.status.as_u16());
            let (drip, cut_after) = fault.map_or((None, None), |fault| (fault.drip, fault.cut_after));
            Ok(respond(answer, drip, cut_after))
        }
        Outcome::Lost { reset } => {
            line.reset.store(reset, Ordering::Relaxed);
            lose(reused)
        }
        Outcome::Hang => std::future::pending().await,
    }
}

/// Carries a request out.
fn answer(site: Site, world: &World, request: &Incoming) -> Answer {
    match site {
        Site::App => app_host::answer(world, request),
        Site::SignIn => signin::answer(world, request),
        Site::Graph => graph::answer(world, request),
    }
}

/// Takes the answer away. Chromium sends a request again by itself, POST too, if a connection that it has used before
/// closes without a byte. There the headers go out without CORS and the body breaks off: a page sees a network error
/// at once and nobody repeats anything.
fn lose(reused: bool) -> Result<Response<AnswerBody>, AnswerLost> {
    if reused { Ok(respond_and_break_off()) } else { Err(AnswerLost) }
}
