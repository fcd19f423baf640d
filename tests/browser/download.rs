//! A text saved as a file.

use rolegrant::browser::download;
use wasm_bindgen_test::wasm_bindgen_test;

use super::script::{run, text, wait};

#[wasm_bindgen_test]
async fn a_text_becomes_a_file_of_that_name_and_the_address_is_given_back() {
    run("globalThis.saved = []; globalThis.blobs = []; globalThis.revoked = [];
         globalThis.realUrl = { create: URL.createObjectURL, revoke: URL.revokeObjectURL };
         URL.createObjectURL = (blob) => { globalThis.blobs.push(blob); return globalThis.realUrl.create(blob); };
         URL.revokeObjectURL = (url) => { globalThis.revoked.push(url); globalThis.realUrl.revoke(url); };
         globalThis.realClick = HTMLElement.prototype.click;
         HTMLElement.prototype.click = function () { globalThis.saved.push([this.download, this.href]); }");
    download::save("rolegrant-receipt.csv", "text/csv", "\u{FEFF}\"ä\"\r\n");
    run("HTMLElement.prototype.click = globalThis.realClick;
         URL.createObjectURL = globalThis.realUrl.create; URL.revokeObjectURL = globalThis.realUrl.revoke");
    assert_eq!(text("return globalThis.saved[0][0]"), "rolegrant-receipt.csv");
    assert_eq!(text("return globalThis.blobs[0].type"), "text/csv");
    let bytes =
        wait("return globalThis.blobs[0].arrayBuffer().then((bytes) => [...new Uint8Array(bytes)].join())").await;
    assert_eq!(bytes.as_string().unwrap(), "239,187,191,34,195,164,34,13,10");
    assert!(run("return globalThis.revoked[0] === globalThis.saved[0][1]").is_truthy());
}
