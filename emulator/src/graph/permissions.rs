//! Who may do what: Microsoft's table of delegated permissions by path, and the directory roles of the person.
//! A request needs both.

use uuid::Uuid;

use super::auth::Caller;
use super::errors::GraphError;
use crate::tenant::{AAD_GRAPH_APP_ID, GRAPH_APP_ID, guid};
use crate::unverified::Unverified;

const READ: &[&str] =
    &["Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];

/// What a request wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// One application, service principal or assignment.
    Read,
    /// A list of them.
    List,
    CreateApplication,
    /// Change an application that these people own; true if the caller is among them.
    UpdateApplication {
        owner: bool,
    },
    /// Give an application its service principal; true if the caller owns the application.
    CreateServicePrincipal {
        owner: bool,
    },
    ReadMe,
    ReadMemberships,
    ReadOwned,
    ReadOrganization,
    ReadAudit,
    /// Assign a role of a resource.
    Assign(Resource),
    /// Remove an assignment of a role of a resource.
    Unassign(Resource),
}

/// The resource whose roles are assigned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resource {
    /// `None`: there is none.
    pub(crate) app: Option<Uuid>,
    /// The caller owns it.
    pub(crate) owner: bool,
}

impl Want {
    /// The delegated permissions of which one is needed (devx-content permissions.json, 2026-08-07).
    fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::Read | Self::List => READ,
            Self::CreateApplication => &["AppRegistration.Create", "Application.ReadWrite.All"],
            Self::UpdateApplication { .. } => &["Application.ReadWrite.All"],
            Self::CreateServicePrincipal { .. } => &["Application.ReadWrite.All", "Directory.ReadWrite.All"],
            Self::ReadMe => &[
                "User.Read",
                "Directory.Read.All",
                "Directory.ReadWrite.All",
                "User.Read.All",
                "User.ReadBasic.All",
                "User.ReadWrite",
                "User.ReadWrite.All",
            ],
            Self::ReadMemberships => &[
                "User.Read",
                "Directory.Read.All",
                "Directory.ReadWrite.All",
                "Group.Read.All",
                "GroupMember.Read.All",
                "User.Read.All",
            ],
            Self::ReadOwned => {
                &["User.Read", "Directory.Read.All", "Directory.ReadWrite.All", "User.Read.All", "User.ReadWrite.All"]
            }
            Self::ReadOrganization => &[
                "Directory.Read.All",
                "Directory.ReadWrite.All",
                "Organization.Read.All",
                "Organization.ReadWrite.All",
                "User.Read",
                "User.Read.All",
            ],
            Self::ReadAudit => &["AuditLog.Read.All", "Directory.Read.All"],
            Self::Assign(_) | Self::Unassign(_) => &["AppRoleAssignment.ReadWrite.All", "Application.ReadWrite.All"],
        }
    }
}

const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
const PRIVILEGED_ROLE_ADMINISTRATOR: &str = "e8611ab8-c189-46e8-94e1-60213ab1f814";
const APPLICATION_ADMINISTRATOR: &str = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3";
const CLOUD_APPLICATION_ADMINISTRATOR: &str = "158c047a-c907-4556-b7ef-446551a6b5f7";

/// May grant any role.
const GRANT_GRAPH: &[&str] = &[GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR];
/// May grant the roles of any resource but Microsoft Graph and Azure AD Graph.
const GRANT_OTHERS: &[&str] = &[
    APPLICATION_ADMINISTRATOR,
    CLOUD_APPLICATION_ADMINISTRATOR,
    // Directory Writers, Directory Synchronization Accounts, Hybrid Identity Administrator
    "9360feb5-f418-4baa-8175-e2a00bac4301",
    "d29b2b05-8046-44ba-8758-1e26182fcf32",
    "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2",
    // Identity Governance Administrator, User Administrator
    "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e",
    "fe930be7-5e62-47db-91af-98c3a49a38b1",
    // App Role Operator, the sample tenant's custom role
    "5d1c0b1e-6d53-4c5a-9a1f-2f0b7c8e4d11",
];
const MANAGE_APPLICATIONS: &[&str] =
    &[GLOBAL_ADMINISTRATOR, APPLICATION_ADMINISTRATOR, CLOUD_APPLICATION_ADMINISTRATOR];
const READ_AUDIT: &[&str] = &[
    GLOBAL_ADMINISTRATOR,
    APPLICATION_ADMINISTRATOR,
    CLOUD_APPLICATION_ADMINISTRATOR,
    // Global Reader, Reports Reader
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "4a5d8f65-41da-4de4-8968-e035b65339cf",
    // Security Administrator, Security Operator, Security Reader
    "194ae4cb-b126-40b2-bd5b-6091b380977d",
    "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f",
    "5d6b6bb7-de71-4623-b4af-96380a352509",
];

impl Caller {
    /// Refuses what scope or directory role does not cover.
    pub(crate) fn require(&self, want: Want, unverified: &Unverified) -> Result<(), GraphError> {
        let scope = match want {
            Want::Assign(resource) => self.grants(resource, unverified, true),
            Want::Unassign(resource) => self.grants(resource, unverified, false),
            _ => self.has_any(want.scopes()),
        };
        let member = !self.guest;
        let role = match want {
            Want::ReadMe | Want::ReadMemberships | Want::ReadOwned | Want::ReadOrganization | Want::Read => true,
            Want::List => member || self.has_role() || unverified.guests_may_list,
            Want::CreateApplication => member || self.holds_any(MANAGE_APPLICATIONS),
            Want::UpdateApplication { owner } | Want::CreateServicePrincipal { owner } => {
                (owner && member) || self.holds_any(MANAGE_APPLICATIONS)
            }
            Want::ReadAudit if !scope => return Err(GraphError::audit_scope()),
            Want::ReadAudit if !self.holds_any(READ_AUDIT) => return Err(GraphError::audit_role()),
            Want::ReadAudit => true,
            Want::Assign(resource) | Want::Unassign(resource) => {
                let others = self.holds_any(GRANT_OTHERS) || (resource.owner && member);
                self.holds_any(GRANT_GRAPH) || (others && !resource.is_graph())
            }
        };
        if scope && role { Ok(()) } else { Err(GraphError::forbidden()) }
    }

    /// The scopes for changing assignments: the one made for it, which reads nothing by itself and so cannot create
    /// alone, or the one for applications, which covers no role of Microsoft Graph.
    fn grants(&self, resource: Resource, unverified: &Unverified, create: bool) -> bool {
        let applications = self.has_any(&["Application.ReadWrite.All"]);
        let assignments = self.has_any(&["AppRoleAssignment.ReadWrite.All"]);
        (assignments && (!create || self.has_any(READ)))
            || (applications && (!resource.is_graph() || unverified.application_scope_grants_graph_roles))
    }
}

impl Resource {
    fn is_graph(self) -> bool {
        self.app.is_some_and(|app| app == guid(GRAPH_APP_ID) || app == guid(AAD_GRAPH_APP_ID))
    }
}
