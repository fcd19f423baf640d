//! Copying text.

use wasm_bindgen_futures::JsFuture;

/// The browser did not allow copying: an insecure address, a policy, or the administrator's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the browser did not allow copying")]
pub struct CopyError;

/// Puts the text on the clipboard. Browsers allow it for a while after a click or a key alone.
pub async fn copy(text: &str) -> Result<(), CopyError> {
    let clipboard = web_sys::window().ok_or(CopyError)?.navigator().clipboard();
    // Without a secure context there is no clipboard, whatever the binding's type says.
    if clipboard.is_undefined() {
        return Err(CopyError);
    }
    JsFuture::from(clipboard.write_text(text)).await.map(|_| ()).map_err(|_| CopyError)
}
