//! Bash and `az rest`. <https://learn.microsoft.com/cli/azure/reference-index#az-rest>
//!
//! Names are arguments between single quotes, which the script prints: a shell takes nothing in there for anything but
//! text. In a comment they could do harm, for zsh knows none where lines are pasted.

use super::Script;
use crate::plan::Change;

const HOW: [&str; 3] = [
    "Save it and run it with bash, signed in to the tenant (az login --tenant ... --allow-no-subscriptions).",
    "It looks before it writes: what is there already stays as it is, and a second run changes nothing.",
    "The ids count. The names behind them are as they were when this was written.",
];

const BODY: &str = r#"
if [ "$(az account show --query tenantId --output tsv | tr -d '\r')" != "$tenant" ]; then
  echo "Sign in first: az login --tenant $tenant --allow-no-subscriptions" >&2
  exit 1
fi

# Calls Graph: the method, the path, and what else az rest shall be told.
graph() {
  local method=$1 path=$2
  shift 2
  az rest --method "$method" --resource "$graph/" --url "$graph$path" "$@"
}

# Reads what an identity holds into $held, a line each: API, role, assignment.
held='' held_by=''
read_held() {
  local path="/v1.0/servicePrincipals/$1/appRoleAssignments?\$top=999" page next
  if [ "$held_by" = "$1" ]; then return; fi
  held=''
  while [ -n "$path" ]; do
    page=$(graph get "$path" --output tsv \
      --query '[[["@odata.nextLink"]], value[].[resourceId, appRoleId, id]][]' | tr -d '\r')
    held+=$page$'\n'
    next=${page%%$'\n'*}
    case $next in
      "$graph"/*) path=${next#"$graph"} ;;
      *) path='' ;;
    esac
  done
  held_by=$1
}

# Says what an answer means if it is the one that is expected, else ends the script with it.
settle() {
  case $1 in
    *"$2"*) printf '%s: %s\n' "$3" "$4" ;;
    *) printf '%s\n' "$1" >&2; exit 1 ;;
  esac
}

# Identity, API, role, names.
assign() {
  local said
  read_held "$1"
  case $held in
    *"$2"$'\t'"$3"$'\t'*) printf 'Already there: %s\n' "$4"; return ;;
  esac
  if said=$(graph post "/v1.0/servicePrincipals/$2/appRoleAssignedTo" --output none \
    --headers Content-Type=application/json \
    --body "{\"principalId\":\"$1\",\"resourceId\":\"$2\",\"appRoleId\":\"$3\"}" 2>&1); then
    printf 'Assigned: %s\n' "$4"
  else
    settle "$said" 'already exists' 'Already there' "$4"
  fi
}

# API, assignment, names.
remove() {
  local path="/v1.0/servicePrincipals/$1/appRoleAssignedTo/$2" said
  if said=$(graph get "$path" --output none 2>&1) && said=$(graph delete "$path" --output none 2>&1); then
    printf 'Removed: %s\n' "$3"
  else
    settle "$said" 'ResourceNotFound' 'Already gone' "$3"
  fi
}

"#;

pub(super) fn write(script: &Script) -> String {
    let mut text = format!("#!/usr/bin/env bash\n{}", script.head("#", &HOW));
    text += &format!("set -euo pipefail\ntenant='{}'\ngraph={}\n", script.tenant, literal(script.graph()));
    text += BODY;
    for change in script.plan.steps() {
        let legend = literal(&script.legend(change.grant()));
        text += &match change {
            Change::Assign { identity, api, role } => format!("assign '{identity}' '{api}' '{role}' {legend}\n"),
            Change::Remove { assignment, api, .. } => format!("remove '{api}' '{assignment}' {legend}\n"),
        };
    }
    text
}

/// A text between single quotes, where a shell knows no other special character than the quote itself.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
