//! Both directions at once: the holders of some APIs by their roles.

use anyhow::Context as _;
use e2e::{
    Result, Setup, World,
    find::{Locator, until},
    pages::{ApiPage, Shell},
    scenario, scenario_with,
};
use emulator::{Emulator, Fault, Matcher};

/// Of the table on the screen: the role of each filled cell beside the holder's name, as it is drawn.
const FILLED: &str = r#"
const table = document.querySelector("table.matrix");
const heads = new Map([...table.querySelectorAll("thead th[title]")].map((th) => [th.getAttribute("aria-colindex"), th.title]));
return [...table.querySelectorAll("td.held")].map((td) => {
    const row = td.parentElement.querySelector("th");
    return row.title + " has " + heads.get(td.getAttribute("aria-colindex"));
}).sort();
"#;

fn table(world: &World) -> Locator<'_> {
    world.browser.role("table").named("Holders and roles")
}

async fn filled(world: &World) -> Result<Vec<String>> {
    let filled = world.browser.script(FILLED, Vec::new()).await?;
    Ok(filled.as_array().context("no list")?.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect())
}

/// What the directory says of an API, in the same words.
fn held(world: &World, api: &str) -> Result<Vec<String>> {
    let directory = world.emulator.directory();
    let known = directory.api(api).context("no such API")?;
    let role = |id| match known.app_roles.iter().find(|role| role.id == id) {
        Some(role) => role.value.clone(),
        None => "Default access".to_owned(),
    };
    let held = directory.holders_of(known.id).into_iter();
    Ok(held.map(|held| format!("{} has {} of {api}", held.principal_name, role(held.app_role_id))).collect())
}

#[test]
fn a_matrix_shows_every_assignment_of_the_apis_chosen() -> Result<()> {
    scenario(async |world| {
        Shell(world).sign_in_as("Ada Admin").await?;
        ApiPage(world).open("Partner Gateway").await?;
        world.browser.role("link").named("Matrix").click().await?;
        world.is_at(&format!("/matrix?apis={}", world.api("Partner Gateway")?)).await?;
        table(world).role("row").saying("Luca Ferri").says("User").await?;

        let field = world.browser.role("combobox").named("Add an API");
        field.fill("Warehouse Stock").await?;
        world.browser.role("option").beginning("Warehouse Stock API").first().await?.click().await?;
        let mut wanted = [held(world, "Partner Gateway")?, held(world, "Warehouse Stock API")?].concat();
        wanted.sort_unstable();
        until("every assignment to be there", || async {
            let filled = filled(world).await?;
            Ok(if filled == wanted { Ok(()) } else { Err(format!("{filled:#?}, not {wanted:#?}")) })
        })
        .await?;
        world.browser.pictures("matrix").await?;

        // A person is no identity.
        world.browser.role("button").named("Managed identities only").click().await?;
        table(world).role("row").saying("Luca Ferri").vanishes().await?;
        world.browser.role("searchbox").named("Search").fill("id-stock-sync").await?;
        table(world).role("row").are(1 + 1).await?;
        table(world).role("link").named("id-stock-sync").click().await?;
        world.browser.role("heading").named("id-stock-sync").appears().await?;
        world.browser.driver.back().await?;
        // What was narrowed stands in the address.
        table(world).role("row").are(1 + 1).await
    })
}

#[test]
fn it_scrolls_both_ways_by_windows_and_by_keys() -> Result<()> {
    let setup = Setup { emulator: Emulator::builder().identities(5_000), ..Setup::default() };
    scenario_with(setup, async |world| {
        let browser = &world.browser;
        let graph = world.api("Microsoft Graph")?;
        Shell(world).sign_in_at(&format!("/matrix?apis={graph}&all=yes"), "Ada Admin").await?;
        let roles = world.emulator.directory().api("Microsoft Graph").context("no Graph")?.app_roles;
        let roles = roles.iter().filter(|role| role.for_applications).count();
        assert!(roles > 100, "{roles} roles are too few to scroll");
        let size = "const table = document.querySelector('table.matrix');\
            return [Number(table?.ariaColCount), table?.querySelectorAll('thead th[title]').length]";
        let drawn = until("the columns to be there", || async {
            let size = browser.script(size, Vec::new()).await?;
            let all = size[0].as_u64() == u64::try_from(roles + 1).ok();
            Ok(if all { Ok(size[1].as_u64().unwrap_or(0)) } else { Err(format!("{size}")) })
        })
        .await?;
        assert!((10..120).contains(&drawn), "{drawn} columns are drawn");
        // Privileged roles come first.
        let first = table(world).role("columnheader").texts().await?;
        assert!(first.get(1).is_some_and(|text| text.contains("Privileged")), "{first:?}");

        let last = format!("return document.querySelector('thead th[aria-colindex=\"{}\"]')?.title ?? ''", roles + 1);
        assert_eq!(browser.script(&last, Vec::new()).await?, "");
        browser.script("document.getElementById('matrix').focus()", Vec::new()).await?;
        browser.script("document.getElementById('matrix').scrollLeft = 1e6", Vec::new()).await?;
        until("the last role", || async {
            let title = browser.script(&last, Vec::new()).await?;
            Ok(if title == "" { Err("it is not drawn".to_owned()) } else { Ok(()) })
        })
        .await?;

        // With the focus on a name, keys scroll past it and go on scrolling.
        browser.script("document.querySelector('.matrix tbody a').focus()", Vec::new()).await?;
        let row = "const rows = [...document.querySelectorAll('.matrix tbody tr[aria-rowindex]')];\
            return Number(rows.at(-1)?.getAttribute('aria-rowindex'))";
        let before = browser.script(row, Vec::new()).await?.as_u64().context("no rows")?;
        browser.script("document.getElementById('matrix').scrollTop = 1e6", Vec::new()).await?;
        let focus = "return document.activeElement.id";
        until("the frame to have the focus", || async {
            let focus = browser.script(focus, Vec::new()).await?;
            Ok(if focus == "matrix" { Ok(()) } else { Err(format!("{focus} has it")) })
        })
        .await?;
        let after = browser.script(row, Vec::new()).await?.as_u64().context("no rows")?;
        assert!(after >= before, "{after} follows {before}");
        Ok(())
    })
}

#[test]
fn a_matrix_says_of_which_apis_the_holders_are_not_known() -> Result<()> {
    scenario(async |world| {
        world.expect_status(403);
        let shipments = world.api("Shipment Tracking API")?.to_string();
        world.emulator.fail_always(Matcher::graph().path_contains(&shipments), Fault::status(403));
        Shell(world).sign_in_at(&format!("/matrix?apis={shipments}"), "Ada Admin").await?;
        world.browser.role("alert").says("Incomplete").await?;
        world.browser.role("main").says("the holders are not known yet of Shipment Tracking API").await?;
        world.browser.role("main").says("as far as it is known").await?;
        world.emulator.lift_all();
        world.browser.role("button").named("Try again").click().await?;
        let wanted = held(world, "Shipment Tracking API")?.len();
        until("all that is held", || async {
            let filled = filled(world).await.unwrap_or_default().len();
            Ok(if filled == wanted { Ok(()) } else { Err(format!("{filled} of {wanted}")) })
        })
        .await
    })
}
