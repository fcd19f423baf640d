//! One Conditional Access policy: changes in the directory need an authentication context, which a token carries in
//! `acrs`. Graph says so by a claims challenge; the sign-in service gives the context when asked for it by claims.
//! <https://learn.microsoft.com/entra/identity-platform/developer-guide-conditional-access-authentication-context>

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::Method;
use serde_json::{Value, json};

use crate::graph::auth::Caller;
use crate::http::Incoming;
use crate::signin::claims::ClaimsRequest;
use crate::tenant::GRAPH_APP_ID;
use crate::world::World;

/// The policy.
#[derive(Clone, Debug)]
pub struct Policy {
    context: String,
    in_person: bool,
}

impl Policy {
    /// Changes need this authentication context, such as `c1`. Whoever asks for it gets it.
    pub fn for_changes(context: &str) -> Self {
        Self { context: context.to_owned(), in_person: false }
    }

    /// The context is given on the sign-in page alone, never silently.
    pub fn in_person(self) -> Self {
        Self { in_person: true, ..self }
    }

    /// What a request still has to prove.
    pub(crate) fn demands(&self, request: &Incoming, caller: &Caller) -> Option<Value> {
        let reads = request.method == Method::GET || request.method == Method::HEAD;
        (!reads && !caller.has_proved(&self.context)).then(|| wanted(&self.context))
    }

    /// What only a person can prove of what is asked for, given what she proved before.
    pub(crate) fn needs_person(&self, asked: &ClaimsRequest, before: &ClaimsRequest) -> Option<Value> {
        let asks = asked.contexts.contains(&self.context) && !before.contexts.contains(&self.context);
        (self.in_person && asks).then(|| wanted(&self.context))
    }
}

fn wanted(context: &str) -> Value {
    json!({"access_token": {"acrs": {"essential": true, "value": context}}})
}

/// The value of `WWW-Authenticate` that carries a claims challenge.
pub(crate) fn challenge(world: &World, claims: &Value, description: &str) -> String {
    format!(
        "Bearer {}, error_description=\"{description}\", error=\"insufficient_claims\", claims=\"{}\"",
        common(world),
        BASE64_STANDARD.encode(claims.to_string())
    )
}

/// What each challenge of Graph begins with.
pub(crate) fn common(world: &World) -> String {
    format!(
        "realm=\"\", authorization_uri=\"{}/common/oauth2/authorize\", client_id=\"{GRAPH_APP_ID}\"",
        world.origins.sign_in
    )
}
