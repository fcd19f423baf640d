//! The files: which address is one, what each is labelled as, how long it lives.

/// Never kept: the page that names all other files, the settings, and whatever is not there.
pub const NO_STORE: &str = "no-store";
/// Kept for good: the name holds a hash of the content.
pub const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Kept, but asked for again.
pub const REVALIDATE: &str = "no-cache";

/// Endings of names and the media types that belong to them. Text says that it is UTF-8.
pub const TYPES: [(&str, &str); 12] = [
    ("css", "text/css; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/x-icon"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("webmanifest", "application/manifest+json"),
    ("woff2", "font/woff2"),
];

/// Endings of the files whose names hold a hash once they are published.
pub(crate) const HASHED: [&str; 4] = ["css", "js", "svg", "wasm"];

/// Whether a path names a file: its last part has a dot in it. Everything else is a page of the app, and is answered
/// with `index.html`.
pub fn is_file(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.contains('.'))
}

/// The media type of a file.
pub fn media_type(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    TYPES.iter().find(|(known, _)| *known == ending).map_or("application/octet-stream", |(_, media_type)| media_type)
}

/// The `Cache-Control` of a file that is there. What is missing gets [`NO_STORE`].
pub fn lifetime(name: &str) -> &'static str {
    match name.rsplit('/').next().unwrap_or_default() {
        "" | "index.html" | "config.json" => NO_STORE,
        name if is_hashed(name) => IMMUTABLE,
        _ => REVALIDATE,
    }
}

/// `rolegrant-1a2b3c4d5e6f7a8b_bg.wasm`: `cargo xtask` puts a dash and sixteen hexadecimal digits into the name.
fn is_hashed(name: &str) -> bool {
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    let stem = stem.strip_suffix("_bg").unwrap_or(stem);
    let Some((_, hash)) = stem.rsplit_once('-') else { return false };
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    HASHED.contains(&ending) && hash.len() == 16 && hash.bytes().all(digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_hash_in_its_name_lives_for_good_and_nothing_else() {
        for name in ["/app-0123456789abcdef_bg.wasm", "boot-b407dc0be671594e.js", "/a/b/tokens-e3e1cc1453712868.css"] {
            assert_eq!(lifetime(name), IMMUTABLE, "{name}");
        }
        for name in
            ["boot.js", "favicon-svg.svg", "a-0123456789ABCDEF.js", "a-0123456789abcdef.json", "0123456789abcdef.js"]
        {
            assert_eq!(lifetime(name), REVALIDATE, "{name}");
        }
        for name in ["/", "/index.html", "/config.json"] {
            assert_eq!(lifetime(name), NO_STORE, "{name}");
        }
    }

    #[test]
    fn pages_are_told_from_files() {
        assert!(["/a.js", "/x/config.json", "/.env"].into_iter().all(is_file));
        assert!(!["/", "/identities/0e2a", "/a.b/c"].into_iter().any(is_file));
    }

    #[test]
    fn text_says_its_charset_and_wasm_is_wasm() {
        // SEC-160
        assert_eq!(media_type("/a/b.wasm"), "application/wasm");
        assert_eq!(media_type("index.html"), "text/html; charset=utf-8");
        assert_eq!(media_type("notes"), "application/octet-stream");
        for (ending, media_type) in TYPES {
            assert!(!media_type.starts_with("text/") || media_type.ends_with("; charset=utf-8"), "{ending}");
        }
    }
}
