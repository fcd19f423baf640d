//! The rules of the house that a compiler does not hold: which module may name what, and where secrets may go.
//! ARCHITECTURE.md says why each one is there. They are held on the source text, so a breach is named by file and line.
//!
//! Each rule is a function from sources to breaches, and is itself tested on a source that breaks it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file of Rust, taken apart: what the compiler reads, without comments and without the insides of strings; and the
/// strings. Both keep the line numbers.
struct Source {
    name: String,
    code: String,
    strings: Vec<(usize, String)>,
}

impl Source {
    fn new(name: &str, text: &str) -> Self {
        let (code, strings) = taken_apart(text);
        Self { name: name.to_owned(), code, strings }
    }

    /// Every Rust file below a folder of the repository, or the one file.
    fn below(path: &str) -> Vec<Self> {
        let mut found = Vec::new();
        for file in files(&root().join(path), "rs") {
            let name = file.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            found.push(Self::new(&name, &fs::read_to_string(&file).unwrap()));
        }
        assert!(!found.is_empty(), "there is no source below {path}: the rule would hold for nothing");
        found
    }

    /// The lines on which one of these words stands as a word of its own.
    fn naming(&self, words: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for (number, line) in self.code.lines().enumerate() {
            for word in words {
                if words_of(line).any(|other| other == *word) {
                    found.push(format!("{}:{} names {word}", self.name, number + 1));
                }
            }
        }
        found
    }

    /// The lines on which this stands, whatever is around it.
    fn containing(&self, part: &str) -> Vec<String> {
        let lines = self.code.lines().enumerate().filter(|(_, line)| line.contains(part));
        lines.map(|(number, _)| format!("{}:{} has {part}", self.name, number + 1)).collect()
    }
}

fn words_of(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn files(path: &Path, extension: &str) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() || path.extension().is_some_and(|it| it == extension) {
            found.extend(files(&path, extension));
        }
    }
    found.sort();
    found
}

/// A lexer for as much of Rust as it takes to tell code, comments and strings apart.
fn taken_apart(text: &str) -> (String, Vec<(usize, String)>) {
    let mut code = String::new();
    let mut strings = Vec::new();
    let mut line = 1;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some((open, content, all)) = string(rest, code.chars().next_back()) {
            strings.push((line, rest[open..content].to_owned()));
            code.push_str("\"\"");
            all
        } else if let Some(length) = character(rest) {
            code.push_str("' '");
            length
        } else {
            code.push(c);
            line += usize::from(c == '\n');
            rest = &rest[c.len_utf8()..];
            continue;
        };
        let (skipped, left) = rest.split_at(length);
        for _ in skipped.matches('\n') {
            code.push('\n');
            line += 1;
        }
        rest = left;
    }
    (code, strings)
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += text[at..].chars().next().unwrap().len_utf8();
        }
    }
    at
}

/// Where the content of a string literal begins and ends, and where the literal ends.
fn string(text: &str, before: Option<char>) -> Option<(usize, usize, usize)> {
    if !before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
        let prefix = ["br", "cr", "r"].into_iter().find(|prefix| text.starts_with(prefix));
        let after = &text[prefix.map_or(0, str::len)..];
        let hashes = after.len() - after.trim_start_matches('#').len();
        if let (Some(prefix), true) = (prefix, after[hashes..].starts_with('"')) {
            let open = prefix.len() + hashes + 1;
            let close = format!("\"{}", "#".repeat(hashes));
            let content = open + text[open..].find(&close)?;
            return Some((open, content, content + close.len()));
        }
    }
    if !text.starts_with('"') {
        return None;
    }
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some((1, at, at + 1)),
            _ => {}
        }
    }
    None
}

/// The length of a character literal; a lifetime is none.
fn character(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    let first = inside.chars().next()?;
    if first == '\\' {
        return Some(text[3..].find('\'')? + 4);
    }
    inside[first.len_utf8()..].starts_with('\'').then_some(first.len_utf8() + 2)
}

fn none(breaches: Vec<String>) {
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

// --- 1. What is tested on the host reaches the outside through http::Transport and http::Clock alone ----------------

const PURE: [&str; 7] =
    ["src/directory", "src/plan", "src/graph", "src/auth", "src/http.rs", "src/config.rs", "src/cloud.rs"];

fn outside(source: &Source) -> Vec<String> {
    let mut breaches = source.naming(&[
        "leptos",
        "leptos_router",
        "reactive_stores",
        "web_sys",
        "js_sys",
        "wasm_bindgen",
        "wasm_bindgen_futures",
        "SystemTime",
        "Instant",
    ]);
    for module in ["app", "browser", "components", "pages", "sign_in", "tenant"] {
        breaches.extend(source.containing(&format!("crate::{module}::")));
    }
    for module in ["net", "fs", "process", "thread"] {
        breaches.extend(source.containing(&format!("std::{module}")));
    }
    breaches
}

#[test]
fn the_pure_modules_know_no_browser() {
    none(PURE.iter().flat_map(|path| Source::below(path)).flat_map(|source| outside(&source)).collect());
}

#[test]
fn the_directory_knows_nothing_of_how_it_is_had() {
    let modules = ["auth", "config", "graph", "http", "plan"];
    let breaches = |source: Source| modules.map(|module| source.containing(&format!("crate::{module}")));
    none(Source::below("src/directory").into_iter().flat_map(breaches).flatten().collect());
}

#[test]
fn a_pure_module_that_knows_the_browser_is_found() {
    let bad = Source::new("x.rs", "// leptos is fine here\nlet s = \"web_sys\";\nuse web_sys::Window;\n");
    assert_eq!(outside(&bad), ["x.rs:3 names web_sys"]);
    assert_eq!(outside(&Source::new("x.rs", "use crate::browser::clock;")).len(), 1);
    assert_eq!(outside(&Source::new("x.rs", "let t = std::time::Instant::now();")).len(), 1);
}

// --- 2. Only browser/ names web_sys or js_sys -----------------------------------------------------------------------

fn browser_names(source: &Source) -> Vec<String> {
    if source.name.starts_with("src/browser/") {
        return Vec::new();
    }
    source.naming(&["web_sys", "js_sys", "wasm_bindgen_futures"])
}

#[test]
fn only_the_browser_module_names_the_browser() {
    none(Source::below("src").iter().flat_map(browser_names).collect());
}

#[test]
fn a_page_that_names_the_browser_is_found() {
    let text = "use leptos::web_sys::Window;";
    assert_eq!(browser_names(&Source::new("src/pages/x.rs", text)).len(), 1);
    assert!(browser_names(&Source::new("src/browser/x.rs", text)).is_empty());
}

// --- 3. Only graph::client attaches an Authorization header ---------------------------------------------------------

fn authorization(source: &Source) -> Vec<String> {
    if source.name == "src/graph/client.rs" {
        return Vec::new();
    }
    let mut breaches = source.naming(&["AUTHORIZATION", "bearer_auth"]);
    for (line, text) in &source.strings {
        // What a server demands begins with the same word: its tests quote it.
        let token = text.to_ascii_lowercase().starts_with("bearer ") && source.name != "src/auth/challenge.rs";
        if token || text.eq_ignore_ascii_case("authorization") {
            breaches.push(format!("{}:{line} has the string {text:?}", source.name));
        }
    }
    breaches
}

#[test]
fn only_the_client_attaches_a_token() {
    none(Source::below("src").iter().flat_map(authorization).collect());
    let client = Source::new("client.rs", &read("src/graph/client.rs"));
    assert!(!authorization(&client).is_empty(), "graph/client.rs attaches none: this test looks for the wrong words");
}

#[test]
fn a_second_place_that_attaches_a_token_is_found() {
    let bad = Source::new("src/graph/page.rs", "headers.push((\"Authorization\".into(), format!(\"Bearer {t}\")));");
    assert_eq!(authorization(&bad).len(), 2);
    assert!(authorization(&Source::new("src/x.rs", "// Authorization\nlet a = \"authorize\";")).is_empty());
}

// --- 4. No token, code or verifier can be printed or stored by accident ----------------------------------------------

/// Types by whose name one knows that a secret is in them.
fn is_secret(name: &str) -> bool {
    let holds = ["Token", "Secret", "Verifier", "AuthorizationCode"].iter().any(|part| name.contains(part));
    let speaks_of = ["Error", "Problem", "Source", "Kind", "Refusal", "Endpoint"].iter().any(|end| name.ends_with(end));
    holds && !speaks_of
}

fn printable_secrets(source: &Source) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut derives = String::new();
    for (number, line) in source.code.lines().enumerate() {
        let line = line.trim();
        if line.starts_with("#[derive(") {
            derives = line.to_owned();
        } else if !derives.is_empty() && !derives.contains(")]") {
            derives.push_str(line);
        }
        let words: Vec<&str> = words_of(line).filter(|word| !word.is_empty()).collect();
        let declared = words.iter().position(|word| matches!(*word, "struct" | "enum"));
        if let Some(name) = declared.and_then(|at| words.get(at + 1)) {
            let shows = ["Debug", "Display", "Serialize"];
            for shown in shows.iter().filter(|shown| words_of(&derives).any(|word| word == **shown)) {
                if is_secret(name) {
                    breaches.push(format!("{}:{} lets {name} derive {shown}", source.name, number + 1));
                }
            }
            derives.clear();
        }
        let implements = words.first() == Some(&"impl");
        if let (true, Some(at)) = (implements, words.iter().position(|word| *word == "for")) {
            let shows = words[..at].iter().any(|word| matches!(*word, "Display" | "Serialize" | "LowerHex"));
            if let (true, Some(name)) = (shows, words[at + 1..].iter().find(|word| is_secret(word))) {
                breaches.push(format!("{}:{} makes {name} readable", source.name, number + 1));
            }
        }
    }
    breaches
}

#[test]
fn secrets_are_not_printable() {
    none(Source::below("src").iter().flat_map(printable_secrets).collect());
}

#[test]
fn a_printable_secret_is_found() {
    let found = |text| printable_secrets(&Source::new("x.rs", text)).len();
    assert_eq!(found("#[derive(Clone, Debug)]\npub struct AccessToken(String);"), 1);
    assert_eq!(found("#[derive(\n  Clone,\n  Serialize,\n)]\nstruct RefreshToken(String);"), 1);
    assert_eq!(found("impl fmt::Display for CodeVerifier {"), 1);
    assert_eq!(found("#[derive(Debug)]\npub enum TokenError { A }\n#[derive(Clone)]\nstruct AccessToken;"), 0);
    assert_eq!(found("impl fmt::Debug for AccessToken {"), 0);
}

// --- 5. The emulator and the app share nothing ----------------------------------------------------------------------

fn depends_on(manifest: &str, name: &str) -> bool {
    let lines = manifest.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let dependency = |line: &str| line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with(['=', '.']));
    let mut table = String::new();
    for line in lines {
        if line.starts_with('[') {
            table = line.to_owned();
            if table.contains("dependencies.") && table.trim_end_matches(']').ends_with(&format!(".{name}")) {
                return true;
            }
        } else if table.contains("dependencies") && dependency(line) {
            return true;
        }
    }
    false
}

#[test]
fn the_emulator_and_the_app_share_nothing() {
    assert!(!depends_on(&read("emulator/Cargo.toml"), "rolegrant"));
    assert!(!depends_on(&read("hosting/Cargo.toml"), "rolegrant"));
    assert!(!depends_on(&read("tests/e2e/Cargo.toml"), "rolegrant"));
    assert!(!depends_on(&read("Cargo.toml"), "emulator"));
    let shared = |source: Source| {
        let mut breaches = source.containing("include!(");
        breaches.extend(
            source
                .strings
                .iter()
                .filter(|(_, text)| text.contains("../src/"))
                .map(|(line, text)| format!("{}:{line} reaches into the app: {text}", source.name)),
        );
        breaches
    };
    none(Source::below("emulator/src").into_iter().flat_map(shared).collect());
}

#[test]
fn a_shared_crate_is_found() {
    assert!(depends_on("[dependencies]\nrolegrant = { path = \"..\" }", "rolegrant"));
    assert!(depends_on("[dev-dependencies]\nrolegrant.workspace = true", "rolegrant"));
    assert!(depends_on("[dependencies.rolegrant]\npath = \"..\"", "rolegrant"));
    assert!(!depends_on("[package]\nname = \"rolegrant-x\"\nrolegrant = 1", "rolegrant"));
}

// --- 7. The strict content security policy can hold -----------------------------------------------------------------

/// Markup from data, or a style attribute: the policy would stop it, or should have.
fn inline(source: &Source) -> Vec<String> {
    let mut breaches =
        source.naming(&["inner_html", "set_inner_html", "outer_html", "insert_adjacent_html", "InnerHtml"]);
    for (number, line) in source.code.lines().enumerate() {
        // In a view an attribute follows a space and has none before its `=`; a variable is set with spaces around it.
        if line.trim_start().starts_with("style=") || line.contains(" style=") {
            breaches.push(format!("{}:{} has a style attribute: style:property= is the way", source.name, number + 1));
        }
    }
    breaches
}

fn inline_in_page(html: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    let html: String = html.split("<!--").map(|part| part.split_once("-->").map_or(part, |(_, after)| after)).collect();
    for tag in html.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag.to_lowercase()) {
        let mut words = tag.split_whitespace();
        let name = words.next().unwrap_or_default();
        let attributes: Vec<&str> = words.collect();
        let has = |start: &str| attributes.iter().any(|attribute| attribute.starts_with(start));
        if name == "style" || name == "base" || (name == "script" && !has("src=")) {
            breaches.push(format!("<{tag}>"));
        }
        if has("style=") || has("on") {
            breaches.push(format!("an inline style or handler in <{tag}>"));
        }
    }
    breaches
}

#[test]
fn nothing_is_inline() {
    none(Source::below("src").iter().flat_map(inline).collect());
    none(inline_in_page(&read("index.html")));
    let boot = read("boot.js");
    for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", ".style."] {
        assert!(!boot.contains(word), "boot.js uses {word}");
    }
}

#[test]
fn the_policy_of_the_page_is_strict() {
    let page = read("index.html");
    let (_, policy) = page.split_once("Content-Security-Policy\" content=\"").unwrap();
    let (policy, _) = policy.split_once('"').unwrap();
    assert!(policy.starts_with("default-src 'none';"));
    for hole in ["'unsafe-inline'", "'unsafe-eval'", "*;", "data: ", "blob:"] {
        let policy = policy.replace("img-src 'self' data:", "").replace("http://localhost:*", "");
        assert!(!policy.contains(hole), "the policy allows {hole}");
    }
}

#[test]
fn inline_parts_are_found() {
    assert_eq!(inline(&Source::new("x.rs", "view! { <p style=\"color: red\" inner_html=text></p> }")).len(), 2);
    assert!(inline(&Source::new("x.rs", "let style = 1; view! { <p style:height=h></p> }")).is_empty());
    assert_eq!(inline_in_page("<script>alert(1)</script>").len(), 1);
    assert_eq!(inline_in_page("<p onclick=\"x()\" style=\"y\">").len(), 1);
    assert!(inline_in_page("<!-- <script> --><script src=\"a.js\"></script>").is_empty());
}

// --- What data may not become --------------------------------------------------------------------------------------

/// Links and ids that are made of something else than addresses and ids of the app's own.
fn from_data(source: &Source) -> Vec<String> {
    let own_links = ["link_to(", "browser::location::", "\"\"", "href)"];
    // Ids that are GUIDs, positions, and a record's time with its digest.
    let own_ids =
        ["\"\"", "id)", "id.clone()", "box_id", "text_id", "input_id", "list_id", "option_id(", "link_id(", "note_id)"];
    let mut breaches = Vec::new();
    for (number, line) in source.code.lines().enumerate() {
        let strings = || source.strings.iter().filter(|(at, _)| *at == number + 1);
        for (name, own) in [("href", &own_links[..]), ("id", &own_ids[..])] {
            if !strings().any(|(_, text)| text == name) {
                continue;
            }
            for value in line.split("attr(\"\", ").skip(1) {
                let constant =
                    words_of(value).next().is_some_and(|word| !word.is_empty() && word == word.to_uppercase());
                if !constant && !own.iter().any(|own| value.starts_with(own)) && strings().count() == 1 {
                    breaches.push(format!("{}:{} makes an {name} of {value}", source.name, number + 1));
                }
            }
        }
    }
    breaches
}

/// SEC-112, SEC-113
#[test]
fn no_link_and_no_id_is_made_of_data() {
    let sources: Vec<_> = ["src/components", "src/pages"].iter().flat_map(|path| Source::below(path)).collect();
    none(sources.iter().flat_map(from_data).collect());
    assert_eq!(from_data(&Source::new("x.rs", "el(\"a\").child(1)\n.attr(\"href\", api.homepage.clone())")).len(), 1);
    assert_eq!(from_data(&Source::new("x.rs", "\n.attr(\"id\", role.value.clone())")).len(), 1);
    assert!(from_data(&Source::new("x.rs", "\n.attr(\"id\", FRAME)")).is_empty(), "a constant");
    // The one address that is put together there: the admin center's, of a constant and two GUIDs.
    let identity = Source::new("x.rs", &read("src/pages/identity.rs"));
    let hrefs = identity.strings.iter().filter(|(_, text)| text.starts_with("{center}/")).count();
    assert_eq!(hrefs, 1);
    // What opens another site gives it no way back.
    let all = sources.iter().flat_map(|source| source.strings.iter());
    let (mut outside, mut closed) = (0, 0);
    for (_, text) in all {
        outside += usize::from(text == "_blank");
        closed += usize::from(text == "noopener noreferrer");
    }
    assert_eq!(outside, closed);
}

/// SEC-117: a search is no regular expression.
#[test]
fn what_is_not_there_needs_no_guard() {
    for name in ["regex", "regex-lite", "regex-automata"] {
        assert!(!depends_on(&read("Cargo.toml"), name), "the app depends on {name}");
    }
}

// --- The reader of sources itself -----------------------------------------------------------------------------------

#[test]
fn code_comments_and_strings_are_told_apart() {
    let text = "let a = \"x // y\"; // z\n/* b /* c */ */ let d: &'static str = r#\"e \"f\" g\"#;\nlet h = '\"'; let i = '\\'';\n\"j\"";
    let (code, strings) = taken_apart(text);
    assert_eq!(code, "let a = \"\"; \n let d: &'static str = \"\";\nlet h = ' '; let i = ' ';\n\"\"");
    let strings: Vec<_> = strings.iter().map(|(line, text)| (*line, text.as_str())).collect();
    assert_eq!(strings, [(1, "x // y"), (2, "e \"f\" g"), (4, "j")]);
}
