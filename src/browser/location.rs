//! The address bar. Paths are given and taken relative to where the app is deployed: `/identities`, wherever that is.

use std::cell::{OnceCell, RefCell};
use std::time::Duration;

use url::Url;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlLinkElement, Location};

use super::{clock, spawn};

thread_local! {
    static BASE_PATH: OnceCell<String> = const { OnceCell::new() };
    /// The path that is to be shown next.
    static NEXT: RefCell<Option<String>> = const { RefCell::new(None) };
}

fn location() -> Option<Location> {
    Some(web_sys::window()?.location())
}

/// The page's origin, such as `https://admin.contoso.com`.
pub fn origin() -> String {
    location().and_then(|location| location.origin().ok()).unwrap_or_default()
}

/// Where the app is deployed: empty for the root, else `/path`. It is the directory of the app's own script, which the
/// page names in its head; no `<base>` element says it, because the content security policy forbids that.
pub fn base_path() -> String {
    BASE_PATH.with(|path| path.get_or_init(|| find_base_path().unwrap_or_default()).clone())
}

fn find_base_path() -> Option<String> {
    let link = web_sys::window()?.document()?.query_selector("link[rel=modulepreload]").ok()??;
    directory_of(&link.dyn_into::<HtmlLinkElement>().ok()?.href(), &origin())
}

/// The directory of a file of this origin, without a slash at its end.
pub fn directory_of(file: &str, origin: &str) -> Option<String> {
    let url = Url::parse(file).ok()?;
    if url.origin().ascii_serialization() != origin {
        return None;
    }
    url.path().rsplit_once('/').map(|(directory, _)| directory.to_owned())
}

/// The deployment's address, which is also its redirect URI: origin, base path, slash. It is a constant of the
/// deployment, whatever the address bar says (SEC-006).
pub fn base_url() -> String {
    address("/")
}

/// The whole address of a path below the base path: a relative one that begins with `//` would lead to another host.
pub fn address(path_and_query: &str) -> String {
    origin() + &base_path() + path_and_query
}

/// The path and query shown now, below the base path. It starts with `/`.
pub fn path_and_query() -> String {
    replace_now();
    let whole = location().and_then(|location| Some(location.pathname().ok()? + &location.search().ok()?));
    whole
        .as_deref()
        .and_then(|whole| whole.strip_prefix(&base_path()))
        .filter(|path| path.starts_with('/'))
        .unwrap_or("/")
        .to_owned()
}

/// What follows the `#` in the address.
pub fn fragment() -> String {
    let hash = location().and_then(|location| location.hash().ok()).unwrap_or_default();
    hash.strip_prefix('#').unwrap_or_default().to_owned()
}

/// Shows another path below the base path, without loading it and without a step back to the present one. The
/// fragment goes; what [`history`](super::history) has noted of the step stays.
pub fn replace(path_and_query: &str) {
    stay();
    let history = web_sys::window().and_then(|window| window.history().ok());
    if let Some(history) = history {
        let noted = history.state().unwrap_or(JsValue::NULL);
        let _ = history.replace_state_with_url(&noted, "", Some(&address(path_and_query)));
    }
}

/// The same once the hand rests: the browser takes 5 ms for it, more than there is time for at each letter typed.
pub fn replace_soon(path_and_query: String) {
    if NEXT.replace(Some(path_and_query)).is_none() {
        spawn(async {
            clock::sleep(Duration::from_millis(50)).await;
            replace_now();
        });
    }
}

/// Shows what is to be shown soon.
pub fn replace_now() {
    if let Some(next) = NEXT.take() {
        replace(&next);
    }
}

/// Forgets what was to be shown soon.
pub fn stay() {
    NEXT.take();
}

/// Leaves for another address.
pub fn assign(url: &Url) -> bool {
    location().is_some_and(|location| location.assign(url.as_str()).is_ok())
}

/// Leaves for another address, which takes this page's place in the history: the back button passes it by.
pub fn assign_in_place(url: &Url) -> bool {
    location().is_some_and(|location| location.replace(url.as_str()).is_ok())
}

/// Loads the app's start page anew.
pub fn assign_base() {
    if let Some(location) = location() {
        let _ = location.assign(&base_url());
    }
}

/// Loads the page anew.
pub fn reload() {
    if let Some(location) = location() {
        let _ = location.reload();
    }
}
