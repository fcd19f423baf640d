//! The set-up page: shown instead of anything else when config.json is missing or wrong, and at `/setup` for whoever
//! wants to check the app registration. It says what is wrong and what to write.

use leptos::prelude::*;

use crate::browser;
use crate::components::copy::{CopyButton, CopyId};
use crate::components::icon::{Icon, Picture};
use crate::components::page_head::PageHead;
use crate::components::toast::ToastRegion;
use crate::config::ConfigError;

/// A config.json to start from.
const EXAMPLE: &str = r#"{
  "cloud": "global",
  "tenant": "contoso.onmicrosoft.com",
  "clientId": "00000000-0000-0000-0000-000000000000"
}"#;

/// The page without a shell, for a deployment whose config.json cannot be used.
#[component]
pub fn SetUpPage(
    /// What is wrong.
    error: ConfigError,
) -> impl IntoView {
    browser::page::set_title("Set up - Rolegrant");
    view! {
        <main class="alone wide">
            <div class="brand">
                <Icon of=Picture::Brand />
                "Rolegrant"
            </div>
            <h1 id="page-heading" tabindex="-1">"Set up"</h1>
            <div class="note bad" role="alert">
                <strong>"config.json cannot be used yet"</strong>
                <ul>{error.problems().iter().map(|problem| view! { <li>{problem.to_string()}</li> }).collect_view()}</ul>
            </div>
            <Steps />
        </main>
        <ToastRegion />
    }
}

/// `/setup`: the same steps inside the shell, to check a deployment that works.
#[component]
pub fn CheckPage() -> impl IntoView {
    view! {
        <PageHead title="Set up">
            <p>"What this deployment needs in Microsoft Entra and on its host."</p>
        </PageHead>
        <Steps />
    }
}

/// The steps from nothing to a working deployment.
#[component]
pub fn Steps() -> impl IntoView {
    let redirect_uri = browser::location::base_url();
    view! {
        <section class="card" aria-labelledby="registration-heading">
            <header>
                <h2 id="registration-heading">"1. Register the app in Microsoft Entra"</h2>
            </header>
            <div class="pad">
                <p>
                    "In the Entra admin center: App registrations, New registration. Accounts in this organizational directory only. Under Redirect URI choose "
                    <strong>"Single-page application (SPA)"</strong> " and enter exactly this address:"
                </p>
                <p><CopyId what="redirect URI" id=redirect_uri /></p>
                <p>"Under API permissions add these delegated permissions of Microsoft Graph, then choose Grant admin consent:"</p>
                <ul>
                    <li><code>"User.Read"</code> " - who is signed in"</li>
                    <li><code>"Application.Read.All"</code> " - read identities, APIs and their assignments"</li>
                    <li>
                        <code>"AppRoleAssignment.ReadWrite.All"</code>
                        " - assign and remove; asked for at the first change"
                    </li>
                </ul>
            </div>
        </section>
        <section class="card" aria-labelledby="config-heading">
            <header>
                <h2 id="config-heading">"2. Write config.json beside index.html"</h2>
                <span class="grow"></span>
                <CopyButton what="example" text=EXAMPLE />
            </header>
            <div class="pad">
                <pre tabindex="0">{EXAMPLE}</pre>
                <dl class="facts">
                    <dt><code>"cloud"</code></dt>
                    <dd>
                        <code>"global"</code> ", " <code>"usgov"</code> ", " <code>"usgov-dod"</code> ", " <code>"china"</code>
                        " or an object with name, authority and graph"
                    </dd>
                    <dt><code>"tenant"</code></dt>
                    <dd>"The tenant's id or one of its domains, from the registration's overview"</dd>
                    <dt><code>"clientId"</code></dt>
                    <dd>"The Application (client) ID from the registration's overview"</dd>
                    <dt><code>"subscriptions"</code></dt>
                    <dd>"Optional: names for subscription ids, as an object of id and name"</dd>
                </dl>
            </div>
        </section>
        <section class="card" aria-labelledby="reload-heading">
            <header>
                <h2 id="reload-heading">"3. Reload this page"</h2>
            </header>
            <div class="pad">
                <div>
                    <a class="button main" href=browser::location::base_url()>"Check again"</a>
                </div>
            </div>
        </section>
    }
}
