//! What a visitor sees who is not signed in: what this is, what it will ask for, and one button.

use std::rc::Rc;

use leptos::ev;
use leptos::prelude::*;

use crate::browser;
use crate::components::button::button;
use crate::components::problem::{Problem, problem_note};
use crate::components::shell::{brand, demo_tag};
use crate::config::Registration;
use crate::directory::visible;
use crate::navigation::link_to;
use crate::route::Route;
use crate::sign_in::{self, Env, SignInProblem};
use crate::signals::RwSignal;
use crate::view::{El, View, el, live};

/// The sign-in page. The problem is why the last attempt ended here.
pub fn sign_in_page(env: Rc<Env>, problem: Option<SignInProblem>) -> El {
    let problem = RwSignal::new(problem.as_ref().map(|problem| Problem::of_sign_in(problem, &env)));
    let busy = RwSignal::new(false);
    let demo = demo_tag(&env);
    let tenant = RwSignal::new(env.usual_tenant().map(|usual| usual.tenant.clone()).unwrap_or_default());
    let which = tenant_choice(&env, tenant);
    let start = move || {
        busy.set(true);
        problem.set(None);
        let env = Rc::clone(&env);
        browser::spawn(async move {
            // Where it succeeds the browser leaves this page, and the button stays as it is.
            if let Err(error) = sign_in::sign_in(&env, &tenant.get_untracked()).await {
                problem.set(Some(Problem::from(&error)));
                busy.set(false);
            }
        });
    };
    let verb = move || if busy.get() { "Going to Microsoft…" } else { "Sign in with Microsoft" };
    browser::page::set_title("Sign in - Rolegrant");
    let promises = el("ul")
        .class("soft")
        .child(el("li").child("Signing in asks for permission to read, and no more. Permission to assign is asked for at your first change."))
        .child(el("li").child("This page talks to Microsoft Entra and Microsoft Graph, and to nothing else. Your tokens stay in this tab's memory."));
    let card = el("div")
        .class("card pad")
        .child(
            el("h1")
                .attr("id", "page-heading")
                .attr("tabindex", "-1")
                .child("Give managed identities the app roles they need"),
        )
        .child(el("p").class("soft").child("See every managed identity of your tenant and the APIs it may call; assign and remove app roles in a few clicks."))
        .child(live(move || problem.get().map(problem_note)))
        .child(which)
        .child(button("button main large", start).live("disabled", move || busy.get()).child(live(verb)))
        .child(promises);
    // For whoever cannot sign in yet.
    let set_up = el("p").class("sub").child(el("a").attr("href", link_to(Route::SetUp)).child("Set up"));
    el("main").class("alone").child(el("div").class("brand").child(brand()).child(demo)).child(card).child(set_up)
}

/// Which tenant: said where there is one, asked where there are several.
fn tenant_choice(env: &Env, tenant: RwSignal<String>) -> El {
    let registrations = &env.config.registrations;
    if let [only] = registrations.as_slice() {
        return el("p").class("sub").child("Tenant ").child(el("span").class("id").child(only.tenant.clone()));
    }
    let option = |registration: &Registration| {
        let chosen = registration.tenant == tenant.get_untracked();
        el("option")
            .attr("value", registration.tenant.clone())
            .attr("selected", chosen)
            .child(visible(registration.label()))
    };
    let select = el("select")
        .attr("id", "tenant")
        .class("field")
        .on(ev::change, move |event| tenant.set(event_target_value(&event)))
        .child(registrations.iter().map(option).collect::<View>());
    el("div").class("labelled").child(el("label").attr("for", "tenant").child("Tenant")).child(select)
}
