//! `/applications`: the list, one by id or app id, a new one, and changes with the rules for app roles.

use std::collections::HashSet;

use hyper::StatusCode;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::errors::GraphError;
use super::filter::{Field, Kind, Property, Schema};
use super::listing::Collection;
use super::permissions::Want;
use super::routes::Key;
use super::{Body, Call, Reply, body, wire};
use crate::audit::Activity;
use crate::clock::to_ticks;
use crate::tenant::TENANT_DOMAIN;
use crate::tenant::directory::Directory;
use crate::tenant::model::{AppRole, Application};

const AUDIENCES: &[&str] =
    &["AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"];
/// Set by Graph alone.
const READ_ONLY: &[&str] = &["id", "appId", "createdDateTime", "deletedDateTime", "publisherDomain"];
/// As many roles, scopes and URIs as a manifest may have.
const MOST_ENTRIES: usize = 1200;

static SCHEMA: Schema = Schema {
    type_name: "application",
    resource: "Application",
    properties: &[
        Property { name: "id", kind: Kind::Text, operators: "eq in not" },
        Property { name: "appId", kind: Kind::Text, operators: "eq" },
        Property { name: "description", kind: Kind::Text, operators: "eq ne not ge le startswith" },
        Property { name: "displayName", kind: Kind::Text, operators: "eq ne not ge le in startswith" },
        Property { name: "identifierUris", kind: Kind::List, operators: "eq ne ge le startswith" },
        Property { name: "publisherDomain", kind: Kind::Text, operators: "eq ne ge le startswith" },
        Property { name: "signInAudience", kind: Kind::Text, operators: "eq ne not" },
        Property { name: "tags", kind: Kind::List, operators: "eq not ge le startswith" },
        Property { name: "appRoles", kind: Kind::Objects, operators: "" },
    ],
    known: wire::APPLICATION,
    always_advanced: false,
};

/// How applications are listed and written.
pub(crate) static COLLECTION: Collection<Application> = Collection {
    path: "applications",
    shelf: Directory::applications,
    schema: &SCHEMA,
    properties: wire::APPLICATION,
    on_request: &["createdByAppId", "isDisabled"],
    tip: "addIns,api",
    field,
    write: wire::application,
    searched: |row| (&row.display_name, row.description.as_deref()),
};

fn field<'a>(row: &'a Application, name: &str) -> Field<'a> {
    match name {
        "id" => Field::Owned(row.id.to_string()),
        "appId" => Field::Owned(row.app_id.to_string()),
        "description" => Field::Text(row.description.as_deref()),
        "displayName" => Field::Text(Some(&row.display_name)),
        "identifierUris" => Field::List(&row.identifier_uris),
        "publisherDomain" => Field::Text(Some(TENANT_DOMAIN)),
        "signInAudience" => Field::Text(Some(&row.sign_in_audience)),
        "tags" => Field::List(&row.tags),
        _ => Field::Text(None),
    }
}

/// `POST /applications`. Whoever makes one owns it. A service principal is made by a request of its own.
pub(crate) fn create(call: &Call<'_>) -> Result<Reply, GraphError> {
    call.require(Want::CreateApplication)?;
    let map = body::object(call)?;
    let mut made = Application {
        id: Uuid::new_v4(),
        app_id: Uuid::new_v4(),
        display_name: String::new(),
        description: None,
        created: to_ticks(call.world.clock.now()),
        sign_in_audience: "AzureADandPersonalMicrosoftAccount".to_owned(),
        identifier_uris: Vec::new(),
        tags: Vec::new(),
        app_roles: Vec::new(),
        scopes: Vec::new(),
        spa_redirects: Vec::new(),
        web_redirects: Vec::new(),
        native_redirects: Vec::new(),
        owners: vec![call.caller.user],
    };
    if !map.contains_key("displayName") {
        return Err(GraphError::missing("displayName", SCHEMA.resource));
    }
    change(&mut made, &map)?;
    call.directory().add_application(made.clone());
    call.record(Activity::AddApplication, made.id, &made.display_name, vec![("AppId", made.app_id.to_string())]);
    let body = COLLECTION.entity(call, &made)?;
    let location = Some(format!("{}/v1.0/applications/{}", call.graph(), made.id));
    Ok(Reply { status: StatusCode::CREATED, body: Body::Json(body), location })
}

/// `PATCH /applications/{id}`. Collections are replaced as a whole; the service principal follows.
pub(crate) fn update(call: &Call<'_>, key: Key<'_>) -> Result<Reply, GraphError> {
    let map = body::object(call);
    let mut directory = call.directory();
    let found = COLLECTION.find(&directory, key, call.at).map(|found| found.id);
    let current = found.as_ref().ok().and_then(|id| directory.applications().get(*id, None)).cloned();
    let owner = current.as_ref().is_some_and(|found| found.owners.contains(&call.caller.user));
    call.require(Want::UpdateApplication { owner })?;
    found?;
    let mut changed = current.ok_or_else(|| GraphError::not_found(key.text()))?;
    let map = map?;
    change(&mut changed, &map)?;
    directory.put_application(changed.clone());
    let names = map.keys().cloned().collect::<Vec<_>>().join(", ");
    call.record(
        Activity::UpdateApplication,
        changed.id,
        &changed.display_name,
        vec![("Included Updated Properties", names)],
    );
    Ok(Reply { status: StatusCode::NO_CONTENT, body: Body::None, location: None })
}

/// Changes an application as a body says.
fn change(application: &mut Application, map: &Map<String, Value>) -> Result<(), GraphError> {
    for (name, value) in map {
        match name.as_str() {
            "@odata.type" => {}
            "displayName" => {
                let text = body::text(value)?.filter(|text| !text.is_empty());
                application.display_name = text.ok_or_else(|| GraphError::missing("displayName", SCHEMA.resource))?;
                limit("displayName", &application.display_name, 256)?;
            }
            "description" => {
                application.description = body::text(value)?;
                limit("description", application.description.as_deref().unwrap_or_default(), 1024)?;
            }
            "signInAudience" => {
                let audience = body::text(value)?.unwrap_or_default();
                if !AUDIENCES.contains(&audience.as_str()) {
                    return Err(GraphError::invalid_value("signInAudience", SCHEMA.resource));
                }
                application.sign_in_audience = audience;
            }
            "identifierUris" => application.identifier_uris = body::texts(value)?,
            "tags" => application.tags = body::texts(value)?,
            "spa" => application.spa_redirects = redirects("spa", value)?,
            "web" => application.web_redirects = redirects("web", value)?,
            "publicClient" => application.native_redirects = redirects("publicClient", value)?,
            "appRoles" => {
                let roles = app_roles(value)?;
                hold(application, &roles)?;
                application.app_roles = roles;
            }
            fixed if READ_ONLY.contains(&fixed) => return Err(GraphError::invalid_properties()),
            known if wire::APPLICATION.contains(&known) => {
                return Err(GraphError::unimplemented(&format!("setting {known} of an application")));
            }
            foreign => return Err(GraphError::unknown_property(foreign, SCHEMA.type_name)),
        }
    }
    let entries = application.app_roles.len()
        + application.scopes.len()
        + application.identifier_uris.len()
        + application.spa_redirects.len()
        + application.web_redirects.len()
        + application.native_redirects.len();
    if entries > MOST_ENTRIES { Err(GraphError::invalid_value("appRoles", SCHEMA.resource)) } else { Ok(()) }
}

fn limit(property: &str, text: &str, most: usize) -> Result<(), GraphError> {
    if text.chars().count() > most { Err(GraphError::invalid_value(property, SCHEMA.resource)) } else { Ok(()) }
}

fn redirects(kind: &str, value: &Value) -> Result<Vec<String>, GraphError> {
    let Value::Object(map) = value else { return Err(GraphError::invalid_properties()) };
    if let Some(other) = map.keys().find(|name| *name != "redirectUris") {
        return Err(GraphError::unimplemented(&format!("setting {kind}/{other} of an application")));
    }
    map.get("redirectUris").map_or_else(|| Ok(Vec::new()), body::texts)
}

/// Reads a collection of roles, each held against the rules for one.
fn app_roles(value: &Value) -> Result<Vec<AppRole>, GraphError> {
    let Value::Array(rows) = value else { return Err(GraphError::invalid_properties()) };
    let mut roles = Vec::new();
    for row in rows {
        let Value::Object(map) = row else { return Err(GraphError::invalid_properties()) };
        roles.push(app_role(map)?);
    }
    Ok(roles)
}

fn app_role(map: &Map<String, Value>) -> Result<AppRole, GraphError> {
    const RESOURCE: &str = "AppRole";
    for name in map.keys() {
        match name.as_str() {
            "id" | "value" | "displayName" | "description" | "isEnabled" | "allowedMemberTypes" | "@odata.type" => {}
            // It says where a role comes from and cannot be sent.
            "origin" => return Err(GraphError::invalid_properties()),
            foreign => return Err(GraphError::unknown_property(foreign, "appRole")),
        }
    }
    let text = |name: &str| {
        let text = map.get(name).map_or(Ok(None), body::text)?.filter(|text| !text.is_empty());
        text.ok_or_else(|| GraphError::missing(name, RESOURCE))
    };
    let id = body::guid(map, "id")?.filter(|id| !id.is_nil());
    let id = id.ok_or_else(|| GraphError::missing("id", RESOURCE))?;
    if map.get("value").is_none_or(Value::is_null) {
        return Err(GraphError::unimplemented("an app role without a value"));
    }
    let value = text("value")?;
    if !is_role_value(&value) {
        return Err(GraphError::invalid_value("value", RESOURCE));
    }
    let members = map.get("allowedMemberTypes").map_or_else(|| Ok(Vec::new()), body::texts)?;
    let known = |kind: &String| matches!(kind.as_str(), "User" | "Application");
    if members.is_empty() || !members.iter().all(known) {
        return Err(GraphError::invalid_value("allowedMemberTypes", RESOURCE));
    }
    let has = |kind: &str| members.iter().any(|known| known == kind);
    Ok(AppRole {
        id,
        value,
        display_name: text("displayName")?,
        description: text("description")?,
        enabled: map.get("isEnabled").map_or(Ok(true), body::flag)?,
        for_applications: has("Application"),
        for_users: has("User"),
    })
}

/// At most 120 characters, no spaces, no beginning with a full stop.
fn is_role_value(value: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ":!#$%&'()*+,-./;<=>?@[]^_`{|}~".contains(c);
    value.chars().count() <= 120 && !value.starts_with('.') && value.chars().all(allowed)
}

/// Holds new roles against the old ones: no id and no value twice, and what is enabled stays as it is.
fn hold(application: &Application, roles: &[AppRole]) -> Result<(), GraphError> {
    let mut ids: HashSet<Uuid> = application.scopes.iter().map(|scope| scope.id).collect();
    let mut values: HashSet<&str> = application.scopes.iter().map(|scope| scope.value.as_str()).collect();
    if !roles.iter().all(|role| ids.insert(role.id) && values.insert(&role.value)) {
        return Err(GraphError::duplicate_values());
    }
    for old in application.app_roles.iter().filter(|old| old.enabled) {
        let kept = roles.iter().any(|new| AppRole { enabled: true, ..new.clone() } == *old);
        if !kept {
            return Err(GraphError::enabled_role());
        }
    }
    Ok(())
}
