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
    /// Who holds what of some APIs.
    Matrix,
    /// What has been collected, held against the directory.
    Plan,
    /// Roles for several identities at once, to be collected.
    Collect,
    /// What was applied from here.
    Activity,
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
            (Some("matrix"), None) => Self::Matrix,
            (Some("plan"), None) => Self::Plan,
            (Some("plan"), Some("add")) => Self::Collect,
            (Some("activity"), None) => Self::Activity,
            (Some("setup"), None) => Self::SetUp,
            _ => Self::NotFound,
        };
        if parts.next().is_some() { Self::NotFound } else { route }
    }

    /// The entry of the navigation that the screen belongs to, if it belongs to one.
    pub fn list(self) -> Option<Self> {
        match self {
            Self::Identities | Self::Identity(_) => Some(Self::Identities),
            Self::Apis | Self::Api(_) | Self::Matrix => Some(Self::Apis),
            Self::Plan | Self::Collect => Some(Self::Plan),
            Self::Activity => Some(Self::Activity),
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
            Self::Matrix => f.write_str("/matrix"),
            Self::Plan => f.write_str("/plan"),
            Self::Collect => f.write_str("/plan/add"),
            Self::Activity => f.write_str("/activity"),
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
        use Route::*;
        for route in [Identities, Identity(id), Apis, Api(id), Matrix, Plan, Collect, Activity, SetUp] {
            assert_eq!(Route::parse(&route.to_string()), route);
            assert_eq!(Route::parse(&format!("{route}/")), route);
        }
    }

    #[test]
    fn other_addresses_lead_nowhere() {
        let id = ObjectId::from_u128(7);
        assert_eq!(Route::parse("/identities"), Route::Identities, "the start page is the list");
        for path in
            ["/identities/x", "/apis/x", "/setup/more", "/plan/x", "/plan/add/x", "/else", &format!("/apis/{id}/more")]
        {
            assert_eq!(Route::parse(path), Route::NotFound, "{path}");
        }
    }
}
