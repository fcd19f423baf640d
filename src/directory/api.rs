//! A service principal seen as an API: something that offers app roles.

use super::{AppId, AppRole, AppRoleId, ObjectId, TenantId};

/// The tenant that owns Microsoft's own applications.
pub const MICROSOFT_TENANT: TenantId = TenantId::from_u128(0xf8cdef31_a31e_4b4a_93e4_5f571e91255a);

/// Microsoft Graph, in every cloud. Found by this id, never by its name, which any application may bear.
const MICROSOFT_GRAPH: AppId = AppId::from_u128(0x00000003_0000_0000_c000_000000000000);

/// Azure AD Graph, Microsoft Graph's predecessor: Entra guards its roles alike.
const AZURE_AD_GRAPH: AppId = AppId::from_u128(0x00000002_0000_0000_c000_000000000000);

/// A service principal that exposes app roles. <https://learn.microsoft.com/graph/api/resources/serviceprincipal>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    /// Its object id in this tenant.
    pub id: ObjectId,
    /// Its application id, the same in every tenant.
    pub app_id: AppId,
    /// Its name, which anybody may have chosen.
    pub display_name: String,
    /// Whether it may be used at all.
    pub enabled: bool,
    /// The tenant in which its application is registered.
    pub owner_tenant: Option<TenantId>,
    /// The verified publisher's name.
    pub publisher: Option<String>,
    /// Whether only those with an assignment get a token for it.
    pub assignment_required: bool,
    /// Its app roles, whoever may hold them.
    pub roles: Vec<AppRole>,
}

/// Who publishes an API, as seen from the signed-in tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ApiPublisher {
    /// Microsoft.
    Microsoft,
    /// The signed-in tenant itself.
    Tenant,
    /// Another organisation, or unknown.
    Other,
}

impl ApiPublisher {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Microsoft, Self::Tenant, Self::Other];

    /// Its name for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Microsoft => "Microsoft",
            Self::Tenant => "This tenant",
            Self::Other => "Other",
        }
    }
}

impl Api {
    /// The roles that applications, and so identities, may hold, disabled ones too.
    pub fn application_roles(&self) -> impl Iterator<Item = &AppRole> {
        self.roles.iter().filter(|role| role.for_applications)
    }

    /// The roles that can be assigned to an identity now.
    pub fn assignable_roles(&self) -> impl Iterator<Item = &AppRole> {
        self.application_roles().filter(|role| role.enabled)
    }

    /// The role with this id, if the API still declares it.
    pub fn role(&self, id: AppRoleId) -> Option<&AppRole> {
        self.roles.iter().find(|role| role.id == id)
    }

    /// Whether it is Microsoft Graph itself.
    pub fn is_microsoft_graph(&self) -> bool {
        self.app_id == MICROSOFT_GRAPH
    }

    /// Whether its application roles need a Privileged Role Administrator: those of Microsoft Graph and of Azure AD
    /// Graph. <https://learn.microsoft.com/graph/api/serviceprincipal-post-approleassignedto>
    pub fn is_specially_guarded(&self) -> bool {
        self.app_id == MICROSOFT_GRAPH || self.app_id == AZURE_AD_GRAPH
    }

    /// Whether Microsoft's own tenant owns it.
    pub fn is_microsoft(&self) -> bool {
        self.owner_tenant == Some(MICROSOFT_TENANT)
    }

    /// Who publishes it, as seen from the tenant `home`.
    pub fn published_by(&self, home: Option<TenantId>) -> ApiPublisher {
        match self.owner_tenant {
            Some(MICROSOFT_TENANT) => ApiPublisher::Microsoft,
            Some(owner) if Some(owner) == home => ApiPublisher::Tenant,
            _ => ApiPublisher::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{api, role};
    use super::*;

    #[test]
    fn offers_enabled_roles_for_applications() {
        let mut api = api(1, "Orders");
        api.roles = vec![role(1, "Orders.Read"), role(2, "Orders.Old"), role(3, "Orders.Approve")];
        api.roles[1].enabled = false;
        api.roles[2].for_applications = false;
        let values = |roles: Vec<&AppRole>| roles.iter().map(|role| role.value.clone()).collect::<Vec<_>>();
        assert_eq!(values(api.application_roles().collect()), ["Orders.Read", "Orders.Old"]);
        assert_eq!(values(api.assignable_roles().collect()), ["Orders.Read"]);
        assert_eq!(api.role(AppRoleId::from_u128(3)).unwrap().value, "Orders.Approve");
        assert_eq!(api.role(AppRoleId::from_u128(4)), None);
    }

    #[test]
    fn knows_its_publisher_by_tenant_and_not_by_name() {
        let home = TenantId::from_u128(7);
        let mut api = api(1, "Microsoft Graph");
        assert!(!api.is_microsoft_graph() && !api.is_microsoft());
        assert_eq!(api.published_by(Some(home)), ApiPublisher::Other);
        assert_eq!(api.published_by(None), ApiPublisher::Other);
        api.owner_tenant = Some(home);
        assert_eq!(api.published_by(Some(home)), ApiPublisher::Tenant);
        assert_eq!(api.published_by(None), ApiPublisher::Other);
        api.owner_tenant = Some("f8cdef31-a31e-4b4a-93e4-5f571e91255a".parse().unwrap());
        api.app_id = "00000003-0000-0000-c000-000000000000".parse().unwrap();
        assert!(api.is_microsoft_graph() && api.is_microsoft() && api.is_specially_guarded());
        assert_eq!(api.published_by(Some(home)), ApiPublisher::Microsoft);
    }
}
