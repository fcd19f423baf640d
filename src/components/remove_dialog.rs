//! The question before a removal. It names the identity, the role and the API, with the ids that tell twins apart.

use leptos::prelude::*;

use super::dialog::ConfirmDialog;
use super::labels::{Name, role_label};
use super::run::Run;
use crate::directory::Assignment;
use crate::plan::{Change, Draft};
use crate::tenant::Tenant;

/// Asks whether to remove `of`, and removes it.
#[component]
pub fn RemoveDialog(
    /// The assignment in question; the dialog is open while there is one.
    of: RwSignal<Option<Assignment>>,
    /// What removes it and shows the outcome.
    run: Run,
) -> impl IntoView {
    let tenant = Tenant::here();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(of.with(Option::is_some)));
    Effect::new(move |before: Option<bool>| {
        let now = open.get();
        if before == Some(true) && !now {
            of.set(None);
        }
        now
    });
    let confirm = move || {
        if let Some(Assignment { id, principal, resource, role, .. }) = of.get_untracked() {
            let change = Change::Remove { assignment: id, identity: principal, api: resource, role };
            run.start(Draft::new(vec![change]).freeze());
        }
    };
    view! {
        <ConfirmDialog
            open
            id="remove-heading"
            title="Remove this role?"
            action="Remove role"
            danger=true
            on_confirm=move |()| confirm()
        >
            {move || of.get().map(|assignment| facts(tenant, &assignment))}
            <p>
                "The identity loses it for every token issued from now on. Tokens that Azure has cached may carry it for up to 24 hours more."
            </p>
        </ConfirmDialog>
    }
}

fn facts(tenant: Tenant, assignment: &Assignment) -> impl IntoView + use<> {
    let role = tenant.read_once(|catalog| {
        catalog.api(assignment.resource).and_then(|api| api.role(assignment.role)).map(role_label)
    });
    view! {
        <dl class="facts">
            <dt>"Identity"</dt>
            <dd>
                <strong>
                    <Name text=assignment.principal_name.clone() />
                </strong>
                <div class="sub id">{assignment.principal.to_string()}</div>
            </dd>
            <dt>"Role"</dt>
            <dd>
                <code>{role.unwrap_or_else(|| format!("unknown role {}", assignment.role))}</code>
            </dd>
            <dt>"API"</dt>
            <dd>
                <strong>
                    <Name text=assignment.resource_name.clone() />
                </strong>
                <div class="sub id">{assignment.resource.to_string()}</div>
            </dd>
        </dl>
    }
}
