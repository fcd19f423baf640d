//! Makes names safe to read: nothing invisible or direction-changing may let one name pass for another (SEC-111).
//!
//! Names, descriptions and Graph's messages are other people's text. They go through here before they are shown.

use std::fmt::Write as _;

/// Shown where a name is missing.
const NO_NAME: &str = "(no name)";

/// The text with every control, zero-width and direction-changing character written out, as `⟨U+202E⟩`.
/// A text without anything to see becomes `(no name)`.
pub fn visible(text: &str) -> String {
    if text.trim().is_empty() {
        return NO_NAME.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) {
            let _ = write!(out, "⟨U+{:04X}⟩", u32::from(character));
        } else {
            out.push(character);
        }
    }
    out
}

/// Whether a character cannot be seen, or changes how its neighbours are seen: controls, the bidirectional controls of
/// UAX #9, and what Unicode calls default-ignorable (joiners, variation selectors, tags, fillers).
pub(super) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(u32::from(character),
            0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
            | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x2800 | 0x3164
            | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB
            | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn leaves_ordinary_text_alone() {
        for text in ["mi-orders-prod", "O'Brien's café", "订单", "שלום", "<img src=x onerror=alert(1)>", "👍 ok"]
        {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn writes_out_what_deceives() {
        assert_eq!(visible("mi-\u{202E}dorp"), "mi-⟨U+202E⟩dorp");
        assert_eq!(visible("pay\u{200B}roll"), "pay⟨U+200B⟩roll");
        assert_eq!(visible("a\0b\nc"), "a⟨U+0000⟩b⟨U+000A⟩c");
        assert_eq!(visible("tag\u{E0041}"), "tag⟨U+E0041⟩");
    }

    #[test]
    fn names_the_nameless() {
        assert_eq!(visible(""), "(no name)");
        assert_eq!(visible(" \t\n"), "(no name)");
        assert_eq!(visible("\u{200B}"), "⟨U+200B⟩");
    }

    proptest! {
        #[test]
        fn nothing_hidden_remains(text in any::<String>()) {
            // Listed here a second time, by name, so that a gap in the table above is not repeated.
            let bidi = ['\u{61C}', '\u{200E}', '\u{200F}', '\u{202A}', '\u{202B}', '\u{202C}', '\u{202D}', '\u{202E}',
                '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'];
            let zero_width = ['\u{200B}', '\u{200C}', '\u{200D}', '\u{2060}', '\u{FEFF}', '\u{AD}', '\u{FE0F}'];
            let out = visible(&text);
            prop_assert!(!out.is_empty());
            prop_assert!(!out.chars().any(char::is_control));
            prop_assert!(!out.chars().any(|c| bidi.contains(&c) || zero_width.contains(&c)));
        }

        #[test]
        fn hidden_characters_anywhere_are_shown(
            before in "[a-z]{0,8}",
            hidden in prop::sample::select(vec!['\u{202E}', '\u{200D}', '\u{2066}', '\u{FEFF}', '\u{7}', '\u{85}', '\u{2028}']),
            after in "[a-z]{0,8}",
        ) {
            let expected = format!("{before}⟨U+{:04X}⟩{after}", u32::from(hidden));
            let out = visible(&format!("{before}{hidden}{after}"));
            prop_assert!(out == expected || (before.is_empty() && after.is_empty() && out == "(no name)"));
        }
    }
}
