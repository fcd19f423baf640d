//! Lists: which rows pass filter and search, in which order, which are on this page, and the envelope around them.

use chrono::{DateTime, Utc};
use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::errors::GraphError;
use super::filter::{Field, Filter, Schema};
use super::permissions::Want;
use super::query::Start;
use super::routes::Key;
use super::search::Search;
use super::{Body, Call, Reply, wire};
use crate::tenant::directory::Directory;
use crate::tenant::shelf::{Shelf, Shelved};

/// A collection of directory objects.
pub(crate) struct Collection<T: 'static> {
    /// Its path after the version.
    pub(crate) path: &'static str,
    /// Where its objects lie.
    pub(crate) shelf: fn(&Directory) -> &Shelf<T>,
    pub(crate) schema: &'static Schema,
    /// Every property in wire order.
    pub(crate) properties: &'static [&'static str],
    /// Properties that are written only if they are selected.
    pub(crate) on_request: &'static [&'static str],
    /// The properties in Graph's advice to select some.
    pub(crate) tip: &'static str,
    /// A property for the filter.
    pub(crate) field: for<'a> fn(&'a T, &str) -> Field<'a>,
    /// A property for the wire.
    pub(crate) write: fn(&T, &str) -> Value,
    /// Name and description, which can be searched.
    pub(crate) searched: for<'a> fn(&'a T) -> (&'a str, Option<&'a str>),
}

/// Filter, search and order of a request, held against the rules for advanced queries.
struct Selection {
    filter: Option<Filter>,
    search: Option<Search>,
    /// The number of the order to sort by, and true if descending.
    order: Option<(usize, bool)>,
}

impl<T: Shelved> Collection<T> {
    fn selection(&self, call: &Call<'_>, advanced: bool) -> Result<Selection, GraphError> {
        let query = call.query;
        let filter = match &query.filter {
            Some(text) => Some(Filter::parse(text, self.schema, advanced)?),
            None => None,
        };
        let search = match &query.search {
            Some(_) if !query.eventual => return Err(GraphError::search_header()),
            Some(text) => Some(Search::parse(text, self.schema.resource)?),
            None => None,
        };
        let order = match &query.order_by {
            Some(_) if !advanced => return Err(GraphError::sorting()),
            Some(text) => {
                let (property, descending) = order(text)?;
                let number = T::ORDERS.iter().position(|(name, _)| property.eq_ignore_ascii_case(name));
                Some((number.ok_or_else(GraphError::sorting)?, descending))
            }
            None => None,
        };
        Ok(Selection { filter, search, order })
    }

    fn chosen(&self, call: &Call<'_>) -> Result<Option<Vec<&'static str>>, GraphError> {
        let known: Vec<&'static str> = self.properties.iter().chain(self.on_request).copied().collect();
        call.query.selected(&known, self.schema.type_name)
    }

    fn takes(&self, selection: &Selection, row: &T) -> bool {
        let found = |search: &Search| {
            let (name, description) = (self.searched)(row);
            search.finds(name, description)
        };
        selection.filter.as_ref().is_none_or(|filter| filter.passes(&|name: &str| (self.field)(row, name)))
            && selection.search.as_ref().is_none_or(found)
    }

    /// A page of the list.
    pub(crate) fn list(&self, call: &Call<'_>) -> Result<Reply, GraphError> {
        call.require(Want::List)?;
        let size = call.query.top(call.unverified().default_page_size)?;
        let chosen = self.chosen(call)?;
        let selection = self.selection(call, call.query.advanced())?;
        let start = call.query.start()?;
        let directory = call.directory();
        let shelf = (self.shelf)(&directory);
        let page = match selection.order {
            None => {
                let rows = shelf.from(start.position()?, call.at);
                cut(rows.filter(|(_, row)| self.takes(&selection, row)), size).then_at(Start::At)
            }
            Some((order, descending)) => {
                let place = start.place()?;
                let rows = shelf.sorted_from(order, descending, place.as_ref(), call.at);
                let next = |(key, position): &(String, usize)| Start::Keyed(key.clone(), *position);
                cut(rows.filter(|(_, row)| self.takes(&selection, row)), size).then_at(next)
            }
        };
        // Without the header $count=true is silently passed over.
        let count = (call.query.advanced() && call.query.first_page())
            .then(|| shelf.from(0, call.at).filter(|(_, row)| self.takes(&selection, row)).count());
        let rows = wire::array(page.rows, self.properties, chosen.as_deref(), |row, name| (self.write)(row, name));
        let around = Envelope {
            context: format!("{}{}", self.path, selection_text(chosen.as_deref())),
            count,
            link: page.next.map(|next| next_link(call, self.path, &next)),
            tips: chosen.is_none().then(|| self.advice("")),
        };
        Ok(Reply::page(envelope(call, around, &rows)))
    }

    /// How many there are, as `$count` says it.
    pub(crate) fn count(&self, call: &Call<'_>) -> Result<Reply, GraphError> {
        call.require(Want::List)?;
        if !call.query.eventual {
            return Err(GraphError::count_segment());
        }
        call.only(&["filter", "search", "count"])?;
        let selection = self.selection(call, true)?;
        let directory = call.directory();
        let rows = (self.shelf)(&directory).from(0, call.at);
        let count = rows.filter(|(_, row)| self.takes(&selection, row)).count();
        Ok(Reply { status: StatusCode::OK, body: Body::Text(count.to_string()), location: None })
    }

    /// The one that a path names, as far as the replica has it that is as far as `at`.
    pub(crate) fn find<'a>(
        &self,
        directory: &'a Directory,
        key: Key<'_>,
        at: Option<DateTime<Utc>>,
    ) -> Result<&'a T, GraphError> {
        let id = key.guid()?;
        let shelf = (self.shelf)(directory);
        let found = match key {
            Key::Id(_) => shelf.get(id, at),
            Key::AppId(_) => shelf.of_app(id, at),
        };
        found.ok_or_else(|| GraphError::not_found(key.text()))
    }

    /// One by its id or app id.
    pub(crate) fn single(&self, call: &Call<'_>, key: Key<'_>) -> Result<Reply, GraphError> {
        call.require(Want::Read)?;
        call.only(&["select"])?;
        let directory = call.directory();
        let row = self.find(&directory, key, call.at)?;
        Ok(Reply::ok(self.entity(call, row)?))
    }

    /// The body of one.
    pub(crate) fn entity(&self, call: &Call<'_>, row: &T) -> Result<Value, GraphError> {
        let chosen = self.chosen(call)?;
        let mut body = Map::new();
        let context =
            format!("{}/v1.0/$metadata#{}{}/$entity", call.graph(), self.path, selection_text(chosen.as_deref()));
        body.insert("@odata.context".to_owned(), json!(context));
        if chosen.is_none() {
            body.insert("@microsoft.graph.tips".to_owned(), json!(self.advice("('<guid>')")));
        }
        if let Value::Object(properties) =
            wire::object(self.properties, chosen.as_deref(), |name| (self.write)(row, name))
        {
            body.extend(properties);
        }
        Ok(Value::Object(body))
    }

    fn advice(&self, key: &str) -> String {
        format!(
            "Use $select to choose only the properties your app needs, as this can lead to performance improvements. \
             For example: GET {}{key}?$select={}",
            self.path, self.tip
        )
    }
}

/// Property and direction of `$orderby`.
pub(crate) fn order(text: &str) -> Result<(&str, bool), GraphError> {
    let mut words = text.split_whitespace();
    let property = words.next().unwrap_or_default();
    let descending = match words.next() {
        None => false,
        Some(word) if word.eq_ignore_ascii_case("asc") => false,
        Some(word) if word.eq_ignore_ascii_case("desc") => true,
        Some(_) => return Err(GraphError::gateway(format!("Syntax error in '$orderby={text}'."))),
    };
    if words.next().is_some() {
        return Err(GraphError::sorting());
    }
    Ok((property, descending))
}

/// A page cut from a list, and where the next one begins.
pub(crate) struct Page<T, P> {
    pub(crate) rows: Vec<T>,
    pub(crate) next: Option<P>,
}

impl<T, P> Page<T, P> {
    fn then_at(self, start: impl FnOnce(P) -> Start) -> Page<T, Start> {
        Page { rows: self.rows, next: self.next.map(start) }
    }
}

/// Takes a page from rows that carry their places. It reads one row further to know whether more follow; that row's
/// place is where the next page begins, so that what others write meanwhile moves nothing.
pub(crate) fn cut<T, P>(rows: impl Iterator<Item = (P, T)>, size: usize) -> Page<T, P> {
    let mut page = Vec::new();
    for (place, row) in rows {
        if page.len() == size {
            return Page { rows: page, next: Some(place) };
        }
        page.push(row);
    }
    Page { rows: page, next: None }
}

/// What goes around the rows.
#[derive(Default)]
pub(crate) struct Envelope {
    /// What follows `$metadata#`.
    pub(crate) context: String,
    pub(crate) count: Option<usize>,
    /// Where it goes on: `@odata.nextLink` or `@odata.deltaLink`, and the address.
    pub(crate) link: Option<(&'static str, String)>,
    pub(crate) tips: Option<String>,
}

/// The link to the page that begins so, of the list at this path.
pub(crate) fn next_link(call: &Call<'_>, path: &str, start: &Start) -> (&'static str, String) {
    ("@odata.nextLink", call.query.next_link(&format!("{}/v1.0/{path}", call.graph()), start))
}

/// The body of a page around its rows, which are a JSON array already.
pub(crate) fn envelope(call: &Call<'_>, envelope: Envelope, rows: &str) -> String {
    let mut head = Map::new();
    head.insert("@odata.context".to_owned(), json!(format!("{}/v1.0/$metadata#{}", call.graph(), envelope.context)));
    if let Some(count) = envelope.count {
        head.insert("@odata.count".to_owned(), json!(count));
    }
    if let Some((name, link)) = envelope.link {
        head.insert(name.to_owned(), json!(link));
    }
    if let Some(tips) = envelope.tips {
        head.insert("@microsoft.graph.tips".to_owned(), json!(tips));
    }
    let head = Value::Object(head).to_string();
    format!("{},\"value\":{rows}}}", head.trim_end_matches('}'))
}

/// `(id,displayName)` for a context with a selection, nothing without.
pub(crate) fn selection_text(chosen: Option<&[&'static str]>) -> String {
    chosen.map_or_else(String::new, |names| format!("({})", names.join(",")))
}
