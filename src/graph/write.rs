//! A change of the directory as Graph is asked for it, alone or within a batch: what is sent, and what an answer to it
//! says. Ids enter addresses only as their own types (SEC-085).

use super::address::address;
use super::client::Graph;
use super::error::{GraphError, Operation, request_id};
use super::wire::{self, Mismatch};
use crate::directory::{AppRoleId, Assignment, AssignmentId, ObjectId};
use crate::http::{Method, Request, Response};

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Assigns a role. <https://learn.microsoft.com/graph/api/serviceprincipal-post-approleassignedto>
    Assign {
        /// Who shall hold it.
        identity: ObjectId,
        /// The API.
        api: ObjectId,
        /// The role.
        role: AppRoleId,
    },
    /// Removes an assignment. <https://learn.microsoft.com/graph/api/serviceprincipal-delete-approleassignedto>
    Remove {
        /// The API whose role it is.
        api: ObjectId,
        /// The assignment.
        assignment: AssignmentId,
    },
}

/// Graph has carried a change out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What was made; nothing where something was removed.
    pub made: Option<Assignment>,
    /// Graph's id of the request.
    pub request_id: Option<String>,
}

impl Write {
    pub(super) fn method(&self) -> Method {
        match self {
            Self::Assign { .. } => Method::Post,
            Self::Remove { .. } => Method::Delete,
        }
    }

    /// The path under the version's root.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Assign { api, .. } => format!("servicePrincipals/{api}/appRoleAssignedTo"),
            Self::Remove { api, assignment } => format!("servicePrincipals/{api}/appRoleAssignedTo/{assignment}"),
        }
    }

    /// Ids are hexadecimal digits and hyphens: nothing in them needs escaping.
    pub(super) fn body(&self) -> Option<String> {
        match self {
            Self::Assign { identity, api, role } => {
                Some(format!(r#"{{"principalId":"{identity}","resourceId":"{api}","appRoleId":"{role}"}}"#))
            }
            Self::Remove { .. } => None,
        }
    }

    /// What a good answer brings, which must speak of this very change.
    pub(super) fn written(&self, operation: Operation, response: &Response) -> Result<Written, GraphError> {
        let made = match self {
            // Whatever else comes with a good status, a proxy's page for example, is not Graph's word.
            Self::Remove { .. } if response.status != 204 => Err(Mismatch::new("the answer", "is not 204")),
            Self::Remove { .. } => Ok(None),
            Self::Assign { identity, api, role } => wire::json(response)
                .and_then(|body| wire::assignment(&body))
                .and_then(|made| match (made.principal, made.resource, made.role) == (*identity, *api, *role) {
                    true => Ok(Some(made)),
                    false => Err(Mismatch::new("the answer", "speaks of another assignment")),
                }),
        };
        let made = made.map_err(|error| GraphError::not_understood(operation, response, error.to_string()))?;
        Ok(Written { made, request_id: request_id(response) })
    }
}

impl Graph {
    pub(super) fn operation(&self, write: &Write) -> Operation {
        match write {
            Write::Assign { api, .. } => Operation::Assign(self.family(*api)),
            Write::Remove { api, .. } => Operation::Remove(self.family(*api)),
        }
    }

    /// Sends one change, once: no failure is repeated here but a refused token.
    pub(super) async fn write(&self, write: &Write) -> Result<Written, GraphError> {
        let operation = self.operation(write);
        let mut request = Request::new(write.method(), address(self.origin(), &write.path(), &[]));
        if let Some(body) = write.body() {
            request = request.body("application/json", body.into_bytes());
        }
        let response = self.send(operation, request).await?;
        write.written(operation, &response)
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::GraphErrorKind;
    use super::super::testing::{API, ASSIGNMENT, MI, ROLE, Stage, answer, assign, error, remove, row};
    use super::*;
    use crate::directory::Family;

    #[test]
    fn assigns_through_the_api_and_removes_there() {
        let stage = Stage::new([answer(201, &row(ASSIGNMENT)), answer(204, "")]);
        let written = stage.clock.run(stage.graph.write(&assign())).unwrap();
        assert_eq!(written.made.unwrap().id.to_string(), ASSIGNMENT);
        assert_eq!(written.request_id.as_deref(), Some("r-1"));
        assert_eq!(stage.run(stage.graph.write(&remove())).unwrap().made, None);
        let sent = stage.script.sent();
        assert_eq!(
            stage.script.lines(),
            [
                format!("POST servicePrincipals/{API}/appRoleAssignedTo"),
                format!("DELETE servicePrincipals/{API}/appRoleAssignedTo/{ASSIGNMENT}"),
            ]
        );
        let body: serde_json::Value = serde_json::from_str(&sent[0].body).unwrap();
        assert_eq!(body, serde_json::json!({"principalId": MI, "resourceId": API, "appRoleId": ROLE}));
        assert!(sent[0].headers.contains(&"Content-Type"));
    }

    #[test]
    fn an_answer_to_a_write_that_makes_no_sense_is_ambiguous() {
        let other = row(ASSIGNMENT).replace(ROLE, MI);
        for body in ["", "{}", "<html>", other.as_str()] {
            let stage = Stage::new([answer(201, body)]);
            let error = stage.run(stage.graph.write(&assign())).unwrap_err();
            assert!(error.is_ambiguous() && error.next_step().starts_with("Look at the list"), "{body}");
        }
    }

    /// F-25
    #[test]
    fn a_proxys_page_removes_nothing() {
        for reply in [answer(200, "<html>"), answer(200, ""), answer(202, "{}")] {
            let stage = Stage::new([reply]);
            assert!(stage.run(stage.graph.write(&remove())).unwrap_err().is_ambiguous());
        }
    }

    /// F-16: which directory role is missing depends on the API.
    #[test]
    fn a_refused_write_names_the_right_role() {
        let refused =
            || error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
        let assigned = |stage: &Stage| stage.run(stage.graph.write(&assign())).unwrap_err();
        for (app_id, family, role) in [
            ("00000003-0000-0000-c000-000000000000", Family::Guarded, "Privileged Role Administrator"),
            ("00000002-0000-0000-c000-000000000000", Family::Guarded, "Privileged Role Administrator"),
            (MI, Family::Ordinary, "Cloud Application Administrator or Application Administrator"),
        ] {
            let api = format!(r#"{{"id":"{API}","appId":"{app_id}","displayName":"X","appRoles":[]}}"#);
            let stage = Stage::new([answer(200, &api), refused()]);
            stage.clock.run(stage.graph.api(API.parse().unwrap())).unwrap();
            let error = assigned(&stage);
            assert_eq!(error.operation(), Operation::Assign(family));
            let text = error.what();
            assert!(text.contains(role) && !text.contains("AppRoleAssignment"), "{text}");
        }
        let stage = Stage::new([refused()]);
        let text = assigned(&stage).what();
        assert!(
            text.contains("Privileged Role Administrator") && text.contains("Cloud Application Administrator"),
            "{text}"
        );
        // Where the permission is not granted, that is what is missing.
        let stage = Stage::new([refused()]);
        stage.tokens.reads_only.set(true);
        let error = assigned(&stage);
        assert_eq!(error.kind(), &GraphErrorKind::ScopeMissing);
        for text in [error.what(), error.next_step()] {
            assert!(text.contains("AppRoleAssignment.ReadWrite.All") && !text.contains("Administrator"), "{text}");
        }
    }
}
