//! `/servicePrincipals/delta`: everything once, then on every further call what has changed since.

use serde_json::Value;

use super::errors::GraphError;
use super::listing::{Envelope, cut, envelope, next_link, selection_text};
use super::permissions::Want;
use super::query::Start;
use super::{Call, Reply, service_principals, wire};
use crate::tenant::model::ServicePrincipal;

const PATH: &str = "servicePrincipals/delta";

/// `GET /servicePrincipals/delta`. Its tokens count the changes that there had been when the round began.
pub(crate) fn list(call: &Call<'_>) -> Result<Reply, GraphError> {
    call.require(Want::List)?;
    let query = call.query;
    call.only(&["select", "top", "skiptoken", "deltatoken"])?;
    let size = query.top(call.unverified().default_page_size)?;
    let chosen = query.selected(wire::SERVICE_PRINCIPAL, service_principals::SCHEMA.type_name)?;
    let directory = call.directory();
    let write = |row: &ServicePrincipal| {
        wire::object(wire::SERVICE_PRINCIPAL, chosen.as_deref(), |name| wire::service_principal(row, name))
    };
    let (values, next, since): (Vec<Value>, Option<Start>, usize) = match query.delta_token.as_deref() {
        Some("latest") => (Vec::new(), None, directory.changes()),
        Some(token) => {
            let since = token.parse().map_err(|_| GraphError::page_token())?;
            let changed = directory.changed_after(since);
            let values =
                changed.iter().map(|(id, row)| row.map_or_else(|| service_principals::removed(*id), write)).collect();
            (values, None, directory.changes())
        }
        None => {
            let (from, since) = match query.start()? {
                Start::At(position) => (position, directory.changes()),
                Start::Keyed(since, position) => (position, since.parse().map_err(|_| GraphError::page_token())?),
            };
            let page = cut(directory.service_principals().from(from, call.at), size);
            let next = page.next.map(|position| Start::Keyed(since.to_string(), position));
            (page.rows.into_iter().map(write).collect(), next, since)
        }
    };
    let link = match next {
        Some(next) => next_link(call, PATH, &next),
        None => {
            let address = format!("{}/v1.0/{PATH}", call.graph());
            ("@odata.deltaLink", query.delta_link(&address, &since.to_string()))
        }
    };
    let context = format!("servicePrincipals{}", selection_text(chosen.as_deref()));
    let around = Envelope { context, link: Some(link), ..Envelope::default() };
    Ok(Reply::page(envelope(call, around, &Value::Array(values).to_string())))
}
