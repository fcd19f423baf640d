//! Reads the JSON body of a write, property by property, and refuses what has the wrong type.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::Call;
use super::errors::GraphError;

/// The object in a request's body.
pub(crate) fn object(call: &Call<'_>) -> Result<Map<String, Value>, GraphError> {
    let json = call.request.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("json"));
    match serde_json::from_slice(&call.request.body) {
        Ok(Value::Object(map)) if json => Ok(map),
        _ => Err(GraphError::unreadable_body()),
    }
}

fn mismatch(value: &Value, kind: &str) -> GraphError {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    GraphError::gateway(format!("Cannot convert the literal '{text}' to the expected type '{kind}'."))
}

/// A GUID; `None` if it is absent or null.
pub(crate) fn guid(map: &Map<String, Value>, name: &str) -> Result<Option<Uuid>, GraphError> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_str().and_then(|text| Uuid::parse_str(text).ok()) {
            Some(id) => Ok(Some(id)),
            None => Err(mismatch(value, "Edm.Guid")),
        },
    }
}

/// A text; null is none.
pub(crate) fn text(value: &Value) -> Result<Option<String>, GraphError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        other => Err(mismatch(other, "Edm.String")),
    }
}

/// A truth value.
pub(crate) fn flag(value: &Value) -> Result<bool, GraphError> {
    value.as_bool().ok_or_else(|| mismatch(value, "Edm.Boolean"))
}

/// A collection of texts.
pub(crate) fn texts(value: &Value) -> Result<Vec<String>, GraphError> {
    let Value::Array(values) = value else { return Err(mismatch(value, "Collection(Edm.String)")) };
    values.iter().map(|value| value.as_str().map(str::to_owned).ok_or_else(|| mismatch(value, "Edm.String"))).collect()
}
