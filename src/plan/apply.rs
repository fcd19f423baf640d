//! Applies a frozen plan: the heart of the product.
//!
//! Lines go out twenty to a batch, several batches at once, as fast as Graph's quota lets them. A write is never sent
//! again before its effect has been read back or the answer proves that nothing happened (invariant 6); nothing is sent
//! that is not in the plan. What an answer means for a line is decided in [`settle`](super::settle), which line may go
//! when in [`order`](super::order).

use std::future::pending;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::{Either, LocalBoxFuture, select};
use futures_util::stream::FuturesUnordered;

use super::look::{LOOKS_AT_ONCE, Looked, looks};
use super::order::{Order, Turn};
use super::settle::{Line, Next, ends_the_run};
use super::{Change, Command, Control, FrozenPlan, State, Wait, WaitFor};
use crate::directory::{Assignment, ObjectId, Sorted};
use crate::graph::{Graph, GraphError, LARGEST_BATCH, Write, Written};
use crate::http::Clock;

/// What applying a plan asks of the directory.
pub trait Assignments {
    /// Sends up to 20 changes, each once, and gives an outcome for each.
    fn write(&self, writes: Vec<Write>) -> LocalBoxFuture<'_, Vec<Result<Written, GraphError>>>;
    /// Reads all that a service principal holds.
    fn held_by(&self, principal: ObjectId) -> LocalBoxFuture<'_, Result<Vec<Assignment>, GraphError>>;
    /// Reads all who hold roles of an API.
    fn holders_of(&self, api: ObjectId) -> LocalBoxFuture<'_, Result<Vec<Assignment>, GraphError>>;
    /// Takes leave for so many writes, or says how long until they may leave.
    fn reserve(&self, writes: usize) -> Result<(), Duration>;
    /// How long the quota makes so many writes last.
    fn time_for(&self, writes: usize) -> Duration;
    /// The time.
    fn clock(&self) -> &dyn Clock;
}

impl Assignments for Graph {
    fn write(&self, writes: Vec<Write>) -> LocalBoxFuture<'_, Vec<Result<Written, GraphError>>> {
        Box::pin(async move { self.batch(&writes).await })
    }

    fn held_by(&self, principal: ObjectId) -> LocalBoxFuture<'_, Result<Vec<Assignment>, GraphError>> {
        Box::pin(self.held_by(principal))
    }

    fn holders_of(&self, api: ObjectId) -> LocalBoxFuture<'_, Result<Vec<Assignment>, GraphError>> {
        Box::pin(self.holders_of(api))
    }

    fn reserve(&self, writes: usize) -> Result<(), Duration> {
        self.reserve(writes)
    }

    fn time_for(&self, writes: usize) -> Duration {
        self.time_for(writes)
    }

    fn clock(&self) -> &dyn Clock {
        self.clock()
    }
}

/// Who follows a run, to show it and to keep a record of it.
pub trait Witness {
    /// These lines, by position, are about to be sent: they leave when this has come to its end, written down or not.
    fn before_sending<'a>(&'a self, lines: &'a [usize]) -> LocalBoxFuture<'a, ()>;
    /// A line has another state. Of a line that is sent it is told before it leaves.
    fn moved(&self, line: usize, state: &State);
}

/// So many batches are on their way at once: what is sent can neither be paused nor spared a refusal.
const FEW_BATCHES: usize = 6;
/// So many where answers come in a blink, for then nobody could have held them back anyway.
const MANY_BATCHES: usize = 50;
/// Nobody presses a button sooner.
const BLINK: Duration = Duration::from_millis(200);
/// So often in a row it is found that nobody answers, before the run is given up: half an hour or more.
const MOST_TROUBLES: u32 = 60;
/// The longest wait before it is tried again whether somebody answers.
const LONGEST_TROUBLE: Duration = Duration::from_secs(30);
/// The rate is that of the last half minute.
const RATE_OVER: Duration = Duration::from_secs(30);
/// Over less time than this it would say nothing.
const RATE_FROM: Duration = Duration::from_secs(5);

/// Applies a plan to its end, or as far as it goes, and gives each line's state, in the plan's order; all are final.
///
/// After a refusal that the rest would meet as well, when the administrator cancels, and when nobody answers for half
/// an hour, nothing more is sent.
pub async fn apply(graph: &dyn Assignments, plan: &FrozenPlan, control: &Control, witness: &dyn Witness) -> Vec<State> {
    let mut run = Run::new(graph, plan, control, witness);
    loop {
        let wake = run.launch();
        if run.tasks.is_empty() && run.waiting.is_empty() && run.doubtful.is_empty() {
            return run.states;
        }
        let time: LocalBoxFuture<'_, ()> = match wake {
            Some(time) => graph.clock().sleep(time),
            None => Box::pin(pending()),
        };
        let heard = Box::pin(control.heard());
        let rest = select(time, heard);
        if run.tasks.is_empty() {
            if let Either::Right(_) = rest.await {
                run.calm_at = Duration::ZERO;
            }
            continue;
        }
        match select(run.tasks.next(), rest).await {
            Either::Left((Some(event), _)) => run.take(event),
            Either::Right((Either::Right(_), _)) => run.calm_at = Duration::ZERO,
            _ => {}
        }
    }
}

/// What a task has brought.
enum Event {
    Answered(Sent, Vec<Result<Written, GraphError>>),
    Looked(Looked),
}

/// A batch on its way: its lines, and when it left.
struct Sent {
    lines: Vec<usize>,
    at: Duration,
}

struct Run<'a> {
    graph: &'a dyn Assignments,
    plan: &'a FrozenPlan,
    control: &'a Control,
    witness: &'a dyn Witness,
    states: Vec<State>,
    lines: Vec<Line>,
    order: Order,
    /// What is to be sent, and when that may be at the earliest, and why.
    waiting: Sorted<usize>,
    /// What is to be looked up.
    doubtful: Sorted<usize>,
    due: Vec<(Duration, WaitFor)>,
    tasks: FuturesUnordered<LocalBoxFuture<'a, Event>>,
    sending: usize,
    looking: usize,
    /// How many batches may be on their way: one after trouble, twice as many after each that went well.
    window: usize,
    /// How often in a row nobody answered.
    troubles: u32,
    /// Until then nobody is asked.
    calm_at: Duration,
    /// Nothing more is sent.
    stopped: bool,
    /// When lines were settled, of late.
    settled: Vec<Duration>,
}

impl<'a> Run<'a> {
    fn new(graph: &'a dyn Assignments, plan: &'a FrozenPlan, control: &'a Control, witness: &'a dyn Witness) -> Self {
        let count = plan.steps().len();
        control.edit(|figures| {
            *figures = Default::default();
            figures.counts.waiting = count;
        });
        Self {
            graph,
            plan,
            control,
            witness,
            states: vec![State::Waiting; count],
            lines: (0..count).map(|_| Line::default()).collect(),
            order: Order::new(plan),
            waiting: (0..count).collect(),
            doubtful: Sorted::default(),
            due: vec![(Duration::ZERO, WaitFor::Quota); count],
            tasks: FuturesUnordered::new(),
            sending: 0,
            looking: 0,
            window: FEW_BATCHES,
            troubles: 0,
            calm_at: Duration::ZERO,
            stopped: false,
            settled: Vec::new(),
        }
    }

    fn now(&self) -> Duration {
        self.graph.clock().monotonic()
    }

    fn ends(&self) -> bool {
        self.stopped || self.control.command() == Command::Cancel
    }

    /// Starts what can be started. Gives the time after which more can be, if that is known.
    fn launch(&mut self) -> Option<Duration> {
        let now = self.now();
        if self.ends() {
            for line in std::mem::take(&mut self.waiting) {
                self.leave(line);
            }
            // Whoever cancels does not wait for the network.
            if self.troubles > 1 && self.looking == 0 {
                for line in std::mem::take(&mut self.doubtful) {
                    self.leave(line);
                }
            }
        }
        let mut waits = Waits { now, earliest: None, waits: Vec::new() };
        if self.calm_at > now && !(self.waiting.is_empty() && self.doubtful.is_empty()) {
            waits.add(WaitFor::Connection, self.waiting.len() + self.doubtful.len(), Some(self.calm_at));
        } else {
            self.launch_looks(&mut waits);
            self.launch_batches(&mut waits);
        }
        let earliest = waits.earliest.map(|at| at.saturating_sub(now));
        self.show(waits.waits);
        earliest
    }

    fn launch_looks(&mut self, waits: &mut Waits) {
        if self.looking > 0 {
            return;
        }
        let mut ready = Vec::new();
        for line in self.doubtful.iter() {
            match self.due.get(*line) {
                Some((at, _)) if *at > waits.now => waits.add(WaitFor::Look, 1, Some(*at)),
                _ => ready.push(*line),
            }
        }
        let at_once = if self.troubles > 0 { 1 } else { LOOKS_AT_ONCE };
        for look in looks(self.graph, self.plan, &ready).into_iter().take(at_once) {
            self.looking += 1;
            self.tasks.push(Box::pin(async move { Event::Looked(look.await) }));
        }
    }

    fn launch_batches(&mut self, waits: &mut Waits) {
        if self.control.command() == Command::Pause {
            waits.add(WaitFor::Administrator, self.waiting.len(), None);
            return;
        }
        if self.troubles > 0 && !self.doubtful.is_empty() {
            waits.add(WaitFor::Connection, self.waiting.len(), None);
            return;
        }
        // What can never be sent holds up others that then never can.
        let never = |run: &Self| run.waiting.iter().copied().find(|line| run.order.turn(*line) == Turn::Never);
        while let Some(line) = never(self) {
            self.waiting.remove(&line);
            self.leave(line);
        }
        let mut ready = Vec::new();
        for line in self.waiting.iter() {
            match self.due.get(*line) {
                _ if self.order.turn(*line) == Turn::Later => {}
                Some((at, what)) if *at > waits.now => waits.add(*what, 1, Some(*at)),
                _ => ready.push(*line),
            }
        }
        let mut batches = ready.chunks(LARGEST_BATCH);
        while self.sending < self.window
            && let Some(batch) = batches.next()
        {
            if let Err(left) = self.graph.reserve(batch.len()) {
                let behind = batch.len() + batches.map(<[usize]>::len).sum::<usize>();
                waits.add(WaitFor::Quota, behind, Some(waits.now + left));
                return;
            }
            self.send(batch.to_vec());
        }
    }

    fn send(&mut self, batch: Vec<usize>) {
        let now = self.graph.clock().now();
        let mut writes = Vec::new();
        for line in &batch {
            self.waiting.remove(line);
            if let (Some(sent), Some(change)) = (self.lines.get_mut(*line), self.plan.steps().get(*line)) {
                sent.sent(now);
                writes.push(write(change));
            }
            self.set(*line, State::Sent);
        }
        self.sending += 1;
        let (graph, witness) = (self.graph, self.witness);
        self.tasks.push(Box::pin(async move {
            witness.before_sending(&batch).await;
            let sent = Sent { lines: batch, at: graph.clock().monotonic() };
            let results = graph.write(writes).await;
            Event::Answered(sent, results)
        }));
    }

    fn take(&mut self, event: Event) {
        let now = self.graph.clock().now();
        match event {
            Event::Answered(sent, results) => {
                self.sending -= 1;
                if results.iter().all(|result| result.as_ref().is_err_and(GraphError::is_unreachable)) {
                    self.trouble();
                } else {
                    self.troubles = 0;
                    let in_a_blink = self.now().saturating_sub(sent.at) < BLINK;
                    let most = if in_a_blink { MANY_BATCHES } else { FEW_BATCHES };
                    self.window = (self.window * 2).min(most);
                }
                for (line, result) in sent.lines.into_iter().zip(results) {
                    let (Some(known), Some(change)) = (self.lines.get_mut(line), self.plan.steps().get(line)) else {
                        continue;
                    };
                    let next = known.answered(change, result, now);
                    self.follow(line, next);
                }
            }
            Event::Looked(looked) => {
                self.looking -= 1;
                match &looked.rows {
                    Err(error) if error.is_temporary() => self.trouble(),
                    Err(error) if ends_the_run(error) => self.stopped = true,
                    _ => self.troubles = 0,
                }
                let may_send = !self.ends();
                for line in &looked.lines {
                    let (Some(known), Some(change)) = (self.lines.get_mut(*line), self.plan.steps().get(*line)) else {
                        continue;
                    };
                    let next = known.looked(change, looked.find(change), now, may_send);
                    self.follow(*line, next);
                }
            }
        }
    }

    /// Nobody answered who should have. One request at a time will tell when somebody does again.
    fn trouble(&mut self) {
        let now = self.now();
        // Those that were on their way together fail together.
        if self.calm_at > now {
            return;
        }
        self.window = 1;
        self.troubles += 1;
        self.stopped |= self.troubles >= MOST_TROUBLES;
        self.calm_at = now + Duration::from_secs(1 << (self.troubles - 1).min(5)).min(LONGEST_TROUBLE);
    }

    fn follow(&mut self, line: usize, next: Next) {
        let now = self.now();
        match next {
            Next::End(state) => {
                match &state {
                    State::Failed(error) => self.stopped |= ends_the_run(error),
                    // Where nothing gets through, more would only become unknown.
                    State::Unknown(error) => self.stopped |= self.window == 1 || ends_the_run(error),
                    _ => {}
                }
                self.end(line, state);
            }
            Next::Send { after, what } => {
                self.doubtful.remove(&line);
                self.wait(line, now + after, what);
                self.waiting.insert(line);
                self.set(line, State::Waiting);
            }
            Next::Look { after } => {
                self.wait(line, now + after, WaitFor::Look);
                self.doubtful.insert(line);
            }
        }
    }

    fn wait(&mut self, line: usize, until: Duration, what: WaitFor) {
        if let Some(due) = self.due.get_mut(line) {
            *due = (until, what);
        }
    }

    /// A line that is not followed any further.
    fn leave(&mut self, line: usize) {
        if let Some(known) = self.lines.get_mut(line) {
            let state = known.left();
            self.end(line, state);
        }
    }

    fn end(&mut self, line: usize, state: State) {
        self.doubtful.remove(&line);
        self.order.settle(line, matches!(state, State::Unknown(_) | State::NotDone | State::NotSent));
        self.settled.push(self.now());
        self.set(line, state);
    }

    fn set(&mut self, line: usize, state: State) {
        let Some(known) = self.states.get_mut(line) else { return };
        self.control.edit(|figures| {
            *figures.counts.of(known) -= 1;
            *figures.counts.of(&state) += 1;
        });
        self.witness.moved(line, &state);
        *known = state;
    }

    /// Brings the figures up to date.
    fn show(&mut self, mut waits: Vec<Wait>) {
        let now = self.now();
        self.settled.retain(|at| now.saturating_sub(*at) <= RATE_OVER);
        let settled = &self.settled;
        let graph = self.graph;
        crate::directory::sort_by(&mut waits, |a, b| b.lines.cmp(&a.lines));
        self.control.edit(|figures| {
            let open = figures.counts.waiting + figures.counts.sent;
            let (per_minute, left) = foresee(settled, now, open, graph.time_for(figures.counts.waiting));
            (figures.per_minute, figures.end) = (per_minute, left.map(|left| now + left));
            figures.waits = waits;
        });
    }
}

/// How many lines a minute, and how long for those that are open: by when lines were settled of late, the first of them
/// first, and never sooner than the quota allows. What cannot be known yet is not said.
pub(super) fn foresee(
    settled: &[Duration],
    now: Duration,
    open: usize,
    quota: Duration,
) -> (Option<u32>, Option<Duration>) {
    // Those that were settled first mark the beginning: how long they took is not known.
    let measured = settled.first().and_then(|first| {
        let (over, count) = (now.saturating_sub(*first), settled.iter().filter(|at| *at > first).count());
        (over >= RATE_FROM && count > 0).then_some((over.as_millis(), count))
    });
    let by_rate = measured.and_then(|(over, count)| u64::try_from(open as u128 * over / count as u128).ok());
    let left = Duration::from_millis(by_rate.unwrap_or_default()).max(quota);
    if open == 0 || left.is_zero() {
        return (None, None);
    }
    // A burst does not go on beyond the quota, so its rate would be no promise.
    let per_minute = u32::try_from(open as u128 * 60_000 / left.as_millis().max(1)).ok();
    (per_minute.filter(|rate| measured.is_some() && *rate > 0), Some(left))
}

/// Gathers who waits for what, and when the first of them is to be woken.
struct Waits {
    now: Duration,
    earliest: Option<Duration>,
    waits: Vec<Wait>,
}

impl Waits {
    fn add(&mut self, what: WaitFor, lines: usize, until: Option<Duration>) {
        if lines == 0 {
            return;
        }
        if let Some(until) = until {
            self.earliest = Some(self.earliest.map_or(until, |earliest| earliest.min(until)));
        }
        match self.waits.iter_mut().find(|wait| wait.what == what) {
            Some(wait) => {
                wait.lines += lines;
                wait.until = wait.until.min(until);
            }
            None => self.waits.push(Wait { what, lines, until }),
        }
    }
}

fn write(change: &Change) -> Write {
    match change.clone() {
        Change::Assign { identity, api, role } => Write::Assign { identity, api, role },
        Change::Remove { assignment, api, .. } => Write::Remove { api, assignment },
    }
}
