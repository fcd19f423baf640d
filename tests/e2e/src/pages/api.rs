//! The list of APIs, and one API: its roles and who holds them.

use crate::{World, find::Locator};
use anyhow::Result;

/// The list.
pub struct ApisPage<'w>(pub &'w World);

impl ApisPage<'_> {
    /// Waits until all that there is has been loaded.
    pub async fn is_loaded(&self) -> Result<()> {
        self.0.browser.role("heading").named("APIs").appears().await?;
        self.0.browser.role("table").named("APIs").role("row").saying("Microsoft Graph").appears().await
    }

    /// Types into the search box.
    pub async fn search(&self, text: &str) -> Result<()> {
        self.0.browser.role("searchbox").named("Search").fill(text).await
    }

    /// The names in the rows that are drawn.
    pub async fn names(&self) -> Result<Vec<String>> {
        self.0.browser.role("table").named("APIs").role("link").texts().await
    }

    /// Opens the API of this name.
    pub async fn open(&self, name: &str) -> Result<()> {
        self.0.browser.role("table").named("APIs").role("link").named(name).click().await?;
        self.0.browser.role("heading").named(name).appears().await
    }
}

/// One API.
pub struct ApiPage<'w>(pub &'w World);

impl<'w> ApiPage<'w> {
    /// Opens the page by its address.
    pub async fn open(&self, name: &str) -> Result<()> {
        self.0.open(&format!("/apis/{}", self.0.api(name)?)).await?;
        self.0.browser.role("heading").named(name).appears().await
    }

    /// The rows of its roles.
    pub fn roles(&self) -> Locator<'w> {
        self.0.browser.role("table").named("App roles").role("row")
    }

    /// The rows of the holders.
    pub fn holders(&self) -> Locator<'w> {
        self.0.browser.role("table").named("Holders").role("row")
    }

    /// The heading of a column of the holders.
    pub fn column(&self, title: &str) -> Locator<'w> {
        self.0.browser.role("table").named("Holders").role("columnheader").named(title)
    }

    /// The button that asks for the removal of a role from a holder.
    pub fn remove_button(&self, holder: &str, role: &str) -> Locator<'w> {
        self.holders().saying(holder).role("button").beginning(format!("Remove… {role}"))
    }

    /// Asks for the removal of a role from a holder; a question follows.
    pub async fn remove(&self, holder: &str, role: &str) -> Result<()> {
        self.remove_button(holder, role).click().await
    }
}
