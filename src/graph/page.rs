//! Lists that come in pages. <https://learn.microsoft.com/graph/paging>
//!
//! A next link is followed whole and only within Graph (SEC-081); a list must end (SEC-082); one whose place was
//! forgotten by the server begins again, once (F-37).

use std::collections::HashSet;

use futures_util::future::join;
use url::Url;

use super::address::is_graphs;
use super::client::Graph;
use super::error::{GraphError, GraphErrorKind, Operation};
use super::json::Json;
use super::wire::{Mismatch, json};

/// More pages than any directory has.
const MOST_PAGES: usize = 5_000;

/// What a list brings.
pub(super) enum Page<'a> {
    /// More rows.
    Rows(&'a [Json<'a>]),
    /// The list begins again: what came before will come once more.
    Restart,
}

impl Graph {
    /// Reads a list to its end. The next page is on its way while one is taken in.
    pub(super) async fn read_pages(
        &self,
        operation: Operation,
        first: Url,
        on_page: &mut dyn FnMut(Page<'_>) -> Result<(), Mismatch>,
    ) -> Result<(), GraphError> {
        let mut seen = HashSet::from([first.as_str().to_owned()]);
        let (mut answer, mut followed, mut restarted) = (self.read(operation, first.clone()).await, false, false);
        loop {
            let response = match answer {
                Err(error) if followed && !restarted && has_expired(&error) => {
                    (followed, restarted) = (false, true);
                    seen = HashSet::from([first.as_str().to_owned()]);
                    // The first page's rows are the caller's again; nothing else is kept here.
                    on_page(Page::Restart).map_err(|_| error)?;
                    answer = self.read(operation, first.clone()).await;
                    continue;
                }
                answer => answer?,
            };
            let not_understood =
                |mismatch: Mismatch| GraphError::not_understood(operation, &response, mismatch.to_string());
            let body: Json<'_> = json(&response).map_err(not_understood)?;
            let Some(rows) = body.get("value").and_then(Json::as_list) else {
                return Err(not_understood(Mismatch::new("value", "is missing")));
            };
            let next = match body.get("@odata.nextLink") {
                None | Some(Json::Other) => Ok(None),
                Some(link) => match link.as_str().and_then(|link| Url::parse(link).ok()) {
                    Some(next) if !is_graphs(self.origin(), &next) => Err(GraphErrorKind::ForeignLink),
                    Some(next) if seen.len() < MOST_PAGES && seen.insert(next.as_str().to_owned()) => Ok(Some(next)),
                    Some(_) => Err(GraphErrorKind::EndlessList),
                    None => Err(GraphErrorKind::ForeignLink),
                },
            };
            let read = async { on_page(Page::Rows(rows)).map_err(not_understood) };
            let Ok(Some(next)) = next else {
                read.await?;
                return next.map(|_| ()).map_err(|kind| GraphError::new(operation, kind));
            };
            // In this order: the request leaves first.
            let (next, read) = join(self.read(operation, next), read).await;
            read?;
            (answer, followed) = (next, true);
        }
    }
}

/// Graph no longer knows the place in the list. The code is not documented; of a link that Graph itself wrote, any
/// "bad request" says the same.
fn has_expired(error: &GraphError) -> bool {
    matches!(error.status(), Some(400 | 410))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{GRAPH, Stage, answer, error};
    use super::*;

    const LIST: Operation = Operation::ListIdentities;

    /// Reads a list of numbers, each a text; a restart forgets what came before.
    fn read(stage: &Stage) -> Result<Vec<u64>, GraphError> {
        let first = Url::parse(&format!("{GRAPH}things?$top=2")).unwrap();
        let mut all = Vec::new();
        stage.run(stage.graph.read_pages(LIST, first, &mut |page| {
            match page {
                Page::Rows(rows) => all.extend(rows.iter().filter_map(|row| row.as_str()?.parse::<u64>().ok())),
                Page::Restart => all.clear(),
            }
            Ok(())
        }))?;
        Ok(all)
    }

    fn page(rows: &str, next: &str) -> Result<crate::http::Response, crate::http::TransportError> {
        let rows: Vec<String> = rows.split(',').filter(|row| !row.is_empty()).map(|row| format!("\"{row}\"")).collect();
        answer(200, &format!(r#"{{"@odata.nextLink":"{next}","value":[{}]}}"#, rows.join(",")))
    }

    fn next(token: &str) -> String {
        format!("{GRAPH}things?$top=2&$skiptoken={token}")
    }

    #[test]
    fn follows_the_links_as_they_are() {
        let stage =
            Stage::new([page("1,2", &next("RFNwdA%3d%3d")), page("3", &next("b")), answer(200, r#"{"value":["4"]}"#)]);
        assert_eq!(read(&stage).unwrap(), [1, 2, 3, 4]);
        let expected =
            ["GET things?$top=2", "GET things?$top=2&$skiptoken=RFNwdA%3d%3d", "GET things?$top=2&$skiptoken=b"];
        assert_eq!(stage.script.lines(), expected);
    }

    /// F-36
    #[test]
    fn an_empty_page_with_a_link_goes_on() {
        let stage = Stage::new([page("", &next("a")), answer(200, r#"{"value":["1"],"@odata.nextLink":null}"#)]);
        assert_eq!(read(&stage).unwrap(), [1]);
        let stage = Stage::new([answer(200, r#"{"value":[]}"#)]);
        assert_eq!(read(&stage).unwrap(), [0; 0]);
    }

    /// F-36
    #[test]
    fn a_page_without_value_is_an_error() {
        for body in ["{}", r#"{"value":null}"#, r#"{"value":{}}"#, "[]", "7"] {
            let stage = Stage::new([answer(200, body)]);
            let error = read(&stage).unwrap_err();
            assert_eq!(error.kind(), &GraphErrorKind::NotUnderstood);
            assert!(error.what().contains("value is missing"), "{}", error.what());
            assert_eq!(error.request_id(), Some("r-1"));
        }
    }

    /// F-35, SEC-081
    #[test]
    fn a_link_to_elsewhere_is_not_followed() {
        for link in [
            "https://graph.microsoft.com.evil.test/v1.0/things",
            "https://graph.microsoft.com@evil.test/v1.0/things",
            "https://graph.microsoft.com:444/v1.0/things",
            "http://graph.microsoft.com/v1.0/things",
            "https://user:pass@graph.microsoft.com/v1.0/things",
            "https://graph.microsoft.com/beta/things",
            "https://graph.microsoft.com/v1.0/../beta/things",
            "//evil.test/v1.0/things",
            "/v1.0/things?$skiptoken=a",
            "javascript:alert(1)",
            "",
        ] {
            let stage = Stage::new([page("1", link)]);
            assert_eq!(read(&stage).unwrap_err().kind(), &GraphErrorKind::ForeignLink, "{link}");
            assert_eq!(stage.script.sent().len(), 1, "{link}");
        }
        let stage = Stage::new([answer(200, r#"{"value":["1"],"@odata.nextLink":true}"#)]);
        assert_eq!(read(&stage).unwrap_err().kind(), &GraphErrorKind::ForeignLink);
    }

    /// F-36, SEC-082
    #[test]
    fn a_circle_of_links_ends() {
        let stage = Stage::new([page("1", &next("a")), page("2", &next("b")), page("3", &next("a"))]);
        assert_eq!(read(&stage).unwrap_err().kind(), &GraphErrorKind::EndlessList);
        let stage = Stage::new([page("1", &format!("{GRAPH}things?$top=2"))]);
        assert_eq!(read(&stage).unwrap_err().kind(), &GraphErrorKind::EndlessList);
        let endless = (0..MOST_PAGES).map(|at| page("", &next(&at.to_string())));
        assert_eq!(read(&Stage::new(endless)).unwrap_err().kind(), &GraphErrorKind::EndlessList);
    }

    /// F-37
    #[test]
    fn a_forgotten_place_begins_again_once() {
        let expired = || error(400, "Directory_ExpiredPageToken", "The specified page token has expired.");
        let stage =
            Stage::new([page("1", &next("a")), expired(), page("1", &next("c")), answer(200, r#"{"value":["2"]}"#)]);
        assert_eq!(read(&stage).unwrap(), [1, 2]);
        let stage = Stage::new([page("1", &next("a")), expired(), page("1", &next("a")), expired()]);
        assert_eq!(read(&stage).unwrap_err().status(), Some(400));
        let stage = Stage::new([error(400, "BadRequest", "Parsing OData Select and Expand failed")]);
        assert_eq!(read(&stage).unwrap_err().status(), Some(400), "a first page has no place to forget");
    }

    #[test]
    fn a_page_in_the_middle_is_read_again_when_graph_falters() {
        let stage = Stage::new([page("1", &next("a")), answer(503, ""), answer(200, r#"{"value":["2"]}"#)]);
        assert_eq!(read(&stage).unwrap(), [1, 2]);
        let lines = stage.script.lines();
        assert_eq!(lines[1], lines[2]);
    }
}
