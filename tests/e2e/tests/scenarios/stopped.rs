//! The app's own code failing: everything ends at once, on a calm page. It is provoked from outside, as a browser
//! extension might: by functions of the page that do what no browser's would.
//!
//! SEC-130, SEC-133

use e2e::{
    Result, World, axe,
    find::until,
    pages::{IdentitiesPage, IdentityPage, Shell},
    scenario,
};
use emulator::Site;

const SYNC: &str = "id-stock-sync";
const SHIPMENTS: &str = "Shipment Tracking API";

/// A `fetch` that counts, and at a change breaks off and takes the clock out of all time: no duration is as long, and
/// the standard library panics.
const ODD_FETCH: &str = r#"
    const real = window.real = window.fetch;
    window.asked = 0;
    window.fetch = (request) => {
        window.asked += 1;
        const change = request.method === "POST" && request.url.endsWith("/$batch");
        if (!change) return real(request);
        performance.now = () => Infinity;
        return Promise.reject(new TypeError("eyJhbGciOiJub25lIn0.odd"));
    };
"#;

/// A clock that throws: a function of the browser's that is not for this object.
const BROKEN_CLOCK: &str = r#"performance.now = Object.getOwnPropertyDescriptor(Node.prototype, "nodeName").get;"#;

/// What makes a living app look around, and perhaps ask Graph again.
const STIR: &str = r#"
    const done = arguments[0];
    dispatchEvent(new PopStateEvent("popstate"));
    dispatchEvent(new Event("scroll"));
    dispatchEvent(new Event("focus"));
    document.dispatchEvent(new Event("visibilitychange"));
    // What leaves after all of it and comes back has overtaken whatever they set off.
    setTimeout(() => window.real("/config.json").then(() => done(window.asked)));
"#;

/// Hours later, by clocks that are whole again.
const MUCH_LATER: &str = r#"
    delete performance.now;
    const wall = Date.now;
    Date.now = () => wall() + 3 * 3600000;
    document.body.dispatchEvent(new Event("pointermove", { bubbles: true }));
"#;

/// Waits for the page, and looks whether nothing of the app is left on it.
async fn has_stopped(world: &World) -> Result<()> {
    world.browser.role("alert").says("Rolegrant has stopped").await?;
    world.browser.role("heading").named("Rolegrant has stopped").appears().await?;
    assert_eq!(world.browser.driver.title().await?, "Stopped - Rolegrant");
    until("the heading to have the focus", || async {
        let focused = world.browser.script("return document.activeElement.tagName", Vec::new()).await?;
        Ok(if focused == "H1" { Ok(()) } else { Err(format!("it is on {focused}")) })
    })
    .await?;
    let rest = "return [...document.body.children].map((child) => child.tagName).join()";
    assert_eq!(world.browser.script(rest, Vec::new()).await?, "MAIN");
    let text = world.browser.script("return document.body.innerText", Vec::new()).await?;
    let text = text.as_str().unwrap_or_default();
    assert!(!text.contains("eyJ") && !text.contains(SYNC), "{text}");
    Ok(())
}

#[test]
fn a_panic_in_the_middle_of_a_change_ends_everything_and_says_so() -> Result<()> {
    scenario(async |world| {
        world.expect_in_console("Rolegrant stopped at");
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Read.All").await?;
        page.tick("Shipments.Export").await?;
        world.browser.script(ODD_FETCH, Vec::new()).await?;
        page.assign(2).await?;
        has_stopped(world).await?;
        let details = world.browser.script("return document.querySelector('pre').innerText", Vec::new()).await?;
        let details = details.as_str().unwrap_or_default();
        assert!(
            details.contains("Rolegrant 0.") && details.contains(".rs:") && details.contains("Chrome"),
            "{details}"
        );
        world.browser.pictures("stopped").await?;
        axe::no_barriers(&world.browser, "the page after a panic").await?;

        // Nothing leaves any more, whatever happens in the tab: neither the second change nor a look at what came of
        // the first.
        let (asked, seen) =
            (world.browser.script("return window.asked", Vec::new()).await?, world.asked(Site::Graph).len());
        world.browser.script(MUCH_LATER, Vec::new()).await?;
        let later = world.browser.driver.execute_async(STIR, Vec::new()).await?.json().clone();
        assert_eq!(later, asked, "the page has asked for something after the panic");
        assert_eq!(world.asked(Site::Graph).len(), seen);
        assert!(world.changes_sent().is_empty());
        // Nor does the idle time take the page away.
        has_stopped(world).await?;

        // The details can be copied.
        let record = "navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); };";
        world.browser.script(record, Vec::new()).await?;
        world.browser.role("button").named("Copy the details").click().await?;
        world.browser.role("status").says("Copied").await?;
        assert_eq!(world.browser.script("return window.copied", Vec::new()).await?, details);

        // A reload comes back, signed in, to a tenant in which nothing has changed.
        world.browser.role("link").named("Reload").click().await?;
        Shell(world).is_shown("Carl Cloud").await?;
        for role in ["Shipments.Read.All", "Shipments.Export"] {
            assert_eq!(world.graph().count((SYNC, SHIPMENTS, role)).await?, 0, "{role}");
        }
        Ok(())
    })
}

#[test]
fn what_the_browser_throws_through_the_app_ends_it_too() -> Result<()> {
    scenario(async |world| {
        world.expect_in_console("Rolegrant stopped at");
        Shell(world).sign_in_at("/?q=stock-sync", "Carl Cloud").await?;
        IdentitiesPage(world).are(&[SYNC]).await?;
        world.browser.script(BROKEN_CLOCK, Vec::new()).await?;
        world.browser.role("table").named("Identities").role("link").named(SYNC).click().await?;
        has_stopped(world).await?;
        let details = world.browser.script("return document.querySelector('pre').innerText", Vec::new()).await?;
        let details = details.as_str().unwrap_or_default();
        assert!(details.contains("TypeError") && details.contains("wasm"), "{details}");
        Ok(())
    })
}

#[test]
fn errors_of_other_scripts_do_not_stop_it() -> Result<()> {
    scenario(async |world| {
        world.expect_in_console("of somebody else");
        Shell(world).sign_in_as("Carl Cloud").await?;
        let throw = r#"
            const done = arguments[0];
            Promise.reject(new Error("of somebody else"));
            setTimeout(() => { throw new Error("of somebody else"); });
            setTimeout(done, 50);
        "#;
        world.browser.driver.execute_async(throw, Vec::new()).await?;
        Shell(world).apis().await?;
        until("the APIs", || async {
            let shown = world.browser.role("heading").named("APIs").all().await?;
            Ok(if shown.len() == 1 { Ok(()) } else { Err("they are not shown".to_owned()) })
        })
        .await
    })
}
