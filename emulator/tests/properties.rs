//! What must hold whatever happens in whatever order: paging while others write, and assignments against a model.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics says where"
)]

mod support;

use std::collections::{HashMap, HashSet};

use emulator::{Emulator, Running, Uuid};
use proptest::prelude::*;
use serde_json::Value;
use support::*;
use tokio::runtime::Runtime;

/// What somebody else does between two pages.
#[derive(Clone, Debug)]
enum Write {
    Nothing,
    /// A new service principal, with this letter in front of its name.
    Create(char),
    /// The service principal at this place of those that were there goes.
    Delete(usize),
    /// The one at this place of those that stay gets an assignment, which must not matter.
    Assign(usize),
}

fn write() -> impl Strategy<Value = Write> {
    prop_oneof![
        Just(Write::Nothing),
        prop::char::range('a', 'z').prop_map(Write::Create),
        any::<prop::sample::Index>().prop_map(|index| Write::Delete(index.index(1000))),
        any::<prop::sample::Index>().prop_map(|index| Write::Assign(index.index(1000))),
    ]
}

async fn apply(running: &Running, writer: &Graph<'_>, there: &[Uuid], write: &Write) -> Option<Uuid> {
    let at = |place: usize| there[place % there.len()];
    match write {
        Write::Nothing => None,
        Write::Create(letter) => {
            let body = serde_json::json!({"displayName": format!("{letter} new")});
            let (_, app) = writer.send("POST", "/applications", &[], Some(&body)).await;
            let body = serde_json::json!({"appId": app["appId"]});
            assert_eq!(writer.send("POST", "/servicePrincipals", &[], Some(&body)).await.0, 201);
            None
        }
        Write::Delete(place) => running.directory().delete_service_principal(at(*place)).then(|| at(*place)),
        Write::Assign(place) => {
            let api = running.directory().api("Partner Gateway");
            api.and_then(|api| running.directory().assign(at(*place), api.id, Uuid::nil()));
            None
        }
    }
}

/// Walks through a list, with a write after every page; gives what was seen in order, and what others deleted.
async fn walk(running: &Running, path: &str, header: bool, writes: &[Write]) -> (Vec<String>, HashSet<String>) {
    let token = running.token_for("Gloria Global").scopes(&["Application.ReadWrite.All"]).sign();
    let graph = Graph::with_token(running, token);
    let there: Vec<Uuid> = running.directory().service_principals().iter().map(|row| row.id).collect();
    let mut writes = writes.iter().cycle();
    let (mut seen, mut gone) = (Vec::new(), HashSet::new());
    let mut next = Some(path.to_owned());
    while let Some(address) = next {
        let (status, page) = if header { graph.get_eventual(&address).await } else { graph.get(&address).await };
        assert_eq!(status, 200, "{page}");
        seen.extend(page["value"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        next = page["@odata.nextLink"].as_str().map(str::to_owned);
        // A list that goes round in a circle must fail, not hang: more than was there and was added cannot come.
        assert!(seen.len() < 1000, "it does not end");
        if let Some(write) = writes.next() {
            gone.extend(apply(running, &graph, &there, write).await.map(|id| id.to_string()));
        }
    }
    (seen, gone)
}

/// Everything that was there from the beginning to the end came, and nothing came twice.
fn check(before: &HashSet<String>, seen: &[String], gone: &HashSet<String>) {
    let once: HashSet<&String> = seen.iter().collect();
    assert_eq!(once.len(), seen.len(), "something came twice");
    let missing: Vec<_> = before.iter().filter(|id| !once.contains(id) && !gone.contains(*id)).collect();
    assert!(missing.is_empty(), "these never came: {missing:?}");
}

#[derive(Clone, Debug)]
enum Step {
    /// Which identity, which role, from which side.
    Assign(usize, usize, bool),
    /// Removes what this pair holds, or what it once held.
    Remove(usize, usize, bool),
}

fn step() -> impl Strategy<Value = Step> {
    (any::<bool>(), 0..3_usize, 0..4_usize, any::<bool>()).prop_map(|(assign, identity, role, side)| {
        if assign { Step::Assign(identity, role, side) } else { Step::Remove(identity, role, side) }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_item_comes_once_while_others_write(
        size in 1..60_usize,
        writes in proptest::collection::vec(write(), 1..8),
        list in 0..3_usize,
    ) {
        Runtime::new().unwrap().block_on(async {
            let running = start().await;
            let before = running.directory().service_principals().iter().map(|row| row.id.to_string()).collect();
            let (path, header) = [
                ("/servicePrincipals?$select=id", false),
                ("/servicePrincipals?$select=id&$count=true&$orderby=displayName", true),
                ("/servicePrincipals?$select=id&$count=true&$orderby=displayName desc", true),
            ][list];
            let (seen, gone) = walk(&running, &format!("{path}&$top={size}"), header, &writes).await;
            check(&before, &seen, &gone);
        });
    }

    #[test]
    fn assignments_are_what_a_plain_model_holds(steps in proptest::collection::vec(step(), 1..40)) {
        Runtime::new().unwrap().block_on(async {
            let running = start_with(Emulator::builder()).await;
            let graph = Graph::writer(&running, "Ada Admin");
            let identities = ["id-sandbox", "id-unused-2022", "vm-jumphost"].map(|name| running.directory().identity(name).unwrap().id);
            let api = running.directory().api("Shipment Tracking API").unwrap();
            let roles: Vec<Uuid> = api.app_roles.iter().filter(|role| role.enabled).map(|role| role.id).collect();
            let before = running.directory().assignments().len();
            // Pairs that are held, and every id that ever stood for one.
            let mut model: HashMap<(Uuid, Uuid), String> = HashMap::new();
            let mut ids: HashMap<(Uuid, Uuid), String> = HashMap::new();
            let path = |identity: Uuid, from_principal: bool| if from_principal {
                format!("/servicePrincipals/{identity}/appRoleAssignments")
            } else {
                format!("/servicePrincipals/{}/appRoleAssignedTo", api.id)
            };
            for step in &steps {
                match *step {
                    Step::Assign(identity, role, side) => {
                        let pair = (identities[identity], roles[role]);
                        let (status, body) = graph.post(&path(pair.0, side), &assignment(&pair.0, &api.id, &pair.1)).await;
                        assert_eq!(status, if model.contains_key(&pair) { 400 } else { 201 }, "{body}");
                        if status == 201 {
                            let id = body["id"].as_str().unwrap().to_owned();
                            model.insert(pair, id.clone());
                            ids.insert(pair, id);
                        }
                    }
                    Step::Remove(identity, role, side) => {
                        let pair = (identities[identity], roles[role]);
                        let Some(id) = ids.get(&pair) else { continue };
                        let (status, _) = graph.delete(&format!("{}/{id}", path(pair.0, side))).await;
                        assert_eq!(status, if model.remove(&pair).is_some() { 204 } else { 404 });
                    }
                }
            }
            let held = |rows: &[Value]| rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<HashSet<_>>();
            let mut from_principals = HashSet::new();
            for identity in identities {
                let rows = graph.all(&format!("{}?$top=2", path(identity, true))).await.0;
                from_principals.extend(held(&rows));
            }
            let expected: HashSet<String> = model.values().cloned().collect();
            assert_eq!(from_principals, expected);
            let mut from_resource = graph.all(&format!("{}?$top=3", path(api.id, false))).await.0;
            from_resource.retain(|row| identities.iter().any(|id| row["principalId"] == id.to_string()));
            assert_eq!(held(&from_resource), expected);
            assert_eq!(running.directory().assignments().len(), before + expected.len());
        });
    }
}
