//! /logout: ends the browser's session here and goes back to the app if its address is registered.

use super::{cookie_name, known_tenant, pages, tokens, trace};
use crate::http::{Answer, Incoming, first};
use crate::world::World;

/// `/{tenant}/oauth2/v2.0/logout`.
pub(crate) fn logout(world: &World, request: &Incoming, tenant: &str) -> Answer {
    if let Err(error) = known_tenant(world, tenant) {
        return pages::error(world, &error, &trace(world, request));
    }
    let pairs = request.query_pairs();
    if let Some(session) = request.cookie(&cookie_name(world)) {
        // The hint is the claim, not the user name; without one that fits, everyone is signed out.
        let hinted = first(&pairs, "logout_hint")
            .and_then(|hint| world.directory().accounts().find(|user| tokens::login_hint(user) == hint).map(|u| u.id));
        world.sign_in().sign_out(session, hinted);
    }
    match first(&pairs, "post_logout_redirect_uri") {
        Some(uri) if world.registration.redirect(uri).is_some() => {
            let mut target = match url::Url::parse(uri) {
                Ok(target) => target,
                Err(_) => return pages::signed_out(world),
            };
            if let Some(state) = first(&pairs, "state") {
                target.query_pairs_mut().append_pair("state", state);
            }
            Answer::redirect(target.as_str()).header("cache-control", "no-store, no-cache")
        }
        _ => pages::signed_out(world),
    }
}
