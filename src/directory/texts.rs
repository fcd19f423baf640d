//! Many short texts, one behind the other: looking through all of them goes straight through memory.

use std::cmp::Ordering;

/// Texts by number, each with a name at its beginning.
#[derive(Default)]
pub(super) struct Texts {
    /// All of them, each with a line's end behind it.
    all: String,
    /// Where each is, in the order of `all`.
    spans: Vec<Span>,
    /// Set while they are not in that order.
    scattered: bool,
}

#[derive(Clone, Copy)]
struct Span {
    from: u32,
    name: u32,
    to: u32,
    /// The first bytes of the name, as numbers of the same order: most names are told apart by them.
    head: [u128; 2],
}

impl Texts {
    /// Adds a text whose first `name` bytes are its name.
    pub(super) fn push(&mut self, text: &str, name: usize) {
        let span = self.append(text, name);
        self.spans.push(span);
    }

    /// Puts another text in the place of one. Whoever is done with that [packs](Self::pack) them.
    pub(super) fn set(&mut self, at: usize, text: &str, name: usize) {
        if self.whole(at) == text && self.name(at).len() == name {
            return;
        }
        let span = self.append(text, name);
        if let Some(old) = self.spans.get_mut(at) {
            *old = span;
            self.scattered = true;
        }
    }

    /// Puts them in order again, one behind the other.
    pub(super) fn pack(&mut self) {
        if self.scattered {
            self.keep(&|_| true);
        }
    }

    /// Drops the others; those that stay close up, in order.
    pub(super) fn keep(&mut self, stays: &dyn Fn(usize) -> bool) {
        let old = std::mem::take(self);
        for (at, span) in old.spans.iter().enumerate().filter(|(at, _)| stays(*at)) {
            let from = place(self.all.len());
            self.all.push_str(old.whole(at));
            self.all.push('\n');
            let moved = |end: u32| from + (end - span.from);
            self.spans.push(Span { from, name: moved(span.name), to: moved(span.to), head: span.head });
        }
    }

    /// For each text whether a word is in it; the word has no line's end in it. All that was set must be packed.
    pub(super) fn marks(&self, word: &str) -> Vec<bool> {
        let mut marks = vec![false; self.spans.len()];
        let mut at = 0;
        each_place(self.all.as_bytes(), word.as_bytes(), &mut |place| {
            while self.spans.get(at).is_some_and(|span| (span.to as usize) < place) {
                at += 1;
            }
            if let Some(mark) = marks.get_mut(at) {
                *mark = true;
            }
        });
        marks
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
        let from = self.all.len();
        self.all.push_str(text);
        let to = place(self.all.len());
        self.all.push('\n');
        let mut bytes = text.bytes().take(name);
        let mut head = || (0..16).fold(0, |head, _| head << 8 | u128::from(bytes.next().unwrap_or_default()));
        let head = [head(), head()];
        Span { from: place(from), name: place(from + name), to, head }
    }
}

fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Calls back with every place of a word in a text, in order. Eight bytes are held against the word's first at once:
/// what the standard library sets up for a search is more code, and slower compiled for size.
pub(super) fn each_place(text: &[u8], word: &[u8], found: &mut dyn FnMut(usize)) {
    const ONES: u64 = u64::from_le_bytes([0x01; 8]);
    const TOPS: u64 = u64::from_le_bytes([0x80; 8]);
    let Some(first) = word.first() else { return };
    let wanted = ONES.wrapping_mul(u64::from(*first));
    let mut look = |at: usize| {
        if text.get(at..).is_some_and(|rest| rest.starts_with(word)) {
            found(at);
        }
    };
    let (chunks, rest) = text.as_chunks();
    for (chunk, from) in chunks.iter().zip((0..).step_by(8)) {
        let differs = u64::from_le_bytes(*chunk) ^ wanted;
        // The top bit of each byte that is 0; of one that follows such a byte perhaps, too.
        let mut hits = differs.wrapping_sub(ONES) & !differs & TOPS;
        while hits != 0 {
            look(from + hits.trailing_zeros() as usize / 8);
            hits &= hits - 1;
        }
    }
    (text.len() - rest.len()..text.len()).for_each(look);
}

#[cfg(test)]
mod tests {
    use super::Texts;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_is_what_it_was_set_to_last(
            first in prop::collection::vec("[ab\0ä]{0,36}", 1..8),
            changes in prop::collection::vec((any::<prop::sample::Index>(), "[ab\0ä]{0,36}"), 0..20),
            word in "[abmo\0ä]{1,3}",
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
            texts.pack();
            let marks: Vec<bool> = (0..first.len()).map(|at| texts.whole(at).contains(&word)).collect();
            prop_assert_eq!(texts.marks(&word), marks);
            for (at, name) in expected.iter().enumerate() {
                for (other, other_name) in expected.iter().enumerate() {
                    prop_assert_eq!(texts.compare_names(at, other), name.cmp(other_name));
                }
                prop_assert_eq!(texts.name(at), name);
                prop_assert_eq!(texts.whole(at).strip_prefix(name.as_str()).map(|rest| rest.starts_with('\n')), Some(true));
            }
            prop_assert_eq!(texts.whole(first.len()), "");

            let stays = |at: usize| !expected[at].starts_with('a');
            texts.keep(&stays);
            let left: Vec<_> = (0..expected.len()).filter(|at| stays(*at)).map(|at| &expected[at]).collect();
            for (at, name) in left.iter().enumerate() {
                prop_assert_eq!(texts.name(at), *name);
                prop_assert_eq!(texts.whole(at).strip_prefix(name.as_str()).map(|rest| rest.starts_with('\n')), Some(true));
                for (other, other_name) in left.iter().enumerate() {
                    prop_assert_eq!(texts.compare_names(at, other), name.cmp(other_name));
                }
            }
            prop_assert_eq!((texts.whole(left.len()), texts.marks(&word).len()), ("", left.len()));
        }
    }

    #[test]
    fn what_changes_again_and_again_does_not_grow() {
        let mut texts = Texts::default();
        texts.push("kept", 4);
        texts.push("", 0);
        for turn in 0..1_000 {
            texts.set(1, &format!("changed {turn}"), 7);
            texts.pack();
        }
        assert_eq!(texts.all, "kept\nchanged 999\n");
        assert_eq!((texts.whole(0), texts.name(1)), ("kept", "changed"));
    }
}
