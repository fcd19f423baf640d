//! What every list has around its rows: how many there are, why there are none, what could not be loaded; and the cells
//! that are the same in all of them.

use super::button::button;
use super::labels::{name, tag, twin_tag};
use super::problem::{Problem, problem_text, problem_with_retry};
use crate::browser;
use crate::directory::{human, visible};
use crate::graph::Operation;
use crate::navigation::link_to;
use crate::route::Route;
use crate::signals::RwSignal;
use crate::tenant::{Load, Tenant};
use crate::view::{El, View, el, live};

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
        (true, _) => count.to_string(),
        (false, 0) => "…".to_owned(),
        (false, _) => format!("{count}+"),
    }
}

/// How many of a list are loaded and shown, whether that is all, and what the rest waits for.
pub fn count_loaded(tenant: Tenant, list: Operation, load: RwSignal<Load>, shown: usize, loaded: usize) -> String {
    let mut text = if shown == loaded { format!("{loaded} loaded") } else { format!("{shown} of {loaded} loaded") };
    text += load.with(|load| match load {
        Load::Loading => ", still loading",
        Load::Loaded => "",
        Load::Failed(_) => ", incomplete",
    });
    let retry = tenant.retries.with(|retries| retries.iter().find(|(of, _)| *of == list).map(|(_, wait)| *wait));
    if let Some(wait) = retry {
        text += &format!(": Microsoft Graph cannot be read at present, next try in {}", human(wait));
    }
    text
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

/// The same of a list of which so many rows came before.
pub fn part_problem(
    load: RwSignal<Load>,
    of: &'static str,
    count: impl Fn() -> usize + 'static,
    retry: impl Fn() + Copy + 'static,
) -> View {
    live(move || match (load.get(), count()) {
        (Load::Failed(problem), 0) => Some(problem_with_retry(problem, retry)),
        (Load::Failed(problem), count) => {
            Some(incomplete(format!("Incomplete: only {count} {of} could be read"), problem, retry))
        }
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
        .child(el("div").child(button("button", retry).child("Try again")))
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
    format!("{count} {of}{}", if count == 1 { "" } else { "s" })
}

/// The table's place while its first rows are on their way.
pub fn skeleton() -> El {
    let bars = (0..6).map(|_| el("div").class("skeleton")).collect::<View>();
    el("div").class("card pad").attr("aria-busy", "true").child(bars)
}
