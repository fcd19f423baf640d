//! The requests this product makes, one function each. Ids enter addresses only as their own types (SEC-085).

use url::Url;

use super::address::{address, odata_literal};
use super::client::Graph;
use super::error::{GraphError, Operation};
use super::page::Page;
use super::wire::{self, Mismatch};
use crate::directory::{Api, AppRoleId, Assignment, AssignmentId, Identity, ObjectId, TenantId};
use crate::http::{Method, Request};

const IDENTITY_FIELDS: &str =
    "id,appId,displayName,accountEnabled,alternativeNames,createdDateTime,servicePrincipalType";
const API_FIELDS: &str =
    "id,appId,displayName,accountEnabled,appOwnerOrganizationId,appRoleAssignmentRequired,appRoles,verifiedPublisher";

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
        let url = self.service_principals("ManagedIdentity", IDENTITY_FIELDS, LARGEST_PAGE);
        self.read_pages(Operation::ListIdentities, url, &mut |page| {
            if let Page::Rows(rows) = page {
                on_page(wire::rows(rows, wire::identity)?);
            }
            Ok(())
        })
        .await
    }

    /// Every API with roles for applications, page by page. After a restart rows may come twice.
    /// Graph cannot filter by roles, so all applications are read and the others dropped.
    /// <https://learn.microsoft.com/graph/api/serviceprincipal-list>
    pub async fn apis(&self, mut on_page: impl FnMut(Vec<Api>)) -> Result<(), GraphError> {
        let url = self.service_principals("Application", API_FIELDS, API_PAGE);
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
        let (response, body) = self.read(Operation::ReadIdentity, url).await?;
        wire::identity(&body)
            .map_err(|error| GraphError::not_understood(Operation::ReadIdentity, &response, error.to_string()))
    }

    /// One API, whatever roles it has. <https://learn.microsoft.com/graph/api/serviceprincipal-get>
    pub async fn api(&self, id: ObjectId) -> Result<Api, GraphError> {
        let url = address(self.origin(), &format!("servicePrincipals/{id}"), &[("$select", API_FIELDS)]);
        let (response, body) = self.read(Operation::ReadApi, url).await?;
        let api = wire::api(&body)
            .map_err(|error| GraphError::not_understood(Operation::ReadApi, &response, error.to_string()))?;
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

    /// Assigns a role, sent once: no failure is repeated here but a refused token.
    /// <https://learn.microsoft.com/graph/api/serviceprincipal-post-approleassignedto>
    pub async fn assign(
        &self,
        principal: ObjectId,
        resource: ObjectId,
        role: AppRoleId,
    ) -> Result<Assignment, GraphError> {
        let operation = Operation::Assign(self.family(resource));
        let url = address(self.origin(), &format!("servicePrincipals/{resource}/appRoleAssignedTo"), &[]);
        // Ids are hexadecimal digits and hyphens: nothing in them needs escaping.
        let body = format!(r#"{{"principalId":"{principal}","resourceId":"{resource}","appRoleId":"{role}"}}"#);
        let request = Request::new(Method::Post, url).body("application/json", body.into_bytes());
        let response = self.send(operation, request).await?;
        let made = wire::json(&response).and_then(|body| wire::assignment(&body));
        let made =
            made.and_then(|made| match (made.principal, made.resource, made.role) == (principal, resource, role) {
                true => Ok(made),
                false => Err(Mismatch::new("the answer", "speaks of another assignment")),
            });
        made.map_err(|error| GraphError::not_understood(operation, &response, error.to_string()))
    }

    /// Removes an assignment, sent once.
    /// <https://learn.microsoft.com/graph/api/serviceprincipal-delete-approleassignedto>
    pub async fn unassign(&self, resource: ObjectId, assignment: &AssignmentId) -> Result<(), GraphError> {
        let operation = Operation::Remove(self.family(resource));
        let path = format!("servicePrincipals/{resource}/appRoleAssignedTo/{assignment}");
        self.send(operation, Request::new(Method::Delete, address(self.origin(), &path, &[]))).await.map(drop)
    }

    /// The tenant's name. <https://learn.microsoft.com/graph/api/organization-list>
    pub async fn organization(&self) -> Result<Organization, GraphError> {
        let operation = Operation::ReadOrganization;
        let url = address(self.origin(), "organization", &[("$select", "id,displayName")]);
        let (response, body) = self.read(operation, url).await?;
        let rows = body.get("value").and_then(|value| value.as_array()).map_or(&[][..], Vec::as_slice);
        let read = |row: &serde_json::Value| {
            Ok(Organization { id: wire::id(row, "id")?, display_name: wire::text(row, "displayName") })
        };
        wire::rows(rows, read)
            .and_then(|rows| rows.into_iter().next().ok_or(Mismatch::new("value", "is missing or empty")))
            .map_err(|error| GraphError::not_understood(operation, &response, error.to_string()))
    }

    fn service_principals(&self, kind: &str, fields: &str, page: &str) -> Url {
        let filter = format!("servicePrincipalType eq {}", odata_literal(kind));
        let query = [("$filter", filter.as_str()), ("$select", fields), ("$top", page)];
        address(self.origin(), "servicePrincipals", &query)
    }

    async fn assignments(&self, operation: Operation, path: &str) -> Result<Vec<Assignment>, GraphError> {
        let mut all = Vec::new();
        let url = address(self.origin(), path, &[("$top", LARGEST_PAGE)]);
        self.read_pages(operation, url, &mut |page| {
            match page {
                Page::Rows(rows) => all.append(&mut wire::rows(rows, wire::assignment)?),
                Page::Restart => all.clear(),
            }
            Ok(())
        })
        .await?;
        Ok(all)
    }
}
