//! Saving a text as a file, without a server.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlElement, Url};

/// Lets the browser save a text under a name, as if it had been downloaded.
pub fn save(name: &str, media_type: &str, text: &str) {
    save_pieces(name, media_type, |piece| piece(text));
}

/// The same with a text that is written piece by piece, so that it need not be in memory as a whole.
pub fn save_pieces(name: &str, media_type: &str, write: impl FnOnce(&mut dyn FnMut(&str))) {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let parts = Array::new();
    write(&mut |piece| {
        parts.push(&JsValue::from_str(piece));
    });
    let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &options) else { return };
    let Ok(url) = Url::create_object_url_with_blob(&blob) else { return };
    let link = web_sys::window().and_then(|window| window.document()?.create_element("a").ok());
    if let Some(link) = link {
        let _ = link.set_attribute("href", &url);
        let _ = link.set_attribute("download", name);
        if let Some(link) = link.dyn_ref::<HtmlElement>() {
            link.click();
        }
    }
    let _ = Url::revoke_object_url(&url);
}
