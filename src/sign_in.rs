//! Joins `auth` to the browser: how the app starts, signs in, asks for more and signs out.

use std::rc::Rc;

pub use crate::auth::SignInProblem;
use crate::auth::{Account, Session};
use crate::config::{Config, ConfigError};
use crate::http::{Clock, Transport};

/// What signing in needs, made once.
pub struct Env {
    /// The deployment's settings.
    pub config: Config,
    /// The network.
    pub transport: Rc<dyn Transport>,
    /// Time.
    pub clock: Rc<dyn Clock>,
}

/// Nobody is signed in.
#[derive(Clone, Debug)]
pub struct SignedOut {
    /// Why the last attempt ended here.
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
    /// Signed in; the problem is one to show beside the pages, such as a permission that was not given.
    SignedIn(Rc<Session>, Option<SignInProblem>),
}

/// Reads `config.json`, finishes a redirect and cleans the address, or resumes the tab's session.
/// The environment is missing only where `config.json` cannot be used.
pub async fn start() -> (Option<Rc<Env>>, Start) {
    (None, Start::Redirecting)
}

/// Leaves for the sign-in page and comes back to this address; with an account, to that account.
/// On `Ok` the browser is leaving: nothing else may happen.
pub async fn sign_in(_env: &Env, _account: Option<&Account>) -> Result<(), SignInProblem> {
    Ok(())
}

/// Leaves to ask for the permission to change assignments, and comes back to this address.
/// On `Ok` the browser is leaving: nothing else may happen.
pub async fn ask_write_by_redirect(_env: &Env, _session: &Session) -> Result<(), SignInProblem> {
    Ok(())
}

/// Forgets everything, tells the other tabs and leaves to sign out at Microsoft.
pub async fn sign_out(_env: &Env, _session: &Session) {}
