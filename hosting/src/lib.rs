//! What a host sends with Rolegrant's files, said once.
//!
//! [`Site`] yields the headers of every answer, [`files`] how each file is labelled and how long it lives. The
//! emulator's app origin sends them; [`nginx`] and [`static_web_apps`] write them down for hosts; `cargo xtask check`
//! compares a deployment with them. Nothing here knows the app, and nothing here speaks HTTP.

pub mod files;
pub mod nginx;
pub mod policy;
pub mod static_web_apps;

/// All that the headers depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site<'a> {
    /// The origin of the sign-in service, without a slash at its end.
    pub authority: &'a str,
    /// The origin of Microsoft Graph, without a slash at its end.
    pub graph: &'a str,
    /// Whether it is published: then browsers are told never to come back by http. Not on localhost, where they would
    /// keep that in mind for everything else that answers there.
    pub published: bool,
    /// Where browsers report violations of the policy.
    pub report_to: Option<&'a str>,
}

impl<'a> Site<'a> {
    /// A published site that asks for no reports.
    pub fn published(authority: &'a str, graph: &'a str) -> Self {
        Self { authority, graph, published: true, report_to: None }
    }

    /// The headers of every answer, whatever its status, by name. Beside them goes what [`files::lifetime`] says.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("Content-Security-Policy", policy::header(self)),
            ("Cross-Origin-Opener-Policy", "same-origin".to_owned()),
            ("Cross-Origin-Resource-Policy", "same-origin".to_owned()),
            ("Permissions-Policy", policy::permissions()),
            ("Referrer-Policy", "no-referrer".to_owned()),
            ("X-Content-Type-Options", "nosniff".to_owned()),
        ];
        if self.published {
            headers.push(("Strict-Transport-Security", "max-age=31536000; includeSubDomains".to_owned()));
        }
        headers
    }
}
