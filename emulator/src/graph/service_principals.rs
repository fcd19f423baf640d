//! `/servicePrincipals`: the list with its query rules, the count, one by id or app id.

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::auth::Want;
use super::errors::GraphError;
use super::filter::{Field, Filter, Kind, Property, Schema};
use super::listing::{Envelope, cut, envelope, selection};
use super::{Body, Call, Key, Reply, wire};
use crate::tenant::model::ServicePrincipal;

const TIPS: &str = "Use $select to choose only the properties your app needs, as this can lead to performance \
                    improvements. For example: GET servicePrincipals?$select=accountEnabled,addIns";

const SCHEMA: Schema = Schema {
    type_name: "servicePrincipal",
    resource: "ServicePrincipal",
    properties: &[
        Property { name: "id", kind: Kind::Text, operators: "eq in not" },
        Property { name: "accountEnabled", kind: Kind::Flag, operators: "eq ne not in" },
        Property { name: "alternativeNames", kind: Kind::List, operators: "eq not ge le startswith" },
        Property { name: "appId", kind: Kind::Text, operators: "eq ne not in startswith" },
        Property { name: "appOwnerOrganizationId", kind: Kind::Guid, operators: "eq ne" },
        Property { name: "displayName", kind: Kind::Text, operators: "eq ne not ge le in startswith" },
        Property { name: "servicePrincipalNames", kind: Kind::List, operators: "eq not startswith" },
        // No annotation in the metadata: eq and in are what is seen to work.
        Property { name: "servicePrincipalType", kind: Kind::Text, operators: "eq ne not in" },
        Property { name: "tags", kind: Kind::List, operators: "eq not ge le startswith" },
        Property { name: "createdDateTime", kind: Kind::Unindexed, operators: "" },
        Property { name: "appDisplayName", kind: Kind::Unindexed, operators: "" },
        Property { name: "appRoles", kind: Kind::Unindexed, operators: "" },
        Property { name: "appRoleAssignmentRequired", kind: Kind::Unindexed, operators: "" },
        Property { name: "description", kind: Kind::Unindexed, operators: "" },
        Property { name: "homepage", kind: Kind::Unindexed, operators: "" },
        Property { name: "replyUrls", kind: Kind::Unindexed, operators: "" },
        Property { name: "signInAudience", kind: Kind::Unindexed, operators: "" },
    ],
    always_advanced: false,
};

fn field<'a>(row: &'a ServicePrincipal, name: &str) -> Field<'a> {
    match name {
        "id" => Field::Owned(row.id.to_string()),
        "accountEnabled" => Field::Flag(row.account_enabled),
        "alternativeNames" => Field::List(&row.alternative_names),
        "appId" => Field::Owned(row.app_id.to_string()),
        "appOwnerOrganizationId" => match row.owner_tenant {
            Some(id) => Field::Owned(id.to_string()),
            None => Field::Text(None),
        },
        "displayName" => Field::Text(Some(&row.display_name)),
        "servicePrincipalNames" => Field::List(&row.names),
        "servicePrincipalType" => {
            Field::Text(Some(if row.managed_identity { "ManagedIdentity" } else { "Application" }))
        }
        "tags" => Field::List(&row.tags),
        _ => Field::Text(None),
    }
}

/// Filter, search and order of a request, held against the rules for advanced queries.
struct Selection {
    filter: Option<Filter>,
    search: Option<Search>,
    /// By display name, descending or not.
    order: Option<bool>,
}

impl Selection {
    fn read(call: &Call<'_>) -> Result<Self, GraphError> {
        let query = call.query;
        let filter = match &query.filter {
            Some(text) => Some(Filter::parse(text, &SCHEMA, query.advanced())?),
            None => None,
        };
        let search = match &query.search {
            Some(_) if !query.eventual => return Err(GraphError::search_header()),
            Some(text) => Some(Search::parse(text)?),
            None => None,
        };
        let order = match &query.order_by {
            Some(_) if !query.advanced() => {
                return Err(GraphError::unsupported("Sorting not supported for current query."));
            }
            Some(text) => Some(order(text)?),
            None => None,
        };
        Ok(Self { filter, search, order })
    }

    fn takes(&self, row: &ServicePrincipal) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.passes(&|name: &str| field(row, name)))
            && self.search.as_ref().is_none_or(|search| search.finds(row))
    }
}

fn order(text: &str) -> Result<bool, GraphError> {
    let mut words = text.split_whitespace();
    let property = words.next().unwrap_or_default();
    let descending = match words.next() {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(_) => return Err(GraphError::gateway(format!("Syntax error in '$orderby={text}'."))),
    };
    if !property.eq_ignore_ascii_case("displayName") || words.next().is_some() {
        return Err(GraphError::unsupported("Sorting not supported for current query."));
    }
    Ok(descending)
}

/// `$search="displayName:fleet"`: clauses of property and text, all or any of which must be met.
struct Search {
    clauses: Vec<(String, Vec<String>)>,
    any: bool,
}

impl Search {
    fn parse(text: &str) -> Result<Self, GraphError> {
        let trimmed = text.trim();
        let unquoted = |at: usize| {
            GraphError::gateway(format!("Syntax error: character ':' is not valid at position {at} in '{text}'."))
        };
        let mut clauses = Vec::new();
        let mut any = false;
        let mut rest = trimmed;
        loop {
            let Some(opened) = rest.strip_prefix('"') else {
                return Err(unquoted(rest.find(':').unwrap_or(0)));
            };
            let Some((clause, after)) = opened.split_once('"') else { return Err(unquoted(text.len())) };
            let Some((property, words)) = clause.split_once(':') else {
                return Err(GraphError::unsupported(
                    "Invalid $search clause: a property and a text are expected, as in \"displayName:text\".",
                ));
            };
            let property = property.trim().to_lowercase();
            if !matches!(property.as_str(), "displayname" | "description") {
                return Err(GraphError::unindexed(property.as_str(), SCHEMA.resource));
            }
            clauses.push((property, tokens(words)));
            let after = after.trim_start();
            if after.is_empty() {
                return Ok(Self { clauses, any });
            }
            rest = if let Some(next) = after.strip_prefix("OR ") {
                any = true;
                next.trim_start()
            } else {
                after.strip_prefix("AND ").unwrap_or(after).trim_start()
            };
        }
    }

    fn finds(&self, row: &ServicePrincipal) -> bool {
        let met = |(property, wanted): &(String, Vec<String>)| {
            let text = if property == "displayname" { Some(&row.display_name) } else { row.description.as_ref() };
            let found = text.map(|text| tokens(text)).unwrap_or_default();
            !wanted.is_empty() && wanted.iter().all(|want| found.iter().any(|token| token.starts_with(want)))
        };
        if self.any { self.clauses.iter().any(met) } else { self.clauses.iter().all(met) }
    }
}

/// Words as the search index cuts them: at anything but letters and digits, and where a capital begins.
fn tokens(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        if word.is_empty() {
            continue;
        }
        all.push(word.to_lowercase());
        let mut part = String::new();
        for c in word.chars() {
            if c.is_uppercase() && !part.is_empty() {
                all.push(std::mem::take(&mut part).to_lowercase());
            }
            part.push(c);
        }
        all.push(part.to_lowercase());
    }
    all
}

/// `GET /servicePrincipals`.
pub(crate) fn list(call: &Call<'_>) -> Result<Reply, GraphError> {
    call.caller.require(Want::Read)?;
    let size = call.query.top()?;
    let chosen = call.query.selected(wire::SERVICE_PRINCIPAL, SCHEMA.type_name)?;
    let wanted = Selection::read(call)?;
    let start = call.query.start()?;
    let directory = call.world.directory();
    let page = match wanted.order {
        None => cut(directory.service_principals_from(start).filter(|(_, row)| wanted.takes(row)), size),
        Some(descending) => {
            let mut rows: Vec<&ServicePrincipal> =
                directory.service_principals_from(0).map(|(_, row)| row).filter(|row| wanted.takes(row)).collect();
            rows.sort_by_cached_key(|row| row.display_name.to_lowercase());
            if descending {
                rows.reverse();
            }
            cut(rows.into_iter().enumerate().skip(start), size)
        }
    };
    // Without the header $count=true is silently passed over.
    let count = (call.query.advanced() && call.query.first_page())
        .then(|| directory.service_principals_from(0).filter(|(_, row)| wanted.takes(row)).count());
    let values = page
        .rows
        .iter()
        .map(|row| wire::object(wire::SERVICE_PRINCIPAL, chosen.as_deref(), |name| wire::service_principal(row, name)))
        .collect();
    let around = Envelope {
        path: "servicePrincipals",
        context: format!("servicePrincipals{}", selection(chosen.as_deref())),
        count,
        tips: chosen.is_none().then_some(TIPS),
    };
    Ok(Reply::ok(envelope(call, around, values, page.next)?))
}

/// `GET /servicePrincipals/$count`.
pub(crate) fn count(call: &Call<'_>) -> Result<Reply, GraphError> {
    call.caller.require(Want::Read)?;
    if !call.query.eventual {
        return Err(GraphError::count_segment());
    }
    let mut advanced = call.query.clone();
    advanced.count = true;
    let wanted = Selection::read(&Call { query: &advanced, ..*call })?;
    let count = call.world.directory().service_principals_from(0).filter(|(_, row)| wanted.takes(row)).count();
    Ok(Reply { status: StatusCode::OK, body: Body::Text(count.to_string()), location: None })
}

/// `GET /servicePrincipals/{id}` and `GET /servicePrincipals(appId='{appId}')`.
pub(crate) fn single(call: &Call<'_>, key: &Key<'_>) -> Result<Reply, GraphError> {
    call.caller.require(Want::Read)?;
    let chosen = call.query.selected(wire::SERVICE_PRINCIPAL, SCHEMA.type_name)?;
    let id = key.resolve(call.world)?;
    let directory = call.world.directory();
    let row = directory.service_principal(id).ok_or_else(|| GraphError::not_found(&id.to_string()))?;
    let graph = &call.world.origins.graph;
    let mut body = Map::new();
    body.insert(
        "@odata.context".to_owned(),
        json!(format!("{graph}/v1.0/$metadata#servicePrincipals{}/$entity", selection(chosen.as_deref()))),
    );
    if chosen.is_none() {
        let tip = "Use $select to choose only the properties your app needs, as this can lead to performance improvements. \
             For example: GET servicePrincipals('<guid>')?$select=accountEnabled,addIns";
        body.insert("@microsoft.graph.tips".to_owned(), json!(tip));
    }
    let object = wire::object(wire::SERVICE_PRINCIPAL, chosen.as_deref(), |name| wire::service_principal(row, name));
    if let Value::Object(properties) = object {
        body.extend(properties);
    }
    Ok(Reply::ok(Value::Object(body)))
}
