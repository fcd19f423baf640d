//! Carries one origin over HTTP/1.1: reads a request whole, records it, applies faults and latency, answers.
//! It must never look into what a request means; that is the origin's own.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::faults::{Ending, Fault};
use crate::http::{Answer, Incoming};
use crate::log::Site;
use crate::world::World;
use crate::{app_host, graph, signin};

/// More than any request that the emulator understands.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// Ends a connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("a fault took the answer away")]
struct AnswerLost;

/// The body of an answer; a cut one breaks off after the headers.
struct AnswerBody {
    bytes: Option<Bytes>,
    cut: bool,
    /// A cut body waits once, so that the headers are on their way before it breaks.
    waited: bool,
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = AnswerLost;

    fn poll_frame(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, AnswerLost>>> {
        if self.cut && !self.waited {
            self.waited = true;
            task.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.cut {
            return Poll::Ready(Some(Err(AnswerLost)));
        }
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        !self.cut && self.bytes.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        let length = if self.cut { 1 } else { self.bytes.as_ref().map_or(0, Bytes::len) };
        SizeHint::with_exact(u64::try_from(length).unwrap_or(0))
    }
}

/// Accepts connections until told to stop.
pub(crate) async fn serve(listener: TcpListener, site: Site, world: Arc<World>, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let world = Arc::clone(&world);
                connections.spawn(async move {
                    let served = AtomicUsize::new(0);
                    let service = service_fn(|request| {
                        let reused = served.fetch_add(1, Ordering::Relaxed) > 0;
                        exchange(site, Arc::clone(&world), request, reused)
                    });
                    // A browser that goes away, or a fault that cuts the line, is no error of ours.
                    let _ended = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        }
    }
    connections.shutdown().await;
}

async fn exchange<B>(
    site: Site,
    world: Arc<World>,
    request: Request<B>,
    reused: bool,
) -> Result<Response<AnswerBody>, AnswerLost>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Ok(respond(Answer::empty(StatusCode::PAYLOAD_TOO_LARGE)));
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
    let entry = world.log.record(site, &incoming);
    let fault = world.faults.strike(site, &incoming);
    let delay = fault.as_ref().map_or(std::time::Duration::ZERO, |fault| fault.delay);
    let latency = if site == Site::App { std::time::Duration::ZERO } else { world.options.latency };
    if !(delay + latency).is_zero() {
        tokio::time::sleep(delay + latency).await;
    }
    let Some(answer) = settle(site, &world, &incoming, fault) else {
        return lose(reused);
    };
    if site != Site::App && world.options.bandwidth.is_some() {
        tokio::time::sleep(world.options.transfer(answer.body.len())).await;
    }
    world.log.answered(entry, answer.status.as_u16());
    Ok(respond(answer))
}

/// The answer to a request under a fault; `None` if it is to be lost.
pub(crate) fn settle(site: Site, world: &World, request: &Incoming, fault: Option<Fault>) -> Option<Answer> {
    let Some(fault) = fault else { return Some(answer(site, world, request)) };
    let truth = fault.execute.then(|| answer(site, world, request));
    let mut answer = match fault.ending {
        Ending::Lost => return None,
        Ending::Normal => truth?,
        Ending::Status { status, body, content_type } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut failed = match site {
                Site::Graph => graph::failure(world, request, status),
                Site::SignIn => signin::failure(world, request, status),
                Site::App => Answer::with(status, "text/plain; charset=utf-8", status.to_string()),
            };
            if let Some(body) = body {
                failed.body = body.into();
                failed.set("content-type", &content_type);
            }
            failed
        }
    };
    for (name, value) in &fault.headers {
        answer.set(name, value);
    }
    if fault.without_cors {
        answer.headers.remove("access-control-allow-origin");
    }
    Some(answer)
}

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
    if !reused {
        return Err(AnswerLost);
    }
    let mut response = Response::new(AnswerBody { bytes: None, cut: true, waited: false });
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    Ok(response)
}

fn respond(answer: Answer) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody { bytes: Some(answer.body), cut: false, waited: false });
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}
