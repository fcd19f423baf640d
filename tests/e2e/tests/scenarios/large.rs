//! The main paths in a tenant of 20,000 identities (F-40).

use anyhow::Context as _;
use e2e::{
    Result, Setup, World,
    find::{shown, until},
    pages::{ApiPage, IdentitiesPage, Shell},
    scenario_with,
};
use emulator::{Emulator, Fault, Matcher};

const COUNT: usize = 20_000;

fn large() -> Setup {
    Setup { emulator: Emulator::builder().identities(COUNT), ..Setup::default() }
}

/// A page of the list of identities that is not the first.
fn later_page() -> Matcher {
    Matcher::graph().path_ends_with("/servicePrincipals").query_contains("$skiptoken").query_contains("ManagedIdentity")
}

/// The names of the identities, as the list orders them.
fn names(world: &World) -> Vec<String> {
    let mut names: Vec<String> =
        world.emulator.directory().identities().into_iter().map(|identity| identity.display_name).collect();
    names.sort_unstable();
    names
}

#[test]
fn twenty_thousand_identities_are_searched_filtered_ordered_and_selected() -> Result<()> {
    scenario_with(large(), async |world| {
        let (list, browser) = (IdentitiesPage(world), &world.browser);
        Shell(world).sign_in_as("Ada Admin").await?;
        list.status_says(&format!("{} loaded", shown(COUNT))).await?;
        list.is_loaded().await?;
        let all = names(world);

        list.sort_by("Name").await?;
        list.row(all.last().context("none")?).appears().await?;
        browser.script("scrollTo(0, document.documentElement.scrollHeight)", Vec::new()).await?;
        list.row(all.first().context("none")?).appears().await?;
        browser.script("scrollTo(0, 0)", Vec::new()).await?;
        list.sort_by("Name").await?;

        // What has most roles comes first, and what has the most privileged ones.
        let directory = world.emulator.directory();
        let most = directory.identities().iter().map(|it| directory.held_by(it.id).len()).max().context("none")?;
        list.sort_by("Roles").await?;
        list.sort_by("Roles").await?;
        world.is_at("/?sort=roles&order=desc").await?;
        until("those with most roles to be first", || async {
            let rows = browser.role("table").named("Identities").role("row").texts().await?;
            let first = rows.get(1).context("no rows")?;
            let holds = first.contains(&most.to_string());
            Ok(if holds { Ok(()) } else { Err(format!("{first} does not hold {most}")) })
        })
        .await?;

        let wanted = &directory.identities()[17_321];
        list.search(&wanted.id.to_string()).await?;
        list.are(&[&wanted.display_name]).await?;
        list.search("payroll worker payroll-prod").await?;
        let fit: Vec<_> = directory
            .identities()
            .into_iter()
            .filter(|it| {
                let text = format!("{} {}", it.display_name, it.alternative_names.join(" ")).to_lowercase();
                ["payroll", "worker", "payroll-prod"].iter().all(|word| text.contains(word))
            })
            .collect();
        assert!(fit.len() > 20, "{} is too few", fit.len());
        list.status_says(&format!("{} of {} loaded", shown(fit.len()), shown(COUNT))).await?;
        list.tick_all(&format!("Select all {} that match", shown(fit.len()))).click().await?;
        list.tray().says(&format!("{} selected", shown(fit.len()))).await
    })
}

#[test]
fn thousands_of_holders_are_shown_some_hundreds_at_a_time() -> Result<()> {
    scenario_with(large(), async |world| {
        Shell(world).sign_in_at_api("Microsoft Graph", "Ada Admin").await?;
        let rows = ApiPage(world).holders();
        let more = world.browser.role("region").named("Holders").role("button").beginning("Show 500 of ");
        rows.are(101).await?;
        more.click().await?;
        rows.are(601).await
    })
}

/// F-37: Graph forgets the place in the list, and it is read once more from its beginning.
#[test]
fn an_expired_page_does_not_cost_the_list() -> Result<()> {
    scenario_with(large(), async |world| {
        world.expect_status(400);
        let expired = serde_json::json!({ "error": {
            "code": "Directory_ExpiredPageToken",
            "message": "The specified page token value has expired and can no longer be included in your request.",
        } });
        world.emulator.fail_next(later_page(), Fault::status(400).json(&expired));
        Shell(world).sign_in_as("Ada Admin").await?;
        IdentitiesPage(world).status_says(&format!("{} loaded", shown(COUNT))).await?;
        assert_eq!(world.emulator.faults_waiting(), 0, "the fault has struck");
        Ok(())
    })
}

#[test]
fn a_page_that_stays_away_leaves_the_list_marked_incomplete() -> Result<()> {
    scenario_with(large(), async |world| {
        world.expect_status(403);
        world.emulator.fail_always(later_page(), Fault::status(403));
        Shell(world).sign_in_at("/", "Ada Admin").await?;
        let (list, alert) = (IdentitiesPage(world), world.browser.role("alert"));
        alert.says("Incomplete: only 999 identities could be read").await?;
        alert.says("Could not read the managed identities").await?;
        list.status_says("999 loaded, incomplete").await?;
        world.browser.pictures("list-incomplete").await?;
        world.emulator.lift_all();
        alert.role("button").named("Try again").click().await?;
        list.status_says(&format!("{} loaded", shown(COUNT))).await?;
        alert.vanishes().await
    })
}
