//! Every screen and every question, looked at by axe-core in both themes, with a phone's window and with the system's
//! few colours, and at the width at which nothing may need to scroll sideways. Pictures of each are left for the eye.

use e2e::{
    Result, World, axe,
    pages::{
        AccountPage, ActivityPage, ApiPage, ApisPage, CollectPage, ConsentPage, IdentitiesPage, IdentityPage, Outcomes,
        PlanPage, Question, Shell, SignInPage,
    },
    pictures::{Size, Theme},
    scenario,
};
use emulator::{Fault, Matcher, Uuid};
use serde_json::json;

/// Looks at the screen as it is now in all those ways.
async fn examine(world: &World, screen: &str) -> Result<()> {
    let browser = &world.browser;
    for (size, window) in [(Size::Phone, "phone"), (Size::Notebook, "notebook")] {
        browser.size(size).await?;
        for (theme, colours) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
            browser.theme(theme).await?;
            browser.picture(&format!("{screen}-{window}-{colours}")).await?;
            axe::no_barriers(browser, &format!("{screen}, {window}, {colours}")).await?;
        }
    }
    browser.theme(Theme::Forced).await?;
    axe::no_barriers(browser, &format!("{screen}, forced colours")).await?;
    browser.theme(Theme::Light).await?;
    browser.size(Size::Narrow).await?;
    let wide = browser.script(WIDE, Vec::new()).await?;
    assert_eq!(wide, "", "{screen} scrolls sideways at 320 pixels because of");
    browser.size(Size::Notebook).await
}

/// What reaches beyond the window, if the page itself can be scrolled sideways.
const WIDE: &str = r#"
const page = document.documentElement;
if (page.scrollWidth <= page.clientWidth) return "";
const beyond = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > page.clientWidth + 1);
return `${page.scrollWidth} > ${page.clientWidth}: ` + beyond.slice(0, 8).map((e) => e.outerHTML.slice(0, 120)).join("\n");
"#;

#[test]
fn before_the_sign_in() -> Result<()> {
    scenario(async |world| {
        world.expect_status(404);
        world.open("/").await?;
        SignInPage(world).is_shown().await?;
        examine(world, "sign-in").await?;
        SignInPage(world).sign_in().await?;
        AccountPage(world).cancel().await?;
        SignInPage(world).explains("You cancelled").await?;
        examine(world, "sign-in-cancelled").await?;
        let tenants = json!({ "tenant": null, "clientId": null, "tenants": [
            { "name": "Larkspur Freight", "tenant": "one.example", "clientId": Uuid::from_u128(1) },
            { "name": "Contoso", "tenant": "two.example", "clientId": Uuid::from_u128(2) },
        ] });
        let config = || Matcher::app().path_ends_with("/config.json");
        let several = world.emulator.fail_always(config(), Fault::merged(tenants));
        world.open("/").await?;
        world.browser.role("combobox").named("Tenant").appears().await?;
        examine(world, "sign-in-tenants").await?;
        assert!(world.emulator.lift(several));
        world.emulator.fail_always(config(), Fault::status(404));
        world.open("/").await?;
        world.browser.role("heading").named("Set up").appears().await?;
        examine(world, "set-up").await
    })
}

#[test]
fn the_bar_of_a_phone() -> Result<()> {
    scenario(async |world| {
        world.browser.size(Size::Phone).await?;
        Shell(world).sign_in_as("Ada Admin").await?;
        let bar = "const bar = document.querySelector('.bar');
            const cut = [...bar.querySelectorAll('.who > *')].filter((e) => e.scrollWidth > e.clientWidth + 1);
            return bar.innerText.includes('Reading only') + ' ' + cut.filter((e) => !e.matches('.unseen')).length";
        assert_eq!(world.browser.script(bar, Vec::new()).await?, "true 0", "who is signed in, where, for what");
        world.browser.size(Size::Narrow).await?;
        for theme in [Theme::Dark, Theme::Light] {
            world.browser.theme(theme).await?;
            world.browser.picture(&format!("bar-narrow-{theme:?}")).await?;
        }
        assert_eq!(world.browser.script(WIDE, Vec::new()).await?, "");
        axe::no_barriers(&world.browser, "the bar at 320 pixels").await
    })
}

#[test]
fn the_lists() -> Result<()> {
    scenario(async |world| {
        Shell(world).sign_in_as("Ada Admin").await?;
        examine(world, "identities").await?;
        IdentitiesPage(world).search("nothing is called so").await?;
        world.browser.role("button").named("Show all identities").appears().await?;
        examine(world, "identities-none-fits").await?;
        Shell(world).account_menu("Ada Admin").await?;
        world.browser.role("button").named("Sign out").appears().await?;
        examine(world, "account").await?;
        Shell(world).apis().await?;
        ApisPage(world).is_loaded().await?;
        examine(world, "apis").await?;
        world.browser.role("button").named("Export…").click().await?;
        Question(world).asks("Export APIs").await?;
        examine(world, "export").await?;
        Question(world).answer("Cancel").await?;
        let (graph, stock) = (world.api("Microsoft Graph")?, world.api("Warehouse Stock API")?);
        world.open(&format!("/matrix?apis={graph},{stock}&all=yes")).await?;
        world.browser.role("table").named("Holders and roles").appears().await?;
        examine(world, "matrix-of-two").await
    })
}

#[test]
fn an_identity_and_its_form() -> Result<()> {
    scenario(async |world| {
        let (page, question) = (IdentityPage(world), Question(world));
        Shell(world).sign_in_at_identity("id-onboarding", "Ada Admin").await?;
        page.holds("Group.ReadWrite.All").await?;
        examine(world, "identity").await?;
        page.look_for_api("re").await?.first().await?;
        examine(world, "identity-proposals").await?;
        page.choose_api("Microsoft Graph").await?;
        page.tick("Directory.ReadWrite.All").await?;
        world.browser.role("searchbox").named("Filter the roles").fill("readwrite").await?;
        examine(world, "identity-roles").await?;
        page.assign(1).await?;
        question.asks("Assign a privileged role?").await?;
        examine(world, "identity-privileged").await?;
        question.answer("Assign 1 role").await?;
        ConsentPage(world).is_shown().await?;
        ConsentPage(world).accept().await?;
        page.assign(1).await?;
        question.answer("Assign 1 role").await?;
        page.holds("Directory.ReadWrite.All").await?;
        Outcomes(world).are_settled().await?;
        examine(world, "identity-assigned").await?;
        page.remove("Group.ReadWrite.All").await?;
        question.asks("Remove this role?").await?;
        examine(world, "identity-remove").await
    })
}

#[test]
fn an_api_and_its_holders() -> Result<()> {
    scenario(async |world| {
        let page = ApiPage(world);
        Shell(world).sign_in_at_api("Billing API", "Carl Cloud").await?;
        page.holders().saying("job-month-end").appears().await?;
        examine(world, "api").await?;
        page.remove("job-month-end", "Payments.Refund").await?;
        Question(world).asks("Remove this role?").await?;
        examine(world, "api-remove").await?;
        Question(world).answer("Remove role").await?;
        Outcomes(world).are_settled().await?;
        examine(world, "api-removed").await
    })
}

#[test]
fn what_is_collected_for_the_plan() -> Result<()> {
    scenario(async |world| {
        let (list, page) = (IdentitiesPage(world), CollectPage(world));
        Shell(world).sign_in_as("Ada Admin").await?;
        list.search("id-").await?;
        list.tick("id-stock-sync").click().await?;
        list.tick("id-sandbox").click().await?;
        examine(world, "identities-selected").await?;
        list.tray().role("link").named("Assign roles…").click().await?;
        page.is_shown_for(2).await?;
        examine(world, "collect").await?;
        page.choose_api("Warehouse Stock API").await?;
        page.tick("Stock.Adjust").await?;
        page.copy_from("id-onboarding").await?;
        page.copying().role("status").says("to remove that it does not hold").await?;
        examine(world, "collect-chosen").await?;
        page.add_button(1).click().await?;
        Shell(world).plans(1).await?;
        world.browser.role("button").named("Import…").click().await?;
        let dialog = world.browser.role("dialog").named("Import changes");
        dialog.role("textbox").named("Paste the table or the plan").fill(
            "identity,api,role\nid-sandbox,Warehouse Stock API,Stock.Read.All\nid-nobody,Warehouse Stock API,Stock.Read.All\n",
        ).await?;
        dialog.role("button").named("Read what was pasted").click().await?;
        dialog.role("status").says("1 change understood").await?;
        examine(world, "import").await
    })
}

#[test]
fn the_plan_and_what_came_of_it() -> Result<()> {
    scenario(async |world| {
        let (plan, activity, api) = (PlanPage(world), ActivityPage(world), "Shipment Tracking API");
        Shell(world).sign_in_as("Carl Cloud").await?;
        let sync = world.identity("id-stock-sync")?;
        let wanted = [(sync, world.role(api, "Shipments.Export")?), (sync, world.role(api, "Shipments.Read.All")?)];
        plan.keep("Carl Cloud", api, &wanted).await?;
        world.browser.role("row").saying("Shipments.Export").says("Assign").await?;
        examine(world, "plan-collected").await?;
        plan.press("Review 2 changes…").await?;
        world.browser.role("form").named("Review").appears().await?;
        examine(world, "plan-reviewed").await?;
        plan.press("Apply 2 changes").await?;
        plan.has_ended("2 changes done").await?;
        examine(world, "plan-done").await?;
        activity.go().await?;
        examine(world, "activity-list").await?;
        activity.open().await?;
        activity.says("2 changes live by").await?;
        examine(world, "receipt").await
    })
}

/// What of the rows of changes is cut off, outside of the window or not there.
const CUT: &str = r#"
const parts = [...document.querySelectorAll("[role=row]:not([aria-rowindex='1']) :is(a, code, button, .tag)")];
if (parts.length < 8) return `only ${parts.length} parts are shown`;
const cut = parts.filter((part) => {
  const cell = part.closest("td");
  const boxes = [...part.getClientRects()];
  return boxes.length === 0 || boxes.some((box) => box.left < 0 || box.right > document.documentElement.clientWidth)
    || cell.scrollWidth > cell.clientWidth + 1 || part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0;
});
return cut.map((part) => part.outerHTML.slice(0, 160)).join("\n");
"#;

#[test]
fn on_a_phone_every_change_is_read_whole() -> Result<()> {
    scenario(async |world| {
        let (plan, activity, api) = (PlanPage(world), ActivityPage(world), "Shipment Tracking API");
        let looks_whole = async |screen: &str| {
            for (size, window) in [(Size::Narrow, "narrow"), (Size::Phone, "phone")] {
                world.browser.size(size).await?;
                for (theme, colours) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
                    world.browser.theme(theme).await?;
                    world.browser.picture(&format!("{screen}-{window}-{colours}")).await?;
                }
                assert_eq!(world.browser.script(CUT, Vec::new()).await?, "", "{screen}, {window}");
                assert_eq!(world.browser.script(WIDE, Vec::new()).await?, "", "{screen}, {window}");
                axe::no_barriers(&world.browser, &format!("{screen}, {window}")).await?;
            }
            Ok::<_, anyhow::Error>(())
        };
        Shell(world).sign_in_as("Carl Cloud").await?;
        let directory = world.emulator.directory();
        let mut all = directory.identities();
        all.sort_by_key(|identity| std::cmp::Reverse(identity.display_name.len()));
        let (export, read) = (world.role(api, "Shipments.Export")?, world.role(api, "Shipments.Read.All")?);
        let wanted: Vec<_> = all.iter().take(2).flat_map(|it| [(it.id, export), (it.id, read)]).collect();
        plan.keep("Carl Cloud", api, &wanted).await?;
        world.browser.role("button").beginning("Drop Shipments.Export").are(2).await?;
        looks_whole("plan-lines").await?;
        plan.apply(4).await?;
        world.browser.role("table").named("Changes and their states").role("row").saying("Assigned").are(4).await?;
        looks_whole("apply-lines").await?;
        world.browser.size(Size::Notebook).await?;
        activity.go().await?;
        activity.open().await?;
        activity.lines().role("cell").saying("Shipments.Export").are(2).await?;
        looks_whole("receipt-lines").await
    })
}

#[test]
fn troubles() -> Result<()> {
    scenario(async |world| {
        world.expect_status(403);
        world.expect_status(404);
        let page = IdentityPage(world);
        let list = Matcher::graph().path_ends_with("/servicePrincipals").query_contains("ManagedIdentity");
        world.emulator.fail_always(list, Fault::status(403));
        Shell(world).sign_in_at("/", "Rita Reader").await?;
        world.browser.role("alert").says("Could not read the managed identities").await?;
        examine(world, "identities-failed").await?;
        world.emulator.lift_all();
        world.open("/nowhere").await?;
        Shell(world).heading("No such page").await?;
        examine(world, "no-such-page").await?;
        world.open("/identities/7d9a4f5e-0000-4000-8000-000000000000").await?;
        world.browser.role("alert").says("does not exist").await?;
        examine(world, "no-such-identity").await?;
        page.open("id-stock-sync").await?;
        page.choose_api("Shipment Tracking API").await?;
        page.tick("Shipments.Read.All").await?;
        page.remove_button("Stock.Adjust").appears().await?;
        world
            .browser
            .role("form")
            .named("Assign roles")
            .says("You may not assign roles of Shipment Tracking API")
            .await?;
        examine(world, "identity-barred").await?;
        world.browser.role("form").named("Assign roles").role("button").named("Try anyway").click().await?;
        page.assign(1).await?;
        Outcomes(world).say("Shipments.Read.All", "Failed").await?;
        Outcomes(world).are_settled().await?;
        examine(world, "identity-refused").await
    })
}

#[test]
fn long_and_hostile_names() -> Result<()> {
    scenario(async |world| {
        Shell(world).sign_in_at("/?q=rg-pentest", "Ada Admin").await?;
        IdentitiesPage(world).is_loaded().await?;
        examine(world, "identities-hostile").await?;
        let names = IdentitiesPage(world).names().await?;
        let longest = names.iter().max_by_key(|name| name.len()).map_or("", String::as_str);
        IdentitiesPage(world).open(longest).await?;
        examine(world, "identity-long-name").await
    })
}
