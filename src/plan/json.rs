//! The JSON files that people keep and pass on, plans and receipts: written with a line an entry, read strictly.
//!
//! A file may have been changed by anybody on its way. Whatever is missing, unknown or of another form is an error that
//! says where it is; nothing is guessed.

use std::fmt::Write as _;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::{Change, Digest, MOST_CHANGES, Names, Person};
use crate::directory::{TenantId, Timestamp, visible};

/// The largest file that is read, in bytes.
pub const LARGEST_FILE: usize = 20_000_000;
/// Longer texts are no names.
const LONGEST_TEXT: usize = 4096;

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place} {wrong}.")]
pub struct FileProblem {
    place: String,
    wrong: String,
}

impl FileProblem {
    /// A problem with a place in the file.
    pub(super) fn new(place: impl Into<String>, wrong: impl Into<String>) -> Self {
        Self { place: place.into(), wrong: wrong.into() }
    }

    /// A problem with the file as a whole.
    pub(super) fn file(wrong: impl Into<String>) -> Self {
        Self::new("The file", wrong)
    }
}

/// The JSON of a file that somebody opened.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, FileProblem> {
    if bytes.len() > LARGEST_FILE {
        return Err(FileProblem::file("is larger than 20 MB"));
    }
    // Some editors begin a file with a byte order mark, which JSON does not know.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes).map_err(|error| {
        FileProblem::file(format!("is not valid JSON: line {}, column {}", error.line(), error.column()))
    })
}

/// An object of a file, taken apart member by member.
pub(super) struct Fields {
    members: Map<String, Value>,
    /// Which one it is, such as ` of change 3`.
    of: String,
}

impl Fields {
    /// The object that a file is, of this format in the first version.
    pub(super) fn of_file(bytes: &[u8], format: &str) -> Result<Self, FileProblem> {
        let Value::Object(members) = parse(bytes)? else { return Err(FileProblem::file("is JSON, but not an object")) };
        let mut fields = Self { members, of: String::new() };
        if fields.text("format")?.as_deref() != Some(format) {
            return Err(FileProblem::file(format!("does not say \"format\": \"{format}\"")));
        }
        match fields.members.remove("version").unwrap_or_default().as_u64() {
            Some(1) => Ok(fields),
            Some(version) => Err(FileProblem::file(format!("is of version {version}, which this app does not know"))),
            None => Err(fields.problem("version", "is missing or not a number")),
        }
    }

    /// An object in a list; `of` says which one, such as `change 3`.
    pub(super) fn of_entry(value: Value, of: &str) -> Result<Self, FileProblem> {
        match value {
            Value::Object(members) => Ok(Self { members, of: format!(" of {of}") }),
            _ => Err(FileProblem::new(of, "is not an object")),
        }
    }

    /// Says what is wrong with a member.
    pub(super) fn problem(&self, name: &str, wrong: impl Into<String>) -> FileProblem {
        FileProblem::new(format!("\"{}\"{}", visible(name), self.of), wrong)
    }

    /// Takes out a text that may be missing.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, FileProblem> {
        match self.members.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= LONGEST_TEXT => Ok(Some(text)),
            Some(Value::String(_)) => Err(self.problem(name, "is too long")),
            Some(_) => Err(self.problem(name, "is not a text")),
        }
    }

    /// Takes out a text of a certain form that may be missing.
    pub(super) fn optional<T: FromStr<Err: ToString>>(&mut self, name: &str) -> Result<Option<T>, FileProblem> {
        let text = self.text(name)?;
        text.map(|text| text.parse().map_err(|error: T::Err| self.problem(name, format!("is {}", error.to_string()))))
            .transpose()
    }

    /// Takes out a text of a certain form.
    pub(super) fn required<T: FromStr<Err: ToString>>(&mut self, name: &str) -> Result<T, FileProblem> {
        self.optional(name)?.ok_or_else(|| self.problem(name, "is missing"))
    }

    /// Takes out `true` or `false`.
    pub(super) fn flag(&mut self, name: &str) -> Result<bool, FileProblem> {
        let value = self.members.remove(name).unwrap_or_default();
        value.as_bool().ok_or_else(|| self.problem(name, "is neither true nor false"))
    }

    /// Takes out a list of [`MOST_CHANGES`] entries at most, but of one at least.
    pub(super) fn list(&mut self, name: &str) -> Result<Vec<Value>, FileProblem> {
        match self.members.remove(name) {
            Some(Value::Array(list)) if list.len() > MOST_CHANGES => {
                Err(self.problem(name, format!("has more than {MOST_CHANGES} entries")))
            }
            Some(Value::Array(list)) if !list.is_empty() => Ok(list),
            _ => Err(self.problem(name, "is not a list with an entry in it")),
        }
    }

    /// Takes out the tenant, which must be this one.
    pub(super) fn tenant(&mut self, here: TenantId) -> Result<TenantId, FileProblem> {
        let there: TenantId = self.required("tenant")?;
        if there == here {
            return Ok(there);
        }
        Err(FileProblem::file(format!(
            "is of another tenant, {there}, and you are signed in to {here}: ids of one mean nothing in the other"
        )))
    }

    /// Takes out who it was, by the name of the members.
    pub(super) fn person(&mut self, name: &str, id: &str) -> Result<Person, FileProblem> {
        Ok(Person { name: self.text(name)?.unwrap_or_default(), id: self.required(id)? })
    }

    /// Takes out a change and the names beside it.
    pub(super) fn change(&mut self) -> Result<(Change, Names), FileProblem> {
        let act = self.text("change")?;
        let (identity, api, role) = (self.required("identity")?, self.required("api")?, self.required("role")?);
        let change = match act.as_deref() {
            Some("assign") => Change::Assign { identity, api, role },
            Some("remove") => Change::Remove { assignment: self.required("removes")?, identity, api, role },
            _ => return Err(self.problem("change", "is neither \"assign\" nor \"remove\"")),
        };
        let names = Names {
            identity: self.text("identityName")?.unwrap_or_default(),
            api: self.text("apiName")?.unwrap_or_default(),
            api_app_id: self.optional("apiAppId")?,
            role: self.text("roleName")?.unwrap_or_default(),
        };
        Ok((change, names))
    }

    /// Nothing may be left: a misspelt member would silently do nothing.
    pub(super) fn end(self) -> Result<(), FileProblem> {
        match self.members.keys().next() {
            Some(name) => Err(self.problem(name, "is not known")),
            None => Ok(()),
        }
    }
}

/// Writes an object's members, one after the other.
pub(super) struct Writer(String);

impl Writer {
    /// The beginning of a file of this format.
    pub(super) fn file(format: &str) -> Self {
        Self(format!("{{\n\"format\": {},\n\"version\": 1", quote(format)))
    }

    /// A member on a line of its own.
    pub(super) fn line(&mut self, name: &str, value: &str) {
        self.0 += &format!(",\n\"{name}\": {}", quote(value));
    }

    /// The end of the file: a list, each of whose entries is on a line of its own.
    pub(super) fn list(mut self, name: &str, entries: impl Iterator<Item = String>) -> String {
        self.0 += &format!(",\n\"{name}\": [\n");
        self.0 += &entries.collect::<Vec<_>>().join(",\n");
        self.0 + "\n]\n}\n"
    }

    /// The beginning of an entry that has nothing but this text so far.
    pub(super) fn begin(name: &str, value: &str) -> Self {
        Self(format!("{{\"{name}\":{}", quote(value)))
    }

    /// The beginning of an entry: a change and the names beside it.
    pub(super) fn entry(change: &Change, names: &Names) -> Self {
        let mut entry = match change {
            Change::Assign { .. } => Self("{\"change\":\"assign\"".to_owned()),
            Change::Remove { .. } => Self("{\"change\":\"remove\"".to_owned()),
        };
        if let Change::Remove { assignment, .. } = change {
            entry.member("removes", assignment.as_str());
        }
        entry.member("identity", &change.identity().to_string());
        entry.member("identityName", &names.identity);
        entry.member("api", &change.api().to_string());
        entry.member("apiName", &names.api);
        if let Some(app_id) = names.api_app_id {
            entry.member("apiAppId", &app_id.to_string());
        }
        entry.member("role", &change.role().to_string());
        entry.member("roleName", &names.role);
        entry
    }

    /// A text of an entry.
    pub(super) fn member(&mut self, name: &str, value: &str) {
        self.0 += &format!(",\"{name}\":{}", quote(value));
    }

    /// A flag of an entry.
    pub(super) fn flag(&mut self, name: &str, value: bool) {
        self.0 += &format!(",\"{name}\":{value}");
    }

    /// The end of an entry, or of a file without a list.
    pub(super) fn end(self) -> String {
        self.0 + "}"
    }
}

/// A text as JSON writes it. What cannot be seen or would turn the text around is written by its number, so that the
/// file reads in an editor as it is.
pub fn quote(text: &str) -> String {
    let mut out = String::from('"');
    let mut buffer = [0; 4];
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            ' '..='~' => out.push(character),
            _ if visible(character.encode_utf8(&mut buffer)) == *character.encode_utf8(&mut [0; 4]) => {
                out.push(character);
            }
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out + "\""
}

/// What to call a file: its kind, its time and the plan's mark, and nothing that anybody else chose (SEC-116).
pub(super) fn file_name(kind: &str, at: Timestamp, digest: &Digest, extension: &str) -> String {
    format!("rolegrant-{kind}-{}-{}.{extension}", at.for_file_name(), digest.short())
}

#[cfg(test)]
mod tests {
    use super::super::testing::hostile;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_text_survives_and_hides_nothing(text in hostile()) {
            let quoted = quote(&text);
            prop_assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), text);
            let hidden = |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200B}' | '\u{FEFF}');
            prop_assert!(!quoted.chars().any(hidden), "{}", quoted);
        }
    }

    #[test]
    fn ordinary_text_stays_readable() {
        assert_eq!(quote("订单 café \"x\" \\ 👍\n\u{202E}"), r#""订单 café \"x\" \\ 👍\u000a\u202e""#);
    }

    #[test]
    fn says_where_json_is_broken() {
        assert_eq!(
            parse(b"\xef\xbb\xbf{\n \"a\": }").unwrap_err().to_string(),
            "The file is not valid JSON: line 2, column 7."
        );
        assert_eq!(parse(&vec![b' '; LARGEST_FILE + 1]).unwrap_err().to_string(), "The file is larger than 20 MB.");
        assert!(parse(&[b"[".repeat(100_000), b"]".repeat(100_000)].concat()).is_err());
    }
}
