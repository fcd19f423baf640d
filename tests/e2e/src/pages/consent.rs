//! The pages of the sign-in service: who, and whether the app may.

use crate::World;
use anyhow::Result;

/// Where one chooses an account.
pub struct AccountPage<'w>(pub &'w World);

impl AccountPage<'_> {
    /// Waits for it.
    pub async fn is_shown(&self) -> Result<()> {
        self.0.browser.role("button").containing("Ada Admin").appears().await
    }

    /// Signs in as the account of this name.
    pub async fn choose(&self, name: &str) -> Result<()> {
        self.0.browser.role("button").containing(name).click().await
    }

    /// Goes back without signing in.
    pub async fn cancel(&self) -> Result<()> {
        self.0.browser.role("button").named("Cancel").click().await
    }
}

/// Where one allows the app what it asks for.
pub struct ConsentPage<'w>(pub &'w World);

impl ConsentPage<'_> {
    /// Waits for it. Whether a permission is there already, the app asks silently first, and Chromium notes that refusal.
    pub async fn is_shown(&self) -> Result<()> {
        self.0.expect_status(400);
        self.0.browser.role("button").named("Accept").appears().await
    }

    /// Waits for the page that says that only an administrator could allow it.
    pub async fn needs_an_administrator(&self) -> Result<()> {
        self.0.expect_status(400);
        self.0.browser.role("heading").named("Need admin approval").appears().await
    }

    /// Allows it.
    pub async fn accept(&self) -> Result<()> {
        self.0.browser.role("button").named("Accept").click().await
    }

    /// Does not.
    pub async fn cancel(&self) -> Result<()> {
        self.0.browser.role("button").named("Cancel").click().await
    }
}
