//! Whatever Graph answers: nothing panics, an error can be read by people, and a row has the ids that stand in it or is
//! none (SEC-088).

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::error::{GraphError, Operation};
use super::json::Json;
use super::wire;
use crate::auth::properties::any_json;
use crate::directory::{Family, Places};
use crate::http::Response;

const ID: &str = "1a10be6e-ef86-4b7e-9253-e80f501ffd5a";
const OTHER: &str = "dd8f1bcc-7361-4d52-b678-f751c5422ade";

/// Bytes as they come, and JSON of any kind.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let error = ("\\PC{0,600}", any_json()).prop_map(|(text, inner)| {
        json!({ "error": { "code": text, "message": text, "innerError": inner } }).to_string().into_bytes()
    });
    prop_oneof![vec(any::<u8>(), 0..200), any_json().prop_map(|value| value.to_string().into_bytes()), error]
}

/// What turns the direction of a text or cannot be seen.
fn is_treacherous(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn rows() -> [Value; 3] {
    [
        json!({ "id": ID, "appId": OTHER, "displayName": "a", "alternativeNames": ["isExplicit=False"], "createdDateTime": "2021-04-20T17:22:30Z", "accountEnabled": true }),
        json!({ "id": ID, "appId": OTHER, "displayName": "a", "appRoles": [{ "id": ID, "value": "a" }], "verifiedPublisher": { "displayName": "b" } }),
        json!({ "id": "41W1zT6z1U-kJxf62svfp1HFE8pMZhxDun-ThPczmJE", "principalId": ID, "principalType": "User", "resourceId": OTHER, "appRoleId": ID }),
    ]
}

/// The ids of a row as it was read; `None` if it is none.
fn ids(kind: usize, row: &Value) -> Option<Vec<String>> {
    let row = &Json::from(row.clone());
    Some(match kind {
        0 => wire::identity(row, &mut Places::default())
            .ok()
            .map(|row| vec![row.id.to_string(), row.app_id.to_string()])?,
        1 => wire::api(row).ok().map(|row| vec![row.id.to_string(), row.app_id.to_string()])?,
        _ => wire::assignment(row).ok().map(|row| {
            vec![row.id.to_string(), row.principal.to_string(), row.resource.to_string(), row.role.to_string()]
        })?,
    })
}

const ID_FIELDS: [&[&str]; 3] = [&["id", "appId"], &["id", "appId"], &["id", "principalId", "resourceId", "appRoleId"]];

proptest! {
    #[test]
    fn an_error_of_any_kind_can_be_read(
        status in 100_u16..600, body in body(), header in "\\PC{0,40}", write in any::<bool>(),
    ) {
        let operation = if write { Operation::Assign(Family::Guarded) } else { Operation::ListApis };
        let headers = ["request-id", "Retry-After", "WWW-Authenticate", "Content-Type"];
        let headers = headers.map(|name| (name.to_owned(), header.clone())).into();
        let error = GraphError::from_response(operation, &Response { status, headers, body }, None);
        prop_assert!(!error.what().is_empty() && !error.next_step().is_empty());
        prop_assert!(!error.detail().contains(is_treacherous), "{:?}", error.detail());
        prop_assert!(error.detail().chars().count() < 12_000);
    }

    #[test]
    fn bytes_of_any_kind_are_survived(body in body()) {
        let _any: Result<Json<'_>, _> = wire::json(&Response { status: 200, headers: Vec::new(), body });
    }

    #[test]
    fn a_row_of_any_kind_has_its_own_ids_or_is_none(
        kind in 0_usize..3, at in any::<prop::sample::Index>(), value in any_json(), other in any_json(),
    ) {
        let mut row = rows()[kind].clone();
        prop_assert!(ids(kind, &row).is_some());
        let names: Vec<String> = row.as_object().unwrap().keys().cloned().collect();
        let name = &names[at.index(names.len())];
        row[name] = value;
        if let Some(read) = ids(kind, &row) {
            let written: Vec<_> = ID_FIELDS[kind].iter().filter_map(|field| row[field].as_str()).collect();
            prop_assert_eq!(read, written);
        }
        prop_assert_eq!(ids(kind, &other), None, "{}", other);
    }
}
