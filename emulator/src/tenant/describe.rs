//! Turns a permission's value into a name and a description in plain English, by rule.
//! Microsoft's own texts are theirs; the sample tenant needs texts that read well and say the same.

/// Name and description of an application permission such as `User.Read.All`.
pub(crate) fn describe(value: &str) -> (String, String) {
    let phrase = phrase(value);
    let description = format!("Lets the app {}, without a signed-in user.", lower_first(&phrase));
    (phrase, description)
}

/// Values that no rule reads well.
const BY_HAND: &[(&str, &str)] = &[
    ("Calls.AccessMedia.All", "Access the media of any call"),
    ("Calls.Initiate.All", "Start calls to one person"),
    ("Calls.InitiateGroupCall.All", "Start group calls"),
    ("Calls.JoinGroupCall.All", "Join any group call"),
    ("Calls.JoinGroupCallAsGuest.All", "Join any group call as a guest"),
    ("Calls.ReportSyntheticMedia.All", "Report synthetic media in any call"),
    ("full_access_as_app", "Use Exchange Web Services with full access to all mailboxes"),
    ("Exchange.ManageAsApp", "Manage Exchange as an application"),
    ("Exchange.ManageAsAppV2", "Manage Exchange as an application, version 2"),
    ("Exchange.AdminAPI.ManageAsApp", "Manage Exchange through its administration API"),
    ("IMAP.AccessAsApp", "Open any mailbox over IMAP"),
    ("POP.AccessAsApp", "Open any mailbox over POP"),
    ("SMTP.SendAsApp", "Send mail as any mailbox over SMTP"),
    ("AgentIdentity.CreateAsManager", "Create agent identities as their manager"),
    ("DeviceManagementManagedDevices.PrivilegedOperations.All", "Run privileged operations on managed devices"),
    ("Mail-Advanced.ReadWrite.All", "Read and write all mail with its advanced properties"),
    ("Content.Process.User", "Process content for one user"),
    ("ProtectionScopes.Compute.User", "Compute protection scopes for one user"),
    ("EduCurricula.Read.All", "Read all education curricula"),
    ("EduCurricula.ReadWrite.All", "Read and write all education curricula"),
    ("Content.SuperUser", "Read all protected content"),
    ("Machine.CollectForensics", "Collect forensics from machines"),
    ("User-ConvertToInternal.ReadWrite.All", "Convert external users to internal ones"),
    ("readonly", "Read everything as a viewer"),
    ("secop", "Act as security operator"),
];

fn phrase(value: &str) -> String {
    if let Some((_, text)) = BY_HAND.iter().find(|(known, _)| *known == value) {
        return (*text).to_owned();
    }
    let parts: Vec<&str> = value.split('.').collect();
    match parts.as_slice() {
        [subject, verb] => sentence(subject, verb, None),
        [subject, verb, scope] => sentence(subject, verb, Some(scope)),
        [subject, verb, scope, owner] => {
            format!("{} {}", sentence(subject, verb, Some(scope)), limit(owner).unwrap_or_default())
        }
        _ => upper_first(&value.replace('_', " ")),
    }
}

fn sentence(subject: &str, verb: &str, scope: Option<&str>) -> String {
    let (action, place) = action(verb);
    let mut text = action;
    let mut things = subject_phrase(subject);
    let mut tail = String::new();
    // One creates no "all alerts", and "in any team" says it already.
    let counted = ["Create", "Send", "Invite", "Evaluate"].iter().any(|verb| text.starts_with(verb)) || place.is_some();
    if scope == Some("All") && !counted {
        text.push_str(" all");
    }
    match scope {
        Some("All") | None => {}
        Some(kind) if matches!(subject, "Policy") => things = format!("{} policies", words(kind).join(" ")),
        Some(other) => {
            if let Some(limit) = limit(other) {
                tail = format!(" {limit}");
            }
        }
    }
    text.push(' ');
    text.push_str(&things);
    if let Some(place) = place {
        text.push_str(&place);
    }
    text.push_str(&tail);
    text
}

/// What is done, and in which kind of place if the verb names one (`ReadForTeam`).
fn action(verb: &str) -> (String, Option<String>) {
    let words = words(verb);
    let (doing, place) = match words.iter().position(|word| word == "for") {
        Some(at) => (
            words.iter().take(at).cloned().collect::<Vec<_>>(),
            Some(match words.iter().skip(at + 1).map(String::as_str).collect::<Vec<_>>().join(" ").as_str() {
                "user" => " for any user".to_owned(),
                other => format!(" in any {other}"),
            }),
        ),
        None => (words, None),
    };
    let text = match doing.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["read", "write", "basic"] => "Read and write the basics of".to_owned(),
        ["read", "basic"] => "Read the basics of".to_owned(),
        ["read", "update"] => "Read and update".to_owned(),
        ["read", "anonymous"] => "Read, without names,".to_owned(),
        ["selected"] => "Access selected".to_owned(),
        ["selected", "operations"] => "Access".to_owned(),
        ["read", "write", "and", "consent", "self"] => "Read, write and consent to this app's own".to_owned(),
        ["read", "write", "and", "consent"] => "Read, write and consent to".to_owned(),
        ["read", "write", "self"] => "Read and write this app's own".to_owned(),
        ["read", "write", rest @ ..] => joined("Read and write", rest),
        ["access", rest @ ..] => joined("Access", rest),
        ["delete", "restore"] => "Delete and restore".to_owned(),
        ["enable", "disable"] => "Enable and disable".to_owned(),
        ["enable", "disable", rest @ ..] => format!("Enable and disable the {} of", rest.join(" ")),
        ["add", "remove", "creds"] => "Add and remove credentials of".to_owned(),
        ["import", "export"] => "Import and export".to_owned(),
        [_, "selected" | "self"] | [_] => upper_first(&doing.join(" ")),
        // `RevokeSessions`: a deed and its object.
        other => format!("{} of", upper_first(&other.join(" "))),
    };
    (text, place)
}

fn joined(head: &str, rest: &[&str]) -> String {
    if rest.is_empty() { head.to_owned() } else { format!("{head} {}", rest.join(" ")) }
}

/// What the last part of a value narrows a permission to.
fn limit(scope: &str) -> Option<String> {
    Some(match scope {
        "All" => return None,
        "OwnedBy" => "that this app owns".to_owned(),
        "ManagedBy" => "that this app manages".to_owned(),
        "Selected" => "that this app was given access to".to_owned(),
        "WhereInstalled" => "where this app is installed".to_owned(),
        "CreatedByApp" => "that this app made".to_owned(),
        "AppFolder" => "in this app's own folder".to_owned(),
        "Directory" => "in the directory".to_owned(),
        "AzureADGroup" => "for groups".to_owned(),
        "AzureAD" => "for the directory".to_owned(),
        "Hidden" => "that are hidden".to_owned(),
        other => format!("for {}", words(other).join(" ")),
    })
}

fn subject_phrase(subject: &str) -> String {
    if let Some((head, part)) = subject.split_once('-') {
        return match head {
            "User" | "Group" | "Contacts" | "Domain" | "Application" | "Mail" => {
                format!("{} of {}", plural(part), plural(head))
            }
            "UserAuthMethod" => format!("{} sign-in methods of users", words(part).join(" ")),
            "LifecycleWorkflows" => format!("lifecycle {}", plural(part)),
            "AuditLogsQuery" => format!("audit log queries in {}", words(part).join(" ")),
            "ServiceActivity" => format!("service activity in {}", words(part).join(" ")),
            "OrgSettings" => format!("organization settings for {}", words(part).join(" ")),
            _ => {
                // `IndustryData-DataConnector`: one "data" is enough.
                let (mut head, part) = (words(head), plural(part));
                if head.len() > 1 && head.last().is_some_and(|last| part.split(' ').next() == Some(last)) {
                    head.pop();
                }
                format!("{} {part}", head.join(" "))
            }
        };
    }
    plural(subject)
}

/// The subject in words, its last word in the plural where it has one.
fn plural(subject: &str) -> String {
    match subject {
        "Directory" => return "directory data".to_owned(),
        "Organization" => return "organization information".to_owned(),
        "Sites" => return "site collections".to_owned(),
        "Notes" => return "notebooks".to_owned(),
        "eDiscovery" => return "eDiscovery cases".to_owned(),
        "QnA" => return "questions and answers".to_owned(),
        "Ti" => return "threat indicators".to_owned(),
        "Member" => return "memberships".to_owned(),
        _ => {}
    }
    let mut words = words(subject);
    if let Some(last) = words.last_mut()
        && !UNCOUNTED.contains(&last.as_str())
        && !last.ends_with('s')
        && last.chars().any(char::is_lowercase)
    {
        *last = match last.strip_suffix('y') {
            Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
            _ if last.ends_with("ch") || last.ends_with('x') => format!("{last}es"),
            _ => format!("{last}s"),
        };
    }
    words.join(" ")
}

const UNCOUNTED: &[&str] = &[
    "mail",
    "data",
    "content",
    "information",
    "management",
    "presence",
    "people",
    "access",
    "configuration",
    "media",
    "sync",
    "provisioning",
    "discovery",
    "activity",
    "Microsoft 365",
    "telemetry",
    "synchronization",
    "teamwork",
    "behavior",
    "control",
    "hunting",
    "intelligence",
    "info",
    "OneDrive",
    "SharePoint",
    "Exchange",
    "Entra",
    "analytics",
    "onboarding",
    "monitoring",
    "health",
    "billing",
    "federation",
    "ingestion",
    "branding",
    "infrastructure",
    "migration",
    "restore",
    "search",
];

/// Splits `DeviceManagementRBAC` into `device`, `management`, `RBAC`; proper names keep their capitals.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut current = String::new();
    let chars: Vec<char> = text.chars().collect();
    for (index, &c) in chars.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|i| chars.get(i));
        let after = chars.get(index + 1);
        let starts = c.is_uppercase()
            && before.is_some_and(|b| {
                b.is_lowercase() || b.is_ascii_digit() || (b.is_uppercase() && after.is_some_and(|a| a.is_lowercase()))
            });
        if (starts || c == '_') && !current.is_empty() {
            words.push(std::mem::take(&mut current));
        }
        if c != '_' {
            current.push(c);
        }
    }
    words.push(current);
    let mut text = words
        .into_iter()
        .map(|word| if word.len() > 1 && word.chars().all(|c| !c.is_lowercase()) { word } else { word.to_lowercase() })
        .collect::<Vec<_>>()
        .join(" ");
    for (found, written) in NAMES {
        text = format!(" {text} ").replace(&format!(" {found} "), &format!(" {written} ")).trim().to_owned();
    }
    let mut kept: Vec<String> = Vec::new();
    for word in text.split(' ') {
        kept.push(word.to_owned());
    }
    kept
}

const NAMES: &[(&str, &str)] = &[
    ("one drive", "OneDrive"),
    ("share point", "SharePoint"),
    ("microsoft365install", "Microsoft 365 installation"),
    ("microsoft365", "Microsoft 365"),
    ("microsoft365web", "Microsoft 365 web"),
    ("azure AD", "Azure AD"),
    ("azure", "Azure"),
    ("entra", "Entra"),
    ("exchange", "Exchange"),
    ("microsoft", "Microsoft"),
    ("defender", "Defender"),
    ("copilot", "Copilot"),
    ("bitlocker", "BitLocker"),
    ("windows", "Windows"),
    ("cloud PC", "Cloud PC"),
    ("app role", "app role"),
    ("ai", "AI"),
    ("AI insight", "AI insight"),
    ("API connectors", "API connectors"),
    ("config", "configuration"),
    ("ext", "extension"),
    ("auth", "authentication"),
    ("org", "organization"),
    ("attr", "attribute"),
    ("sec", "security"),
    ("reg", "registration"),
    ("id", "ID"),
    ("edu", "education"),
    ("teams", "Teams"),
    ("B2 b", "B2B"),
    ("tls", "TLS"),
    ("oauth", "OAuth"),
    ("spiffe", "SPIFFE"),
    ("pstn", "PSTN"),
    ("fed token", "federated token"),
    ("cred", "credential"),
    ("passkey", "passkey"),
    ("identity risky", "risky"),
    ("windows hello", "Windows Hello"),
    ("Windows hello", "Windows Hello"),
    ("sign in", "sign-in"),
    ("cross tenant", "cross-tenant"),
    ("on premises", "on-premises"),
];

fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), text.chars().nth(1)) {
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::describe;

    #[test]
    fn values_read_as_plain_english() {
        let cases = [
            ("User.Read.All", "Read all users"),
            ("Mail.Send", "Send mail"),
            ("AppRoleAssignment.ReadWrite.All", "Read and write all app role assignments"),
            ("RoleManagement.ReadWrite.Directory", "Read and write role management in the directory"),
            ("Policy.ReadWrite.ConditionalAccess", "Read and write conditional access policies"),
            ("Application.ReadWrite.OwnedBy", "Read and write applications that this app owns"),
            ("User.RevokeSessions.All", "Revoke sessions of all users"),
            ("User.EnableDisableAccount.All", "Enable and disable the account of all users"),
            ("IndustryData-DataConnector.Upload", "Upload industry data connectors"),
            ("TeamsAppInstallation.ManageSelectedForTeam.All", "Manage selected Teams app installations in any team"),
            ("Sites.Selected", "Access selected site collections"),
            ("User-PasswordProfile.ReadWrite.All", "Read and write all password profiles of users"),
            ("TeamsTab.ReadWriteForChat.All", "Read and write Teams tabs in any chat"),
            ("DeviceManagementRBAC.Read.All", "Read all device management RBAC"),
        ];
        for (value, name) in cases {
            assert_eq!(describe(value).0, name, "{value}");
        }
    }

    #[test]
    fn a_description_is_a_sentence() {
        assert_eq!(describe("Directory.Read.All").1, "Lets the app read all directory data, without a signed-in user.");
    }
}
