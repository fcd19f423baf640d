//! The form in which texts are compared and searched: lower case, one space between words, nothing invisible.
//!
//! For comparing only; what people see is the text itself, through `visible`.

use super::text::is_hidden;

/// Folds a text.
pub(crate) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(&mut out, text);
    out
}

/// Folds a text onto the end of another.
pub(super) fn fold_into(out: &mut String, text: &str) {
    let start = out.len();
    // Nearly every name: nothing to leave out, and no letter that becomes two.
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        out.push_str(text);
        if let Some(added) = out.get_mut(start..) {
            added.make_ascii_lowercase();
        }
        return;
    }
    let mut space = false;
    for character in text.chars() {
        if character.is_whitespace() {
            space = true;
        } else if !is_hidden(character) {
            if space && out.len() > start {
                out.push(' ');
            }
            space = false;
            if character.is_ascii() {
                out.push(character.to_ascii_lowercase());
            } else {
                out.extend(character.to_lowercase());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn folds_case_spaces_and_the_invisible() {
        assert_eq!(fold("  Mi-\u{200B}Orders \t PROD "), "mi-orders prod");
        assert_eq!(fold("ÄÖÜ Straße"), "äöü straße");
        assert_eq!(fold(" \u{202E}"), "");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
