//! Why Graph did not do what was asked, in plain words, and what to do next.
//!
//! It never shows a text from outside unless it was made short and visible.

use std::time::Duration;

use super::verdict::{ErrorBody, judge};
use crate::auth::TokenError;
use crate::directory::{Family, human, prose};
use crate::http::{Response, TransportError};

/// What was being done, so that an error can name the right permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Listing the identities.
    ListIdentities,
    /// Listing the APIs.
    ListApis,
    /// Reading one identity.
    ReadIdentity,
    /// Reading one API.
    ReadApi,
    /// Reading what an identity holds.
    ReadHeld,
    /// Reading who holds an API's roles.
    ReadHolders,
    /// Reading the tenant's name.
    ReadOrganization,
    /// Reading the administrator's directory roles and what she owns.
    ReadMyRights,
    /// Assigning a role of such an API.
    Assign(Family),
    /// Removing an assignment of a role of such an API.
    Remove(Family),
    /// Several of these at once, as far as the answer is to all of them.
    Batch,
}

impl Operation {
    /// Whether it changes the directory.
    pub fn is_write(self) -> bool {
        matches!(self, Self::Assign(_) | Self::Remove(_) | Self::Batch)
    }
}

/// What kind of failure it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GraphErrorKind {
    /// No answer came.
    Network,
    /// No complete answer came in time.
    Timeout,
    /// The answer was larger than this product reads.
    TooLarge,
    /// The token was refused twice, or there is none: the administrator must sign in.
    SignInNeeded,
    /// The sign-in service refused a token for a reason that signing in does not mend.
    SignInRefused,
    /// A Conditional Access policy asks for more than the sign-in gave.
    PolicyNeedsMore,
    /// The token lacks the permission to change assignments.
    ScopeMissing,
    /// The administrator's directory role does not suffice; of a read, or the token's permissions do not.
    Forbidden,
    /// The object is not there, or not yet.
    NotFound,
    /// The same assignment exists already.
    AlreadyExists,
    /// The assignment to be removed exists no longer.
    AlreadyGone,
    /// The API has no such role, or not yet.
    RoleNotFound,
    /// The ids do not go together, or one of the objects is new and not known everywhere yet.
    NotValidReference,
    /// Somebody else changed the same object at the same moment.
    Conflict,
    /// Graph asks for fewer requests.
    Throttled {
        /// How long it asks to wait, if it says so.
        retry_after: Option<Duration>,
    },
    /// Graph is out of order at the moment.
    Unavailable,
    /// Graph does not accept the request.
    BadRequest,
    /// The answer is not what Graph's documentation promises.
    NotUnderstood,
    /// A list's next page lies on another server; it was not asked for.
    ForeignLink,
    /// A list does not end.
    EndlessList,
}

/// Why an operation failed. Small to carry: the content is boxed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.what())]
pub struct GraphError(Box<Content>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Content {
    operation: Operation,
    kind: GraphErrorKind,
    status: Option<u16>,
    code: String,
    message: String,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    /// Whether the request left this computer.
    sent: bool,
}

impl GraphError {
    /// A failure without an answer to quote.
    pub(crate) fn new(operation: Operation, kind: GraphErrorKind) -> Self {
        let (code, message) = Default::default();
        Self(Box::new(Content {
            operation,
            kind,
            status: None,
            code,
            message,
            request_id: None,
            retry_after: None,
            sent: true,
        }))
    }

    /// The same, of a request that has not left this computer.
    pub(crate) fn unsent(operation: Operation, kind: GraphErrorKind) -> Self {
        let mut error = Self::new(operation, kind);
        error.0.sent = false;
        error
    }

    /// No whole answer came.
    pub(crate) fn from_transport(operation: Operation, error: &TransportError) -> Self {
        let mut this = Self::new(operation, transport_kind(error));
        this.0.message = error.to_string();
        this
    }

    /// There was no token, so nothing was sent.
    pub(crate) fn from_token(operation: Operation, error: &TokenError) -> Self {
        let kind = match error {
            TokenError::SignInNeeded => GraphErrorKind::SignInNeeded,
            TokenError::Unreachable(error) => transport_kind(error),
            TokenError::Busy { status: 429, retry_after } => GraphErrorKind::Throttled { retry_after: *retry_after },
            TokenError::Busy { .. } => GraphErrorKind::Unavailable,
            TokenError::Refused(_) => GraphErrorKind::SignInRefused,
        };
        let mut this = Self::unsent(operation, kind);
        this.0.message = error.to_string();
        if let TokenError::Busy { retry_after, .. } = error {
            this.0.retry_after = *retry_after;
        }
        this
    }

    /// Graph refused. `retry_after` is what the answer asks for.
    pub(crate) fn from_response(operation: Operation, response: &Response, retry_after: Option<Duration>) -> Self {
        let body = ErrorBody::read(&response.body);
        let mut this = Self::new(operation, judge(operation, response.status, &body, retry_after));
        this.0.status = Some(response.status);
        this.0.request_id = request_id(response).or(body.request_id).filter(|id| is_request_id(id));
        this.0.code = body.code;
        this.0.message = body.message;
        this.0.retry_after = retry_after;
        this
    }

    /// The answer came whole and says that all went well, but it is not what the documentation promises.
    pub(crate) fn not_understood(operation: Operation, response: &Response, problem: String) -> Self {
        let mut this = Self::new(operation, GraphErrorKind::NotUnderstood);
        this.0.status = Some(response.status);
        this.0.request_id = request_id(response).filter(|id| is_request_id(id));
        this.0.message = problem;
        this
    }

    /// The answer demands more than a token can have without the administrator.
    pub(crate) fn policy_needs_more(operation: Operation, response: &Response) -> Self {
        let mut this = Self::from_response(operation, response, None);
        this.0.kind = GraphErrorKind::PolicyNeedsMore;
        this
    }

    /// The same of a write that was refused, sent with a token that does not carry the permission for it.
    pub(crate) fn without_scope(mut self) -> Self {
        if self.0.kind == GraphErrorKind::Forbidden {
            self.0.kind = GraphErrorKind::ScopeMissing;
        }
        self
    }

    /// The id belongs to a service principal of another kind.
    pub(crate) fn not_an_identity(response: &Response, kind: &str) -> Self {
        let mut this = Self::not_understood(Operation::ReadIdentity, response, String::new());
        this.0.kind = GraphErrorKind::NotFound;
        this.0.message = format!("servicePrincipalType is {kind}, not ManagedIdentity");
        this
    }

    /// The same, and why it is not believed.
    pub(crate) fn doubted(mut self, why: &str) -> Self {
        self.0.kind = GraphErrorKind::NotUnderstood;
        self.0.message = why.to_owned();
        self
    }

    /// The same, as one of the writes meets it that went together.
    pub(crate) fn of_one(&self, operation: Operation) -> Self {
        let mut this = self.clone();
        this.0.operation = operation;
        this
    }

    /// The same, with the id of the request around it if it has none of its own.
    pub(crate) fn within(mut self, envelope: &Response) -> Self {
        if self.0.request_id.is_none() {
            self.0.request_id = request_id(envelope);
        }
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> &GraphErrorKind {
        &self.0.kind
    }

    /// What was being done.
    pub fn operation(&self) -> Operation {
        self.0.operation
    }

    /// The HTTP status, if an answer came.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Graph's id of the request, for Microsoft's support.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long Graph asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether a write may have taken effect although it failed. Then its effect must be read back before anything is
    /// sent again (invariant 6).
    pub fn is_ambiguous(&self) -> bool {
        use GraphErrorKind::*;
        self.0.sent
            && self.0.operation.is_write()
            && matches!(self.0.kind, Network | Timeout | TooLarge | Unavailable | NotUnderstood)
    }

    /// Whether nobody answered who could have: the network is away, or Graph is.
    pub fn is_unreachable(&self) -> bool {
        matches!(self.0.kind, GraphErrorKind::Network | GraphErrorKind::Timeout | GraphErrorKind::Unavailable)
    }

    /// Whether the same may succeed in a moment.
    pub fn is_temporary(&self) -> bool {
        use GraphErrorKind::*;
        matches!(self.0.kind, Network | Timeout | Throttled { .. } | Unavailable | Conflict)
    }

    /// Whether the same may succeed later: in a moment, or after the administrator has been at Microsoft's pages.
    pub fn may_pass(&self) -> bool {
        self.is_temporary() || matches!(self.0.kind, GraphErrorKind::SignInNeeded | GraphErrorKind::PolicyNeedsMore)
    }

    /// What happened and why, in plain words.
    pub fn what(&self) -> String {
        let Content { operation, status, .. } = *self.0;
        let aim = match operation {
            Operation::ListIdentities => "read the managed identities",
            Operation::ListApis => "read the APIs",
            Operation::ReadIdentity => "read this identity",
            Operation::ReadApi => "read this API",
            Operation::ReadHeld => "read the roles that the identity holds",
            Operation::ReadHolders => "read who holds the API's roles",
            Operation::ReadOrganization => "read the tenant's name",
            Operation::ReadMyRights => "read your directory roles",
            Operation::Assign(_) => "assign the role",
            Operation::Remove(_) => "remove the role",
            Operation::Batch => "make the changes",
        };
        let cause = match &self.0.kind {
            GraphErrorKind::Network => "no answer came".to_owned(),
            GraphErrorKind::Timeout => "no answer came in time".to_owned(),
            GraphErrorKind::TooLarge => "the answer is larger than Rolegrant reads".to_owned(),
            GraphErrorKind::SignInNeeded => "your sign-in has ended".to_owned(),
            GraphErrorKind::SignInRefused => "the sign-in service refuses to renew your sign-in".to_owned(),
            GraphErrorKind::PolicyNeedsMore => {
                "a Conditional Access policy asks for more than your sign-in gave, such as a second factor".to_owned()
            }
            GraphErrorKind::ScopeMissing => format!("Rolegrant lacks the permission {WRITE_SCOPE}"),
            GraphErrorKind::Forbidden => match operation {
                Operation::Assign(family) | Operation::Remove(family) => {
                    format!("you lack the directory role {}", family.role_needed())
                }
                Operation::ReadOrganization | Operation::ReadMyRights => {
                    "the permission User.Read is missing".to_owned()
                }
                _ => format!("the permission {READ_SCOPE} is missing, or your account may not read the directory"),
            },
            GraphErrorKind::NotFound => match operation {
                Operation::Assign(_) => "the identity or the API does not exist, or is too new to be known everywhere",
                Operation::ReadIdentity if status == Some(200) => {
                    "this id belongs to something that is no managed identity"
                }
                Operation::ReadHeld => "the identity does not exist any longer",
                Operation::ReadHolders => "the API does not exist any longer",
                _ => "it does not exist, or not any longer",
            }
            .to_owned(),
            GraphErrorKind::AlreadyExists => "the identity holds it already".to_owned(),
            GraphErrorKind::AlreadyGone => "it is gone already".to_owned(),
            GraphErrorKind::RoleNotFound => "the API does not have this role any longer".to_owned(),
            GraphErrorKind::NotValidReference => {
                "Microsoft Graph cannot join the identity and the API yet; one of them is probably new".to_owned()
            }
            GraphErrorKind::Conflict => "somebody else changed it at the same moment".to_owned(),
            GraphErrorKind::Throttled { .. } => {
                "there were too many requests; Microsoft Graph asks for a pause".to_owned()
            }
            GraphErrorKind::Unavailable => "the service is out of order at the moment".to_owned(),
            GraphErrorKind::BadRequest => "Microsoft Graph does not accept the request".to_owned(),
            GraphErrorKind::NotUnderstood => format!("the answer cannot be understood ({})", shown(&self.0.message)),
            GraphErrorKind::ForeignLink => "the list goes on at another server, which was not asked".to_owned(),
            GraphErrorKind::EndlessList => "the list does not come to an end".to_owned(),
        };
        let status = status.filter(|status| *status >= 400 && self.0.code.is_empty());
        let status = status.map_or_else(String::new, |status| format!(" (status {status})"));
        let doubt = if self.is_ambiguous() { " It is not known whether it took effect." } else { "" };
        format!("Could not {aim}: {cause}{status}.{doubt}")
    }

    /// What to do now.
    pub fn next_step(&self) -> String {
        if self.is_ambiguous() {
            return "Look at the list again before you repeat it.".to_owned();
        }
        match (&self.0.kind, self.0.operation) {
            (GraphErrorKind::Network, _) => {
                "Check the network, and whether a proxy or an extension blocks Microsoft; then try again.".to_owned()
            }
            (GraphErrorKind::Timeout | GraphErrorKind::Unavailable, _) => "Try again in a few minutes.".to_owned(),
            (GraphErrorKind::SignInNeeded, _) => "Sign in again.".to_owned(),
            (GraphErrorKind::SignInRefused, _) => {
                "Sign out and in again; if that fails, check the app registration with the details below.".to_owned()
            }
            (GraphErrorKind::PolicyNeedsMore, _) => {
                "Continue at Microsoft, and meet what the policy asks for; you come back to this page.".to_owned()
            }
            (GraphErrorKind::ScopeMissing, _) => format!("Ask an administrator to grant Rolegrant {WRITE_SCOPE}."),
            (GraphErrorKind::Forbidden, Operation::Assign(_) | Operation::Remove(_)) => {
                "Activate the role and try again, or ask somebody who has it.".to_owned()
            }
            (GraphErrorKind::Forbidden, Operation::ReadOrganization | Operation::ReadMyRights) => {
                "Ask an administrator to grant Rolegrant the delegated permission User.Read.".to_owned()
            }
            (GraphErrorKind::Forbidden, _) => format!(
                "Ask an administrator to grant Rolegrant the delegated permission {READ_SCOPE}; guests also need a directory role."
            ),
            (GraphErrorKind::NotFound, Operation::Assign(_)) => {
                "Load the page anew; if one of them was just created, wait a minute and try again.".to_owned()
            }
            (GraphErrorKind::NotFound, _) => "Go back to the list and load it anew.".to_owned(),
            (GraphErrorKind::AlreadyExists | GraphErrorKind::AlreadyGone, _) => "There is nothing to do.".to_owned(),
            (GraphErrorKind::RoleNotFound, _) => "Load the API anew and choose one of the roles it has now.".to_owned(),
            (GraphErrorKind::NotValidReference, _) => "Wait a minute and try again.".to_owned(),
            (GraphErrorKind::Conflict, _) => "Look at the list again, then repeat it.".to_owned(),
            (GraphErrorKind::Throttled { retry_after: Some(time) }, _) => {
                format!("Try again in {}.", human(*time))
            }
            (GraphErrorKind::Throttled { .. }, _) => "Try again in a minute.".to_owned(),
            (
                GraphErrorKind::TooLarge
                | GraphErrorKind::BadRequest
                | GraphErrorKind::NotUnderstood
                | GraphErrorKind::ForeignLink
                | GraphErrorKind::EndlessList,
                _,
            ) => "Try again; if it happens again, report it with the request id and the details.".to_owned(),
        }
    }

    /// Graph's own status, code and message, made safe to show. Empty if there is nothing to tell.
    pub fn detail(&self) -> String {
        let mut parts = Vec::new();
        if let Some(status) = self.0.status {
            parts.push(format!("HTTP {status}"));
        }
        for text in [&self.0.code, &self.0.message] {
            if !text.is_empty() {
                parts.push(shown(text));
            }
        }
        parts.join(" · ")
    }
}

/// The delegated permission that reads need. <https://learn.microsoft.com/graph/api/serviceprincipal-list>
const READ_SCOPE: &str = "Application.Read.All";
/// The delegated permission that writes need, besides [`READ_SCOPE`].
const WRITE_SCOPE: &str = "AppRoleAssignment.ReadWrite.All";

fn transport_kind(error: &TransportError) -> GraphErrorKind {
    match error {
        TransportError::Network => GraphErrorKind::Network,
        TransportError::Timeout(_) => GraphErrorKind::Timeout,
        TransportError::TooLarge(_) => GraphErrorKind::TooLarge,
    }
}

/// Graph's id of a request, from the headers of the answer.
pub(super) fn request_id(response: &Response) -> Option<String> {
    response.header("request-id").filter(|id| is_request_id(id)).map(str::to_owned)
}

/// It is shown and copied as it is: a GUID as Graph writes it, or at least nothing but letters, digits and hyphens.
fn is_request_id(id: &str) -> bool {
    id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// A text from outside, short and visible.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(500).collect();
    prose(&short)
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    const ASSIGN: Operation = Operation::Assign(Family::Ordinary);
    const REMOVE: Operation = Operation::Remove(Family::Ordinary);

    fn from(operation: Operation, status: u16, code: &str, message: &str) -> GraphError {
        GraphError::from_response(operation, &testing::error(status, code, message).unwrap(), None)
    }

    fn kind(operation: Operation, status: u16, code: &str, message: &str) -> GraphErrorKind {
        from(operation, status, code, message).kind().clone()
    }

    /// SEC-116, SEC-131: it is shown and copied, so it must be what it says.
    #[test]
    fn a_request_id_is_one_or_is_left_out() {
        let with = |id: &str| {
            let mut answer = testing::with(testing::answer(500, "{}"), "request-id", id).unwrap();
            answer.headers.retain(|(name, value)| name != "request-id" || value == id);
            GraphError::from_response(ASSIGN, &answer, None).request_id().map(str::to_owned)
        };
        let id = "5e1f0c7a-3b52-4b0e-9d0c-0a4c5b8d7e6f";
        assert_eq!(with(id).as_deref(), Some(id));
        for other in ["<b>1</b>", "1\u{202e}2", "a b", &"1".repeat(65)] {
            assert_eq!(with(other), None, "{other}");
        }
    }

    #[test]
    fn knows_the_refusals_of_an_assignment() {
        use GraphErrorKind::*;
        let assign = |status, code, message| kind(ASSIGN, status, code, message);
        let bad = "Request_BadRequest";
        assert_eq!(assign(400, bad, "Permission being assigned already exists on the object"), AlreadyExists);
        assert_eq!(assign(400, bad, "Permission being assigned already exists on the object."), AlreadyExists);
        assert_eq!(assign(400, bad, "Permission being assigned was not found on application 'x'."), RoleNotFound);
        assert_eq!(assign(400, bad, "Not a valid reference update."), NotValidReference);
        assert_eq!(assign(400, bad, "One or more properties are invalid."), BadRequest);
        assert_eq!(assign(409, "Conflict", "EntitlementGrant entry already exists"), AlreadyExists);
        assert_eq!(assign(409, "Directory_ConcurrencyViolation", ""), Conflict);
        assert_eq!(
            assign(
                404,
                "Request_ResourceNotFound",
                "Resource 'x' does not exist or one of its queried reference-property objects are not present."
            ),
            NotFound
        );
        assert_eq!(assign(400, bad, "Specified resourceId was not found"), NotFound);
        assert_eq!(
            assign(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
            Forbidden
        );
        assert_eq!(assign(429, "TooManyRequests", ""), Throttled { retry_after: None });
    }

    #[test]
    fn what_is_gone_is_gone_for_a_removal_only() {
        use GraphErrorKind::*;
        let gone = "EntitlementGrant being updated or deleted is not found.";
        assert_eq!(kind(REMOVE, 400, "Request_BadRequest", gone), AlreadyGone);
        assert_eq!(kind(REMOVE, 404, "Request_ResourceNotFound", ""), AlreadyGone);
        assert_eq!(
            kind(REMOVE, 400, "Request_BadRequest", "Invalid resource identifier for EntitlementGrant"),
            BadRequest
        );
        assert_eq!(kind(ASSIGN, 400, "Request_BadRequest", gone), BadRequest);
        assert_eq!(kind(Operation::ReadHeld, 404, "Request_ResourceNotFound", ""), NotFound);
    }

    /// SEC-093
    #[test]
    fn a_policy_is_told_from_a_missing_permission() {
        let policy = from(Operation::ListApis, 403, "insufficient_claims", "");
        assert_eq!(policy.kind(), &GraphErrorKind::PolicyNeedsMore);
        assert!(policy.what().contains("Conditional Access"));
    }

    #[test]
    fn a_refused_read_names_the_permission() {
        let error = from(
            Operation::ListIdentities,
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        );
        assert!(error.what().contains("Application.Read.All") && error.next_step().contains("Application.Read.All"));
        assert!(from(Operation::ReadOrganization, 403, "", "").next_step().contains("User.Read"));
    }

    #[test]
    fn carries_the_request_id_from_header_or_body() {
        assert_eq!(from(ASSIGN, 403, "a", "b").request_id(), Some("r-1"));
        for inner in
            [r#""innerError":{"request-id":"id-7"}"#, r#""innererror":{"date":"x","innerError":{"request-id":"id-7"}}"#]
        {
            let body = format!(r#"{{"error":{{"code":"c","message":"m",{inner}}}}}"#);
            let response = Response { status: 400, headers: vec![], body: body.into_bytes() };
            assert_eq!(GraphError::from_response(ASSIGN, &response, None).request_id(), Some("id-7"));
        }
    }

    #[test]
    fn the_detail_is_graphs_own_words_made_safe() {
        let error = from(ASSIGN, 403, "Authorization_RequestDenied", "No \u{202E}privileges\0");
        assert_eq!(error.detail(), "HTTP 403 · Authorization_RequestDenied · No ⟨U+202E⟩privileges⟨U+0000⟩");
        let long = from(ASSIGN, 400, "x", &"y".repeat(100_000));
        assert!(long.detail().len() < 600);
        assert_eq!(GraphError::new(ASSIGN, GraphErrorKind::Network).detail(), "");
    }

    #[test]
    fn a_body_of_any_kind_is_survived() {
        for body in [
            &b""[..],
            b"<html>",
            b"[]",
            b"{}",
            b"{\"error\":null}",
            b"{\"error\":\"x\"}",
            b"{\"error\":{\"code\":5,\"innerError\":[]}}",
        ] {
            let response = Response { status: 503, headers: vec![], body: body.to_vec() };
            let error = GraphError::from_response(ASSIGN, &response, None);
            assert_eq!((error.kind(), error.request_id()), (&GraphErrorKind::Unavailable, None));
            assert!(error.what().contains("status 503"), "{}", error.what());
        }
    }

    #[test]
    fn every_kind_says_what_happened_and_what_to_do() {
        use GraphErrorKind::*;
        let operations = [
            Operation::ListIdentities,
            Operation::ListApis,
            Operation::ReadIdentity,
            Operation::ReadApi,
            Operation::ReadHeld,
            Operation::ReadHolders,
            Operation::ReadOrganization,
            Operation::ReadMyRights,
            ASSIGN,
            REMOVE,
            Operation::Assign(Family::Unknown),
            Operation::Batch,
        ];
        for kind in [
            Network,
            Timeout,
            TooLarge,
            SignInNeeded,
            SignInRefused,
            PolicyNeedsMore,
            ScopeMissing,
            Forbidden,
            NotFound,
            AlreadyExists,
            AlreadyGone,
            RoleNotFound,
            NotValidReference,
            Conflict,
            Throttled { retry_after: None },
            Throttled { retry_after: Some(Duration::from_secs(90)) },
            Unavailable,
            BadRequest,
            NotUnderstood,
            ForeignLink,
            EndlessList,
        ] {
            for operation in operations {
                let error = GraphError::new(operation, kind.clone());
                for text in [error.what(), error.next_step(), error.to_string()] {
                    assert!(text.ends_with('.') && text.len() > 10 && !text.contains(".."), "{text}");
                    assert!(text.starts_with(char::is_uppercase), "{text}");
                }
                assert_eq!(error.what().contains("not known whether"), error.is_ambiguous());
                assert!(!error.is_ambiguous() || operation.is_write());
            }
        }
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        let says = |secs| human(Duration::from_secs(secs));
        assert_eq!(
            [says(0), says(1), says(90), says(121), says(99_999)],
            ["1 second", "1 second", "90 seconds", "3 minutes", "28 hours"]
        );
    }
}
