//! How Graph writes the directory's objects: every property, in the order in which real bodies have them.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::tenant::TENANT_DOMAIN;
use crate::tenant::model::{AppRole, Application, Assignment, DelegatedScope, ServicePrincipal};

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

/// The properties of an application in wire order.
pub(crate) const APPLICATION: &[&str] = &[
    "id",
    "deletedDateTime",
    "appId",
    "applicationTemplateId",
    "disabledByMicrosoftStatus",
    "createdDateTime",
    "displayName",
    "description",
    "groupMembershipClaims",
    "identifierUris",
    "isDeviceOnlyAuthSupported",
    "isFallbackPublicClient",
    "nativeAuthenticationApisEnabled",
    "notes",
    "publisherDomain",
    "serviceManagementReference",
    "signInAudience",
    "tags",
    "tokenEncryptionKeyId",
    "uniqueName",
    "samlMetadataUrl",
    "defaultRedirectUri",
    "certification",
    "optionalClaims",
    "servicePrincipalLockConfiguration",
    "requestSignatureVerification",
    "addIns",
    "api",
    "appRoles",
    "info",
    "keyCredentials",
    "parentalControlSettings",
    "passwordCredentials",
    "publicClient",
    "requiredResourceAccess",
    "verifiedPublisher",
    "web",
    "spa",
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

/// Rows with their chosen properties (`None`: all) as the JSON text of an array. A page has tens of thousands of
/// values: they are written as they come.
pub(crate) fn array<T>(
    rows: impl IntoIterator<Item = T>,
    all: &[&'static str],
    chosen: Option<&[&'static str]>,
    value: impl Fn(&T, &str) -> Value,
) -> String {
    let mut text = String::from("[");
    for (index, row) in rows.into_iter().enumerate() {
        text.push_str(if index == 0 { "{" } else { ",{" });
        for (index, name) in chosen.unwrap_or(all).iter().enumerate() {
            text.push_str(if index == 0 { "\"" } else { ",\"" });
            text.push_str(name);
            text.push_str("\":");
            match value(&row, name) {
                Value::Null => text.push_str("null"),
                Value::Bool(flag) => text.push_str(if flag { "true" } else { "false" }),
                other => write!(text, "{other}").unwrap_or_default(),
            }
        }
        text.push('}');
    }
    text.push(']');
    text
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
    json!({
        "allowedMemberTypes": role.member_types().collect::<Vec<_>>(),
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

/// One property of an application.
pub(crate) fn application(row: &Application, name: &str) -> Value {
    match name {
        "id" => json!(row.id.to_string()),
        "appId" => json!(row.app_id.to_string()),
        "createdDateTime" => json!(row.created),
        "displayName" => json!(row.display_name),
        "description" => json!(row.description),
        "identifierUris" => json!(row.identifier_uris),
        "publisherDomain" => json!(TENANT_DOMAIN),
        "signInAudience" => json!(row.sign_in_audience),
        "tags" => json!(row.tags),
        "api" => json!({
            "acceptMappedClaims": null, "knownClientApplications": [], "requestedAccessTokenVersion": 2,
            "oauth2PermissionScopes": row.scopes.iter().map(scope).collect::<Vec<_>>(),
            "preAuthorizedApplications": [],
        }),
        "appRoles" => Value::Array(row.app_roles.iter().map(app_role).collect()),
        "info" => json!({
            "logoUrl": null, "marketingUrl": null, "privacyStatementUrl": null, "supportUrl": null,
            "termsOfServiceUrl": null,
        }),
        "parentalControlSettings" => json!({"countriesBlockedForMinors": [], "legalAgeGroupRule": "Allow"}),
        "verifiedPublisher" => json!({"displayName": null, "verifiedPublisherId": null, "addedDateTime": null}),
        "spa" => json!({"redirectUris": row.spa_redirects}),
        "publicClient" => json!({"redirectUris": row.native_redirects}),
        "web" => json!({
            "redirectUris": row.web_redirects, "homePageUrl": null, "logoutUrl": null,
            "implicitGrantSettings": {"enableIdTokenIssuance": false, "enableAccessTokenIssuance": false},
            "redirectUriSettings": [],
        }),
        "addIns" | "keyCredentials" | "passwordCredentials" | "requiredResourceAccess" => json!([]),
        _ => Value::Null,
    }
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
