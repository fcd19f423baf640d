//! The requests this product makes, one function each. Ids enter addresses only as their own types (SEC-085).

use url::Url;

use super::address::{address, odata_literal};
use super::client::Graph;
use super::error::{GraphError, Operation};
use super::json::Json;
use super::page::Page;
use super::wire::{self, Mismatch};
use crate::directory::{Api, Assignment, DirectoryRole, Identity, ObjectId, TenantId};

const IDENTITY_FIELDS: &str =
    "id,appId,displayName,accountEnabled,alternativeNames,createdDateTime,servicePrincipalType";
const API_FIELDS: &str =
    "id,appId,displayName,accountEnabled,appOwnerOrganizationId,appRoleAssignmentRequired,appRoles,verifiedPublisher";

/// How Graph names a managed identity among the service principals.
const MANAGED_IDENTITY: &str = "ManagedIdentity";
/// How Graph names what may have app roles. "Legacy" service principals have no application and so no roles.
const APPLICATION: &str = "Application";

/// The largest page that Graph gives.
const LARGEST_PAGE: &str = "999";
/// Rows with all their roles are heavy: smaller pages show something earlier.
const API_PAGE: &str = "250";

/// The tenant that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: TenantId,
    /// Its name.
    pub display_name: String,
}

impl Graph {
    /// Every managed identity, page by page. After a restart rows may come twice.
    /// <https://learn.microsoft.com/graph/api/serviceprincipal-list>
    pub async fn identities(&self, mut on_page: impl FnMut(Vec<Identity>)) -> Result<(), GraphError> {
        let url = self.service_principals(MANAGED_IDENTITY, IDENTITY_FIELDS, LARGEST_PAGE);
        self.read_pages(Operation::ListIdentities, url, &mut |page| {
            if let Page::Rows(rows) = page {
                on_page(wire::rows(rows, |row| wire::identity(row, &mut self.places()))?);
            }
            Ok(())
        })
        .await
    }

    /// Every API with roles for applications, page by page. After a restart rows may come twice.
    /// Graph cannot filter by roles, so all applications are read and the others dropped.
    /// <https://learn.microsoft.com/graph/api/serviceprincipal-list>
    pub async fn apis(&self, mut on_page: impl FnMut(Vec<Api>)) -> Result<(), GraphError> {
        let url = self.service_principals(APPLICATION, API_FIELDS, API_PAGE);
        self.read_pages(Operation::ListApis, url, &mut |page| {
            if let Page::Rows(rows) = page {
                let mut apis = wire::rows(rows, wire::api)?;
                apis.retain(|api| api.application_roles().next().is_some());
                apis.iter().for_each(|api| self.remember(api));
                on_page(apis);
            }
            Ok(())
        })
        .await
    }

    /// One identity. <https://learn.microsoft.com/graph/api/serviceprincipal-get>
    pub async fn identity(&self, id: ObjectId) -> Result<Identity, GraphError> {
        let url = address(self.origin(), &format!("servicePrincipals/{id}"), &[("$select", IDENTITY_FIELDS)]);
        let operation = Operation::ReadIdentity;
        let response = self.read(operation, url).await?;
        let not_understood = |error: Mismatch| GraphError::not_understood(operation, &response, error.to_string());
        let body: Json<'_> = wire::json(&response).map_err(not_understood)?;
        // The address of a page may name any service principal; only managed identities are shown as such.
        match body.get("servicePrincipalType").and_then(Json::as_str) {
            None | Some(MANAGED_IDENTITY) => wire::identity(&body, &mut self.places()).map_err(not_understood),
            Some(other) => Err(GraphError::not_an_identity(&response, other)),
        }
    }

    /// One API, whatever roles it has. <https://learn.microsoft.com/graph/api/serviceprincipal-get>
    pub async fn api(&self, id: ObjectId) -> Result<Api, GraphError> {
        let url = address(self.origin(), &format!("servicePrincipals/{id}"), &[("$select", API_FIELDS)]);
        let api = self.read_one(Operation::ReadApi, url, wire::api).await?;
        self.remember(&api);
        Ok(api)
    }

    /// All that a service principal holds.
    /// <https://learn.microsoft.com/graph/api/serviceprincipal-list-approleassignments>
    pub async fn held_by(&self, principal: ObjectId) -> Result<Vec<Assignment>, GraphError> {
        let path = format!("servicePrincipals/{principal}/appRoleAssignments");
        self.assignments(Operation::ReadHeld, &path).await
    }

    /// All who hold roles of an API: identities, other applications, people and groups.
    /// <https://learn.microsoft.com/graph/api/serviceprincipal-list-approleassignedto>
    pub async fn holders_of(&self, resource: ObjectId) -> Result<Vec<Assignment>, GraphError> {
        let path = format!("servicePrincipals/{resource}/appRoleAssignedTo");
        self.assignments(Operation::ReadHolders, &path).await
    }

    /// The tenant's name. <https://learn.microsoft.com/graph/api/organization-list>
    pub async fn organization(&self) -> Result<Organization, GraphError> {
        let operation = Operation::ReadOrganization;
        let url = address(self.origin(), "organization", &[("$select", "id,displayName")]);
        let read = |row: &Json<'_>| {
            Ok(Organization { id: wire::id(row, "id")?, display_name: wire::text(row, "displayName") })
        };
        self.read_one(operation, url, |body| {
            let rows = body.get("value").and_then(Json::as_list).unwrap_or_default();
            wire::rows(rows, read)?.into_iter().next().ok_or(Mismatch::new("value", "is missing or empty"))
        })
        .await
    }

    /// The directory roles that the administrator holds now, directly or by a group. Custom roles, and roles held for a
    /// part of the directory, are not among them. <https://learn.microsoft.com/graph/api/user-list-transitivememberof>
    pub async fn my_directory_roles(&self) -> Result<Vec<DirectoryRole>, GraphError> {
        let query = [("$select", "id,displayName,roleTemplateId")];
        let url = address(self.origin(), "me/transitiveMemberOf/microsoft.graph.directoryRole", &query);
        self.all(Operation::ReadMyRights, url, wire::directory_role).await
    }

    /// The ids of what the administrator owns, APIs and other things.
    /// <https://learn.microsoft.com/graph/api/user-list-ownedobjects>
    pub async fn owned_by_me(&self) -> Result<Vec<ObjectId>, GraphError> {
        let url = address(self.origin(), "me/ownedObjects", &[("$select", "id"), ("$top", LARGEST_PAGE)]);
        self.all(Operation::ReadMyRights, url, |row| wire::id(row, "id")).await
    }

    fn service_principals(&self, kind: &str, fields: &str, page: &str) -> Url {
        let filter = format!("servicePrincipalType eq {}", odata_literal(kind));
        let query = [("$filter", filter.as_str()), ("$select", fields), ("$top", page)];
        address(self.origin(), "servicePrincipals", &query)
    }

    async fn assignments(&self, operation: Operation, path: &str) -> Result<Vec<Assignment>, GraphError> {
        let url = address(self.origin(), path, &[("$top", LARGEST_PAGE)]);
        self.all(operation, url, wire::assignment).await
    }

    /// All rows of a list, to its end.
    async fn all<T>(
        &self,
        operation: Operation,
        url: Url,
        read: impl Fn(&Json<'_>) -> Result<T, Mismatch>,
    ) -> Result<Vec<T>, GraphError> {
        let mut all = Vec::new();
        self.read_pages(operation, url, &mut |page| {
            match page {
                Page::Rows(rows) => all.append(&mut wire::rows(rows, &read)?),
                Page::Restart => all.clear(),
            }
            Ok(())
        })
        .await?;
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::GraphErrorKind;
    use super::super::testing::{API, ASSIGNMENT, GRAPH, MI, Stage, answer, error, row};

    fn api_row(app_id: &str, roles: &str) -> String {
        format!(r#"{{"id":"{API}","appId":"{app_id}","displayName":"X","appRoles":{roles}}}"#)
    }

    const APP_ROLE: &str = r#"{"id":"df021288-bdef-4463-88db-98f22de89214","allowedMemberTypes":["Application"],"isEnabled":true,"value":"V"}"#;

    #[test]
    fn lists_identities() {
        let second = r#"{"id":"8097154c-b14f-4898-928c-16ca80e12dfd","appId":"a72223ed-0a1e-4683-9b4b-44bed448bccc"}"#;
        let stage = Stage::new([
            answer(
                200,
                &format!(
                    r#"{{"value":[{{"id":"{MI}","appId":"{MI}","displayName":"one"}}],"@odata.nextLink":"{GRAPH}servicePrincipals?$skiptoken=a"}}"#
                ),
            ),
            answer(200, &format!(r#"{{"value":[{second}]}}"#)),
        ]);
        let mut pages = Vec::new();
        stage.run(stage.graph.identities(|page| pages.push(page.len()))).unwrap();
        assert_eq!(pages, [1, 1]);
        assert_eq!(
            stage.script.lines()[0],
            "GET servicePrincipals?$filter=servicePrincipalType%20eq%20%27ManagedIdentity%27&$select=id,appId,displayName,\
             accountEnabled,alternativeNames,createdDateTime,servicePrincipalType&$top=999"
        );
    }

    #[test]
    fn a_row_without_an_id_is_named() {
        let stage = Stage::new([answer(200, r#"{"value":[{"appId":null}]}"#)]);
        let error = stage.run(stage.graph.identities(|_| {})).unwrap_err();
        assert_eq!(error.kind(), &GraphErrorKind::NotUnderstood);
        assert_eq!(
            error.what(),
            "Could not read the managed identities: the answer cannot be understood (value[0].id is missing)."
        );
    }

    #[test]
    fn lists_only_apis_with_roles_for_applications() {
        let user_role = APP_ROLE.replace("Application", "User");
        let rows = [api_row(MI, "[]"), api_row(MI, &format!("[{user_role}]")), api_row(API, &format!("[{APP_ROLE}]"))];
        let stage = Stage::new([answer(200, &format!(r#"{{"value":[{}]}}"#, rows.join(",")))]);
        let mut apis = Vec::new();
        stage.run(stage.graph.apis(|page| apis.extend(page))).unwrap();
        assert_eq!(apis.iter().map(|api| api.app_id.to_string()).collect::<Vec<_>>(), [API]);
        let line = &stage.script.lines()[0];
        assert!(
            line.contains("$filter=servicePrincipalType%20eq%20%27Application%27") && line.contains("appRoles"),
            "{line}"
        );
    }

    /// F-45: what counts, searches or orders says `ConsistencyLevel: eventual`; at present nothing does any of it.
    #[test]
    fn an_advanced_query_has_its_header() {
        let (mi, api) = (MI.parse().unwrap(), API.parse().unwrap());
        let stage = Stage::new((0..9).map(|_| answer(200, r#"{"value":[]}"#)));
        let (graph, clock) = (&stage.graph, &stage.clock);
        clock.run(graph.identities(|_| {})).unwrap();
        clock.run(graph.apis(|_| {})).unwrap();
        clock.run(graph.held_by(mi)).unwrap();
        clock.run(graph.holders_of(api)).unwrap();
        clock.run(graph.my_directory_roles()).unwrap();
        clock.run(graph.owned_by_me()).unwrap();
        // These want more than an empty list; what they ask is what matters here.
        let refused = [
            clock.run(graph.identity(mi)).is_err(),
            clock.run(graph.api(api)).is_err(),
            stage.run(graph.organization()).is_err(),
        ];
        assert_eq!(refused, [true; 3]);
        for sent in stage.script.sent() {
            let query = sent.url.split_once('?').map_or("", |(_, query)| query);
            let words = ["$count", "$search", "$orderby", "%20ne%20", "endsWith", "not%20"];
            let advanced = words.iter().any(|word| query.contains(word));
            assert_eq!(advanced, sent.headers.contains(&"ConsistencyLevel"), "{}", sent.url);
        }
    }

    #[test]
    fn reads_one_identity_one_api_and_the_tenant() {
        let stage = Stage::new([
            answer(200, &format!(r#"{{"id":"{MI}","appId":"{MI}","displayName":"one"}}"#)),
            answer(200, &api_row(API, "null")),
            answer(200, &format!(r#"{{"value":[{{"id":"{API}","displayName":"Contoso"}}]}}"#)),
            answer(200, r#"{"value":[]}"#),
        ]);
        let (graph, clock) = (&stage.graph, &stage.clock);
        assert_eq!(clock.run(graph.identity(MI.parse().unwrap())).unwrap().display_name, "one");
        assert_eq!(clock.run(graph.api(API.parse().unwrap())).unwrap().roles, []);
        assert_eq!(clock.run(graph.organization()).unwrap().display_name, "Contoso");
        assert!(stage.run(graph.organization()).unwrap_err().what().contains("value is missing or empty"));
        let lines = stage.script.lines();
        assert!(lines[0].starts_with(&format!("GET servicePrincipals/{MI}?$select=")));
        assert_eq!(lines[2], "GET organization?$select=id,displayName");
    }

    #[test]
    fn another_service_principal_is_no_identity() {
        let row = format!(r#"{{"id":"{MI}","appId":"{MI}","servicePrincipalType":"Application"}}"#);
        let stage = Stage::new([answer(200, &row)]);
        let error = stage.run(stage.graph.identity(MI.parse().unwrap())).unwrap_err();
        assert_eq!(error.kind(), &GraphErrorKind::NotFound);
        assert!(error.what().contains("no managed identity") && error.detail().contains("is Application"), "{error:?}");
    }

    #[test]
    fn reads_assignments_from_both_sides_to_the_end() {
        let stage = Stage::new([
            answer(200, &format!(r#"{{"value":[{}],"@odata.nextLink":"{GRAPH}next?$skiptoken=a"}}"#, row(ASSIGNMENT))),
            error(400, "Directory_ExpiredPageToken", ""),
            answer(200, &format!(r#"{{"value":[{}],"@odata.nextLink":"{GRAPH}next?$skiptoken=b"}}"#, row(ASSIGNMENT))),
            answer(200, &format!(r#"{{"value":[{}]}}"#, row("-7nZsM8O_UuNq5Jz3QValCxBBiqJea9Drc9CMK4Ru_M"))),
            answer(200, r#"{"value":[]}"#),
        ]);
        let held = stage.clock.run(stage.graph.held_by(MI.parse().unwrap())).unwrap();
        assert_eq!(held.len(), 2, "what came before the restart does not count twice");
        assert_eq!(stage.run(stage.graph.holders_of(API.parse().unwrap())).unwrap(), []);
        let lines = stage.script.lines();
        assert_eq!(lines[0], format!("GET servicePrincipals/{MI}/appRoleAssignments?$top=999"));
        assert_eq!(lines[4], format!("GET servicePrincipals/{API}/appRoleAssignedTo?$top=999"));
    }

    #[test]
    fn reads_what_the_administrator_may_do() {
        let role = |template: &str| format!(r#"{{"id":"{API}","displayName":"R","roleTemplateId":{template}}}"#);
        let more = format!("{GRAPH}me/transitiveMemberOf/microsoft.graph.directoryRole?$skiptoken=a");
        let stage = Stage::new([
            answer(200, &format!(r#"{{"value":[{}],"@odata.nextLink":"{more}"}}"#, role(&format!(r#""{MI}""#)))),
            answer(200, r#"{"value":[]}"#),
            answer(200, &format!(r#"{{"value":[{{"id":"{API}"}}]}}"#)),
            answer(200, &format!(r#"{{"value":[{}]}}"#, role("null"))),
        ]);
        let roles = stage.clock.run(stage.graph.my_directory_roles()).unwrap();
        assert_eq!((roles[0].template.to_string().as_str(), roles[0].display_name.as_str()), (MI, "R"));
        assert_eq!(stage.clock.run(stage.graph.owned_by_me()).unwrap(), [API.parse().unwrap()]);
        // What cannot be told apart is not known, rather than missing.
        let error = stage.run(stage.graph.my_directory_roles()).unwrap_err();
        assert!(error.what().contains("value[0].roleTemplateId is missing"), "{}", error.what());
        let lines = stage.script.lines();
        assert_eq!(
            lines[0],
            "GET me/transitiveMemberOf/microsoft.graph.directoryRole?$select=id,displayName,roleTemplateId"
        );
        assert_eq!(lines[2], "GET me/ownedObjects?$select=id&$top=999");
    }
}
