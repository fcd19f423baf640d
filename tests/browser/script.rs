//! JavaScript beside the tests: for what only another script or another server could do.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Runs a script and gives what it returns.
pub fn run(body: &str) -> JsValue {
    Function::new_no_args(body).call0(&JsValue::NULL).expect("the script runs")
}

/// Runs a script whose value is a text.
pub fn text(body: &str) -> String {
    run(body).as_string().expect("the script returns a text")
}

/// Runs a script whose value is a promise, and waits for it.
pub async fn wait(body: &str) -> JsValue {
    JsFuture::from(run(body).dyn_into::<Promise>().expect("the script returns a promise")).await.unwrap()
}

/// Stands in for the page's `fetch` until it goes.
pub struct FetchStandIn(JsValue);

impl FetchStandIn {
    /// A `fetch` with this body, whose argument is `request`.
    pub fn new(body: &str) -> Self {
        let name = JsValue::from_str("fetch");
        let real = Reflect::get(&js_sys::global(), &name).unwrap();
        Reflect::set(&js_sys::global(), &name, &Function::new_with_args("request", body)).unwrap();
        Self(real)
    }
}

impl Drop for FetchStandIn {
    fn drop(&mut self) {
        Reflect::set(&js_sys::global(), &JsValue::from_str("fetch"), &self.0).unwrap();
    }
}
