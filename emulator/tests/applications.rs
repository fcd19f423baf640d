//! Applications and what else changes: the way of a role from draft to removal, who may do what, batches, changes
//! since a token, and tenants in files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics says where"
)]

mod support;

use std::collections::HashSet;

use emulator::{Emulator, Fault, Matcher, Running, StartError, Unverified, Uuid};
use serde_json::{Value, json};
use support::*;

const MANAGES: &[&str] = &["Application.ReadWrite.All"];

fn with<'a>(running: &'a Running, account: &str, scopes: &[&str]) -> Graph<'a> {
    Graph::with_token(running, running.token_for(account).scopes(scopes).sign())
}

#[tokio::test]
async fn a_role_is_added_disabled_and_removed_and_the_service_principal_follows() {
    let running = start().await;
    let graph = with(&running, "Aron Apps", MANAGES);
    let body = json!({"displayName": "Depot doors", "identifierUris": ["api://doors"], "spa": {"redirectUris": ["https://doors.example/"]}});
    let (status, made) = graph.send("POST", "/applications", &[], Some(&body)).await;
    assert_eq!(status, 201, "{made}");
    let base = running.graph_url();
    assert_eq!(made["@odata.context"], format!("{base}/v1.0/$metadata#applications/$entity"));
    assert_eq!(made["spa"]["redirectUris"], json!(["https://doors.example/"]));
    assert_eq!((&made["appRoles"], &made["publisherDomain"]), (&json!([]), &json!("larkspurfreight.onmicrosoft.com")));
    let (app, app_id) = (format!("/applications/{}", made["id"].as_str().unwrap()), made["appId"].as_str().unwrap());
    // An application alone is no service principal.
    assert_eq!(graph.get(&format!("/servicePrincipals(appId='{app_id}')")).await.0, 404);
    let answer = graph.answer("POST", "/servicePrincipals", &[], Some(&json!({"appId": app_id}))).await;
    assert_eq!(answer.status(), 201);
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    let principal: Value = answer.json().await.unwrap();
    assert_eq!(location, format!("{base}/v1.0/servicePrincipals/{}", principal["id"].as_str().unwrap()));
    assert_eq!(principal["servicePrincipalNames"], json!([app_id, "api://doors"]));

    let mut role = json!({"id": "8a3f63c3-1d3c-4b7a-9c53-0d3f3d3c1a01", "value": "Doors.Open", "displayName": "Open doors", "description": "Opens doors.", "isEnabled": true, "allowedMemberTypes": ["User", "Application"]});
    let roles = async || {
        graph.get(&format!("/servicePrincipals(appId='{app_id}')?$select=appRoles")).await.1["appRoles"].clone()
    };
    let patch = async |body: Value| graph.send("PATCH", &app, &[], Some(&body)).await;
    assert_eq!(patch(json!({"displayName": "Doors", "appRoles": [role]})).await, (204, json!("")));
    assert_eq!(graph.get(&location).await.1["displayName"], "Doors");
    let read = roles().await;
    assert_eq!((&read[0]["value"], &read[0]["origin"]), (&json!("Doors.Open"), &json!("Application")));
    // What was read goes back unchanged, and nothing happens.
    assert_eq!(patch(json!({"appRoles": sent(&read)})).await.0, 204);
    assert_eq!(patch(json!({"appRoles": []})).await.0, 400);
    role["isEnabled"] = json!(false);
    assert_eq!(patch(json!({"appRoles": [role]})).await.0, 204);
    assert_eq!(roles().await[0]["isEnabled"], false);
    assert_eq!(patch(json!({"appRoles": []})).await.0, 204);
    assert_eq!(roles().await, json!([]));
    let (rows, _) = graph.all("/applications?$filter=displayName eq 'doors'").await;
    assert_eq!((rows.len(), &rows[0]["appId"]), (1, &json!(app_id)));
    let (status, count) = graph.send("GET", "/applications/$count", &[("ConsistencyLevel", "eventual")], None).await;
    assert_eq!((status, count.as_u64()), (200, Some(graph.all("/applications?$top=3").await.0.len() as u64)));
}

#[tokio::test]
async fn scope_and_directory_role_are_both_needed() {
    let running = start().await;
    let directory = running.directory();
    let identity = directory.identity("id-sandbox").unwrap().id;
    let find = |api: &str, role: &str| {
        let api = directory.api(api).unwrap();
        (api.id, api.role(role).unwrap().id)
    };
    let graph_role = find("Microsoft Graph", "User.Read.All");
    let (rates, stock) = (find("Rates API", "Rates.Read"), find("Warehouse Stock API", "Stock.Read.All"));
    let assigns: &[&str] = &["Application.Read.All", "AppRoleAssignment.ReadWrite.All"];
    let cases = [
        ("Gloria Global", assigns, graph_role, 201),
        ("Gloria Global", MANAGES, graph_role, 403),
        ("Gloria Global", MANAGES, stock, 201),
        ("Ada Admin", assigns, graph_role, 201),
        ("Aron Apps", assigns, graph_role, 403),
        ("Aron Apps", assigns, stock, 201),
        ("Aron Apps", &["AppRoleAssignment.ReadWrite.All"], stock, 403),
        ("Aron Apps", &["Application.Read.All"], stock, 403),
        // An owner needs no directory role for what she owns.
        ("Olga Owner", assigns, rates, 201),
        ("Olga Owner", assigns, stock, 403),
        ("Olga Owner", assigns, graph_role, 403),
        ("Gus Guest", assigns, rates, 403),
        ("Rita Reader", assigns, rates, 403),
    ];
    for (account, scopes, (api, role), expected) in cases {
        let graph = with(&running, account, scopes);
        let to = format!("/servicePrincipals/{api}/appRoleAssignedTo");
        let (status, body) = graph.post(&to, &assignment(&identity, &api, &role)).await;
        assert_eq!(status, expected, "{account} {scopes:?}: {body}");
        if status == 201 {
            let one = format!("{to}/{}", body["id"].as_str().unwrap());
            assert_eq!(graph.delete(&one).await.0, 204, "{account} {scopes:?}");
        }
    }
    // Who reads what: everybody of the tenant everything, a guest only what he can name.
    let one = format!("/servicePrincipals/{}", rates.0);
    for (account, path, expected) in [
        ("Rita Reader", "/servicePrincipals?$top=1".to_owned(), 200),
        ("Gus Guest", one.clone(), 200),
        ("Gus Guest", "/servicePrincipals?$top=1".to_owned(), 403),
        ("Gus Guest", format!("{one}/appRoleAssignedTo"), 403),
    ] {
        assert_eq!(with(&running, account, assigns).get(&path).await.0, expected, "{account} {path}");
    }
    let (_, me) = with(&running, "Gus Guest", &["User.Read"]).get("/me?$select=userType").await;
    assert_eq!(me["userType"], "Guest");
    // Applications: any member makes one and owns it; others' need a role.
    let app = format!(
        "/applications/{}",
        with(&running, "Rita Reader", MANAGES).application("Rates API").await["id"].as_str().unwrap()
    );
    let body = json!({"description": "x"});
    for (account, expected) in [("Olga Owner", 204), ("Rita Reader", 403), ("Carl Cloud", 204), ("Gus Guest", 403)] {
        assert_eq!(
            with(&running, account, MANAGES).send("PATCH", &app, &[], Some(&body)).await.0,
            expected,
            "{account}"
        );
    }
    let new = json!({"displayName": "Mine"});
    let rita = with(&running, "Rita Reader", MANAGES);
    let (status, mine) = rita.send("POST", "/applications", &[], Some(&new)).await;
    assert_eq!(status, 201);
    assert_eq!(rita.send("POST", "/servicePrincipals", &[], Some(&json!({"appId": mine["appId"]}))).await.0, 201);
    assert_eq!(with(&running, "Gus Guest", MANAGES).send("POST", "/applications", &[], Some(&new)).await.0, 403);
}

#[tokio::test]
async fn what_happens_behind_the_apps_back_reaches_application_and_service_principal() {
    let running = start().await;
    let graph = with(&running, "Aron Apps", MANAGES);
    let api = running.directory().api("Rates API").unwrap();
    let role = api.role("Rates.Read").unwrap().id;
    assert!(running.directory().set_role_enabled(api.id, role, false));
    let disabled = |object: &Value| object["appRoles"][0]["isEnabled"] == false;
    assert!(disabled(&graph.application("Rates API").await));
    assert!(disabled(&graph.get(&format!("/servicePrincipals/{}", api.id)).await.1));
    assert!(running.directory().delete_role(api.id, role) && !running.directory().delete_role(api.id, role));
    assert_eq!(graph.application("Rates API").await["appRoles"].as_array().unwrap().len(), 1);
    // One of another tenant has no application here.
    let graph_api = running.directory().api("Microsoft Graph").unwrap();
    assert!(running.directory().set_role_enabled(graph_api.id, graph_api.role("User.Read.All").unwrap().id, false));
}

fn item(id: &str, method: &str, url: &str, body: Option<Value>) -> Value {
    let mut item = json!({"id": id, "method": method, "url": url});
    if let Some(body) = body {
        item["headers"] = json!({"Content-Type": "application/json"});
        item["body"] = body;
    }
    item
}

async fn batch(graph: &Graph<'_>, items: &[Value]) -> Vec<Value> {
    let (status, body) = graph.post("/$batch", &json!({"requests": items})).await;
    assert_eq!(status, 200, "{body}");
    body["responses"].as_array().unwrap().clone()
}

fn status(responses: &[Value], id: &str) -> u64 {
    responses.iter().find(|item| item["id"] == id).unwrap()["status"].as_u64().unwrap()
}

#[tokio::test]
async fn a_batch_carries_each_request_as_if_it_were_alone() {
    let running = start().await;
    let graph = Graph::writer(&running, "Carl Cloud");
    let identity = running.directory().identity("id-sandbox").unwrap().id;
    let api = running.directory().api("Warehouse Stock API").unwrap();
    let to = format!("/servicePrincipals/{}/appRoleAssignedTo", api.id);
    let post =
        |id: &str, role: &str| item(id, "POST", &to, Some(assignment(&identity, &api.id, &api.role(role).unwrap().id)));
    let mut depends = post("depends", "Stock.Adjust");
    depends["dependsOn"] = json!(["REFUSED"]);
    let mut counted =
        item("count", "GET", "servicePrincipals?$select=id&$top=1&$count=true&$filter=displayName ne 'x'", None);
    counted["headers"] = json!({"ConsistencyLevel": "eventual"});
    let items = [
        depends,
        post("made", "Stock.Read.All"),
        post("refused", "Bays.Manage"),
        counted,
        item("plain", "GET", "/servicePrincipals?$filter=displayName ne 'x'", None),
        item("nobody", "GET", "/servicePrincipals/11111111-1111-1111-1111-111111111111", None),
        item("typeless", "POST", &to, None),
        item("nested", "POST", "/$batch", Some(json!({"requests": []}))),
    ];
    let responses = batch(&graph, &items).await;
    assert_eq!(responses.len(), items.len());
    for (id, expected) in [
        ("made", 201),
        ("refused", 400),
        ("depends", 424),
        ("count", 200),
        ("plain", 400),
        ("nobody", 404),
        ("typeless", 400),
        ("nested", 400),
    ] {
        assert_eq!(status(&responses, id), expected, "{id}");
    }
    let made = responses.iter().find(|item| item["id"] == "made").unwrap();
    assert_eq!(made["headers"]["OData-Version"], "4.0");
    assert!(made["headers"]["Location"].as_str().unwrap().ends_with(made["body"]["id"].as_str().unwrap()));
    let counted = responses.iter().find(|item| item["id"] == "count").unwrap();
    assert!(counted["body"]["@odata.count"].as_u64().unwrap() > 90);
    assert_eq!(running.directory().held_by(identity).len(), 1);
    // 204 items have no body.
    let removed =
        batch(&graph, &[item("x", "DELETE", &format!("{to}/{}", made["body"]["id"].as_str().unwrap()), None)]).await;
    assert_eq!((status(&removed, "x"), removed[0].get("body")), (204, None));
}

#[tokio::test]
async fn answers_of_a_batch_come_in_any_order_but_the_same_with_the_same_seed() {
    let items: Vec<Value> = (0..20).map(|n| item(&n.to_string(), "GET", "/me?$select=id", None)).collect();
    let mut orders = Vec::new();
    for seed in [1, 1, 2] {
        let running = start_with(Emulator::builder().seed(seed)).await;
        let responses = batch(&Graph::writer(&running, "Carl Cloud"), &items).await;
        orders.push(responses.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>());
    }
    let sent: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    assert_eq!(orders[0], orders[1]);
    assert!(orders[0] != orders[2] && orders[0] != sent);
    assert_eq!(orders[0].iter().collect::<HashSet<_>>(), sent.iter().collect::<HashSet<_>>());
}

#[tokio::test]
async fn faults_strike_within_a_batch() {
    let unverified = Unverified { batch_null_bodies: true, batch_dependency_code: "424", ..Unverified::default() };
    let running = start_with(Emulator::builder().unverified(unverified)).await;
    let graph = Graph::writer(&running, "Carl Cloud");
    let identity = running.directory().identity("id-stock-sync").unwrap().id;
    let held = running.directory().held_by(identity)[0].clone();
    let one = format!("/servicePrincipals/{}/appRoleAssignedTo/{}", held.resource_id, held.id);
    running.fail_next(Matcher::graph().path_contains("/me"), Fault::status(503).retry_after("7"));
    running.fail_next(Matcher::graph().method("DELETE"), Fault::lost_answer());
    let mut third = item("3", "GET", "/organization", None);
    third["dependsOn"] = json!(["1"]);
    let responses = batch(&graph, &[item("1", "GET", "/me", None), item("2", "DELETE", &one, None), third]).await;
    let first = responses.iter().find(|item| item["id"] == "1").unwrap();
    assert_eq!((&first["status"], &first["headers"]["Retry-After"]), (&json!(503), &json!("7")));
    assert_eq!((status(&responses, "2"), status(&responses, "3")), (504, 424));
    let third = responses.iter().find(|item| item["id"] == "3").unwrap();
    assert_eq!(third["body"]["error"]["code"], "424");
    assert!(running.directory().held_by(identity).iter().all(|row| row.id != held.id), "it was carried out");
    let again = running.directory().assign(identity, held.resource_id, held.app_role_id).unwrap();
    let one = format!("/servicePrincipals/{}/appRoleAssignedTo/{}", held.resource_id, again.id);
    let removed = batch(&graph, &[item("x", "DELETE", &one, None)]).await;
    assert_eq!((status(&removed, "x"), removed[0].get("body")), (204, Some(&Value::Null)));
}

#[tokio::test]
async fn changes_since_a_token() {
    let running = start().await;
    let graph = with(&running, "Gloria Global", MANAGES);
    let all = running.directory().service_principals().len();
    let mut link = "/servicePrincipals/delta?$select=id,displayName".to_owned();
    let mut seen = HashSet::new();
    let since = loop {
        let (status, page) = graph.get(&link).await;
        assert_eq!(status, 200, "{page}");
        seen.extend(page["value"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        match page["@odata.nextLink"].as_str() {
            Some(next) => next.clone_into(&mut link),
            None => break page["@odata.deltaLink"].as_str().unwrap().to_owned(),
        }
    };
    assert_eq!(seen.len(), all);
    assert_eq!(graph.get(&since).await.1["value"], json!([]));
    let app = graph.application("Rates API").await;
    let path = format!("/applications/{}", app["id"].as_str().unwrap());
    assert_eq!(graph.send("PATCH", &path, &[], Some(&json!({"displayName": "Prices API"}))).await.0, 204);
    let gone = running.directory().identity("id-sandbox").unwrap().id;
    assert!(running.directory().delete_service_principal(gone));
    let (_, page) = graph.get(&since).await;
    let rows = page["value"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["displayName"]), (2, &json!("Prices API")));
    assert_eq!(rows[1], json!({"id": gone.to_string(), "@removed": {"reason": "deleted"}}));
    let (_, page) = graph.get(page["@odata.deltaLink"].as_str().unwrap()).await;
    assert_eq!(page["value"], json!([]));
    let (_, latest) = graph.get("/servicePrincipals/delta?$deltatoken=latest").await;
    assert!(latest["value"] == json!([]) && latest["@odata.deltaLink"].is_string());
}

#[tokio::test]
async fn a_tenant_is_saved_and_loaded() {
    let running = start().await;
    let (identity, api) =
        (running.directory().identity("id-sandbox").unwrap(), running.directory().api("Rates API").unwrap());
    let made = running.directory().assign(identity.id, api.id, api.role("Rates.Read").unwrap().id).unwrap();
    let file = std::env::temp_dir().join(format!("tenant-{}.json", Uuid::new_v4()));
    std::fs::write(&file, running.tenant_json()).unwrap();
    let again = start_with(Emulator::builder().tenant_file(&file)).await;
    assert_eq!(again.tenant_json(), running.tenant_json());
    assert!(again.directory().held_by(identity.id).contains(&made));
    assert_eq!(Graph::writer(&again, "Ada Admin").get("/me").await.1["displayName"], "Ada Admin");
    std::fs::write(&file, "{\"users\": 1}").unwrap();
    let refused = Emulator::builder().port(0).tenant_file(&file).start().await;
    std::fs::remove_file(&file).unwrap();
    let Err(StartError::Tenant(error)) = refused else { panic!("it started") };
    assert!(error.to_string().contains("line 1 column 11"), "{error}");
}
