//! The application: what to show for how the start ended, the routes, and what all pages share.

use std::rc::Rc;

use leptos::prelude::*;

use crate::browser;
use crate::components::idle::watch_idle;
use crate::components::problem::{Problem, problem_note};
use crate::components::shell::shell;
use crate::components::toast::Toasts;
use crate::navigation::{Navigation, route_shown};
use crate::pages;
use crate::pages::set_up::{config_note, set_up_page};
use crate::route::Route;
use crate::sign_in::{Env, SignedIn, Start};
use crate::tenant::Tenant;
use crate::view::{self, View, live, many};

/// Shows in the page's body, in place of the loading shell, what is there for whoever is not signed in.
pub fn mount_signed_out(env: Option<Rc<Env>>, start: Start) {
    mount(move || match (env, start) {
        (_, Start::SetUp(error)) => set_up_page(Some(config_note(&error))),
        // Who cannot sign in yet needs the steps most.
        (Some(env), Start::SignedOut(signed_out)) if route_shown() == Route::SetUp => {
            set_up_page(signed_out.problem.map(|problem| problem_note(Problem::of_sign_in(&problem, &env))))
        }
        (Some(env), Start::SignedOut(signed_out)) => pages::sign_in::sign_in_page(env, signed_out.problem).into(),
        // The browser is leaving for Microsoft's sign-in page.
        (_, Start::Redirecting | Start::SignedIn(_)) | (None, _) => View::Nothing,
    });
}

/// Shows all the rest in its place: most of the app, which is not even fetched before (main.rs).
pub fn mount_signed_in(env: Rc<Env>, arrival: SignedIn) {
    mount(move || signed_in(env, arrival));
}

fn mount(page: impl FnOnce() -> View + 'static) {
    browser::page::remove("boot");
    view::mount(move || {
        Toasts::provide();
        page()
    });
}

fn signed_in(env: Rc<Env>, SignedIn { session, problem }: SignedIn) -> View {
    let tenant = Tenant::new(env, session);
    provide_context(tenant);
    tenant.load();
    let route = Navigation::provide().route;
    let page = live(move || {
        let route = route.get();
        browser::page::hide_popover("account");
        // A page follows by itself what it shows; only another address makes another page.
        untrack(|| match route {
            Route::Identities => pages::identities::identities_page(),
            Route::Identity(id) => pages::identity::identity_page(id),
            Route::Apis => pages::apis::apis_page(),
            Route::Api(id) => pages::api::api_page(id),
            Route::Matrix => pages::matrix::matrix_page(),
            Route::Plan => pages::plan::plan_page(),
            Route::Collect => pages::collect::collect_page(),
            Route::Activity => pages::activity::activity_page(),
            Route::SetUp => pages::set_up::check_page(),
            Route::NotFound => pages::not_found::not_found_page(),
        })
    });
    let problem = problem.as_ref().map(|problem| Problem::of_sign_in(problem, &tenant.env()));
    many![shell(problem, page), watch_idle(tenant)]
}
