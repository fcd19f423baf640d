//! The permission to change assignments, asked for when it is needed first (SEC-008).

use std::future::pending;

use crate::auth::AskError;
use crate::browser;
use crate::components::problem::Problem;
use crate::sign_in;
use crate::tenant::Tenant;

/// Makes sure that the session may write: silently where an administrator has consented before, else by a redirect
/// that comes back to this very address, with all that was chosen in it.
pub async fn ask(tenant: Tenant) -> Result<(), Problem> {
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
            sign_in::ask_write_by_redirect(&tenant.env(), &session).await.map_err(|error| Problem::from(&error))?;
            // The browser leaves; until it has, nothing else may happen here.
            pending().await
        }
        Err(AskError::Failed(problem)) => Err(Problem::from(&problem)),
    }
}
