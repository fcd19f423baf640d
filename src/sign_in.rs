//! Joins `auth` to the browser: how the app starts, signs in, asks for more, goes on after an interruption, signs out.
//!
//! It decides nothing itself: `auth::start` does. What it keeps is in session storage under the names below, none of
//! which ever holds a token.

use std::rc::Rc;

use url::Url;

use crate::activity;
pub use crate::auth::SignInProblem;
use crate::auth::idle;
use crate::auth::session::OpenError;
use crate::auth::start::{self, Kept, Marker, Notice, Step};
use crate::auth::{Ask, PendingSignIn, Purpose, Secret, Service, Session, Wanted, admin_consent, authorize};
use crate::browser::clock::BrowserClock;
use crate::browser::crypto::WebCrypto;
use crate::browser::fetch::Fetch;
use crate::browser::{database, location, page, stop, storage, tabs};
use crate::config::{Config, ConfigError, Registration};
use crate::directory::Timestamp;
use crate::http::{Clock, Method, Request, Transport};
use crate::kept;

/// Storage: the sign-in under way, for the redirect's duration.
const PENDING: &str = "sign-in";
/// Storage: that this tab has a session to come back to.
const MARKER: &str = "session";
/// Storage: when the administrator signed in to that of which something is kept in this tab.
const BEGAN: &str = "began";
/// Storage: when somebody was there last, in this tab or another.
const SEEN: &str = "seen";
/// Storage: the code of a message that survives a redirect.
const NOTICE: &str = "notice";
/// Storage: when the administrator signed out here, while the browser does so at Microsoft.
const SIGNED_OUT: &str = "signed-out";
/// Storage: the tenant that was worked in last, as config.json names it.
const TENANT: &str = "tenant";

/// What signing in and all else needs, made once.
pub struct Env {
    /// The deployment's settings.
    pub config: Config,
    /// The network.
    pub transport: Rc<dyn Transport>,
    /// Time.
    pub clock: Rc<dyn Clock>,
    base: Url,
}

impl Env {
    /// The tenant that was worked in last, else the first.
    pub fn usual_tenant(&self) -> Option<&Registration> {
        let last = storage::get(TENANT).ok().flatten().and_then(|tenant| self.config.registration(&tenant));
        last.or(self.config.registrations.first())
    }

    /// The sign-in service of a tenant that config.json names.
    fn service(&self, tenant: &str) -> Option<Rc<Service>> {
        let registration = self.config.registration(tenant)?;
        let (base, transport, clock) = (self.base.clone(), self.transport.clone(), self.clock.clone());
        Some(Rc::new(Service::new(&self.config, registration, base, transport, clock, Rc::new(WebCrypto))))
    }

    /// The page on which an administrator of the usual tenant consents to what is wanted, for everybody.
    pub fn consent_link(&self, wanted: Wanted) -> Option<Url> {
        let service = self.service(&self.usual_tenant()?.tenant)?;
        Some(admin_consent::link(&service, wanted))
    }
}

/// Nobody is signed in.
#[derive(Clone, Debug)]
pub struct SignedOut {
    /// Why the last attempt ended here.
    pub problem: Option<SignInProblem>,
}

/// Somebody is signed in.
pub struct SignedIn {
    /// Who.
    pub session: Rc<Session>,
    /// What to show beside the pages, such as a permission that was not given.
    pub problem: Option<SignInProblem>,
}

/// How the start ended.
pub enum Start {
    /// The browser is leaving for the sign-in page: show nothing.
    Redirecting,
    /// `config.json` cannot be used.
    SetUp(ConfigError),
    /// Nobody is signed in.
    SignedOut(SignedOut),
    /// Signed in.
    SignedIn(SignedIn),
}

impl From<SignInProblem> for Start {
    fn from(problem: SignInProblem) -> Self {
        Self::SignedOut(SignedOut { problem: Some(problem) })
    }
}

/// Takes a sign-in's answer out of the address, reads `config.json`, and finishes that sign-in or resumes the tab's
/// session. The environment is missing only where `config.json` cannot be used.
pub async fn start() -> (Option<Rc<Env>>, Start) {
    let clock = Rc::new(BrowserClock);
    // First of all, before any request: out of the address, the history and the storage (SEC-021, SEC-022).
    let fragment = Secret::new(location::fragment());
    let shown = location::path_and_query();
    let (here, hearsay) = admin_consent::taken(&shown);
    let news = hearsay.or(say_signed_out_again().then_some(Notice::SignedOut));
    let kept = Kept {
        pending: storage::take(PENDING).ok().flatten().map(Secret::new),
        marker: storage::get(MARKER).ok().flatten(),
        notice: storage::take(NOTICE).ok().flatten().or(news.map(|notice| notice.code().to_owned())),
        began: storage::get(BEGAN).ok().flatten().as_deref().and_then(time),
    };
    let first = start::first(fragment.reveal(), here, kept, clock.now());
    if !fragment.reveal().is_empty() || shown != first.show {
        location::replace(&first.show);
    }
    forget_on_return();
    end_with_the_others(first.began, matches!(first.step, Step::SignedOut(_)));

    let env = match environment(clock).await {
        Ok(env) => Rc::new(env),
        Err(error) => return (None, Start::SetUp(error)),
    };
    if page::in_frame() {
        return (Some(env), SignInProblem::framed().into());
    }
    let start = match first.step {
        Step::SignedOut(problem) => {
            keep_marker(first.marker.as_ref());
            Start::SignedOut(SignedOut { problem })
        }
        Step::Resume(..) if was_left(&env) => {
            keep_marker(None);
            SignInProblem::from(Notice::Idle).into()
        }
        Step::Resume(ask, notice) => match leave(&env, ask, notice).await {
            Ok(()) => {
                keep_marker(first.marker.as_ref());
                Start::Redirecting
            }
            Err(problem) => problem.into(),
        },
        Step::Redeem(code, pending, notice) => redeem(&env, code, pending, notice, first.began).await,
    };
    kept::sweep(env.clock.now());
    (Some(env), start)
}

async fn environment(clock: Rc<BrowserClock>) -> Result<Env, ConfigError> {
    let transport = Rc::new(Fetch::default());
    // The browser's own address is one, so both succeed.
    let parsed = Url::parse(&location::base_url()).and_then(|base| Ok((base.join("config.json")?, base)));
    let (config, base) = parsed.map_err(|_| ConfigError::no_address())?;
    let answer = transport.send(Request::new(Method::Get, config)).await;
    Ok(Env { config: Config::from_answer(answer)?, base, transport, clock })
}

async fn redeem(env: &Env, code: Secret, pending: PendingSignIn, notice: Option<Notice>, began: Timestamp) -> Start {
    let Some(service) = env.service(&pending.tenant) else {
        return SignInProblem::from(&OpenError::IssuerChanged).into();
    };
    match Session::open(service, &pending, &code).await {
        Ok(session) => {
            let session = Rc::new(session);
            let held = session.clone();
            stop::on_stop(move || held.end());
            keep_marker(Some(&Marker::new(session.account().key(), session.hint(), session.tenant())));
            // Where it cannot be kept, neither is anything that it is the beginning of.
            let _ = storage::set(BEGAN, &began.unix_millis().to_string());
            note_seen(env);
            let refused = pending.wanted == Wanted::Write && !session.may_write();
            let notice = notice.or(refused.then_some(Notice::WriteRefused));
            let permitted = pending.purpose == Purpose::Write && session.may_write();
            let problem = notice.map(SignInProblem::from).or_else(|| permitted.then(SignInProblem::permitted));
            Start::SignedIn(SignedIn { session, problem })
        }
        Err(error) => {
            // After trouble on the way a reload may resume; after anything else there is nothing to come back to.
            if !error.is_temporary() {
                keep_marker(None);
            }
            SignInProblem::from(&error).into()
        }
    }
}

/// Leaves for the sign-in page of a tenant that config.json names, where the administrator chooses an account. On `Ok`
/// the browser is leaving, and nothing else may happen.
pub async fn sign_in(env: &Env, tenant: &str) -> Result<(), SignInProblem> {
    leave(env, ask(Purpose::SignIn, tenant, location::path_and_query()), None).await?;
    keep_marker(None);
    Ok(())
}

/// The same from within a session, to go on with another account or in another tenant; whoever turns back finds the
/// session as it was.
pub async fn switch(env: &Env, session: &Session, tenant: &str) -> Result<(), SignInProblem> {
    // The ids in this address mean nothing in another tenant.
    let here = if tenant == session.tenant() { location::path_and_query() } else { "/".to_owned() };
    leave(env, ask(Purpose::SignIn, tenant, here), None).await
}

/// Leaves to ask for the permission to change assignments, and comes back to this address.
/// On `Ok` the browser is leaving, and nothing else may happen.
pub async fn ask_write_by_redirect(env: &Env, session: &Session) -> Result<(), SignInProblem> {
    go_on(env, session, Purpose::Write, Wanted::Write).await
}

/// Leaves to sign the same account in again, with what a policy demands, and comes back to this address.
/// On `Ok` the browser is leaving, and nothing else may happen.
pub async fn renew(env: &Env, session: &Session) -> Result<(), SignInProblem> {
    let wanted = if session.may_write() { Wanted::Write } else { Wanted::Read };
    go_on(env, session, Purpose::Renew, wanted).await
}

async fn go_on(env: &Env, session: &Session, purpose: Purpose, wanted: Wanted) -> Result<(), SignInProblem> {
    let ask = Ask {
        wanted,
        claims: session.unmet_claims(),
        hint: Some(session.hint().to_owned()),
        account: Some(session.account().key()),
        ..ask(purpose, session.tenant(), location::path_and_query())
    };
    leave(env, ask, None).await
}

/// Keeps in mind that somebody is there now, for when this tab is loaded the next time.
pub fn note_seen(env: &Env) {
    let _ = storage::set(SEEN, &env.clock.now().unix_millis().to_string());
}

/// Whether nobody has been there for too long before the page was loaded (SEC-068).
fn was_left(env: &Env) -> bool {
    let seen = storage::get(SEEN).ok().flatten().as_deref().and_then(time);
    seen.is_some_and(|seen| idle::is_over(seen, env.clock.now(), env.config.idle))
}

/// Drops the session because nobody used the page, and shows the sign-in page, which says so. What is confirmed but
/// not sent stays with the tab. Microsoft's own session in this browser is not ours to end.
pub fn end_idle() {
    end("Signed out");
    storage::remove(MARKER);
    // Where it cannot be kept, the page does not say why; no harm.
    let _ = storage::set(NOTICE, Notice::Idle.code());
    database::forget(kept::take_keys().into_iter().collect(), location::reload);
}

/// Forgets everything, the lists that other tabs have kept and, unless config.json keeps them, the account's records of
/// what was applied among it, tells the other tabs, and leaves to sign out at Microsoft (SEC-069).
pub fn sign_out(env: &Env, session: &Session) {
    let url = session.sign_out_url();
    let mut keys = vec![kept::KEYS.to_owned()];
    if !env.config.keep_activity {
        keys.extend(activity::keys_of(session));
    }
    end("Signing out…");
    storage::clear();
    tabs::say_signed_out();
    let _ = storage::set(SIGNED_OUT, &BrowserClock.now().unix_millis().to_string());
    let leave = move || {
        if !url.is_some_and(|url| location::assign(&url)) {
            location::assign_base();
        }
    };
    database::forget(keys, leave);
}

/// Whether the administrator has signed out in this tab, which is back from Microsoft now. The other tabs are told once
/// more, for those that were at the sign-in service before, and whenever one comes back from there later.
fn say_signed_out_again() -> bool {
    let Some(at) = storage::take(SIGNED_OUT).ok().flatten().as_deref().and_then(time) else { return false };
    tabs::say_signed_out_at(at);
    tabs::on_back(move || tabs::say_signed_out_at(at));
    true
}

/// A time from storage.
fn time(millis: &str) -> Option<Timestamp> {
    millis.parse().ok().map(Timestamp::from_unix_millis)
}

/// When the administrator pressed *Sign in*, if that is under way.
fn attempt_of(pending: Option<String>) -> Option<Timestamp> {
    let pending = PendingSignIn::from_storage(&Secret::new(pending?))?;
    (pending.purpose == Purpose::SignIn).then_some(pending.started)
}

/// Signing out in one tab signs out all of them: what is here ends, the answer of a sign-in that is just being redeemed
/// among it. Whoever signs in afterwards means it, so a sign-out that is told once more ends only what `began` before;
/// by the computer's clock, for want of another that all tabs share. Where nobody is signed in, or the page has stopped,
/// only what is kept goes.
fn end_with_the_others(began: Timestamp, signed_out: bool) {
    tabs::on_signed_out(move |at| {
        // From the sign-in page somebody may be about to leave.
        let began = || attempt_of(storage::get(PENDING).ok().flatten()).unwrap_or(began);
        if at.is_some_and(|at| at < began()) {
            return;
        }
        storage::clear();
        if !signed_out && !stop::is_stopped() {
            end("Signed out");
            let _ = storage::set(NOTICE, Notice::SignedOutElsewhere.code());
            location::reload();
        }
    });
    tabs::say_back();
}

/// The end of this page, before anything else: what the tenant's administrator saw is gone, the tokens are dropped, and
/// nothing more is sent.
fn end(text: &str) {
    page::replace_all_by(text);
    stop::stop();
}

fn ask(purpose: Purpose, tenant: &str, return_path: String) -> Ask {
    let tenant = tenant.to_owned();
    Ask { purpose, tenant, wanted: Wanted::Read, claims: None, hint: None, account: None, return_path }
}

/// On `Ok` the browser is leaving; what is stored until then is there when it is back.
async fn leave(env: &Env, ask: Ask, notice: Option<Notice>) -> Result<(), SignInProblem> {
    if page::in_frame() {
        return Err(SignInProblem::framed());
    }
    let service = env.service(&ask.tenant).ok_or_else(|| SignInProblem::from(&OpenError::IssuerChanged))?;
    let metadata = service.discover().await.map_err(|error| SignInProblem::from(&error))?;
    // Nobody pressed anything for a resume: with a step of its own, the back button would lead into the next one.
    let go = if ask.purpose == Purpose::Resume { location::assign_in_place } else { location::assign };
    let (url, pending) = authorize(&service, &metadata, ask).await?;
    let no_storage = |_| SignInProblem::no_storage();
    storage::set(PENDING, pending.to_storage().reveal()).map_err(no_storage)?;
    if let Some(notice) = notice {
        storage::set(NOTICE, notice.code()).map_err(no_storage)?;
    }
    if env.config.registrations.len() > 1 {
        // Only to find it chosen next time.
        let _ = storage::set(TENANT, &pending.tenant);
    }
    if go(&url) {
        return Ok(());
    }
    storage::remove(PENDING);
    Err(SignInProblem::cannot_leave())
}

fn keep_marker(marker: Option<&Marker>) {
    match marker {
        // Where it cannot be kept, a reload shows the sign-in page: no harm.
        Some(marker) => drop(storage::set(MARKER, &marker.to_storage())),
        None => {
            storage::remove(MARKER);
            kept::forget();
        }
    }
}

/// A page that the browser brings back from its back-forward cache, after it left for a sign-in or a sign-out, is out
/// of date: the attempt is void, the session may be over (SEC-030, SEC-069).
fn forget_on_return() {
    page::on_restored(|| {
        storage::remove(PENDING);
        location::reload();
    });
}
