//! One identity: the roles it holds, and the form that gives it more.

use crate::{World, find::Locator};
use anyhow::Result;

/// See the module.
pub struct IdentityPage<'w>(pub &'w World);

impl<'w> IdentityPage<'w> {
    fn form(&self) -> Locator<'w> {
        self.0.browser.role("form").named("Assign roles")
    }

    /// The rows of the roles held.
    pub fn held(&self) -> Locator<'w> {
        self.0.browser.role("table").named("Roles held").role("row")
    }

    /// The heading of a column of the roles held.
    pub fn column(&self, title: &str) -> Locator<'w> {
        self.0.browser.role("table").named("Roles held").role("columnheader").named(title)
    }

    /// Waits until this role stands no longer among those held.
    pub async fn holds_no(&self, role: &str) -> Result<()> {
        self.held().saying(role).vanishes().await
    }

    /// Opens the page by its address.
    pub async fn open(&self, name: &str) -> Result<()> {
        self.0.open(&format!("/identities/{}", self.0.identity(name)?)).await?;
        self.0.browser.role("heading").named(name).appears().await
    }

    /// The letters typed into the API's field, to see what is proposed.
    pub async fn look_for_api(&self, text: &str) -> Result<Locator<'w>> {
        self.form().role("combobox").named("API").fill(text).await?;
        Ok(self.0.browser.role("option"))
    }

    /// Waits until this role stands among those held.
    pub async fn holds(&self, role: &str) -> Result<()> {
        self.held().saying(role).appears().await
    }

    /// Chooses an API in the form.
    pub async fn choose_api(&self, name: &str) -> Result<()> {
        let field = self.form().role("combobox").named("API");
        field.fill(name).await?;
        self.0.browser.role("option").beginning(name).first().await?.click().await?;
        Ok(())
    }

    /// The checkbox of a role of the chosen API.
    pub fn role(&self, value: &str) -> Locator<'w> {
        self.form().role("checkbox").named(value)
    }

    /// Ticks a role, after filtering for it.
    pub async fn tick(&self, value: &str) -> Result<()> {
        self.form().role("searchbox").named("Filter the roles").fill(value).await?;
        self.role(value).click().await
    }

    /// Presses the button that assigns so many.
    pub async fn assign(&self, count: usize) -> Result<()> {
        self.assign_button(count).click().await
    }

    /// The button that assigns so many.
    pub fn assign_button(&self, count: usize) -> Locator<'w> {
        let roles = if count == 1 { "role" } else { "roles" };
        self.form().role("button").named(format!("Assign {count} {roles}"))
    }

    /// The button that asks for the removal of a role.
    pub fn remove_button(&self, role: &str) -> Locator<'w> {
        self.held().saying(role).role("button").beginning("Remove…")
    }

    /// Asks for the removal of a role; a question follows.
    pub async fn remove(&self, role: &str) -> Result<()> {
        self.remove_button(role).click().await
    }
}
