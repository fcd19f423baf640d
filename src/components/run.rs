//! A run: applies a frozen plan and shows, line by line, what became of it.
//!
//! Every change of the product goes this way: the form, the removal, the undo. It asks for the permission to write
//! when it is missing, sends, reads back what the directory says now, and never hides a line.

use std::time::Duration;

use leptos::prelude::*;

use super::assign_form::risk_list;
use super::button::button;
use super::dialog::ConfirmDialog;
use super::labels::{name, named_api, named_identity, tag};
use super::list::counted;
use super::problem::{Problem, problem_note, problem_text};
use super::rights::rights_note;
use crate::browser;
use crate::directory::{AppRoleId, Assignment, ObjectId, PROPAGATION, Timestamp, risk, sort_by};
use crate::navigation::Navigation;
use crate::permission;
use crate::plan::{self, Change, Draft, Found, FrozenPlan};
use crate::signals::{Memo, RwSignal};
use crate::tenant::{Lack, Tenant};
use crate::view::{El, View, effect, el, live, many, show};

/// The waits before each read-back: a directory shows a new assignment after seconds, rarely a minute.
const READ_BACK_AFTER_SECS: [u64; 6] = [0, 2, 4, 8, 16, 30];

/// What became of one line, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
enum State {
    /// Confirmed, but not sent: it waits for the administrator. Or it may have been, and the directory does not show it.
    Ready {
        perhaps_sent: bool,
    },
    Sending,
    /// It may have been sent; the directory is being asked.
    Looking,
    Assigned {
        live_by: Option<Timestamp>,
        visible: bool,
    },
    Removed {
        at: Timestamp,
        listed: bool,
    },
    AlreadyThere,
    AlreadyGone,
    Failed(Problem),
    Unknown(Problem),
    NotSent,
}

impl State {
    /// Confirmed, and certainly not sent.
    const READY: Self = Self::Ready { perhaps_sent: false };

    fn of(state: &plan::State) -> Self {
        match state {
            plan::State::Waiting | plan::State::Sent => Self::Sending,
            plan::State::Accepted(it) | plan::State::Visible(it) => Self::done(it.made.as_ref(), it.at),
            plan::State::AlreadyThere => Self::AlreadyThere,
            plan::State::AlreadyGone => Self::AlreadyGone,
            plan::State::Failed(error) => Self::Failed(Problem::from(error)),
            plan::State::Unknown(error) => Self::Unknown(Problem::from(error)),
            plan::State::NotSent => Self::NotSent,
        }
    }

    fn done(made: Option<&Assignment>, at: Timestamp) -> Self {
        match made {
            Some(made) => Self::Assigned { live_by: made.live_by(), visible: false },
            None => Self::Removed { at, listed: true },
        }
    }

    fn waits(&self) -> bool {
        matches!(self, Self::Ready { .. })
    }

    /// Whether the journal has it, so that it is shown until the administrator has decided.
    fn is_kept(&self) -> bool {
        matches!(self, Self::Ready { .. } | Self::NotSent | Self::Looking | Self::Unknown(_))
    }

    /// Whether it may be sent once more.
    fn is_open(&self) -> bool {
        matches!(self, Self::Ready { .. } | Self::Failed(_) | Self::NotSent)
    }
}

/// One change and what became of it.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    change: Change,
    state: State,
    made: Option<Assignment>,
}

impl Line {
    fn new(change: &Change, state: State) -> Self {
        Self { change: change.clone(), state, made: None }
    }

    fn show(&mut self, state: &plan::State) {
        self.state = State::of(state);
        self.made = if let plan::State::Accepted(it) = state { it.made.clone() } else { None };
    }
}

/// The run of a page. A handle: copies show the same run.
#[derive(Clone, Copy)]
pub struct Run {
    tenant: Tenant,
    action: Action<FrozenPlan, ()>,
    /// How many runs there have been; what belongs to an earlier one is not for this.
    number: RwSignal<u32>,
    lines: RwSignal<Vec<Line>>,
    problem: RwSignal<Option<Problem>>,
}

impl Run {
    /// The run of the page that asks. Nothing has been started; what waits on this page is in it, and what may have
    /// been sent is looked for.
    pub fn here() -> Self {
        let tenant = Tenant::here();
        let page = Navigation::here().route.get_untracked().to_string();
        let kept = untrack(|| {
            tenant.waiting.read(|entries| {
                let here = entries.filter(|entry| entry.page == page);
                here.map(|entry| {
                    let state = if entry.sent { State::Looking } else { State::READY };
                    Line::new(&entry.change, state)
                })
                .collect()
            })
        });
        let (number, lines) = (RwSignal::new(0), RwSignal::new(kept));
        let problem = RwSignal::new(None);
        let action = Action::new_local(move |plan: &FrozenPlan| {
            // What is confirmed here waits here.
            let (plan, page) = (plan.clone(), page.clone());
            async move {
                problem.set(None);
                match permission::ask(tenant, || tenant.waiting.confirm(&page, plan.steps())).await {
                    Ok(()) => {
                        number.update(|number| *number += 1);
                        apply(tenant, &page, &plan, lines).await;
                        // Another run may begin meanwhile: what is done is done.
                        browser::spawn(read_back(tenant, number, lines));
                    }
                    Err(error) => {
                        // The form still has it all.
                        tenant.waiting.settle(plan.steps());
                        problem.set(Some(error));
                    }
                }
            }
        });
        browser::spawn(look(tenant, lines));
        Self { tenant, action, number, lines, problem }
    }

    /// Starts a plan, unless one is running, so that a double click is one run; and unless the administrator may not.
    pub fn start(self, plan: FrozenPlan) {
        let barred = untrack(|| self.lack(&plan)).is_some_and(|lack| lack.certain);
        if !self.pending() && !barred && !plan.steps().is_empty() {
            self.action.dispatch_local(plan);
        }
    }

    /// What stands in the way of a plan.
    fn lack(self, plan: &FrozenPlan) -> Option<Lack> {
        self.tenant.lack(plan.steps().iter().map(|change| (change.act(), change.api())))
    }

    /// Whether a plan is being applied.
    pub fn pending(self) -> bool {
        self.action.pending().get()
    }

    /// The privileged roles that a plan grants, with what each could be used for.
    fn power(self, plan: &FrozenPlan) -> Vec<(String, &'static str)> {
        let granted = plan.steps().iter().filter(|change| matches!(change, Change::Assign { .. }));
        let danger = |change: &Change| {
            let app = self.tenant.read_once(|catalog| catalog.api(change.api()).map(|api| api.app_id))?;
            risk(app, change.role()).map(|risk| (names(self.tenant, change).0, risk.how))
        };
        granted.filter_map(danger).collect()
    }

    /// The roles of an API that an identity holds by this run, as far as it has come.
    pub fn gave(self, identity: ObjectId, api: ObjectId) -> Vec<AppRoleId> {
        let given = |line: &&Line| {
            matches!(line.state, State::Assigned { .. } | State::AlreadyThere)
                && (line.change.identity(), line.change.api()) == (identity, api)
        };
        self.lines.with(|lines| lines.iter().filter(given).map(|line| line.change.role()).collect())
    }

    fn count(self, of: impl Fn(&State) -> bool) -> usize {
        self.lines.with(|lines| lines.iter().filter(|line| of(&line.state)).count())
    }

    /// How many confirmed changes wait.
    pub fn waiting(self) -> usize {
        self.count(State::waits)
    }

    /// The plan of the lines in such a state.
    fn rest(self, of: impl Fn(&State) -> bool) -> FrozenPlan {
        let rest = |line: &&Line| of(&line.state);
        let changes = self.lines.with(|lines| lines.iter().filter(rest).map(|line| line.change.clone()).collect());
        Draft::new(changes).freeze()
    }

    /// The plan that takes back what this run did.
    fn inverse(self) -> FrozenPlan {
        let changes = self.lines.with(|lines| lines.iter().filter_map(undo).collect());
        Draft::new(changes).freeze()
    }

    /// Looks once more what became of the lines of which it is not known.
    fn look_again(self) {
        self.lines.update(|lines| {
            let unknown = lines.iter_mut().filter(|line| matches!(line.state, State::Unknown(_)));
            unknown.for_each(|line| line.state = State::Looking);
        });
        browser::spawn(look(self.tenant, self.lines));
    }

    /// Nothing of it is wanted any longer.
    fn dismiss(self) {
        self.lines.with_untracked(|lines| self.tenant.waiting.settle(lines.iter().map(|line| &line.change)));
        self.lines.set(Vec::new());
    }
}

/// The change that takes a line back, if it changed anything.
fn undo(line: &Line) -> Option<Change> {
    match (&line.state, &line.change, &line.made) {
        (State::Assigned { .. }, Change::Assign { identity, api, role }, Some(made)) => {
            Some(Change::Remove { assignment: made.id.clone(), identity: *identity, api: *api, role: *role })
        }
        (State::Removed { .. }, Change::Remove { identity, api, role, .. }, _) => {
            Some(Change::Assign { identity: *identity, api: *api, role: *role })
        }
        _ => None,
    }
}

async fn apply(tenant: Tenant, page: &str, plan: &FrozenPlan, lines: RwSignal<Vec<Line>>) {
    tenant.waiting.confirm(page, plan.steps());
    lines.update(|lines| {
        // What is not done goes on waiting beside this plan.
        lines.retain(|line| line.state.is_kept() && !plan.steps().contains(&line.change));
        lines.iter_mut().filter(|line| line.state == State::NotSent).for_each(|line| line.state = State::READY);
        lines.splice(0..0, plan.steps().iter().map(|change| Line::new(change, State::Sending)));
    });
    let show = |position: usize, state: &plan::State| {
        lines.update(|lines| {
            if let Some(line) = lines.get_mut(position) {
                line.show(state);
            }
        });
    };
    tenant.apply(plan, show).await;
}

/// Looks what became of the lines that may have been sent. The page may go meanwhile.
async fn look(tenant: Tenant, lines: RwSignal<Vec<Line>>) {
    let looking = |line: &&Line| line.state == State::Looking;
    let find = || lines.try_with_untracked(|lines| lines.iter().find(looking).map(|line| line.change.clone()));
    while let Some(Some(change)) = find() {
        let found = tenant.find_effect(&change).await;
        let seen = lines.try_update(|lines| {
            let Some(line) = lines.iter_mut().find(|line| line.change == change) else { return };
            match found {
                Ok(Found::Seen(made)) => {
                    line.state = State::done(made.as_ref(), tenant.now());
                    line.made = made;
                }
                Ok(Found::NotSeen) => line.state = State::Ready { perhaps_sent: true },
                Err(problem) => line.state = State::Unknown(problem),
            }
        });
        if seen.is_none() {
            return;
        }
    }
}

/// Reads what the directory says now, until it says what was done or the time is over.
async fn read_back(tenant: Tenant, number: RwSignal<u32>, lines: RwSignal<Vec<Line>>) {
    let run = number.try_get_untracked();
    let Some(mut identities) =
        lines.try_with_untracked(|lines| lines.iter().map(|line| line.change.identity()).collect::<Vec<_>>())
    else {
        return;
    };
    sort_by(&mut identities, Ord::cmp);
    identities.dedup();
    'waits: for secs in READ_BACK_AFTER_SECS {
        tenant.env().clock.sleep(Duration::from_secs(secs)).await;
        let mut listed = Vec::new();
        for identity in &identities {
            match tenant.load_held_by(*identity).await {
                Ok(ids) => listed.extend(ids),
                // Until it can be read, the page keeps what it showed; the lines say what Graph accepted.
                Err(_) => continue 'waits,
            }
        }
        // The page may be gone, or another run be shown.
        if run.is_none() || number.try_get_untracked() != run {
            return;
        }
        let mut settled = true;
        lines.update(|lines| {
            for line in lines {
                match (&mut line.state, &line.change, &line.made) {
                    (State::Assigned { visible, .. }, _, Some(made)) => {
                        *visible = listed.contains(&made.id);
                        settled &= *visible;
                    }
                    (State::Removed { listed: still, .. }, Change::Remove { assignment, .. }, _) => {
                        *still = listed.contains(assignment);
                        settled &= !*still;
                    }
                    _ => {}
                }
            }
        });
        if settled {
            return;
        }
    }
}

/// The names of a change's role, API and identity.
fn names(tenant: Tenant, change: &Change) -> (String, String, String) {
    let (identity, api, role) = (change.identity(), change.api(), change.role());
    tenant.read_once(|catalog| {
        let known = catalog.api(api).and_then(|api| api.role(role));
        (
            known.map_or_else(|| format!("unknown role {role}"), |role| role.name().to_owned()),
            catalog.api(api).map_or_else(|| api.to_string(), |api| api.display_name.clone()),
            catalog.identity(identity).map_or_else(|| identity.to_string(), |it| it.display_name.clone()),
        )
    })
}

/// A plan that grants privileged roles, while the administrator is asked.
#[derive(Clone)]
struct Asked {
    plan: FrozenPlan,
    /// Whether it gives back what was taken away.
    back: bool,
}

/// The question about privileged roles.
#[derive(Clone, Copy)]
struct Question {
    open: RwSignal<bool>,
    asked: RwSignal<Option<Asked>>,
}

impl Question {
    /// Starts a plan; one that grants privileged roles asks first, as the form does.
    fn start(self, run: Run, plan: FrozenPlan, back: bool) {
        if run.power(&plan).is_empty() {
            run.start(plan);
        } else {
            self.asked.set(Some(Asked { plan, back }));
            self.open.set(true);
        }
    }

    fn view(self, run: Run) -> El {
        let Self { open, asked } = self;
        let back = move || asked.with(|asked| asked.as_ref().is_some_and(|asked| asked.back));
        ConfirmDialog {
            open,
            id: "power-heading",
            title: Box::new(move || {
                if back() { "Give privileged roles back?" } else { "Assign privileged roles?" }.to_owned()
            }),
            action: Box::new(move || if back() { "Give them back" } else { "Assign them" }.to_owned()),
            confirm: Box::new(move || {
                if let Some(asked) = asked.get_untracked() {
                    run.start(asked.plan);
                }
            }),
            body: Box::new(move || live(move || asked.get().map(|asked| of_whom(run, &asked.plan)))),
        }
        .view()
    }
}

/// What a plan gives to whom: its identities and APIs by name and id, and what could be done with its roles.
fn of_whom(run: Run, plan: &FrozenPlan) -> View {
    let mut seen = Vec::new();
    let mut whom = Vec::new();
    for change in plan.steps() {
        let pair = (change.identity(), change.api());
        if !seen.contains(&pair) {
            seen.push(pair);
            let (_, api, identity) = names(run.tenant, change);
            whom.push(many![
                el("div").child(named_identity(&identity, pair.0)),
                el("div").child("Roles of ").child(named_api(run.tenant, &api, pair.1)),
            ]);
        }
    }
    many![View::Many(whom), el("ul").class("stack").child(risk_list(run.power(plan)))]
}

/// What a run did and does; nothing before the first.
pub fn run_outcomes(run: Run) -> View {
    let question = Question { open: RwSignal::new(false), asked: RwSignal::new(None) };
    // What is done may stand above the part of the page that the administrator looks at, and the button that was
    // pressed may go: the focus comes here.
    effect(move || {
        if run.number.get() > 0 || run.waiting() > 0 {
            request_animation_frame(|| {
                browser::page::focus("outcomes");
                browser::page::scroll_into_view("outcomes");
            });
        }
    });
    many![
        live(move || run.problem.get().map(problem_note)),
        show(move || run.lines.with(|lines| !lines.is_empty()), move || outcomes(run, question)),
    ]
}

/// The run in one line.
fn summary(run: Run) -> String {
    let sending = run.count(|state| *state == State::Sending);
    let (waiting, looking) = (run.waiting(), run.count(|state| *state == State::Looking));
    if run.pending() && sending > 0 {
        return format!("Sending: {} to go", counted(sending, "change"));
    }
    if looking > 0 {
        return format!("Looking what became of {}", counted(looking, "change"));
    }
    if waiting > 0 {
        return format!("{} confirmed, but not sent", counted(waiting, "change"));
    }
    let failed = run.count(|state| matches!(state, State::Failed(_)));
    let unknown = run.count(|state| matches!(state, State::Unknown(_)));
    let not_sent = run.count(|state| *state == State::NotSent);
    let done = run.count(|_| true) - failed - unknown - not_sent;
    let mut text = String::new();
    for (count, what) in [(done, "done"), (failed, "failed"), (unknown, "not known"), (not_sent, "not sent")] {
        if count > 0 && text.is_empty() {
            text = format!("{} {what}", counted(count, "change"));
        } else if count > 0 {
            text += &format!(", {count} {what}");
        }
    }
    text
}

fn outcomes(run: Run, question: Question) -> El {
    let unknown = move || run.count(|state| matches!(state, State::Unknown(_))) > 0;
    let bad = move || unknown() || run.count(|state| matches!(state, State::Failed(_))) > 0;
    let undoable = move || !run.pending() && run.lines.with(|lines| lines.iter().any(|line| undo(line).is_some()));
    // What has just been done may well be undone: here a doubt would be noise.
    let lack = move || run.lack(&run.inverse()).filter(|lack| lack.certain);
    let barred = Memo::new(move || lack().is_some());
    let take_back = move || {
        if !barred.get_untracked() {
            question.start(run, run.inverse(), true);
        }
    };
    let dismiss = move || {
        browser::page::focus("page-heading");
        run.dismiss();
    };
    let leave = move || if run.waiting() == 0 { "Dismiss" } else { "Discard" };
    let undo_button = move || {
        button("button small", take_back)
            .live("aria-disabled", move || barred.get().then_some("true"))
            .live("aria-describedby", move || barred.get().then_some("undo-lack"))
            .child("Undo")
    };
    let go_on = move || {
        let (waiting, open) = (run.waiting(), run.count(State::is_open));
        let send = move || question.start(run, untrack(|| run.rest(State::waits)), false);
        let again = move || question.start(run, untrack(|| run.rest(State::is_open)), false);
        match () {
            () if run.pending() => None,
            () if waiting > 0 => {
                Some(button("button main small", send).child(format!("Send {}", counted(waiting, "change"))))
            }
            () => (open > 0).then(|| button("button small", again).child("Try again")),
        }
    };
    let head = el("div")
        .class("head-line")
        .child(el("strong").attr("role", "status").child(live(move || summary(run))))
        .child(el("span").class("grow"))
        .child(live(go_on))
        .child(show(
            move || !run.pending() && unknown(),
            move || button("button small", move || run.look_again()).child("Look again"),
        ))
        .child(show(undoable, undo_button))
        .child(button("button plain small", dismiss).live("disabled", move || run.pending()).child(live(leave)));
    el("section")
        .attr("id", "outcomes")
        .attr("tabindex", "-1")
        .live("class", move || match () {
            () if bad() => "note bad",
            () if run.count(State::is_kept) > 0 => "note info",
            () => "note good",
        })
        .attr("aria-label", "What was done")
        .child(head)
        .child(show(undoable, move || rights_note("undo-lack", lack)))
        .child(question.view(run))
        .child(el("ul").class("outcomes").child(live(move || {
            // The names come when the lists do.
            run.tenant.identities.track();
            run.tenant.apis.track();
            run.lines.get().into_iter().map(|line| outcome_line(run.tenant, line)).collect::<View>()
        })))
}

fn outcome_line(tenant: Tenant, line: Line) -> El {
    let (role, api, identity) = names(tenant, &line.change);
    let (class, text, more): (_, _, View) = match line.state {
        State::Ready { perhaps_sent } => {
            let aim = if matches!(line.change, Change::Assign { .. }) { "To assign" } else { "To remove" };
            let text =
                "It may have been sent before, but the directory does not show it. Sending it again does no harm.";
            ("tag info", aim, if perhaps_sent { sub(text) } else { View::Nothing })
        }
        State::Sending => ("tag", "Sending…", View::Nothing),
        State::Looking => ("tag", "Looking…", sub("It may have been sent before: the directory is being asked.")),
        State::Assigned { live_by, visible } => {
            let live = live_by.map(|at| {
                format!(
                    "Live by {at}: Azure caches the identity's tokens for up to 24 hours, and nothing can hurry it."
                )
            });
            let seen =
                (!visible).then_some("Accepted by Graph; the directory does not list it yet, which can take a minute.");
            ("tag good", "Assigned", el("div").class("sub").child(live).child(" ").child(seen).into())
        }
        State::Removed { at, listed } => {
            let text = format!("Tokens issued before may carry the role until {}.", at + PROPAGATION);
            let still = listed.then_some(" The directory may list it for another minute.");
            ("tag good", "Removed", el("div").class("sub").child(text).child(still).into())
        }
        State::AlreadyThere => ("tag info", "Already assigned", sub("Nothing had to be done.")),
        State::AlreadyGone => ("tag info", "Already removed", sub("Nothing had to be done.")),
        State::Failed(problem) => ("tag bad", "Failed", problem_text(problem)),
        State::Unknown(problem) => ("tag warn", "Not known", problem_text(problem)),
        State::NotSent => ("tag", "Not sent", sub("Graph refused a line above, so this one was not tried.")),
    };
    let what = el("span")
        .child(el("code").child(name(&role)))
        .child(" of ")
        .child(name(&api))
        .child(", ")
        .child(name(&identity));
    el("li").child(tag(class).child(text)).child(el("div").class("stack tight").child(what).child(more))
}

fn sub(text: impl Into<View>) -> View {
    el("div").class("sub").child(text).into()
}
