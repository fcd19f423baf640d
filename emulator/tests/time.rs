//! What depends on time: replicas that lag, quotas that refill, audit entries that come late. The clock is moved, never
//! waited for.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics says where"
)]

mod support;

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use emulator::{Emulator, Replication, Running, Throttling, Unverified, Uuid};
use serde_json::{Value, json};
use support::*;

const LAG: Duration = Duration::from_secs(30);

async fn lagging(replication: Replication) -> Running {
    start_with(Emulator::builder().replication(replication)).await
}

fn three(running: &Running) -> (Uuid, Uuid, Uuid) {
    let api = running.directory().api("Warehouse Stock API").unwrap();
    (running.directory().identity("id-sandbox").unwrap().id, api.id, api.role("Stock.Read.All").unwrap().id)
}

#[tokio::test]
async fn a_write_is_read_only_when_the_replica_has_heard_of_it() {
    let running = lagging(Replication::Delayed(LAG)).await;
    let graph = Graph::writer(&running, "Carl Cloud");
    let (identity, api, role) = three(&running);
    let list = format!("/servicePrincipals/{identity}/appRoleAssignments");
    let to = format!("/servicePrincipals/{api}/appRoleAssignedTo");
    let (status, made) = graph.post(&to, &assignment(&identity, &api, &role)).await;
    assert_eq!(status, 201);
    let one = format!("{to}/{}", made["id"].as_str().unwrap());
    // F-17: not there yet, but not to be made twice either.
    assert_eq!((graph.all(&list).await.0.len(), graph.get(&one).await.0), (0, 404));
    assert_eq!(error(&graph.post(&to, &assignment(&identity, &api, &role)).await.1).0, "Request_BadRequest");
    running.advance_clock(LAG);
    assert_eq!((graph.all(&list).await.0.len(), graph.get(&one).await.0), (1, 200));
    // F-18: removed, but still listed for a while.
    assert_eq!(graph.delete(&one).await.0, 204);
    assert_eq!((graph.all(&list).await.0.len(), graph.delete(&one).await.0), (1, 404));
    running.advance_clock(LAG);
    assert_eq!(graph.all(&list).await.0.len(), 0);
    // What is made and removed before any replica hears of it is never listed.
    let (_, made) = graph.post(&to, &assignment(&identity, &api, &role)).await;
    assert_eq!(graph.delete(&format!("{to}/{}", made["id"].as_str().unwrap())).await.0, 204);
    assert_eq!(graph.all(&list).await.0.len(), 0);
}

#[tokio::test]
async fn two_replicas_alternate() {
    let running = lagging(Replication::Alternating(LAG)).await;
    let (identity, api, role) = three(&running);
    let graph = Graph::writer(&running, "Carl Cloud");
    running.directory().assign(identity, api, role).unwrap();
    let list = format!("/servicePrincipals/{identity}/appRoleAssignments");
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(graph.get(&list).await.1["value"].as_array().unwrap().len());
    }
    assert_eq!(seen, [1, 0, 1, 0]);
    running.advance_clock(LAG);
    for _ in 0..4 {
        assert_eq!(graph.get(&list).await.1["value"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn new_objects_and_new_roles_are_unknown_at_first() {
    let running = lagging(Replication::Delayed(LAG)).await;
    let scopes = ["Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"];
    let graph = Graph::with_token(&running, running.token_for("Gloria Global").scopes(&scopes).sign());
    let role = "8a3f63c3-1d3c-4b7a-9c53-0d3f3d3c1a01";
    let roles = json!([{"id": role, "value": "New.Read", "displayName": "d", "description": "d", "isEnabled": true, "allowedMemberTypes": ["Application"]}]);
    let (status, made) = graph.send("POST", "/applications", &[], Some(&json!({"displayName": "New"}))).await;
    assert_eq!(status, 201);
    let (one, app) = (format!("/applications/{}", made["id"].as_str().unwrap()), json!({"appId": made["appId"]}));
    assert_eq!(graph.get(&one).await.0, 404);
    let (status, refused) = graph.send("POST", "/servicePrincipals", &[], Some(&app)).await;
    assert!(
        status == 400 && error(&refused).1.ends_with("does not reference a valid application object."),
        "{refused}"
    );
    running.advance_clock(LAG);
    let (status, principal) = graph.send("POST", "/servicePrincipals", &[], Some(&app)).await;
    assert_eq!(status, 201, "{principal}");
    let id = principal["id"].as_str().unwrap();
    let (identity, ..) = three(&running);
    let to = format!("/servicePrincipals/{id}/appRoleAssignedTo");
    assert_eq!(graph.post(&to, &assignment(&identity, &id, &role)).await.0, 404);
    // From the principal's side the path is known and the body is not.
    let from = format!("/servicePrincipals/{identity}/appRoleAssignments");
    let (status, refused) = graph.post(&from, &assignment(&identity, &id, &role)).await;
    assert_eq!((status, error(&refused).1), (400, "Not a valid reference update."));
    running.advance_clock(LAG);
    assert_eq!(graph.send("PATCH", &one, &[], Some(&json!({"appRoles": roles}))).await.0, 204);
    let (status, refused) = graph.post(&to, &assignment(&identity, &id, &role)).await;
    assert!(status == 400 && error(&refused).1.starts_with("Permission being assigned was not found on application"));
    running.advance_clock(LAG);
    assert_eq!(graph.post(&to, &assignment(&identity, &id, &role)).await.0, 201);
}

#[tokio::test]
async fn used_up_quotas_refuse_and_refill() {
    let builder = Emulator::builder().throttling(Throttling::Own { units: 20, writes: 2 });
    let running = start_with(builder).await;
    let graph = Graph::writer(&running, "Carl Cloud");
    // Two units each: the default page of assignments without $select.
    let (identity, api, role) = three(&running);
    let list = format!("/servicePrincipals/{identity}/appRoleAssignments");
    for number in 1..=10 {
        let answer = graph.response(&list, &[]).await;
        assert_eq!((answer.status().as_u16(), answer.headers()["x-ms-resource-unit"].to_str().unwrap()), (200, "2"));
        let share = answer.headers().get("x-ms-throttle-limit-percentage");
        assert_eq!(share.is_some(), number > 8, "{number}");
    }
    let refused = graph.response(&list, &[]).await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "2");
    assert_eq!(refused.headers()["x-ms-throttle-information"], "ResourceUnitLimitExceeded");
    let scope = format!("Tenant_Application/ReadWrite/{}/{}", running.client_id(), running.tenant_id());
    assert_eq!(refused.headers()["x-ms-throttle-scope"], scope.as_str());
    assert_eq!(refused.headers()["access-control-allow-origin"], "*");
    let body: Value = refused.json().await.unwrap();
    assert_eq!(error(&body), ("TooManyRequests", "Please retry again later."));
    assert_eq!(body["error"]["innerError"]["status"], "429");
    running.advance_clock(Duration::from_secs(10));
    assert_eq!(graph.get(&list).await.0, 200);
    // Writes have a quota of their own, and are judged one by one within a batch.
    let to = format!("/servicePrincipals/{api}/appRoleAssignedTo");
    let write = |id: &str, role: Uuid| json!({"id": id, "method": "POST", "url": to, "headers": {"Content-Type": "application/json"}, "body": assignment(&identity, &api, &role)});
    let stock = running.directory().api("Warehouse Stock API").unwrap();
    let roles = ["Stock.Adjust", "Stock.Audit.Read"].map(|value| stock.role(value).unwrap().id);
    let requests = [write("1", role), write("2", roles[0]), write("3", roles[1])];
    let (status, answer) = graph.post("/$batch", &json!({"requests": requests})).await;
    assert_eq!(status, 200);
    let third = answer["responses"].as_array().unwrap().iter().find(|item| item["id"] == "3").unwrap();
    assert_eq!((&third["status"], &third["body"]["error"]["code"]), (&json!(429), &json!("TooManyRequests")));
    let wait: u64 = third["headers"]["Retry-After"].as_str().unwrap().parse().unwrap();
    assert_eq!(wait, 150);
    assert_eq!(running.directory().held_by(identity).len(), 2);
    running.advance_clock(Duration::from_secs(wait));
    assert_eq!(graph.post(&to, &assignment(&identity, &api, &roles[1])).await.0, 201);
}

#[tokio::test]
async fn the_front_door_may_leave_cors_out_of_a_refusal() {
    let unverified = Unverified { throttled_with_cors: false, ..Unverified::default() };
    let builder = Emulator::builder().throttling(Throttling::Own { units: 1, writes: 1 }).unverified(unverified);
    let running = start_with(builder).await;
    let graph = Graph::writer(&running, "Carl Cloud");
    assert!(graph.response("/me", &[]).await.headers().contains_key("access-control-allow-origin"));
    let refused = graph.response("/me", &[]).await;
    assert_eq!(refused.status(), 429);
    assert!(!refused.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn the_audit_log_is_late_and_forgets() {
    let late = Duration::from_secs(300);
    for removal_in_old_values in [false, true] {
        let unverified = Unverified { removal_in_old_values, ..Unverified::default() };
        let running = start_with(Emulator::builder().audit_delay(late).unverified(unverified)).await;
        let scopes = ["Application.Read.All", "AppRoleAssignment.ReadWrite.All", "AuditLog.Read.All"];
        let token = || running.token_for("Carl Cloud").scopes(&scopes).sign();
        let graph = Graph::with_token(&running, token());
        let (identity, api, role) = three(&running);
        let to = format!("/servicePrincipals/{api}/appRoleAssignedTo");
        let (_, made) = graph.post(&to, &assignment(&identity, &api, &role)).await;
        // A refused request leaves no trace, and neither does what happens behind the app's back.
        assert_eq!(graph.post(&to, &assignment(&identity, &api, &role)).await.0, 400);
        running.advance_clock(Duration::from_secs(60));
        assert_eq!(graph.delete(&format!("{to}/{}", made["id"].as_str().unwrap())).await.0, 204);
        assert_eq!(graph.all("/auditLogs/directoryAudits").await.0.len(), 0);
        running.advance_clock(late - Duration::from_secs(60));
        let (rows, _) = graph.all("/auditLogs/directoryAudits").await;
        assert_eq!(rows.len(), 1);
        running.advance_clock(Duration::from_secs(60));
        let (rows, pages) = graph.all("/auditLogs/directoryAudits?$top=1").await;
        assert_eq!(pages, 2);
        let names: Vec<&str> = rows.iter().map(|row| row["activityDisplayName"].as_str().unwrap()).collect();
        assert_eq!(
            names,
            ["Remove app role assignment from service principal", "Add app role assignment to service principal"]
        );
        let added = &rows[1];
        assert_eq!(
            (&added["category"], &added["loggedByService"]),
            (&json!("ApplicationManagement"), &json!("Core Directory"))
        );
        assert_eq!(added["operationType"], "Assign");
        assert_eq!(added["initiatedBy"]["user"]["userPrincipalName"], "carl.cloud@larkspurfreight.onmicrosoft.com");
        assert_eq!(added["targetResources"][0]["id"], api.to_string());
        let value = |row: &Value, name: &str| {
            let all = row["targetResources"][0]["modifiedProperties"].as_array().unwrap();
            let found = all.iter().find(|property| property["displayName"] == name).unwrap();
            (found["oldValue"].clone(), found["newValue"].clone())
        };
        assert_eq!(value(added, "AppRole.Value"), (Value::Null, json!("\"Stock.Read.All\"")));
        assert_eq!(value(added, "ServicePrincipal.ObjectID"), (Value::Null, json!(format!("\"{identity}\""))));
        let text = json!("\"Stock.Read.All\"");
        let expected = if removal_in_old_values { (text, Value::Null) } else { (Value::Null, text) };
        assert_eq!(value(&rows[0], "AppRole.Value"), expected);
        let one = format!("/auditLogs/directoryAudits/{}", added["id"].as_str().unwrap());
        assert_eq!(graph.get(&one).await.1["id"], added["id"]);
        for (filter, count) in [
            ("activityDisplayName eq 'Add app role assignment to service principal'", 1),
            ("startswith(activityDisplayName,'Remove')", 1),
            ("activityDateTime ge 2020-01-01", 2),
            ("activityDateTime le 2020-01-01T00:00:00Z", 0),
            ("initiatedBy/user/userPrincipalName eq 'carl.cloud@larkspurfreight.onmicrosoft.com'", 2),
        ] {
            let (rows, _) = graph.all(&format!("/auditLogs/directoryAudits?$filter={filter}")).await;
            assert_eq!(rows.len(), count, "{filter}");
        }
        let (oldest, _) = graph.all("/auditLogs/directoryAudits?$orderby=activityDateTime asc").await;
        assert_eq!(oldest[0]["id"], added["id"]);
        running.advance_clock(Duration::from_secs(30 * 24 * 3600));
        assert_eq!(Graph::with_token(&running, token()).all("/auditLogs/directoryAudits").await.0.len(), 0);
    }
}

#[tokio::test]
async fn a_consent_is_in_the_audit_log() {
    let running = start().await;
    running.withdraw_consent("Ada Admin", "Application.Read.All");
    Person::new(&running).tokens("Ada Admin").await;
    let graph = Graph::with_token(&running, running.token_for("Ada Admin").scopes(&["AuditLog.Read.All"]).sign());
    let (rows, _) = graph.all("/auditLogs/directoryAudits").await;
    assert_eq!((rows.len(), &rows[0]["activityDisplayName"]), (1, &json!("Consent to application")));
    assert_eq!(rows[0]["targetResources"][0]["displayName"], "Rolegrant");
}

#[tokio::test]
async fn a_narrow_line_takes_its_time() {
    let running = start_with(Emulator::builder().bandwidth(NonZeroU32::new(10_000).unwrap())).await;
    let graph = Graph::writer(&running, "Carl Cloud");
    let begun = Instant::now();
    let length = graph.response("/organization", &[]).await.text().await.unwrap().len();
    let least = Duration::from_secs_f64(f64::from(u32::try_from(length).unwrap()) / 10_000.0);
    assert!(begun.elapsed() >= least, "{:?} for {length} bytes", begun.elapsed());
}
