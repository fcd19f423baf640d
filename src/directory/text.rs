//! Makes other people's text safe to read: nothing invisible or direction-changing may let one name pass for another
//! (SEC-111). Names, descriptions and Graph's messages go through here before they are shown.
//!
//! Written out as `⟨U+202E⟩`:
//! - what cannot be seen or turns the text around: controls, format characters, variation selectors, tags, fillers;
//! - every white space but the plain one, and the plain one where it does not show: at an end, or after another;
//! - combining marks without a letter below them, and those beyond the fourth on one letter;
//! - what looks different everywhere: private use, noncharacters;
//! - `⟨` itself, so that no name can claim to hide something, and two names that differ never read the same.
//!
//! Three uses of the invisible are so common that they stay as they are: what joins and styles emoji, the joiners of
//! Indic scripts after a virama, and Persian's non-joiner between letters. They could still tell two names apart that
//! look alike; those are marked as twins, since names are compared without anything invisible (`fold`).

use std::fmt::Write as _;

/// Shown where a name is missing.
const NO_NAME: &str = "⟨no name⟩";
/// More combining marks on one letter than any language writes.
const MOST_MARKS: u32 = 4;

/// A stretch of a text as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// As it is.
    Plain(String),
    /// What was written out, in its brackets.
    Mark(String),
}

/// Takes a text apart into what is shown as it is and what is written out. There is always something to see.
pub fn parts(text: &str) -> Vec<Part> {
    if text.is_empty() {
        return vec![Part::Mark(NO_NAME.to_owned())];
    }
    let (mut parts, mut plain) = (Vec::new(), String::new());
    // Neighbours that are written out, each with how often it follows itself.
    let mut run: Vec<(char, u32)> = Vec::new();
    let (mut before, mut marks) = (None, 0);
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        marks = if is_combining(character) { marks + 1 } else { 0 };
        if marks <= MOST_MARKS && shows(before, character, rest.peek().copied()) {
            close(&mut parts, &mut run);
            plain.push(character);
            before = Some(character);
            continue;
        }
        if !plain.is_empty() {
            parts.push(Part::Plain(std::mem::take(&mut plain)));
        }
        match run.last_mut() {
            Some((last, count)) if *last == character => *count += 1,
            _ => run.push((character, 1)),
        }
        // What the reader sees there.
        before = Some(if character == ' ' { ' ' } else { '⟩' });
    }
    close(&mut parts, &mut run);
    if !plain.is_empty() {
        parts.push(Part::Plain(plain));
    }
    parts
}

fn close(parts: &mut Vec<Part>, run: &mut Vec<(char, u32)>) {
    let mut out = String::new();
    for (character, count) in run.drain(..) {
        let _ = write!(out, "{}U+{:04X}", if out.is_empty() { '⟨' } else { ' ' }, u32::from(character));
        if count > 1 {
            let _ = write!(out, "×{count}");
        }
    }
    if !out.is_empty() {
        out.push('⟩');
        parts.push(Part::Mark(out));
    }
}

/// The text with everything written out that would deceive, for where there is plain text alone: titles, labels,
/// fields, messages.
pub fn visible(text: &str) -> String {
    parts(text)
        .into_iter()
        .map(|part| match part {
            Part::Plain(text) | Part::Mark(text) => text,
        })
        .collect()
}

/// A sentence rather than a name: its white space, line breaks too, means nothing and becomes single spaces. An empty
/// one stays empty.
pub fn prose(text: &str) -> String {
    let text = one_line(text);
    if text.is_empty() { text } else { visible(&text) }
}

/// The text with single plain spaces for all its white space, and none at its ends.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a character can be seen for what it is between these two.
fn shows(before: Option<char>, character: char, after: Option<char>) -> bool {
    let is = |neighbour: Option<char>, test: fn(char) -> bool| neighbour.is_some_and(test);
    match character {
        '⟨' => false,
        ' ' => before.is_some_and(|before| before != ' ') && after.is_some(),
        '\u{200C}' => {
            is(before, is_arabic_letter) && is(after, is_arabic_letter) || is(before, is_virama) && is(after, is_indic)
        }
        '\u{200D}' => {
            is(before, |c| c == '\u{FE0F}' || is_pictograph(c)) && is(after, is_pictograph)
                || is(before, is_virama) && is(after, is_indic)
        }
        '\u{FE0E}' | '\u{FE0F}' => {
            is(before, is_pictograph)
                || is(before, |c| c.is_ascii_digit() || c == '#' || c == '*') && after == Some('\u{20E3}')
        }
        _ if is_combining(character) => is(before, |c| c != ' ' && c != '⟩'),
        _ => !is_hidden(character) && !character.is_whitespace() && !is_unassigned(character),
    }
}

/// Whether a character cannot be seen, or changes how its neighbours are seen: controls, the bidirectional controls of
/// UAX #9, and what Unicode calls default-ignorable (joiners, variation selectors, tags, fillers), and blank letters.
pub(super) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(u32::from(character),
            0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
            | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x2800 | 0x3164
            | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB
            | 0x13430..=0x1345F | 0x16FE4 | 0x1BCA0..=0x1BCA3 | 0x1D159 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

/// What no standard gives a look: private use and noncharacters.
fn is_unassigned(character: char) -> bool {
    let code = u32::from(character);
    matches!(code, 0xE000..=0xF8FF | 0xFDD0..=0xFDEF | 0xF0000..) || code & 0xFFFE == 0xFFFE
}

/// What stands on or below the letter before it, of the scripts where such marks pile up.
fn is_combining(character: char) -> bool {
    matches!(u32::from(character),
        0x300..=0x36F | 0x483..=0x489 | 0x591..=0x5BD | 0x5BF | 0x5C1..=0x5C2 | 0x5C4..=0x5C5 | 0x5C7
        | 0x610..=0x61A | 0x64B..=0x65F | 0x670 | 0x6D6..=0x6DC | 0x6DF..=0x6E4 | 0x6E7..=0x6E8 | 0x6EA..=0x6ED
        | 0xE31 | 0xE34..=0xE3A | 0xE47..=0xE4E | 0xEB1 | 0xEB4..=0xEBC | 0xEC8..=0xECE | 0xF71..=0xF84
        | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0x302A..=0x302F | 0x3099..=0x309A
        | 0xFE20..=0xFE2F)
}

fn is_pictograph(character: char) -> bool {
    matches!(u32::from(character),
        0xA9 | 0xAE | 0x203C | 0x2049 | 0x2122 | 0x2139 | 0x2190..=0x23FF | 0x24C2 | 0x25A0..=0x27BF
        | 0x2900..=0x2BFF | 0x3030 | 0x303D | 0x3297 | 0x3299 | 0x1F000..=0x1FAFF)
}

fn is_arabic_letter(character: char) -> bool {
    matches!(u32::from(character), 0x620..=0x64A | 0x66E..=0x6D3 | 0x6FA..=0x6FF | 0x750..=0x77F | 0x8A0..=0x8C7)
}

fn is_indic(character: char) -> bool {
    matches!(u32::from(character), 0x900..=0xDFF)
}

/// The sign that joins two Indic consonants: each of these blocks has it in the same place, but for Sinhala.
fn is_virama(character: char) -> bool {
    let code = u32::from(character);
    (code & 0x7F == 0x4D && (0x900..0xD80).contains(&code)) || code == 0xDCA
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn leaves_ordinary_text_alone() {
        for text in [
            "mi-orders-prod",
            "O'Brien's café",
            "订单",
            "שלום עולם",
            "<img src=x onerror=alert(1)>",
            "👍 ok",
            // Letters with marks, composed and not.
            "Zürich Zu\u{308}rich Việt Vie\u{323}\u{302}t",
            // Emoji: a family, a flag, a heart in colour, a keycap, skin.
            "👨\u{200D}👩\u{200D}👧 🏳\u{FE0F}\u{200D}🌈 ❤\u{FE0F} 1\u{FE0F}\u{20E3} 👩🏽\u{200D}💻",
            // Persian's non-joiner, and what Hindi and Sinhala join.
            "می\u{200C}خواهم",
            "क\u{94D}\u{200D}ष क\u{94D}\u{200C}ष ශ\u{DCA}\u{200D}රී",
            "ก็ปี่",
        ] {
            assert_eq!(visible(text), text);
            assert_eq!(parts(text), [Part::Plain(text.to_owned())]);
        }
    }

    #[test]
    fn writes_out_what_deceives() {
        for (text, shown) in [
            ("mi-\u{202E}dorp", "mi-⟨U+202E⟩dorp"),
            ("pay\u{200B}roll", "pay⟨U+200B⟩roll"),
            ("a\0b\nc", "a⟨U+0000⟩b⟨U+000A⟩c"),
            ("tag\u{E0041}", "tag⟨U+E0041⟩"),
            ("\u{202D}\u{202D}\u{200B}x", "⟨U+202D×2 U+200B⟩x"),
            // Spaces that do not show, and those that look like another.
            (" a", "⟨U+0020⟩a"),
            ("a ", "a⟨U+0020⟩"),
            ("a  b", "a ⟨U+0020⟩b"),
            ("   ", "⟨U+0020×3⟩"),
            ("a\u{A0}b\u{3000}c\td", "a⟨U+00A0⟩b⟨U+3000⟩c⟨U+0009⟩d"),
            // Joiners and selectors where they do nothing.
            ("a\u{200D}b", "a⟨U+200D⟩b"),
            ("👍\u{200D}", "👍⟨U+200D⟩"),
            ("👍\u{200D}\u{200D}👍", "👍⟨U+200D×2⟩👍"),
            ("a\u{FE0F}", "a⟨U+FE0F⟩"),
            ("❤\u{FE0F}\u{FE0F}", "❤\u{FE0F}⟨U+FE0F⟩"),
            ("1\u{FE0F}", "1⟨U+FE0F⟩"),
            ("葛\u{E0100}", "葛⟨U+E0100⟩"),
            ("م\u{200C} م", "م⟨U+200C⟩ م"),
            ("क\u{200C}ष", "क⟨U+200C⟩ष"),
            // Marks without a letter, and too many of them.
            ("\u{301}a", "⟨U+0301⟩a"),
            ("a \u{20DD}b", "a ⟨U+20DD⟩b"),
            ("e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}x", "e\u{301}\u{302}\u{303}\u{304}⟨U+0305 U+0306⟩x"),
            ("\u{F8FF}\u{FFFF}", "⟨U+F8FF U+FFFF⟩"),
            // A name that claims to hide something.
            ("a⟨U+202E⟩", "a⟨U+27E8⟩U+202E⟩"),
        ] {
            assert_eq!(visible(text), shown);
        }
        let turned = parts("a\u{202E}b");
        assert_eq!(turned, [Part::Plain("a".into()), Part::Mark("⟨U+202E⟩".into()), Part::Plain("b".into())]);
    }

    /// F-39
    #[test]
    fn names_the_nameless() {
        assert_eq!(visible(""), "⟨no name⟩");
        assert_eq!(visible("⟨no name⟩"), "⟨U+27E8⟩no name⟩");
        assert_eq!(visible("\u{200B}"), "⟨U+200B⟩");
    }

    #[test]
    fn a_sentence_may_be_broken_into_lines() {
        assert_eq!(
            prose(" AADSTS50011: no\u{A0}such URI.\r\nTrace ID: 1\u{202E} "),
            "AADSTS50011: no such URI. Trace ID: 1⟨U+202E⟩"
        );
        assert_eq!(prose(" \n"), "");
    }

    /// Texts in which something deceptive is likely.
    fn nasty() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            any::<String>(),
            "[a-z ]{0,3}",
            prop::sample::select(vec![
                "\u{202E}",
                "\u{200B}",
                "\u{200C}",
                "\u{200D}",
                "\u{2066}",
                "\u{FEFF}",
                "\u{FE0F}",
                "\u{301}",
                "\u{20E3}",
                "\u{A0}",
                "  ",
                "\u{7}",
                "\u{2028}",
                "\u{E0041}",
                "👍",
                "م",
                "क\u{94D}",
                "⟨U+202E⟩",
                "⟩",
                "×2",
                "1",
            ])
            .prop_map(str::to_owned),
        ];
        prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
    }

    /// What the shown form says was there, by its own words.
    fn read_back(shown: &str) -> String {
        let mut out = String::new();
        let mut rest = shown;
        while let Some((plain, marked)) = rest.split_once('⟨') {
            out.push_str(plain);
            let (codes, after) = marked.split_once('⟩').unwrap();
            for code in codes.split(' ').filter(|_| codes != "no name") {
                let (code, count) = code.split_once('×').unwrap_or((code, "1"));
                let character = char::from_u32(u32::from_str_radix(&code[2..], 16).unwrap()).unwrap();
                out.extend(std::iter::repeat_n(character, count.parse().unwrap()));
            }
            rest = after;
        }
        out + rest
    }

    proptest! {
        /// SEC-111: what is shown says all that is there, so two names that differ are shown differently.
        #[test]
        fn nothing_is_lost(text in nasty()) {
            prop_assert_eq!(read_back(&visible(&text)), text);
        }

        /// SEC-111
        #[test]
        fn nothing_hidden_remains(text in nasty()) {
            // Listed here a second time, by name, so that a gap in the table above is not repeated.
            let never = ['\u{61C}', '\u{200B}', '\u{200E}', '\u{200F}', '\u{2028}', '\u{2029}', '\u{202A}', '\u{202B}',
                '\u{202C}', '\u{202D}', '\u{202E}', '\u{2060}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
                '\u{FEFF}', '\u{AD}', '\u{A0}', '\u{3000}', '\u{E0041}'];
            let out = visible(&text);
            prop_assert!(!out.is_empty());
            prop_assert!(!out.chars().any(|c| c.is_control() || never.contains(&c)));
            prop_assert!(!out.starts_with(' ') && !out.ends_with(' ') && !out.contains("  "));
            let sometimes = ['\u{200C}', '\u{200D}', '\u{FE0E}', '\u{FE0F}'];
            for pair in out.chars().collect::<Vec<_>>().windows(2) {
                prop_assert!(!(sometimes.contains(&pair[0]) && pair[0] == pair[1]), "{:?}", out);
                prop_assert!(!(pair[0].is_ascii_alphabetic() && sometimes.contains(&pair[1])), "{:?}", out);
            }
        }

        #[test]
        fn no_letter_bears_a_tower(letter in "[a-zא-ת]", marks in prop::collection::vec(0x300_u32..0x370, 5..40)) {
            let marks: Vec<char> = marks.into_iter().filter_map(char::from_u32).filter(|c| !is_hidden(*c)).collect();
            prop_assume!(marks.len() > 4);
            let out = visible(&(letter + &marks.iter().collect::<String>()));
            prop_assert!(out.chars().filter(|c| is_combining(*c)).count() <= 4, "{}", out);
        }
    }
}
