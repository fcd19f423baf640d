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
