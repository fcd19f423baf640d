//! What was really done in the directory, by whom and to what, for `auditLogs/directoryAudits`.
//! Entries come late if the builder says so, as real ones do, and are kept 30 days.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// How long Entra ID P1 and P2 keep entries.
const KEPT: TimeDelta = TimeDelta::days(30);

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    AssignRole,
    RemoveRole,
    AddApplication,
    UpdateApplication,
    AddServicePrincipal,
    Consent,
}

impl Activity {
    /// `activityDisplayName`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AssignRole => "Add app role assignment to service principal",
            Self::RemoveRole => "Remove app role assignment from service principal",
            Self::AddApplication => "Add application",
            Self::UpdateApplication => "Update application",
            Self::AddServicePrincipal => "Add service principal",
            Self::Consent => "Consent to application",
        }
    }

    /// `operationType`.
    pub(crate) fn operation(self) -> &'static str {
        match self {
            Self::AssignRole | Self::Consent => "Assign",
            Self::RemoveRole => "Unassign",
            Self::AddApplication | Self::AddServicePrincipal => "Add",
            Self::UpdateApplication => "Update",
        }
    }

    /// The type of what it was done to.
    pub(crate) fn target_type(self) -> &'static str {
        match self {
            Self::AddApplication | Self::UpdateApplication => "Application",
            Self::AssignRole | Self::RemoveRole | Self::AddServicePrincipal | Self::Consent => "ServicePrincipal",
        }
    }
}

/// One thing that was done.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) activity: Activity,
    pub(crate) at: DateTime<Utc>,
    pub(crate) correlation: Uuid,
    pub(crate) user: Uuid,
    pub(crate) user_name: String,
    pub(crate) user_agent: Option<String>,
    pub(crate) target: Uuid,
    pub(crate) target_name: String,
    /// Names and values of `modifiedProperties`.
    pub(crate) properties: Vec<(&'static str, String)>,
}

/// Everything that was done, in order.
#[derive(Debug, Default)]
pub(crate) struct AuditLog {
    entries: Mutex<Vec<Entry>>,
}

impl AuditLog {
    /// Adds an entry.
    pub(crate) fn record(&self, entry: Entry) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The entries that can be read now, each with its number, newest first.
    pub(crate) fn readable(&self, now: DateTime<Utc>, delay: Duration) -> Vec<(usize, Entry)> {
        let delay = TimeDelta::from_std(delay).unwrap_or(TimeDelta::MAX);
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |entry: &Entry| now - entry.at >= delay && now - entry.at < KEPT;
        entries.iter().cloned().enumerate().filter(|(_, entry)| fresh(entry)).rev().collect()
    }
}
