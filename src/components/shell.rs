//! What surrounds every signed-in page: the bar with the tenant and the account, the navigation, the messages that
//! concern the whole session.

use std::cell::Cell;

use leptos::ev;
use leptos::prelude::*;

use super::button::button;
use super::copy::copy_id;
use super::dialog::ConfirmDialog;
use super::icon::{Picture, icon};
use super::labels::{name, tag};
use super::list::counted;
use super::problem::{Problem, problem_note};
use super::toast::toast_region;
use crate::browser;
use crate::config::Registration;
use crate::directory::Rights;
use crate::navigation::{Navigation, link_to};
use crate::route::Route;
use crate::run::Run;
use crate::sign_in::{self, Env};
use crate::signals::RwSignal;
use crate::tenant::{Interruption, Tenant};
use crate::view::{El, View, effect, el, live, many, show};

/// The frame around the page. The problem is what went wrong on the way here, if anything did: a refused consent, for
/// instance.
pub fn shell(problem: Option<Problem>, page: View) -> View {
    let tenant = Tenant::here();
    let problem = RwSignal::new(problem);
    let note = move || {
        let dismiss = move || {
            browser::page::focus("page-heading");
            problem.set(None);
        };
        let dismiss = el("div").child(button("button small", dismiss).child("Dismiss"));
        problem.get().map(|text| problem_note(text).child(dismiss))
    };
    let planned = move || {
        let count = tenant.planning.count();
        (count > 0).then(|| el("span").class("count").child(count))
    };
    // News is old once something is sent or another page is looked at.
    let (route, seen) = (Navigation::here().route, StoredValue::new(false));
    effect(move || {
        route.track();
        tenant.waiting.read(|entries| entries.count());
        if seen.get_value() && problem.with_untracked(|it| it.as_ref().is_some_and(|it| it.is_news)) {
            problem.set(None);
        }
        seen.set_value(true);
    });
    let nav = el("nav").class("nav").attr("aria-label", "Main").child(
        el("ul")
            .child(el("li").child(nav_link(Route::Identities, "Identities", Picture::Identity)))
            .child(el("li").child(nav_link(Route::Apis, "APIs", Picture::Api)))
            .child(el("li").child(nav_link(Route::Plan, "Plan", Picture::Plan).child(live(planned))))
            .child(el("li").child(nav_link(Route::Activity, "Activity", Picture::Activity))),
    );
    let main = el("main")
        .attr("id", "page")
        .attr("tabindex", "-1")
        .child(interruption(tenant))
        .child(waiting_elsewhere(tenant))
        .child(live(note))
        .child(page);
    many![
        el("a").class("skip button").attr("href", "#page").child("Skip to the page"),
        el("div").class("shell").child(bar(tenant)).child(nav).child(main),
        toast_region(),
    ]
}

fn bar(tenant: Tenant) -> El {
    let reading_only = || {
        tag("tag")
            .attr("title", "The permission to change assignments is asked for at the first change.")
            .child("Reading only")
    };
    el("header")
        .class("bar")
        .child(el("a").attr("href", link_to(Route::Identities)).class("brand").child(brand()))
        .child(demo_tag(&tenant.env()))
        .child(el("span").class("grow"))
        .child(show(move || !tenant.may_write.get(), reading_only))
        .child(account_menu(tenant))
}

/// The product's sign and name.
pub fn brand() -> View {
    many![icon(Picture::Brand), el("span").child("Rolegrant")]
}

/// Says that nothing here is real, where it is so.
pub fn demo_tag(env: &Env) -> Option<El> {
    env.config.demo.then(|| tag("tag info").child("Demo").child(el("span").class("hide-narrow").child("tenant")))
}

/// The tenant's name; until it has come, or where it may not be read, what config.json calls it.
fn tenant_name(tenant: Tenant) -> View {
    live(move || match tenant.name.get() {
        Some(text) => name(&text),
        None => {
            let (env, session) = (tenant.env(), tenant.session());
            name(env.config.registration(session.tenant()).map_or(session.tenant(), Registration::label))
        }
    })
}

/// A link of the navigation to a list; what belongs to the list lights it too.
fn nav_link(to: Route, label: &'static str, picture: Picture) -> El {
    let route = Navigation::here().route;
    let current = move || (route.get().list() == Some(to)).then_some("page");
    el("a").attr("href", link_to(to)).live("aria-current", current).child(icon(picture)).child(el("span").child(label))
}

/// Who is signed in, where, with which rights; and the way out. It closes when the focus leaves it.
fn account_menu(tenant: Tenant) -> El {
    let session = tenant.session();
    let account = session.account();
    let problem = RwSignal::new(None::<Problem>);
    let switch_to = move |to: String| {
        move || {
            let to = to.clone();
            browser::spawn(async move {
                if let Err(error) = sign_in::switch(&tenant.env(), &tenant.session(), &to).await {
                    problem.set(Some(Problem::from(&error)));
                }
            });
        }
    };
    let env = tenant.env();
    let others = env.config.registrations.iter().filter(|other| other.tenant != session.tenant());
    let others = others
        .map(|other| button("button", switch_to(other.tenant.clone())).child("Switch to ").child(name(other.label())));
    let (asking, asked) = (RwSignal::new(false), Cell::new(false));
    let receipts = RwSignal::new(0);
    let sign_out = move || {
        browser::spawn(async move {
            receipts.set(if tenant.env().config.keep_activity { 0 } else { tenant.activity.count().await });
            let waits = untrack(|| tenant.waiting.count() + tenant.planning.count());
            if waits + receipts.get_untracked() > 0 || untrack(|| tenant.applying.is_running()) {
                asking.set(true);
            } else {
                sign_in::sign_out(&tenant.env(), &tenant.session());
            }
        });
    };
    let question = ConfirmDialog {
        open: asking,
        id: "sign-out-heading",
        title: Box::new(|| "Sign out and forget this?".to_owned()),
        action: Box::new(|| "Sign out".to_owned()),
        confirm: Box::new(move || sign_in::sign_out(&tenant.env(), &tenant.session())),
        body: Box::new(move || {
            let some = |count: usize, what: &str| (count > 0).then(|| el("p").child(counted(count, "change") + what));
            many![
                some(tenant.waiting.count(), " confirmed in this tab and not known to be done."),
                some(tenant.planning.count(), " collected in the plan."),
                live(move || {
                    let count = receipts.get();
                    (count > 0).then(|| {
                        let text = counted(count, "receipt") + " in Activity. Download what you want to keep.";
                        el("p").child(text)
                    })
                }),
                tenant.applying.is_running().then(|| el("p").child("A plan is being applied: it stops where it is.")),
                el("p").child(
                    "Signing out forgets all of this, and what waits in other tabs. The directory stays as it is."
                ),
            ]
        }),
    };
    // The button that asked is in the menu, which has closed.
    effect(move || {
        if asked.replace(asking.get()) && !asking.get() {
            browser::page::focus_soon("account-opener");
        }
    });
    // What the sign-in permits and what the directory roles allow are two things, and a change needs both.
    let permits = move || {
        if tenant.may_write.get() {
            "Reading and changing"
        } else {
            "Reading. Changing is asked for at the first change"
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
        .child(el("dt").child("Sign-in permits"))
        .child(el("dd").child(live(permits)))
        .child(el("dt").child("Directory roles"))
        .child(el("dd").child(live(move || directory_roles(tenant))))
        .child(el("dt").child("They allow"))
        .child(el("dd").child(live(move || tenant.rights.with(Rights::in_words))));
    let opener = el("button")
        .attr("type", "button")
        .class("button plain who")
        .attr("id", "account-opener")
        .attr("popovertarget", "account")
        .attr("aria-haspopup", "dialog")
        .child(el("span").class("unseen").child("Account: "))
        .child(name(&account.name))
        // On every screen: an administrator of several tenants must not take one for another.
        .child(el("span").class("unseen").child(", tenant: "))
        .child(el("span").class("sub").child(tenant_name(tenant)));
    let menu = el("div")
        .attr("id", "account")
        .class("menu")
        .attr("popover", "auto")
        .attr("role", "dialog")
        .attr("aria-label", "Account")
        .child(
            el("div")
                .class("pad")
                .child(who)
                .child(facts)
                .child(button("button", switch_to(session.tenant().to_owned())).child("Switch account…"))
                .child(others.collect::<View>())
                .child(live(move || problem.get().map(problem_note)))
                .child(button("button", sign_out).child("Sign out")),
        );
    let left = |event| {
        if browser::page::is_left(&event) {
            browser::page::hide_popover("account");
        }
    };
    el("div").class("account").on(ev::focusout, left).child(opener).child(menu).child(question.view())
}

/// The directory roles that the administrator holds now.
fn directory_roles(tenant: Tenant) -> View {
    tenant.rights.with(|rights| match &rights.roles {
        Some(roles) if roles.is_empty() => "None. Custom roles are not seen from here".into(),
        Some(roles) => roles.iter().map(|role| el("div").child(name(&role.display_name))).collect(),
        None if tenant.reading_rights.get() => "Loading…".into(),
        None => "Not known: they could not be read".into(),
    })
}

/// What was confirmed on other pages and is not known to be done, with the ways there.
fn waiting_elsewhere(tenant: Tenant) -> View {
    let route = Navigation::here().route;
    live(move || {
        let here = route.get();
        let mut pages: Vec<(Route, usize, usize)> = Vec::new();
        tenant.waiting.read(|entries| {
            for (at, sent) in entries.map(|entry| (Route::parse(&entry.page), usize::from(entry.sent))) {
                match pages.iter_mut().find(|(page, ..)| *page == at) {
                    _ if at == here => {}
                    Some((_, count, perhaps)) => (*count, *perhaps) = (*count + 1, *perhaps + sent),
                    None => pages.push((at, 1, sent)),
                }
            }
        });
        if pages.is_empty() {
            return View::Nothing;
        }
        // The names come when the lists do.
        let links = pages.into_iter().map(|(page, count, perhaps)| {
            let of = tenant.read(|catalog| match page {
                Route::Identity(id) => catalog.identity(id).map(|identity| name(&identity.display_name)),
                Route::Api(id) => catalog.api(id).map(|api| name(&api.display_name)),
                _ => None,
            });
            let state = match perhaps {
                _ if tenant.runs.of(&page.to_string()).is_some_and(Run::pending) => ": being sent",
                0 => ": not sent",
                all if all == count => ": may have been sent",
                _ => ": some may have been sent",
            };
            let link =
                el("a").attr("href", link_to(page)).child(counted(count, "change")).child(" of ").child(match of {
                    Some(of) => of.into(),
                    None => View::from("another page"),
                });
            el("span").child(link).child(state)
        });
        el("div")
            .class("note info")
            .child(el("strong").child("Confirmed on other pages"))
            .child(el("div").class("tools").child(links.map(View::from).collect::<View>()))
            .into()
    })
}

/// Says why the work cannot go on, and leads to where the administrator can let it; she comes back to this page, and
/// what was confirmed but not sent waits for her there.
fn interruption(tenant: Tenant) -> View {
    let problem = RwSignal::new(None::<Problem>);
    let go_on = move || {
        browser::spawn(async move {
            if let Err(error) = sign_in::renew(&tenant.env(), &tenant.session()).await {
                problem.set(Some(Problem::from(&error)));
            }
        });
    };
    let note = move || {
        let (title, text, action) = match tenant.interruption.get()? {
            Interruption::SignInEnded => (
                "Your sign-in has run out",
                "Nothing more is sent. Sign in again: you come back to this page, and changes that were not sent wait \
                 for you.",
                "Sign in again",
            ),
            Interruption::PolicyNeedsMore => (
                "Your organisation asks for more proof",
                "A Conditional Access policy wants more than your sign-in gave, such as a second factor. You come back \
                 to this page, and changes that were not sent wait for you.",
                "Continue at Microsoft",
            ),
        };
        Some(
            el("div")
                .class("note warn interruption")
                .attr("role", "alert")
                .child(el("strong").child(title))
                .child(el("span").child(text))
                .child(el("div").child(button("button main", go_on).child(action)))
                .child(live(move || problem.get().map(problem_note))),
        )
    };
    live(note)
}
