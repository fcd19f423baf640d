//! One apply: what it did, line by line, and what can be done with that.

use std::rc::Rc;

use leptos::prelude::*;

use super::{Opened, is_here, problem_of, remains};
use crate::activity::{Standing, Summary};
use crate::browser;
use crate::components::button::button;
use crate::components::copy::copy_id;
use crate::components::dialog::{ConfirmDialog, modal};
use crate::components::labels::{name, named_api, named_identity, tag};
use crate::components::list::{counted, skeleton};
use crate::components::page_head::{breadcrumb, page_head};
use crate::components::problem::problem_note;
use crate::components::search_box::pill;
use crate::components::table::{Shape, actions_head, column_head, data_table, line_cell};
use crate::components::toast::Toasts;
use crate::directory::{Timestamp, visible};
use crate::navigation::{Navigation, link_to};
use crate::plan::Receipt;
use crate::plan::receipt::{Ending, Line, held_in_words};
use crate::route::Route;
use crate::signals::{Memo, RwSignal};
use crate::tenant::Tenant;
use crate::view::{El, View, effect, el, live, many};

/// One that a file holds.
pub(super) fn of_file(tenant: Tenant, receipt: Receipt, opened: Opened) -> View {
    let close = button("button plain", move || opened.set(None)).child("Close the file");
    let note = el("div").class("note info").child(
        "From a file, which anybody may have changed on its way. What you revert is reviewed in the plan first.",
    );
    many![
        page_head(|| "Receipt from a file".to_owned(), el("div").child(close)),
        note,
        content(tenant, Rc::new(receipt), View::Nothing),
    ]
}

/// One that this browser keeps.
pub(super) fn of_record(tenant: Tenant, id: String) -> View {
    let found = RwSignal::new(None);
    let title = move || "Receipt".to_owned();
    let opens = id.clone();
    effect(move || {
        tenant.activity.version.track();
        let id = opens.clone();
        browser::spawn(async move {
            let record = tenant.activity.open(&id).await;
            found.set(Some(record.map(|(apply, receipt)| (apply, Rc::new(receipt)))));
        });
    });
    let body = move || match found.get() {
        None => skeleton().into(),
        Some(Err(error)) => View::from(problem_note(problem_of(error))),
        Some(Ok((apply, receipt))) => match apply.standing {
            Standing::Running => running(tenant, &apply).into(),
            _ => {
                let deletes = delete(tenant, apply.head.id());
                many![remains(tenant, &apply), content(tenant, receipt, deletes)]
            }
        },
    };
    many![breadcrumb(Route::Activity, "Activity", title), page_head(title, View::Nothing), live(body)]
}

/// What runs is shown where it runs.
fn running(tenant: Tenant, apply: &Summary) -> El {
    let card = el("div").class("card pad").child(el("strong").child("It is being applied at this moment"));
    if is_here(tenant, apply) {
        card.child(el("div").child(el("a").class("button main").attr("href", link_to(Route::Plan)).child("Show it")))
    } else {
        card.child(
            el("span").child("It runs on another page or in another tab. Its receipt is here when it has ended."),
        )
    }
}

/// The button that deletes a record, with its question.
fn delete(tenant: Tenant, id: String) -> View {
    let open = RwSignal::new(false);
    let navigation = Navigation::here();
    let toasts = expect_context::<Toasts>();
    let confirm = move || {
        let id = id.clone();
        browser::spawn(async move {
            toasts.say(match tenant.activity.delete(&id).await {
                Ok(()) => "Deleted the record",
                Err(_) => "The browser did not delete the record",
            });
            navigation.go(Route::Activity);
        });
    };
    let question = ConfirmDialog {
        open,
        id: "delete-heading",
        title: Box::new(|| "Delete this record?".to_owned()),
        action: Box::new(|| "Delete".to_owned()),
        confirm: Box::new(confirm),
        body: Box::new(|| {
            let text = "The directory stays as it is. What goes is the receipt in this browser, and with it the easy way \
                        back; download it first if you may need it.";
            el("p").child(text).into()
        }),
    };
    many![button("button plain", move || open.set(true)).child("Delete this record…"), question.view()]
}

/// All that a receipt says.
fn content(tenant: Tenant, receipt: Rc<Receipt>, deletes: View) -> View {
    let (navigation, toasts) = (Navigation::here(), expect_context::<Toasts>());
    let inverse = Rc::new(receipt.inverse());
    let reverts = inverse.len();
    let revert = move || {
        toasts.say(tenant.planning.collect_changes(&*inverse).to_string());
        // Its end beside the plan to take it back would look as if that were done.
        tenant.applying.dismiss();
        navigation.go(Route::Plan);
    };
    let save = |label: &'static str, extension: &'static str, media: &'static str, write: fn(&Receipt) -> String| {
        let receipt = receipt.clone();
        let save = move || browser::download::save(&receipt.file_name(extension), media, &write(&receipt));
        button("button", save).child(label)
    };
    let tools = el("div")
        .class("tools")
        .child((reverts > 0).then(|| button("button main", revert).child("Revert these changes…")))
        .child(save("Download JSON", "json", "application/json", Receipt::write))
        .child(save("Download CSV", "csv", "text/csv", Receipt::write_csv))
        .child(el("span").class("grow"))
        .child(deletes);
    let way_back = match reverts {
        0 => "It changed nothing, so there is nothing to take back.".to_owned(),
        count => format!(
            "Reverting puts the opposite of {} into the plan, where you review it; nothing is sent before.",
            counted(count, "change")
        ),
    };
    let facts = el("dl")
        .class("facts")
        .child(
            receipt
                .page
                .as_deref()
                .map(|page| many![el("dt").child("What"), el("dd").child("Change on the page of ").child(name(page))]),
        )
        .child(
            receipt
                .page
                .is_none()
                .then(|| many![el("dt").child("Plan"), el("dd").child(el("code").child(receipt.digest.short()))]),
        )
        .child(el("dt").child("By"))
        .child(el("dd").child(name(&receipt.who.name)))
        .child(el("dt").child("Began"))
        .child(el("dd").child(receipt.started.to_string()))
        .child(el("dt").child("Ended"))
        .child(el("dd").child(receipt.ended.to_string()))
        .child(el("dt").child("Effect"))
        .child(el("dd").child(sum_of_effects(&receipt.lines, tenant.now())));
    let card = el("div").class("card pad").child(facts).child(el("span").class("soft").child(way_back)).child(tools);
    many![card, lines(tenant, receipt)]
}

/// What is certainly live, and from when the rest is. Old tokens are used up to a day longer.
fn sum_of_effects(lines: &[Line], now: Timestamp) -> String {
    let (mut live, mut later, mut last) = (0_usize, 0_usize, now);
    for by in lines.iter().filter_map(Line::live_by) {
        if by <= now {
            live += 1;
        } else {
            later += 1;
            last = last.max(by);
        }
    }
    match (live, later) {
        (0, 0) => "Nothing was changed".to_owned(),
        (_, 0) => format!("{} certainly live now", counted(live, "change")),
        (0, _) => format!("{} live by {last}", counted(later, "change")),
        (..) => format!("{} certainly live now, {later} by {last}", counted(live, "change")),
    }
}

/// From when a line certainly counts.
fn live_in_words(line: &Line, now: Timestamp) -> Option<String> {
    let by = line.live_by()?;
    Some(if by <= now { format!("certainly since {by}") } else { format!("by {by}") })
}

/// The outcomes, in the order in which they can be chosen.
const OUTCOMES: [&str; 8] =
    ["Assigned", "Removed", "Already assigned", "Already removed", "Failed", "Not known", "Not done", "Not sent"];

fn class_of(ending: &Ending) -> &'static str {
    match ending {
        Ending::Assigned { .. } | Ending::Removed { .. } => "tag good",
        Ending::Failed { .. } => "tag bad",
        Ending::Unknown { .. } => "tag warn",
        _ => "tag",
    }
}

/// Every line with its outcome.
fn lines(tenant: Tenant, receipt: Rc<Receipt>) -> View {
    let receipt = StoredValue::new_local(receipt);
    let only = RwSignal::new(None::<&'static str>);
    let chosen = RwSignal::new(None::<usize>);
    let shown = Memo::new(move || {
        let only = only.get();
        let fits = |(_, line): &(usize, &Line)| only.is_none_or(|only| only == line.ending.label());
        receipt
            .with_value(|receipt| receipt.lines.iter().enumerate().filter(fits).map(|(at, _)| at).collect::<Vec<_>>())
    });
    let filter = |label: &'static str| {
        let of = |line: &&Line| line.ending.label() == label;
        let count = receipt.with_value(|receipt| receipt.lines.iter().filter(of).count());
        let toggle = move || only.update(|only| *only = if *only == Some(label) { None } else { Some(label) });
        (count > 0).then(|| pill(label, move || only.get() == Some(label), toggle).child(" ").child(count))
    };
    let heads = many![
        column_head("Outcome", "flag"),
        column_head("Identity", "wide"),
        column_head("API", "middle api"),
        column_head("Role", ""),
        column_head("Live", "wide hide-narrow"),
        actions_head("small"),
    ];
    let row = move |position: usize| {
        let at = shown.with(|shown| shown.get(position).copied())?;
        receipt.with_value(|receipt| receipt.lines.get(at).map(|line| row(at, line, tenant.now(), chosen)))
    };
    let find = move |key: &str| {
        let at: usize = key.parse().ok()?;
        shown.with(|shown| shown.iter().position(|shown| *shown == at))
    };
    let details = move || {
        let line = chosen.get_untracked().and_then(|at| receipt.with_value(|receipt| receipt.lines.get(at).cloned()));
        line.map_or_else(|| el("div"), |line| details(tenant, &line, chosen))
    };
    many![
        el("div").class("tools").child(OUTCOMES.map(filter).into_iter().collect::<View>()),
        data_table("Changes and their outcomes", Shape::Lines, heads, move || shown.with(Vec::len), row, find),
        modal("line-heading", CLOSE, move || chosen.get().is_some(), move || chosen.set(None), details),
    ]
}

fn row(at: usize, line: &Line, now: Timestamp, chosen: RwSignal<Option<usize>>) -> El {
    let Line { change, names, ending, .. } = line;
    let link =
        |text: &str, to: Route| el("div").class("name-cell").child(el("a").attr("href", link_to(to)).child(name(text)));
    let effect = live_in_words(line, now);
    let label =
        format!("Details of {} of {} for {}", visible(&names.role), visible(&names.api), visible(&names.identity));
    el("tr")
        .key(at.to_string())
        .child(line_cell().attr("title", ending.reason().to_owned()).child(tag(class_of(ending)).child(ending.label())))
        .child(
            line_cell()
                .attr("title", visible(&names.identity))
                .child(link(&names.identity, Route::Identity(change.identity()))),
        )
        .child(
            line_cell()
                .class("api")
                .attr("title", visible(&names.api))
                .child(link(&names.api, Route::Api(change.api()))),
        )
        .child(line_cell().attr("title", visible(&names.role)).child(el("code").child(name(&names.role))))
        .child(line_cell().class("hide-narrow").attr("title", effect.clone()).child(effect))
        .child(line_cell().class("actions").child(
            button("button plain small", move || chosen.set(Some(at))).attr("aria-label", label).child("Details"),
        ))
}

/// The button of a line's details that has the focus first.
const CLOSE: &str = "line-close";

/// All that is known of a line.
fn details(tenant: Tenant, line: &Line, chosen: RwSignal<Option<usize>>) -> El {
    let Line { change, names, ending, request } = line;
    let (before, after) = line.held();
    let mut facts = el("dl").class("facts");
    let mut fact = |term: &'static str, value: View| {
        let list = std::mem::replace(&mut facts, el("dl"));
        facts = list.child(el("dt").child(term)).child(el("dd").child(value));
    };
    fact("Identity", named_identity(&names.identity, change.identity()));
    fact("API", named_api(tenant, &names.api, change.api()));
    fact(
        "Role",
        many![el("code").child(name(&names.role)), el("div").class("sub id").child(change.role().to_string())],
    );
    fact("Before", held_in_words(before).into());
    fact("After", held_in_words(after).into());
    if !ending.reason().is_empty() {
        fact("Why", name(ending.reason()).into());
    }
    if let Some((accepted, visible)) = ending.accepted() {
        let shown = if visible { ", and shown by the directory since" } else { "" };
        fact("Accepted", format!("{accepted}{shown}").into());
    }
    if let Some(effect) = live_in_words(line, tenant.now()) {
        fact("Live", format!("{effect}. Azure keeps tokens for up to 24 hours, and nothing can hurry it.").into());
    }
    if let Some(assignment) = line.assignment() {
        fact("Assignment id", copy_id("assignment id", assignment.as_str().to_owned()));
    }
    if let Some(request) = request {
        fact("Request id", copy_id("request id", request.clone()));
    }
    el("div").class("dialog-body").child(el("h2").attr("id", "line-heading").child(ending.label())).child(facts).child(
        el("div")
            .class("dialog-actions")
            .child(button("button", move || chosen.set(None)).attr("id", CLOSE).child("Close")),
    )
}
