//! One change of the directory.

use crate::directory::{Act, AppRoleId, AssignmentId, ObjectId};

/// One change. All of its ids are fixed when it is made: what is confirmed is what is sent (SEC-090).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// An identity shall hold a role of an API.
    Assign {
        /// The identity.
        identity: ObjectId,
        /// The API.
        api: ObjectId,
        /// The role.
        role: AppRoleId,
    },
    /// A holder shall lose a role of an API.
    Remove {
        /// The assignment, as the directory names it.
        assignment: AssignmentId,
        /// The holder.
        identity: ObjectId,
        /// The API.
        api: ObjectId,
        /// The role.
        role: AppRoleId,
    },
}

/// An identity holding a role of an API: what a change brings about or ends, and what the basket is keyed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// Who holds the role.
    pub identity: ObjectId,
    /// The API.
    pub api: ObjectId,
    /// The role.
    pub role: AppRoleId,
}

impl Change {
    /// What it brings about or ends.
    pub fn grant(&self) -> Grant {
        Grant { identity: self.identity(), api: self.api(), role: self.role() }
    }

    /// What is done with the role.
    pub fn act(&self) -> Act {
        match self {
            Self::Assign { .. } => Act::Assign,
            Self::Remove { .. } => Act::Remove,
        }
    }

    /// Whose roles change.
    pub fn identity(&self) -> ObjectId {
        match self {
            Self::Assign { identity, .. } | Self::Remove { identity, .. } => *identity,
        }
    }

    /// The API whose role it is.
    pub fn api(&self) -> ObjectId {
        match self {
            Self::Assign { api, .. } | Self::Remove { api, .. } => *api,
        }
    }

    /// The role.
    pub fn role(&self) -> AppRoleId {
        match self {
            Self::Assign { role, .. } | Self::Remove { role, .. } => *role,
        }
    }
}
