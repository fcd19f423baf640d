//! The list of identities.

use crate::{World, find::until};
use anyhow::Result;

/// See the module.
pub struct IdentitiesPage<'w>(pub &'w World);

impl IdentitiesPage<'_> {
    /// Waits until all that there is has been loaded.
    pub async fn is_loaded(&self) -> Result<()> {
        let status = self.0.browser.role("status");
        until("the identities to be loaded", || async {
            let texts = status.texts().await?;
            let loaded =
                |text: &String| text.contains("loaded") && !text.contains("loading") && !text.contains("roles of");
            Ok(if texts.iter().any(loaded) { Ok(()) } else { Err(format!("the status says {texts:?}")) })
        })
        .await
    }

    /// Types into the search box.
    pub async fn search(&self, text: &str) -> Result<()> {
        self.0.browser.role("searchbox").named("Search").fill(text).await
    }

    /// The names in the rows that are drawn.
    pub async fn names(&self) -> Result<Vec<String>> {
        self.0.browser.role("table").named("Identities").role("link").texts().await
    }

    /// Opens the identity of this name.
    pub async fn open(&self, name: &str) -> Result<()> {
        self.0.browser.role("table").named("Identities").role("link").named(name).click().await?;
        self.0.browser.role("heading").named(name).appears().await
    }
}
