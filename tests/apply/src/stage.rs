//! The engine and the emulator in one process, on one clock.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use emulator::{Builder, Running};
use futures_util::future::{Either, LocalBoxFuture, select};
use rolegrant::auth::{AccessToken, Claims, TokenError};
use rolegrant::directory::AssignmentId;
use rolegrant::graph::{Graph, TokenSource};
use rolegrant::http::Clock;
use rolegrant::plan::{self, Change, Control, FrozenPlan, State, Witness};
use url::Url;

use crate::clock::VirtualClock;
use crate::schedule::{Event, Schedule};
use crate::watch::Watch;
use crate::wire::Wire;

/// Who applies the plans.
const ADMIN: &str = "Ada Admin";

/// An emulator that many runs are played on, one after the other.
pub struct Stage {
    pub emulator: Rc<Running>,
    token: String,
    /// Who is there at the start: managed identities, APIs with the roles they offer to applications, assignments.
    pub identities: Vec<String>,
    pub apis: Vec<(String, Vec<String>)>,
    pub rows: Vec<Row>,
}

/// What came of a run.
pub struct Played {
    pub plan: FrozenPlan,
    pub states: Vec<State>,
    pub watch: Watch,
    pub lasted: Duration,
    pub calls: usize,
    /// Assignments as the emulator holds them in the end: id, principal, API, role.
    pub before: Vec<Row>,
    pub after: Vec<Row>,
    /// The assignments that somebody else changed meanwhile.
    pub others: Vec<(String, String, String)>,
}

/// An assignment: its id, and who holds which role of which API.
pub type Row = (String, (String, String, String));

impl Stage {
    /// A stage on an emulator with these settings.
    pub fn new(builder: Builder) -> Self {
        let emulator = Rc::new(builder.held_clock().in_process().unwrap());
        let token = emulator.token_for(ADMIN).may_write().sign();
        let everybody = emulator.directory().service_principals();
        let identities = everybody.iter().filter(|it| it.managed_identity).map(|it| it.id.to_string()).collect();
        let offered = |it: &emulator::ServicePrincipal| {
            let roles: Vec<_> = it.app_roles.iter().filter(|role| role.enabled && role.for_applications).collect();
            (!roles.is_empty()).then(|| (it.id.to_string(), roles.iter().map(|role| role.id.to_string()).collect()))
        };
        let apis = everybody.iter().filter_map(offered).collect();
        let mut stage = Self { emulator, token, identities, apis, rows: Vec::new() };
        stage.rows = stage.rows();
        stage
    }

    /// The emulator's assignments.
    pub fn rows(&self) -> Vec<Row> {
        let row = |row: emulator::Assignment| {
            (row.id, (row.principal_id.to_string(), row.resource_id.to_string(), row.app_role_id.to_string()))
        };
        self.emulator.directory().assignments().into_iter().map(row).collect()
    }

    /// Plays a schedule to its end, on an emulator as at the start.
    pub fn play(&self, schedule: &Schedule) -> Played {
        self.emulator.reset().unwrap();
        let before = self.rows.clone();
        let plan = plan::Draft::new(schedule.changes.clone()).freeze();
        let clock = VirtualClock::new(Rc::clone(&self.emulator));
        clock.wrong_by_millis.set(schedule.wall_clock_wrong_by_millis);
        let watch = Rc::new(RefCell::new(Watch::new(plan.steps())));
        let wire = Rc::new(Wire {
            emulator: Rc::clone(&self.emulator),
            clock: Rc::clone(&clock),
            watch: Rc::clone(&watch),
            offline: Cell::default(),
            calls: Cell::default(),
        });
        let tokens = Rc::new(Tokens {
            emulator: Rc::clone(&self.emulator),
            token: RefCell::new(self.token.clone()),
            trouble: RefCell::new(schedule.token_trouble.iter().cloned().collect()),
            ended: Cell::default(),
            stubborn: schedule.stubborn_policy,
        });
        for rule in &schedule.rules {
            self.emulator.set_rule(rule.clone());
        }
        let origin = Url::parse(self.emulator.graph_url()).unwrap();
        let graph = Graph::new(wire.clone(), clock.clone(), tokens.clone(), origin);
        let control = Control::default();
        let scribe = Scribe { watch: Rc::clone(&watch), clock: Rc::clone(&clock) };
        let mut others = Vec::new();
        let states = clock.run(async {
            let applied = pin!(plan::apply(&graph, &plan, &control, &scribe));
            let happening = pin!(async {
                for (at, event) in &schedule.events {
                    clock.sleep(at.saturating_sub(clock.monotonic())).await;
                    self.happen(event, &plan, &clock, &wire, &tokens, &control, &mut others);
                }
            });
            match select(applied, happening).await {
                Either::Left((states, _)) => states,
                Either::Right(((), applied)) => applied.await,
            }
        });
        let lasted = clock.monotonic();
        clock.settle();
        let after = self.rows();
        let calls = wire.calls.get();
        let mut states = states;
        if schedule.watches && !tokens.ended.get() {
            self.emulator.lift_all();
            wire.offline.set(false);
            clock.run(plan::watch(&graph, &plan, &mut states, &control, &scribe));
        }
        drop((graph, wire, scribe));
        let watch = Rc::try_unwrap(watch).map(RefCell::into_inner).unwrap_or_default();
        Played { plan, states, watch, lasted, calls, before, after, others }
    }

    #[expect(clippy::too_many_arguments, reason = "everything that can happen")]
    fn happen(
        &self,
        event: &Event,
        plan: &FrozenPlan,
        clock: &VirtualClock,
        wire: &Wire,
        tokens: &Tokens,
        control: &Control,
        others: &mut Vec<(String, String, String)>,
    ) {
        let directory = self.emulator.directory();
        let key =
            |change: &Change| (change.identity().to_string(), change.api().to_string(), change.role().to_string());
        let id = |text: &str| text.parse::<emulator::Uuid>().unwrap();
        let change = |line: &usize| &plan.steps()[line % plan.steps().len()];
        match event {
            Event::Offline(offline) => wire.offline.set(*offline),
            Event::Rule(rule) => drop(self.emulator.set_rule((**rule).clone())),
            Event::LiftRules => self.emulator.lift_all(),
            Event::TokensExpire => self.emulator.expire_access_tokens(),
            Event::SessionEnds => tokens.ended.set(true),
            Event::RoleLost => drop(self.emulator.deactivate_role(ADMIN, "Global Administrator")),
            Event::Pause => control.pause(),
            Event::Resume => control.resume(),
            Event::Cancel => control.cancel(),
            Event::Hurry => control.hurry(),
            Event::Sleep(time) => clock.jump_to(clock.monotonic() + *time),
            Event::OtherAssigns(line) => {
                let key = key(change(line));
                let held = self.rows().iter().any(|(_, row)| *row == key);
                if !held {
                    directory.assign(id(&key.0), id(&key.1), id(&key.2));
                }
                others.push(key);
            }
            Event::OtherRemoves(line) => {
                let key = key(change(line));
                for (id, row) in self.rows() {
                    if row == key {
                        directory.remove_assignment(&id);
                    }
                }
                others.push(key);
            }
            Event::IdentityDeleted(line) => {
                let gone = change(line).identity().to_string();
                others.extend(plan.steps().iter().map(key).filter(|key| key.0 == gone));
                others.extend(self.rows().into_iter().map(|(_, key)| key).filter(|key| key.0 == gone || key.1 == gone));
                directory.delete_service_principal(id(&gone));
            }
        }
    }
}

/// Tokens as a session brings them.
struct Tokens {
    emulator: Rc<Running>,
    token: RefCell<String>,
    /// The next calls, each with its failure or none.
    trouble: RefCell<VecDeque<Option<TokenError>>>,
    ended: Cell<bool>,
    /// A challenge is not met without the administrator.
    stubborn: bool,
}

impl TokenSource for Tokens {
    fn access_token(&self) -> LocalBoxFuture<'_, Result<AccessToken, TokenError>> {
        let trouble = self.trouble.borrow_mut().pop_front().flatten();
        let result = match trouble {
            _ if self.ended.get() => Err(TokenError::SignInNeeded),
            Some(error) => Err(error),
            None => Ok(AccessToken::new(self.token.borrow().clone())),
        };
        Box::pin(async move { result })
    }

    fn refused(&self, challenge: Option<Claims>) {
        if challenge.is_none() || !self.stubborn {
            self.token.replace(self.emulator.token_for(ADMIN).may_write().sign());
        }
    }

    fn may_write(&self) -> bool {
        true
    }
}

/// Writes down what is about to be sent, which takes a while.
struct Scribe {
    watch: Rc<RefCell<Watch>>,
    clock: Rc<VirtualClock>,
}

impl Witness for Scribe {
    fn before_sending<'a>(&'a self, lines: &'a [usize]) -> LocalBoxFuture<'a, ()> {
        Box::pin(async move {
            self.clock.sleep(Duration::from_millis(3)).await;
            for line in lines {
                self.watch.borrow_mut().lines[*line].written_ahead = true;
            }
        })
    }

    fn moved(&self, line: usize, state: &State) {
        let mut watch = self.watch.borrow_mut();
        let known = &mut watch.lines[line];
        let legal = match state {
            State::Waiting => !known.settled,
            State::Sent => !known.settled,
            State::Visible(_) => known.settled,
            _ => !known.settled,
        };
        known.settled = state.is_final();
        if *state == State::Sent {
            known.written_ahead = false;
        }
        if !legal {
            watch.complaints.push(format!("line {line} moved on to {state:?} after its end"));
        }
    }
}

/// The ids that a removal names.
pub fn assignment_id(text: &str) -> AssignmentId {
    text.parse().unwrap()
}
