//! `/matrix`: who holds what of some APIs, holders by roles. What is chosen lives in the address (`?apis=…,…`).

use crate::browser;
use crate::components::combobox::combobox;
use crate::components::export::export;
use crate::components::labels::name;
use crate::components::list::{counted, status};
use crate::components::matrix::matrix_table;
use crate::components::page_head::{breadcrumb, page_head};
use crate::components::role_choice::{chip, proposals};
use crate::components::search_box::{pill, search_box};
use crate::directory::{Catalog, MatrixQuery, ObjectId};
use crate::export::Sheet;
use crate::navigation::Navigation;
use crate::route::Route;
use crate::signals::Memo;
use crate::tenant::{Load, Tenant};
use crate::view::{El, View, either, el, live, many};

use super::identities::problems;

/// The page.
pub fn matrix_page() -> View {
    let (tenant, navigation) = (Tenant::here(), Navigation::here());
    let query = Memo::new(move || query_of(navigation));
    // While lists arrive, those of other APIs are no reason to draw this anew.
    let news = Memo::new(move || {
        let version = tenant.version();
        if tenant.is_loaded() {
            return (true, version as usize);
        }
        let known = |catalog: &Catalog, api: ObjectId| {
            let is_known = [catalog.api(api).is_some(), catalog.knows_holders_of(api)];
            catalog.holder_count(api) + is_known.map(usize::from).iter().sum::<usize>()
        };
        let count = |query: &MatrixQuery| {
            tenant.read_once(|catalog| query.apis.iter().map(|api| known(catalog, *api)).sum::<usize>())
        };
        (false, query.with(count))
    });
    let matrix = Memo::new(move || {
        // Looked at, or it would never begin to follow anything.
        news.with(|_| ());
        query.with(|query| tenant.read_once(|catalog| query.run(catalog)))
    });
    // An API without roles is in no list. Where it cannot be read its holders stay unknown, which is said.
    let chosen = query.get_untracked().apis;
    browser::spawn(async move {
        for api in chosen {
            if tenant.read_once(|catalog| catalog.api(api).is_none()) {
                drop(tenant.load_api(api).await);
            }
        }
    });
    let switch = move |label, name: &'static str| {
        let on = move || navigation.value(name).is_some();
        let toggle = move || {
            let now = navigation.query.with_untracked(|pairs| pairs.iter().any(|(key, _)| key == name));
            navigation.change_query(&[(name, if now { String::new() } else { "yes".to_owned() })]);
        };
        pill(label, on, toggle)
    };
    let search = search_box(
        "Holder's name or id",
        move || query.with(|query| query.text.clone()),
        move |text| navigation.change_query(&[("q", text)]),
    );
    let count = move || {
        matrix.with(|matrix| {
            format!("{}, {}", counted(matrix.holders.len(), "holder"), counted(matrix.columns.len(), "role"))
        })
    };
    let tools = el("div")
        .class("tools")
        .child(search)
        .child(switch("Managed identities only", "identities"))
        .child(switch("Also roles that nobody holds", "all"))
        .child(el("span").class("grow"))
        .child(status(count))
        .child(export(
            "assignments",
            move || tenant.read_once(|catalog| matrix.with(|matrix| matrix.assignments(catalog).count())),
            // The identities tell what is one, and what its name is.
            move || {
                matrix.with(|matrix| matrix.unknown.is_empty()) && tenant.identities.with(|load| *load == Load::Loaded)
            },
            move |catalog, write| {
                matrix.with_untracked(|matrix| {
                    write(Sheet::assignments(catalog, "matrix", matrix.assignments(catalog)));
                });
            },
        ));
    let table = move || matrix_table(tenant, matrix, move || query.with(|query| query.apis.len() > 1));
    let otherwise = move || {
        let nothing = move || match query.with(|query| query.apis.is_empty()) {
            true => "Choose an API, or several.",
            false => "Nothing to show: nobody holds a role that fits, as far as it is known.",
        };
        el("p").class("card pad soft").child(live(nothing))
    };
    let title = || "Matrix".to_owned();
    many![
        breadcrumb(Route::Apis, "APIs", title),
        page_head(title, el("p").child("Who holds what: everyone who holds a role of the APIs chosen, and which.")),
        problems(tenant),
        choice(tenant, navigation, query),
        live(move || unknown(tenant, &matrix.with(|matrix| matrix.unknown.clone()))),
        tools,
        either(move || matrix.with(|matrix| !matrix.columns.is_empty()), table, otherwise),
    ]
}

fn query_of(navigation: Navigation) -> MatrixQuery {
    let apis = navigation.value("apis").unwrap_or_default();
    MatrixQuery {
        apis: apis.split(',').filter_map(|id| id.parse().ok()).collect(),
        text: navigation.value("q").unwrap_or_default(),
        identities_only: navigation.value("identities").is_some(),
        all_roles: navigation.value("all").is_some(),
    }
}

/// The APIs chosen, and the way to choose more.
fn choice(tenant: Tenant, navigation: Navigation, query: Memo<MatrixQuery>) -> El {
    let choose = move |apis: Vec<ObjectId>| {
        let ids: Vec<String> = apis.iter().map(ObjectId::to_string).collect();
        navigation.change_query(&[("apis", ids.join(","))]);
    };
    let chosen = move || query.with_untracked(|query| query.apis.clone());
    let add = move |api: Option<ObjectId>| {
        let mut apis = chosen();
        if let Some(api) = api.filter(|api| !apis.contains(api)) {
            apis.push(api);
            choose(apis);
        }
    };
    let chips = move || {
        let one = |id: ObjectId| {
            let text = name_of(tenant, id);
            chip(id.to_string(), &text, name(&text).into(), "Add-an-API-field", move || {
                let mut apis = chosen();
                apis.retain(|other| *other != id);
                choose(apis);
            })
        };
        query.with(|query| query.apis.clone()).into_iter().map(one).collect::<View>()
    };
    let find = move |text: &str| tenant.read(|catalog| proposals(catalog, text));
    el("div")
        .class("card pad")
        .child(el("ul").class("chosen").attr("aria-label", "Chosen APIs").child(live(chips)))
        .child(combobox("Add an API", "Name, role, application id", find, String::new, add))
}

/// An API's name, with its application id where another has the same.
fn name_of(tenant: Tenant, id: ObjectId) -> String {
    tenant.read(|catalog| match catalog.api(id) {
        Some(api) if catalog.is_twin_api(id) => format!("{} ({})", api.display_name, api.app_id),
        Some(api) => api.display_name.clone(),
        None => id.to_string(),
    })
}

/// Says of which APIs the holders are not known, so that an empty cell is not taken for "does not hold".
fn unknown(tenant: Tenant, apis: &[ObjectId]) -> Option<El> {
    let names: Vec<String> = apis.iter().map(|api| name_of(tenant, *api)).collect();
    (!names.is_empty()).then(|| {
        el("p")
            .class("note warn")
            .attr("role", "status")
            .child(el("strong").child("Incomplete: the holders are not known yet of "))
            .child(name(&names.join(", ")))
    })
}
