//! Runs: each applies the frozen plans of one page and knows, line by line, what became of them.
//!
//! Every change of the product goes this way: the form, the removal, the undo. A run writes down what was confirmed,
//! asks for the permission to write when it is missing, looks before it sends again, sends, reads back what the
//! directory says now, and never hides a line. It belongs to the session and not to the page that shows it: whoever
//! leaves the page and comes back finds the same run, so that nothing is sent by two at once.

use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::lock::Mutex;
use leptos::prelude::*;

use crate::activity::Recorder;
use crate::browser::{self, clock, page};
use crate::components::problem::Problem;
use crate::directory::{AppRoleId, Assignment, ObjectId, Timestamp, risk, sort_by};
use crate::permission;
use crate::plan::{self, Change, Control, Draft, Found, FrozenPlan, Wait};
use crate::signals::RwSignal;
use crate::tenant::{Lack, Tenant};

/// The waits before each read-back: a directory shows a new assignment after seconds, rarely a minute.
const READ_BACK_AFTER_SECS: [u64; 6] = [0, 2, 4, 8, 16, 30];

/// So long nobody wonders that no answer comes.
const SILENT_SECS: u32 = 8;

/// What keeps changes that are on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// They wait.
    Wait(Wait),
    /// They were sent, and no answer has come.
    NoAnswer,
}

/// What is said of a role whose API has not been read: nobody knows that it is harmless.
const UNJUDGED: &str = "its API could not be looked at yet, so it is taken for a privileged role.";

/// What became of one line, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Confirmed, but not done: it waits for the administrator or for its turn.
    Ready {
        /// It may have been sent before, and the directory does not show it.
        perhaps_sent: bool,
    },
    /// It is on its way.
    Sending,
    /// It may have been sent; the directory is being asked.
    Looking,
    /// The identity holds the role now.
    Assigned {
        /// When every token of the identity carries it.
        live_by: Option<Timestamp>,
        /// Whether the directory lists it.
        visible: bool,
    },
    /// The assignment is gone.
    Removed {
        /// When.
        at: Timestamp,
        /// Whether the directory lists it still.
        listed: bool,
    },
    /// It was so before.
    AlreadyThere,
    /// It was so before.
    AlreadyGone,
    /// Not done, for certain.
    Failed {
        /// Why.
        problem: Problem,
        /// Whether it is worth sending again, so that it waits for that.
        may_pass: bool,
    },
    /// It may have been done.
    Unknown(Problem),
    /// Graph put it off, and an earlier line ended the run.
    NotDone,
    /// Not tried, because of an earlier line.
    NotSent,
}

impl State {
    fn of(state: &plan::State) -> Self {
        match state {
            plan::State::Waiting | plan::State::Sent => Self::Sending,
            plan::State::Accepted(it) | plan::State::Visible(it) => Self::done(it.made.as_ref(), it.at),
            plan::State::AlreadyThere => Self::AlreadyThere,
            plan::State::AlreadyGone => Self::AlreadyGone,
            plan::State::Failed(error) => Self::Failed { problem: Problem::from(error), may_pass: error.may_pass() },
            plan::State::Unknown(error) => Self::Unknown(Problem::from(error)),
            plan::State::NotDone => Self::NotDone,
            plan::State::NotSent => Self::NotSent,
        }
    }

    fn done(made: Option<&Assignment>, at: Timestamp) -> Self {
        match made {
            Some(made) => Self::Assigned { live_by: made.live_by(), visible: false },
            None => Self::Removed { at, listed: true },
        }
    }

    /// Whether it waits to be sent.
    pub fn waits(&self) -> bool {
        matches!(self, Self::Ready { .. })
    }

    /// Whether the journal has it, so that it is shown until the administrator has decided.
    pub fn is_kept(&self) -> bool {
        matches!(
            self,
            Self::Ready { .. }
                | Self::NotDone
                | Self::NotSent
                | Self::Looking
                | Self::Unknown(_)
                | Self::Failed { may_pass: true, .. }
        )
    }

    /// Whether it is on the way to being sent, or is being looked for.
    fn is_under_way(&self) -> bool {
        matches!(self, Self::Ready { .. } | Self::Sending | Self::Looking)
    }

    /// Whether it may be sent once more.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Ready { .. } | Self::Failed { .. } | Self::NotDone | Self::NotSent)
    }

    /// The same when something else is done: it goes on waiting beside that.
    fn beside_another(self) -> Self {
        match self {
            Self::NotDone | Self::NotSent | Self::Failed { .. } => Self::Ready { perhaps_sent: false },
            state => state,
        }
    }
}

/// One change and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The change.
    pub change: Change,
    /// What became of it.
    pub state: State,
    made: Option<Assignment>,
}

impl Line {
    fn new(change: &Change, state: State) -> Self {
        Self { change: change.clone(), state, made: None }
    }

    fn show(&mut self, state: &plan::State) {
        self.state = State::of(state);
        self.made = if let plan::State::Accepted(it) = state { it.made.clone() } else { None };
    }

    fn is_seen(&mut self, made: Option<Assignment>, at: Timestamp) {
        self.state = State::done(made.as_ref(), at);
        self.made = made;
    }

    /// The change that takes it back, if it changed anything.
    pub fn undo(&self) -> Option<Change> {
        match (&self.state, &self.change, &self.made) {
            (State::Assigned { .. }, Change::Assign { identity, api, role }, Some(made)) => {
                Some(Change::Remove { assignment: made.id.clone(), identity: *identity, api: *api, role: *role })
            }
            (State::Removed { .. }, Change::Remove { identity, api, role, .. }, _) => {
                Some(Change::Assign { identity: *identity, api: *api, role: *role })
            }
            _ => None,
        }
    }
}

/// The runs of a session, one a page. A handle: copies show the same ones.
#[derive(Clone, Copy)]
pub struct Runs {
    // The signals of a run outlive the page that asked for it first.
    owner: StoredValue<Owner>,
    all: StoredValue<Vec<(String, Run)>, LocalStorage>,
    turn: StoredValue<Rc<Mutex<()>>, LocalStorage>,
}

impl Runs {
    /// No run yet. They live as long as the owner in which this is called.
    #[expect(clippy::new_without_default, reason = "it depends on where it is called")]
    pub fn new() -> Self {
        Self {
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
            all: StoredValue::new_local(Vec::new()),
            turn: StoredValue::new_local(Rc::new(Mutex::new(()))),
        }
    }

    /// The run of a page, if there has been one.
    pub fn of(self, page: &str) -> Option<Run> {
        self.all.with_value(|all| all.iter().find(|(of, _)| of == page).map(|(_, run)| *run))
    }

    /// The directory was looked at for a change that may have been sent.
    pub fn found(self, change: &Change, found: &Found, now: Timestamp) {
        self.all.with_value(|all| {
            for (_, run) in all {
                run.at(change, |line| match (&line.state, found) {
                    (State::Looking | State::Unknown(_) | State::Ready { .. }, Found::Seen(made)) => {
                        line.is_seen(made.clone(), now);
                    }
                    (State::Looking | State::Unknown(_), Found::NotSeen) => {
                        line.state = State::Ready { perhaps_sent: true };
                    }
                    _ => {}
                });
            }
        });
    }

    fn of_or_new(self, tenant: Tenant, page: &str) -> Run {
        self.of(page).unwrap_or_else(|| {
            let run = self.owner.get_value().with(|| Run::new(tenant, page));
            self.all.update_value(|all| all.push((page.to_owned(), run)));
            run
        })
    }
}

/// The run of a page. A handle: copies show the same run.
#[derive(Clone, Copy)]
pub struct Run {
    /// Where.
    pub tenant: Tenant,
    page: StoredValue<String>,
    /// How many plans are on their way from their confirmation to their end.
    under_way: RwSignal<u32>,
    /// How many plans it has begun to send; what belongs to an earlier one is not for this.
    pub number: RwSignal<u32>,
    /// What became of each change, the latest plan first.
    pub lines: RwSignal<Vec<Line>>,
    /// Why the last plan was not sent.
    pub problem: RwSignal<Option<Problem>>,
    /// What keeps the changes that are on their way; told anew each second.
    pub delay: RwSignal<Option<Delay>>,
}

impl Run {
    /// The run of a page, with all that it did since it was dismissed, and with what waits on the page; what of that may
    /// have been sent is looked for.
    pub fn of(tenant: Tenant, page: &str) -> Self {
        let run = tenant.runs.of_or_new(tenant, page);
        untrack(|| {
            if !run.pending() && run.count(|state| *state == State::Looking) == 0 {
                run.catch_up();
            }
        });
        run
    }

    fn new(tenant: Tenant, page: &str) -> Self {
        Self {
            tenant,
            page: StoredValue::new(page.to_owned()),
            under_way: RwSignal::new(0),
            number: RwSignal::new(0),
            lines: RwSignal::new(Vec::new()),
            problem: RwSignal::new(None),
            delay: RwSignal::new(None),
        }
    }

    /// Takes over what the journal says of this page: other pages write there too.
    fn catch_up(self) {
        self.lines.update(|lines| {
            self.page.with_value(|page| {
                self.tenant.waiting.read(|entries| {
                    let here: Vec<_> = entries.filter(|entry| entry.page == *page).collect();
                    let waits = |line: &Line| here.iter().any(|entry| entry.change == line.change);
                    lines.retain(|line| line.state.is_kept() == waits(line));
                    for entry in here {
                        if !lines.iter().any(|line| line.change == entry.change) {
                            let state = if entry.sent { State::Looking } else { State::Ready { perhaps_sent: false } };
                            lines.push(Line::new(&entry.change, state));
                        }
                    }
                });
            });
        });
        browser::spawn(self.look());
    }

    /// Starts a plan, after those that are under way; unless all of it is under way, so that a double click is one run,
    /// and unless the administrator may not.
    pub fn start(self, plan: FrozenPlan) {
        let barred = untrack(|| self.lack(&plan)).is_some_and(|lack| lack.certain);
        let under_way = |change: &Change| {
            self.pending()
                && self.lines.with(|lines| lines.iter().any(|line| line.change == *change && line.state.is_under_way()))
        };
        if !barred && !untrack(|| plan.steps().iter().all(under_way)) {
            self.under_way.update(|count| *count += 1);
            browser::spawn(async move {
                self.go(plan).await;
                self.under_way.update(|count| *count -= 1);
            });
        }
    }

    /// Brings a plan from its confirmation to its end. Whatever takes the page away on the way, it waits here.
    async fn go(self, plan: FrozenPlan) {
        self.problem.set(None);
        self.stage(&plan);
        let confirm = |plan: &FrozenPlan| self.page.with_value(|page| self.tenant.waiting.confirm(page, plan.steps()));
        confirm(&plan);
        // One plan after the other: the same change may be in both.
        let turn = self.tenant.runs.turn.get_value();
        let _turn = turn.lock().await;
        if let Err(problem) = permission::ask(self.tenant).await {
            self.problem.set(Some(problem));
            return;
        }
        self.number.update(|number| *number += 1);
        self.look_before_sending(&plan).await;
        let ready = |line: &&mut Line| line.state.waits() && plan.steps().contains(&line.change);
        let mut changes = Vec::new();
        self.lines.update(|lines| {
            for line in lines.iter_mut().filter(ready) {
                line.state = State::Sending;
                changes.push(line.change.clone());
            }
        });
        let plan = Draft::new(changes).freeze();
        // Another page's plan may have settled it meanwhile; nothing is sent that is not written down.
        confirm(&plan);
        let control = Control::default();
        let stay = page::ReasonToStay::new();
        let page = self.page.get_value();
        let apply = self.tenant.apply(&plan, &page, &control, |change, state| self.at(change, |line| line.show(state)));
        let delays = self.tell_of_delays(&control);
        let applied = match select(Box::pin(apply), Box::pin(delays)).await {
            Either::Left((applied, _)) => applied,
            Either::Right((never, _)) => match never {},
        };
        drop(stay);
        self.delay.set(None);
        // Another plan may begin meanwhile: what is done is done.
        browser::spawn(self.read_back(plan, applied));
    }

    /// Tells what keeps the changes on their way, for as long as somebody waits for it.
    async fn tell_of_delays(self, control: &Control) -> Infallible {
        let (mut counts, mut silent) = (control.figures().counts, 0);
        loop {
            self.tenant.env().clock.sleep(clock::SECOND).await;
            let figures = control.figures();
            let wait = figures.waits.first();
            silent = if wait.is_none() && figures.counts == counts { silent + 1 } else { 0 };
            counts = figures.counts;
            self.delay.set(match wait {
                Some(wait) => Some(Delay::Wait(*wait)),
                None => (silent >= SILENT_SECS).then_some(Delay::NoAnswer),
            });
        }
    }

    /// Shows a plan that was confirmed: its lines first, below them what is not done and goes on waiting.
    fn stage(self, plan: &FrozenPlan) {
        self.lines.update(|lines| {
            let stays = |line: &Line| line.state.is_kept() || line.state.is_under_way();
            let mut kept: Vec<Line> = lines.drain(..).filter(stays).collect();
            for step in plan.steps() {
                let state = match kept.iter().position(|line| line.change == *step).map(|at| kept.remove(at).state) {
                    // What was looked for in vain need not be again, and what is under way comes to its end.
                    Some(before) if before.is_under_way() => before,
                    _ => State::Ready { perhaps_sent: false },
                };
                lines.push(Line::new(step, state));
            }
            lines.extend(kept.into_iter().map(|line| Line { state: line.state.beside_another(), ..line }));
        });
    }

    /// Looks for what may have been sent before, by whichever page, before it is sent again (invariant 6).
    async fn look_before_sending(self, plan: &FrozenPlan) {
        self.lines.update(|lines| {
            let unseen = |line: &&mut Line| {
                line.state == State::Ready { perhaps_sent: false }
                    && plan.steps().contains(&line.change)
                    && self.tenant.waiting.may_be_sent(&line.change)
            };
            lines.iter_mut().filter(unseen).for_each(|line| line.state = State::Looking);
        });
        self.look().await;
    }

    /// What stands in the way of a plan.
    pub fn lack(self, plan: &FrozenPlan) -> Option<Lack> {
        self.tenant.lack(plan.steps().iter().map(|change| (change.act(), change.api())))
    }

    /// Whether a plan is being applied.
    pub fn pending(self) -> bool {
        self.under_way.get() > 0
    }

    /// The roles that a plan grants and that are privileged or may be, with what each could be used for. An API that
    /// has not been read cannot be judged: that counts as the worst (SEC-094).
    pub fn power(self, plan: &FrozenPlan) -> Vec<(String, &'static str)> {
        let granted = plan.steps().iter().filter(|change| matches!(change, Change::Assign { .. }));
        let danger = |change: &Change| {
            let how = match self.tenant.read_once(|catalog| catalog.api(change.api()).map(|api| api.app_id)) {
                Some(app) => risk(app, change.role())?.how,
                None => UNJUDGED,
            };
            Some((names(self.tenant, change).0, how))
        };
        granted.filter_map(danger).collect()
    }

    /// The roles of an API that an identity holds by this run, as far as it has come.
    pub fn gave(self, identity: ObjectId, api: ObjectId) -> Vec<AppRoleId> {
        let given = |line: &&Line| {
            matches!(line.state, State::Assigned { .. } | State::AlreadyThere)
                && (line.change.identity(), line.change.api()) == (identity, api)
        };
        self.lines.with(|lines| lines.iter().filter(given).map(|line| line.change.role()).collect())
    }

    /// How many lines are in such a state.
    pub fn count(self, of: impl Fn(&State) -> bool) -> usize {
        self.lines.with(|lines| lines.iter().filter(|line| of(&line.state)).count())
    }

    /// How many confirmed changes wait.
    pub fn waiting(self) -> usize {
        self.count(State::waits)
    }

    /// The plan of the lines in such a state.
    pub fn rest(self, of: impl Fn(&State) -> bool) -> FrozenPlan {
        let rest = |line: &&Line| of(&line.state);
        let changes = self.lines.with(|lines| lines.iter().filter(rest).map(|line| line.change.clone()).collect());
        Draft::new(changes).freeze()
    }

    /// The plan that takes back what this run did.
    pub fn inverse(self) -> FrozenPlan {
        let changes = self.lines.with(|lines| lines.iter().filter_map(Line::undo).collect());
        Draft::new(changes).freeze()
    }

    /// Looks once more what became of the lines of which it is not known.
    pub fn look_again(self) {
        self.lines.update(|lines| {
            let unknown = lines.iter_mut().filter(|line| matches!(line.state, State::Unknown(_)));
            unknown.for_each(|line| line.state = State::Looking);
        });
        browser::spawn(self.look());
    }

    /// Nothing of it is wanted any longer.
    pub fn dismiss(self) {
        self.page.with_value(|page| {
            self.lines.with_untracked(|lines| self.tenant.waiting.discard(page, lines.iter().map(|line| &line.change)));
        });
        self.lines.set(Vec::new());
        self.problem.set(None);
    }

    fn at(self, change: &Change, show: impl FnOnce(&mut Line)) {
        self.lines.update(|lines| {
            if let Some(line) = lines.iter_mut().find(|line| line.change == *change) {
                show(line);
            }
        });
    }

    /// Looks what became of the lines that may have been sent.
    async fn look(self) {
        let looking = self.rest(|state| *state == State::Looking);
        if looking.steps().is_empty() {
            return;
        }
        for (change, problem) in self.tenant.look(looking.steps()).await {
            self.at(&change, |line| {
                // Another look may have been quicker.
                if line.state == State::Looking {
                    line.state = State::Unknown(problem);
                }
            });
        }
    }

    /// Reads what the directory says now, until it says what was done or the time is over.
    async fn read_back(self, plan: FrozenPlan, applied: (Vec<plan::State>, Option<Recorder>)) {
        let (states, recorder) = applied;
        let number = self.number.get_untracked();
        let mut identities =
            self.lines.with_untracked(|lines| lines.iter().map(|line| line.change.identity()).collect::<Vec<_>>());
        sort_by(&mut identities, Ord::cmp);
        identities.dedup();
        'waits: for secs in READ_BACK_AFTER_SECS {
            self.tenant.env().clock.sleep(Duration::from_secs(secs)).await;
            let mut listed = Vec::new();
            for identity in &identities {
                match self.tenant.load_held_by(*identity).await {
                    Ok(ids) => listed.extend(ids),
                    // Until it can be read, the page keeps what it showed; the lines say what Graph accepted.
                    Err(_) => continue 'waits,
                }
            }
            // Another plan's lines are read back by its own.
            if self.number.get_untracked() != number {
                return;
            }
            let mut settled = true;
            self.lines.update(|lines| {
                for line in lines {
                    match (&mut line.state, &line.change, &line.made) {
                        (State::Assigned { visible, .. }, _, Some(made)) => {
                            *visible = listed.contains(&made.id);
                            settled &= *visible;
                        }
                        (State::Removed { listed: still, .. }, Change::Remove { assignment, .. }, _) => {
                            *still = listed.contains(assignment);
                            settled &= !*still;
                        }
                        _ => {}
                    }
                }
            });
            if settled {
                let Some(recorder) = recorder else { return };
                for (at, (step, state)) in plan.steps().iter().zip(states).enumerate() {
                    if let plan::State::Accepted(it) = state {
                        recorder.note(at, step, &plan::State::Visible(it));
                    }
                }
                return recorder.flush().await;
            }
        }
    }
}

/// The names of a change's role, API and identity.
pub fn names(tenant: Tenant, change: &Change) -> (String, String, String) {
    let (identity, api, role) = (change.identity(), change.api(), change.role());
    tenant.read_once(|catalog| {
        let known = catalog.api(api).and_then(|api| api.role(role));
        (
            known.map_or_else(|| format!("unknown role {role}"), |role| role.name().to_owned()),
            catalog.api(api).map_or_else(|| api.to_string(), |api| api.display_name.clone()),
            catalog.identity(identity).map_or_else(|| identity.to_string(), |it| it.display_name.clone()),
        )
    })
}
