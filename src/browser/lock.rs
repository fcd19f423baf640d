//! Names that a page holds while it does something that other tabs should know of. They are let go when the page goes,
//! however it goes (Web Locks).

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::location;

/// A name that is held until this is dropped.
pub struct Lock(Option<Function>);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(release) = &self.0 {
            let _ = release.call0(&JsValue::NULL);
        }
    }
}

/// Two deployments on one origin are strangers to each other.
fn prefix() -> String {
    format!("rolegrant:{}:", location::base_path())
}

fn member(of: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(of, &JsValue::from_str(name)).ok().filter(JsValue::is_truthy)
}

/// The browser's locks, and one of their functions.
fn locks(function: &str) -> Option<(JsValue, Function)> {
    let locks = member(&web_sys::window()?.navigator(), "locks")?;
    let function = member(&locks, function)?.dyn_into().ok()?;
    Some((locks, function))
}

/// Holds a name. Where the browser has no locks, nobody is told.
pub fn hold(name: &str) -> Lock {
    let mut release = None;
    let held = Promise::new(&mut |done, _| release = Some(done));
    if let Some((locks, request)) = locks("request") {
        let until = Closure::once_into_js(move || held);
        let _ = request.call2(&locks, &JsValue::from_str(&(prefix() + name)), &until);
    }
    Lock(release)
}

/// The names that are held, by whatever tab.
pub async fn held() -> Vec<String> {
    let ask = async {
        let (locks, query) = locks("query")?;
        let answer = query.call0(&locks).ok()?.dyn_into::<Promise>().ok()?;
        member(&JsFuture::from(answer).await.ok()?, "held")?.dyn_into::<Array>().ok()
    };
    let names = ask.await.unwrap_or_default();
    let name = |lock: JsValue| Some(member(&lock, "name")?.as_string()?.strip_prefix(&prefix())?.to_owned());
    names.iter().filter_map(name).collect()
}
