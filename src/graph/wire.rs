//! From Graph's JSON to the directory's types.
//!
//! Tolerant of what is new, missing or null, strict about ids: without its ids a row cannot be acted upon. Read by hand,
//! because then an error can name the field and one decoder serves all types.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use super::json::Json;
use crate::directory::{
    Api, AppRole, Assignment, DirectoryRole, Identity, Places, PrincipalKind, Timestamp, sort_by_key,
};
use crate::http::Response;

/// Longer texts are cut: no list needs them, and one must not freeze the page (F-58).
const LONGEST_TEXT: usize = 4096;
/// More bytes than any page of Graph has.
const LARGEST_BODY: usize = 32 * 1024 * 1024;

/// What does not fit: which field, and how.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    path: String,
    problem: &'static str,
}

impl Mismatch {
    pub(super) fn new(path: impl Into<String>, problem: &'static str) -> Self {
        Self { path: path.into(), problem }
    }

    /// The same, seen from the list that holds the item.
    fn within(mut self, list: &str, position: usize) -> Self {
        self.path = format!("{list}[{position}].{}", self.path);
        self
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path, self.problem)
    }
}

/// The JSON of an answer. What does not call itself JSON is refused (SEC-088): a proxy's sign-in page comes as HTML with
/// status 200.
pub(super) fn json<'a, T: Deserialize<'a>>(response: &'a Response) -> Result<T, Mismatch> {
    if !response.is_json() {
        return Err(Mismatch::new("the answer", "is not JSON"));
    }
    if response.body.len() > LARGEST_BODY {
        return Err(Mismatch::new("the answer", "is too large"));
    }
    // RFC 8259, section 8.1: a parser may ignore a byte order mark.
    let body = response.body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&response.body);
    serde_json::from_slice(body).map_err(|_| Mismatch::new("the answer", "is not valid JSON"))
}

/// All rows of a page's `value`, each read by `read`.
pub(super) fn rows<T>(rows: &[Json<'_>], read: impl Fn(&Json<'_>) -> Result<T, Mismatch>) -> Result<Vec<T>, Mismatch> {
    rows.iter().enumerate().map(|(at, row)| read(row).map_err(|error| error.within("value", at))).collect()
}

/// An identity, in one of the places known or in a new one.
pub(super) fn identity(row: &Json<'_>, places: &mut Places) -> Result<Identity, Mismatch> {
    let names = array(row, "alternativeNames").iter().filter_map(Json::as_str);
    let (kind, host) = Identity::read_alternative_names(names, places);
    Ok(Identity {
        id: id(row, "id")?,
        app_id: id(row, "appId")?,
        display_name: text(row, "displayName"),
        enabled: flag(row, "accountEnabled", true),
        kind,
        host,
        created: moment(row, "createdDateTime"),
    })
}

pub(super) fn api(row: &Json<'_>) -> Result<Api, Mismatch> {
    let mut roles = Vec::new();
    for (at, role) in array(row, "appRoles").iter().enumerate() {
        roles.push(app_role(role).map_err(|error| error.within("appRoles", at))?);
    }
    // Graph's order means nothing; people look for a role by its value.
    sort_by_key(&mut roles, |role| role.value.to_lowercase());
    let publisher = row.get("verifiedPublisher").map(|publisher| text(publisher, "displayName"));
    Ok(Api {
        id: id(row, "id")?,
        app_id: id(row, "appId")?,
        display_name: text(row, "displayName"),
        enabled: flag(row, "accountEnabled", true),
        owner_tenant: row.get("appOwnerOrganizationId").and_then(Json::as_str).and_then(|id| id.parse().ok()),
        publisher: publisher.filter(|name| !name.is_empty()),
        assignment_required: flag(row, "appRoleAssignmentRequired", false),
        roles,
    })
}

fn app_role(row: &Json<'_>) -> Result<AppRole, Mismatch> {
    let members = |kind: &str| array(row, "allowedMemberTypes").iter().any(|member| member.as_str() == Some(kind));
    Ok(AppRole {
        id: id(row, "id")?,
        value: text(row, "value"),
        display_name: text(row, "displayName"),
        description: text(row, "description"),
        // What does not say that it is offered is not offered.
        enabled: flag(row, "isEnabled", false),
        for_applications: members("Application"),
        for_users: members("User"),
    })
}

pub(super) fn assignment(row: &Json<'_>) -> Result<Assignment, Mismatch> {
    Ok(Assignment {
        id: id(row, "id")?,
        principal: id(row, "principalId")?,
        principal_name: text(row, "principalDisplayName"),
        principal_kind: match row.get("principalType").and_then(Json::as_str) {
            Some("ServicePrincipal") => PrincipalKind::ServicePrincipal,
            Some("User") => PrincipalKind::User,
            Some("Group") => PrincipalKind::Group,
            _ => PrincipalKind::Other(text(row, "principalType")),
        },
        resource: id(row, "resourceId")?,
        resource_name: text(row, "resourceDisplayName"),
        role: id(row, "appRoleId")?,
        created: moment(row, "createdDateTime"),
    })
}

pub(super) fn directory_role(row: &Json<'_>) -> Result<DirectoryRole, Mismatch> {
    Ok(DirectoryRole { template: id(row, "roleTemplateId")?, display_name: text(row, "displayName") })
}

/// An id, which must be there.
pub(super) fn id<T: FromStr>(row: &Json<'_>, name: &'static str) -> Result<T, Mismatch> {
    match row.get(name) {
        Some(Json::Text(text)) => text.parse().map_err(|_| Mismatch::new(name, "is not an id")),
        None | Some(Json::Other) => Err(Mismatch::new(name, "is missing")),
        Some(_) => Err(Mismatch::new(name, "is not a text")),
    }
}

/// A text; empty if it is missing or something else.
pub(super) fn text(row: &Json<'_>, name: &str) -> String {
    let text = row.get(name).and_then(Json::as_str).unwrap_or_default();
    if text.len() <= LONGEST_TEXT {
        return text.to_owned();
    }
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn flag(row: &Json<'_>, name: &str, default: bool) -> bool {
    if let Some(Json::Flag(flag)) = row.get(name) { *flag } else { default }
}

fn moment(row: &Json<'_>, name: &str) -> Option<Timestamp> {
    row.get(name)?.as_str()?.parse().ok()
}

fn array<'a>(row: &'a Json<'_>, name: &str) -> &'a [Json<'a>] {
    row.get(name).and_then(Json::as_list).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{AppRoleId, IdentityKind};
    use serde_json::json;

    /// A row as the decoder is given it.
    macro_rules! value {
        ($($row:tt)+) => { Json::from(json!($($row)+)) };
    }

    /// The JSON of an answer.
    fn read(response: &Response) -> Result<Json<'_>, Mismatch> {
        super::json(response)
    }

    fn identity(row: &Json<'_>) -> Result<Identity, Mismatch> {
        super::identity(row, &mut Places::default())
    }

    const ID: &str = "1a10be6e-ef86-4b7e-9253-e80f501ffd5a";
    const APP: &str = "dd8f1bcc-7361-4d52-b678-f751c5422ade";

    fn response(content_type: &str, body: &[u8]) -> Response {
        Response { status: 200, headers: vec![("content-type".into(), content_type.into())], body: body.to_vec() }
    }

    #[test]
    fn reads_an_identity_as_graph_writes_it() {
        let identity = identity(&value!({
            "id": ID,
            "deletedDateTime": null,
            "accountEnabled": true,
            "alternativeNames": [
                "isExplicit=False",
                "/subscriptions/67883dfd-3856-47a5-9f8a-432fb0d3367d/resourcegroups/IT-VMs/providers/Microsoft.Automation/automationAccounts/licences"
            ],
            "appDisplayName": null,
            "appId": APP,
            "appOwnerOrganizationId": null,
            "createdDateTime": "2021-04-20T17:22:30Z",
            "displayName": "licences",
            "somethingNew": {"nested": [1, 2]}
        }))
        .unwrap();
        assert_eq!((identity.id.to_string(), identity.app_id.to_string()), (ID.into(), APP.into()));
        assert_eq!(identity.kind, IdentityKind::SystemAssigned);
        assert_eq!(identity.host.unwrap().type_label(), "Automation account");
        assert_eq!(identity.created.unwrap().to_string(), "2021-04-20 17:22 UTC");
    }

    /// SEC-088
    /// F-39
    #[test]
    fn tolerates_what_is_missing_or_null() {
        let bare = identity(&value!({"id": ID, "appId": APP})).unwrap();
        assert_eq!((bare.display_name.as_str(), bare.enabled, bare.host), ("", true, None));
        let nulls = value!({"id": ID, "appId": APP, "displayName": null, "alternativeNames": null, "createdDateTime": null, "accountEnabled": null});
        assert_eq!(identity(&nulls).unwrap().created, None);
        let api = api(&value!({"id": ID, "appId": APP, "appRoles": null, "appOwnerOrganizationId": "odd", "verifiedPublisher": null})).unwrap();
        assert_eq!((api.roles.len(), api.owner_tenant, api.publisher), (0, None, None));
    }

    #[test]
    fn reads_roles_and_orders_them_by_value() {
        let api = api(&value!({"id": ID, "appId": APP, "displayName": "Mail", "appRoleAssignmentRequired": true,
            "verifiedPublisher": {"displayName": "Contoso", "verifiedPublisherId": null},
            "appRoles": [
                {"id": ID, "value": "Mail.Send", "isEnabled": true, "allowedMemberTypes": ["Application", "Robot"], "origin": "Application"},
                {"id": APP, "value": null, "isEnabled": null, "allowedMemberTypes": null},
                {"id": "00000000-0000-0000-0000-000000000001", "value": "mail.Read", "isEnabled": false, "allowedMemberTypes": ["User", "Application"]}
            ]}))
        .unwrap();
        let roles: Vec<_> =
            api.roles.iter().map(|r| (r.value.as_str(), r.enabled, r.for_applications, r.for_users)).collect();
        assert_eq!(
            roles,
            [("", false, false, false), ("mail.Read", false, true, true), ("Mail.Send", true, true, false)]
        );
        assert!(api.assignment_required && api.publisher.as_deref() == Some("Contoso"));
    }

    /// F-39
    #[test]
    fn reads_an_assignment() {
        let mut row = json!({
            "@odata.type": "#microsoft.graph.somethingNew",
            "id": "41W1zT6z1U-kJxf62svfp1HFE8pMZhxDun-ThPczmJE",
            "deletedDateTime": null,
            "appRoleId": "00000000-0000-0000-0000-000000000000",
            "createdDateTime": "2021-02-02T04:22:45.9480566Z",
            "principalDisplayName": "MOD Administrator",
            "principalId": ID,
            "principalType": "User",
            "resourceDisplayName": "dxprovisioning-graphapi-client",
            "resourceId": APP
        });
        let read = assignment(&row.clone().into()).unwrap();
        assert_eq!((read.principal_kind, read.role), (PrincipalKind::User, AppRoleId::DEFAULT_ACCESS));
        assert_eq!(read.created.unwrap().to_rfc3339(), "2021-02-02T04:22:45.948Z");
        row["principalType"] = json!("Device");
        assert_eq!(assignment(&row.clone().into()).unwrap().principal_kind, PrincipalKind::Other("Device".into()));
        row["principalType"] = json!(null);
        assert_eq!(assignment(&row.clone().into()).unwrap().principal_kind, PrincipalKind::Other(String::new()));
    }

    #[test]
    fn an_error_names_the_field() {
        let says = |error: Mismatch| error.to_string();
        let list = [value!({"id": ID, "appId": APP}), value!({"id": ID, "appId": "x"})];
        assert_eq!(says(rows(&list, identity).unwrap_err()), "value[1].appId is not an id");
        let list = [value!({"id": ID, "appId": APP, "appRoles": [{"id": ID}, {"value": "a"}]})];
        assert_eq!(says(rows(&list, api).unwrap_err()), "value[0].appRoles[1].id is missing");
        assert_eq!(says(rows(&[value!(7)], assignment).unwrap_err()), "value[0].id is missing");
        assert_eq!(
            says(id::<AppRoleId>(&value!({"appRoleId": true}), "appRoleId").unwrap_err()),
            "appRoleId is not a text"
        );
    }

    /// SEC-088, F-58: nor what is nested without end.
    #[test]
    fn refuses_what_is_not_json() {
        let kind = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
        assert!(read(&response(kind, b"{}")).is_ok());
        assert!(read(&response(kind, b"\xEF\xBB\xBF{}")).is_ok());
        assert!(read(&response("text/html", b"{}")).unwrap_err().to_string().contains("not JSON"));
        for body in [&b""[..], b"{\"value\": [", b"<html>", b"\xff\xfe{\0", &[b'['; 100_000]] {
            assert!(read(&response(kind, body)).unwrap_err().to_string().contains("not valid JSON"));
        }
        assert!(read(&Response { status: 200, headers: vec![], body: b"{}".to_vec() }).is_err(), "it does not say");
        for other in ["text/plain", "application/jsonp", "application/json-patch", "text/html; x=application/json", ""]
        {
            assert!(read(&response(other, b"{}")).is_err(), "{other}");
        }
        assert!(read(&response(kind, &vec![b' '; LARGEST_BODY + 1])).is_err());
    }

    /// F-58
    #[test]
    fn cuts_monstrous_texts() {
        let long = "ä".repeat(1_000_000);
        let identity = identity(&value!({"id": ID, "appId": APP, "displayName": long})).unwrap();
        assert_eq!(identity.display_name.chars().count(), LONGEST_TEXT + 1);
        assert!(identity.display_name.ends_with('…'));
    }
}
