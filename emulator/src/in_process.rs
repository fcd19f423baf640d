//! Requests handed in and answers handed out without HTTP, for tests whose time is their own: nothing here waits.

use std::time::Duration;

use hyper::Method;
use hyper::body::Bytes;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};

use crate::exchange::Received;
use crate::faults::Outcome;
use crate::http::{Answer, Incoming};
use crate::log::Site;
use crate::running::Running;

/// A request that was handed in. It is carried out by [`carry_out`](Self::carry_out), or never.
pub struct InHand(Received);

/// What comes back.
#[derive(Clone, Debug)]
pub enum Reply {
    /// An answer, maybe not all of it.
    Answer {
        /// The status.
        status: u16,
        /// Header names, in lower case, and values.
        headers: Vec<(String, String)>,
        /// The body, or its beginning.
        body: Vec<u8>,
        /// How long the body is on its way.
        transfer: Duration,
        /// The connection breaks after that much.
        broken: bool,
    },
    /// The connection ends without an answer.
    Lost,
    /// Nothing ever comes.
    Nothing,
}

impl Running {
    /// Hands a request in. `target` is path and query, as sent.
    pub fn receive(&self, site: Site, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> InHand {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut carried = HeaderMap::new();
        for (name, value) in headers {
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
                carried.insert(name, value);
            }
        }
        let request = Incoming {
            method: Method::from_bytes(method.as_bytes()).unwrap_or_default(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: carried,
            body: Bytes::copy_from_slice(body),
        };
        InHand(Received::new(self.shared(), site, request))
    }
}

impl InHand {
    /// How long before it is carried out.
    pub fn wait(&self) -> Duration {
        self.0.wait()
    }

    /// Carries it out, as far as its fault lets it.
    pub fn carry_out(self) -> Reply {
        let (world, fault, outcome) = self.0.carry_out();
        let Answer { status, headers, body } = match outcome {
            Outcome::Answer(answer) => answer,
            Outcome::Lost { .. } => return Reply::Lost,
            Outcome::Hang => return Reply::Nothing,
        };
        let readable = |(name, value): (&HeaderName, &HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        let (drip, cut) = fault.map_or((None, None), |fault| (fault.drip, fault.cut_after));
        let kept = cut.map_or(body.len(), |cut| cut.min(body.len()));
        let drops = drip.map_or(Duration::ZERO, |drip| drip.time_for(kept));
        Reply::Answer {
            status: status.as_u16(),
            headers: headers.iter().filter_map(readable).collect(),
            body: body.slice(..kept).to_vec(),
            transfer: world.options.transfer(kept).max(drops),
            broken: kept < body.len(),
        }
    }
}
