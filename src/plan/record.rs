//! An apply while it runs, as it is written down: a head, the plan with its names, and parts, each of which says how far
//! some lines have come since the part before. Nothing that is large is written twice. What is read of it is a
//! [`Receipt`], whole or as far as the record goes.
//!
//! Whoever can write where it is kept can change it, so it is read as strictly as a file. It holds no secret (SEC-134).

use super::json::{Fields, FileProblem, Writer};
use super::receipt::{Ending, Line, Receipt};
use super::{Change, Counts, Digest, FrozenPlan, Names, Person, State};
use crate::directory::{ObjectId, TenantId, Timestamp, grouped};

const HEAD: &str = "rolegrant-apply";
const PLAN: &str = "rolegrant-apply-plan";
const PART: &str = "rolegrant-apply-part";

/// How many lines of an apply ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Done by this apply.
    pub done: usize,
    /// The directory was as they want it before.
    pub already: usize,
    /// Refused.
    pub failed: usize,
    /// Not known.
    pub unknown: usize,
    /// Sent, and not done.
    pub not_done: usize,
    /// Never sent.
    pub not_sent: usize,
}

/// Those of an apply that has ended.
impl From<Counts> for Sums {
    fn from(counts: Counts) -> Self {
        Self {
            done: counts.accepted + counts.visible,
            already: counts.already,
            failed: counts.failed,
            unknown: counts.unknown,
            not_done: counts.not_done,
            not_sent: counts.not_sent,
        }
    }
}

impl Sums {
    /// Those of a receipt.
    pub fn of(receipt: &Receipt) -> Self {
        let mut sums = Self::default();
        for line in &receipt.lines {
            *match line.ending {
                Ending::Failed { .. } => &mut sums.failed,
                Ending::Unknown { .. } => &mut sums.unknown,
                Ending::NotDone { .. } => &mut sums.not_done,
                Ending::NotSent { .. } => &mut sums.not_sent,
                Ending::AlreadyThere | Ending::AlreadyGone => &mut sums.already,
                _ => &mut sums.done,
            } += 1;
        }
        sums
    }

    /// How many may still be to do.
    pub fn left(self) -> usize {
        self.failed + self.unknown + self.not_done + self.not_sent
    }

    /// They in words: `412 done, 20 not known, 568 not sent`.
    pub fn words(self) -> String {
        self.words_of(&self.done.to_string())
    }

    /// The same with other words for how many were done.
    pub fn words_of(self, done: &str) -> String {
        let mut text = format!("{done} done");
        for (count, what) in [
            (self.already, "already so"),
            (self.failed, "failed"),
            (self.unknown, "not known"),
            (self.not_done, "not done"),
            (self.not_sent, "not sent"),
        ] {
            if count > 0 {
                text += &format!(", {} {what}", grouped(count));
            }
        }
        text
    }
}

/// Who applied what, when, and how that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// In which tenant.
    pub tenant: TenantId,
    /// Who.
    pub who: Person,
    /// With which version of the app.
    pub version: String,
    /// When it began.
    pub started: Timestamp,
    /// The digest of the plan.
    pub digest: Digest,
    /// What all of it is about, where that is one identity or one API: its name.
    pub about: String,
    /// The name of the identity or the API on whose page the changes were made, where there was no plan.
    pub page: Option<String>,
    /// When it ended and how; nothing while it runs, and after it was broken off.
    pub end: Option<(Timestamp, Sums)>,
}

impl Head {
    /// What to call the record: no other of this account has that name.
    pub fn id(&self) -> String {
        format!("{}-{}", self.started.unix_millis(), self.digest.short())
    }

    /// It as a text.
    pub fn write(&self) -> String {
        let mut text = Writer::file(HEAD);
        text.line("tenant", &self.tenant.to_string());
        text.line("account", &self.who.name);
        text.line("accountId", &self.who.id.to_string());
        text.line("appVersion", &self.version);
        text.line("started", &self.started.to_rfc3339());
        text.line("digest", &self.digest.to_string());
        text.line("about", &self.about);
        if let Some(page) = &self.page {
            text.line("page", page);
        }
        if let Some((at, sums)) = self.end {
            text.line("ended", &at.to_rfc3339());
            for (name, count) in [
                ("done", sums.done),
                ("already", sums.already),
                ("failed", sums.failed),
                ("unknown", sums.unknown),
                ("notDone", sums.not_done),
                ("notSent", sums.not_sent),
            ] {
                text.line(name, &count.to_string());
            }
        }
        text.end()
    }

    /// That of a text, which must be of this tenant.
    pub fn read(text: &str, tenant: TenantId) -> Result<Self, FileProblem> {
        let mut fields = Fields::of_file(text.as_bytes(), HEAD)?;
        let mut head = Self {
            tenant: fields.tenant(tenant)?,
            who: fields.person("account", "accountId")?,
            version: fields.text("appVersion")?.unwrap_or_default(),
            started: fields.required("started")?,
            digest: fields.required("digest")?,
            about: fields.text("about")?.unwrap_or_default(),
            page: fields.text("page")?,
            end: None,
        };
        if let Some(ended) = fields.optional("ended")? {
            let sums = Sums {
                done: fields.required("done")?,
                failed: fields.required("failed")?,
                already: fields.required("already")?,
                unknown: fields.required("unknown")?,
                // Once it counted as not sent.
                not_done: fields.optional("notDone")?.unwrap_or_default(),
                not_sent: fields.required("notSent")?,
            };
            head.end = Some((ended, sums));
        }
        fields.end()?;
        Ok(head)
    }
}

/// What changes have in common: the name of their identity, or else of their API.
pub fn about(plan: &FrozenPlan, names: &[Names]) -> String {
    let (steps, names) = (plan.steps(), names.first());
    let same = |of: fn(&Change) -> ObjectId| steps.windows(2).all(|two| two.first().map(of) == two.last().map(of));
    let name = match names {
        Some(names) if same(Change::identity) => &names.identity,
        Some(names) if same(Change::api) => &names.api,
        _ => return String::new(),
    };
    name.clone()
}

/// The changes of a plan and what they were called, as a text.
pub fn write_plan(plan: &FrozenPlan, names: &[Names]) -> String {
    let entries = plan.steps().iter().zip(names);
    Writer::file(PLAN).list("changes", entries.map(|(change, names)| Writer::entry(change, names).end()))
}

/// How far a line has come, as an entry of a part.
pub fn entry(line: usize, change: &Change, state: &State) -> String {
    let mut entry = Writer::begin("line", &line.to_string());
    match Ending::of(change, state) {
        Some(ending) => ending.write(&mut entry),
        None if *state == State::Sent => entry.member("outcome", "sent"),
        None => entry.member("outcome", "waiting"),
    }
    if let Some(request) = state.request_id() {
        entry.member("request", request);
    }
    entry.end()
}

/// How a line ended, as an entry of a part.
pub fn ended(at: usize, line: &Line) -> String {
    let mut entry = Writer::begin("line", &at.to_string());
    line.ending.write(&mut entry);
    if let Some(request) = &line.request {
        entry.member("request", request);
    }
    entry.end()
}

/// Some entries, one at least, written at this moment.
pub fn write_part(at: Timestamp, entries: Vec<String>) -> String {
    let mut part = Writer::file(PART);
    part.line("at", &at.to_rfc3339());
    part.list("lines", entries.into_iter())
}

/// What a record says: the texts of the plan and of its parts, in their order. A line that was sent and of which no
/// answer is recorded is not known; one that waits to be sent again was refused, and is not done.
pub fn read<'a>(head: &Head, plan: &str, parts: impl Iterator<Item = &'a str>) -> Result<Receipt, FileProblem> {
    let mut fields = Fields::of_file(plan.as_bytes(), PLAN)?;
    let mut lines = Vec::new();
    for (number, entry) in (1_usize..).zip(fields.list("changes")?) {
        let mut fields = Fields::of_entry(entry, &format!("change {number}"))?;
        let (change, names) = fields.change()?;
        fields.end()?;
        lines.push(Line { change, names, ending: Ending::NotSent { reason: String::new() }, request: None });
    }
    fields.end()?;
    let mut last = head.started;
    for part in parts {
        let mut fields = Fields::of_file(part.as_bytes(), PART)?;
        last = fields.required("at")?;
        for entry in fields.list("lines")? {
            let mut fields = Fields::of_entry(entry, "a part")?;
            let at: usize = fields.required("line")?;
            let outcome: String = fields.required("outcome")?;
            let line = lines.get_mut(at).ok_or_else(|| fields.problem("line", "is not one of the plan"))?;
            line.ending = match outcome.as_str() {
                "sent" => Ending::Unknown { reason: "Sent, and no answer is recorded".to_owned() },
                "waiting" => Ending::NotDone { reason: "Not done, and not sent again".to_owned() },
                outcome => Ending::read(&mut fields, outcome, line.change.act())?,
            };
            line.request = fields.text("request")?;
            fields.end()?;
        }
        fields.end()?;
    }
    let Head { tenant, who, version, started, digest, page, end, .. } = head.clone();
    Ok(Receipt { tenant, who, version, started, ended: end.map_or(last, |(at, _)| at), digest, page, lines })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assign, changes, hostile, remove};
    use super::super::{Accepted, Draft};
    use super::*;
    use crate::auth::testing::HostCrypto;
    use crate::directory::testing::assignment;
    use crate::directory::{AssignmentId, ObjectId};
    use crate::graph::{GraphError, GraphErrorKind, Operation};
    use futures_util::FutureExt as _;
    use proptest::prelude::*;

    const TENANT: TenantId = TenantId::from_u128(7);
    const GONE: &str = "47nZsM8O_UuNq5Jz3QValCxBBiqJea9Drc9CMK4Ru_M";

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_unix_millis(1_795_473_060_000 + minutes * 60_000)
    }

    fn head(changes: &[Change], name: &str) -> Head {
        Head {
            tenant: TENANT,
            who: Person { name: name.into(), id: ObjectId::from_u128(1) },
            version: "0.1.0".into(),
            started: at(0),
            digest: Digest::of(&HostCrypto, TENANT, changes).now_or_never().unwrap().unwrap(),
            about: name.into(),
            page: Some(name.into()).filter(|_| changes.len() == 1),
            end: None,
        }
    }

    fn plan_of(changes: &[Change], name: &str) -> String {
        let names = Names { identity: name.into(), api: name.into(), api_app_id: None, role: name.into() };
        write_plan(&Draft::new(changes.to_vec()).freeze(), &vec![names; changes.len()])
    }

    fn lost() -> GraphError {
        GraphError::new(Operation::Batch, GraphErrorKind::Timeout)
    }

    /// Every state of an assignment, or of a removal.
    fn states(change: &Change) -> Vec<State> {
        let grant = change.grant();
        let made = matches!(change, Change::Assign { .. }).then(|| {
            let mut made = assignment(1, 2, 3);
            (made.principal, made.resource, made.role) = (grant.identity, grant.api, grant.role);
            made
        });
        let accepted = Accepted { made: made.clone(), request_id: Some("r-1".into()), at: at(1) };
        let already = if made.is_some() { State::AlreadyThere } else { State::AlreadyGone };
        vec![
            State::Waiting,
            State::Sent,
            State::Accepted(accepted.clone()),
            State::Visible(accepted),
            already,
            State::Failed(lost()),
            State::Unknown(lost()),
            State::NotDone,
            State::NotSent,
        ]
    }

    #[test]
    fn what_all_changes_are_about_is_named() {
        let of = |changes: &[Change]| {
            let names = Names { identity: "mi".into(), api: "api".into(), ..Names::default() };
            about(&Draft::new(changes.to_vec()).freeze(), &vec![names; changes.len()])
        };
        assert_eq!(of(&[assign(1, 2, 3), assign(1, 3, 3)]), "mi");
        assert_eq!(of(&[assign(1, 2, 3), assign(2, 2, 3)]), "api");
        assert_eq!(of(&[assign(1, 2, 3), assign(2, 3, 3)]), "");
        assert_eq!(of(&[]), "");
    }

    #[test]
    fn what_is_read_is_as_far_as_it_was_written() {
        let changes = [assign(1, 2, 3), assign(1, 2, 4), assign(1, 2, 5), remove(1, 2, 6, GONE)];
        let head = head(&changes, "Ada");
        let plan = plan_of(&changes, "mi");
        let endings = |parts: &[String]| {
            let receipt = read(&head, &plan, parts.iter().map(String::as_str)).unwrap();
            (receipt.lines.iter().map(|line| line.ending.label()).collect::<Vec<_>>(), receipt.ended)
        };
        assert_eq!(endings(&[]), (vec!["Not sent"; 4], at(0)), "nothing was sent before the plan was written");
        let accepted = |line: usize| entry(line, &changes[line], &states(&changes[line])[2]);
        let sent = |line: usize| entry(line, &changes[line], &State::Sent);
        let mut parts = vec![write_part(at(1), vec![sent(0), sent(1), sent(3)])];
        assert_eq!(endings(&parts).0, ["Not known", "Not known", "Not sent", "Not known"]);
        parts.push(write_part(at(2), vec![accepted(0), entry(1, &changes[1], &State::Waiting), accepted(3)]));
        assert_eq!(endings(&parts), (vec!["Assigned", "Not done", "Not sent", "Removed"], at(2)));
        let receipt = read(&head, &plan, parts.iter().map(String::as_str)).unwrap();
        assert_eq!(Sums::of(&receipt).words(), "2 done, 1 not done, 1 not sent");
        assert_eq!(receipt.lines[0].request.as_deref(), Some("r-1"));
        assert_eq!(receipt.inverse().len(), 2);
        assert_eq!(Receipt::read(receipt.write().as_bytes(), TENANT), Ok(receipt));
    }

    /// What was found out later replaces what was not known, and is the last word.
    #[test]
    fn what_is_not_known_is_settled_by_the_directory() {
        let (change, gone) = (assign(1, 2, 3), remove(1, 2, 6, GONE));
        let made = |minutes: i64| {
            let mut made = assignment(1, 2, 3);
            made.created = Some(at(minutes));
            super::super::Found::Seen(Some(made))
        };
        let found = |change: &Change, found| Ending::found(change, found, at(0), at(9)).label();
        assert_eq!(found(&change, made(1)), "Assigned");
        assert_eq!(found(&change, made(-6)), "Already assigned", "somebody else's, from before the apply");
        assert_eq!(found(&change, super::super::Found::NotSeen), "Not done");
        assert_eq!(found(&gone, super::super::Found::Seen(None)), "Removed");
        assert_eq!(found(&gone, super::super::Found::NotSeen), "Not done");

        let (head, plan) = (head(std::slice::from_ref(&change), "Ada"), plan_of(std::slice::from_ref(&change), "mi"));
        let mut parts = vec![write_part(at(1), vec![entry(0, &change, &State::Sent)])];
        let receipt = read(&head, &plan, parts.iter().map(String::as_str)).unwrap();
        let settled = Line { ending: Ending::found(&change, made(1), at(0), at(9)), ..receipt.lines[0].clone() };
        parts.push(write_part(at(9), vec![ended(0, &settled)]));
        let receipt = read(&head, &plan, parts.iter().map(String::as_str)).unwrap();
        assert_eq!(receipt.lines, [settled]);
        let id: AssignmentId = assignment(1, 2, 3).id;
        assert_eq!(receipt.lines[0].assignment(), Some(&id));
    }

    #[test]
    fn what_was_not_written_here_is_refused() {
        let change = assign(1, 2, 3);
        let head = head(std::slice::from_ref(&change), "Ada");
        let plan = plan_of(std::slice::from_ref(&change), "mi");
        let part = |entry: &str| read(&head, &plan, [write_part(at(1), vec![entry.to_owned()]).as_str()].into_iter());
        assert!(part(r#"{"line":"0","outcome":"sent"}"#).is_ok());
        for (entry, says) in [
            (r#"{"line":"1","outcome":"sent"}"#, "\"line\" of a part is not one of the plan."),
            (r#"{"line":"0","outcome":"removed"}"#, "\"outcome\" of a part is not one of this change."),
            (r#"{"line":"0","outcome":"sent","token":"x"}"#, "\"token\" of a part is not known."),
            (r#"{"outcome":"sent"}"#, "\"line\" of a part is missing."),
        ] {
            assert_eq!(part(entry).unwrap_err().to_string(), says);
        }
        assert!(Head::read(&head.write(), TenantId::from_u128(8)).is_err(), "another tenant's");
        let ended = Head { end: Some((at(2), Sums { done: 1, not_sent: 2, ..Sums::default() })), ..head };
        let before = ended.write().replacen(",\n\"notDone\": \"0\"", "", 1);
        assert_ne!(before, ended.write());
        assert_eq!(Head::read(&before, TENANT), Ok(ended), "as it was written before that was told apart");
        assert!(Head::read(&plan, TENANT).is_err());
    }

    /// The record of the largest plan is no larger than what is read, and a part is small whatever the plan is.
    #[test]
    fn nothing_large_is_written_twice() {
        let changes: Vec<_> = (0..10_000).map(|role| assign(role / 10, 2, role)).collect();
        let plan = plan_of(&changes, "id-of-a-usual-length-in-production");
        assert!(plan.len() < 5_000_000, "{}", plan.len());
        let entries = (0..20).map(|line| entry(line, &changes[line], &states(&changes[line])[2])).collect();
        let part = write_part(at(1), entries);
        assert!(part.len() < 4_000, "{}", part.len());
    }

    proptest! {
        #[test]
        fn every_state_is_read_as_it_was_written(changes in changes(), picks in prop::collection::vec(0_usize..9, 12), name in hostile()) {
            prop_assume!(!changes.is_empty());
            let head = head(&changes, &name);
            let plan = plan_of(&changes, &name);
            let picked: Vec<_> = changes.iter().zip(&picks).map(|(change, pick)| states(change)[*pick].clone()).collect();
            let entries = changes.iter().zip(&picked).enumerate().map(|(line, (change, state))| entry(line, change, state));
            let part = write_part(at(3), entries.collect());
            let receipt = read(&head, &plan, [part.as_str()].into_iter()).unwrap();
            for ((line, change), state) in receipt.lines.iter().zip(&changes).zip(&picked) {
                prop_assert_eq!(&line.change, change);
                prop_assert_eq!(&line.names.role, &name);
                prop_assert_eq!(line.request.as_deref(), state.request_id());
                match Ending::of(change, state) {
                    Some(ending) => prop_assert_eq!(&line.ending, &ending),
                    None => prop_assert_eq!(line.ending.label(), if *state == State::Sent { "Not known" } else { "Not done" }),
                }
            }
            let whole = Head { end: Some((at(4), Sums::of(&receipt))), ..head };
            prop_assert_eq!(Head::read(&whole.write(), TENANT), Ok(whole));
        }

        #[test]
        fn any_text_is_read(text in "\\PC{0,40}", place in 0_usize..600) {
            let change = assign(1, 2, 3);
            let head = head(std::slice::from_ref(&change), "Ada");
            for mut whole in [head.write(), plan_of(std::slice::from_ref(&change), "mi"), write_part(at(1), vec![entry(0, &change, &State::Sent)])] {
                if place < whole.len() { whole.insert_str(place, &text) }
                let _ = Head::read(&whole, TENANT);
                let _ = read(&head, &whole, [whole.as_str()].into_iter());
            }
        }
    }
}
