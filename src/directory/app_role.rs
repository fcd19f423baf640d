//! A permission that an API offers.

use super::AppRoleId;

/// An app role as its API declares it. <https://learn.microsoft.com/graph/api/resources/approle>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppRole {
    /// Its id, unique within the API alone: two APIs may use the same one.
    pub id: AppRoleId,
    /// What appears in a token's `roles` claim, for example `Mail.Read`. May be empty.
    pub value: String,
    /// Its name for people.
    pub display_name: String,
    /// What it allows, in the API's words.
    pub description: String,
    /// Whether the API still offers it.
    pub enabled: bool,
    /// Whether applications, and so identities, may hold it.
    pub for_applications: bool,
    /// Whether users and groups may hold it.
    pub for_users: bool,
}

impl AppRole {
    /// What it is called: its value, or its display name where it has none. As its API declares it, so not fit to show.
    pub fn name(&self) -> &str {
        if self.value.is_empty() { &self.display_name } else { &self.value }
    }

    /// What it allows, or at least its display name.
    pub fn purpose(&self) -> &str {
        if self.description.is_empty() { &self.display_name } else { &self.description }
    }
}
