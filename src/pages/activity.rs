//! `/activity`: what was applied from this browser, the newest first; one apply with its receipt; and the ways on: to
//! look what became of what is not known, to plan what is left, to take back what was done.

mod receipt;

use leptos::ev;
use leptos::prelude::*;

use crate::activity::{RecordError, Standing, Summary};
use crate::browser::{self, open_file};
use crate::components::button::button;
use crate::components::labels::{name, tag};
use crate::components::list::{counted, skeleton};
use crate::components::page_head::page_head;
use crate::components::problem::{Problem, problem_note};
use crate::components::table::{Shape, column_head, data_table};
use crate::components::toast::Toasts;
use crate::directory::visible;
use crate::navigation::{Navigation, link_to};
use crate::plan::receipt::{Ending, Line};
use crate::plan::{Change, LARGEST_FILE, Receipt};
use crate::planning::Tally;
use crate::route::Route;
use crate::signals::{Memo, RwSignal};
use crate::tenant::Tenant;
use crate::view::{El, View, effect, el, live, many};

/// A receipt out of a file.
type Opened = RwSignal<Option<Receipt>>;

/// The page.
pub fn activity_page() -> View {
    let tenant = Tenant::here();
    let id = Memo::new(move || Navigation::here().value("id"));
    let opened: Opened = RwSignal::new(None);
    live(move || match (opened.get(), id.get()) {
        (Some(receipt), _) => receipt::of_file(tenant, receipt, opened),
        (None, Some(id)) => receipt::of_record(tenant, id),
        (None, None) => list(tenant, opened),
    })
}

/// The applies.
fn list(tenant: Tenant, opened: Opened) -> View {
    let found = RwSignal::new(None);
    effect(move || {
        tenant.activity.version.track();
        browser::spawn(async move {
            let list = tenant.activity.list().await;
            // The page may be gone by now.
            found.set(Some(list));
        });
    });
    let problem = RwSignal::new(None::<Problem>);
    let intro = "What you have changed from this browser, with the way back. It is a copy for you: the record that counts is \
                 Entra's own audit log.";
    let body = move || match found.get() {
        None => skeleton().into(),
        Some(Err(_)) => problem_note(no_database()).into(),
        Some(Ok((applies, unreadable))) => {
            let broken_off = applies.iter().filter(|apply| apply.standing == Standing::BrokenOff);
            many![
                broken_off.filter_map(|apply| remains(tenant, apply)).collect::<View>(),
                (unreadable > 0).then(|| {
                    let records = counted(unreadable, "record");
                    el("div").class("note warn").child(format!("{records} in this browser cannot be read."))
                }),
                if applies.is_empty() { empty().into() } else { View::from(table(tenant, applies)) },
            ]
        }
    };
    many![
        page_head(|| "Activity".to_owned(), el("p").child(intro)),
        el("div").class("tools").child(file_field(tenant, opened, problem)),
        live(move || problem.get().map(problem_note)),
        live(body),
    ]
}

fn empty() -> El {
    el("div")
        .class("card pad")
        .child(el("strong").child("No change of yours is recorded in this browser"))
        .child(el("span").child(
        "Each change, on its own or in a plan, leaves a record here until you sign out: who, when, and what came of it.",
    ))
}

fn table(tenant: Tenant, applies: Vec<Summary>) -> El {
    let count = applies.len();
    let applies = StoredValue::new_local(applies);
    let heads = many![
        column_head("Began", "middle"),
        column_head("About", "wide"),
        column_head("By", "middle hide-narrow"),
        column_head("Changes", "hide-narrow"),
        column_head("State", "middle"),
    ];
    let row = move |at: usize| applies.with_value(|applies| applies.get(at).map(|apply| row(tenant, apply)));
    let find = move |key: &str| applies.with_value(|applies| applies.iter().position(|apply| apply.head.id() == key));
    data_table("Applies", Shape::Rows, heads, move || count, row, find)
}

fn row(tenant: Tenant, apply: &Summary) -> El {
    let Summary { head, standing, sums, .. } = apply;
    let id = head.id();
    let link = el("a")
        .attr("id", link_id(&id))
        .attr("href", format!("{}?id={id}", link_to(Route::Activity)))
        .child(head.started.to_string());
    let about = if head.about.is_empty() { "Several identities and APIs" } else { &head.about };
    let state = match standing {
        Standing::Running if is_here(tenant, apply) => {
            el("a").attr("href", link_to(Route::Plan)).child(tag("tag info").child("Running"))
        }
        Standing::Running => tag("tag info").child("Running elsewhere"),
        _ if sums.left() == 0 => tag("tag good").child("Done"),
        Standing::BrokenOff if apply.is_open() => tag("tag warn").child("Broken off"),
        _ => tag("tag warn").child("Not all done"),
    };
    el("tr")
        .key(id)
        .child(el("td").child(el("div").class("name-cell").child(link)))
        .child(el("td").attr("title", visible(about)).child(name(about)))
        .child(el("td").class("hide-narrow").attr("title", visible(&head.who.name)).child(name(&head.who.name)))
        .child(el("td").class("hide-narrow").attr("title", sums.words()).child(sums.words()))
        .child(el("td").child(state))
}

/// The id of the link to a record.
fn link_id(record: &str) -> String {
    format!("apply-{record}")
}

/// Whether an apply runs in this tab.
fn is_here(tenant: Tenant, apply: &Summary) -> bool {
    let started = untrack(|| tenant.applying.current()).map(|apply| apply.started);
    started == Some(apply.head.started)
}

/// What is left of an apply that does not run any more, and the ways to go on. None of it is ever done by itself.
fn remains(tenant: Tenant, apply: &Summary) -> Option<El> {
    let (sums, left) = (apply.sums, apply.left.len());
    if !apply.is_open() {
        return None;
    }
    let title = match apply.standing {
        Standing::BrokenOff => format!("The page was closed while it ran: {}", sums.words()),
        _ => format!("Not all of it was done: {}", sums.words()),
    };
    let problem = RwSignal::new(None::<Problem>);
    let looking = RwSignal::new(false);
    let (navigation, toasts) = (Navigation::here(), expect_context::<Toasts>());
    let id = StoredValue::new(apply.head.id());
    let note_id = format!("remains-{}", apply.head.id());
    let note = StoredValue::new(note_id.clone());
    let look = move || {
        if looking.get_untracked() {
            return;
        }
        looking.set(true);
        // The button may go, and with it the focus: what comes of it is said here.
        browser::page::focus(&note.get_value());
        browser::spawn(async move {
            let (id, note) = (id.get_value(), note.get_value());
            let outcome = look(tenant, &id).await;
            let elsewhere = browser::page::has_focus_within("page") && !browser::page::has_focus_within(&note);
            looking.set(false);
            problem.set(outcome.err());
            // The note goes when there is nothing more to say.
            let open = tenant.activity.open(&id).await.is_ok_and(|(apply, _)| apply.is_open());
            if !open && !elsewhere {
                browser::page::focus("page-heading");
                browser::page::focus(&link_id(&id));
            }
        });
    };
    let go_on = move || {
        browser::spawn(async move {
            match plan_what_is_left(tenant, &id.get_value()).await {
                Ok(tally) => {
                    toasts.say(tally.to_string());
                    navigation.go(Route::Plan);
                }
                Err(error) => problem.set(Some(error)),
            }
        });
    };
    let looks = move || if looking.get() { "Looking…" } else { "Look what became of it" };
    let what = match &apply.head.page {
        Some(page) => many!["Change on the page of ", name(page)],
        None => many!["Plan ", el("code").child(apply.head.digest.short())],
    };
    Some(
        el("div")
            .key(note_id.clone())
            .attr("id", note_id)
            .attr("tabindex", "-1")
            .attr("role", "group")
            .attr("aria-label", title.clone())
            .class("note warn")
            .child(el("strong").child(title))
            .child(el("span").child(what).child(format!(", begun {}.", apply.head.started)))
            .child((sums.unknown > 0).then(|| {
                el("span").child("What is not known may have been done: the directory tells. Looking changes nothing.")
            }))
            .child((left < sums.left()).then(|| {
                el("span").child(match left {
                    0 => "All that is left of it is in a later change.".to_owned(),
                    _ => format!("{} of that is left; the rest is in a later change.", left),
                })
            }))
            .child(
                el("div")
                    .class("tools")
                    .child((sums.unknown > 0).then(|| {
                        button("button main", look)
                            .live("aria-disabled", move || looking.get().then_some("true"))
                            .child(live(looks))
                    }))
                    .child((left > 0).then(|| button("button", go_on).child("Put what is left into the plan"))),
            )
            .child(live(move || problem.get().map(problem_note))),
    )
}

/// Reads in the directory what became of the lines of which it is not known.
async fn look(tenant: Tenant, id: &str) -> Result<(), Problem> {
    let (_, receipt) = tenant.activity.open(id).await.map_err(problem_of)?;
    let unknown = |line: &&Line| matches!(line.ending, Ending::Unknown { .. });
    let asked: Vec<Change> = receipt.lines.iter().filter(unknown).map(|line| line.change.clone()).collect();
    tenant.look(&asked).await.pop().map_or(Ok(()), |(_, problem)| Err(problem))
}

/// Collects what an apply has not done; with that it is over.
async fn plan_what_is_left(tenant: Tenant, id: &str) -> Result<Tally, Problem> {
    let (apply, receipt) = tenant.activity.open(id).await.map_err(problem_of)?;
    if apply.standing == Standing::BrokenOff {
        let closed = tenant.activity.close(&apply.head, &receipt).await;
        closed.map_err(|error| problem_of(RecordError::Database(error)))?;
    }
    Ok(tenant.planning.collect_changes(&*apply.left))
}

/// The field for a receipt file.
fn file_field(tenant: Tenant, opened: Opened, problem: RwSignal<Option<Problem>>) -> El {
    let unusable = |what: String| Problem {
        what,
        next_step: "Choose a receipt that was downloaded here as JSON, in this tenant.".to_owned(),
        ..Problem::default()
    };
    let open = move |event: ev::Event| {
        let Some(file) = open_file::file_of(&event) else { return };
        problem.set(None);
        browser::spawn(async move {
            let here = tenant.session().account().tenant;
            let read = match open_file::read(&file, LARGEST_FILE).await {
                Ok(bytes) => Receipt::read(&bytes, here).map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            match read {
                Ok(receipt) => opened.set(Some(receipt)),
                Err(what) => problem.set(Some(unusable(what))),
            }
        });
    };
    el("label").class("button").child("Open a receipt file…").child(
        el("input").attr("type", "file").attr("accept", "application/json,.json").class("unseen").on(ev::change, open),
    )
}

fn no_database() -> Problem {
    Problem {
        what: "This browser keeps no records".to_owned(),
        next_step: "A private window, a policy or a full disk may be why. Plans can be applied all the same; what was \
                    done is in Entra's audit log."
            .to_owned(),
        ..Problem::default()
    }
}

fn problem_of(error: RecordError) -> Problem {
    match error {
        RecordError::Database(_) => no_database(),
        RecordError::Missing => Problem {
            what: "There is no such record in this browser".to_owned(),
            next_step:
                "It may have been deleted, made by another account or on another computer. A downloaded receipt \
                        can be opened from its file."
                    .to_owned(),
            ..Problem::default()
        },
        RecordError::Unreadable(problem) => Problem {
            what: "The record cannot be read".to_owned(),
            next_step: "It was changed by something else. What was done is in Entra's audit log.".to_owned(),
            detail: Some(problem.to_string()),
            ..Problem::default()
        },
    }
}

/// A note for where a plan is applied: no record of it could be kept.
pub fn unrecorded(tenant: Tenant) -> View {
    live(move || {
        tenant.activity.unrecorded.get().then(|| {
            el("div").class("note warn").attr("role", "status").child(
                "This browser lets the page keep no record of this apply: leave the page open until it has ended. What \
                 is done is in Entra's audit log.",
            )
        })
    })
}
