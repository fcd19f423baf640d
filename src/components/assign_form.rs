//! The form that assigns roles of one API to one identity. What is chosen lives in the address (`?api=…&roles=…`), so
//! it survives a reload and the redirect that asks for the permission to write, and can be sent to a colleague.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::combobox::{Choice, Combobox};
use super::dialog::ConfirmDialog;
use super::icon::{Icon, Picture};
use super::labels::{Name, PrivilegedTag, role_label};
use super::run::Run;
use crate::directory::{Api, ApiQuery, AppRole, AppRoleId, Catalog, ObjectId, Risk, match_roles, risk, visible};
use crate::navigation::Navigation;
use crate::plan::{Change, Draft};
use crate::tenant::{Load, Tenant};

/// The most roles listed at once: Microsoft Graph has over 700.
const SHOWN: usize = 50;

/// The form.
#[component]
pub fn AssignForm(
    /// Who gets the roles.
    identity: ObjectId,
    /// What applies them and shows the outcomes.
    run: Run,
) -> impl IntoView {
    let tenant = Tenant::here();
    let navigation = Navigation::here();
    let api = Memo::new(move |_| navigation.value("api").and_then(|id| id.parse().ok()));
    // Only what can be assigned counts: a link may be old, and a role may be held by now.
    let chosen = Memo::new(move |_| {
        let ids = navigation.value("roles").unwrap_or_default();
        let wanted: Vec<AppRoleId> = ids.split(',').filter_map(|id| id.parse().ok()).collect();
        tenant.read(|catalog| {
            let Some(api) = api.get().and_then(|id| catalog.api(id)) else { return Vec::new() };
            let free = |role: &&AppRole| wanted.contains(&role.id) && !holds(catalog, identity, api.id, role.id);
            api.assignable_roles().filter(free).map(|role| role.id).collect()
        })
    });
    let choose = move |api: Option<ObjectId>, roles: &[AppRoleId]| {
        let mut pairs = Vec::new();
        if let Some(api) = api {
            pairs.push(("api", api.to_string()));
        }
        if !roles.is_empty() {
            pairs.push(("roles", roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")));
        }
        navigation.set_query(pairs);
    };
    let toggle = move |role: AppRoleId| {
        let mut roles = chosen.get_untracked();
        match roles.iter().position(|chosen| *chosen == role) {
            Some(position) => {
                roles.remove(position);
            }
            None => roles.push(role),
        }
        choose(api.get_untracked(), &roles);
    };

    let confirming = RwSignal::new(false);
    let risks = Memo::new(move |_| tenant.read(|catalog| risks(catalog, api.get(), &chosen.get())));
    let apply = move || {
        let Some(api) = api.get_untracked() else { return };
        let changes = chosen.get_untracked().into_iter().map(|role| Change::Assign { identity, api, role }).collect();
        run.start(Draft::new(changes).freeze());
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if risks.with_untracked(Vec::is_empty) { apply() } else { confirming.set(true) }
    };
    let button = move || match chosen.with(Vec::len) {
        _ if run.pending() => "Assigning…".to_owned(),
        0 => "Assign roles".to_owned(),
        1 => "Assign 1 role".to_owned(),
        count => format!("Assign {count} roles"),
    };
    let api_name = Signal::derive(move || {
        tenant.read(|catalog| {
            api.get().and_then(|id| catalog.api(id)).map(|api| visible(&api.display_name)).unwrap_or_default()
        })
    });
    view! {
        <form class="card" aria-labelledby="assign-heading" on:submit=submit>
            <header>
                <h2 id="assign-heading">"Assign roles"</h2>
            </header>
            <div class="pad">
                <Combobox
                    label="API"
                    placeholder="Name, role value or application id"
                    find=move |text| tenant.read(|catalog| proposals(catalog, text))
                    chosen=api_name
                    on_choose=move |id| choose(id, &[])
                />
                <Show when=move || tenant.apis.with(|load| *load == Load::Loading)>
                    <span class="sub">"The APIs are still loading: more will be found in a moment."</span>
                </Show>
                <Show when=move || api.get().is_some()>
                    <RoleList identity api chosen toggle />
                </Show>
                <Chosen api chosen toggle />
                <div class="tools">
                    <button
                        type="submit"
                        class="button main"
                        disabled=move || run.pending() || chosen.with(Vec::is_empty)
                    >
                        {button}
                    </button>
                    <Show when=move || !tenant.may_write.get()>
                        <span class="sub">"Microsoft asks once for the permission to change assignments."</span>
                    </Show>
                </div>
            </div>
            <ConfirmDialog
                open=confirming
                id="privileged-heading"
                title=Signal::derive(move || match risks.with(Vec::len) {
                    1 => "Assign a privileged role?".to_owned(),
                    count => format!("Assign {count} privileged roles?"),
                })
                action=Signal::derive(button)
                danger=true
                on_confirm=move |()| apply()
            >
                <p>
                    {move || tenant.read(|catalog| catalog.identity(identity).map(|it| {
                        view! { <strong><Name text=it.display_name.clone() /></strong> <div class="sub id">{identity.to_string()}</div> }
                    }))}
                </p>
                <p>"Whoever controls this identity, or the resource it runs on, gets this power:"</p>
                <ul class="stack">
                    {move || {
                        risks
                            .get()
                            .into_iter()
                            .map(|(role, how)| view! { <li><code><Name text=role /></code> ": " {how}</li> })
                            .collect_view()
                    }}
                </ul>
            </ConfirmDialog>
        </form>
    }
}

/// The roles of the chosen API, with a filter.
#[component]
fn RoleList(
    identity: ObjectId,
    #[prop(into)] api: Signal<Option<ObjectId>>,
    #[prop(into)] chosen: Signal<Vec<AppRoleId>>,
    toggle: impl Fn(AppRoleId) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let tenant = Tenant::here();
    let filter = RwSignal::new(String::new());
    let all = RwSignal::new(false);
    let found = Memo::new(move |_| {
        tenant.read(|catalog| {
            let Some(api) = api.get().and_then(|id| catalog.api(id)) else { return Vec::new() };
            let fits = filter.with(|text| match_roles(api, text));
            fits.into_iter()
                .filter_map(|position| api.roles.get(position))
                .filter(|role| role.enabled && role.for_applications)
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    let count = Memo::new(move |_| {
        tenant.read(|catalog| api.get().and_then(|id| catalog.api(id)).map_or(0, |api| api.assignable_roles().count()))
    });
    let rows = move || {
        let shown = if all.get() { usize::MAX } else { SHOWN };
        found
            .get()
            .into_iter()
            .take(shown)
            .map(|role| role_row(tenant, identity, api.get(), role, chosen, toggle))
            .collect_view()
    };
    let hidden = move || if all.get() { 0 } else { found.with(Vec::len).saturating_sub(SHOWN) };
    view! {
        <fieldset class="labelled">
            <legend>"Roles"</legend>
            <input
                class="field"
                type="search"
                aria-label="Filter the roles"
                autocomplete="off"
                spellcheck="false"
                placeholder=move || format!("Filter {} roles", count.get())
                prop:value=move || filter.get()
                on:input=move |event| filter.set(event_target_value(&event))
            />
            <Show
                when=move || found.with(|found| !found.is_empty())
                fallback=move || {
                    view! {
                        <p class="soft">
                            {move || {
                                if count.get() == 0 {
                                    "This API has no enabled role for applications: an administrator of the API has to add one."
                                } else {
                                    "No role fits the filter."
                                }
                            }}
                        </p>
                    }
                }
            >
                <ul class="roles" tabindex="0" aria-label="Roles to choose from">
                    {rows}
                </ul>
            </Show>
            <Show when=move || { hidden() > 0 }>
                <div>
                    <button type="button" class="button small" on:click=move |_| all.set(true)>
                        {move || format!("Show {} more roles", hidden())}
                    </button>
                </div>
            </Show>
        </fieldset>
    }
}

fn role_row(
    tenant: Tenant,
    identity: ObjectId,
    api: Option<ObjectId>,
    role: AppRole,
    chosen: Signal<Vec<AppRoleId>>,
    toggle: impl Fn(AppRoleId) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let id = role.id;
    let (held, danger) = tenant.read(|catalog| {
        let api = api.and_then(|id| catalog.api(id));
        (api.is_some_and(|api| holds(catalog, identity, api.id, id)), api.and_then(|api| risk(api.app_id, id)))
    });
    let label = role_label(&role);
    let text = if role.description.is_empty() { role.display_name } else { role.description };
    let (box_id, text_id) = (format!("role-{id}"), format!("role-{id}-text"));
    view! {
        <li>
            <input
                id=box_id.clone()
                type="checkbox"
                disabled=held
                aria-describedby=text_id.clone()
                prop:checked=move || held || chosen.with(|chosen| chosen.contains(&id))
                on:change=move |_| toggle(id)
            />
            <div>
                <span>
                    <label for=box_id>
                        <code>{label}</code>
                    </label>
                    {held.then(|| view! { " " <span class="tag good">"Held"</span> })}
                    {danger.map(|Risk { how, .. }| view! { " " <PrivilegedTag how /> })}
                </span>
                <span id=text_id class="sub">
                    <Name text />
                    {danger.map(|Risk { how, .. }| view! { <strong>" " {*how}</strong> })}
                </span>
            </div>
        </li>
    }
}

/// The roles chosen, each with a way to leave it out, so that none hides behind the filter.
#[component]
fn Chosen(
    #[prop(into)] api: Signal<Option<ObjectId>>,
    #[prop(into)] chosen: Signal<Vec<AppRoleId>>,
    toggle: impl Fn(AppRoleId) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let tenant = Tenant::here();
    let roles = move || {
        tenant
            .read(|catalog| {
                let api = api.get().and_then(|id| catalog.api(id))?;
                Some(chosen.with(|chosen| {
                    chosen
                        .iter()
                        .filter_map(|id| api.role(*id))
                        .map(|role| (role.id, role_label(role)))
                        .collect::<Vec<_>>()
                }))
            })
            .unwrap_or_default()
    };
    view! {
        <ul class="chosen" aria-label="Chosen roles">
            {move || {
                roles()
                    .into_iter()
                    .map(|(id, label)| {
                        view! {
                            <li class="tag info">
                                <code>{label.clone()}</code>
                                <button
                                    type="button"
                                    class="button plain icon"
                                    aria-label=format!("Leave out {label}")
                                    on:click=move |_| toggle(id)
                                >
                                    <Icon of=Picture::Cross />
                                </button>
                            </li>
                        }
                    })
                    .collect_view()
            }}
        </ul>
    }
}

/// The APIs that fit the letters typed, by name, role value or application id.
fn proposals(catalog: &Catalog, text: &str) -> Vec<Choice<ObjectId>> {
    let query = ApiQuery { text: text.to_owned(), ..ApiQuery::default() };
    let apis = query.run(catalog).into_iter().filter_map(|index| catalog.apis().get(index as usize));
    apis.map(|api| Choice { key: api.id, label: visible(&api.display_name), sub: describe(catalog, api) }).collect()
}

/// What tells an API from others of its name: who owns it, its application id, how many roles it has.
fn describe(catalog: &Catalog, api: &Api) -> String {
    let owner = catalog.publisher_of(api).label();
    let twin = if catalog.is_twin_api(api.id) { ", same name twice" } else { "" };
    let roles = api.assignable_roles().count();
    format!("{owner}, {roles} role{}, {}{twin}", if roles == 1 { "" } else { "s" }, api.app_id)
}

/// The chosen roles that are privileged, by name, with what could be done with each.
fn risks(catalog: &Catalog, api: Option<ObjectId>, chosen: &[AppRoleId]) -> Vec<(String, &'static str)> {
    let Some(api) = api.and_then(|id| catalog.api(id)) else { return Vec::new() };
    let roles = chosen.iter().filter_map(|id| api.role(*id));
    roles.filter_map(|role| risk(api.app_id, role.id).map(|risk| (role_label(role), risk.how))).collect()
}

fn holds(catalog: &Catalog, identity: ObjectId, api: ObjectId, role: AppRoleId) -> bool {
    catalog.held_by(identity).any(|held| held.resource == api && held.role == role)
}
