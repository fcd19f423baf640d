//! Reading a file that the administrator chose in a field or dropped on the page.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Event};

/// Why a file could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is larger than was asked for; nothing of it was read.
    #[error("The file is too large.")]
    TooLarge,
    /// It is gone, or the browser does not let this page read it.
    #[error("The browser could not read the file. Choose it once more, or paste what is in it.")]
    Unreadable,
}

/// The first file of an event: the change of a field, or a drop.
pub fn file_of(event: &Event) -> Option<Blob> {
    let get = |of: &JsValue, name: &str| Reflect::get(of, &JsValue::from_str(name)).ok();
    let dropped = get(event, "dataTransfer").filter(JsValue::is_object);
    let is_dropped = dropped.is_some();
    let source = dropped.or_else(|| get(event, "target"))?;
    let files = get(&source, "files")?;
    let file = Reflect::get_u32(&files, 0).ok()?.dyn_into().ok();
    if !is_dropped {
        // Corrected, the same file can be chosen again: without this the browser would see no change.
        let _ = Reflect::set(&source, &JsValue::from_str("value"), &JsValue::from_str(""));
    }
    file
}

/// The bytes of a file, `most` of them at the most.
pub async fn read(file: &Blob, most: usize) -> Result<Vec<u8>, OpenError> {
    if file.size() > most as f64 {
        return Err(OpenError::TooLarge);
    }
    let buffer = JsFuture::from(file.array_buffer()).await.map_err(|_| OpenError::Unreadable)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
