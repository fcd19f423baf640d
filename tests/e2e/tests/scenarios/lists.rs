//! Finding things: the two lists, what stands in the address, and addresses that lead nowhere.

use anyhow::Context as _;
use e2e::{
    Result, Setup, World,
    find::until,
    pages::{ApiPage, ApisPage, IdentitiesPage, IdentityPage, Shell},
    scenario, scenario_with,
};
use emulator::{Emulator, Fault, Matcher, ServicePrincipal};

/// The names of the identities that pass, as the list orders them.
fn names_of(world: &World, test: impl Fn(&ServicePrincipal) -> bool) -> Vec<String> {
    let mut names: Vec<String> = world
        .emulator
        .directory()
        .identities()
        .into_iter()
        .filter(test)
        .map(|identity| identity.display_name)
        .collect();
    names.sort_unstable();
    names
}

fn in_group(identity: &ServicePrincipal, group: &str) -> bool {
    identity.alternative_names.iter().any(|name| name.contains(&format!("/{group}/")))
}

#[test]
fn search_filters_and_order_stand_in_the_address_and_survive_a_reload() -> Result<()> {
    scenario(async |world| {
        let list = IdentitiesPage(world);
        Shell(world).sign_in_as("Ada Admin").await?;
        let all = world.graph().identities().await?.len();

        list.search("rg-finance-prod").await?;
        let finance = names_of(world, |identity| in_group(identity, "rg-finance-prod"));
        assert!(finance.len() > 2, "{finance:?}");
        list.are(&finance).await?;
        world.is_at("/?q=rg-finance-prod").await?;
        list.status_says(&format!("{} of {all} loaded", finance.len())).await?;

        list.filter("User-assigned").await?;
        list.are(&["id-billing-batch"]).await?;
        world.is_at("/?q=rg-finance-prod&kind=user").await?;
        list.filter("User-assigned").await?;

        list.sort_by("Name").await?;
        let turned: Vec<_> = finance.iter().rev().collect();
        list.are(&turned).await?;
        world.is_at("/?q=rg-finance-prod&order=desc").await?;

        world.browser.driver.refresh().await?;
        list.is_loaded().await?;
        list.are(&turned).await?;
        world.is_at("/?q=rg-finance-prod&order=desc").await?;
        let kept = world.browser.role("searchbox").named("Search").value().await?;
        assert_eq!(kept, "rg-finance-prod");

        // Back from an identity, the list is as it was.
        list.open("id-billing-batch").await?;
        world.browser.driver.back().await?;
        list.are(&turned).await?;

        list.search("no identity is called so").await?;
        world.browser.role("button").named("Show all identities").click().await?;
        list.status_says(&format!("{all} loaded")).await?;
        world.is_at("/").await
    })
}

#[test]
fn identities_are_filtered_by_state_subscription_and_role_held() -> Result<()> {
    scenario(async |world| {
        let (list, browser) = (IdentitiesPage(world), &world.browser);
        Shell(world).sign_in_as("Ada Admin").await?;
        list.is_loaded().await?;
        list.filter("Disabled").await?;
        list.are(&names_of(world, |identity| !identity.account_enabled)).await?;
        world.is_at("/?enabled=no").await?;
        list.filter("Disabled").await?;

        let directory = world.emulator.directory();
        let stock = directory.api("Warehouse Stock API").context("no API")?;
        let role = stock.role("Stock.Adjust").context("no role")?.id;
        let roles = browser.role("combobox").named("Roles held");
        roles.choose("Warehouse Stock API: Stock.Adjust").await?;
        let holds = |identity: &ServicePrincipal| {
            directory.held_by(identity.id).iter().any(|held| (held.resource_id, held.app_role_id) == (stock.id, role))
        };
        list.are(&names_of(world, holds)).await?;
        world.is_at(&format!("/?holds={}.{role}", stock.id)).await?;
        browser.driver.refresh().await?;
        list.is_loaded().await?;
        list.are(&names_of(world, holds)).await?;
        let chosen =
            "return document.querySelector('select[aria-label=\"Roles held\"]').selectedOptions[0]?.textContent";
        assert_eq!(browser.script(chosen, Vec::new()).await?, "Warehouse Stock API: Stock.Adjust");

        roles.choose("No role").await?;
        let nothing = names_of(world, |identity| directory.held_by(identity.id).is_empty());
        assert!(!nothing.is_empty());
        list.status_says(&format!("{} of", nothing.len())).await?;

        // One subscription, by its id in the address and by its name in the list.
        let subscriptions = browser.role("combobox").named("Subscription");
        roles.choose("Any roles").await?;
        let second = "return document.querySelector('select[aria-label=Subscription]').options[1].textContent";
        let name = browser.script(second, Vec::new()).await?;
        subscriptions.choose(name.as_str().context("no subscription")?).await?;
        let address = world.path().await?;
        let id = address.strip_prefix("/?subscription=").context("not in the address")?.to_owned();
        let inside = names_of(world, |identity| identity.alternative_names.iter().any(|name| name.contains(&id)));
        list.status_says(&format!("{} of", inside.len())).await?;

        browser.role("columnheader").named("Privileged").role("button").click().await?;
        world.is_at(&format!("/?subscription={id}&sort=privileged")).await
    })
}

#[test]
fn those_with_privileged_roles_are_marked_and_found() -> Result<()> {
    scenario(async |world| {
        let list = IdentitiesPage(world);
        Shell(world).sign_in_at("/?privileged=yes&q=rg-security", "Ada Admin").await?;
        list.is_loaded().await?;
        list.are(&["id-break-glass-automation"]).await?;
        list.row("id-break-glass-automation").says("1 privileged").await?;
        list.open("id-break-glass-automation").await?;
        let row = IdentityPage(world).held().saying("RoleManagement.ReadWrite.Directory");
        row.says("Privileged").await?;
        // One sentence says how the tenant could be taken over with it.
        let text = row.text().await?;
        assert!(text.contains("Could "), "{text}");
        Ok(())
    })
}

#[test]
fn an_identity_is_found_by_a_role_that_it_holds() -> Result<()> {
    scenario(async |world| {
        let list = IdentitiesPage(world);
        Shell(world).sign_in_as("Ada Admin").await?;
        let stock = world.emulator.directory().api("Warehouse Stock API").context("no API")?;
        let role = stock.role("Stock.Adjust").context("no role")?.id;
        let held = world.emulator.directory().holders_of(stock.id);
        let mut holders: Vec<String> =
            held.into_iter().filter(|held| held.app_role_id == role).map(|held| held.principal_name).collect();
        holders.sort_unstable();
        list.search("Stock.Adjust").await?;
        list.are(&holders).await
    })
}

/// Waits until the short table below this heading has these rows, each by the texts of some of its cells.
async fn rows_are(world: &World, heading: &str, cells: &str, wanted: &[String]) -> Result<()> {
    let script = format!(
        "return [...document.querySelectorAll('table[aria-labelledby={heading}] tbody tr')].map((row) =>
            [{cells}].map((cell) => row.cells[cell].querySelector('bdi').textContent).join(' '))"
    );
    until(&format!("the rows to be {wanted:#?}"), || async {
        let rows = world.browser.script(&script, Vec::new()).await?;
        Ok(if rows == serde_json::json!(wanted) { Ok(()) } else { Err(format!("they are {rows:#}")) })
    })
    .await
}

#[test]
fn holders_are_ordered_by_every_column() -> Result<()> {
    scenario(async |world| {
        let page = ApiPage(world);
        let stock = world.emulator.directory().api("Warehouse Stock API").context("no API")?;
        let address = format!("/apis/{}", stock.id);
        let role = |id| stock.app_roles.iter().find(|role| role.id == id).map_or("", |role| &role.value);
        let mut held = world.emulator.directory().holders_of(stock.id);
        held.sort_by_key(|held| {
            (held.principal_name.to_lowercase(), held.principal_id, role(held.app_role_id).to_lowercase())
        });
        let rows = |held: &[emulator::Assignment]| -> Vec<String> {
            held.iter().map(|held| format!("{} {}", held.principal_name, role(held.app_role_id))).collect()
        };
        let by_name = rows(&held);
        held.sort_by(|a, b| a.created.cmp(&b.created));
        let by_age = rows(&held);
        let by_youth: Vec<String> = by_age.iter().rev().cloned().collect();
        assert!(by_name.len() > 3 && by_name != by_age, "{by_name:#?}");

        Shell(world).sign_in_at(&address, "Ada Admin").await?;
        rows_are(world, "holders-heading", "0, 1", &by_name).await?;
        assert_eq!(page.column("Holder").one().await?.attr("aria-sort").await?.as_deref(), Some("ascending"));
        page.column("Since").role("button").click().await?;
        rows_are(world, "holders-heading", "0, 1", &by_age).await?;
        world.is_at(&format!("{address}?sort=since")).await?;
        page.column("Since").role("button").click().await?;
        rows_are(world, "holders-heading", "0, 1", &by_youth).await?;
        assert_eq!(page.column("Since").one().await?.attr("aria-sort").await?.as_deref(), Some("descending"));
        assert_eq!(page.column("Holder").one().await?.attr("aria-sort").await?, None);
        world.browser.focus_is("button", "Since").await?;
        world.browser.pictures("holders-ordered").await?;

        // It goes with what narrows the list, and survives a reload.
        world.browser.role("button").named("Managed identities only").click().await?;
        world.is_at(&format!("{address}?sort=since&order=desc&identities=only")).await?;
        world.browser.driver.refresh().await?;
        world.browser.role("button").named("Managed identities only").click().await?;
        rows_are(world, "holders-heading", "0, 1", &by_youth).await?;

        page.column("Role").role("button").click().await?;
        held.sort_by_key(|held| held.principal_name.to_lowercase());
        held.sort_by_key(|held| role(held.app_role_id).to_lowercase());
        rows_are(world, "holders-heading", "0, 1", &rows(&held)).await?;
        world.is_at(&format!("{address}?sort=role")).await
    })
}

#[test]
fn roles_held_are_ordered_by_every_column() -> Result<()> {
    scenario(async |world| {
        let (page, directory) = (IdentityPage(world), world.emulator.directory());
        let all = directory.service_principals();
        let role = |held: &emulator::Assignment| {
            let api = all.iter().find(|api| api.id == held.resource_id);
            let role = api.and_then(|api| api.app_roles.iter().find(|role| role.id == held.app_role_id));
            role.map_or("", |role| &role.value)
        };
        let rows = |held: &[emulator::Assignment]| -> Vec<String> {
            held.iter().map(|held| format!("{} {}", role(held), held.resource_name)).collect()
        };
        // Whoever holds the most, since one that holds two proves little.
        let busiest = directory.identities().into_iter().max_by_key(|it| directory.held_by(it.id).len());
        let identity = busiest.context("no identities")?;
        let address = format!("/identities/{}", identity.id);
        let mut held = directory.held_by(identity.id);
        held.sort_by_key(|held| (held.resource_name.to_lowercase(), role(held).to_lowercase()));
        let by_api = rows(&held);
        let mut ordered = held.clone();
        ordered.sort_by_key(|held| role(held).to_lowercase());
        let by_role = rows(&ordered);
        held.sort_by(|a, b| a.created.cmp(&b.created));
        let by_age = rows(&held);
        assert!(by_api != by_role && by_role != by_age, "{by_api:#?}");

        Shell(world).sign_in_at(&address, "Ada Admin").await?;
        rows_are(world, "held-heading", "0, 1", &by_api).await?;
        page.column("Role").role("button").click().await?;
        rows_are(world, "held-heading", "0, 1", &by_role).await?;
        world.is_at(&format!("{address}?sort=role")).await?;
        page.column("Since").role("button").click().await?;
        rows_are(world, "held-heading", "0, 1", &by_age).await?;
        assert_eq!(page.column("Since").one().await?.attr("aria-sort").await?.as_deref(), Some("ascending"));
        world.browser.pictures("held-ordered").await?;

        // It goes with what is chosen in the form, and survives a reload.
        page.choose_api("Shipment Tracking API").await?;
        let shipments = world.api("Shipment Tracking API")?;
        world.is_at(&format!("{address}?sort=since&api={shipments}")).await?;
        world.browser.driver.refresh().await?;
        rows_are(world, "held-heading", "0, 1", &by_age).await?;
        page.column("API").role("button").click().await?;
        rows_are(world, "held-heading", "0, 1", &by_api).await?;
        world.is_at(&format!("{address}?api={shipments}")).await
    })
}

#[test]
fn nobody_is_said_to_fit_before_the_roles_held_are_known() -> Result<()> {
    scenario(async |world| {
        world.expect_status(403);
        let graph = world.api("Microsoft Graph")?;
        let role = world.role("Microsoft Graph", "RoleManagement.ReadWrite.Directory")?;
        let holders = || Matcher::graph().path_contains(&graph.to_string()).path_ends_with("/appRoleAssignedTo");
        let main = world.browser.role("main");
        let address = format!("/?holds={graph}.{role}");

        let fault = world.emulator.fail_always(holders(), Fault::hang());
        Shell(world).sign_in_at(&address, "Ada Admin").await?;
        main.says("No identity fits so far: the roles held are still being read").await?;
        assert!(world.emulator.lift(fault));
        world.emulator.fail_always(holders(), Fault::status(403));
        world.open(&address).await?;
        main.says("No identity is known to fit: not all roles held could be read").await?;
        // Where roles do not count, it is known.
        let both = |identity: &ServicePrincipal| {
            let user_assigned = |name: &String| name.to_lowercase().contains("/userassignedidentities/");
            !identity.account_enabled && !identity.alternative_names.iter().any(user_assigned)
        };
        assert_eq!(names_of(world, both), [""; 0]);
        world.open("/?enabled=no&kind=system").await?;
        main.says("No identity fits the search and the filters").await?;

        world.emulator.lift_all();
        world.open(&address).await?;
        IdentitiesPage(world).is_loaded().await?;
        let directory = world.emulator.directory();
        let holds =
            |identity: &ServicePrincipal| directory.held_by(identity.id).iter().any(|held| held.app_role_id == role);
        IdentitiesPage(world).are(&names_of(world, holds)).await
    })
}

/// F-44
#[test]
fn equal_names_are_told_apart() -> Result<()> {
    scenario(async |world| {
        let list = IdentitiesPage(world);
        Shell(world).sign_in_at("/?q=id-deploy", "Ada Admin").await?;
        list.is_loaded().await?;
        list.are(&["id-deploy", "id-deploy"]).await?;
        list.row("id-deploy").saying("Same name twice").are(2).await?;
        list.row("id-deploy").saying("rg-platform-prod").are(1).await?;
        list.row("id-deploy").saying("rg-platform-dev").are(1).await?;

        Shell(world).apis().await?;
        ApisPage(world).search("Rates API").await?;
        world.browser.role("table").named("APIs").role("row").saying("Same name twice").are(2).await?;
        Shell(world).identities().await?;
        list.search("id-sandbox").await?;
        list.open("id-sandbox").await?;
        let proposals = IdentityPage(world).look_for_api("Rates API").await?;
        proposals.saying("same name twice").are(2).await
    })
}

/// F-41
#[test]
fn peculiar_identities_and_apis_are_marked_as_such() -> Result<()> {
    scenario(async |world| {
        let list = IdentitiesPage(world);
        Shell(world).sign_in_as("Ada Admin").await?;
        list.search("id-legacy-sync").await?;
        list.row("id-legacy-sync").says("Disabled").await?;

        list.search("apim-larkspur").await?;
        list.open("apim-larkspur").await?;
        IdentityPage(world).held().saying("Default access").says("Partner Gateway").await?;
        // From there to the API, which lists the same assignment, and one of a person.
        world.browser.role("table").named("Roles held").role("link").named("Partner Gateway").click().await?;
        let api = ApiPage(world);
        api.holders().saying("apim-larkspur").says("Default access").await?;
        api.holders().saying("Luca Ferri").says("User").await?;
        assert!(
            !api.holders().saying("Luca Ferri").role("button").is_there().await?,
            "a person's role is not for here"
        );

        Shell(world).apis().await?;
        ApisPage(world).search("Billing").await?;
        ApisPage(world).open("Billing API").await?;
        world.browser.role("main").says("Assignment required").await
    })
}

#[test]
fn apis_are_found_and_show_their_roles_and_holders() -> Result<()> {
    scenario(async |world| {
        Shell(world).sign_in_at("/apis", "Ada Admin").await?;
        let apis = ApisPage(world);
        apis.is_loaded().await?;
        apis.search("Parcels.Read.All").await?;
        world.is_at("/apis?q=Parcels.Read.All").await?;
        until("one API to be left", || async {
            let names = apis.names().await?;
            Ok(if names == ["Parcelwise Connect"] { Ok(()) } else { Err(format!("{names:?}")) })
        })
        .await?;
        world.browser.role("table").named("APIs").role("row").saying("Parcelwise B.V.").are(1).await?;

        apis.search("Warehouse Stock").await?;
        apis.open("Warehouse Stock API").await?;
        let api = ApiPage(world);
        let held = world.emulator.directory().holders_of(world.api("Warehouse Stock API")?).len();
        api.holders().are(held + 1).await?;
        world.browser.role("button").named("Only its holders: Stock.Audit.Read").click().await?;
        api.holders().are(1 + 2).await?;
        world.browser.role("button").named("Managed identities only").click().await?;
        api.holders().are(1 + 1).await?;
        api.holders().saying("id-stock-sync").appears().await?;
        // A role for people only is none of this product's.
        api.roles().saying("Stock.Read.All").appears().await?;
        assert!(!api.roles().saying("Bays.Manage").is_there().await?);
        Ok(())
    })
}

#[test]
fn a_large_tenant_is_drawn_by_the_window_and_searched_whole() -> Result<()> {
    let setup = Setup { emulator: Emulator::builder().identities(5_000), ..Setup::default() };
    scenario_with(setup, async |world| {
        let list = IdentitiesPage(world);
        Shell(world).sign_in_as("Ada Admin").await?;
        list.status_says("5,000 loaded").await?;
        let rows = "return document.querySelectorAll('table[aria-label=Identities] tbody tr').length";
        let drawn = world.browser.script(rows, Vec::new()).await?.as_u64().context("no number")?;
        assert!((10..100).contains(&drawn), "{drawn} rows are drawn");
        let whole = "return document.querySelector('table[aria-label=Identities]').ariaRowCount";
        assert_eq!(world.browser.script(whole, Vec::new()).await?, "5001");

        // Scrolled to its end, the list shows its end.
        let names = names_of(world, |_| true);
        let last = names.last().context("no names")?;
        world.browser.script("scrollTo(0, document.documentElement.scrollHeight)", Vec::new()).await?;
        list.row(last).appears().await?;

        let all = world.emulator.directory().identities();
        let wanted = &all.get(4_321).context("too few")?;
        // From there, Ctrl+K leads back to the search.
        world.browser.press_control('k').await?;
        world.browser.press(wanted.id.to_string()).await?;
        list.are(&[&wanted.display_name]).await?;
        list.status_says("1 of 5,000 loaded").await
    })
}

#[test]
fn addresses_that_lead_nowhere_say_so() -> Result<()> {
    scenario(async |world| {
        world.expect_status(404);
        let (alert, shell) = (world.browser.role("alert"), Shell(world));
        shell.sign_in_at("/nowhere/at/all", "Ada Admin").await?;
        shell.heading("No such page").await?;
        world.browser.role("link").named("Go to the identities").click().await?;
        IdentitiesPage(world).is_loaded().await?;

        world.open("/identities/not-an-id").await?;
        shell.heading("No such page").await?;

        world.open("/identities/7d9a4f5e-0000-4000-8000-000000000000").await?;
        alert.says("Could not read this identity: it does not exist").await?;
        alert.says("Request id").await?;

        world.open(&format!("/identities/{}", world.api("Billing API")?)).await?;
        alert.says("belongs to something that is no managed identity").await?;

        world.open("/apis/7d9a4f5e-0000-4000-8000-000000000000").await?;
        alert.says("Could not read this API: it does not exist").await
    })
}
