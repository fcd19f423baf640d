//! Rows of comma-separated values that a spreadsheet can open without running anything (RFC 4180, SEC-114).

use crate::directory::visible;

/// One row, its line's end included. Every cell is quoted; what would turn a text around is written out.
pub fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    cells.join(",") + "\r\n"
}

/// Spreadsheets take a cell for a formula by its first character. With settings of another country they end cells
/// where this file does not, so what follows a separator or a quote counts as a beginning too.
fn cell(text: &str) -> String {
    // An empty cell is empty, not nameless.
    let text = if text.is_empty() { String::new() } else { visible(text) };
    let (mut out, mut begins) = (String::from('"'), true);
    for character in text.chars() {
        if begins && matches!(character, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') {
            out.push('\'');
        }
        begins = matches!(character, ',' | ';' | '|' | '"') || begins && character == ' ';
        if character == '"' {
            out.push('"');
        }
        out.push(character);
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::super::testing::hostile;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotes_and_disarms() {
        assert_eq!(row(["a", "", "b\"c", "x,y"]), "\"a\",\"\",\"b\"\"c\",\"x,y\"\r\n");
        for (text, safe) in [
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            ("-x1W1zT6z1U", "\"'-x1W1zT6z1U\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("＝1", "\"'＝1\""),
            ("a;=1", "\"a;'=1\""),
            ("a\",=1", "\"a\"\",'=1\""),
            ("a,  =1", "\"a, ⟨U+0020⟩=1\""),
            ("a, =1", "\"a, '=1\""),
            ("mi-orders", "\"mi-orders\""),
            ("\t=1", "\"⟨U+0009⟩=1\""),
            ("a\r\n=1", "\"a⟨U+000D U+000A⟩=1\""),
            ("\0", "\"⟨U+0000⟩\""),
        ] {
            assert_eq!(cell(text), safe, "{text:?}");
        }
    }

    proptest! {
        /// SEC-114
        #[test]
        fn no_cell_begins_with_a_formula_however_it_is_taken_apart(text in hostile()) {
            let cell = cell(&text);
            let inner = cell[1..cell.len() - 1].replace("\"\"", "\u{1}");
            prop_assert!(!inner.contains('"'), "{}", inner);
            for piece in inner.split([',', ';', '\t', '|', '\r', '\n', '\u{1}']) {
                let first = piece.trim_start().chars().next();
                prop_assert!(!first.is_some_and(|first| "=+-@\t\r\0＝＋－＠".contains(first)), "{}", piece);
            }
            prop_assert!(!cell.chars().any(char::is_control));
        }
    }
}
