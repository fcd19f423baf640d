//! Tokens made to measure, so that a test can speak with Graph directly.

use chrono::TimeDelta;

use super::claims::ClaimsRequest;
use super::tokens::{self, AccessToken};
use crate::tenant::GRAPH_APP_ID;
use crate::tenant::model::User;
use crate::world::World;

/// An access token in the making. Unless told otherwise it is a good one for Graph with an hour to live and
/// the scopes `User.Read` and `Application.Read.All`.
pub struct Mint<'a> {
    world: &'a World,
    user: Option<User>,
    scopes: Vec<String>,
    audience: String,
    issuer: String,
    expires_in: i64,
    bad_signature: bool,
}

impl<'a> Mint<'a> {
    pub(crate) fn new(world: &'a World, user: Option<User>) -> Self {
        Self {
            world,
            user,
            scopes: vec!["User.Read".to_owned(), "Application.Read.All".to_owned()],
            audience: GRAPH_APP_ID.to_owned(),
            issuer: tokens::access_issuer(world),
            expires_in: 3600,
            bad_signature: false,
        }
    }

    /// These scopes and no others. No consent is asked for.
    pub fn scopes(mut self, scopes: &[&str]) -> Self {
        self.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self
    }

    /// The scopes that the app has when it may read and assign.
    pub fn may_write(self) -> Self {
        self.scopes(&["User.Read", "Application.Read.All", "AppRoleAssignment.ReadWrite.All"])
    }

    /// For another audience.
    pub fn audience(mut self, audience: &str) -> Self {
        audience.clone_into(&mut self.audience);
        self
    }

    /// From another issuer.
    pub fn issuer(mut self, issuer: &str) -> Self {
        issuer.clone_into(&mut self.issuer);
        self
    }

    /// Expires so many seconds from now; negative: has expired.
    pub fn expires_in(mut self, seconds: i64) -> Self {
        self.expires_in = seconds;
        self
    }

    /// With a signature that does not fit.
    pub fn bad_signature(mut self) -> Self {
        self.bad_signature = true;
        self
    }

    /// The token. Empty if there is no such account.
    pub fn sign(self) -> String {
        let Some(user) = &self.user else { return String::new() };
        let now = self.world.clock.now();
        let expires = now + TimeDelta::seconds(self.expires_in);
        let token = tokens::access_token(
            self.world,
            &AccessToken {
                user,
                scopes: &self.scopes,
                audience: &self.audience,
                issuer: self.issuer,
                issued: now.min(expires),
                expires,
                claims: &ClaimsRequest::default(),
            },
        );
        if !self.bad_signature {
            return token;
        }
        // The claims are changed by one letter of their own encoding's padding-free text: another token's signature.
        let other = self.world.keys.sign(&serde_json::json!({"sub": "somebody else"}));
        let body = token.rsplit_once('.').map_or("", |(body, _)| body);
        let signature = other.rsplit_once('.').map_or("", |(_, signature)| signature);
        format!("{body}.{signature}")
    }
}
