//! What a page is made of: elements, texts and parts that follow signals, all of one type whatever is in them.
//!
//! Signals, effects and the calls to the DOM are Leptos'. The tree between them is not: Leptos' own view types grow
//! with what they hold, so that nearly every element of the app became code of its own, half of the download in all.
//! A part that is drawn again keeps its elements, and with them focus and scrolling: by key where they have one, else
//! by place and tag. A live part inside of it is made anew.
//!
//! Text is only ever set as text. There is no way in here to set markup (SEC-110).

use std::any::Any;
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use leptos::ev::EventDescriptor;
use leptos::html::ElementType;
use leptos::prelude::{Get as _, Memo, NodeRef, Owner, RenderEffect, untrack};
use leptos::tachys::dom;
use leptos::tachys::html::node_ref::NodeRefContainer;
use leptos::tachys::renderer::types::{Element, Event, Node, Placeholder, Text};
use leptos::tachys::renderer::{CastFrom as _, Rndr};
use leptos::wasm_bindgen::JsValue;

/// Something to show.
pub enum View {
    /// Nothing at all.
    Nothing,
    /// A text.
    Text(Cow<'static, str>),
    /// An element.
    Element(El),
    /// Several things, one after the other.
    Many(Vec<View>),
    /// Whatever the function says, again whenever a signal changes that it reads.
    Live(Box<dyn Fn() -> View>),
}

/// An element that is being put together; see [`el`].
pub struct El(Box<Parts>);

struct Parts {
    tag: &'static str,
    namespace: Option<&'static str>,
    key: Option<String>,
    attributes: Vec<(&'static str, Value)>,
    /// What is joined to the element once it exists; what comes back is kept for as long as the element is shown so.
    joins: Vec<Join>,
    children: Vec<View>,
}

type Join = Box<dyn FnOnce(&Element) -> Kept>;
type Kept = Box<dyn Any>;

/// The value of an attribute.
#[derive(PartialEq)]
pub enum Value {
    /// The attribute is not there.
    Absent,
    /// It is this.
    Text(Cow<'static, str>),
    /// It is somebody else's affair: that of an effect, or of a style property.
    Followed,
}

/// An HTML element without attributes and children.
pub fn el(tag: &'static str) -> El {
    El(Box::new(Parts {
        tag,
        namespace: None,
        key: None,
        attributes: Vec::new(),
        joins: Vec::new(),
        children: Vec::new(),
    }))
}

/// An element of a picture.
pub fn svg(tag: &'static str) -> El {
    let mut el = el(tag);
    el.0.namespace = Some("http://www.w3.org/2000/svg");
    el
}

impl El {
    /// Says which one it is among its siblings: however they come and go, the element stays with the key.
    pub fn key(mut self, key: String) -> Self {
        self.0.key = Some(key);
        self
    }

    /// Adds a child.
    pub fn child(self, child: impl Into<View>) -> Self {
        self.with_child(child.into())
    }

    /// Sets an attribute. `false` and `None` leave it out, `true` sets it without a value.
    pub fn attr(self, name: &'static str, value: impl Into<Value>) -> Self {
        self.with_attribute(name, value.into())
    }

    /// Sets the classes.
    pub fn class(self, names: &'static str) -> Self {
        self.attr("class", names)
    }

    /// Sets an attribute to what the function says, again whenever a signal changes that it reads.
    pub fn live<V: Into<Value>>(self, name: &'static str, value: impl Fn() -> V + 'static) -> Self {
        self.with_attribute(name, Value::Followed)
            .following(Box::new(move |element| set(element, name, &value().into())))
    }

    /// Keeps the text of a field as the function says.
    pub fn live_value(self, value: impl Fn() -> String + 'static) -> Self {
        self.following(Box::new(move |field| Rndr::set_property(field, "value", &JsValue::from_str(&value()))))
    }

    /// Keeps a box checked or not as the function says.
    pub fn live_checked(self, checked: impl Fn() -> bool + 'static) -> Self {
        self.following(Box::new(move |field| Rndr::set_property(field, "checked", &JsValue::from_bool(checked()))))
    }

    /// Sets a property of the element's style; a style attribute would break the content security policy.
    pub fn style(self, property: &'static str, value: String) -> Self {
        self.with_attribute("style", Value::Followed).joined(Box::new(move |element| {
            Rndr::set_css_property(&Rndr::style(element), property, &value);
            Box::new(())
        }))
    }

    /// Listens for an event.
    pub fn on<E>(self, event: E, mut handler: impl FnMut(E::EventType) + 'static) -> Self
    where
        E: EventDescriptor,
        E::EventType: From<Event>,
    {
        self.listening(event.name(), Box::new(move |event| handler(event.into())))
    }

    /// Fills a reference with the element.
    pub fn node_ref<E: ElementType>(self, reference: NodeRef<E>) -> Self
    where
        NodeRef<E>: NodeRefContainer<E>,
    {
        self.joined(Box::new(move |element| {
            reference.load(element);
            Box::new(())
        }))
    }

    fn with_child(mut self, child: View) -> Self {
        self.0.children.push(child);
        self
    }

    fn with_attribute(mut self, name: &'static str, value: Value) -> Self {
        self.0.attributes.push((name, value));
        self
    }

    fn joined(mut self, join: Join) -> Self {
        self.0.joins.push(join);
        self
    }

    fn following(self, set: Box<dyn Fn(&Element)>) -> Self {
        self.joined(Box::new(move |element| {
            let element = element.clone();
            Box::new(follow(Box::new(move || set(&element))))
        }))
    }

    fn listening(self, name: Cow<'static, str>, mut handler: Box<dyn FnMut(Event)>) -> Self {
        let owner = Owner::current();
        self.joined(Box::new(move |element| {
            let run = move |event| match &owner {
                Some(owner) => owner.with(|| handler(event)),
                None => handler(event),
            };
            Box::new(Rndr::add_event_listener(element, &name, Box::new(run)))
        }))
    }
}

/// Runs a function, and again whenever a signal changes that it reads, until what comes back is dropped.
fn follow(run: Box<dyn Fn()>) -> RenderEffect<()> {
    RenderEffect::new(move |_| run())
}

/// A part that is drawn again whenever a signal changes that the function reads.
pub fn live<V: Into<View>>(draw: impl Fn() -> V + 'static) -> View {
    View::Live(Box::new(move || draw().into()))
}

/// One of two parts. It is drawn again only when the condition changes.
pub fn either<A: Into<View>, B: Into<View>>(
    condition: impl Fn() -> bool + Send + Sync + 'static,
    then: impl Fn() -> A + 'static,
    otherwise: impl Fn() -> B + 'static,
) -> View {
    let condition = Memo::new(move |_| condition());
    live(move || if condition.get() { untrack(&then).into() } else { untrack(&otherwise).into() })
}

/// A part that is there while the condition holds.
pub fn show<V: Into<View>>(
    condition: impl Fn() -> bool + Send + Sync + 'static,
    then: impl Fn() -> V + 'static,
) -> View {
    either(condition, then, || View::Nothing)
}

/// Several things as one [`View`].
#[macro_export]
macro_rules! many {
    ($($view:expr),* $(,)?) => { $crate::view::View::Many(vec![$($crate::view::View::from($view)),*]) };
}
pub use many;

/// Shows the app at the end of the page's body, for as long as the page lives.
pub fn mount(app: impl FnOnce() -> View + 'static) {
    leptos::mount::mount_to_body(move || {
        let shown = build(app());
        shown.mount(&dom::body(), None);
        std::mem::forget(shown);
    });
}

impl From<El> for View {
    fn from(element: El) -> Self {
        Self::Element(element)
    }
}

impl From<&'static str> for View {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for View {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<usize> for View {
    fn from(number: usize) -> Self {
        number.to_string().into()
    }
}

impl<V: Into<View>> From<Option<V>> for View {
    fn from(view: Option<V>) -> Self {
        view.map_or(Self::Nothing, Into::into)
    }
}

impl<V: Into<View>> FromIterator<V> for View {
    fn from_iter<I: IntoIterator<Item = V>>(views: I) -> Self {
        Self::Many(views.into_iter().map(Into::into).collect())
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        number.to_string().into()
    }
}

impl From<bool> for Value {
    fn from(present: bool) -> Self {
        if present { Self::Text(Cow::Borrowed("")) } else { Self::Absent }
    }
}

impl<V: Into<Value>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }
}

/// A [`View`] that has become nodes, with what it takes to change them.
#[derive(Default)]
enum Shown {
    #[default]
    Nothing,
    Text(Text, Cow<'static, str>),
    Element(Box<ShownElement>),
    Many(Vec<Shown>),
    /// What is drawn stands before the anchor, an empty comment. The effect redraws it while it is kept.
    Live(Placeholder, Rc<RefCell<Shown>>, RenderEffect<()>),
}

struct ShownElement {
    node: Element,
    tag: &'static str,
    namespace: Option<&'static str>,
    key: Option<String>,
    attributes: Vec<(&'static str, Value)>,
    kept: Vec<Kept>,
    children: Vec<Shown>,
}

fn build(view: View) -> Shown {
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
            Shown::Live(anchor, content, effect)
        }
    }
}

fn build_element(Parts { tag, namespace, key, attributes, joins, children }: Parts) -> ShownElement {
    let node = Rndr::create_element(tag, namespace);
    for (name, value) in attributes.iter().filter(|(_, value)| *value != Value::Absent) {
        set(&node, name, value);
    }
    let children: Vec<Shown> = children.into_iter().map(build).collect();
    for child in &children {
        child.mount(&node, None);
    }
    let kept = joins.into_iter().map(|join| join(&node)).collect();
    ShownElement { node, tag, namespace, key, attributes, kept, children }
}

impl Shown {
    fn mount(&self, parent: &Element, before: Option<&Node>) {
        match self {
            Self::Nothing => {}
            Self::Text(node, _) => Rndr::insert_node(parent, node, before),
            Self::Element(element) => Rndr::insert_node(parent, &element.node, before),
            Self::Many(all) => all.iter().for_each(|shown| shown.mount(parent, before)),
            Self::Live(anchor, content, _) => {
                content.borrow().mount(parent, before);
                Rndr::insert_node(parent, anchor, before);
            }
        }
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
                content.take().unmount();
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
            Self::Live(anchor, content, _) => content.borrow().first().or_else(|| Some(anchor.clone().into())),
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
                set(node, name, value);
            }
        }
        self.attributes = attributes;
        change_all(&mut self.children, children, node, None);
        self.kept = joins.into_iter().map(|join| join(node)).collect();
    }
}

fn set(element: &Element, name: &str, value: &Value) {
    match value {
        Value::Absent => Rndr::remove_attribute(element, name),
        Value::Text(text) => Rndr::set_attribute(element, name, text),
        Value::Followed => {}
    }
}

/// Changes a row of things into another: each becomes the new one of its key, those without a key the new ones without
/// a key in their order. It goes from the last to the first, so that what comes after one is in its place already.
fn change_all(old: &mut Vec<Shown>, new: Vec<View>, parent: &Element, before: Option<&Node>) {
    let mut left: Vec<Option<Shown>> = std::mem::take(old).into_iter().map(Some).collect();
    let mut unkeyed = 0;
    let matched: Vec<Option<Shown>> = new.iter().map(|view| take_match(&mut left, view, &mut unkeyed)).collect();
    left.into_iter().flatten().for_each(Shown::unmount);
    let mut next = before.cloned();
    for (view, shown) in new.into_iter().zip(matched).rev() {
        let shown = match shown {
            Some(mut shown) => {
                // Moving an element takes the focus from it, so only what is out of place is moved.
                if shown.last().is_some_and(|last| Rndr::next_sibling(&last) != next) {
                    shown.mount(parent, next.as_ref());
                }
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
