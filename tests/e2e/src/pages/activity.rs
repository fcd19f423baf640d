//! What was applied: the list, one receipt, and the ways on.

use crate::{World, find::Locator};
use anyhow::{Context as _, Result};
use thirtyfour::By;

/// See the module.
pub struct ActivityPage<'w>(pub &'w World);

impl<'w> ActivityPage<'w> {
    /// Goes there by the navigation.
    pub async fn go(&self) -> Result<()> {
        self.0.browser.role("navigation").named("Main").role("link").named("Activity").click().await?;
        self.0.browser.role("heading").named("Activity").appears().await
    }

    /// The rows of the applies.
    pub fn applies(&self) -> Locator<'w> {
        self.0.browser.role("table").named("Applies").role("row")
    }

    /// Opens the receipt of the only apply.
    pub async fn open(&self) -> Result<()> {
        self.0.browser.role("table").named("Applies").role("link").containing("UTC").click().await?;
        self.0.browser.role("heading").named("Receipt").appears().await
    }

    /// The lines of the receipt.
    pub fn lines(&self) -> Locator<'w> {
        self.0.browser.role("table").named("Changes and their outcomes").role("row")
    }

    /// Presses a button.
    pub async fn press(&self, button: &str) -> Result<()> {
        self.0.browser.role("button").named(button).click().await
    }

    /// Waits until the page says this somewhere.
    pub async fn says(&self, text: &str) -> Result<()> {
        self.0.browser.role("main").says(text).await
    }

    /// Chooses a file as a receipt, and waits until the page says this of it.
    pub async fn open_file(&self, content: &str, says: &str) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("receipt.json");
        std::fs::write(&file, content)?;
        let field = self.0.browser.driver.find(By::Css("input[type=file]")).await?;
        field.send_keys(file.to_str().context("the path is no text")?).await?;
        self.says(says).await
    }
}
