//! Changes that were written elsewhere: tables and plan files. SEC-115.

use e2e::{Result, World, find::Locator, pages::Shell, scenario};

const TABLE: &str = "action,identity,api,role\n\
    assign,id-stock-sync,Shipment Tracking API,Shipments.Export\n\
    assign,id-stock-sink,Shipment Tracking API,Shipments.Export\n\
    remove,id-stock-sync,Warehouse Stock API,Stock.Adjust\n";

async fn open(world: &World) -> Result<Locator<'_>> {
    Shell(world).sign_in_at("/plan", "Carl Cloud").await?;
    world.browser.role("button").named("Import…").click().await?;
    let dialog = world.browser.role("dialog").named("Import changes");
    dialog.appears().await?;
    Ok(dialog)
}

#[test]
fn a_pasted_table_is_shown_before_it_is_added_and_says_what_is_not_clear() -> Result<()> {
    scenario(async |world| {
        let (shell, dialog) = (Shell(world), open(world).await?);
        let text = dialog.role("textbox").named("Paste the table or the plan");
        text.fill("identity,role\nid-stock-sync,X\n").await?;
        dialog.role("button").named("Read what was pasted").click().await?;
        dialog.role("status").says("does not name the column \"api\"").await?;
        assert!(text.value().await?.contains("id-stock-sync"), "what was typed is lost");

        text.fill(TABLE).await?;
        dialog.role("button").named("Read what was pasted").click().await?;
        dialog.role("status").says("2 changes understood").await?;
        dialog.role("status").says("1 row not clear, and left out").await?;
        dialog.role("status").says("Line 3: No identity with the name or id \"id-stock-sink\" is known").await?;
        dialog.role("button").named("Copy unclear rows").appears().await?;
        shell.heading("Import changes").await?;
        assert!(!world.browser.role("link").named("Plan 2").is_there().await?, "it was added without a press");
        dialog.role("button").named("Add 2 changes to the plan").click().await?;
        // What was not clear stays to be put right; what was added is not counted as still to add.
        dialog.role("status").says("2 changes added to the plan").await?;
        assert!(!dialog.text().await?.contains("changes understood"), "nothing is left to add");
        dialog.role("status").says("Line 3: No identity").await?;
        dialog.role("button").named("Close").click().await?;
        dialog.vanishes().await?;
        // With the plan's first changes the button has come to stand elsewhere.
        world.browser.focus_is("button", "Import…").await?;
        shell.plans(2).await?;
        assert!(world.changes_sent().is_empty(), "nothing is sent");
        Ok(())
    })
}

/// Drops a text as a file of this name on the dialog.
const DROP: &str = "const [name, text] = arguments; const data = new DataTransfer();\
    data.items.add(new File([text], name));\
    document.querySelector('dialog[open] .dialog-body').dispatchEvent(\
    new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));";

#[test]
fn a_file_is_chosen_or_dropped() -> Result<()> {
    scenario(async |world| {
        let dialog = open(world).await?;
        dialog.role("button").named("Close").appears().await?;
        e2e::find::until("the lists to be loaded", || async {
            let loading = dialog.role("status").saying("still loading").is_there().await?;
            Ok(if loading { Err("they are loading".to_owned()) } else { Ok(()) })
        })
        .await?;
        world.browser.script(DROP, vec!["t.csv".into(), TABLE.into()]).await?;
        dialog.role("status").says("2 changes understood").await?;
        world.browser.script(DROP, vec!["t.csv".into(), "\"".into()]).await?;
        dialog.role("status").says("It could not be read").await?;
        let large = "const data = new DataTransfer(); data.items.add(new File(['x'.repeat(20000001)], 'x'));\
            document.querySelector('dialog[open] .dialog-body').dispatchEvent(\
            new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));";
        world.browser.script(large, Vec::new()).await?;
        dialog.role("status").says("The file is too large.").await?;

        let folder = tempfile::tempdir()?;
        let path = folder.path().join("changes.json");
        std::fs::write(
            &path,
            r#"[{"identity":"id-stock-sync","api":"Shipment Tracking API","role":"Shipments.Export"}]"#,
        )?;
        let field = world.browser.driver.find(thirtyfour::By::Id("import-file")).await?;
        field.send_keys(path.display().to_string()).await?;
        dialog.role("status").says("1 change understood").await?;
        dialog.role("button").named("Add 1 change to the plan").click().await?;
        dialog.vanishes().await?;
        Shell(world).plans(1).await
    })
}

#[test]
fn a_plan_of_another_tenant_or_a_damaged_one_is_refused() -> Result<()> {
    scenario(async |world| {
        let dialog = open(world).await?;
        let text = dialog.role("textbox").named("Paste the table or the plan");
        let id = |tail: u8| format!("00000000-0000-4000-8000-0000000000{tail:02}");
        let plan = |tenant: &str| {
            format!(
                r#"{{"format":"rolegrant-plan","version":1,"tenant":"{tenant}","madeBy":"Eve","madeById":"{}","madeAt":"2026-11-23T22:31:00Z","digest":"{}","changes":[{{"change":"assign","identity":"{}","api":"{}","role":"{}"}}]}}"#,
                id(1),
                "0".repeat(64),
                id(2),
                id(3),
                id(4)
            )
        };
        text.fill(&plan(&id(9))).await?;
        dialog.role("button").named("Read what was pasted").click().await?;
        dialog.role("status").says("The file is of another tenant").await?;
        text.fill(&plan(world.emulator.tenant_id())).await?;
        dialog.role("button").named("Read what was pasted").click().await?;
        dialog.role("status").says("The plan was damaged or changed on its way").await?;
        assert!(!dialog.role("button").beginning("Add").is_there().await?);
        Ok(())
    })
}
