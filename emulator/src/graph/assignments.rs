//! `…/appRoleAssignments` (what a principal was granted) and `…/appRoleAssignedTo` (who was granted a resource's roles):
//! the same rows from two sides, and the rules for making and removing them.

use hyper::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::errors::GraphError;
use super::filter::{Field, Filter, Kind, Property, Schema};
use super::listing::{Envelope, cut, envelope, next_link, selection_text};
use super::permissions::{Resource, Want};
use super::query::Start;
use super::routes::Key;
use super::service_principals::COLLECTION;
use super::{Body, Call, Reply, body, wire};
use crate::audit::Activity;
use crate::clock::to_ticks;
use crate::tenant::directory::{Asked, Directory, Refusal, Strictness, View};
use crate::tenant::model::Assignment;

/// From which side an assignment is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// `appRoleAssignments`: the path names the principal.
    Principal,
    /// `appRoleAssignedTo`: the path names the resource.
    Resource,
}

impl Side {
    pub(crate) fn of(segment: &str) -> Self {
        if segment == "appRoleAssignedTo" { Self::Resource } else { Self::Principal }
    }

    fn segment(self) -> &'static str {
        match self {
            Self::Principal => "appRoleAssignments",
            Self::Resource => "appRoleAssignedTo",
        }
    }

    fn owner(self, row: &Assignment) -> Uuid {
        match self {
            Self::Principal => row.principal_id,
            Self::Resource => row.resource_id,
        }
    }

    fn rows<'a>(
        self,
        view: View<'a>,
        id: Uuid,
        start: usize,
    ) -> Box<dyn Iterator<Item = (usize, &'a Assignment)> + 'a> {
        match self {
            Self::Principal => Box::new(view.held_by(id, start)),
            Self::Resource => Box::new(view.holders_of(id, start)),
        }
    }

    /// Documentation shows a context with the resource's id on one side and a bare one on the other.
    fn context(self, id: Uuid) -> String {
        match self {
            Self::Principal => "appRoleAssignments".to_owned(),
            Self::Resource => format!("servicePrincipals('{id}')/appRoleAssignedTo"),
        }
    }
}

static SCHEMA: Schema = Schema {
    type_name: "appRoleAssignment",
    resource: "AppRoleAssignment",
    properties: &[
        Property { name: "resourceId", kind: Kind::Guid, operators: "eq" },
        Property { name: "principalDisplayName", kind: Kind::Text, operators: "eq startswith" },
    ],
    known: wire::ASSIGNMENT,
    always_advanced: true,
};

fn field<'a>(row: &'a Assignment, name: &str) -> Field<'a> {
    match name {
        "resourceId" => Field::Owned(row.resource_id.to_string()),
        "principalDisplayName" => Field::Text(Some(&row.principal_name)),
        _ => Field::Text(None),
    }
}

fn filter(call: &Call<'_>, advanced: bool) -> Result<Option<Filter>, GraphError> {
    if call.query.order_by.is_some() {
        return Err(GraphError::sorting());
    }
    if call.query.search.is_some() {
        return Err(if call.query.eventual {
            GraphError::unsupported("$search is not supported on appRoleAssignment.")
        } else {
            GraphError::search_header()
        });
    }
    call.query.filter.as_deref().map(|text| Filter::parse(text, &SCHEMA, advanced)).transpose()
}

/// `GET …/appRoleAssignments` and `GET …/appRoleAssignedTo`.
pub(crate) fn list(call: &Call<'_>, key: Key<'_>, side: Side) -> Result<Reply, GraphError> {
    call.require(Want::List)?;
    let size = call.query.top(call.unverified().default_page_size)?;
    let chosen = call.query.selected(wire::ASSIGNMENT, SCHEMA.type_name)?;
    let filter = filter(call, call.query.advanced())?;
    let start = call.query.start()?.position()?;
    let directory = call.directory();
    let view = directory.view(call.at);
    let id = COLLECTION.find(&directory, key, call.at)?.id;
    let takes = |row: &Assignment| filter.as_ref().is_none_or(|filter| filter.passes(&|name: &str| field(row, name)));
    let page = cut(side.rows(view, id, start).filter(|(_, row)| takes(row)), size);
    let count = (call.query.advanced() && call.query.first_page())
        .then(|| side.rows(view, id, 0).filter(|(_, row)| takes(row)).count());
    let rows = wire::array(page.rows, wire::ASSIGNMENT, chosen.as_deref(), |row, name| wire::assignment(row, name));
    let path = format!("servicePrincipals/{id}/{}", side.segment());
    let around = Envelope {
        context: format!("{}{}", side.context(id), selection_text(chosen.as_deref())),
        count,
        link: page.next.map(|at| next_link(call, &path, &Start::At(at))),
        tips: None,
    };
    Ok(Reply::page(envelope(call, around, &rows)))
}

/// `GET …/$count`.
pub(crate) fn count(call: &Call<'_>, key: Key<'_>, side: Side) -> Result<Reply, GraphError> {
    call.require(Want::List)?;
    if !call.query.eventual {
        return Err(GraphError::count_segment());
    }
    let filter = filter(call, true)?;
    let directory = call.directory();
    let view = directory.view(call.at);
    let id = COLLECTION.find(&directory, key, call.at)?.id;
    let takes = |row: &Assignment| filter.as_ref().is_none_or(|filter| filter.passes(&|name: &str| field(row, name)));
    let count = side.rows(view, id, 0).filter(|(_, row)| takes(row)).count();
    Ok(Reply { status: StatusCode::OK, body: Body::Text(count.to_string()), location: None })
}

/// `GET …/{assignment id}`.
pub(crate) fn single(call: &Call<'_>, key: Key<'_>, side: Side, id: &str) -> Result<Reply, GraphError> {
    call.require(Want::Read)?;
    call.only(&[])?;
    let directory = call.directory();
    let view = directory.view(call.at);
    let owner = COLLECTION.find(&directory, key, call.at)?.id;
    let row = find(view, side, owner, id)?;
    Ok(Reply::ok(entity(call, side, owner, row)))
}

fn find<'a>(view: View<'a>, side: Side, owner: Uuid, id: &str) -> Result<&'a Assignment, GraphError> {
    let well_formed = id.len() == 43 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !well_formed {
        return Err(GraphError::invalid_assignment_id());
    }
    view.assignment(id).filter(|row| side.owner(row) == owner).ok_or_else(|| GraphError::not_found(id))
}

fn entity(call: &Call<'_>, side: Side, owner: Uuid, row: &Assignment) -> Value {
    let graph = &call.world.origins.graph;
    let mut body = Map::new();
    body.insert("@odata.context".to_owned(), json!(format!("{graph}/v1.0/$metadata#{}/$entity", side.context(owner))));
    if let Value::Object(properties) = wire::object(wire::ASSIGNMENT, None, |name| wire::assignment(row, name)) {
        body.extend(properties);
    }
    Value::Object(body)
}

fn asked(call: &Call<'_>) -> Result<Asked, GraphError> {
    let map = body::object(call)?;
    const KNOWN: &[&str] = &["principalId", "resourceId", "appRoleId", "@odata.type"];
    if let Some(foreign) = map.keys().find(|name| !KNOWN.contains(&name.as_str())) {
        // Known but read-only properties are as unwelcome as unknown ones.
        return Err(if wire::ASSIGNMENT.contains(&foreign.as_str()) {
            GraphError::invalid_properties()
        } else {
            GraphError::unknown_property(foreign, SCHEMA.type_name)
        });
    }
    let id = |name: &str| body::guid(&map, name)?.ok_or_else(|| GraphError::missing(name, SCHEMA.resource));
    let (principal, resource) = (id("principalId")?, id("resourceId")?);
    let role = match body::guid(&map, "appRoleId")? {
        Some(role) => role,
        None if call.unverified().missing_role_is_named => {
            return Err(GraphError::missing("appRoleId", SCHEMA.resource));
        }
        None => return Err(GraphError::invalid_properties()),
    };
    Ok(Asked { principal, resource, role })
}

/// The resource as the rules for rights see it.
fn resource(call: &Call<'_>, directory: &Directory, id: Option<Uuid>) -> Resource {
    let found = id.and_then(|id| directory.service_principal(id));
    found.map_or_else(Resource::default, |found| Resource {
        app: Some(found.app_id),
        owner: found.owners.contains(&call.caller.user),
    })
}

/// `POST …/appRoleAssignments` and `POST …/appRoleAssignedTo`.
pub(crate) fn create(call: &Call<'_>, key: Key<'_>, side: Side) -> Result<Reply, GraphError> {
    let asked = asked(call);
    let mut directory = call.directory();
    let owner = COLLECTION.find(&directory, key, call.at).map(|found| found.id);
    // Rights come first: who may not write learns nothing about the rest.
    let target = match (&owner, &asked) {
        (Ok(owner), _) if side == Side::Resource => Some(*owner),
        (_, Ok(asked)) => Some(asked.resource),
        _ => None,
    };
    let target = resource(call, &directory, target);
    call.require(Want::Assign(target))?;
    let owner = owner?;
    let asked = asked?;
    let in_body = match side {
        Side::Principal => asked.principal,
        Side::Resource => asked.resource,
    };
    if in_body != owner {
        return Err(GraphError::reference());
    }
    let unverified = call.unverified();
    let strictness = Strictness {
        refuse_disabled_roles: unverified.refuse_disabled_roles,
        refuse_user_only_roles: unverified.refuse_user_only_roles,
    };
    let created = to_ticks(call.world.clock.now());
    let row = directory.assign(asked, created, strictness, call.at).map_err(|refusal| match refusal {
        Refusal::PrincipalUnknown => GraphError::not_found(&asked.principal.to_string()),
        Refusal::ResourceUnknown => GraphError::not_found(&asked.resource.to_string()),
        Refusal::NotReplicated => GraphError::reference(),
        Refusal::RoleNotFound => {
            GraphError::role_not_found(target.app.filter(|_| unverified.role_not_found_names_application))
        }
        Refusal::Duplicate => GraphError::duplicate(unverified.duplicate_ends_with_stop),
    })?;
    record(call, &directory, Activity::AssignRole, &row);
    let location = format!("{}/v1.0/servicePrincipals/{owner}/{}/{}", call.graph(), side.segment(), row.id);
    Ok(Reply {
        status: StatusCode::CREATED,
        body: Body::Json(entity(call, side, owner, &row)),
        location: Some(location),
    })
}

/// `DELETE …/{assignment id}`. What a replica has not heard of can be removed: writes ask the directory itself.
pub(crate) fn delete(call: &Call<'_>, key: Key<'_>, side: Side, id: &str) -> Result<Reply, GraphError> {
    let mut directory = call.directory();
    let owner = COLLECTION.find(&directory, key, None).map(|found| found.id);
    let target = match (side, &owner) {
        (Side::Resource, Ok(owner)) => Some(*owner),
        _ => directory.assignment(id).map(|row| row.resource_id),
    };
    call.require(Want::Unassign(resource(call, &directory, target)))?;
    let row = find(directory.view(None), side, owner?, id)?.clone();
    directory.remove_assignment(id);
    record(call, &directory, Activity::RemoveRole, &row);
    Ok(Reply { status: StatusCode::NO_CONTENT, body: Body::None, location: None })
}

/// Enters a change in the audit log, which names the resource and, among the properties, role and principal.
fn record(call: &Call<'_>, directory: &Directory, activity: Activity, row: &Assignment) {
    let api = directory.service_principal(row.resource_id);
    let role = api.and_then(|api| api.app_roles.iter().find(|role| role.id == row.app_role_id));
    let principal = directory.service_principal(row.principal_id).map(|found| found.app_id.to_string());
    let text = |value: Option<&String>| value.cloned().unwrap_or_default();
    let properties = vec![
        ("AppRole.Id", row.app_role_id.to_string()),
        ("AppRole.Value", text(role.map(|role| &role.value))),
        ("AppRole.DisplayName", text(role.map(|role| &role.display_name))),
        ("AppRoleAssignment.CreatedDateTime", row.created.clone()),
        ("AppRoleAssignment.LastModifiedDateTime", row.created.clone()),
        ("ServicePrincipal.ObjectID", row.principal_id.to_string()),
        ("ServicePrincipal.DisplayName", row.principal_name.clone()),
        ("ServicePrincipal.AppId", text(principal.as_ref())),
        ("ServicePrincipal.Name", text(principal.as_ref())),
        ("TargetId.ServicePrincipalNames", api.map(|api| api.names.join(";")).unwrap_or_default()),
    ];
    call.record(activity, row.resource_id, &row.resource_name, properties);
}
