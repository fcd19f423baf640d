//! What a run of changes came to, line by line; it stands on the pages of an identity and of an API.

use crate::{World, find::Locator};
use anyhow::Result;

/// See the module.
pub struct Outcomes<'w>(pub &'w World);

impl<'w> Outcomes<'w> {
    fn region(&self) -> Locator<'w> {
        self.0.browser.role("region").named("What was done")
    }

    /// The line of a role.
    pub fn line(&self, role: &str) -> Locator<'w> {
        self.region().role("listitem").saying(role)
    }

    /// Waits until the line of a role says this.
    pub async fn say(&self, role: &str, outcome: &str) -> Result<()> {
        self.line(role).says(outcome).await
    }

    /// Takes back what was done.
    pub async fn undo(&self) -> Result<()> {
        self.region().role("button").named("Undo").click().await
    }

    /// Waits until nothing is on its way any more.
    pub async fn are_settled(&self) -> Result<()> {
        let dismiss = self.region().role("button").named("Dismiss");
        crate::find::until("the run to end", || async {
            Ok(if dismiss.one().await?.is_enabled().await? {
                Ok(())
            } else {
                Err("something is still being sent".to_owned())
            })
        })
        .await
    }
}
