//! A plan as a file, which another administrator opens, reviews and applies.
//!
//! It says what was wished, by ids. When it is opened its changes go into the basket like any other wish and are held
//! against the directory anew: that a file is whole says nothing about whether it is wise. The names in it are hints.

use std::collections::HashMap;

use super::json::{Fields, FileProblem, Writer, file_name};
use super::{Change, Digest, Names, Person};
use crate::auth::{Crypto, CryptoError};
use crate::directory::{TenantId, Timestamp};

const FORMAT: &str = "rolegrant-plan";

/// A plan that somebody made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanFile {
    /// The tenant that the ids belong to.
    pub tenant: TenantId,
    /// Who made it, by her own account.
    pub made_by: Person,
    /// When she made it.
    pub made_at: Timestamp,
    /// The digest of the changes, as the file says.
    pub digest: Digest,
    /// The changes, each with the names that it had then.
    pub changes: Vec<(Change, Names)>,
}

impl PlanFile {
    /// The file's text.
    pub fn write(&self) -> String {
        let mut file = Writer::file(FORMAT);
        file.line("tenant", &self.tenant.to_string());
        file.line("madeBy", &self.made_by.name);
        file.line("madeById", &self.made_by.id.to_string());
        file.line("madeAt", &self.made_at.to_rfc3339());
        file.line("digest", &self.digest.to_string());
        file.list("changes", self.changes.iter().map(|(change, names)| Writer::entry(change, names).end()))
    }

    /// Reads a file that must be of this tenant. Whether it is [whole](Self::is_whole) is another question.
    pub fn read(bytes: &[u8], tenant: TenantId) -> Result<Self, FileProblem> {
        let mut fields = Fields::of_file(bytes, FORMAT)?;
        let mut file = Self {
            tenant: fields.tenant(tenant)?,
            made_by: fields.person("madeBy", "madeById")?,
            made_at: fields.required("madeAt")?,
            digest: fields.required("digest")?,
            changes: Vec::new(),
        };
        let mut seen = HashMap::new();
        for (number, entry) in (1_usize..).zip(fields.list("changes")?) {
            let place = format!("change {number}");
            let mut fields = Fields::of_entry(entry, &place)?;
            let (change, names) = fields.change()?;
            fields.end()?;
            if let Some((before, _)) = seen.insert(change.grant(), (number, change.act())) {
                return Err(FileProblem::new(place, format!("is about the same identity and role as change {before}")));
            }
            file.changes.push((change, names));
        }
        fields.end()?;
        Ok(file)
    }

    /// Whether the changes are those of the digest: if not, the file was damaged or changed by hand. Who changes it on
    /// purpose can change the digest too; only comparing it by another way tells.
    pub async fn is_whole(&self, crypto: &dyn Crypto) -> Result<bool, CryptoError> {
        let changes: Vec<Change> = self.changes.iter().map(|(change, _)| change.clone()).collect();
        Ok(Digest::of(crypto, self.tenant, &changes).await? == self.digest)
    }

    /// What to call the file.
    pub fn file_name(&self) -> String {
        file_name("plan", self.made_at, &self.digest, "json")
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assign, changes, hostile, remove};
    use super::*;
    use crate::auth::testing::HostCrypto;
    use crate::directory::{AppId, ObjectId};
    use futures_util::FutureExt as _;
    use proptest::prelude::*;

    const TENANT: TenantId = TenantId::from_u128(7);

    fn file(changes: Vec<Change>, name: &str) -> PlanFile {
        let names = Names {
            identity: name.into(),
            api: name.chars().rev().collect(),
            api_app_id: Some(AppId::from_u128(3)),
            role: name.into(),
        };
        PlanFile {
            tenant: TENANT,
            made_by: Person { name: name.into(), id: ObjectId::from_u128(1) },
            made_at: "2026-11-26T03:29:12.345Z".parse().unwrap(),
            digest: Digest::of(&HostCrypto, TENANT, &changes).now_or_never().unwrap().unwrap(),
            changes: changes.into_iter().map(|change| (change, names.clone())).collect(),
        }
    }

    fn sample() -> PlanFile {
        file(vec![assign(1, 2, 3), remove(1, 2, 4, "47nZsM8O_UuNq5Jz3QValCxBBiqJea9Drc9CMK4Ru_M")], "mi")
    }

    fn problem(text: &str) -> String {
        PlanFile::read(text.as_bytes(), TENANT).unwrap_err().to_string()
    }

    #[test]
    fn has_a_line_a_change_and_a_plain_name() {
        let text = sample().write();
        assert_eq!(text.lines().count(), 13, "{text}");
        let line = text.lines().nth(10).unwrap();
        assert!(
            line.starts_with(
                r#"{"change":"remove","removes":"47nZsM8O_UuNq5Jz3QValCxBBiqJea9Drc9CMK4Ru_M","identity":"0"#
            ),
            "{line}"
        );
        let digest = sample().digest.short();
        assert_eq!(sample().file_name(), format!("rolegrant-plan-2026-11-26T0329Z-{digest}.json"));
    }

    /// SEC-115: strict, and every error says where.
    #[test]
    fn says_what_is_wrong_and_where() {
        let text = sample().write();
        let other = "00000000-0000-0000-0000-000000000008";
        let here = TENANT.to_string();
        for (from, to, says) in [
            ("rolegrant-plan", "rolegrant-receipt", r#"The file does not say "format": "rolegrant-plan"."#.to_owned()),
            ("\"version\": 1", "\"version\": 2", "The file is of version 2, which this app does not know.".into()),
            ("\"version\": 1", "\"version\": \"1\"", r#""version" is missing or not a number."#.into()),
            (
                &here,
                other,
                format!(
                    "The file is of another tenant, {other}, and you are signed in to {here}: ids of one mean nothing in the other."
                ),
            ),
            (&here, "contoso", r#""tenant" is not an id of the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx."#.into()),
            ("2026-11-26T", "yesterday", r#""madeAt" is not a date and time of the form 2026-11-23T22:31:00Z."#.into()),
            ("\"digest\": \"", "\"digest\": \"x", r#""digest" is not a digest of 64 hexadecimal digits."#.into()),
            ("\"madeAt\"", "\"note\": 1,\n\"madeAt\"", r#""note" is not known."#.into()),
            ("\"madeById\"", "\"madeByID\"", r#""madeById" is missing."#.into()),
            (
                "\"change\":\"remove\"",
                "\"change\":\"delete\"",
                r#""change" of change 2 is neither "assign" nor "remove"."#.into(),
            ),
            ("47nZs", "../47nZs", r#""removes" of change 2 is not the id of an app role assignment."#.into()),
            ("\"removes\"", "\"remove\"", r#""removes" of change 2 is missing."#.into()),
            (
                "\"change\":\"assign\"",
                "\"change\":\"assign\",\"removes\":\"x\"",
                r#""removes" of change 1 is not known."#.into(),
            ),
            ("\"roleName\":\"mi\"", "\"roleName\":1", r#""roleName" of change 1 is not a text."#.into()),
            ("[\n{", "[\n7,{", "change 1 is not an object.".into()),
            (
                "0004\",\"roleName",
                "0003\",\"roleName",
                "change 2 is about the same identity and role as change 1.".into(),
            ),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            assert_eq!(problem(&changed), says, "{from}");
        }
        assert_eq!(problem(&text.replace("\"mi\"", &format!("\"{}\"", "m".repeat(4097)))), "\"madeBy\" is too long.");
        assert_eq!(problem("[]"), "The file is JSON, but not an object.");
        assert_eq!(problem(&file(Vec::new(), "mi").write()), "\"changes\" is not a list with an entry in it.");
    }

    /// SEC-115: sizes are limited.
    #[test]
    fn has_a_bound() {
        let changes = (0..20_001).map(|role| assign(1, 2, role)).collect::<Vec<_>>();
        assert_eq!(problem(&file(changes.clone(), "").write()), "\"changes\" has more than 20000 entries.");
        let most = file(changes[1..].to_vec(), "");
        assert_eq!(PlanFile::read(most.write().as_bytes(), TENANT), Ok(most));
    }

    #[test]
    fn what_was_changed_on_the_way_is_seen() {
        let file = sample();
        let whole = |file: &PlanFile| file.is_whole(&HostCrypto).now_or_never().unwrap().unwrap();
        assert!(whole(&file));
        let mut turned = file.clone();
        turned.changes.reverse();
        assert!(whole(&turned), "the order does not count");
        let changed = file.write().replacen("0000000003\",\"roleName", "0000000009\",\"roleName", 1);
        let changed = PlanFile::read(changed.as_bytes(), TENANT).unwrap();
        assert!(!whole(&changed));
    }

    proptest! {
        #[test]
        fn survives_being_written(changes in changes(), name in hostile()) {
            prop_assume!(!changes.is_empty());
            let file = file(changes, &name);
            prop_assert_eq!(PlanFile::read(file.write().as_bytes(), TENANT), Ok(file));
        }

        #[test]
        fn any_text_is_read(text in "\\PC{0,200}", at in 0_usize..1500, cut in any::<bool>()) {
            let _ = PlanFile::read(text.as_bytes(), TENANT);
            let mut whole = sample().write();
            if cut { whole.truncate(at) } else if at < whole.len() { whole.insert_str(at, &text) }
            let _ = PlanFile::read(whole.as_bytes(), TENANT);
        }
    }
}
