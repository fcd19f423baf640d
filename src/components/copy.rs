//! Ids and snippets that can be copied: nobody has to select or type a GUID.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::icon::{Icon, Picture};
use super::toast::Toasts;
use crate::browser;

/// A button that copies `text`; `what` names it ("object id").
#[component]
pub fn CopyButton(
    /// What is copied, in words.
    what: &'static str,
    /// The text for the clipboard.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let label = format!("Copy {what}");
    let copy = move |_| {
        let text = text.clone();
        spawn_local(async move {
            match browser::clipboard::copy(&text).await {
                Ok(()) => toasts.say(format!("Copied the {what}")),
                Err(_) => toasts.say("The browser did not allow copying: select the text and copy it by hand"),
            }
        });
    };
    view! {
        <button type="button" class="button plain icon" aria-label=label.clone() title=label on:click=copy>
            <Icon of=Picture::Copy />
        </button>
    }
}

/// An id in fixed-width letters, with its button.
#[component]
pub fn CopyId(
    /// What it is, in words.
    what: &'static str,
    /// The id.
    #[prop(into)]
    id: String,
) -> impl IntoView {
    view! {
        <span class="id">{id.clone()}</span>
        " "
        <CopyButton what text=id />
    }
}
