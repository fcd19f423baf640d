//! A page of a list: which rows are on it, whether more follow, and the envelope around them.

use serde_json::{Map, Value, json};

use super::Call;
use super::errors::GraphError;

/// A page cut from a list, and the position at which the next one begins.
pub(crate) struct Page<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) next: Option<usize>,
}

/// Takes a page from rows that carry their positions. It reads one row further to know whether more follow.
pub(crate) fn cut<T>(rows: impl Iterator<Item = (usize, T)>, size: usize) -> Page<T> {
    let mut page = Vec::new();
    for (position, row) in rows {
        if page.len() == size {
            return Page { rows: page, next: Some(position) };
        }
        page.push(row);
    }
    Page { rows: page, next: None }
}

/// What goes around the rows.
pub(crate) struct Envelope<'a> {
    /// The path after the version, for the next page's address.
    pub(crate) path: &'a str,
    pub(crate) context: String,
    pub(crate) count: Option<usize>,
    pub(crate) tips: Option<&'static str>,
}

/// The body of a page.
pub(crate) fn envelope(
    call: &Call<'_>,
    envelope: Envelope<'_>,
    values: Vec<Value>,
    next: Option<usize>,
) -> Result<Value, GraphError> {
    let graph = &call.world.origins.graph;
    let mut body = Map::new();
    body.insert("@odata.context".to_owned(), json!(format!("{graph}/v1.0/$metadata#{}", envelope.context)));
    if let Some(count) = envelope.count {
        body.insert("@odata.count".to_owned(), json!(count));
    }
    if let Some(position) = next {
        let address = format!("{graph}/v1.0/{}", envelope.path);
        body.insert("@odata.nextLink".to_owned(), json!(call.query.next_link(&address, position)));
    }
    if let Some(tips) = envelope.tips {
        body.insert("@microsoft.graph.tips".to_owned(), json!(tips));
    }
    body.insert("value".to_owned(), Value::Array(values));
    Ok(Value::Object(body))
}

/// `(id,displayName)` for a context with a selection, nothing without.
pub(crate) fn selection(chosen: Option<&[&'static str]>) -> String {
    chosen.map_or_else(String::new, |names| format!("({})", names.join(",")))
}
