//! A managed identity and the Azure resource it belongs to.

use super::{AppId, ObjectId, Timestamp};

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
    ) -> (IdentityKind, Option<HostResource>) {
        let (mut kind, mut host) = (IdentityKind::SystemAssigned, None);
        for name in names {
            match name.trim().split_once('=') {
                Some((key, value)) if key.trim().eq_ignore_ascii_case("isExplicit") => {
                    if value.trim().eq_ignore_ascii_case("true") {
                        kind = IdentityKind::UserAssigned;
                    }
                }
                _ => host = host.or_else(|| HostResource::parse(name.trim())),
            }
        }
        (kind, host)
    }
}

/// An Azure resource, taken apart from its ARM id.
/// <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-resource#resourceid>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostResource {
    /// The whole ARM id as written.
    pub resource_id: String,
    /// The subscription's id in lower case; empty for what lives above subscriptions.
    pub subscription: String,
    /// The resource group; empty for what lives above resource groups.
    pub resource_group: String,
    /// The type as written, for example `Microsoft.Web/sites`, with `/slots` and the like for parts of a resource.
    pub resource_type: String,
    /// The name; for a part of a resource both names, `app/slot`.
    pub name: String,
}

impl HostResource {
    /// Takes an ARM id apart. Keywords are compared without regard to case: Azure itself writes `resourcegroups` and
    /// `resourceGroups`.
    pub fn parse(arm_id: &str) -> Option<Self> {
        let mut segments = arm_id.strip_prefix('/')?.split('/');
        let mut resource = Self {
            resource_id: arm_id.to_owned(),
            subscription: String::new(),
            resource_group: String::new(),
            resource_type: String::new(),
            name: String::new(),
        };
        while let Some(keyword) = segments.next() {
            let value = segments.next().filter(|value| !value.is_empty())?;
            if keyword.eq_ignore_ascii_case("providers") {
                // An extension resource names a second provider: the last one is what the id stands for.
                resource.resource_type = value.to_owned();
                resource.name.clear();
            } else if !resource.resource_type.is_empty() {
                resource.resource_type.push('/');
                resource.resource_type.push_str(keyword);
                if !resource.name.is_empty() {
                    resource.name.push('/');
                }
                resource.name.push_str(value);
            } else if keyword.eq_ignore_ascii_case("subscriptions") {
                resource.subscription = value.to_ascii_lowercase();
            } else if keyword.eq_ignore_ascii_case("resourceGroups") {
                resource.resource_group = value.to_owned();
            } else {
                return None;
            }
        }
        (!resource.name.is_empty()).then_some(resource)
    }

    /// What people call this type of resource; the type itself if this version does not know it.
    pub fn type_label(&self) -> &str {
        TYPES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(&self.resource_type))
            .map_or(&self.resource_type, |(_, label)| label)
    }
}

/// Resource types that can have an identity, by their ARM names. A function app is a site too: the id does not tell.
const TYPES: &[(&str, &str)] = &[
    ("Microsoft.ApiManagement/service", "API Management"),
    ("Microsoft.App/containerApps", "Container app"),
    ("Microsoft.App/jobs", "Container app job"),
    ("Microsoft.App/managedEnvironments", "Container Apps environment"),
    ("Microsoft.AppConfiguration/configurationStores", "App Configuration"),
    ("Microsoft.AppPlatform/Spring/apps", "Spring app"),
    ("Microsoft.Authorization/policyAssignments", "Policy assignment"),
    ("Microsoft.Automation/automationAccounts", "Automation account"),
    ("Microsoft.Batch/batchAccounts", "Batch account"),
    ("Microsoft.Cache/Redis", "Redis cache"),
    ("Microsoft.CognitiveServices/accounts", "AI services account"),
    ("Microsoft.Compute/diskEncryptionSets", "Disk encryption set"),
    ("Microsoft.Compute/virtualMachineScaleSets", "Virtual machine scale set"),
    ("Microsoft.Compute/virtualMachines", "Virtual machine"),
    ("Microsoft.ContainerInstance/containerGroups", "Container instance"),
    ("Microsoft.ContainerRegistry/registries", "Container registry"),
    ("Microsoft.ContainerService/managedClusters", "Kubernetes cluster"),
    ("Microsoft.DBforMySQL/flexibleServers", "MySQL server"),
    ("Microsoft.DBforPostgreSQL/flexibleServers", "PostgreSQL server"),
    ("Microsoft.DataFactory/factories", "Data factory"),
    ("Microsoft.DataProtection/backupVaults", "Backup vault"),
    ("Microsoft.Databricks/accessConnectors", "Databricks access connector"),
    ("Microsoft.Databricks/workspaces", "Databricks workspace"),
    ("Microsoft.DesktopVirtualization/hostPools", "Virtual desktop host pool"),
    ("Microsoft.Devices/IotHubs", "IoT hub"),
    ("Microsoft.DigitalTwins/digitalTwinsInstances", "Digital Twins instance"),
    ("Microsoft.DocumentDB/databaseAccounts", "Cosmos DB account"),
    ("Microsoft.EventGrid/topics", "Event Grid topic"),
    ("Microsoft.EventHub/namespaces", "Event Hubs namespace"),
    ("Microsoft.HybridCompute/machines", "Arc machine"),
    ("Microsoft.Insights/scheduledQueryRules", "Log alert rule"),
    ("Microsoft.KeyVault/managedHSMs", "Managed HSM"),
    ("Microsoft.Kubernetes/connectedClusters", "Arc Kubernetes cluster"),
    ("Microsoft.Kusto/clusters", "Data Explorer cluster"),
    ("Microsoft.Logic/workflows", "Logic app"),
    ("Microsoft.MachineLearningServices/workspaces/onlineEndpoints", "Machine Learning endpoint"),
    ("Microsoft.MachineLearningServices/workspaces", "Machine Learning workspace"),
    ("Microsoft.ManagedIdentity/userAssignedIdentities", "User-assigned identity"),
    ("Microsoft.Network/applicationGateways", "Application gateway"),
    ("Microsoft.Network/firewallPolicies", "Firewall policy"),
    ("Microsoft.OperationalInsights/workspaces", "Log Analytics workspace"),
    ("Microsoft.Purview/accounts", "Purview account"),
    ("Microsoft.RecoveryServices/vaults", "Recovery Services vault"),
    ("Microsoft.Search/searchServices", "AI Search"),
    ("Microsoft.ServiceBus/namespaces", "Service Bus namespace"),
    ("Microsoft.SignalRService/SignalR", "SignalR service"),
    ("Microsoft.Sql/managedInstances", "SQL managed instance"),
    ("Microsoft.Sql/servers", "SQL server"),
    ("Microsoft.Storage/storageAccounts", "Storage account"),
    ("Microsoft.StreamAnalytics/streamingjobs", "Stream Analytics job"),
    ("Microsoft.Synapse/workspaces", "Synapse workspace"),
    ("Microsoft.VirtualMachineImages/imageTemplates", "Image template"),
    ("Microsoft.Web/sites", "App Service or function app"),
    ("Microsoft.Web/sites/slots", "App Service slot"),
    ("Microsoft.Web/staticSites", "Static web app"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VM: &str = "/subscriptions/67883DFD-3856-47a5-9f8a-432fb0d3367d/resourcegroups/IT-VMs/providers/Microsoft.Compute/virtualMachines/vm-01";
    const OWN: &str = "/subscriptions/1b877039-42c8-467f-a80b-950b770fa4ff/resourcegroups/shared/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi-shared";

    #[test]
    fn takes_an_arm_id_apart() {
        let host = HostResource::parse(VM).unwrap();
        assert_eq!(host.subscription, "67883dfd-3856-47a5-9f8a-432fb0d3367d");
        assert_eq!(host.resource_group, "IT-VMs");
        assert_eq!(host.resource_type, "Microsoft.Compute/virtualMachines");
        assert_eq!(host.name, "vm-01");
        assert_eq!(host.type_label(), "Virtual machine");
        assert_eq!(host.resource_id, VM);
    }

    #[test]
    fn knows_parts_extensions_and_what_lives_above_groups() {
        let slot =
            HostResource::parse("/subscriptions/s/resourceGroups/g/providers/microsoft.web/SITES/app/slots/stage");
        let slot = slot.unwrap();
        assert_eq!((slot.name.as_str(), slot.type_label()), ("app/stage", "App Service slot"));

        let policy = "/providers/Microsoft.Management/managementGroups/root/providers/Microsoft.Authorization/policyAssignments/deny";
        let policy = HostResource::parse(policy).unwrap();
        assert_eq!((policy.name.as_str(), policy.type_label()), ("deny", "Policy assignment"));
        assert_eq!((policy.subscription.as_str(), policy.resource_group.as_str()), ("", ""));

        let unknown =
            HostResource::parse("/subscriptions/s/resourceGroups/g/providers/Contoso.Things/things/t").unwrap();
        assert_eq!(unknown.type_label(), "Contoso.Things/things");
    }

    #[test]
    fn refuses_what_is_no_resource() {
        for text in [
            "",
            "/",
            "vm-01",
            "/subscriptions/s",
            "/subscriptions/s/resourceGroups/g",
            "/a/b/c/d",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web",
            "//subscriptions/s",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites",
        ] {
            assert_eq!(HostResource::parse(text), None, "{text}");
        }
    }

    #[test]
    fn tells_system_from_user_assigned() {
        use IdentityKind::*;
        let kind = |names: &[&str]| Identity::read_alternative_names(names.iter().copied()).0;
        assert_eq!(kind(&["isExplicit=False", VM]), SystemAssigned);
        assert_eq!(kind(&[VM]), SystemAssigned);
        assert_eq!(kind(&[]), SystemAssigned);
        assert_eq!(kind(&["isExplicit=True", OWN]), UserAssigned);
        assert_eq!(kind(&[OWN, "ISEXPLICIT=true"]), UserAssigned);
        let (_, host) = Identity::read_alternative_names([OWN, "isExplicit=True"]);
        assert_eq!(host.unwrap().name, "mi-shared");
        let (_, host) = Identity::read_alternative_names(["something else", "isExplicit=False"]);
        assert_eq!(host, None);
    }

    #[test]
    fn every_type_is_named_once() {
        assert!(TYPES.len() >= 25);
        for (at, (name, label)) in TYPES.iter().enumerate() {
            assert!(!label.is_empty() && name.contains('/'));
            assert!(!TYPES[at + 1..].iter().any(|(other, _)| other.eq_ignore_ascii_case(name)), "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "(/[a-zA-Z.]{0,12}){0,10}|\\PC{0,80}") {
            if let Some(host) = HostResource::parse(&text) {
                prop_assert!(!host.name.is_empty() && !host.resource_type.is_empty());
                prop_assert_eq!(host.resource_id, text);
            }
        }
    }
}
