//! What a [`View`] has become: nodes in the document, and how they change when it is drawn again.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::RenderEffect;
use leptos::tachys::dom;
use leptos::tachys::renderer::types::{Element, Node, Placeholder, Text};
use leptos::tachys::renderer::{CastFrom as _, Rndr};

use super::{El, Kept, Parts, Value, View, follow};

/// The tag of a table's row.
const ROW: &str = "tr";

/// A [`View`] that has become nodes, with what it takes to change them.
#[derive(Default)]
pub(super) enum Shown {
    #[default]
    Nothing,
    Text(Text, Cow<'static, str>),
    Element(Box<ShownElement>),
    Many(Vec<Shown>),
    /// What is drawn stands before the anchor, an empty comment. The effect redraws it while it is kept.
    Live(Placeholder, Content, RenderEffect<()>),
}

/// What a live part shows now. The task of its effect holds it too, and may live on for a moment: what is shown ends
/// with this, or its own effects would look at what is gone.
pub(super) struct Content(Rc<RefCell<Shown>>);

impl Drop for Content {
    fn drop(&mut self) {
        drop(self.0.take());
    }
}

pub(super) struct ShownElement {
    node: Element,
    tag: &'static str,
    namespace: Option<&'static str>,
    key: Option<String>,
    attributes: Vec<(&'static str, Value)>,
    kept: Vec<Kept>,
    children: Vec<Shown>,
}

/// Makes the nodes of a view; they are not in the page yet.
pub(super) fn build(view: View) -> Shown {
    match view {
        View::Nothing => Shown::Nothing,
        View::Text(text) => Shown::Text(Rndr::create_text_node(&text), text),
        View::Element(El(parts)) => Shown::Element(Box::new(build_element(*parts))),
        View::Many(views) => Shown::Many(views.into_iter().map(build).collect()),
        View::Live(draw) => {
            let anchor = Rndr::create_placeholder();
            let content = Rc::new(RefCell::new(Shown::Nothing));
            let effect = {
                let (anchor, content) = (anchor.clone(), content.clone());
                follow(Box::new(move || {
                    let view = draw();
                    let mut now = content.take();
                    match Rndr::get_parent(&anchor).and_then(Element::cast_from) {
                        Some(parent) => now.change(view, &parent, Some(&anchor)),
                        None => now = build(view),
                    }
                    content.replace(now);
                }))
            };
            Shown::Live(anchor, Content(content), effect)
        }
    }
}

fn build_element(Parts { tag, namespace, key, attributes, joins, children }: Parts) -> ShownElement {
    let node = Rndr::create_element(tag, namespace);
    for (name, value) in attributes.iter().filter(|(_, value)| *value != Value::Absent) {
        value.set(&node, name);
    }
    let children: Vec<Shown> = children.into_iter().map(build).collect();
    for child in &children {
        child.mount(&node, None);
    }
    let kept = joins.into_iter().map(|join| join(&node)).collect();
    ShownElement { node, tag, namespace, key, attributes, kept, children }
}

impl View {
    fn is_table_row(&self) -> bool {
        matches!(self, Self::Element(El(parts)) if parts.tag == ROW && parts.key.is_some())
    }
}

impl Shown {
    /// Puts it into the page, before a node or at the end.
    pub(super) fn mount(&self, parent: &Element, before: Option<&Node>) {
        match self {
            Self::Nothing => {}
            Self::Text(node, _) => Rndr::insert_node(parent, node, before),
            Self::Element(element) => Rndr::insert_node(parent, &element.node, before),
            Self::Many(all) => all.iter().for_each(|shown| shown.mount(parent, before)),
            Self::Live(anchor, content, _) => {
                content.0.borrow().mount(parent, before);
                Rndr::insert_node(parent, anchor, before);
            }
        }
    }

    /// Brings it to where `next` follows. Moving an element takes the focus from it, so only what is out of place is
    /// moved; and rather than what has the focus, what stands between.
    fn place(&self, parent: &Element, next: Option<&Node>) {
        let (Some(first), Some(last)) = (self.first(), self.last()) else { return };
        let after = || Rndr::next_sibling(&last);
        if after().as_ref() == next {
            return;
        }
        let siblings = || std::iter::successors(after(), Rndr::next_sibling);
        if !self.has_focus() || !(next.is_none() || siblings().any(|sibling| Some(&sibling) == next)) {
            self.mount(parent, next);
            return;
        }
        while let Some(between) = after().filter(|sibling| Some(sibling) != next) {
            Rndr::insert_node(parent, &between, Some(&first));
        }
    }

    fn has_focus(&self) -> bool {
        let Self::Element(element) = self else { return false };
        dom::document().active_element().is_some_and(|active| element.node.contains(Some(&active)))
    }

    /// Takes it out of the page. Its effects and listeners end first: a field that goes loses the focus, and whoever
    /// listens for that is gone.
    fn unmount(self) {
        match self {
            Self::Nothing => {}
            Self::Text(node, _) => Rndr::remove(&node),
            Self::Element(element) => {
                let node = element.node.clone();
                drop(element);
                Rndr::remove(&node);
            }
            Self::Many(all) => all.into_iter().for_each(Self::unmount),
            Self::Live(anchor, content, effect) => {
                drop(effect);
                content.0.take().unmount();
                Rndr::remove(&anchor);
            }
        }
    }

    fn key(&self) -> Option<&str> {
        match self {
            Self::Element(element) => element.key.as_deref(),
            _ => None,
        }
    }

    /// Its first node; what comes before it is inserted there.
    fn first(&self) -> Option<Node> {
        match self {
            Self::Nothing => None,
            Self::Text(node, _) => Some(node.clone().into()),
            Self::Element(element) => Some(element.node.clone().into()),
            Self::Many(all) => all.iter().find_map(Self::first),
            Self::Live(anchor, content, _) => content.0.borrow().first().or_else(|| Some(anchor.clone().into())),
        }
    }

    /// Its last node.
    fn last(&self) -> Option<Node> {
        match self {
            Self::Nothing => None,
            Self::Text(node, _) => Some(node.clone().into()),
            Self::Element(element) => Some(element.node.clone().into()),
            Self::Many(all) => all.iter().rev().find_map(Self::last),
            Self::Live(anchor, ..) => Some(anchor.clone().into()),
        }
    }

    /// Becomes what another view says. It stands in `parent`, and right after it `before`.
    fn change(&mut self, view: View, parent: &Element, before: Option<&Node>) {
        match (&mut *self, view) {
            (Self::Nothing, View::Nothing) => {}
            (Self::Text(node, old), View::Text(new)) => {
                if *old != new {
                    Rndr::set_text(node, &new);
                    *old = new;
                }
            }
            (Self::Element(old), View::Element(El(new))) if old.tag == new.tag && old.namespace == new.namespace => {
                old.change(*new);
            }
            (Self::Many(old), View::Many(new)) => change_all(old, new, parent, before),
            (_, view) => {
                let new = build(view);
                new.mount(parent, self.first().as_ref().or(before));
                std::mem::replace(self, new).unmount();
            }
        }
    }
}

impl ShownElement {
    fn change(&mut self, Parts { key, attributes, joins, children, .. }: Parts) {
        let Self { node, .. } = self;
        self.key = key;
        // First of all the old effects and listeners: they belong to what was shown before.
        self.kept.clear();
        for (name, _) in self.attributes.iter().filter(|(name, _)| !attributes.iter().any(|(new, _)| new == name)) {
            Rndr::remove_attribute(node, name);
        }
        for (name, value) in &attributes {
            if !self.attributes.iter().any(|old| old.0 == *name && old.1 == *value) {
                value.set(node, name);
            }
        }
        self.attributes = attributes;
        change_all(&mut self.children, children, node, None);
        self.kept = joins.into_iter().map(|join| join(node)).collect();
    }
}

/// Changes a row of things into another: each becomes the new one of its key, those without a key the new ones without
/// a key in their order. A table's rows whose keys are gone become those whose keys are new: whoever scrolls far sees
/// other rows at every frame, and to make them is most of the work. It goes from the last to the first, so that what
/// comes after one is in its place already.
fn change_all(old: &mut Vec<Shown>, new: Vec<View>, parent: &Element, before: Option<&Node>) {
    let mut left: Vec<Option<Shown>> = std::mem::take(old).into_iter().map(Some).collect();
    let mut unkeyed = 0;
    let mut matched: Vec<Option<Shown>> = new.iter().map(|view| take_match(&mut left, view, &mut unkeyed)).collect();
    let mut spare = left.into_iter().flatten();
    for (view, shown) in new.iter().zip(&mut matched) {
        if shown.is_none() && view.is_table_row() {
            *shown = spare_row(&mut spare);
        }
    }
    spare.for_each(Shown::unmount);
    let mut next = before.cloned();
    for (view, shown) in new.into_iter().zip(matched).rev() {
        let shown = match shown {
            Some(mut shown) => {
                shown.place(parent, next.as_ref());
                shown.change(view, parent, next.as_ref());
                shown
            }
            None => {
                let shown = build(view);
                shown.mount(parent, next.as_ref());
                shown
            }
        };
        next = shown.first().or(next);
        old.push(shown);
    }
    old.reverse();
}

/// Takes out a row that may become another; what cannot goes from the page.
fn spare_row(spare: &mut impl Iterator<Item = Shown>) -> Option<Shown> {
    for shown in spare {
        // The focus stays with what it was set on.
        let is_row = matches!(&shown, Shown::Element(element) if element.tag == ROW && element.key.is_some());
        if is_row && !shown.has_focus() {
            return Some(shown);
        }
        shown.unmount();
    }
    None
}

/// Takes out what is to become the view. `unkeyed` is where to look for the next one without a key.
fn take_match(left: &mut [Option<Shown>], view: &View, unkeyed: &mut usize) -> Option<Shown> {
    let key = match view {
        View::Element(El(parts)) => parts.key.as_deref(),
        _ => None,
    };
    let has_key = |shown: &Option<Shown>| shown.as_ref().is_some_and(|shown| shown.key() == key);
    if key.is_some() {
        return left.iter_mut().find(|shown| has_key(shown)).and_then(Option::take);
    }
    let at = *unkeyed + left.get(*unkeyed..)?.iter().position(has_key)?;
    *unkeyed = at + 1;
    left.get_mut(at).and_then(Option::take)
}
