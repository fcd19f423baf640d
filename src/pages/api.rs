//! `/apis/:id`: the app roles of one API, and who holds each.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::apis::publisher;
use super::identities::skeleton;
use crate::components::copy::CopyId;
use crate::components::labels::{DisabledTag, Name, PrivilegedTag, Since, TwinTag, role_label};
use crate::components::page_head::PageHead;
use crate::components::problem::ProblemNote;
use crate::components::remove_dialog::RemoveDialog;
use crate::components::run::{Run, RunOutcomes};
use crate::components::search_box::{Pill, SearchBox};
use crate::directory::{
    Api, AppRole, AppRoleId, Assignment, Catalog, ObjectId, PrincipalKind, match_roles, risk, visible,
};
use crate::navigation::{Navigation, link_to};
use crate::route::Route;
use crate::tenant::{Load, Tenant};

/// The most rows of a list shown at once on this page; more can be asked for.
const SHOWN: usize = 100;

/// The page of an API.
#[component]
pub fn ApiPage(
    /// Its object id.
    id: ObjectId,
) -> impl IntoView {
    let tenant = Tenant::here();
    let load = RwSignal::new(Load::Loading);
    let reload = move || {
        load.set(Load::Loading);
        spawn_local(async move {
            let result = tenant.load_api(id).await;
            load.set(result.map_or_else(Load::Failed, |()| Load::Loaded));
        });
    };
    reload();
    let run = Run::here();
    let name = Signal::derive(move || {
        tenant.read(|catalog| catalog.api(id).map(|api| visible(&api.display_name))).unwrap_or_else(|| {
            match load.get() {
                Load::Failed(_) => "API".to_owned(),
                _ => "Loading…".to_owned(),
            }
        })
    });
    let known = Memo::new(move |_| tenant.read(|catalog| catalog.api(id).is_some()));
    view! {
        <nav aria-label="Breadcrumb" class="soft">
            <a href=link_to(Route::Apis)>"APIs"</a>
            " / "
            <bdi>{move || name.get()}</bdi>
        </nav>
        <PageHead title=name>
            {move || tenant.read(|catalog| catalog.api(id).map(|api| summary(tenant, api, catalog.is_twin_api(id))))}
        </PageHead>
        {move || match load.get() {
            Load::Failed(problem) => Some(view! { <ProblemNote of=problem retry=move |()| reload() /> }),
            _ => None,
        }}
        <RunOutcomes run />
        <Show when=move || known.get() fallback=move || (load.get() == Load::Loading).then(skeleton)>
            <Lists id run load />
        </Show>
    }
}

/// The line below the name: publisher, application id, what is peculiar.
fn summary(tenant: Tenant, api: &Api, twin: bool) -> AnyView {
    view! {
        <div class="head-line soft">
            <span class="tag">{publisher(tenant, api)}</span>
            {twin.then(|| view! { <TwinTag /> })}
            {(!api.enabled).then(|| view! { <span class="tag warn">"Disabled"</span> })}
            {api.assignment_required.then(|| view! {
                <span class="tag info" title="Only what is assigned to this API gets a token for it: an identity needs at least one role here.">
                    "Assignment required"
                </span>
            })}
            <span>"Application id " <CopyId what="application id" id=api.app_id.to_string() /></span>
            <span>"Object id " <CopyId what="object id" id=api.id.to_string() /></span>
        </div>
    }
    .into_any()
}

/// The search, the roles and the holders. The role chosen in the address narrows the holders.
#[component]
fn Lists(id: ObjectId, run: Run, load: RwSignal<Load>) -> impl IntoView {
    let navigation = Navigation::here();
    let text = Signal::derive(move || navigation.value("q").unwrap_or_default());
    let role = Signal::derive(move || navigation.value("role").and_then(|id| id.parse::<AppRoleId>().ok()));
    let identities_only = Signal::derive(move || navigation.value("identities").is_some());
    let go = move |text: String, role: Option<AppRoleId>, identities_only: bool| {
        let mut pairs = Vec::new();
        if !text.is_empty() {
            pairs.push(("q", text));
        }
        if let Some(role) = role {
            pairs.push(("role", role.to_string()));
        }
        if identities_only {
            pairs.push(("identities", "only".to_owned()));
        }
        navigation.set_query(pairs);
    };
    view! {
        <div class="tools">
            <SearchBox
                text
                on_change=move |text: String| go(text, role.get_untracked(), identities_only.get_untracked())
                placeholder="Role, description or holder"
            />
            <Pill
                label="Managed identities only"
                on=identities_only
                toggle=move |()| go(text.get_untracked(), role.get_untracked(), !identities_only.get_untracked())
            />
        </div>
        <Roles
            id
            text
            role
            on_role={move |role| go(text.get_untracked(), role, identities_only.get_untracked())}
        />
        <Holders id text role identities_only run load />
    }
}

/// The roles for applications, each with the number of its holders.
#[component]
fn Roles(
    id: ObjectId,
    text: Signal<String>,
    role: Signal<Option<AppRoleId>>,
    #[prop(into)] on_role: Callback<Option<AppRoleId>>,
) -> impl IntoView {
    let tenant = Tenant::here();
    let all = RwSignal::new(false);
    let found = Memo::new(move |_| {
        tenant.read(|catalog| {
            let Some(api) = catalog.api(id) else { return Vec::new() };
            let fits = text.with(|text| match_roles(api, text));
            let roles = fits.into_iter().filter_map(|position| api.roles.get(position));
            let mut counted: Vec<(AppRole, usize)> = roles
                .filter(|role| role.for_applications)
                .map(|role| (role.clone(), catalog.holders_of(id).filter(|held| held.role == role.id).count()))
                .collect();
            // Those held come first: with 700 roles they are what one looks for.
            counted.sort_by(|(a, held_a), (b, held_b)| {
                (*held_b > 0).cmp(&(*held_a > 0)).then_with(|| a.value.cmp(&b.value))
            });
            counted
        })
    });
    let app = tenant.read_once(|catalog| catalog.api(id).map(|api| api.app_id));
    let rows = move || {
        let shown = if all.get() { usize::MAX } else { SHOWN };
        found
            .get()
            .into_iter()
            .take(shown)
            .map(|(item, holders)| {
                let role_id = item.id;
                let danger = app.and_then(|app| risk(app, role_id));
                let label = role_label(&item);
                let pressed = move || role.get() == Some(role_id);
                view! {
                    <tr>
                        <td>
                            <code>{label.clone()}</code>
                            {danger.map(|danger| view! { " " <PrivilegedTag how=danger.how /> })}
                            {(!item.enabled).then(|| view! { " " <DisabledTag /> })}
                            <div class="sub">
                                <Name text=if item.description.is_empty() { item.display_name.clone() } else { item.description.clone() } />
                            </div>
                            {danger.map(|danger| view! { <div class="sub"><strong>{danger.how}</strong></div> })}
                        </td>
                        <td class="number">{holders}</td>
                        <td class="actions hide-narrow">
                            <button
                                type="button"
                                class="pill"
                                aria-pressed=move || pressed().to_string()
                                aria-label=format!("Only its holders: {label}")
                                disabled=holders == 0
                                on:click=move |_| on_role.run((!pressed()).then_some(role_id))
                            >
                                "Only its holders"
                            </button>
                        </td>
                    </tr>
                }
            })
            .collect_view()
    };
    let hidden = move || if all.get() { 0 } else { found.with(Vec::len).saturating_sub(SHOWN) };
    view! {
        <section class="card" aria-labelledby="roles-heading">
            <header>
                <h2 id="roles-heading">"App roles"</h2>
                <span class="status" role="status">{move || format!("{} for applications", found.with(Vec::len))}</span>
            </header>
            <Show
                when=move || found.with(|found| !found.is_empty())
                fallback=|| view! { <p class="pad soft">"No role for applications fits the search."</p> }
            >
                <div class="table-frame">
                    <table aria-labelledby="roles-heading">
                        <thead>
                            <tr>
                                <th scope="col">"Role"</th>
                                <th scope="col" class="number">"Holders"</th>
                                <th scope="col" class="hide-narrow"><span class="unseen">"Actions"</span></th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </Show>
            <Show when=move || { hidden() > 0 }>
                <div class="pad">
                    <div>
                        <button type="button" class="button" on:click=move |_| all.set(true)>
                            {move || format!("Show {} more roles", hidden())}
                        </button>
                    </div>
                </div>
            </Show>
        </section>
    }
}

/// Everyone and everything that holds a role of this API.
#[component]
fn Holders(
    id: ObjectId,
    text: Signal<String>,
    role: Signal<Option<AppRoleId>>,
    identities_only: Signal<bool>,
    run: Run,
    load: RwSignal<Load>,
) -> impl IntoView {
    let tenant = Tenant::here();
    let removing = RwSignal::new(None::<Assignment>);
    let all = RwSignal::new(false);
    let found = Memo::new(move |_| {
        let needle = text.get().to_lowercase();
        tenant.read(|catalog| {
            let fits = |held: &&Assignment| {
                role.get().is_none_or(|role| held.role == role)
                    && (!identities_only.get() || catalog.identity(held.principal).is_some())
                    && (needle.is_empty()
                        || held.principal_name.to_lowercase().contains(&needle)
                        || held.principal.to_string() == needle
                        || value_of(catalog, held).to_lowercase().contains(&needle))
            };
            let mut found: Vec<Assignment> = catalog.holders_of(id).filter(fits).cloned().collect();
            found.sort_by_cached_key(|held| {
                (held.principal_name.to_lowercase(), held.principal, value_of(catalog, held))
            });
            found
        })
    });
    let rows = move || {
        let shown = if all.get() { usize::MAX } else { SHOWN };
        found.get().into_iter().take(shown).map(|held| holder_row(tenant, held, removing)).collect_view()
    };
    let hidden = move || if all.get() { 0 } else { found.with(Vec::len).saturating_sub(SHOWN) };
    view! {
        <section class="card" aria-labelledby="holders-heading">
            <header>
                <h2 id="holders-heading">"Holders"</h2>
                <span class="status" role="status">
                    {move || (load.get() != Load::Loading).then(|| format!("{} assignments", found.with(Vec::len)))}
                </span>
            </header>
            <Show
                when=move || found.with(|found| !found.is_empty())
                fallback=move || match load.get() {
                    Load::Loading => skeleton().into_any(),
                    _ => view! { <p class="pad soft">"Nobody holds a role of this API that fits."</p> }.into_any(),
                }
            >
                <div class="table-frame">
                    <table aria-labelledby="holders-heading">
                        <thead>
                            <tr>
                                <th scope="col">"Holder"</th>
                                <th scope="col" class="hide-narrow">"Role"</th>
                                <th scope="col" class="hide-narrow">"Since"</th>
                                <th scope="col"><span class="unseen">"Actions"</span></th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </Show>
            <Show when=move || { hidden() > 0 }>
                <div class="pad">
                    <div>
                        <button type="button" class="button" on:click=move |_| all.set(true)>
                            {move || format!("Show {} more", hidden())}
                        </button>
                    </div>
                </div>
            </Show>
            <RemoveDialog of=removing run />
        </section>
    }
}

fn holder_row(tenant: Tenant, held: Assignment, removing: RwSignal<Option<Assignment>>) -> impl IntoView {
    let now = tenant.now();
    let (identity, label) =
        tenant.read(|catalog| (catalog.identity(held.principal).map(|it| it.kind), value_of(catalog, &held)));
    let kind = match (&held.principal_kind, identity) {
        (_, Some(kind)) => format!("{} identity", kind.label()),
        (PrincipalKind::ServicePrincipal, None) => "Application".to_owned(),
        (PrincipalKind::User, None) => "User".to_owned(),
        (PrincipalKind::Group, None) => "Group".to_owned(),
        (PrincipalKind::Other(other), None) => visible(other),
    };
    let name = held.principal_name.clone();
    let principal = held.principal;
    let created = held.created;
    let remove_label = format!("Remove… {label} from {}", visible(&name));
    let removable = identity.is_some();
    view! {
        <tr>
            <td>
                {if identity.is_some() {
                    view! { <a href=link_to(Route::Identity(principal))><Name text=name /></a> }.into_any()
                } else {
                    view! { <Name text=name /> }.into_any()
                }}
                <div class="sub">{kind}</div>
                <div class="only-narrow"><code>{label.clone()}</code></div>
            </td>
            <td class="hide-narrow"><code>{label}</code></td>
            <td class="hide-narrow">{created.map(|at| view! { <Since at now /> })}</td>
            <td class="actions">
                {removable.then(|| view! {
                    <button type="button" class="button plain" aria-label=remove_label on:click=move |_| removing.set(Some(held.clone()))>
                        "Remove…"
                    </button>
                })}
            </td>
        </tr>
    }
}

/// The value of the role of an assignment, or what stands for it.
fn value_of(catalog: &Catalog, held: &Assignment) -> String {
    match catalog.api(held.resource).and_then(|api| api.role(held.role)) {
        Some(role) => role_label(role),
        None if held.role == AppRoleId::DEFAULT_ACCESS => "Default access".to_owned(),
        None => format!("Unknown role {}", held.role),
    }
}
