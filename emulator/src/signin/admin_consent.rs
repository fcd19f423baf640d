//! /adminconsent: an administrator consents for everyone in the tenant. No tokens come of it.
//! <https://learn.microsoft.com/entra/identity-platform/v2-admin-consent>

use super::authorize::{addressee, choose_account, deliver};
use super::errors::Stop;
use super::scopes::{REGISTERED, Scopes};
use super::store::{Flow, Purpose};
use super::{pages, strip_html, trace};
use crate::http::{Answer, Incoming, first};
use crate::missing::not_imitated;
use crate::tenant::TENANT_ID;
use crate::world::World;

/// `/{tenant}/v2.0/adminconsent`, which names its scopes, and `/{tenant}/adminconsent`, which means those of the
/// registration.
pub(crate) fn admin_consent(world: &World, request: &Incoming, tenant: &str, names_scopes: bool) -> Answer {
    let pairs = request.query_pairs();
    let trace = trace(world, request);
    let (redirect_uri, kind) = match addressee(world, tenant, &pairs) {
        Ok(found) => found,
        Err(error) => return pages::error(world, &error, &trace),
    };
    let scope = first(&pairs, "scope").filter(|_| names_scopes);
    let scopes = match scope {
        Some(text) => Scopes::parse(world, text),
        None => Ok(Scopes { default: true, ..Scopes::default() }),
    };
    let mut scopes = match scopes {
        Ok(scopes) => scopes,
        Err(Stop::Refused(error)) => return pages::error(world, &error, &trace),
        Err(Stop::Missing(what)) => return not_imitated(world, &what),
    };
    if scopes.default {
        scopes.graph = REGISTERED.map(str::to_owned).to_vec();
    }
    let flow = Flow {
        purpose: Purpose::AdminConsent { scope: scope.map(str::to_owned) },
        scopes,
        state: first(&pairs, "state").map(strip_html),
        correlation: Some(trace.correlation.clone()),
        ..Flow::to(redirect_uri, kind)
    };
    choose_account(world, flow)
}

/// The administrator's decision, told to the app.
pub(crate) fn decided(world: &World, flow: &Flow, scope: Option<&str>, accepted: bool) -> Answer {
    let mut parameters = Vec::new();
    if accepted {
        world.sign_in().consent_for_all(&flow.scopes.graph);
        parameters.push(("admin_consent", "True".to_owned()));
        parameters.push(("tenant", TENANT_ID.to_owned()));
    } else {
        parameters.push(("error", "permission_denied".to_owned()));
        parameters.push(("error_description", "The admin canceled the request".to_owned()));
    }
    if let Some(state) = &flow.state {
        parameters.push(("state", state.clone()));
    }
    if let (true, Some(scope)) = (accepted, scope) {
        parameters.push(("scope", scope.to_owned()));
    }
    deliver(world, flow, &parameters)
}
