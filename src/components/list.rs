//! What every list has around its rows: how many there are, why there are none, what could not be loaded; and the cells
//! that are the same in all of them.

use super::button::button;
use super::labels::{name, tag, twin_tag};
use super::problem::{Problem, problem_text, problem_with_retry, retry_button};
use crate::browser::{self, clock};
use crate::directory::{Timestamp, grouped, human, visible};
use crate::graph::{Operation, Retry};
use crate::navigation::link_to;
use crate::route::Route;
use crate::signals::{Memo, RwSignal};
use crate::tenant::{Load, Tenant};
use crate::view::{El, View, el, live, many};

/// The cell of a name that leads to its page.
pub fn name_cell(text: &str, to: Route, twin: bool, enabled: bool) -> El {
    // However long the name is, it leaves room for what must be seen beside it.
    let cell = el("div")
        .class("name-cell")
        .child(el("a").attr("href", link_to(to)).child(name(text)))
        .child(twin.then(twin_tag))
        .child((!enabled).then(|| tag("tag").child("Disabled")));
    el("td").attr("title", visible(text)).child(cell)
}

/// The cell of a number.
pub fn count_cell(count: usize, complete: bool) -> El {
    el("td").class("number").child(so_many(count, complete))
}

/// A number in a cell. One that may still grow says so, and none is not said before it is known.
pub fn so_many(count: usize, complete: bool) -> String {
    match (complete, count) {
        (true, _) => grouped(count),
        (false, 0) => "…".to_owned(),
        (false, _) => grouped(count) + "+",
    }
}

/// How many of a list are loaded and shown, whether that is all, and what the rest waits for. Of a list that was read
/// before, when that was, and how many have been read anew.
pub fn count_loaded(
    tenant: Tenant,
    list: Operation,
    load: RwSignal<Load>,
    (shown, loaded): (usize, usize),
    before: Option<(Timestamp, usize)>,
) -> String {
    let mut text = grouped(loaded);
    if shown != loaded {
        text = format!("{} of {text}", grouped(shown));
    }
    text += &load.with(|load| match (load, before) {
        (Load::Loaded, _) => " loaded".to_owned(),
        (Load::Loading, None) => " loaded, still loading".to_owned(),
        (Load::Failed(_), None) => " loaded, incomplete".to_owned(),
        (Load::Loading, Some((at, read))) => {
            format!(" as of {}, reading anew: {} so far", at.time_of_day(), grouped(read))
        }
        (Load::Failed(_), Some((at, _))) => format!(" as of {}, not read anew", at.time_of_day()),
    });
    match retry_of(tenant, list) {
        Some(Retry { throttled: true, .. }) => text += ": Microsoft Graph asks us to slow down",
        Some(_) => text += ": Microsoft Graph cannot be read at present",
        None => {}
    }
    text
}

/// What such a list waits for: its own retry, or a pause that Graph has asked all for.
fn retry_of(tenant: Tenant, list: Operation) -> Option<Retry> {
    let holds = |(of, retry): &&(Operation, Retry)| *of == list || retry.throttled;
    tenant.retries.with(|retries| retries.iter().find(holds).map(|(_, retry)| *retry))
}

/// When it goes on, counted down. It stands beside the status: read out each second it would be a nuisance.
pub fn goes_on(tenant: Tenant, list: Operation) -> El {
    let retry = Memo::new(move || retry_of(tenant, list));
    el("span").class("status").attr("role", "timer").child(live(move || {
        retry.get().map(|retry| {
            let left = RwSignal::new(tenant.time_to(retry.at));
            browser::spawn(async move {
                // Until it is over, or is not shown any more.
                while left.try_get_untracked().is_some_and(|left| !left.is_zero()) {
                    clock::sleep(clock::SECOND).await;
                    left.set(tenant.time_to(retry.at));
                }
            });
            let does = if retry.throttled { "going on in " } else { "next try in " };
            many![does, live(move || human(left.get()))]
        })
    }))
}

/// The place of such a count.
pub fn status(text: impl Fn() -> String + 'static) -> El {
    el("span").class("status").attr("role", "status").child(live(text))
}

/// Why something could not be loaded, with the way to try again.
pub fn load_problem(load: RwSignal<Load>, retry: impl Fn() + Copy + 'static) -> View {
    live(move || match load.get() {
        Load::Failed(problem) => Some(problem_with_retry(problem, retry)),
        _ => None,
    })
}

/// The same of a list of which so many rows are there; `what` says what is wrong with them.
pub fn part_problem(
    load: RwSignal<Load>,
    count: impl Fn() -> usize + 'static,
    what: impl Fn(usize) -> String + 'static,
    retry: impl Fn() + Copy + 'static,
) -> View {
    live(move || match (load.get(), count()) {
        (Load::Failed(problem), 0) => Some(problem_with_retry(problem, retry)),
        (Load::Failed(problem), count) => Some(incomplete(what(count), problem, retry)),
        _ => None,
    })
}

/// What is missing from a list, why, and the way to try again.
pub fn incomplete(what: String, problem: Problem, retry: impl Fn() + 'static) -> El {
    el("div")
        .class("note warn")
        .attr("role", "alert")
        .child(el("strong").child(what))
        .child(problem_text(problem))
        .child(el("div").child(retry_button(retry)))
}

/// What an empty list says.
pub struct EmptyWords {
    /// There is nothing in the tenant.
    pub none: &'static str,
    /// What to do then.
    pub next: &'static str,
    /// There is something, but nothing fits.
    pub no_match: &'static str,
    /// The button that shows all.
    pub all: &'static str,
}

/// What stands in an empty list's place.
pub fn empty_list(none_loaded: bool, load: &Load, reset: impl Fn() + 'static, words: &EmptyWords) -> View {
    let card = || el("div").class("card pad");
    match (none_loaded, load) {
        (true, Load::Loading) => skeleton().into(),
        (true, Load::Loaded) => card().child(el("strong").child(words.none)).child(el("span").child(words.next)).into(),
        (true, Load::Failed(_)) => View::Nothing,
        // The button goes with the empty list, and with it the focus.
        (false, _) => card()
            .child(el("strong").child(words.no_match).child((*load == Load::Loading).then_some(" so far")))
            .child(
                el("div").child(
                    button("button", move || {
                        browser::page::focus("search");
                        reset();
                    })
                    .child(words.all),
                ),
            )
            .into(),
    }
}

/// What stands in the place of a list that could not be read: an empty list would be a false statement.
pub fn not_known() -> View {
    el("p").class("pad soft").child("Not known: the directory could not be read.").into()
}

/// So many of something, in words: `1 role`, `2 roles`.
pub fn counted(count: usize, of: &str) -> String {
    format!("{} {of}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// The table's place while its first rows are on their way.
pub fn skeleton() -> El {
    let bars = (0..6).map(|_| el("div").class("skeleton")).collect::<View>();
    el("div").class("card pad").attr("aria-busy", "true").child(bars)
}
