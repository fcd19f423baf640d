//! What is written, and that no name can do anything in it. What bash makes of it is in `tests/scripts.rs`.

use futures_util::FutureExt as _;
use proptest::prelude::*;

use super::super::testing::{assign, changes, grant, hostile, remove};
use super::super::{Change, Draft};
use super::*;
use crate::auth::testing::HostCrypto;
use crate::directory::{AppId, ObjectId};

const TENANT: TenantId = TenantId::from_u128(7);
const HELD: &str = "47nZsM8O_UuNq5Jz3QValCxBBiqJea9Drc9CMK4Ru_M";
const THERE: &str = "-x1W1zT6z1U-kJxf62svfp1HFE8pMZhxDun-ThPczmJ";

fn names(identity: &str, api: &str, role: &str) -> Names {
    let api_app_id = Some(AppId::from_u128(3));
    Names { identity: identity.into(), api: api.into(), api_app_id, role: role.into() }
}

fn written(language: Language, cloud: &str, changes: &[Change], names: &Names) -> String {
    let digest = Digest::of(&HostCrypto, TENANT, changes).now_or_never().unwrap().unwrap();
    let script = Script {
        tenant: TENANT,
        cloud: &Cloud::known(cloud).unwrap(),
        at: "2026-11-26T03:29:00Z".parse().unwrap(),
        digest,
        plan: &Draft::new(changes.to_vec()).freeze(),
        present: &[(grant(1, 2, 9), THERE.parse().unwrap())],
        names: &|_| names.clone(),
    };
    script.write(language)
}

fn plain(language: Language, changes: &[Change]) -> String {
    written(language, "global", changes, &names("mi-orders", "Orders", "Orders.Read"))
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
fn every_language_marks_what_gives_power() {
    // RoleManagement.ReadWrite.Directory of Microsoft Graph, which can make anybody a Global Administrator.
    let role = "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8".parse().unwrap();
    let graph = "00000003-0000-0000-c000-000000000000".parse().ok();
    let changes = [Change::Assign { identity: ObjectId::from_u128(1), api: ObjectId::from_u128(2), role }];
    let names =
        Names { api_app_id: graph, ..names("mi-orders", "Microsoft Graph", "RoleManagement.ReadWrite.Directory") };
    for language in Language::ALL {
        let text = written(language, "global", &changes, &names);
        assert!(text.contains("PRIVILEGED: 1 of them.") && text.contains("\" [privileged] of "), "{text}");
        assert!(!plain(language, &three()).to_lowercase().contains("privileged"));
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
    for (cloud, graph, name) in [
        ("usgov", "https://graph.microsoft.us", Some("usgovernmentl4")),
        ("usgov-dod", "https://dod-graph.microsoft.us", Some("usgovernmentl5")),
        ("china", "https://microsoftgraph.chinacloudapi.cn", Some("china")),
        ("bleu", "https://graph.svc.sovcloud.fr", None),
    ] {
        let of = |language| written(language, cloud, &three(), &Names::default());
        let environment = name.map(|name| format!("environment = \"{name}\""));
        assert!(of(Language::Terraform).contains(environment.as_deref().unwrap_or("metadata_host")));
        assert!(of(Language::PowerShell).contains(&format!("$graph = '{graph}'\n")));
        assert!(of(Language::AzureCli).contains(&format!("graph='{graph}'\n")));
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
            let text = written(language, "global", &changes, &names(&a, &b, &c));
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
