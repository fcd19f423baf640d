//! How far the apply of a plan has come: counts, rate and time left, what is waited for, and the hand on it.

use std::rc::Rc;

use leptos::prelude::*;

use super::button::button;
use super::labels::{name, tag};
use super::list::counted;
use super::problem::{Problem, problem_text};
use super::search_box::pill;
use super::table::{Shape, column_head, data_table, line_cell};
use crate::applying::Apply;
use crate::browser;
use crate::directory::{Act, PROPAGATION, grouped, human, visible};
use crate::navigation::link_to;
use crate::pages::activity::unrecorded;
use crate::plan::record::Sums;
use crate::plan::{Change, Command, Counts, State, Wait, WaitFor};
use crate::route::Route;
use crate::signals::{Memo, RwSignal};
use crate::tenant::Tenant;
use crate::view::{El, View, el, live, many, show};

type Shown = Rc<Apply>;

/// The apply that runs or ran; nothing before the first.
pub fn apply_card(tenant: Tenant) -> View {
    // One card a run, whatever moves in it.
    let started = Memo::new(move || tenant.applying.current().map(|apply| apply.started));
    live(move || started.get().and_then(|_| untrack(|| tenant.applying.current()).map(|apply| card(tenant, apply))))
}

fn card(tenant: Tenant, apply: Shown) -> El {
    let running = Memo::new(move || tenant.applying.is_running());
    let paused = RwSignal::new(false);
    let all = apply.reviewed.plan.steps().len();
    let counts = {
        let apply = StoredValue::new_local(apply.clone());
        Memo::new(move || {
            tenant.applying.current();
            apply.with_value(|apply| apply.control.figures().counts)
        })
    };
    let stopping = RwSignal::new(apply.control.command() == Command::Cancel);
    let title = move || match (running.get(), stopping.get()) {
        (true, false) => "Applying",
        (true, true) => "Stopping",
        (false, true) if counts.with(|counts| counts.not_done + counts.not_sent > 0) => "Stopped",
        _ => "Applied",
    };
    let header = el("header")
        .child(el("h2").attr("id", "apply").attr("tabindex", "-1").child(live(title)))
        .child(el("span").class("soft").child("plan ").child(el("code").child(apply.reviewed.digest.short())))
        .child(el("span").class("grow"))
        .child(live({
            let apply = apply.clone();
            move || {
                if running.get() {
                    return el("span")
                        .class("tools")
                        .attr("id", HAND)
                        .child(hand(apply.clone(), paused, stopping))
                        .into();
                }
                // The buttons go, and with them the focus, if it is there.
                if browser::page::has_focus_within(HAND) {
                    browser::page::focus_soon("apply");
                }
                ends(tenant, &apply)
            }
        }));
    // Read out in steps, not with every batch.
    let tenths = Memo::new(move || settled(counts.get()) * 10 / all.max(1));
    let said = move || {
        let tenths = tenths.get();
        if running.get() {
            format!("{} percent of {} settled", tenths * 10, counted(all, "change"))
        } else {
            summary(counts.get())
        }
    };
    let progress = {
        let apply = apply.clone();
        move || {
            tenant.applying.current();
            progress(tenant, &apply, counts.get(), all, paused.get() || stopping.get())
        }
    };
    el("section")
        .class("card")
        .attr("aria-labelledby", "apply")
        .child(header)
        .child(
            el("div")
                .class("pad stack")
                .child(unrecorded(tenant))
                .child(el("span").class("unseen").attr("role", "status").child(live(said)))
                .child(show(move || running.get(), {
                    let progress = Rc::new(progress);
                    move || {
                        let progress = progress.clone();
                        live(move || progress())
                    }
                }))
                .child(show(move || !running.get(), move || el("strong").child(live(move || summary(counts.get())))))
                .child(live({
                    let apply = apply.clone();
                    move || {
                        let done = !running.get() && counts.with(|counts| counts.accepted + counts.visible > 0);
                        done.then(|| live_by(&apply))
                    }
                })),
        )
        .child(lines(tenant, apply, counts))
}

fn settled(counts: Counts) -> usize {
    let left = counts.failed + counts.unknown + counts.not_done + counts.not_sent;
    counts.accepted + counts.visible + counts.already + left
}

/// The end in one line.
fn summary(counts: Counts) -> String {
    let sums = Sums::from(counts);
    sums.words_of(&counted(sums.done, "change"))
}

/// The id of what holds the hand on a run.
const HAND: &str = "apply-hand";

/// The hand on a run.
fn hand(apply: Shown, paused: RwSignal<bool>, stopping: RwSignal<bool>) -> View {
    let (pausing, cancelling) = (apply.clone(), apply);
    let pause = move || {
        if stopping.get_untracked() {
            return;
        }
        let pause = !paused.get_untracked();
        paused.set(pause);
        if pause { pausing.control.pause() } else { pausing.control.resume() }
    };
    let cancel = move || {
        stopping.set(true);
        cancelling.control.cancel();
    };
    let word = move || if paused.get() { "Go on" } else { "Pause" };
    // A disabled button would lose the focus.
    let idle = move || stopping.get().then_some("true");
    many![
        button("button", pause).live("aria-disabled", idle).child(live(word)),
        button("button plain", cancel).live("aria-disabled", idle).child("Stop"),
    ]
}

/// What can be done after a run.
fn ends(tenant: Tenant, apply: &Apply) -> View {
    let dismiss = move || {
        browser::page::focus("page-heading");
        tenant.applying.dismiss();
    };
    // The last place was that of Stop: a second press there shall not put away what was not done.
    let receipt = format!("{}?id={}", link_to(Route::Activity), apply.record_id());
    many![
        button("button plain", dismiss).child("Dismiss"),
        el("a").class("button").attr("href", receipt).child("Receipt and revert"),
    ]
}

/// The meter, the figures and what is waited for.
fn progress(tenant: Tenant, apply: &Apply, counts: Counts, all: usize, held: bool) -> View {
    let settled = settled(counts);
    let figures = apply.control.figures();
    let mut text = format!("{} of {} settled", grouped(settled), grouped(all));
    if counts.failed > 0 {
        text += &format!(", {} failed", grouped(counts.failed));
    }
    if let Some(rate) = figures.per_minute {
        text += &format!(", {rate} a minute");
    }
    if let Some(end) = figures.end.filter(|_| !held) {
        text += &format!(", about {} left", human(tenant.time_to(end)));
    }
    let waits =
        figures.waits.iter().map(|wait| View::from(el("li").child(wait_in_words(wait) + &next_try(tenant, wait))));
    let under_way = held && counts.sent > 0;
    let under_way =
        under_way.then(|| el("li").child(format!("{} are sent already and come to their end", grouped(counts.sent))));
    let waits: View = waits.collect();
    let percent = settled * 100 / all.max(1);
    many![
        el("div")
            .class("meter")
            .attr("role", "progressbar")
            .attr("aria-label", "Apply")
            .attr("aria-valuenow", percent)
            .child(el("i").style("width", format!("{percent}%"))),
        el("span").child(text),
        el("ul").class("stack tight soft").child(under_way).child(waits),
    ]
}

/// Who waits for what.
pub fn wait_in_words(wait: &Wait) -> String {
    let what = match wait.what {
        WaitFor::Quota => "waiting for Graph's quota: it takes 3,000 changes in two and a half minutes",
        WaitFor::Replication => "waiting for new objects to be known everywhere in the directory",
        WaitFor::Conflict => "waiting for somebody else's change of the same object",
        WaitFor::Connection => "waiting for Graph or the network to answer again",
        WaitFor::Look => "being looked for in the directory, because no answer came",
        WaitFor::Administrator => "waiting for you: paused, nothing new is sent",
    };
    format!("{} {what}", wait.lines)
}

/// When the wait is over, as long as that is ahead.
pub fn next_try(tenant: Tenant, wait: &Wait) -> String {
    let left = wait.until.map(|until| tenant.time_to(until)).filter(|left| !left.is_zero());
    left.map(|left| format!(" (next try in {})", human(left))).unwrap_or_default()
}

/// When the last of the changes is certainly in every token.
fn live_by(apply: &Apply) -> El {
    let at = apply.ended().unwrap_or(apply.started) + PROPAGATION;
    let assigns = apply.reviewed.plan.steps().iter().any(|change| change.act() == Act::Assign);
    let effect = if assigns { "Live by" } else { "Tokens issued before may carry the roles until" };
    el("p").class("soft").child(format!(
        "{effect} {at} at the latest: Azure caches the identities' tokens for up to 24 hours, and nothing can hurry it."
    ))
}

/// Which lines are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Done,
    Open,
    Failed,
}

impl Kind {
    fn of(state: &State) -> Self {
        match state {
            State::Waiting | State::Sent => Self::Open,
            State::Failed(_) | State::Unknown(_) | State::NotDone | State::NotSent => Self::Failed,
            _ => Self::Done,
        }
    }
}

/// Every line with its state.
fn lines(tenant: Tenant, apply: Shown, counts: Memo<Counts>) -> View {
    let only = RwSignal::new(None::<Kind>);
    let apply = StoredValue::new_local(apply);
    let shown = Memo::new(move || {
        tenant.applying.current();
        let kind = only.get();
        apply.with_value(|apply| {
            let states = apply.states();
            let fits = |(_, state): &(usize, &State)| kind.is_none_or(|kind| kind == Kind::of(state));
            states.iter().enumerate().filter(fits).map(|(at, _)| at).collect::<Vec<_>>()
        })
    });
    let filter = move |kind: Kind, label: &'static str, count: fn(Counts) -> usize| {
        let toggle = move || only.update(|only| *only = if *only == Some(kind) { None } else { Some(kind) });
        show(
            move || count(counts.get()) > 0 || only.get() == Some(kind),
            move || {
                pill(label, move || only.get() == Some(kind), toggle)
                    .child(" ")
                    .child(live(move || count(counts.get())))
            },
        )
    };
    let heads = many![
        column_head("State", "middle"),
        column_head("Identity", "wide"),
        column_head("API", "wide api"),
        column_head("Role", "wide"),
    ];
    let row = move |at: usize| {
        // A row follows its line.
        tenant.applying.current();
        let at = shown.with(|shown| shown.get(at).copied())?;
        apply.with_value(|apply| {
            let (change, names) = (apply.reviewed.plan.steps().get(at)?, apply.reviewed.names.get(at)?);
            let (class, word) = word_of(change, apply.states().get(at)?);
            Some(
                el("tr")
                    .key(at.to_string())
                    .child(line_cell().child(tag(class).child(word)))
                    .child(cell(&names.identity, Route::Identity(change.identity()), ""))
                    .child(cell(&names.api, Route::Api(change.api()), "api"))
                    .child(line_cell().attr("title", visible(&names.role)).child(el("code").child(name(&names.role)))),
            )
        })
    };
    let find = move |key: &str| {
        let at: usize = key.parse().ok()?;
        shown.with(|shown| shown.iter().position(|shown| *shown == at))
    };
    let reasons = move || {
        apply.with_value(|apply| {
            tenant.applying.current();
            reasons(&apply.states())
        })
    };
    many![
        el("div").class("pad").child(
            el("div")
                .class("tools")
                .child(filter(Kind::Open, "To go", |counts| counts.waiting + counts.sent))
                .child(filter(Kind::Done, "Done or so before", |counts| counts.accepted
                    + counts.visible
                    + counts.already))
                .child(filter(Kind::Failed, "Not done or not known", |counts| counts.failed
                    + counts.unknown
                    + counts.not_done
                    + counts.not_sent)),
        ),
        live(reasons),
        data_table("Changes and their states", Shape::Lines, heads, move || shown.with(Vec::len), row, find),
    ]
}

fn cell(text: &str, to: Route, class: &'static str) -> El {
    line_cell()
        .class(class)
        .attr("title", visible(text))
        .child(el("div").class("name-cell").child(el("a").attr("href", link_to(to)).child(name(text))))
}

fn word_of(change: &Change, state: &State) -> (&'static str, &'static str) {
    let assigns = matches!(change, Change::Assign { .. });
    match state {
        State::Waiting => ("tag", "Waiting"),
        State::Sent => ("tag info", "Sent"),
        State::Accepted(_) if assigns => ("tag good", "Assigned"),
        State::Accepted(_) => ("tag good", "Removed"),
        State::Visible(_) if assigns => ("tag good", "Assigned, visible"),
        State::Visible(_) => ("tag good", "Removed, gone"),
        State::AlreadyThere => ("tag", "Already assigned"),
        State::AlreadyGone => ("tag", "Already removed"),
        State::Failed(_) => ("tag bad", "Failed"),
        State::Unknown(_) => ("tag warn", "Not known"),
        State::NotDone => ("tag", "Not done"),
        State::NotSent => ("tag", "Not sent"),
    }
}

/// Each cause of failure once, with how many lines it concerns.
fn reasons(states: &[State]) -> View {
    let mut causes: Vec<(Problem, usize)> = Vec::new();
    for state in states {
        let (State::Failed(error) | State::Unknown(error)) = state else { continue };
        // The ids of requests differ; what happened is the same.
        let problem = Problem::from(error);
        match causes.iter_mut().find(|(cause, _)| cause.what == problem.what) {
            Some((_, count)) => *count += 1,
            None => causes.push((problem, 1)),
        }
    }
    causes
        .into_iter()
        .map(|(problem, count)| {
            View::from(
                el("div")
                    .class("note bad")
                    .child(el("span").class("sub").child(counted(count, "change")))
                    .child(problem_text(problem)),
            )
        })
        .collect()
}
