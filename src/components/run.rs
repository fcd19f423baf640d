//! A run: applies a frozen plan and shows, line by line, what became of it.
//!
//! Every change of the product goes this way: the form, the removal, the undo. It asks for the permission to write
//! when it is missing, sends, reads back what the directory says now, and never hides a line.

use std::time::Duration;

use leptos::prelude::*;

use super::dialog::ConfirmDialog;
use super::labels::{Name, role_label};
use super::problem::{Problem, ProblemNote, ProblemText};
use crate::auth::AskError;
use crate::directory::{Assignment, ObjectId, Timestamp, risk};
use crate::plan::{Change, Draft, FrozenPlan, Outcome};
use crate::sign_in;
use crate::tenant::Tenant;

/// The waits before each read-back: a directory shows a new assignment after seconds, rarely a minute.
const READ_BACK_AFTER_SECS: [u64; 6] = [0, 2, 4, 8, 16, 30];

/// What became of one line, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
enum State {
    Waiting,
    Assigned { live_by: Option<Timestamp>, visible: bool },
    Removed { at: Timestamp },
    AlreadyThere,
    AlreadyGone,
    Failed(Problem),
    Unknown(Problem),
    NotSent,
}

/// One change with the names it is shown by.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    change: Change,
    role: String,
    api: String,
    identity: String,
    state: State,
    made: Option<Assignment>,
}

/// The run of a page. A handle: copies show the same run.
#[derive(Clone, Copy)]
pub struct Run {
    tenant: Tenant,
    action: Action<FrozenPlan, ()>,
    lines: RwSignal<Vec<Line>>,
    problem: RwSignal<Option<Problem>>,
}

impl Run {
    /// The run of the page that asks; nothing has been started.
    pub fn here() -> Self {
        let tenant = Tenant::here();
        let lines = RwSignal::new(Vec::new());
        let problem = RwSignal::new(None);
        let action = Action::new_local(move |plan: &FrozenPlan| {
            let plan = plan.clone();
            async move {
                problem.set(None);
                match permission(tenant).await {
                    Ok(()) => apply(tenant, &plan, lines).await,
                    Err(error) => problem.set(Some(error)),
                }
            }
        });
        Self { tenant, action, lines, problem }
    }

    /// Starts a plan, unless one is running: a double click is one run.
    pub fn start(self, plan: FrozenPlan) {
        if !self.pending() && !plan.steps().is_empty() {
            self.action.dispatch_local(plan);
        }
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
            risk(app, line.change.role()).map(|risk| (line.role.clone(), risk.how))
        };
        self.lines.with(|lines| lines.iter().filter(removed).filter_map(danger).collect())
    }

    /// The plan that takes back what this run did.
    fn inverse(self) -> FrozenPlan {
        let changes = self.lines.with_untracked(|lines| lines.iter().filter_map(undo).collect());
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
async fn permission(tenant: Tenant) -> Result<(), Problem> {
    let session = tenant.session();
    if session.may_write() {
        return Ok(());
    }
    match session.ask_write().await {
        Ok(()) => {
            tenant.may_write.set(session.may_write());
            Ok(())
        }
        Err(AskError::Interaction) => match sign_in::ask_write_by_redirect(&tenant.env(), &session).await {
            // The browser leaves; until it has, nothing else may happen here.
            Ok(()) => std::future::pending().await,
            Err(problem) => Err(Problem::from(&problem)),
        },
        Err(AskError::Failed(problem)) => Err(Problem::from(&problem)),
    }
}

async fn apply(tenant: Tenant, plan: &FrozenPlan, lines: RwSignal<Vec<Line>>) {
    lines.set(plan.steps().iter().map(|change| line(tenant, change)).collect());
    let show = |position: usize, state: State, made: Option<Assignment>| {
        lines.update(|lines| {
            if let Some(line) = lines.get_mut(position) {
                line.state = state;
                line.made = made;
            }
        });
    };
    tenant
        .apply(plan, |position, outcome| {
            let (state, made) = match outcome {
                Outcome::Done(Some(made)) => {
                    (State::Assigned { live_by: made.live_by(), visible: false }, Some(made.clone()))
                }
                Outcome::Done(None) => (State::Removed { at: tenant.now() }, None),
                Outcome::AlreadyThere => (State::AlreadyThere, None),
                Outcome::AlreadyGone => (State::AlreadyGone, None),
                Outcome::Failed(error) => (State::Failed(Problem::from(error)), None),
                Outcome::Unknown(error) => (State::Unknown(Problem::from(error)), None),
                Outcome::NotSent => (State::NotSent, None),
            };
            show(position, state, made);
        })
        .await;
    read_back(tenant, lines).await;
}

/// Reads what the directory says now, until all that was assigned is visible in it or the time is over.
async fn read_back(tenant: Tenant, lines: RwSignal<Vec<Line>>) {
    let mut identities: Vec<ObjectId> =
        lines.with_untracked(|lines| lines.iter().map(|line| line.change.identity()).collect());
    identities.sort_unstable();
    identities.dedup();
    for secs in READ_BACK_AFTER_SECS {
        tenant.env().clock.sleep(Duration::from_secs(secs)).await;
        for identity in &identities {
            // A page that cannot be read back keeps what it showed; the lines above still say what Graph accepted.
            let _ = tenant.load_held_by(*identity).await;
        }
        let mut missing = false;
        lines.update(|lines| {
            for line in lines {
                if let (State::Assigned { visible, .. }, Some(made)) = (&mut line.state, &line.made) {
                    *visible =
                        tenant.read_once(|catalog| catalog.held_by(made.principal).any(|held| held.id == made.id));
                    missing |= !*visible;
                }
            }
        });
        if !missing {
            return;
        }
    }
}

/// The line of a change, with the names of its parts.
fn line(tenant: Tenant, change: &Change) -> Line {
    let (identity, api, role) = (change.identity(), change.api(), change.role());
    tenant.read_once(|catalog| Line {
        change: change.clone(),
        role: catalog
            .api(api)
            .and_then(|api| api.role(role))
            .map_or_else(|| format!("unknown role {role}"), role_label),
        api: catalog.api(api).map_or_else(|| api.to_string(), |api| api.display_name.clone()),
        identity: catalog.identity(identity).map_or_else(|| identity.to_string(), |it| it.display_name.clone()),
        state: State::Waiting,
        made: None,
    })
}

/// What the run did and does; nothing before the first.
#[component]
pub fn RunOutcomes(
    /// The page's run.
    run: Run,
) -> impl IntoView {
    let summary = move || {
        let (settled, all) =
            run.lines.with(|lines| (lines.iter().filter(|line| line.state != State::Waiting).count(), lines.len()));
        if run.pending() && settled < all {
            format!("{settled} of {all} sent")
        } else {
            format!("{all} of {all} settled")
        }
    };
    let confirming = RwSignal::new(false);
    // What was done may stand above the part of the page that the administrator looks at.
    Effect::new(move |_| {
        if run.lines.with(|lines| !lines.is_empty()) {
            request_animation_frame(|| crate::browser::page::scroll_into_view("outcomes"));
        }
    });
    let bad = move || {
        run.lines.with(|lines| lines.iter().any(|line| matches!(line.state, State::Failed(_) | State::Unknown(_))))
    };
    let undoable = move || !run.pending() && run.lines.with(|lines| lines.iter().any(|line| undo(line).is_some()));
    view! {
        {move || run.problem.get().map(|problem| view! { <ProblemNote of=problem /> })}
        <Show when=move || run.lines.with(|lines| !lines.is_empty())>
            <section
                id="outcomes"
                class=move || if bad() { "note bad" } else { "note good" }
                aria-label="What was done"
            >
                <div class="head-line">
                    <strong role="status">{summary}</strong>
                    <span class="grow"></span>
                    <Show when=undoable>
                        <button
                            type="button"
                            class="button small"
                            on:click=move |_| {
                                if run.gives_power_back().is_empty() {
                                    run.start(run.inverse());
                                } else {
                                    confirming.set(true);
                                }
                            }
                        >
                            "Undo"
                        </button>
                    </Show>
                    <button
                        type="button"
                        class="button plain small"
                        disabled=move || run.pending()
                        on:click=move |_| run.lines.set(Vec::new())
                    >
                        "Dismiss"
                    </button>
                </div>
                // Giving a privileged role back is granting it: it asks like the form does.
                <ConfirmDialog
                    open=confirming
                    id="undo-heading"
                    title="Give privileged roles back?"
                    action="Give them back"
                    danger=true
                    on_confirm=move |()| run.start(run.inverse())
                >
                    <ul>
                        {move || {
                            run.gives_power_back()
                                .into_iter()
                                .map(|(role, how)| view! { <li><code><Name text=role /></code> ": " {how}</li> })
                                .collect_view()
                        }}
                    </ul>
                </ConfirmDialog>
                <ul class="outcomes">
                    {move || run.lines.get().into_iter().map(outcome_line).collect_view()}
                </ul>
            </section>
        </Show>
    }
}

fn outcome_line(line: Line) -> impl IntoView {
    let tag = |class: &'static str, text: &'static str| view! { <span class=class>{text}</span> };
    let (mark, more) = match line.state {
        State::Waiting => (tag("tag", "Sending…"), ().into_any()),
        State::Assigned { live_by, visible } => {
            let live = live_by.map(|at| {
                format!(
                    "Live by {at}: Azure caches the identity's tokens for up to 24 hours, and nothing can hurry it."
                )
            });
            let seen =
                (!visible).then_some("Accepted by Graph; the directory does not list it yet, which can take a minute.");
            (tag("tag good", "Assigned"), view! { <div class="sub">{live} " " {seen}</div> }.into_any())
        }
        State::Removed { at } => {
            let gone = at + Duration::from_secs(24 * 60 * 60);
            (
                tag("tag good", "Removed"),
                view! { <div class="sub">{format!("Tokens issued before may carry the role until {gone}.")}</div> }
                    .into_any(),
            )
        }
        State::AlreadyThere => {
            (tag("tag info", "Already assigned"), view! { <div class="sub">"Nothing had to be done."</div> }.into_any())
        }
        State::AlreadyGone => {
            (tag("tag info", "Already removed"), view! { <div class="sub">"Nothing had to be done."</div> }.into_any())
        }
        State::Failed(problem) => (tag("tag bad", "Failed"), view! { <ProblemText of=problem /> }.into_any()),
        State::Unknown(problem) => (tag("tag warn", "Not known"), view! { <ProblemText of=problem /> }.into_any()),
        State::NotSent => (
            tag("tag", "Not sent"),
            view! { <div class="sub">"Graph refused a line above, so this one was not tried."</div> }.into_any(),
        ),
    };
    view! {
        <li>
            {mark}
            <div class="stack tight">
                <span>
                    <code>
                        <Name text=line.role />
                    </code>
                    " of "
                    <Name text=line.api />
                    ", "
                    <Name text=line.identity />
                </span>
                {more}
            </div>
        </li>
    }
}
