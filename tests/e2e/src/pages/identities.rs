//! The list of identities.

use crate::{
    World,
    find::{Locator, until},
};
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

    /// Waits until the status says this.
    pub async fn status_says(&self, text: &str) -> Result<()> {
        self.0.browser.role("status").says(text).await
    }

    /// Switches a filter on or off.
    pub async fn filter(&self, name: &str) -> Result<()> {
        self.0.browser.role("button").named(name).click().await
    }

    /// Orders by a column, as its heading's button does.
    pub async fn sort_by(&self, column: &'static str) -> Result<()> {
        self.0.browser.role("columnheader").named(column).role("button").click().await
    }

    /// The row of the identity of this name.
    pub fn row(&self, name: &str) -> Locator<'_> {
        self.0.browser.role("table").named("Identities").role("row").saying(name)
    }

    /// Waits until the drawn rows have these names, in this order.
    pub async fn are(&self, wanted: &[impl AsRef<str>]) -> Result<()> {
        until(&format!("the rows to be {:?}", wanted.iter().map(AsRef::as_ref).collect::<Vec<_>>()), || async {
            let names = self.names().await?;
            let same = names.iter().map(String::as_str).eq(wanted.iter().map(AsRef::as_ref));
            Ok(if same { Ok(()) } else { Err(format!("they are {names:?}")) })
        })
        .await
    }

    /// The names in the rows that are drawn.
    pub async fn names(&self) -> Result<Vec<String>> {
        self.0.browser.role("table").named("Identities").role("link").texts().await
    }

    /// The box of the identity of this name.
    pub fn tick(&self, name: &str) -> Locator<'_> {
        self.0.browser.role("table").named("Identities").role("checkbox").named(format!("Select {name}"))
    }

    /// The box above all others.
    pub fn tick_all(&self, label: &str) -> Locator<'_> {
        self.0.browser.role("table").named("Identities").role("checkbox").named(label)
    }

    /// What stands below the list while something is selected.
    pub fn tray(&self) -> Locator<'_> {
        self.0.browser.role("region").named("Selection")
    }

    /// Opens the identity of this name.
    pub async fn open(&self, name: &str) -> Result<()> {
        self.0.browser.role("table").named("Identities").role("link").named(name).click().await?;
        self.0.browser.role("heading").named(name).appears().await
    }
}
