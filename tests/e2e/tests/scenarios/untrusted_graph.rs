//! A Graph, or something in its place, that would lead the app astray: to another server, round in circles, to a page
//! that is no answer. The token stays where it belongs, which the harness checks at the end of every scenario.
//!
//! SEC-081, SEC-082, SEC-083, SEC-087, SEC-088, SEC-090

use e2e::{
    Result, World,
    find::until,
    pages::{IdentityPage, Outcomes, Question, Shell},
    scenario,
};
use emulator::{Fault, Matcher, Site};

const SYNC: &str = "id-stock-sync";
const SHIPMENTS: &str = "Shipment Tracking API";

/// The list of identities.
fn identities() -> Matcher {
    Matcher::graph().method("GET").path_ends_with("/servicePrincipals").query_contains("ManagedIdentity")
}

/// How often the list of identities has been asked for.
fn lists_asked(world: &World) -> usize {
    let asked = world.asked(Site::Graph).into_iter();
    asked
        .filter(|it| {
            it.method == "GET" && it.path.ends_with("/servicePrincipals") && !it.query.contains("%27Application%27")
        })
        .count()
}

/// F-35
#[test]
fn a_list_that_goes_on_elsewhere_is_not_followed() -> Result<()> {
    scenario(async |world| {
        let graph = world.emulator.graph_url().to_owned();
        let port = graph.rsplit_once(':').map_or("", |(_, port)| port);
        let app = world.emulator.app_url().trim_end_matches('/');
        let elsewhere = [
            // Another origin that would answer, and one that the policy of the page would stop anyway.
            format!("{app}/v1.0/servicePrincipals?$skiptoken=a"),
            format!("http://localhost.evil.test:{port}/v1.0/servicePrincipals"),
            format!("http://localhost:{port}@evil.test/v1.0/servicePrincipals"),
            format!("https://localhost:{port}/v1.0/servicePrincipals"),
            format!("//localhost:{port}/v1.0/servicePrincipals"),
            format!("http:\\\\evil.test\\@localhost:{port}/v1.0/servicePrincipals"),
            // Graph itself, but not the version that was asked.
            format!("{graph}/beta/servicePrincipals"),
            format!("{graph}/v1.0/../beta/servicePrincipals"),
            "javascript:alert(1)".to_owned(),
        ];
        let alert = world.browser.role("alert");
        for (asked, link) in elsewhere.iter().enumerate() {
            world.emulator.fail_next(identities(), Fault::next_link(link));
            if asked == 0 {
                Shell(world).sign_in_at("/", "Carl Cloud").await?;
            } else {
                alert.role("button").named("Try again").click().await?;
            }
            until("the list to be asked for", || async {
                Ok(if lists_asked(world) > asked { Ok(()) } else { Err("it is not".to_owned()) })
            })
            .await?;
            alert.says("the list goes on at another server, which was not asked").await?;
            assert_eq!(lists_asked(world), asked + 1, "after {link}");
        }
        let misled = world.asked(Site::App).into_iter().filter(|it| it.path.starts_with("/v1.0")).count();
        assert_eq!(misled, 0);
        // And when Graph is itself again, so is the list.
        alert.role("button").named("Try again").click().await?;
        alert.vanishes().await
    })
}

/// F-36
#[test]
fn a_list_that_turns_in_circles_ends() -> Result<()> {
    scenario(async |world| {
        world.emulator.fail_always(identities(), Fault::looping_next_link());
        Shell(world).sign_in_at("/", "Carl Cloud").await?;
        world.browser.role("alert").says("the list does not come to an end").await?;
        let asked = lists_asked(world);
        assert!(asked <= 2, "it was asked for {asked} times");
        Ok(())
    })
}

#[test]
fn a_redirect_is_not_followed() -> Result<()> {
    scenario(async |world| {
        world.expect_in_console("net::ERR_FAILED");
        world.expect_in_console("redirected");
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Export").await?;
        // To Graph itself, which would take the token and answer.
        let to = format!("{}/v1.0/organization?misled=1", world.emulator.graph_url());
        let redirect = || Fault::status(307).text("text/plain", "").header("location", &to);
        let change = Matcher::graph().method("POST").path_ends_with("/appRoleAssignedTo");
        world.emulator.fail_next(change, redirect());
        page.assign(1).await?;
        // No answer, so the app looks what holds, and sends it again: the second time it is carried out.
        page.holds("Shipments.Export").await?;
        Outcomes(world).are_settled().await?;
        assert_eq!(world.graph().count((SYNC, SHIPMENTS, "Shipments.Export")).await?, 1);
        let misled = world.asked(Site::Graph).into_iter().filter(|it| it.query.contains("misled")).count();
        assert_eq!(misled, 0, "a redirect was followed");
        Ok(())
    })
}

#[test]
fn a_web_page_in_the_place_of_an_answer_is_an_error() -> Result<()> {
    const PAGE: &str = "<!DOCTYPE html><html><body onload=alert(1)>Sign in to the network of this hotel</body></html>";
    scenario(async |world| {
        let page = IdentityPage(world);
        let web_page = || Fault::status(200).text("text/html; charset=utf-8", PAGE);
        world.emulator.fail_next(identities(), web_page());
        Shell(world).sign_in_at("/", "Carl Cloud").await?;
        let alert = world.browser.role("alert");
        alert
            .says("Could not read the managed identities: the answer cannot be understood (the answer is not JSON)")
            .await?;
        alert.role("button").named("Try again").click().await?;
        alert.vanishes().await?;

        // In the place of a write's answer it proves nothing: the app looks, and says only what holds.
        page.open(SYNC).await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick("Shipments.Export").await?;
        let change = Matcher::graph().method("POST").path_ends_with("/appRoleAssignedTo");
        world.emulator.fail_next(change, web_page());
        page.assign(1).await?;
        page.holds("Shipments.Export").await?;
        Outcomes(world).are_settled().await?;
        assert_eq!(world.graph().count((SYNC, SHIPMENTS, "Shipments.Export")).await?, 1);
        Ok(())
    })
}

#[test]
fn what_was_confirmed_is_what_is_sent() -> Result<()> {
    scenario(async |world| {
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity("id-sandbox", "Ada Admin").await?;
        page.choose_api("Microsoft Graph").await?;
        page.tick("RoleManagement.ReadWrite.Directory").await?;
        world.emulator.consent("Ada Admin", &["AppRoleAssignment.ReadWrite.All"]);
        page.assign(1).await?;
        let question = Question(world);
        question.asks("Assign a privileged role?").await?;
        let shown = question.dialog().text().await?;
        let identity = world.identity("id-sandbox")?.to_string();
        assert!(shown.contains(&identity) && shown.contains("00000003-0000-0000-c000-000000000000"), "{shown}");
        question.answer("Assign 1 role").await?;
        page.holds("RoleManagement.ReadWrite.Directory").await?;
        let sent = world.changes_sent();
        let [change] = sent.as_slice() else { anyhow::bail!("{sent:#?}") };
        let body: serde_json::Value = serde_json::from_str(&change.body)?;
        let api = world
            .emulator
            .directory()
            .api("Microsoft Graph")
            .map(|api| (api.id, api.role("RoleManagement.ReadWrite.Directory").map(|role| role.id)));
        let Some((api, Some(role))) = api else { anyhow::bail!("no such role") };
        assert_eq!(body, serde_json::json!({ "principalId": identity, "resourceId": api, "appRoleId": role }));
        assert!(change.path.ends_with(&format!("/servicePrincipals/{api}/appRoleAssignedTo")), "{}", change.path);
        Ok(())
    })
}
