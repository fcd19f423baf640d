//! The plan that is being applied, or was the last one: it goes on while the administrator looks at other pages.
//!
//! A line that is done leaves the basket, so that what is left in there is what is still to do.

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use leptos::prelude::*;

use crate::activity::Recorder;
use crate::browser::{self, page};
use crate::directory::{AssignmentId, Timestamp};
use crate::plan::record::Sums;
use crate::plan::{self, Control, Digest, FrozenPlan, Grant, Names, State, Witness};
use crate::signals::RwSignal;
use crate::tenant::Tenant;

/// How often the screen looks at a run.
const BEAT: Duration = Duration::from_millis(250);

/// A plan as it was reviewed: what is applied, and what it was called then.
pub struct Reviewed {
    /// The plan.
    pub plan: FrozenPlan,
    /// The names of each step.
    pub names: Vec<Names>,
    /// Where a step grants a privileged role, what could be done with it.
    pub risks: Vec<Option<&'static str>>,
    /// What was wished and is there already.
    pub present: Vec<(Grant, AssignmentId)>,
    /// The mark of the plan.
    pub digest: Digest,
}

/// One run of a plan.
pub struct Apply {
    /// What is applied.
    pub reviewed: Rc<Reviewed>,
    /// Steers it, and tells how far it is.
    pub control: Control,
    /// When it began.
    pub started: Timestamp,
    recorder: Recorder,
    states: RefCell<Vec<State>>,
    moved: RefCell<Vec<usize>>,
    ended: Cell<Option<Timestamp>>,
}

impl Apply {
    /// What its record is called.
    pub fn record_id(&self) -> String {
        self.recorder.id()
    }

    /// How far each line has come.
    pub fn states(&self) -> Ref<'_, [State]> {
        Ref::map(self.states.borrow(), Vec::as_slice)
    }

    /// When the last line was settled, if it was.
    pub fn ended(&self) -> Option<Timestamp> {
        self.ended.get()
    }
}

impl Witness for Apply {
    fn before_sending<'a>(&'a self, _: &'a [usize]) -> LocalBoxFuture<'a, ()> {
        // That they are sent has been noted; now it is written.
        Box::pin(self.recorder.flush())
    }

    fn moved(&self, line: usize, state: &State) {
        if let Some(place) = self.states.borrow_mut().get_mut(line) {
            *place = state.clone();
        }
        if let Some(change) = self.reviewed.plan.steps().get(line) {
            self.recorder.note(line, change, state);
        }
        self.moved.borrow_mut().push(line);
    }
}

/// The run. A handle: copies show the same one.
#[derive(Clone, Copy)]
pub struct Applying {
    current: StoredValue<Option<Rc<Apply>>, LocalStorage>,
    /// Changes when there is something new to see.
    beat: RwSignal<u32>,
}

impl Applying {
    /// No run so far.
    #[expect(clippy::new_without_default, reason = "it listens for the end of the page")]
    pub fn new() -> Self {
        let current = StoredValue::new_local(None::<Rc<Apply>>);
        page::on_leaving(move || {
            if let Some(Some(apply)) = current.try_get_value() {
                apply.recorder.flush_now();
            }
        });
        page::on_online(move || {
            if let Some(Some(apply)) = current.try_get_value() {
                apply.control.hurry();
            }
        });
        Self { current, beat: RwSignal::new(0) }
    }

    /// The run that is shown, and again whenever it has come further.
    pub fn current(self) -> Option<Rc<Apply>> {
        self.beat.track();
        self.current.get_value()
    }

    /// Whether a plan is being applied.
    pub fn is_running(self) -> bool {
        self.current().is_some_and(|apply| apply.ended().is_none())
    }

    /// Applies a plan, unless one is being applied.
    pub fn start(self, tenant: Tenant, reviewed: Rc<Reviewed>) {
        if untrack(|| self.is_running()) {
            return;
        }
        let states = vec![State::Waiting; reviewed.plan.steps().len()];
        let started = tenant.now();
        let apply = Rc::new(Apply {
            recorder: tenant.activity.recorder(started, reviewed.digest, &reviewed.plan, &reviewed.names),
            reviewed,
            control: Control::default(),
            started,
            states: RefCell::new(states),
            moved: RefCell::default(),
            ended: Cell::new(None),
        });
        self.current.set_value(Some(apply.clone()));
        self.beat();
        let stay = page::ReasonToStay::new();
        let run = apply.clone();
        browser::spawn(async move {
            let graph = tenant.graph();
            let plan = &run.reviewed.plan;
            run.recorder.begin(plan, &run.reviewed.names).await;
            let mut states = plan::apply(&*graph, plan, &run.control, &*run).await;
            let ended = tenant.now();
            let sums = Sums::from(run.control.figures().counts);
            run.recorder.end(ended, sums).await;
            run.ended.set(Some(ended));
            drop(stay);
            tenant.learn_from(&states);
            plan::watch(&*graph, plan, &mut states, &run.control, &*run).await;
        });
        browser::spawn(async move {
            loop {
                browser::clock::sleep(BEAT).await;
                self.take_moves(tenant, &apply);
                apply.recorder.flush().await;
                self.beat();
                if apply.ended().is_some() && !apply.states().iter().any(|state| matches!(state, State::Accepted(_))) {
                    return;
                }
            }
        });
    }

    /// Forgets a run that has ended.
    pub fn dismiss(self) {
        if !untrack(|| self.is_running()) {
            self.current.set_value(None);
            self.beat();
        }
    }

    fn beat(self) {
        self.beat.update(|beat| *beat = beat.wrapping_add(1));
    }

    /// Shows in the lists what has happened since the last beat, and drops it from the basket.
    fn take_moves(self, tenant: Tenant, apply: &Apply) {
        let moved = apply.moved.take();
        let states = apply.states();
        let steps = apply.reviewed.plan.steps();
        let moved = || moved.iter().filter_map(|line| Some((steps.get(*line)?, states.get(*line)?)));
        if moved().next().is_some() {
            tenant.note(moved());
            tenant.planning.take_out_done(moved().filter(|(_, state)| state.is_done()).map(|(change, _)| change));
        }
    }
}
