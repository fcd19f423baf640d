//! `/servicePrincipals`: the list, the count, one by id or app id, and a new one for an application.

use hyper::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::errors::GraphError;
use super::filter::{Field, Kind, Property, Schema};
use super::listing::Collection;
use super::permissions::Want;
use super::{Call, Reply, body, wire};
use crate::audit::Activity;
use crate::clock::to_seconds;
use crate::tenant::directory::Directory;
use crate::tenant::model::ServicePrincipal;
use crate::tenant::{TENANT_ID, guid};

pub(crate) static SCHEMA: Schema = Schema {
    type_name: "servicePrincipal",
    resource: "ServicePrincipal",
    properties: &[
        Property { name: "id", kind: Kind::Text, operators: "eq in not" },
        Property { name: "accountEnabled", kind: Kind::Flag, operators: "eq ne not in" },
        Property { name: "alternativeNames", kind: Kind::List, operators: "eq not ge le startswith" },
        Property { name: "appId", kind: Kind::Text, operators: "eq ne not in startswith" },
        Property { name: "appOwnerOrganizationId", kind: Kind::Guid, operators: "eq ne" },
        Property { name: "displayName", kind: Kind::Text, operators: "eq ne not ge le in startswith" },
        Property { name: "servicePrincipalNames", kind: Kind::List, operators: "eq not startswith" },
        // No annotation in the metadata: eq and in are what is seen to work.
        Property { name: "servicePrincipalType", kind: Kind::Text, operators: "eq ne not in" },
        Property { name: "tags", kind: Kind::List, operators: "eq not ge le startswith" },
        Property { name: "appRoles", kind: Kind::Objects, operators: "" },
    ],
    known: wire::SERVICE_PRINCIPAL,
    always_advanced: false,
};

fn field<'a>(row: &'a ServicePrincipal, name: &str) -> Field<'a> {
    match name {
        "id" => Field::Owned(row.id.to_string()),
        "accountEnabled" => Field::Flag(row.account_enabled),
        "alternativeNames" => Field::List(&row.alternative_names),
        "appId" => Field::Owned(row.app_id.to_string()),
        "appOwnerOrganizationId" => match row.owner_tenant {
            Some(id) => Field::Owned(id.to_string()),
            None => Field::Text(None),
        },
        "displayName" => Field::Text(Some(&row.display_name)),
        "servicePrincipalNames" => Field::List(&row.names),
        "servicePrincipalType" => {
            Field::Text(Some(if row.managed_identity { "ManagedIdentity" } else { "Application" }))
        }
        "tags" => Field::List(&row.tags),
        _ => Field::Text(None),
    }
}

/// How service principals are listed and written.
pub(crate) static COLLECTION: Collection<ServicePrincipal> = Collection {
    path: "servicePrincipals",
    shelf: Directory::service_principals,
    schema: &SCHEMA,
    properties: wire::SERVICE_PRINCIPAL,
    on_request: &["createdByAppId", "isDisabled"],
    tip: "accountEnabled,addIns",
    field,
    write: wire::service_principal,
    searched: |row| (&row.display_name, row.description.as_deref()),
};

/// `POST /servicePrincipals` with the `appId` of an application of this tenant.
pub(crate) fn create(call: &Call<'_>) -> Result<Reply, GraphError> {
    let asked = body::object(call);
    let app = asked.as_ref().ok().and_then(|map| body::guid(map, "appId").ok().flatten());
    let mut directory = call.directory();
    let application = app.and_then(|app| directory.applications().of_app(app, call.at)).cloned();
    let owner = application.as_ref().is_some_and(|found| found.owners.contains(&call.caller.user));
    call.require(Want::CreateServicePrincipal { owner })?;
    let map = asked?;
    let mut tags = Vec::new();
    for (name, value) in &map {
        match name.as_str() {
            "appId" | "@odata.type" => {}
            "tags" => tags = body::texts(value)?,
            known if wire::SERVICE_PRINCIPAL.contains(&known) => {
                return Err(GraphError::unimplemented(&format!("{known} in a new service principal")));
            }
            foreign => return Err(GraphError::unknown_property(foreign, SCHEMA.type_name)),
        }
    }
    let app = body::guid(&map, "appId")?.ok_or_else(|| GraphError::missing("appId", SCHEMA.resource))?;
    if directory.service_principal_of_app(app).is_some() {
        return Err(GraphError::service_principal_exists(app));
    }
    let application = application.ok_or_else(|| GraphError::no_backing_application(app))?;
    let mut made = ServicePrincipal {
        id: Uuid::new_v4(),
        app_id: app,
        display_name: String::new(),
        account_enabled: true,
        managed_identity: false,
        alternative_names: Vec::new(),
        owner_tenant: Some(guid(TENANT_ID)),
        assignment_required: false,
        created: to_seconds(call.world.clock.now()),
        app_roles: Vec::new(),
        description: None,
        names: Vec::new(),
        tags,
        homepage: None,
        reply_urls: Vec::new(),
        verified_publisher: None,
        scopes: Vec::new(),
        owners: application.owners.clone(),
    };
    made.follow(&application);
    directory.add(made.clone());
    drop(directory);
    call.record(Activity::AddServicePrincipal, made.id, &made.display_name, vec![("AppId", app.to_string())]);
    let body = COLLECTION.entity(call, &made)?;
    Ok(Reply {
        status: StatusCode::CREATED,
        body: super::Body::Json(body),
        location: Some(format!("{}/v1.0/servicePrincipals/{}", call.graph(), made.id)),
    })
}

/// A deleted one in a list of changes.
pub(crate) fn removed(id: Uuid) -> Value {
    json!({"id": id.to_string(), "@removed": {"reason": "deleted"}})
}
