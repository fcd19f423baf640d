//! A scripted Graph and a clock that jumps, for tests of what is sent and what is waited for.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use futures_util::task::{ArcWake, waker};
use url::Url;

use super::client::{Graph, TokenSource, token_of};
use super::write::Write;
use crate::auth::{AccessToken, Claims, TokenError};
use crate::directory::Timestamp;
use crate::http::{Clock, Method, Request, Response, Transport, TransportError};

/// A clock that stands still until everybody waits, and then jumps to the next moment somebody waits for.
pub(crate) struct VirtualClock {
    now: Cell<Duration>,
    waiting: RefCell<Vec<(Duration, Waker)>>,
}

impl VirtualClock {
    pub(crate) fn new() -> Rc<Self> {
        Rc::new(Self { now: Cell::new(Duration::from_secs(1)), waiting: RefCell::default() })
    }

    /// Runs a future to its end.
    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let woken = Arc::new(Woken::default());
        let waker = waker(woken.clone());
        loop {
            if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return value;
            }
            if woken.0.swap(false, Ordering::Relaxed) {
                continue;
            }
            let next = self.waiting.borrow().iter().map(|(moment, _)| *moment).min();
            self.now.set(next.expect("the future waits for nothing that will come").max(self.now.get()));
            let due: Vec<_> = self.waiting.borrow_mut().extract_if(.., |(at, _)| *at <= self.now.get()).collect();
            due.into_iter().for_each(|(_, waker)| waker.wake());
        }
    }
}

/// Somebody can go on without waiting.
#[derive(Default)]
struct Woken(AtomicBool);

impl ArcWake for Woken {
    fn wake_by_ref(this: &Arc<Self>) {
        this.0.store(true, Ordering::Relaxed);
    }
}

impl Clock for VirtualClock {
    fn monotonic(&self) -> Duration {
        self.now.get()
    }

    fn now(&self) -> Timestamp {
        "2026-11-23T22:31:00Z".parse::<Timestamp>().unwrap() + self.now.get()
    }

    fn sleep(&self, time: Duration) -> LocalBoxFuture<'_, ()> {
        let until = self.now.get() + time;
        Box::pin(poll_fn(move |context| {
            if self.now.get() >= until {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().push((until, context.waker().clone()));
            Poll::Pending
        }))
    }
}

/// One request that went out.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) at: Duration,
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) token: Option<String>,
    pub(crate) headers: Vec<&'static str>,
    pub(crate) body: String,
}

type Reply = Result<Response, TransportError>;

/// Answers requests in the order of a script, and says which call was too much.
pub(crate) struct Script {
    clock: Rc<VirtualClock>,
    replies: RefCell<VecDeque<Reply>>,
    sent: RefCell<Vec<Sent>>,
}

impl Script {
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.borrow().clone()
    }

    /// What was sent, as `GET path?query`.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |sent: &Sent| {
            let url = sent.url.strip_prefix(GRAPH).unwrap_or(&sent.url);
            format!("{} {url}", format!("{:?}", sent.method).to_uppercase())
        };
        self.sent.borrow().iter().map(line).collect()
    }

    /// The seconds between one request and the next.
    pub(crate) fn gaps(&self) -> Vec<f64> {
        self.sent.borrow().windows(2).map(|pair| (pair[1].at - pair[0].at).as_secs_f64()).collect()
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> LocalBoxFuture<'_, Reply> {
        self.sent.borrow_mut().push(Sent {
            at: self.clock.monotonic(),
            method: request.method,
            url: request.url.to_string(),
            token: token_of(&request).map(str::to_owned),
            headers: request.headers.iter().map(|(name, _)| *name).collect(),
            body: String::from_utf8(request.body.clone().unwrap_or_default()).unwrap(),
        });
        let reply = self.replies.borrow_mut().pop_front();
        let reply = reply.unwrap_or_else(|| panic!("a request too much: {}", self.lines().pop().unwrap()));
        // An answer never comes at once: others run meanwhile.
        Box::pin(async move {
            self.clock.sleep(Duration::from_millis(1)).await;
            reply
        })
    }
}

/// Tokens named by a number that grows with every refusal.
#[derive(Default)]
pub(crate) struct Tokens {
    pub(crate) refused: Cell<u32>,
    pub(crate) challenges: RefCell<Vec<Claims>>,
    pub(crate) reads_only: Cell<bool>,
    pub(crate) errors: RefCell<VecDeque<TokenError>>,
}

impl TokenSource for Tokens {
    fn access_token(&self) -> LocalBoxFuture<'_, Result<AccessToken, TokenError>> {
        let result = match self.errors.borrow_mut().pop_front() {
            Some(error) => Err(error),
            None => Ok(AccessToken::new(format!("token-{}", self.refused.get()))),
        };
        Box::pin(async move { result })
    }

    fn refused(&self, challenge: Option<Claims>) {
        self.challenges.borrow_mut().extend(challenge);
        self.refused.set(self.refused.get() + 1);
    }

    fn may_write(&self) -> bool {
        !self.reads_only.get()
    }
}

pub(crate) const GRAPH: &str = "https://graph.microsoft.com/v1.0/";

/// A graph with its script, its clock and its tokens.
pub(crate) struct Stage {
    pub(crate) graph: Graph,
    pub(crate) script: Rc<Script>,
    pub(crate) clock: Rc<VirtualClock>,
    pub(crate) tokens: Rc<Tokens>,
}

impl Stage {
    pub(crate) fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        let clock = VirtualClock::new();
        let replies = RefCell::new(replies.into_iter().collect());
        let script = Rc::new(Script { clock: clock.clone(), replies, sent: RefCell::default() });
        let tokens = Rc::new(Tokens::default());
        let origin = Url::parse("https://graph.microsoft.com").unwrap();
        let graph = Graph::new(script.clone(), clock.clone(), tokens.clone(), origin);
        Self { graph, script, clock, tokens }
    }

    /// Runs a future to its end, with which the script ends too.
    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let value = self.clock.run(future);
        let left = self.script.replies.borrow().len();
        assert_eq!(left, 0, "so many requests never came; these did: {:#?}", self.script.lines());
        value
    }
}

/// An answer as Graph gives it.
pub(crate) fn answer(status: u16, body: &str) -> Reply {
    let kind = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
    let headers = vec![("content-type".to_owned(), kind.to_owned()), ("request-id".to_owned(), "r-1".to_owned())];
    Ok(Response { status, headers, body: body.as_bytes().to_vec() })
}

pub(crate) const MI: &str = "1a10be6e-ef86-4b7e-9253-e80f501ffd5a";
pub(crate) const API: &str = "7ea9e944-71ce-443d-811c-71e8047b557a";
pub(crate) const ROLE: &str = "df021288-bdef-4463-88db-98f22de89214";
pub(crate) const ASSIGNMENT: &str = "47nZsM8O_UuNq5Jz3QValCxBBiqJea9Drc9CMK4Ru_M";

/// An assignment as Graph writes it.
pub(crate) fn row(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","deletedDateTime":null,"appRoleId":"{ROLE}","createdDateTime":"2022-05-18T15:37:21.8215423Z",
        "principalDisplayName":"My app","principalId":"{MI}","principalType":"ServicePrincipal",
        "resourceDisplayName":"Microsoft Graph","resourceId":"{API}"}}"#
    )
}

/// The write that makes it.
pub(crate) fn assign() -> Write {
    Write::Assign { identity: MI.parse().unwrap(), api: API.parse().unwrap(), role: ROLE.parse().unwrap() }
}

/// The write that removes it.
pub(crate) fn remove() -> Write {
    Write::Remove { api: API.parse().unwrap(), assignment: ASSIGNMENT.parse().unwrap() }
}

/// The same with one more header.
pub(crate) fn with(reply: Reply, name: &str, value: &str) -> Reply {
    reply.map(|mut response| {
        response.headers.push((name.to_owned(), value.to_owned()));
        response
    })
}

/// Graph's error body.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Reply {
    let body = serde_json::json!({"error": {"code": code, "message": message, "innerError": {
        "date": "2026-11-23T22:31:00", "request-id": "f58cc4de", "client-request-id": "f58cc4de"}}});
    answer(status, &body.to_string())
}

/// 429 as Graph's throttling page shows it.
pub(crate) fn throttled() -> Reply {
    answer(
        429,
        r#"{"error":{"code":"TooManyRequests","innerError":{"code":"429","date":"2020-08-18T12:51:51",
            "message":"Please retry after","request-id":"94fb3b52","status":"429"},"message":"Please retry again later."}}"#,
    )
}
