//! Ends the session when nobody uses the page: asks first, with time to answer (SEC-068, WCAG 2.2.1).

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;

use super::button::button;
use super::dialog::modal;
use crate::auth::idle::{Idle, Standing};
use crate::browser::{self, activity, tabs};
use crate::sign_in;
use crate::tenant::Tenant;
use crate::view::{View, el, live};

/// Timers of a page that is not looked at are late, so the clocks are asked often.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// How often the other tabs are told that somebody is here.
const TELL_EVERY: Duration = Duration::from_secs(20);

/// Watches; what it gives back is seen only while it asks.
pub fn watch_idle(tenant: Tenant) -> View {
    let env = tenant.env();
    let idle = Rc::new(Idle::new(env.config.idle, &*env.clock));
    let left = RwSignal::new(None::<u64>);

    let here = {
        let (idle, env) = (idle.clone(), env.clone());
        let told = Cell::new(Duration::ZERO);
        Rc::new(move |tell: bool| {
            idle.touch(&*env.clock);
            let now = env.clock.monotonic();
            if tell && now.saturating_sub(told.get()) >= TELL_EVERY {
                told.set(now);
                tabs::say_somebody_is_here();
            }
        })
    };
    // Once it asks, only the answer counts: a hand that brushes the mouse is no administrator.
    let noticed = here.clone();
    activity::on_sign_of_life(move || {
        if left.with_untracked(Option::is_none) {
            noticed(true);
        }
    });
    let look = Rc::new(move || match idle.standing(&*env.clock) {
        Standing::Active(time) => {
            if left.with_untracked(Option::is_some) {
                left.set(None);
            }
            Some(time.min(LOOK_EVERY))
        }
        Standing::Warning(time) => {
            left.set(Some(time.as_secs()));
            Some(Duration::from_secs(1))
        }
        Standing::Over => {
            sign_in::end_idle(&tenant.session());
            None
        }
    });
    let elsewhere = (here.clone(), look.clone());
    tabs::on_somebody_elsewhere(move || {
        elsewhere.0(false);
        elsewhere.1();
    });
    let seen = look.clone();
    activity::on_visibility(move || {
        seen();
    });
    let stay = {
        let look = look.clone();
        move || {
            here(true);
            look();
        }
    };
    browser::spawn(async move {
        while let Some(time) = look() {
            browser::clock::sleep(time).await;
        }
    });
    question(tenant, left, Rc::new(stay))
}

fn question(tenant: Tenant, left: RwSignal<Option<u64>>, stay: Rc<dyn Fn()>) -> View {
    let open = Memo::new(move |_| left.with(Option::is_some));
    let leave = move || sign_in::sign_out(&tenant.env(), &tenant.session());
    let escaped = stay.clone();
    // Closed by Escape while it asks, which is an answer too.
    let closed = move || {
        if left.with_untracked(Option::is_some) {
            escaped();
        }
    };
    let content = move || {
        let stay = stay.clone();
        let clock = move || {
            let left = left.get().unwrap_or_default();
            format!("{}:{:02}", left / 60, left % 60)
        };
        el("div")
            .class("dialog-body")
            .child(el("h2").attr("id", "idle-heading").child("Are you still there?"))
            .child(el("p").attr("id", "idle-text").child(
                "Nobody has used this page for a while. It will sign you out, so that nobody else can use your rights. \
                 Changes that were not sent wait for you.",
            ))
            // A screen reader is not told every second: the question says enough, and this can be read.
            .child(
                el("p")
                    .attr("role", "timer")
                    .attr("aria-live", "off")
                    .child("Time left: ")
                    .child(el("strong").child(live(clock))),
            )
            .child(
                el("div")
                    .class("dialog-actions")
                    .child(button("button", leave).child("Sign out"))
                    .child(button("button main", move || stay()).attr("autofocus", true).child("Stay signed in")),
            )
    };
    modal("idle-heading", move || open.get(), closed, content).attr("aria-describedby", "idle-text").into()
}
