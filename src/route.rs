//! The screens and their addresses. An address is parsed once, into typed ids; what names no screen is its own route.

use std::fmt;

use crate::directory::ObjectId;

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Every managed identity.
    Identities,
    /// One identity.
    Identity(ObjectId),
    /// Every API.
    Apis,
    /// One API.
    Api(ObjectId),
    /// What a deployment needs.
    SetUp,
    /// No screen has this address.
    NotFound,
}

impl Route {
    /// The screen of a path below the base path. A slash at its end changes nothing.
    pub fn parse(path: &str) -> Self {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let route = match (parts.next(), parts.next()) {
            (None, _) | (Some("identities"), None) => Self::Identities,
            (Some("identities"), Some(id)) => id.parse().map_or(Self::NotFound, Self::Identity),
            (Some("apis"), None) => Self::Apis,
            (Some("apis"), Some(id)) => id.parse().map_or(Self::NotFound, Self::Api),
            (Some("setup"), None) => Self::SetUp,
            _ => Self::NotFound,
        };
        if parts.next().is_some() { Self::NotFound } else { route }
    }

    /// The list that the screen belongs to, if it belongs to one.
    pub fn list(self) -> Option<Self> {
        match self {
            Self::Identities | Self::Identity(_) => Some(Self::Identities),
            Self::Apis | Self::Api(_) => Some(Self::Apis),
            Self::SetUp | Self::NotFound => None,
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identities | Self::NotFound => f.write_str("/"),
            Self::Identity(id) => write!(f, "/identities/{id}"),
            Self::Apis => f.write_str("/apis"),
            Self::Api(id) => write!(f, "/apis/{id}"),
            Self::SetUp => f.write_str("/setup"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_screen_has_an_address_that_leads_back_to_it() {
        let id = ObjectId::from_u128(7);
        for route in [Route::Identities, Route::Identity(id), Route::Apis, Route::Api(id), Route::SetUp] {
            assert_eq!(Route::parse(&route.to_string()), route);
            assert_eq!(Route::parse(&format!("{route}/")), route);
        }
    }

    #[test]
    fn other_addresses_lead_nowhere() {
        let id = ObjectId::from_u128(7);
        assert_eq!(Route::parse("/identities"), Route::Identities, "the start page is the list");
        for path in ["/identities/x", "/apis/x", "/setup/more", "/else", &format!("/apis/{id}/more")] {
            assert_eq!(Route::parse(path), Route::NotFound, "{path}");
        }
    }
}
