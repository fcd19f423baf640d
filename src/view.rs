//! What a page is made of: elements, texts and parts that follow signals, all of one type whatever is in them.
//!
//! Signals, effects and the calls to the DOM are Leptos'. The tree between them is not: Leptos' own view types grow
//! with what they hold, so that nearly every element of the app became code of its own, half of the download in all.
//! A part that is drawn again keeps its elements, and with them focus and scrolling: by key where they have one, else
//! by place and tag. A live part inside of it is made anew.
//!
//! Text is only ever set as text. There is no way in here to set markup (SEC-110).

mod shown;

use std::any::Any;
use std::borrow::Cow;

use leptos::ev::EventDescriptor;
use leptos::html::ElementType;
use leptos::prelude::{Effect, NodeRef, Owner, RenderEffect, untrack};
use leptos::tachys::dom;
use leptos::tachys::html::node_ref::NodeRefContainer;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::{Element, Event};
use leptos::wasm_bindgen::JsValue;

use crate::signals::{self, Memo};
use shown::build;

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
    /// It is the affair of somebody else: of an effect, or of a style property.
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

    /// Its key, if it has one.
    pub fn key_text(&self) -> Option<String> {
        self.0.key.clone()
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
        self.with_attribute(name, Value::Followed).following(Box::new(move |element| value().into().set(element, name)))
    }

    /// Keeps the text of a field as the function says.
    pub fn live_value(self, value: impl Fn() -> String + 'static) -> Self {
        self.following(Box::new(move |field| Rndr::set_property(field, "value", &JsValue::from_str(&value()))))
    }

    /// Keeps a box checked or not as the function says.
    pub fn live_checked(self, checked: impl Fn() -> bool + 'static) -> Self {
        self.live_flag("checked", checked)
    }

    /// Keeps a property that no attribute sets as the function says.
    pub fn live_flag(self, property: &'static str, on: impl Fn() -> bool + 'static) -> Self {
        self.following(Box::new(move |field| Rndr::set_property(field, property, &JsValue::from_bool(on()))))
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

/// Does something beside the page, and again whenever a signal changes that the function reads, for as long as the part
/// of the page lives that asks for it.
pub fn effect(run: impl Fn() + 'static) {
    effect_of(Box::new(run));
}

fn effect_of(run: Box<dyn Fn()>) {
    Effect::new(move |_| run());
}

/// Runs a function, and again whenever a signal changes that it reads, until what comes back is dropped.
fn follow(run: Box<dyn Fn()>) -> RenderEffect<()> {
    let run = signals::seeing_every_change(run);
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
    one_of(Box::new(condition), Box::new(move || then().into()), Box::new(move || otherwise().into()))
}

fn one_of(
    condition: Box<dyn Fn() -> bool + Send + Sync>,
    then: Box<dyn Fn() -> View>,
    otherwise: Box<dyn Fn() -> View>,
) -> View {
    let condition = Memo::new(condition);
    View::Live(Box::new(move || untrack(if condition.get() { &then } else { &otherwise })))
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

impl Value {
    fn set(&self, element: &Element, name: &str) {
        match self {
            Self::Absent => Rndr::remove_attribute(element, name),
            Self::Text(text) => Rndr::set_attribute(element, name, text),
            Self::Followed => {}
        }
    }
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
