//! The app's registration: its client id and redirect URIs, and how a URI or an Origin is held against them.

use std::str::FromStr;

use url::Url;

/// The platform under which a redirect URI is registered; it decides who may redeem a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectKind {
    /// Single-page application: cross-origin redemption with PKCE, no other.
    Spa,
    /// Web: redemption from a server with the client's secret, never cross-origin.
    Web,
    /// Mobile and desktop ("public client"): redemption without secret and without Origin.
    Native,
}

impl FromStr for RedirectKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "spa" => Ok(Self::Spa),
            "web" => Ok(Self::Web),
            "native" => Ok(Self::Native),
            other => Err(format!("{other} is no type of redirect URI: it is spa, web or native")),
        }
    }
}

/// Why a redirect URI cannot be registered.
#[derive(Debug, thiserror::Error)]
#[error("the redirect URI {uri} cannot be registered: {why}")]
pub struct RegistrationError {
    uri: String,
    why: &'static str,
}

/// What is registered.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub(crate) client_id: String,
    pub(crate) name: String,
    redirects: Vec<(RedirectKind, Url)>,
}

/// <https://learn.microsoft.com/entra/identity-platform/reply-url>
const LONGEST: usize = 256;
const MOST: usize = 256;

impl Registration {
    /// A registration with these redirect URIs.
    pub(crate) fn new(
        client_id: &str,
        name: &str,
        redirects: &[(RedirectKind, String)],
    ) -> Result<Self, RegistrationError> {
        let refused = |uri: &str, why| RegistrationError { uri: uri.to_owned(), why };
        let mut registered = Vec::new();
        for (kind, uri) in redirects {
            let url = Url::parse(uri).map_err(|_| refused(uri, "it is no address"))?;
            registrable(*kind, uri, &url).map_err(|why| refused(uri, why))?;
            registered.push((*kind, url));
        }
        match redirects.get(MOST) {
            Some((_, uri)) => Err(refused(uri, "there are 256 already")),
            None => Ok(Self { client_id: client_id.to_owned(), name: name.to_owned(), redirects: registered }),
        }
    }

    /// The platform of a redirect URI; `None` if it is not registered. Exact, but for the port of `http://localhost`;
    /// where several differ by nothing else, the one with the very port comes first.
    pub(crate) fn redirect(&self, uri: &str) -> Option<RedirectKind> {
        let asked = Url::parse(uri).ok()?;
        let same = |known: &Url| *known == asked;
        let same_but_for_the_port =
            |known: &Url| is_loopback(known) && is_loopback(&asked) && without_port(known) == without_port(&asked);
        let find = |test: &dyn Fn(&Url) -> bool| self.redirects.iter().find(|(_, known)| test(known));
        find(&same).or_else(|| find(&same_but_for_the_port)).map(|(kind, _)| *kind)
    }

    /// True if an Origin header is the origin of a redirect URI of type spa.
    pub(crate) fn spa_origin(&self, origin: &str) -> bool {
        self.redirects.iter().any(|(kind, known)| *kind == RedirectKind::Spa && is_origin_of(origin, known))
    }

    /// True if an Origin header is the origin of any redirect URI.
    pub(crate) fn any_origin(&self, origin: &str) -> bool {
        self.redirects.iter().any(|(_, known)| is_origin_of(origin, known))
    }
}

fn registrable(kind: RedirectKind, uri: &str, url: &Url) -> Result<(), &'static str> {
    if uri.len() > LONGEST {
        return Err("it is longer than 256 characters");
    }
    if url.fragment().is_some() || uri.contains('*') {
        return Err("it must have neither a fragment nor a wildcard");
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(url) || url.host_str() == Some("127.0.0.1") => Ok(()),
        "http" => Err("http is for localhost only"),
        _ if kind == RedirectKind::Native => Ok(()),
        _ => Err("only a native app has a scheme of its own"),
    }
}

/// Entra ignores the port of this host alone, and not over https.
fn is_loopback(url: &Url) -> bool {
    url.scheme() == "http" && url.host_str() == Some("localhost")
}

fn without_port(url: &Url) -> Url {
    let mut url = url.clone();
    let _no_host_no_port = url.set_port(None);
    url
}

fn is_origin_of(origin: &str, known: &Url) -> bool {
    Url::parse(origin).is_ok_and(|asked| known.origin() == asked.origin() || is_loopback(known) && is_loopback(&asked))
}

/// The origin of a URI as a content security policy names it.
pub(crate) fn origin_of(uri: &str) -> String {
    Url::parse(uri).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}
