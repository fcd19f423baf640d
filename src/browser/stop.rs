//! Whether the app has stopped for good: at an error of its own, or because the session is over. Then nothing leaves any
//! more, nothing that waited goes on, and what must not stay is dropped (SEC-069, SEC-133).
//!
//! After a panic WebAssembly is still there, and so is every timer and every answer on its way: each could run on with
//! what the panic left half done, or bring back what a sign-out took away. So whatever leaves or wakes passes the
//! [`gate`].

use std::cell::{Cell, RefCell};

use js_sys::Set;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::AbortController;

thread_local! {
    static STOPPED: Cell<bool> = const { Cell::new(false) };
    // The browser's own set: it is never borrowed when the app stops.
    static UNDER_WAY: Set = Set::new(&JsValue::UNDEFINED);
    static LAST_ACTS: RefCell<Vec<Box<dyn Fn()>>> = const { RefCell::new(Vec::new()) };
}

/// Whether the app has stopped.
pub fn is_stopped() -> bool {
    STOPPED.get()
}

/// Lets pass, or once the app has stopped, never.
pub async fn gate() {
    if is_stopped() {
        std::future::pending::<()>().await;
    }
}

/// Has something done when the app stops. It may run in the middle of a panic: it must not panic itself, whatever is
/// borrowed.
pub fn on_stop(act: impl Fn() + 'static) {
    LAST_ACTS.with_borrow_mut(|acts| acts.push(Box::new(act)));
}

/// Stops the app: from now on nothing leaves, what is on its way is broken off, and what was to be done at the end is
/// done. `false` if it had stopped before.
pub fn stop() -> bool {
    if STOPPED.replace(true) {
        return false;
    }
    UNDER_WAY.with(|under_way| {
        under_way.for_each(&mut |controller, _, _| controller.unchecked_ref::<AbortController>().abort());
    });
    LAST_ACTS.with(|acts| {
        if let Ok(acts) = acts.try_borrow() {
            acts.iter().for_each(|act| act());
        }
    });
    true
}

/// A request that is broken off when the app stops, and when whoever waits for it loses interest.
pub(super) struct UnderWay(AbortController);

impl UnderWay {
    pub(super) fn new(controller: AbortController) -> Self {
        UNDER_WAY.with(|under_way| under_way.add(&controller));
        Self(controller)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        UNDER_WAY.with(|under_way| under_way.delete(&self.0));
        // After the whole answer this does nothing.
        self.0.abort();
    }
}
