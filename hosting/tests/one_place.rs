//! The policy that is written down elsewhere is the one that is said here.
#![allow(clippy::unwrap_used, reason = "a test that panics says where")]

use hosting::{Site, nginx, policy, static_web_apps};
use std::fs;

const GLOBAL: (&str, &str) = ("https://login.microsoftonline.com", "https://graph.microsoft.com");

fn read(path: &str) -> String {
    fs::read_to_string(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// SEC-152: a fallback for hosts that cannot send headers, before anything that it is to govern.
#[test]
fn the_page_carries_the_same_policy_but_for_what_meta_cannot_say() {
    let page = read("index.html");
    let (before, after) = page.split_once("<meta http-equiv=\"Content-Security-Policy\" content=\"").unwrap();
    assert_eq!(after.split_once('"').unwrap().0, policy::meta(policy::ANYWHERE));
    assert!(!before.contains("<link") && !before.contains("<script"), "the policy comes too late");
}

/// SEC-150, SEC-153, SEC-154.
#[test]
fn the_policy_has_no_hole() {
    let header = policy::header(&Site::published(GLOBAL.0, GLOBAL.1));
    let sources = |directive: &str| {
        let found = header.split("; ").find_map(|entry| entry.strip_prefix(directive)?.strip_prefix(' '));
        found.unwrap_or_default().split(' ').map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(sources("default-src"), ["'none'"]);
    assert_eq!(sources("script-src"), ["'self'", "'wasm-unsafe-eval'"]);
    assert_eq!(sources("style-src"), ["'self'"]);
    assert_eq!(sources("connect-src"), ["'self'", GLOBAL.0, GLOBAL.1]);
    assert_eq!(sources("frame-ancestors"), ["'none'"]);
    for hole in ["'unsafe-inline'", "'unsafe-eval'", "'strict-dynamic'", "nonce-", "*", "https: ", "https:;", "blob:"] {
        assert!(!header.contains(hole), "{hole} in {header}");
    }
}

/// What a published site says, localhost must not: browsers would keep it in mind for all that answers there.
#[test]
fn https_for_good_is_for_published_sites() {
    let local = Site { published: false, ..Site::published("http://localhost:1", "http://localhost:2") };
    assert!(!local.headers().iter().any(|(name, _)| *name == "Strict-Transport-Security"));
    assert!(!policy::header(&local).contains("upgrade-insecure-requests"));
    assert!(
        policy::header(&Site::published("https://a.example", "https://b.example"))
            .contains("upgrade-insecure-requests")
    );
}

/// The examples in `deploy/` are what `cargo xtask dist --config` writes for the global cloud. To write them anew:
/// `HOSTING_BLESS=1 cargo test -p hosting`.
#[test]
fn the_examples_are_what_is_written_today() {
    let site = Site::published(GLOBAL.0, GLOBAL.1);
    let examples = [
        ("deploy/nginx.conf", nginx::site(&site, "/", &nginx::Machine::default())),
        ("deploy/staticwebapp.config.json", static_web_apps::config(&site, "/").unwrap()),
    ];
    for (path, text) in examples {
        if std::env::var_os("HOSTING_BLESS").is_some() {
            fs::write(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR")), &text).unwrap();
        }
        assert_eq!(read(path), text, "{path}");
    }
}

#[test]
fn below_another_path_the_rest_of_the_origin_has_nothing() {
    let site = Site::published(GLOBAL.0, GLOBAL.1);
    let config = nginx::site(&site, "/roles/", &nginx::Machine::default());
    assert!(config.contains("location /roles/ {\n        try_files /roles/index.html =404;"));
    assert!(config.contains("location / {\n        return 404;"));
    let config = static_web_apps::config(&site, "/roles/").unwrap();
    assert!(config.contains("\"rewrite\": \"/roles/index.html\"") && config.contains("\"route\": \"/roles/*.{css,"));
}
