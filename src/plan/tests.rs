//! Plans applied to a directory in memory that loses answers, refuses, lags and executes late.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{LocalBoxFuture, join};
use proptest::prelude::*;

use super::*;
use crate::directory::testing::assignment;
use crate::directory::{Assignment, Family, ObjectId};
use crate::graph::testing::{self as wire, VirtualClock};
use crate::graph::{GraphError, GraphErrorKind, Operation, Write, Written};
use crate::http::{Clock, TransportError};

/// Identity, API, role.
type Key = (u128, u128, u128);

/// What goes wrong with one call. A read that meets a fault of writes fails.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Nothing,
    /// The request never arrives.
    LostBefore,
    /// It takes effect, the answer is lost.
    LostAfter,
    /// The answer is lost and it takes effect some calls later.
    LostLate,
    /// 503, nothing done, with or without a time to wait.
    Unavailable(Option<u64>),
    /// 504, but done.
    GatewayTimeout,
    /// 201 or 204, done, and unreadable.
    Garbage,
    Throttled(Option<u64>),
    NotReplicated,
    PrincipalUnknown,
    Conflict,
    Invalid,
    RoleGone,
    Forbidden,
    SignInEnded,
    /// A read shows the directory as it was at the beginning.
    Stale,
}

#[derive(Debug)]
enum Event {
    Sent(Change),
    Answered { ambiguous: bool },
    Read,
}

struct Directory {
    state: RefCell<BTreeSet<Key>>,
    beginning: BTreeSet<Key>,
    faults: RefCell<VecDeque<Fault>>,
    late: RefCell<Vec<(usize, Change)>>,
    calls: Cell<usize>,
    clock: Rc<VirtualClock>,
    closed_until: Cell<Duration>,
    log: RefCell<Vec<Event>>,
    batches: RefCell<Vec<usize>>,
    /// How long a batch takes.
    takes: Duration,
    /// How many batches were on their way whenever one had been answered.
    on_their_way: RefCell<Vec<usize>>,
    answered: Cell<usize>,
    /// What the journal was told.
    told: RefCell<Vec<(usize, State)>>,
    plan: RefCell<Vec<Change>>,
    written_ahead: RefCell<BTreeSet<usize>>,
}

fn row(key: Key) -> Assignment {
    assignment(key.0, key.1, key.2)
}

fn key(change: &Change) -> Key {
    let number = |id: ObjectId| u128::from_be_bytes(*id.as_bytes());
    (number(change.identity()), number(change.api()), u128::from_be_bytes(*change.role().as_bytes()))
}

fn assign(key: Key) -> Change {
    Change::Assign { identity: row(key).principal, api: row(key).resource, role: row(key).role }
}

fn remove(key: Key) -> Change {
    let Assignment { id, principal, resource, role, .. } = row(key);
    Change::Remove { assignment: id, identity: principal, api: resource, role }
}

impl Directory {
    fn new(state: impl IntoIterator<Item = Key>, faults: impl IntoIterator<Item = Fault>) -> Self {
        let state: BTreeSet<Key> = state.into_iter().collect();
        Self {
            beginning: state.clone(),
            state: RefCell::new(state),
            faults: RefCell::new(faults.into_iter().collect()),
            late: RefCell::default(),
            calls: Cell::default(),
            clock: VirtualClock::new(),
            closed_until: Cell::default(),
            log: RefCell::default(),
            batches: RefCell::default(),
            takes: Duration::from_millis(1),
            on_their_way: RefCell::default(),
            answered: Cell::default(),
            told: RefCell::default(),
            plan: RefCell::default(),
            written_ahead: RefCell::default(),
        }
    }

    /// Since the beginning.
    fn waited(&self) -> Duration {
        self.clock.monotonic() - Duration::from_secs(1)
    }

    fn run(&self, changes: Vec<Change>) -> Vec<State> {
        self.run_with(&Control::default(), changes, async {})
    }

    /// Runs a plan, and something else at the same time.
    fn run_with(&self, control: &Control, changes: Vec<Change>, meanwhile: impl Future<Output = ()>) -> Vec<State> {
        let plan = Draft::new(changes).freeze();
        self.plan.replace(plan.steps().to_vec());
        let (states, ()) = self.clock.run(join(apply(self, &plan, control, self), meanwhile));
        let sent: Vec<Change> = self.sent();
        assert!(sent.iter().all(|change| plan.steps().contains(change)), "only what is in the plan is sent");
        for (position, state) in states.iter().enumerate() {
            assert!(state.is_final());
            let told = self.told.borrow();
            let mut of_line = told.iter().filter(|(line, _)| *line == position).map(|(_, state)| state);
            assert_eq!(of_line.next_back(), Some(state), "the journal knows how it ended");
        }
        let counts = control.figures().counts;
        assert_eq!((counts.waiting, counts.sent), (0, 0));
        assert_eq!(counts.failed, states.iter().filter(|state| matches!(state, State::Failed(_))).count());
        self.happen_late(usize::MAX);
        states
    }

    fn sent(&self) -> Vec<Change> {
        let log = self.log.borrow();
        log.iter()
            .filter_map(|event| if let Event::Sent(change) = event { Some(change.clone()) } else { None })
            .collect()
    }

    fn happen(&self, change: &Change) -> bool {
        let mut state = self.state.borrow_mut();
        match change {
            Change::Assign { .. } => state.insert(key(change)),
            Change::Remove { .. } => state.remove(&key(change)),
        }
    }

    fn happen_late(&self, now: usize) {
        let due: Vec<_> = self.late.borrow_mut().extract_if(.., |(when, _)| *when <= now).collect();
        for (_, change) in due {
            self.happen(&change);
        }
    }

    fn next_fault(&self) -> Fault {
        self.calls.set(self.calls.get() + 1);
        self.happen_late(self.calls.get());
        self.faults.borrow_mut().pop_front().unwrap_or(Fault::Nothing)
    }

    fn send(&self, change: Change) -> Result<(), GraphError> {
        let position = self.plan.borrow().iter().position(|planned| *planned == change);
        assert!(position.is_none_or(|line| self.written_ahead.borrow().contains(&line)), "not written ahead");
        // Invariant 6, checked at every single request.
        let (mut unanswered, mut looked) = (false, true);
        let mut mine = false;
        for event in self.log.borrow().iter() {
            match event {
                Event::Sent(other) => mine = *other == change,
                Event::Answered { ambiguous } if mine => (unanswered, looked) = (*ambiguous, false),
                Event::Answered { .. } => {}
                Event::Read => looked = true,
            }
        }
        assert!(!unanswered || looked, "sent again without a look: {change:?}");
        self.log.borrow_mut().push(Event::Sent(change.clone()));
        let result = self.answer(&change);
        let ambiguous = result.as_ref().is_err_and(GraphError::is_ambiguous);
        self.log.borrow_mut().push(Event::Answered { ambiguous });
        result
    }

    fn answer(&self, change: &Change) -> Result<(), GraphError> {
        let assigns = matches!(change, Change::Assign { .. });
        let operation = if assigns { Operation::Assign(Family::Unknown) } else { Operation::Remove(Family::Unknown) };
        let network = || GraphError::from_transport(operation, &TransportError::Network);
        let refusal = |status, code, message, wait: Option<u64>| {
            let response = wire::error(status, code, message).unwrap();
            GraphError::from_response(operation, &response, wait.map(Duration::from_secs))
        };
        let bad = "Request_BadRequest";
        Err(match self.next_fault() {
            Fault::Nothing | Fault::Stale => {
                return match self.happen(change) {
                    true => Ok(()),
                    false if assigns => {
                        Err(refusal(400, bad, "Permission being assigned already exists on the object", None))
                    }
                    false => Err(refusal(404, "Request_ResourceNotFound", "", None)),
                };
            }
            Fault::LostBefore => network(),
            Fault::LostAfter => {
                self.happen(change);
                network()
            }
            Fault::LostLate => {
                self.late.borrow_mut().push((self.calls.get() + 6, change.clone()));
                network()
            }
            Fault::Unavailable(wait) => refusal(503, "ServiceUnavailable", "", wait),
            Fault::GatewayTimeout => {
                self.happen(change);
                refusal(504, "", "", None)
            }
            Fault::Garbage => {
                self.happen(change);
                GraphError::new(operation, GraphErrorKind::NotUnderstood)
            }
            Fault::Throttled(wait) => refusal(429, "TooManyRequests", "", wait),
            Fault::NotReplicated => refusal(400, bad, "Not a valid reference update.", None),
            Fault::PrincipalUnknown => refusal(404, "Request_ResourceNotFound", "", None),
            Fault::Conflict => refusal(409, "Directory_ConcurrencyViolation", "", None),
            Fault::Invalid => refusal(400, bad, "One or more properties are invalid.", None),
            Fault::RoleGone => refusal(400, bad, "Permission being assigned was not found on application", None),
            Fault::Forbidden => refusal(403, "Authorization_RequestDenied", "", None),
            Fault::SignInEnded => refusal(401, "InvalidAuthenticationToken", "", None),
        })
    }

    fn read(&self, select: impl Fn(&Assignment) -> bool) -> Result<Vec<Assignment>, GraphError> {
        let operation = Operation::ReadHeld;
        let rows = |state: &BTreeSet<Key>| state.iter().map(|key| row(*key)).filter(|row| select(row)).collect();
        let result = match self.next_fault() {
            Fault::Nothing => Ok(rows(&self.state.borrow())),
            Fault::Stale => Ok(rows(&self.beginning)),
            Fault::Forbidden => Err(GraphError::new(operation, GraphErrorKind::Forbidden)),
            Fault::PrincipalUnknown => Err(GraphError::new(operation, GraphErrorKind::NotFound)),
            _ => Err(GraphError::from_transport(operation, &TransportError::Network)),
        };
        if result.is_ok() {
            self.log.borrow_mut().push(Event::Read);
        }
        result
    }
}

impl Assignments for Directory {
    fn write(&self, writes: Vec<Write>) -> LocalBoxFuture<'_, Vec<Result<Written, GraphError>>> {
        self.batches.borrow_mut().push(writes.len());
        Box::pin(async move {
            self.clock.sleep(self.takes).await;
            self.answered.set(self.answered.get() + 1);
            self.on_their_way.borrow_mut().push(self.batches.borrow().len() - self.answered.get());
            writes.into_iter().map(|write| self.carry_out(write)).collect()
        })
    }

    fn held_by(&self, principal: ObjectId) -> LocalBoxFuture<'_, Result<Vec<Assignment>, GraphError>> {
        Box::pin(async move {
            self.clock.sleep(Duration::from_millis(1)).await;
            self.read(|row| row.principal == principal)
        })
    }

    fn holders_of(&self, api: ObjectId) -> LocalBoxFuture<'_, Result<Vec<Assignment>, GraphError>> {
        Box::pin(async move {
            self.clock.sleep(Duration::from_millis(1)).await;
            self.read(|row| row.resource == api)
        })
    }

    fn reserve(&self, _: usize) -> Result<(), Duration> {
        match self.closed_until.get().saturating_sub(self.clock.monotonic()) {
            Duration::ZERO => Ok(()),
            left => Err(left),
        }
    }

    fn time_for(&self, _: usize) -> Duration {
        Duration::ZERO
    }

    fn clock(&self) -> &dyn Clock {
        &*self.clock
    }
}

impl Directory {
    fn carry_out(&self, write: Write) -> Result<Written, GraphError> {
        let everything = || (0..8).flat_map(|i| (10..13).flat_map(move |a| (100..104).map(move |r| (i, a, r))));
        let change = match write {
            Write::Assign { identity, api, role } => Change::Assign { identity, api, role },
            Write::Remove { api: of, assignment: of_id } => everything()
                .map(remove)
                .find(|it| matches!(it, Change::Remove { assignment, api, .. } if *assignment == of_id && *api == of))
                .expect("an assignment of this test"),
        };
        let made = matches!(change, Change::Assign { .. }).then(|| row(key(&change)));
        let result = self.send(change);
        if let Err(error) = &result
            && let Some(time) = error.retry_after()
        {
            self.closed_until
                .set(self.closed_until.get().max(self.clock.monotonic() + time.min(Duration::from_secs(300))));
        }
        result.map(|()| Written { made, request_id: Some("r-1".into()) })
    }
}

impl Witness for Directory {
    fn before_sending<'a>(&'a self, lines: &'a [usize]) -> LocalBoxFuture<'a, ()> {
        Box::pin(async move {
            self.clock.sleep(Duration::from_millis(1)).await;
            self.written_ahead.borrow_mut().extend(lines);
        })
    }

    fn moved(&self, line: usize, state: &State) {
        self.told.borrow_mut().push((line, state.clone()));
    }
}

/// What came of a line, in short.
fn short(states: &[State]) -> Vec<&'static str> {
    let one = |state: &State| match state {
        State::Accepted(Accepted { made: Some(_), .. }) => "made",
        State::Accepted(_) => "removed",
        State::AlreadyThere => "there",
        State::AlreadyGone => "gone",
        State::Failed(_) => "failed",
        State::Unknown(_) => "unknown",
        State::NotDone => "not done",
        State::NotSent => "not sent",
        State::Waiting | State::Sent | State::Visible(_) => "not final",
    };
    states.iter().map(one).collect()
}

const A: Key = (1, 10, 100);
const B: Key = (1, 11, 101);
const C: Key = (2, 10, 100);

fn failed_with(state: &State) -> Option<&GraphErrorKind> {
    match state {
        State::Failed(error) => Some(error.kind()),
        _ => None,
    }
}

#[test]
fn does_what_is_planned_in_batches() {
    let directory = Directory::new([C], []);
    let states = directory.run(vec![assign(A), assign(B), remove(C)]);
    let State::Accepted(accepted) = &states[0] else { panic!("{states:?}") };
    assert_eq!((accepted.made.as_ref(), accepted.request_id.as_deref()), (Some(&row(A)), Some("r-1")));
    assert_eq!(short(&states), ["made", "made", "removed"]);
    assert_eq!(directory.sent(), [assign(A), assign(B), remove(C)]);
    assert_eq!(*directory.batches.borrow(), [3]);
    assert_eq!(*directory.state.borrow(), BTreeSet::from([A, B]));
    let of_first: Vec<_> =
        directory.told.borrow().iter().filter(|(line, _)| *line == 0).map(|it| it.1.clone()).collect();
    assert_eq!(of_first, [State::Sent, states[0].clone()]);

    let everything = (0..8).flat_map(|i| (10..13).map(move |a| (i, a, 100)));
    let directory = Directory::new([], []);
    directory.run(everything.map(assign).collect());
    assert_eq!(*directory.batches.borrow(), [20, 4]);
}

/// What is on its way can be held back no more, so few are, unless that is over before anybody presses a button.
#[test]
fn many_are_on_their_way_only_where_answers_come_in_a_blink() {
    let changes = |count| (0..count).map(|role| assign((0, 10, role))).collect();
    let most = |takes| {
        let directory = Directory { takes, ..Directory::new([], []) };
        directory.run(changes(4_000));
        assert_eq!(directory.batches.borrow().len(), 200);
        let on_their_way = directory.on_their_way.borrow();
        assert_eq!(on_their_way[0], 5, "it begins with few");
        on_their_way.iter().copied().max().unwrap()
    };
    assert_eq!(most(Duration::from_millis(50)), 49);
    assert_eq!(most(Duration::from_secs(2)), 5);
}

#[test]
fn what_is_to_go_is_gone_before_something_is_granted_in_its_place() {
    let directory = Directory::new([A], [Fault::LostBefore]);
    assert_eq!(short(&directory.run(vec![remove(A), assign(B), assign(C)])), ["removed", "made", "made"]);
    assert_eq!(directory.sent(), [remove(A), assign(C), remove(A), assign(B)]);
}

/// F-12, F-13, F-49, F-50
#[test]
fn what_is_so_already_is_no_error() {
    let directory = Directory::new([A], []);
    assert_eq!(short(&directory.run(vec![assign(A), remove(C)])), ["there", "gone"]);
    assert_eq!(directory.sent().len(), 2);
}

/// What was made a moment ago, a copy of the directory may not know: "gone" is not believed while the list shows it.
#[test]
fn what_is_called_gone_and_is_there_is_removed() {
    let directory = Directory::new([A], [Fault::PrincipalUnknown]);
    assert_eq!(short(&directory.run(vec![remove(A)])), ["removed"]);
    assert_eq!(directory.sent().len(), 2);
    let directory = Directory::new([A], [Fault::LostAfter, Fault::Stale, Fault::Stale, Fault::Stale]);
    assert_eq!(short(&directory.run(vec![remove(A)])), ["removed"]);
}

/// F-09
#[test]
fn a_throttled_write_waits_and_is_sent_again() {
    let faults = [Fault::Throttled(Some(20)), Fault::Throttled(None)];
    let directory = Directory::new([], faults);
    assert_eq!(short(&directory.run(vec![assign(A)])), ["made"]);
    assert!(directory.waited() >= Duration::from_secs(22));
    assert!(!directory.log.borrow().iter().any(|event| matches!(event, Event::Read)), "a 429 needs no look");
}

/// F-04
#[test]
fn a_pause_beyond_patience_stops_the_run() {
    let directory = Directory::new([], [Fault::Throttled(Some(99_999))]);
    let states = directory.run(vec![remove(A), assign(B)]);
    assert!(matches!(failed_with(&states[0]), Some(GraphErrorKind::Throttled { .. })));
    assert_eq!(states[1], State::NotSent);
    assert!(directory.waited() < Duration::from_secs(1));
}

/// F-10
#[test]
fn a_lost_answer_is_settled_by_looking() {
    for fault in [Fault::LostAfter, Fault::GatewayTimeout, Fault::Garbage] {
        let directory = Directory::new([], [fault]);
        assert_eq!(short(&directory.run(vec![assign(A), assign(B)])), ["made", "made"]);
        assert_eq!(directory.sent(), [assign(A), assign(B)], "sent once: {fault:?}");
    }
}

/// F-10, F-17: the first looks see an old copy, so it is sent again, and "already exists" counts as done.
#[test]
fn a_lost_answer_and_a_lagging_directory() {
    let directory = Directory::new([], [Fault::LostAfter, Fault::Stale, Fault::Stale, Fault::Stale]);
    assert_eq!(short(&directory.run(vec![assign(A)])), ["made"]);
    assert_eq!(directory.sent().len(), 2);
}

/// F-11, F-18
#[test]
fn a_lost_answer_to_a_removal() {
    let directory = Directory::new([A], [Fault::LostAfter]);
    assert_eq!(short(&directory.run(vec![remove(A)])), ["removed"]);
    assert_eq!(directory.sent().len(), 1);
    let directory = Directory::new([A], [Fault::GatewayTimeout, Fault::Stale, Fault::Stale, Fault::Stale]);
    assert_eq!(short(&directory.run(vec![remove(A)])), ["removed"]);
    assert_eq!(directory.sent().len(), 2);
}

#[test]
fn what_never_arrived_is_sent_again_after_a_look() {
    for fault in [Fault::LostBefore, Fault::Unavailable(None), Fault::Unavailable(Some(3)), Fault::LostLate] {
        let directory = Directory::new([C], [fault, Fault::Nothing, Fault::Nothing, Fault::Nothing, fault]);
        assert_eq!(short(&directory.run(vec![assign(A)])), ["made"], "{fault:?}");
        assert!(directory.sent().len() <= 3);
    }
}

/// Many lines without an answer are looked up by as few lists as there are identities or APIs.
#[test]
fn looks_are_few() {
    let directory = Directory::new([], [Fault::LostAfter; 8]);
    let states = directory.run((0..8).map(|identity| assign((identity, 10, 100))).collect());
    assert!(short(&states).iter().all(|state| *state == "made"));
    assert_eq!(directory.log.borrow().iter().filter(|event| matches!(event, Event::Read)).count(), 1);
}

#[test]
fn what_may_not_be_looked_at_is_unknown_and_ends_the_run() {
    let directory = Directory::new([A], [Fault::LostAfter, Fault::Forbidden]);
    let states = directory.run(vec![remove(A), assign(B)]);
    assert_eq!(short(&states), ["unknown", "not sent"]);
    assert_eq!(directory.sent(), [remove(A)], "nothing is sent blindly");
}

#[test]
fn a_service_that_takes_no_writes_ends_as_unknown() {
    let nothing = [Fault::Unavailable(None), Fault::Nothing, Fault::Nothing, Fault::Nothing];
    let directory = Directory::new([A], nothing.into_iter().cycle().take(40));
    let states = directory.run(vec![assign(B), remove(A)]);
    assert_eq!(short(&states), ["unknown", "not sent"]);
    assert_eq!(directory.sent().len(), 3);
}

/// F-31, F-60: an hour's patience is not needed, ten minutes' is.
#[test]
fn what_cannot_be_reached_is_waited_for() {
    let directory = Directory::new([], [Fault::LostBefore; 20]);
    assert_eq!(short(&directory.run(vec![assign(A), assign(B)])), ["made", "made"]);
    assert!(directory.waited() > Duration::from_secs(400), "{:?}", directory.waited());
    assert_eq!(directory.sent().len(), 4, "nothing is sent blindly");
}

#[test]
fn what_is_never_reached_again_is_given_up() {
    let directory = Directory::new([A], [Fault::LostBefore; 500]);
    assert_eq!(short(&directory.run(vec![remove(A), assign(B)])), ["unknown", "not sent"]);
    let minutes = directory.waited().as_secs() / 60;
    assert!((20..60).contains(&minutes), "{minutes}");
    assert!(directory.calls.get() <= 61);
}

/// F-14
#[test]
fn a_new_object_is_waited_for() {
    let directory = Directory::new([], [Fault::NotReplicated, Fault::PrincipalUnknown, Fault::RoleGone]);
    assert_eq!(short(&directory.run(vec![assign(A)])), ["made"]);
    assert!(directory.waited() >= Duration::from_secs(14), "the waits grow");
}

/// F-14, F-15: the waiting is bounded, and the others go on.
#[test]
fn an_object_that_never_comes_fails_alone() {
    for fault in [Fault::NotReplicated, Fault::RoleGone] {
        let directory = Directory::new([], [fault, Fault::Nothing, fault, fault, fault, fault]);
        let control = Control::default();
        let (seen, began) = (RefCell::new(Vec::new()), Cell::default());
        let watching = async {
            directory.clock.sleep(Duration::from_secs(10)).await;
            began.set(directory.clock.monotonic());
            seen.borrow_mut().extend(control.figures().waits.iter().copied());
        };
        let states = directory.run_with(&control, vec![assign(A), assign(B)], watching);
        assert!(failed_with(&states[0]).is_some());
        assert_eq!(short(&states), ["failed", "made"]);
        assert!(directory.waited() <= Duration::from_secs(60));
        let wait = seen.borrow()[0];
        assert_eq!((wait.what, wait.lines), (WaitFor::Replication, 1), "and it is shown");
        let left = wait.until.unwrap().saturating_sub(began.get());
        assert!(left > Duration::from_secs(3), "so that it can be counted down");
    }
}

/// F-16, F-28, F-30
#[test]
fn a_refusal_that_all_would_meet_ends_the_run() {
    for fault in [Fault::Forbidden, Fault::SignInEnded] {
        let directory = Directory::new([A], [fault]);
        let states = directory.run(vec![remove(A), assign(B), assign((1, 12, 100))]);
        assert_eq!(short(&states), ["failed", "not sent", "not sent"]);
        assert_eq!(directory.sent().len(), 1);
    }
}

#[test]
fn a_bad_request_is_looked_into_before_it_is_called_a_failure() {
    let directory = Directory::new([A], [Fault::Invalid, Fault::Invalid]);
    let states = directory.run(vec![assign(A), assign(B)]);
    assert_eq!(states[0], State::AlreadyThere, "worded anew, it is still a duplicate");
    assert_eq!(failed_with(&states[1]), Some(&GraphErrorKind::BadRequest));
}

#[test]
fn a_holder_that_is_no_service_principal_is_looked_up_at_the_api() {
    let directory =
        Directory::new([A], [Fault::LostAfter, Fault::PrincipalUnknown, Fault::Nothing, Fault::PrincipalUnknown]);
    assert_eq!(short(&directory.run(vec![remove(A)])), ["removed"]);
}

/// F-46
#[test]
fn a_pause_holds_back_what_is_not_sent_and_a_cancel_leaves_it() {
    let control = Control::default();
    control.pause();
    let directory = Directory::new([], []);
    let going_on = async {
        directory.clock.sleep(Duration::from_secs(100)).await;
        assert_eq!((directory.calls.get(), control.figures().counts.waiting), (0, 2));
        assert_eq!(control.figures().waits[0].what, WaitFor::Administrator);
        control.resume();
    };
    assert_eq!(short(&directory.run_with(&control, vec![assign(A), assign(B)], going_on)), ["made", "made"]);

    let control = Control::default();
    let directory = Directory::new([A], [Fault::LostAfter]);
    let cancelling = async {
        directory.clock.sleep(Duration::from_millis(500)).await;
        control.cancel();
        control.resume();
    };
    let states = directory.run_with(&control, vec![remove(A), assign(B)], cancelling);
    assert_eq!(short(&states), ["removed", "not sent"], "what was sent is followed to its end");
}

/// F-46: "not sent" is said of what never left, and of nothing else.
#[test]
fn what_was_put_off_when_the_run_was_stopped_is_not_done() {
    let control = Control::default();
    let directory = Directory::new([A], [Fault::Throttled(Some(20))]);
    let cancelling = async {
        directory.clock.sleep(Duration::from_secs(5)).await;
        control.cancel();
    };
    let states = directory.run_with(&control, vec![remove(A), assign(B)], cancelling);
    assert_eq!(short(&states), ["not done", "not sent"]);
    assert_eq!((control.figures().counts.not_done, control.figures().counts.not_sent), (1, 1));
}

#[test]
fn whoever_cancels_does_not_wait_for_the_network() {
    let control = Control::default();
    let directory = Directory::new([A], [Fault::LostBefore; 100]);
    let cancelling = async {
        directory.clock.sleep(Duration::from_secs(200)).await;
        control.cancel();
    };
    let states = directory.run_with(&control, vec![remove(A), assign(B)], cancelling);
    assert_eq!(short(&states), ["unknown", "not sent"]);
    assert!(directory.waited() < Duration::from_secs(201));
}

#[test]
fn the_time_left_is_not_guessed_from_a_first_burst() {
    use super::apply::foresee;
    let at = |millis: u64| Duration::from_millis(1_000 + millis);
    let (secs, none) = (Duration::from_secs, Duration::ZERO);
    // One batch is answered, 15 are on their way: nothing is known of them.
    let burst = vec![at(0); 20];
    for now in [0, 500, 4_999, 20_000] {
        assert_eq!(foresee(&burst, at(now), 300, none), (None, None), "{now}");
        assert_eq!(foresee(&burst, at(now), 300, secs(60)), (None, Some(secs(60))), "the quota is known, {now}");
    }
    // 20 in a second, for four seconds and then for twenty.
    let steady = |batches: u64| (0..=batches).flat_map(|batch| [at(batch * 1_000); 20]).collect::<Vec<_>>();
    assert_eq!(foresee(&steady(4), at(4_000), 300, none), (None, None), "too soon");
    assert_eq!(foresee(&steady(20), at(20_000), 300, none), (Some(1_200), Some(secs(15))));
    // What was fast while there was quota is not promised for what has to wait for more of it.
    let fast = steady(5).repeat(10);
    assert_eq!(foresee(&fast, at(5_000), 2_000, secs(100)), (Some(1_200), Some(secs(100))));
    // Lines that trickle are no reason to promise an end, nor to divide by nothing.
    assert_eq!(foresee(&[at(0), at(1)], at(30_000), 100, none), (Some(2), Some(secs(3_000))));
    assert_eq!(foresee(&[], at(0), 0, none), (None, None));
    assert_eq!(foresee(&steady(20), at(20_000), 0, none), (None, None));
}

/// F-17, F-18, F-19
#[test]
fn what_was_accepted_is_followed_until_the_directory_agrees() {
    let faults = [Fault::Nothing, Fault::Nothing, Fault::Stale, Fault::Nothing, Fault::Stale];
    let directory = Directory::new([C], faults);
    let plan = Draft::new(vec![assign(A), remove(C)]).freeze();
    let control = Control::default();
    let mut states = directory.clock.run(apply(&directory, &plan, &control, &directory));
    directory.clock.run(watch(&directory, &plan, &mut states, &control, &directory));
    assert!(states.iter().all(|state| matches!(state, State::Visible(_))), "{states:?}");
    assert_eq!(control.figures().counts.visible, 2);
    assert_eq!(directory.calls.get(), 2 + 5, "one look was not enough, and two that contradict each other neither");
}

fn any_fault() -> impl Strategy<Value = Fault> {
    use Fault::*;
    let others = prop::sample::select(vec![
        LostBefore,
        LostAfter,
        LostLate,
        Unavailable(None),
        Unavailable(Some(5)),
        Unavailable(Some(100)),
        GatewayTimeout,
        Garbage,
        Throttled(None),
        Throttled(Some(10)),
        Throttled(Some(3600)),
        NotReplicated,
        PrincipalUnknown,
        Conflict,
        Invalid,
        RoleGone,
        Forbidden,
        SignInEnded,
        Stale,
    ]);
    prop_oneof![3 => Just(Nothing), 2 => others, 1 => prop::sample::select(vec![LostAfter, LostLate, LostBefore, Stale])]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever goes wrong: the directory is as the outcomes say, and nothing outside the plan was sent. That a write
    /// is not repeated blindly is checked by the directory itself at every request.
    #[test]
    fn the_directory_is_as_the_outcomes_say(
        held in prop::collection::btree_set((0_u128..4, 10_u128..12, 100_u128..103), 0..10),
        planned in prop::collection::btree_map((0_u128..4, 10_u128..12, 100_u128..103), any::<bool>(), 1..10),
        faults in prop::collection::vec(any_fault(), 0..60),
    ) {
        let directory = Directory::new(held.clone(), faults);
        let changes = planned.iter().map(|(key, assigns)| if *assigns { assign(*key) } else { remove(*key) });
        let states = directory.run(changes.collect());
        let state = directory.state.borrow();
        prop_assert_eq!(states.len(), planned.len());
        for ((key, assigns), line) in planned.iter().zip(&states) {
            let (before, now) = (held.contains(key), state.contains(key));
            match line {
                State::Accepted(Accepted { made: Some(made), .. }) => prop_assert!(*assigns && now && *made == row(*key)),
                State::Accepted(_) => prop_assert!(!*assigns && !now),
                State::AlreadyThere => prop_assert!(*assigns && now),
                State::AlreadyGone => prop_assert!(!*assigns && !now),
                State::Failed(_) | State::NotDone | State::NotSent => prop_assert_eq!(now, before),
                State::Unknown(_) => {}
                State::Waiting | State::Sent | State::Visible(_) => prop_assert!(false, "not final"),
            }
        }
        for key in held.symmetric_difference(&state) {
            prop_assert!(planned.contains_key(key), "changed without a plan: {:?}", key);
        }
        prop_assert!(directory.waited() <= Duration::from_secs(3600));
    }
}
