//! The form that assigns roles of one API to one identity. What is chosen lives in the address (`?api=…&roles=…`), so
//! it survives a reload and the redirect that asks for the permission to write, and can be sent to a colleague.

use leptos::ev;
use leptos::prelude::*;

use super::button::button;
use super::combobox::{Choice, combobox};
use super::dialog::ConfirmDialog;
use super::icon::{Picture, icon};
use super::labels::{name, named_api, named_identity, privileged_tag, prose, tag};
use super::list::counted;
use super::rights::rights_note;
use super::search_box::search_field;
use crate::browser;
use crate::directory::{Act, Api, AppRole, AppRoleId, Catalog, ObjectId, match_roles, proposed_apis, risk, visible};
use crate::navigation::Navigation;
use crate::plan::{Change, Draft};
use crate::run::Run;
use crate::tenant::{Load, Tenant};
use crate::view::{El, View, effect, either, el, live, many, show};

/// The most roles listed at once: Microsoft Graph has over 700.
const SHOWN: usize = 50;

/// The form: it gives roles to `identity`; `run` applies them and shows the outcomes.
pub fn assign_form(identity: ObjectId, run: Run) -> El {
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
    // What the identity has got is no longer chosen: a later removal must not offer it again, ready to be sent.
    effect(move || {
        let Some(current) = api.get() else { return };
        let gave = run.gave(identity, current);
        let asked = navigation.value("roles").unwrap_or_default();
        if gave.iter().any(|role| asked.contains(&role.to_string())) {
            let rest: Vec<_> = chosen.get_untracked().into_iter().filter(|role| !gave.contains(role)).collect();
            choose(Some(current), &rest);
        }
    });
    let apply = move || {
        let Some(api) = api.get_untracked() else { return };
        let changes = chosen.get_untracked().into_iter().map(|role| Change::Assign { identity, api, role }).collect();
        run.start(Draft::new(changes).freeze());
    };
    let lack = move || tenant.lack(api.get().map(|api| (Act::Assign, api)));
    let barred = Memo::new(move |_| lack().is_some_and(|lack| lack.certain));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if barred.get_untracked() {
            return;
        }
        if risks.with_untracked(Vec::is_empty) { apply() } else { confirming.set(true) }
    };
    let verb = move || match chosen.with(Vec::len) {
        _ if run.pending() => "Assigning…".to_owned(),
        0 => "Assign roles".to_owned(),
        1 => "Assign 1 role".to_owned(),
        count => format!("Assign {count} roles"),
    };
    let api_name = move || {
        tenant.read(|catalog| {
            api.get().and_then(|id| catalog.api(id)).map(|api| visible(&api.display_name)).unwrap_or_default()
        })
    };
    let find = move |text: &str| tenant.read(|catalog| proposals(catalog, text));
    let api_field = combobox("API", "Name, role value or application id", find, api_name, move |id| choose(id, &[]));
    let told_apart = move || {
        tenant.read(|catalog| {
            api.get()
                .and_then(|id| catalog.api(id))
                .map(|api| el("div").class("sub lines").child(describe(catalog, api)))
        })
    };
    let loading = || el("span").class("sub").child("The APIs are still loading: more will be found in a moment.");
    let asks = || el("span").class("sub").child("Microsoft asks once for the permission to change assignments.");
    let send = el("button")
        .attr("type", "submit")
        // What waits has the one main button of the page.
        .live("class", move || if run.waiting() > 0 { "button" } else { "button main" })
        .attr("id", "assign")
        .live("disabled", move || chosen.with(Vec::is_empty))
        // Disabled for good, it would lose the focus while it works, and nobody could reach it to hear why.
        .live("aria-disabled", move || (run.pending() || barred.get()).then_some("true"))
        .live("aria-describedby", move || barred.get().then_some("assign-lack"))
        .child(live(verb));
    let known = Memo::new(move |_| api.get().filter(|id| tenant.read(|catalog| catalog.api(*id).is_some())));
    let fields = el("div")
        .class("pad")
        .child(api_field)
        .child(live(told_apart))
        // Before the roles: nobody ticks any and only then learns that it was in vain.
        .child(rights_note("assign-lack", lack))
        .child(show(move || tenant.apis.with(|load| *load == Load::Loading), loading))
        // Another API, another list, with a filter of its own.
        .child(live(move || known.get().map(|_| untrack(|| role_list(tenant, identity, api, chosen, toggle)))))
        .child(chosen_roles(tenant, api, chosen, toggle))
        .child(
            el("div").class("tools").child(send).child(show(move || !tenant.may_write.get() && !barred.get(), asks)),
        );
    let question = move || match risks.with(Vec::len) {
        1 => "Assign a privileged role?".to_owned(),
        count => format!("Assign {count} privileged roles?"),
    };
    let who =
        move || tenant.read(|catalog| catalog.identity(identity).map(|it| named_identity(&it.display_name, identity)));
    let all_of_it = move || {
        tenant.read(|catalog| {
            api.get().and_then(|id| catalog.api(id)).map(|api| {
                let chosen = chosen.get();
                let roles = chosen.iter().filter_map(|id| api.role(*id)).map(|role| many![" ", code(role.name())]);
                many!["Gets", roles.collect::<View>(), " of ", named_api(tenant, &api.display_name, api.id)]
            })
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

fn code(text: &str) -> El {
    el("code").child(name(text))
}

/// Privileged roles, each with what could be done with it.
pub fn risk_list(risks: Vec<(String, &'static str)>) -> View {
    let item = |(role, how): (String, &'static str)| el("li").child(code(&role)).child(": ").child(how);
    risks.into_iter().map(item).collect()
}

/// The roles of the chosen API, with a filter.
fn role_list(
    tenant: Tenant,
    identity: ObjectId,
    api: Memo<Option<ObjectId>>,
    chosen: Memo<Vec<AppRoleId>>,
    toggle: impl Fn(AppRoleId) + Copy + 'static,
) -> El {
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
            .collect::<View>()
    };
    let hidden = move || if all.get() { 0 } else { found.with(Vec::len).saturating_sub(SHOWN) };
    let list = move || {
        el("ul")
            .attr("id", "roles")
            .class("roles")
            .attr("tabindex", "0")
            .attr("aria-label", "Roles to choose from")
            .child(live(rows))
    };
    let none = move || {
        el("p").class("soft").child(live(move || {
            if count.get() == 0 {
                "This API has no enabled role for applications: an administrator of the API has to add one."
            } else {
                "No role fits the filter."
            }
        }))
    };
    let more = move || {
        let show_all = move || {
            browser::page::focus("roles");
            all.set(true);
        };
        let button = button("button small", show_all);
        el("div").child(button.child(live(move || format!("Show {} more roles", hidden()))))
    };
    el("fieldset")
        .class("labelled")
        .child(el("legend").child("Roles"))
        .child(
            search_field(move || filter.get(), move |text| filter.set(text))
                .class("field")
                .attr("aria-label", "Filter the roles")
                .live("placeholder", move || format!("Filter {} roles", count.get())),
        )
        .child(either(move || found.with(|found| !found.is_empty()), list, none))
        .child(show(move || hidden() > 0, more))
}

fn role_row(
    tenant: Tenant,
    identity: ObjectId,
    api: Option<ObjectId>,
    role: AppRole,
    chosen: Memo<Vec<AppRoleId>>,
    toggle: impl Fn(AppRoleId) + 'static,
) -> El {
    let id = role.id;
    let (held, danger) = tenant.read(|catalog| {
        let api = api.and_then(|id| catalog.api(id));
        (api.is_some_and(|api| holds(catalog, identity, api.id, id)), api.and_then(|api| risk(api.app_id, id)))
    });
    let (box_id, text_id) = (format!("role-{id}"), format!("role-{id}-text"));
    let checkbox = el("input")
        .attr("id", box_id.clone())
        .attr("type", "checkbox")
        .attr("disabled", held)
        .attr("aria-describedby", text_id.clone())
        .live_checked(move || held || chosen.with(|chosen| chosen.contains(&id)))
        .on(ev::change, move |_| toggle(id));
    let line = el("span")
        .child(el("label").attr("for", box_id).child(code(role.name())))
        .child(held.then(|| many![" ", tag("tag good").child("Held")]))
        .child(danger.map(|risk| many![" ", privileged_tag(risk.how)]));
    let below = el("span")
        .attr("id", text_id)
        .class("sub")
        .child(prose(role.purpose()))
        .child(danger.map(|risk| el("strong").child(" ").child(risk.how)));
    el("li").key(id.to_string()).child(checkbox).child(el("div").child(line).child(below))
}

/// The roles chosen, each with a way to leave it out, so that none hides behind the filter.
fn chosen_roles(
    tenant: Tenant,
    api: Memo<Option<ObjectId>>,
    chosen: Memo<Vec<AppRoleId>>,
    toggle: impl Fn(AppRoleId) + Copy + 'static,
) -> El {
    let item = move |role: &AppRole| {
        let id = role.id;
        let leave_out = move || {
            browser::page::focus("API-field");
            toggle(id);
        };
        let leave_out = button("button plain icon", leave_out)
            .attr("aria-label", format!("Leave out {}", visible(role.name())))
            .child(icon(Picture::Cross));
        el("li").key(id.to_string()).class("tag info").child(code(role.name())).child(leave_out)
    };
    let items = move || {
        tenant.read(|catalog| {
            let api = api.get().and_then(|id| catalog.api(id))?;
            Some(chosen.with(|chosen| chosen.iter().filter_map(|id| api.role(*id)).map(item).collect::<View>()))
        })
    };
    el("ul").class("chosen").attr("aria-label", "Chosen roles").child(live(items))
}

/// The APIs that fit the letters typed, by name, role value or application id.
fn proposals(catalog: &Catalog, text: &str) -> Vec<Choice<ObjectId>> {
    let apis = proposed_apis(catalog, text).into_iter().filter_map(|index| catalog.apis().get(index as usize));
    apis.map(|api| Choice { key: api.id, label: api.display_name.clone(), sub: describe(catalog, api) }).collect()
}

/// What tells an API from others of its name, in two lines: who owns it and how many roles can be assigned, its id.
fn describe(catalog: &Catalog, api: &Api) -> String {
    let owner = catalog.publisher_of(api).label();
    let twin = if catalog.is_twin_api(api.id) { ", same name twice" } else { "" };
    let roles = api.assignable_roles().count();
    format!("{owner}, {}{twin}\nApplication id {}", counted(roles, "assignable role"), api.app_id)
}

/// The chosen roles that are privileged, by name, with what could be done with each.
fn risks(catalog: &Catalog, api: Option<ObjectId>, chosen: &[AppRoleId]) -> Vec<(String, &'static str)> {
    let Some(api) = api.and_then(|id| catalog.api(id)) else { return Vec::new() };
    let roles = chosen.iter().filter_map(|id| api.role(*id));
    roles.filter_map(|role| risk(api.app_id, role.id).map(|risk| (role.name().to_owned(), risk.how))).collect()
}

fn holds(catalog: &Catalog, identity: ObjectId, api: ObjectId, role: AppRoleId) -> bool {
    catalog.held_by(identity).any(|held| held.resource == api && held.role == role)
}
