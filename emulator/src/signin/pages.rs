//! The pages that a person sees at sign-in: plain HTML and one style sheet, no script.
//! Whatever comes from a request is escaped; nothing here may look like Microsoft's own pages.

use hyper::StatusCode;

use super::errors::{OAuthError, Trace};
use super::registration::origin_of;
use super::scopes::explain;
use crate::http::{Answer, Incoming, first};
use crate::tenant::model::User;
use crate::tenant::{TENANT_ID, TENANT_NAME};
use crate::world::World;

/// Where the style sheet is.
pub(crate) const STYLE_NAME: &str = "emulator.css";
const STYLE: &str = include_str!("pages.css");

/// The style sheet.
pub(crate) fn style() -> Answer {
    Answer::with(StatusCode::OK, "text/css; charset=utf-8", STYLE)
        .header("cache-control", "no-cache")
        .header("x-content-type-options", "nosniff")
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// A page. `target` is where its form may lead in the end: Chromium holds redirects after a post against `form-action`.
fn page(status: StatusCode, title: &str, main: &str, target: Option<&str>) -> Answer {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title} – sign-in emulator</title>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"/{STYLE_NAME}\">\n</head>\n<body>\n\
         <header><p><strong>Sign-in emulator</strong> <span>Nothing here reaches Microsoft.</span></p></header>\n\
         <main>\n{main}\n</main>\n</body>\n</html>\n",
        title = escape(title),
    );
    let form_action = target.map_or_else(String::new, |uri| format!(" {}", origin_of(uri)));
    Answer::with(status, "text/html; charset=utf-8", html)
        .header(
            "content-security-policy",
            &format!(
                "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'{form_action}; \
                 base-uri 'none'; frame-ancestors 'none'"
            ),
        )
        .header("cache-control", "no-store, no-cache")
        .header("pragma", "no-cache")
        .header("x-content-type-options", "nosniff")
        .header("referrer-policy", "no-referrer")
        .header("cross-origin-opener-policy", "same-origin")
}

/// The front door, for people who look in.
pub(crate) fn home(world: &World) -> Answer {
    let app = escape(&world.origins.app);
    page(
        StatusCode::OK,
        "Sign-in emulator",
        &format!(
            "<h1>Sign-in emulator</h1>\n<p>This stands in for Microsoft Entra while Rolegrant is tried out or tested. \
             There is nothing to do here by hand: <a href=\"{app}/\">open the app</a>.</p>"
        ),
        None,
    )
}

/// Which account?
pub(crate) fn accounts(
    world: &World,
    flow: &str,
    redirect_uri: &str,
    accounts: &[User],
    hinted: impl Fn(&User) -> bool,
) -> Answer {
    let mut list = String::new();
    for (index, user) in accounts.iter().enumerate() {
        let about = user.sign_in.as_ref().map_or("", |sign_in| sign_in.about.as_str());
        let mark = if hinted(user) { " class=\"hinted\"" } else { "" };
        list.push_str(&format!(
            "<li{mark}><button type=\"submit\" name=\"account\" value=\"{id}\" aria-describedby=\"about-{index}\">{name}</button>\
             <p id=\"about-{index}\"><span class=\"user-name\">{user_name}</span> {about}</p></li>\n",
            id = user.id,
            name = escape(&user.display_name()),
            user_name = escape(&user.user_name),
            about = escape(about),
        ));
    }
    page(
        StatusCode::OK,
        "Pick an account",
        &format!(
            "<p class=\"tenant\">{tenant}</p>\n<h1>Pick an account</h1>\n<p>to continue to {app}</p>\n\
             <form method=\"post\" action=\"/{TENANT_ID}/login\">\n<input type=\"hidden\" name=\"flow\" value=\"{flow}\">\n\
             <ul class=\"accounts\">\n{list}</ul>\n<div class=\"actions\"><button type=\"submit\" name=\"cancel\" value=\"1\" class=\"secondary\">Cancel</button></div>\n</form>",
            tenant = escape(TENANT_NAME),
            app = escape(&world.registration.name),
            flow = escape(flow),
        ),
        Some(redirect_uri),
    )
}

fn scope_list(scopes: &[String]) -> String {
    scopes
        .iter()
        .map(|scope| {
            let (name, text) = explain(scope);
            format!(
                "<li><strong>{}</strong><p>{} <span class=\"scope\">{}</span></p></li>\n",
                escape(name),
                escape(text),
                escape(scope)
            )
        })
        .collect()
}

/// For whom a consent page asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConsentFor {
    /// The person themselves.
    One,
    /// An administrator, who may choose to consent for everyone.
    OneOrEveryone,
    /// Everyone in the tenant.
    Everyone,
}

/// Does the account consent?
pub(crate) fn consent(
    world: &World,
    flow: &str,
    redirect_uri: &str,
    user: &User,
    scopes: &[String],
    whom: ConsentFor,
) -> Answer {
    let title = match whom {
        ConsentFor::Everyone => "Permissions requested for your organization",
        ConsentFor::One | ConsentFor::OneOrEveryone => "Permissions requested",
    };
    let everyone = match whom {
        ConsentFor::OneOrEveryone => {
            "<p><label><input type=\"checkbox\" name=\"everyone\" value=\"1\"> Consent on behalf of your \
             organization</label></p>\n"
        }
        ConsentFor::One | ConsentFor::Everyone => "",
    };
    page(
        StatusCode::OK,
        title,
        &format!(
            "<p class=\"tenant\">{tenant} <span class=\"user-name\">{user_name}</span></p>\n<h1>{title}</h1>\n\
             <p><strong>{app}</strong> would like to:</p>\n<ul class=\"scopes\">\n{list}</ul>\n\
             <p>The app acts with your rights, never beyond them. You can withdraw this at any time.</p>\n\
             <form method=\"post\" action=\"/{TENANT_ID}/consent\">\n<input type=\"hidden\" name=\"flow\" value=\"{flow}\">\n\
             <input type=\"hidden\" name=\"account\" value=\"{id}\">\n{everyone}<div class=\"actions\">\
             <button type=\"submit\" name=\"decision\" value=\"cancel\" class=\"secondary\">Cancel</button>\n\
             <button type=\"submit\" name=\"decision\" value=\"accept\" class=\"primary\">Accept</button></div>\n</form>",
            tenant = escape(TENANT_NAME),
            user_name = escape(&user.user_name),
            app = escape(&world.registration.name),
            list = scope_list(scopes),
            flow = escape(flow),
            id = user.id,
        ),
        Some(redirect_uri),
    )
}

/// Only an administrator could consent.
pub(crate) fn need_admin(world: &World, flow: &str, redirect_uri: &str, user: &User, scopes: &[String]) -> Answer {
    page(
        StatusCode::OK,
        "Need admin approval",
        &format!(
            "<p class=\"tenant\">{tenant} <span class=\"user-name\">{user_name}</span></p>\n<h1>Need admin approval</h1>\n\
             <p><strong>{app}</strong> needs permissions that only an administrator can grant. Ask an administrator of \
             {tenant} to grant them, then sign in again.</p>\n<ul class=\"scopes\">\n{list}</ul>\n\
             <form method=\"post\" action=\"/{TENANT_ID}/consent\">\n<input type=\"hidden\" name=\"flow\" value=\"{flow}\">\n\
             <input type=\"hidden\" name=\"account\" value=\"{id}\">\n<div class=\"actions\">\
             <button type=\"submit\" name=\"decision\" value=\"cancel\" class=\"secondary\">Cancel</button></div>\n</form>\n\
             <p class=\"trace\">AADSTS90094</p>",
            tenant = escape(TENANT_NAME),
            user_name = escape(&user.user_name),
            app = escape(&world.registration.name),
            list = scope_list(scopes),
            flow = escape(flow),
            id = user.id,
        ),
        Some(redirect_uri),
    )
}

/// A refusal that must not travel to the address that was asked for, in the parts that Entra's page has
/// (microsoftgraph/microsoft-graph-explorer-v4#2462 quotes one).
pub(crate) fn error(world: &World, error: &OAuthError, trace: &Trace) -> Answer {
    page(
        error.status,
        "Sign-in problem",
        &format!(
            "<h1>This sign-in cannot go on</h1>\n<p class=\"trace\">Request Id: {id}<br>Correlation Id: {correlation}<br>\
             Timestamp: {at}</p>\n<p>Message: AADSTS{code}: {text}</p>\n\
             <p><a href=\"{app}/\">Back to the app</a></p>",
            code = error.code,
            text = escape(&error.text),
            id = escape(&trace.id),
            correlation = escape(&trace.correlation),
            // The page writes the time with a T, the token endpoint with a space.
            at = escape(&trace.at.replace(' ', "T")),
            app = escape(&world.origins.app),
        ),
        None,
    )
}

/// The form belongs to a sign-in that is over.
pub(crate) fn expired(world: &World, trace: &Trace) -> Answer {
    let error_text = OAuthError::new(
        "invalid_request",
        50058,
        "This sign-in is over or was started in another browser. Go back to the app and sign in again.",
    );
    error(world, &error_text, trace)
}

/// Who is to be signed out? Asked if nobody was named.
pub(crate) fn sign_out(accounts: &[User], back: Option<&str>, state: Option<&str>) -> Answer {
    let list: String = accounts
        .iter()
        .map(|user| {
            format!(
                "<li><button type=\"submit\" name=\"account\" value=\"{}\">{}</button>\
                 <p><span class=\"user-name\">{}</span></p></li>\n",
                user.id,
                escape(&user.display_name()),
                escape(&user.user_name)
            )
        })
        .collect();
    page(
        StatusCode::OK,
        "Sign out",
        &format!(
            "<h1>Pick an account</h1>\n<p>Which account do you want to sign out of?</p>\n\
             <form method=\"post\" action=\"/{TENANT_ID}/signout\">\n\
             <input type=\"hidden\" name=\"back\" value=\"{back}\">\n\
             <input type=\"hidden\" name=\"state\" value=\"{state}\">\n<ul class=\"accounts\">\n{list}</ul>\n</form>",
            back = escape(back.unwrap_or_default()),
            state = escape(state.unwrap_or_default()),
        ),
        back,
    )
}

/// After sign-out without a registered address to go to.
pub(crate) fn signed_out(world: &World) -> Answer {
    page(
        StatusCode::OK,
        "Signed out",
        &format!(
            "<h1>You are signed out</h1>\n<p>This browser’s session with the emulator is over.</p>\n\
             <p><a href=\"{app}/\">Back to the app</a></p>",
            app = escape(&world.origins.app)
        ),
        None,
    )
}

/// No such page.
pub(crate) fn not_found(world: &World) -> Answer {
    page(
        StatusCode::NOT_FOUND,
        "Not found",
        &format!(
            "<h1>Not found</h1>\n<p>The sign-in emulator has no such address. <a href=\"{app}/\">Back to the app</a></p>",
            app = escape(&world.origins.app)
        ),
        None,
    )
}

/// `/error?code=…`: what the `error_uri` of a refusal leads to.
pub(crate) fn explain_number(request: &Incoming) -> Answer {
    let pairs = request.query_pairs();
    let code: String = first(&pairs, "code").unwrap_or_default().chars().filter(char::is_ascii_digit).take(9).collect();
    let text = format!(
        "<h1>AADSTS{code}</h1>\n<p>The emulator refuses what Microsoft Entra refuses. What this number means is \
         documented under “Microsoft Entra authentication and authorization error codes”.</p>"
    );
    page(StatusCode::OK, "Error code", &text, None)
}

/// `response_mode=form_post`, without the script that Entra would post it with.
pub(crate) fn form_post(world: &World, target: &str, parameters: &[(&str, String)]) -> Answer {
    let fields: String = parameters
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n", escape(value)))
        .collect();
    page(
        StatusCode::OK,
        "Continue",
        &format!(
            "<h1>Continue to {app}</h1>\n<form method=\"post\" action=\"{target}\">\n{fields}<div class=\"actions\">\
             <button type=\"submit\" class=\"primary\">Continue</button></div>\n</form>",
            app = escape(&world.registration.name),
            target = escape(target)
        ),
        Some(target),
    )
}
