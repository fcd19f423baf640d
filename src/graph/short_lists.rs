//! Several short lists in one request: JSON batching of reads. <https://learn.microsoft.com/graph/json-batching>
//!
//! Hundreds of APIs have few holders each or none, so that the way there and back is what takes time. It is a short cut
//! and no more: a list that is longer than its first page here, an item that was refused, a batch that was not taken,
//! each gives nothing, and is read alone, with all the patience that reads have.

use super::address::address;
use super::batch::LARGEST_BATCH;
use super::client::Graph;
use super::error::Operation;
use super::json::Json;
use super::wire;
use crate::directory::{Assignment, ObjectId};
use crate::http::{Method, Request};

/// The most rows of a list that counts as short: what twenty of them weigh is read without a pause of the page.
const SHORT: usize = 100;

impl Graph {
    /// Who holds roles of each of these APIs, up to [`LARGEST_BATCH`], where that is a short list and Graph gives it.
    pub async fn few_holders_of(&self, apis: &[ObjectId]) -> Vec<Option<Vec<Assignment>>> {
        let nothing = || apis.iter().map(|_| None).collect();
        if !(2..=LARGEST_BATCH).contains(&apis.len()) {
            return nothing();
        }
        let url = address(self.origin(), "$batch", &[]);
        let request = Request::new(Method::Post, url).body("application/json", envelope(apis).into_bytes());
        let Ok(response) = self.send(Operation::ReadHolders, request).await else { return nothing() };
        let Ok(body) = wire::json::<Json<'_>>(&response) else { return nothing() };
        let answers = body.get("responses").and_then(Json::as_list).unwrap_or_default();
        (0..apis.len()).map(|at| short_list(answers, &at.to_string())).collect()
    }
}

/// The items are numbered in their order.
fn envelope(apis: &[ObjectId]) -> String {
    let item = |(at, api): (usize, &ObjectId)| {
        format!(r#"{{"id":"{at}","method":"GET","url":"/servicePrincipals/{api}/appRoleAssignedTo?$top={SHORT}"}}"#)
    };
    let items: Vec<String> = apis.iter().enumerate().map(item).collect();
    format!(r#"{{"requests":[{}]}}"#, items.join(","))
}

/// The whole list in an item's answer. A refusal has no `value`; of two answers to one item neither is believed.
fn short_list(answers: &[Json<'_>], id: &str) -> Option<Vec<Assignment>> {
    let mut of_item = answers.iter().filter(|answer| answer.get("id").and_then(Json::as_str) == Some(id));
    let (answer, None) = (of_item.next()?, of_item.next()) else { return None };
    let page = answer.get("body")?;
    if page.get("@odata.nextLink").is_some() {
        return None;
    }
    wire::rows(page.get("value")?.as_list()?, wire::assignment).ok()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{API, ASSIGNMENT, MI, ROLE, Stage, answer, error, row};
    use super::*;

    fn apis() -> [ObjectId; 3] {
        [API, MI, ROLE].map(|id| id.parse().unwrap())
    }

    /// How many rows each list has, where it is given.
    fn read(stage: &Stage) -> Vec<Option<usize>> {
        let lists = stage.run(stage.graph.few_holders_of(&apis()));
        lists.into_iter().map(|list| list.map(|list| list.len())).collect()
    }

    fn item(id: &str, body: &str) -> String {
        format!(r#"{{"id":"{id}","status":200,"body":{body}}}"#)
    }

    fn answers(items: &[String]) -> String {
        format!(r#"{{"responses":[{}]}}"#, items.join(","))
    }

    #[test]
    fn several_lists_come_in_one_request() {
        let full = format!(r#"{{"value":[{}]}}"#, row(ASSIGNMENT));
        let body = answers(&[item("2", r#"{"value":[]}"#), item("0", &full), item("1", &full)]);
        let stage = Stage::new([answer(200, &body)]);
        assert_eq!(read(&stage), [Some(1), Some(1), Some(0)], "in the order of the APIs");
        assert_eq!(stage.script.lines(), ["POST $batch"]);
        let envelope: serde_json::Value = serde_json::from_str(&envelope(&apis())).unwrap();
        let url = format!("/servicePrincipals/{MI}/appRoleAssignedTo?$top=100");
        assert_eq!(envelope["requests"][1], serde_json::json!({ "id": "1", "method": "GET", "url": url }));
    }

    #[test]
    fn a_list_that_is_long_refused_or_doubtful_is_not_given() {
        let next =
            format!(r#"{{"value":[{}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/x"}}"#, row(ASSIGNMENT));
        let refused = r#"{"error":{"code":"TooManyRequests","message":"x"}}"#;
        for body in [next.as_str(), refused, r#"{"value":null}"#, r#"{"value":[{"id":null}]}"#, "null", r#""dmFsdWU=""#]
        {
            let stage = Stage::new([answer(200, &answers(&[item("0", body), item("1", r#"{"value":[]}"#)]))]);
            assert_eq!(read(&stage), [None, Some(0), None], "{body}");
        }
        let twice = answers(&[item("0", r#"{"value":[]}"#), item("0", r#"{"value":[]}"#)]);
        assert_eq!(read(&Stage::new([answer(200, &twice)])), [None; 3]);
    }

    #[test]
    fn a_batch_that_is_not_taken_gives_nothing() {
        for reply in
            [error(400, "BadRequest", "Invalid batch payload format."), answer(200, "[]"), answer(200, "<html>")]
        {
            assert_eq!(read(&Stage::new([reply])), [None; 3]);
        }
    }

    #[test]
    fn a_list_alone_and_too_many_are_not_asked_for_so() {
        let stage = Stage::new([]);
        assert_eq!(stage.run(stage.graph.few_holders_of(&apis()[..1])), [None]);
        assert_eq!(stage.run(stage.graph.few_holders_of(&[apis()[0]; LARGEST_BATCH + 1])).len(), LARGEST_BATCH + 1);
        assert_eq!(stage.script.sent().len(), 0);
    }
}
