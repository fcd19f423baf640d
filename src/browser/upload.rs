//! A file that the administrator has chosen: read here, and sent nowhere.

use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, HtmlInputElement};

/// Why a file could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadError {
    /// It is larger than may be.
    TooLarge,
    /// The browser could not read it.
    Unreadable,
}

/// The content of the file that was just chosen in a field, if one was. The field is emptied, so that the same file can
/// be chosen again.
pub async fn chosen(event: Event, most: usize) -> Option<Result<Vec<u8>, UploadError>> {
    let field = event.target()?.dyn_into::<HtmlInputElement>().ok()?;
    let file = field.files()?.get(0)?;
    field.set_value("");
    if file.size() > most as f64 {
        return Some(Err(UploadError::TooLarge));
    }
    Some(match JsFuture::from(file.array_buffer()).await {
        Ok(buffer) => Ok(Uint8Array::new(&buffer).to_vec()),
        Err(_) => Err(UploadError::Unreadable),
    })
}
