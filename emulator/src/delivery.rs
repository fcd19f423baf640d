//! How the bytes of an answer leave: whole, a piece at a time, or broken off. It must never know what they say.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::Response;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::faults::Drip;
use crate::http::Answer;

/// Ends a connection without (the rest of) an answer.
#[derive(Debug, thiserror::Error)]
#[error("a fault took the answer away")]
pub(crate) struct AnswerLost;

/// The body of an answer.
pub(crate) struct AnswerBody {
    rest: Bytes,
    /// What Content-Length promises of what is still to come; a cut body promises more than it has.
    promised: u64,
    pace: Option<Pace>,
    /// A body that breaks off waits once, so that what came before is on its way.
    waited: bool,
}

struct Pace {
    bytes: usize,
    every: Duration,
    pause: Pin<Box<Sleep>>,
}

impl AnswerBody {
    fn broken_off(&self) -> bool {
        self.rest.is_empty() && self.promised > 0
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = AnswerLost;

    fn poll_frame(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, AnswerLost>>> {
        if self.broken_off() {
            if !self.waited {
                self.waited = true;
                task.waker().wake_by_ref();
                return Poll::Pending;
            }
            return Poll::Ready(Some(Err(AnswerLost)));
        }
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let mut piece = self.rest.len();
        if let Some(pace) = &mut self.pace {
            ready!(pace.pause.as_mut().poll(task));
            pace.pause = Box::pin(sleep(pace.every));
            piece = piece.min(pace.bytes.max(1));
        }
        let piece = self.rest.split_to(piece);
        self.promised = self.promised.saturating_sub(length(&piece));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.promised == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.promised)
    }
}

fn length(bytes: &Bytes) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// An answer on its way, at a pace if there is one, and only its beginning if it is to be cut.
pub(crate) fn respond(answer: Answer, drip: Option<Drip>, cut_after: Option<usize>) -> Response<AnswerBody> {
    let mut rest = answer.body;
    let promised = length(&rest);
    if let Some(cut) = cut_after {
        rest.truncate(cut);
    }
    let pace = drip.map(|drip| {
        let every = Duration::from_millis(drip.every_ms);
        Pace { bytes: drip.bytes, every, pause: Box::pin(sleep(every)) }
    });
    let mut response = Response::new(AnswerBody { rest, promised, pace, waited: false });
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

/// An answer of which nothing but the beginning arrives: no headers of its own, CORS among them, and no body.
pub(crate) fn respond_and_break_off() -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody { rest: Bytes::new(), promised: 1, pace: None, waited: false });
    *response.status_mut() = hyper::StatusCode::BAD_GATEWAY;
    response
}
