//! What Graph refuses, each with its status, code and message, and the body that carries them.
//! Gateway-level refusals have the code `BadRequest`, the directory's begin with `Request_`: as captured.

use hyper::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::to_zoneless;
use crate::http::{Answer, Incoming};
use crate::tenant::GRAPH_APP_ID;
use crate::world::World;

/// A refusal.
#[derive(Clone, Debug)]
pub(crate) struct GraphError {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// The code of the one entry in `details`, if there is one.
    detail: Option<&'static str>,
}

impl GraphError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), detail: None }
    }

    fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Request_BadRequest", message)
    }

    /// A query that the directory does not support.
    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Request_UnsupportedQuery", message)
    }

    /// A request that the gateway cannot parse.
    pub(crate) fn gateway(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    pub(crate) fn token(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message)
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        )
    }

    pub(crate) fn not_found(id: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Request_ResourceNotFound",
            format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present."),
        )
    }

    pub(crate) fn invalid_id(text: &str) -> Self {
        Self::bad(format!("Invalid object identifier '{text}'."))
    }

    pub(crate) fn invalid_assignment_id() -> Self {
        Self::bad("Invalid resource identifier for EntitlementGrant")
    }

    pub(crate) fn missing(property: &str, resource: &str) -> Self {
        Self::bad(format!("A value is required for property '{property}' of resource '{resource}'."))
    }

    pub(crate) fn invalid_properties() -> Self {
        Self::bad("One or more properties are invalid.")
    }

    pub(crate) fn unreadable_body() -> Self {
        Self::gateway(
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
        )
    }

    pub(crate) fn reference() -> Self {
        Self::bad("Not a valid reference update.")
    }

    /// `None`: the application is not named.
    pub(crate) fn role_not_found(app_id: Option<Uuid>) -> Self {
        let name = app_id.map_or_else(String::new, |id| format!(" '{id}'"));
        Self::bad(format!("Permission being assigned was not found on application{name}."))
    }

    pub(crate) fn duplicate(stop: bool) -> Self {
        let stop = if stop { "." } else { "" };
        Self::bad(format!("Permission being assigned already exists on the object{stop}"))
    }

    /// A role that is still enabled is changed or left out.
    pub(crate) fn enabled_role() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "CannotDeleteOrUpdateEnabledEntitlement",
            "Permission (scope or role) cannot be deleted or updated unless disabled first.",
        )
    }

    pub(crate) fn duplicate_values() -> Self {
        Self::bad("Request contains a property with duplicate values.")
    }

    pub(crate) fn invalid_value(property: &str, resource: &str) -> Self {
        Self::bad(format!("Invalid value specified for property '{property}' of resource '{resource}'."))
    }

    pub(crate) fn unknown_property(property: &str, kind: &str) -> Self {
        Self::gateway(format!(
            "The property '{property}' does not exist on type 'microsoft.graph.{kind}'. Make sure to only use property \
             names that are defined by the type."
        ))
    }

    pub(crate) fn service_principal_exists(app_id: Uuid) -> Self {
        let message = format!(
            "The service principal cannot be created, updated, or restored because the service principal name {app_id} \
             is already in use."
        );
        let error = Self::new(StatusCode::CONFLICT, "Request_MultipleObjectsWithSameKeyValue", message);
        Self { detail: Some("ObjectConflict"), ..error }
    }

    pub(crate) fn no_backing_application(app_id: Uuid) -> Self {
        let error = Self::bad(format!(
            "The appId '{app_id}' of the service principal does not reference a valid application object."
        ));
        Self { detail: Some("NoBackingApplicationObject"), ..error }
    }

    /// The reporting service's own words for a missing scope.
    pub(crate) fn audit_scope() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Authentication_MSGraphPermissionMissing",
            "The principal does not have required Microsoft Graph permission(s): AuditLog.Read.All to call this API.",
        )
    }

    /// The reporting service's own words for a missing directory role.
    pub(crate) fn audit_role() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Authentication_RequestFromUnsupportedUserRole",
            "User is not in the allowed roles",
        )
    }

    pub(crate) fn batch(message: impl Into<String>) -> Self {
        Self::gateway(message)
    }

    pub(crate) fn batch_too_large(code: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, "Number of batch request steps exceeds the maximum value of 20.")
    }

    pub(crate) fn failed_dependency(code: &'static str) -> Self {
        Self::new(StatusCode::FAILED_DEPENDENCY, code, "Failed dependency")
    }

    /// Graph may have it, the emulator has not.
    pub(crate) fn unimplemented(what: &str) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, "notImplemented", format!("The emulator does not implement {what}."))
    }

    /// What the emulator lacks, if that is what this says.
    pub(crate) fn missing_feature(&self) -> Option<&str> {
        (self.status == StatusCode::NOT_IMPLEMENTED).then_some(self.message.as_str())
    }

    pub(crate) fn method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        )
    }

    pub(crate) fn segment(segment: &str) -> Self {
        Self::gateway(format!("Resource not found for the segment '{segment}'."))
    }

    pub(crate) fn version(version: &str) -> Self {
        Self::gateway(format!("Invalid version: {version}"))
    }

    pub(crate) fn count_segment() -> Self {
        Self::bad("$count is not currently supported.")
    }

    pub(crate) fn page_size(text: &str) -> Self {
        Self::unsupported(format!("Invalid page size specified: '{text}'. Must be between 1 and 999 inclusive."))
    }

    pub(crate) fn page_token() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "Directory_ExpiredPageToken",
            "The specified page token value has expired and can no longer be included in your request.",
        )
    }

    pub(crate) fn select(property: &str, kind: &str) -> Self {
        Self::gateway(format!(
            "Parsing OData Select and Expand failed: Could not find a property named '{property}' on type \
             'microsoft.graph.{kind}'."
        ))
    }

    pub(crate) fn search_header() -> Self {
        Self::unsupported(
            "Request with $search query parameter only works through MSGraph with a special request header: \
             'ConsistencyLevel: eventual'",
        )
    }

    pub(crate) fn advanced(operator: &str) -> Self {
        Self::unsupported(format!(
            "Operator '{operator}' is not supported because the required parameters might be missing. Try adding \
             $count=true query parameter and ConsistencyLevel:eventual header. Refer to \
             https://aka.ms/graph-docs/advanced-queries for more information"
        ))
    }

    pub(crate) fn unindexed(property: &str, resource: &str) -> Self {
        Self::unsupported(format!(
            "Unsupported or invalid query filter clause specified for property '{property}' of resource '{resource}'."
        ))
    }

    pub(crate) fn sorting() -> Self {
        Self::unsupported("Sorting not supported for current query.")
    }

    pub(crate) fn filter(text: &str) -> Self {
        Self::gateway(format!("Invalid filter clause: {text}"))
    }

    /// The documented refusal of a bare status, for faults.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            400 => Self::bad("One or more properties are invalid."),
            401 => Self::token("Lifetime validation failed, the token is expired."),
            403 => Self::forbidden(),
            404 => Self::not_found("00000000-0000-0000-0000-000000000000"),
            405 => Self::method(),
            409 => Self::new(status, "Directory_ConcurrencyViolation", "Directory concurrency violation."),
            429 => Self::new(status, "TooManyRequests", "Please retry again later."),
            502 => Self::new(status, "BadGateway", "The gateway received an invalid response."),
            503 => Self::new(status, "ServiceUnavailable", "The service is temporarily unavailable."),
            504 => Self::new(status, "GatewayTimeout", "The gateway did not receive a timely response."),
            _ => Self::new(status, "InternalServerError", "An internal server error occurred."),
        }
    }

    /// The body, in Graph's shape.
    fn body(&self, date: &str, request_id: &str, client_request_id: &str) -> Value {
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            return json!({"error": {
                "code": self.code,
                "innerError": {
                    "code": "429", "date": date, "message": "Please retry after",
                    "request-id": request_id, "client-request-id": client_request_id, "status": "429",
                },
                "message": self.message,
            }});
        }
        if let Some(detail) = self.detail {
            return json!({"error": {
                "code": self.code,
                "message": self.message,
                "details": [{"code": detail, "message": self.message, "target": "None", "blockedWord": "", "prefix": "", "suffix": ""}],
                "innerError": {"date": date, "request-id": request_id, "client-request-id": client_request_id},
            }});
        }
        json!({"error": {
            "code": self.code,
            "message": self.message,
            "innerError": {"date": date, "request-id": request_id, "client-request-id": client_request_id},
        }})
    }

    /// The answer that carries it.
    pub(crate) fn answer(&self, world: &World, request: &Incoming) -> Answer {
        let request_id = Uuid::new_v4().to_string();
        let client_request_id = request.header("client-request-id").unwrap_or(&request_id).to_owned();
        let body = self.body(&to_zoneless(world.clock.now()), &request_id, &client_request_id);
        let mut answer = Answer::json(self.status, "application/json", &body).header("request-id", &request_id);
        if self.status == StatusCode::UNAUTHORIZED {
            let sign_in = &world.origins.sign_in;
            answer.set(
                "www-authenticate",
                &format!(
                    "Bearer realm=\"\", authorization_uri=\"{sign_in}/common/oauth2/authorize\", \
                     client_id=\"{GRAPH_APP_ID}\""
                ),
            );
        }
        answer
    }
}
