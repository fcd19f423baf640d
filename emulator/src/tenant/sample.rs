//! Puts the sample tenant together: people, APIs, identities, and who holds what since when.

use uuid::Uuid;

use super::directory::Directory;
use super::model::Application;
use super::{TENANT_ID, accounts, apis, fixed_id, generated, guid, identities};

/// Identity, API (a key of [`apis::own`] or a Microsoft display name), role value, since when.
const HELD: &[(&str, &str, &str, &str)] = &[
    ("app-customer-portal", "shipments", "Shipments.Read.All", "2021-03-02T11:40:26.4410932Z"),
    ("app-customer-portal", "billing", "Invoices.Read.All", "2021-07-02T08:12:54.0917733Z"),
    ("app-customer-portal", "rates", "Rates.Read", "2023-05-24T09:30:00.5501287Z"),
    ("app-customer-portal", "Microsoft Graph", "User.Read.All", "2022-06-09T13:05:41.8820164Z"),
    ("app-customer-portal/slots/staging", "shipments", "Shipments.Read.All", "2021-03-02T11:44:09.3150448Z"),
    ("app-rates-web", "rates", "Rates.Read", "2023-05-23T08:20:37.6612900Z"),
    ("app-intranet", "Microsoft Graph", "Sites.Read.All", "2018-02-19T10:11:12.1314151Z"),
    ("app-intranet", "Office 365 SharePoint Online", "Sites.Read.All", "2018-02-19T10:14:50.7223904Z"),
    ("app-customs-desk", "customs", "Documents.Read.All", "2022-11-10T12:50:03.2094417Z"),
    ("app-customs-desk", "customs", "Tariffs.Read", "2022-11-10T12:50:04.0031182Z"),
    ("func-invoice-intake", "billing", "Invoices.Create", "2021-07-01T09:20:44.9176050Z"),
    ("func-invoice-intake", "Microsoft Graph", "Mail.Read", "2021-07-01T09:25:10.4426318Z"),
    ("func-invoice-reminder", "billing", "Invoices.Read.All", "2022-01-24T16:00:59.1182746Z"),
    ("func-invoice-reminder", "Microsoft Graph", "Mail.Send", "2022-01-24T16:02:31.5567009Z"),
    ("func-tracking-ingest", "shipments", "Tracking.Publish", "2020-10-12T07:41:02.2837451Z"),
    ("func-tracking-ingest", "shipments", "Shipments.Read.All", "2020-10-12T07:41:03.0045528Z"),
    ("func-tracking-ingest-dev", "shipments", "Tracking.Publish", "2020-10-08T14:30:18.6190037Z"),
    ("func-offboarding", "Microsoft Graph", "User.EnableDisableAccount.All", "2024-04-22T09:10:05.3312487Z"),
    ("func-offboarding", "Microsoft Graph", "User.RevokeSessions.All", "2024-04-22T09:10:05.9941206Z"),
    ("func-offboarding", "Microsoft Graph", "GroupMember.ReadWrite.All", "2024-04-22T09:10:06.7718325Z"),
    ("func-label-printer", "labels", "Labels.Print", "2025-01-10T11:40:29.4420157Z"),
    ("func-mail-digest", "Office 365 Exchange Online", "Mail.Read", "2022-09-05T16:30:55.1907264Z"),
    ("vm-sql-primary", "Microsoft Graph", "Directory.Read.All", "2019-06-18T06:10:12.8834901Z"),
    ("vm-sql-secondary", "Microsoft Graph", "Directory.Read.All", "2019-06-18T06:20:38.1275530Z"),
    ("vmss-scanner-gateway", "stock", "Stock.Adjust", "2022-05-06T05:01:00.7340216Z"),
    ("vmss-scanner-gateway", "shipments", "Tracking.Publish", "2022-05-06T05:01:01.3306649Z"),
    ("aks-platform-prod", "Microsoft Graph", "Group.Read.All", "2021-10-20T08:15:27.6651190Z"),
    ("logic-new-customer", "Microsoft Graph", "User.Invite.All", "2022-02-14T08:30:45.2211083Z"),
    ("logic-new-customer", "portal", "Portal.Orders.Read", "2022-02-14T08:31:10.9023374Z"),
    ("logic-damage-report", "shipments", "Shipments.Write.All", "2023-03-09T15:10:09.5517428Z"),
    (
        "logic-sharepoint-archive",
        "Office 365 SharePoint Online",
        "Sites.FullControl.All",
        "2024-10-01T07:20:33.0198462Z",
    ),
    ("aa-nightly-jobs", "Microsoft Graph", "Directory.ReadWrite.All", "2018-11-14T07:05:50.3904417Z"),
    ("aa-licence-report", "Microsoft Graph", "LicenseAssignment.Read.All", "2023-01-11T08:08:16.7420095Z"),
    ("aa-licence-report", "Microsoft Graph", "Reports.Read.All", "2022-06-20T06:15:02.2900863Z"),
    ("adf-lake-loader", "shipments", "Shipments.Export", "2021-05-11T12:05:30.6613372Z"),
    ("adf-lake-loader", "stock", "Stock.Read.All", "2021-05-11T12:05:31.4477186Z"),
    ("adf-lake-loader", "telemetry", "Telemetry.Read.All", "2024-08-14T10:20:41.1120957Z"),
    ("srch-customs-documents", "customs", "Documents.Read.All", "2023-12-04T10:40:12.9087314Z"),
    ("ca-rates-engine", "rates", "Rates.Publish", "2023-06-01T09:55:28.3319025Z"),
    ("ca-rates-engine", "rates-2017", "Rates.Read", "2023-06-01T09:56:02.7741130Z"),
    ("ca-eta-predictor", "shipments", "Shipments.Read.All", "2024-05-28T15:30:06.5088192Z"),
    ("ca-eta-predictor", "telemetry", "Telemetry.Read.All", "2024-08-14T10:22:19.0446871Z"),
    ("ca-notifications", "Microsoft Graph", "Mail.Send", "2024-01-18T11:20:54.8230069Z"),
    ("job-month-end", "billing", "Invoices.Create", "2025-03-31T18:10:00.4417520Z"),
    ("job-month-end", "billing", "Payments.Refund", "2025-03-31T18:10:01.2203948Z"),
    ("apim-larkspur", "shipments", "Shipments.Read.All", "2020-09-15T07:50:33.6627001Z"),
    ("apim-larkspur", "parcelwise", "Parcels.Read.All", "2024-02-27T10:40:44.1190826Z"),
    ("depot-hamburg-01", "stock", "Stock.Adjust", "2023-02-20T06:00:17.7035519Z"),
    ("depot-hamburg-02", "stock", "Stock.Adjust", "2023-02-20T06:00:21.0944438Z"),
    ("depot-rotterdam-01", "stock", "Stock.Adjust", "2023-04-03T06:02:49.5122067Z"),
    ("pview-catalog", "Azure Purview", "Purview.ApplicationAccess", "2022-12-12T12:45:00.8719630Z"),
    ("id-shipments-worker", "shipments", "Shipments.Write.All", "2021-08-16T09:40:51.2281175Z"),
    ("id-shipments-worker", "stock", "Stock.Read.All", "2021-08-16T09:40:52.0073346Z"),
    ("id-stock-sync", "stock", "Stock.Read.All", "2021-02-22T11:05:27.9914420Z"),
    ("id-stock-sync", "stock", "Stock.Adjust", "2021-02-22T11:05:28.6630811Z"),
    ("id-stock-sync", "stock", "Stock.Audit.Read", "2023-09-19T14:28:03.3100529Z"),
    ("id-billing-batch", "billing", "Invoices.Read.All", "2021-07-19T08:50:40.1446982Z"),
    ("id-billing-batch", "billing", "Invoices.Create", "2021-07-19T08:50:40.9028713Z"),
    ("id-schedule-planner", "schedule", "Shifts.ReadWrite.All", "2022-03-21T08:01:37.5550614Z"),
    ("id-schedule-planner", "schedule", "Licences.Check", "2022-03-21T08:01:38.3021759Z"),
    ("id-schedule-planner", "Microsoft Graph", "Calendars.ReadWrite", "2022-03-22T09:14:11.0073928Z"),
    ("id-customs-submit", "customs", "Documents.Submit", "2022-11-14T11:32:58.6634107Z"),
    ("id-github-deploy", "Microsoft Graph", "Application.ReadWrite.All", "2023-07-13T17:05:16.2218840Z"),
    ("id-onboarding", "Microsoft Graph", "User.ReadWrite.All", "2022-08-02T09:30:22.7781035Z"),
    ("id-onboarding", "Microsoft Graph", "Group.ReadWrite.All", "2022-08-02T09:30:23.5106694Z"),
    ("id-onboarding", "Microsoft Graph", "AppRoleAssignment.ReadWrite.All", "2024-02-05T10:44:57.9320116Z"),
    ("id-access-review", "Microsoft Graph", "AccessReview.ReadWrite.All", "2025-02-18T10:50:31.4409275Z"),
    ("id-access-review", "Microsoft Graph", "RoleManagement.Read.Directory", "2025-02-18T10:50:32.1017756Z"),
    ("id-telemetry-read", "telemetry", "Telemetry.Read.All", "2024-08-13T08:45:00.6120993Z"),
    ("id-report-mailer", "Office 365 Exchange Online", "full_access_as_app", "2022-04-19T13:10:49.9183327Z"),
    ("id-teams-bot", "Microsoft Graph", "TeamsActivity.Send", "2024-11-07T13:20:10.3351208Z"),
    ("id-teams-bot", "Microsoft Graph", "Chat.Create", "2024-11-07T13:20:11.0927741Z"),
    ("id-defender-export", "WindowsDefenderATP", "Alert.Read.All", "2023-10-26T10:12:27.8806150Z"),
    ("id-defender-export", "WindowsDefenderATP", "Machine.Read.All", "2023-10-26T10:12:28.5513384Z"),
    ("id-legacy-sync", "Windows Azure Active Directory", "Directory.Read.All", "2023-08-31T08:40:01.2203317Z"),
    (
        "id-break-glass-automation",
        "Microsoft Graph",
        "RoleManagement.ReadWrite.Directory",
        "2026-03-24T06:40:35.7714082Z",
    ),
    ("<img src=x onerror=alert(1)>", "labels", "Labels.Print", "2025-09-15T10:20:00.1002003Z"),
    ("id-deploy", "Microsoft Graph", "Application.ReadWrite.OwnedBy", "2023-02-01T09:30:48.6091124Z"),
];

/// People and groups on the tenant's own APIs: the name, the API, the role value (empty: default access), since when.
const PEOPLE_HOLD: &[(&str, &str, &str, &str)] = &[
    ("Ines Okafor", "portal", "Portal.Support", "2020-03-11T09:00:12.4410032Z"),
    ("Priya Raman", "portal", "Portal.Admin", "2020-03-11T09:02:44.8127765Z"),
    ("Dispatch office", "portal", "Portal.Support", "2021-05-17T07:31:09.0238841Z"),
    ("Tomas Lindqvist", "stock", "Bays.Manage", "2021-02-08T08:15:33.3390174Z"),
    ("Warehouse leads", "stock", "Bays.Manage", "2021-02-08T08:16:01.9906623Z"),
    ("Warehouse leads", "stock", "Stock.Audit.Read", "2021-09-02T12:40:20.1107385Z"),
    ("Mei Tanaka", "customs", "Tariffs.Read", "2022-11-09T10:05:56.7719940Z"),
    ("Customs desk", "customs", "Tariffs.Read", "2022-11-09T10:06:13.2240817Z"),
    ("Jonas Weber", "billing", "Invoices.Approve", "2021-07-05T13:22:47.5583301Z"),
    ("Billing approvers", "billing", "Invoices.Approve", "2021-07-05T13:23:02.0416678Z"),
    ("Luca Ferri", "gateway", "", "2020-01-22T08:10:10.6673902Z"),
];

/// The whole tenant. `count` identities, or the hand-made ones if that is fewer; `seed` makes the others.
pub(crate) fn tenant(app_origin: &str, count: usize, seed: u64) -> Directory {
    let users = accounts::users();
    let groups = accounts::groups();
    let people: Vec<(String, Uuid)> = users
        .iter()
        .map(|user| (user.display_name(), user.id))
        .chain(groups.iter().map(|group| (group.display_name.clone(), group.id)))
        .collect();
    let mut directory = Directory::new(users, groups);
    let mut names: Vec<(String, Uuid)> = Vec::new();
    for api in apis::microsoft() {
        names.push((api.display_name.clone(), api.id));
        directory.add(api);
    }
    let own: Vec<_> = apis::own().into_iter().map(|(key, api)| (Some(key), api)).collect();
    for (key, api) in own.into_iter().chain(apis::clients(app_origin).into_iter().map(|client| (None, client))) {
        if api.owner_tenant == Some(guid(TENANT_ID)) {
            directory.add_application(Application::behind(&api));
        }
        names.extend(key.map(|key| (key.to_owned(), api.id)));
        directory.add(api);
    }
    let mut holders: Vec<(String, Uuid)> = people;
    let sample = identities::identities();
    let made = sample.len();
    for identity in sample {
        holders.push((identity.display_name.clone(), identity.id));
        directory.add(identity);
    }
    for &(holder, api, role, since) in HELD.iter().chain(PEOPLE_HOLD) {
        hold(&mut directory, &holders, &names, holder, api, role, since);
    }
    special_cases(&mut directory, &holders, &names);
    generated::fill(&mut directory, &names, count.saturating_sub(made), seed);
    directory
}

fn id_of(list: &[(String, Uuid)], name: &str) -> Option<Uuid> {
    list.iter().find(|(key, _)| key == name).map(|(_, id)| *id)
}

fn hold(
    directory: &mut Directory,
    holders: &[(String, Uuid)],
    apis: &[(String, Uuid)],
    holder: &str,
    api: &str,
    role: &str,
    since: &str,
) {
    let (Some(principal), Some(resource)) = (id_of(holders, holder), id_of(apis, api)) else { return };
    let role_id = if role.is_empty() {
        Some(Uuid::nil())
    } else {
        directory.service_principal(resource).and_then(|api| api.role(role)).map(|role| role.id)
    };
    if let Some(role_id) = role_id {
        let salt = fixed_id("assignment", &format!("{holder}/{api}/{role}"));
        directory.put(principal, resource, role_id, since.to_owned(), salt);
    }
}

/// What no administrator sets up on purpose, but every tenant has.
fn special_cases(directory: &mut Directory, holders: &[(String, Uuid)], apis: &[(String, Uuid)]) {
    // A role that its API has deleted since: the assignment outlives it.
    if let (Some(identity), Some(api)) = (id_of(holders, "evgt-shipment-events"), id_of(apis, "shipments")) {
        let role = fixed_id("role", "shipments/Events.Forward");
        let salt = fixed_id("assignment", "orphan");
        directory.put(identity, api, role, "2021-01-15T17:02:11.3049957Z".to_owned(), salt);
    }
    // Default access: the API exposes no roles at all.
    if let (Some(identity), Some(api)) = (id_of(holders, "apim-larkspur"), id_of(apis, "gateway")) {
        let salt = fixed_id("assignment", "default access");
        directory.put(identity, api, Uuid::nil(), "2020-01-21T12:55:08.1174420Z".to_owned(), salt);
    }
    // A role that was disabled after it had been assigned.
    if let (Some(identity), Some(api)) = (id_of(holders, "logic-damage-report"), id_of(apis, "shipments"))
        && let Some(role) =
            directory.service_principal(api).and_then(|api| api.role("Tracking.Replay")).map(|role| role.id)
    {
        let salt = fixed_id("assignment", "disabled since");
        directory.put(identity, api, role, "2023-03-10T08:33:20.5530918Z".to_owned(), salt);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::tenant::GRAPH_APP_ID;

    #[test]
    fn every_row_of_the_sample_finds_its_ends() {
        let directory = tenant("http://localhost:8400", 0, 0);
        assert_eq!(directory.assignments().count(), HELD.len() + PEOPLE_HOLD.len() + 3);
    }

    #[test]
    fn the_tenant_is_as_large_and_as_odd_as_promised() {
        let directory = tenant("http://localhost:8400", 0, 0);
        let all: Vec<_> = directory.service_principals().from(0, None).map(|(_, row)| row).collect();
        let identities: Vec<_> = all.iter().filter(|row| row.managed_identity).collect();
        let apis: Vec<_> = all.iter().filter(|row| row.app_roles.iter().any(|role| role.for_applications)).collect();
        assert!(identities.len() >= 60, "{}", identities.len());
        assert!(apis.len() >= 15, "{}", apis.len());
        let ids: HashSet<_> = all.iter().map(|row| row.id).collect();
        assert_eq!(ids.len(), all.len());
        let app_ids: HashSet<_> = all.iter().map(|row| row.app_id).collect();
        assert_eq!(app_ids.len(), all.len());
        assert!(identities.iter().any(|row| row.display_name.chars().count() == 256));
        assert!(identities.iter().any(|row| row.display_name.contains('\u{202e}')));
        let graph = directory.service_principal_of_app(guid(GRAPH_APP_ID)).unwrap();
        assert_eq!(graph.app_roles.len(), 716);
        assert_eq!(graph.app_roles.iter().filter(|role| !role.enabled).count(), 2);
        assert!(!all.iter().any(|row| row.id.is_nil() || row.app_id.is_nil()));
    }

    #[test]
    fn generated_identities_are_the_same_every_time_and_as_many_as_asked() {
        let first = tenant("http://localhost:8400", 500, 7);
        let second = tenant("http://localhost:8400", 500, 7);
        let ids = |directory: &Directory| {
            directory
                .service_principals()
                .from(0, None)
                .map(|(_, row)| (row.id, row.display_name.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(&first), ids(&second));
        assert_ne!(ids(&first), ids(&tenant("http://localhost:8400", 500, 8)));
        assert_eq!(first.service_principals().from(0, None).filter(|(_, row)| row.managed_identity).count(), 500);
    }
}
