//! Which path and method mean which operation; and which are real but not implemented.

use hyper::Method;
use percent_encoding::percent_decode_str;
use uuid::Uuid;

use super::errors::GraphError;
use super::{Call, Reply, applications, assignments, audits, delta, me, service_principals, wire};

/// What else lies at the root of Graph v1.0.
const REAL: &[&str] = &[
    "$metadata",
    "admin",
    "agreementAcceptances",
    "agreements",
    "appCatalogs",
    "applicationTemplates",
    "applications",
    "auditLogs",
    "authenticationMethodConfigurations",
    "authenticationMethodsPolicy",
    "certificateBasedAuthConfiguration",
    "chats",
    "communications",
    "compliance",
    "connections",
    "contacts",
    "contracts",
    "copilot",
    "dataPolicyOperations",
    "deviceAppManagement",
    "deviceManagement",
    "devices",
    "directory",
    "directoryObjects",
    "directoryRoleTemplates",
    "directoryRoles",
    "domainDnsRecords",
    "domains",
    "drive",
    "drives",
    "education",
    "employeeExperience",
    "external",
    "filterOperators",
    "functions",
    "groupLifecyclePolicies",
    "groupSettingTemplates",
    "groupSettings",
    "groups",
    "identity",
    "identityGovernance",
    "identityProtection",
    "identityProviders",
    "informationProtection",
    "invitations",
    "me",
    "oauth2PermissionGrants",
    "organization",
    "permissionGrants",
    "places",
    "planner",
    "policies",
    "print",
    "privacy",
    "reports",
    "roleManagement",
    "schemaExtensions",
    "scopedRoleMemberships",
    "search",
    "security",
    "servicePrincipals",
    "shares",
    "sites",
    "solutions",
    "storage",
    "subscribedSkus",
    "subscriptions",
    "teams",
    "teamsTemplates",
    "teamwork",
    "tenantRelationships",
    "users",
];

/// What else lies below a service principal or an application.
const REAL_BELOW: &[&str] = &[
    "addKey",
    "addPassword",
    "addTokenSigningCertificate",
    "appManagementPolicies",
    "appRoleAssignedTo",
    "appRoleAssignments",
    "checkMemberGroups",
    "checkMemberObjects",
    "claimsMappingPolicies",
    "createdObjects",
    "createdOnBehalfOf",
    "delegatedPermissionClassifications",
    "endpoints",
    "extensionProperties",
    "federatedIdentityCredentials",
    "getMemberGroups",
    "getMemberObjects",
    "homeRealmDiscoveryPolicies",
    "inheritedAppRoleAssignments",
    "logo",
    "memberOf",
    "oauth2PermissionGrants",
    "ownedObjects",
    "owners",
    "remoteDesktopSecurityConfiguration",
    "removeKey",
    "removePassword",
    "restore",
    "setVerifiedPublisher",
    "synchronization",
    "tokenIssuancePolicies",
    "tokenLifetimePolicies",
    "transitiveMemberOf",
    "unsetVerifiedPublisher",
];

/// Headers that would change the answer, and do not here.
const HEADERS: &[&str] = &["if-match", "if-none-match", "prefer", "x-http-method", "x-http-method-override"];

/// Functions and actions on a whole collection.
const ON_COLLECTIONS: &[&str] = &["getAvailableExtensionProperties", "getByIds", "validateProperties"];

/// How a path names a service principal or an application.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key<'a> {
    Id(&'a str),
    AppId(&'a str),
}

impl Key<'_> {
    /// The text as it came.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Id(text) | Self::AppId(text) => text,
        }
    }

    /// The GUID; refuses what is none.
    pub(crate) fn guid(&self) -> Result<Uuid, GraphError> {
        Uuid::parse_str(self.text()).map_err(|_| match self {
            Self::Id(other) if other.contains('=') => GraphError::unimplemented(&format!("the key {other}")),
            _ => GraphError::invalid_id(self.text()),
        })
    }
}

/// Carries a request out.
pub(crate) fn route(call: &Call<'_>) -> Result<Reply, GraphError> {
    if let Some(header) = HEADERS.iter().find(|header| call.request.header(header).is_some()) {
        return Err(GraphError::unimplemented(&format!("the header {header}")));
    }
    for (header, taken) in [("consistencylevel", takes_level as fn(&str) -> bool), ("accept", takes_type)] {
        if let Some(value) = call.request.header(header)
            && !taken(value)
        {
            return Err(GraphError::unimplemented(&format!("{header}: {value}")));
        }
    }
    if !matches!(call.request.method, Method::GET | Method::HEAD) {
        call.only(&[])?;
    }
    let decode = |segment| percent_decode_str(segment).decode_utf8_lossy().into_owned();
    let segments: Vec<String> = call.request.path.trim_matches('/').split('/').map(decode).collect();
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["v1.0", rest @ ..] => root(call, rest),
        ["beta", ..] => Err(GraphError::unimplemented("the beta version")),
        ["oidc", "userinfo"] => Err(GraphError::unimplemented("userinfo")),
        [version, ..] => Err(GraphError::version(version)),
        [] => Err(GraphError::version("")),
    }
}

fn takes_level(level: &str) -> bool {
    level.eq_ignore_ascii_case("eventual")
}

/// JSON with as much metadata as is written here, be it only as one of several types, or a count as plain text.
fn takes_type(accepted: &str) -> bool {
    accepted.split(',').any(|range| {
        let mut parts = range.split(';').map(|part| part.trim().to_ascii_lowercase());
        let kind = parts.next().unwrap_or_default();
        let metadata = parts.find_map(|part| part.strip_prefix("odata.metadata=").map(str::to_owned));
        matches!(kind.as_str(), "" | "*/*" | "application/*" | "application/json" | "text/*" | "text/plain")
            && metadata.is_none_or(|metadata| metadata == "minimal")
    })
}

fn root(call: &Call<'_>, parts: &[&str]) -> Result<Reply, GraphError> {
    match parts {
        [] => Err(GraphError::unimplemented("the service document")),
        ["me"] | ["organization", _] if call.request.method == Method::PATCH => {
            Err(GraphError::unimplemented(&format!("changing /{}", parts.join("/"))))
        }
        ["me"] => read(call, || me::profile(call)),
        ["me", "transitiveMemberOf" | "memberOf"] => read(call, || me::member_of(call, false)),
        ["me", "transitiveMemberOf" | "memberOf", "microsoft.graph.directoryRole" | "graph.directoryRole"] => {
            read(call, || me::member_of(call, true))
        }
        ["me", "ownedObjects"] => read(call, || me::owned(call)),
        ["me", below, ..] => Err(GraphError::unimplemented(&format!("/me/{below}"))),
        ["organization"] => read(call, || me::organizations(call)),
        ["organization", id] => read(call, || me::organization(call, id)),
        ["auditLogs", "directoryAudits"] => read(call, || audits::list(call)),
        ["auditLogs", "directoryAudits", id] => read(call, || audits::single(call, id)),
        ["servicePrincipals"] => match call.request.method {
            Method::GET | Method::HEAD => service_principals::COLLECTION.list(call),
            Method::POST => service_principals::create(call),
            _ => Err(GraphError::method()),
        },
        ["servicePrincipals", "$count"] => read(call, || service_principals::COLLECTION.count(call)),
        ["servicePrincipals", "delta" | "delta()" | "microsoft.graph.delta" | "microsoft.graph.delta()"] => {
            read(call, || delta::list(call))
        }
        ["servicePrincipals" | "applications", segment, ..]
            if segment.contains('.') || ON_COLLECTIONS.iter().any(|real| segment.starts_with(real)) =>
        {
            Err(GraphError::unimplemented(&format!("/{}", parts.join("/"))))
        }
        ["servicePrincipals", id, rest @ ..] => service_principal(call, Key::Id(id), rest),
        ["applications"] => match call.request.method {
            Method::GET | Method::HEAD => applications::COLLECTION.list(call),
            Method::POST => applications::create(call),
            _ => Err(GraphError::method()),
        },
        ["applications", "$count"] => read(call, || applications::COLLECTION.count(call)),
        ["applications", "delta" | "delta()" | "microsoft.graph.delta" | "microsoft.graph.delta()"] => {
            Err(GraphError::unimplemented("/applications/delta"))
        }
        ["applications", id, rest @ ..] => application(call, Key::Id(id), rest),
        [segment, rest @ ..] => {
            if let Some(key) = in_parentheses(segment, "servicePrincipals") {
                return service_principal(call, key, rest);
            }
            if let Some(key) = in_parentheses(segment, "applications") {
                return application(call, key, rest);
            }
            let name = segment.split_once('(').map_or(*segment, |(name, _)| name);
            if REAL.iter().any(|real| real.eq_ignore_ascii_case(name)) {
                return Err(GraphError::unimplemented(&format!("/{}", parts.join("/"))));
            }
            Err(GraphError::segment(segment))
        }
    }
}

/// `servicePrincipals(appId='…')` or `servicePrincipals('…')`.
fn in_parentheses<'a>(segment: &'a str, collection: &str) -> Option<Key<'a>> {
    let key = segment.strip_prefix(collection)?.strip_prefix('(')?.strip_suffix(')')?;
    let quoted = |text: &'a str| text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    match key.strip_prefix("appId=") {
        Some(value) => quoted(value).map(Key::AppId),
        None => Some(Key::Id(quoted(key).unwrap_or(key))),
    }
}

fn application(call: &Call<'_>, key: Key<'_>, rest: &[&str]) -> Result<Reply, GraphError> {
    match rest {
        [] => match call.request.method {
            Method::GET | Method::HEAD => applications::COLLECTION.single(call, key),
            Method::PATCH => applications::update(call, key),
            Method::DELETE => Err(GraphError::unimplemented("deleting an application")),
            _ => Err(GraphError::method()),
        },
        [segment, ..] => Err(below(segment)),
    }
}

fn service_principal(call: &Call<'_>, key: Key<'_>, rest: &[&str]) -> Result<Reply, GraphError> {
    match rest {
        [] => match call.request.method {
            Method::GET | Method::HEAD => service_principals::COLLECTION.single(call, key),
            Method::PATCH => Err(GraphError::unimplemented("changing a service principal")),
            Method::DELETE => Err(GraphError::unimplemented("deleting a service principal")),
            _ => Err(GraphError::method()),
        },
        [list @ ("appRoleAssignments" | "appRoleAssignedTo"), rest @ ..] => {
            let side = assignments::Side::of(list);
            match (rest, &call.request.method) {
                ([segment], _) if segment.starts_with('$') && *segment != "$count" => Err(below(segment)),
                ([], &Method::GET | &Method::HEAD) => assignments::list(call, key, side),
                ([], &Method::POST) => assignments::create(call, key, side),
                (["$count"], &Method::GET | &Method::HEAD) => assignments::count(call, key, side),
                ([id], &Method::GET | &Method::HEAD) => assignments::single(call, key, side, id),
                ([id], &Method::DELETE) => assignments::delete(call, key, side, id),
                ([] | [_], _) => Err(GraphError::method()),
                ([_, segment, ..], _) => Err(GraphError::segment(segment)),
            }
        }
        [segment, ..] => Err(below(segment)),
    }
}

fn below(segment: &str) -> GraphError {
    let name = segment.rsplit('.').next().unwrap_or(segment);
    let properties = wire::SERVICE_PRINCIPAL.iter().chain(wire::APPLICATION);
    if segment.starts_with('$') || REAL_BELOW.iter().chain(properties).any(|real| real.eq_ignore_ascii_case(name)) {
        return GraphError::unimplemented(&format!("…/{segment}"));
    }
    GraphError::segment(segment)
}

fn read(call: &Call<'_>, work: impl FnOnce() -> Result<Reply, GraphError>) -> Result<Reply, GraphError> {
    if matches!(call.request.method, Method::GET | Method::HEAD) { work() } else { Err(GraphError::method()) }
}
