//! The other tabs of this deployment. They are told two things, that somebody signed out and that somebody is at the
//! computer; no token ever (SEC-070).

use std::cell::OnceCell;

use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::{BroadcastChannel, MessageEvent};

use super::{location, storage};

const SIGNED_OUT: &str = "signed-out";
const HERE: &str = "here";

thread_local! {
    // One channel a tab: a tab does not hear itself through the channel that it speaks on.
    static CHANNEL: OnceCell<Option<BroadcastChannel>> = const { OnceCell::new() };
}

fn with_channel(action: impl FnOnce(&BroadcastChannel)) {
    CHANNEL.with(|channel| {
        // Two deployments on one origin are strangers to each other.
        let name = || format!("rolegrant:{}", location::base_path());
        if let Some(channel) = channel.get_or_init(|| BroadcastChannel::new(&name()).ok()) {
            action(channel);
        }
    });
}

fn say(word: &str) {
    with_channel(|channel| {
        let _ = channel.post_message(&JsValue::from_str(word));
    });
}

/// Calls back at one word of another tab, for as long as the page lives. The browser delivers messages of this origin
/// alone; whatever is not the word is not ours.
fn on(word: &'static str, callback: impl Fn() + 'static) {
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if event.data().as_string().as_deref() == Some(word) {
            callback();
        }
    });
    with_channel(|channel| {
        let _ = channel.add_event_listener_with_callback("message", listener.as_ref().unchecked_ref());
    });
    listener.forget();
}

/// Tells the other tabs that the administrator signed out.
pub fn say_signed_out() {
    say(SIGNED_OUT);
}

/// Tells the other tabs that somebody is at the computer.
pub fn say_somebody_is_here() {
    say(HERE);
}

/// Calls back when somebody is at the computer, in another tab.
pub fn on_somebody_elsewhere(callback: impl Fn() + 'static) {
    on(HERE, callback);
}

/// Calls back when the administrator has signed out in another tab. What this tab has stored is gone by then, so that
/// a reload does not sign in again.
pub fn on_signed_out(callback: impl Fn() + 'static) {
    on(SIGNED_OUT, move || {
        storage::clear();
        callback();
    });
}
