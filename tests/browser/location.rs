//! The address bar.

use rolegrant::browser::location;
use wasm_bindgen_test::wasm_bindgen_test;

use super::script::{run, text};

#[wasm_bindgen_test]
fn the_base_path_is_the_directory_of_the_script() {
    let origin = "https://host.test";
    for (file, directory) in [
        ("https://host.test/rolegrant-1a2b.js", Some("")),
        ("https://host.test/admin/rolegrant-1a2b.js", Some("/admin")),
        ("https://host.test/a/b/rolegrant.js?x=/y", Some("/a/b")),
        ("https://cdn.test/rolegrant.js", None),
        ("http://host.test/rolegrant.js", None),
        ("https://host.test:8443/rolegrant.js", None),
        ("rolegrant.js", None),
        ("", None),
    ] {
        assert_eq!(location::directory_of(file, origin).as_deref(), directory, "{file}");
    }
}

#[wasm_bindgen_test]
fn the_base_url_ends_with_a_slash() {
    // The test's page names no script.
    assert_eq!(location::base_path(), "");
    assert_eq!(location::base_url(), text("return location.origin + '/'"));
    assert_eq!(location::origin(), text("return location.origin"));
}

#[wasm_bindgen_test]
fn replacing_the_address_leaves_no_trace() {
    // SEC-022
    let before = location::path_and_query();
    run("history.replaceState(null, '', '/?q=1#code=the-code&state=b%20c')");
    assert_eq!(location::fragment(), "code=the-code&state=b%20c");
    let steps = text("return String(history.length)");
    location::replace("/identities?q=a%20b");
    assert_eq!(location::path_and_query(), "/identities?q=a%20b");
    assert_eq!(location::fragment(), "");
    assert!(!text("return location.href").contains('#'));
    assert_eq!(text("return String(history.length)"), steps, "no step back to it");
    location::replace(&before);
}
