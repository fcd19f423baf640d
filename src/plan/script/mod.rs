//! A frozen plan as text for other tools: a script for change boards and pipelines that does the same.
//!
//! Ids are what counts in all of them. Names are there to be read, and anybody may have chosen them: they go through
//! [`visible`], which leaves no line break and nothing that turns the text around, and then only into a comment or, for
//! the shell, into a literal text. Each of them checks before it writes, so that a second run changes nothing.

mod azure_cli;
mod bicep;
mod powershell;
mod terraform;

use super::{Digest, FrozenPlan, Grant, Names};
use crate::cloud::Cloud;
use crate::directory::{Act, AssignmentId, TenantId, Timestamp, risk, visible};

/// In which language a plan is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Microsoft Graph PowerShell.
    PowerShell,
    /// Bash, calling the Azure CLI.
    AzureCli,
    /// Terraform, with the provider azuread.
    Terraform,
    /// Bicep, with its extension for Microsoft Graph.
    Bicep,
}

impl Language {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::PowerShell, Self::AzureCli, Self::Terraform, Self::Bicep];

    /// Its name for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::PowerShell => "PowerShell",
            Self::AzureCli => "Azure CLI",
            Self::Terraform => "Terraform",
            Self::Bicep => "Bicep",
        }
    }

    /// What its files' names end in.
    pub fn extension(self) -> &'static str {
        match self {
            Self::PowerShell => "ps1",
            Self::AzureCli => "sh",
            Self::Terraform => "tf",
            Self::Bicep => "bicep",
        }
    }
}

/// What is written.
pub struct Script<'a> {
    /// The tenant that the ids belong to.
    pub tenant: TenantId,
    /// The cloud that it is in.
    pub cloud: &'a Cloud,
    /// When it is written.
    pub at: Timestamp,
    /// The plan's digest.
    pub digest: Digest,
    /// The plan.
    pub plan: &'a FrozenPlan,
    /// What was wished and is there already. Terraform has to hear of it; for the others there is nothing to do.
    pub present: &'a [(Grant, AssignmentId)],
    /// What people call the ends of a grant.
    pub names: &'a dyn Fn(Grant) -> Names,
}

impl Script<'_> {
    /// The plan in that language.
    pub fn write(&self, language: Language) -> String {
        match language {
            Language::PowerShell => powershell::write(self),
            Language::AzureCli => azure_cli::write(self),
            Language::Terraform => terraform::write(self),
            Language::Bicep => bicep::write(self),
        }
    }

    /// The first lines of each, after `mark`.
    fn head(&self, mark: &str, how: &[&str]) -> String {
        let removals = self.plan.steps().iter().filter(|change| change.act() == Act::Remove).count();
        let mut head = format!(
            "{mark} Rolegrant plan {} for tenant {}, written {}: {} to assign, {removals} to remove.\n",
            self.digest.short(),
            self.tenant,
            self.at,
            self.plan.steps().len() - removals,
        );
        let steps = self.plan.steps().iter().filter(|change| change.act() == Act::Assign);
        let privileged = steps.filter(|change| self.is_privileged(change.grant())).count();
        if privileged > 0 {
            head += &format!(
                "{mark} PRIVILEGED: {privileged} of them. Whoever controls these identities gets their power.\n"
            );
        }
        for line in how {
            head += &format!("{mark} {line}\n");
        }
        head + "\n"
    }

    /// One grant in names, on one line. It begins and ends with a character of ASCII, so that no wrong guess of a
    /// file's encoding can swallow what stands around it.
    fn legend(&self, grant: Grant) -> String {
        let names = (self.names)(grant);
        let app_id = names.api_app_id.map(|id| format!(" ({id})")).unwrap_or_default();
        let mark = if self.is_privileged(grant) { " [privileged]" } else { "" };
        format!("{}{mark} of {}{app_id} for {}", quoted(&names.role), quoted(&names.api), quoted(&names.identity))
    }

    fn is_privileged(&self, grant: Grant) -> bool {
        (self.names)(grant).api_app_id.is_some_and(|app| risk(app, grant.role).is_some())
    }

    /// The origin of Microsoft Graph, without a slash at its end.
    fn graph(&self) -> &str {
        self.cloud.graph.as_str().trim_end_matches('/')
    }
}

/// A name between quotes that it cannot fake.
fn quoted(name: &str) -> String {
    format!("\"{}\"", visible(name).replace('\\', "\\\\").replace('"', "\\\""))
}

/// An assignment as Graph's path to it, which is also what Terraform calls it.
fn path(grant: Grant, assignment: &AssignmentId) -> String {
    format!("/servicePrincipals/{}/appRoleAssignedTo/{assignment}", grant.api)
}

#[cfg(test)]
mod tests;
