//! A clock that stands still until everybody waits, and then jumps to the next moment that somebody waits for. The
//! emulator's clock goes with it.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use emulator::Running;
use futures_util::future::LocalBoxFuture;
use futures_util::task::{ArcWake, waker};
use rolegrant::directory::Timestamp;
use rolegrant::http::Clock;

/// Where the emulator's clock stands when it is held and has not been moved, in days since 1970.
const FIRST_DAY: i64 = 20_780;

type Happening = Box<dyn FnOnce()>;

/// The clock of one stage.
pub struct VirtualClock {
    now: Cell<Duration>,
    emulator: Rc<Running>,
    /// How wrong the computer's wall clock is.
    pub wrong_by_millis: Cell<i64>,
    waiting: RefCell<Vec<(Duration, Waker)>>,
    /// What happens by itself, whoever waits.
    late: RefCell<Vec<(Duration, Happening)>>,
}

impl VirtualClock {
    /// A clock at its beginning, like the emulator's.
    pub fn new(emulator: Rc<Running>) -> Rc<Self> {
        Rc::new(Self {
            now: Cell::default(),
            emulator,
            wrong_by_millis: Cell::default(),
            waiting: RefCell::default(),
            late: RefCell::default(),
        })
    }

    /// Runs a future to its end.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let woken = Arc::new(Woken::default());
        let waker = waker(Arc::clone(&woken));
        loop {
            if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return value;
            }
            if woken.0.swap(false, Ordering::Relaxed) {
                continue;
            }
            let waited_for = self.waiting.borrow().iter().map(|(at, _)| *at).min();
            let late = self.late.borrow().iter().map(|(at, _)| *at).min();
            let next = waited_for.expect("the future waits for nothing that will come");
            self.jump_to(late.map_or(next, |late| late.min(next)));
        }
    }

    /// At that time something happens.
    pub fn at(&self, time: Duration, happening: impl FnOnce() + 'static) {
        self.late.borrow_mut().push((time, Box::new(happening)));
    }

    /// Lets all that is still to happen by itself happen.
    pub fn settle(&self) {
        while let Some(next) = { self.late.borrow().iter().map(|(at, _)| *at).min() } {
            self.jump_to(next);
        }
    }

    /// Time passes although nobody waited for it: the computer slept.
    pub fn jump_to(&self, moment: Duration) {
        let before = self.now.get();
        let now = before.max(moment);
        self.now.set(now);
        // In whole milliseconds, without losing any.
        let millis = now.as_millis() - before.as_millis();
        self.emulator.advance_clock(Duration::from_millis(u64::try_from(millis).unwrap()));
        let due: Vec<_> = self.late.borrow_mut().extract_if(.., |(at, _)| *at <= now).collect();
        due.into_iter().for_each(|(_, happening)| happening());
        let due: Vec<_> = self.waiting.borrow_mut().extract_if(.., |(at, _)| *at <= now).collect();
        due.into_iter().for_each(|(_, waker)| waker.wake());
    }
}

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
        Timestamp::from_unix_millis(FIRST_DAY * 86_400_000 + self.wrong_by_millis.get()) + self.now.get()
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
