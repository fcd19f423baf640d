//! The hand on a run: pause, go on, cancel; and the figures that a display shows.

use std::cell::{Cell, Ref, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};
use std::time::Duration;

use super::State;

/// Steers a run and tells how far it is.
#[derive(Default)]
pub struct Control {
    command: Cell<Command>,
    changed: Cell<bool>,
    waker: RefCell<Option<Waker>>,
    figures: RefCell<Figures>,
}

/// What the administrator wants of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Command {
    /// To go on.
    #[default]
    Run,
    /// To send nothing for now.
    Pause,
    /// To send nothing more.
    Cancel,
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// How many lines are in each state.
    pub counts: Counts,
    /// Lines settled in a minute, by the last half minute and Graph's quota; nothing before that can be known.
    pub per_minute: Option<u32>,
    /// When it will have ended, by Graph's quota and by the rate, once one of them tells: a moment of the monotonic clock.
    pub end: Option<Duration>,
    /// What is waited for, the most lines first.
    pub waits: Vec<Wait>,
}

/// How many lines are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not sent yet.
    pub waiting: usize,
    /// On their way, or being looked up.
    pub sent: usize,
    /// Carried out.
    pub accepted: usize,
    /// Carried out, and shown by the directory.
    pub visible: usize,
    /// So before.
    pub already: usize,
    /// Not done.
    pub failed: usize,
    /// Not known.
    pub unknown: usize,
    /// Sent in vain before the run was stopped.
    pub not_done: usize,
    /// Never sent, since the run was stopped.
    pub not_sent: usize,
}

impl Counts {
    pub(super) fn of(&mut self, state: &State) -> &mut usize {
        match state {
            State::Waiting => &mut self.waiting,
            State::Sent => &mut self.sent,
            State::Accepted(_) => &mut self.accepted,
            State::Visible(_) => &mut self.visible,
            State::AlreadyThere | State::AlreadyGone => &mut self.already,
            State::Failed(_) => &mut self.failed,
            State::Unknown(_) => &mut self.unknown,
            State::NotDone => &mut self.not_done,
            State::NotSent => &mut self.not_sent,
        }
    }
}

/// Lines that wait for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// For what.
    pub what: WaitFor,
    /// How many lines.
    pub lines: usize,
    /// When the next try is, by the monotonic clock; nothing where that is the administrator's to say.
    pub until: Option<Duration>,
}

/// What a line waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitFor {
    /// Graph's quota, or a pause that Graph has asked for.
    Quota,
    /// New objects to be known everywhere.
    Replication,
    /// Somebody else's change of the same object to be over.
    Conflict,
    /// The network, the sign-in service or Graph to answer again.
    Connection,
    /// Seeing in the directory what came of it.
    Look,
    /// The administrator, who has paused the run.
    Administrator,
}

impl Control {
    /// Nothing new is sent until [`resume`](Self::resume); what is on its way is seen to its end.
    pub fn pause(&self) {
        self.want(Command::Pause);
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        self.want(Command::Run);
    }

    /// Nothing new is ever sent; what is on its way is seen to its end.
    pub fn cancel(&self) {
        self.want(Command::Cancel);
    }

    /// What is wanted.
    pub fn command(&self) -> Command {
        self.command.get()
    }

    /// The network is back, or the administrator is impatient: waiting for a connection is over.
    pub fn hurry(&self) {
        self.wake();
    }

    /// How far the run is.
    pub fn figures(&self) -> Ref<'_, Figures> {
        self.figures.borrow()
    }

    pub(super) fn edit(&self, change: impl FnOnce(&mut Figures)) {
        change(&mut self.figures.borrow_mut());
    }

    /// Waits until somebody has said something.
    pub(super) async fn heard(&self) {
        poll_fn(|context| {
            if self.changed.replace(false) {
                return Poll::Ready(());
            }
            self.waker.replace(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
    }

    /// What was cancelled stays so.
    fn want(&self, wish: Command) {
        if self.command.get() != Command::Cancel {
            self.command.set(wish);
        }
        self.wake();
    }

    fn wake(&self) {
        self.changed.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}
