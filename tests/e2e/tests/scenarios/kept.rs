//! The list of identities that a reload begins with: shown before Graph answers, true once it has, and nobody else's.

use std::time::Duration;

use e2e::{
    Result, Setup, World,
    find::{shown, until},
    pages::{AccountPage, IdentitiesPage, Shell, SignInPage},
    scenario, scenario_with,
};
use emulator::{Emulator, Fault, Matcher};
use serde_json::{Value, json};

const SYNC: &str = "id-stock-sync";
const ADA: &str = "Ada Admin";

/// The list of identities on its way to the app.
fn list() -> Matcher {
    Matcher::graph().path_ends_with("/servicePrincipals").query_contains("ManagedIdentity")
}

/// An answer that takes longer than it takes to see what is there without it.
fn slow() -> Fault {
    Fault::slow(Duration::from_secs(6))
}

/// What the database holds of lists: each key with its bytes as text.
async fn stored(world: &World) -> Result<Vec<(String, String)>> {
    let mut stored = world.browser.database().await?;
    stored.retain(|(key, _)| key.starts_with("list "));
    Ok(stored)
}

/// Changes what is on the shelf of the database by a script with the `shelf` and the `keys` of lists.
async fn tamper(world: &World, change: &str) -> Result<()> {
    let script = "const done = arguments[arguments.length - 1];
        const open = indexedDB.open('rolegrant:');
        open.onsuccess = () => {
            const work = open.result.transaction('records', 'readwrite');
            const shelf = work.objectStore('records');
            work.oncomplete = () => { open.result.close(); done(); };
            shelf.getAllKeys().onsuccess = ({ target }) => {
                const keys = target.result.filter((key) => key.startsWith('list '));
                CHANGE
            };
        };";
    world.browser.driver.execute_async(script.replace("CHANGE", change), Vec::new()).await?;
    Ok(())
}

/// What the tab knows of its list.
async fn known(world: &World) -> Result<Value> {
    world.browser.script("return sessionStorage.getItem('rolegrant.list')", Vec::new()).await
}

/// Waits until the list is kept, and no other one is.
async fn is_kept(world: &World) -> Result<()> {
    until("the list to be kept", || async {
        let (known, stored) = (known(world).await?, stored(world).await?);
        let name = known.as_str().and_then(|known| known.split('\n').nth(1)?.split(' ').next().map(str::to_owned));
        let own =
            |(key, _): &(String, String)| name.as_ref().is_some_and(|name| key.starts_with(&format!("list {name} ")));
        let is = !stored.is_empty() && stored.iter().all(own);
        Ok(if is {
            Ok(())
        } else {
            Err(format!("{known} and {:?}", stored.iter().map(|(key, _)| key).collect::<Vec<_>>()))
        })
    })
    .await
}

/// Waits until nothing of any list is left.
async fn nothing_is_kept(world: &World) -> Result<()> {
    assert!(known(world).await?.is_null());
    until("nothing to be kept", || async {
        let stored = stored(world).await?;
        Ok(if stored.is_empty() { Ok(()) } else { Err(format!("{} parts", stored.len())) })
    })
    .await
}

#[test]
fn a_reload_shows_the_last_list_at_once_and_what_is_gone_leaves() -> Result<()> {
    scenario(async |world| {
        let page = IdentitiesPage(world);
        let all = world.graph().identities().await?.len();
        Shell(world).sign_in_as(ADA).await?;
        is_kept(world).await?;
        let first = known(world).await?;
        assert!(world.emulator.directory().delete_service_principal(world.identity(SYNC)?));
        world.emulator.fail_next(list(), slow());
        world.browser.driver.refresh().await?;
        page.status_says(&format!("{all} as of ")).await?;
        page.status_says("UTC, reading anew: 0 so far").await?;
        // It can be worked with: searched, selected.
        page.search(SYNC).await?;
        page.are(&[SYNC]).await?;
        page.status_says(&format!("1 of {all} as of ")).await?;
        page.tick(SYNC).click().await?;
        page.tray().says("1 selected").await?;
        assert_eq!(world.emulator.faults_waiting(), 0, "the fault has struck");
        world.browser.picture("list-kept").await?;

        page.status_says(&format!("0 of {} loaded", all - 1)).await?;
        page.row(SYNC).vanishes().await?;
        // What was selected is not forgotten behind anybody's back.
        page.tray().says("1 of them outside of this filter").await?;
        page.tray().role("button").named("Clear").click().await?;
        page.search("").await?;
        page.is_loaded().await?;
        is_kept(world).await?;
        assert_ne!(known(world).await?, first, "the new one has taken the old one's place");
        Ok(())
    })
}

#[test]
fn a_list_that_cannot_be_read_anew_stays_and_says_so() -> Result<()> {
    let many = Setup { emulator: Emulator::builder().identities(2_500), ..Setup::default() };
    scenario_with(many, async |world| {
        world.expect_status(403);
        let (page, alert) = (IdentitiesPage(world), world.browser.role("alert"));
        Shell(world).sign_in_as(ADA).await?;
        let all = world.emulator.directory().identities();
        is_kept(world).await?;
        // All of it is there before Graph answers, and not only what was drawn first.
        world.emulator.fail_next(list(), slow());
        world.browser.driver.refresh().await?;
        page.status_says("reading anew: 0 so far").await?;
        let said = world.browser.role("status").text().await?;
        assert!(said.starts_with(&format!("{} as of ", shown(all.len()))), "{said}");
        page.status_says(&format!("{} loaded", shown(all.len()))).await?;
        is_kept(world).await?;

        let (gone, name) =
            (all.last().map(|it| it.id).unwrap_or_default(), all.last().map(|it| it.display_name.clone()));
        let name = name.unwrap_or_default();
        assert!(world.emulator.directory().delete_service_principal(gone));

        // None of it, and then a part of it.
        for (fails, read) in [(list(), 0), (list().query_contains("$skiptoken"), 999)] {
            world.emulator.fail_always(fails, Fault::status(403));
            world.browser.driver.refresh().await?;
            alert.says("May be out of date: these are the identities as of ").await?;
            alert.says(&format!("; {read} could be read anew")).await?;
            page.status_says(&format!("{} as of ", shown(all.len()))).await?;
            page.status_says("not read anew").await?;
            page.search(&gone.to_string()).await?;
            page.are(&[&name]).await?;
            page.search("").await?;
            world.emulator.lift_all();
        }
        world.browser.pictures("list-out-of-date").await?;
        alert.role("button").named("Try again").click().await?;
        page.status_says(&format!("{} loaded", shown(all.len() - 1))).await?;
        alert.vanishes().await?;
        page.search(&gone.to_string()).await?;
        world.browser.role("main").says("No identity fits the search and the filters").await
    })
}

/// Nothing of the tenant can be read from what is on the disk: neither a name nor an id, nor the key that opens it.
#[test]
fn what_is_stored_of_the_list_cannot_be_read() -> Result<()> {
    scenario(async |world| {
        Shell(world).sign_in_as(ADA).await?;
        is_kept(world).await?;
        let stored = stored(world).await?;
        let size: usize = stored.iter().map(|(_, bytes)| bytes.chars().count()).sum();
        let all = world.emulator.directory().identities();
        assert!(size > all.len() * 34, "{size} bytes are too few for {} identities", all.len());
        let known = known(world).await?;
        let key = known.as_str().and_then(|known| known.rsplit(' ').next()).unwrap_or_default();
        assert_eq!(key.len(), 43, "256 bits");
        let account = known.as_str().and_then(|known| known.lines().next()).unwrap_or_default();
        assert!(account.len() > 72, "{account}");
        let readable = |text: &str| stored.iter().any(|(name, bytes)| name.contains(text) || bytes.contains(text));
        for identity in &all {
            let bytes: String = identity.id.as_bytes().iter().map(|byte| char::from(*byte)).collect();
            assert!(!readable(&identity.display_name) && !readable(&bytes), "{}", identity.display_name);
        }
        for text in ["resourceGroups", "/subscriptions/", key].into_iter().chain(account.split(' ')) {
            assert!(!readable(text), "{text}");
        }
        Ok(())
    })
}

#[test]
fn a_list_that_was_tampered_with_is_none() -> Result<()> {
    const FLIP: &str = "shelf.get(keys[0]).onsuccess = ({ target }) => {
        target.result[target.result.length >> 1] ^= 1;
        shelf.put(target.result, keys[0]);
    };";
    let many = Setup { emulator: Emulator::builder().identities(5_500), ..Setup::default() };
    scenario_with(many, async |world| {
        let page = IdentitiesPage(world);
        Shell(world).sign_in_as(ADA).await?;
        let all = world.emulator.directory().identities().len();
        for (at, change) in [
            (0, FLIP),
            // Of the last part the rows before are dropped again.
            (0, &*FLIP.replace("[0]", "[1]")),
            (0, "shelf.delete(keys[1]);"),
            (0, "shelf.put(new Uint8Array(3), keys[0]);"),
            (0, "shelf.put('text', keys[0]);"),
            (0, "shelf.get(keys[0]).onsuccess = ({ target }) => shelf.put(target.result, keys[1]);"),
            // Another day's: it is not even opened.
            (24, ""),
        ] {
            is_kept(world).await?;
            tamper(world, change).await?;
            if at > 0 {
                let older = "const [of, list] = sessionStorage.getItem('rolegrant.list').split('\\n');
                    const older = String(list.slice(0, 15) - arguments[0] * 3600000).padStart(15, '0');
                    sessionStorage.setItem('rolegrant.list', `${of}\\n${older}${list.slice(15)}`);";
                world.browser.script(older, vec![json!(at)]).await?;
            }
            world.emulator.fail_next(list(), slow());
            world.browser.driver.refresh().await?;
            page.status_says("0 loaded, still loading").await?;
            until("it to be forgotten", || async {
                let known = known(world).await?;
                Ok(if known.is_null() { Ok(()) } else { Err(known.to_string()) })
            })
            .await?;
            page.status_says("0 loaded, still loading").await?;
            page.status_says(&format!("{} loaded", shown(all))).await?;
        }
        Ok(())
    })
}

#[test]
fn another_account_sees_nothing_of_the_list() -> Result<()> {
    scenario(async |world| {
        let (shell, page) = (Shell(world), IdentitiesPage(world));
        shell.sign_in_as(ADA).await?;
        is_kept(world).await?;
        let before = stored(world).await?;
        shell.account_menu(ADA).await?;
        world.emulator.fail_next(list(), slow());
        world.browser.role("button").named("Switch account…").click().await?;
        AccountPage(world).choose("Carl Cloud").await?;
        shell.is_shown("Carl Cloud").await?;
        page.status_says("0 loaded, still loading").await?;
        nothing_is_kept(world).await?;
        page.status_says("0 loaded, still loading").await?;
        page.is_loaded().await?;
        is_kept(world).await?;
        assert!(stored(world).await?.iter().all(|row| !before.contains(row)));
        Ok(())
    })
}

/// SEC-069: a sign-out takes away what every tab has kept; the end of an idle session what its own has.
#[test]
fn the_end_of_a_session_takes_the_list_away() -> Result<()> {
    const IDLE: &str = "const wall = Date.now, monotonic = performance.now.bind(performance);
        Date.now = () => wall() + 7200000;
        performance.now = () => monotonic() + 7200000;
        document.dispatchEvent(new Event('visibilitychange'));";
    scenario(async |world| {
        let driver = &world.browser.driver;
        Shell(world).sign_in_as(ADA).await?;
        is_kept(world).await?;
        world.browser.script(IDLE, Vec::new()).await?;
        SignInPage(world).explains("signed out because nobody used this page").await?;
        nothing_is_kept(world).await?;

        SignInPage(world).sign_in().await?;
        AccountPage(world).choose(ADA).await?;
        is_kept(world).await?;
        // Back too late, as when the browser brings a tab back.
        world.browser.script("sessionStorage.setItem('rolegrant.seen', Date.now() - 7200000)", Vec::new()).await?;
        driver.refresh().await?;
        SignInPage(world).explains("signed out because nobody used this page").await?;
        nothing_is_kept(world).await?;

        Shell(world).sign_in_as(ADA).await?;
        is_kept(world).await?;
        let first = driver.window().await?;
        let second = driver.new_tab().await?;
        driver.switch_to_window(second.clone()).await?;
        Shell(world).sign_in_as(ADA).await?;
        until("both lists to be kept", || async {
            let count = stored(world).await?.len();
            Ok(if count == 2 { Ok(()) } else { Err(format!("{count} parts")) })
        })
        .await?;
        driver.switch_to_window(first).await?;
        Shell(world).sign_out(ADA).await?;
        SignInPage(world).explains("You are signed out").await?;
        nothing_is_kept(world).await?;
        driver.switch_to_window(second).await?;
        SignInPage(world).is_shown().await?;
        nothing_is_kept(world).await
    })
}

/// What a tab that was closed has left behind goes a day later, whoever opens the app.
#[test]
fn what_a_closed_tab_has_left_is_swept_up() -> Result<()> {
    const LEAVE: &str = "for (const hours of [23, 25]) {
        const key = `list ${String(Date.now() - hours * 3600000).padStart(15, '0')}-${hours}hours 000000`;
        shelf.put(new Uint8Array(3), key);
    }";
    scenario(async |world| {
        Shell(world).sign_in_as(ADA).await?;
        is_kept(world).await?;
        tamper(world, LEAVE).await?;
        assert_eq!(stored(world).await?.len(), 3);
        world.browser.driver.refresh().await?;
        until("the older one to be gone", || async {
            let keys: Vec<_> = stored(world).await?.into_iter().map(|(key, _)| key).collect();
            let has = |text: &str| keys.iter().any(|key| key.contains(text));
            Ok(if has("-23hours ") && !has("-25hours ") { Ok(()) } else { Err(format!("{keys:?}")) })
        })
        .await
    })
}

/// A page of an identity does not take the kept list's word for it.
#[test]
fn an_identity_that_is_kept_and_gone_is_said_to_be_gone() -> Result<()> {
    scenario(async |world| {
        world.expect_status(404);
        let sync = world.identity(SYNC)?;
        Shell(world).sign_in_as(ADA).await?;
        is_kept(world).await?;
        assert!(world.emulator.directory().delete_service_principal(sync));
        world.emulator.fail_next(list(), slow());
        world.open(&format!("/identities/{sync}")).await?;
        // Its name is shown before anything is known.
        Shell(world).heading(SYNC).await?;
        world.browser.role("alert").says("it does not exist, or not any longer").await?;
        // And it leaves with the list.
        Shell(world).heading("Identity").await
    })
}
