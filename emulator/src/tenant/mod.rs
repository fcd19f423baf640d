//! The tenant: who and what is in the sample ([`sample`] and what it is made of), the rules by which app role
//! assignments change ([`directory`]), and tenants of one's own ([`file`]). It knows nothing of HTTP, tokens or scopes.

pub(crate) mod accounts;
pub(crate) mod apis;
pub(crate) mod describe;
pub(crate) mod directory;
pub(crate) mod file;
pub(crate) mod generated;
pub(crate) mod identities;
pub(crate) mod model;
pub(crate) mod row;
pub(crate) mod sample;
pub(crate) mod shelf;

use std::sync::LazyLock;

use uuid::Uuid;

/// The tenant's id.
pub(crate) const TENANT_ID: &str = "5f9a1c7e-2d34-4b68-9e0c-71d2a8f4c3b6";
/// The tenant's first domain name, which sign-in takes as well as the id.
pub(crate) const TENANT_DOMAIN: &str = "larkspurfreight.onmicrosoft.com";
/// The tenant's display name.
pub(crate) const TENANT_NAME: &str = "Larkspur Freight";
/// The app's registration: its client id.
pub(crate) const CLIENT_ID: &str = "c2e8b0d4-6a17-4f39-8d5b-0b9e63a47f12";
/// The app's registration: its display name.
pub(crate) const CLIENT_NAME: &str = "Rolegrant";
/// Microsoft Graph's app id, the same in every tenant.
pub(crate) const GRAPH_APP_ID: &str = "00000003-0000-0000-c000-000000000000";
/// The retired Azure AD Graph's app id: its roles need the same rights as Microsoft Graph's.
pub(crate) const AAD_GRAPH_APP_ID: &str = "00000002-0000-0000-c000-000000000000";
/// The tenant that owns Microsoft's first-party applications.
pub(crate) const MICROSOFT_TENANT_ID: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";

/// An id that is the same in every run: the version 5 UUID of a name in the emulator's own namespace.
pub(crate) fn fixed_id(kind: &str, name: &str) -> Uuid {
    static NAMESPACE: LazyLock<Uuid> =
        LazyLock::new(|| Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"emulator.rolegrant.invalid"));
    Uuid::new_v5(&NAMESPACE, format!("{kind}:{name}").as_bytes())
}

/// A GUID written in this source; the zero GUID should it be mistyped, which a test would notice.
pub(crate) fn guid(text: &str) -> Uuid {
    Uuid::parse_str(text).unwrap_or(Uuid::nil())
}
