//! The last look at a plan before it is applied: frozen, with its mark, and with a word to type where it gives power.

use std::rc::Rc;

use leptos::ev;
use leptos::prelude::*;

use super::button::button;
use super::labels::{name, tag, twin_tag};
use super::list::counted;
use super::problem::{Problem, problem_note};
use super::scripts::scripts;
use crate::applying::Reviewed;
use crate::browser;
use crate::directory::{Act, Sorted, grouped, sort_by_key};
use crate::pages::plan::Review;
use crate::permission;
use crate::plan::{Change, Names};
use crate::signals::RwSignal;
use crate::tenant::Tenant;
use crate::view::{El, View, el, live, many};

/// What has to be typed before privileged roles are granted (SEC-094).
fn demanded(reviewed: &Reviewed) -> Option<String> {
    let privileged = reviewed.risks.iter().zip(&reviewed.names).filter(|(risk, _)| risk.is_some());
    let mut roles = privileged.map(|(_, names)| &names.role);
    let role = roles.next()?;
    // Of several, the number of changes: nobody types ten names with attention.
    Some(if roles.all(|other| other == role) { role.clone() } else { reviewed.plan.steps().len().to_string() })
}

/// The review.
pub fn review_card(tenant: Tenant, reviewed: Rc<Reviewed>, review: Review) -> El {
    let typed = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<Problem>);
    let starting = RwSignal::new(false);
    let demand = demanded(&reviewed);
    let count = reviewed.plan.steps().len();
    let ready = {
        let demand = demand.clone();
        move || demand.as_ref().is_none_or(|demand| typed.with(|typed| typed.trim().eq_ignore_ascii_case(demand)))
    };
    let apply = {
        let (ready, reviewed) = (ready.clone(), reviewed.clone());
        move |event: ev::SubmitEvent| {
            event.prevent_default();
            if !untrack(&ready) || starting.get_untracked() {
                return;
            }
            starting.set(true);
            let reviewed = reviewed.clone();
            browser::spawn(async move {
                match permission::ask(tenant).await {
                    Ok(()) => {
                        tenant.applying.start(tenant, reviewed);
                        browser::page::focus_soon("apply");
                    }
                    Err(error) => problem.set(Some(error)),
                }
                starting.set(false);
            });
        }
    };
    let removals = reviewed.plan.steps().iter().filter(|change| change.act() == Act::Remove).count();
    let identities: Sorted<_> = reviewed.plan.steps().iter().map(|change| change.identity()).collect();
    let facts = el("dl")
        .class("facts")
        .child(el("dt").child("Plan"))
        .child(el("dd").child(el("code").child(reviewed.digest.short())))
        .child(el("dt").child("To assign"))
        .child(el("dd").child(counted(count - removals, "role")))
        .child(el("dt").child("To remove"))
        .child(el("dd").child(counted(removals, "role")))
        .child(el("dt").child("Identities"))
        .child(el("dd").child(identities.len()));
    let sure = demand.map(|demand| {
        let number = demand.bytes().all(|byte| byte.is_ascii_digit());
        el("div")
            .class("note warn")
            .child(el("strong").child("Privileged roles: whoever controls these identities gets this power"))
            .child(el("ul").class("stack").child(powers(&reviewed)))
            .child(
                el("label")
                    .attr("for", "sure")
                    .child(if number {
                        "To confirm, type the number of changes: "
                    } else {
                        "To confirm, type the role: "
                    })
                    .child(el("code").child(name(&demand))),
            )
            .child(
                el("input")
                    .attr("id", "sure")
                    .class("field")
                    .attr("autocomplete", "off")
                    .attr("spellcheck", "false")
                    .live_value(move || typed.get())
                    .on(ev::input, move |event| typed.set(event_target_value(&event))),
            )
    });
    let words =
        move || if starting.get() { "Starting…".to_owned() } else { format!("Apply {}", counted(count, "change")) };
    let back = move || {
        review.set(None);
        browser::page::focus_soon("page-heading");
    };
    let buttons = el("div").class("dialog-actions").child(button("button", back).child("Back to the plan")).child(
        el("button")
            .attr("type", "submit")
            .class("button main")
            .live("disabled", move || !ready())
            .live("aria-disabled", move || starting.get().then_some("true"))
            .child(live(words)),
    );
    el("form")
        .class("card")
        .attr("aria-labelledby", "review")
        .on(ev::submit, apply)
        .child(
            el("header")
                .child(el("h2").attr("id", "review").attr("tabindex", "-1").child("Review"))
                .child(el("span").class("soft").child("Exactly this is sent, and nothing else.")),
        )
        .child(
            el("div")
                .class("pad stack")
                .child(facts)
                .child(lines(tenant, &reviewed))
                .child(sure)
                .child(live(move || problem.get().map(problem_note)))
                .child(scripts(tenant, reviewed))
                .child(buttons),
        )
}

/// Each privileged grant, with what could be done with it.
fn powers(reviewed: &Reviewed) -> View {
    let grants = reviewed.names.iter().zip(&reviewed.risks);
    let item = |(names, how): (&Names, &Option<&'static str>)| {
        let how = (*how)?;
        Some(View::from(
            el("li")
                .child(el("strong").child(name(&names.identity)))
                .child(" gets ")
                .child(el("code").child(name(&names.role)))
                .child(" of ")
                .child(name(&names.api))
                .child(": ")
                .child(how),
        ))
    };
    grants.filter_map(item).collect()
}

/// The most lines that are written out; the whole is in the plan's list.
const SHOWN: usize = 200;

/// The changes, as they will be sent.
fn lines(tenant: Tenant, reviewed: &Reviewed) -> View {
    // What deserves a look is in sight, however long the plan is: removals, then privileged roles.
    let mut steps: Vec<_> = reviewed.plan.steps().iter().zip(&reviewed.names).zip(&reviewed.risks).collect();
    sort_by_key(&mut steps, |((change, _), risk)| (change.act() == Act::Assign, risk.is_none()));
    let item = |((change, names), _): ((&Change, &Names), _)| -> View {
        let (class, word) = match change.act() {
            Act::Assign => ("tag good", "Assign"),
            Act::Remove => ("tag bad", "Remove"),
        };
        // Where a name does not tell, the id does.
        let id = |id: String| many![" ", twin_tag(), " ", el("span").class("id").child(id)];
        let (twin_api, twin) = tenant.read_once(|catalog| {
            let api = catalog.api(change.api()).filter(|api| catalog.is_twin_api(api.id));
            (
                api.map(|api| id(api.app_id.to_string())),
                catalog.is_twin_identity(change.identity()).then(|| id(change.identity().to_string())),
            )
        });
        el("li")
            .child(tag(class).child(word))
            .child(" ")
            .child(el("code").child(name(&names.role)))
            .child(" of ")
            .child(name(&names.api))
            .child(twin_api)
            .child(", ")
            .child(el("strong").attr("title", change.identity().to_string()).child(name(&names.identity)))
            .child(twin)
            .into()
    };
    let hidden = reviewed.plan.steps().len().saturating_sub(SHOWN);
    many![
        el("ul")
            .class("review-lines")
            .attr("tabindex", "0")
            .attr("aria-label", "Changes")
            .child(steps.into_iter().take(SHOWN).map(item).collect::<View>()),
        (hidden > 0)
            .then(|| el("p").class("soft").child(format!("And {} more: go back to see all of them.", grouped(hidden)))),
    ]
}
