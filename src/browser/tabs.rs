//! The other tabs of this deployment. They are told one thing, that somebody signed out; no token ever (SEC-070).

use std::cell::OnceCell;

use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::{BroadcastChannel, MessageEvent};

use super::{location, storage};

const SIGNED_OUT: &str = "signed-out";

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

/// Tells the other tabs that the administrator signed out.
pub fn say_signed_out() {
    with_channel(|channel| {
        let _ = channel.post_message(&JsValue::from_str(SIGNED_OUT));
    });
}

/// Calls back when the administrator has signed out in another tab. What this tab has stored is gone by then, so that
/// a reload does not sign in again.
pub fn on_signed_out(callback: impl Fn() + 'static) {
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        // The browser delivers messages of this origin alone; anything but the one word is not ours.
        if event.data().as_string().as_deref() == Some(SIGNED_OUT) {
            storage::clear();
            callback();
        }
    });
    with_channel(|channel| channel.set_onmessage(Some(listener.as_ref().unchecked_ref())));
    // For as long as the page lives.
    listener.forget();
}
