//! Lists: which rows pass filter and search, in which order, which are on this page, and the envelope around them.

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::errors::GraphError;
use super::filter::{Field, Filter, Schema};
use super::query::Start;
use super::search::Search;
use super::{Body, Call, Reply, wire};

/// The key by which a row is sorted.
type SortKey<T> = fn(&T) -> String;

/// A collection of directory objects.
pub(crate) struct Collection<T: 'static> {
    /// Its path after the version.
    pub(crate) path: &'static str,
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
    /// What it can be sorted by.
    pub(crate) orders: &'static [(&'static str, SortKey<T>)],
}

/// Filter, search and order of a request, held against the rules for advanced queries.
struct Selection<T: 'static> {
    filter: Option<Filter>,
    search: Option<Search>,
    /// The key to sort by, and true if descending.
    order: Option<(SortKey<T>, bool)>,
}

impl<T> Collection<T> {
    fn selection(&self, call: &Call<'_>, advanced: bool) -> Result<Selection<T>, GraphError> {
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
            Some(text) => Some(self.order(text)?),
            None => None,
        };
        Ok(Selection { filter, search, order })
    }

    fn order(&self, text: &str) -> Result<(SortKey<T>, bool), GraphError> {
        let (property, descending) = order(text)?;
        let known = self.orders.iter().find(|(name, _)| property.eq_ignore_ascii_case(name));
        known.map(|(_, key)| (*key, descending)).ok_or_else(GraphError::sorting)
    }

    fn chosen(&self, call: &Call<'_>) -> Result<Option<Vec<&'static str>>, GraphError> {
        let known: Vec<&'static str> = self.properties.iter().chain(self.on_request).copied().collect();
        call.query.selected(&known, self.schema.type_name)
    }

    fn takes(&self, selection: &Selection<T>, row: &T) -> bool {
        let found = |search: &Search| {
            let (name, description) = (self.searched)(row);
            search.finds(name, description)
        };
        selection.filter.as_ref().is_none_or(|filter| filter.passes(&|name: &str| (self.field)(row, name)))
            && selection.search.as_ref().is_none_or(found)
    }

    /// A page of the list; `rows` gives the rows from a position on.
    pub(crate) fn list<'a, I>(&self, call: &Call<'_>, rows: impl Fn(usize) -> I) -> Result<Reply, GraphError>
    where
        I: Iterator<Item = (usize, &'a T)>,
    {
        let size = call.query.top(call.unverified().default_page_size)?;
        let chosen = self.chosen(call)?;
        let selection = self.selection(call, call.query.advanced())?;
        let start = call.query.start()?;
        let passing = |from: usize| rows(from).filter(|(_, row)| self.takes(&selection, row));
        let page = match selection.order {
            None => cut(passing(start.position()?), size),
            Some((key, descending)) => sorted(passing(0), key, descending, &start, size),
        };
        // Without the header $count=true is silently passed over.
        let count = (call.query.advanced() && call.query.first_page()).then(|| passing(0).count());
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
    pub(crate) fn count<'a>(
        &self,
        call: &Call<'_>,
        rows: impl Iterator<Item = (usize, &'a T)>,
    ) -> Result<Reply, GraphError>
    where
        T: 'a,
    {
        if !call.query.eventual {
            return Err(GraphError::count_segment());
        }
        let selection = self.selection(call, true)?;
        let count = rows.filter(|(_, row)| self.takes(&selection, row)).count();
        Ok(Reply { status: StatusCode::OK, body: Body::Text(count.to_string()), location: None })
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
pub(crate) struct Page<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) next: Option<Start>,
}

/// Takes a page from rows that carry their positions. It reads one row further to know whether more follow.
pub(crate) fn cut<T>(rows: impl Iterator<Item = (usize, T)>, size: usize) -> Page<T> {
    let mut page = Vec::new();
    for (position, row) in rows {
        if page.len() == size {
            return Page { rows: page, next: Some(Start::At(position)) };
        }
        page.push(row);
    }
    Page { rows: page, next: None }
}

/// Takes a page from rows in the order of a key and, where keys are equal, of their positions. It goes on after the
/// last row of the page before, so that what others write meanwhile moves nothing.
fn sorted<'a, T>(
    rows: impl Iterator<Item = (usize, &'a T)>,
    key: SortKey<T>,
    descending: bool,
    start: &Start,
    size: usize,
) -> Page<&'a T> {
    let before = |a: &(String, usize), b: &(String, usize)| if descending { b.cmp(a) } else { a.cmp(b) };
    let last = match start {
        Start::At(_) => None,
        Start::After(key, position) => Some((key.clone(), *position)),
    };
    let mut keyed: Vec<((String, usize), &T)> = rows
        .map(|(position, row)| ((key(row), position), row))
        .filter(|(at, _)| last.as_ref().is_none_or(|last| before(last, at).is_lt()))
        .collect();
    if keyed.len() > size {
        keyed.select_nth_unstable_by(size, |(a, _), (b, _)| before(a, b));
        keyed.truncate(size);
        keyed.sort_unstable_by(|(a, _), (b, _)| before(a, b));
        let next = keyed.last().map(|((key, position), _)| Start::After(key.clone(), *position));
        return Page { rows: keyed.into_iter().map(|(_, row)| row).collect(), next };
    }
    keyed.sort_unstable_by(|(a, _), (b, _)| before(a, b));
    Page { rows: keyed.into_iter().map(|(_, row)| row).collect(), next: None }
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
