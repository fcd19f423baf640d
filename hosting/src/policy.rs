//! The content security policy, and the powers that the page renounces.

use crate::Site;

/// What a `<meta>` element can say as well, but for whereto the page may connect.
const BEFORE_CONNECT: [&str; 5] = [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
];
const AFTER_CONNECT: [&str; 8] = [
    "manifest-src 'self'",
    "worker-src 'none'",
    "frame-src 'none'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
];

/// Whereto a page may connect that was built for no cloud in particular: the tightest that fits every `config.json`.
pub const ANYWHERE: &str = "https: http://localhost:*";

/// The value of the header.
pub fn header(site: &Site<'_>) -> String {
    let mut policy = meta(&format!("{} {}", site.authority, site.graph));
    policy.push_str("; frame-ancestors 'none'");
    if site.published {
        policy.push_str("; upgrade-insecure-requests");
    }
    if let Some(address) = site.report_to {
        policy.push_str("; report-uri ");
        policy.push_str(address);
    }
    policy
}

/// The same in a `<meta>` element, where browsers ignore what is said of frames and reports. `connect` are the sources
/// beside the page's own origin.
/// <https://www.w3.org/TR/CSP3/#meta-element>
pub fn meta(connect: &str) -> String {
    let connect = format!("connect-src 'self' {connect}");
    let directives: Vec<&str> = BEFORE_CONNECT.into_iter().chain([connect.as_str()]).chain(AFTER_CONNECT).collect();
    directives.join("; ")
}

/// What the page never asks for, so that nobody else can in its name.
const RENOUNCED: [&str; 14] = [
    "accelerometer",
    "browsing-topics",
    "camera",
    "clipboard-read",
    "display-capture",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
];

/// The value of `Permissions-Policy`. Ids are copied to the clipboard; that is all the page does outside itself.
pub(crate) fn permissions() -> String {
    let mut policy: String = RENOUNCED.iter().map(|feature| format!("{feature}=(), ")).collect();
    policy.push_str("clipboard-write=(self)");
    policy
}
