//! Many short texts, one behind the other: looking through all of them goes straight through memory.

use std::cmp::Ordering;

/// Texts by number, each with a name at its beginning.
#[derive(Default)]
pub(super) struct Texts {
    all: String,
    spans: Vec<Span>,
    /// How many bytes of `all` belong to no text any more.
    waste: usize,
}

#[derive(Clone, Copy)]
struct Span {
    from: u32,
    name: u32,
    to: u32,
    /// The first bytes of the name, as a number of the same order: most names are told apart by it.
    head: u128,
}

/// Less waste than this is not worth packing.
const LITTLE: usize = 64 * 1024;

impl Texts {
    /// Adds a text whose first `name` bytes are its name.
    pub(super) fn push(&mut self, text: &str, name: usize) {
        let span = self.append(text, name);
        self.spans.push(span);
    }

    /// Puts another text in the place of one.
    pub(super) fn set(&mut self, at: usize, text: &str, name: usize) {
        if self.whole(at) == text && self.name(at).len() == name {
            return;
        }
        self.waste += self.whole(at).len();
        let span = self.append(text, name);
        if let Some(old) = self.spans.get_mut(at) {
            *old = span;
        }
        if self.waste > LITTLE && self.waste > self.all.len() / 2 {
            self.pack();
        }
    }

    /// A text.
    pub(super) fn whole(&self, at: usize) -> &str {
        self.part(at, |span| span.to)
    }

    /// The name at its beginning.
    pub(super) fn name(&self, at: usize) -> &str {
        self.part(at, |span| span.name)
    }

    /// Which of two names comes first.
    pub(super) fn compare_names(&self, a: usize, b: usize) -> Ordering {
        let head = |at: usize| self.spans.get(at).map(|span| span.head);
        head(a).cmp(&head(b)).then_with(|| self.name(a).cmp(self.name(b)))
    }

    fn part(&self, at: usize, end: impl Fn(&Span) -> u32) -> &str {
        let part = self.spans.get(at).and_then(|span| self.all.get(span.from as usize..end(span) as usize));
        part.unwrap_or_default()
    }

    fn append(&mut self, text: &str, name: usize) -> Span {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let from = self.all.len();
        self.all.push_str(text);
        let mut head = [0; 16];
        head.iter_mut().zip(text.bytes().take(name)).for_each(|(to, byte)| *to = byte);
        Span { from: place(from), name: place(from + name), to: place(self.all.len()), head: u128::from_be_bytes(head) }
    }

    fn pack(&mut self) {
        let old = std::mem::take(self);
        for at in 0..old.spans.len() {
            self.push(old.whole(at), old.name(at).len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LITTLE, Texts};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_is_what_it_was_set_to_last(
            first in prop::collection::vec("[ab\0ä]{0,18}", 1..8),
            changes in prop::collection::vec((any::<prop::sample::Index>(), "[ab\0ä]{0,18}"), 0..20),
        ) {
            let mut texts = Texts::default();
            let mut expected = first.clone();
            for text in &first {
                texts.push(&format!("{text}\nmore"), text.len());
            }
            for (at, text) in changes {
                let at = at.index(first.len());
                texts.set(at, &format!("{text}\nother"), text.len());
                expected[at] = text;
            }
            for (at, name) in expected.iter().enumerate() {
                for (other, other_name) in expected.iter().enumerate() {
                    prop_assert_eq!(texts.compare_names(at, other), name.cmp(other_name));
                }
                prop_assert_eq!(texts.name(at), name);
                prop_assert_eq!(texts.whole(at).strip_prefix(name.as_str()).map(|rest| rest.starts_with('\n')), Some(true));
            }
            prop_assert_eq!(texts.whole(first.len()), "");
        }
    }

    #[test]
    fn what_changes_again_and_again_does_not_grow() {
        let mut texts = Texts::default();
        texts.push("kept", 4);
        texts.push("", 0);
        for turn in 0..3 * LITTLE {
            texts.set(1, &format!("changed {turn}"), 7);
        }
        assert!(texts.all.len() <= 2 * LITTLE + 100, "{}", texts.all.len());
        assert_eq!((texts.whole(0), texts.name(1)), ("kept", "changed"));
        let before = texts.all.len();
        texts.set(0, "kept", 4);
        assert_eq!(texts.all.len(), before, "what is the same takes no room");
    }
}
