//! What all signed-in pages share: the catalog, how far it is loaded, and the operations that change it.
//!
//! The rows stay outside the reactive graph: a tenant may have 100,000 identities. One number, the catalog's version,
//! tells the pages that something in it changed.

use std::iter;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{LocalBoxFuture, join};
use futures_util::{Stream, StreamExt as _, stream};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::activity::{Activity, Recorder};
use crate::applying::Applying;
use crate::auth::Session;
use crate::components::problem::Problem;
use crate::directory::{
    Act, Assignment, AssignmentId, Catalog, Family, ObjectId, Right, Rights, Sorted, Timestamp, Unsettled,
};
use crate::graph::{Graph, GraphError, GraphErrorKind, LARGEST_BATCH, Operation, Retry};
use crate::kept;
use crate::plan::record::Sums;
use crate::plan::{self, Accepted, Change, Control, Found, FrozenPlan, Names, State, Witness};
use crate::planning::Planning;
use crate::route::Route;
use crate::run::Runs;
use crate::sign_in::Env;
use crate::signals::RwSignal;
use crate::waiting::Waiting;

/// How many requests are made at once to find out who holds which roles, in batches and for single APIs each.
const PARALLEL_READS: usize = 6;

/// How often the pages are drawn anew while much arrives: drawing takes longer than taking in.
const PAUSE: Duration = Duration::from_millis(250);

/// How far something is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Load {
    /// The answer is on its way; pages that came already are in the catalog.
    Loading,
    /// All of it is here.
    Loaded,
    /// It stopped; what came before is in the catalog.
    Failed(Problem),
}

/// How far the roles held are read: they are read from the APIs' side, one list an API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RolesLoad {
    /// APIs whose list has been read.
    pub done: usize,
    /// APIs to read in all; known once the APIs are loaded.
    pub total: Option<usize>,
    /// APIs whose list could not be read, with the reason of the last.
    pub failed: Vec<ObjectId>,
    /// The reason of the last failure.
    pub problem: Option<Problem>,
}

impl RolesLoad {
    /// Whether every role held is known.
    pub fn complete(&self) -> bool {
        self.total == Some(self.done)
    }
}

/// Why the work cannot go on without the administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interruption {
    /// The sign-in has run out or was revoked.
    SignInEnded,
    /// A policy demands more than the sign-in gave.
    PolicyNeedsMore,
}

/// What stands in the way of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// Whether it stands there, as far as can be seen; else it only may.
    pub certain: bool,
    /// What cannot be done.
    pub act: Act,
    /// Which directory role would do.
    pub family: Family,
    /// The names of the APIs with whose roles it cannot be done.
    pub apis: String,
}

/// The signed-in administrator's tenant. A handle: copies show the same thing.
#[derive(Clone, Copy)]
pub struct Tenant {
    env: StoredValue<Rc<Env>, LocalStorage>,
    session: StoredValue<Rc<Session>, LocalStorage>,
    graph: StoredValue<Rc<Graph>, LocalStorage>,
    catalog: StoredValue<Catalog, LocalStorage>,
    unsettled: StoredValue<Unsettled, LocalStorage>,
    version: RwSignal<u32>,
    /// When the pages last heard of the catalog.
    shown: StoredValue<Duration>,
    /// How far the identities are loaded.
    pub identities: RwSignal<Load>,
    /// When the reading began that brought all identities, if there was one: what is in the catalog is as of then, or
    /// newer.
    pub identities_as_of: RwSignal<Option<Timestamp>>,
    /// How often the identities have been begun to be read.
    turn: StoredValue<u32>,
    /// How far the APIs are loaded.
    pub apis: RwSignal<Load>,
    /// How far the roles held are loaded.
    pub roles: RwSignal<RolesLoad>,
    /// What Graph does not give at present, and when it is asked again.
    pub retries: RwSignal<Vec<(Operation, Retry)>>,
    /// The tenant's name.
    pub name: RwSignal<Option<String>>,
    /// Set when only the administrator can go on, on Microsoft's pages.
    pub interruption: RwSignal<Option<Interruption>>,
    /// What was confirmed and is not known to be done.
    pub waiting: Waiting,
    /// What is collected for the plan.
    pub planning: Planning,
    /// The plan that is being applied.
    pub applying: Applying,
    /// The records of what was applied.
    pub activity: Activity,
    /// What is being changed, page by page.
    pub runs: Runs,
    /// Whether the permission to change assignments has been granted.
    pub may_write: RwSignal<bool>,
    /// What the administrator may do, as far as her directory roles tell.
    pub rights: RwSignal<Rights>,
    /// Whether her directory roles are being read.
    pub reading_rights: RwSignal<bool>,
    /// Whether she wants to try all the same: a custom role is not seen from here.
    pub insists: RwSignal<bool>,
}

impl Tenant {
    /// The tenant behind a session, nothing of it loaded yet.
    pub fn new(env: Rc<Env>, session: Rc<Session>) -> Self {
        let graph =
            Graph::new(env.transport.clone(), env.clock.clone(), session.clone(), env.config.cloud.graph.clone());
        let retries = RwSignal::new(Vec::new());
        graph.on_retry(move |operation, retry| {
            retries.update(|retries: &mut Vec<(Operation, Retry)>| {
                retries.retain(|(of, _)| *of != operation);
                retries.extend(retry.map(|retry| (operation, retry)));
            });
        });
        let mut catalog = Catalog::default();
        catalog.set_tenant(session.account().tenant);
        catalog.name_subscriptions(env.config.subscriptions.clone());
        let rights = Rights { claimed: session.claimed_roles().to_vec(), ..Rights::default() };
        Self {
            retries,
            rights: RwSignal::new(rights),
            reading_rights: RwSignal::new(false),
            insists: RwSignal::new(false),
            may_write: RwSignal::new(session.may_write()),
            waiting: Waiting::load(&session),
            planning: Planning::load(&session),
            applying: Applying::new(),
            activity: Activity::new(&session),
            runs: Runs::new(),
            env: StoredValue::new_local(env),
            session: StoredValue::new_local(session),
            graph: StoredValue::new_local(Rc::new(graph)),
            catalog: StoredValue::new_local(catalog),
            unsettled: StoredValue::new_local(Unsettled::default()),
            version: RwSignal::new(0),
            shown: StoredValue::new(Duration::ZERO),
            identities: RwSignal::new(Load::Loading),
            identities_as_of: RwSignal::new(None),
            turn: StoredValue::new(0),
            apis: RwSignal::new(Load::Loading),
            roles: RwSignal::new(RolesLoad::default()),
            name: RwSignal::new(None),
            interruption: RwSignal::new(None),
        }
    }

    /// The tenant of the page that asks.
    pub fn here() -> Self {
        expect_context::<Self>()
    }

    /// Looks into the catalog, and again whenever it changes.
    pub fn read<R>(self, look: impl FnOnce(&Catalog) -> R) -> R {
        self.version.track();
        self.catalog.with_value(look)
    }

    /// Looks into the catalog once.
    pub fn read_once<R>(self, look: impl FnOnce(&Catalog) -> R) -> R {
        self.catalog.with_value(look)
    }

    /// The version of the catalog, for what is computed from it.
    pub fn version(self) -> u32 {
        self.version.get()
    }

    fn edit(self, change: impl FnOnce(&mut Catalog)) {
        self.catalog.update_value(change);
        self.show();
    }

    /// Tells the pages that something in the catalog has changed.
    pub(crate) fn show(self) {
        self.shown.set_value(self.env.with_value(|env| env.clock.monotonic()));
        self.version.update(|version| *version = version.wrapping_add(1));
    }

    /// Takes in a part of what is being loaded. The first rows are shown at once, the others now and then; the last when
    /// whoever loads says so.
    pub(crate) fn fill(self, change: impl FnOnce(&mut Catalog)) {
        let rows = || self.read_once(|catalog| catalog.identities().len());
        let before = rows();
        self.catalog.update_value(change);
        let since = self.env.with_value(|env| env.clock.monotonic()).saturating_sub(self.shown.get_value());
        if since >= PAUSE || (before == 0 && rows() > 0) {
            self.show();
        }
    }

    /// What sign-in and configuration know.
    pub fn env(self) -> Rc<Env> {
        self.env.get_value()
    }

    /// Who is signed in.
    pub fn session(self) -> Rc<Session> {
        self.session.get_value()
    }

    /// The present, by the computer's clock.
    pub fn now(self) -> Timestamp {
        self.env.with_value(|env| env.clock.now())
    }

    /// How long until a moment of the monotonic clock.
    pub fn time_to(self, at: Duration) -> Duration {
        at.saturating_sub(self.env.with_value(|env| env.clock.monotonic()))
    }

    /// The name of a subscription, where config.json knows it.
    pub fn known_subscription(self, id: &str) -> Option<String> {
        self.env.with_value(|env| {
            let mut named = env.config.subscriptions.iter();
            named.find(|(known, _)| known.eq_ignore_ascii_case(id)).map(|(_, name)| name.clone())
        })
    }

    /// The name of a subscription where config.json knows it, else the beginning of its id.
    pub fn subscription(self, id: &str) -> String {
        self.known_subscription(id).unwrap_or_else(|| match id.split_once('-') {
            Some((beginning, _)) => format!("{beginning}…"),
            None => id.to_owned(),
        })
    }

    /// Whether all lists have been read in full: only then is it known who holds what.
    pub fn is_loaded(self) -> bool {
        let all = |load: RwSignal<Load>| load.with(|load| *load == Load::Loaded);
        all(self.identities) && all(self.apis) && self.roles.with(RolesLoad::complete)
    }

    /// Loads everything, in the order in which the screens need it.
    pub fn load(self) {
        spawn_local(async move {
            if let Ok(organization) = self.graph().organization().await {
                self.name.set(Some(organization.display_name));
            }
        });
        spawn_local(self.load_rights());
        self.load_identities();
        spawn_local(kept::show(self));
        self.load_apis();
    }

    /// Reads what the administrator may do, or reads it again. Where that fails nothing is denied: Graph decides.
    pub async fn load_rights(self) {
        self.reading_rights.set(true);
        let graph = self.graph();
        let (roles, owned) = join(graph.my_directory_roles(), graph.owned_by_me()).await;
        self.rights.update(|rights| {
            rights.roles = roles.ok();
            rights.owned = owned.ok();
        });
        self.reading_rights.set(false);
    }

    /// The same with a new token: a role activated since does not count before.
    pub async fn check_rights_again(self) {
        self.session().renew_next();
        self.load_rights().await;
    }

    /// What stands in the way of these changes, if anything does: what does so for certain before what only may. Whoever
    /// insists is warned and not held up.
    pub fn lack(self, asked: impl IntoIterator<Item = (Act, ObjectId)>) -> Option<Lack> {
        let insists = self.insists.get();
        let (mut lack, mut last) = (None::<Lack>, None);
        self.read(|catalog| {
            self.rights.with(|rights| {
                for (act, api) in asked {
                    let Some(api) = catalog.api(api) else { continue };
                    let certain = match rights.to(act, api) {
                        Right::Held | Right::Unknown => continue,
                        Right::Missing => !insists,
                        Right::Doubtful => false,
                    };
                    let (family, name) = (Family::of(api), &api.display_name);
                    match &mut lack {
                        Some(lack) if lack.certain && !certain => {}
                        Some(lack) if lack.certain == certain => {
                            if lack.family != family {
                                lack.family = Family::Unknown;
                            }
                            // The roles of one API come one after the other.
                            if last != Some(api.id) {
                                lack.apis.push_str(", ");
                                lack.apis.push_str(name);
                            }
                        }
                        _ => lack = Some(Lack { certain, act, family, apis: name.clone() }),
                    }
                    last = Some(api.id);
                }
            });
        });
        lack
    }

    /// Whether a change cannot be made, as far as can be seen.
    pub fn is_barred(self, act: Act, api: ObjectId) -> bool {
        self.lack([(act, api)]).is_some_and(|lack| lack.certain)
    }

    /// Loads the identities, or loads them again. What is gone leaves when all have been read, and not before.
    pub fn load_identities(self) {
        self.identities.set(Load::Loading);
        self.turn.update_value(|turn| *turn += 1);
        self.catalog.update_value(Catalog::begin_identities);
        let (began, turn) = (self.now(), self.turn());
        spawn_local(async move {
            let result = self.graph().identities(|page| self.fill(|catalog| catalog.add_identities(page))).await;
            let loaded = self.ended(result);
            let complete = loaded == Load::Loaded;
            if complete {
                self.catalog.update_value(Catalog::end_identities);
                self.identities_as_of.set(Some(began));
            }
            self.show();
            self.identities.set(loaded);
            if complete {
                kept::keep(self, began, turn).await;
            }
        });
    }

    /// How often the identities have been begun to be read.
    pub fn turn(self) -> u32 {
        self.turn.get_value()
    }

    /// Whether all identities have been read, and nothing that was kept of them is needed.
    pub fn has_identities(self) -> bool {
        self.identities.with_untracked(|load| *load == Load::Loaded)
    }

    /// Drops the identities that were kept, unless they may have been read since: they cannot be relied on.
    pub fn drop_old_identities(self, turn: u32) {
        if self.turn() == turn && !self.has_identities() {
            self.identities_as_of.set(None);
            self.edit(Catalog::end_identities);
        }
    }

    /// Loads the APIs and then who holds their roles, or loads them again.
    pub fn load_apis(self) {
        self.apis.set(Load::Loading);
        spawn_local(async move {
            let result = self.graph().apis(|page| self.fill(|catalog| catalog.add_apis(page))).await;
            self.show();
            let loaded = self.ended(result);
            let complete = loaded == Load::Loaded;
            self.apis.set(loaded);
            if complete {
                let all = self.read_once(|catalog| catalog.apis().iter().map(|api| api.id).collect::<Vec<_>>());
                self.roles.set(RolesLoad { total: Some(all.len()), ..RolesLoad::default() });
                self.load_holders(all).await;
            }
        });
    }

    /// Reads once more the lists of holders that could not be read.
    pub fn load_failed_holders(self) {
        let failed = self.roles.with_untracked(|roles| roles.failed.clone());
        self.roles.update(|roles| {
            roles.failed.clear();
            roles.problem = None;
        });
        spawn_local(self.load_holders(failed));
    }

    async fn load_holders(self, apis: Vec<ObjectId>) {
        let mut lists = self.lists_of_holders(apis);
        while let Some((api, list)) = lists.next().await {
            match list {
                Ok(holders) => {
                    let holders = self.put_right(holders, |made| made.resource == api);
                    self.fill(|catalog| catalog.set_holders_of(api, holders));
                    self.roles.update(|roles| roles.done += 1);
                }
                Err(error) => {
                    let problem = self.problem(&error);
                    self.roles.update(|roles| {
                        roles.failed.push(api);
                        roles.problem = Some(problem);
                    });
                }
            }
        }
        self.show();
    }

    /// Reads one identity and the roles it holds, for a page that shows it; what is loaded already is renewed.
    pub async fn load_identity(self, id: ObjectId) -> Result<(), Problem> {
        let graph = self.graph();
        if !self.read_once(|catalog| catalog.is_identity_read(id)) {
            let identity = graph.identity(id).await.map_err(|error| self.problem(&error))?;
            self.edit(|catalog| catalog.upsert_identity(identity));
        }
        self.load_held_by(id).await.map(|_| ())
    }

    /// Reads the roles that an identity holds. Gives the assignments that the directory listed, which may not have
    /// heard of the latest writes.
    pub async fn load_held_by(self, id: ObjectId) -> Result<Vec<AssignmentId>, Problem> {
        let held = self.graph().held_by(id).await.map_err(|error| self.problem(&error))?;
        let listed = held.iter().map(|held| held.id.clone()).collect();
        let held = self.put_right(held, |made| made.principal == id);
        self.edit(|catalog| catalog.set_held_by(id, held));
        Ok(listed)
    }

    /// The holders of some APIs, in the order in which they come: where they are few, twenty APIs a request.
    fn lists_of_holders(
        self,
        apis: impl IntoIterator<Item = ObjectId>,
    ) -> impl Stream<Item = (ObjectId, Result<Vec<Assignment>, GraphError>)> + Unpin {
        let (graph, single) = (self.graph(), self.graph());
        let together = move |apis: Vec<ObjectId>| {
            let graph = graph.clone();
            async move {
                let lists = graph.few_holders_of(&apis).await;
                stream::iter(apis.into_iter().zip(lists))
            }
        };
        let alone = move |(api, list)| {
            let graph = single.clone();
            async move {
                match list {
                    Some(list) => (api, Ok(list)),
                    None => (api, graph.holders_of(api).await),
                }
            }
        };
        let apis: Vec<ObjectId> = apis.into_iter().collect();
        let batches: Vec<Vec<ObjectId>> = apis.chunks(LARGEST_BATCH).map(<[ObjectId]>::to_vec).collect();
        let lists = stream::iter(batches).map(together).buffer_unordered(PARALLEL_READS).flatten();
        Box::pin(lists.map(alone).buffer_unordered(PARALLEL_READS))
    }

    /// Reads anew who holds the roles of some APIs.
    pub async fn refresh_holders(self, apis: impl IntoIterator<Item = ObjectId>) -> Result<(), Problem> {
        let mut lists = self.lists_of_holders(apis);
        while let Some((api, list)) = lists.next().await {
            match list {
                Ok(holders) => self.set_holders_of(api, holders),
                // An API that is gone has none; the plan says so.
                Err(error) if *error.kind() == GraphErrorKind::NotFound => {}
                Err(error) => return Err(self.problem(&error)),
            }
        }
        Ok(())
    }

    fn set_holders_of(self, api: ObjectId, holders: Vec<Assignment>) {
        let holders = self.put_right(holders, |made| made.resource == api);
        self.edit(|catalog| catalog.set_holders_of(api, holders));
    }

    fn put_right(self, rows: Vec<Assignment>, asked: impl Fn(&Assignment) -> bool) -> Vec<Assignment> {
        self.unsettled.with_value(|unsettled| unsettled.over(rows, asked, self.now()))
    }

    /// Reads one API and its holders, for a page that shows it.
    pub async fn load_api(self, id: ObjectId) -> Result<(), Problem> {
        let graph = self.graph();
        if self.read_once(|catalog| catalog.api(id).is_none()) {
            let api = graph.api(id).await.map_err(|error| self.problem(&error))?;
            // Whatever has an id can be asked for here; an API without roles may have holders all the same.
            if self.read_once(|catalog| catalog.identity(id).is_some()) {
                return Err(Problem::no_api());
            }
            self.edit(|catalog| catalog.upsert_api(api));
        }
        let holders = graph.holders_of(id).await.map_err(|error| self.problem(&error))?;
        self.set_holders_of(id, holders);
        Ok(())
    }

    /// Applies what was confirmed on a page and keeps a record of it; `on_end` is told what became of each change as soon as that is
    /// known. Gives the states, in the plan's order, and the record, to which what the directory shows later is added.
    pub async fn apply(
        self,
        plan: &FrozenPlan,
        page: &str,
        control: &Control,
        on_end: impl Fn(&Change, &State),
    ) -> (Vec<State>, Option<Recorder>) {
        let graph = self.graph();
        let names: Vec<Names> =
            self.read_once(|catalog| plan.steps().iter().map(|step| Names::of(catalog, step.grant())).collect());
        let of_identity = matches!(Route::parse(page), Route::Identity(_));
        let of = names.first().map(|names| if of_identity { &names.identity } else { &names.api });
        let of = of.filter(|name| !name.is_empty()).map_or(page, |name| name).to_owned();
        let recorder = self.activity.record(self.now(), plan, names, of).await;
        let before: Vec<bool> = plan.steps().iter().map(|change| self.waiting.may_be_sent(change)).collect();
        let noted = |position: usize, state: &State| {
            let Some(change) = plan.steps().get(position) else { return };
            let before = || self.waiting.mark(change, before.get(position).copied().unwrap_or(true));
            if let Some(recorder) = &recorder {
                recorder.note(position, change, state);
            }
            match state {
                State::Sent => return self.waiting.mark(change, true),
                // It may be sent again; whether it was done before is known in the end.
                State::Waiting => return,
                // Whether it was done is still to be found out.
                State::Unknown(_) => {}
                // This time it was not done. What was known of another time stays.
                State::NotDone | State::NotSent => before(),
                State::Failed(error) if error.may_pass() => before(),
                _ => self.waiting.settle([change]),
            }
            self.note(iter::once((change, state)));
            on_end(change, state);
        };
        let states = plan::apply(&*graph, plan, control, &Told { noted, recorder: recorder.as_ref() }).await;
        if let Some(recorder) = &recorder {
            let sums = Sums::from(control.figures().counts);
            recorder.end(self.now(), sums).await;
        }
        self.learn_from(&states);
        (states, recorder)
    }

    /// What the end of a run tells of the session and of what the administrator may do.
    pub fn learn_from(self, states: &[State]) {
        let mut forbidden = false;
        for state in states {
            if let State::Failed(error) | State::Unknown(error) = state {
                self.problem(error);
                forbidden |= *error.kind() == GraphErrorKind::Forbidden;
            }
        }
        // What was foreseen was wrong, or is by now.
        if forbidden {
            spawn_local(self.check_rights_again());
        }
    }

    /// Looks what became of changes that may have been sent, and tells all who show them: the journal, the lists, the
    /// plan, the pages where they were confirmed, and the records. Gives the change of which it could not be found out,
    /// and why.
    pub async fn look(self, changes: &[Change]) -> Vec<(Change, Problem)> {
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        let results = plan::find_effects(&*self.graph(), changes).await;
        for (change, result) in changes.iter().cloned().zip(results) {
            match result {
                Ok(effect) => found.push((change, effect)),
                Err(error) => problems.push((change, self.problem(&error))),
            }
        }
        let done = || found.iter().filter(|(_, effect)| *effect != Found::NotSeen).map(|(change, _)| change);
        self.waiting.settle(done());
        // What is done is not to be done: a plan that still holds it would count it.
        self.planning.take_out_done(done());
        for (change, effect) in &found {
            if let Found::Seen(made) = effect {
                let accepted = Accepted { made: made.clone(), request_id: None, at: self.now() };
                self.note(iter::once((change, &State::Accepted(accepted))));
            }
            self.runs.found(change, effect, self.now());
        }
        // Where it cannot be written, the record says still that it is not known, which is no harm.
        let _ = self.activity.settle(&found, self.now()).await;
        problems
    }

    /// Shows what a change has done, until every replica knows it.
    pub fn note<'a>(self, changes: impl Iterator<Item = (&'a Change, &'a State)>) {
        let mut identities = Sorted::default();
        self.unsettled.update_value(|unsettled| {
            for (change, state) in changes {
                note(unsettled, self.now(), change, state);
                identities.insert(change.identity());
            }
        });
        self.edit(|catalog| {
            for identity in identities {
                let held = catalog.held_by(identity).cloned().collect();
                catalog.set_held_by(identity, self.put_right(held, |made| made.principal == identity));
            }
        });
    }

    /// What an error says; an ended session is noted on the way, so that the shell can offer to sign in again.
    pub fn problem(self, error: &GraphError) -> Problem {
        let interruption = match error.kind() {
            GraphErrorKind::SignInNeeded => Some(Interruption::SignInEnded),
            GraphErrorKind::PolicyNeedsMore => Some(Interruption::PolicyNeedsMore),
            _ => None,
        };
        if interruption.is_some() {
            self.interruption.set(interruption);
        }
        Problem::from(error)
    }

    fn ended(self, result: Result<(), GraphError>) -> Load {
        match result {
            Ok(()) => Load::Loaded,
            Err(error) => Load::Failed(self.problem(&error)),
        }
    }

    /// The tenant's Microsoft Graph.
    pub fn graph(self) -> Rc<Graph> {
        self.graph.get_value()
    }
}

/// Tells the page and writes the record.
struct Told<'r, F> {
    noted: F,
    recorder: Option<&'r Recorder>,
}

impl<F: Fn(usize, &State)> Witness for Told<'_, F> {
    fn before_sending<'a>(&'a self, _: &'a [usize]) -> LocalBoxFuture<'a, ()> {
        // What is kept in the tab is kept at once.
        Box::pin(async {
            if let Some(recorder) = self.recorder {
                recorder.flush().await;
            }
        })
    }

    fn moved(&self, line: usize, state: &State) {
        (self.noted)(line, state);
    }
}

/// Keeps in mind what a step has changed, until every replica knows it.
fn note(unsettled: &mut Unsettled, now: Timestamp, change: &Change, state: &State) {
    match (change, state) {
        (_, State::Accepted(Accepted { made: Some(made), .. })) => unsettled.made(now, made.clone()),
        (Change::Remove { assignment, .. }, State::Accepted(_) | State::AlreadyGone) => {
            unsettled.removed(now, assignment.clone());
        }
        _ => {}
    }
}
