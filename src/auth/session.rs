//! The signed-in administrator.

use futures_util::future::LocalBoxFuture;

use super::problem::SignInProblem;
use super::token::{AccessToken, TokenError};
use crate::directory::{ObjectId, TenantId};

/// Who is signed in. An account is known by tenant and object id; its names are for display alone (SEC-044).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The display name.
    pub name: String,
    /// The sign-in name.
    pub username: String,
    /// The tenant.
    pub tenant: TenantId,
    /// The user's object id in the tenant.
    pub object_id: ObjectId,
}

/// Why the session may not write yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskError {
    /// Microsoft wants to ask the administrator: `sign_in::ask_write_by_redirect` is next.
    Interaction,
    /// It could not be asked.
    Failed(SignInProblem),
}

/// The session, in memory alone.
pub struct Session {
    account: Account,
}

impl Session {
    /// Who is signed in.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Whether the permission to change assignments has been granted.
    pub fn may_write(&self) -> bool {
        false
    }

    /// Asks for the permission to change assignments, without leaving the page.
    pub async fn ask_write(&self) -> Result<(), AskError> {
        Err(AskError::Interaction)
    }

    /// A valid access token, renewed if need be.
    pub fn token(&self) -> LocalBoxFuture<'_, Result<AccessToken, TokenError>> {
        Box::pin(async { Err(TokenError::SignInNeeded) })
    }

    /// Drops the tokens. The session is over.
    pub fn end(&self) {}
}
