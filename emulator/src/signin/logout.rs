//! /logout: ends the browser's session here and goes back to the app if its address is registered.

use uuid::Uuid;

use super::{cookie_name, known_tenant, pages, tokens, trace};
use crate::http::{Answer, Incoming, first};
use crate::tenant::model::User;
use crate::world::World;

/// `/{tenant}/oauth2/v2.0/logout`.
pub(crate) fn logout(world: &World, request: &Incoming, tenant: &str) -> Answer {
    if let Err(error) = known_tenant(world, tenant) {
        return pages::error(world, &error, &trace(world, request));
    }
    let pairs = request.query_pairs();
    let (back, state) = (first(&pairs, "post_logout_redirect_uri"), first(&pairs, "state"));
    let Some(session) = request.cookie(&cookie_name(world)) else { return go_back(world, back, state) };
    let signed_in = world.sign_in().session(Some(session)).map(|session| session.users.clone()).unwrap_or_default();
    let users: Vec<User> = {
        let directory = world.directory();
        signed_in.iter().filter_map(|id| directory.user(*id).cloned()).collect()
    };
    match named(world, &pairs, &users) {
        Some(user) => world.sign_in().sign_out(session, user),
        None if !users.is_empty() => return pages::sign_out(&users, back, state),
        None => {}
    }
    go_back(world, back, state)
}

/// Whom the request names: by the claim `login_hint`, which is not the user name, or by an id token.
fn named(world: &World, pairs: &[(String, String)], users: &[User]) -> Option<Uuid> {
    let by_claim = |hint: &str| users.iter().find(|user| tokens::login_hint(user) == hint);
    let by_token = |token: &str| {
        let claims = world.keys.open(token).ok()?;
        users.iter().find(|user| user.id.to_string() == tokens::text(&claims, "oid"))
    };
    let found = first(pairs, "logout_hint").and_then(by_claim);
    found.or_else(|| first(pairs, "id_token_hint").and_then(by_token)).map(|user| user.id)
}

/// The form of the page that asks who is to be signed out.
pub(crate) fn account_chosen(world: &World, request: &Incoming, tenant: &str) -> Answer {
    if let Err(error) = known_tenant(world, tenant) {
        return pages::error(world, &error, &trace(world, request));
    }
    let pairs = request.form_pairs();
    let account = first(&pairs, "account").and_then(|id| Uuid::parse_str(id).ok());
    if let (Some(session), Some(account)) = (request.cookie(&cookie_name(world)), account) {
        world.sign_in().sign_out(session, account);
    }
    go_back(world, first(&pairs, "back"), first(&pairs, "state"))
}

/// To the app, if its address is registered.
fn go_back(world: &World, back: Option<&str>, state: Option<&str>) -> Answer {
    let registered = back.filter(|uri| world.registration.redirect(uri).is_some());
    let Some(mut target) = registered.and_then(|uri| url::Url::parse(uri).ok()) else {
        return pages::signed_out(world);
    };
    if let Some(state) = state {
        target.query_pairs_mut().append_pair("state", state);
    }
    Answer::redirect(target.as_str()).header("cache-control", "no-store, no-cache")
}
