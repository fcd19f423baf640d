//! The page of a visitor who is not signed in.

use crate::World;
use anyhow::Result;

/// See the module.
pub struct SignInPage<'w>(pub &'w World);

impl SignInPage<'_> {
    /// Waits for it.
    pub async fn is_shown(&self) -> Result<()> {
        self.0.browser.role("button").named("Sign in with Microsoft").appears().await
    }

    /// Whether it is on the screen now.
    pub async fn is_there(&self) -> Result<bool> {
        self.0.browser.role("button").named("Sign in with Microsoft").is_there().await
    }

    /// Goes to the sign-in service.
    pub async fn sign_in(&self) -> Result<()> {
        self.0.browser.role("button").named("Sign in with Microsoft").click().await
    }

    /// Waits for an explanation that contains this.
    pub async fn explains(&self, part: &str) -> Result<()> {
        self.0.browser.role("alert").says(part).await
    }
}
