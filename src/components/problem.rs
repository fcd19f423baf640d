//! An error as the administrator reads it: what happened, why, what to do, and the id that Microsoft's support asks for.

use leptos::prelude::*;

use super::copy::CopyButton;
use crate::graph::GraphError;
use crate::sign_in::SignInProblem;

/// What an error says, whatever it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The cause, in plain words.
    pub what: String,
    /// What to do now.
    pub next_step: String,
    /// The server's own code and words.
    pub detail: Option<String>,
    /// Graph's `request-id`.
    pub request_id: Option<String>,
}

impl From<&GraphError> for Problem {
    fn from(error: &GraphError) -> Self {
        Self {
            what: error.what(),
            next_step: error.next_step(),
            detail: Some(error.detail()).filter(|text| !text.is_empty()),
            request_id: error.request_id().map(str::to_owned),
        }
    }
}

impl From<&SignInProblem> for Problem {
    fn from(problem: &SignInProblem) -> Self {
        Self {
            what: format!("{}. {}", problem.title, problem.what),
            next_step: problem.next_step.clone(),
            detail: problem.detail.clone(),
            request_id: None,
        }
    }
}

/// What an error says, without a box of its own.
#[component]
pub fn ProblemText(
    /// The error.
    of: Problem,
) -> impl IntoView {
    view! {
        <strong>{of.what}</strong>
        <span>{of.next_step}</span>
        {of
            .request_id
            .map(|id| {
                view! {
                    <span class="sub">
                        "Request id " <span class="id">{id.clone()}</span> " "
                        <CopyButton what="request id" text=id />
                    </span>
                }
            })}
        {of
            .detail
            .map(|detail| {
                view! {
                    <details class="sub">
                        <summary>"What the server said"</summary>
                        <code>{detail}</code>
                    </details>
                }
            })}
    }
}

/// An error in its box, announced when it appears; with "Try again" where that makes sense.
#[component]
pub fn ProblemNote(
    /// The error.
    of: Problem,
    /// What "Try again" does.
    #[prop(optional, into)]
    retry: Option<Callback<()>>,
) -> impl IntoView {
    view! {
        <div class="note bad" role="alert">
            <ProblemText of />
            {retry
                .map(|retry| {
                    view! {
                        <div>
                            <button type="button" class="button" on:click=move |_| retry.run(())>
                                "Try again"
                            </button>
                        </div>
                    }
                })}
        </div>
    }
}
