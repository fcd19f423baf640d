//! `@microsoft/microsoft-graph-client`: lists, creates, deletes, and comes back after it was turned away.

use crate::harness::{Client, client};
use anyhow::{Context as _, Result};
use emulator::{Emulator, Fault, Matcher, SeenRequest, Site};
use serde_json::{Value, json};

const ALL: [&str; 3] = ["User.Read", "Application.Read.All", "AppRoleAssignment.ReadWrite.All"];

/// Runs a script with `graph` (a client that is signed in) and `MicrosoftGraph` (the library).
async fn run(client: &Client, script: &str) -> Result<Value> {
    client.get("graph", json!([script])).await
}

/// The requests of this method that the browser has sent to Graph, but for preflights.
fn sent(client: &Client, method: &str) -> Vec<SeenRequest> {
    let requests = client.emulator.requests_to(Site::Graph).into_iter();
    requests.filter(|request| request.method == method).collect()
}

#[test]
fn its_page_iterator_sees_every_service_principal_once() -> Result<()> {
    client(Emulator::builder(), async |client| {
        client.sign_in("Carl Cloud", &ALL).await?;
        let seen = run(
            client,
            "const seen = [];
             const first = await graph.api('/servicePrincipals').select('id,displayName').top(7).get();
             const pages = new MicrosoftGraph.PageIterator(graph, first, (item) => { seen.push(item.id); return true; });
             await pages.iterate();
             return seen;",
        )
        .await?;
        let mut seen: Vec<String> =
            seen.as_array().into_iter().flatten().filter_map(|id| id.as_str().map(str::to_owned)).collect();
        let mut there: Vec<String> =
            client.emulator.directory().service_principals().iter().map(|row| row.id.to_string()).collect();
        assert!(sent(client, "GET").len() > 7, "there were pages");
        seen.sort();
        there.sort();
        assert_eq!(seen, there);
        Ok(())
    })
}

#[test]
fn it_creates_and_deletes_an_assignment() -> Result<()> {
    client(Emulator::builder(), async |client| {
        client.sign_in("Carl Cloud", &ALL).await?;
        let directory = client.emulator.directory();
        let identity = directory.identity("id-sandbox").context("no identity")?.id;
        let api = directory.api("Rates API").context("no API")?;
        let role = api.role("Rates.Publish").context("no role")?.id;
        let body = json!({ "principalId": identity, "resourceId": api.id, "appRoleId": role });
        let path = format!("/servicePrincipals/{}/appRoleAssignedTo", api.id);
        let created = run(client, &format!("return graph.api('{path}').post({body})")).await?;
        assert_eq!(created["principalDisplayName"], "id-sandbox");
        assert!(directory.holds("id-sandbox", "Rates API", "Rates.Publish"));

        let again = client.call("graph", json!([format!("return graph.api('{path}').post({body})")])).await?;
        let again = again.unwrap_err();
        assert_eq!(
            (&again["name"], &again["status"], &again["code"]),
            (&json!("Error"), &json!(400), &json!("Request_BadRequest"))
        );

        let id = created["id"].as_str().context("no id")?;
        run(client, &format!("await graph.api('{path}/{id}').delete(); return 'gone'")).await?;
        assert!(!directory.holds("id-sandbox", "Rates API", "Rates.Publish"));
        Ok(())
    })
}

#[test]
fn it_comes_back_after_it_was_throttled() -> Result<()> {
    client(Emulator::builder(), async |client| {
        client.sign_in("Rita Reader", &ALL).await?;
        let organization = Matcher::graph().path_ends_with("/organization");
        client.emulator.fail_times(organization, Fault::status(429).retry_after("1"), 2);
        let answer = run(client, "return graph.api('/organization').get()").await?;
        assert_eq!(answer["value"].as_array().map(Vec::len), Some(1));
        let requests = sent(client, "GET");
        let statuses: Vec<Option<u16>> = requests.iter().map(|request| request.status).collect();
        assert_eq!(statuses, [Some(429), Some(429), Some(200)]);
        // It counts its attempts in a header of its own, which the preflight has to allow.
        assert_eq!(requests[2].header("retry-attempt"), Some("2"));
        Ok(())
    })
}

#[test]
fn its_batch_is_carried_out_item_by_item() -> Result<()> {
    client(Emulator::builder(), async |client| {
        client.sign_in("Carl Cloud", &ALL).await?;
        let statuses = run(
            client,
            "const item = (id, path) => ({ id, request: new Request(`https://graph.microsoft.com${path}`) });
             const batch = new MicrosoftGraph.BatchRequestContent([
               item('me', '/me'), item('gone', '/servicePrincipals/00000000-0000-0000-0000-000000000001'),
             ]);
             const answer = await graph.api('/$batch').post(await batch.getContent());
             const responses = new MicrosoftGraph.BatchResponseContent(answer);
             return [responses.getResponseById('me').status, responses.getResponseById('gone').status];",
        )
        .await?;
        assert_eq!(statuses, json!([200, 404]));
        Ok(())
    })
}
