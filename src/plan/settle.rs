//! What an answer, or a look at the directory, means for one line: the place where it is decided whether a write may be
//! sent again (invariant 6).

use std::time::Duration;

use super::{Accepted, Change, State, WaitFor};
use crate::directory::{Assignment, Timestamp};
use crate::graph::{GraphError, GraphErrorKind, Written};

/// A write whose answers are lost is sent no more often than this, each time after a look.
const MOST_SENDS: u32 = 3;
/// How long one line waits, in all, for new objects to be known everywhere.
const REPLICATION: Duration = Duration::from_secs(60);
/// How long one line waits, in all, after conflicts.
const CONFLICTS: Duration = Duration::from_secs(120);
/// How long one line waits, in all, when Graph refuses for its quota.
const THROTTLING: Duration = Duration::from_secs(600);
/// The waits before each look at what an unanswered write has done.
pub(super) const LOOKS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// What was made so long before it was first asked for was made by somebody else; two clocks may differ by less.
pub(super) const OLDER: Duration = Duration::from_secs(300);

/// One line on its way.
#[derive(Debug, Default)]
pub(super) struct Line {
    first_sent: Option<Timestamp>,
    refusals: u32,
    unanswered: u32,
    /// The last answer that told nothing.
    lost: Option<GraphError>,
    doubt: Option<Doubt>,
    looks: usize,
    agreed: u32,
    replication: Duration,
    conflicts: Duration,
    throttling: Duration,
}

/// Why the directory is looked at.
#[derive(Debug)]
enum Doubt {
    /// It is not known whether the write took effect.
    Unanswered(GraphError),
    /// It is so; by an earlier request of this line, or by somebody else.
    Exists,
    /// It is said to be gone. What was made a moment ago may only be unknown to the copy that was asked.
    Gone(GraphError),
    /// It was refused; an earlier request may have done it, or the refusal may mean that it is so already.
    Refused(GraphError),
}

/// What comes next for a line.
#[derive(Debug)]
pub(super) enum Next {
    End(State),
    Send { after: Duration, what: WaitFor },
    Look { after: Duration },
}

impl Line {
    /// It leaves.
    pub(super) fn sent(&mut self, now: Timestamp) {
        self.first_sent.get_or_insert(now);
    }

    /// Graph answered, or nobody did.
    pub(super) fn answered(&mut self, change: &Change, result: Result<Written, GraphError>, now: Timestamp) -> Next {
        let error = match result {
            Ok(Written { made, request_id }) => return accepted(made, request_id, now),
            Err(error) => error,
        };
        let assigns = matches!(change, Change::Assign { .. });
        match error.kind() {
            GraphErrorKind::AlreadyExists if self.unanswered > 0 => return self.doubt(Doubt::Exists),
            GraphErrorKind::AlreadyExists => return Next::End(State::AlreadyThere),
            GraphErrorKind::AlreadyGone => return self.doubt(Doubt::Gone(error)),
            _ if error.is_ambiguous() => {
                self.unanswered += 1;
                self.lost = Some(error.clone());
                return self.doubt(Doubt::Unanswered(error));
            }
            // It never left.
            _ if error.is_unreachable() => return Next::Send { after: Duration::ZERO, what: WaitFor::Connection },
            _ => {}
        }
        // From here on the answer proves that this request did nothing.
        self.once_more(&error).unwrap_or_else(|| self.refused(assigns, error))
    }

    /// Sends it again after a refusal that may pass, as long as its time lasts.
    fn once_more(&mut self, error: &GraphError) -> Option<Next> {
        use GraphErrorKind::*;
        let (what, spent, most) = match error.kind() {
            NotFound | NotValidReference | RoleNotFound | AlreadyGone => {
                (WaitFor::Replication, &mut self.replication, REPLICATION)
            }
            Throttled { .. } => (WaitFor::Quota, &mut self.throttling, THROTTLING),
            Conflict => (WaitFor::Conflict, &mut self.conflicts, CONFLICTS),
            _ => return None,
        };
        self.refusals += 1;
        let after = error.retry_after().unwrap_or(Duration::from_secs(1 << self.refusals.min(5)));
        *spent = spent.checked_add(after).filter(|spent| *spent <= most)?;
        Some(Next::Send { after, what })
    }

    /// The directory was looked at: the assignment that the line is about, if it is shown. `may_send`: the run goes on.
    pub(super) fn looked(
        &mut self,
        change: &Change,
        found: Result<Option<&Assignment>, GraphError>,
        now: Timestamp,
        may_send: bool,
    ) -> Next {
        let Some(doubt) = self.doubt.take() else { return Next::Look { after: Duration::ZERO } };
        let assigns = matches!(change, Change::Assign { .. });
        let found = match found {
            Ok(found) => found,
            Err(error) if error.is_temporary() => {
                self.doubt = Some(doubt);
                return Next::Look { after: Duration::ZERO };
            }
            Err(error) if ends_the_run(&error) => return self.unseen(doubt, Some(error), now),
            // Not what a list should be; perhaps the next one is.
            Err(error) => {
                self.looks += 1;
                let Some(after) = LOOKS.get(self.looks) else { return self.unseen(doubt, Some(error), now) };
                self.doubt = Some(doubt);
                return Next::Look { after: *after };
            }
        };
        let doubt = match doubt {
            Doubt::Gone(error) if found.is_some() => {
                let again = if may_send { self.once_more(&error) } else { None };
                return again.unwrap_or_else(|| {
                    Next::End(State::Unknown(error.doubted("Microsoft Graph calls it gone, and lists it")))
                });
            }
            Doubt::Gone(_) => return self.unseen(doubt, None, now),
            doubt => doubt,
        };
        // What exists has been made; what is missing may only be missing on one of the directory's copies, so a removal
        // must be seen twice.
        self.agreed = if found.is_some() == assigns { self.agreed + 1 } else { 0 };
        if self.agreed > 0 && (assigns || self.agreed > 1) {
            let older = |made: &Assignment| {
                let first = self.first_sent?;
                made.created.map(|created| created + OLDER < first)
            };
            return match found {
                Some(_) if self.unanswered == 0 => Next::End(State::AlreadyThere),
                Some(made) if older(made) == Some(true) => Next::End(State::AlreadyThere),
                made => accepted(made.cloned(), self.lost_request(), now),
            };
        }
        self.looks += 1;
        match LOOKS.get(self.looks) {
            Some(after) if self.unanswered > 0 => {
                self.doubt = Some(doubt);
                Next::Look { after: *after }
            }
            _ if may_send && self.unanswered < MOST_SENDS && matches!(doubt, Doubt::Unanswered(_)) => {
                Next::Send { after: Duration::ZERO, what: WaitFor::Connection }
            }
            _ => self.unseen(doubt, None, now),
        }
    }

    /// Nothing more is sent and nobody can be asked: how it ends.
    pub(super) fn left(&mut self) -> State {
        match (self.doubt.take(), self.lost.take()) {
            (Some(Doubt::Exists), _) => State::AlreadyThere,
            (Some(Doubt::Gone(error)), _) => {
                State::Unknown(error.doubted("Microsoft Graph calls it gone, and it was not looked up"))
            }
            (_, Some(error)) => State::Unknown(error),
            (Some(Doubt::Refused(error)), None) => State::Failed(error),
            _ if self.first_sent.is_some() => State::NotDone,
            _ => State::NotSent,
        }
    }

    fn doubt(&mut self, doubt: Doubt) -> Next {
        self.doubt = Some(doubt);
        (self.looks, self.agreed) = (0, 0);
        // What has been answered has happened, or has not.
        let answered = matches!(self.doubt, Some(Doubt::Gone(_) | Doubt::Refused(_))) && self.unanswered == 0;
        Next::Look { after: if answered { Duration::ZERO } else { LOOKS[0] } }
    }

    /// This request did nothing. One before it may have; and a duplicate is told from other bad requests by its wording
    /// alone: the directory is asked before it is called a failure.
    fn refused(&mut self, assigns: bool, error: GraphError) -> Next {
        if self.unanswered > 0 || (assigns && *error.kind() == GraphErrorKind::BadRequest) {
            return self.doubt(Doubt::Refused(error));
        }
        Next::End(State::Failed(error))
    }

    /// The directory does not show it, or cannot be asked.
    fn unseen(&self, doubt: Doubt, unasked: Option<GraphError>, now: Timestamp) -> Next {
        Next::End(match doubt {
            Doubt::Exists => State::AlreadyThere,
            Doubt::Gone(error) if unasked.is_some() => State::Unknown(unasked.unwrap_or(error)),
            Doubt::Gone(_) if self.unanswered > 0 => return accepted(None, self.lost_request(), now),
            Doubt::Gone(_) => State::AlreadyGone,
            Doubt::Refused(error) if self.unanswered == 0 => State::Failed(error),
            // What hinders the looking is what the administrator can do something about.
            Doubt::Unanswered(error) | Doubt::Refused(error) => State::Unknown(unasked.unwrap_or(error)),
        })
    }

    fn lost_request(&self) -> Option<String> {
        self.lost.as_ref().and_then(GraphError::request_id).map(str::to_owned)
    }
}

fn accepted(made: Option<Assignment>, request_id: Option<String>, at: Timestamp) -> Next {
    Next::End(State::Accepted(Accepted { made, request_id, at }))
}

/// Whether every other line would meet the same.
pub(super) fn ends_the_run(error: &GraphError) -> bool {
    use GraphErrorKind::*;
    matches!(
        error.kind(),
        ScopeMissing | Forbidden | SignInNeeded | SignInRefused | PolicyNeedsMore | Throttled { .. } | ForeignLink
    )
}
