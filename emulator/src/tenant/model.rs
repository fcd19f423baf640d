//! The things in the directory, as the directory holds them. How Graph writes them is `graph::wire`'s affair.

use uuid::Uuid;

use super::fixed_id;
use super::shelf::{Order, Shelved};

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

impl AppRole {
    /// To whom it may be assigned, as Graph writes it.
    pub(crate) fn member_types(&self) -> impl Iterator<Item = &'static str> {
        [(self.for_users, "User"), (self.for_applications, "Application")]
            .into_iter()
            .filter_map(|(allowed, name)| allowed.then_some(name))
    }
}

/// A delegated permission, as the consent page and the service principal's body show it.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The people who may manage it without a directory role.
    pub(crate) owners: Vec<Uuid>,
}

/// An application's registration; what it exposes reaches its service principal in the same moment.
#[derive(Clone, Debug)]
pub(crate) struct Application {
    pub(crate) id: Uuid,
    pub(crate) app_id: Uuid,
    pub(crate) display_name: String,
    pub(crate) description: Option<String>,
    /// When it was made, as Graph writes it.
    pub(crate) created: String,
    pub(crate) sign_in_audience: String,
    pub(crate) identifier_uris: Vec<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) app_roles: Vec<AppRole>,
    pub(crate) scopes: Vec<DelegatedScope>,
    pub(crate) spa_redirects: Vec<String>,
    pub(crate) web_redirects: Vec<String>,
    pub(crate) native_redirects: Vec<String>,
    pub(crate) owners: Vec<Uuid>,
}

impl Shelved for ServicePrincipal {
    const ORDERS: &'static [Order<Self>] = &[("displayName", |row| row.display_name.to_lowercase())];

    fn id(&self) -> Uuid {
        self.id
    }

    fn app_id(&self) -> Uuid {
        self.app_id
    }
}

impl Shelved for Application {
    const ORDERS: &'static [Order<Self>] =
        &[("displayName", |row| row.display_name.to_lowercase()), ("createdDateTime", |row| row.created.clone())];

    fn id(&self) -> Uuid {
        self.id
    }

    fn app_id(&self) -> Uuid {
        self.app_id
    }
}

impl Application {
    /// The registration behind a service principal.
    pub(crate) fn behind(row: &ServicePrincipal) -> Self {
        Self {
            id: fixed_id("application", &row.app_id.to_string()),
            app_id: row.app_id,
            display_name: row.display_name.clone(),
            description: row.description.clone(),
            created: row.created.clone(),
            sign_in_audience: "AzureADMyOrg".to_owned(),
            identifier_uris: row.names.iter().filter(|name| **name != row.app_id.to_string()).cloned().collect(),
            tags: Vec::new(),
            app_roles: row.app_roles.clone(),
            scopes: row.scopes.clone(),
            spa_redirects: row.reply_urls.clone(),
            web_redirects: Vec::new(),
            native_redirects: Vec::new(),
            owners: row.owners.clone(),
        }
    }
}

impl ServicePrincipal {
    /// The role with this value.
    pub fn role(&self, value: &str) -> Option<&AppRole> {
        self.app_roles.iter().find(|role| role.value == value)
    }

    /// Takes over what its application says of itself.
    pub(crate) fn follow(&mut self, application: &Application) {
        self.display_name.clone_from(&application.display_name);
        self.description.clone_from(&application.description);
        self.app_roles.clone_from(&application.app_roles);
        self.scopes.clone_from(&application.scopes);
        self.names =
            std::iter::once(application.app_id.to_string()).chain(application.identifier_uris.clone()).collect();
        self.reply_urls = [&application.spa_redirects, &application.web_redirects, &application.native_redirects]
            .map(Clone::clone)
            .concat();
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
    /// Made by the tenant, not by Microsoft.
    pub(crate) custom: bool,
}

/// A person. Those with `sign_in` appear on the account page.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: Uuid,
    pub(crate) given_name: String,
    pub(crate) surname: String,
    pub(crate) user_name: String,
    pub(crate) job_title: String,
    /// Invited from another tenant.
    pub(crate) guest: bool,
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
    pub(crate) about: String,
    /// The delegated scopes that the app has consent for at the start.
    pub(crate) consented: Vec<String>,
}

/// A group of people.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) id: Uuid,
    pub(crate) display_name: String,
}
