//! An apply while it runs, as it is written down: a head, the plan with its names, and parts, each of which says how far
//! some lines have come since the part before. Nothing that is large is written twice. What is read of it is a
//! [`Receipt`], whole or as far as the record goes.
//!
//! Whoever can write where it is kept can change it, so it is read as strictly as a file. It holds no secret (SEC-134).

use super::json::{Fields, FileProblem, Writer};
use super::receipt::{Ending, Line, Receipt};
use super::{Change, Digest, FrozenPlan, Names, Person, State};
use crate::directory::{TenantId, Timestamp};

const HEAD: &str = "rolegrant-apply";
const PLAN: &str = "rolegrant-apply-plan";
const PART: &str = "rolegrant-apply-part";

/// How many lines of an apply ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// The directory is as they want it, by this apply or before.
    pub done: usize,
    /// Not done.
    pub failed: usize,
    /// Not known.
    pub unknown: usize,
    /// Not sent.
    pub not_sent: usize,
}

impl Sums {
    /// Those of a receipt.
    pub fn of(receipt: &Receipt) -> Self {
        let mut sums = Self::default();
        for line in &receipt.lines {
            *match line.ending {
                Ending::Failed { .. } => &mut sums.failed,
                Ending::Unknown { .. } => &mut sums.unknown,
                Ending::NotSent { .. } => &mut sums.not_sent,
                _ => &mut sums.done,
            } += 1;
        }
        sums
    }

    /// They in words: `412 done, 20 not known, 568 not sent`.
    pub fn words(self) -> String {
        let mut text = format!("{} done", self.done);
        for (count, what) in [(self.failed, "failed"), (self.unknown, "not known"), (self.not_sent, "not sent")] {
            if count > 0 {
                text += &format!(", {count} {what}");
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
        if let Some((at, sums)) = self.end {
            text.line("ended", &at.to_rfc3339());
            for (name, count) in
                [("done", sums.done), ("failed", sums.failed), ("unknown", sums.unknown), ("notSent", sums.not_sent)]
            {
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
            end: None,
        };
        if let Some(ended) = fields.optional("ended")? {
            let sums = Sums {
                done: fields.required("done")?,
                failed: fields.required("failed")?,
                unknown: fields.required("unknown")?,
                not_sent: fields.required("notSent")?,
            };
            head.end = Some((ended, sums));
        }
        fields.end()?;
        Ok(head)
    }
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
/// answer is recorded is not known; one that was not sent, or that is known to have done nothing, was not sent.
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
                "waiting" => Ending::NotSent { reason: String::new() },
                outcome => Ending::read(&mut fields, outcome, line.change.act())?,
            };
            line.request = fields.text("request")?;
            fields.end()?;
        }
        fields.end()?;
    }
    let Head { tenant, who, version, started, digest, end } = head.clone();
    Ok(Receipt { tenant, who, version, started, ended: end.map_or(last, |(at, _)| at), digest, lines })
}
