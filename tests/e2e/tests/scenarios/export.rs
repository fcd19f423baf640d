//! Tables as files: what is shown, with names and ids, for a spreadsheet and for a script.

use anyhow::Context as _;
use e2e::{
    Result, World,
    find::until,
    pages::{ApiPage, ApisPage, IdentitiesPage, IdentityPage, Question, Shell},
    scenario,
};
use emulator::{Fault, Matcher};
use serde_json::Value;
use std::collections::HashSet;

/// Saves the table that is on the screen, and hands over the file.
async fn export(world: &World, kind: &str, format: &str) -> Result<(String, String)> {
    world.browser.role("button").named("Export…").click().await?;
    Question(world).answer(format).await?;
    let (stem, extension) = (format!("rolegrant-{kind}-"), format!(".{}", format.to_lowercase()));
    until(&format!("a file {stem}…{extension}"), || async {
        let files = world.browser.downloads()?;
        let names: Vec<_> = files.iter().map(|(name, _)| name.clone()).collect();
        let file = files
            .into_iter()
            .find(|(name, text)| name.starts_with(&stem) && name.ends_with(&extension) && !text.is_empty());
        Ok(file.ok_or(format!("there are {names:?}")))
    })
    .await
}

fn rows_of(json: &str) -> Result<Vec<Value>> {
    let file: Value = serde_json::from_str(json)?;
    Ok(file.get("rows").and_then(Value::as_array).context("no rows")?.clone())
}

/// SEC-114, SEC-116
#[test]
fn what_a_list_shows_is_saved_with_names_and_ids() -> Result<()> {
    scenario(async |world| {
        Shell(world).sign_in_at("/?q=rg-finance-prod&order=desc", "Ada Admin").await?;
        let list = IdentitiesPage(world);
        list.is_loaded().await?;
        let names = list.names().await?;
        assert!(names.len() > 2, "{names:?}");

        let (name, json) = export(world, "identities", "JSON").await?;
        let tenant = world.emulator.tenant_id().to_string();
        assert!(name.contains(&tenant) && !name.contains("incomplete"), "{name}");
        let rows = rows_of(&json)?;
        assert_eq!(rows.iter().map(|row| row["name"].as_str().unwrap_or_default()).collect::<Vec<_>>(), names);
        let directory = world.emulator.directory();
        for row in &rows {
            let id = row["objectId"].as_str().context("no id")?;
            let known = directory.identities().into_iter().find(|known| known.id.to_string() == id);
            let known = known.with_context(|| format!("{id} is nobody"))?;
            assert_eq!(row["applicationId"], known.app_id.to_string());
            assert_eq!(row["roles"], directory.held_by(known.id).len());
        }

        let (_, csv) = export(world, "identities", "CSV").await?;
        assert_eq!(csv.lines().count(), rows.len() + 1, "{csv}");
        for row in &rows {
            assert!(csv.contains(row["objectId"].as_str().unwrap_or("?")), "{row}");
        }

        Shell(world).apis().await?;
        ApisPage(world).is_loaded().await?;
        ApisPage(world).search("Warehouse Stock").await?;
        let (_, json) = export(world, "apis", "JSON").await?;
        let stock = world.api("Warehouse Stock API")?;
        let rows = rows_of(&json)?;
        assert_eq!((rows.len(), &rows[0]["objectId"]), (1, &Value::String(stock.to_string())));
        assert_eq!(rows[0]["holders"], directory.holders_of(stock).len());
        Ok(())
    })
}

#[test]
fn roles_held_are_saved_from_both_sides() -> Result<()> {
    scenario(async |world| {
        Shell(world).sign_in_as("Ada Admin").await?;
        let directory = world.emulator.directory();
        ApiPage(world).open("Partner Gateway").await?;
        ApiPage(world).holders().saying("Luca Ferri").appears().await?;
        let gateway = world.api("Partner Gateway")?;
        let (_, json) = export(world, "holders", "JSON").await?;
        let rows = rows_of(&json)?;
        let held = directory.holders_of(gateway);
        assert_eq!(rows.len(), held.len());
        for held in held {
            let row = rows.iter().find(|row| row["assignmentId"] == held.id).context("one is missing")?;
            assert_eq!(row["holderId"], held.principal_id.to_string());
            assert_eq!(row["roleId"], held.app_role_id.to_string());
        }
        let person = rows.iter().find(|row| row["holder"] == "Luca Ferri").context("he is missing")?;
        assert_eq!(person["holderKind"], "User");

        IdentityPage(world).open("id-stock-sync").await?;
        IdentityPage(world).held().saying("Stock.Audit.Read").appears().await?;
        let (_, csv) = export(world, "roles", "CSV").await?;
        let held = directory.held_by(world.identity("id-stock-sync")?);
        assert_eq!(csv.lines().count(), held.len() + 1, "{csv}");
        for held in held {
            assert!(csv.contains(&held.app_role_id.to_string()), "{held:?}");
        }
        Ok(())
    })
}

#[test]
fn a_matrix_is_saved_with_a_line_an_assignment() -> Result<()> {
    scenario(async |world| {
        let directory = world.emulator.directory();
        let (gateway, stock) = (world.api("Partner Gateway")?, world.api("Warehouse Stock API")?);
        let held = [directory.holders_of(gateway), directory.holders_of(stock)].concat();
        let holders: HashSet<_> = held.iter().map(|held| held.principal_id).collect();
        Shell(world).sign_in_at(&format!("/matrix?apis={gateway},{stock}"), "Ada Admin").await?;
        let drawn = "return Number(document.querySelector('table.matrix')?.ariaRowCount)";
        until("all holders to be there", || async {
            let rows = world.browser.script(drawn, Vec::new()).await?;
            Ok(if rows == holders.len() + 1 { Ok(()) } else { Err(format!("there are {rows} rows")) })
        })
        .await?;
        world.browser.pictures("matrix-export").await?;

        let (name, json) = export(world, "matrix", "JSON").await?;
        assert!(!name.contains("incomplete"), "{name}");
        let rows = rows_of(&json)?;
        assert_eq!(rows.len(), held.len());
        for held in held {
            let row = rows.iter().find(|row| row["assignmentId"] == held.id).context("one is missing")?;
            let ids = [held.principal_id, held.resource_id, held.app_role_id].map(|id| id.to_string());
            assert_eq!([&row["holderId"], &row["apiId"], &row["roleId"]], ids.each_ref());
            assert_eq!([&row["holder"], &row["api"]], [&held.principal_name, &held.resource_name]);
        }
        let person = rows.iter().find(|row| row["holder"] == "Luca Ferri").context("he is missing")?;
        assert_eq!((&person["holderKind"], &person["role"]), (&"User".into(), &"Default access".into()));
        // In the order of the rows.
        let names: Vec<_> = rows.iter().map(|row| row["holder"].to_string().to_lowercase()).collect();
        assert!(names.is_sorted(), "{names:?}");

        // What is narrowed on the screen is narrowed in the file.
        world.browser.role("button").named("Managed identities only").click().await?;
        world.browser.role("searchbox").named("Search").fill("id-stock-sync").await?;
        until("one holder to be left", || async {
            let rows = world.browser.script(drawn, Vec::new()).await?;
            Ok(if rows == 1 + 1 { Ok(()) } else { Err(format!("there are {rows} rows")) })
        })
        .await?;
        let (_, csv) = export(world, "matrix", "CSV").await?;
        let sync = directory.held_by(world.identity("id-stock-sync")?);
        let wanted = sync.iter().filter(|held| [gateway, stock].contains(&held.resource_id)).count();
        assert!(wanted > 0 && csv.lines().count() == wanted + 1, "{wanted}: {csv}");
        Ok(())
    })
}

#[test]
fn a_file_of_a_list_that_is_not_whole_says_so() -> Result<()> {
    scenario(async |world| {
        world.expect_status(403);
        let shipments = world.api("Shipment Tracking API")?.to_string();
        world.emulator.fail_always(Matcher::graph().path_contains(&shipments), Fault::status(403));
        Shell(world).sign_in_at("/", "Ada Admin").await?;
        world.browser.role("alert").says("Incomplete").await?;
        world.browser.role("button").named("Export…").click().await?;
        Question(world).dialog().says("Not everything has been read").await?;
        world.browser.pictures("export").await?;
        Question(world).answer("Cancel").await?;
        let (name, json) = export(world, "identities", "JSON").await?;
        assert!(name.ends_with("-incomplete.json"), "{name}");
        let file: Value = serde_json::from_str(&json)?;
        assert_eq!(file["complete"], false);
        Ok(())
    })
}
