//! A shelf of texts and bytes on this computer that outlives the tab: the little of IndexedDB that is needed. It never
//! holds a token (SEC-060).
//!
//! A private window, a policy or a full disk may forbid it, and a browser may never answer: every access may fail.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use futures_util::future::{Either, select};
use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbKeyRange, IdbObjectStore, IdbRequest, IdbTransaction, IdbTransactionMode};

use super::{clock, location};

const SHELF: &str = "records";

/// How long the browser may take for one access.
const PATIENCE: Duration = Duration::from_secs(5);

/// The browser does not let this page keep anything on this computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the browser does not let this page keep records on this computer")]
pub struct DatabaseError;

thread_local! {
    static CONNECTION: RefCell<Option<IdbDatabase>> = const { RefCell::new(None) };
    static FORGOTTEN: Cell<bool> = const { Cell::new(false) };
}

/// Writes texts under their keys, all of them or none.
pub async fn put(rows: &[(String, String)]) -> Result<(), DatabaseError> {
    open()?;
    transact(IdbTransactionMode::Readwrite, &|shelf| put_all(shelf, rows)).await
}

/// The same for a page that is about to go: it is begun at once, and nobody is told how it ends.
pub fn put_now(rows: &[(String, String)]) {
    let connection = CONNECTION.with_borrow(Clone::clone).filter(|_| open().is_ok());
    if let Some(transaction) = connection.and_then(|open| begin(&open, IdbTransactionMode::Readwrite).ok()) {
        let _ = transaction.object_store(SHELF).and_then(|shelf| put_all(&shelf, rows));
        commit(&transaction);
    }
}

/// Writes bytes under a key.
pub async fn put_bytes(key: &str, bytes: &[u8]) -> Result<(), DatabaseError> {
    open()?;
    let (key, bytes) = (JsValue::from_str(key), Uint8Array::from(bytes));
    transact(IdbTransactionMode::Readwrite, &|shelf| shelf.put_with_key(&bytes, &key).map(drop)).await
}

/// Reads the bytes under a key, if there are any.
pub async fn read_bytes(key: &str) -> Result<Option<Vec<u8>>, DatabaseError> {
    open()?;
    let asked = RefCell::new(None);
    transact(IdbTransactionMode::Readonly, &|shelf| {
        asked.replace(Some(shelf.get(&JsValue::from_str(key))?));
        Ok(())
    })
    .await?;
    let found = asked.into_inner().and_then(|asked| asked.result().ok()?.dyn_into::<Uint8Array>().ok());
    Ok(found.map(|bytes| bytes.to_vec()))
}

/// Reads the keys that begin so, in their order, each with its text.
pub async fn read(prefix: &str) -> Result<Vec<(String, String)>, DatabaseError> {
    open()?;
    let asked = RefCell::new(Vec::new());
    transact(IdbTransactionMode::Readonly, &|shelf| {
        let range = range(prefix)?;
        asked.replace(vec![shelf.get_all_keys_with_key(&range)?, shelf.get_all_with_key(&range)?]);
        Ok(())
    })
    .await?;
    let asked = asked.into_inner();
    let list = |at: usize| -> Option<Array> { asked.get(at).map(IdbRequest::result)?.ok()?.dyn_into().ok() };
    let (keys, texts) = (list(0).ok_or(DatabaseError)?, list(1).ok_or(DatabaseError)?);
    Ok(keys.iter().zip(texts.iter()).filter_map(|(key, text)| Some((key.as_string()?, text.as_string()?))).collect())
}

/// Removes everything whose key begins so.
pub async fn remove(prefix: &str) -> Result<(), DatabaseError> {
    open()?;
    transact(IdbTransactionMode::Readwrite, &|shelf| shelf.delete(&range(prefix)?.into()).map(drop)).await
}

/// Removes everything whose key is one of these or between them, as texts are ordered.
pub async fn remove_between(first: &str, last: &str) -> Result<(), DatabaseError> {
    open()?;
    transact(IdbTransactionMode::Readwrite, &|shelf| shelf.delete(&between(first, last)?.into()).map(drop)).await
}

/// Removes everything whose key begins in one of these ways, and keeps nothing more from this page; then calls back,
/// also where the app has stopped meanwhile.
pub fn forget(prefixes: Vec<String>, then: impl FnOnce() + 'static) {
    wasm_bindgen_futures::spawn_local(async move {
        // Where nothing can be removed, nothing could be kept.
        let _ = transact(IdbTransactionMode::Readwrite, &|shelf| {
            prefixes.iter().try_for_each(|prefix| shelf.delete(&range(prefix)?.into()).map(drop))
        })
        .await;
        then();
    });
    FORGOTTEN.set(true);
}

/// Whether this page may still use the shelf.
fn open() -> Result<(), DatabaseError> {
    if FORGOTTEN.get() { Err(DatabaseError) } else { Ok(()) }
}

fn put_all(shelf: &IdbObjectStore, rows: &[(String, String)]) -> Result<(), JsValue> {
    rows.iter()
        .try_for_each(|(key, text)| shelf.put_with_key(&JsValue::from_str(text), &JsValue::from_str(key)).map(drop))
}

fn range(prefix: &str) -> Result<IdbKeyRange, JsValue> {
    between(prefix, &format!("{prefix}\u{FFFF}"))
}

fn between(first: &str, last: &str) -> Result<IdbKeyRange, JsValue> {
    IdbKeyRange::bound(&JsValue::from_str(first), &JsValue::from_str(last))
}

/// Does something with the shelf, and waits until all of it is done.
async fn transact(
    mode: IdbTransactionMode,
    act: &dyn Fn(&IdbObjectStore) -> Result<(), JsValue>,
) -> Result<(), DatabaseError> {
    let work = std::pin::pin!(async {
        let transaction = match begin(&connect().await?, mode) {
            Ok(transaction) => transaction,
            // The browser has closed it, as when somebody clears a page's data.
            Err(_) => {
                CONNECTION.set(None);
                begin(&connect().await?, mode)?
            }
        };
        let over = Promise::new(&mut |done, failed| {
            transaction.set_oncomplete(Some(&done));
            transaction.set_onabort(Some(&failed));
        });
        match transaction.object_store(SHELF).and_then(|shelf| act(&shelf)) {
            // What is read ends it by itself: Chromium has committed before it has a large value ready.
            Ok(()) if mode == IdbTransactionMode::Readonly => {}
            Ok(()) => commit(&transaction),
            Err(_) => transaction.abort()?,
        }
        JsFuture::from(over).await
    });
    match select(work, std::pin::pin!(clock::wait(PATIENCE))).await {
        Either::Left((Ok(_), _)) => Ok(()),
        _ => Err(DatabaseError),
    }
}

fn begin(open: &IdbDatabase, mode: IdbTransactionMode) -> Result<IdbTransaction, JsValue> {
    open.transaction_with_str_and_mode(SHELF, mode)
}

/// Ends it without waiting for the page to have heard of each request.
fn commit(transaction: &IdbTransaction) {
    #[expect(
        deprecated,
        reason = "it is web_sys' list that calls it so; it is in the standard, Indexed Database API 3.0"
    )]
    // It fails only where it is over already.
    let _ = transaction.commit();
}

async fn connect() -> Result<IdbDatabase, JsValue> {
    if let Some(open) = CONNECTION.with_borrow(Clone::clone) {
        return Ok(open);
    }
    let factory = web_sys::window().ok_or(JsValue::NULL)?.indexed_db()?.ok_or(JsValue::NULL)?;
    // Two deployments on one origin are strangers to each other.
    let request = factory.open_with_u32(&format!("rolegrant:{}", location::base_path()), 1)?;
    let new = request.clone();
    let on_new = Closure::<dyn Fn()>::new(move || {
        if let Ok(database) = new.result() {
            let _ = database.unchecked_into::<IdbDatabase>().create_object_store(SHELF);
        }
    });
    request.set_onupgradeneeded(Some(on_new.as_ref().unchecked_ref()));
    let over = Promise::new(&mut |done, failed| {
        request.set_onsuccess(Some(&done));
        request.set_onerror(Some(&failed));
    });
    JsFuture::from(over).await?;
    let open: IdbDatabase = request.result()?.dyn_into()?;
    CONNECTION.set(Some(open.clone()));
    Ok(open)
}
