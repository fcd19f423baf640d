//! The words of a search, and what they match in a row's folded texts or among the roles that it holds.
//!
//! Never a regular expression (SEC-117).

use uuid::Uuid;

use super::digits::Digits;
use super::fold::{fold, fold_into};
use super::table::Row;
use super::texts::each_place;
use super::{Catalog, ObjectId};

/// One word to find.
pub(super) struct Word {
    /// The place among the words.
    pub(super) at: usize,
    text: String,
    /// Only one of hexadecimal digits and hyphens is looked for in GUIDs.
    digits: Option<Digits>,
}

impl Word {
    fn new((at, text): (usize, &str)) -> Self {
        Self { at, text: text.to_owned(), digits: Digits::new(text) }
    }

    /// Whether a folded text has the word in it.
    pub(super) fn is_in(&self, text: &str) -> bool {
        holds(text, &self.text)
    }

    /// Whether it is part of a GUID.
    pub(super) fn is_in_guid(&self, halves: (u64, u64)) -> bool {
        self.digits.as_ref().is_some_and(|digits| digits.are_in(halves, &self.text))
    }

    /// Whether it is part of one of a row's GUIDs.
    pub(super) fn is_in_guids(&self, row: &impl Row) -> bool {
        let Some(digits) = &self.digits else { return false };
        let mut found = false;
        row.guids(&mut |guid| found = found || digits.are_in(guid, &self.text));
        found
    }
}

/// The words of a search.
pub(super) struct Words(Vec<Word>);

impl Words {
    /// Takes a text apart.
    pub(super) fn new(text: &str) -> Self {
        let folded = fold(text);
        // A pasted GUID, in whatever clothes, is one word.
        let bare = folded.trim_matches(|c| matches!(c, '"' | '\'' | '(' | ')' | ',' | ';'));
        if let Ok(guid) = Uuid::try_parse(bare) {
            return Self(vec![Word::new((0, &guid.to_string()))]);
        }
        Self(folded.split(' ').filter(|word| !word.is_empty()).enumerate().map(Word::new).collect())
    }

    /// Whether there is no word to find.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this holds for every word.
    pub(super) fn all(&self, is: impl Fn(&Word) -> bool) -> bool {
        self.0.iter().all(is)
    }

    /// For each word, which of some texts have it in them, as `has` says.
    pub(super) fn marks(&self, has: impl Fn(&str) -> Vec<bool>) -> Vec<Vec<bool>> {
        self.0.iter().map(|word| has(&word.text)).collect()
    }
}

/// Whether a text has a word in it.
pub(super) fn holds(text: &str, word: &str) -> bool {
    let mut found = word.is_empty();
    each_place(text.as_bytes(), word.as_bytes(), &mut |_| found = true);
    found
}

/// For each word, the kinds of grant it matches: APIs and roles are few, their holders many.
pub(super) struct Marks(Vec<Vec<bool>>);

impl Marks {
    /// Marks what the words match.
    pub(super) fn new(words: &Words, catalog: &Catalog) -> Self {
        let mut marks: Vec<Vec<bool>> = words.0.iter().map(|_| Vec::new()).collect();
        let mut text = String::new();
        if words.0.is_empty() {
            return Self(marks);
        }
        for (at, grant) in catalog.ledger.grants().iter().enumerate() {
            let api = catalog.api(grant.resource);
            text.clear();
            fold_into(&mut text, api.map_or(&grant.resource_name, |api| &api.display_name));
            text.push('\n');
            if let Some(role) = api.and_then(|api| api.role(grant.role)) {
                fold_into(&mut text, &role.value);
            }
            for (word, marked) in words.0.iter().zip(&mut marks) {
                let hit = text.contains(&word.text)
                    || (word.text.len() == 36
                        && (grant.resource.to_string() == word.text
                            || grant.role.to_string() == word.text
                            || api.is_some_and(|api| api.app_id.to_string() == word.text)));
                if hit {
                    // Left empty until something matches, so that most words cost nothing for each row.
                    marked.resize(at, false);
                    marked.push(true);
                }
            }
        }
        Self(marks)
    }

    /// Whether a principal holds something that a word matches.
    pub(super) fn hold(&self, word: &Word, catalog: &Catalog, principal: ObjectId) -> bool {
        let Some(marked) = self.0.get(word.at).filter(|marked| !marked.is_empty()) else { return false };
        catalog.ledger.grants_of(principal).any(|grant| marked.get(grant as usize) == Some(&true))
    }
}

#[cfg(test)]
mod tests {
    use super::holds;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_finds_what_the_standard_library_finds(text in "[ab\u{e4}]{0,12}", word in "[ab\u{e4}]{0,4}") {
            prop_assert_eq!(holds(&text, &word), text.contains(&word));
        }
    }
}
