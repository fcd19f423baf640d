//! `/`: every managed identity of the tenant, with what it may do at a glance.

use leptos::prelude::*;

use crate::components::icon::{Icon, Picture};
use crate::components::labels::{Name, TwinTag};
use crate::components::page_head::PageHead;
use crate::components::problem::ProblemNote;
use crate::components::search_box::{Pill, SearchBox};
use crate::components::table::{Column, DataTable};
use crate::directory::{Identity, IdentityKind, IdentityQuery, IdentitySort, visible};
use crate::navigation::{Navigation, link_to};
use crate::route::Route;
use crate::tenant::{Load, Tenant};

const COLUMNS: [Column<IdentitySort>; 6] = [
    Column { title: "Name", sort: Some(IdentitySort::Name), class: "" },
    Column { title: "Kind", sort: Some(IdentitySort::Kind), class: "wide hide-narrow" },
    Column { title: "Resource group", sort: Some(IdentitySort::ResourceGroup), class: "wide hide-narrow" },
    Column { title: "Subscription", sort: Some(IdentitySort::Subscription), class: "middle hide-narrow" },
    Column { title: "Roles", sort: Some(IdentitySort::Roles), class: "small number" },
    Column { title: "Privileged", sort: None, class: "flag" },
];

/// The list of identities.
#[component]
pub fn IdentitiesPage() -> impl IntoView {
    let tenant = Tenant::here();
    let navigation = Navigation::here();
    let query = Memo::new(move |_| IdentityQuery::from_pairs(navigation.query.get().into_iter()));
    let set_query = move |query: IdentityQuery| navigation.set_query(query.to_pairs());
    let found = Memo::new(move |_| {
        tenant.version();
        query.with(|query| tenant.read_once(|catalog| query.run(catalog)))
    });
    let with = move |change: &dyn Fn(&mut IdentityQuery)| {
        let mut next = query.get_untracked();
        change(&mut next);
        set_query(next);
    };
    let kind_pill = move |label, kind| {
        view! {
            <Pill
                label
                on=Signal::derive(move || query.with(|query| query.kind == Some(kind)))
                toggle=move |()| with(&|query| query.kind = if query.kind == Some(kind) { None } else { Some(kind) })
            />
        }
    };
    view! {
        <PageHead title="Identities">
            <p>"The managed identities of this tenant and the app roles each one holds. Open one to assign or remove roles."</p>
        </PageHead>
        <div class="tools">
            <SearchBox
                text=Signal::derive(move || query.with(|query| query.text.clone()))
                on_change=move |text: String| with(&|query| query.text.clone_from(&text))
                placeholder="Name, id, resource group, role held"
            />
            {kind_pill("System-assigned", IdentityKind::SystemAssigned)}
            {kind_pill("User-assigned", IdentityKind::UserAssigned)}
            <Pill
                label="Privileged"
                on=Signal::derive(move || query.with(|query| query.privileged))
                toggle=move |()| with(&|query| query.privileged = !query.privileged)
            />
            <span class="grow"></span>
            <Status found=Signal::derive(move || found.with(Vec::len)) />
        </div>
        <Problems />
        <Show
            when=move || found.with(|found| !found.is_empty())
            fallback=move || view! { <Empty reset=move |()| set_query(IdentityQuery::default()) /> }
        >
            <DataTable
                label="Identities"
                columns=COLUMNS.to_vec()
                order=Signal::derive(move || query.with(|query| (query.sort, query.descending)))
                on_order=move |(sort, descending)| with(&|query| (query.sort, query.descending) = (sort, descending))
                count=Signal::derive(move || found.with(Vec::len))
                row=move |position| row(tenant, found.with(|found| found.get(position).copied()))
            />
        </Show>
    }
}

/// The cells of one identity.
fn row(tenant: Tenant, index: Option<u32>) -> AnyView {
    let complete = tenant.roles.with(|roles| roles.complete());
    tenant.read(|catalog| {
        let Some(identity) = index.and_then(|index| catalog.identities().get(index as usize)) else {
            return ().into_any();
        };
        let Identity { id, display_name, kind, host, enabled, .. } = identity;
        let host_type = host.as_ref().filter(|_| *kind == IdentityKind::SystemAssigned).map(|host| host.type_label());
        let privileged = catalog.privileged_count(*id);
        let roles = catalog.role_count(*id);
        view! {
            <td title=visible(display_name)>
                <a href=link_to(Route::Identity(*id))>
                    <Name text=display_name.clone() />
                </a>
                {catalog.is_twin_identity(*id).then(|| view! { " " <TwinTag /> })}
                {(!enabled).then(|| view! { " " <span class="tag">"Disabled"</span> })}
            </td>
            <td class="hide-narrow">
                {kind_in_short(*kind)} " " <span class="sub">{host_type.map(str::to_owned)}</span>
            </td>
            <td class="hide-narrow">
                {host.as_ref().map(|host| view! { <Name text=host.resource_group.clone() /> })}
            </td>
            <td class="hide-narrow" title=host.as_ref().map(|host| host.subscription.clone())>
                {host.as_ref().map(|host| tenant.subscription(&host.subscription))}
            </td>
            // A number that may still grow says so.
            <td class="number">{if complete || roles > 0 { roles.to_string() } else { "…".to_owned() }}</td>
            <td>
                {(privileged > 0)
                    .then(|| {
                        view! {
                            <span class="tag warn">
                                <Icon of=Picture::Shield />
                                {privileged}
                                <span class="hide-narrow">"privileged"</span>
                            </span>
                        }
                    })}
            </td>
        }
        .into_any()
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
#[component]
fn Status(found: Signal<usize>) -> impl IntoView {
    let tenant = Tenant::here();
    let text = move || {
        let loaded = tenant.read(|catalog| catalog.identities().len());
        let mut text = match found.get() {
            shown if shown == loaded => format!("{loaded} loaded"),
            shown => format!("{shown} of {loaded} loaded"),
        };
        if tenant.identities.with(|load| *load == Load::Loading) {
            text.push_str(", still loading");
        }
        tenant.roles.with(|roles| {
            if let (Some(total), false) = (roles.total, roles.complete()) {
                text.push_str(&format!(", roles of {} of {total} APIs read", roles.done));
            }
        });
        text
    };
    view! {
        <span class="status" role="status">
            {text}
        </span>
    }
}

/// What could not be loaded, with the way to try again.
#[component]
fn Problems() -> impl IntoView {
    let tenant = Tenant::here();
    view! {
        {move || match tenant.identities.get() {
            Load::Failed(problem) => {
                Some(view! { <ProblemNote of=problem retry=move |()| tenant.load_identities() /> })
            }
            _ => None,
        }}
        {move || match tenant.apis.get() {
            Load::Failed(problem) => Some(view! { <ProblemNote of=problem retry=move |()| tenant.load_apis() /> }),
            _ => None,
        }}
        {move || {
            let roles = tenant.roles.get();
            roles
                .problem
                .map(|problem| {
                    let count = roles.failed.len();
                    view! {
                        <div class="note warn" role="alert">
                            <strong>
                                {format!("Incomplete: the holders of {count} APIs could not be read, so roles may be missing below")}
                            </strong>
                            <ProblemNote of=problem retry=move |()| tenant.load_failed_holders() />
                        </div>
                    }
                })
        }}
    }
}

/// Why the list shows nothing, and what to do.
#[component]
fn Empty(#[prop(into)] reset: Callback<()>) -> impl IntoView {
    let tenant = Tenant::here();
    move || {
        let none_loaded = tenant.read(|catalog| catalog.identities().is_empty());
        match (none_loaded, tenant.identities.get()) {
            (true, Load::Loading) => skeleton().into_any(),
            (true, Load::Loaded) => view! {
                <div class="card pad">
                    <strong>"This tenant has no managed identities yet"</strong>
                    <span>
                        "Switch one on in the Azure portal: open a resource, choose Identity, set System assigned to On. It appears here within minutes."
                    </span>
                </div>
            }
            .into_any(),
            (true, Load::Failed(_)) => ().into_any(),
            (false, _) => view! {
                <div class="card pad">
                    <strong>"No identity fits the search and the filters"</strong>
                    <div>
                        <button type="button" class="button" on:click=move |_| reset.run(())>
                            "Show all identities"
                        </button>
                    </div>
                </div>
            }
            .into_any(),
        }
    }
}

/// The table's place while its first rows are on their way.
pub fn skeleton() -> impl IntoView {
    view! {
        <div class="card pad" aria-busy="true">
            {(0..6).map(|_| view! { <div class="skeleton"></div> }).collect_view()}
        </div>
    }
}
