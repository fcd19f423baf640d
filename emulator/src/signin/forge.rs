//! Id tokens that nobody should believe, so that a test can see who does. A [`Fault`](crate::Fault) hands them out; the
//! sign-in itself never does.

use serde_json::{Value, json};

use super::tokens;
use crate::faults::merge;
use crate::tenant::model::User;
use crate::world::World;

/// An id token in the making. Unless told otherwise it is the one that the account would get in answer to the nonce.
pub struct IdTokenForge<'a> {
    world: &'a World,
    user: Option<User>,
    nonce: Option<String>,
    header: Value,
    claims: Value,
    stranger: bool,
}

impl<'a> IdTokenForge<'a> {
    pub(crate) fn new(world: &'a World, user: Option<User>, nonce: Option<&str>) -> Self {
        let nonce = nonce.map(str::to_owned);
        Self { world, user, nonce, header: json!({}), claims: json!({}), stranger: false }
    }

    /// A JSON merge patch (RFC 7396) on the header: null takes a member away. The signature is RS256 whatever it says.
    pub fn header(mut self, patch: Value) -> Self {
        self.header = patch;
        self
    }

    /// A JSON merge patch (RFC 7396) on the claims: null takes a member away.
    pub fn claims(mut self, patch: Value) -> Self {
        self.claims = patch;
        self
    }

    /// Signed with [the key that is not published](crate::Running::unpublished_key); the header goes on naming ours.
    pub fn by_a_stranger(mut self) -> Self {
        self.stranger = true;
        self
    }

    /// The token. Empty if there is no such account or no key could be made.
    pub fn sign(self) -> String {
        let Some(user) = &self.user else { return String::new() };
        let ours = self.world.keys.newest();
        let Ok(key) = (if self.stranger { self.world.keys.unpublished() } else { Ok(ours) }) else {
            return String::new();
        };
        let (mut header, now) = (ours.header(), self.world.clock.now());
        let mut claims = tokens::id_claims(self.world, user, self.nonce.as_deref(), "forged", false, now);
        merge(&mut header, &self.header);
        merge(&mut claims, &self.claims);
        key.sign(&header, &claims)
    }
}
