//! Lists that come in pages. <https://learn.microsoft.com/graph/paging>
//!
//! A next link is followed whole and only within Graph (SEC-081); a list must end (SEC-082); one whose place was
//! forgotten by the server begins again, once (F-37).

use std::collections::HashSet;

use serde_json::Value;
use url::Url;

use super::address::is_graphs;
use super::client::Graph;
use super::error::{GraphError, GraphErrorKind, Operation};
use super::wire::Mismatch;

/// More pages than any directory has.
const MOST_PAGES: usize = 5_000;

/// What a list brings.
pub(super) enum Page<'a> {
    /// More rows.
    Rows(&'a [Value]),
    /// The list begins again: what came before will come once more.
    Restart,
}

impl Graph {
    /// Reads a list to its end.
    pub(super) async fn read_pages(
        &self,
        operation: Operation,
        first: Url,
        on_page: &mut dyn FnMut(Page<'_>) -> Result<(), Mismatch>,
    ) -> Result<(), GraphError> {
        let mut seen = HashSet::new();
        let (mut url, mut restarted) = (first.clone(), false);
        while seen.len() < MOST_PAGES && seen.insert(url.as_str().to_owned()) {
            let followed = url != first;
            let (response, mut body) = match self.read(operation, url).await {
                Err(error) if followed && !restarted && has_expired(&error) => {
                    (url, restarted) = (first.clone(), true);
                    seen.clear();
                    // The first page's rows are the caller's again; nothing else is kept here.
                    on_page(Page::Restart).map_err(|_| error)?;
                    continue;
                }
                result => result?,
            };
            let not_understood =
                |mismatch: Mismatch| GraphError::not_understood(operation, &response, mismatch.to_string());
            let Some(Value::Array(rows)) = body.get_mut("value").map(Value::take) else {
                return Err(not_understood(Mismatch::new("value", "is missing")));
            };
            on_page(Page::Rows(&rows)).map_err(not_understood)?;
            url = match body.get("@odata.nextLink") {
                None | Some(Value::Null) => return Ok(()),
                Some(link) => match link.as_str().and_then(|link| Url::parse(link).ok()) {
                    Some(next) if is_graphs(self.origin(), &next) => next,
                    _ => return Err(GraphError::new(operation, GraphErrorKind::ForeignLink)),
                },
            };
        }
        Err(GraphError::new(operation, GraphErrorKind::EndlessList))
    }
}

/// Graph no longer knows the place in the list. The code is not documented; of a link that Graph itself wrote, any
/// "bad request" says the same.
fn has_expired(error: &GraphError) -> bool {
    matches!(error.status(), Some(400 | 410))
}
