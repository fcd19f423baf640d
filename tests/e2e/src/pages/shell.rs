//! What stands around every page once one is signed in.

use super::{AccountPage, IdentitiesPage, SignInPage};
use crate::World;
use anyhow::Result;

/// See the module.
pub struct Shell<'w>(pub &'w World);

impl Shell<'_> {
    /// From nothing to the identities, as the account of this name.
    pub async fn sign_in_as(&self, name: &str) -> Result<()> {
        self.0.open("/").await?;
        SignInPage(self.0).sign_in().await?;
        AccountPage(self.0).choose(name).await?;
        IdentitiesPage(self.0).is_loaded().await
    }

    /// From nothing to a page by its address, as the account of this name.
    pub async fn sign_in_at(&self, path: &str, name: &str) -> Result<()> {
        self.0.open(path).await?;
        SignInPage(self.0).sign_in().await?;
        AccountPage(self.0).choose(name).await?;
        self.is_shown(name).await
    }

    /// From nothing to the page of the identity of this name.
    pub async fn sign_in_at_identity(&self, identity: &str, name: &str) -> Result<()> {
        self.sign_in_at(&format!("/identities/{}", self.0.identity(identity)?), name).await?;
        self.heading(identity).await
    }

    /// From nothing to the page of the API of this name.
    pub async fn sign_in_at_api(&self, api: &str, name: &str) -> Result<()> {
        self.sign_in_at(&format!("/apis/{}", self.0.api(api)?), name).await?;
        self.heading(api).await
    }

    /// Waits until the account of this name is signed in.
    pub async fn is_shown(&self, name: &str) -> Result<()> {
        self.0.browser.role("button").containing(format!("Account: {name}")).appears().await
    }

    /// Waits until the navigation says that so many changes are planned.
    pub async fn plans(&self, count: usize) -> Result<()> {
        self.0.browser.role("navigation").named("Main").role("link").named(format!("Plan {count}")).appears().await
    }

    /// Waits for a short confirmation.
    pub async fn confirms(&self, text: &str) -> Result<()> {
        self.0.browser.role("status").named("Confirmation").says(text).await
    }

    /// Goes to the identities by the navigation.
    pub async fn identities(&self) -> Result<()> {
        self.navigate("Identities").await
    }

    /// Goes to the APIs by the navigation.
    pub async fn apis(&self) -> Result<()> {
        self.navigate("APIs").await
    }

    async fn navigate(&self, name: &str) -> Result<()> {
        self.0.browser.role("navigation").named("Main").role("link").named(name).click().await
    }

    /// Waits for the page of this heading.
    pub async fn heading(&self, name: &str) -> Result<()> {
        self.0.browser.role("heading").named(name).appears().await
    }

    /// Opens the account menu of the account of this name.
    pub async fn account_menu(&self, name: &str) -> Result<()> {
        self.0.browser.role("button").containing(name).click().await
    }

    /// Signs out by the account menu.
    pub async fn sign_out(&self, name: &str) -> Result<()> {
        self.account_menu(name).await?;
        self.0.browser.role("button").named("Sign out").click().await
    }
}
