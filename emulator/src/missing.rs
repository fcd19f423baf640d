//! What the emulator does not imitate, it says so: 501, and a line in its log that names the missing thing.

use hyper::StatusCode;
use serde_json::json;

use crate::http::Answer;
use crate::world::World;

/// The answer to a request that asks for something that the real service has and this one has not.
pub(crate) fn not_imitated(world: &World, what: &str) -> Answer {
    world.log.missing(what.to_owned());
    let text = format!("The emulator does not imitate this: {what}.");
    Answer::json(
        StatusCode::NOT_IMPLEMENTED,
        "application/json; charset=utf-8",
        &json!({"error": "not_imitated", "error_description": text}),
    )
    // Whoever made the request should be able to read why it is not answered.
    .header("access-control-allow-origin", "*")
}
