//! `$search="displayName:fleet"`: clauses of property and text, all or any of which must be met.

use super::errors::GraphError;

/// A parsed search.
pub(crate) struct Search {
    clauses: Vec<(String, Vec<String>)>,
    any: bool,
}

impl Search {
    /// Parses a search over `displayName` and `description`.
    pub(crate) fn parse(text: &str, resource: &str) -> Result<Self, GraphError> {
        let unquoted = |at: usize| {
            GraphError::gateway(format!("Syntax error: character ':' is not valid at position {at} in '{text}'."))
        };
        let mut clauses = Vec::new();
        let mut joined: Option<bool> = None;
        let mut rest = text.trim();
        loop {
            let Some(opened) = rest.strip_prefix('"') else {
                return Err(unquoted(rest.find(':').unwrap_or(0)));
            };
            let Some((clause, after)) = opened.split_once('"') else { return Err(unquoted(text.len())) };
            let Some((property, words)) = clause.split_once(':') else {
                return Err(GraphError::unsupported(
                    "Invalid $search clause: a property and a text are expected, as in \"displayName:text\".",
                ));
            };
            let property = property.trim().to_lowercase();
            if !matches!(property.as_str(), "displayname" | "description") {
                return Err(GraphError::unindexed(property.as_str(), resource));
            }
            clauses.push((property, words_of(words)));
            let after = after.trim_start();
            if after.is_empty() {
                return Ok(Self { clauses, any: joined.unwrap_or(false) });
            }
            let (any, next) = match after.strip_prefix("OR ") {
                Some(next) => (true, next),
                None => (false, after.strip_prefix("AND ").unwrap_or(after)),
            };
            if joined.is_some_and(|before| before != any) {
                return Err(GraphError::unimplemented("AND and OR in one $search"));
            }
            joined = Some(any);
            rest = next.trim_start();
        }
    }

    /// True if name and description of an object meet it.
    pub(crate) fn finds(&self, display_name: &str, description: Option<&str>) -> bool {
        let met = |(property, wanted): &(String, Vec<String>)| {
            let text = if property == "displayname" { Some(display_name) } else { description };
            let found = text.map(words_of).unwrap_or_default();
            !wanted.is_empty() && wanted.iter().all(|want| found.iter().any(|word| word.starts_with(want)))
        };
        if self.any { self.clauses.iter().any(met) } else { self.clauses.iter().all(met) }
    }
}

/// Words as the search index cuts them: at anything but letters and digits, and where a capital begins.
fn words_of(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        if word.is_empty() {
            continue;
        }
        all.push(word.to_lowercase());
        let mut part = String::new();
        for c in word.chars() {
            if c.is_uppercase() && !part.is_empty() {
                all.push(std::mem::take(&mut part).to_lowercase());
            }
            part.push(c);
        }
        all.push(part.to_lowercase());
    }
    all
}
