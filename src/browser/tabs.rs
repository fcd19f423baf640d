//! The other tabs of this deployment. They are told when somebody signed out, that somebody is at the computer, and that
//! a tab is back from the sign-in service; no token ever (SEC-070).

use std::cell::OnceCell;

use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::{BroadcastChannel, MessageEvent};

use super::location;
use crate::directory::Timestamp;

/// Just now; or, told once more, with a space and the time behind it, in milliseconds since 1970.
const SIGNED_OUT: &str = "signed-out";
const HERE: &str = "here";
const BACK: &str = "back";

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

/// Calls back at each word of another tab, for as long as the page lives. The browser delivers messages of this origin
/// alone; what is no text is not ours.
fn on(heard: Box<dyn Fn(&str)>) {
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(word) = event.data().as_string() {
            heard(&word);
        }
    });
    with_channel(|channel| {
        let _ = channel.add_event_listener_with_callback("message", listener.as_ref().unchecked_ref());
    });
    listener.forget();
}

fn on_word(wanted: &'static str, callback: impl Fn() + 'static) {
    on(Box::new(move |word| {
        if word == wanted {
            callback();
        }
    }));
}

/// Tells the other tabs that the administrator signs out.
pub fn say_signed_out() {
    say(SIGNED_OUT);
}

/// Tells them once more that she signed out, and when.
pub fn say_signed_out_at(at: Timestamp) {
    say(&format!("{SIGNED_OUT} {}", at.unix_millis()));
}

/// Calls back when the administrator signs out in another tab; with the time where it is told once more.
pub fn on_signed_out(callback: impl Fn(Option<Timestamp>) + 'static) {
    on(Box::new(move |word| match word.strip_prefix(SIGNED_OUT) {
        Some("") => callback(None),
        Some(at) => {
            if let Some(at) = at.strip_prefix(' ').and_then(|millis| millis.parse().ok()) {
                callback(Some(Timestamp::from_unix_millis(at)));
            }
        }
        None => {}
    }));
}

/// Tells the other tabs that somebody is at the computer.
pub fn say_somebody_is_here() {
    say(HERE);
}

/// Calls back when somebody is at the computer, in another tab.
pub fn on_somebody_elsewhere(callback: impl Fn() + 'static) {
    on_word(HERE, callback);
}

/// Asks the other tabs for what was said while this one was at the sign-in service.
pub fn say_back() {
    say(BACK);
}

/// Calls back when another tab is back from the sign-in service.
pub fn on_back(callback: impl Fn() + 'static) {
    on_word(BACK, callback);
}
