//! One request and its answer: records it, lets a fault have it or carries it out, waits as long as it was told to.
//! It must never look into what a request means; that is the origin's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body, Bytes};
use hyper::{Request, Response, StatusCode};

use crate::delivery::{AnswerBody, AnswerLost, respond, respond_and_break_off};
use crate::faults::{Fault, Outcome, settle};
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
    let received = Received::new(world, site, incoming);
    if !received.wait().is_zero() {
        tokio::time::sleep(received.wait()).await;
    }
    let (world, fault, outcome) = received.carry_out();
    match outcome {
        Outcome::Answer(answer) => {
            if site != Site::App && world.options.bandwidth.is_some() {
                tokio::time::sleep(world.options.transfer(answer.body.len())).await;
            }
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

/// A request that has come in: recorded, and its fate decided, but not carried out yet.
pub(crate) struct Received {
    world: Arc<World>,
    site: Site,
    request: Incoming,
    entry: usize,
    fault: Option<Fault>,
}

impl Received {
    pub(crate) fn new(world: Arc<World>, site: Site, request: Incoming) -> Self {
        let entry = world.log.record(site, &request);
        let fault = world.faults.strike(site, &request);
        Self { world, site, request, entry, fault }
    }

    /// How long before it is carried out.
    pub(crate) fn wait(&self) -> Duration {
        let latency = if self.site == Site::App { Duration::ZERO } else { self.world.options.latency };
        latency + self.fault.as_ref().map_or(Duration::ZERO, Fault::delay)
    }

    /// Carries it out, as far as its fault lets it.
    pub(crate) fn carry_out(self) -> (Arc<World>, Option<Fault>, Outcome) {
        let Self { world, site, request, entry, fault } = self;
        let truth = || answer(site, &world, &request);
        let outcome = match &fault {
            Some(fault) => settle(site, &world, &request, fault, truth),
            None => Outcome::Answer(truth()),
        };
        if let Outcome::Answer(answer) = &outcome {
            world.log.answered(entry, answer.status.as_u16());
        }
        (world, fault, outcome)
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
