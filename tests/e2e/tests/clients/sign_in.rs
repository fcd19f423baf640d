//! `@azure/msal-browser`: in, silently on, refused, out.

use crate::harness::client;
use anyhow::{Context as _, Result};
use e2e::find::until;
use emulator::{Emulator, Fault, Matcher, RedirectKind, Refusal, Site};
use serde_json::json;

const READ: [&str; 2] = ["User.Read", "Application.Read.All"];

fn sent<'f>(form: &'f [(String, String)], name: &str) -> &'f str {
    form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

#[test]
fn it_signs_in_and_its_token_is_good_for_graph() -> Result<()> {
    client(Emulator::builder(), async |client| {
        let signed_in = client.sign_in("Ada Admin", &READ).await?;
        let accounts = client.emulator.accounts();
        let ada = accounts.iter().find(|account| account.name == "Ada Admin").context("no Ada")?;
        let account = &signed_in["account"];
        assert_eq!(account["username"], ada.user_name);
        assert_eq!(account["name"], "Ada Admin");
        assert_eq!(account["homeAccountId"], format!("{}.{}", ada.object_id, client.emulator.tenant_id()));
        assert_eq!(account["tenantId"], client.emulator.tenant_id());
        let scopes: Vec<&str> =
            signed_in["scopes"].as_array().into_iter().flatten().filter_map(|s| s.as_str()).collect();
        for scope in READ {
            assert!(scopes.contains(&format!("{}/{scope}", client.emulator.graph_url()).as_str()), "{scopes:?}");
        }
        // The scopes are kept under the name by which MSAL looks them up again.
        let token = client.get("token", json!([READ])).await?;
        assert_eq!(token["fromCache"], true);
        assert_eq!(client.token_requests().len(), 1);
        let me = client.get("graph", json!(["return graph.api('/me').get()"])).await?;
        assert_eq!(me["id"], ada.object_id.to_string());
        Ok(())
    })
}

#[test]
fn it_renews_silently_by_the_refresh_token_and_after_a_day_by_the_session() -> Result<()> {
    client(Emulator::builder(), async |client| {
        let first = client.sign_in("Rita Reader", &READ).await?["accessToken"].clone();
        let second = client.get("token", json!([READ, { "forceRefresh": true }])).await?;
        assert_ne!(second["accessToken"], first);
        let requests = client.token_requests();
        let grants: Vec<&str> = requests.iter().map(|form| sent(form, "grant_type")).collect();
        assert_eq!(grants, ["authorization_code", "refresh_token"]);

        // The refresh token's day is over (AADSTS700084); the session in the hidden frame is not.
        client.emulator.advance_clock(std::time::Duration::from_secs(24 * 3600 + 1));
        let third = client.get("token", json!([READ, { "forceRefresh": true }])).await?;
        assert_ne!(third["accessToken"], second["accessToken"]);
        let requests = client.token_requests();
        let grants: Vec<&str> = requests.iter().skip(2).map(|form| sent(form, "grant_type")).collect();
        assert_eq!(grants, ["refresh_token", "authorization_code"]);
        let authorize = client.emulator.requests_to(Site::SignIn);
        let silent = |query: &str| query.contains("prompt=none");
        assert_eq!(authorize.iter().filter(|request| silent(&request.query)).count(), 1);
        let graph = client.get("graph", json!(["return graph.api('/me').get()"])).await?;
        assert_eq!(graph["displayName"], "Rita Reader");

        // Neither: a person has to come.
        client.emulator.revoke_everything();
        let refused = client.call("token", json!([READ, { "forceRefresh": true }])).await?.unwrap_err();
        assert_eq!(refused["name"], "InteractionRequiredAuthError", "{refused}");
        Ok(())
    })
}

#[test]
fn a_denied_consent_is_told_and_can_be_given_later() -> Result<()> {
    client(Emulator::builder(), async |client| {
        let write = ["AppRoleAssignment.ReadWrite.All"];
        client.sign_in("Ada Admin", &READ).await?;
        let silently = client.call("token", json!([write])).await?.unwrap_err();
        assert_eq!(
            (&silently["name"], &silently["suberror"]),
            (&json!("InteractionRequiredAuthError"), &json!("consent_required"))
        );

        client.leave("signIn", json!([write])).await?;
        client.press("Cancel").await?;
        let declined = client.returned().await?.unwrap_err();
        assert_eq!(declined["code"], "access_denied");
        assert!(declined["text"].as_str().unwrap_or_default().contains("AADSTS65004"), "{declined}");
        // MSAL has cleaned up after itself: the next try is not "in progress".
        client.leave("signIn", json!([write])).await?;
        client.press("Accept").await?;
        client.returned().await?.map_err(|error| anyhow::anyhow!("{error}"))?;
        let token = client.get("token", json!([write])).await?;
        assert_eq!(token["fromCache"], true);
        Ok(())
    })
}

#[test]
fn whoever_may_not_consent_is_told_that_an_administrator_is_needed() -> Result<()> {
    client(Emulator::builder(), async |client| {
        client.open("/").await?;
        client.leave("signIn", json!([READ])).await?;
        client.press("Sam Stranger").await?;
        client.browser.role("heading").named("Need admin approval").appears().await?;
        client.press("Cancel").await?;
        let refused = client.returned().await?.unwrap_err();
        assert_eq!(refused["code"], "access_denied");
        assert!(refused["text"].as_str().unwrap_or_default().contains("AADSTS90094"), "{refused}");
        Ok(())
    })
}

#[test]
fn it_signs_out_whom_it_names() -> Result<()> {
    client(Emulator::builder(), async |client| {
        client.sign_in("Rita Reader", &READ).await?;
        client.get("silentSignIn", json!([{}])).await?;
        client.leave("signOut", json!([])).await?;
        until("the sign-out to be over", || async {
            let url = client.browser.driver.current_url().await?;
            Ok(if url.as_str().starts_with(client.emulator.app_url()) { Ok(()) } else { Err(url.to_string()) })
        })
        .await?;
        client.open("/").await?;
        assert_eq!(client.get("accounts", json!([])).await?, json!([]));
        let refused = client.call("silentSignIn", json!([{}])).await?.unwrap_err();
        assert_eq!(
            (&refused["name"], &refused["code"]),
            (&json!("InteractionRequiredAuthError"), &json!("login_required"))
        );
        let requests = client.emulator.requests_to(Site::SignIn);
        let logout = requests.iter().find(|request| request.path.ends_with("/logout")).context("no sign-out")?;
        assert!(logout.query.contains("logout_hint="), "{}", logout.query);
        Ok(())
    })
}

#[test]
fn only_a_redirect_uri_of_type_spa_is_redeemed_in_a_browser() -> Result<()> {
    let builder = || {
        let emulator = Emulator::builder().redirect_uri(RedirectKind::Web, "/web");
        emulator.redirect_uri(RedirectKind::Native, "/native").redirect_uri(RedirectKind::Spa, "/spa")
    };
    client(builder(), async |client| {
        for path in ["/web", "/native"] {
            client.open(path).await?;
            client.leave("signIn", json!([READ, { "prompt": "select_account" }])).await?;
            client.press("Rita Reader").await?;
            let refused = client.returned().await?.unwrap_err();
            assert_eq!(refused["code"], "invalid_request", "{path}: {refused}");
            assert!(refused["text"].as_str().unwrap_or_default().contains("AADSTS9002326"), "{path}: {refused}");
        }
        client.open("/spa").await?;
        client.leave("signIn", json!([READ, { "prompt": "select_account" }])).await?;
        client.press("Rita Reader").await?;
        let signed_in = client.returned().await?.map_err(|error| anyhow::anyhow!("{error}"))?;
        assert_eq!(signed_in["account"]["name"], "Rita Reader");

        // One that is not registered: nobody is sent there.
        client.open("/elsewhere").await?;
        client.leave("signIn", json!([READ])).await?;
        client.browser.role("heading").named("This sign-in cannot go on").appears().await?;
        let url = client.browser.driver.current_url().await?;
        assert!(url.as_str().starts_with(client.emulator.sign_in_url()), "{url}");
        let text = client.browser.script("return document.body.innerText", Vec::new()).await?;
        assert!(text.as_str().unwrap_or_default().contains("AADSTS50011"), "{text}");
        Ok(())
    })?;
    // Where that refusal cannot be read, a browser sees a failing network and no more.
    client(builder().expose_wrong_client_type(false), async |client| {
        client.open("/web").await?;
        client.leave("signIn", json!([READ])).await?;
        client.press("Rita Reader").await?;
        let refused = client.returned().await?.unwrap_err();
        assert!(!refused["text"].as_str().unwrap_or_default().contains("AADSTS"), "{refused}");
        assert_eq!(refused["name"], "BrowserAuthError", "{refused}");
        Ok(())
    })
}

#[test]
fn a_claims_challenge_is_handed_on_and_answered() -> Result<()> {
    client(Emulator::builder(), async |client| {
        client.sign_in("Rita Reader", &READ).await?;
        client.emulator.fail_next(Matcher::graph().path_ends_with("/me"), Fault::refusal(Refusal::ClaimsChallenge));
        let refused = client.call("graph", json!(["return graph.api('/me').get()"])).await?.unwrap_err();
        assert_eq!(refused["status"], 401, "{refused}");
        let claims = r#"{"access_token":{"nbf":{"essential":true,"value":"1726258122"}}}"#;
        let token = client.get("token", json!([READ, { "claims": claims }])).await?;
        assert_eq!(token["fromCache"], false);
        let requests = client.token_requests();
        let asked = requests.last().map(|form| sent(form, "claims")).context("no token request")?;
        // MSAL adds what the client is capable of.
        assert!(asked.contains("nbf") && asked.contains("xms_cc"), "{asked}");
        client.get("graph", json!(["return graph.api('/me').get()"])).await?;
        Ok(())
    })
}
