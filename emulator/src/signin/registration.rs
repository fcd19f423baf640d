//! The app's registration: its client id and redirect URIs, and how a URI or an Origin is held against them.

use url::Url;

/// The platform under which a redirect URI is registered; it decides who may redeem a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectKind {
    /// Single-page application: cross-origin redemption with PKCE, no other.
    Spa,
    /// Web: redemption from a server, never cross-origin.
    Web,
}

/// What is registered.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub(crate) client_id: String,
    pub(crate) name: String,
    redirects: Vec<(RedirectKind, Url)>,
}

impl Registration {
    /// A registration; URIs that do not parse are left out.
    pub(crate) fn new(client_id: &str, name: &str, redirects: &[(RedirectKind, String)]) -> Self {
        let redirects = redirects.iter().filter_map(|(kind, uri)| Some((*kind, Url::parse(uri).ok()?))).collect();
        Self { client_id: client_id.to_owned(), name: name.to_owned(), redirects }
    }

    /// The platform of a redirect URI; `None` if it is not registered. Exact, but for the port of localhost.
    pub(crate) fn redirect(&self, uri: &str) -> Option<RedirectKind> {
        let asked = Url::parse(uri).ok()?;
        if asked.fragment().is_some() || asked.cannot_be_a_base() {
            return None;
        }
        self.redirects
            .iter()
            .find(|(_, known)| {
                same_host(known, &asked) && known.path() == asked.path() && known.query() == asked.query()
            })
            .map(|(kind, _)| *kind)
    }

    /// True if an Origin header is the origin of a redirect URI of type spa.
    pub(crate) fn spa_origin(&self, origin: &str) -> bool {
        Url::parse(origin).is_ok_and(|asked| {
            self.redirects.iter().any(|(kind, known)| *kind == RedirectKind::Spa && same_host(known, &asked))
        })
    }
}

fn same_host(known: &Url, asked: &Url) -> bool {
    known.scheme() == asked.scheme()
        && known.host_str() == asked.host_str()
        && (known.host_str() == Some("localhost") || known.port_or_known_default() == asked.port_or_known_default())
}

/// The origin of a URI as a content security policy names it.
pub(crate) fn origin_of(uri: &str) -> String {
    Url::parse(uri).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}
