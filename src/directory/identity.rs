//! A managed identity.

use super::{AppId, HostResource, ObjectId, Places, Timestamp};

/// How an identity lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentityKind {
    /// Part of one resource; it ends with it.
    SystemAssigned,
    /// A resource of its own, which others may use.
    UserAssigned,
}

impl IdentityKind {
    /// Its name for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::SystemAssigned => "System-assigned",
            Self::UserAssigned => "User-assigned",
        }
    }
}

/// A managed identity, as its service principal tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The service principal's object id: what Azure calls the principal id.
    pub id: ObjectId,
    /// The application id: what Azure calls the client id.
    pub app_id: AppId,
    /// Its name, which anybody who may create Azure resources may have chosen.
    pub display_name: String,
    /// Whether it can get tokens.
    pub enabled: bool,
    /// System- or user-assigned.
    pub kind: IdentityKind,
    /// The resource it is part of; for a user-assigned one, itself as a resource.
    pub host: Option<HostResource>,
    /// When its service principal was created.
    pub created: Option<Timestamp>,
}

impl Identity {
    /// Reads kind and resource from a service principal's `alternativeNames`: in any order, one `isExplicit=…` entry
    /// (missing in identities older than user-assigned ones) and one ARM id.
    /// <https://learn.microsoft.com/azure/role-based-access-control/transfer-subscription>
    pub fn read_alternative_names<'a>(
        names: impl IntoIterator<Item = &'a str>,
        places: &mut Places,
    ) -> (IdentityKind, Option<HostResource>) {
        let (mut kind, mut host) = (IdentityKind::SystemAssigned, None);
        for name in names {
            match name.trim().split_once('=') {
                Some((key, value)) if key.trim().eq_ignore_ascii_case("isExplicit") => {
                    if value.trim().eq_ignore_ascii_case("true") {
                        kind = IdentityKind::UserAssigned;
                    }
                }
                _ => host = host.or_else(|| HostResource::parse(name.trim(), places)),
            }
        }
        (kind, host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VM: &str = "/subscriptions/67883DFD-3856-47a5-9f8a-432fb0d3367d/resourcegroups/IT-VMs/providers/Microsoft.Compute/virtualMachines/vm-01";
    const OWN: &str = "/subscriptions/1b877039-42c8-467f-a80b-950b770fa4ff/resourcegroups/shared/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi-shared";

    #[test]
    fn tells_system_from_user_assigned() {
        use IdentityKind::*;
        let kind = |names: &[&str]| Identity::read_alternative_names(names.iter().copied(), &mut Places::default()).0;
        assert_eq!(kind(&["isExplicit=False", VM]), SystemAssigned);
        assert_eq!(kind(&[VM]), SystemAssigned);
        assert_eq!(kind(&[]), SystemAssigned);
        assert_eq!(kind(&["isExplicit=True", OWN]), UserAssigned);
        assert_eq!(kind(&[OWN, "ISEXPLICIT=true"]), UserAssigned);
        let (_, host) = Identity::read_alternative_names([OWN, "isExplicit=True"], &mut Places::default());
        assert_eq!(host.unwrap().name(), "mi-shared");
        let (_, host) =
            Identity::read_alternative_names(["something else", "isExplicit=False"], &mut Places::default());
        assert_eq!(host, None);
    }
}
