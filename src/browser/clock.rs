//! Time from the browser.

use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use js_sys::Promise;
use wasm_bindgen_futures::JsFuture;

use super::stop;
use crate::directory::Timestamp;
use crate::http::Clock;

/// `performance.now`, `Date.now` and `setTimeout`.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrowserClock;

impl Clock for BrowserClock {
    fn monotonic(&self) -> Duration {
        let millis = web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now());
        Duration::from_secs_f64(millis.max(0.0) / 1000.0)
    }

    fn now(&self) -> Timestamp {
        // Whole milliseconds, far below 2^53.
        Timestamp::from_unix_millis(js_sys::Date::now() as i64)
    }

    fn sleep(&self, time: Duration) -> LocalBoxFuture<'_, ()> {
        Box::pin(sleep(time))
    }
}

/// How often a countdown is shown anew.
pub const SECOND: Duration = Duration::from_secs(1);

/// Waits. In a background tab the browser may wait longer. Dropped, it leaves no timer behind.
pub async fn sleep(time: Duration) {
    wait(time).await;
    stop::gate().await;
}

/// The same for what has to come to an end once the app has stopped, too.
pub(super) async fn wait(time: Duration) {
    // Rounded up: a wait must never be shorter than asked. And never longer than a browser's timer can wait.
    let millis = time.saturating_add(Duration::from_nanos(999_999)).as_millis();
    let millis = i32::try_from(millis).unwrap_or(i32::MAX);
    let mut timer = None;
    let promise = Promise::new(&mut |resolve, _| {
        timer = web_sys::window().and_then(|window| {
            window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis).ok().map(Timer)
        });
    });
    // A timer's promise is never rejected.
    let _ = JsFuture::from(promise).await;
}

struct Timer(i32);

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            window.clear_timeout_with_handle(self.0);
        }
    }
}
