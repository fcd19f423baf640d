//! The APIs of the sample tenant: Microsoft's with their real role ids, the tenant's own, and applications that
//! expose no roles at all.

use serde::Deserialize;
use uuid::Uuid;

use super::accounts::person_id;
use super::describe::describe;
use super::model::{AppRole, DelegatedScope, ServicePrincipal};
use super::{CLIENT_ID, CLIENT_NAME, GRAPH_APP_ID, MICROSOFT_TENANT_ID, TENANT_ID, fixed_id, guid};

/// Ids and values of Microsoft Graph's application permissions; a third member `false` marks a disabled one.
const GRAPH_ROLES: &str = include_str!("../../data/graph-app-roles.json");
/// Ids and values of the roles of other Microsoft resources.
const MICROSOFT_ROLES: &str = include_str!("../../data/microsoft-app-roles.json");

#[derive(Deserialize)]
#[serde(untagged)]
enum RoleRow {
    Plain(Uuid, String),
    Flagged(Uuid, String, bool),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceRow {
    app_id: Uuid,
    display_name: String,
    roles: Vec<RoleRow>,
}

impl RoleRow {
    fn into_role(self) -> AppRole {
        let (id, value, enabled) = match self {
            Self::Plain(id, value) => (id, value, true),
            Self::Flagged(id, value, enabled) => (id, value, enabled),
        };
        let (display_name, description) = describe(&value);
        AppRole { id, value, display_name, description, enabled, for_applications: true, for_users: false }
    }
}

/// Delegated scopes of Microsoft Graph that the app may ask for: value, id, admin only, name, what it lets the app do.
pub(crate) const GRAPH_SCOPES: &[(&str, &str, bool, &str, &str)] = &[
    (
        "User.Read",
        "e1fe6dd8-ba31-4d61-89e7-88639da4683d",
        false,
        "Sign you in and read who you are",
        "Lets the app sign you in and read your own profile and your organization's name.",
    ),
    (
        "Application.Read.All",
        "c79f8feb-a9db-4090-85f9-90d820caa0eb",
        true,
        "See applications",
        "Lets the app read all applications and service principals with your rights.",
    ),
    (
        "Application.ReadWrite.All",
        "bdfbf15f-ee85-4955-8675-146e8e5296b5",
        true,
        "Change applications",
        "Lets the app change applications and service principals, and assign app roles except Microsoft Graph's, with your rights.",
    ),
    (
        "AppRoleAssignment.ReadWrite.All",
        "84bccea3-f856-4a8a-967b-dbe0a3d53a64",
        true,
        "Assign and remove app roles",
        "Lets the app assign and remove app roles of any API, Microsoft Graph included, with your rights.",
    ),
    (
        "AuditLog.Read.All",
        "e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20",
        true,
        "Read the audit log",
        "Lets the app read the directory's audit log with your rights.",
    ),
    (
        "DelegatedPermissionGrant.ReadWrite.All",
        "41ce6ca6-6826-4807-84f1-1c82854f7ee5",
        true,
        "Manage delegated permission grants",
        "Lets the app grant and withdraw delegated permissions with your rights.",
    ),
    (
        "Directory.AccessAsUser.All",
        "0e263e50-5827-48a4-b97c-d940288653c7",
        true,
        "Use the directory as you",
        "Lets the app do in the directory whatever you may do.",
    ),
    (
        "Directory.Read.All",
        "06da0dbc-49e2-44d2-8312-53f166ab848a",
        true,
        "Read the directory",
        "Lets the app read everything in the directory that you may read.",
    ),
    (
        "Directory.ReadWrite.All",
        "c5366453-9fb0-48a5-a156-24f0c49a4b84",
        true,
        "Read and write the directory",
        "Lets the app read and change the directory with your rights.",
    ),
    (
        "GroupMember.Read.All",
        "bc024368-1153-4739-b217-4326f2e966d0",
        true,
        "See who is in which group",
        "Lets the app read who is in which group with your rights.",
    ),
    (
        "Organization.Read.All",
        "4908d5b9-3fb2-4b1e-9336-1888b7937185",
        true,
        "Read the organization",
        "Lets the app read details of your organization.",
    ),
    (
        "RoleManagement.Read.Directory",
        "741c54c3-0c1e-44a1-818b-3f97ab4e8c83",
        true,
        "Read directory roles",
        "Lets the app read who holds which directory role.",
    ),
    (
        "User.Read.All",
        "a154be20-db9c-4678-8ab7-66f6cc099a59",
        true,
        "Read everyone's profile",
        "Lets the app read every user's profile with your rights.",
    ),
    (
        "User.ReadBasic.All",
        "b340eb25-3456-403f-be2f-af7a0d370277",
        false,
        "Read everyone's name and photo",
        "Lets the app read the name and photo of every user.",
    ),
];

/// Microsoft's resources.
pub(crate) fn microsoft() -> Vec<ServicePrincipal> {
    let mut found = vec![graph()];
    let rows: Vec<ResourceRow> = serde_json::from_str(MICROSOFT_ROLES).unwrap_or_default();
    for (index, row) in rows.into_iter().enumerate() {
        let roles = row.roles.into_iter().map(RoleRow::into_role).collect();
        let created =
            format!("20{}-0{}-1{}T07:4{}:0{}Z", 18 + index % 5, 1 + index % 9, index % 10, index % 10, index % 10);
        found.push(first_party(row.app_id, &row.display_name, &created, roles));
    }
    for (name, app_id, created) in [
        ("Azure Key Vault", "cfa8b339-82a2-471a-a3c9-0fc0be7a4093", "2018-06-04T09:12:44Z"),
        ("Azure Storage", "e406a681-f3d4-42a8-90b6-c2b029497af1", "2018-06-04T09:12:46Z"),
        ("Azure SQL Database", "022907d3-0f1b-48f7-badc-1ba6abab6d66", "2019-02-19T14:03:10Z"),
        ("Windows Azure Service Management API", "797f4846-ba00-4fd7-ba43-dac1f8f63013", "2018-05-22T06:30:00Z"),
    ] {
        found.push(first_party(guid(app_id), name, created, Vec::new()));
    }
    found
}

fn graph() -> ServicePrincipal {
    let rows: Vec<RoleRow> = serde_json::from_str(GRAPH_ROLES).unwrap_or_default();
    let roles = rows.into_iter().map(RoleRow::into_role).collect();
    let mut graph = first_party(guid(GRAPH_APP_ID), "Microsoft Graph", "2018-05-22T06:29:58Z", roles);
    graph.names = [
        "00000003-0000-0000-c000-000000000000/ags.windows.net",
        GRAPH_APP_ID,
        "https://canary.graph.microsoft.com",
        "https://graph.microsoft.com",
        "https://ags.windows.net",
        "https://graph.microsoft.us",
        "https://graph.microsoft.com/",
        "https://dod-graph.microsoft.us",
        "https://canary.graph.microsoft.com/",
        "https://graph.microsoft.us/",
        "https://dod-graph.microsoft.us/",
    ]
    .map(str::to_owned)
    .to_vec();
    graph.scopes = GRAPH_SCOPES
        .iter()
        .map(|&(value, id, admin_only, display_name, description)| DelegatedScope {
            id: guid(id),
            value: value.to_owned(),
            display_name: display_name.to_owned(),
            description: description.to_owned(),
            admin_only,
        })
        .collect();
    graph
}

fn first_party(app_id: Uuid, name: &str, created: &str, roles: Vec<AppRole>) -> ServicePrincipal {
    let mut made = application(name, app_id, Some(guid(MICROSOFT_TENANT_ID)), created, roles);
    made.tags = Vec::new();
    made
}

fn application(
    name: &str,
    app_id: Uuid,
    owner: Option<Uuid>,
    created: &str,
    app_roles: Vec<AppRole>,
) -> ServicePrincipal {
    ServicePrincipal {
        id: fixed_id("service principal", &app_id.to_string()),
        app_id,
        display_name: name.to_owned(),
        account_enabled: true,
        managed_identity: false,
        alternative_names: Vec::new(),
        owner_tenant: owner,
        assignment_required: false,
        created: created.to_owned(),
        app_roles,
        description: None,
        names: vec![app_id.to_string()],
        tags: vec!["WindowsAzureActiveDirectoryIntegratedApp".to_owned()],
        homepage: None,
        reply_urls: Vec::new(),
        verified_publisher: None,
        scopes: Vec::new(),
        owners: Vec::new(),
    }
}

/// To whom a role is open.
#[derive(Clone, Copy)]
enum Open {
    Apps,
    Users,
    Both,
    /// For applications, but switched off.
    Off,
}

type RoleText = (&'static str, Open, &'static str, &'static str);

fn own_api(key: &str, name: &str, created: &str, roles: &[RoleText]) -> ServicePrincipal {
    let app_id = fixed_id("app", key);
    let roles = roles
        .iter()
        .map(|&(value, open, display_name, description)| AppRole {
            id: fixed_id("role", &format!("{key}/{value}")),
            value: value.to_owned(),
            display_name: display_name.to_owned(),
            description: description.to_owned(),
            enabled: !matches!(open, Open::Off),
            for_applications: matches!(open, Open::Apps | Open::Both | Open::Off),
            for_users: matches!(open, Open::Users | Open::Both),
        })
        .collect();
    let mut api = application(name, app_id, Some(guid(TENANT_ID)), created, roles);
    api.names.push(format!("api://{key}.larkspurfreight.example"));
    api
}

/// The tenant's own APIs. The first member is the key by which the sample's assignments name one.
pub(crate) fn own() -> Vec<(&'static str, ServicePrincipal)> {
    let shipments = own_api(
        "shipments",
        "Shipment Tracking API",
        "2020-09-14T08:21:37Z",
        &[
            (
                "Shipments.Read.All",
                Open::Apps,
                "Read all shipments",
                "Read every shipment, its legs and its current position.",
            ),
            (
                "Shipments.Write.All",
                Open::Apps,
                "Create and change shipments",
                "Book, reroute and close shipments of every customer.",
            ),
            (
                "Tracking.Publish",
                Open::Apps,
                "Publish tracking events",
                "Send position and status events from vehicles and scanners.",
            ),
            (
                "Shipments.Export",
                Open::Apps,
                "Export shipment history",
                "Download closed shipments in bulk for analysis.",
            ),
            (
                "Tracking.Replay",
                Open::Off,
                "Replay tracking events",
                "Feed old events into the pipeline again. Switched off since the 2024 migration.",
            ),
        ],
    );
    let stock = own_api(
        "stock",
        "Warehouse Stock API",
        "2021-02-03T13:05:12Z",
        &[
            ("Stock.Read.All", Open::Apps, "Read stock levels", "Read what lies in which bay of every warehouse."),
            ("Stock.Adjust", Open::Apps, "Adjust stock", "Book goods in and out and correct counts."),
            (
                "Stock.Audit.Read",
                Open::Both,
                "Read stock audits",
                "Read the protocol of every correction and who made it.",
            ),
            (
                "Bays.Manage",
                Open::Users,
                "Manage bays",
                "Open, close and rename bays in the warehouse console. For people only.",
            ),
        ],
    );
    let mut billing = own_api(
        "billing",
        "Billing API",
        "2021-06-28T10:44:59Z",
        &[
            ("Invoices.Read.All", Open::Apps, "Read all invoices", "Read every invoice and its lines."),
            ("Invoices.Create", Open::Apps, "Create invoices", "Draft and send invoices to customers."),
            ("Payments.Refund", Open::Apps, "Refund payments", "Send money back to a customer's card or account."),
            (
                "Invoices.Approve",
                Open::Users,
                "Approve invoices",
                "Release drafted invoices. Kept for people in finance.",
            ),
        ],
    );
    billing.assignment_required = true;
    let schedule = own_api(
        "schedule",
        "Driver Schedule API",
        "2022-03-17T06:58:03Z",
        &[
            ("Shifts.Read.All", Open::Apps, "Read all shifts", "Read every driver's shifts and rest times."),
            ("Shifts.ReadWrite.All", Open::Apps, "Plan shifts", "Create, swap and cancel shifts of every driver."),
            ("Licences.Check", Open::Apps, "Check licences", "Ask whether a driver's licence covers a vehicle class."),
        ],
    );
    let customs = own_api(
        "customs",
        "Customs Documents API",
        "2022-11-08T15:30:20Z",
        &[
            (
                "Documents.Read.All",
                Open::Apps,
                "Read customs documents",
                "Read declarations, certificates and permits.",
            ),
            (
                "Documents.Submit",
                Open::Apps,
                "Submit declarations",
                "Hand declarations to the customs authority in the company's name.",
            ),
            ("Tariffs.Read", Open::Both, "Look up tariffs", "Look up commodity codes and duty rates."),
        ],
    );
    let portal = own_api(
        "portal",
        "Customer Portal",
        "2019-10-30T09:00:00Z",
        &[
            ("Portal.Orders.Read", Open::Both, "Read orders", "Read orders as the portal shows them."),
            ("Portal.Support", Open::Users, "Support desk", "See what a customer sees and answer in the portal."),
            ("Portal.Admin", Open::Users, "Portal administrator", "Change settings and customers of the portal."),
        ],
    );
    let mut rates = own_api(
        "rates",
        "Rates API",
        "2023-05-22T11:11:41Z",
        &[
            ("Rates.Read", Open::Apps, "Read rates", "Read the price of a lane on a date."),
            ("Rates.Publish", Open::Apps, "Publish rates", "Replace the price list of a lane."),
        ],
    );
    rates.owners = vec![person_id("Olga", "Owner")];
    let old_rates = own_api(
        "rates-2017",
        "Rates API",
        "2017-11-06T16:20:09Z",
        &[("Rates.Read", Open::Apps, "Read rates (2017)", "Read prices from the retired tariff engine.")],
    );
    let telemetry = own_api(
        "telemetry",
        "Fleet Telemetry API",
        "2024-08-12T07:02:55Z",
        &[
            ("Telemetry.Ingest", Open::Apps, "Send vehicle telemetry", "Write engine, fuel and temperature readings."),
            ("Telemetry.Read.All", Open::Apps, "Read vehicle telemetry", "Read readings of the whole fleet."),
            (
                "Vehicles.Immobilise",
                Open::Apps,
                "Immobilise vehicles",
                "Stop a vehicle from starting. Needs the fleet director's consent.",
            ),
        ],
    );
    let hostile = own_api(
        "label-printing",
        "Label Printing <script>alert(document.domain)</script>",
        "2025-01-09T17:45:00Z",
        &[
            (
                "Labels.Print",
                Open::Apps,
                "Print <b>labels</b>",
                "Print labels. \"><img src=x onerror=alert(2)> was left in this text by a penetration test.",
            ),
            ("Labels.Design", Open::Apps, "Design labels", "Change label templates."),
        ],
    );
    let gateway = own_api("gateway", "Partner Gateway", "2020-01-21T12:00:31Z", &[]);
    vec![
        ("shipments", shipments),
        ("stock", stock),
        ("billing", billing),
        ("schedule", schedule),
        ("customs", customs),
        ("portal", portal),
        ("rates", rates),
        ("rates-2017", old_rates),
        ("telemetry", telemetry),
        ("labels", hostile),
        ("gateway", gateway),
        ("parcelwise", parcelwise()),
    ]
}

/// Another company's API, used by consent.
fn parcelwise() -> ServicePrincipal {
    let mut api = own_api(
        "parcelwise",
        "Parcelwise Connect",
        "2024-02-27T10:10:10Z",
        &[
            ("Parcels.Read.All", Open::Apps, "Read parcels", "Read parcels that were handed over to Parcelwise."),
            ("Labels.Create", Open::Apps, "Create labels", "Order parcel labels on account."),
        ],
    );
    api.owner_tenant = Some(fixed_id("tenant", "parcelwise"));
    api.verified_publisher = Some("Parcelwise B.V.".to_owned());
    api.names = vec![api.app_id.to_string(), "https://connect.parcelwise.example".to_owned()];
    api.homepage = Some("https://www.parcelwise.example/".to_owned());
    api
}

/// Applications without roles, among them the app's own registration.
pub(crate) fn clients(app_origin: &str) -> Vec<ServicePrincipal> {
    let tenant = Some(guid(TENANT_ID));
    let mut rolegrant = application(CLIENT_NAME, guid(CLIENT_ID), tenant, "2026-02-02T08:00:00Z", Vec::new());
    rolegrant.reply_urls = vec![format!("{app_origin}/")];
    let mut all = vec![rolegrant];
    for (name, created) in [
        ("Intranet", "2016-04-18T09:30:00Z"),
        ("Warehouse handhelds", "2019-08-05T05:55:12Z"),
        ("Power BI embed", "2021-12-01T14:14:14Z"),
        ("Terraform pipeline", "2022-07-19T18:26:40Z"),
        ("Visitor kiosk", "2023-10-10T10:10:10Z"),
    ] {
        all.push(application(name, fixed_id("app", name), tenant, created, Vec::new()));
    }
    if let Some(kiosk) = all.last_mut() {
        kiosk.account_enabled = false;
    }
    all
}
