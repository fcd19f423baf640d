//! What index.html refers to, and what must not be in it. It reads the page that `publish` makes, not any page.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha384};

/// A script, a style or another file that the page loads.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) address: String,
    pub(super) integrity: Option<String>,
}

impl Reference {
    /// Whether the bytes are the ones that the page was published with.
    pub(super) fn fits(&self, bytes: &[u8]) -> bool {
        self.integrity.as_deref() == Some(&format!("sha384-{}", STANDARD.encode(Sha384::digest(bytes))))
    }
}

/// Every file that the page loads.
pub(super) fn references(html: &str) -> Vec<Reference> {
    let attribute = |tag: &Tag<'_>, name: &str| {
        tag.attributes.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned())
    };
    let loads = tags(html).into_iter().filter_map(|tag| {
        let address = match tag.name {
            "link" => attribute(&tag, "href"),
            "script" | "img" | "iframe" => attribute(&tag, "src"),
            _ => None,
        };
        Some(Reference { address: address?, integrity: attribute(&tag, "integrity") })
    });
    loads.collect()
}

/// What a script of the app fetches later; it names each file with its hash, as the page does.
pub(super) fn fetched_later(script: &str) -> Vec<Reference> {
    let calls = script.split("fetch(new URL(\"./").skip(1).filter_map(|call| {
        let (address, rest) = call.split_once('"')?;
        let integrity = rest.split_once("integrity: \"").and_then(|(_, rest)| rest.split_once('"'));
        Some(Reference { address: address.to_owned(), integrity: integrity.map(|(hash, _)| hash.to_owned()) })
    });
    calls.collect()
}

/// Scripts, styles and handlers within the page itself, which the policy would stop.
pub(super) fn inline(html: &str) -> Vec<String> {
    let bad = tags(html).into_iter().filter(|tag| {
        let has = |wanted: &str| tag.attributes.iter().any(|(name, _)| *name == wanted);
        (tag.name == "script" && !has("src"))
            || tag.name == "style"
            || has("style")
            || tag.attributes.iter().any(|(name, _)| name.starts_with("on"))
    });
    bad.map(|tag| format!("there is something inline in the page: <{}>", tag.name)).collect()
}

/// The page's own policy, in its `<meta>` element.
pub(super) fn policy(html: &str) -> Option<String> {
    let says = |tag: &Tag<'_>, wanted: (&str, &str)| tag.attributes.contains(&wanted);
    let meta = tags(html).into_iter().find(|tag| says(tag, ("http-equiv", "Content-Security-Policy")))?;
    meta.attributes.iter().find(|(name, _)| *name == "content").map(|(_, value)| (*value).to_owned())
}

struct Tag<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
}

fn tags(html: &str) -> Vec<Tag<'_>> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let length = after.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(after.len());
        let (name, mut inside) = after.split_at(length);
        let mut attributes = Vec::new();
        loop {
            inside = inside.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            let length = inside.find(|c: char| c.is_whitespace() || "=>/".contains(c)).unwrap_or(inside.len());
            let (attribute, after) = inside.split_at(length);
            if attribute.is_empty() {
                break;
            }
            let quoted = after.strip_prefix("=\"").and_then(|after| after.split_once('"'));
            attributes.push((attribute, quoted.map_or("", |(value, _)| value)));
            inside = quoted.map_or_else(|| after.trim_start_matches('='), |(_, after)| after);
        }
        found.push(Tag { name, attributes });
        rest = inside;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_with_their_hashes() {
        let html = r#"<!-- <script src="no.js"> --><link rel="icon" href="/a.svg" integrity="sha384-x"/>
            <script src="/b.js" type="module"></script><p class="x">1 < 2</p>"#;
        let found = references(html);
        let pairs: Vec<_> = found.iter().map(|it| (it.address.as_str(), it.integrity.as_deref())).collect();
        assert_eq!(pairs, [("/a.svg", Some("sha384-x")), ("/b.js", None)]);
    }

    #[test]
    fn what_a_script_fetches_is_found_with_its_hash() {
        let script = r#"const a = fetch(new URL("./b.wasm", import.meta.url), { integrity: "sha384-x" }); fetch(c)"#;
        let expected = Reference { address: "b.wasm".to_owned(), integrity: Some("sha384-x".to_owned()) };
        assert_eq!(fetched_later(script), [expected]);
    }

    #[test]
    fn a_flipped_byte_does_not_fit() {
        let hash = "sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb";
        let reference = Reference { address: "a".to_owned(), integrity: Some(hash.to_owned()) };
        assert!(reference.fits(b""));
        assert!(!reference.fits(b"\x01"));
        assert!(!Reference { address: "a".to_owned(), integrity: None }.fits(b""));
    }

    #[test]
    fn what_is_inline_is_found_and_our_own_page_has_none() {
        assert_eq!(inline("<script>alert(1)</script><p style=\"x\" class=y><b onclick=\"z\"><style>").len(), 4);
        let page = std::fs::read_to_string(crate::process::root().join("index.html")).unwrap();
        assert_eq!(inline(&page), Vec::<String>::new());
        assert_eq!(policy(&page).unwrap(), hosting::policy::meta(hosting::policy::ANYWHERE));
    }
}
