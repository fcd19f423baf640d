//! Plans applied to a directory in memory that loses answers, refuses, lags and executes late.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use futures_util::future::{FutureExt as _, LocalBoxFuture, ready};
use proptest::prelude::*;

use super::*;
use crate::directory::testing::assignment;
use crate::directory::{AppRoleId, Assignment, AssignmentId, Family, ObjectId};
use crate::graph::testing as wire;
use crate::graph::{GraphError, GraphErrorKind, Operation};
use crate::http::TransportError;

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
    waited: Cell<Duration>,
    log: RefCell<Vec<Event>>,
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
            waited: Cell::default(),
            log: RefCell::default(),
        }
    }

    fn run(&self, changes: Vec<Change>) -> Vec<Outcome> {
        let plan = Draft::new(changes).freeze();
        let mut told = Vec::new();
        let outcomes = apply(self, &plan, |position, progress| {
            if let Progress::Ended(outcome) = progress {
                told.push((position, outcome.clone()));
            }
        });
        let outcomes = outcomes.now_or_never().expect("nothing here waits");
        assert_eq!(told, outcomes.iter().cloned().enumerate().collect::<Vec<_>>());
        let sent: Vec<Change> = self.sent();
        assert!(sent.iter().all(|change| plan.steps().contains(change)), "only what is in the plan is sent");
        self.happen_late(usize::MAX);
        outcomes
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

    fn write(&self, change: Change) -> Result<(), GraphError> {
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
            Fault::PrincipalUnknown if assigns => refusal(404, "Request_ResourceNotFound", "", None),
            Fault::Conflict => refusal(409, "Directory_ConcurrencyViolation", "", None),
            Fault::PrincipalUnknown | Fault::Invalid => refusal(400, bad, "One or more properties are invalid.", None),
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
    fn assign(
        &self,
        identity: ObjectId,
        api: ObjectId,
        role: AppRoleId,
    ) -> LocalBoxFuture<'_, Result<Assignment, GraphError>> {
        let change = Change::Assign { identity, api, role };
        let made = row(key(&change));
        ready(self.write(change).map(|()| made)).boxed_local()
    }

    fn unassign<'a>(
        &'a self,
        api: ObjectId,
        assignment: &'a AssignmentId,
    ) -> LocalBoxFuture<'a, Result<(), GraphError>> {
        let everything = (0..8).flat_map(|i| (10..13).flat_map(move |a| (100..104).map(move |r| (i, a, r))));
        let change = everything.map(remove).find(
            |change| matches!(change, Change::Remove { assignment: id, api: of, .. } if id == assignment && *of == api),
        );
        ready(self.write(change.expect("an assignment of this test"))).boxed_local()
    }

    fn held_by(&self, principal: ObjectId) -> LocalBoxFuture<'_, Result<Vec<Assignment>, GraphError>> {
        ready(self.read(|row| row.principal == principal)).boxed_local()
    }

    fn holders_of(&self, api: ObjectId) -> LocalBoxFuture<'_, Result<Vec<Assignment>, GraphError>> {
        ready(self.read(|row| row.resource == api)).boxed_local()
    }

    fn wait(&self, time: Duration) -> LocalBoxFuture<'_, ()> {
        self.waited.set(self.waited.get() + time);
        ready(()).boxed_local()
    }
}

const A: Key = (1, 10, 100);
const B: Key = (1, 11, 101);
const C: Key = (2, 10, 100);

fn failed_with(outcome: &Outcome) -> Option<&GraphErrorKind> {
    match outcome {
        Outcome::Failed(error) => Some(error.kind()),
        _ => None,
    }
}

#[test]
fn does_what_is_planned_in_order() {
    let directory = Directory::new([C], []);
    let outcomes = directory.run(vec![assign(A), assign(B), remove(C)]);
    assert_eq!(outcomes, [Outcome::Done(Some(row(A))), Outcome::Done(Some(row(B))), Outcome::Done(None)]);
    assert_eq!(directory.sent(), [assign(A), assign(B), remove(C)]);
    assert_eq!(*directory.state.borrow(), BTreeSet::from([A, B]));
}

/// F-12, F-13, F-49, F-50
#[test]
fn what_is_so_already_is_no_error() {
    let directory = Directory::new([A], []);
    assert_eq!(directory.run(vec![assign(A), remove(B)]), [Outcome::AlreadyThere, Outcome::AlreadyGone]);
    assert_eq!(directory.sent().len(), 2);
}

/// F-09
#[test]
fn a_throttled_write_waits_and_is_sent_again() {
    let faults = [Fault::Throttled(Some(20)), Fault::Throttled(None)];
    let directory = Directory::new([], faults);
    assert_eq!(directory.run(vec![assign(A)]), [Outcome::Done(Some(row(A)))]);
    assert!(directory.waited.get() >= Duration::from_secs(22));
    assert!(!directory.log.borrow().iter().any(|event| matches!(event, Event::Read)), "a 429 needs no look");
}

#[test]
fn a_pause_beyond_patience_stops_the_run() {
    let directory = Directory::new([], [Fault::Throttled(Some(99_999))]);
    let outcomes = directory.run(vec![assign(A), assign(B)]);
    assert!(matches!(failed_with(&outcomes[0]), Some(GraphErrorKind::Throttled { .. })));
    assert_eq!((outcomes[1].clone(), directory.waited.get()), (Outcome::NotSent, Duration::ZERO));
}

/// F-10
#[test]
fn a_lost_answer_is_settled_by_looking() {
    for fault in [Fault::LostAfter, Fault::GatewayTimeout, Fault::Garbage] {
        let directory = Directory::new([], [fault]);
        assert_eq!(
            directory.run(vec![assign(A), assign(B)]),
            [Outcome::Done(Some(row(A))), Outcome::Done(Some(row(B)))]
        );
        assert_eq!(directory.sent(), [assign(A), assign(B)], "sent once: {fault:?}");
    }
}

/// F-10, F-17: the first looks see an old copy, so it is sent again, and "already exists" counts as done.
#[test]
fn a_lost_answer_and_a_lagging_directory() {
    let directory = Directory::new([], [Fault::LostAfter, Fault::Stale, Fault::Stale, Fault::Stale]);
    assert_eq!(directory.run(vec![assign(A)]), [Outcome::Done(Some(row(A)))]);
    assert_eq!(directory.sent().len(), 2);
}

/// F-11, F-18
#[test]
fn a_lost_answer_to_a_removal() {
    let directory = Directory::new([A], [Fault::LostAfter]);
    assert_eq!(directory.run(vec![remove(A)]), [Outcome::Done(None)]);
    assert_eq!(directory.sent().len(), 1);
    let directory = Directory::new([A], [Fault::GatewayTimeout, Fault::Stale, Fault::Stale, Fault::Stale]);
    assert_eq!(directory.run(vec![remove(A)]), [Outcome::Done(None)]);
    assert_eq!(directory.sent().len(), 2);
}

#[test]
fn what_never_arrived_is_sent_again_after_a_look() {
    for fault in [Fault::LostBefore, Fault::Unavailable(None), Fault::Unavailable(Some(3)), Fault::LostLate] {
        let directory = Directory::new([C], [fault, Fault::Nothing, Fault::Nothing, Fault::Nothing, fault]);
        assert_eq!(directory.run(vec![assign(A)]), [Outcome::Done(Some(row(A)))], "{fault:?}");
        assert!(directory.sent().len() <= 3);
    }
}

#[test]
fn what_cannot_be_watched_is_unknown_and_ends_the_run() {
    let directory = Directory::new([], [Fault::LostAfter, Fault::LostBefore, Fault::LostBefore, Fault::LostBefore]);
    let outcomes = directory.run(vec![assign(A), assign(B)]);
    assert!(
        matches!(&outcomes[..], [Outcome::Unknown(error), Outcome::NotSent] if error.is_ambiguous()),
        "{outcomes:?}"
    );
    assert_eq!(directory.sent(), [assign(A)], "nothing is sent blindly");
}

#[test]
fn a_service_that_stays_away_ends_as_unknown() {
    let nothing = [Fault::Unavailable(None), Fault::Nothing, Fault::Nothing, Fault::Nothing];
    let directory = Directory::new([], nothing.into_iter().cycle().take(40));
    let outcomes = directory.run(vec![assign(A), assign(B)]);
    assert!(matches!(&outcomes[..], [Outcome::Unknown(_), Outcome::NotSent]), "{outcomes:?}");
    assert_eq!(directory.sent().len(), 3);
}

/// F-14
#[test]
fn a_new_object_is_waited_for() {
    let directory = Directory::new([], [Fault::NotReplicated, Fault::PrincipalUnknown]);
    assert_eq!(directory.run(vec![assign(A)]), [Outcome::Done(Some(row(A)))]);
    assert!(directory.waited.get() >= Duration::from_secs(6), "the waits grow");
}

/// F-14: the waiting is bounded for the whole plan, and the others go on.
#[test]
fn an_object_that_never_comes_is_not_waited_for_again() {
    let directory = Directory::new([], [Fault::NotReplicated; 12]);
    let keys = (0..8).map(|identity| (identity, 10, 100));
    let outcomes = directory.run(keys.map(assign).collect());
    assert_eq!(failed_with(&outcomes[0]), Some(&GraphErrorKind::NotValidReference));
    assert_eq!(outcomes[7], Outcome::Done(Some(row((7, 10, 100)))));
    assert!(directory.waited.get() <= Duration::from_secs(60));
}

/// F-15
#[test]
fn a_role_that_is_gone_fails_alone() {
    let directory = Directory::new([], [Fault::RoleGone]);
    let outcomes = directory.run(vec![assign(A), assign(B)]);
    assert_eq!(failed_with(&outcomes[0]), Some(&GraphErrorKind::RoleNotFound));
    assert_eq!(outcomes[1], Outcome::Done(Some(row(B))));
}

/// F-16, F-28, F-30
#[test]
fn a_refusal_that_all_would_meet_ends_the_run() {
    for fault in [Fault::Forbidden, Fault::SignInEnded] {
        let directory = Directory::new([], [fault]);
        let outcomes = directory.run(vec![assign(A), assign(B), assign(C)]);
        assert!(failed_with(&outcomes[0]).is_some());
        assert_eq!(outcomes[1..], [Outcome::NotSent, Outcome::NotSent]);
        assert_eq!(directory.sent().len(), 1);
    }
}

#[test]
fn a_bad_request_is_looked_into_before_it_is_called_a_failure() {
    let directory = Directory::new([A], [Fault::Invalid, Fault::Nothing, Fault::Invalid]);
    let outcomes = directory.run(vec![assign(A), assign(B)]);
    assert_eq!(outcomes[0], Outcome::AlreadyThere, "worded anew, it is still a duplicate");
    assert_eq!(failed_with(&outcomes[1]), Some(&GraphErrorKind::BadRequest));
}

#[test]
fn a_holder_that_is_no_service_principal_is_looked_up_at_the_api() {
    let directory =
        Directory::new([A], [Fault::LostAfter, Fault::PrincipalUnknown, Fault::Nothing, Fault::PrincipalUnknown]);
    assert_eq!(directory.run(vec![remove(A)]), [Outcome::Done(None)]);
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
        let outcomes = directory.run(changes.collect());
        let state = directory.state.borrow();
        prop_assert_eq!(outcomes.len(), planned.len());
        for ((key, assigns), outcome) in planned.iter().zip(&outcomes) {
            let (before, now) = (held.contains(key), state.contains(key));
            match outcome {
                Outcome::Done(Some(made)) => prop_assert!(*assigns && now && *made == row(*key)),
                Outcome::Done(None) => prop_assert!(!*assigns && !now),
                Outcome::AlreadyThere => prop_assert!(*assigns && now),
                Outcome::AlreadyGone => prop_assert!(!*assigns && !now),
                Outcome::Failed(_) | Outcome::NotSent => prop_assert_eq!(now, before),
                Outcome::Unknown(_) => {}
            }
        }
        for key in held.symmetric_difference(&state) {
            prop_assert!(planned.contains_key(key), "changed without a plan: {:?}", key);
        }
        prop_assert!(directory.waited.get() <= Duration::from_secs(60 + planned.len() as u64 * (120 + 4 * 7)));
    }
}
