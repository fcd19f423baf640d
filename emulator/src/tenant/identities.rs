//! The managed identities of the sample tenant: what they are called, what they belong to, when they were made.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::fixed_id;
use super::model::ServicePrincipal;

/// A subscription: key, id, and the name that config.json maps it to (one is left unmapped, as in real life).
pub(crate) const SUBSCRIPTIONS: &[(&str, &str, Option<&str>)] = &[
    ("prod", "0d4c1b7e-93a5-4f62-8b1c-6e2f7a905d31", Some("Larkspur Production")),
    ("dev", "7b21f0a9-5c4e-4d08-a7e3-1f9b30c26d84", Some("Larkspur Development")),
    ("data", "e95a3c62-08d7-4b1f-9c56-a2d4718b0f3e", Some("Data Platform")),
    ("edge", "3f6e8d15-b27a-4c90-8e4d-50c9b1a7f268", Some("Depots and Edge")),
    ("acquired", "a81d5e3b-6f02-47c9-b3d8-94e7c0215f6a", None),
];

/// The id of a subscription.
pub(crate) fn subscription_id(key: &str) -> &'static str {
    SUBSCRIPTIONS.iter().find(|(name, ..)| *name == key).map_or("", |(_, id, _)| id)
}

/// How an identity says what it belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host<'a> {
    /// System-assigned, on a resource of this type.
    On(&'a str),
    /// System-assigned, from before user-assigned identities existed: without the `isExplicit` entry.
    OldOn(&'a str),
    /// User-assigned.
    Own,
}

/// Makes an identity.
pub(crate) fn identity(
    key: &str,
    name: &str,
    host: Host<'_>,
    subscription: &str,
    group: &str,
    created: &str,
) -> ServicePrincipal {
    let base = format!("/subscriptions/{subscription}/resourcegroups/{group}/providers");
    // The resource's name is the identity's; hostile display names are kept out of the path.
    let resource = if key == name { name } else { key };
    let alternative_names = match host {
        Host::On(kind) => vec!["isExplicit=False".to_owned(), format!("{base}/{}", arm_path(kind, resource))],
        Host::OldOn(kind) => vec![format!("{base}/{}", arm_path(kind, resource))],
        Host::Own => vec![
            "isExplicit=True".to_owned(),
            format!("{base}/Microsoft.ManagedIdentity/userAssignedIdentities/{resource}"),
        ],
    };
    let app_id = fixed_id("identity app", key);
    let seed: Vec<u8> = [Uuid::new_v5(&app_id, b"first"), Uuid::new_v5(&app_id, b"second")]
        .iter()
        .flat_map(|id| id.as_bytes().to_vec())
        .collect();
    ServicePrincipal {
        id: fixed_id("identity", key),
        app_id,
        display_name: name.to_owned(),
        account_enabled: true,
        managed_identity: true,
        alternative_names,
        owner_tenant: None,
        assignment_required: false,
        created: created.to_owned(),
        app_roles: Vec::new(),
        description: None,
        names: vec![app_id.to_string(), format!("https://identity.azure.net/{}", STANDARD.encode(seed))],
        tags: Vec::new(),
        homepage: None,
        reply_urls: Vec::new(),
        verified_publisher: None,
        scopes: Vec::new(),
        owners: Vec::new(),
    }
}

/// `Microsoft.Web/sites/slots` and `portal/staging` make `Microsoft.Web/sites/portal/slots/staging`.
fn arm_path(kind: &str, name: &str) -> String {
    let mut types = kind.split('/');
    let provider = types.next().unwrap_or_default();
    let mut path = provider.to_owned();
    let types: Vec<&str> = types.collect();
    let names: Vec<&str> = if types.len() > 1 { name.splitn(types.len(), '/').collect() } else { vec![name] };
    for (index, kind) in types.iter().enumerate() {
        path.push('/');
        path.push_str(kind);
        if let Some(name) = names.get(index) {
            path.push('/');
            path.push_str(name);
        }
    }
    path
}

const SITES: &str = "Microsoft.Web/sites";
const VM: &str = "Microsoft.Compute/virtualMachines";
const SCALE_SET: &str = "Microsoft.Compute/virtualMachineScaleSets";
const AKS: &str = "Microsoft.ContainerService/managedClusters";
const LOGIC: &str = "Microsoft.Logic/workflows";
const AUTOMATION: &str = "Microsoft.Automation/automationAccounts";
const FACTORY: &str = "Microsoft.DataFactory/factories";
const SEARCH: &str = "Microsoft.Search/searchServices";
const CONTAINER_APP: &str = "Microsoft.App/containerApps";
const JOB: &str = "Microsoft.App/jobs";
const APIM: &str = "Microsoft.ApiManagement/service";
const ARC: &str = "Microsoft.HybridCompute/machines";

/// Key and display name (one and the same unless two identities share a name), host, subscription, group, created.
type Row = (&'static str, Host<'static>, &'static str, &'static str, &'static str);

use Host::{OldOn, On, Own};

const ROWS: &[Row] = &[
    ("app-customer-portal", On(SITES), "prod", "rg-portal-prod", "2021-03-02T10:15:44Z"),
    (
        "app-customer-portal/slots/staging",
        On("Microsoft.Web/sites/slots"),
        "prod",
        "rg-portal-prod",
        "2021-03-02T10:19:03Z",
    ),
    ("app-rates-web", On(SITES), "prod", "rg-rates-prod", "2023-05-23T08:00:12Z"),
    ("app-intranet", OldOn(SITES), "prod", "rg-intranet", "2017-10-04T06:41:30Z"),
    ("app-customs-desk", On(SITES), "prod", "rg-customs-prod", "2022-11-10T12:36:51Z"),
    ("app-portal-dev", On(SITES), "dev", "rg-portal-dev", "2023-01-16T13:20:00Z"),
    ("func-invoice-intake", On(SITES), "prod", "rg-finance-prod", "2021-07-01T09:02:18Z"),
    ("func-invoice-reminder", On(SITES), "prod", "rg-finance-prod", "2022-01-24T15:47:29Z"),
    ("func-tracking-ingest", On(SITES), "prod", "rg-shipments-prod", "2020-10-12T07:30:55Z"),
    ("func-tracking-ingest-dev", On(SITES), "dev", "rg-shipments-dev", "2020-10-08T14:11:07Z"),
    ("func-offboarding", On(SITES), "prod", "rg-identity-prod", "2024-04-22T08:55:36Z"),
    ("func-label-printer", On(SITES), "edge", "rg-depot-hamburg", "2025-01-10T11:28:40Z"),
    ("func-mail-digest", On(SITES), "prod", "rg-intranet", "2022-09-05T16:05:13Z"),
    ("vm-sql-primary", On(VM), "prod", "rg-core-prod", "2019-06-18T05:58:22Z"),
    ("vm-sql-secondary", On(VM), "prod", "rg-core-prod", "2019-06-18T06:14:47Z"),
    ("vm-build-01", On(VM), "dev", "rg-build", "2020-02-11T09:09:09Z"),
    ("vm-build-02", On(VM), "dev", "rg-build", "2020-02-11T09:21:33Z"),
    ("vm-jumphost", OldOn(VM), "prod", "rg-core-prod", "2018-01-29T17:03:26Z"),
    ("vm-fileserver-bremen", On(VM), "acquired", "RG-BREMEN-INFRA", "2023-08-30T12:00:00Z"),
    ("vmss-scanner-gateway", On(SCALE_SET), "edge", "rg-depot-shared", "2022-05-06T04:44:10Z"),
    ("vmss-render", On(SCALE_SET), "dev", "rg-build", "2023-11-27T20:20:20Z"),
    ("aks-platform-prod", On(AKS), "prod", "rg-platform-prod", "2021-10-19T10:31:05Z"),
    ("aks-platform-dev", On(AKS), "dev", "rg-platform-dev", "2021-09-28T10:02:44Z"),
    (
        "aks-platform-prod-agentpool",
        Own,
        "prod",
        "MC_rg-platform-prod_aks-platform-prod_westeurope",
        "2021-10-19T10:36:38Z",
    ),
    ("logic-new-customer", On(LOGIC), "prod", "rg-portal-prod", "2022-02-14T08:12:00Z"),
    ("logic-damage-report", On(LOGIC), "prod", "rg-shipments-prod", "2023-03-09T14:55:31Z"),
    ("logic-sharepoint-archive", On(LOGIC), "prod", "rg-intranet", "2024-10-01T07:07:07Z"),
    ("aa-nightly-jobs", On(AUTOMATION), "prod", "rg-core-prod", "2018-11-13T22:10:05Z"),
    ("aa-licence-report", On(AUTOMATION), "prod", "rg-identity-prod", "2022-06-20T06:00:41Z"),
    ("adf-lake-loader", On(FACTORY), "data", "rg-lake-prod", "2021-05-11T11:49:58Z"),
    ("adf-lake-loader-dev", On(FACTORY), "data", "rg-lake-dev", "2021-05-04T09:33:12Z"),
    ("srch-shipments", On(SEARCH), "prod", "rg-shipments-prod", "2022-08-17T13:13:13Z"),
    ("srch-customs-documents", On(SEARCH), "prod", "rg-customs-prod", "2023-12-04T10:26:59Z"),
    ("ca-rates-engine", On(CONTAINER_APP), "prod", "rg-rates-prod", "2023-06-01T09:40:02Z"),
    ("ca-eta-predictor", On(CONTAINER_APP), "data", "rg-ml-prod", "2024-05-28T15:15:50Z"),
    ("ca-notifications", On(CONTAINER_APP), "prod", "rg-portal-prod", "2024-01-18T11:05:27Z"),
    ("job-month-end", On(JOB), "prod", "rg-finance-prod", "2025-03-31T18:00:00Z"),
    ("apim-larkspur", On(APIM), "prod", "rg-gateway-prod", "2020-01-21T12:40:16Z"),
    ("apim-larkspur-dev", On(APIM), "dev", "rg-gateway-dev", "2020-01-14T08:25:39Z"),
    ("depot-hamburg-01", On(ARC), "edge", "rg-depot-hamburg", "2023-02-20T05:30:00Z"),
    ("depot-hamburg-02", On(ARC), "edge", "rg-depot-hamburg", "2023-02-20T05:34:48Z"),
    ("depot-rotterdam-01", On(ARC), "edge", "rg-depot-rotterdam", "2023-04-03T05:31:17Z"),
    ("depot-gdansk-01", On(ARC), "edge", "rg-depot-gdansk", "2024-09-16T05:29:52Z"),
    ("syn-analytics", On("Microsoft.Synapse/workspaces"), "data", "rg-lake-prod", "2021-11-22T12:12:34Z"),
    (
        "dbw-access-connector",
        On("Microsoft.Databricks/accessConnectors"),
        "data",
        "rg-lake-prod",
        "2024-03-12T09:18:20Z",
    ),
    (
        "mlw-forecasting",
        On("Microsoft.MachineLearningServices/workspaces"),
        "data",
        "rg-ml-prod",
        "2022-10-25T10:00:00Z",
    ),
    (
        "mlw-forecasting/onlineEndpoints/eta",
        On("Microsoft.MachineLearningServices/workspaces/onlineEndpoints"),
        "data",
        "rg-ml-prod",
        "2024-05-29T08:47:11Z",
    ),
    ("oai-assistant", On("Microsoft.CognitiveServices/accounts"), "data", "rg-ml-prod", "2025-06-17T14:22:08Z"),
    ("sql-larkspur", On("Microsoft.Sql/servers"), "prod", "rg-core-prod", "2020-07-07T07:07:00Z"),
    ("evgt-shipment-events", On("Microsoft.EventGrid/topics"), "prod", "rg-shipments-prod", "2021-01-15T16:38:45Z"),
    ("crlarkspur", On("Microsoft.ContainerRegistry/registries"), "prod", "rg-platform-prod", "2021-10-18T09:09:30Z"),
    (
        "aci-edi-converter",
        On("Microsoft.ContainerInstance/containerGroups"),
        "acquired",
        "RG-BREMEN-EDI",
        "2023-09-01T10:50:05Z",
    ),
    ("stlarkspurlake", On("Microsoft.Storage/storageAccounts"), "data", "rg-lake-prod", "2021-04-26T08:08:08Z"),
    ("rsv-backup-west", On("Microsoft.RecoveryServices/vaults"), "prod", "rg-core-prod", "2019-09-09T19:19:19Z"),
    ("pview-catalog", On("Microsoft.Purview/accounts"), "data", "rg-governance", "2022-12-12T12:30:30Z"),
    (
        "arck8s-rotterdam",
        On("Microsoft.Kubernetes/connectedClusters"),
        "edge",
        "rg-depot-rotterdam",
        "2025-05-05T05:05:05Z",
    ),
    ("swa-driver-app", On("Microsoft.Web/staticSites"), "prod", "rg-schedule-prod", "2024-06-11T13:44:00Z"),
    ("sig-live-tracking", On("Microsoft.SignalRService/SignalR"), "prod", "rg-shipments-prod", "2022-04-04T04:40:40Z"),
    ("id-shipments-worker", Own, "prod", "rg-shipments-prod", "2021-08-16T09:25:14Z"),
    ("id-stock-sync", Own, "prod", "rg-stock-prod", "2021-02-22T10:51:36Z"),
    ("id-billing-batch", Own, "prod", "rg-finance-prod", "2021-07-19T08:33:03Z"),
    ("id-schedule-planner", Own, "prod", "rg-schedule-prod", "2022-03-21T07:45:50Z"),
    ("id-customs-submit", Own, "prod", "rg-customs-prod", "2022-11-14T11:17:22Z"),
    ("id-github-deploy", Own, "prod", "rg-identity-prod", "2023-07-13T16:49:37Z"),
    ("id-onboarding", Own, "prod", "rg-identity-prod", "2022-08-02T09:14:28Z"),
    ("id-access-review", Own, "prod", "rg-identity-prod", "2025-02-18T10:37:44Z"),
    ("id-telemetry-read", Own, "data", "rg-lake-prod", "2024-08-13T08:29:09Z"),
    ("id-report-mailer", Own, "prod", "rg-intranet", "2022-04-19T12:52:15Z"),
    ("id-teams-bot", Own, "prod", "rg-intranet", "2024-11-07T13:08:31Z"),
    ("id-defender-export", Own, "prod", "rg-security", "2023-10-26T09:57:06Z"),
    ("id-legacy-sync", Own, "acquired", "RG-BREMEN-INFRA", "2023-08-31T08:18:53Z"),
    ("id-unused-2022", Own, "dev", "rg-platform-dev", "2022-02-22T22:22:22Z"),
    ("id-sandbox", Own, "dev", "rg-platform-dev", "2026-01-12T14:31:00Z"),
    ("id-break-glass-automation", Own, "prod", "rg-security", "2026-03-24T06:20:47Z"),
];

/// All of them, in the order in which the directory lists them.
pub(crate) fn identities() -> Vec<ServicePrincipal> {
    let mut all: Vec<ServicePrincipal> = ROWS
        .iter()
        .map(|&(name, host, subscription, group, created)| {
            // A slot's display name repeats the type between the names; its ARM path is built from the bare names.
            let resource = name.replace("/slots/", "/").replace("/onlineEndpoints/", "/");
            let mut made = identity(&resource, &resource, host, subscription_id(subscription), group, created);
            name.clone_into(&mut made.display_name);
            made
        })
        .collect();
    // Two with one name, told apart by host and group only.
    all.push(identity(
        "id-deploy-prod",
        "id-deploy",
        Own,
        subscription_id("prod"),
        "rg-platform-prod",
        "2023-02-01T09:00:00Z",
    ));
    all.push(identity(
        "id-deploy-dev",
        "id-deploy",
        Own,
        subscription_id("dev"),
        "rg-platform-dev",
        "2023-02-01T09:06:12Z",
    ));
    // Names that an attacker, or a careless script, may have given.
    all.push(identity(
        "vm-injection-test",
        "<img src=x onerror=alert(1)>",
        On(VM),
        subscription_id("dev"),
        "rg-pentest",
        "2025-09-15T10:00:00Z",
    ));
    all.push(identity(
        "id-rtl-test",
        "id-payroll\u{202e}lmx.nimda\u{202c}",
        Own,
        subscription_id("dev"),
        "rg-pentest",
        "2025-09-15T10:04:00Z",
    ));
    all.push(identity("id-long-name", &long_name(), Own, subscription_id("dev"), "rg-pentest", "2025-09-15T10:08:00Z"));
    if let Some(disabled) = all.iter_mut().find(|identity| identity.display_name == "id-legacy-sync") {
        disabled.account_enabled = false;
    }
    all
}

/// Exactly 256 characters.
fn long_name() -> String {
    let mut name =
        "id-this-name-was-generated-by-a-template-that-joins-region-stage-team-product-component-purpose-and-owner-"
            .repeat(3);
    name.truncate(253);
    name.push_str("end");
    name
}
