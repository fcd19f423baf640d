//! Where the administrator is: the address as signals, and the ways to change it.
//!
//! What a page shows lives in its address: search, filters, order and open choices survive reload, back, forward and
//! sharing, and a sign-in on the way.

use std::borrow::Cow;

use leptos::prelude::*;
use url::form_urlencoded;

use crate::browser::{history, location};
use crate::route::Route;
use crate::signals::{Memo, RwSignal};

/// The address's query, name by name.
pub type Pairs = Vec<(String, String)>;

/// The address. A handle: copies show the same one.
#[derive(Clone, Copy)]
pub struct Navigation {
    address: RwSignal<String>,
    /// The screen.
    pub route: Memo<Route>,
    /// The query, name by name.
    pub query: Memo<Pairs>,
}

impl Navigation {
    /// Follows the address from here on and offers it to all components below.
    pub fn provide() -> Self {
        let address = RwSignal::new(location::path_and_query());
        let route = Memo::new(move || address.with(|address| route_of(address)));
        let query = Memo::new(move || {
            address.with(|address| form_urlencoded::parse(split(address).1.as_bytes()).into_owned().collect())
        });
        history::on_step(move || address.set(location::path_and_query()));
        let navigation = Self { address, route, query };
        history::on_link(move |path| navigation.go(path.to_owned()));
        provide_context(navigation);
        navigation
    }

    /// The address, for the component that asks.
    pub fn here() -> Self {
        expect_context::<Self>()
    }

    /// A value of the query.
    pub fn value(self, name: &str) -> Option<String> {
        self.query.with(|pairs| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()))
    }

    /// Goes to a screen, or to another address below the base path, as a link does.
    pub fn go(self, to: impl ToString) {
        let path = to.to_string();
        history::push(&path);
        self.address.set(path);
    }

    /// The query as it stands in the address, with its question mark, or nothing.
    pub fn query_text(self) -> String {
        self.address.with_untracked(|address| match split(address).1 {
            "" => String::new(),
            query => format!("?{query}"),
        })
    }

    /// Changes some values of the query and leaves the others; one that is empty goes.
    pub fn change_query(self, changed: &[(&str, String)]) {
        let mut pairs = self.query.get_untracked();
        pairs.retain(|(name, _)| changed.iter().all(|(changed, _)| name != changed));
        let changed = changed.iter().filter(|(_, value)| !value.is_empty());
        pairs.extend(changed.map(|(name, value)| ((*name).to_owned(), value.clone())));
        self.set_query(pairs);
    }

    /// Puts another query into the address. It replaces the step in the history: a letter typed is no step back.
    pub fn set_query<N: AsRef<str>>(self, pairs: Vec<(N, String)>) {
        let mut next = self.address.with_untracked(|address| split(address).0.to_owned());
        if !pairs.is_empty() {
            next.push('?');
            next.push_str(&form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish());
        }
        // Letters are typed faster than browsers take addresses; all else is there at once.
        if self.address.with_untracked(|now| but_text(now) == but_text(&next)) {
            location::replace_soon(next.clone());
        } else {
            location::replace(&next);
        }
        self.address.set(next);
    }
}

/// The query of an address without the words that are searched for.
fn but_text(address: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(split(address).1.as_bytes()).filter(|(name, _)| name != "q").collect()
}

/// The screen that the address names now.
pub fn route_shown() -> Route {
    route_of(&location::path_and_query())
}

fn route_of(address: &str) -> Route {
    Route::parse(split(address).0)
}

/// The path and the query of an address.
fn split(address: &str) -> (&str, &str) {
    address.split_once('?').unwrap_or((address, ""))
}

/// The address of a screen, for a link.
pub fn link_to(route: Route) -> String {
    format!("{}{route}", location::base_path())
}
