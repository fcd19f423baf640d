//! The permission to change assignments, asked for when it is needed first (SEC-008).

use std::future::pending;

use crate::auth::AskError;
use crate::browser;
use crate::components::problem::Problem;
use crate::sign_in;
use crate::tenant::Tenant;

/// Makes sure that the session may write: silently where an administrator has consented before, else by a redirect
/// that comes back to this very address. `leaving` is called before the browser leaves.
pub async fn ask(tenant: Tenant, leaving: impl FnOnce()) -> Result<(), Problem> {
    let session = tenant.session();
    if session.may_write() {
        return Ok(());
    }
    match session.ask_write().await {
        Ok(()) => {
            tenant.may_write.set(session.may_write());
            browser::spawn(tenant.load_rights());
            Ok(())
        }
        Err(AskError::Interaction) => {
            leaving();
            match sign_in::ask_write_by_redirect(&tenant.env(), &session).await {
                // The browser leaves; until it has, nothing else may happen here.
                Ok(()) => pending().await,
                Err(problem) => Err(Problem::from(&problem)),
            }
        }
        Err(AskError::Failed(problem)) => Err(Problem::from(&problem)),
    }
}
