//! Bicep, with its extension for Microsoft Graph.
//! <https://learn.microsoft.com/graph/templates/bicep/reference/approleassignedto>
//!
//! It knows an assignment by identity, API and role, so deploying one that is there changes nothing. It removes
//! nothing. Names stand in comments, where nothing is interpolated.

use super::{Script, path};
use crate::plan::{Change, Grant};

/// The most resources of one template.
/// <https://learn.microsoft.com/azure/azure-resource-manager/templates/best-practices#template-limits>
const MOST: usize = 800;

const HOW: [&str; 3] = [
    "Deploy it to any resource group: az deployment group create --resource-group ... --template-file ...",
    "Deploying it again changes nothing. The extension is offered in the global cloud alone.",
    "The ids count. The names above the resources are as they were when this was written.",
];

const EXTENSION: &str = "extension 'br:mcr.microsoft.com/bicep/extensions/microsoftgraph/v1.0:1.0.0'\n";

const REMOVALS: &str = "
// To remove. Bicep leaves what is not in the template as it is: remove these with the plan for PowerShell or the
// Azure CLI.
";

pub(super) fn write(script: &Script) -> String {
    let mut text = script.head("//", &HOW) + EXTENSION;
    let (mut removals, mut written) = (String::new(), 0);
    for change in script.plan.steps() {
        let grant = change.grant();
        let legend = script.legend(grant);
        match change {
            Change::Assign { .. } => {
                if written > 0 && written % MOST == 0 {
                    text += &format!(
                        "\n// A template holds {MOST} resources: begin another file here, with the line \"extension\".\n"
                    );
                }
                written += 1;
                let Grant { identity, api, role } = grant;
                let name = format!("grant_{identity}_{api}_{role}").replace('-', "_");
                text += &format!(
                    "\n// {legend}\nresource {name} 'Microsoft.Graph/appRoleAssignedTo@v1.0' = {{\n  principalId: \
                     '{identity}'\n  resourceId: '{api}'\n  appRoleId: '{role}'\n}}\n"
                );
            }
            Change::Remove { assignment, .. } => removals += &format!("//   {legend}: {}\n", path(grant, assignment)),
        }
    }
    if !removals.is_empty() {
        text += REMOVALS;
        text += &removals;
    }
    text
}
