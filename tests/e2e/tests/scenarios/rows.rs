//! Long lists: rows come and go while one scrolls, and stay what they are.

use e2e::{
    Result, Setup, World,
    find::until,
    pages::{AccountPage, IdentitiesPage, IdentityPage, Outcomes, Question, Shell, SignInPage},
    scenario, scenario_with,
};
use emulator::{Emulator, Fault, Matcher};
use thirtyfour::Key;

/// Where the row of what has the focus stands in its list, by what assistive technology is told.
const ROW: &str = "return Number(document.activeElement.closest('tr')?.getAttribute('aria-rowindex'))";

#[test]
fn scrolling_goes_as_far_as_one_scrolls() -> Result<()> {
    scenario_with(Setup { emulator: Emulator::builder().identities(2000), ..Setup::default() }, async |world| {
        Shell(world).sign_in_as("Ada Admin").await?;
        IdentitiesPage(world).is_loaded().await?;
        let frames = "const done = arguments[0]; const where = []; let left = 40;\
                (function next() { if (!left--) return done(where); window.scrollBy(0, 100);\
                requestAnimationFrame(() => requestAnimationFrame(() => { where.push(window.scrollY); next(); })); })();";
        let went = world.browser.driver.execute_async(frames, Vec::new()).await?.json().clone();
        let expected: Vec<u64> = (1..=40).map(|step| step * 100).collect();
        assert_eq!(went, serde_json::json!(expected));
        Ok(())
    })
}

#[test]
fn the_tab_key_goes_row_by_row() -> Result<()> {
    scenario(async |world| {
        let browser = &world.browser;
        Shell(world).sign_in_as("Ada Admin").await?;
        IdentitiesPage(world).is_loaded().await?;
        browser.script("document.querySelector('tbody a').focus()", Vec::new()).await?;
        for row in 2..62 {
            assert_eq!(browser.script(ROW, Vec::new()).await?, row);
            // From its name to the next one's box, and to its name.
            browser.press(Key::Tab).await?;
            browser.press(Key::Tab).await?;
        }
        Ok(())
    })
}

#[test]
fn shift_and_arrows_select_row_by_row() -> Result<()> {
    scenario(async |world| {
        let (list, browser) = (IdentitiesPage(world), &world.browser);
        Shell(world).sign_in_as("Ada Admin").await?;
        list.is_loaded().await?;
        browser.script("document.querySelector('tbody input[type=checkbox]').focus()", Vec::new()).await?;
        let press = async |key: Key| {
            let chain = browser.driver.action_chain().key_down(Key::Shift).send_keys(key).key_up(Key::Shift);
            chain.perform().await
        };
        // Far beyond what was drawn at first.
        for _ in 0..50 {
            press(Key::Down).await?;
        }
        list.tray().says("51 selected").await?;
        assert_eq!(browser.script(ROW, Vec::new()).await?, 52);
        press(Key::Up).await?;
        press(Key::Up).await?;
        list.tray().says("49 selected").await?;
        assert_eq!(browser.script(ROW, Vec::new()).await?, 50);
        Ok(())
    })
}

#[test]
fn back_from_an_identity_the_list_stands_where_it_was() -> Result<()> {
    scenario_with(Setup { emulator: Emulator::builder().identities(2000), ..Setup::default() }, async |world| {
        let (list, browser) = (IdentitiesPage(world), &world.browser);
        Shell(world).sign_in_as("Ada Admin").await?;
        list.is_loaded().await?;
        browser.script("scrollTo(0, 40123)", Vec::new()).await?;
        let middle =
            "return document.elementFromPoint(300, innerHeight / 2)?.closest('tr')?.querySelector('a')?.textContent";
        let name = until("rows in sight", || async {
            let name = browser.script(middle, Vec::new()).await?;
            Ok(name.as_str().map(str::to_owned).ok_or(format!("{name}")))
        })
        .await?;
        list.open(&name).await?;
        assert_eq!(browser.script("return scrollY", Vec::new()).await?, 0);
        browser.driver.back().await?;
        stands_at(world, 40123).await?;
        list.row(&name).appears().await
    })
}

/// Waits until the page is scrolled so far, in pixels.
async fn stands_at(world: &World, wanted: u32) -> Result<()> {
    until(&format!("the page to stand at {wanted}"), || async {
        let place = world.browser.script("return Math.round(scrollY)", Vec::new()).await?;
        Ok(if place == wanted { Ok(()) } else { Err(format!("it stands at {place}")) })
    })
    .await
}

#[test]
fn forward_again_the_list_stands_where_it_was() -> Result<()> {
    scenario_with(Setup { emulator: Emulator::builder().identities(2000), ..Setup::default() }, async |world| {
        let (list, browser) = (IdentitiesPage(world), &world.browser);
        Shell(world).sign_in_at("/apis", "Ada Admin").await?;
        Shell(world).identities().await?;
        list.is_loaded().await?;
        browser.script("scrollTo(0, 30456)", Vec::new()).await?;
        // Left by the browser's own button, which tells nobody beforehand.
        until("the place to be noted", || async {
            let noted = browser.script("return history.state", Vec::new()).await?;
            Ok(if noted == 30456 { Ok(()) } else { Err(format!("it is {noted}")) })
        })
        .await?;
        // An order is another query, and the same step.
        browser.script("document.querySelector('th button').click()", Vec::new()).await?;
        world.is_at("/?order=desc").await?;
        browser.driver.back().await?;
        Shell(world).heading("APIs").await?;
        stands_at(world, 0).await?;
        browser.driver.forward().await?;
        Shell(world).heading("Identities").await?;
        stands_at(world, 30456).await
    })
}

#[test]
fn columns_are_left_out_and_stay_so() -> Result<()> {
    scenario(async |world| {
        let (list, browser) = (IdentitiesPage(world), &world.browser);
        Shell(world).sign_in_as("Ada Admin").await?;
        list.is_loaded().await?;
        let group = browser.role("columnheader").named("Resource group");
        group.appears().await?;
        browser.role("button").named("Columns…").click().await?;
        Question(world).dialog().role("checkbox").named("Resource group").click().await?;
        Question(world).dialog().role("checkbox").named("Privileged").click().await?;
        browser.pictures("columns").await?;
        Question(world).answer("Done").await?;
        group.vanishes().await?;
        browser.role("columnheader").are(1 + 4).await?;
        list.search("id-stock-sync").await?;
        world.is_at("/?q=id-stock-sync&hide=2.5").await?;
        list.row("id-stock-sync").role("cell").are(1 + 4).await?;
        browser.driver.refresh().await?;
        list.is_loaded().await?;
        browser.role("columnheader").are(1 + 4).await
    })
}

#[test]
fn what_has_the_focus_stays_the_same_while_others_arrive() -> Result<()> {
    scenario_with(Setup { emulator: Emulator::builder().identities(3000), ..Setup::default() }, async |world| {
        let browser = &world.browser;
        // The first page alone arrives; the others, with rows that belong before those which are there, when asked again.
        let page = Matcher::graph().path_ends_with("/servicePrincipals").query_contains("$skiptoken");
        world.expect_status(403);
        world.emulator.fail_next(page.query_contains("ManagedIdentity"), Fault::status(403));
        world.open("/").await?;
        SignInPage(world).sign_in().await?;
        AccountPage(world).choose("Ada Admin").await?;
        browser.role("button").named("Try again").appears().await?;
        browser.script("document.querySelectorAll('tbody a')[8].focus()", Vec::new()).await?;
        let before = (browser.focus().await?, browser.script(ROW, Vec::new()).await?);
        // Pressed, and back to the row.
        let again = "const row = document.activeElement;
            [...document.querySelectorAll('button')].find(it => it.textContent === 'Try again').click();
            row.focus()";
        browser.script(again, Vec::new()).await?;
        IdentitiesPage(world).is_loaded().await?;
        assert_eq!(browser.focus().await?, before.0);
        assert_ne!(browser.script(ROW, Vec::new()).await?, before.1, "nothing came before it: this proves nothing");
        Ok(())
    })
}

#[test]
fn after_a_change_the_focus_is_on_what_was_done() -> Result<()> {
    scenario(async |world| {
        let (page, browser) = (IdentityPage(world), &world.browser);
        let focused = "return document.activeElement.id";
        Shell(world).sign_in_at_identity("id-stock-sync", "Carl Cloud").await?;
        page.choose_api("Shipment Tracking API").await?;
        page.tick("Shipments.Export").await?;
        page.assign(1).await?;
        page.holds("Shipments.Export").await?;
        Outcomes(world).say("Shipments.Export", "Assigned").await?;
        assert_eq!(browser.script(focused, Vec::new()).await?, "outcomes");
        Outcomes(world).undo().await?;
        page.holds_no("Shipments.Export").await?;
        assert_eq!(browser.script(focused, Vec::new()).await?, "outcomes");
        // What was taken back is not offered again, ready to be sent.
        assert!(!page.assign_button(1).is_there().await?);
        page.remove("Stock.Adjust").await?;
        Question(world).answer("Remove role").await?;
        page.holds_no("Stock.Adjust").await?;
        assert_eq!(browser.script(focused, Vec::new()).await?, "outcomes");
        Ok(())
    })
}

#[test]
fn what_could_not_be_read_is_not_said_to_be_nothing() -> Result<()> {
    scenario(async |world| {
        Shell(world).sign_in_as("Ada Admin").await?;
        world.expect_status(403);
        let lists = Matcher::graph().path_contains("/appRoleAssign");
        world.emulator.fail_always(lists, Fault::status(403));
        IdentityPage(world).open("id-stock-sync").await?;
        world.browser.role("alert").appears().await?;
        let text = "return document.querySelector('main').innerText";
        let said = world.browser.script(text, Vec::new()).await?.to_string();
        assert!(said.contains("Not known"), "{said}");
        assert!(!said.contains("holds no app role yet") && !said.contains("none"), "{said}");
        world.open(&format!("/apis/{}", world.api("Warehouse Stock API")?)).await?;
        world.browser.role("alert").appears().await?;
        let said = world.browser.script(text, Vec::new()).await?.to_string();
        assert!(said.contains("Not known"), "{said}");
        assert!(!said.contains("Nobody holds") && !said.contains("0 assignments"), "{said}");
        Ok(())
    })
}
