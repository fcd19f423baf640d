//! The things in the directory, as the directory holds them. How Graph writes them is `graph::wire`'s affair.

use uuid::Uuid;

/// A permission that an API exposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppRole {
    /// The role's id.
    pub id: Uuid,
    /// What appears in a token's `roles` claim.
    pub value: String,
    /// Its name in plain words.
    pub display_name: String,
    /// What it allows.
    pub description: String,
    /// A disabled role can be assigned to nobody.
    pub enabled: bool,
    /// `Application` is among its allowed member types.
    pub for_applications: bool,
    /// `User` is among its allowed member types.
    pub for_users: bool,
}

/// A delegated permission, as the consent page and the service principal's body show it.
#[derive(Clone, Debug)]
pub(crate) struct DelegatedScope {
    pub(crate) id: Uuid,
    pub(crate) value: String,
    pub(crate) display_name: String,
    pub(crate) description: String,
    pub(crate) admin_only: bool,
}

/// An application's or managed identity's presence in the tenant.
#[derive(Clone, Debug)]
pub struct ServicePrincipal {
    /// Its object id.
    pub id: Uuid,
    /// Its application (client) id.
    pub app_id: Uuid,
    /// Its name, which anybody may have chosen.
    pub display_name: String,
    /// False if it may not sign in.
    pub account_enabled: bool,
    /// True for managed identities, false for applications.
    pub managed_identity: bool,
    /// For a managed identity: what it belongs to.
    pub alternative_names: Vec<String>,
    /// The tenant that owns the application; none for managed identities.
    pub owner_tenant: Option<Uuid>,
    /// True if only assigned principals get tokens for it.
    pub assignment_required: bool,
    /// When it was made, as Graph writes it.
    pub created: String,
    /// The roles it exposes.
    pub app_roles: Vec<AppRole>,
    pub(crate) description: Option<String>,
    pub(crate) names: Vec<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) homepage: Option<String>,
    pub(crate) reply_urls: Vec<String>,
    pub(crate) verified_publisher: Option<String>,
    pub(crate) scopes: Vec<DelegatedScope>,
}

impl ServicePrincipal {
    /// The role with this value.
    pub fn role(&self, value: &str) -> Option<&AppRole> {
        self.app_roles.iter().find(|role| role.value == value)
    }
}

/// What kind of object holds a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalType {
    /// A person.
    User,
    /// A group of people.
    Group,
    /// An application or managed identity.
    ServicePrincipal,
}

impl PrincipalType {
    /// As Graph writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::ServicePrincipal => "ServicePrincipal",
        }
    }
}

/// A role that a principal holds on an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its id: 43 characters, case-sensitive.
    pub id: String,
    /// Who holds it.
    pub principal_id: Uuid,
    /// What kind of object that is.
    pub principal_type: PrincipalType,
    /// The holder's name when the role was assigned.
    pub principal_name: String,
    /// The API's service principal.
    pub resource_id: Uuid,
    /// The API's name when the role was assigned.
    pub resource_name: String,
    /// The role; the zero GUID is default access.
    pub app_role_id: Uuid,
    /// When, as Graph writes it.
    pub created: String,
}

/// A directory role such as Privileged Role Administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DirectoryRole {
    pub(crate) name: &'static str,
    pub(crate) template_id: &'static str,
}

/// A person. Those with `sign_in` appear on the account page.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: Uuid,
    pub(crate) given_name: String,
    pub(crate) surname: String,
    pub(crate) user_name: String,
    pub(crate) job_title: String,
    pub(crate) directory_roles: Vec<DirectoryRole>,
    pub(crate) sign_in: Option<SignIn>,
}

impl User {
    pub(crate) fn display_name(&self) -> String {
        format!("{} {}", self.given_name, self.surname)
    }
}

/// What makes a person an account of the emulator.
#[derive(Clone, Debug)]
pub(crate) struct SignIn {
    /// One sentence on what the account is good for.
    pub(crate) about: &'static str,
    /// The delegated scopes that the app has consent for at the start.
    pub(crate) consented: &'static [&'static str],
}

/// A group of people.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) id: Uuid,
    pub(crate) display_name: String,
}
