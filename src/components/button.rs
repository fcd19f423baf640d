//! A button that does something on this page. What leads elsewhere is a link.

use leptos::ev;

use crate::view::{El, el};

/// A button; the classes say how it looks: `button`, `button main`, `button plain`, `button danger`, `pill`.
pub fn button(classes: &'static str, act: impl FnMut() + 'static) -> El {
    let mut act = act;
    el("button").attr("type", "button").class(classes).on(ev::click, move |_| act())
}
