//! What is written, how it behaves where that can be tried, and that no name can do anything in it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use futures_util::FutureExt as _;
use proptest::prelude::*;

use super::super::testing::{assign, changes, grant, hostile, remove};
use super::super::{Change, Draft};
use super::*;
use crate::auth::testing::HostCrypto;
use crate::directory::AppId;

const TENANT: TenantId = TenantId::from_u128(7);
const HELD: &str = "47nZsM8O_UuNq5Jz3QValCxBBiqJea9Drc9CMK4Ru_M";
const THERE: &str = "-x1W1zT6z1U-kJxf62svfp1HFE8pMZhxDun-ThPczmJ";

fn names(identity: &str, api: &str, role: &str) -> Names {
    let api_app_id = Some(AppId::from_u128(3));
    Names { identity: identity.into(), api: api.into(), api_app_id, role: role.into() }
}

fn written(language: Language, graph: &str, changes: &[Change], names: &Names) -> String {
    let digest = Digest::of(&HostCrypto, TENANT, changes).now_or_never().unwrap().unwrap();
    let script = Script {
        tenant: TENANT,
        graph: &Url::parse(graph).unwrap(),
        at: "2026-11-26T03:29:00Z".parse().unwrap(),
        digest,
        plan: &Draft::new(changes.to_vec()).freeze(),
        present: &[(grant(1, 2, 9), THERE.parse().unwrap())],
        names: &|_| names.clone(),
    };
    script.write(language)
}

fn plain(language: Language, changes: &[Change]) -> String {
    written(language, "https://graph.microsoft.com", changes, &names("mi-orders", "Orders", "Orders.Read"))
}

fn three() -> [Change; 3] {
    [assign(1, 2, 3), assign(4, 2, 3), remove(1, 2, 5, HELD)]
}

#[test]
fn every_language_says_what_it_is_and_names_every_id() {
    for language in Language::ALL {
        let text = plain(language, &three());
        assert!(text.contains("for tenant 00000000-0000-0000-0000-000000000007, written 2026-11-26 03:29 UTC: 2 to assign, 1 to remove."), "{text}");
        assert!(text.contains(r#""Orders.Read" of "Orders" (00000000-0000-0000-0000-000000000003) for "mi-orders""#));
        for part in ["000000000001", "000000000002", "000000000003", "000000000004", HELD] {
            assert!(text.contains(part), "{language:?} {part}");
        }
        assert!(text.ends_with('\n') && !text.contains("\n\n\n") && !text.contains(" \n"), "{text}");
    }
}

#[test]
fn terraform_imports_what_is_there_by_the_path_that_its_provider_wants() {
    let text = plain(Language::Terraform, &three());
    let (one, two, nine) = (
        "00000000-0000-0000-0000-000000000001",
        "00000000-0000-0000-0000-000000000002",
        "00000000-0000-0000-0000-000000000009",
    );
    assert!(text.contains(&format!(
        "import {{\n  to = azuread_app_role_assignment.grant_{one}_{two}_{nine}\n  id = \"/servicePrincipals/{two}/appRoleAssignedTo/{THERE}\"\n}}\n"
    )));
    assert_eq!(text.matches("resource \"azuread_app_role_assignment\"").count(), 3);
    assert!(text.contains(&format!("\n#   \"Orders.Read\" of \"Orders\" (00000000-0000-0000-0000-000000000003) for \"mi-orders\": /servicePrincipals/{two}/appRoleAssignedTo/{HELD}\n")));
}

#[test]
fn each_cloud_is_called_by_its_name() {
    for (graph, name) in [
        ("https://graph.microsoft.us", Some("usgovernmentl4")),
        ("https://dod-graph.microsoft.us/", Some("usgovernmentl5")),
        ("https://microsoftgraph.chinacloudapi.cn", Some("china")),
        ("https://graph.svc.sovcloud.fr", None),
    ] {
        let of = |language| written(language, graph, &three(), &Names::default());
        let environment = name.map(|name| format!("environment = \"{name}\""));
        assert!(of(Language::Terraform).contains(environment.as_deref().unwrap_or("metadata_host")));
        let origin = graph.trim_end_matches('/');
        assert!(of(Language::PowerShell).contains(&format!("$graph = '{origin}'\n")));
        assert!(of(Language::AzureCli).contains(&format!("graph='{origin}'\n")));
    }
}

#[test]
fn a_template_of_bicep_has_a_bound() {
    let many: Vec<_> = (0..1_601).map(|role| assign(1, 2, role)).collect();
    let text = plain(Language::Bicep, &many);
    assert_eq!(text.matches("begin another file here").count(), 2);
    assert_eq!(text.matches("\nresource grant_").count(), 1_601);
}

/// What a language's parser sees: the lines without what it skips as a comment.
fn code(text: &str, comment: &str) -> Vec<String> {
    // Whatever any of them takes for the end of a line is one here.
    let lines = text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}', '\u{b}', '\u{c}', '\0']);
    lines.map(|line| line.split_once(comment).map_or(line, |(code, _)| code).to_owned()).collect()
}

fn turns_or_hides(character: char) -> bool {
    matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200B}' | '\u{FEFF}' | '\u{61C}' | '\u{200E}' | '\u{200F}')
        || (character.is_control() && character != '\n')
}

proptest! {
    /// SEC-111, SEC-116: whatever a name is, the code is the same.
    #[test]
    fn a_name_changes_nothing_but_comments(changes in changes(), a in hostile(), b in hostile(), c in hostile()) {
        for (language, comment) in [(Language::PowerShell, "#"), (Language::Terraform, "#"), (Language::Bicep, "//")] {
            let text = written(language, "https://graph.microsoft.com", &changes, &names(&a, &b, &c));
            // "https://" is no comment; nor does any other code here have two slashes.
            let seen = |text: &str| code(&text.replace("https://", "https:"), comment);
            prop_assert_eq!(seen(&text), seen(&plain(language, &changes)));
            prop_assert!(!text.chars().any(turns_or_hides));
            // A wrong guess of the encoding may eat the character after one that is not ASCII: never the line's end.
            for line in text.lines() {
                prop_assert!(line.chars().last().is_none_or(|last| last.is_ascii()), "{}", line);
            }
        }
    }

    #[test]
    fn a_name_cannot_end_its_own_quotes(name in hostile()) {
        let text = quoted(&name);
        let inner = &text[1..text.len() - 1];
        prop_assert!(!inner.replace(r"\\", "").replace("\\\"", "").contains(['"', '\\']));
    }
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
    let text = plain(Language::AzureCli, &three());
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
    let text = with_az(&plain(Language::AzureCli, &three()));
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
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// SEC-111, SEC-116: bash prints a name and does nothing else with it.
    #[test]
    fn a_name_is_nothing_but_text_to_bash(a in hostile(), b in hostile(), c in hostile()) {
        let folder = Folder::new("hostile");
        let names = names(&a, &b, &c);
        let text = written(Language::AzureCli, "https://graph.microsoft.com", &three(), &names);
        prop_assert!(!text.chars().any(turns_or_hides));
        let output = folder.bash(&[], &with_az(&text));
        prop_assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let legend = format!(
            "{} of {} (00000000-0000-0000-0000-000000000003) for {}", quoted(&c), quoted(&b), quoted(&a));
        let expected = format!("Assigned: {legend}\nAssigned: {legend}\nAlready gone: {legend}\n");
        prop_assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
        let mut left: Vec<_> = fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        prop_assert_eq!(left, ["held", "plan.sh", "writes"]);
    }
}
