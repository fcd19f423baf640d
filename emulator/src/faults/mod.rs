//! Failures on request: rules that say which requests they strike ([`matcher`]), how often, and what happens then
//! ([`fault`]). One type, [`Rule`], serves the library, the command line and the control origin.
//! A fault is chosen before a request is carried out; [`settle`] applies it.

mod fault;
mod matcher;
mod settle;

use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

pub use fault::{Fault, Refusal};
pub use matcher::Matcher;

pub(crate) use fault::Drip;
pub(crate) use settle::{Outcome, merge, settle};

use crate::http::Incoming;
use crate::log::Site;

/// Which requests fail, how many of them, and how.
///
/// In JSON: `{"when": {"site": "graph", "method": "POST"}, "times": 2, "then": {"answer": {"status": 429}}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// Which requests.
    pub when: Matcher,
    /// How many of them; `None` (in JSON: null) means all until the rule is lifted. Once if it is not said.
    #[serde(default = "once")]
    pub times: Option<usize>,
    /// What happens to them.
    pub then: Fault,
}

fn once() -> Option<usize> {
    Some(1)
}

/// Reads the JSON form.
impl FromStr for Rule {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text)
    }
}

/// Names a rule that was set, to lift it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FaultId(pub(crate) u64);

#[derive(Debug)]
struct Armed {
    id: FaultId,
    rule: Rule,
    matched: usize,
}

/// The rules that wait for their requests.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: Mutex<(u64, Vec<Armed>)>,
}

impl Faults {
    fn armed(&self) -> MutexGuard<'_, (u64, Vec<Armed>)> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets a rule.
    pub(crate) fn arm(&self, rule: Rule) -> FaultId {
        let mut armed = self.armed();
        armed.0 += 1;
        let id = FaultId(armed.0);
        armed.1.push(Armed { id, rule, matched: 0 });
        id
    }

    /// Lifts a rule; true if it was still waiting.
    pub(crate) fn lift(&self, id: FaultId) -> bool {
        let mut armed = self.armed();
        let before = armed.1.len();
        armed.1.retain(|entry| entry.id != id);
        armed.1.len() != before
    }

    /// Lifts all.
    pub(crate) fn clear(&self) {
        self.armed().1.clear();
    }

    /// Those that still wait, with what is left of them.
    pub(crate) fn waiting(&self) -> Vec<(FaultId, Rule)> {
        self.armed().1.iter().map(|entry| (entry.id, entry.rule.clone())).collect()
    }

    /// The first fault that strikes this request, counted down.
    pub(crate) fn strike(&self, site: Site, request: &Incoming) -> Option<Fault> {
        let mut armed = self.armed();
        let mut struck = None;
        for entry in &mut armed.1 {
            if !entry.rule.when.matches(site, request) {
                continue;
            }
            let position = entry.matched;
            entry.matched += 1;
            let due = position.checked_sub(entry.rule.when.after);
            if !due.is_some_and(|due| due.is_multiple_of(entry.rule.when.every.max(1))) {
                continue;
            }
            if let Some(left) = &mut entry.rule.times {
                *left = left.saturating_sub(1);
            }
            struck = Some(entry.rule.then.clone());
            break;
        }
        armed.1.retain(|entry| entry.rule.times != Some(0));
        struck
    }
}
