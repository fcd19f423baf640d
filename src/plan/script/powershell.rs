//! Microsoft Graph PowerShell.
//! <https://learn.microsoft.com/powershell/module/microsoft.graph.applications/new-mgserviceprincipalapproleassignedto>
//!
//! Names stand in comments alone. In a text between quotes they could do harm: PowerShell takes typographic quotes for
//! quotes, and Windows PowerShell reads a file without a byte order mark in the machine's own encoding, in which any
//! letter may turn into one.

use super::Script;
use crate::plan::Change;

const HOW: [&str; 4] = [
    "It needs the module Microsoft.Graph.Applications, version 2 or later:",
    "Install-Module Microsoft.Graph.Applications -Scope CurrentUser",
    "It looks before it writes: what is there already stays as it is, and a second run changes nothing.",
    "The ids count. The names beside them are as they were when this was written.",
];

const BODY: &str = r#"
$environment = Get-MgEnvironment | Where-Object { "$($_.GraphEndpoint)".TrimEnd('/') -eq $graph } | Select-Object -First 1
if (-not $environment) { throw "Microsoft Graph PowerShell knows no environment at $graph." }
Connect-MgGraph -Environment $environment.Name -TenantId $tenant -Scopes 'Application.Read.All', 'AppRoleAssignment.ReadWrite.All' -NoWelcome
if ((Get-MgContext).TenantId -ne $tenant) { throw "Signed in to another tenant than $tenant." }

$held = @{}

function Grant-AppRole($Identity, $Api, $Role) {
    if (-not $held.ContainsKey($Identity)) {
        $held[$Identity] = @(Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $Identity -All)
    }
    $there = $held[$Identity] | Where-Object { $_.ResourceId -eq $Api -and $_.AppRoleId -eq $Role }
    if ($there) { return "Already there: role $Role of $Api for $Identity" }
    try {
        $null = New-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId $Api -PrincipalId $Identity -ResourceId $Api -AppRoleId $Role
        "Assigned: role $Role of $Api for $Identity"
    } catch {
        if ("$_" -notmatch 'already exists') { throw }
        "Already there: role $Role of $Api for $Identity"
    }
}

function Revoke-AppRole($Api, $Assignment) {
    try {
        $null = Get-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId $Api -AppRoleAssignmentId $Assignment
        Remove-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId $Api -AppRoleAssignmentId $Assignment
        "Removed: $Assignment"
    } catch {
        if ("$_" -notmatch 'ResourceNotFound|does not exist') { throw }
        "Already gone: $Assignment"
    }
}

"#;

pub(super) fn write(script: &Script) -> String {
    let mut text = script.head("#", &HOW);
    text += &format!(
        "$ErrorActionPreference = 'Stop'\n$tenant = '{}'\n$graph = '{}'\n",
        script.tenant,
        script.graph().replace('\'', "''")
    );
    text += BODY;
    for change in script.plan.steps() {
        let legend = script.legend(change.grant());
        text += &match change {
            Change::Assign { identity, api, role } => {
                format!("Grant-AppRole '{identity}' '{api}' '{role}' # {legend}\n")
            }
            Change::Remove { assignment, api, .. } => format!("Revoke-AppRole '{api}' '{assignment}' # {legend}\n"),
        };
    }
    text
}
