//! The application: what to show for how the start ended, the routes, and what all pages share.

use std::rc::Rc;

use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

use crate::auth::Session;
use crate::browser;
use crate::components::problem::Problem;
use crate::components::shell::Shell;
use crate::components::toast::Toasts;
use crate::pages::api::ApiPage;
use crate::pages::apis::ApisPage;
use crate::pages::identities::IdentitiesPage;
use crate::pages::identity::IdentityPage;
use crate::pages::not_found::NotFoundPage;
use crate::pages::set_up::{CheckPage, SetUpPage};
use crate::pages::sign_in::SignInPage;
use crate::sign_in::{Env, SignInProblem, Start};
use crate::tenant::Tenant;

/// Shows the application in the page's body, in place of the loading shell.
pub fn mount(env: Option<Rc<Env>>, start: Start) {
    browser::page::remove("boot");
    match (env, start) {
        // The browser is leaving for Microsoft's sign-in page.
        (_, Start::Redirecting) => {}
        (_, Start::SetUp(error)) => {
            leptos::mount::mount_to_body(move || {
                Toasts::provide();
                view! { <SetUpPage error=error.clone() /> }
            });
        }
        (Some(env), Start::SignedOut(signed_out)) => {
            let env = StoredValue::new_local(env);
            leptos::mount::mount_to_body(move || {
                Toasts::provide();
                view! { <SignInPage env problem=signed_out.problem.clone() /> }
            });
        }
        (Some(env), Start::SignedIn(session, problem)) => {
            let parts = StoredValue::new_local((env, session, problem));
            leptos::mount::mount_to_body(move || {
                let (env, session, problem) = parts.get_value();
                signed_in(env, session, problem)
            });
        }
        (None, _) => {}
    }
}

/// The address of a page: `path` below the deployment's base path.
pub fn path_to(path: &str) -> String {
    browser::location::base_path() + path
}

fn signed_in(env: Rc<Env>, session: Rc<Session>, problem: Option<SignInProblem>) -> impl IntoView {
    Toasts::provide();
    let tenant = Tenant::new(env, session);
    provide_context(tenant);
    tenant.load();
    // Signing out in one tab signs out all of them.
    browser::tabs::on_signed_out(move || {
        tenant.session().end();
        browser::location::assign_base();
    });
    let not_found = || view! { <NotFoundPage /> };
    view! {
        <Router base=browser::location::base_path()>
            <Shell problem=problem.as_ref().map(Problem::from)>
                <Routes fallback=not_found>
                    <Route path=path!("/") view=IdentitiesPage />
                    <Route path=path!("/identities/:id") view=IdentityPage />
                    <Route path=path!("/apis") view=ApisPage />
                    <Route path=path!("/apis/:id") view=ApiPage />
                    <Route path=path!("/setup") view=CheckPage />
                </Routes>
            </Shell>
        </Router>
    }
}
