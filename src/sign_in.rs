//! Joins `auth` to the browser: how the app starts, signs in, asks for more and signs out.
//!
//! It decides nothing itself: `auth::start` does. What it keeps is in session storage under three names, none of which
//! ever holds a token.

use std::rc::Rc;

use url::Url;

pub use crate::auth::SignInProblem;
use crate::auth::start::{self, Kept, Marker, Notice, Step};
use crate::auth::{
    Account, AccountKey, Ask, PendingSignIn, Purpose, Secret, Service, Session, Wanted, admin_consent, authorize,
};
use crate::browser::clock::BrowserClock;
use crate::browser::crypto::WebCrypto;
use crate::browser::fetch::Fetch;
use crate::browser::{location, page, storage, tabs};
use crate::config::{Config, ConfigError};
use crate::http::{Clock, Method, Request, Transport};

/// Storage: the sign-in under way, for the redirect's duration.
const PENDING: &str = "sign-in";
/// Storage: that this tab has a session to come back to.
const MARKER: &str = "session";
/// Storage: the code of a message that survives a redirect.
const NOTICE: &str = "notice";

/// What signing in and all else needs, made once.
pub struct Env {
    /// The deployment's settings.
    pub config: Config,
    /// The network.
    pub transport: Rc<dyn Transport>,
    /// Time.
    pub clock: Rc<dyn Clock>,
    service: Rc<Service>,
}

impl Env {
    fn new(config: Config, base: Url, transport: Rc<dyn Transport>, clock: Rc<dyn Clock>) -> Self {
        let service = Service::new(&config, base, transport.clone(), clock.clone(), Rc::new(WebCrypto));
        Self { config, transport, clock, service: Rc::new(service) }
    }

    /// The page on which an administrator consents to what is wanted, for everybody.
    pub fn consent_link(&self, wanted: Wanted) -> Url {
        admin_consent::link(&self.service, wanted)
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
    /// The permission to change assignments was given on the way here.
    pub granted: bool,
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
    let kept = Kept {
        pending: storage::take(PENDING).ok().flatten().map(Secret::new),
        marker: storage::get(MARKER).ok().flatten(),
        notice: storage::take(NOTICE).ok().flatten().or(hearsay.map(|notice| notice.code().to_owned())),
    };
    let first = start::first(fragment.reveal(), here, kept, clock.now());
    if !fragment.reveal().is_empty() || shown != first.show {
        location::replace(&first.show);
    }
    forget_on_return();

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
        Step::Resume(ask, notice) => match leave(&env, ask, notice, first.marker.as_ref()).await {
            Ok(()) => Start::Redirecting,
            Err(problem) => problem.into(),
        },
        Step::Redeem(code, pending, notice) => redeem(&env, code, pending, notice).await,
    };
    (Some(env), start)
}

async fn environment(clock: Rc<BrowserClock>) -> Result<Env, ConfigError> {
    let transport = Rc::new(Fetch::default());
    // The browser's own address is one, so both succeed.
    let parsed = Url::parse(&location::base_url()).and_then(|base| Ok((base.join("config.json")?, base)));
    let (config, base) = parsed.map_err(|_| ConfigError::no_address())?;
    let answer = transport.send(Request::new(Method::Get, config)).await;
    Ok(Env::new(Config::from_answer(answer)?, base, transport, clock))
}

async fn redeem(env: &Env, code: Secret, pending: PendingSignIn, notice: Option<Notice>) -> Start {
    match Session::open(env.service.clone(), &pending, &code).await {
        Ok(session) => {
            keep_marker(Some(&Marker::new(session.hint())));
            let (asked, granted) = (pending.purpose == Purpose::Write, session.may_write());
            let notice = notice.or((asked && !granted).then_some(Notice::WriteRefused));
            Start::SignedIn(SignedIn {
                session: Rc::new(session),
                problem: notice.map(SignInProblem::from),
                granted: asked && granted,
            })
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

/// Leaves for the sign-in page and comes back to this address: to this account if one is given, else to the one that
/// the administrator chooses. On `Ok` the browser is leaving, and nothing else may happen.
pub async fn sign_in(env: &Env, account: Option<&Account>) -> Result<(), SignInProblem> {
    let hint = account.map(|account| account.username.clone());
    leave(env, ask(Purpose::SignIn, hint, account.map(Account::key)), None, None).await
}

/// Leaves to ask for the permission to change assignments, and comes back to this address.
/// On `Ok` the browser is leaving, and nothing else may happen.
pub async fn ask_write_by_redirect(env: &Env, session: &Session) -> Result<(), SignInProblem> {
    let marker = Marker::new(session.hint());
    let ask = ask(Purpose::Write, Some(session.hint().to_owned()), Some(session.account().key()));
    leave(env, ask, None, Some(&marker)).await
}

/// Forgets everything, tells the other tabs, and leaves to sign out at Microsoft (SEC-069).
pub async fn sign_out(_env: &Env, session: &Session) {
    let url = session.sign_out_url();
    session.end();
    storage::clear();
    tabs::say_signed_out();
    // What the tenant's administrator saw is gone before the network is asked for anything.
    page::replace_all_by("Signing out…");
    if !url.is_some_and(|url| location::assign(&url)) {
        location::assign_base();
    }
}

/// Calls back when the administrator has signed out in another tab: the page must drop its session and load the start
/// page, which then says so.
pub fn on_signed_out_elsewhere(callback: impl Fn() + 'static) {
    tabs::on_signed_out(move || {
        let _ = storage::set(NOTICE, Notice::SignedOutElsewhere.code());
        callback();
    });
}

fn ask(purpose: Purpose, hint: Option<String>, account: Option<AccountKey>) -> Ask {
    let hint = hint.filter(|hint| !hint.is_empty());
    Ask { purpose, hint, account, return_path: location::path_and_query() }
}

async fn leave(env: &Env, ask: Ask, notice: Option<Notice>, marker: Option<&Marker>) -> Result<(), SignInProblem> {
    if page::in_frame() {
        return Err(SignInProblem::framed());
    }
    let metadata = env.service.discover().await.map_err(|error| SignInProblem::from(&error))?;
    // Nobody pressed anything for a resume: with a step of its own, the back button would lead into the next one.
    let go = if ask.purpose == Purpose::Resume { location::assign_in_place } else { location::assign };
    let (url, pending) = authorize(&env.service, &metadata, ask);
    let no_storage = |_| SignInProblem::no_storage();
    storage::set(PENDING, pending.to_storage().reveal()).map_err(no_storage)?;
    if let Some(notice) = notice {
        storage::set(NOTICE, notice.code()).map_err(no_storage)?;
    }
    keep_marker(marker);
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
        None => storage::remove(MARKER),
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
