//! The Azure resource that an identity belongs to, taken apart from its ARM id.
//!
//! 100,000 identities live in a few thousand places: what is the same for all resources of a type in a resource group is
//! kept, and searched, once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use super::fold::fold_into;

/// An Azure resource.
/// <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-resource#resourceid>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostResource {
    place: Arc<Place>,
    /// The last part of its name.
    own: Box<str>,
}

/// What neighbours have in common: resources of one type in one resource group.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The ARM id as written, up to the resource's own name.
    prefix: String,
    /// Of what it is a part, with a slash: the site of a slot.
    parent: String,
    /// The subscription's id in lower case; empty for what lives above subscriptions.
    pub subscription: String,
    /// The resource group; empty for what lives above resource groups.
    pub resource_group: String,
    /// The type as written, for example `Microsoft.Web/sites`, with `/slots` and the like for parts of a resource.
    pub resource_type: String,
    /// All that one can find it by, folded, a line each.
    pub(super) text: String,
}

/// The places known so far, by the beginning of their ARM ids.
#[derive(Default)]
pub struct Places(HashMap<String, Arc<Place>>);

impl HostResource {
    /// Takes an ARM id apart. Keywords are compared without regard to case: Azure itself writes `resourcegroups` and
    /// `resourceGroups`.
    pub fn parse(arm_id: &str, places: &mut Places) -> Option<Self> {
        let (prefix, own) = arm_id.split_at(arm_id.rfind('/')? + 1);
        if own.is_empty() {
            return None;
        }
        let place = match places.0.get(prefix) {
            Some(place) => place.clone(),
            None => {
                let place = Arc::new(Place::parse(prefix)?);
                places.0.insert(prefix.to_owned(), place.clone());
                place
            }
        };
        Some(Self { place, own: own.into() })
    }

    /// The whole ARM id as written.
    pub fn resource_id(&self) -> String {
        format!("{}{}", self.place.prefix, self.own)
    }

    /// The name; for a part of a resource both names, `app/slot`.
    pub fn name(&self) -> Cow<'_, str> {
        match self.place.parent.as_str() {
            "" => Cow::Borrowed(&self.own),
            parent => Cow::Owned(format!("{parent}{}", self.own)),
        }
    }

    /// Where it is; the same for all that came from the same [`Places`].
    pub(super) fn place(&self) -> &Arc<Place> {
        &self.place
    }

    /// Where it is, and the last part of its name: what [`within`](Self::within) takes.
    pub(super) fn parts(&self) -> (&Arc<Place>, &str) {
        (&self.place, &self.own)
    }

    /// The resource of this name in a place.
    pub(super) fn within(place: Arc<Place>, own: &str) -> Option<Self> {
        (!own.is_empty() && !own.contains('/')).then(|| Self { place, own: own.into() })
    }
}

impl Deref for HostResource {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.place
    }
}

impl Place {
    fn parse(prefix: &str) -> Option<Self> {
        let mut segments = prefix.strip_prefix('/')?.strip_suffix('/')?.split('/');
        let mut place = Self { prefix: prefix.to_owned(), ..Self::default() };
        while let Some(keyword) = segments.next() {
            let value = segments.next();
            if value == Some("") {
                return None;
            }
            if keyword.eq_ignore_ascii_case("providers") {
                // An extension resource names a second provider: the last one is what the id stands for.
                value?.clone_into(&mut place.resource_type);
                place.parent.clear();
            } else if !place.resource_type.is_empty() {
                place.resource_type.push('/');
                place.resource_type.push_str(keyword);
                if let Some(name) = value {
                    place.parent.push_str(name);
                    place.parent.push('/');
                }
            } else if keyword.eq_ignore_ascii_case("subscriptions") {
                place.subscription = value?.to_ascii_lowercase();
            } else if keyword.eq_ignore_ascii_case("resourceGroups") {
                value?.clone_into(&mut place.resource_group);
            } else {
                return None;
            }
            if value.is_none() {
                place.text = place.search_text();
                return Some(place);
            }
        }
        None
    }

    /// The ARM id as written, up to the resource's own name.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    fn search_text(&self) -> String {
        let mut text = String::new();
        for part in [&*self.resource_group, &*self.resource_type, self.type_label(), &*self.subscription] {
            fold_into(&mut text, part);
            text.push('\n');
        }
        text
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

    fn parse(arm_id: &str) -> Option<HostResource> {
        HostResource::parse(arm_id, &mut Places::default())
    }

    #[test]
    fn takes_an_arm_id_apart() {
        let host = parse(VM).unwrap();
        assert_eq!(host.subscription, "67883dfd-3856-47a5-9f8a-432fb0d3367d");
        assert_eq!(host.resource_group, "IT-VMs");
        assert_eq!(host.resource_type, "Microsoft.Compute/virtualMachines");
        assert_eq!(host.name(), "vm-01");
        assert_eq!(host.type_label(), "Virtual machine");
        assert_eq!(host.resource_id(), VM);
    }

    #[test]
    fn knows_parts_extensions_and_what_lives_above_groups() {
        let slot = parse("/subscriptions/s/resourceGroups/g/providers/microsoft.web/SITES/app/slots/stage");
        let slot = slot.unwrap();
        assert_eq!((&*slot.name(), slot.type_label()), ("app/stage", "App Service slot"));

        let policy = "/providers/Microsoft.Management/managementGroups/root/providers/Microsoft.Authorization/policyAssignments/deny";
        let policy = parse(policy).unwrap();
        assert_eq!((&*policy.name(), policy.type_label()), ("deny", "Policy assignment"));
        assert_eq!((policy.subscription.as_str(), policy.resource_group.as_str()), ("", ""));

        let unknown = parse("/subscriptions/s/resourceGroups/g/providers/Contoso.Things/things/t").unwrap();
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
            assert_eq!(parse(text), None, "{text}");
        }
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
            if let Some(host) = parse(&text) {
                prop_assert!(!host.name().is_empty() && !host.resource_type.is_empty());
                prop_assert_eq!(host.resource_id(), text);
            }
        }
    }
}
