//! Wishes from a table that somebody wrote elsewhere, in a spreadsheet or by a program: CSV or JSON, keyed by what
//! people know (names, application ids, role values) rather than by the ids of one tenant.
//!
//! Nothing is guessed and nothing is lost: each row becomes a wish, or is given back with the reason why it is none.
//! Nothing is written either: wishes go into the basket, to be reviewed like any other (SEC-115).

mod csv;
mod json;

use std::collections::HashMap;

use super::diff::obstacle;
use super::json::LARGEST_FILE;
use super::{FileProblem, Grant, MOST_CHANGES, Wish};
use crate::directory::{Act, Api, AppId, AppRole, AppRoleId, Catalog, ObjectId, fold, visible};

/// The columns; the first may be missing, and then each row assigns.
const COLUMNS: [&str; 4] = ["action", "identity", "api", "role"];

/// A row that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clear {
    /// Its line, or its entry.
    pub at: usize,
    /// The grant that it is about.
    pub grant: Grant,
    /// What is wished.
    pub wish: Wish,
}

/// A row that was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unclear {
    /// Its line, or its entry.
    pub at: usize,
    /// What it says, fit to show.
    pub text: String,
    /// Why it is not clear, fit to show, without a full stop.
    pub why: String,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The rows that were understood.
    pub clear: Vec<Clear>,
    /// The rows that were not.
    pub unclear: Vec<Unclear>,
    /// What `at` counts: "line" or "entry".
    pub unit: &'static str,
}

/// A row as it is written.
struct Row {
    at: usize,
    /// The cells in the order of [`COLUMNS`], or why there are none.
    cells: Result<[String; 4], String>,
    /// All of it.
    text: String,
}

/// Reads a table of either form. The catalog must be loaded in full: who is not in there is unknown.
pub fn read(bytes: &[u8], catalog: &Catalog) -> Result<Import, FileProblem> {
    if bytes.len() > LARGEST_FILE {
        return Err(FileProblem::file("is larger than 20 MB"));
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(FileProblem::file("is not in UTF-8: in Excel, save it as \"CSV UTF-8\""));
    };
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let (rows, unit) = match text.trim_start().chars().next() {
        None => return Err(FileProblem::file("is empty")),
        Some('[' | '{') => (json::rows(text)?, "entry"),
        Some(_) => (csv::rows(text)?, "line"),
    };
    Ok(resolve(rows, unit, catalog))
}

fn too_many() -> FileProblem {
    FileProblem::file(format!("has more than {MOST_CHANGES} rows"))
}

fn resolve(rows: Vec<Row>, unit: &'static str, catalog: &Catalog) -> Import {
    let mut import = Import { clear: Vec::new(), unclear: Vec::new(), unit };
    let finder = Finder::new(catalog);
    let mut seen: HashMap<Grant, (usize, Act)> = HashMap::new();
    for Row { at, cells, text } in rows {
        let found = cells.and_then(|cells| finder.wish(&cells)).and_then(|(grant, wish)| {
            match seen.get(&grant) {
                Some((before, act)) if *act == wish.act() => return Err(format!("It is the same as {unit} {before}")),
                Some((before, _)) => return Err(format!("It is the opposite of {unit} {before}")),
                None => seen.insert(grant, (at, wish.act())),
            };
            Ok((grant, wish))
        });
        match found {
            Ok((grant, wish)) => import.clear.push(Clear { at, grant, wish }),
            Err(why) => import.unclear.push(Unclear { at, text: short(&text), why }),
        }
    }
    import
}

/// Finds what cells mean.
struct Finder<'a> {
    catalog: &'a Catalog,
    by_app_id: HashMap<AppId, ObjectId>,
}

impl<'a> Finder<'a> {
    fn new(catalog: &'a Catalog) -> Self {
        let identities = catalog.identities().iter().map(|identity| (identity.app_id, identity.id));
        let apis = catalog.apis().iter().map(|api| (api.app_id, api.id));
        Self { catalog, by_app_id: identities.chain(apis).collect() }
    }

    /// What a row wishes, or why it is not clear.
    fn wish(&self, [action, identity, api, role]: &[String; 4]) -> Result<(Grant, Wish), String> {
        let wish = match action.trim().to_ascii_lowercase().as_str() {
            "" | "assign" => Wish::Assign,
            "remove" => Wish::Remove(None),
            _ => return Err(format!("The action {} is neither \"assign\" nor \"remove\"", quoted(action))),
        };
        let identity = self.identity(identity)?;
        let api = self.api(api)?;
        let grant = Grant { identity, api: api.id, role: role_of(api, role)? };
        let held = self.catalog.assignment(identity, api.id, grant.role).is_some();
        match wish {
            Wish::Remove(_) if !held => Err("The identity does not hold this role".to_owned()),
            Wish::Assign if !held => match obstacle(grant, self.catalog) {
                Some(obstacle) => Err(obstacle.to_string()),
                None => Ok((grant, wish)),
            },
            _ => Ok((grant, wish)),
        }
    }

    fn identity(&self, cell: &str) -> Result<ObjectId, String> {
        let known = |id: &ObjectId| self.catalog.identity(*id).is_some();
        one(
            cell,
            "identity",
            "identities",
            match cell.trim().parse() {
                Ok(id) => self.with_id(id, &known),
                Err(_) => self.catalog.identities_named(cell),
            },
            &|id| id.to_string(),
        )
    }

    fn api(&self, cell: &str) -> Result<&'a Api, String> {
        let known = |id: &ObjectId| self.catalog.api(*id).is_some();
        let id = one(
            cell,
            "API",
            "APIs",
            match cell.trim().parse() {
                Ok(id) => self.with_id(id, &known),
                Err(_) => self.catalog.apis_named(cell),
            },
            // By this one people know an API.
            &|id| match self.catalog.api(*id) {
                Some(api) => format!("{id} (application id {})", api.app_id),
                None => id.to_string(),
            },
        )?;
        self.catalog.api(id).ok_or_else(|| format!("No API is {}", quoted(cell)))
    }

    /// What has this object id or application id. Names that look like ids are none.
    fn with_id(&self, id: ObjectId, known: &dyn Fn(&ObjectId) -> bool) -> Vec<ObjectId> {
        let as_app = AppId::from_u128(u128::from_be_bytes(*id.as_bytes()));
        let by_app = self.by_app_id.get(&as_app).copied().filter(|other| *other != id);
        [Some(id), by_app].into_iter().flatten().filter(known).collect()
    }
}

/// The only one that was found, or in words that it is not: then each is told by `ids`.
fn one(
    cell: &str,
    kind: &str,
    kinds: &str,
    found: Vec<ObjectId>,
    ids: &dyn Fn(&ObjectId) -> String,
) -> Result<ObjectId, String> {
    // A cell with nothing to be seen in it is no name, not even that of what has none.
    if fold(cell).is_empty() {
        return Err(format!("The {kind} is missing"));
    }
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(format!("No {kind} with the name or id {} is known in the tenant", quoted(cell))),
        many => {
            let ids: Vec<String> = many.iter().map(ids).collect();
            Err(format!(
                "{} {kinds} answer to {}: write the object id of one, {}",
                many.len(),
                quoted(cell),
                ids.join(" or ")
            ))
        }
    }
}

/// The role of an API with this id or value. Values are compared as written, else without regard to case.
fn role_of(api: &Api, cell: &str) -> Result<AppRoleId, String> {
    let cell = cell.trim();
    if cell.is_empty() {
        return Err("The role is missing".to_owned());
    }
    if let Ok(id) = cell.parse() {
        return Ok(id);
    }
    let with = |same: &dyn Fn(&AppRole) -> bool| -> Vec<&AppRole> {
        let all: Vec<_> = api.roles.iter().filter(|role| !role.value.is_empty() && same(role)).collect();
        // Users may be offered a role of the same value; for an identity that one is not meant.
        let some: Vec<_> = all.iter().copied().filter(|role| role.for_applications).collect();
        if some.is_empty() { all } else { some }
    };
    let mut found = with(&|role| role.value == cell);
    if found.is_empty() {
        found = with(&|role| role.value.eq_ignore_ascii_case(cell));
    }
    match found.as_slice() {
        [one] => Ok(one.id),
        [] => Err(format!("{} has no role {}", quoted(&api.display_name), quoted(cell))),
        many => {
            let ids: Vec<String> = many.iter().map(|role| role.id.to_string()).collect();
            Err(format!(
                "{} roles have the value {}: write the id of one, {}",
                many.len(),
                quoted(cell),
                ids.join(" or ")
            ))
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", short(text.trim()))
}

/// A text fit to show that is not longer than a line.
fn short(text: &str) -> String {
    const MOST: usize = 160;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => visible(text.get(..end).unwrap_or_default()) + "…",
        None => visible(text),
    }
}

#[cfg(test)]
mod tests;
