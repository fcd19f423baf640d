//! The plan that is being applied, or was the last one: it goes on while the administrator looks at other pages.
//!
//! A line that is done leaves the basket, so that what is left in there is what is still to do.

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use leptos::prelude::*;

use crate::browser;
use crate::directory::{AssignmentId, Timestamp};
use crate::plan::{self, Control, Digest, FrozenPlan, Grant, Names, State, Witness};
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
    states: RefCell<Vec<State>>,
    moved: RefCell<Vec<usize>>,
    ended: Cell<Option<Timestamp>>,
}

impl Apply {
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
        Box::pin(async {})
    }

    fn moved(&self, line: usize, state: &State) {
        if let Some(place) = self.states.borrow_mut().get_mut(line) {
            *place = state.clone();
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

impl Default for Applying {
    fn default() -> Self {
        Self { current: StoredValue::new_local(None), beat: RwSignal::new(0) }
    }
}

impl Applying {
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
        let apply = Rc::new(Apply {
            reviewed,
            control: Control::default(),
            started: tenant.now(),
            states: RefCell::new(states),
            moved: RefCell::default(),
            ended: Cell::new(None),
        });
        self.current.set_value(Some(apply.clone()));
        self.beat();
        let run = apply.clone();
        browser::spawn(async move {
            let graph = tenant.graph();
            let plan = &run.reviewed.plan;
            let mut states = plan::apply(&*graph, plan, &run.control, &*run).await;
            run.ended.set(Some(tenant.now()));
            tenant.learn_from(&states);
            plan::watch(&*graph, plan, &mut states, &run.control, &*run).await;
        });
        browser::spawn(async move {
            loop {
                browser::clock::sleep(BEAT).await;
                self.take_moves(tenant, &apply);
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
            tenant.planning.take_out(moved().filter(|(_, state)| state.is_done()).map(|(change, _)| change.grant()));
        }
    }
}
