//! The permission to change assignments, asked for when it is needed first (SEC-008).

use std::time::Duration;

use crate::auth::AskError;
use crate::browser;
use crate::components::problem::Problem;
use crate::sign_in::{self, SignInProblem};
use crate::tenant::Tenant;

/// How long the browser may take to leave for Microsoft's pages.
const LEAVING: Duration = Duration::from_secs(60);

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
            // The browser leaves; until it has, nothing else may happen here. Unless it is held up.
            tenant.env().clock.sleep(LEAVING).await;
            Err(Problem::from(&SignInProblem::cannot_leave()))
        }
        Err(AskError::Failed(problem)) => Err(Problem::from(&problem)),
    }
}
