//! What a run did and does, line by line, with what the administrator can do about it.

use leptos::prelude::*;

use super::apply_card::{next_try, wait_in_words};
use super::assign_form::risk_list;
use super::button::button;
use super::dialog::ConfirmDialog;
use super::labels::{name, named_api, named_identity, tag};
use super::list::counted;
use super::problem::{problem_note, problem_text};
use super::rights::rights_note;
use crate::browser;
use crate::directory::PROPAGATION;
use crate::navigation::Navigation;
use crate::plan::{Change, FrozenPlan};
use crate::run::{Delay, Line, Run, State, names};
use crate::signals::{Memo, RwSignal};
use crate::tenant::Tenant;
use crate::view::{El, View, effect, el, live, many, show};

const NO_ANSWER_YET: &str =
    "Microsoft Graph has not answered yet. If it does not, the directory is asked what became of it.";

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

/// The run of the page that is shown.
pub fn run_here() -> Run {
    Run::of(Tenant::here(), &Navigation::here().route.get_untracked().to_string())
}

/// What a run did and does; nothing before the first.
pub fn run_outcomes(run: Run) -> View {
    let question = Question { open: RwSignal::new(false), asked: RwSignal::new(None) };
    // What is done may stand above the part of the page that the administrator looks at, and the button that was
    // pressed may go: the focus comes here.
    let before = run.number.get_untracked();
    effect(move || {
        if run.number.get() > before || run.waiting() > 0 {
            browser::page::focus_soon("outcomes");
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
    if run.pending() && waiting > 0 {
        return format!("About to send {}", counted(waiting, "change"));
    }
    if waiting > 0 {
        let perhaps = run.count(|state| *state == State::Ready { perhaps_sent: true }) > 0;
        let not = if perhaps { "not done" } else { "not sent" };
        return format!("{} confirmed, but {not}", counted(waiting, "change"));
    }
    let failed = run.count(|state| matches!(state, State::Failed { .. }));
    let unknown = run.count(|state| matches!(state, State::Unknown(_)));
    let not_done = run.count(|state| *state == State::NotDone);
    let not_sent = run.count(|state| *state == State::NotSent);
    let done = run.count(|_| true) - failed - unknown - not_done - not_sent;
    let mut text = String::new();
    for (count, what) in
        [(done, "done"), (failed, "failed"), (unknown, "not known"), (not_done, "not done"), (not_sent, "not sent")]
    {
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
    let bad = move || unknown() || run.count(|state| matches!(state, State::Failed { .. })) > 0;
    let undoable = move || !run.pending() && run.lines.with(|lines| lines.iter().any(|line| line.undo().is_some()));
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
    // The button that is pressed goes: what comes of it is said here.
    let from_here = |go: &dyn Fn()| {
        browser::page::focus("outcomes");
        go();
    };
    let go_on = move || {
        let (waiting, open) = (run.waiting(), run.count(State::is_open));
        let send = move || from_here(&|| question.start(run, untrack(|| run.rest(State::waits)), false));
        let again = move || from_here(&|| question.start(run, untrack(|| run.rest(State::is_open)), false));
        match () {
            () if run.pending() => None,
            () if waiting > 0 => {
                Some(button("button main small", send).child(format!("Send {}", counted(waiting, "change"))))
            }
            () => (open > 0).then(|| button("button small", again).child("Try again")),
        }
    };
    let delay = move || {
        run.delay.get().map(|delay| match delay {
            Delay::Wait(wait) => wait_in_words(&wait),
            Delay::NoAnswer => NO_ANSWER_YET.to_owned(),
        })
    };
    let goes_on = move || match run.delay.get() {
        Some(Delay::Wait(wait)) => next_try(run.tenant, &wait),
        _ => String::new(),
    };
    let head = el("div")
        .class("head-line")
        .child(el("strong").attr("role", "status").child(live(move || summary(run))))
        .child(el("span").class("grow"))
        .child(live(go_on))
        .child(show(
            move || !run.pending() && unknown(),
            move || button("button small", move || from_here(&|| run.look_again())).child("Look again"),
        ))
        .child(show(undoable, undo_button))
        .child(button("button plain small", dismiss).live("disabled", move || run.pending()).child(live(leave)));
    el("section")
        .attr("id", "outcomes")
        .attr("tabindex", "-1")
        .live("class", move || match () {
            () if bad() => "note bad",
            // Nothing is good before it is known.
            () if run.pending() || run.count(State::is_kept) > 0 => "note info",
            () => "note good",
        })
        .attr("aria-label", "What was done")
        .child(head)
        // When it goes on is not read out each second.
        .child(el("div").class("soft").child(el("span").attr("role", "status").child(live(delay))).child(live(goes_on)))
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
        State::Failed { problem, .. } => ("tag bad", "Failed", problem_text(problem)),
        State::Unknown(problem) => ("tag warn", "Not known", problem_text(problem)),
        State::NotDone => ("tag", "Not done", sub("Graph put it off, and refused another line.")),
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
