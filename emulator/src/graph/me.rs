//! The signed-in person, the directory roles they hold, and the organization.

use serde_json::{Map, Value, json};

use super::errors::GraphError;
use super::listing::{Envelope, cut, envelope, next_link, selection_text};
use super::permissions::Want;
use super::query::Start;
use super::{Call, Reply, wire};
use crate::tenant::model::User;
use crate::tenant::{TENANT_DOMAIN, TENANT_ID, TENANT_NAME, fixed_id};

const USER: &[&str] = &[
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
];
const USER_ON_REQUEST: &[&str] = &["accountEnabled", "userType"];
const ORGANIZATION: &[&str] = &[
    "id",
    "deletedDateTime",
    "businessPhones",
    "city",
    "country",
    "countryLetterCode",
    "createdDateTime",
    "displayName",
    "preferredLanguage",
    "tenantType",
    "verifiedDomains",
];

fn person(call: &Call<'_>) -> Result<User, GraphError> {
    let id = call.caller.user;
    call.world.directory().user(id).cloned().ok_or_else(|| GraphError::not_found(&id.to_string()))
}

/// `GET /me`.
pub(crate) fn profile(call: &Call<'_>) -> Result<Reply, GraphError> {
    call.require(Want::ReadMe)?;
    call.only(&["select"])?;
    let known: Vec<&'static str> = USER.iter().chain(USER_ON_REQUEST).copied().collect();
    let chosen = call.query.selected(&known, "user")?;
    let user = person(call)?;
    let mut body = Map::new();
    body.insert(
        "@odata.context".to_owned(),
        json!(format!(
            "{}/v1.0/$metadata#users{}/$entity",
            call.world.origins.graph,
            selection_text(chosen.as_deref())
        )),
    );
    let object = wire::object(USER, chosen.as_deref(), |name| match name {
        "businessPhones" => json!([]),
        "displayName" => json!(user.display_name()),
        "givenName" => json!(user.given_name),
        "jobTitle" => json!(user.job_title),
        "mail" | "userPrincipalName" => json!(user.user_name),
        "preferredLanguage" => json!("en-US"),
        "surname" => json!(user.surname),
        "id" => json!(user.id.to_string()),
        "accountEnabled" => json!(true),
        "userType" => json!(if user.guest { "Guest" } else { "Member" }),
        _ => Value::Null,
    });
    if let Value::Object(properties) = object {
        body.extend(properties);
    }
    Ok(Reply::ok(Value::Object(body)))
}

/// `GET /me/transitiveMemberOf` and `/me/memberOf`, as a whole or cast to directory roles.
pub(crate) fn member_of(call: &Call<'_>, cast: bool) -> Result<Reply, GraphError> {
    const ROLE: &[&str] = &["id", "deletedDateTime", "description", "displayName", "roleTemplateId"];
    call.require(Want::ReadMemberships)?;
    call.only(SHORT_LIST)?;
    let size = call.query.top(call.unverified().default_page_size)?;
    let start = call.query.start()?.position()?;
    let chosen = call.query.selected(ROLE, "directoryRole")?;
    let mut roles = person(call)?.directory_roles;
    roles.retain(|role| !role.custom || call.unverified().lists_custom_roles);
    let count = call.query.advanced().then_some(roles.len());
    let kind = if cast { "directoryRoles" } else { "directoryObjects" };
    let properties = chosen.clone().unwrap_or_else(|| ROLE.to_vec());
    let typed: Vec<&'static str> = std::iter::once("@odata.type").filter(|_| !cast).chain(properties).collect();
    let page = cut(roles.into_iter().enumerate().skip(start), size);
    let rows = wire::array(page.rows, &typed, None, |role, name| match name {
        "@odata.type" => json!("#microsoft.graph.directoryRole"),
        "id" => json!(fixed_id("directory role", role.template_id).to_string()),
        "description" => json!(format!("Members of the role {}.", role.name)),
        "displayName" => json!(role.name),
        "roleTemplateId" => json!(role.template_id),
        _ => Value::Null,
    });
    let context = format!("{kind}{}", selection_text(chosen.as_deref()));
    let path = call.request.path.trim_start_matches("/v1.0/");
    let link = page.next.map(|at| next_link(call, path, &Start::At(at)));
    Ok(Reply::page(envelope(call, Envelope { context, count, link, ..Envelope::default() }, &rows)))
}

/// `GET /me/ownedObjects`: what the person owns, by ids; which other properties there are depends on each object.
pub(crate) fn owned(call: &Call<'_>) -> Result<Reply, GraphError> {
    call.require(Want::ReadOwned)?;
    call.only(SHORT_LIST)?;
    let size = call.query.top(call.unverified().default_page_size)?;
    let start = call.query.start()?.position()?;
    if call.query.selected(&["id"], "directoryObject")?.is_none() {
        return Err(GraphError::unimplemented("/me/ownedObjects without $select=id"));
    }
    let user = call.caller.user;
    let directory = call.world.directory();
    let applications = directory.applications().from(0, call.at).filter(|(_, row)| row.owners.contains(&user));
    let applications = applications.map(|(_, row)| ("#microsoft.graph.application", row.id));
    let principals = directory.service_principals().from(0, call.at).filter(|(_, row)| row.owners.contains(&user));
    let principals = principals.map(|(_, row)| ("#microsoft.graph.servicePrincipal", row.id));
    let owned: Vec<_> = applications.chain(principals).collect();
    let count = call.query.advanced().then_some(owned.len());
    let page = cut(owned.into_iter().enumerate().skip(start), size);
    let rows = wire::array(page.rows, &["@odata.type", "id"], None, |(kind, id), name| match name {
        "@odata.type" => json!(kind),
        _ => json!(id.to_string()),
    });
    let context = format!("directoryObjects{}", selection_text(Some(&["id"])));
    let link = page.next.map(|at| next_link(call, "me/ownedObjects", &Start::At(at)));
    Ok(Reply::page(envelope(call, Envelope { context, count, link, ..Envelope::default() }, &rows)))
}

/// Short lists take neither filter nor search nor order here.
const SHORT_LIST: &[&str] = &["select", "top", "count", "skiptoken"];

fn organization_property(name: &str) -> Value {
    match name {
        "id" => json!(TENANT_ID),
        "businessPhones" => json!([]),
        "city" => json!("Bremen"),
        "countryLetterCode" => json!("DE"),
        "createdDateTime" => json!("2015-03-09T08:12:00Z"),
        "displayName" => json!(TENANT_NAME),
        "preferredLanguage" => json!("en"),
        "tenantType" => json!("AAD"),
        "verifiedDomains" => json!([{
            "capabilities": "Email, OfficeCommunicationsOnline", "isDefault": true, "isInitial": true,
            "name": TENANT_DOMAIN, "type": "Managed",
        }]),
        _ => Value::Null,
    }
}

/// `GET /organization`: a list of one.
pub(crate) fn organizations(call: &Call<'_>) -> Result<Reply, GraphError> {
    call.require(Want::ReadOrganization)?;
    call.only(SHORT_LIST)?;
    call.query.top(call.unverified().default_page_size)?;
    let chosen = call.query.selected(ORGANIZATION, "organization")?;
    let rows = wire::array([()], ORGANIZATION, chosen.as_deref(), |(), name| organization_property(name));
    let context = format!("organization{}", selection_text(chosen.as_deref()));
    Ok(Reply::page(envelope(call, Envelope { context, ..Envelope::default() }, &rows)))
}

/// `GET /organization/{id}`.
pub(crate) fn organization(call: &Call<'_>, id: &str) -> Result<Reply, GraphError> {
    call.require(Want::ReadOrganization)?;
    call.only(&["select"])?;
    let chosen = call.query.selected(ORGANIZATION, "organization")?;
    if uuid::Uuid::parse_str(id).map_err(|_| GraphError::invalid_id(id))?.to_string() != TENANT_ID {
        return Err(GraphError::not_found(id));
    }
    let mut body = Map::new();
    let context = format!("{}/v1.0/$metadata#organization{}/$entity", call.graph(), selection_text(chosen.as_deref()));
    body.insert("@odata.context".to_owned(), json!(context));
    if let Value::Object(properties) = wire::object(ORGANIZATION, chosen.as_deref(), organization_property) {
        body.extend(properties);
    }
    Ok(Reply::ok(Value::Object(body)))
}
