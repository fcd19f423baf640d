//! The records of what was applied from this browser: written before anything is sent and while it goes on, kept on the
//! computer until the administrator signs out, shown to the account that they are of and to nobody else. They hold names,
//! ids and times, and no secret (SEC-134).
//!
//! No record is needed for an apply to work: where none can be kept, the screen says so.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::*;

use crate::auth::Session;
use crate::browser::clock::BrowserClock;
use crate::browser::crypto::WebCrypto;
use crate::browser::database::{self, DatabaseError};
use crate::browser::lock::{self, Lock};
use crate::directory::{ObjectId, Sorted, TenantId, Timestamp};
use crate::http::Clock as _;
use crate::plan::receipt::Ending;
use crate::plan::record::{self, Head, Sums};
use crate::plan::{Change, Digest, FileProblem, Found, FrozenPlan, Names, Person, Receipt, State};
use crate::signals::RwSignal;

/// How far an apply is, as its record tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It runs, in this tab or in another one.
    Running,
    /// Its page went away while it ran.
    BrokenOff,
    /// It has ended.
    Ended,
}

/// One apply in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Who, when, what.
    pub head: Head,
    /// How far it is.
    pub standing: Standing,
    /// How many of its lines ended how.
    pub sums: Sums,
    /// What of it is still to do: no later apply has taken it on.
    pub left: Rc<Vec<Change>>,
}

impl Summary {
    /// Whether it has come to rest with something to do, or to find out, about it.
    pub fn is_open(&self) -> bool {
        self.standing != Standing::Running && (self.sums.unknown > 0 || !self.left.is_empty())
    }
}

/// Why a record cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// Nothing can be kept here, or read.
    Database(DatabaseError),
    /// There is none of that name.
    Missing,
    /// It is not what was written.
    Unreadable(FileProblem),
}

impl From<DatabaseError> for RecordError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

/// The kinds of what is kept of an apply.
const KINDS: [&str; 3] = ["head", "plan", "part"];

/// How the keys begin under which the records of a session's account are.
pub fn keys_of(session: &Session) -> [String; 3] {
    let account = session.account();
    KINDS.map(|kind| key(kind, account.tenant, account.object_id, ""))
}

/// A key: what it is of, the account, the record, and which part of it.
fn key(kind: &str, tenant: TenantId, account: ObjectId, id: &str) -> String {
    format!("{kind} {tenant} {account} {id}")
}

/// The records of the account that is signed in. A handle: copies show the same ones.
#[derive(Clone, Copy)]
pub struct Activity {
    tenant: TenantId,
    who: StoredValue<Person>,
    /// Changes when there is something new to read.
    pub version: RwSignal<u32>,
    /// Whether an apply could not be recorded.
    pub unrecorded: RwSignal<bool>,
}

impl Activity {
    /// The records of a session's account.
    pub fn new(session: &Session) -> Self {
        let account = session.account();
        let who = Person { name: account.name.clone(), id: account.object_id };
        Self {
            tenant: account.tenant,
            who: StoredValue::new(who),
            version: RwSignal::new(0),
            unrecorded: RwSignal::new(false),
        }
    }

    /// A key of this account: those of others are never read.
    fn key(self, kind: &str, id: &str) -> String {
        key(kind, self.tenant, self.who.with_value(|who| who.id), id)
    }

    /// How many applies there are, as far as that can be read.
    pub async fn count(self) -> usize {
        database::read(&self.key("head", "")).await.map_or(0, |heads| heads.len())
    }

    fn changed(self) {
        self.version.update(|version| *version = version.wrapping_add(1));
    }

    /// A recorder for an apply that begins now; nothing is written yet.
    pub fn recorder(self, started: Timestamp, digest: Digest, plan: &FrozenPlan, names: &[Names]) -> Recorder {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let about = record::about(plan, names);
        let (tenant, who) = (self.tenant, self.who.get_value());
        let head = Head { tenant, who, version, started, digest, about, page: None, end: None };
        Recorder {
            activity: self,
            lock: Cell::new(Some(lock::hold(&head.id()))),
            head,
            entries: RefCell::default(),
            part: Cell::new(0),
            broken: Cell::new(false),
        }
    }

    /// Begins the record of changes that are made without a plan, on the page of what has this name, if there can be one.
    pub async fn record(
        self,
        started: Timestamp,
        plan: &FrozenPlan,
        names: Vec<Names>,
        page: String,
    ) -> Option<Recorder> {
        let digest = Digest::of(&WebCrypto, self.tenant, plan.steps()).await;
        if digest.is_err() {
            self.unrecorded.set(true);
        }
        let mut recorder = self.recorder(started, digest.ok()?, plan, &names);
        recorder.head.page = Some(page);
        recorder.begin(plan, &names).await;
        Some(recorder)
    }

    /// The applies, the newest first, and how many more there are that cannot be read.
    pub async fn list(self) -> Result<(Vec<Summary>, usize), DatabaseError> {
        let (mut summaries, mut unreadable) = (Vec::new(), 0);
        let heads = database::read(&self.key("head", "")).await?;
        let running = lock::held().await;
        // The key begins with the time.
        for (_, text) in heads.iter().rev() {
            let summary = match Head::read(text, self.tenant) {
                Ok(head) => self.summary(head, &running).await,
                Err(_) => None,
            };
            match summary {
                Some(summary) => summaries.push(summary),
                None => unreadable += 1,
            }
        }
        self.find_what_is_left(&mut summaries).await;
        Ok((summaries, unreadable))
    }

    /// Finds what is left of the applies, the newest first.
    async fn find_what_is_left(self, summaries: &mut [Summary]) {
        let Some(oldest) = summaries.iter().rposition(|apply| apply.sums.left() > 0) else { return };
        let mut taken_on = Sorted::default();
        for apply in summaries.iter_mut().take(oldest + 1) {
            let Ok(receipt) = self.receipt(&apply.head).await else { continue };
            apply.left = Rc::new(receipt.left(&taken_on));
            taken_on.insert_all(receipt.lines.iter().map(|line| line.change.grant()).collect());
        }
    }

    async fn summary(self, head: Head, running: &[String]) -> Option<Summary> {
        let (standing, sums) = match head.end {
            Some((_, sums)) => (Standing::Ended, sums),
            None => {
                let receipt = self.receipt(&head).await.ok()?;
                let runs = running.contains(&head.id());
                (if runs { Standing::Running } else { Standing::BrokenOff }, Sums::of(&receipt))
            }
        };
        Some(Summary { head, standing, sums, left: Rc::default() })
    }

    /// One apply with all of its lines.
    pub async fn open(self, id: &str) -> Result<(Summary, Receipt), RecordError> {
        let (applies, _) = self.list().await?;
        let apply = applies.into_iter().find(|apply| apply.head.id() == id).ok_or(RecordError::Missing)?;
        let receipt = self.receipt(&apply.head).await?;
        Ok((apply, receipt))
    }

    async fn receipt(self, head: &Head) -> Result<Receipt, RecordError> {
        let plan = database::read(&self.key("plan", &head.id())).await?;
        let (_, plan) = plan.first().ok_or(RecordError::Missing)?;
        let parts = database::read(&self.key("part", &head.id())).await?;
        record::read(head, plan, parts.iter().map(|(_, text)| text.as_str())).map_err(RecordError::Unreadable)
    }

    /// Writes down, in whichever record it is of, what the directory was found to say of changes of which it was not
    /// known what became.
    pub async fn settle(self, found: &[(Change, Found)], now: Timestamp) -> Result<(), DatabaseError> {
        let (applies, _) = self.list().await?;
        // What runs finds out by itself.
        let open = |apply: &Summary| apply.standing != Standing::Running && apply.sums.unknown > 0;
        if !applies.iter().any(open) {
            return Ok(());
        }
        let (mut records, mut claimed) = (Vec::new(), Vec::new());
        for apply in applies.into_iter().rev() {
            let Ok(receipt) = self.receipt(&apply.head).await else { continue };
            claimed.extend(receipt.lines.iter().filter_map(|line| match &line.ending {
                Ending::Assigned { assignment, .. } => Some(assignment.clone()),
                _ => None,
            }));
            if open(&apply) {
                records.push((apply.head, receipt));
            }
        }
        for (head, mut receipt) in records {
            let settled = receipt.settle(found, &mut claimed, now);
            let lines = settled.iter().filter_map(|at| Some((*at, receipt.lines.get(*at)?)));
            let entries: Vec<_> = lines.map(|(at, line)| record::ended(at, line)).collect();
            if entries.is_empty() {
                continue;
            }
            let parts = database::read(&self.key("part", &head.id())).await?.len();
            // After all parts that the apply has written, and of a name that it gives to none.
            let key = format!("{} settled {parts:06}", self.key("part", &head.id()));
            database::put(&[(key, record::write_part(receipt.ended, entries))]).await?;
            if head.end.is_some() || Sums::of(&receipt).left() == 0 {
                self.close(&head, &receipt).await?;
            }
            self.changed();
        }
        Ok(())
    }

    /// Nothing more will come of an apply: it counts as ended when it was last heard of, as the receipt says.
    pub async fn close(self, head: &Head, receipt: &Receipt) -> Result<(), DatabaseError> {
        let head = Head { end: Some((receipt.ended, Sums::of(receipt))), ..head.clone() };
        database::put(&[(self.key("head", &head.id()), head.write())]).await?;
        self.changed();
        Ok(())
    }

    /// Deletes a record.
    pub async fn delete(self, id: &str) -> Result<(), DatabaseError> {
        for of in KINDS {
            database::remove(&self.key(of, id)).await?;
        }
        self.changed();
        Ok(())
    }

    fn part_key(self, head: &Head, part: usize) -> String {
        format!("{} {part:06}", self.key("part", &head.id()))
    }
}

/// Writes down one apply while it runs.
pub struct Recorder {
    activity: Activity,
    head: Head,
    /// Other tabs see by it that the apply still runs.
    lock: Cell<Option<Lock>>,
    /// What has happened and is not written yet.
    entries: RefCell<Vec<String>>,
    part: Cell<usize>,
    broken: Cell<bool>,
}

impl Recorder {
    /// What the record is called.
    pub fn id(&self) -> String {
        self.head.id()
    }

    /// Writes down what is going to be applied.
    pub async fn begin(&self, plan: &FrozenPlan, names: &[Names]) {
        let id = self.head.id();
        let rows = [("head", self.head.write()), ("plan", record::write_plan(plan, names))]
            .map(|(of, text)| (self.activity.key(of, &id), text));
        self.done(database::put(&rows).await);
        self.activity.changed();
    }

    /// A line has come further.
    pub fn note(&self, line: usize, change: &Change, state: &State) {
        if !self.broken.get() {
            self.entries.borrow_mut().push(record::entry(line, change, state));
        }
    }

    /// Writes down what has happened; when it is over, that is written or cannot be.
    pub async fn flush(&self) {
        if let Some(part) = self.next_part() {
            self.done(database::put(&[part]).await);
        }
    }

    /// The same for a page that is about to go.
    pub fn flush_now(&self) {
        if let Some(part) = self.next_part() {
            database::put_now(&[part]);
        }
    }

    /// The apply has ended. What the directory shows later is still noted.
    pub async fn end(&self, at: Timestamp, sums: Sums) {
        self.flush().await;
        if !self.broken.get() {
            let head = Head { end: Some((at, sums)), ..self.head.clone() };
            self.done(database::put(&[(self.activity.key("head", &head.id()), head.write())]).await);
        }
        self.lock.take();
        self.activity.changed();
    }

    fn next_part(&self) -> Option<(String, String)> {
        let entries = self.entries.take();
        if self.broken.get() || entries.is_empty() {
            return None;
        }
        let part = self.part.replace(self.part.get() + 1);
        Some((self.activity.part_key(&self.head, part), record::write_part(BrowserClock.now(), entries)))
    }

    /// After one failure no more is tried: what would follow is no whole record.
    fn done(&self, result: Result<(), DatabaseError>) {
        if result.is_err() && !self.broken.replace(true) {
            self.activity.unrecorded.set(true);
        }
    }
}
