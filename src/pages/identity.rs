//! `/identities/:id`: what one identity may do, and the form that gives it more.

use crate::browser;
use crate::components::assign_form::assign_form;
use crate::components::copy::{copy_button, copy_id};
use crate::components::export::export;
use crate::components::held_order::HeldOrder;
use crate::components::icon::{Picture, icon};
use crate::components::labels::{disabled_tag, name, privileged_tag, prose, since, tag, twin_tag};
use crate::components::list::{counted, load_problem, not_known, skeleton};
use crate::components::page_head::{breadcrumb, page_head};
use crate::components::remove_dialog::{remove_button, remove_dialog};
use crate::components::rights::rights_note;
use crate::components::run::{run_here, run_outcomes};
use crate::components::table::{Column, actions_head, framed_table};
use crate::directory::{
    Act, AppRoleId, Assignment, HeldSort, Identity, IdentityKind, ObjectId, order_held, risk, visible,
};
use crate::export::Sheet;
use crate::navigation::link_to;
use crate::plan::{Grant, Wish};
use crate::route::Route;
use crate::run::Run;
use crate::signals::{Memo, RwSignal};
use crate::tenant::{Load, Tenant};
use crate::view::{El, View, either, el, live, many};

/// What a host prints of its own token: the roles it carries now.
const CHECK: &str = r#"curl -s -H "Metadata: true" "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=APPLICATION-ID" \
  | jq -r .access_token | cut -d. -f2 | tr '_-' '/+' | base64 -d 2>/dev/null | jq .roles"#;

/// The page of an identity.
pub fn identity_page(id: ObjectId) -> View {
    let tenant = Tenant::here();
    let load = RwSignal::new(Load::Loading);
    let reload = move || {
        load.set(Load::Loading);
        browser::spawn(async move {
            let result = tenant.load_identity(id).await;
            load.set(result.map_or_else(Load::Failed, |()| Load::Loaded));
        });
    };
    reload();
    let run = run_here();
    let title = move || {
        tenant.read(|catalog| catalog.identity(id).map(|it| it.display_name.clone())).unwrap_or_else(|| {
            match load.get() {
                Load::Failed(_) => "Identity".to_owned(),
                _ => "Loading…".to_owned(),
            }
        })
    };
    let line = move || {
        tenant.read(|catalog| {
            catalog.identity(id).map(|identity| summary(tenant, identity, catalog.is_twin_identity(id)))
        })
    };
    let facts = move || tenant.read(|catalog| catalog.identity(id).map(|identity| about(tenant, identity)));
    let content = move || {
        let left = el("div").class("stack").child(held(tenant, id, run, load)).child(live_note()).child(live(facts));
        el("div").class("two").child(left).child(assign_form(id, run))
    };
    let waiting = move || live(move || (load.get() == Load::Loading).then(skeleton));
    many![
        breadcrumb(Route::Identities, "Identities", title),
        page_head(title, live(line)),
        load_problem(load, reload),
        run_outcomes(run),
        either(move || tenant.read(|catalog| catalog.identity(id).is_some()), content, waiting),
    ]
}

/// The line below the name: kind, host, where.
fn summary(tenant: Tenant, identity: &Identity, twin: bool) -> El {
    let place = identity.host.as_ref().map(|host| {
        let mut place = el("span");
        if identity.kind == IdentityKind::SystemAssigned {
            let what = name(&host.type_label().to_lowercase());
            place = place.child("of the ").child(what).child(" ").child(name(&host.name())).child(" ");
        }
        place.child("in ").child(el("strong").child(name(&host.resource_group))).child(", subscription ").child(
            el("strong")
                .attr("title", visible(&host.subscription))
                .child(name(&tenant.subscription(&host.subscription))),
        )
    });
    el("div")
        .class("head-line soft")
        .child(tag("tag").child(identity.kind.label()))
        .child((!identity.enabled).then(|| tag("tag warn").child("Disabled")))
        .child(twin.then(twin_tag))
        .child(place)
}

static HELD: [Column<HeldSort>; 3] = [
    Column { title: "Role", sort: Some(HeldSort::Role), class: "" },
    Column { title: "API", sort: Some(HeldSort::Name), class: "hide-narrow" },
    Column { title: "Since", sort: Some(HeldSort::Since), class: "hide-narrow" },
];

/// The roles held, with since, live-by and the way to remove each.
fn held(tenant: Tenant, id: ObjectId, run: Run, load: RwSignal<Load>) -> El {
    let removing = RwSignal::new(None::<Assignment>);
    let none = move || tenant.read(|catalog| catalog.role_count(id) == 0);
    let count = move || {
        tenant.read(|catalog| {
            // They come API by API.
            let mut apis: Vec<ObjectId> = catalog.held_by(id).map(|held| held.resource).collect();
            apis.dedup();
            match (catalog.role_count(id), apis.len()) {
                (0, _) => "none".to_owned(),
                (roles, apis) => format!("{roles}, of {}", counted(apis, "API")),
            }
        })
    };
    // None is said only when it is known.
    let count = move || (load.get() == Load::Loaded || !none()).then(count);
    let order = HeldOrder::here();
    let found = Memo::new(move || {
        let (sort, descending) = order.get();
        tenant.read(|catalog| {
            let mut held = catalog.held_by(id).cloned().collect();
            order_held(catalog, &mut held, sort, descending);
            held
        })
    });
    let rows = move || found.with(|found| found.iter().map(|held| held_row(tenant, held, removing)).collect::<View>());
    let table = move || {
        let head = el("tr").child(order.headings(&HELD)).child(actions_head(""));
        framed_table("held-heading", head, live(rows))
    };
    let lack = move || {
        let apis: Vec<ObjectId> = tenant.read(|catalog| catalog.held_by(id).map(|held| held.resource).collect());
        tenant.lack(apis.into_iter().map(|api| (Act::Remove, api)))
    };
    let otherwise = move || {
        live(move || match load.get() {
            Load::Loading => View::from(skeleton()),
            Load::Failed(_) => not_known(),
            Load::Loaded => el("p")
                .class("pad soft")
                .child("This identity holds no app role yet. Choose an API and roles in the form.")
                .into(),
        })
    };
    el("section")
        .class("card")
        .attr("aria-labelledby", "held-heading")
        .child(
            el("header")
                .child(el("h2").attr("id", "held-heading").child("Roles held"))
                .child(el("span").class("soft").attr("role", "status").child(live(count)))
                .child(el("span").class("grow"))
                .child(
                    el("a")
                        .class("button small")
                        .attr("href", format!("{}?for={id}", link_to(Route::Collect)))
                        .child("Copy roles from…"),
                )
                .child(export(
                    "roles held",
                    move || tenant.read_once(|catalog| catalog.role_count(id)),
                    move || load.get() == Load::Loaded,
                    move |catalog, write| {
                        found.with_untracked(|found| {
                            write(Sheet::assignments(catalog, "roles", Box::new(found.iter())))
                        });
                    },
                )),
        )
        .child(rights_note("remove-lack", lack))
        .child(either(move || !none(), table, otherwise))
        .child(remove_dialog(removing, run))
}

fn held_row(tenant: Tenant, held: &Assignment, removing: RwSignal<Option<Assignment>>) -> El {
    let now = tenant.now();
    let live_by = held.live_by().filter(|at| *at > now);
    let (role, app, listed) = tenant.read(|catalog| {
        let api = catalog.api(held.resource);
        (api.and_then(|api| api.role(held.role)).cloned(), api.map(|api| api.app_id), api.is_some())
    });
    let danger = app.and_then(|app| risk(app, held.role)).map(|risk| risk.how);
    // An API without roles is in no list: that it has none is known once the list is read.
    let is_read = listed || tenant.apis.with(|load| *load == Load::Loaded);
    let label = match &role {
        Some(role) => role.name().to_owned(),
        None if held.role == AppRoleId::DEFAULT_ACCESS => "Default access".to_owned(),
        None if is_read => format!("Unknown role {}", held.role),
        None => held.role.to_string(),
    };
    let orphan = role.is_none() && listed && held.role != AppRoleId::DEFAULT_ACCESS;
    let enabled = role.as_ref().is_none_or(|role| role.enabled);
    let remove_label = format!("Remove… {}", visible(&label));
    let deleted = || {
        let why = "The API no longer has this role. The assignment gives nothing and can be removed.";
        many![" ", tag("tag warn").attr("title", why).child("Role deleted")]
    };
    let grant = Grant { identity: held.principal, api: held.resource, role: held.role };
    let planned = move || {
        let goes = tenant.planning.basket.with(|basket| matches!(basket.wish(grant), Some(Wish::Remove(_))));
        goes.then(|| many![" ", tag("tag info").child("Removal planned")])
    };
    let role_cell = el("td")
        .child(el("code").child(name(&label)))
        .child(danger.map(|how| many![" ", privileged_tag(how)]))
        .child((!enabled).then(|| many![" ", disabled_tag()]))
        .child(orphan.then(deleted))
        .child(live(planned))
        .child(el("div").class("only-narrow").child("of ").child(name(&held.resource_name)))
        .child(el("div").class("sub").child(role.and_then(|role| prose(role.purpose()))))
        .child(danger.map(|how| el("div").class("sub").child(el("strong").child(how))));
    let api_link = el("a").attr("href", link_to(Route::Api(held.resource))).child(name(&held.resource_name));
    el("tr")
        .key(held.id.to_string())
        .child(role_cell)
        .child(el("td").class("hide-narrow").child(api_link))
        .child(
            el("td").class("hide-narrow").child(held.created.map(|at| since(at, now))).child(
                live_by.map(|at| el("div").class("sub").child("Live by ").child(el("time").child(at.to_string()))),
            ),
        )
        .child(el("td").class("actions").child(remove_button(held.clone(), remove_label, removing)))
}

/// Why a grant may not work at once, and how to see whether it does.
fn live_note() -> El {
    el("details")
        .class("note")
        .child(el("summary").child("A new role reaches the identity's tokens within 24 hours"))
        .child(el("p").child("Azure caches a managed identity's tokens for each API for up to 24 hours, and nothing can hurry it. Until then the API may still answer 403. A removed role may stay in tokens just as long."))
        .child(el("p").child("To see which roles a token carries now, run this on the host (a virtual machine, for instance), with the API's application id in place of APPLICATION-ID:"))
        .child(el("pre").attr("tabindex", "0").child(CHECK))
        .child(el("div").child(copy_button("command", CHECK.to_owned())))
        .child(el("p").class("sub").child("On App Service and Functions ask the address in IDENTITY_ENDPOINT instead, with the header X-IDENTITY-HEADER and api-version 2019-08-01."))
}

/// The identity's ids and where it comes from.
fn about(tenant: Tenant, identity: &Identity) -> El {
    let env = tenant.env();
    let entra = env.config.cloud.entra_admin_center().map(|center| {
        let href = format!(
            "{center}/#view/Microsoft_AAD_IAM/ManagedAppMenuBlade/~/Permissions/objectId/{}/appId/{}",
            identity.id, identity.app_id
        );
        el("a")
            .class("button plain")
            .attr("href", href)
            .attr("target", "_blank")
            .attr("rel", "noopener noreferrer")
            .child("Open in the Entra admin center ")
            .child(icon(Picture::External))
    });
    let fact = |title: &'static str, what: View| many![el("dt").child(title), el("dd").child(what)];
    let host = identity.host.as_ref().map(|host| {
        many![
            fact("Resource", copy_id("resource id", host.resource_id())),
            fact("Subscription", copy_id("subscription id", host.subscription.clone())),
        ]
    });
    let facts = el("dl")
        .class("facts")
        .child(fact("Object id", copy_id("object id", identity.id.to_string())))
        .child(fact("Application id", copy_id("application id", identity.app_id.to_string())))
        .child(host)
        .child(identity.created.map(|at| fact("Created", at.to_string().into())));
    el("section")
        .class("card")
        .attr("aria-labelledby", "about-heading")
        .child(
            el("header")
                .child(el("h2").attr("id", "about-heading").child("About"))
                .child(el("span").class("grow"))
                .child(entra),
        )
        .child(el("div").class("pad").child(facts))
}
