//! /authorize and the two pages behind it: which account, and whether it consents.
//! A wrong client or redirect URI is told to the person on a page, never to the address: that is what stops an open
//! redirector. Everything else goes back to the app.

use hyper::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

use super::claims::ClaimsRequest;
use super::errors::{OAuthError, Stop, Trace};
use super::registration::RedirectKind;
use super::scopes::{Scopes, admin_only, may_consent_for_all};
use super::store::{Challenge, Flow, Purpose, ResponseMode};
use super::{admin_consent, cookie_name, known_tenant, pages, session_cookie, strip_html, tokens, trace};
use crate::http::{Answer, Incoming, first};
use crate::missing::not_imitated;
use crate::tenant::TENANT_DOMAIN;
use crate::tenant::model::User;
use crate::world::World;

/// `/{tenant}/oauth2/v2.0/authorize`.
pub(crate) fn authorize(world: &World, request: &Incoming, tenant: &str) -> Answer {
    let trace = trace(world, request);
    let pairs = parameters(request);
    let mut flow = match begin(world, tenant, &pairs, &trace) {
        Ok(flow) => flow,
        Err(error) => return pages::error(world, &error, &trace),
    };
    match fill(world, &mut flow, &pairs) {
        Ok(()) => proceed(world, request, flow, first(&pairs, "prompt"), &trace),
        Err(Stop::Refused(error)) => send_error(world, &flow, &error, &trace),
        Err(Stop::Missing(what)) => not_imitated(world, &what),
    }
}

/// What /authorize says when a fault names a refusal.
pub(crate) fn refused(world: &World, request: &Incoming, tenant: &str, error: &OAuthError) -> Answer {
    let trace = trace(world, request);
    match begin(world, tenant, &parameters(request), &trace) {
        Ok(flow) if !error.must_not_travel() => send_error(world, &flow, error, &trace),
        Ok(_) => pages::error(world, error, &trace),
        Err(error) => pages::error(world, &error, &trace),
    }
}

fn parameters(request: &Incoming) -> Vec<(String, String)> {
    if request.method == Method::POST { request.form_pairs() } else { request.query_pairs() }
}

/// A flow that knows where its answer goes and how.
fn begin(world: &World, tenant: &str, pairs: &[(String, String)], trace: &Trace) -> Result<Flow, OAuthError> {
    let (redirect_uri, kind) = addressee(world, tenant, pairs)?;
    let response_mode = match first(pairs, "response_mode") {
        Some("fragment") => ResponseMode::Fragment,
        Some("form_post") => ResponseMode::FormPost,
        _ => ResponseMode::Query,
    };
    let state = first(pairs, "state").map(strip_html);
    Ok(Flow { response_mode, state, correlation: Some(trace.correlation.clone()), ..Flow::to(redirect_uri, kind) })
}

/// To whom an answer may be sent at all.
pub(super) fn addressee(
    world: &World,
    tenant: &str,
    pairs: &[(String, String)],
) -> Result<(String, RedirectKind), OAuthError> {
    known_tenant(world, tenant)?;
    let client = first(pairs, "client_id").ok_or_else(|| OAuthError::missing("client_id"))?;
    if !client.eq_ignore_ascii_case(&world.registration.client_id) {
        return Err(OAuthError::unknown_client(client, crate::tenant::TENANT_NAME));
    }
    let uri = first(pairs, "redirect_uri").ok_or_else(|| OAuthError::missing("redirect_uri"))?;
    let kind = world
        .registration
        .redirect(uri)
        .ok_or_else(|| OAuthError::redirect_not_registered(uri, &world.registration.client_id))?;
    Ok((uri.to_owned(), kind))
}

/// Parameters that could change the answer, and would not here.
const UNKNOWN_HERE: &[&str] =
    &["acr_values", "dpop_jkt", "id_token_hint", "max_age", "request", "request_uri", "resource", "sid"];

/// The checks whose failure the app is told of.
fn fill(world: &World, flow: &mut Flow, pairs: &[(String, String)]) -> Result<(), Stop> {
    if let Some(other) = first(pairs, "response_mode")
        && !matches!(other, "query" | "fragment" | "form_post")
    {
        return Err(OAuthError::response_mode(other).into());
    }
    if let Some(name) = UNKNOWN_HERE.iter().find(|name| first(pairs, name).is_some()) {
        return Err(Stop::Missing(format!("the parameter {name}")));
    }
    match first(pairs, "response_type") {
        Some("code") => {}
        Some(other) => return Err(OAuthError::response_type(other).into()),
        None => return Err(OAuthError::missing("response_type").into()),
    }
    let scope = first(pairs, "scope").ok_or_else(|| OAuthError::missing("scope"))?;
    flow.scopes = Scopes::parse(world, scope)?;
    if let Some(challenge) = first(pairs, "code_challenge") {
        let kind = match first(pairs, "code_challenge_method") {
            Some("S256") => Challenge::S256,
            Some("plain") | None => Challenge::Plain,
            _ => return Err(OAuthError::challenge_method().into()),
        };
        if !(43..=128).contains(&challenge.len()) {
            return Err(OAuthError::challenge_size().into());
        }
        flow.challenge = Some(kind(challenge.to_owned()));
    }
    world.log.confide("a state", flow.state.as_deref().unwrap_or_default());
    world.log.confide("a nonce", first(pairs, "nonce").unwrap_or_default());
    let prompt = first(pairs, "prompt");
    if let Some(other) = prompt
        && !matches!(other, "none" | "login" | "select_account" | "consent")
    {
        return Err(OAuthError::prompt(other).into());
    }
    flow.force_consent = prompt == Some("consent");
    flow.nonce = first(pairs, "nonce").map(str::to_owned);
    flow.client_info = first(pairs, "client_info") == Some("1");
    // Whoever is asked to choose is not chosen for.
    flow.login_hint = first(pairs, "login_hint").filter(|_| prompt != Some("select_account")).map(str::to_owned);
    flow.claims = ClaimsRequest::parse(first(pairs, "claims"))?;
    // The domain hint shortens the way to where an account lives; here all of them live in one place.
    match first(pairs, "domain_hint") {
        Some(domain) if domain != "organizations" && !domain.eq_ignore_ascii_case(TENANT_DOMAIN) => {
            Err(Stop::Missing(format!("accounts of another place (domain_hint={domain})")))
        }
        _ => Ok(()),
    }
}

fn proceed(world: &World, request: &Incoming, flow: Flow, prompt: Option<&str>, trace: &Trace) -> Answer {
    let cookie = request.cookie(&cookie_name(world));
    let signed_in = world.sign_in().session(cookie).map(|session| session.users.clone()).unwrap_or_default();
    let known: Vec<User> = {
        let directory = world.directory();
        signed_in.iter().filter_map(|id| directory.user(*id).cloned()).collect()
    };
    let hinted = flow.login_hint.as_deref().map(|hint| known.iter().find(|user| is_hinted(user, hint)));
    match prompt {
        Some("none") => match (hinted, known.as_slice()) {
            (Some(Some(user)), _) | (None, [user]) => silent(world, &flow, user, cookie.unwrap_or_default(), trace),
            (None, [_, _, ..]) => send_error(world, &flow, &OAuthError::several_accounts(), trace),
            _ => send_error(world, &flow, &OAuthError::login_required(), trace),
        },
        Some("login" | "select_account") => choose_account(world, flow),
        _ => match (hinted, known.as_slice()) {
            (Some(Some(user)), _) | (None, [user]) => {
                consent_or_code(world, &flow, None, user, cookie.unwrap_or_default())
            }
            _ => choose_account(world, flow),
        },
    }
}

fn is_hinted(user: &User, hint: &str) -> bool {
    user.user_name.eq_ignore_ascii_case(hint) || tokens::login_hint(user) == hint
}

/// The page on which a person says who they are.
pub(super) fn choose_account(world: &World, flow: Flow) -> Answer {
    let hint = flow.login_hint.clone();
    let redirect_uri = flow.redirect_uri.clone();
    let id = world.sign_in().keep(flow);
    let accounts: Vec<User> = world.directory().accounts().cloned().collect();
    pages::accounts(world, &id, &redirect_uri, &accounts, |user| {
        hint.as_deref().is_some_and(|hint| is_hinted(user, hint))
    })
}

fn silent(world: &World, flow: &Flow, user: &User, session: &str, trace: &Trace) -> Answer {
    let policy = world.options.policy.as_ref();
    if let Some(wanted) = policy.and_then(|policy| policy.needs_person(&flow.claims, &ClaimsRequest::default())) {
        return send_error(world, flow, &OAuthError::more_proof(&wanted), trace);
    }
    if world.sign_in().lacking(user.id, &flow.scopes.graph).is_empty() {
        send_code(world, flow, user, session)
    } else {
        let registration = &world.registration;
        let error = OAuthError::consent_needed(&registration.client_id, &registration.name, true);
        send_error(world, flow, &error, trace)
    }
}

/// The code, or the page that stands before it.
fn consent_or_code(world: &World, flow: &Flow, flow_id: Option<&str>, user: &User, session: &str) -> Answer {
    let lacking = world.sign_in().lacking(user.id, &flow.scopes.graph);
    let for_all = matches!(flow.purpose, Purpose::AdminConsent { .. });
    if lacking.is_empty() && !flow.force_consent && !for_all {
        return send_code(world, flow, user, session);
    }
    let asked = if flow.force_consent || for_all { flow.scopes.graph.clone() } else { lacking.clone() };
    let id = match flow_id {
        Some(id) => id.to_owned(),
        None => world.sign_in().keep(flow.clone()),
    };
    let needs_admin = for_all || lacking.iter().any(|scope| admin_only(scope));
    if needs_admin && !may_consent_for_all(user) {
        return pages::need_admin(world, &id, &flow.redirect_uri, user, &asked);
    }
    let whom = match (for_all, may_consent_for_all(user)) {
        (true, _) => pages::ConsentFor::Everyone,
        (false, true) => pages::ConsentFor::OneOrEveryone,
        (false, false) => pages::ConsentFor::One,
    };
    pages::consent(world, &id, &flow.redirect_uri, user, &asked, whom)
}

/// The account page's form: an account, or `cancel`.
pub(crate) fn account_chosen(world: &World, request: &Incoming, tenant: &str) -> Answer {
    let (flow_id, flow, pairs, trace) = match resumed(world, request, tenant) {
        Ok(found) => found,
        Err(page) => return *page,
    };
    let Some(account) = first(&pairs, "account").and_then(|id| Uuid::parse_str(id).ok()) else {
        return match &flow.purpose {
            Purpose::Code => send_cancelled(world, &flow),
            Purpose::AdminConsent { scope } => admin_consent::decided(world, &flow, scope.as_deref(), false),
        };
    };
    let Some(user) = world.directory().accounts().find(|user| user.id == account).cloned() else {
        return pages::expired(world, &trace);
    };
    let cookie = request.cookie(&cookie_name(world)).map(str::to_owned);
    let session = world.sign_in().sign_in(cookie.as_deref(), user.id);
    let answer = consent_or_code(world, &flow, Some(&flow_id), &user, &session);
    answer.header("set-cookie", &session_cookie(world, &session))
}

/// The consent page's form: `accept`, or `cancel`.
pub(crate) fn consent_given(world: &World, request: &Incoming, tenant: &str) -> Answer {
    let (_, flow, pairs, trace) = match resumed(world, request, tenant) {
        Ok(found) => found,
        Err(page) => return *page,
    };
    let cookie = request.cookie(&cookie_name(world)).unwrap_or_default();
    let asked = first(&pairs, "account").and_then(|id| Uuid::parse_str(id).ok());
    let signed_in = world
        .sign_in()
        .session(Some(cookie))
        .is_some_and(|session| asked.is_some_and(|id| session.users.contains(&id)));
    let user = asked.filter(|_| signed_in).and_then(|id| world.directory().user(id).cloned());
    let Some(user) = user else { return pages::expired(world, &trace) };
    let accepted = first(&pairs, "decision") == Some("accept");
    let admin = may_consent_for_all(&user);
    if let Purpose::AdminConsent { scope } = &flow.purpose {
        return admin_consent::decided(world, &flow, scope.as_deref(), accepted && admin);
    }
    let lacking = world.sign_in().lacking(user.id, &flow.scopes.graph);
    // On this person's page there was nothing to accept. "You declined" would be untrue; but see the option.
    if !admin && lacking.iter().any(|scope| admin_only(scope)) && world.options.number_missing_admin {
        return send_error(world, &flow, &OAuthError::admin_needed(), &trace);
    }
    if !accepted || !admin && lacking.iter().any(|scope| admin_only(scope)) {
        return send_error(world, &flow, &OAuthError::consent_declined(), &trace);
    }
    if admin && first(&pairs, "everyone") == Some("1") {
        world.sign_in().consent_for_all(&flow.scopes.graph);
    }
    world.sign_in().consent(user.id, &flow.scopes.graph);
    world.record_consent(&user, &flow.scopes.graph);
    send_code(world, &flow, &user, cookie)
}

type Resumed = (String, Flow, Vec<(String, String)>, Trace);

fn resumed(world: &World, request: &Incoming, tenant: &str) -> Result<Resumed, Box<Answer>> {
    let pairs = request.form_pairs();
    let id = first(&pairs, "flow").unwrap_or_default().to_owned();
    let flow = world.sign_in().flow(&id);
    let trace = Trace::new(world.clock.now(), flow.as_ref().and_then(|flow| flow.correlation.as_deref()));
    known_tenant(world, tenant).map_err(|error| Box::new(pages::error(world, &error, &trace)))?;
    match flow {
        Some(flow) => Ok((id, flow, pairs, trace)),
        None => Err(Box::new(pages::expired(world, &trace))),
    }
}

fn send_code(world: &World, flow: &Flow, user: &User, session: &str) -> Answer {
    let code = world.sign_in().issue_code(flow, user.id, session, world.clock.now());
    world.log.confide("an authorization code", &code);
    let mut parameters = vec![("code", code)];
    if flow.client_info {
        parameters.push(("client_info", tokens::client_info(user)));
    }
    if let Some(state) = &flow.state {
        parameters.push(("state", state.clone()));
    }
    parameters.push(("session_state", session.to_owned()));
    deliver(world, flow, &parameters)
}

fn send_error(world: &World, flow: &Flow, error: &OAuthError, trace: &Trace) -> Answer {
    let mut parameters = vec![("error", error.error.to_owned()), ("error_description", error.description(trace))];
    if error.code == 65004 {
        parameters.insert(1, ("error_subcode", "cancel".to_owned()));
    }
    if let Some(suberror) = error.suberror {
        parameters.push(("suberror", suberror.to_owned()));
    }
    if let Some(claims) = &error.claims {
        parameters.push(("claims", claims.clone()));
    }
    if let Some(uri) = error.uri(&world.origins.sign_in) {
        parameters.push(("error_uri", uri));
    }
    if let Some(state) = &flow.state {
        parameters.push(("state", state.clone()));
    }
    deliver(world, flow, &parameters)
}

/// Leaving the account page: documented without a number.
fn send_cancelled(world: &World, flow: &Flow) -> Answer {
    let mut parameters = vec![
        ("error", "access_denied".to_owned()),
        ("error_subcode", "cancel".to_owned()),
        ("error_description", "the user canceled the authentication".to_owned()),
    ];
    if let Some(state) = &flow.state {
        parameters.push(("state", state.clone()));
    }
    deliver(world, flow, &parameters)
}

/// Left as they are in a value, as Entra leaves them.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b' ');

fn encode(value: &str) -> String {
    utf8_percent_encode(value, PLAIN).to_string().replace(' ', "+")
}

/// Sends a person back to the app with these parameters.
pub(super) fn deliver(world: &World, flow: &Flow, parameters: &[(&str, String)]) -> Answer {
    // A URI without a path comes back with a slash.
    let target = url::Url::parse(&flow.redirect_uri).map_or_else(|_| flow.redirect_uri.clone(), |url| url.to_string());
    if flow.response_mode == ResponseMode::FormPost {
        return pages::form_post(world, &target, parameters);
    }
    let text: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let mark = match flow.response_mode {
        ResponseMode::Fragment => '#',
        _ if target.contains('?') => '&',
        _ => '?',
    };
    Answer::redirect(&format!("{target}{mark}{}", text.join("&")))
        .header("cache-control", "no-store, no-cache")
        .header("pragma", "no-cache")
        .header("referrer-policy", "no-referrer")
}
