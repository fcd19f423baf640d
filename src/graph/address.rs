//! The addresses of Graph: built from typed ids and constants alone (SEC-085), and the check that an address is Graph's.

use url::Url;

/// The version in every path.
const VERSION: &str = "/v1.0/";

/// An address under the version's root. `path` consists of constants and typed ids; values of `query` are encoded here.
pub(super) fn address(origin: &Url, path: &str, query: &[(&str, &str)]) -> Url {
    let mut url = origin.clone();
    url.set_path(&format!("{VERSION}{path}"));
    url.set_fragment(None);
    let pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    url.set_query((!pairs.is_empty()).then(|| pairs.join("&")).as_deref());
    url
}

/// Whether an address may see the token: scheme, host and port are Graph's, it names no user, and its path begins with
/// the version (SEC-080, SEC-081). Both are parsed already, so no spelling can pretend.
pub(super) fn is_graphs(origin: &Url, url: &Url) -> bool {
    url.origin() == origin.origin()
        && url.origin().is_tuple()
        && url.username().is_empty()
        && url.password().is_none()
        && url.path().starts_with(VERSION)
}

/// A text as a string literal of OData: quoted, quotes within doubled.
/// <https://learn.microsoft.com/graph/query-parameters#escaping-single-quotes>
pub fn odata_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A `$search` clause that looks for a text in a property: quoted as a whole, quotes and backslashes within escaped.
/// <https://learn.microsoft.com/graph/search-query-parameter>
pub fn odata_search(property: &str, text: &str) -> String {
    format!("\"{property}:{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Percent-encoding for a query's value; a space is `%20`, which every server reads alike.
fn encode(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~$,'()".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn graph() -> Url {
        Url::parse("https://graph.microsoft.com").unwrap()
    }

    #[test]
    fn builds_readable_addresses() {
        let url = address(&graph(), "servicePrincipals", &[("$filter", "a eq 'b'"), ("$top", "999")]);
        assert_eq!(
            url.as_str(),
            "https://graph.microsoft.com/v1.0/servicePrincipals?$filter=a%20eq%20%27b%27&$top=999"
        );
        let local = Url::parse("http://localhost:8402/ignored?x=1#y").unwrap();
        assert_eq!(address(&local, "organization", &[]).as_str(), "http://localhost:8402/v1.0/organization");
    }

    /// SEC-080, SEC-081
    #[test]
    fn only_graph_itself_is_graph() {
        let own = |url: &str| is_graphs(&graph(), &Url::parse(url).unwrap());
        assert!(own("https://graph.microsoft.com/v1.0/servicePrincipals?$skiptoken=x"));
        assert!(own("HTTPS://GRAPH.Microsoft.com:443/v1.0/a"));
        for foreign in [
            "https://graph.microsoft.com.evil.test/v1.0/a",
            "https://graph.microsoft.com@evil.test/v1.0/a",
            "https://user@graph.microsoft.com/v1.0/a",
            "https://:secret@graph.microsoft.com/v1.0/a",
            "http://graph.microsoft.com/v1.0/a",
            "https://graph.microsoft.com:8443/v1.0/a",
            "https://graph.microsoft.com./v1.0/a",
            "https://graph.microsoft.us/v1.0/a",
            "https://graph.microsoft.com,evil.test/v1.0/a",
            "https://evil.test/https://graph.microsoft.com/v1.0/a",
            "https://evil.test#graph.microsoft.com/v1.0/a",
            "https:evil.test/v1.0/a",
            "https:/\\evil.test/v1.0/a",
            "https://graph-microsoft.com/v1.0/a",
            "https://xn--grph-zoa.microsoft.com/v1.0/a",
            "wss://graph.microsoft.com/v1.0/a",
            "https://graph.microsoft.com/beta/a",
            "https://graph.microsoft.com/v1.0/%2e%2e/beta/a",
            "https://graph.microsoft.com/V1.0/a",
            "https://graph.microsoft.com/v1.0/../beta/a",
            "https://graph.microsoft.com\\@evil.test/v1.0/a",
            "https://graph.microsoft.com/v1.0",
            "data:text/plain,/v1.0/a",
            "blob:https://graph.microsoft.com/v1.0/a",
        ] {
            assert!(!own(foreign), "{foreign}");
        }
    }

    /// SEC-086
    #[test]
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(odata_literal("O'Brien') or (1 eq 1"), "'O''Brien'') or (1 eq 1'");
        assert_eq!(odata_search("displayName", r#"a" OR "b\"#), r#""displayName:a\" OR \"b\\""#);
    }

    /// Reads a literal as OData does; `None` if it ends early.
    fn read_literal(text: &str) -> Option<String> {
        let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
        let mut out = String::new();
        let mut chars = inner.chars();
        while let Some(c) = chars.next() {
            if c == '\'' && chars.next() != Some('\'') {
                return None;
            }
            out.push(c);
        }
        Some(out)
    }

    fn read_search(text: &str) -> Option<String> {
        let inner = text.strip_prefix("\"displayName:")?.strip_suffix('"')?;
        let mut out = String::new();
        let mut chars = inner.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => out.push(chars.next()?),
                '"' => return None,
                c => out.push(c),
            }
        }
        Some(out)
    }

    /// Addresses made of the pieces that attacks are made of.
    fn tricky() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "https:",
            "http:",
            "//",
            "/",
            "\\",
            "graph.microsoft.com",
            "GRAPH.microsoft.com",
            "evil.test",
            "@",
            ":",
            "443",
            ":8443",
            ".",
            "..",
            "%2e%2e",
            "%2f",
            "/v1.0/",
            "/beta/",
            "?",
            "#",
            "\t",
            "\n",
            " ",
            "a",
            "\u{ff0e}",
            "\u{3002}",
        ]);
        prop::collection::vec(piece, 1..9).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        /// SEC-080: by the address as the browser would write it out, which has one spelling for each place.
        #[test]
        fn whatever_the_spelling_only_graph_is_graph(text in tricky(), prefixed: bool) {
            let text = if prefixed { format!("https://graph.microsoft.com{text}") } else { text };
            if let Ok(url) = Url::parse(&text) {
                prop_assert_eq!(is_graphs(&graph(), &url), url.as_str().starts_with("https://graph.microsoft.com/v1.0/"), "{}", url);
            }
        }

        /// SEC-086
        #[test]
        fn literals_and_searches_come_back(text in any::<String>()) {
            prop_assert_eq!(read_literal(&odata_literal(&text)), Some(text.clone()));
            prop_assert_eq!(read_search(&odata_search("displayName", &text)), Some(text));
        }

        /// SEC-086
        #[test]
        fn query_values_come_back(value in any::<String>()) {
            let url = address(&graph(), "servicePrincipals", &[("$filter", &value), ("$top", "1")]);
            let pairs: Vec<_> = url.query_pairs().into_owned().collect();
            prop_assert_eq!(pairs, [("$filter".to_owned(), value), ("$top".to_owned(), "1".to_owned())]);
        }
    }
}
