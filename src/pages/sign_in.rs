//! What a visitor sees who is not signed in: what this is, what it will ask for, and one button.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::icon::{Icon, Picture};
use crate::components::problem::{Problem, ProblemNote};
use crate::sign_in::{self, Env, SignInProblem};

/// The sign-in page.
#[component]
pub fn SignInPage(
    /// What sign-in needs.
    env: StoredValue<Rc<Env>, LocalStorage>,
    /// Why the last attempt ended here.
    problem: Option<SignInProblem>,
) -> impl IntoView {
    let problem = RwSignal::new(problem.as_ref().map(Problem::from));
    let busy = RwSignal::new(false);
    let start = move |_| {
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            // Where it succeeds the browser leaves this page, and the button stays as it is.
            if let Err(error) = sign_in::sign_in(&env.get_value(), None).await {
                problem.set(Some(Problem::from(&error)));
                busy.set(false);
            }
        });
    };
    let (tenant, demo) = env.with_value(|env| (env.config.tenant.clone(), env.config.demo));
    crate::browser::page::set_title("Sign in - Rolegrant");
    view! {
        <main class="alone">
            <div class="brand">
                <Icon of=Picture::Brand />
                "Rolegrant"
                {demo.then(|| view! { <span class="tag info">"Demo tenant"</span> })}
            </div>
            <div class="card pad">
                <h1 id="page-heading" tabindex="-1">
                    "Give managed identities the app roles they need"
                </h1>
                <p class="soft">
                    "See every managed identity of your tenant and the APIs it may call; assign and remove app roles in a few clicks."
                </p>
                {move || problem.get().map(|problem| view! { <ProblemNote of=problem /> })}
                <button type="button" class="button main large" disabled=move || busy.get() on:click=start>
                    {move || if busy.get() { "Going to Microsoft…" } else { "Sign in with Microsoft" }}
                </button>
                <ul class="soft">
                    <li>"Signing in asks for reading alone. The permission to assign is asked for at your first change."</li>
                    <li>
                        "This page talks to Microsoft Entra and Microsoft Graph, and to nothing else. Your tokens stay in this tab's memory."
                    </li>
                </ul>
                <p class="sub">"Tenant " <span class="id">{tenant}</span></p>
            </div>
        </main>
    }
}
