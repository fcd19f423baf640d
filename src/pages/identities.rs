//! `/`: every managed identity of the tenant, with what it may do at a glance.

mod filters;

use std::rc::Rc;

use leptos::prelude::*;

use super::apis::apis_problem;
use filters::filters;

use crate::components::columns::Columns;
use crate::components::export::export;
use crate::components::icon::{Picture, icon};
use crate::components::labels::{name, tag};
use crate::components::list::{
    EmptyWords, count_cell, count_loaded, counted, empty_list, goes_on, incomplete, name_cell, part_problem, so_many,
    status,
};
use crate::components::page_head::page_head;
use crate::components::search_box::search_box;
use crate::components::selection::Selection;
use crate::components::table::{Column, Shape, data_table, headings};
use crate::directory::{Catalog, Identity, IdentityKind, IdentityQuery, IdentitySort, grouped, visible};
use crate::export::Sheet;
use crate::graph::Operation;
use crate::navigation::Navigation;
use crate::route::Route;
use crate::signals::{Memo, RwSignal};
use crate::tenant::{Load, RolesLoad, Tenant};
use crate::view::{El, View, either, el, live, many, show};

static COLUMNS: [Column<IdentitySort>; 6] = [
    Column { title: "Name", sort: Some(IdentitySort::Name), class: "" },
    Column { title: "Kind", sort: Some(IdentitySort::Kind), class: "middle hide-narrow" },
    Column { title: "Resource group", sort: Some(IdentitySort::ResourceGroup), class: "middle hide-narrow" },
    Column { title: "Subscription", sort: Some(IdentitySort::Subscription), class: "middle hide-narrow" },
    Column { title: "Roles", sort: Some(IdentitySort::Roles), class: "small number" },
    Column { title: "Privileged", sort: Some(IdentitySort::Privileged), class: "flag" },
];

/// The list of identities.
pub fn identities_page() -> View {
    let tenant = Tenant::here();
    tenant.planning.begin_anew();
    let navigation = Navigation::here();
    let query = Memo::new(move || IdentityQuery::from_pairs(navigation.query.get().into_iter()));
    let columns = Columns::here();
    let set_query = move |query: IdentityQuery| navigation.set_query(columns.keep(query.to_pairs()));
    // What was found last, by which query, in which version of the catalog.
    let last = StoredValue::new((None, IdentityQuery::default(), Vec::new()));
    let found = Memo::new(move || {
        let version = Some(tenant.version());
        let query = query.get();
        let found = tenant.read_once(|catalog| {
            let within =
                last.with_value(
                    |(known, other, found)| {
                        if *known == version { query.run_within(catalog, other, found) } else { None }
                    },
                );
            within.unwrap_or_else(|| query.run(catalog))
        });
        last.set_value((version, query, found.clone()));
        found
    });
    let selection = Selection::of(tenant, found);
    let complete = Memo::new(move || tenant.roles.with(RolesLoad::complete));
    let with = move |change: &dyn Fn(&mut IdentityQuery)| {
        let mut next = query.get_untracked();
        change(&mut next);
        set_query(next);
    };
    let search = search_box(
        "Name, id, resource group, role held",
        move || query.with(|query| query.text.clone()),
        move |text| with(&|query| query.text.clone_from(&text)),
    );
    let tools = el("div")
        .class("tools")
        .child(search)
        .child(filters(tenant, query, Rc::new(with)))
        .child(el("span").class("grow"))
        .child(status(move || status_text(tenant, found.with(Vec::len))))
        .child(goes_on(tenant, Operation::ListIdentities))
        .child(columns.choice(&COLUMNS))
        .child(export(
            "identities",
            move || found.with(Vec::len),
            move || tenant.is_loaded(),
            move |catalog, write| {
                let subscription = |id: &str| tenant.known_subscription(id);
                found.with_untracked(|found| write(Sheet::identities(catalog, found, &subscription)));
            },
        ));
    let table = move || {
        let order = move || query.with(|query| (query.sort, query.descending));
        let on_order = move |(sort, descending)| with(&|query| (query.sort, query.descending) = (sort, descending));
        data_table(
            "Identities",
            Shape::Rows,
            many![selection.head(), live(move || columns.pick(headings(&COLUMNS, order, on_order)))],
            move || found.with(Vec::len),
            move |position| {
                row(tenant, columns, selection, complete.get(), found.with(|found| found.get(position).copied()))
            },
            move |key| {
                let id = key.parse().ok()?;
                tenant.read_once(|catalog| {
                    let is = |index: &u32| catalog.identities().get(*index as usize).is_some_and(|it| it.id == id);
                    found.with(|found| found.iter().position(is))
                })
            },
        )
    };
    let empty = move || live(move || empty(tenant, query, move || set_query(IdentityQuery::default())));
    let intro = "The managed identities of this tenant and the app roles each one holds. Open one to assign or remove roles, or \
         select several.";
    many![
        page_head(|| "Identities".to_owned(), el("p").child(intro)),
        tools,
        problems(tenant),
        either(move || found.with(|found| !found.is_empty()), table, empty),
        selection.tray(),
    ]
}

/// The row of one identity.
fn row(tenant: Tenant, columns: Columns, selection: Selection, complete: bool, index: Option<u32>) -> Option<El> {
    tenant.read(|catalog| {
        let identity = catalog.identities().get(index? as usize)?;
        let Identity { id, display_name, kind, host, enabled, .. } = identity;
        let host_type = host.as_ref().filter(|_| *kind == IdentityKind::SystemAssigned).map(|host| host.type_label());
        let privileged = catalog.privileged_count(*id);
        let roles = catalog.role_count(*id);
        let subscription = el("td")
            .class("hide-narrow")
            .attr("title", host.as_ref().map(|host| visible(&host.subscription)))
            .child(host.as_ref().map(|host| name(&tenant.subscription(&host.subscription))));
        let shield = || {
            let word = el("span").class("hide-narrow").child("privileged");
            tag("tag warn").child(icon(Picture::Shield)).child(so_many(privileged, complete)).child(word)
        };
        let twin = catalog.is_twin_identity(*id);
        let cells = many![
            name_cell(display_name, Route::Identity(*id), twin, *enabled),
            el("td")
                .class("hide-narrow")
                .child(kind_in_short(*kind))
                .child(" ")
                .child(el("span").class("sub").child(host_type.map(name))),
            el("td").class("hide-narrow").child(host.as_ref().map(|host| name(&host.resource_group))),
            subscription,
            count_cell(roles, complete),
            el("td").child((privileged > 0).then(shield)),
        ];
        Some(el("tr").key(id.to_string()).child(selection.cell(identity, twin)).child(columns.pick(cells)))
    })
}

/// The kind, short enough to leave the row room for the host's.
fn kind_in_short(kind: IdentityKind) -> &'static str {
    match kind {
        IdentityKind::SystemAssigned => "System",
        IdentityKind::UserAssigned => "User-assigned",
    }
}

/// How many are loaded and shown, and what is still on its way.
fn status_text(tenant: Tenant, shown: usize) -> String {
    let (loaded, read) = tenant.read(|catalog| (catalog.identities().len(), catalog.identities_read()));
    let before = tenant.identities_as_of.get().map(|at| (at, read));
    let read_anew = before.is_some() && tenant.identities.with(|load| *load == Load::Loading);
    let mut text = count_loaded(tenant, Operation::ListIdentities, tenant.identities, (shown, loaded), before);
    tenant.roles.with(|roles| {
        // One thing after the other, so that the line stays one.
        if let (Some(total), false, false) = (roles.total, roles.complete(), read_anew) {
            text.push_str(&format!(", roles of {} of {} APIs read", grouped(roles.done), grouped(total)));
        }
    });
    text
}

/// What could not be loaded, with the way to try again.
pub(super) fn problems(tenant: Tenant) -> View {
    let holders = move || {
        let roles = tenant.roles.get();
        roles.problem.map(|problem| {
            let count = roles.failed.len();
            let apis = counted(count, "API");
            let text = format!("Incomplete: the holders of {apis} could not be read, so roles may be missing below");
            incomplete(text, problem, move || tenant.load_failed_holders())
        })
    };
    let identities = move || tenant.read(|catalog| catalog.identities().len());
    let what = move |count| match tenant.identities_as_of.get() {
        None => format!("Incomplete: only {} identities could be read", grouped(count)),
        Some(at) => {
            let (at, read) = (at.time_of_day(), grouped(tenant.read(Catalog::identities_read)));
            format!("May be out of date: these are the identities as of {at}; {read} could be read anew")
        }
    };
    let failed = |load: RwSignal<Load>| matches!(load.get(), Load::Failed(_));
    many![
        part_problem(tenant.identities, identities, what, move || {
            tenant.load_identities();
            if failed(tenant.apis) {
                tenant.load_apis();
            }
        }),
        // Whoever may not read the one may not read the other: said once.
        show(move || !failed(tenant.identities), move || apis_problem(tenant)),
        live(holders),
    ]
}

/// Why the list shows nothing, and what to do.
fn empty(tenant: Tenant, query: Memo<IdentityQuery>, reset: impl Fn() + 'static) -> View {
    let none_loaded = tenant.read(|catalog| catalog.identities().is_empty());
    // As long as the roles held are not known, neither is who fits where they count.
    let of_roles = query.with(|query| query.privileged || query.holds.is_some() || !query.text.is_empty());
    let failed = tenant.apis.with(|load| matches!(load, Load::Failed(_)));
    let no_match =
        tenant.roles.with(|roles| match (roles.complete() || !of_roles, failed || roles.problem.is_some()) {
            (true, _) => "No identity fits the search and the filters",
            (false, false) => "No identity fits so far: the roles held are still being read",
            (false, true) => "No identity is known to fit: not all roles held could be read",
        });
    empty_list(
        none_loaded,
        &tenant.identities.get(),
        reset,
        &EmptyWords {
            none: "This tenant has no managed identities yet",
            next: "Switch one on in the Azure portal: open a resource, choose Identity, set System assigned to On. It appears here within minutes.",
            no_match,
            all: "Show all identities",
        },
    )
}
