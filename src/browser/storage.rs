//! The tab's session storage. It never holds a token (SEC-060).
//!
//! It is forgotten with the tab, and other tabs do not see it. A policy may forbid it or a quota fill it: every access
//! may fail.

use web_sys::Storage;

/// The prefix of this app's keys.
const PREFIX: &str = "rolegrant.";

/// The browser does not let this page store anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the browser does not let this page use session storage")]
pub struct StorageError;

fn storage() -> Result<Storage, StorageError> {
    web_sys::window().ok_or(StorageError)?.session_storage().map_err(|_| StorageError)?.ok_or(StorageError)
}

/// Reads a value.
pub fn get(key: &str) -> Result<Option<String>, StorageError> {
    storage()?.get_item(&(PREFIX.to_owned() + key)).map_err(|_| StorageError)
}

/// Writes a value and makes sure that it is there.
pub fn set(key: &str, value: &str) -> Result<(), StorageError> {
    storage()?.set_item(&(PREFIX.to_owned() + key), value).map_err(|_| StorageError)?;
    match get(key)? {
        Some(stored) if stored == value => Ok(()),
        _ => Err(StorageError),
    }
}

/// Reads a value and removes it, so that nobody reads it twice.
pub fn take(key: &str) -> Result<Option<String>, StorageError> {
    let value = get(key)?;
    remove(key);
    Ok(value)
}

/// Removes a value.
pub fn remove(key: &str) {
    // Where nothing can be stored there is nothing to remove.
    if let Ok(storage) = storage() {
        let _ = storage.remove_item(&(PREFIX.to_owned() + key));
    }
}

/// Removes everything that this app has stored in this tab.
pub fn clear() {
    let Ok(storage) = storage() else { return };
    let keys = (0..storage.length().unwrap_or(0)).filter_map(|position| storage.key(position).ok().flatten());
    for key in keys.collect::<Vec<_>>() {
        if key.starts_with(PREFIX) {
            let _ = storage.remove_item(&key);
        }
    }
}
