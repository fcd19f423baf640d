//! The query options of a request, read and held against the rules of directory objects.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::errors::GraphError;
use crate::http::Incoming;

/// What every page token begins with, as real ones do.
const TOKEN: &str = "RFNwdAIAAQ:";

/// What `$` may stand before.
const OPTIONS: &[&str] =
    &["count", "expand", "filter", "format", "orderby", "search", "select", "skip", "skiptoken", "top"];

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// At this position, or at the next that is still there.
    At(usize),
    /// At this key and position, or at the next in the list's order that is still there.
    Keyed(String, usize),
}

impl Start {
    /// The position in an unsorted list.
    pub(crate) fn position(&self) -> Result<usize, GraphError> {
        match self {
            Self::At(position) => Ok(*position),
            Self::Keyed(..) => Err(GraphError::page_token()),
        }
    }

    /// Key and position in a sorted list; `None` at its beginning.
    pub(crate) fn place(self) -> Result<Option<(String, usize)>, GraphError> {
        match self {
            Self::At(0) => Ok(None),
            Self::At(_) => Err(GraphError::page_token()),
            Self::Keyed(key, position) => Ok(Some((key, position))),
        }
    }

    fn parse(token: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let text = std::str::from_utf8(&bytes).ok()?.strip_prefix(TOKEN)?;
        match text.split_once(':') {
            None => Some(Self::At(text.parse().ok()?)),
            Some((position, key)) => Some(Self::Keyed(key.to_owned(), position.parse().ok()?)),
        }
    }

    fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(match self {
            Self::At(position) => format!("{TOKEN}{position}"),
            Self::Keyed(key, position) => format!("{TOKEN}{position}:{key}"),
        })
    }
}

/// Query options.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    pub(crate) filter: Option<String>,
    pub(crate) select: Option<Vec<String>>,
    pub(crate) order_by: Option<String>,
    pub(crate) search: Option<String>,
    /// `$count=true`.
    pub(crate) count: bool,
    top: Option<String>,
    skip_token: Option<String>,
    /// `$deltatoken`, in lists of changes only.
    pub(crate) delta_token: Option<String>,
    /// `ConsistencyLevel: eventual`.
    pub(crate) eventual: bool,
    /// The options there are, without `$`, in lower case.
    given: Vec<String>,
    /// The pairs as they came, for the next page's address.
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Reads a request's options. Options that OData does not know are refused, other parameters passed over.
    pub(crate) fn read(request: &Incoming) -> Result<Self, GraphError> {
        let mut query = Self {
            eventual: request.header("consistencylevel").is_some_and(|level| level.eq_ignore_ascii_case("eventual")),
            pairs: request.query_pairs(),
            ..Self::default()
        };
        for (name, value) in query.pairs.clone() {
            let Some(option) = name.strip_prefix('$') else {
                // Some of Graph takes them so.
                if OPTIONS.iter().any(|option| name.eq_ignore_ascii_case(option)) {
                    return Err(GraphError::unimplemented(&format!("the query option {name} without $")));
                }
                continue;
            };
            let option = option.to_ascii_lowercase();
            if query.given.contains(&option) {
                return Err(GraphError::gateway(format!(
                    "Query option '${option}' was specified more than once, but it must be specified at most once."
                )));
            }
            match option.as_str() {
                "filter" => query.filter = Some(value),
                "select" => query.select = Some(value.split(',').map(|name| name.trim().to_owned()).collect()),
                "orderby" => query.order_by = Some(value),
                "search" => query.search = Some(value),
                "count" => {
                    query.count = value.eq_ignore_ascii_case("true");
                    if !query.count && !value.eq_ignore_ascii_case("false") {
                        return Err(GraphError::unimplemented(&format!("$count={value}")));
                    }
                }
                "top" => query.top = Some(value),
                "skiptoken" => query.skip_token = Some(value),
                "deltatoken" if request.path.contains("delta") => query.delta_token = Some(value),
                "skip" => return Err(GraphError::unsupported("'$skip' is not supported by the service.")),
                "expand" => {
                    // Allowed only outside advanced queries, where the emulator does not have it either.
                    return Err(GraphError::unimplemented("$expand"));
                }
                "format" if value.eq_ignore_ascii_case("json") => {}
                "format" | "apply" | "compute" => {
                    return Err(GraphError::unimplemented(&format!("{name}={value}")));
                }
                _ => {
                    return Err(GraphError::gateway(format!("The query parameter '{name}' is not supported.")));
                }
            }
            query.given.push(option);
        }
        Ok(query)
    }

    /// Refuses options that mean nothing, or nothing that is known, where only these (without `$`) do.
    pub(crate) fn only(&self, options: &[&str], path: &str) -> Result<(), GraphError> {
        let taken = |given: &str| given == "format" || options.contains(&given);
        match self.given.iter().find(|given| !taken(given)) {
            Some(given) => Err(GraphError::unimplemented(&format!("${given} on {path}"))),
            None => Ok(()),
        }
    }

    /// The page size: that asked for, or the usual one.
    pub(crate) fn top(&self, usual: usize) -> Result<usize, GraphError> {
        match &self.top {
            None => Ok(usual),
            Some(text) => match text.trim().parse() {
                Ok(size) if (1..=999).contains(&size) => Ok(size),
                _ => Err(GraphError::page_size(text)),
            },
        }
    }

    /// Where the page begins.
    pub(crate) fn start(&self) -> Result<Start, GraphError> {
        match &self.skip_token {
            None => Ok(Start::At(0)),
            Some(token) => Start::parse(token).ok_or_else(GraphError::page_token),
        }
    }

    /// True on the first page, the only one that tells the count.
    pub(crate) fn first_page(&self) -> bool {
        self.skip_token.is_none()
    }

    /// Header and `$count=true` together make an advanced query.
    pub(crate) fn advanced(&self) -> bool {
        self.eventual && self.count
    }

    /// The absolute address of the next page: every option again, re-encoded, and the token.
    pub(crate) fn next_link(&self, address: &str, start: &Start) -> String {
        self.link(address, "$skiptoken", &start.token())
    }

    /// The absolute address under which what changes from here on is told.
    pub(crate) fn delta_link(&self, address: &str, token: &str) -> String {
        self.link(address, "$deltatoken", token)
    }

    fn link(&self, address: &str, name: &str, token: &str) -> String {
        let mut text: Vec<String> = self
            .pairs
            .iter()
            .filter(|(name, _)| !["$skiptoken", "$deltatoken"].iter().any(|token| name.eq_ignore_ascii_case(token)))
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        text.push(format!("{name}={token}"));
        format!("{address}?{}", text.join("&"))
    }

    /// Holds `$select` against the properties of a type; `None` means all.
    pub(crate) fn selected(&self, known: &[&'static str], kind: &str) -> Result<Option<Vec<&'static str>>, GraphError> {
        let Some(names) = &self.select else { return Ok(None) };
        if names.iter().any(|name| name == "*") {
            return Ok(None);
        }
        let mut chosen = Vec::new();
        for name in names {
            let found = known
                .iter()
                .find(|property| property.eq_ignore_ascii_case(name))
                .ok_or_else(|| GraphError::select(name, kind))?;
            if !chosen.contains(found) {
                chosen.push(*found);
            }
        }
        Ok(Some(chosen))
    }
}

const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b' ').remove(b'(').remove(b')');

/// As Graph re-encodes: `+` for a space, hexadecimal in lower case.
fn encode(value: &str) -> String {
    let mut text = String::new();
    for piece in utf8_percent_encode(value, PLAIN) {
        if piece.starts_with('%') {
            text.push_str(&piece.to_ascii_lowercase());
        } else {
            text.push_str(piece);
        }
    }
    text.replace(' ', "+")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back_as_they_were() {
        for start in [Start::At(0), Start::At(99), Start::Keyed("a: b".to_owned(), 7), Start::Keyed(String::new(), 0)] {
            assert_eq!(Start::parse(&start.token()), Some(start));
        }
        assert_eq!(Start::parse("nonsense"), None);
    }
}
