//! What surrounds every signed-in page: the bar with the tenant and the account, the navigation, the messages that
//! concern the whole session.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::copy::CopyId;
use super::icon::{Icon, Picture};
use super::labels::Name;
use super::problem::{Problem, ProblemNote};
use super::toast::ToastRegion;
use crate::navigation::{Navigation, link_to};
use crate::route::Route;
use crate::sign_in;
use crate::tenant::Tenant;

/// The frame; the page comes as its child.
#[component]
pub fn Shell(
    /// What went wrong on the way here, if anything: a refused consent, for instance.
    problem: Option<Problem>,
    /// The page.
    children: Children,
) -> impl IntoView {
    let tenant = Tenant::here();
    let demo = tenant.env().config.demo;
    let problem = RwSignal::new(problem);
    view! {
        <a class="skip button" href="#page">
            "Skip to the page"
        </a>
        <div class="shell">
            <header class="bar">
                <a href=link_to(Route::Identities) class="brand">
                    <Icon of=Picture::Brand />
                    "Rolegrant"
                </a>
                {demo.then(|| view! { <span class="tag info">"Demo tenant"</span> })}
                <span class="grow"></span>
                <span class="soft tenant hide-narrow">
                    {move || tenant.name.get().map(|name| view! { <Name text=name /> })}
                </span>
                <Show when=move || !tenant.may_write.get()>
                    <span class="tag hide-narrow" title="The permission to change assignments is asked for at the first change.">
                        "Reading only"
                    </span>
                </Show>
                <AccountMenu />
            </header>
            <nav class="nav" aria-label="Main">
                <ul>
                    <li>
                        <NavLink to=Route::Identities label="Identities" picture=Picture::Identity />
                    </li>
                    <li>
                        <NavLink to=Route::Apis label="APIs" picture=Picture::Api />
                    </li>
                </ul>
            </nav>
            <main id="page" tabindex="-1">
                <SessionOver />
                {move || {
                    problem
                        .get()
                        .map(|text| {
                            view! {
                                <ProblemNote of=text />
                                <div>
                                    <button type="button" class="button small" on:click=move |_| problem.set(None)>
                                        "Dismiss"
                                    </button>
                                </div>
                            }
                        })
                }}
                {children()}
            </main>
        </div>
        <ToastRegion />
    }
}

/// A link of the navigation. The start page is also the list of identities, so its subpages light the same link.
#[component]
fn NavLink(to: Route, label: &'static str, picture: Picture) -> impl IntoView {
    let route = Navigation::here().route;
    let current = move || (route.get().is_about_apis() == to.is_about_apis()).then_some("page");
    view! {
        <a href=link_to(to) aria-current=current>
            <Icon of=picture />
            <span>{label}</span>
        </a>
    }
}

/// Who is signed in, where, with which rights; and the way out.
#[component]
fn AccountMenu() -> impl IntoView {
    let tenant = Tenant::here();
    let session = tenant.session();
    let account = session.account().clone();
    let sign_out = move |_| {
        spawn_local(async move {
            sign_in::sign_out(&tenant.env(), &tenant.session()).await;
        });
    };
    view! {
        <button type="button" class="button plain" popovertarget="account" aria-haspopup="dialog">
            <span class="unseen">"Account: "</span>
            <Name text=account.name.clone() />
        </button>
        <div id="account" class="menu" popover="auto" role="dialog" aria-label="Account">
            <div class="pad">
                <div>
                    <strong>
                        <Name text=account.name />
                    </strong>
                    <div class="soft">
                        <Name text=account.username />
                    </div>
                </div>
                <dl class="facts">
                    <dt>"Tenant"</dt>
                    <dd>{move || tenant.name.get().map(|name| view! { <Name text=name /> })}</dd>
                    <dt>"Tenant id"</dt>
                    <dd>
                        <CopyId what="tenant id" id=account.tenant.to_string() />
                    </dd>
                    <dt>"Rights here"</dt>
                    <dd>
                        {move || {
                            if tenant.may_write.get() {
                                "Read, and change app role assignments"
                            } else {
                                "Read only: the permission to change is asked for at the first change"
                            }
                        }}
                    </dd>
                </dl>
                <button type="button" class="button" on:click=sign_out>
                    "Sign out"
                </button>
            </div>
        </div>
    }
}

/// Says that the sign-in has run out, and renews it with the administrator's work kept.
#[component]
fn SessionOver() -> impl IntoView {
    let tenant = Tenant::here();
    let problem = RwSignal::new(None::<Problem>);
    let again = move |_| {
        spawn_local(async move {
            if let Err(error) = sign_in::sign_in(&tenant.env(), Some(tenant.session().account())).await {
                problem.set(Some(Problem::from(&error)));
            }
        });
    };
    view! {
        <Show when=move || tenant.session_over.get()>
            <div class="note warn" role="alert">
                <strong>"Your sign-in has run out"</strong>
                <span>"Nothing more is sent. Sign in again: you come back to this page."</span>
                <div>
                    <button type="button" class="button main" on:click=again>
                        "Sign in again"
                    </button>
                </div>
                {move || problem.get().map(|problem| view! { <ProblemNote of=problem /> })}
            </div>
        </Show>
    }
}
