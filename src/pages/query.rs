//! What a page shows lives in its address: search, filters, order and open choices survive reload, back, forward and
//! sharing, and a sign-in on the way.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use url::form_urlencoded;

/// The address's query, name by name.
pub fn address() -> Memo<Vec<(String, String)>> {
    let search = use_location().search;
    Memo::new(move |_| search.with(|search| form_urlencoded::parse(search.as_bytes()).into_owned().collect()))
}

/// How to put another query into the address. It replaces the entry in the history: a letter typed is no step back.
pub fn set_address() -> impl Fn(Vec<(&'static str, String)>) + Copy + Send + Sync + 'static {
    let path = use_location().pathname;
    let navigate = StoredValue::new_local(use_navigate());
    move |pairs| {
        let mut target = path.get_untracked();
        if !pairs.is_empty() {
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            target = format!("{target}?{query}");
        }
        let options = NavigateOptions { resolve: false, replace: true, scroll: false, ..NavigateOptions::default() };
        navigate.with_value(|navigate| navigate(&target, options));
    }
}
