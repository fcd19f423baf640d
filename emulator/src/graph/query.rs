//! The query options of a request, read and held against the rules of directory objects.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::errors::GraphError;
use crate::http::Incoming;

/// The page size without `$top`. (Stated for users; taken for every directory object.)
const DEFAULT_TOP: usize = 100;

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
    /// `ConsistencyLevel: eventual`.
    pub(crate) eventual: bool,
    /// The pairs as they came, for the next page's address.
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Reads a request's options. Options that Graph does not know are refused, others passed over.
    pub(crate) fn read(request: &Incoming) -> Result<Self, GraphError> {
        let mut query = Self {
            eventual: request.header("consistencylevel").is_some_and(|level| level.eq_ignore_ascii_case("eventual")),
            pairs: request.query_pairs(),
            ..Self::default()
        };
        let mut seen: Vec<String> = Vec::new();
        for (name, value) in query.pairs.clone() {
            let Some(option) = name.strip_prefix('$') else { continue };
            let option = option.to_ascii_lowercase();
            if seen.contains(&option) {
                return Err(GraphError::gateway(format!(
                    "Query option '${option}' was specified more than once, but it must be specified at most once."
                )));
            }
            match option.as_str() {
                "filter" => query.filter = Some(value),
                "select" => query.select = Some(value.split(',').map(|name| name.trim().to_owned()).collect()),
                "orderby" => query.order_by = Some(value),
                "search" => query.search = Some(value),
                "count" => query.count = value.eq_ignore_ascii_case("true"),
                "top" => query.top = Some(value),
                "skiptoken" => query.skip_token = Some(value),
                "skip" => return Err(GraphError::unsupported("'$skip' is not supported by the service.")),
                "expand" => {
                    return Err(GraphError::unsupported("The emulator does not support $expand."));
                }
                "format" => {}
                _ => {
                    return Err(GraphError::gateway(format!("The query parameter '{name}' is not supported.")));
                }
            }
            seen.push(option);
        }
        Ok(query)
    }

    /// The page size.
    pub(crate) fn top(&self) -> Result<usize, GraphError> {
        match &self.top {
            None => Ok(DEFAULT_TOP),
            Some(text) => match text.trim().parse() {
                Ok(size) if (1..=999).contains(&size) => Ok(size),
                _ => Err(GraphError::page_size(text)),
            },
        }
    }

    /// The position at which the page begins.
    pub(crate) fn start(&self) -> Result<usize, GraphError> {
        let Some(token) = &self.skip_token else { return Ok(0) };
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| GraphError::page_token())?;
        std::str::from_utf8(&bytes)
            .ok()
            .and_then(|text| text.strip_prefix("RFNwdAIAAQ:"))
            .and_then(|text| text.parse().ok())
            .ok_or_else(GraphError::page_token)
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
    pub(crate) fn next_link(&self, address: &str, position: usize) -> String {
        let mut text: Vec<String> = self
            .pairs
            .iter()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("$skiptoken"))
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        text.push(format!("$skiptoken={}", URL_SAFE_NO_PAD.encode(format!("RFNwdAIAAQ:{position}"))));
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
