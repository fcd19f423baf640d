//! Small marks that mean the same on every screen: names from the directory, privileged, held, disabled, times.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::directory::{AppRole, Timestamp, visible};

/// A name out of the directory: text alone, isolated from the direction of the text around it, with invisible and
/// direction-changing characters made visible, so that no name can pass for another (SEC-110, SEC-111).
#[component]
pub fn Name(
    /// The name as Graph gave it.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <bdi>{visible(&text)}</bdi> }
}

/// Marks a role with which an identity could take over the tenant; `how` says in one sentence by what way.
#[component]
pub fn PrivilegedTag(
    /// The sentence from the risk table.
    how: &'static str,
) -> impl IntoView {
    view! {
        <span class="tag warn" title=how>
            <Icon of=Picture::Shield />
            "Privileged"
        </span>
    }
}

/// "Disabled" beside a role that its API has switched off.
#[component]
pub fn DisabledTag() -> impl IntoView {
    view! {
        <span class="tag" title="The API has disabled this role. Those who hold it keep it in their tokens.">"Role disabled"</span>
    }
}

/// Another object bears the same name.
#[component]
pub fn TwinTag() -> impl IntoView {
    view! { <span class="tag warn" title="Another one has the same name: compare the ids">"Same name twice"</span> }
}

/// The instant in words, with the exact time on hover.
#[component]
pub fn Since(
    /// The instant.
    at: Timestamp,
    /// The present.
    now: Timestamp,
) -> impl IntoView {
    view! { <time datetime=at.to_rfc3339() title=at.to_string()>{ago(at, now)}</time> }
}

/// What a role is called where it has a value, a display name or nothing but an id.
pub fn role_label(role: &AppRole) -> String {
    if role.value.is_empty() { visible(&role.display_name) } else { visible(&role.value) }
}

/// How long ago, in the largest unit that fits.
fn ago(at: Timestamp, now: Timestamp) -> String {
    let minutes = (now.unix_millis() - at.unix_millis()) / 60_000;
    let (count, unit) = match minutes {
        i64::MIN..=0 => return "just now".to_owned(),
        1..60 => (minutes, "minute"),
        60..1_440 => (minutes / 60, "hour"),
        1_440..43_200 => (minutes / 1_440, "day"),
        43_200..525_600 => (minutes / 43_200, "month"),
        _ => (minutes / 525_600, "year"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}
