//! The set-up page: shown instead of anything else when config.json is missing or wrong, and at `/setup` for whoever
//! wants to check the app registration, signed in or not. It says what is wrong and what to write.

use crate::browser;
use crate::cloud::KNOWN;
use crate::components::copy::{copy_button, copy_id};
use crate::components::labels::name;
use crate::components::page_head::page_head;
use crate::components::shell::brand;
use crate::components::toast::toast_region;
use crate::config::ConfigError;
use crate::view::{El, View, el, many};

/// A config.json to start from.
const EXAMPLE: &str = r#"{
  "cloud": "global",
  "tenant": "contoso.onmicrosoft.com",
  "clientId": "00000000-0000-0000-0000-000000000000"
}"#;

/// What is wrong with config.json.
pub fn config_note(error: &ConfigError) -> El {
    let problems = error.problems().iter().map(|problem| el("li").child(name(&problem.to_string()))).collect::<View>();
    el("div")
        .class("note bad")
        .attr("role", "alert")
        .child(el("strong").child("config.json cannot be used yet"))
        .child(el("ul").child(problems))
}

/// The page without a shell, for whoever is not signed in. The note says why that is, if anything went wrong.
pub fn set_up_page(note: Option<El>) -> View {
    browser::page::set_title("Set up - Rolegrant");
    let main = el("main")
        .class("alone wide")
        .child(el("div").class("brand").child(brand()))
        .child(el("h1").attr("id", "page-heading").attr("tabindex", "-1").child("Set up"))
        .child(note)
        .child(steps());
    many![main, toast_region()]
}

/// `/setup`: the same steps inside the shell, to check a deployment that works.
pub fn check_page() -> View {
    let text = el("p").child("What this deployment needs in Microsoft Entra and on its host.");
    many![page_head(|| "Set up".to_owned(), text), steps()]
}

/// The steps from nothing to a working deployment.
fn steps() -> View {
    let again = el("a").class("button main").attr("href", browser::location::base_url()).child("Check again");
    many![
        step("registration-heading", "1. Register the app in Microsoft Entra", View::Nothing, registration()),
        step(
            "config-heading",
            "2. Write config.json",
            many![el("span").class("grow"), copy_button("example", EXAMPLE.to_owned())],
            config(),
        ),
        step("reload-heading", "3. Reload this page", View::Nothing, el("div").child(again).into()),
    ]
}

fn step(id: &'static str, title: &'static str, beside: View, body: View) -> El {
    el("section")
        .class("card")
        .attr("aria-labelledby", id)
        .child(el("header").child(el("h2").attr("id", id).child(title)).child(beside))
        .child(el("div").class("pad").child(body))
}

fn registration() -> View {
    let permission = |value: &'static str, what: &'static str| el("li").child(code(value)).child(what);
    many![
        el("p")
            .child("In the Entra admin center: App registrations, New registration. Accounts in this organizational directory only. Under Redirect URI choose ")
            .child(el("strong").child("Single-page application (SPA)"))
            .child(" and enter exactly this address:"),
        el("p").child(copy_id("redirect URI", browser::location::base_url())),
        el("p").child("Under API permissions add these delegated permissions of Microsoft Graph, then choose Grant admin consent:"),
        el("ul")
            .child(permission("User.Read", " - who is signed in"))
            .child(permission("Application.Read.All", " - read identities, APIs and their assignments"))
            .child(permission("AppRoleAssignment.ReadWrite.All", " - assign and remove; asked for at the first change")),
    ]
}

fn config() -> View {
    let field = |name: &'static str, what: View| many![el("dt").child(code(name)), el("dd").child(what)];
    let known: View = KNOWN.iter().map(|cloud| many![code(cloud.key), ", "]).collect();
    let clouds = many![known, "or an object with name, authority and graph"];
    many![
        el("pre").attr("tabindex", "0").child(EXAMPLE),
        el("dl")
            .class("facts")
            .child(field("cloud", clouds))
            .child(field("tenant", "The tenant's id or one of its domains, from the registration's overview".into()))
            .child(field("clientId", "The Application (client) ID from the registration's overview".into()))
            .child(field("tenants", "In place of tenant and clientId, for several tenants: a list of objects with name, tenant and clientId".into()))
            .child(field("idleMinutes", "Optional: after how many minutes without activity to sign out, from 5 to 480; 30 unless it says otherwise".into()))
            .child(field("keepActivity", "Optional: true keeps the records of what was applied on the computer when the administrator signs out".into()))
            .child(field("subscriptions", "Optional: names for subscription ids, as an object of id and name".into())),
    ]
}

fn code(text: &'static str) -> El {
    el("code").child(text)
}
