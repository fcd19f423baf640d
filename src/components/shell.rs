//! What surrounds every signed-in page: the bar with the tenant and the account, the navigation, the messages that
//! concern the whole session.

use leptos::prelude::*;

use super::button::button;
use super::copy::copy_id;
use super::icon::{Picture, icon};
use super::labels::{name, tag};
use super::problem::{Problem, problem_note};
use super::toast::toast_region;
use crate::browser;
use crate::navigation::{Navigation, link_to};
use crate::route::Route;
use crate::sign_in::{self, Env};
use crate::tenant::Tenant;
use crate::view::{El, View, el, live, many, show};

/// The frame around the page. The problem is what went wrong on the way here, if anything did: a refused consent, for
/// instance.
pub fn shell(problem: Option<Problem>, page: View) -> View {
    let tenant = Tenant::here();
    let problem = RwSignal::new(problem);
    let note = move || {
        let dismiss = move || button("button small", move || problem.set(None)).child("Dismiss");
        problem.get().map(|text| many![problem_note(text), el("div").child(dismiss())])
    };
    let nav = el("nav").class("nav").attr("aria-label", "Main").child(
        el("ul")
            .child(el("li").child(nav_link(Route::Identities, "Identities", Picture::Identity)))
            .child(el("li").child(nav_link(Route::Apis, "APIs", Picture::Api))),
    );
    let main =
        el("main").attr("id", "page").attr("tabindex", "-1").child(session_over(tenant)).child(live(note)).child(page);
    many![
        el("a").class("skip button").attr("href", "#page").child("Skip to the page"),
        el("div").class("shell").child(bar(tenant)).child(nav).child(main),
        toast_region(),
    ]
}

fn bar(tenant: Tenant) -> El {
    let reading_only = || {
        tag("tag hide-narrow")
            .attr("title", "The permission to change assignments is asked for at the first change.")
            .child("Reading only")
    };
    el("header")
        .class("bar")
        .child(el("a").attr("href", link_to(Route::Identities)).class("brand").child(brand()))
        .child(demo_tag(&tenant.env()))
        .child(el("span").class("grow"))
        .child(el("span").class("soft tenant hide-narrow").child(tenant_name(tenant)))
        .child(show(move || !tenant.may_write.get(), reading_only))
        .child(account_menu(tenant))
}

/// The product's sign and name.
pub fn brand() -> View {
    many![icon(Picture::Brand), "Rolegrant"]
}

/// Says that nothing here is real, where it is so.
pub fn demo_tag(env: &Env) -> Option<El> {
    env.config.demo.then(|| tag("tag info").child("Demo tenant"))
}

fn tenant_name(tenant: Tenant) -> View {
    live(move || tenant.name.get().map(|text| name(&text)))
}

/// A link of the navigation to a list; what belongs to the list lights it too.
fn nav_link(to: Route, label: &'static str, picture: Picture) -> El {
    let route = Navigation::here().route;
    let current = move || (route.get().list() == Some(to)).then_some("page");
    el("a").attr("href", link_to(to)).live("aria-current", current).child(icon(picture)).child(el("span").child(label))
}

/// Who is signed in, where, with which rights; and the way out.
fn account_menu(tenant: Tenant) -> View {
    let session = tenant.session();
    let account = session.account();
    let sign_out = move || {
        browser::spawn(async move {
            sign_in::sign_out(&tenant.env(), &tenant.session()).await;
        });
    };
    let rights = move || {
        if tenant.may_write.get() {
            "Read, and change app role assignments"
        } else {
            "Read only: the permission to change is asked for at the first change"
        }
    };
    let who = el("div")
        .child(el("strong").child(name(&account.name)))
        .child(el("div").class("soft").child(name(&account.username)));
    let facts = el("dl")
        .class("facts")
        .child(el("dt").child("Tenant"))
        .child(el("dd").child(tenant_name(tenant)))
        .child(el("dt").child("Tenant id"))
        .child(el("dd").child(copy_id("tenant id", account.tenant.to_string())))
        .child(el("dt").child("Rights here"))
        .child(el("dd").child(live(rights)))
        .child(el("dt").child("Directory roles"))
        .child(el("dd").child(live(move || directory_roles(tenant))));
    let opener = el("button")
        .attr("type", "button")
        .class("button plain")
        .attr("popovertarget", "account")
        .attr("aria-haspopup", "dialog")
        .child(el("span").class("unseen").child("Account: "))
        .child(name(&account.name));
    let menu = el("div")
        .attr("id", "account")
        .class("menu")
        .attr("popover", "auto")
        .attr("role", "dialog")
        .attr("aria-label", "Account")
        .child(el("div").class("pad").child(who).child(facts).child(button("button", sign_out).child("Sign out")));
    many![opener, menu]
}

/// The directory roles that the administrator holds now.
fn directory_roles(tenant: Tenant) -> View {
    tenant.rights.with(|rights| match &rights.roles {
        Some(roles) if roles.is_empty() => "None".into(),
        Some(roles) => roles.iter().map(|role| el("div").child(name(&role.display_name))).collect(),
        None if tenant.reading_rights.get() => "Loading…".into(),
        None => "Not known: they could not be read".into(),
    })
}

/// Says that the sign-in has run out, and renews it with the administrator's work kept.
fn session_over(tenant: Tenant) -> View {
    let problem = RwSignal::new(None::<Problem>);
    let again = move || {
        browser::spawn(async move {
            if let Err(error) = sign_in::sign_in(&tenant.env(), Some(tenant.session().account())).await {
                problem.set(Some(Problem::from(&error)));
            }
        });
    };
    let note = move || {
        el("div")
            .class("note warn")
            .attr("role", "alert")
            .child(el("strong").child("Your sign-in has run out"))
            .child(el("span").child("Nothing more is sent. Sign in again: you come back to this page."))
            .child(el("div").child(button("button main", again).child("Sign in again")))
            .child(live(move || problem.get().map(problem_note)))
    };
    show(move || tenant.session_over.get(), note)
}
