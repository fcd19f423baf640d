//! Ends the session when nobody uses the page: asks first, with time to answer (SEC-068, WCAG 2.2.1).

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::button::button;
use super::dialog::modal;
use super::list::counted;
use crate::auth::idle::{Idle, Standing};
use crate::browser::{self, activity, stop, tabs};
use crate::sign_in;
use crate::signals::{Memo, RwSignal};
use crate::tenant::Tenant;
use crate::view::{View, el, live};

/// Timers of a page that is not looked at are late, so the clocks are asked often.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// How often it is written down, and the other tabs are told, that somebody is here.
const TELL_EVERY: Duration = Duration::from_secs(20);

/// Watches; what it gives back is seen only while it asks.
pub fn watch_idle(tenant: Tenant) -> View {
    let env = tenant.env();
    let idle = Rc::new(Idle::new(env.config.idle, &*env.clock));
    let left = RwSignal::new(None::<u64>);

    let (watched, clock) = (idle.clone(), env.clock.clone());
    let look = Rc::new(move || {
        // A page that has stopped has dropped its session, and says more than this could.
        if stop::is_stopped() {
            return None;
        }
        match watched.standing(&*clock) {
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
                sign_in::end_idle();
                None
            }
        }
    });
    let here = {
        let look = look.clone();
        let told = Cell::new(Duration::ZERO);
        Rc::new(move |tell: bool| {
            idle.touch(&*env.clock);
            // Where it came too late nobody is here, and nobody is told so.
            let is_over = look().is_none();
            let now = env.clock.monotonic();
            if !is_over && now.saturating_sub(told.get()) >= TELL_EVERY {
                told.set(now);
                sign_in::note_seen(&env);
                if tell {
                    tabs::say_somebody_is_here();
                }
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
    let elsewhere = here.clone();
    tabs::on_somebody_elsewhere(move || elsewhere(false));
    let seen = look.clone();
    activity::on_visibility(move || {
        seen();
    });
    browser::spawn(async move {
        while let Some(time) = look() {
            browser::clock::sleep(time).await;
        }
    });
    question(tenant, left, Rc::new(move || here(true)))
}

fn question(tenant: Tenant, left: RwSignal<Option<u64>>, stay: Rc<dyn Fn()>) -> View {
    let open = Memo::new(move || left.with(Option::is_some));
    let leave = move || sign_in::sign_out(&tenant.env(), &tenant.session());
    // Unlike the end that comes by itself, this one forgets, so it says what.
    let label = move || match tenant.waiting.count() + tenant.planning.count() {
        0 => "Sign out".to_owned(),
        count => format!("Sign out and forget {}", counted(count, "change")),
    };
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
                "This page has not been used for a while, so it will soon sign you out. Changes that are not done are \
                 then kept for when you come back. By the button you sign out everywhere, and what is kept goes.",
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
                    .child(button("button", leave).child(live(label)))
                    .child(button("button main", move || stay()).attr("id", "stay").child("Stay signed in")),
            )
    };
    modal("idle-heading", "stay", move || open.get(), closed, content)
        .attr("role", "alertdialog")
        .attr("aria-describedby", "idle-text")
        .into()
}
