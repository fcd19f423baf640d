//! A run: applies a frozen plan and shows, line by line, what became of it.
//!
//! Every change of the product goes this way: the form, the removal, the undo. It asks for the permission to write
//! when it is missing, sends, reads back what the directory says now, and never hides a line.

use std::time::Duration;

use leptos::prelude::*;

use super::assign_form::risk_list;
use super::button::button;
use super::dialog::ConfirmDialog;
use super::labels::{name, named, tag};
use super::problem::{Problem, problem_note, problem_text};
use super::rights::rights_note;
use crate::auth::AskError;
use crate::browser;
use crate::directory::{AppRoleId, Assignment, ObjectId, PROPAGATION, Timestamp, risk, sort_by};
use crate::interruption;
use crate::plan::{self, Change, Draft, FrozenPlan};
use crate::sign_in;
use crate::tenant::{Lack, Tenant};
use crate::view::{El, View, el, live, many, show};

/// The waits before each read-back: a directory shows a new assignment after seconds, rarely a minute.
const READ_BACK_AFTER_SECS: [u64; 6] = [0, 2, 4, 8, 16, 30];

/// What became of one line, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
enum State {
    /// Confirmed before the browser had to leave: it waits for the administrator.
    Ready,
    Waiting,
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

/// One change and what became of it.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    change: Change,
    state: State,
    made: Option<Assignment>,
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
    /// The run of the page that asks. Nothing has been started; what was interrupted on this page waits in it.
    pub fn here() -> Self {
        let tenant = Tenant::here();
        let kept = interruption::take(&tenant.session()).map(Draft::freeze);
        let lines = kept.map(|plan| lines_of(&plan, State::Ready)).unwrap_or_default();
        let (number, lines) = (RwSignal::new(0), RwSignal::new(lines));
        let problem = RwSignal::new(None);
        let action = Action::new_local(move |plan: &FrozenPlan| {
            let plan = plan.clone();
            async move {
                problem.set(None);
                match permission(tenant, &plan).await {
                    Ok(()) => {
                        number.update(|number| *number += 1);
                        apply(tenant, &plan, lines).await;
                        // Another run may begin meanwhile: what is done is done.
                        browser::spawn(read_back(tenant, number, lines));
                    }
                    Err(error) => problem.set(Some(error)),
                }
            }
        });
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

    /// The privileged roles that taking this run back would grant, with what each could be used for.
    fn gives_power_back(self) -> Vec<(String, &'static str)> {
        let removed = |line: &&Line| matches!(line.state, State::Removed { .. });
        let danger = |line: &Line| {
            let app = self.tenant.read_once(|catalog| catalog.api(line.change.api()).map(|api| api.app_id))?;
            risk(app, line.change.role()).map(|risk| (names(self.tenant, &line.change).0, risk.how))
        };
        self.lines.with(|lines| lines.iter().filter(removed).filter_map(danger).collect())
    }

    /// The roles of an API that an identity holds by this run, as far as it has come.
    pub fn gave(self, identity: ObjectId, api: ObjectId) -> Vec<AppRoleId> {
        let given = |line: &&Line| {
            matches!(line.state, State::Assigned { .. } | State::AlreadyThere)
                && (line.change.identity(), line.change.api()) == (identity, api)
        };
        self.lines.with(|lines| lines.iter().filter(given).map(|line| line.change.role()).collect())
    }

    /// How many changes of an interrupted plan wait.
    fn waiting(self) -> usize {
        self.lines.with(|lines| lines.iter().filter(|line| line.state == State::Ready).count())
    }

    /// The plan that was interrupted.
    fn ready(self) -> FrozenPlan {
        let ready = |line: &&Line| line.state == State::Ready;
        let changes = self.lines.with(|lines| lines.iter().filter(ready).map(|line| line.change.clone()).collect());
        Draft::new(changes).freeze()
    }

    /// The plan that takes back what this run did.
    fn inverse(self) -> FrozenPlan {
        let changes = self.lines.with(|lines| lines.iter().filter_map(undo).collect());
        Draft::new(changes).freeze()
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

/// Makes sure that the session may write: silently where an administrator has consented before, else by a redirect
/// that comes back to this very address, with all that was chosen in it.
async fn permission(tenant: Tenant, plan: &FrozenPlan) -> Result<(), Problem> {
    let session = tenant.session();
    if session.may_write() {
        return Ok(());
    }
    match session.ask_write().await {
        Ok(()) => {
            tenant.may_write.set(session.may_write());
            browser::spawn(tenant.load_rights());
            Ok(())
        }
        Err(AskError::Interaction) => {
            interruption::keep(&session, plan.steps());
            match sign_in::ask_write_by_redirect(&tenant.env(), &session).await {
                // The browser leaves; until it has, nothing else may happen here.
                Ok(()) => std::future::pending().await,
                Err(problem) => Err(Problem::from(&problem)),
            }
        }
        Err(AskError::Failed(problem)) => Err(Problem::from(&problem)),
    }
}

async fn apply(tenant: Tenant, plan: &FrozenPlan, lines: RwSignal<Vec<Line>>) {
    lines.set(lines_of(plan, State::Waiting));
    let show = |position: usize, state: State, made: Option<Assignment>| {
        lines.update(|lines| {
            if let Some(line) = lines.get_mut(position) {
                line.state = state;
                line.made = made;
            }
        });
    };
    tenant
        .apply(plan, |position, state| {
            let (state, made) = match state {
                plan::State::Accepted(it) | plan::State::Visible(it) => match &it.made {
                    Some(made) => (State::Assigned { live_by: made.live_by(), visible: false }, Some(made.clone())),
                    None => (State::Removed { at: it.at, listed: true }, None),
                },
                plan::State::AlreadyThere => (State::AlreadyThere, None),
                plan::State::AlreadyGone => (State::AlreadyGone, None),
                plan::State::Failed(error) => (State::Failed(Problem::from(error)), None),
                plan::State::Unknown(error) => (State::Unknown(Problem::from(error)), None),
                plan::State::NotSent => (State::NotSent, None),
                plan::State::Waiting | plan::State::Sent => (State::Waiting, None),
            };
            show(position, state, made);
        })
        .await;
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

fn lines_of(plan: &FrozenPlan, state: State) -> Vec<Line> {
    let line = |change: &Change| Line { change: change.clone(), state: state.clone(), made: None };
    plan.steps().iter().map(line).collect()
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

/// What a run did and does; nothing before the first.
pub fn run_outcomes(run: Run) -> View {
    let confirming = RwSignal::new(false);
    // What is done may stand above the part of the page that the administrator looks at, and the button that was
    // pressed may go: the focus comes here.
    Effect::new(move |_| {
        if run.number.get() > 0 || run.waiting() > 0 {
            request_animation_frame(|| {
                browser::page::focus("outcomes");
                browser::page::scroll_into_view("outcomes");
            });
        }
    });
    many![
        live(move || run.problem.get().map(problem_note)),
        show(move || run.lines.with(|lines| !lines.is_empty()), move || outcomes(run, confirming)),
    ]
}

fn outcomes(run: Run, confirming: RwSignal<bool>) -> El {
    let summary = move || {
        let waiting = run.waiting();
        if waiting > 0 {
            return format!("{} confirmed, but not sent", changes(waiting));
        }
        let (settled, all) =
            run.lines.with(|lines| (lines.iter().filter(|line| line.state != State::Waiting).count(), lines.len()));
        if run.pending() && settled < all {
            format!("{settled} of {all} sent")
        } else {
            format!("{all} of {all} settled")
        }
    };
    let bad = move || {
        run.lines.with(|lines| lines.iter().any(|line| matches!(line.state, State::Failed(_) | State::Unknown(_))))
    };
    let undoable = move || !run.pending() && run.lines.with(|lines| lines.iter().any(|line| undo(line).is_some()));
    // What has just been done may well be undone: here a doubt would be noise.
    let lack = move || run.lack(&run.inverse()).filter(|lack| lack.certain);
    let barred = Memo::new(move |_| lack().is_some());
    let take_back = move || {
        if barred.get_untracked() {
            return;
        }
        // Giving a privileged role back is granting it: it asks like the form does.
        if run.gives_power_back().is_empty() {
            run.start(run.inverse());
        } else {
            confirming.set(true);
        }
    };
    let dismiss = move || {
        browser::page::focus("page-heading");
        run.lines.set(Vec::new());
    };
    let leave = move || if run.waiting() == 0 { "Dismiss" } else { "Discard" };
    let undo_button = move || {
        button("button small", take_back)
            .live("aria-disabled", move || barred.get().then_some("true"))
            .live("aria-describedby", move || barred.get().then_some("undo-lack"))
            .child("Undo")
    };
    let head = el("div")
        .class("head-line")
        .child(el("strong").attr("role", "status").child(live(summary)))
        .child(el("span").class("grow"))
        .child(live(move || {
            let count = run.waiting();
            let send = move || run.start(run.ready());
            (count > 0).then(|| button("button main small", send).child(format!("Send {}", changes(count))))
        }))
        .child(show(undoable, undo_button))
        .child(button("button plain small", dismiss).live("disabled", move || run.pending()).child(live(leave)));
    // A run is of one identity and one API.
    let of_whom = move || {
        let change = run.lines.with(|lines| lines.first().map(|line| line.change.clone()))?;
        let (_, api, identity) = names(run.tenant, &change);
        let (api, identity) = (named(&api, change.api()), named(&identity, change.identity()));
        Some(many![el("div").child(identity), el("div").child("Roles of ").child(api)])
    };
    let back =
        move || many![live(of_whom), el("ul").class("stack").child(live(move || risk_list(run.gives_power_back())))];
    let question = ConfirmDialog {
        open: confirming,
        id: "undo-heading",
        title: Box::new(|| "Give privileged roles back?".to_owned()),
        action: Box::new(|| "Give them back".to_owned()),
        confirm: Box::new(move || run.start(run.inverse())),
        body: Box::new(back),
    };
    el("section")
        .attr("id", "outcomes")
        .attr("tabindex", "-1")
        .live("class", move || match () {
            () if bad() => "note bad",
            () if run.waiting() > 0 => "note info",
            () => "note good",
        })
        .attr("aria-label", "What was done")
        .child(head)
        .child(show(undoable, move || rights_note("undo-lack", "undo this", lack)))
        .child(question.view())
        .child(el("ul").class("outcomes").child(live(move || {
            // The names come when the lists do.
            run.tenant.identities.track();
            run.tenant.apis.track();
            run.lines.get().into_iter().map(|line| outcome_line(run.tenant, line)).collect::<View>()
        })))
}

fn changes(count: usize) -> String {
    if count == 1 { "1 change".to_owned() } else { format!("{count} changes") }
}

fn outcome_line(tenant: Tenant, line: Line) -> El {
    let (role, api, identity) = names(tenant, &line.change);
    let (class, text, more): (_, _, View) = match line.state {
        State::Ready => {
            let aim = if matches!(line.change, Change::Assign { .. }) { "To assign" } else { "To remove" };
            ("tag info", aim, View::Nothing)
        }
        State::Waiting => ("tag", "Sending…", View::Nothing),
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
