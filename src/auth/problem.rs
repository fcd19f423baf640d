//! Why a sign-in did not come about, in words for the administrator.

/// What went wrong and what to do. `detail` is what the server said: untrusted text, to be shown as text alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInProblem {
    /// A short name for it, without a full stop.
    pub title: String,
    /// What happened and why.
    pub what: String,
    /// What to do now.
    pub next_step: String,
    /// The server's own words.
    pub detail: Option<String>,
}
