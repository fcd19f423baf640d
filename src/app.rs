//! The application: what to show for how the start ended, the routes, and what all pages share.

use std::rc::Rc;

use leptos::prelude::*;

use crate::auth::Session;
use crate::browser;
use crate::components::problem::Problem;
use crate::components::shell::Shell;
use crate::components::toast::Toasts;
use crate::navigation::Navigation;
use crate::pages::api::ApiPage;
use crate::pages::apis::ApisPage;
use crate::pages::identities::IdentitiesPage;
use crate::pages::identity::IdentityPage;
use crate::pages::not_found::NotFoundPage;
use crate::pages::set_up::{CheckPage, SetUpPage};
use crate::pages::sign_in::SignInPage;
use crate::route::Route;
use crate::sign_in::{self, Env, SignInProblem, Start};
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

fn signed_in(env: Rc<Env>, session: Rc<Session>, problem: Option<SignInProblem>) -> impl IntoView {
    Toasts::provide();
    let tenant = Tenant::new(env, session);
    provide_context(tenant);
    tenant.load();
    // Signing out in one tab signs out all of them.
    sign_in::on_signed_out_elsewhere(move || {
        tenant.session().end();
        browser::location::assign_base();
    });
    let navigation = Navigation::provide();
    view! {
        <Shell problem=problem.as_ref().map(Problem::from)>
            {move || match navigation.route.get() {
                Route::Identities => view! { <IdentitiesPage /> }.into_any(),
                Route::Identity(id) => view! { <IdentityPage id /> }.into_any(),
                Route::Apis => view! { <ApisPage /> }.into_any(),
                Route::Api(id) => view! { <ApiPage id /> }.into_any(),
                Route::SetUp => view! { <CheckPage /> }.into_any(),
                Route::NotFound => view! { <NotFoundPage /> }.into_any(),
            }}
        </Shell>
    }
}
