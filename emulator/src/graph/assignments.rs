//! `…/appRoleAssignments` (what a principal was granted) and `…/appRoleAssignedTo` (who was granted a resource's roles):
//! the same rows from two sides, and the rules for making and removing them.

use hyper::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::auth::Want;
use super::errors::GraphError;
use super::filter::{Field, Filter, Kind, Property, Schema};
use super::listing::{Envelope, cut, envelope, selection};
use super::{Body, Call, Key, Reply, wire};
use crate::clock::to_ticks;
use crate::tenant::directory::{Directory, Refusal, Strictness};
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

    fn rows(self, directory: &Directory, id: Uuid, start: usize) -> Vec<(usize, &Assignment)> {
        match self {
            Self::Principal => directory.held_by(id, start).collect(),
            Self::Resource => directory.holders_of(id, start).collect(),
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

const SCHEMA: Schema = Schema {
    type_name: "appRoleAssignment",
    resource: "AppRoleAssignment",
    properties: &[
        Property { name: "resourceId", kind: Kind::Guid, operators: "eq" },
        Property { name: "principalDisplayName", kind: Kind::Text, operators: "eq startswith" },
        Property { name: "id", kind: Kind::Unindexed, operators: "" },
        Property { name: "appRoleId", kind: Kind::Unindexed, operators: "" },
        Property { name: "createdDateTime", kind: Kind::Unindexed, operators: "" },
        Property { name: "principalId", kind: Kind::Unindexed, operators: "" },
        Property { name: "principalType", kind: Kind::Unindexed, operators: "" },
        Property { name: "resourceDisplayName", kind: Kind::Unindexed, operators: "" },
    ],
    always_advanced: true,
};

fn field<'a>(row: &'a Assignment, name: &str) -> Field<'a> {
    match name {
        "resourceId" => Field::Owned(row.resource_id.to_string()),
        "principalDisplayName" => Field::Text(Some(&row.principal_name)),
        _ => Field::Text(None),
    }
}

fn filter(call: &Call<'_>) -> Result<Option<Filter>, GraphError> {
    if call.query.order_by.is_some() {
        return Err(GraphError::unsupported("Sorting not supported for current query."));
    }
    if call.query.search.is_some() {
        return Err(if call.query.eventual {
            GraphError::unsupported("$search is not supported on appRoleAssignment.")
        } else {
            GraphError::search_header()
        });
    }
    call.query.filter.as_deref().map(|text| Filter::parse(text, &SCHEMA, call.query.advanced())).transpose()
}

/// `GET …/appRoleAssignments` and `GET …/appRoleAssignedTo`.
pub(crate) fn list(call: &Call<'_>, key: &Key<'_>, side: Side) -> Result<Reply, GraphError> {
    call.caller.require(Want::Read)?;
    let size = call.query.top()?;
    let chosen = call.query.selected(wire::ASSIGNMENT, SCHEMA.type_name)?;
    let filter = filter(call)?;
    let start = call.query.start()?;
    let id = key.resolve(call.world)?;
    let directory = call.world.directory();
    let takes = |row: &Assignment| filter.as_ref().is_none_or(|filter| filter.passes(&|name: &str| field(row, name)));
    let page = cut(side.rows(&directory, id, start).into_iter().filter(|(_, row)| takes(row)), size);
    let count = (call.query.advanced() && call.query.first_page())
        .then(|| side.rows(&directory, id, 0).into_iter().filter(|(_, row)| takes(row)).count());
    let values = page
        .rows
        .iter()
        .map(|row| wire::object(wire::ASSIGNMENT, chosen.as_deref(), |name| wire::assignment(row, name)))
        .collect();
    let around = Envelope {
        path: &format!("servicePrincipals/{id}/{}", side.segment()),
        context: format!("{}{}", side.context(id), selection(chosen.as_deref())),
        count,
        tips: None,
    };
    Ok(Reply::ok(envelope(call, around, values, page.next)?))
}

/// `GET …/$count`.
pub(crate) fn count(call: &Call<'_>, key: &Key<'_>, side: Side) -> Result<Reply, GraphError> {
    call.caller.require(Want::Read)?;
    if !call.query.eventual {
        return Err(GraphError::count_segment());
    }
    let id = key.resolve(call.world)?;
    let count = side.rows(&call.world.directory(), id, 0).len();
    Ok(Reply { status: StatusCode::OK, body: Body::Text(count.to_string()), location: None })
}

/// `GET …/{assignment id}`.
pub(crate) fn single(call: &Call<'_>, key: &Key<'_>, side: Side, id: &str) -> Result<Reply, GraphError> {
    call.caller.require(Want::Read)?;
    let owner = key.resolve(call.world)?;
    let directory = call.world.directory();
    let row = find(&directory, side, owner, id)?;
    Ok(Reply::ok(entity(call, side, owner, row)))
}

fn find<'a>(directory: &'a Directory, side: Side, owner: Uuid, id: &str) -> Result<&'a Assignment, GraphError> {
    let well_formed = id.len() == 43 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !well_formed {
        return Err(GraphError::invalid_assignment_id());
    }
    directory.assignment(id).filter(|row| side.owner(row) == owner).ok_or_else(|| GraphError::not_found(id))
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

/// The three ids of a body.
struct Asked {
    principal: Uuid,
    resource: Uuid,
    role: Uuid,
}

fn body(call: &Call<'_>) -> Result<Asked, GraphError> {
    let is_json = call.request.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("json"));
    if !is_json {
        return Err(GraphError::unreadable_body());
    }
    let value: Value = serde_json::from_slice(&call.request.body).map_err(|_| GraphError::unreadable_body())?;
    let Value::Object(map) = &value else { return Err(GraphError::unreadable_body()) };
    const KNOWN: &[&str] = &["principalId", "resourceId", "appRoleId", "@odata.type"];
    if let Some(foreign) = map.keys().find(|name| !KNOWN.contains(&name.as_str())) {
        // Known but read-only properties are as unwelcome as unknown ones.
        return Err(if wire::ASSIGNMENT.contains(&foreign.as_str()) {
            GraphError::invalid_properties()
        } else {
            GraphError::gateway(format!(
                "The property '{foreign}' does not exist on type 'microsoft.graph.appRoleAssignment'. Make sure to \
                 only use property names that are defined by the type."
            ))
        });
    }
    let id = |name: &str| match map.get(name) {
        None | Some(Value::Null) => Err(GraphError::missing(name, SCHEMA.resource)),
        Some(Value::String(text)) => Uuid::parse_str(text).map_err(|_| {
            GraphError::gateway(format!("Cannot convert the literal '{text}' to the expected type 'Edm.Guid'."))
        }),
        Some(other) => {
            Err(GraphError::gateway(format!("Cannot convert the literal '{other}' to the expected type 'Edm.Guid'.")))
        }
    };
    Ok(Asked { principal: id("principalId")?, resource: id("resourceId")?, role: id("appRoleId")? })
}

/// `POST …/appRoleAssignments` and `POST …/appRoleAssignedTo`.
pub(crate) fn create(call: &Call<'_>, key: &Key<'_>, side: Side) -> Result<Reply, GraphError> {
    let owner = key.resolve(call.world);
    let asked = body(call);
    // Rights come first: who may not write learns nothing about the rest.
    let resource = match (&owner, &asked) {
        (Ok(owner), _) if side == Side::Resource => Some(*owner),
        (_, Ok(asked)) => Some(asked.resource),
        _ => None,
    };
    let app = resource.and_then(|id| call.world.directory().service_principal(id).map(|row| row.app_id));
    call.caller.require(Want::Assign(app))?;
    let owner = owner?;
    let asked = asked?;
    let in_body = match side {
        Side::Principal => asked.principal,
        Side::Resource => asked.resource,
    };
    if in_body != owner {
        return Err(GraphError::reference());
    }
    let strictness = Strictness {
        refuse_disabled_roles: call.world.options.refuse_disabled_roles,
        refuse_user_only_roles: call.world.options.refuse_user_only_roles,
    };
    let created = to_ticks(call.world.clock.now());
    let mut directory = call.world.directory();
    let made = directory.assign(asked.principal, asked.resource, asked.role, created, strictness);
    let row = made.map_err(|refusal| match refusal {
        Refusal::PrincipalUnknown => GraphError::not_found(&asked.principal.to_string()),
        Refusal::ResourceUnknown => GraphError::not_found(&asked.resource.to_string()),
        Refusal::RoleNotFound => GraphError::role_not_found(app.unwrap_or_default()),
        Refusal::Duplicate => GraphError::duplicate(),
    })?;
    let location = format!("{}/v1.0/servicePrincipals/{owner}/{}/{}", call.world.origins.graph, side.segment(), row.id);
    Ok(Reply {
        status: StatusCode::CREATED,
        body: Body::Json(entity(call, side, owner, &row)),
        location: Some(location),
    })
}

/// `DELETE …/{assignment id}`.
pub(crate) fn delete(call: &Call<'_>, key: &Key<'_>, side: Side, id: &str) -> Result<Reply, GraphError> {
    let owner = key.resolve(call.world);
    let app = {
        let directory = call.world.directory();
        let resource = match (side, &owner) {
            (Side::Resource, Ok(owner)) => Some(*owner),
            _ => directory.assignment(id).map(|row| row.resource_id),
        };
        resource.and_then(|id| directory.service_principal(id).map(|row| row.app_id))
    };
    call.caller.require(Want::Unassign(app))?;
    let owner = owner?;
    let mut directory = call.world.directory();
    find(&directory, side, owner, id)?;
    directory.remove_assignment(id);
    Ok(Reply { status: StatusCode::NO_CONTENT, body: Body::None, location: None })
}
