//! The question before a removal. It names the identity, the role and the API, with the ids that tell twins apart.

use leptos::prelude::*;

use super::button::button;
use super::dialog::ConfirmDialog;
use super::labels::{name, named_api, named_identity};
use super::toast::Toasts;
use crate::directory::{Act, Assignment};
use crate::plan::{Change, Draft, Wish};
use crate::run::Run;
use crate::signals::RwSignal;
use crate::tenant::Tenant;
use crate::view::{El, effect, el, live, many};

/// The button that asks for a removal. Where it cannot be done, the note `remove-lack` of the page says why.
pub fn remove_button(held: Assignment, label: String, removing: RwSignal<Option<Assignment>>) -> El {
    let barred = Tenant::here().is_barred(Act::Remove, held.resource);
    let ask = move || {
        if !barred {
            removing.set(Some(held.clone()));
        }
    };
    button("button plain", ask)
        .attr("aria-label", label)
        .attr("aria-disabled", barred.then_some("true"))
        .attr("aria-describedby", barred.then_some("remove-lack"))
        .child("Remove…")
}

/// Asks whether to remove `of`, and removes it by the page's run; it is open while there is an assignment in question.
pub fn remove_dialog(of: RwSignal<Option<Assignment>>, run: Run) -> El {
    let tenant = Tenant::here();
    let open = RwSignal::new(false);
    effect(move || open.set(of.with(Option::is_some)));
    effect(move || {
        if !open.get() && of.with_untracked(Option::is_some) {
            of.set(None);
        }
    });
    let change = move || {
        of.get_untracked().map(|Assignment { id, principal, resource, role, .. }| Change::Remove {
            assignment: id,
            identity: principal,
            api: resource,
            role,
        })
    };
    let confirm = move || {
        if let Some(change) = change() {
            run.start(Draft::new(vec![change]).freeze());
        }
    };
    let toasts = expect_context::<Toasts>();
    let later = move || {
        let collect = move || {
            let wish = change().map(|change| (change.grant(), Wish::Remove(None)));
            open.set(false);
            toasts.say(tenant.planning.collect(wish).to_string());
        };
        button("button", collect).child("Remove later: add to the plan").into()
    };
    let body = move || {
        many![
            live(move || of.get().map(|assignment| facts(tenant, &assignment))),
            el("p").child("The identity loses it for every token issued from now on. Tokens that Azure has cached may carry it for up to 24 hours more."),
        ]
    };
    ConfirmDialog {
        open,
        id: "remove-heading",
        title: Box::new(|| "Remove this role?".to_owned()),
        action: Box::new(|| "Remove role".to_owned()),
        confirm: Box::new(confirm),
        body: Box::new(body),
    }
    .view_or(later)
}

fn facts(tenant: Tenant, assignment: &Assignment) -> El {
    let role = tenant.read_once(|catalog| {
        catalog.api(assignment.resource)?.role(assignment.role).map(|role| role.name().to_owned())
    });
    let role = role.unwrap_or_else(|| format!("unknown role {}", assignment.role));
    el("dl")
        .class("facts")
        .child(el("dt").child("Identity"))
        .child(el("dd").child(named_identity(&assignment.principal_name, assignment.principal)))
        .child(el("dt").child("Role"))
        .child(el("dd").child(el("code").child(name(&role))))
        .child(el("dt").child("API"))
        .child(el("dd").child(named_api(tenant, &assignment.resource_name, assignment.resource)))
}
