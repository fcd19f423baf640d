//! Ids and snippets that can be copied: nobody has to select or type a GUID.

use leptos::ev;
use leptos::prelude::expect_context;

use super::icon::{Picture, icon};
use super::labels::name;
use super::toast::Toasts;
use crate::browser;
use crate::view::{El, View, el, many};

/// A button that copies `text` as it is, whatever hides in it; `what` names it ("object id").
pub fn copy_button(what: &'static str, text: String) -> El {
    let toasts = expect_context::<Toasts>();
    let label = format!("Copy {what}");
    el("button")
        .attr("type", "button")
        .class("button plain icon")
        .attr("aria-label", label.clone())
        .attr("title", label)
        .on(ev::click, move |_| {
            let text = text.clone();
            browser::spawn(async move {
                match browser::clipboard::copy(&text).await {
                    Ok(()) => toasts.say(format!("Copied the {what}")),
                    Err(_) => toasts.say("The browser did not allow copying: select the text and copy it by hand"),
                }
            });
        })
        .child(icon(Picture::Copy))
}

/// An id in fixed-width letters, with its button.
pub fn copy_id(what: &'static str, id: String) -> View {
    many![el("span").class("id").child(name(&id)), " ", copy_button(what, id)]
}
