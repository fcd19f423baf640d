//! `/apis`: every service principal that exposes app roles for applications.

use leptos::prelude::*;

use super::identities::skeleton;
use crate::components::labels::{Name, TwinTag};
use crate::components::page_head::PageHead;
use crate::components::problem::ProblemNote;
use crate::components::search_box::{Pill, SearchBox};
use crate::components::table::{Column, DataTable};
use crate::directory::{Api, ApiPublisher, ApiQuery, ApiSort, visible};
use crate::navigation::{Navigation, link_to};
use crate::route::Route;
use crate::tenant::{Load, Tenant};

const COLUMNS: [Column<ApiSort>; 5] = [
    Column { title: "Name", sort: Some(ApiSort::Name), class: "" },
    Column { title: "Publisher", sort: Some(ApiSort::Publisher), class: "wide hide-narrow" },
    Column { title: "Application id", sort: None, class: "guid hide-narrow" },
    Column { title: "Roles", sort: Some(ApiSort::Roles), class: "small number" },
    Column { title: "Holders", sort: Some(ApiSort::Holders), class: "small number" },
];

/// The list of APIs.
#[component]
pub fn ApisPage() -> impl IntoView {
    let tenant = Tenant::here();
    let navigation = Navigation::here();
    let query = Memo::new(move |_| ApiQuery::from_pairs(navigation.query.get().into_iter()));
    let set_query = move |query: ApiQuery| navigation.set_query(query.to_pairs());
    let found = Memo::new(move |_| {
        tenant.version();
        query.with(|query| tenant.read_once(|catalog| query.run(catalog)))
    });
    let with = move |change: &dyn Fn(&mut ApiQuery)| {
        let mut next = query.get_untracked();
        change(&mut next);
        set_query(next);
    };
    let pill = move |label, publisher| {
        view! {
            <Pill
                label
                on=Signal::derive(move || query.with(|query| query.publisher == Some(publisher)))
                toggle=move |()| with(&|query| {
                    query.publisher = if query.publisher == Some(publisher) { None } else { Some(publisher) };
                })
            />
        }
    };
    let status = move || {
        let loaded = tenant.read(|catalog| catalog.apis().len());
        let shown = found.with(Vec::len);
        let count = if shown == loaded { format!("{loaded} loaded") } else { format!("{shown} of {loaded} loaded") };
        if tenant.apis.with(|load| *load == Load::Loading) { format!("{count}, still loading") } else { count }
    };
    let empty = move || {
        match (tenant.read(|catalog| catalog.apis().is_empty()), tenant.apis.get()) {
        (true, Load::Loading) => skeleton().into_any(),
        (true, Load::Loaded) => view! {
            <div class="card pad">
                <strong>"No API of this tenant exposes app roles for applications"</strong>
                <span>"Add an app role to an app registration: it appears here once its service principal exists."</span>
            </div>
        }
        .into_any(),
        (true, Load::Failed(_)) => ().into_any(),
        (false, _) => view! {
            <div class="card pad">
                <strong>"No API fits the search and the filters"</strong>
                <div>
                    <button type="button" class="button" on:click=move |_| set_query(ApiQuery::default())>
                        "Show all APIs"
                    </button>
                </div>
            </div>
        }
        .into_any(),
    }
    };
    view! {
        <PageHead title="APIs">
            <p>"The service principals that expose app roles for applications. Open one to see its roles and who holds each."</p>
        </PageHead>
        <div class="tools">
            <SearchBox
                text=Signal::derive(move || query.with(|query| query.text.clone()))
                on_change=move |text: String| with(&|query| query.text.clone_from(&text))
                placeholder="Name, id, publisher, role"
            />
            {pill("Microsoft", ApiPublisher::Microsoft)}
            {pill("This tenant", ApiPublisher::Tenant)}
            {pill("Others", ApiPublisher::Other)}
            <span class="grow"></span>
            <span class="status" role="status">
                {status}
            </span>
        </div>
        {move || match tenant.apis.get() {
            Load::Failed(problem) => Some(view! { <ProblemNote of=problem retry=move |()| tenant.load_apis() /> }),
            _ => None,
        }}
        <Show when=move || found.with(|found| !found.is_empty()) fallback=empty>
            <DataTable
                label="APIs"
                columns=COLUMNS.to_vec()
                order=Signal::derive(move || query.with(|query| (query.sort, query.descending)))
                on_order=move |(sort, descending)| with(&|query| (query.sort, query.descending) = (sort, descending))
                count=Signal::derive(move || found.with(Vec::len))
                row=move |position| row(tenant, found.with(|found| found.get(position).copied()))
            />
        </Show>
    }
}

/// The cells of one API.
fn row(tenant: Tenant, index: Option<u32>) -> AnyView {
    let complete = tenant.roles.with(|roles| roles.complete());
    tenant.read(|catalog| {
        let Some(api) = index.and_then(|index| catalog.apis().get(index as usize)) else { return ().into_any() };
        let Api { id, app_id, display_name, .. } = api;
        let holders = catalog.holder_count(*id);
        view! {
            <td title=visible(display_name)>
                <a href=link_to(Route::Api(*id))>
                    <Name text=display_name.clone() />
                </a>
                {catalog.is_twin_api(*id).then(|| view! { " " <TwinTag /> })}
                {(!api.enabled).then(|| view! { " " <span class="tag">"Disabled"</span> })}
            </td>
            <td class="hide-narrow">{publisher(tenant, api)}</td>
            <td class="hide-narrow id">{app_id.to_string()}</td>
            <td class="number">{api.application_roles().count()}</td>
            <td class="number">{if complete || holders > 0 { holders.to_string() } else { "…".to_owned() }}</td>
        }
        .into_any()
    })
}

/// Who publishes an API: Microsoft, this tenant, or another one by its verified name or its id.
pub fn publisher(tenant: Tenant, api: &Api) -> AnyView {
    match (tenant.read(|catalog| catalog.publisher_of(api)), &api.publisher, api.owner_tenant) {
        (ApiPublisher::Other, Some(name), _) => view! { <Name text=name.clone() /> }.into_any(),
        (ApiPublisher::Other, None, Some(owner)) => view! { <span class="id">{owner.to_string()}</span> }.into_any(),
        (publisher, ..) => publisher.label().into_any(),
    }
}
