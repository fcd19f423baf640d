//! Short confirmations ("Copied"). Nothing that matters is only here: errors and results stay on their page.

use std::time::Duration;

use leptos::prelude::*;

use crate::signals::RwSignal;
use crate::view::{El, el, live};

const SHOWN_FOR: Duration = Duration::from_secs(4);

/// Where a confirmation is put; any component can take it from the context.
#[derive(Clone, Copy)]
pub struct Toasts(RwSignal<(u32, String)>);

impl Toasts {
    /// Makes the place and offers it to all components below.
    pub fn provide() -> Self {
        let toasts = Self(RwSignal::new((0, String::new())));
        provide_context(toasts);
        toasts
    }

    /// Shows a text for a few seconds, in place of the one before.
    pub fn say(self, text: impl Into<String>) {
        let number = self.0.with_untracked(|(number, _)| number.wrapping_add(1));
        self.0.set((number, text.into()));
        set_timeout(
            move || {
                // A newer text has its own time.
                if self.0.try_with_untracked(|(shown, _)| *shown) == Some(number) {
                    self.0.set((number, String::new()));
                }
            },
            SHOWN_FOR,
        );
    }
}

/// The live region itself; the shell holds one, always, since a region that comes with its text is not read out.
pub fn toast_region() -> El {
    let toasts = expect_context::<Toasts>();
    el("div")
        .class("toast")
        .attr("role", "status")
        .attr("aria-label", "Confirmation")
        .child(live(move || toasts.0.with(|(_, text)| text.clone())))
}
