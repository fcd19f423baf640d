//! An error as the administrator reads it: what happened, why, what to do, and the id that Microsoft's support asks for.

use super::button::button;
use super::copy::copy_button;
use crate::browser;
use crate::directory::prose;
use crate::graph::GraphError;
use crate::sign_in::{Env, SignInProblem};
use crate::view::{El, View, el, many};

/// What an error says, whatever it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// The cause, in plain words.
    pub what: String,
    /// What to do now.
    pub next_step: String,
    /// The server's own code and words, fit to show.
    pub detail: Option<String>,
    /// Graph's `request-id`.
    pub request_id: Option<String>,
    /// Where an administrator can consent for everybody, where that would mend it.
    pub consent_link: Option<String>,
    /// Whether it is no trouble at all, but news.
    pub is_news: bool,
}

impl Problem {
    /// The address names something else than an API.
    pub fn no_api() -> Self {
        Self {
            what: "This is a managed identity, not an API".to_owned(),
            next_step: "Find it under Identities, or choose an API from the list of APIs.".to_owned(),
            ..Self::default()
        }
    }

    /// What became of a sign-in, with the link for an administrator where one can help.
    pub fn of_sign_in(problem: &SignInProblem, env: &Env) -> Self {
        let consent_link = problem.consent.and_then(|wanted| env.consent_link(wanted)).map(String::from);
        Self { consent_link, ..Self::from(problem) }
    }
}

impl From<&GraphError> for Problem {
    fn from(error: &GraphError) -> Self {
        Self {
            what: error.what(),
            next_step: error.next_step(),
            detail: Some(error.detail()).filter(|text| !text.is_empty()),
            request_id: error.request_id().map(str::to_owned),
            ..Self::default()
        }
    }
}

impl From<&SignInProblem> for Problem {
    fn from(problem: &SignInProblem) -> Self {
        Self {
            what: format!("{}. {}", problem.title, problem.what),
            next_step: problem.next_step.clone(),
            detail: problem.detail.as_deref().map(prose),
            is_news: problem.is_news,
            ..Self::default()
        }
    }
}

/// What an error says, without a box of its own.
pub fn problem_text(of: Problem) -> View {
    many![
        el("strong").child(of.what),
        el("span").child(of.next_step),
        of.consent_link.map(|link| {
            el("div")
                .class("tools")
                .child(el("a").attr("href", link.clone()).attr("rel", "noreferrer").child("Link for an administrator"))
                .child(copy_button("link for an administrator", link))
        }),
        of.request_id.map(|id| {
            el("span")
                .class("sub")
                .child("Request id ")
                .child(el("span").class("id").child(id.clone()))
                .child(" ")
                .child(copy_button("request id", id))
        }),
        of.detail.map(|detail| {
            el("details")
                .class("sub")
                .child(el("summary").child("What the server said"))
                .child(el("code").child(detail))
        }),
    ]
}

/// An error in its box, announced when it appears.
pub fn problem_note(of: Problem) -> El {
    let class = if of.is_news { "note good" } else { "note bad" };
    el("div").class(class).attr("role", "alert").child(problem_text(of))
}

/// The same with "Try again".
pub fn problem_with_retry(of: Problem, retry: impl Fn() + 'static) -> El {
    problem_note(of).child(el("div").child(retry_button(retry)))
}

/// "Try again" of something that is read. The button goes, and the focus with it, to the head of what comes of it.
pub fn retry_button(retry: impl Fn() + 'static) -> El {
    let retry = move || {
        browser::page::focus("page-heading");
        retry();
    };
    button("button", retry).child("Try again")
}
