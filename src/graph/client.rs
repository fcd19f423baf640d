//! Sends requests to Graph: the only place that attaches the access token (invariant 3), and only after the address has
//! been compared with Graph's own.

use std::cell::{Cell, RefCell, RefMut};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use url::Url;

use super::address::is_graphs;
use super::error::{GraphError, GraphErrorKind, Operation};
use super::gate::Gate;
use super::json::Json;
use super::retry::{Backoff, MAX_ATTEMPTS, MAX_TOTAL, retry_after};
use super::wire::{Mismatch, json};
use crate::auth::{AccessToken, Claims, TokenError};
use crate::directory::{Api, Family, ObjectId, Places};
use crate::http::{Clock, Method, Request, Response, Transport};

/// Where access tokens for Graph come from.
pub trait TokenSource {
    /// A token that should be valid, renewed first if need be.
    fn access_token(&self) -> LocalBoxFuture<'_, Result<AccessToken, TokenError>>;
    /// Graph refused the last token: the next call must bring another one, which meets the claims challenge if there
    /// was one.
    fn refused(&self, challenge: Option<Claims>);
    /// Whether the last token carries the permission to change assignments.
    fn may_write(&self) -> bool;
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
    /// Where the identities' resources are.
    places: RefCell<Places>,
    on_retry: RefCell<Option<Box<OnRetry>>>,
}

/// Told what cannot be read at present; of no retry once that is over.
type OnRetry = dyn Fn(Operation, Option<Retry>);

/// A read that has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// When it is tried again, by the monotonic clock.
    pub at: Duration,
    /// Whether Graph asked for the pause: it is well, and there were too many requests.
    pub throttled: bool,
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
            gate: Gate::new(),
            backoff,
            refusals: Cell::new(0),
            families: RefCell::default(),
            places: RefCell::default(),
            on_retry: RefCell::default(),
        }
    }

    /// From now on this one is told of reads that have to be tried again.
    pub fn on_retry(&self, told: impl Fn(Operation, Option<Retry>) + 'static) {
        self.on_retry.replace(Some(Box::new(told)));
    }

    fn tell_of_retry(&self, operation: Operation, retry: Option<Retry>) {
        if let Some(told) = &*self.on_retry.borrow() {
            told(operation, retry);
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

    /// Where the identities' resources are, as far as it is known: what is read shares it.
    pub(crate) fn places(&self) -> RefMut<'_, Places> {
        self.places.borrow_mut()
    }

    /// Remembers which directory role guards an API.
    pub(super) fn remember(&self, api: &Api) {
        self.families.borrow_mut().insert(api.id, Family::of(api));
    }

    pub(super) fn family(&self, api: ObjectId) -> Family {
        self.families.borrow().get(&api).copied().unwrap_or(Family::Unknown)
    }

    /// Reads something, again and again within the bounds of [`retry`](super::retry) where a later try may succeed.
    pub(super) async fn read(&self, operation: Operation, url: Url) -> Result<Response, GraphError> {
        let start = self.clock.monotonic();
        let mut attempt = 1;
        loop {
            let result = self.send(operation, Request::new(Method::Get, url.clone())).await;
            if attempt > 1 {
                self.tell_of_retry(operation, None);
            }
            let error = match result {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let wait = error.retry_after().unwrap_or_else(|| self.backoff.wait(attempt));
            let spent = self.clock.monotonic().saturating_sub(start);
            if !error.is_temporary() || attempt >= MAX_ATTEMPTS || spent.saturating_add(wait) > MAX_TOTAL {
                return Err(error);
            }
            let throttled = matches!(error.kind(), GraphErrorKind::Throttled { .. });
            self.tell_of_retry(operation, Some(Retry { at: self.clock.monotonic() + wait, throttled }));
            self.clock.sleep(wait).await;
            attempt += 1;
        }
    }

    /// Reads one thing.
    pub(super) async fn read_one<T>(
        &self,
        operation: Operation,
        url: Url,
        look: impl FnOnce(&Json<'_>) -> Result<T, Mismatch>,
    ) -> Result<T, GraphError> {
        let response = self.read(operation, url).await?;
        let one = json(&response).and_then(|body| look(&body));
        one.map_err(|error| GraphError::not_understood(operation, &response, error.to_string()))
    }

    /// Sends a request once; after a 401, which proves that nothing happened, once more with a renewed token.
    /// An answer that is not a success is an error.
    pub(super) async fn send(&self, operation: Operation, request: Request) -> Result<Response, GraphError> {
        self.send_with(operation, request).await.map(|(response, _)| response)
    }

    /// The same, and which token was used, for [`token_refused`](Self::token_refused).
    pub(super) async fn send_with(
        &self,
        operation: Operation,
        request: Request,
    ) -> Result<(Response, u32), GraphError> {
        // The token never leaves for another place, whoever built the address.
        if !is_graphs(&self.origin, &request.url) {
            return Err(GraphError::unsent(operation, GraphErrorKind::ForeignLink));
        }
        let mut renewed = false;
        loop {
            self.pass_gate(operation).await?;
            let used = self.refusals.get();
            let token = self.tokens.access_token().await.map_err(|error| GraphError::from_token(operation, &error))?;
            let authorized = request.clone().header("Authorization", format!("Bearer {}", token.secret()));
            let response =
                self.transport.send(authorized).await.map_err(|error| GraphError::from_transport(operation, &error))?;
            if response.status == 401 && !renewed {
                renewed = true;
                self.token_refused(used, &response);
                continue;
            }
            return self.verdict(operation, response).map(|response| (response, used));
        }
    }

    /// Graph refused a token: the next request is sent with another one. Parallel refusals of one token count once.
    pub(super) fn token_refused(&self, used: u32, response: &Response) {
        if self.refusals.get() == used {
            self.refusals.set(used.wrapping_add(1));
            self.tokens.refused(challenge_of(response));
        }
    }

    /// What an answer says, be it to a request or to one within a batch.
    pub(super) fn verdict(&self, operation: Operation, response: Response) -> Result<Response, GraphError> {
        match response.status {
            200..=299 => {
                self.gate.passed(operation.is_write());
                Ok(response)
            }
            // Silently it could not be met, and asking again would turn in circles (SEC-091).
            401 if challenge_of(&response).is_some() => Err(GraphError::policy_needs_more(operation, &response)),
            status => {
                let wait = response.header("Retry-After").and_then(|text| retry_after(text, self.clock.now()));
                if status == 429 || (status == 503 && wait.is_some()) {
                    let time = wait.unwrap_or_else(|| self.backoff.wait(self.gate.closed().saturating_add(1)));
                    self.gate.close(self.clock.monotonic(), time, status == 429 && operation.is_write());
                }
                let error = GraphError::from_response(operation, &response, wait);
                // What is granted cannot be what is missing.
                let scope_lacks = operation.is_write() && !self.tokens.may_write();
                Err(if scope_lacks { error.without_scope() } else { error })
            }
        }
    }

    /// Takes leave for so many writes, or says how long until they may leave. Whoever writes asks here first.
    pub fn reserve(&self, writes: usize) -> Result<(), Duration> {
        let now = self.clock.monotonic();
        match self.gate.left_for(now, writes) {
            Some(left) => Err(left),
            None => {
                self.gate.take(now, writes);
                Ok(())
            }
        }
    }

    /// How long Graph's quota makes so many writes last.
    pub fn time_for(&self, writes: usize) -> Duration {
        self.gate.left_for(self.clock.monotonic(), writes).unwrap_or_default()
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

/// What a policy demands of the token.
fn challenge_of(response: &Response) -> Option<Claims> {
    Claims::from_header(response.header("WWW-Authenticate")?)
}

/// The token that a request carries.
#[cfg(test)]
pub(super) fn token_of(request: &Request) -> Option<&str> {
    let header = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Authorization"));
    header.and_then(|(_, value)| value.strip_prefix("Bearer "))
}

/// What continuous access evaluation demands, behind a challenge of another scheme.
#[cfg(test)]
pub(super) const CHALLENGE: &str = r#"PoP realm="", nonce="ey==", Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxIn19fQ==""#;

#[cfg(test)]
mod tests {
    use futures_util::future::{join, join3};

    use super::super::testing::{GRAPH, Stage, answer, error, throttled, with};
    use super::*;
    use crate::http::TransportError;

    const READ: Operation = Operation::ReadIdentity;
    const WRITE: Operation = Operation::Assign(Family::Unknown);

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn read(stage: &Stage) -> Result<(), GraphError> {
        stage.run(stage.graph.read_one(READ, url(&format!("{GRAPH}me")), |_| Ok(())))
    }

    fn write(stage: &Stage) -> Result<Response, GraphError> {
        let request = Request::new(Method::Post, url(&format!("{GRAPH}x"))).body("application/json", b"{}".to_vec());
        stage.run(stage.graph.send(WRITE, request))
    }

    /// SEC-080, SEC-089
    #[test]
    fn the_token_goes_to_graph_and_nowhere_else() {
        let stage = Stage::new([answer(200, "{}")]);
        read(&stage).unwrap();
        assert_eq!(stage.script.sent()[0].token.as_deref(), Some("token-0"));
        for foreign in [
            "https://graph.microsoft.com.evil.test/v1.0/me",
            "https://graph.microsoft.com@evil.test/v1.0/me",
            "http://graph.microsoft.com/v1.0/me",
            "https://graph.microsoft.com:444/v1.0/me",
            "https://graph.microsoft.com./v1.0/me",
            "https://evil.test/v1.0/me",
        ] {
            let sent = stage.run(stage.graph.send(READ, Request::new(Method::Get, url(foreign))));
            assert_eq!(sent.unwrap_err().kind(), &GraphErrorKind::ForeignLink, "{foreign}");
        }
        assert_eq!(stage.script.sent().len(), 1, "no request left");
        assert!(!stage.script.sent()[0].url.contains("token"), "SEC-089");
    }

    #[test]
    fn a_read_sends_no_header_that_graph_does_not_need() {
        let stage = Stage::new([answer(200, "{}")]);
        read(&stage).unwrap();
        assert_eq!(stage.script.sent()[0].headers, ["Authorization"]);
    }

    /// A refusal as continuous access evaluation sends it, behind a challenge of another scheme.
    fn challenged() -> Result<Response, TransportError> {
        with(error(401, "InvalidAuthenticationToken", "challenge"), "WWW-Authenticate", CHALLENGE)
    }

    /// SEC-091
    #[test]
    fn a_claims_challenge_is_handed_over_once_and_the_request_goes_on() {
        let stage = Stage::new([challenged(), answer(200, "{}")]);
        read(&stage).unwrap();
        let challenges = stage.tokens.challenges.borrow();
        assert_eq!(challenges.len(), 1);
        assert_eq!(challenges[0].as_str(), r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#);

        let stage = Stage::new([challenged(), answer(201, "{}")]);
        assert_eq!(write(&stage).unwrap().status, 201, "a challenge proves that nothing was written");
    }

    /// SEC-091: no loop.
    #[test]
    fn a_challenge_that_stays_is_the_administrators() {
        let stage = Stage::new([challenged(), challenged()]);
        let error = read(&stage).unwrap_err();
        assert_eq!(error.kind(), &GraphErrorKind::PolicyNeedsMore);
        assert!(error.next_step().contains("Continue at Microsoft"));
        let stage = Stage::new([challenged(), challenged()]);
        assert!(!write(&stage).unwrap_err().is_ambiguous());
    }

    /// F-01
    #[test]
    fn a_throttled_read_waits_as_long_as_it_is_told() {
        let stage = Stage::new([with(throttled(), "Retry-After", "2"), answer(200, "{}")]);
        read(&stage).unwrap();
        assert!(stage.script.gaps()[0] >= 2.0 && stage.script.gaps()[0] < 2.1);
    }

    /// F-02, F-03
    #[test]
    fn without_retry_after_the_waits_grow() {
        let stage = Stage::new([throttled(), throttled(), throttled(), answer(200, "{}")]);
        read(&stage).unwrap();
        let gaps = stage.script.gaps();
        assert!(gaps[0] >= 0.5 && gaps[1] >= gaps[0] && gaps[2] >= gaps[1], "{gaps:?}");
    }

    /// F-04
    #[test]
    fn a_long_wait_is_an_error_and_not_a_spinner() {
        let stage = Stage::new([with(throttled(), "Retry-After", "99999")]);
        let error = read(&stage).unwrap_err();
        assert_eq!(error.kind(), &GraphErrorKind::Throttled { retry_after: Some(Duration::from_secs(99_999)) });
        assert_eq!(error.next_step(), "Try again in 28 hours.");
        assert!(read(&stage).unwrap_err().next_step().contains("5 minutes"), "asked again at once, nothing is sent");
        assert_eq!(stage.script.sent().len(), 1);
    }

    /// F-04
    #[test]
    fn a_date_is_honoured_and_nonsense_is_not() {
        // The virtual clock starts at 22:31:01.
        let stage = Stage::new([with(throttled(), "Retry-After", "Mon, 23 Nov 2026 22:31:11 GMT"), answer(200, "{}")]);
        read(&stage).unwrap();
        assert!((9.9..10.1).contains(&stage.script.gaps()[0]), "{:?}", stage.script.gaps());
        for nonsense in ["-5", "abc", "0", "Mon, 23 Nov 2020 22:31:11 GMT"] {
            let stage = Stage::new([with(throttled(), "Retry-After", nonsense), answer(200, "{}")]);
            read(&stage).unwrap();
            assert!((0.5..1.1).contains(&stage.script.gaps()[0]), "{nonsense}: {:?}", stage.script.gaps());
        }
    }

    /// F-05
    #[test]
    fn throttled_for_ever_ends() {
        let stage = Stage::new((0..MAX_ATTEMPTS).map(|_| throttled()));
        assert!(matches!(read(&stage).unwrap_err().kind(), GraphErrorKind::Throttled { .. }));
        let stage = Stage::new((0..3).map(|_| with(throttled(), "Retry-After", "25")));
        assert!(matches!(read(&stage).unwrap_err().kind(), GraphErrorKind::Throttled { .. }));
        assert!(stage.clock.monotonic() <= Duration::from_secs(61), "three tries, 25 seconds apart");
    }

    /// F-06
    #[test]
    fn one_throttled_request_makes_all_wait() {
        let stage = Stage::new([
            with(throttled(), "Retry-After", "10"),
            answer(200, "{}"),
            answer(200, "{}"),
            answer(201, "{}"),
        ]);
        let other = async {
            // Begins after the refusal.
            stage.clock.sleep(Duration::from_secs(1)).await;
            assert_eq!(stage.graph.paused_for().map(|time| time.as_secs()), Some(9));
            stage.graph.read(READ, url(&format!("{GRAPH}other"))).await.map(drop)
        };
        let write = async {
            stage.clock.sleep(Duration::from_secs(2)).await;
            stage.graph.send(WRITE, Request::new(Method::Post, url(&format!("{GRAPH}x")))).await.map(drop)
        };
        let (a, b, c) = stage.run(join3(stage.graph.read(READ, url(&format!("{GRAPH}me"))), other, write));
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
        let sent = stage.script.sent();
        assert_eq!(sent.len(), 4);
        assert!(sent[1..].iter().all(|sent| sent.at >= Duration::from_secs(11)), "{sent:#?}");
    }

    /// F-07
    #[test]
    fn a_read_survives_a_service_out_of_order() {
        for status in [500, 502, 503, 504] {
            let stage = Stage::new([answer(status, "<html>"), answer(200, "{}")]);
            assert!(read(&stage).is_ok(), "{status}");
        }
        for lost in [TransportError::Network, TransportError::Timeout(Duration::from_secs(60))] {
            let stage = Stage::new([Err(lost), answer(200, "{}")]);
            assert!(read(&stage).is_ok());
        }
        let stage = Stage::new((0..MAX_ATTEMPTS).map(|_| answer(503, "")));
        assert_eq!(read(&stage).unwrap_err().kind(), &GraphErrorKind::Unavailable);
    }

    /// F-07
    #[test]
    fn it_is_told_when_a_read_is_tried_again() {
        let told = Rc::new(RefCell::new(Vec::new()));
        let stage_of = |replies| {
            let (stage, told) = (Stage::new(replies), told.clone());
            stage.graph.on_retry(move |operation, retry| told.borrow_mut().push((operation, retry)));
            stage
        };
        read(&stage_of(vec![answer(200, "{}")])).unwrap();
        assert_eq!(told.take(), [], "what goes well is not worth a word");
        let stage = stage_of(vec![with(answer(503, ""), "Retry-After", "7"), answer(200, "{}")]);
        read(&stage).unwrap();
        // The virtual clock starts at 1 s, and an answer takes a millisecond.
        let retry = |throttled| Retry { at: Duration::from_millis(8001), throttled };
        assert_eq!(told.take(), [(READ, Some(retry(false))), (READ, None)]);
        read(&stage_of(vec![with(throttled(), "Retry-After", "7"), answer(200, "{}")])).unwrap();
        assert_eq!(told.take(), [(READ, Some(retry(true))), (READ, None)], "a pause that is asked for is no outage");
        read(&stage_of((0..MAX_ATTEMPTS).map(|_| answer(503, "")).collect())).unwrap_err();
        let told = told.take();
        assert_eq!(told.iter().filter(|(_, retry)| retry.is_some()).count(), MAX_ATTEMPTS as usize - 1);
        assert_eq!(told.last(), Some(&(READ, None)), "who has given up does not try again");
    }

    /// F-08
    #[test]
    fn a_refusal_is_not_repeated() {
        for (status, kind) in [
            (400, GraphErrorKind::BadRequest),
            (403, GraphErrorKind::Forbidden),
            (404, GraphErrorKind::NotFound),
            (405, GraphErrorKind::BadRequest),
            (501, GraphErrorKind::BadRequest),
            (302, GraphErrorKind::NotUnderstood),
        ] {
            let stage = Stage::new([answer(status, "{}")]);
            assert_eq!(read(&stage).unwrap_err().kind(), &kind, "{status}");
        }
    }

    #[test]
    fn a_write_is_sent_once_whatever_comes() {
        let kinds = [
            (Err(TransportError::Network), true),
            (Err(TransportError::Timeout(Duration::from_secs(60))), true),
            (answer(500, ""), true),
            (answer(504, ""), true),
            (with(answer(503, ""), "Retry-After", "1"), true),
            (throttled(), false),
            (error(409, "Directory_ConcurrencyViolation", ""), false),
            (error(400, "Request_BadRequest", "Not a valid reference update."), false),
        ];
        for (reply, ambiguous) in kinds {
            let stage = Stage::new([reply]);
            let error = write(&stage).unwrap_err();
            assert_eq!(error.is_ambiguous(), ambiguous, "{error:?}");
            assert_eq!(stage.script.sent().len(), 1);
        }
    }

    /// F-26
    #[test]
    fn a_refused_token_is_renewed_once_for_reads_and_writes() {
        let expired = || error(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.");
        for renew in [read as fn(&Stage) -> _, |stage| write(stage).map(drop)] {
            let stage = Stage::new([expired(), answer(200, "{}")]);
            renew(&stage).unwrap();
            let tokens: Vec<_> = stage.script.sent().into_iter().filter_map(|sent| sent.token).collect();
            assert_eq!(tokens, ["token-0", "token-1"]);
            // F-28
            let stage = Stage::new([expired(), expired()]);
            let error = renew(&stage).unwrap_err();
            assert_eq!(error.kind(), &GraphErrorKind::SignInNeeded);
            assert!(!error.is_ambiguous() && error.next_step() == "Sign in again.");
        }
    }

    #[test]
    fn parallel_refusals_of_one_token_count_once() {
        let refused = || error(401, "InvalidAuthenticationToken", "");
        let stage = Stage::new([refused(), refused(), answer(200, "{}"), answer(200, "{}")]);
        let me = || stage.graph.read(READ, url(&format!("{GRAPH}me")));
        let (a, b) = stage.run(join(me(), me()));
        assert!(a.is_ok() && b.is_ok());
        assert_eq!(stage.tokens.refused.get(), 1);
    }

    /// F-29
    #[test]
    fn a_busy_sign_in_service_is_waited_for_and_an_ended_session_is_not() {
        let stage = Stage::new([answer(200, "{}")]);
        stage.tokens.errors.borrow_mut().extend([
            TokenError::Unreachable(TransportError::Network),
            TokenError::Busy { status: 429, retry_after: Some(Duration::from_secs(7)) },
        ]);
        read(&stage).unwrap();
        assert!(stage.clock.monotonic() >= Duration::from_secs(8));

        let stage = Stage::new([]);
        stage.tokens.errors.borrow_mut().extend([TokenError::SignInNeeded, TokenError::Refused("AADSTS700016".into())]);
        assert_eq!(read(&stage).unwrap_err().kind(), &GraphErrorKind::SignInNeeded);
        let refused = read(&stage).unwrap_err();
        assert_eq!(refused.kind(), &GraphErrorKind::SignInRefused);
        assert!(refused.detail().contains("AADSTS700016"));

        let stage = Stage::new([]);
        stage.tokens.errors.borrow_mut().push_back(TokenError::Unreachable(TransportError::Network));
        assert!(!write(&stage).unwrap_err().is_ambiguous(), "what was never sent did nothing");
    }

    /// F-25, F-57
    #[test]
    fn an_answer_that_is_not_json_is_an_error() {
        let html = Ok(Response {
            status: 200,
            headers: vec![("Content-Type".into(), "text/html".into())],
            body: b"<html>sign in to the hotel's network</html>".to_vec(),
        });
        for reply in [html, answer(200, "{\"value\": ["), answer(200, ""), answer(204, "")] {
            let stage = Stage::new([reply]);
            let error = read(&stage).unwrap_err();
            assert_eq!(error.kind(), &GraphErrorKind::NotUnderstood);
            assert!(error.what().contains("JSON"), "{}", error.what());
        }
    }
}
