//! Terraform, with the provider azuread.
//! <https://registry.terraform.io/providers/hashicorp/azuread/latest/docs/resources/app_role_assignment>
//!
//! It describes what shall be, so what is there already is described too and imported by its id; since version 3 the
//! provider wants that as a path of Graph. Names stand in comments, where nothing is a template.

use super::{Script, path};
use crate::cloud::Cloud;
use crate::directory::AssignmentId;
use crate::plan::{Change, Grant};

const HOW: [&str; 3] = [
    "What is there already is imported, and a second run changes nothing. The names of the blocks are made of ids, so",
    "that blocks of several plans can stand in one configuration; only the first two blocks must not stand there twice.",
    "The ids count. The names above the blocks are as they were when this was written.",
];

const REMOVALS: &str = "
# To remove. Terraform removes only what it manages: where a block stands for one of these, delete the block and apply.
# Where none does, write its block and its import block, apply, and delete both; or use the plan for PowerShell or the
# Azure CLI.
";

pub(super) fn write(script: &Script) -> String {
    let mut text = script.head("#", &HOW);
    text += r#"terraform {
  required_version = ">= 1.5.0"
  required_providers {
    azuread = {
      source  = "hashicorp/azuread"
      version = ">= 3.0.0"
    }
  }
}

provider "azuread" {
"#;
    text += &format!("  tenant_id   = \"{}\"\n", script.tenant);
    text += &match environment(script.cloud) {
        Some(environment) => format!("  environment = \"{environment}\"\n"),
        None => "  # The provider has no name for this cloud: see its argument metadata_host.\n".to_owned(),
    };
    text += "}\n";
    let mut removals = String::new();
    for change in script.plan.steps() {
        match change {
            Change::Assign { .. } => text += &block(script, change.grant(), None),
            Change::Remove { assignment, .. } => {
                let grant = change.grant();
                removals += &format!("#   {}: {}\n", script.legend(grant), path(grant, assignment));
            }
        }
    }
    for (grant, assignment) in script.present {
        text += &block(script, *grant, Some(assignment));
    }
    if !removals.is_empty() {
        text += REMOVALS;
        text += &removals;
    }
    text
}

/// A grant as a resource, and where it comes from if it is there already.
fn block(script: &Script, grant: Grant, present: Option<&AssignmentId>) -> String {
    let Grant { identity, api, role } = grant;
    let name = format!("grant_{identity}_{api}_{role}");
    let mut text = format!(
        "\n# {}\nresource \"azuread_app_role_assignment\" \"{name}\" {{\n  principal_object_id = \"{identity}\"\n  \
         resource_object_id  = \"{api}\"\n  app_role_id         = \"{role}\"\n}}\n",
        script.legend(grant)
    );
    if let Some(assignment) = present {
        let id = path(grant, assignment);
        text += &format!("\nimport {{\n  to = azuread_app_role_assignment.{name}\n  id = \"{id}\"\n}}\n");
    }
    text
}

/// The provider's name for a cloud.
fn environment(cloud: &Cloud) -> Option<&'static str> {
    match cloud.key()? {
        "global" => Some("global"),
        "usgov" => Some("usgovernmentl4"),
        "usgov-dod" => Some("usgovernmentl5"),
        "china" => Some("china"),
        _ => None,
    }
}
