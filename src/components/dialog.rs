//! A modal question. The browser's own `<dialog>` keeps the focus inside, closes on Escape and gives the focus back.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::{ev, html};

use super::button::button;
use crate::browser;
use crate::signals::RwSignal;
use crate::view::{El, View, effect, el, live, show};

/// The id of the harmless button; one question is open at a time.
const CANCEL: &str = "cancel";

/// A confirmation: title, text, and two buttons of which the harmless one has the focus first.
pub struct ConfirmDialog {
    /// Whether it is open; closing it by any way sets this to false.
    pub open: RwSignal<bool>,
    /// An id of the page's own for the title.
    pub id: &'static str,
    /// The question.
    pub title: Box<dyn Fn() -> String>,
    /// The words on the button that goes ahead.
    pub action: Box<dyn Fn() -> String>,
    /// What going ahead does. It is red: every question here is about something that cannot be had back so easily.
    pub confirm: Box<dyn Fn()>,
    /// What is at stake.
    pub body: Box<dyn Fn() -> View>,
}

impl ConfirmDialog {
    /// The dialog; it stands anywhere in the page and is seen only while it is open.
    pub fn view(self) -> El {
        self.view_or(|| View::Nothing)
    }

    /// The same with a third way out between the two.
    pub fn view_or(self, other: impl Fn() -> View + 'static) -> El {
        let Self { open, id, title, action, confirm, body } = self;
        let (title, action, confirm) = (Rc::from(title), Rc::from(action), Rc::from(confirm));
        let content =
            move || content(open, id, Rc::clone(&title), Rc::clone(&action), Rc::clone(&confirm), body(), other());
        modal(id, CANCEL, move || open.get(), move || open.set(false), content).attr("role", "alertdialog")
    }
}

/// The browser's modal dialog around a question. `heading` is the id of its title, `first` that of the button which has
/// the focus first, `closed` is told when it has been closed by whatever way, and `content` makes it anew each time it
/// opens.
pub fn modal(
    heading: &'static str,
    first: &'static str,
    open: impl Fn() -> bool + Copy + Send + Sync + 'static,
    closed: impl Fn() + 'static,
    content: impl Fn() -> El + 'static,
) -> El {
    let dialog = NodeRef::<html::Dialog>::new();
    effect(move || {
        let Some(dialog) = dialog.get() else { return };
        if open() && !dialog.open() {
            // One frame later its content is there, and the button that gets the focus.
            request_animation_frame(move || {
                // It fails only for a dialog that is open already or not in the page.
                let _ = dialog.show_modal();
                browser::page::focus(first);
            });
        } else if !open() && dialog.open() {
            dialog.close();
        }
    });
    el("dialog")
        .node_ref(dialog)
        .attr("aria-labelledby", heading)
        .on(ev::close, move |_| closed())
        .child(show(open, content))
}

fn content(
    open: RwSignal<bool>,
    id: &'static str,
    title: Rc<dyn Fn() -> String>,
    action: Rc<dyn Fn() -> String>,
    confirm: Rc<dyn Fn()>,
    body: View,
    other: View,
) -> El {
    let go_ahead = move || {
        open.set(false);
        confirm();
    };
    let actions = el("div")
        .class("dialog-actions")
        .child(button("button", move || open.set(false)).attr("id", CANCEL).child("Cancel"))
        .child(other)
        .child(button("button danger", go_ahead).child(live(move || action())));
    el("div")
        .class("dialog-body")
        .child(el("h2").attr("id", id).child(live(move || title())))
        .child(body)
        .child(actions)
}
