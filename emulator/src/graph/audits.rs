//! `/auditLogs/directoryAudits`: what was done, newest first. No directory objects, so that order and filter need no
//! advanced query.

use serde_json::{Value, json};

use super::errors::GraphError;
use super::filter::{Field, Filter, Kind, Property, Schema};
use super::listing::{Envelope, cut, envelope, next_link, order, selection_text};
use super::permissions::Want;
use super::query::Start;
use super::{Call, Reply, wire};
use crate::audit::Entry;
use crate::clock::to_ticks;

const PROPERTIES: &[&str] = &[
    "id",
    "category",
    "correlationId",
    "result",
    "resultReason",
    "activityDisplayName",
    "activityDateTime",
    "loggedByService",
    "operationType",
    "initiatedBy",
    "targetResources",
    "additionalDetails",
];

static SCHEMA: Schema = Schema {
    type_name: "directoryAudit",
    resource: "DirectoryAudit",
    properties: &[
        Property { name: "activityDateTime", kind: Kind::Time, operators: "eq ge le" },
        Property { name: "activityDisplayName", kind: Kind::Text, operators: "eq startswith" },
        Property { name: "category", kind: Kind::Text, operators: "eq" },
        Property { name: "correlationId", kind: Kind::Text, operators: "eq" },
        Property { name: "id", kind: Kind::Text, operators: "eq" },
        Property { name: "initiatedBy/user/id", kind: Kind::Text, operators: "eq" },
        Property { name: "initiatedBy/user/userPrincipalName", kind: Kind::Text, operators: "eq startswith" },
        Property { name: "loggedByService", kind: Kind::Text, operators: "eq" },
        Property { name: "result", kind: Kind::Text, operators: "eq" },
        Property { name: "targetResources", kind: Kind::Objects, operators: "" },
    ],
    known: PROPERTIES,
    always_advanced: false,
};

const CATEGORY: &str = "ApplicationManagement";
const SERVICE: &str = "Core Directory";

fn id(number: usize, entry: &Entry) -> String {
    format!("Directory_{}_{:05X}_{}", entry.correlation, (number + 1) * 7919 % 0x10_0000, 33_600_000 + number)
}

fn field<'a>(number: usize, entry: &'a Entry, name: &str) -> Field<'a> {
    match name {
        "activityDateTime" => Field::Time(entry.at),
        "activityDisplayName" => Field::Text(Some(entry.activity.name())),
        "category" => Field::Text(Some(CATEGORY)),
        "correlationId" => Field::Owned(entry.correlation.to_string()),
        "id" => Field::Owned(id(number, entry)),
        "initiatedBy/user/id" => Field::Owned(entry.user.to_string()),
        "initiatedBy/user/userPrincipalName" => Field::Text(Some(&entry.user_name)),
        "loggedByService" => Field::Text(Some(SERVICE)),
        "result" => Field::Text(Some("success")),
        _ => Field::Text(None),
    }
}

fn write(call: &Call<'_>, number: usize, entry: &Entry, name: &str) -> Value {
    match name {
        "id" => json!(id(number, entry)),
        "category" => json!(CATEGORY),
        "correlationId" => json!(entry.correlation.to_string()),
        "result" => json!("success"),
        "resultReason" => json!(""),
        "activityDisplayName" => json!(entry.activity.name()),
        "activityDateTime" => json!(to_ticks(entry.at)),
        "loggedByService" => json!(SERVICE),
        "operationType" => json!(entry.activity.operation()),
        "initiatedBy" => json!({"app": null, "user": {
            "id": entry.user.to_string(), "displayName": null, "userPrincipalName": entry.user_name,
            "ipAddress": "127.0.0.1", "userType": null, "homeTenantId": null, "homeTenantName": null,
        }}),
        "targetResources" => json!([{
            "id": entry.target.to_string(), "displayName": entry.target_name, "type": entry.activity.target_type(),
            "userPrincipalName": null, "groupType": null, "modifiedProperties": properties(call, entry),
        }]),
        "additionalDetails" => match &entry.user_agent {
            Some(agent) => json!([{"key": "User-Agent", "value": agent}]),
            None => json!([]),
        },
        _ => Value::Null,
    }
}

/// Values are JSON texts within JSON texts, as captured. Where a removal puts them is not known.
fn properties(call: &Call<'_>, entry: &Entry) -> Vec<Value> {
    let removal = entry.activity.operation() == "Unassign" && call.unverified().removal_in_old_values;
    let write = |(name, value): &(&str, String)| {
        let value = json!(json!(value).to_string());
        let (old, new) = if removal { (value, Value::Null) } else { (Value::Null, value) };
        json!({"displayName": name, "oldValue": old, "newValue": new})
    };
    entry.properties.iter().map(write).collect()
}

fn readable(call: &Call<'_>) -> Vec<(usize, Entry)> {
    call.world.audit.readable(call.world.clock.now(), call.world.options.audit_delay)
}

/// `GET /auditLogs/directoryAudits`.
pub(crate) fn list(call: &Call<'_>) -> Result<Reply, GraphError> {
    call.require(Want::ReadAudit)?;
    let query = call.query;
    let size = query.top(call.unverified().default_page_size)?;
    let chosen = query.selected(PROPERTIES, SCHEMA.type_name)?;
    if query.search.is_some() || query.count {
        return Err(GraphError::unimplemented("$search and $count on directoryAudits"));
    }
    let filter = query.filter.as_deref().map(|text| Filter::parse(text, &SCHEMA, true)).transpose()?;
    let ascending = match query.order_by.as_deref().map(order).transpose()? {
        None => false,
        Some((property, descending)) if property.eq_ignore_ascii_case("activityDateTime") => !descending,
        Some(_) => return Err(GraphError::sorting()),
    };
    let start = match query.start()? {
        Start::At(_) => None,
        Start::Keyed(_, number) => Some(number),
    };
    let mut rows = readable(call);
    if ascending {
        rows.reverse();
    }
    rows.retain(|(number, entry)| {
        let further = start.is_none_or(|start| if ascending { *number >= start } else { *number <= start });
        further && filter.as_ref().is_none_or(|filter| filter.passes(&|name: &str| field(*number, entry, name)))
    });
    let page = cut(rows.into_iter().map(|(number, entry)| (number, (number, entry))), size);
    let next = page.next.map(|number| Start::Keyed(String::new(), number));
    let text = wire::array(page.rows, PROPERTIES, chosen.as_deref(), |(number, entry), name| {
        write(call, *number, entry, name)
    });
    let around = Envelope {
        context: format!("auditLogs/directoryAudits{}", selection_text(chosen.as_deref())),
        link: next.map(|next| next_link(call, "auditLogs/directoryAudits", &next)),
        ..Envelope::default()
    };
    Ok(Reply::page(envelope(call, around, &text)))
}

/// `GET /auditLogs/directoryAudits/{id}`.
pub(crate) fn single(call: &Call<'_>, wanted: &str) -> Result<Reply, GraphError> {
    call.require(Want::ReadAudit)?;
    call.only(&["select"])?;
    let chosen = call.query.selected(PROPERTIES, SCHEMA.type_name)?;
    let rows = readable(call);
    let (number, entry) = rows
        .iter()
        .find(|(number, entry)| id(*number, entry) == wanted)
        .ok_or_else(|| GraphError::not_found(wanted))?;
    let mut body = wire::object(PROPERTIES, chosen.as_deref(), |name| write(call, *number, entry, name));
    if let Value::Object(map) = &mut body {
        let context = format!(
            "{}/v1.0/$metadata#auditLogs/directoryAudits{}/$entity",
            call.graph(),
            selection_text(chosen.as_deref())
        );
        map.shift_insert(0, "@odata.context".to_owned(), json!(context));
    }
    Ok(Reply::ok(body))
}
