//! The only user of web_sys and js_sys: a thin adapter a file, each with the smallest surface that the app needs.
//!
//! Nothing here decides anything, and nothing here panics: where the browser refuses, the caller is told.

pub mod activity;
pub mod clipboard;
pub mod clock;
pub mod crypto;
pub mod database;
pub mod download;
pub mod fetch;
pub mod history;
pub mod location;
pub mod lock;
pub mod open_file;
pub mod page;
pub mod panic;
pub mod stop;
pub mod storage;
pub mod tabs;

/// Runs a future to its end, beside all else that the page does.
pub fn spawn(future: impl Future<Output = ()> + 'static) {
    if !stop::is_stopped() {
        wasm_bindgen_futures::spawn_local(future);
    }
}
