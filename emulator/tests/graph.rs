//! Graph as the real one does it: lists and their queries, assignments and their refusals, tokens and rights.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics says where"
)]

mod support;

use std::collections::HashSet;
use std::time::Duration;

use emulator::{Emulator, Running, Uuid};
use serde_json::{Value, json};
use support::*;

const GRAPH_APP: &str = "00000003-0000-0000-c000-000000000000";
const ZERO: &str = "00000000-0000-0000-0000-000000000000";
const INSUFFICIENT: (&str, &str) =
    ("Authorization_RequestDenied", "Insufficient privileges to complete the operation.");

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn ids(rows: &[Value]) -> HashSet<String> {
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_identity_comes_once_whatever_the_page_size() {
    let running = start_with(Emulator::builder().identities(250)).await;
    let graph = Graph::writer(&running, "Ada Admin");
    let filter = encode("servicePrincipalType eq 'ManagedIdentity'");
    let expected: HashSet<String> = running.directory().identities().iter().map(|row| row.id.to_string()).collect();
    assert_eq!(expected.len(), 250);
    for (top, pages) in [("&$top=999", 1), ("&$top=250", 1), ("&$top=249", 2), ("&$top=7", 36), ("", 3)] {
        let path = format!("/servicePrincipals?$filter={filter}&$select=id,displayName,alternativeNames{top}");
        let (rows, count) = graph.all(&path).await;
        assert_eq!(rows.len(), 250, "{top}");
        assert_eq!(ids(&rows), expected);
        assert_eq!(count, pages, "{top}");
    }
    let (_, page) = graph.get(&format!("/servicePrincipals?$filter={filter}&$select=id,appId&$top=2")).await;
    let base = running.graph_url();
    assert_eq!(page["@odata.context"], format!("{base}/v1.0/$metadata#servicePrincipals(id,appId)"));
    assert!(page.get("@odata.count").is_none());
    let next = page["@odata.nextLink"].as_str().unwrap();
    let prefix = format!(
        "{base}/v1.0/servicePrincipals?$filter=servicePrincipalType+eq+%27ManagedIdentity%27&$select=id%2cappId&$top=2&$skiptoken="
    );
    assert!(next.starts_with(&prefix), "{next}");
}

#[tokio::test]
async fn a_full_body_has_every_property_and_the_tip() {
    let running = start().await;
    let graph = Graph::writer(&running, "Rita Reader");
    let (status, body) = graph.get("/servicePrincipals?$filter=displayName%20eq%20'vm-jumphost'").await;
    assert_eq!(status, 200);
    assert_eq!(body["@odata.context"], format!("{}/v1.0/$metadata#servicePrincipals", running.graph_url()));
    assert!(body["@microsoft.graph.tips"].is_string());
    let row = &body["value"][0];
    assert_eq!(row["servicePrincipalType"], "ManagedIdentity");
    // An old identity: its host, and no isExplicit.
    assert_eq!(row["alternativeNames"].as_array().unwrap().len(), 1);
    assert!(row["alternativeNames"][0].as_str().unwrap().contains("/resourcegroups/"));
    assert_eq!(row["appDisplayName"], Value::Null);
    assert_eq!(row["appOwnerOrganizationId"], Value::Null);
    assert_eq!(row["servicePrincipalNames"][0], row["appId"]);
    assert!(row["servicePrincipalNames"][1].as_str().unwrap().starts_with("https://identity.azure.net/"));
    let keys: Vec<&String> = row.as_object().unwrap().keys().collect();
    assert_eq!((keys[0].as_str(), keys[1].as_str()), ("id", "deletedDateTime"));
    assert_eq!(keys.len(), 36);
}

#[tokio::test]
async fn microsoft_graph_is_found_by_its_app_id_with_all_its_roles() {
    let running = start().await;
    let graph = Graph::writer(&running, "Ada Admin");
    let (status, body) = graph.get(&format!("/servicePrincipals(appId='{GRAPH_APP}')")).await;
    assert_eq!(status, 200);
    assert_eq!(body["appRoles"].as_array().unwrap().len(), 716);
    assert_eq!(body["@odata.context"], format!("{}/v1.0/$metadata#servicePrincipals/$entity", running.graph_url()));
    let role = body["appRoles"].as_array().unwrap().iter().find(|role| role["value"] == "User.Read.All").unwrap();
    assert_eq!(role["id"], "df021288-bdef-4463-88db-98f22de89214");
    assert_eq!(role["displayName"], "Read all users");
    assert_eq!(role["allowedMemberTypes"], json!(["Application"]));
    let id = body["id"].as_str().unwrap();
    let (status, chosen) = graph.get(&format!("/servicePrincipals/{id}?$select=displayName,id")).await;
    assert_eq!((status, &chosen["displayName"]), (200, &json!("Microsoft Graph")));
    assert_eq!(chosen.as_object().unwrap().len(), 3);
}

#[tokio::test]
async fn filters_find_what_they_should() {
    let running = start().await;
    let graph = Graph::writer(&running, "Ada Admin");
    let all = running.directory().service_principals();
    let cases: Vec<(&str, usize)> = vec![
        ("displayName eq 'RATES api'", 2),
        ("displayName eq 'id-deploy'", 2),
        ("startswith(displayName,'func-')", all.iter().filter(|row| row.display_name.starts_with("func-")).count()),
        ("appId eq '00000003-0000-0ff1-ce00-000000000000'", 1),
        ("accountEnabled eq false", 2),
        ("servicePrincipalType eq 'ManagedIdentity' and accountEnabled eq false", 1),
        ("displayName in ('aks-platform-prod', 'aks-platform-dev', 'nobody')", 2),
        ("(displayName eq 'crlarkspur' or displayName eq 'aa-nightly-jobs') and accountEnabled eq true", 2),
        ("appOwnerOrganizationId eq f8cdef31-a31e-4b4a-93e4-5f571e91255a", 25),
        (
            "alternativeNames/any(a:a eq 'isExplicit=True')",
            all.iter().filter(|row| row.alternative_names.iter().any(|name| name == "isExplicit=True")).count(),
        ),
        ("displayName eq '<img src=x onerror=alert(1)>'", 1),
    ];
    for (filter, count) in cases {
        let (rows, _) = graph.all(&format!("/servicePrincipals?$select=id&$top=999&$filter={}", encode(filter))).await;
        assert_eq!(rows.len(), count, "{filter}");
    }
    // `+`, `%20` and lower-case hexadecimal are read alike.
    for text in
        ["displayName%20eq%20%27crlarkspur%27", "displayName+eq+'crlarkspur'", "displayName+eq+%27crlarkspur%27"]
    {
        assert_eq!(
            graph.get(&format!("/servicePrincipals?$filter={text}")).await.1["value"].as_array().unwrap().len(),
            1
        );
    }
}

/// F-45
#[tokio::test]
async fn advanced_queries_need_their_header_and_count() {
    let running = start().await;
    let graph = Graph::writer(&running, "Ada Admin");
    let unsupported = |body: &Value| error(body).0 == "Request_UnsupportedQuery";

    let (status, body) = graph.get("/servicePrincipals?$search=\"displayName:platform\"").await;
    assert_eq!(status, 400);
    assert_eq!(
        error(&body),
        (
            "Request_UnsupportedQuery",
            "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'"
        )
    );
    let (status, body) = graph.get_eventual("/servicePrincipals?$search=\"displayName:platform\"").await;
    assert_eq!(status, 200);
    assert_eq!(body["value"].as_array().unwrap().len(), 3);
    assert_eq!(graph.get_eventual("/servicePrincipals?$search=displayName:platform").await.0, 400);

    let (status, body) = graph.get("/servicePrincipals?$orderby=displayName").await;
    assert!(status == 400 && unsupported(&body), "{body}");
    let (status, body) = graph.get_eventual("/servicePrincipals?$orderby=displayName").await;
    assert!(status == 400 && unsupported(&body), "{body}");
    let path = "/servicePrincipals?$orderby=displayName%20desc&$count=true&$top=5&$filter=startswith(displayName,'a')";
    let (status, body) = graph.get_eventual(path).await;
    assert_eq!(status, 200, "{body}");
    let names: Vec<String> = body["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["displayName"].as_str().unwrap().to_lowercase())
        .collect();
    let mut sorted = names.clone();
    sorted.sort();
    sorted.reverse();
    assert_eq!(names, sorted);
    assert!(body["@odata.count"].as_u64().unwrap() > 5);
    // The header must be sent again, and the count is told once.
    let next = body["@odata.nextLink"].as_str().unwrap();
    assert_eq!(graph.get(next).await.0, 400);
    let (status, second) = graph.get_eventual(next).await;
    assert_eq!(status, 200);
    assert!(second.get("@odata.count").is_none());

    let (status, body) = graph.get("/servicePrincipals?$count=true&$top=1").await;
    assert!(status == 200 && body.get("@odata.count").is_none());
    let (_, body) = graph.get_eventual("/servicePrincipals?$count=true&$top=1").await;
    assert_eq!(body["@odata.count"], running.directory().service_principals().len());

    let (status, body) = graph.get("/servicePrincipals/$count").await;
    assert_eq!((status, error(&body)), (400, ("Request_BadRequest", "$count is not currently supported.")));
    let answer = graph.response("/servicePrincipals/$count", &[("ConsistencyLevel", "eventual")]).await;
    assert_eq!(answer.headers()["content-type"], "text/plain");
    assert_eq!(answer.text().await.unwrap(), running.directory().service_principals().len().to_string());

    for filter in ["displayName ne 'x'", "not startswith(displayName,'a')", "endsWith(displayName,'prod')"] {
        let path = format!("/servicePrincipals?$top=1&$filter={}", encode(filter));
        let (status, body) = graph.get(&path).await;
        assert!(status == 400 && error(&body).1.contains("ConsistencyLevel:eventual"), "{filter}: {body}");
        assert_eq!(graph.get_eventual(&format!("{path}&$count=true")).await.0, 200, "{filter}");
    }
}

#[tokio::test]
async fn queries_that_are_refused() {
    let running = start().await;
    let graph = Graph::writer(&running, "Ada Admin");
    let cases = [
        (
            "/servicePrincipals?$top=1000",
            "Request_UnsupportedQuery",
            "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive.",
        ),
        (
            "/servicePrincipals?$top=0",
            "Request_UnsupportedQuery",
            "Invalid page size specified: '0'. Must be between 1 and 999 inclusive.",
        ),
        (
            "/servicePrincipals?$top=x",
            "Request_UnsupportedQuery",
            "Invalid page size specified: 'x'. Must be between 1 and 999 inclusive.",
        ),
        (
            "/servicePrincipals?$select=foo",
            "BadRequest",
            "Parsing OData Select and Expand failed: Could not find a property named 'foo' on type 'microsoft.graph.servicePrincipal'.",
        ),
        (
            "/servicePrincipals?$filter=createdDateTime%20ge%202021-01-01",
            "Request_UnsupportedQuery",
            "Unsupported or invalid query filter clause specified for property 'createdDateTime' of resource 'ServicePrincipal'.",
        ),
        (
            "/servicePrincipals?$filter=foo%20eq%20'x'",
            "BadRequest",
            "Invalid filter clause: Could not find a property named 'foo' on type 'microsoft.graph.servicePrincipal'.",
        ),
        ("/foo", "BadRequest", "Resource not found for the segment 'foo'."),
        ("/servicePrincipals/not-a-guid", "Request_BadRequest", "Invalid object identifier 'not-a-guid'."),
        ("/servicePrincipals?$skip=10", "Request_UnsupportedQuery", "'$skip' is not supported by the service."),
        (
            "/servicePrincipals?$skiptoken=nonsense",
            "Directory_ExpiredPageToken",
            "The specified page token value has expired and can no longer be included in your request.",
        ),
    ];
    for (path, code, message) in cases {
        let (status, body) = graph.get(path).await;
        assert_eq!((status, error(&body)), (400, (code, message)), "{path}");
    }
    for filter in [
        "displayName eq 'x",
        "displayName",
        "displayName eq",
        "appOwnerOrganizationId eq 'f8cdef31-a31e-4b4a-93e4-5f571e91255a'",
        "contains(displayName,'x')",
    ] {
        let (status, body) = graph.get(&format!("/servicePrincipals?$filter={}", encode(filter))).await;
        assert_eq!(status, 400, "{filter}: {body}");
    }
    let unknown = "5b31c38c-2584-42f0-aa47-657fb3a84230";
    let (status, body) = graph.get(&format!("/servicePrincipals/{unknown}")).await;
    let message = format!(
        "Resource '{unknown}' does not exist or one of its queried reference-property objects are not present."
    );
    assert_eq!((status, error(&body)), (404, ("Request_ResourceNotFound", message.as_str())));
    let answer = reqwest::Client::new()
        .put(format!("{}/v1.0/servicePrincipals", running.graph_url()))
        .bearer_auth(&graph.token)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 405);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(error(&body), ("Request_BadRequest", "Specified HTTP method is not allowed for the request target."));
    let answer = reqwest::Client::new()
        .get(format!("{}/beta/me", running.graph_url()))
        .bearer_auth(&graph.token)
        .send()
        .await
        .unwrap();
    // Graph has a beta version, the emulator has not: it says so.
    assert_eq!(answer.status(), 501);
    assert_eq!(running.unimplemented(), ["GET /beta/me: The emulator does not implement the beta version."]);
}

#[tokio::test]
async fn a_token_that_is_missing_or_wrong() {
    let running = start().await;
    let answer = client().get(format!("{}/v1.0/me", running.graph_url())).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert!(answer.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer realm=\"\""));
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    assert!(answer.headers().contains_key("request-id"));
    assert_eq!(error(&answer.json().await.unwrap()), ("InvalidAuthenticationToken", "Access token is empty."));
    let mint = || running.token_for("Ada Admin");
    let id_token = Person::new(&running).tokens("Ada Admin").await["id_token"].as_str().unwrap().to_owned();
    let cases = [
        ("nonsense".to_owned(), "CompactToken parsing failed with error code: 80049217"),
        (mint().bad_signature().sign(), "Access token validation failure."),
        (mint().audience("https://vault.azure.net").sign(), "Access token validation failure. Invalid audience."),
        (id_token, "Access token validation failure. Invalid audience."),
        (mint().issuer("https://sts.example/").sign(), "Access token validation failure. Invalid issuer."),
        (mint().expires_in(-1).sign(), "Lifetime validation failed, the token is expired."),
        // No algorithm at all.
        ("eyJhbGciOiJub25lIn0.e30.".to_owned(), "Access token validation failure."),
    ];
    for (token, message) in cases {
        let (status, body) = Graph::with_token(&running, token).get("/me").await;
        assert_eq!((status, error(&body)), (401, ("InvalidAuthenticationToken", message)));
    }
    let graph = Graph::writer(&running, "Ada Admin");
    assert_eq!(graph.get("/me").await.0, 200);
    running.expire_access_tokens();
    assert_eq!(graph.get("/me").await.0, 401);
    assert_eq!(Graph::writer(&running, "Ada Admin").get("/me").await.0, 200);
    running.advance_clock(Duration::from_secs(3601));
    assert_eq!(graph.get("/me").await.0, 401);
}

/// The ids of an identity, an API and one of its roles, by name.
fn three(running: &Running, identity: &str, api: &str, role: &str) -> (Uuid, Uuid, Uuid) {
    let directory = running.directory();
    let api = directory.api(api).unwrap();
    let role = api.role(role).unwrap_or_else(|| panic!("no {role}")).id;
    (directory.identity(identity).unwrap().id, api.id, role)
}

fn path(resource: Uuid) -> String {
    format!("/servicePrincipals/{resource}/appRoleAssignedTo")
}

#[tokio::test]
async fn a_role_is_assigned_seen_from_both_sides_and_removed() {
    let running = start().await;
    let graph = Graph::writer(&running, "Ada Admin");
    let (identity, api, role) = three(&running, "id-sandbox", "Microsoft Graph", "User.Read.All");
    let answer = client()
        .post(format!("{}/v1.0{}", running.graph_url(), path(api)))
        .bearer_auth(&graph.token)
        .header("client-request-id", "7d1d1d0f-2a44-4b8a-8f52-2c9c8d4dbb10")
        .json(&assignment(&identity, &api, &role))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["client-request-id"], "7d1d1d0f-2a44-4b8a-8f52-2c9c8d4dbb10");
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    let exposed = answer.headers()["access-control-expose-headers"].to_str().unwrap().to_owned();
    assert!(exposed.contains("Location") && exposed.contains("request-id") && exposed.contains("Retry-After"));
    let made: Value = answer.json().await.unwrap();
    let base = running.graph_url();
    assert_eq!(
        made["@odata.context"],
        format!("{base}/v1.0/$metadata#servicePrincipals('{api}')/appRoleAssignedTo/$entity")
    );
    assert_eq!(made["principalDisplayName"], "id-sandbox");
    assert_eq!(made["principalType"], "ServicePrincipal");
    assert_eq!(made["resourceDisplayName"], "Microsoft Graph");
    let id = made["id"].as_str().unwrap();
    assert_eq!(id.len(), 43);
    let created = made["createdDateTime"].as_str().unwrap();
    assert_eq!(created.len(), "2022-05-18T15:37:21.8215423Z".len(), "{created}");
    assert_eq!(location, format!("{base}/v1.0{}/{id}", path(api)));
    assert!(running.directory().holds("id-sandbox", "Microsoft Graph", "User.Read.All"));

    for list in [format!("/servicePrincipals/{identity}/appRoleAssignments"), path(api)] {
        let (rows, _) = graph.all(&list).await;
        assert!(ids(&rows).contains(id), "{list}");
        let (status, one) = graph.get(&format!("{list}/{id}")).await;
        assert_eq!((status, &one["appRoleId"]), (200, &json!(role.to_string())));
    }
    let one = format!("{}/{id}", path(api));
    assert_eq!(graph.delete(&one).await, (204, json!("")));
    let (status, body) = graph.delete(&one).await;
    assert_eq!((status, error(&body).0), (404, "Request_ResourceNotFound"));
    assert!(!running.directory().holds("id-sandbox", "Microsoft Graph", "User.Read.All"));
}

#[tokio::test]
async fn the_other_path_answers_with_its_own_context() {
    let running = start().await;
    let graph = Graph::writer(&running, "Carl Cloud");
    let (identity, api, role) = three(&running, "id-sandbox", "Warehouse Stock API", "Stock.Read.All");
    let path = format!("/servicePrincipals/{identity}/appRoleAssignments");
    let (status, made) = graph.post(&path, &assignment(&identity, &api, &role)).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["@odata.context"], format!("{}/v1.0/$metadata#appRoleAssignments/$entity", running.graph_url()));
    let (_, list) = graph.get(&path).await;
    assert_eq!(list["@odata.context"], format!("{}/v1.0/$metadata#appRoleAssignments", running.graph_url()));
    assert_eq!(graph.delete(&format!("{path}/{}", made["id"].as_str().unwrap())).await.0, 204);
}

#[tokio::test]
async fn assignments_that_are_refused() {
    let running = start().await;
    let graph = Graph::writer(&running, "Ada Admin");
    let (identity, api, role) = three(&running, "id-stock-sync", "Warehouse Stock API", "Stock.Read.All");
    let app_id = running.directory().api("Warehouse Stock API").unwrap().app_id;
    let user_only = three(&running, "id-sandbox", "Warehouse Stock API", "Bays.Manage").2;
    let (_, shipments, disabled) = three(&running, "id-sandbox", "Shipment Tracking API", "Tracking.Replay");
    let shipments_app = running.directory().api("Shipment Tracking API").unwrap().app_id;
    let nobody = "11111111-1111-1111-1111-111111111111";
    let gone = |id: &str| {
        format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present.")
    };
    let missing_role = |app: Uuid| format!("Permission being assigned was not found on application '{app}'.");
    let bad = "Request_BadRequest";
    let cases: Vec<(Uuid, Value, u16, &str, String)> = vec![
        (
            api,
            assignment(&identity, &api, &role),
            400,
            bad,
            "Permission being assigned already exists on the object".to_owned(),
        ),
        (api, assignment(&identity, &api, &nobody), 400, bad, missing_role(app_id)),
        (api, assignment(&identity, &api, &disabled), 400, bad, missing_role(app_id)),
        (shipments, assignment(&identity, &shipments, &disabled), 400, bad, missing_role(shipments_app)),
        (api, assignment(&identity, &api, &user_only), 400, bad, missing_role(app_id)),
        // Default access is for resources that declare no roles.
        (api, assignment(&identity, &api, &ZERO), 400, bad, missing_role(app_id)),
        (api, assignment(&identity, &shipments, &role), 400, bad, "Not a valid reference update.".to_owned()),
        (api, assignment(&nobody, &api, &role), 404, "Request_ResourceNotFound", gone(nobody)),
        (nobody.parse().unwrap(), assignment(&identity, &nobody, &role), 404, "Request_ResourceNotFound", gone(nobody)),
        (
            api,
            json!({"principalId": identity, "resourceId": api}),
            400,
            bad,
            "A value is required for property 'appRoleId' of resource 'AppRoleAssignment'.".to_owned(),
        ),
        (
            api,
            json!({}),
            400,
            bad,
            "A value is required for property 'principalId' of resource 'AppRoleAssignment'.".to_owned(),
        ),
        (
            api,
            assignment(&identity, &api, &"x"),
            400,
            "BadRequest",
            "Cannot convert the literal 'x' to the expected type 'Edm.Guid'.".to_owned(),
        ),
        (
            api,
            json!({"principalId": identity, "resourceId": api, "appRoleId": role, "id": "x"}),
            400,
            bad,
            "One or more properties are invalid.".to_owned(),
        ),
    ];
    let before = running.directory().assignments();
    for (resource, body, status, code, message) in cases {
        let (got, answer) = graph.post(&path(resource), &body).await;
        assert_eq!((got, error(&answer)), (status, (code, message.as_str())), "{body}");
    }
    assert_eq!(running.directory().assignments(), before);
    let answer = client()
        .post(format!("{}/v1.0{}", running.graph_url(), path(api)))
        .bearer_auth(&graph.token)
        .body("{\"principalId\":")
        .header("content-type", "application/json")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 400);
    // Assignments of others, and ids that are none.
    let held = running.directory().held_by(identity)[0].id.clone();
    assert_eq!(graph.delete(&format!("{}/{held}", path(shipments))).await.0, 404);
    assert_eq!(graph.delete(&format!("{}/{role}", path(api))).await.0, 400);
    assert_eq!(running.directory().assignments(), before);
}

#[tokio::test]
async fn switches_for_what_the_facts_leave_open() {
    let builder = Emulator::builder().refuse_disabled_roles(false).refuse_user_only_roles(false);
    let running = start_with(builder).await;
    let graph = Graph::writer(&running, "Ada Admin");
    for (api, role) in [("Warehouse Stock API", "Bays.Manage"), ("Shipment Tracking API", "Tracking.Replay")] {
        let (identity, api, role) = three(&running, "id-sandbox", api, role);
        assert_eq!(graph.post(&path(api), &assignment(&identity, &api, &role)).await.0, 201);
    }
    // Default access works where no role is declared.
    let identity = running.directory().identity("id-sandbox").unwrap().id;
    let gateway = running.directory().api("Partner Gateway").unwrap().id;
    assert_eq!(graph.post(&path(gateway), &assignment(&identity, &gateway, &ZERO)).await.0, 201);
}

#[tokio::test]
async fn scope_and_directory_role_must_both_allow_it() {
    let running = start().await;
    let own = three(&running, "id-sandbox", "Rates API", "Rates.Publish");
    let microsoft = three(&running, "id-sandbox", "Microsoft Graph", "User.Read.All");
    let retired = three(&running, "id-sandbox", "Windows Azure Active Directory", "Directory.Read.All");
    let exchange = three(&running, "id-sandbox", "Office 365 Exchange Online", "Mail.Read");
    let both: &[&str] = &["Application.Read.All", "AppRoleAssignment.ReadWrite.All"];
    type Case<'a> = (&'a str, &'a [&'a str], (Uuid, Uuid, Uuid), u16);
    let cases: Vec<Case<'_>> = vec![
        ("Ada Admin", both, own, 201),
        ("Ada Admin", both, microsoft, 201),
        ("Ada Admin", both, retired, 201),
        ("Ada Admin", &["Application.Read.All"], exchange, 403),
        ("Ada Admin", &["AppRoleAssignment.ReadWrite.All"], exchange, 403),
        ("Ada Admin", &["AppRoleAssignment.ReadWrite.All", "Directory.Read.All"], exchange, 201),
        ("Carl Cloud", both, microsoft, 403),
        ("Carl Cloud", both, retired, 403),
        ("Carl Cloud", both, own, 201),
        ("Carl Cloud", both, exchange, 201),
        ("Carl Cloud", &["Application.ReadWrite.All"], own, 201),
        ("Ada Admin", &["Application.ReadWrite.All"], microsoft, 403),
        ("Rita Reader", both, own, 403),
        ("Sam Stranger", both, own, 403),
    ];
    for (account, scopes, (identity, api, role), expected) in cases {
        for held in running.directory().held_by(identity) {
            running.directory().remove_assignment(&held.id);
        }
        let graph = Graph::with_token(&running, running.token_for(account).scopes(scopes).sign());
        let (status, body) = graph.post(&path(api), &assignment(&identity, &api, &role)).await;
        assert_eq!(status, expected, "{account} {scopes:?} {body}");
        if status == 403 {
            assert_eq!(error(&body), INSUFFICIENT);
            let held = running.directory().assign(identity, api, role).unwrap();
            // Removing needs the same rights, but no read scope.
            let expected = if scopes == ["AppRoleAssignment.ReadWrite.All"] { 204 } else { 403 };
            assert_eq!(graph.delete(&format!("{}/{}", path(api), held.id)).await.0, expected, "{account} {scopes:?}");
        }
    }
    // Who may not write learns nothing about the rest.
    let rita = Graph::writer(&running, "Rita Reader");
    let nobody = "11111111-1111-1111-1111-111111111111";
    let (status, body) = rita.post(&format!("/servicePrincipals/{nobody}/appRoleAssignedTo"), &json!({})).await;
    assert_eq!((status, error(&body)), (403, INSUFFICIENT));
    let without = Graph::with_token(&running, running.token_for("Ada Admin").scopes(&["User.Read"]).sign());
    for path in ["/servicePrincipals".to_owned(), path(own.1)] {
        let (status, body) = without.get(&path).await;
        assert_eq!((status, error(&body)), (403, INSUFFICIENT));
    }
    assert_eq!(without.get("/me").await.0, 200);
}

#[tokio::test]
async fn lists_of_assignments_page_and_filter() {
    let running = start_with(Emulator::builder().identities(900)).await;
    let graph = Graph::writer(&running, "Ada Admin");
    let api = running.directory().api("Shipment Tracking API").unwrap().id;
    let expected = running.directory().holders_of(api).len();
    assert!(expected > 100);
    for top in ["", "?$top=7", "?$top=999"] {
        let (rows, _) = graph.all(&format!("{}{top}", path(api))).await;
        assert_eq!(ids(&rows).len(), expected);
        assert_eq!(rows.len(), expected);
    }
    assert_eq!(graph.get(&format!("{}?$top=1000", path(api))).await.0, 400);
    let identity = running.directory().identity("app-customer-portal").unwrap().id;
    let list = format!("/servicePrincipals/{identity}/appRoleAssignments?$filter=resourceId%20eq%20{api}");
    let (status, body) = graph.get(&list).await;
    assert_eq!((status, error(&body).0), (400, "Request_UnsupportedQuery"));
    let (status, body) = graph.get_eventual(&format!("{list}&$count=true")).await;
    assert_eq!((status, body["value"].as_array().unwrap().len()), (200, 1));
    assert_eq!(body["@odata.count"], 1);
    // People and groups hold roles of the tenant's own APIs.
    let portal = running.directory().api("Customer Portal").unwrap().id;
    let kinds: HashSet<String> =
        graph.all(&path(portal)).await.0.iter().map(|row| row["principalType"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, HashSet::from(["User".to_owned(), "Group".to_owned(), "ServicePrincipal".to_owned()]));
}

#[tokio::test]
async fn who_one_is_and_where() {
    let running = start().await;
    let graph = Graph::writer(&running, "Ada Admin");
    let (_, me) = graph.get("/me").await;
    assert_eq!(me["userPrincipalName"], "ada.admin@larkspurfreight.onmicrosoft.com");
    for cast in ["microsoft.graph.directoryRole", "graph.directoryRole"] {
        let (status, roles) =
            graph.get(&format!("/me/transitiveMemberOf/{cast}?$select=displayName,roleTemplateId")).await;
        assert_eq!(status, 200);
        let names: Vec<&str> =
            roles["value"].as_array().unwrap().iter().map(|role| role["displayName"].as_str().unwrap()).collect();
        assert_eq!(names, ["Privileged Role Administrator", "Cloud Application Administrator"]);
    }
    let (_, all) = graph.get("/me/transitiveMemberOf").await;
    assert_eq!(all["value"][0]["@odata.type"], "#microsoft.graph.directoryRole");
    let (status, body) = graph.get("/organization?$select=id,displayName").await;
    assert_eq!(status, 200);
    assert_eq!(body["value"], json!([{"id": running.tenant_id(), "displayName": "Larkspur Freight"}]));
}

#[tokio::test]
async fn directory_roles_come_and_go_and_custom_ones_are_not_listed() {
    let running = start().await;
    let roles = async |graph: &Graph| {
        let (_, body) = graph.get("/me/transitiveMemberOf/microsoft.graph.directoryRole?$select=displayName").await;
        body["value"].as_array().unwrap().iter().map(|role| role["displayName"].to_string()).collect::<Vec<_>>()
    };
    let rita = Graph::writer(&running, "Rita Reader");
    assert!(roles(&rita).await.is_empty());
    assert!(running.activate_role("Rita Reader", "Privileged Role Administrator"));
    assert_eq!(roles(&rita).await, ["\"Privileged Role Administrator\""]);
    assert!(running.deactivate_role("Rita Reader", "Privileged Role Administrator"));
    assert!(!running.deactivate_role("Rita Reader", "Privileged Role Administrator"));
    assert!(!running.activate_role("Rita Reader", "King"));

    let cora = Graph::writer(&running, "Cora Custom");
    assert!(roles(&cora).await.is_empty());
    for (api, role, expected) in
        [("Warehouse Stock API", "Stock.Read.All", 201), ("Microsoft Graph", "Presence.Read.All", 403)]
    {
        let (identity, api, role) = three(&running, "id-sandbox", api, role);
        let body = json!({"principalId": identity, "resourceId": api, "appRoleId": role});
        assert_eq!(cora.post(&format!("/servicePrincipals/{api}/appRoleAssignedTo"), &body).await.0, expected);
    }
}

#[tokio::test]
async fn what_one_owns_is_told_by_ids() {
    let running = start().await;
    let olga = Graph::writer(&running, "Olga Owner");
    let (rows, _) = olga.all("/me/ownedObjects?$select=id&$top=1").await;
    let rates = running.directory().api("Rates API").unwrap().id.to_string();
    let owned: Vec<_> = rows.iter().filter(|row| row["id"] == rates).collect();
    assert_eq!(owned.len(), 1, "{rows:?}");
    assert_eq!(owned[0]["@odata.type"], "#microsoft.graph.servicePrincipal");
    assert!(Graph::writer(&running, "Rita Reader").all("/me/ownedObjects?$select=id").await.0.is_empty());
    assert_eq!(olga.get("/me/ownedObjects").await.0, 501, "all properties of all kinds are not imitated");
}

#[tokio::test]
async fn deleting_behind_the_apps_back() {
    let running = start().await;
    let graph = Graph::writer(&running, "Ada Admin");
    let (identity, api, role) = three(&running, "id-stock-sync", "Warehouse Stock API", "Stock.Read.All");
    assert!(running.directory().delete_role(api, role));
    let (rows, _) = graph.all(&format!("/servicePrincipals/{identity}/appRoleAssignments")).await;
    assert!(rows.iter().any(|row| row["appRoleId"] == role.to_string()), "the assignment outlives its role");
    assert!(running.directory().delete_service_principal(identity));
    assert_eq!(graph.get(&format!("/servicePrincipals/{identity}")).await.0, 404);
    assert!(running.directory().holders_of(api).iter().all(|row| row.principal_id != identity));
    assert!(!running.directory().delete_service_principal(identity));
}

#[tokio::test]
async fn preflights_are_answered_for_the_headers_that_clients_send() {
    let running = start().await;
    let answer = client()
        .request(reqwest::Method::OPTIONS, format!("{}/v1.0/servicePrincipals", running.graph_url()))
        .header("origin", running.app_url())
        .header("access-control-request-method", "POST")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let allowed = answer.headers()["access-control-allow-headers"].to_str().unwrap().to_lowercase();
    for name in
        ["authorization", "content-type", "consistencylevel", "client-request-id", "sdkversion", "retry-attempt"]
    {
        assert!(allowed.contains(name), "{name}");
    }
    for method in ["GET", "POST", "DELETE"] {
        assert!(answer.headers()["access-control-allow-methods"].to_str().unwrap().contains(method));
    }
}

#[tokio::test]
async fn head_has_no_body_and_the_web_server_answers_in_html() {
    let running = start().await;
    let graph = Graph::writer(&running, "Ada Admin");
    let head = graph.answer("HEAD", "/me", &[], None).await;
    assert_eq!((head.status().as_u16(), head.headers()["odata-version"].to_str().unwrap()), (200, "4.0"));
    assert_eq!(head.text().await.unwrap(), "");
    let long = format!("/servicePrincipals?$filter=displayName eq '{}'", "x".repeat(20_000));
    for (path, status) in [("/me%zz", 400), (long.as_str(), 414)] {
        let page = graph.answer("GET", path, &[], None).await;
        assert_eq!(page.status(), status);
        assert_eq!(page.headers()["content-type"], "text/html; charset=us-ascii");
        assert!(!page.headers().contains_key("access-control-allow-origin"));
        assert!(page.text().await.unwrap().contains(&format!("HTTP Error {status}.")));
    }
}
