//! The link by which an administrator consents for everybody, and the answer that it brings to this page.
//! <https://learn.microsoft.com/entra/identity-platform/v2-admin-consent>
//!
//! Whoever follows the link is seldom the one who copied it, so the answer comes to a browser that asked nothing. It
//! proves nothing and decides nothing, which is why the link carries no state: it is taken out of the address, and what
//! it says is told as hearsay. What is granted shows when Entra issues the next token.

use url::Url;
use url::form_urlencoded;

use super::scopes::Wanted;
use super::service::Service;
use super::start::Notice;

/// The page on which an administrator consents to what is wanted.
pub fn link(service: &Service, wanted: Wanted) -> Url {
    let mut url = service.cloud.authority.clone();
    url.set_path(&format!("{}/v2.0/adminconsent", service.tenant));
    url.query_pairs_mut()
        .append_pair("client_id", &service.client_id.to_string())
        .append_pair("scope", &wanted.scopes(&service.cloud.graph).join(" "))
        .append_pair("redirect_uri", service.redirect_uri.as_str());
    url
}

/// Takes the answer out of a path and query, if it is in it: what is left to show, and what to say.
pub fn taken(path_and_query: &str) -> (&str, Option<Notice>) {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let says = |name: &str| form_urlencoded::parse(query.as_bytes()).any(|(given, _)| given == name);
    match (says("error"), says("admin_consent")) {
        (true, _) => (path, Some(Notice::ConsentRefused)),
        (false, true) => (path, Some(Notice::ConsentGiven)),
        (false, false) => (path_and_query, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::testing::{AUTHORITY, CLIENT_ID, Fake, REDIRECT_URI, TENANT, service};
    use std::rc::Rc;

    #[test]
    fn the_link_names_the_app_the_permissions_and_the_way_back() {
        // SEC-006
        let link = link(&service(&Rc::new(Fake::new())), Wanted::Write);
        assert!(link.as_str().starts_with(&format!("{AUTHORITY}/{TENANT}/v2.0/adminconsent?")), "{link}");
        let pairs: Vec<_> = link.query_pairs().collect();
        let pair = |position: usize| (pairs[position].0.as_ref(), pairs[position].1.as_ref());
        assert_eq!(pair(0), ("client_id", CLIENT_ID));
        assert_eq!(pair(1).0, "scope");
        assert!(pair(1).1.ends_with(" https://graph.contoso.test/AppRoleAssignment.ReadWrite.All"), "{}", pair(1).1);
        assert_eq!(pair(2), ("redirect_uri", REDIRECT_URI));
        assert_eq!(pairs.len(), 3);
    }

    #[test]
    fn the_answer_leaves_the_address() {
        // SEC-022, SEC-026
        for (at, notice) in [
            ("/?admin_consent=True&tenant=t&state=s&scope=a+b", Notice::ConsentGiven),
            ("/?admin_consent=False", Notice::ConsentGiven),
            ("/?error=permission_denied&error_description=The+admin+canceled+the+request", Notice::ConsentRefused),
            ("/?admin_consent=True&error=consent_required&error_subcode=cancelled", Notice::ConsentRefused),
            ("/?q=a&%61dmin_consent=True", Notice::ConsentGiven),
        ] {
            assert_eq!(taken(at), ("/", Some(notice)), "{at}");
        }
        for at in ["/", "/?q=admin_consent", "/identities?q=error", "/apis?admin=1&consent=True"] {
            assert_eq!(taken(at), (at, None));
        }
    }
}
