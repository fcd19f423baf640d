//! `/apis/:id`: the app roles of one API, and who holds each.

use leptos::ev;
use leptos::prelude::*;

use super::apis::publisher;
use crate::browser;
use crate::components::button::button;
use crate::components::copy::copy_id;
use crate::components::export::export;
use crate::components::held_order::HeldOrder;
use crate::components::labels::{disabled_tag, name, privileged_tag, prose, since, tag, twin_tag};
use crate::components::list::{count_cell, counted, load_problem, not_known, skeleton};
use crate::components::page_head::{breadcrumb, page_head};
use crate::components::remove_dialog::{remove_button, remove_dialog};
use crate::components::rights::rights_note;
use crate::components::run::{run_here, run_outcomes};
use crate::components::search_box::{pill, search_box};
use crate::components::table::{Column, actions_head, column_head, framed_table};
use crate::directory::{
    Act, Api, AppRole, AppRoleId, Assignment, HeldSort, ObjectId, grouped, match_roles, order_held, risk, sort_by,
    sort_by_key, visible,
};
use crate::export::Sheet;
use crate::navigation::{Navigation, link_to};
use crate::route::Route;
use crate::run::Run;
use crate::signals::{Memo, RwSignal};
use crate::tenant::{Load, Tenant};
use crate::view::{El, View, either, el, live, many, show};

/// How many rows of a list are shown on this page at first.
const SHOWN: usize = 100;
/// How many more whenever they are asked for: an API may have ten thousand holders.
const MORE: usize = 500;

/// The page of an API.
pub fn api_page(id: ObjectId) -> View {
    let tenant = Tenant::here();
    let load = RwSignal::new(Load::Loading);
    let reload = move || {
        load.set(Load::Loading);
        browser::spawn(async move {
            let result = tenant.load_api(id).await;
            load.set(result.map_or_else(Load::Failed, |()| Load::Loaded));
        });
    };
    reload();
    let run = run_here();
    let title = move || {
        tenant.read(|catalog| catalog.api(id).map(|api| api.display_name.clone())).unwrap_or_else(|| match load.get() {
            Load::Failed(_) => "API".to_owned(),
            _ => "Loading…".to_owned(),
        })
    };
    let line = move || tenant.read(|catalog| catalog.api(id).map(|api| summary(tenant, api, catalog.is_twin_api(id))));
    let waiting = move || live(move || (load.get() == Load::Loading).then(skeleton));
    many![
        breadcrumb(Route::Apis, "APIs", title),
        page_head(title, live(line)),
        load_problem(load, reload),
        run_outcomes(run),
        either(move || tenant.read(|catalog| catalog.api(id).is_some()), move || lists(tenant, id, run, load), waiting),
    ]
}

/// The line below the name: publisher, application id, what is peculiar.
fn summary(tenant: Tenant, api: &Api, twin: bool) -> El {
    let required = || {
        let why = "Only what is assigned to this API gets a token for it: an identity needs at least one role here.";
        tag("tag info").attr("title", why).child("Assignment required")
    };
    el("div")
        .class("head-line soft")
        .child(tag("tag").child(publisher(tenant, api)))
        .child(twin.then(twin_tag))
        .child((!api.enabled).then(|| tag("tag warn").child("Disabled")))
        .child(api.assignment_required.then(required))
        .child(el("span").child("Application id ").child(copy_id("application id", api.app_id.to_string())))
        .child(el("span").child("Object id ").child(copy_id("object id", api.id.to_string())))
}

/// What the address says of the lists: the search, the role that narrows the holders, whether identities alone count.
#[derive(Clone, Copy)]
struct Narrowed(Navigation);

impl Narrowed {
    fn text(self) -> String {
        self.0.value("q").unwrap_or_default()
    }

    fn role(self) -> Option<AppRoleId> {
        self.0.value("role").and_then(|id| id.parse().ok())
    }

    fn identities_only(self) -> bool {
        self.0.value("identities").is_some()
    }

    fn is_none(self) -> bool {
        self.text().is_empty() && self.role().is_none() && !self.identities_only()
    }

    fn change(self, name: &str, value: String) {
        self.0.change_query(&[(name, value)]);
    }
}

/// The search, the roles and the holders.
fn lists(tenant: Tenant, id: ObjectId, run: Run, load: RwSignal<Load>) -> View {
    let narrowed = Narrowed(Navigation::here());
    let search =
        search_box("Role, description or holder", move || narrowed.text(), move |text| narrowed.change("q", text));
    let only = pill(
        "Managed identities only",
        move || narrowed.identities_only(),
        move || {
            let only = if untrack(|| narrowed.identities_only()) { "" } else { "only" };
            narrowed.change("identities", only.to_owned());
        },
    );
    many![
        el("div").class("tools").child(search).child(only),
        roles(tenant, id, narrowed, load),
        holders(tenant, id, narrowed, run, load),
    ]
}

/// The roles for applications, each with the number of its holders.
fn roles(tenant: Tenant, id: ObjectId, narrowed: Narrowed, load: RwSignal<Load>) -> El {
    let most = RwSignal::new(SHOWN);
    let found = Memo::new(move || {
        tenant.read(|catalog| {
            let Some(api) = catalog.api(id) else { return Vec::new() };
            let fits = match_roles(api, &narrowed.text());
            let held = catalog.holders_by_role(id);
            let holders = |role: AppRoleId| {
                let at = held.binary_search_by_key(&role, |(held, _)| *held).ok();
                at.and_then(|at| held.get(at)).map_or(0, |(_, count)| *count)
            };
            let roles = fits.into_iter().filter_map(|position| api.roles.get(position));
            let mut counted: Vec<(AppRole, usize)> =
                roles.filter(|role| role.for_applications).map(|role| (role.clone(), holders(role.id))).collect();
            // Those held come first: with 700 roles they are what one looks for.
            sort_by(&mut counted, |(a, held_a), (b, held_b)| {
                (*held_b > 0).cmp(&(*held_a > 0)).then_with(|| a.value.cmp(&b.value))
            });
            counted
        })
    });
    let app = tenant.read_once(|catalog| catalog.api(id).map(|api| api.app_id));
    let row = move |(role, holders): (AppRole, usize)| {
        let danger = app.and_then(|app| risk(app, role.id)).map(|risk| risk.how);
        role_row(id, &role, count_cell(holders, load.get() == Load::Loaded), holders > 0, danger, narrowed)
    };
    let rows = move || found.with(|found| found.iter().take(most.get()).cloned().map(row).collect::<View>());
    let table = move || {
        let head = el("tr")
            .child(column_head("Role", ""))
            .child(column_head("Holders", "number"))
            .child(actions_head("hide-narrow"));
        framed_table("roles-heading", head, live(rows))
    };
    list_card(
        "roles-heading",
        "App roles",
        move || Some(format!("{} for applications", found.with(Vec::len))),
        View::Nothing,
        either(
            move || found.with(|found| !found.is_empty()),
            table,
            || el("p").class("pad soft").child("No role for applications fits the search."),
        ),
    )
    .child(more("roles-heading", most, move || found.with(Vec::len), " more roles"))
}

fn role_row(
    api: ObjectId,
    role: &AppRole,
    holders: El,
    held: bool,
    danger: Option<&'static str>,
    narrowed: Narrowed,
) -> El {
    let id = role.id;
    let pressed = move || narrowed.role() == Some(id);
    let toggle = move || {
        let chosen = untrack(|| !pressed());
        narrowed.change("role", if chosen { id.to_string() } else { String::new() });
        if chosen {
            // With hundreds of roles the holders stand far below.
            browser::page::focus("holders-heading");
        }
    };
    let only = || {
        pill("Only its holders", pressed, toggle)
            .attr("aria-label", format!("Only its holders: {}", visible(role.name())))
            .attr("disabled", !held)
    };
    let planning = Tenant::here().planning;
    let assign = || {
        el("a")
            .class("button plain")
            .attr("href", format!("{}?api={api}&roles={id}", link_to(Route::Collect)))
            .attr("aria-label", format!("Assign to identities…: {}", visible(role.name())))
            .on(ev::click, move |_| planning.begin_anew())
            .child("Assign to identities…")
    };
    // On a phone they stand below the role.
    let hands = || many![role.enabled.then(assign), only()];
    let role_cell = el("td")
        .child(el("code").child(name(role.name())))
        .child(danger.map(|how| many![" ", privileged_tag(how)]))
        .child((!role.enabled).then(|| many![" ", disabled_tag()]))
        .child(el("div").class("sub").child(prose(role.purpose())))
        .child(danger.map(|how| el("div").class("sub").child(el("strong").child(how))))
        .child(el("div").class("only-narrow").child(el("div").class("tools").child(hands())));
    el("tr")
        .key(id.to_string())
        .child(role_cell)
        .child(holders)
        .child(el("td").class("actions hide-narrow").child(hands()))
}

static HOLDERS: [Column<HeldSort>; 3] = [
    Column { title: "Holder", sort: Some(HeldSort::Name), class: "" },
    Column { title: "Role", sort: Some(HeldSort::Role), class: "hide-narrow" },
    Column { title: "Since", sort: Some(HeldSort::Since), class: "hide-narrow" },
];

/// Everyone and everything that holds a role of this API.
fn holders(tenant: Tenant, id: ObjectId, narrowed: Narrowed, run: Run, load: RwSignal<Load>) -> El {
    let removing = RwSignal::new(None::<Assignment>);
    let most = RwSignal::new(SHOWN);
    let order = HeldOrder::here();
    let found = Memo::new(move || {
        let (sort, descending) = order.get();
        let (needle, role, identities_only) =
            (narrowed.text().to_lowercase(), narrowed.role(), narrowed.identities_only());
        tenant.read(|catalog| {
            let fits = |held: &&Assignment| {
                role.is_none_or(|role| held.role == role)
                    && (!identities_only || catalog.identity(held.principal).is_some())
                    && (needle.is_empty()
                        || held.principal_name.to_lowercase().contains(&needle)
                        || held.principal.to_string() == needle
                        || catalog.role_name(held.resource, held.role).to_lowercase().contains(&needle))
            };
            let mut found: Vec<Assignment> = catalog.holders_of(id).filter(fits).cloned().collect();
            sort_by_key(&mut found, |held| {
                (held.principal_name.to_lowercase(), held.principal, catalog.role_name(held.resource, held.role))
            });
            order_held(catalog, &mut found, sort, descending);
            found
        })
    });
    let rows = move || {
        found.with(|found| {
            found.iter().take(most.get()).cloned().map(|held| holder_row(tenant, held, removing)).collect::<View>()
        })
    };
    let table = move || {
        let head = el("tr").child(order.headings(&HOLDERS)).child(actions_head(""));
        framed_table("holders-heading", head, live(rows))
    };
    // Only from identities can anything be removed here.
    let lack = move || {
        let concerned = tenant
            .read(|catalog| found.with(|found| found.iter().any(|held| catalog.identity(held.principal).is_some())));
        tenant.lack(concerned.then_some((Act::Remove, id)))
    };
    let otherwise = move || {
        live(move || match load.get() {
            Load::Loading => View::from(skeleton()),
            Load::Failed(_) => not_known(),
            Load::Loaded => el("p")
                .class("pad soft")
                .child(if narrowed.is_none() {
                    "Nobody holds a role of this API."
                } else {
                    "Nobody holds a role of this API that fits."
                })
                .into(),
        })
    };
    list_card(
        "holders-heading",
        "Holders",
        move || {
            let count = found.with(Vec::len);
            (load.get() == Load::Loaded || count > 0).then(|| counted(count, "assignment"))
        },
        many![
            el("a").class("button").attr("href", format!("{}?apis={id}", link_to(Route::Matrix))).child("Matrix"),
            export(
                "holders",
                move || found.with(Vec::len),
                move || load.get() == Load::Loaded,
                move |catalog, write| {
                    found.with_untracked(|found| write(Sheet::assignments(catalog, "holders", Box::new(found.iter()))));
                },
            )
        ],
        many![
            rights_note("remove-lack", lack),
            either(move || found.with(|found| !found.is_empty()), table, otherwise),
        ],
    )
    .child(more("holders-heading", most, move || found.with(Vec::len), " more"))
    .child(remove_dialog(removing, run))
}

fn holder_row(tenant: Tenant, held: Assignment, removing: RwSignal<Option<Assignment>>) -> El {
    let now = tenant.now();
    let (identity, kind, label) = tenant.read(|catalog| {
        (
            catalog.identity(held.principal).is_some(),
            catalog.holder_kind(&held),
            catalog.role_name(held.resource, held.role),
        )
    });
    let who = name(&held.principal_name);
    let who = match identity {
        true => el("a").attr("href", link_to(Route::Identity(held.principal))).child(who),
        false => who,
    };
    let (created, key) = (held.created, held.id.to_string());
    let remove = identity.then(|| {
        let remove_label = format!("Remove… {} from {}", visible(&label), visible(&held.principal_name));
        remove_button(held, remove_label, removing)
    });
    let code = || el("code").child(name(&label));
    el("tr")
        .key(key)
        .child(
            el("td")
                .child(who)
                .child(el("div").class("sub").child(name(&kind)))
                .child(el("div").class("only-narrow").child(code())),
        )
        .child(el("td").class("hide-narrow").child(code()))
        .child(el("td").class("hide-narrow").child(created.map(|at| since(at, now))))
        .child(el("td").class("actions").child(remove))
}

/// A list in its card, with its heading and how many it has.
fn list_card(
    id: &'static str,
    title: &'static str,
    count: impl Fn() -> Option<String> + 'static,
    tools: View,
    list: View,
) -> El {
    let head = el("header")
        .child(el("h2").attr("id", id).attr("tabindex", "-1").child(title))
        .child(el("span").class("status").attr("role", "status").child(live(count)))
        .child(el("span").class("grow"))
        .child(tools);
    el("section").class("card").attr("aria-labelledby", id).child(head).child(list)
}

/// The way to see what a list does not show yet.
fn more(
    heading: &'static str,
    most: RwSignal<usize>,
    count: impl Fn() -> usize + Copy + Send + Sync + 'static,
    of: &'static str,
) -> View {
    let hidden = move || count().saturating_sub(most.get());
    let show_more = move || {
        let text = move || match hidden() {
            hidden if hidden > MORE => format!("Show {MORE} of {}{of}", grouped(hidden)),
            hidden => format!("Show {hidden}{of}"),
        };
        let show_more = move || {
            if untrack(hidden) <= MORE {
                // The button goes, and with it the focus.
                browser::page::focus(heading);
            }
            most.update(|most| *most += MORE);
        };
        let button = button("button", show_more).child(live(text));
        el("div").class("pad").child(el("div").child(button))
    };
    show(move || hidden() > 0, show_more)
}
