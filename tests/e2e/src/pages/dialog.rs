//! The question before something that takes away or gives much.

use crate::{World, find::Locator};
use anyhow::Result;

/// See the module.
pub struct Question<'w>(pub &'w World);

impl<'w> Question<'w> {
    /// The dialog itself.
    pub fn dialog(&self) -> Locator<'w> {
        self.0.browser.role("dialog")
    }

    /// Waits for this question.
    pub async fn asks(&self, title: &str) -> Result<()> {
        self.dialog().named(title).appears().await
    }

    /// Answers by the button of this name.
    pub async fn answer(&self, button: &str) -> Result<()> {
        self.dialog().role("button").named(button).click().await?;
        self.dialog().vanishes().await
    }
}
