//! How Graph writes the directory's objects: every property, in the order in which real bodies have them.

use serde_json::{Map, Value, json};

use crate::tenant::model::{AppRole, Assignment, DelegatedScope, ServicePrincipal};

/// The properties of a service principal in wire order.
pub(crate) const SERVICE_PRINCIPAL: &[&str] = &[
    "id",
    "deletedDateTime",
    "accountEnabled",
    "alternativeNames",
    "appDisplayName",
    "appDescription",
    "appId",
    "applicationTemplateId",
    "appOwnerOrganizationId",
    "appRoleAssignmentRequired",
    "createdDateTime",
    "description",
    "disabledByMicrosoftStatus",
    "displayName",
    "homepage",
    "loginUrl",
    "logoutUrl",
    "notes",
    "notificationEmailAddresses",
    "preferredSingleSignOnMode",
    "preferredTokenSigningKeyThumbprint",
    "replyUrls",
    "resourceSpecificApplicationPermissions",
    "samlSingleSignOnSettings",
    "servicePrincipalNames",
    "servicePrincipalType",
    "signInAudience",
    "tags",
    "tokenEncryptionKeyId",
    "verifiedPublisher",
    "addIns",
    "appRoles",
    "info",
    "keyCredentials",
    "oauth2PermissionScopes",
    "passwordCredentials",
];

/// The properties of an assignment in wire order.
pub(crate) const ASSIGNMENT: &[&str] = &[
    "id",
    "deletedDateTime",
    "appRoleId",
    "createdDateTime",
    "principalDisplayName",
    "principalId",
    "principalType",
    "resourceDisplayName",
    "resourceId",
];

/// The chosen properties (`None`: all) as an object.
pub(crate) fn object(all: &[&'static str], chosen: Option<&[&'static str]>, value: impl Fn(&str) -> Value) -> Value {
    let mut map = Map::new();
    for name in chosen.unwrap_or(all) {
        map.insert((*name).to_owned(), value(name));
    }
    Value::Object(map)
}

/// One property of a service principal.
pub(crate) fn service_principal(row: &ServicePrincipal, name: &str) -> Value {
    match name {
        "id" => json!(row.id.to_string()),
        "accountEnabled" => json!(row.account_enabled),
        "alternativeNames" => json!(row.alternative_names),
        "appDisplayName" if !row.managed_identity => json!(row.display_name),
        "appId" => json!(row.app_id.to_string()),
        "appOwnerOrganizationId" => json!(row.owner_tenant.map(|id| id.to_string())),
        "appRoleAssignmentRequired" => json!(row.assignment_required),
        "createdDateTime" => json!(row.created),
        "description" => json!(row.description),
        "displayName" => json!(row.display_name),
        "homepage" => json!(row.homepage),
        "replyUrls" => json!(row.reply_urls),
        "servicePrincipalNames" => json!(row.names),
        "servicePrincipalType" => json!(if row.managed_identity { "ManagedIdentity" } else { "Application" }),
        "signInAudience" if !row.managed_identity => {
            json!(if row.verified_publisher.is_some() || row.tags.is_empty() {
                "AzureADMultipleOrgs"
            } else {
                "AzureADMyOrg"
            })
        }
        "tags" => json!(row.tags),
        "verifiedPublisher" => json!({
            "displayName": row.verified_publisher,
            "verifiedPublisherId": row.verified_publisher.as_ref().map(|_| "5206095"),
            "addedDateTime": row.verified_publisher.as_ref().map(|_| "2023-06-01T08:00:00Z"),
        }),
        "appRoles" => Value::Array(row.app_roles.iter().map(app_role).collect()),
        "info" => json!({
            "logoUrl": null, "marketingUrl": null, "privacyStatementUrl": null, "supportUrl": null,
            "termsOfServiceUrl": null,
        }),
        "oauth2PermissionScopes" => Value::Array(row.scopes.iter().map(scope).collect()),
        "notificationEmailAddresses"
        | "resourceSpecificApplicationPermissions"
        | "addIns"
        | "keyCredentials"
        | "passwordCredentials" => json!([]),
        _ => Value::Null,
    }
}

fn app_role(role: &AppRole) -> Value {
    let mut members = Vec::new();
    if role.for_users {
        members.push("User");
    }
    if role.for_applications {
        members.push("Application");
    }
    json!({
        "allowedMemberTypes": members,
        "description": role.description,
        "displayName": role.display_name,
        "id": role.id.to_string(),
        "isEnabled": role.enabled,
        "origin": "Application",
        "value": role.value,
    })
}

fn scope(scope: &DelegatedScope) -> Value {
    json!({
        "adminConsentDescription": scope.description,
        "adminConsentDisplayName": scope.display_name,
        "id": scope.id.to_string(),
        "isEnabled": true,
        "type": if scope.admin_only { "Admin" } else { "User" },
        "userConsentDescription": scope.description,
        "userConsentDisplayName": scope.display_name,
        "value": scope.value,
    })
}

/// One property of an assignment.
pub(crate) fn assignment(row: &Assignment, name: &str) -> Value {
    match name {
        "id" => json!(row.id),
        "appRoleId" => json!(row.app_role_id.to_string()),
        "createdDateTime" => json!(row.created),
        "principalDisplayName" => json!(row.principal_name),
        "principalId" => json!(row.principal_id.to_string()),
        "principalType" => json!(row.principal_type.as_str()),
        "resourceDisplayName" => json!(row.resource_name),
        "resourceId" => json!(row.resource_id.to_string()),
        _ => Value::Null,
    }
}
