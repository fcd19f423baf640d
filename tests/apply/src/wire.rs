//! The app's transport, straight into the emulator. It treats an answer as a browser does: one that this page may not
//! read is none, and of a readable one it shows the headers that are exposed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use emulator::{Reply, Running, Site};
use futures_util::future::LocalBoxFuture;
use rolegrant::http::{Clock, Method, Request, Response, Transport, TransportError};

use crate::clock::VirtualClock;
use crate::watch::Watch;

/// What every request takes.
const ROUND_TRIP: Duration = Duration::from_millis(40);
/// Headers that a page may always read (Fetch, CORS-safelisted).
const ALWAYS_READABLE: [&str; 4] = ["cache-control", "content-type", "expires", "last-modified"];

/// The transport of one stage.
pub struct Wire {
    pub emulator: Rc<Running>,
    pub clock: Rc<VirtualClock>,
    pub watch: Rc<RefCell<Watch>>,
    /// No request leaves.
    pub offline: Cell<bool>,
    pub calls: Cell<usize>,
}

impl Transport for Wire {
    fn send(&self, request: Request) -> LocalBoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let number = self.watch.borrow_mut().leaves(&request);
            self.calls.set(self.calls.get() + 1);
            let timeout = request.timeout;
            let answer = self.exchange(request).await;
            if matches!(answer, Err(TransportError::Timeout(_))) {
                self.clock.sleep(timeout).await;
            }
            self.watch.borrow_mut().answered(number, &answer);
            answer
        })
    }
}

impl Wire {
    /// A time-out is told at once, and waited for by the caller.
    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        if self.offline.get() {
            self.clock.sleep(ROUND_TRIP).await;
            return Err(TransportError::Network);
        }
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        };
        let target = &request.url[url::Position::BeforePath..url::Position::AfterQuery];
        let headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let in_hand =
            self.emulator.receive(Site::Graph, method, target, &headers, request.body.as_deref().unwrap_or_default());
        let before = ROUND_TRIP / 2 + in_hand.wait();
        if before >= request.timeout {
            // Whoever asked has gone; it is carried out all the same.
            self.clock.at(self.clock.monotonic() + before, move || drop(in_hand.carry_out()));
            return Err(TransportError::Timeout(request.timeout));
        }
        self.clock.sleep(before).await;
        let (status, headers, body, transfer, broken) = match in_hand.carry_out() {
            Reply::Nothing => return Err(TransportError::Timeout(request.timeout)),
            Reply::Lost => return Err(TransportError::Network),
            Reply::Answer { status, headers, body, transfer, broken } => (status, headers, body, transfer, broken),
        };
        if before + transfer >= request.timeout {
            return Err(TransportError::Timeout(request.timeout));
        }
        self.clock.sleep(ROUND_TRIP / 2 + transfer).await;
        let value = |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        if broken || value("access-control-allow-origin").is_none() {
            return Err(TransportError::Network);
        }
        let exposed = value("access-control-expose-headers").unwrap_or_default().to_ascii_lowercase();
        let readable = |name: &str| ALWAYS_READABLE.contains(&name) || exposed.split(", ").any(|it| it == name);
        let headers = headers.iter().filter(|(name, _)| readable(name)).cloned().collect();
        Ok(Response { status, headers, body })
    }
}
