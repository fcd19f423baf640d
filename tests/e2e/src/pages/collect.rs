//! Adding roles for several identities to the plan.

use crate::{World, find::Locator};
use anyhow::Result;

/// See the module.
pub struct CollectPage<'w>(pub &'w World);

impl<'w> CollectPage<'w> {
    /// Waits until it is shown, for so many identities.
    pub async fn is_shown_for(&self, count: usize) -> Result<()> {
        self.0.browser.role("heading").named("Add to the plan").appears().await?;
        self.0.browser.role("region").named("Identities").role("status").says(&format!("{count} selected")).await
    }

    /// Adds an identity by its field.
    pub async fn add_identity(&self, name: &str) -> Result<()> {
        self.propose("Add an identity", name).await
    }

    /// The button that leaves out an identity or a role.
    pub async fn leave_out(&self, name: &str) -> Result<()> {
        self.0.browser.role("button").named(format!("Leave out {name}")).click().await
    }

    async fn propose(&self, field: &str, name: &str) -> Result<()> {
        self.0.browser.role("combobox").named(field).fill(name).await?;
        self.0.browser.role("option").beginning(name).first().await?.click().await?;
        Ok(())
    }

    /// The form for roles of an API.
    pub fn form(&self) -> Locator<'w> {
        self.0.browser.role("form").named("Assign roles of an API")
    }

    /// Chooses an API in the form.
    pub async fn choose_api(&self, name: &str) -> Result<()> {
        self.propose("API", name).await
    }

    /// Ticks a role, after filtering for it.
    pub async fn tick(&self, value: &str) -> Result<()> {
        self.form().role("searchbox").named("Filter the roles").fill(value).await?;
        self.form().role("checkbox").named(value).click().await
    }

    /// The button that adds so many changes.
    pub fn add_button(&self, count: usize) -> Locator<'w> {
        let changes = if count == 1 { "change" } else { "changes" };
        self.form().role("button").named(format!("Add {count} {changes} to the plan"))
    }

    /// Chooses whose roles are copied.
    pub async fn copy_from(&self, name: &str) -> Result<()> {
        self.propose("Copy from", name).await
    }

    /// The part about copying.
    pub fn copying(&self) -> Locator<'w> {
        self.0.browser.role("region").named("Copy the roles of another identity")
    }
}
