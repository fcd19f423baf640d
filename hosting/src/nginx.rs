//! A site of nginx: one file for `/etc/nginx/conf.d/`, complete but for the host's name and certificate.

use crate::{
    Site,
    files::{HASHED, IMMUTABLE, NO_STORE, REVALIDATE, TYPES},
};
use std::fmt::Write as _;

/// What is this machine's and nobody else's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine<'a> {
    /// What https listens on: ports, or addresses with a port.
    pub https: &'a [&'a str],
    /// What http listens on, to send people to https.
    pub http: &'a [&'a str],
    /// The host's name.
    pub name: &'a str,
    /// The certificate's file, with the chain.
    pub certificate: &'a str,
    /// The file of the certificate's key.
    pub key: &'a str,
    /// The folder of the files.
    pub root: &'a str,
}

impl Default for Machine<'_> {
    /// An example, to be filled in.
    fn default() -> Self {
        Self {
            https: &["443", "[::]:443"],
            http: &["80", "[::]:80"],
            name: "rolegrant.example.com",
            certificate: "/etc/ssl/certs/rolegrant.example.com.pem",
            key: "/etc/ssl/private/rolegrant.example.com.key",
            root: "/var/www/rolegrant",
        }
    }
}

/// The site's configuration. `base` is the path of the app, with a slash at both ends; the files lie in the folder of
/// that path below the root.
pub fn site(site: &Site<'_>, base: &str, machine: &Machine<'_>) -> String {
    let Machine { https, http, name, certificate, key, root } = machine;
    let headers = lines(site.headers().iter().map(|(name, value)| format!("add_header {name} \"{value}\" always;")));
    let types = TYPES.iter().map(|(ending, media_type)| format!("    \"{media_type}\" {ending};"));
    let types = lines(["types {".to_owned()].into_iter().chain(types).chain(["}".to_owned()]));
    let https = lines(https.iter().map(|address| format!("listen {address} ssl http2;")));
    let http = lines(http.iter().map(|address| format!("listen {address};")));
    let hashed = HASHED.join("|");
    let elsewhere =
        if base == "/" { String::new() } else { "\n    location / {\n        return 404;\n    }\n".to_owned() };
    format!(
        r#"# Rolegrant behind nginx 1.18 or later: put this file into /etc/nginx/conf.d/, and never among the files of the app.
# Written by `cargo xtask dist --config`; what is yours are the names, the certificate and the root.

# How long an answer may be kept, by its status and by the file that was found.
map "$status $uri" $rolegrant_lifetime {{
    default "{NO_STORE}";
    "~^(200|206|304) .*-[0-9a-f]{{16}}(_bg)?\.({hashed})$" "{IMMUTABLE}";
    "~^(200|206|304) .*/(index\.html|config\.json)$" "{NO_STORE}";
    "~^(200|206|304) " "{REVALIDATE}";
}}

server {{
{https}    server_name {name};
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_tickets off;

    root {root};
    server_tokens off;
    charset utf-8;
    default_type application/octet-stream;
{types}
    # The files' compressed twins. Debian's nginx knows brotli with the package libnginx-mod-http-brotli-static, other
    # builds with ngx_brotli: add `brotli_static on;` there.
    gzip off;
    gzip_static on;
    gzip_vary on;

    # Here and nowhere below: a location with an add_header of its own would lose all of these.
{headers}    add_header Cache-Control $rolegrant_lifetime always;

    # Nothing of that kind belongs here, and nothing of it is given away.
    location ~ /\. {{
        return 404;
    }}

    # A file is there or it is not.
    location ~ \.[^/]*$ {{
        try_files $uri =404;
    }}

    # Everything else is a page of the app.
    location {base} {{
        try_files {base}index.html =404;
    }}
{elsewhere}}}

server {{
{http}    server_name {name};
    server_tokens off;
    return 301 https://$host$request_uri;
}}
"#
    )
}

/// Lines in a block.
fn lines(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "    {line}");
        text
    })
}
