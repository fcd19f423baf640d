//! The table in SECURITY.md is true: every requirement stands in it once, every file and every test that it names is
//! there, and no number is mentioned anywhere that is none.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use std::{
    collections::BTreeSet,
    fs,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

/// The requirements, by their numbers.
const KNOWN: [RangeInclusive<u16>; 9] =
    [1..=12, 20..=30, 40..=47, 60..=71, 80..=94, 110..=117, 130..=134, 150..=163, 165..=165];

/// How a line without a test begins, so that nobody can overlook that it has none.
const WITHOUT_TEST: [&str; 3] = ["Does not apply: ", "Not held: ", "Not held by a test: "];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn known(number: u16) -> bool {
    KNOWN.iter().any(|range| range.contains(&number))
}

/// A line of the table.
struct Row {
    number: u16,
    held: String,
    proof: String,
}

fn rows(page: &str) -> Vec<Row> {
    let lines = page.lines().filter(|line| line.starts_with("| SEC-"));
    lines
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [number, _, held, proof] = cells[..] else { panic!("not four cells: {line}") };
            let number = number.strip_prefix("SEC-").and_then(|digits| digits.parse().ok());
            Row { number: number.unwrap(), held: held.to_owned(), proof: proof.to_owned() }
        })
        .collect()
}

/// The texts between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// What is wrong with a line, seen from a folder.
fn untrue(row: &Row, root: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut complain = |what: String| wrong.push(format!("SEC-{:03}: {what}", row.number));
    for place in quoted(&row.held) {
        if !root.join(place).exists() {
            complain(format!("there is no {place}"));
        }
    }
    let tests: Vec<_> = quoted(&row.proof).filter_map(|name| name.split_once("::")).collect();
    let is_excused = WITHOUT_TEST.iter().any(|beginning| row.proof.starts_with(beginning));
    if tests.is_empty() != is_excused {
        complain("neither a test nor the reason for none, or both".to_owned());
    }
    for (file, test) in tests {
        let text = fs::read_to_string(root.join(file)).unwrap_or_default();
        if !is_test(&text, test) {
            complain(format!("{file} has no test {test}"));
        }
    }
    wrong
}

/// Whether a function of this name stands below an attribute that makes it a test, or within `proptest!`.
fn is_test(text: &str, name: &str) -> bool {
    let Some((before, _)) = text.split_once(&format!("fn {name}(")) else { return false };
    let attribute = before.trim_end_matches("async ").trim_end().rsplit("#[").next().unwrap_or_default();
    // Between the two there may be further attributes, and nothing else that begins with one.
    attribute.starts_with("test]")
        || attribute.starts_with("tokio::test]")
        || attribute.starts_with("wasm_bindgen_test]")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

#[test]
fn every_requirement_stands_in_the_table_once() {
    let mut numbers: Vec<_> = rows(&read("SECURITY.md")).iter().map(|row| row.number).collect();
    let expected: Vec<_> = (1..=999).filter(|number| known(*number)).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, expected);
}

#[test]
fn every_file_and_every_test_in_the_table_is_there() {
    let untrue: Vec<_> = rows(&read("SECURITY.md")).iter().flat_map(|row| untrue(row, &root())).collect();
    assert!(untrue.is_empty(), "\n{}\n", untrue.join("\n"));
}

#[test]
fn every_number_that_is_mentioned_is_a_requirements() {
    let mut unknown = BTreeSet::new();
    let mut seen = 0;
    for file in sources(&root()) {
        let text = fs::read_to_string(&file).unwrap_or_default();
        for mention in text.split("SEC-").skip(1) {
            let digits: String = mention.chars().take_while(char::is_ascii_digit).collect();
            if let Ok(number) = digits.parse() {
                seen += 1;
                if !known(number) {
                    unknown.insert(format!("{} mentions SEC-{digits}", file.display()));
                }
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
    assert!(seen > 200, "only {seen} mentions were found: this test looks in the wrong places");
}

/// The files that people write, but for this one.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "node_modules", "dist"].contains(&name.as_str()) {
                found.extend(sources(&path));
            }
        } else if [".rs", ".js", ".mjs", ".html", ".css", ".md", ".toml", ".conf", ".json"]
            .iter()
            .any(|end| name.ends_with(end))
            && name != "security_table.rs"
        {
            found.push(path);
        }
    }
    found
}

#[test]
fn an_untrue_line_is_found() {
    let complaints = |line: &str| rows(line).iter().flat_map(|row| untrue(row, &root())).count();
    let this = "`tests/security_table.rs::an_untrue_line_is_found`";
    assert_eq!(complaints(&format!("| SEC-001 | x | `src/lib.rs` | {this} |")), 0);
    assert_eq!(complaints("| SEC-001 | x | - | Does not apply: `x::y` is none. |"), 2);
    assert_eq!(complaints(&format!("| SEC-001 | x | `src/nowhere.rs` | {this} |")), 1);
    assert_eq!(complaints("| SEC-001 | x | - | `tests/security_table.rs::rows` |"), 1, "a function, but no test");
    assert_eq!(complaints("| SEC-001 | x | - | `tests/security_table.rs::nobody` |"), 1);
    assert_eq!(complaints("| SEC-001 | x | - | some words |"), 1);
    assert!(!known(0) && !known(13) && !known(164) && known(165));
}
