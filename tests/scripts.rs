//! The plan as a script for the Azure CLI, run by bash with an `az` that keeps a directory in a file.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "../src/plan/hostile.rs"]
mod hostile;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use hostile::hostile;
use proptest::prelude::*;
use rolegrant::cloud::Cloud;
use rolegrant::directory::{AppId, AppRoleId, ObjectId, TenantId, visible};
use rolegrant::plan::script::{Language, Script};
use rolegrant::plan::{Change, Draft, Names};

const HELD: &str = "47nZsM8O_UuNq5Jz3QValCxBBiqJea9Drc9CMK4Ru_M";

fn names(identity: &str, api: &str, role: &str) -> Names {
    let api_app_id = Some(AppId::from_u128(3));
    Names { identity: identity.into(), api: api.into(), api_app_id, role: role.into() }
}

/// Two assignments, to identities 1 and 4, and a removal.
fn script(names: &Names) -> String {
    let (api, role) = (ObjectId::from_u128(2), AppRoleId::from_u128(3));
    let assign = |identity| Change::Assign { identity: ObjectId::from_u128(identity), api, role };
    let (assignment, identity) = (HELD.parse().unwrap(), ObjectId::from_u128(1));
    let remove = Change::Remove { assignment, identity, api, role: AppRoleId::from_u128(5) };
    let script = Script {
        tenant: TenantId::from_u128(7),
        cloud: &Cloud::known("global").unwrap(),
        at: "2026-11-26T03:29:00Z".parse().unwrap(),
        digest: "0".repeat(64).parse().unwrap(),
        plan: &Draft::new(vec![assign(1), assign(4), remove]).freeze(),
        present: &[],
        names: &|_| names.clone(),
    };
    script.write(Language::AzureCli)
}

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rolegrant-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap_or_default()
    }

    /// Runs bash here, with `text` as its script.
    fn bash(&self, arguments: &[&str], text: &str) -> Output {
        fs::write(self.0.join("plan.sh"), text).unwrap();
        let bash =
            Command::new("bash").args(arguments).arg("plan.sh").current_dir(&self.0).stdin(Stdio::null()).output();
        bash.unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A directory in a file, two assignments a page, behind an `az` that knows the calls of the script and no other. What
/// is written is noted in `writes`.
const AZ: &str = r#"
az() {
  local method='' url='' body='' id
  if [ "$1 $2" = 'account show' ]; then printf '%s\r\n' '00000000-0000-0000-0000-000000000007'; return; fi
  [ "$1" = rest ] || { echo "what is $1?" >&2; return 2; }
  while [ $# -gt 0 ]; do
    case $1 in --method) method=$2 ;; --url) url=$2 ;; --body) body=$2 ;; esac
    shift
  done
  url=${url#https://graph.microsoft.com/v1.0/servicePrincipals/}
  touch held
  case "$method $url" in
    get\ */appRoleAssignments*)
      local from=1
      case $url in *skip=*) from=${url##*skip=} ;; esac
      if [ "$(grep -c "^${url%%/*} " held)" -ge $((from + 2)) ]; then
        echo "https://graph.microsoft.com/v1.0/servicePrincipals/${url%%/*}/appRoleAssignments?skip=$((from + 2))"
      else
        echo None
      fi
      { grep "^${url%%/*} " held || :; } | tail -n +$from | head -n 2 | while read -r _ api role id; do printf '%s\t%s\t%s\r\n' "$api" "$role" "$id"; done
      ;;
    get\ */appRoleAssignedTo/*)
      grep -q -- " ${url##*/}\$" held || { echo 'Not Found({"error":{"code":"Request_ResourceNotFound"}})' >&2; return 1; }
      ;;
    delete\ */appRoleAssignedTo/*)
      echo "delete $url" >> writes
      grep -v -- " ${url##*/}\$" held > rest; mv rest held
      ;;
    post\ */appRoleAssignedTo)
      echo "post $url $body" >> writes
      [ ! -e refuse ] || { cat refuse >&2; return 1; }
      id=$(echo "$body" | sed 's/.*"principalId":"\([^"]*\)","resourceId":"\([^"]*\)","appRoleId":"\([^"]*\)".*/\1 \2 \3/')
      echo "$id made-$(grep -c . held)-xxxxxxxxxxxxxxxxxxxx" >> held
      ;;
    *) echo "what is $method $url?" >&2; return 2 ;;
  esac
}
"#;

fn with_az(text: &str) -> String {
    let (first, rest) = text.split_once('\n').unwrap();
    format!("{first}\n{AZ}{rest}")
}

#[test]
fn bash_accepts_the_script_and_a_second_run_changes_nothing() {
    let folder = Folder::new("twice");
    let id = |last: u128| format!("00000000-0000-0000-0000-{last:012}");
    // Identity 4 holds the role already, behind a full page.
    let rows = [
        (1, 5, HELD),
        (4, 6, "held-six-xxxxxxxxxxxxxxx"),
        (4, 7, "held-seven-xxxxxxxxxxxxx"),
        (4, 3, "held-three-xxxxxxxxxxxxx"),
    ];
    let rows: String =
        rows.iter().map(|(who, role, row)| format!("{} {} {} {row}\n", id(*who), id(2), id(*role))).collect();
    fs::write(folder.0.join("held"), rows).unwrap();
    let text = script(&names("mi-orders", "Orders", "Orders.Read"));
    let checked = folder.bash(&["-n"], &text);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));

    let legend = r#""Orders.Read" of "Orders" (00000000-0000-0000-0000-000000000003) for "mi-orders""#;
    let said = |output: &Output| {
        (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let first = folder.bash(&[], &with_az(&text));
    assert_eq!(
        said(&first),
        (format!("Assigned: {legend}\nAlready there: {legend}\nRemoved: {legend}\n"), String::new())
    );
    let writes = format!(
        "post {two}/appRoleAssignedTo {{\"principalId\":\"{one}\",\"resourceId\":\"{two}\",\"appRoleId\":\"{three}\"}}\ndelete {two}/appRoleAssignedTo/{HELD}\n",
        one = id(1),
        two = id(2),
        three = id(3)
    );
    assert_eq!(folder.read("writes"), writes);
    let second = folder.bash(&[], &with_az(&text));
    assert_eq!(
        said(&second),
        (format!("Already there: {legend}\nAlready there: {legend}\nAlready gone: {legend}\n"), String::new())
    );
    assert_eq!(folder.read("writes"), writes, "the second run wrote");
}

#[test]
fn the_script_stops_at_a_refusal_and_takes_a_duplicate_for_done() {
    let folder = Folder::new("refused");
    let text = with_az(&script(&names("mi-orders", "Orders", "Orders.Read")));
    fs::write(folder.0.join("refuse"), "Bad Request(Permission being assigned already exists on the object)").unwrap();
    let output = folder.bash(&[], &text);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::write(folder.0.join("refuse"), "Forbidden(Authorization_RequestDenied)").unwrap();
    fs::write(folder.0.join("writes"), "").unwrap();
    let output = folder.bash(&[], &text);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "Forbidden(Authorization_RequestDenied)\n");
    assert_eq!(folder.read("writes").lines().count(), 1, "it went on");
    let elsewhere = text.replace("tenant='00000000-0000-0000-0000-000000000007'", "tenant='another'");
    let output = folder.bash(&[], &elsewhere);
    assert_eq!(
        (output.status.code(), folder.read("writes").lines().count()),
        (Some(1), 1),
        "it wrote in another tenant"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// SEC-111, SEC-116: bash prints a name and does nothing else with it.
    #[test]
    fn a_name_is_nothing_but_text_to_bash(a in hostile(), b in hostile(), c in hostile()) {
        let folder = Folder::new("hostile");
        let names = names(&a, &b, &c);
        let text = script(&names);
        let output = folder.bash(&[], &with_az(&text));
        prop_assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let quoted = |name: &str| format!("\"{}\"", visible(name).replace('\\', "\\\\").replace('"', "\\\""));
        let legend =
            format!("{} of {} (00000000-0000-0000-0000-000000000003) for {}", quoted(&c), quoted(&b), quoted(&a));
        let expected = format!("Assigned: {legend}\nAssigned: {legend}\nAlready gone: {legend}\n");
        prop_assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
        let mut left: Vec<_> = fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        prop_assert_eq!(left, ["held", "plan.sh", "writes"]);
    }
}
