//! The page to come back to after a sign-in: a path of this deployment and nothing else (SEC-027).

use url::Url;

/// The longest path that is kept; a longer one is no page of ours.
const LONGEST: usize = 4096;

/// The path, with its query, if it stays below the deployment's base path wherever that is; otherwise the start page.
pub fn checked(path: &str) -> &str {
    if is_safe(path) { path } else { "/" }
}

fn is_safe(path: &str) -> bool {
    // `//host` and `/\host` are addresses of other hosts to a browser, which also drops tabs and line feeds.
    let plain = path.starts_with('/')
        && !path.starts_with("//")
        && path.len() <= LONGEST
        && !path.chars().any(|char| char.is_control() || char == '\\' || char == '#');
    plain && stays_below_base(path)
}

/// Dot segments, escaped or not, must not climb out of the deployment's directory.
fn stays_below_base(path: &str) -> bool {
    let address = format!("https://deployment.invalid/base{path}");
    Url::parse(&address).is_ok_and(|url| {
        url.host_str() == Some("deployment.invalid")
            && url.path().strip_prefix("/base/").is_some_and(|rest| !rest.starts_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keeps_the_apps_own_pages() {
        for path in [
            "/",
            "/identities?q=a%20b&sort=name",
            "/identities/1b4e28ba-2fa1-11d2-883f-0016d3cca427?role=a%2Fb",
            "/apis?q=https://contoso.com//x",
            "/?q=..%2f..",
            "/identities/../apis",
            "/identities?q=ä",
        ] {
            assert_eq!(checked(path), path);
        }
    }

    #[test]
    fn falls_back_to_the_start_page() {
        for path in [
            "",
            "identities",
            "//evil.test",
            "//evil.test/identities",
            "/\\evil.test",
            "\\\\evil.test",
            "/\t/evil.test",
            "/\n/evil.test",
            "https://evil.test/",
            "javascript:alert(1)",
            "data:text/html,x",
            "/..",
            "/../other",
            "/identities/../../other",
            "/%2e%2e/other",
            "/.%2E/other",
            "/.//evil.test",
            "/#code=x",
            "/identities\0",
            " /identities",
            "@evil.test/",
            ":80/",
        ] {
            assert_eq!(checked(path), "/", "{path:?}");
        }
        assert_eq!(checked(&format!("/{}", "a".repeat(LONGEST))), "/");
    }

    proptest! {
        /// Whatever is kept, a browser that resolves it behind any base path stays on the origin and below that path.
        #[test]
        fn never_leaves_the_deployment(path in "[/\\\\.:@#?a%2eE5cC\t\n ]{0,24}|\\PC{0,24}") {
            let kept = checked(&path);
            for base in ["", "/admin", "/a/b"] {
                let page = Url::parse(&format!("https://host.test{base}/deep/link")).unwrap();
                let url = page.join(&format!("{base}{kept}")).unwrap();
                prop_assert_eq!(url.origin(), page.origin());
                prop_assert!(url.path().starts_with(&format!("{base}/")), "{}", url);
                prop_assert!(url.fragment().is_none());
            }
        }
    }
}
