//! The form that assigns roles of one API to one identity, or collects that for the plan.

use leptos::ev;
use leptos::prelude::*;

use super::button::button;
use super::dialog::ConfirmDialog;
use super::labels::{code, named_api, named_identity};
use super::rights::rights_note;
use super::role_choice::RoleChoice;
use super::toast::Toasts;
use crate::directory::{Act, ObjectId, Sorted};
use crate::plan::{Change, Draft};
use crate::run::Run;
use crate::signals::{Memo, RwSignal};
use crate::tenant::Tenant;
use crate::view::{El, View, effect, el, live, many, show};

/// The form: it gives roles to `identity`; `run` applies them and shows the outcomes.
pub fn assign_form(identity: ObjectId, run: Run) -> El {
    let tenant = Tenant::here();
    let toasts = expect_context::<Toasts>();
    let choice = RoleChoice::here(RwSignal::new(Sorted::from(vec![identity])));
    let RoleChoice { api, roles, .. } = choice;
    let confirming = RwSignal::new(false);
    let risks = Memo::new(move || choice.risks());
    // What the identity has got is no longer chosen: a later removal must not offer it again, ready to be sent.
    effect(move || {
        let Some(current) = api.get() else { return };
        let gave = run.gave(identity, current);
        if gave.iter().any(|role| choice.is_asked(*role)) {
            choice.keep(|role| !gave.contains(role));
        }
    });
    let changes = move || {
        let Some(api) = api.get_untracked() else { return Vec::new() };
        roles.get_untracked().into_iter().map(|role| Change::Assign { identity, api, role }).collect()
    };
    let apply = move || run.start(Draft::new(changes()).freeze());
    let collect = move || {
        let tally = tenant.planning.collect_changes(&changes());
        choice.keep(|_| false);
        toasts.say(tally.to_string());
    };
    let lack = move || tenant.lack(api.get().map(|api| (Act::Assign, api)));
    let barred = Memo::new(move || lack().is_some_and(|lack| lack.certain));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if barred.get_untracked() {
            return;
        }
        if risks.with_untracked(Vec::is_empty) { apply() } else { confirming.set(true) }
    };
    let verb = move || match roles.with(Vec::len) {
        _ if run.pending() => "Assigning…".to_owned(),
        0 => "Assign roles".to_owned(),
        1 => "Assign 1 role".to_owned(),
        count => format!("Assign {count} roles"),
    };
    let none = move || roles.with(Vec::is_empty);
    let asks = || el("span").class("sub").child("Microsoft may ask for the permission to change assignments.");
    let send = el("button")
        .attr("type", "submit")
        // What waits has the one main button of the page.
        .live("class", move || if run.waiting() > 0 { "button" } else { "button main" })
        .attr("id", "assign")
        .live("disabled", none)
        // Disabled for good, it would lose the focus while it works, and nobody could reach it to hear why.
        .live("aria-disabled", move || (run.pending() || barred.get()).then_some("true"))
        .live("aria-describedby", move || barred.get().then_some("assign-lack"))
        .child(live(verb));
    let later = button("button", collect).live("disabled", none).child("Add to the plan");
    let fields = el("div").class("pad").child(choice.fields(rights_note("assign-lack", lack))).child(
        el("div")
            .class("tools")
            .child(send)
            .child(later)
            .child(show(move || !tenant.may_write.get() && !barred.get(), asks)),
    );
    let question = move || match risks.with(Vec::len) {
        1 => "Assign a privileged role?".to_owned(),
        count => format!("Assign {count} privileged roles?"),
    };
    let who =
        move || tenant.read(|catalog| catalog.identity(identity).map(|it| named_identity(&it.display_name, identity)));
    let all_of_it = move || {
        choice.read(|_, api| {
            let chosen = roles.get();
            let roles = chosen.iter().filter_map(|id| api.role(*id)).map(|role| many![" ", code(role.name())]);
            many!["Gets", roles.collect::<View>(), " of ", named_api(tenant, &api.display_name, api.id)]
        })
    };
    let body = move || {
        many![
            el("div").child(live(who)),
            el("div").child(live(all_of_it)),
            el("p").child("Whoever controls this identity, or the resource it runs on, gets this power:"),
            el("ul").class("stack").child(live(move || risk_list(risks.get()))),
        ]
    };
    let dialog = ConfirmDialog {
        open: confirming,
        id: "privileged-heading",
        title: Box::new(question),
        action: Box::new(verb),
        confirm: Box::new(apply),
        body: Box::new(body),
    };
    el("form")
        .class("card")
        .attr("aria-labelledby", "assign-heading")
        .on(ev::submit, submit)
        .child(el("header").child(el("h2").attr("id", "assign-heading").child("Assign roles")).child(
            el("span").class("sub").child("Object id ").child(el("span").class("id").child(identity.to_string())),
        ))
        .child(fields)
        .child(dialog.view())
}

/// Privileged roles, each with what could be done with it.
pub fn risk_list(risks: Vec<(String, &'static str)>) -> View {
    let item = |(role, how): (String, &'static str)| el("li").child(code(&role)).child(": ").child(how);
    risks.into_iter().map(item).collect()
}
