//! `/apis`: every service principal that exposes app roles for applications.

use crate::components::columns::Columns;
use crate::components::export::export;
use crate::components::labels::name;
use crate::components::list::{
    EmptyWords, count_cell, count_loaded, empty_list, goes_on, name_cell, part_problem, status,
};
use crate::components::page_head::page_head;
use crate::components::search_box::{pill, search_box};
use crate::components::table::{Column, Shape, data_table, headings};
use crate::directory::{Api, ApiPublisher, ApiQuery, ApiSort, grouped};
use crate::export::Sheet;
use crate::graph::Operation;
use crate::navigation::{Navigation, link_to};
use crate::route::Route;
use crate::signals::Memo;
use crate::tenant::Tenant;
use crate::view::{El, View, either, el, live, many};

static COLUMNS: [Column<ApiSort>; 5] = [
    Column { title: "Name", sort: Some(ApiSort::Name), class: "" },
    Column { title: "Publisher", sort: Some(ApiSort::Publisher), class: "wide hide-narrow" },
    Column { title: "Application id", sort: Some(ApiSort::AppId), class: "guid hide-narrow" },
    Column { title: "Roles", sort: Some(ApiSort::Roles), class: "small number" },
    Column { title: "Holders", sort: Some(ApiSort::Holders), class: "small number" },
];

/// The list of APIs.
pub fn apis_page() -> View {
    let tenant = Tenant::here();
    let navigation = Navigation::here();
    let query = Memo::new(move || ApiQuery::from_pairs(navigation.query.get().into_iter()));
    let columns = Columns::here();
    let set_query = move |query: ApiQuery| navigation.set_query(columns.keep(query.to_pairs()));
    let found = Memo::new(move || {
        tenant.version();
        query.with(|query| tenant.read_once(|catalog| query.run(catalog)))
    });
    let with = move |change: &dyn Fn(&mut ApiQuery)| {
        let mut next = query.get_untracked();
        change(&mut next);
        set_query(next);
    };
    let publisher_pill = move |label, publisher| {
        pill(
            label,
            move || query.with(|query| query.publisher == Some(publisher)),
            move || {
                with(&|query| {
                    query.publisher = if query.publisher == Some(publisher) { None } else { Some(publisher) };
                });
            },
        )
    };
    let search = search_box(
        "Name, id, publisher, role",
        move || query.with(|query| query.text.clone()),
        move |text| with(&|query| query.text.clone_from(&text)),
    );
    let status_text = move || {
        let loaded = tenant.read(|catalog| catalog.apis().len());
        count_loaded(tenant, Operation::ListApis, tenant.apis, (found.with(Vec::len), loaded), None)
    };
    let tools = el("div")
        .class("tools")
        .child(search)
        .child(publisher_pill("Microsoft", ApiPublisher::Microsoft))
        .child(publisher_pill("This tenant", ApiPublisher::Tenant))
        .child(publisher_pill("Others", ApiPublisher::Other))
        .child(el("span").class("grow"))
        .child(status(status_text))
        .child(goes_on(tenant, Operation::ListApis))
        .child(el("a").class("button").attr("href", link_to(Route::Matrix)).child("Matrix"))
        .child(columns.choice(&COLUMNS))
        .child(export(
            "APIs",
            move || found.with(Vec::len),
            move || tenant.is_loaded(),
            move |catalog, write| {
                found.with_untracked(|found| write(Sheet::apis(catalog, found)));
            },
        ));
    let table = move || {
        let order = move || query.with(|query| (query.sort, query.descending));
        let on_order = move |(sort, descending)| with(&|query| (query.sort, query.descending) = (sort, descending));
        data_table(
            "APIs",
            Shape::Rows,
            live(move || columns.pick(headings(&COLUMNS, order, on_order))),
            move || found.with(Vec::len),
            move |position| row(tenant, columns, found.with(|found| found.get(position).copied())),
            move |key| {
                let id = key.parse().ok()?;
                tenant.read_once(|catalog| {
                    let is = |index: &u32| catalog.apis().get(*index as usize).is_some_and(|it| it.id == id);
                    found.with(|found| found.iter().position(is))
                })
            },
        )
    };
    let empty = move || live(move || empty(tenant, move || set_query(ApiQuery::default())));
    let intro =
        "The service principals that expose app roles for applications. Open one to see its roles and who holds each.";
    many![
        page_head(|| "APIs".to_owned(), el("p").child(intro)),
        tools,
        apis_problem(tenant),
        either(move || found.with(|found| !found.is_empty()), table, empty),
    ]
}

/// Why the APIs could not be loaded, or not all of them, with the way to try again.
pub(super) fn apis_problem(tenant: Tenant) -> View {
    let count = move || tenant.read(|catalog| catalog.apis().len());
    let what = |count| format!("Incomplete: only {} APIs could be read", grouped(count));
    part_problem(tenant.apis, count, what, move || tenant.load_apis())
}

/// Why the list shows nothing, and what to do.
fn empty(tenant: Tenant, reset: impl Fn() + 'static) -> View {
    let none_loaded = tenant.read(|catalog| catalog.apis().is_empty());
    empty_list(
        none_loaded,
        &tenant.apis.get(),
        reset,
        &EmptyWords {
            none: "No API of this tenant exposes app roles for applications",
            next: "Add an app role to an app registration: it appears here once its service principal exists.",
            no_match: "No API fits the search and the filters",
            all: "Show all APIs",
        },
    )
}

/// The row of one API.
fn row(tenant: Tenant, columns: Columns, index: Option<u32>) -> Option<El> {
    let complete = tenant.roles.with(|roles| roles.complete());
    tenant.read(|catalog| {
        let api = catalog.apis().get(index? as usize)?;
        let Api { id, app_id, display_name, enabled, .. } = api;
        let cells = many![
            name_cell(display_name, Route::Api(*id), catalog.is_twin_api(*id), *enabled),
            el("td").class("hide-narrow").child(publisher(tenant, api)),
            el("td").class("hide-narrow id").child(app_id.to_string()),
            el("td").class("number").child(api.application_roles().count()),
            count_cell(catalog.holder_count(*id), complete),
        ];
        Some(el("tr").key(id.to_string()).child(columns.pick(cells)))
    })
}

/// Who publishes an API: Microsoft, this tenant, or another one by its verified name or its id.
pub fn publisher(tenant: Tenant, api: &Api) -> View {
    match (tenant.read(|catalog| catalog.publisher_of(api)), &api.publisher, api.owner_tenant) {
        (ApiPublisher::Other, Some(text), _) => name(text).into(),
        (ApiPublisher::Other, None, Some(owner)) => el("span").class("id").child(owner.to_string()).into(),
        (publisher, ..) => publisher.label().into(),
    }
}
