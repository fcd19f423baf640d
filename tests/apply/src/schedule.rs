//! A plan, and all that goes wrong with it, out of a number.

use std::time::Duration;

use emulator::{Builder, Emulator, Fault, Matcher, Refusal, Replication, Rule, Throttling, Unverified};
use rolegrant::auth::TokenError;
use rolegrant::http::TransportError;
use rolegrant::plan::Change;
use serde_json::json;

use crate::Stage;
use crate::dice::Dice;

/// What is done and what happens meanwhile.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    pub changes: Vec<Change>,
    pub rules: Vec<Rule>,
    /// In the order of time.
    pub events: Vec<(Duration, Event)>,
    pub token_trouble: Vec<Option<TokenError>>,
    pub stubborn_policy: bool,
    pub wall_clock_wrong_by_millis: i64,
    /// Afterwards the directory is watched until it shows everything.
    pub watches: bool,
}

/// Something that happens in the middle.
#[derive(Clone, Debug)]
pub enum Event {
    Offline(bool),
    Rule(Box<Rule>),
    LiftRules,
    TokensExpire,
    SessionEnds,
    RoleLost,
    Pause,
    Resume,
    Cancel,
    Hurry,
    /// The computer sleeps.
    Sleep(Duration),
    /// Somebody else does what a line is to do, or takes it back.
    OtherAssigns(usize),
    OtherRemoves(usize),
    IdentityDeleted(usize),
}

/// How many settings of the emulator there are.
pub const SETTINGS: usize = 6;

/// The emulator's settings by their number.
pub fn setting(number: usize) -> Builder {
    let builder = Emulator::builder();
    let odd = Unverified {
        gateway_errors_in_html: true,
        batch_null_bodies: true,
        expose_retry_after: false,
        duplicate_ends_with_stop: true,
        role_not_found_names_application: false,
        ..Unverified::default()
    };
    match number {
        0 => builder,
        1 => builder.replication(Replication::Alternating(Duration::from_secs(60))),
        2 => builder.replication(Replication::Delayed(Duration::from_secs(5))),
        3 => builder.throttling(Throttling::Own { units: 400, writes: 60 }),
        4 => builder.unverified(odd),
        _ => builder
            .throttling(Throttling::Own { units: 60, writes: 40 })
            .unverified(Unverified { throttled_with_cors: false, ..odd }),
    }
}

/// A refusal in Graph's words.
fn refusal(status: u16, message: &str) -> Fault {
    let body = json!({"error": {"code": "Request_BadRequest", "message": message,
        "innerError": {"date": "2026-11-23T22:31:00", "request-id": "5e1f0c7a-3b52-4b0e-9d0c-0a4c5b8d7e6f"}}});
    Fault::status(status).json(&body)
}

/// F-14
pub fn not_replicated() -> Fault {
    refusal(400, "Not a valid reference update.")
}

/// F-15
pub fn role_not_found() -> Fault {
    refusal(400, "Permission being assigned was not found on application 'x'.")
}

/// F-25
pub fn html_after_executing() -> Fault {
    Fault::status(200).text("text/html", "<html>Sign in to the hotel's network</html>").after_executing()
}

/// F-21: an envelope whose answers are all missing.
pub fn no_answers() -> Fault {
    Fault::merged(json!({"responses": []}))
}

/// Requests by kind.
pub fn batches() -> Matcher {
    Matcher::graph().method("POST").path_ends_with("/$batch")
}

/// Assignments, alone or within a batch.
pub fn assigns() -> Matcher {
    Matcher::graph().method("POST").path_ends_with("/appRoleAssignedTo")
}

/// Removals, alone or within a batch.
pub fn removes() -> Matcher {
    Matcher::graph().method("DELETE")
}

/// Reads.
pub fn reads() -> Matcher {
    Matcher::graph().method("GET")
}

fn matcher(dice: &mut Dice, changes: &[Change]) -> Matcher {
    let mut matcher = match dice.roll(8) {
        0 | 1 => batches(),
        2 | 3 => assigns(),
        4 => removes(),
        5 | 6 => reads(),
        _ => Matcher::graph(),
    };
    if dice.one_in(5) {
        matcher = matcher.path_contains(&dice.pick(changes).api().to_string());
    }
    matcher.after(dice.roll(4)).every(1 + dice.roll(4))
}

/// All that can come instead of an answer. The rarest end the run.
fn fault(dice: &mut Dice) -> Fault {
    let long = Duration::from_secs(90);
    match dice.roll(32) {
        0 | 1 => {
            let wait = *dice.pick(&["2", "0", "-5", "abc", "2,2", "30", "Mon, 23 Nov 2026 00:00:09 GMT", ""]);
            Fault::status(*dice.pick(&[429, 429, 503])).retry_after(wait)
        }
        2 => Fault::status(500),
        3 => Fault::status(502),
        4 => Fault::status(503),
        5 | 6 => Fault::status(504).after_executing(),
        7 => Fault::status(507),
        8 => Fault::status(503).without_cors(),
        9 | 10 => Fault::lost_answer(),
        11 => Fault::no_answer(),
        12 => Fault::reset(),
        13 => Fault::hang(),
        14 => Fault::slow(long),
        15 => Fault::slow(Duration::from_secs(20)),
        16 => Fault::drip(10, Duration::from_secs(2)),
        17 => Fault::truncated(40),
        18 => html_after_executing(),
        19 => Fault::status(200).text("text/html", "<html>"),
        20 => no_answers(),
        21 => Fault::merged(json!({"responses": null, "id": null, "value": null})),
        22 => not_replicated(),
        23 => role_not_found(),
        24 => Fault::status(404),
        25 => Fault::status(409),
        26 => Fault::status(408).after_executing(),
        27 => Fault::status(401),
        28 => Fault::status(400),
        29 => Fault::status(413),
        30 if dice.one_in(3) => Fault::refusal(Refusal::ClaimsChallenge),
        31 if dice.one_in(4) => Fault::status(403),
        _ => Fault::status(424),
    }
}

impl Schedule {
    /// The schedule of a seed, for this stage.
    pub fn of(seed: u64, stage: &Stage) -> Self {
        let mut dice = Dice::new(seed);
        let changes = changes(&mut dice, stage);
        let mut rules = Vec::new();
        for _ in 0..dice.roll(7) {
            let times = if dice.one_in(15) { None } else { Some(1 + dice.roll(8)) };
            let (when, then) = (matcher(&mut dice, &changes), fault(&mut dice));
            rules.push(Rule { when, times, then });
        }
        let mut events = Vec::new();
        for _ in 0..dice.roll(4) {
            let span = if dice.one_in(3) { 300_000 } else { 4_000 };
            let at = Duration::from_millis(dice.roll(span) as u64);
            let line = dice.roll(1_000);
            match dice.roll(14) {
                0 => {
                    events.push((at, Event::Offline(true)));
                    events.push((at + Duration::from_secs(dice.roll(900) as u64), Event::Offline(false)));
                }
                // F-60
                1 => {
                    let down = Rule { when: Matcher::graph(), times: None, then: Fault::status(503) };
                    events.push((at, Event::Rule(Box::new(down))));
                    events.push((at + Duration::from_secs(600), Event::LiftRules));
                }
                2 | 3 => events.push((at, Event::TokensExpire)),
                4 => events.push((at, Event::SessionEnds)),
                5 => events.push((at, Event::RoleLost)),
                6 => {
                    events.push((at, Event::Pause));
                    events.push((at + Duration::from_secs(dice.roll(300) as u64), Event::Resume));
                }
                7 => events.push((at, Event::Cancel)),
                8 => events.push((at, Event::Hurry)),
                9 => events.push((at, Event::Sleep(Duration::from_secs(3 * 3600)))),
                10 | 11 => events.push((at, Event::OtherAssigns(line))),
                12 => events.push((at, Event::OtherRemoves(line))),
                _ => events.push((at, Event::IdentityDeleted(line))),
            }
        }
        events.sort_by_key(|(at, _)| *at);
        let token_trouble = (0..dice.roll(12)).map(|_| token_trouble(&mut dice)).collect();
        Self {
            changes,
            rules,
            events,
            token_trouble,
            stubborn_policy: dice.one_in(2),
            wall_clock_wrong_by_millis: [0, 0, 86_400_000, -86_400_000][dice.roll(4)],
            watches: dice.one_in(4),
        }
    }
}

/// F-29
fn token_trouble(dice: &mut Dice) -> Option<TokenError> {
    match dice.roll(12) {
        0 => Some(TokenError::Unreachable(TransportError::Network)),
        1 => Some(TokenError::Busy { status: 429, retry_after: Some(Duration::from_secs(7)) }),
        2 => Some(TokenError::Busy { status: 502, retry_after: None }),
        _ => None,
    }
}

/// Grants and removals: what is there, what is not, and what cannot be.
fn changes(dice: &mut Dice, stage: &Stage) -> Vec<Change> {
    let (identities, apis, rows) = (&stage.identities, &stage.apis, &stage.rows);
    let width = 1 + dice.roll(identities.len());
    let depth = 1 + dice.roll(apis.len());
    let mut changes = Vec::new();
    for line in 0..[1, 3, 25, 70][dice.roll(4)] {
        let identity = identities[dice.roll(width)].parse().unwrap();
        let (api, roles) = &apis[dice.roll(depth)];
        let api = api.parse().unwrap();
        let role = dice.pick(roles).parse().unwrap();
        changes.push(match dice.roll(20) {
            // Of nobody, or of nothing.
            0 => Change::Assign { identity: rolegrant::directory::ObjectId::from_u128(7), api, role },
            1 => Change::Assign { identity, api, role: rolegrant::directory::AppRoleId::from_u128(7) },
            2..=5 => {
                let (id, (identity, api, role)) = dice.pick(rows);
                Change::Remove {
                    assignment: crate::stage::assignment_id(id),
                    identity: identity.parse().unwrap(),
                    api: api.parse().unwrap(),
                    role: role.parse().unwrap(),
                }
            }
            6 => Change::Remove {
                assignment: crate::stage::assignment_id(&format!("47nZsM8O_UuNq5Jz3QValCxBBiqJea9Drc9CMK4R{line:03}")),
                identity,
                api,
                role,
            },
            _ => Change::Assign { identity, api, role },
        });
    }
    changes
}
