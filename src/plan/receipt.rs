//! What an apply did: who, when, each line before and after, by which assignment, under which request.
//!
//! It is kept, exported as evidence, and can be taken back, on another day and from another machine too. It holds no
//! token and nothing else that is secret (SEC-134).

use super::json::{Fields, FileProblem, Writer, file_name};
use super::settle::OLDER;
use super::{Change, Digest, Found, Grant, Names, Person, State, csv};
use crate::directory::{Act, AssignmentId, PROPAGATION, Sorted, TenantId, Timestamp};
use crate::graph::GraphError;

const FORMAT: &str = "rolegrant-receipt";

/// How the reason begins of what was looked for in vain.
const LOOKED_FOR: &str = "Not done when the directory was looked at";

/// How one line ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// This apply assigned the role.
    Assigned {
        /// The assignment that it made.
        assignment: AssignmentId,
        /// When Graph accepted it.
        accepted: Timestamp,
        /// Whether the directory listed it afterwards.
        visible: bool,
    },
    /// This apply removed the assignment.
    Removed {
        /// When Graph accepted it.
        accepted: Timestamp,
        /// Whether the directory had ceased to list it afterwards.
        visible: bool,
    },
    /// The role was held before.
    AlreadyThere,
    /// The assignment was gone before.
    AlreadyGone,
    /// Not done, for certain.
    Failed {
        /// Why, in words.
        reason: String,
    },
    /// Sent, and not known what came of it.
    Unknown {
        /// Why, in words.
        reason: String,
    },
    /// Sent, and not done: Graph put it off, or the directory was looked at and does not show it.
    NotDone {
        /// Why, in words.
        reason: String,
    },
    /// Never sent.
    NotSent {
        /// Why, in words.
        reason: String,
    },
}

impl Ending {
    /// How a line ended that had been sent, by what the directory says now.
    pub fn found(change: &Change, found: Found, started: Timestamp, now: Timestamp) -> Self {
        match (found, change.act()) {
            (Found::Seen(Some(made)), Act::Assign) => match made.created {
                Some(created) if created + OLDER < started => Self::AlreadyThere,
                created => Self::Assigned { assignment: made.id, accepted: created.unwrap_or(now), visible: true },
            },
            (Found::Seen(_), Act::Remove) => Self::Removed { accepted: now, visible: true },
            _ => Self::NotDone { reason: format!("{LOOKED_FOR}, {now}") },
        }
    }

    /// Whether the directory is as the line wants it.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Assigned { .. } | Self::Removed { .. } | Self::AlreadyThere | Self::AlreadyGone)
    }

    /// Its name in a file.
    fn key(&self) -> &'static str {
        match self {
            Self::Assigned { .. } => "assigned",
            Self::Removed { .. } => "removed",
            Self::AlreadyThere => "alreadyThere",
            Self::AlreadyGone => "alreadyGone",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
            Self::NotDone { .. } => "notDone",
            Self::NotSent { .. } => "notSent",
        }
    }

    /// It in words.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Assigned { .. } => "Assigned",
            Self::Removed { .. } => "Removed",
            Self::AlreadyThere => "Already assigned",
            Self::AlreadyGone => "Already removed",
            Self::Failed { .. } => "Failed",
            Self::Unknown { .. } => "Not known",
            Self::NotDone { .. } => "Not done",
            Self::NotSent { .. } => "Not sent",
        }
    }

    /// Why it ended so, where there is something to say.
    pub fn reason(&self) -> &str {
        match self {
            Self::Failed { reason }
            | Self::Unknown { reason }
            | Self::NotDone { reason }
            | Self::NotSent { reason } => reason,
            _ => "",
        }
    }

    /// How a line of a run ended, if it has.
    pub(super) fn of(change: &Change, state: &State) -> Option<Self> {
        let reason = |error: &GraphError| error.what();
        Some(match (state, change.act()) {
            (State::Waiting | State::Sent, _) => return None,
            (State::Accepted(known) | State::Visible(known), act) => {
                let (accepted, visible) = (known.at, matches!(state, State::Visible(_)));
                match (act, &known.made) {
                    (Act::Remove, _) => Self::Removed { accepted, visible },
                    (Act::Assign, Some(made)) => Self::Assigned { assignment: made.id.clone(), accepted, visible },
                    (Act::Assign, None) => {
                        Self::Unknown { reason: "Graph accepted it and did not name the assignment".to_owned() }
                    }
                }
            }
            (State::AlreadyThere, _) => Self::AlreadyThere,
            (State::AlreadyGone, _) => Self::AlreadyGone,
            (State::Failed(error), _) => Self::Failed { reason: reason(error) },
            (State::Unknown(error), _) => Self::Unknown { reason: reason(error) },
            (State::NotDone, _) => Self::NotDone { reason: "Graph had put it off when the run was stopped".to_owned() },
            (State::NotSent, _) => Self::NotSent { reason: "The run was stopped before".to_owned() },
        })
    }

    /// Writes it into an entry.
    pub(super) fn write(&self, entry: &mut Writer) {
        entry.member("outcome", self.key());
        if let Self::Assigned { assignment, .. } = self {
            entry.member("assignment", assignment.as_str());
        }
        if let Some((accepted, visible)) = self.accepted() {
            entry.member("accepted", &accepted.to_rfc3339());
            entry.flag("visible", visible);
        }
        if !self.reason().is_empty() {
            entry.member("reason", self.reason());
        }
    }

    /// The ending of this name that an entry says; it must be one of such a change.
    pub(super) fn read(fields: &mut Fields, outcome: &str, act: Act) -> Result<Self, FileProblem> {
        let reason = fields.text("reason")?.unwrap_or_default();
        Ok(match (outcome, act) {
            ("assigned", Act::Assign) => Self::Assigned {
                assignment: fields.required("assignment")?,
                accepted: fields.required("accepted")?,
                visible: fields.flag("visible")?,
            },
            ("removed", Act::Remove) => {
                Self::Removed { accepted: fields.required("accepted")?, visible: fields.flag("visible")? }
            }
            ("alreadyThere", Act::Assign) => Self::AlreadyThere,
            ("alreadyGone", Act::Remove) => Self::AlreadyGone,
            ("failed", _) => Self::Failed { reason },
            ("unknown", _) => Self::Unknown { reason },
            ("notDone", _) => Self::NotDone { reason },
            // As it was written once of what was sent and looked for in vain.
            ("notSent", _) if reason.starts_with(LOOKED_FOR) => Self::NotDone { reason },
            ("notSent", _) => Self::NotSent { reason },
            _ => return Err(fields.problem("outcome", "is not one of this change")),
        })
    }

    /// When Graph accepted it, and whether the directory has shown it since.
    pub fn accepted(&self) -> Option<(Timestamp, bool)> {
        match self {
            Self::Assigned { accepted, visible, .. } | Self::Removed { accepted, visible } => {
                Some((*accepted, *visible))
            }
            _ => None,
        }
    }
}

/// One line of an apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What was to be done.
    pub change: Change,
    /// What its ends were called then.
    pub names: Names,
    /// How it ended.
    pub ending: Ending,
    /// The id of the last request, by which Microsoft's support finds it.
    pub request: Option<String>,
}

impl Line {
    /// Whether the role was held before, and after; `None` where that is not known.
    pub fn held(&self) -> (Option<bool>, Option<bool>) {
        let assigns = self.change.act() == Act::Assign;
        match self.ending {
            Ending::Assigned { .. } => (Some(false), Some(true)),
            Ending::Removed { .. } => (Some(true), Some(false)),
            Ending::AlreadyThere => (Some(true), Some(true)),
            Ending::AlreadyGone => (Some(false), Some(false)),
            Ending::Failed { .. } | Ending::NotDone { .. } | Ending::NotSent { .. } => (Some(!assigns), Some(!assigns)),
            Ending::Unknown { .. } => (Some(!assigns), None),
        }
    }

    /// When every token must carry what was done: until then some may be as they were before.
    pub fn live_by(&self) -> Option<Timestamp> {
        self.ending.accepted().map(|(at, _)| at + PROPAGATION)
    }

    /// The assignment that it is about: the one that it made, or was to remove.
    pub fn assignment(&self) -> Option<&AssignmentId> {
        match (&self.ending, &self.change) {
            (Ending::Assigned { assignment, .. }, _) | (_, Change::Remove { assignment, .. }) => Some(assignment),
            _ => None,
        }
    }

    /// What takes it back, if it changed anything.
    fn inverse(&self) -> Option<Change> {
        let (identity, api, role) = (self.change.identity(), self.change.api(), self.change.role());
        match &self.ending {
            Ending::Assigned { assignment, .. } => {
                Some(Change::Remove { assignment: assignment.clone(), identity, api, role })
            }
            Ending::Removed { .. } => Some(Change::Assign { identity, api, role }),
            _ => None,
        }
    }

    fn write(&self) -> String {
        let mut entry = Writer::entry(&self.change, &self.names);
        let (before, after) = self.held();
        entry.member("before", held_in_words(before));
        entry.member("after", held_in_words(after));
        self.ending.write(&mut entry);
        if let Some(live_by) = self.live_by() {
            entry.member("liveBy", &live_by.to_rfc3339());
        }
        if let Some(request) = &self.request {
            entry.member("request", request);
        }
        entry.end()
    }

    fn read(mut fields: Fields) -> Result<Self, FileProblem> {
        let (change, names) = fields.change()?;
        let outcome = fields.text("outcome")?.unwrap_or_default();
        let ending = Ending::read(&mut fields, &outcome, change.act())?;
        let line = Self { change, names, ending, request: fields.text("request")? };
        // These follow from the rest; a file that says otherwise was changed by hand.
        let (before, after) = line.held();
        let live_by = line.live_by().map(Timestamp::to_rfc3339);
        for (name, value) in [
            ("before", Some(held_in_words(before))),
            ("after", Some(held_in_words(after))),
            ("liveBy", live_by.as_deref()),
        ] {
            if fields.text(name)?.as_deref() != value {
                return Err(fields.problem(name, "contradicts the outcome"));
            }
        }
        fields.end()?;
        Ok(line)
    }
}

/// Whether a role is held, in words.
pub fn held_in_words(held: Option<bool>) -> &'static str {
    match held {
        Some(true) => "held",
        Some(false) => "not held",
        None => "not known",
    }
}

/// What an apply did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// In which tenant.
    pub tenant: TenantId,
    /// Who did it.
    pub who: Person,
    /// With which version of the app.
    pub version: String,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// The digest of the plan.
    pub digest: Digest,
    /// The name of the identity or the API on whose page the changes were made, where there was no plan.
    pub page: Option<String>,
    /// Each line of the plan.
    pub lines: Vec<Line>,
}

impl Receipt {
    /// The changes that take it back, the last one first: only what this apply did itself, and a role that it assigned
    /// by that very assignment. What is not known is left alone.
    pub fn inverse(&self) -> Vec<Change> {
        self.lines.iter().rev().filter_map(Line::inverse).collect()
    }

    /// What is left to do of it, when later applies have taken on these grants: what became of those is theirs to say.
    pub fn left(&self, taken_on: &Sorted<Grant>) -> Vec<Change> {
        let left = |line: &&Line| !line.ending.is_done() && !taken_on.contains(&line.change.grant());
        self.lines.iter().filter(left).map(|line| line.change.clone()).collect()
    }

    /// Puts right, by what the directory was found to say, the lines of which it was not known, and gives their
    /// positions. `claimed` are the assignments that records say to have made: each is of one record alone.
    pub fn settle(&mut self, found: &[(Change, Found)], claimed: &mut Vec<AssignmentId>, now: Timestamp) -> Vec<usize> {
        let mut settled = Vec::new();
        for (at, line) in self.lines.iter_mut().enumerate() {
            let found = found.iter().find(|(change, _)| *change == line.change);
            let (Ending::Unknown { .. }, Some((_, found))) = (&line.ending, found) else { continue };
            line.ending = match Ending::found(&line.change, found.clone(), self.started, now) {
                Ending::Assigned { assignment, .. } if claimed.contains(&assignment) => Ending::AlreadyThere,
                ending => ending,
            };
            if let Ending::Assigned { assignment, .. } = &line.ending {
                claimed.push(assignment.clone());
            }
            settled.push(at);
        }
        settled
    }

    /// It as JSON.
    pub fn write(&self) -> String {
        let mut file = Writer::file(FORMAT);
        file.line("tenant", &self.tenant.to_string());
        file.line("account", &self.who.name);
        file.line("accountId", &self.who.id.to_string());
        file.line("appVersion", &self.version);
        file.line("started", &self.started.to_rfc3339());
        file.line("ended", &self.ended.to_rfc3339());
        file.line("digest", &self.digest.to_string());
        if let Some(page) = &self.page {
            file.line("page", page);
        }
        file.list("lines", self.lines.iter().map(Line::write))
    }

    /// Reads JSON that must be of this tenant.
    pub fn read(bytes: &[u8], tenant: TenantId) -> Result<Self, FileProblem> {
        let mut fields = Fields::of_file(bytes, FORMAT)?;
        let mut receipt = Self {
            tenant: fields.tenant(tenant)?,
            who: fields.person("account", "accountId")?,
            version: fields.text("appVersion")?.unwrap_or_default(),
            started: fields.required("started")?,
            ended: fields.required("ended")?,
            digest: fields.required("digest")?,
            page: fields.text("page")?,
            lines: Vec::new(),
        };
        for (number, entry) in (1_usize..).zip(fields.list("lines")?) {
            receipt.lines.push(Line::read(Fields::of_entry(entry, &format!("line {number}"))?)?);
        }
        fields.end()?;
        Ok(receipt)
    }

    /// It as comma-separated values, each line complete in itself. It begins with the mark by which spreadsheets know
    /// UTF-8.
    pub fn write_csv(&self) -> String {
        let mut text = String::from('\u{FEFF}');
        text += &csv::row([
            "Change",
            "Identity",
            "Identity id",
            "API",
            "API id",
            "API application id",
            "Role",
            "Role id",
            "Before",
            "After",
            "Outcome",
            "Reason",
            "Assignment id",
            "Accepted (UTC)",
            "Live by (UTC)",
            "Request id",
            "Account",
            "Account id",
            "Tenant id",
            "Started (UTC)",
            "Ended (UTC)",
            "Plan digest",
            "App version",
        ]);
        let moment = |at: Option<Timestamp>| at.map(Timestamp::to_rfc3339).unwrap_or_default();
        for line in &self.lines {
            let (change, (before, after)) = (&line.change, line.held());
            let act = if change.act() == Act::Assign { "assign" } else { "remove" };
            text += &csv::row([
                act,
                &line.names.identity,
                &change.identity().to_string(),
                &line.names.api,
                &change.api().to_string(),
                &line.names.api_app_id.map(|id| id.to_string()).unwrap_or_default(),
                &line.names.role,
                &change.role().to_string(),
                held_in_words(before),
                held_in_words(after),
                line.ending.label(),
                line.ending.reason(),
                line.assignment().map_or("", AssignmentId::as_str),
                &moment(line.ending.accepted().map(|(at, _)| at)),
                &moment(line.live_by()),
                line.request.as_deref().unwrap_or_default(),
                &self.who.name,
                &self.who.id.to_string(),
                &self.tenant.to_string(),
                &moment(Some(self.started)),
                &moment(Some(self.ended)),
                &self.digest.to_string(),
                &self.version,
            ]);
        }
        text
    }

    /// What to call a file of it that ends in `extension`.
    pub fn file_name(&self, extension: &'static str) -> String {
        file_name("receipt", self.ended, &self.digest, extension)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assign, changes, hostile, remove};
    use super::*;
    use crate::auth::testing::HostCrypto;
    use crate::directory::testing::assignment;
    use crate::directory::{AppId, AppRoleId, ObjectId};
    use futures_util::FutureExt as _;
    use proptest::prelude::*;
    use std::collections::HashSet;

    const TENANT: TenantId = TenantId::from_u128(7);
    const MADE: &str = "-x1W1zT6z1U-kJxf62svfp1HFE8pMZhxDun-ThPczmJ";
    const GONE: &str = "47nZsM8O_UuNq5Jz3QValCxBBiqJea9Drc9CMK4Ru_M";

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_unix_millis(1_795_473_060_000 + minutes * 60_000)
    }

    fn line(change: Change, ending: Ending, name: &str) -> Line {
        let api_app_id = Some(AppId::from_u128(3));
        let names = Names { identity: name.into(), api: name.into(), api_app_id, role: name.into() };
        Line { change, names, ending, request: Some(name.into()) }
    }

    fn receipt(lines: Vec<Line>, name: &str) -> Receipt {
        let changes: Vec<_> = lines.iter().map(|line| line.change.clone()).collect();
        Receipt {
            tenant: TENANT,
            who: Person { name: name.into(), id: ObjectId::from_u128(1) },
            version: "0.1.0".into(),
            started: at(0),
            ended: at(3),
            digest: Digest::of(&HostCrypto, TENANT, &changes).now_or_never().unwrap().unwrap(),
            page: Some(name.into()).filter(|_| lines.len() == 1),
            lines,
        }
    }

    fn assigned() -> Ending {
        Ending::Assigned { assignment: MADE.parse().unwrap(), accepted: at(1), visible: true }
    }

    /// A line of each ending.
    fn sample() -> Receipt {
        let reason = || "Forbidden".to_owned();
        let lines = vec![
            line(assign(1, 2, 3), assigned(), "=mi"),
            line(remove(1, 2, 4, GONE), Ending::Removed { accepted: at(2), visible: false }, "mi"),
            line(assign(1, 2, 5), Ending::AlreadyThere, "mi"),
            line(remove(1, 2, 6, GONE), Ending::AlreadyGone, "mi"),
            line(assign(1, 2, 7), Ending::Failed { reason: reason() }, "mi"),
            line(remove(1, 2, 8, GONE), Ending::Unknown { reason: reason() }, "mi"),
            line(remove(1, 2, 9, GONE), Ending::NotSent { reason: reason() }, "mi"),
            line(assign(1, 2, 10), Ending::NotDone { reason: reason() }, "mi"),
        ];
        receipt(lines, "Ada")
    }

    #[test]
    fn only_what_was_done_is_taken_back_and_by_its_own_assignment() {
        assert_eq!(sample().inverse(), [assign(1, 2, 4), remove(1, 2, 3, MADE)]);
    }

    #[test]
    fn says_before_after_and_from_when_it_counts() {
        let receipt = sample();
        let held: Vec<_> = receipt.lines.iter().map(Line::held).collect();
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(held, [(no, yes), (yes, no), (yes, yes), (no, no), (no, no), (yes, None), (yes, yes), (no, no)]);
        assert_eq!(receipt.lines[0].live_by(), Some(at(1 + 24 * 60)));
        assert_eq!(receipt.lines[2].live_by(), None);
    }

    /// SEC-114, SEC-134
    #[test]
    fn is_evidence_that_a_spreadsheet_opens() {
        let csv = sample().write_csv();
        let lines: Vec<_> = csv.split_terminator("\r\n").collect();
        assert_eq!(lines.len(), 9);
        assert!(lines[0].starts_with("\u{FEFF}\"Change\",\"Identity\",\"Identity id\""));
        let columns = lines[0].matches("\",\"").count();
        assert!(lines.iter().all(|line| line.matches("\",\"").count() == columns));
        assert_eq!(
            lines[1],
            format!(
                "\"assign\",\"'=mi\",\"{one}\",\"'=mi\",\"{two}\",\"{three}\",\"'=mi\",\"{three}\",\"not held\",\"held\",\"Assigned\",\"\",\"'{MADE}\",\"2026-11-23T22:32:00.000Z\",\"2026-11-24T22:32:00.000Z\",\"'=mi\",\"Ada\",\"{one}\",\"{seven}\",\"2026-11-23T22:31:00.000Z\",\"2026-11-23T22:34:00.000Z\",\"{digest}\",\"0.1.0\"",
                one = ObjectId::from_u128(1),
                two = ObjectId::from_u128(2),
                three = ObjectId::from_u128(3),
                seven = TENANT,
                digest = sample().digest,
            )
        );
        assert!(lines[6].contains("\"held\",\"not known\",\"Not known\",\"Forbidden\""));
    }

    /// What was sent and looked for in vain is not said to be unsent, not even of a file from before that was told apart.
    #[test]
    fn what_was_sent_is_never_called_not_sent() {
        let vain = Ending::found(&assign(1, 2, 3), Found::NotSeen, at(0), at(1));
        assert_eq!((vain.label(), vain.key()), ("Not done", "notDone"));
        let new = receipt(vec![line(assign(1, 2, 3), vain, "mi")], "Ada");
        let old = new.write().replacen("notDone", "notSent", 1);
        assert_eq!(Receipt::read(old.as_bytes(), TENANT), Ok(new));
        let unsent = receipt(vec![line(assign(1, 2, 3), Ending::NotSent { reason: String::new() }, "mi")], "Ada");
        assert_eq!(Receipt::read(unsent.write().as_bytes(), TENANT), Ok(unsent));
    }

    #[test]
    fn what_a_later_apply_has_taken_on_is_not_left() {
        let left = |taken_on: Vec<Change>| {
            let taken_on = taken_on.iter().map(Change::grant).collect();
            sample().left(&taken_on).iter().map(Change::role).collect::<Vec<_>>()
        };
        let roles = |roles: &[u128]| roles.iter().map(|role| AppRoleId::from_u128(*role)).collect::<Vec<_>>();
        assert_eq!(left(vec![]), roles(&[7, 8, 9, 10]));
        // Whichever way it went.
        assert_eq!(left(vec![assign(1, 2, 7), assign(1, 2, 8), assign(3, 2, 9)]), roles(&[9, 10]));
    }

    /// F-10
    #[test]
    fn what_was_not_known_is_settled_and_claimed_by_one_record() {
        let unknown = || Ending::Unknown { reason: String::new() };
        let lines = || vec![line(assign(1, 2, 3), unknown(), "mi"), line(assign(1, 2, 4), unknown(), "mi")];
        let mut made = assignment(1, 2, 3);
        (made.id, made.created) = (MADE.parse().unwrap(), Some(at(1)));
        let found = [(assign(1, 2, 3), Found::Seen(Some(made.clone()))), (assign(9, 9, 9), Found::Seen(Some(made)))];
        let (mut first, mut second, mut claimed) = (receipt(lines(), "Ada"), receipt(lines(), "Ada"), Vec::new());
        assert_eq!(first.settle(&found, &mut claimed, at(9)), [0], "of the other nothing was found out");
        assert_eq!(first.lines[0].ending, assigned());
        assert_eq!(first.lines[1].ending, unknown());
        assert!(first.settle(&found, &mut claimed, at(9)).is_empty(), "once");
        assert_eq!(second.settle(&found, &mut claimed, at(9)), [0]);
        assert_eq!(second.lines[0].ending, Ending::AlreadyThere);
        assert_eq!(second.settle(&[(assign(1, 2, 4), Found::NotSeen)], &mut claimed, at(9)), [1]);
        assert_eq!(second.lines[1].ending.label(), "Not done");
    }

    /// SEC-116
    #[test]
    fn its_name_is_nobodys_choice() {
        let mark = sample().digest.short();
        assert_eq!(sample().file_name("csv"), format!("rolegrant-receipt-2026-11-23T2234Z-{mark}.csv"));
        assert_eq!(receipt(sample().lines, "../x").file_name("csv"), sample().file_name("csv"));
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let text = sample().write();
        for (from, to, says) in [
            ("rolegrant-receipt", "rolegrant-plan", "The file does not say \"format\": \"rolegrant-receipt\"."),
            ("\"outcome\":\"assigned\"", "\"outcome\":\"removed\"", "\"outcome\" of line 1 is not one of this change."),
            ("\"outcome\":\"removed\"", "\"outcome\":\"done\"", "\"outcome\" of line 2 is not one of this change."),
            ("\"after\":\"held\"", "\"after\":\"not held\"", "\"after\" of line 1 contradicts the outcome."),
            ("\"liveBy\":\"2026", "\"liveBy\":\"2027", "\"liveBy\" of line 1 contradicts the outcome."),
            ("\"visible\":true", "\"visible\":1", "\"visible\" of line 1 is neither true nor false."),
            ("\"accepted\"", "\"acceptet\"", "\"accepted\" of line 1 is missing."),
            ("\"request\"", "\"token\":\"x\",\"request\"", "\"token\" of line 1 is not known."),
            (
                &TENANT.to_string(),
                "00000000-0000-0000-0000-000000000008",
                "The file is of another tenant, 00000000-0000-0000-0000-000000000008, and you are signed in to 00000000-0000-0000-0000-000000000007: ids of one mean nothing in the other.",
            ),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            assert_eq!(Receipt::read(changed.as_bytes(), TENANT).unwrap_err().to_string(), says);
        }
    }

    fn any_receipt() -> impl Strategy<Value = Receipt> {
        let ending = (0_u8..6, hostile(), 0_i64..9_999, any::<bool>());
        (changes(), prop::collection::vec((ending, hostile()), 12), hostile()).prop_map(|(changes, endings, name)| {
            let line = |change: Change, (kind, reason, minutes, visible): (u8, String, i64, bool), name: &str| {
                let ending = match (kind, change.act()) {
                    (0, Act::Assign) => {
                        Ending::Assigned { assignment: MADE.parse().unwrap(), accepted: at(minutes), visible }
                    }
                    (0, Act::Remove) => Ending::Removed { accepted: at(minutes), visible },
                    (1, Act::Assign) => Ending::AlreadyThere,
                    (1, Act::Remove) => Ending::AlreadyGone,
                    (2, _) => Ending::Failed { reason },
                    (3, _) => Ending::Unknown { reason },
                    (4, _) => Ending::NotDone { reason },
                    _ => Ending::NotSent { reason },
                };
                self::line(change, ending, name)
            };
            let lines = changes.into_iter().zip(endings);
            receipt(lines.map(|(change, (ending, name))| line(change, ending, &name)).collect(), &name)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn survives_being_written(receipt in any_receipt()) {
            prop_assume!(!receipt.lines.is_empty());
            prop_assert_eq!(Receipt::read(receipt.write().as_bytes(), TENANT), Ok(receipt));
        }

        /// Taking back ends where the apply began, for all that it changed and nothing else.
        #[test]
        fn the_inverse_restores_what_was_changed(receipt in any_receipt()) {
            let inverse = receipt.inverse();
            let changed: HashSet<_> = receipt.lines.iter().filter(|line| {
                matches!(line.ending, Ending::Assigned { .. } | Ending::Removed { .. })
            }).map(|line| line.change.grant()).collect();
            prop_assert_eq!(inverse.iter().map(Change::grant).collect::<HashSet<_>>(), changed);
            for change in &inverse {
                let line = receipt.lines.iter().find(|line| line.change.grant() == change.grant()).unwrap();
                prop_assert_eq!(line.held().0, Some(change.act() == Act::Assign));
            }
        }

        #[test]
        fn any_text_is_read(text in "\\PC{0,40}", at in 0_usize..6000, cut in any::<bool>()) {
            let mut whole = sample().write();
            if cut { whole.truncate(at) } else if at < whole.len() { whole.insert_str(at, &text) }
            let _ = Receipt::read(whole.as_bytes(), TENANT);
        }
    }
}
