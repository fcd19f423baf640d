//! A table as programs write it: a list of objects whose members are the columns.

use serde_json::Value;

use super::{COLUMNS, FileProblem, MOST_CHANGES, Row, too_many};
use crate::directory::visible;
use crate::plan::json::parse;

/// The entries of the list.
pub(super) fn rows(text: &str) -> Result<Vec<Row>, FileProblem> {
    let entries = match parse(text.as_bytes())? {
        Value::Array(entries) if entries.len() > MOST_CHANGES => return Err(too_many()),
        Value::Array(entries) => entries,
        Value::Object(fields) if fields.contains_key("format") => {
            return Err(FileProblem::file("is a plan or a receipt, not a table of changes"));
        }
        _ => return Err(FileProblem::file("is JSON, but not a list of objects")),
    };
    (1..).zip(entries).map(|(at, entry)| row(at, &entry)).collect()
}

fn row(at: usize, entry: &Value) -> Result<Row, FileProblem> {
    let place = format!("Entry {at}");
    let Value::Object(members) = entry else { return Err(FileProblem::new(place, "is not an object")) };
    if let Some(name) = members.keys().find(|name| !COLUMNS.contains(&name.as_str())) {
        let wrong =
            format!("has a member \"{}\", which is not known: the members are {}", visible(name), COLUMNS.join(", "));
        return Err(FileProblem::new(place, wrong));
    }
    let mut cells = <[String; 4]>::default();
    let mut wrong = None;
    for (cell, name) in cells.iter_mut().zip(COLUMNS) {
        match members.get(name) {
            None => {}
            Some(Value::String(text)) => text.clone_into(cell),
            Some(_) => wrong = Some(format!("\"{name}\" is not a text")),
        }
    }
    Ok(Row { at, text: entry.to_string(), cells: wrong.map_or(Ok(cells), Err) })
}
