//! The plan, its review and its apply.

use anyhow::{Context as _, Result};
use serde_json::json;

use super::Shell;
use crate::World;
use crate::graph::Wanted;

/// `/plan`.
pub struct PlanPage<'w>(pub &'w World);

impl PlanPage<'_> {
    /// Puts roles of an API into the plan of the account that is signed in, where the tab keeps it, and opens the plan.
    pub async fn keep(&self, account: &str, api: &str, wanted: &[Wanted]) -> Result<()> {
        let world = self.0;
        let accounts = world.emulator.accounts();
        let id = accounts.iter().find(|known| known.name == account).context("no such account")?.object_id;
        let api = world.api(api)?;
        let mut text = format!("{} {id}\n", world.emulator.tenant_id());
        for (identity, role) in wanted {
            text += &format!("{identity} {api} {role}\n");
        }
        world.browser.script("sessionStorage.setItem('rolegrant.plan', arguments[0])", vec![json!(text)]).await?;
        world.open("/plan").await?;
        Shell(world).is_shown(account).await
    }

    /// Presses a button.
    pub async fn press(&self, button: &str) -> Result<()> {
        self.0.browser.role("button").named(button).click().await
    }

    /// Reviews the plan and begins to apply it.
    pub async fn begin(&self, count: usize) -> Result<()> {
        self.press(&format!("Review {count} changes…")).await?;
        self.press(&format!("Apply {count} changes")).await
    }

    /// Waits until the apply has come to its end, and that it says so.
    pub async fn has_ended(&self, says: &str) -> Result<()> {
        self.0.browser.role("heading").named("Applied").appears().await?;
        self.0.browser.role("main").says(says).await
    }

    /// The same of one that was stopped.
    pub async fn was_stopped(&self, says: &str) -> Result<()> {
        self.0.browser.role("heading").named("Stopped").appears().await?;
        self.0.browser.role("main").says(says).await
    }

    /// Reviews and applies the plan, to its end.
    pub async fn apply(&self, count: usize) -> Result<()> {
        self.begin(count).await?;
        self.0.browser.role("heading").named("Applied").appears().await
    }
}
