//! `/identities/:id`: what one identity may do, and the form that gives it more.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::identities::skeleton;
use crate::components::assign_form::AssignForm;
use crate::components::copy::{CopyButton, CopyId};
use crate::components::icon::{Icon, Picture};
use crate::components::labels::{DisabledTag, Name, PrivilegedTag, Since, TwinTag, role_label};
use crate::components::page_head::PageHead;
use crate::components::problem::ProblemNote;
use crate::components::remove_dialog::RemoveDialog;
use crate::components::run::{Run, RunOutcomes};
use crate::directory::{AppRoleId, Assignment, Identity, IdentityKind, ObjectId, risk, visible};
use crate::navigation::link_to;
use crate::route::Route;
use crate::tenant::{Load, Tenant};

/// What a host prints of its own token: the roles it carries now.
const CHECK: &str = r#"curl -s -H "Metadata: true" "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=APPLICATION-ID" \
  | jq -r .access_token | cut -d. -f2 | tr '_-' '/+' | base64 -d 2>/dev/null | jq .roles"#;

/// The page of an identity.
#[component]
pub fn IdentityPage(
    /// Its object id.
    id: ObjectId,
) -> impl IntoView {
    let tenant = Tenant::here();
    let load = RwSignal::new(Load::Loading);
    let reload = move || {
        load.set(Load::Loading);
        spawn_local(async move {
            let result = tenant.load_identity(id).await;
            load.set(result.map_or_else(Load::Failed, |()| Load::Loaded));
        });
    };
    reload();
    let run = Run::here();
    let name = Signal::derive(move || {
        tenant.read(|catalog| catalog.identity(id).map(|it| visible(&it.display_name))).unwrap_or_else(|| {
            match load.get() {
                Load::Failed(_) => "Identity".to_owned(),
                _ => "Loading…".to_owned(),
            }
        })
    });
    let known = Memo::new(move |_| tenant.read(|catalog| catalog.identity(id).is_some()));
    view! {
        <nav aria-label="Breadcrumb" class="soft">
            <a href=link_to(Route::Identities)>"Identities"</a>
            " / "
            <bdi>{move || name.get()}</bdi>
        </nav>
        <PageHead title=name>
            {move || tenant.read(|catalog| catalog.identity(id).map(|identity| summary(tenant, identity, catalog.is_twin_identity(id))))}
        </PageHead>
        {move || match load.get() {
            Load::Failed(problem) => Some(view! { <ProblemNote of=problem retry=move |()| reload() /> }),
            _ => None,
        }}
        <RunOutcomes run />
        <Show
            when=move || known.get()
            fallback=move || (load.get() == Load::Loading).then(skeleton)
        >
            <div class="two">
                <div class="stack">
                    <Held id run load />
                    <LiveNote />
                    {move || tenant.read(|catalog| catalog.identity(id).map(|identity| about(tenant, identity)))}
                </div>
                <AssignForm identity=id run />
            </div>
        </Show>
    }
}

/// The line below the name: kind, host, where.
fn summary(tenant: Tenant, identity: &Identity, twin: bool) -> AnyView {
    let place = identity.host.as_ref().map(|host| {
        let what = match identity.kind {
            IdentityKind::SystemAssigned => format!("of the {} ", host.type_label().to_lowercase()),
            IdentityKind::UserAssigned => String::new(),
        };
        let name =
            (identity.kind == IdentityKind::SystemAssigned).then(|| view! { <Name text=host.name.clone() /> " " });
        view! {
            <span>
                {what} {name} "in " <strong><Name text=host.resource_group.clone() /></strong> ", subscription "
                <strong title=host.subscription.clone()>{tenant.subscription(&host.subscription)}</strong>
            </span>
        }
    });
    view! {
        <div class="head-line soft">
            <span class="tag">{identity.kind.label()}</span>
            {(!identity.enabled).then(|| view! { <span class="tag warn">"Disabled"</span> })}
            {twin.then(|| view! { <TwinTag /> })}
            {place}
        </div>
    }
    .into_any()
}

/// The roles held, with since, live-by and the way to remove each.
#[component]
fn Held(id: ObjectId, run: Run, load: RwSignal<Load>) -> impl IntoView {
    let tenant = Tenant::here();
    let removing = RwSignal::new(None::<Assignment>);
    let count = move || {
        tenant.read(|catalog| {
            let apis: std::collections::BTreeSet<ObjectId> = catalog.held_by(id).map(|held| held.resource).collect();
            match (catalog.role_count(id), apis.len()) {
                (0, _) => "none".to_owned(),
                (roles, 1) => format!("{roles}, of 1 API"),
                (roles, apis) => format!("{roles}, of {apis} APIs"),
            }
        })
    };
    let rows = move || {
        tenant
            .read(|catalog| catalog.held_by(id).cloned().collect::<Vec<_>>())
            .into_iter()
            .map(|held| held_row(tenant, held, removing))
            .collect_view()
    };
    let none = move || tenant.read(|catalog| catalog.role_count(id) == 0);
    view! {
        <section class="card" aria-labelledby="held-heading">
            <header>
                <h2 id="held-heading">"Roles held"</h2>
                <span class="soft" role="status">{move || (load.get() != Load::Loading || !none()).then(count)}</span>
            </header>
            <Show
                when=move || !none()
                fallback=move || match load.get() {
                    Load::Loading => skeleton().into_any(),
                    _ => view! { <p class="pad soft">"This identity holds no app role yet. Choose an API and roles in the form."</p> }.into_any(),
                }
            >
                <div class="table-frame">
                    <table aria-labelledby="held-heading">
                        <thead>
                            <tr>
                                <th scope="col">"Role"</th>
                                <th scope="col" class="hide-narrow">"API"</th>
                                <th scope="col" class="hide-narrow">"Since"</th>
                                <th scope="col"><span class="unseen">"Actions"</span></th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </Show>
            <RemoveDialog of=removing run />
        </section>
    }
}

fn held_row(tenant: Tenant, held: Assignment, removing: RwSignal<Option<Assignment>>) -> impl IntoView {
    let now = tenant.now();
    let live_by = held.live_by().filter(|at| *at > now);
    let (role, app, listed) = tenant.read(|catalog| {
        let api = catalog.api(held.resource);
        (api.and_then(|api| api.role(held.role)).cloned(), api.map(|api| api.app_id), api.is_some())
    });
    let danger = app.and_then(|app| risk(app, held.role));
    let label = match &role {
        Some(role) => role_label(role),
        None if held.role == AppRoleId::DEFAULT_ACCESS => "Default access".to_owned(),
        None if listed => format!("Unknown role {}", held.role),
        None => held.role.to_string(),
    };
    let orphan = role.is_none() && listed && held.role != AppRoleId::DEFAULT_ACCESS;
    let enabled = role.as_ref().is_none_or(|role| role.enabled);
    let text = role.map(|role| if role.description.is_empty() { role.display_name } else { role.description });
    let api_name = held.resource_name.clone();
    let remove_label = format!("Remove… {label}");
    let api = held.resource;
    let created = held.created;
    view! {
        <tr>
            <td>
                <code>{label}</code>
                {danger.map(|danger| view! { " " <PrivilegedTag how=danger.how /> })}
                {(!enabled).then(|| view! { " " <DisabledTag /> })}
                {orphan.then(|| view! { " " <span class="tag warn" title="The API no longer has this role. The assignment gives nothing and can be removed.">"Role deleted"</span> })}
                <div class="only-narrow">"of " <Name text=api_name.clone() /></div>
                <div class="sub">{text.map(|text| view! { <Name text /> })}</div>
                {danger.map(|danger| view! { <div class="sub"><strong>{danger.how}</strong></div> })}
            </td>
            <td class="hide-narrow">
                <a href=link_to(Route::Api(api))><Name text=api_name /></a>
            </td>
            <td class="hide-narrow">
                {created.map(|at| view! { <Since at now /> })}
                {live_by.map(|at| view! { <div class="sub">{format!("Live by {at}")}</div> })}
            </td>
            <td class="actions">
                <button type="button" class="button plain" aria-label=remove_label on:click=move |_| removing.set(Some(held.clone()))>
                    "Remove…"
                </button>
            </td>
        </tr>
    }
}

/// Why a grant may not work at once, and how to see whether it does.
#[component]
fn LiveNote() -> impl IntoView {
    view! {
        <details class="note">
            <summary>"A new role reaches the identity's tokens within 24 hours"</summary>
            <p>
                "Azure caches a managed identity's tokens for each API for up to 24 hours, and nothing can hurry it. Until then the API may still answer 403. A removed role may stay in tokens just as long."
            </p>
            <p>"To see which roles a token carries now, run this on the host (a virtual machine, for instance), with the API's application id in place of APPLICATION-ID:"</p>
            <pre tabindex="0">{CHECK}</pre>
            <div><CopyButton what="command" text=CHECK /></div>
            <p class="sub">"On App Service and Functions ask the address in IDENTITY_ENDPOINT instead, with the header X-IDENTITY-HEADER and api-version 2019-08-01."</p>
        </details>
    }
}

/// The identity's ids and where it comes from.
fn about(tenant: Tenant, identity: &Identity) -> impl IntoView + use<> {
    let env = tenant.env();
    let entra = env.config.cloud.entra_admin_center().map(|center| {
        format!(
            "{center}/#view/Microsoft_AAD_IAM/ManagedAppMenuBlade/~/Permissions/objectId/{}/appId/{}",
            identity.id, identity.app_id
        )
    });
    view! {
        <section class="card" aria-labelledby="about-heading">
            <header>
                <h2 id="about-heading">"About"</h2>
                <span class="grow"></span>
                {entra.map(|href| view! {
                    <a class="button plain" href=href target="_blank" rel="noopener noreferrer">
                        "Open in the Entra admin center" <Icon of=Picture::External />
                    </a>
                })}
            </header>
            <div class="pad">
                <dl class="facts">
                    <dt>"Object id"</dt>
                    <dd><CopyId what="object id" id=identity.id.to_string() /></dd>
                    <dt>"Application id"</dt>
                    <dd><CopyId what="application id" id=identity.app_id.to_string() /></dd>
                    {identity.host.as_ref().map(|host| view! {
                        <dt>"Resource"</dt>
                        <dd><CopyId what="resource id" id=visible(&host.resource_id) /></dd>
                        <dt>"Subscription"</dt>
                        <dd><CopyId what="subscription id" id=visible(&host.subscription) /></dd>
                    })}
                    {identity.created.map(|at| view! { <dt>"Created"</dt> <dd>{at.to_string()}</dd> })}
                </dl>
            </div>
        </section>
    }
}
