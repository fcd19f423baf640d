//! Golden cases: every documented refusal of Graph is one row of a table, with where the fact comes from.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics says where"
)]

mod support;

use emulator::{Emulator, Running, Unverified, Uuid};
use serde_json::{Value, json};
use support::*;

/// A case: what is sent, what must come back, and the source of the fact.
struct Case {
    name: &'static str,
    method: &'static str,
    path: String,
    eventual: bool,
    body: Option<Value>,
    status: u16,
    code: &'static str,
    message: String,
    source: &'static str,
}

impl Case {
    fn new(
        name: &'static str,
        request: &str,
        status: u16,
        code: &'static str,
        message: &str,
        source: &'static str,
    ) -> Self {
        let (method, path) = request.split_once(' ').unwrap();
        let method = ["GET", "POST", "PATCH", "PUT", "DELETE"].into_iter().find(|known| *known == method).unwrap();
        let (path, message) = (path.to_owned(), message.to_owned());
        Self { name, method, path, eventual: false, body: None, status, code, message, source }
    }

    fn eventual(self) -> Self {
        Self { eventual: true, ..self }
    }

    fn body(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }
}

async fn check(graph: &Graph<'_>, case: &Case) {
    let headers: &[(&str, &str)] = if case.eventual { &[("ConsistencyLevel", "eventual")] } else { &[] };
    let (status, body) = graph.send(case.method, &case.path, headers, case.body.as_ref()).await;
    assert!(!case.source.is_empty());
    assert_eq!(
        (status, error(&body)),
        (case.status, (case.code, case.message.as_str())),
        "{}: {}",
        case.name,
        case.source
    );
}

struct Ids {
    identity: Uuid,
    stock: Uuid,
    stock_app: Uuid,
    held_role: Uuid,
    user_only: Uuid,
    shipments: Uuid,
    disabled: Uuid,
}

fn ids(running: &Running) -> Ids {
    let directory = running.directory();
    let stock = directory.api("Warehouse Stock API").unwrap();
    let shipments = directory.api("Shipment Tracking API").unwrap();
    Ids {
        identity: directory.identity("id-stock-sync").unwrap().id,
        stock: stock.id,
        stock_app: stock.app_id,
        held_role: stock.role("Stock.Read.All").unwrap().id,
        user_only: stock.role("Bays.Manage").unwrap().id,
        shipments: shipments.id,
        disabled: shipments.role("Tracking.Replay").unwrap().id,
    }
}

const NOBODY: &str = "11111111-1111-1111-1111-111111111111";
const BAD: &str = "Request_BadRequest";
const UNSUPPORTED: &str = "Request_UnsupportedQuery";
const GONE: &str = "Resource '11111111-1111-1111-1111-111111111111' does not exist or one of its queried reference-property objects are not present.";
const ADVANCED: &str = "is not supported because the required parameters might be missing. Try adding $count=true query \
     parameter and ConsistencyLevel:eventual header. Refer to https://aka.ms/graph-docs/advanced-queries for more information";

#[tokio::test]
async fn queries() {
    let running = start().await;
    let graph = Graph::writer(&running, "Ada Admin");
    let advanced = |operator: &str| format!("Operator '{operator}' {ADVANCED}");
    let unknown = |kind: &str| {
        format!(
            "Parsing OData Select and Expand failed: Could not find a property named 'foo' on type 'microsoft.graph.{kind}'."
        )
    };
    let cases = [
        Case::new(
            "page too large",
            "GET /servicePrincipals?$top=1000",
            400,
            UNSUPPORTED,
            "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive.",
            "captured: steampipe azuread plugin",
        ),
        Case::new(
            "page too large",
            "GET /applications?$top=1000",
            400,
            UNSUPPORTED,
            "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive.",
            "captured: steampipe azuread plugin",
        ),
        Case::new(
            "unknown property selected",
            "GET /servicePrincipals?$select=foo",
            400,
            "BadRequest",
            &unknown("servicePrincipal"),
            "captured",
        ),
        Case::new(
            "unknown property selected",
            "GET /applications?$select=foo",
            400,
            "BadRequest",
            &unknown("application"),
            "as for servicePrincipals",
        ),
        Case::new(
            "unknown segment",
            "GET /foo",
            400,
            "BadRequest",
            "Resource not found for the segment 'foo'.",
            "captured: public logs",
        ),
        Case::new(
            "unknown segment below",
            "GET /servicePrincipals/11111111-1111-1111-1111-111111111111/foo",
            400,
            "BadRequest",
            "Resource not found for the segment 'foo'.",
            "captured: public logs",
        ),
        Case::new("id no GUID", "GET /servicePrincipals/x", 400, BAD, "Invalid object identifier 'x'.", "captured"),
        Case::new(
            "id unknown",
            "GET /servicePrincipals/11111111-1111-1111-1111-111111111111",
            404,
            "Request_ResourceNotFound",
            GONE,
            "captured: pnp/cli-microsoft365",
        ),
        Case::new(
            "app id unknown",
            "GET /servicePrincipals(appId='11111111-1111-1111-1111-111111111111')",
            404,
            "Request_ResourceNotFound",
            GONE,
            "captured: pnp/cli-microsoft365",
        ),
        Case::new(
            "application unknown",
            "GET /applications/11111111-1111-1111-1111-111111111111",
            404,
            "Request_ResourceNotFound",
            GONE,
            "captured: pnp/cli-microsoft365",
        ),
        Case::new(
            "method",
            "PUT /servicePrincipals",
            405,
            BAD,
            "Specified HTTP method is not allowed for the request target.",
            "documented: json-batching",
        ),
        Case::new(
            "method",
            "DELETE /me",
            405,
            BAD,
            "Specified HTTP method is not allowed for the request target.",
            "documented: json-batching",
        ),
        Case::new(
            "$count without header",
            "GET /servicePrincipals/$count",
            400,
            BAD,
            "$count is not currently supported.",
            "documented: aad-advanced-queries",
        ),
        Case::new(
            "$search without header",
            "GET /servicePrincipals?$search=\"displayName:x\"",
            400,
            UNSUPPORTED,
            "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'",
            "documented: aad-advanced-queries",
        ),
        Case::new(
            "endsWith without parameters",
            "GET /servicePrincipals?$filter=endsWith(displayName,'x')",
            400,
            UNSUPPORTED,
            &advanced("endsWith"),
            "documented: aad-advanced-queries",
        ),
        Case::new(
            "ne without parameters",
            "GET /servicePrincipals?$filter=displayName ne 'x'",
            400,
            UNSUPPORTED,
            &advanced("ne"),
            "documented: aad-advanced-queries",
        ),
        Case::new(
            "ne with header alone",
            "GET /servicePrincipals?$filter=displayName ne 'x'",
            400,
            UNSUPPORTED,
            &advanced("ne"),
            "documented: aad-advanced-queries",
        )
        .eventual(),
        Case::new(
            "ne with $count alone",
            "GET /servicePrincipals?$count=true&$filter=displayName ne 'x'",
            400,
            UNSUPPORTED,
            &advanced("ne"),
            "documented: aad-advanced-queries",
        ),
        Case::new(
            "not without parameters",
            "GET /servicePrincipals?$filter=not startswith(displayName,'x')",
            400,
            UNSUPPORTED,
            &advanced("not"),
            "documented: aad-advanced-queries",
        ),
        Case::new(
            "property not indexed",
            "GET /servicePrincipals?$filter=createdDateTime ge 2021-01-01",
            400,
            UNSUPPORTED,
            "Unsupported or invalid query filter clause specified for property 'createdDateTime' of resource 'ServicePrincipal'.",
            "documented: aad-advanced-queries",
        ),
        Case::new(
            "property not indexed",
            "GET /servicePrincipals?$filter=notes eq 'x'",
            400,
            UNSUPPORTED,
            "Unsupported or invalid query filter clause specified for property 'notes' of resource 'ServicePrincipal'.",
            "documented: aad-advanced-queries",
        ),
        Case::new(
            "property unknown",
            "GET /servicePrincipals?$filter=foo eq 'x'",
            400,
            "BadRequest",
            "Invalid filter clause: Could not find a property named 'foo' on type 'microsoft.graph.servicePrincipal'.",
            "captured pattern",
        ),
        Case::new(
            "operator not supported",
            "GET /servicePrincipals?$filter=appOwnerOrganizationId ge f8cdef31-a31e-4b4a-93e4-5f571e91255a",
            400,
            UNSUPPORTED,
            "Unsupported or invalid query filter clause specified for property 'appOwnerOrganizationId' of resource 'ServicePrincipal'.",
            "documented: resource page",
        ),
        Case::new(
            "GUID in quotes",
            "GET /servicePrincipals?$filter=appOwnerOrganizationId eq 'f8cdef31-a31e-4b4a-93e4-5f571e91255a'",
            400,
            "BadRequest",
            "Invalid filter clause: A binary operator with incompatible types was detected. Found operand types 'Edm.Guid' and 'Edm.String' for operator kind 'Equal'.",
            "captured",
        ),
        Case::new(
            "page token",
            "GET /servicePrincipals?$skiptoken=x",
            400,
            "Directory_ExpiredPageToken",
            "The specified page token value has expired and can no longer be included in your request.",
            "F-37",
        ),
    ];
    for case in &cases {
        check(&graph, case).await;
    }
}

#[tokio::test]
async fn assignments() {
    let running = start().await;
    let Ids { identity, stock, stock_app, held_role, user_only, shipments, disabled } = ids(&running);
    let graph = Graph::writer(&running, "Ada Admin");
    let to = |resource: Uuid| format!("POST /servicePrincipals/{resource}/appRoleAssignedTo");
    let post = |name, resource: Uuid, body, status, code, message: &str, source| {
        Case::new(name, &to(resource), status, code, message, source).body(body)
    };
    let not_found = format!("Permission being assigned was not found on application '{stock_app}'.");
    let before = running.directory().assignments();
    let cases = [
        post(
            "duplicate",
            stock,
            assignment(&identity, &stock, &held_role),
            400,
            BAD,
            "Permission being assigned already exists on the object",
            "captured: more than ten public clients",
        ),
        post(
            "role unknown",
            stock,
            assignment(&identity, &stock, &NOBODY),
            400,
            BAD,
            &not_found,
            "captured: public clients",
        ),
        post(
            "role of another member type",
            stock,
            assignment(&identity, &stock, &user_only),
            400,
            BAD,
            &not_found,
            "inferred, a switch",
        ),
        post(
            "role disabled",
            stock,
            assignment(&identity, &stock, &disabled),
            400,
            BAD,
            &not_found,
            "inferred, a switch",
        ),
        post(
            "default access where roles are declared",
            stock,
            assignment(&identity, &stock, &Uuid::nil()),
            400,
            BAD,
            &not_found,
            "documented: resources/approleassignment",
        ),
        post(
            "path and body differ",
            stock,
            assignment(&identity, &shipments, &held_role),
            400,
            BAD,
            "Not a valid reference update.",
            "documented: Learn",
        ),
        post(
            "principal unknown",
            stock,
            assignment(&NOBODY, &stock, &held_role),
            404,
            "Request_ResourceNotFound",
            GONE,
            "captured",
        ),
        post(
            "resource unknown",
            NOBODY.parse().unwrap(),
            assignment(&identity, &NOBODY, &held_role),
            404,
            "Request_ResourceNotFound",
            GONE,
            "captured",
        ),
        post(
            "appRoleId missing",
            stock,
            json!({"principalId": identity, "resourceId": stock}),
            400,
            BAD,
            "A value is required for property 'appRoleId' of resource 'AppRoleAssignment'.",
            "captured pattern, a switch",
        ),
        post(
            "read-only property",
            stock,
            json!({"principalId": identity, "resourceId": stock, "appRoleId": held_role, "id": "x"}),
            400,
            BAD,
            "One or more properties are invalid.",
            "captured",
        ),
        Case::new(
            "role id instead of assignment id",
            &format!("DELETE /servicePrincipals/{stock}/appRoleAssignedTo/{held_role}"),
            400,
            BAD,
            "Invalid resource identifier for EntitlementGrant",
            "captured: msgraph-sdk-powershell #3142",
        ),
        Case::new(
            "filter on the relationship",
            &format!("GET /servicePrincipals/{stock}/appRoleAssignedTo?$filter=resourceId eq {stock}"),
            400,
            UNSUPPORTED,
            &format!("Operator 'filter' {ADVANCED}"),
            "documented: aad-advanced-queries",
        ),
    ];
    for case in &cases {
        check(&graph, case).await;
    }
    assert_eq!(running.directory().assignments(), before);
    let away = before[0].id.clone();
    assert!(running.directory().remove_assignment(&away));
    let holder = before[0].resource_id;
    let message =
        format!("Resource '{away}' does not exist or one of its queried reference-property objects are not present.");
    let gone = format!("DELETE /servicePrincipals/{holder}/appRoleAssignedTo/{away}");
    check(&graph, &Case::new("gone already", &gone, 404, "Request_ResourceNotFound", &message, "documented")).await;
}

#[tokio::test]
async fn applications() {
    let running = start().await;
    let graph =
        Graph::with_token(&running, running.token_for("Gloria Global").scopes(&["Application.ReadWrite.All"]).sign());
    let app = graph.application("Rates API").await;
    let (id, app_id, roles) = (app["id"].as_str().unwrap(), app["appId"].as_str().unwrap(), app["appRoles"].clone());
    let role = |id: &str, value: &str| json!({"id": id, "value": value, "displayName": "d", "description": "d", "isEnabled": true, "allowedMemberTypes": ["Application"]});
    let with = |extra: Value| {
        let mut all = sent(&roles);
        all.push(extra);
        json!({"appRoles": all})
    };
    let patch = format!("PATCH /applications/{id}");
    let exists = format!(
        "The service principal cannot be created, updated, or restored because the service principal name {app_id} is already in use."
    );
    let invalid = |property: &str| format!("Invalid value specified for property '{property}' of resource 'AppRole'.");
    let new = "8a3f63c3-1d3c-4b7a-9c53-0d3f3d3c1a01";
    let mut renamed = sent(&roles);
    renamed[0]["value"] = json!("Rates.Other");
    let mut origin = sent(&roles);
    origin[0]["origin"] = json!("Application");
    let mut nobody = role(new, "New");
    nobody["allowedMemberTypes"] = json!([]);
    let cases = [
        Case::new("no name", "POST /applications", 400, BAD, "A value is required for property 'displayName' of resource 'Application'.", "captured pattern").body(json!({})),
        Case::new("enabled role removed", &patch, 400, "CannotDeleteOrUpdateEnabledEntitlement", "Permission (scope or role) cannot be deleted or updated unless disabled first.", "captured: hashicorp/go-azure-sdk").body(json!({"appRoles": []})),
        Case::new("enabled role changed", &patch, 400, "CannotDeleteOrUpdateEnabledEntitlement", "Permission (scope or role) cannot be deleted or updated unless disabled first.", "captured: hashicorp/go-azure-sdk").body(json!({"appRoles": renamed})),
        Case::new("value twice", &patch, 400, BAD, "Request contains a property with duplicate values.", "captured: public clients").body(with(role(new, "Rates.Read"))),
        Case::new("id twice", &patch, 400, BAD, "Request contains a property with duplicate values.", "captured: public clients").body(with(role(roles[0]["id"].as_str().unwrap(), "New"))),
        Case::new("value with a space", &patch, 400, BAD, &invalid("value"), "documented: resources/approle; wording inferred").body(with(role(new, "Rates Read"))),
        Case::new("value begins with a stop", &patch, 400, BAD, &invalid("value"), "documented: resources/approle; wording inferred").body(with(role(new, ".Read"))),
        Case::new("value too long", &patch, 400, BAD, &invalid("value"), "documented: resources/approle; wording inferred").body(with(role(new, &"x".repeat(121)))),
        Case::new("nobody may have it", &patch, 400, BAD, &invalid("allowedMemberTypes"), "documented: resources/approle; wording inferred").body(with(nobody)),
        Case::new("origin sent", &patch, 400, BAD, "One or more properties are invalid.", "documented: resources/approle; wording inferred").body(json!({"appRoles": origin})),
        Case::new("service principal exists", "POST /servicePrincipals", 409, "Request_MultipleObjectsWithSameKeyValue", &exists, "captured").body(json!({"appId": app_id})),
        Case::new("no application behind it", "POST /servicePrincipals", 400, BAD, "The appId '11111111-1111-1111-1111-111111111111' of the service principal does not reference a valid application object.", "captured").body(json!({"appId": NOBODY})),
    ];
    for case in &cases {
        check(&graph, case).await;
    }
    assert_eq!(graph.application("Rates API").await, app);
    let (_, conflict) = graph.send("POST", "/servicePrincipals", &[], Some(&json!({"appId": app_id}))).await;
    assert_eq!(conflict["error"]["details"][0]["code"], "ObjectConflict");
}

#[tokio::test]
async fn rights() {
    let running = start().await;
    let audit = "GET /auditLogs/directoryAudits";
    let denied = |name, request: &str| {
        Case::new(
            name,
            request,
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
            "documented: json-batching",
        )
    };
    let cases: [(&str, &[&str], Case); 4] = [
        ("Ada Admin", &["User.Read"], denied("scope for reading missing", "GET /servicePrincipals")),
        (
            "Rita Reader",
            &["Application.ReadWrite.All"],
            denied("role for creating missing", "POST /servicePrincipals").body(json!({"appId": NOBODY})),
        ),
        (
            "Ada Admin",
            &["User.Read"],
            Case::new(
                "audit scope",
                audit,
                403,
                "Authentication_MSGraphPermissionMissing",
                "The principal does not have required Microsoft Graph permission(s): AuditLog.Read.All to call this API.",
                "captured: public clients",
            ),
        ),
        (
            "Rita Reader",
            &["AuditLog.Read.All"],
            Case::new(
                "audit role",
                audit,
                403,
                "Authentication_RequestFromUnsupportedUserRole",
                "User is not in the allowed roles",
                "captured: public clients",
            ),
        ),
    ];
    for (account, scopes, case) in &cases {
        check(&Graph::with_token(&running, running.token_for(account).scopes(scopes).sign()), case).await;
    }
    let tokens = [
        ("", "Access token is empty.", "captured: public logs"),
        ("x", "CompactToken parsing failed with error code: 80049217", "captured"),
        (
            &running.token_for("Ada Admin").expires_in(-1).sign(),
            "Lifetime validation failed, the token is expired.",
            "captured 2024-02-02",
        ),
    ];
    for (token, message, source) in tokens {
        let case = Case::new("token", "GET /me", 401, "InvalidAuthenticationToken", message, source);
        check(&Graph::with_token(&running, token.to_owned()), &case).await;
    }
}

#[tokio::test]
async fn batches() {
    let running = start().await;
    let graph = Graph::writer(&running, "Ada Admin");
    let get = |id: &str| json!({"id": id, "method": "GET", "url": "/me"});
    let many: Vec<Value> = (0..21).map(|n| get(&n.to_string())).collect();
    let malformed = |what: &str| format!("Invalid batch payload format: {what}.");
    let case = |name, requests: Value, message: &str, source| {
        Case::new(name, "POST /$batch", 400, "BadRequest", message, source).body(json!({"requests": requests}))
    };
    let mut circle = [get("a"), get("b")];
    circle[0]["dependsOn"] = json!(["b"]);
    circle[1]["dependsOn"] = json!(["a"]);
    let mut stranger = get("a");
    stranger["dependsOn"] = json!(["z"]);
    let cases = [
        case(
            "too many",
            json!(many),
            "Number of batch request steps exceeds the maximum value of 20.",
            "client's wording, a switch",
        ),
        case(
            "ids not unique",
            json!([get("a"), get("A")]),
            &malformed("the id 'A' is empty or not unique"),
            "documented: json-batching; wording inferred",
        ),
        case("nothing", json!([]), &malformed("there are no requests"), "documented: json-batching; wording inferred"),
        case(
            "circle",
            json!(circle),
            &malformed("dependsOn runs in a circle"),
            "documented: json-batching; wording inferred",
        ),
        case(
            "unknown dependency",
            json!([stranger]),
            &malformed("dependsOn names the unknown id 'z'"),
            "documented: json-batching; wording inferred",
        ),
        Case::new(
            "method",
            "GET /$batch",
            405,
            BAD,
            "Specified HTTP method is not allowed for the request target.",
            "documented: json-batching",
        ),
    ];
    for case in &cases {
        check(&graph, case).await;
    }
}

/// What the facts leave open reads the other way with every switch thrown.
#[tokio::test]
async fn the_other_reading_of_what_is_not_verified() {
    let unverified = Unverified {
        default_page_size: 50,
        duplicate_ends_with_stop: true,
        role_not_found_names_application: false,
        missing_role_is_named: false,
        application_scope_grants_graph_roles: true,
        guests_may_list: true,
        batch_too_large_code: "MaximumValueExceeded",
        gateway_errors_in_html: true,
        ..Unverified::default()
    };
    let running = start_with(Emulator::builder().unverified(unverified)).await;
    let Ids { identity, stock, held_role, .. } = ids(&running);
    let graph = Graph::writer(&running, "Ada Admin");
    let to = format!("POST /servicePrincipals/{stock}/appRoleAssignedTo");
    let post = |name, body, message| Case::new(name, &to, 400, BAD, message, "the other reading").body(body);
    check(
        &graph,
        &post(
            "duplicate",
            assignment(&identity, &stock, &held_role),
            "Permission being assigned already exists on the object.",
        ),
    )
    .await;
    check(
        &graph,
        &post(
            "role",
            assignment(&identity, &stock, &NOBODY),
            "Permission being assigned was not found on application.",
        ),
    )
    .await;
    check(
        &graph,
        &post("missing", json!({"principalId": identity, "resourceId": stock}), "One or more properties are invalid."),
    )
    .await;
    let many: Vec<Value> = (0..21).map(|n| json!({"id": n.to_string(), "method": "GET", "url": "/me"})).collect();
    let too_many = Case::new(
        "batch",
        "POST /$batch",
        400,
        "MaximumValueExceeded",
        "Number of batch request steps exceeds the maximum value of 20.",
        "the other reading",
    );
    check(&graph, &too_many.body(json!({"requests": many}))).await;
    assert_eq!(graph.get("/servicePrincipals?$select=id").await.1["value"].as_array().unwrap().len(), 50);
    assert_eq!(Graph::writer(&running, "Gus Guest").get("/servicePrincipals?$select=id").await.0, 200);
    // Application.ReadWrite.All for a role of Microsoft Graph.
    let graph =
        Graph::with_token(&running, running.token_for("Ada Admin").scopes(&["Application.ReadWrite.All"]).sign());
    let api = running.directory().api("Microsoft Graph").unwrap();
    let role = api.role("User.Read.All").unwrap().id;
    let path = format!("/servicePrincipals/{}/appRoleAssignedTo", api.id);
    assert_eq!(graph.post(&path, &assignment(&identity, &api.id, &role)).await.0, 201);
    running.fail_next(emulator::Matcher::graph(), emulator::Fault::status(502));
    let answer = graph.response("/me", &[]).await;
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()),
        (502, "text/html; charset=us-ascii")
    );
}

/// What Graph has and the emulator has not is neither refused in Graph's words nor made up.
#[tokio::test]
async fn what_is_missing_says_so() {
    let running = start().await;
    let graph = Graph::with_token(
        &running,
        running
            .token_for("Gloria Global")
            .scopes(&["User.Read", "Application.ReadWrite.All", "AuditLog.Read.All"])
            .sign(),
    );
    let id = running.directory().api("Rates API").unwrap().id;
    let app = graph.application("Rates API").await["id"].as_str().unwrap().to_owned();
    let requests = [
        ("GET", "/users".to_owned(), None, "/users"),
        ("GET", "/me/messages".to_owned(), None, "/me/messages"),
        ("GET", format!("/servicePrincipals/{id}/owners"), None, "…/owners"),
        ("PATCH", format!("/servicePrincipals/{id}"), Some(json!({"tags": []})), "changing a service principal"),
        ("DELETE", format!("/servicePrincipals/{id}"), None, "deleting a service principal"),
        ("DELETE", format!("/applications/{app}"), None, "deleting an application"),
        ("PATCH", format!("/applications/{app}"), Some(json!({"notes": "x"})), "setting notes of an application"),
        ("GET", "/applications/delta".to_owned(), None, "/applications/delta"),
        ("GET", "/servicePrincipals?$expand=owners".to_owned(), None, "$expand"),
        ("GET", "/servicePrincipals?$format=xml".to_owned(), None, "$format=xml"),
        (
            "GET",
            "/servicePrincipals?$filter=length(displayName) eq 3".to_owned(),
            None,
            "the function length in $filter",
        ),
        ("GET", "/servicePrincipals?$filter=tags/all(t:t eq 'x')".to_owned(), None, "tags/all() in $filter"),
        (
            "GET",
            "/auditLogs/directoryAudits?$filter=targetResources/any(t:t/id eq 'x')".to_owned(),
            None,
            "targetResources/any() in $filter",
        ),
        ("GET", "/organization?$filter=id eq 'x'".to_owned(), None, "$filter on /v1.0/organization"),
        ("GET", "/me?$top=1".to_owned(), None, "$top on /v1.0/me"),
        ("GET", "/servicePrincipals?top=1".to_owned(), None, "the query option top without $"),
        ("GET", "/servicePrincipals?$count=maybe".to_owned(), None, "$count=maybe"),
        (
            "GET",
            "/servicePrincipals?$filter=owners/$count eq 0".to_owned(),
            None,
            "$count and other segments with $ in $filter",
        ),
        (
            "GET",
            "/servicePrincipals?$filter=startswith(displayName,'a') eq true".to_owned(),
            None,
            "comparing startswith() in $filter",
        ),
        (
            "GET",
            "/servicePrincipals?$filter='a' eq displayName".to_owned(),
            None,
            "a text before an operator in $filter",
        ),
        ("PATCH", "/me".to_owned(), Some(json!({"mail": "x"})), "changing /me"),
        ("POST", "/servicePrincipals?$select=id".to_owned(), Some(json!({})), "$select on /v1.0/servicePrincipals"),
        ("POST", "/servicePrincipals/getByIds".to_owned(), Some(json!({})), "/servicePrincipals/getByIds"),
        ("GET", "/applications(uniqueName='x')".to_owned(), None, "the key uniqueName='x'"),
        ("GET", format!("/applications/{app}/displayName"), None, "…/displayName"),
        ("GET", "/serviceprincipals".to_owned(), None, "/serviceprincipals"),
    ];
    for (number, (method, path, body, missing)) in requests.iter().enumerate() {
        let (status, answer) = graph.send(method, path, &[], body.as_ref()).await;
        let message = format!("The emulator does not implement {missing}.");
        assert_eq!((status, error(&answer)), (501, ("notImplemented", message.as_str())), "{method} {path}");
        assert!(running.unimplemented()[number].ends_with(&message));
    }
    for header in [
        ("Prefer", "odata.maxpagesize=5"),
        ("X-HTTP-Method", "PATCH"),
        ("ConsistencyLevel", "session"),
        ("Accept", "application/json;odata.metadata=full"),
        ("Accept", "application/xml"),
    ] {
        assert_eq!(graph.send("GET", "/me", &[header], None).await.0, 501, "{header:?}");
    }
}
