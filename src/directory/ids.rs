//! The ids of the directory, each a type of its own, so that one can never stand where another belongs.
//!
//! Nothing but these types ever reaches the path of a request (SEC-085): what parses here needs no escaping there.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::str::FromStr;

use uuid::Uuid;

/// A text that is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseIdError {
    /// Not 36 characters of hexadecimal digits and hyphens, as in `1b4e28ba-2fa1-11d2-883f-0016d3cca427`.
    #[error("not an id of the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")]
    NotAGuid,
    /// Not an assignment's id: at least 20 letters, digits, `-` or `_`.
    #[error("not the id of an app role assignment")]
    NotAnAssignmentId,
}

macro_rules! guid_ids {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The id with these bytes, in the order in which they are written.
            pub const fn from_u128(value: u128) -> Self {
                Self(Uuid::from_u128(value))
            }

            /// The bytes, in the order in which they are written.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// Its first and its last sixteen digits.
            pub fn halves(&self) -> (u64, u64) {
                self.0.as_u64_pair()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.as_hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                parse(text).map(Self)
            }
        }
    )*};
}

guid_ids! {
    /// The object id of a service principal: of an identity or of an API, in one tenant.
    ObjectId;
    /// The application (client) id, the same in every tenant.
    AppId;
    /// The id of an app role within its API.
    AppRoleId;
    /// The id of a tenant (directory).
    TenantId;
    /// The id of a directory role's template, the same in every tenant.
    RoleTemplateId;
}

impl AppRoleId {
    /// Access without a role, which Graph writes as the zero GUID.
    /// <https://learn.microsoft.com/graph/api/resources/approleassignment>
    pub const DEFAULT_ACCESS: Self = Self(Uuid::nil());
}

/// A map by ids. They are random already: the standard library's hash, which withstands chosen keys, would cost more
/// than all else that is done with a row.
pub(super) type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;

/// Puts the bytes of ids together.
#[derive(Default)]
pub(super) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
    }

    // Of how many bytes there are nothing depends.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

/// Accepts the hyphenated form alone: braces, URNs and bare digits are not what Graph writes.
fn parse(text: &str) -> Result<Uuid, ParseIdError> {
    if text.len() != 36 {
        return Err(ParseIdError::NotAGuid);
    }
    Uuid::try_parse(text).map_err(|_| ParseIdError::NotAGuid)
}

/// The id of an app role assignment: opaque and case-sensitive. It may begin with `-`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssignmentId(Box<str>);

impl AssignmentId {
    /// The id as Graph wrote it. Every character of it may stand in a path as it is.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AssignmentId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if text.len() >= 20 && text.len() <= 256 && text.bytes().all(plain) {
            Ok(Self(text.into()))
        } else {
            Err(ParseIdError::NotAnAssignmentId)
        }
    }
}

impl fmt::Display for AssignmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AssignmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn writes_lower_case_with_hyphens() {
        let id: ObjectId = "1A10BE6E-EF86-4B7E-9253-E80F501FFD5A".parse().unwrap();
        assert_eq!(id.to_string(), "1a10be6e-ef86-4b7e-9253-e80f501ffd5a");
        assert_eq!(format!("{id:?}"), id.to_string());
    }

    /// SEC-085
    #[test]
    fn refuses_every_other_form() {
        for text in [
            "",
            "1a10be6eef864b7e9253e80f501ffd5a",
            "{1a10be6e-ef86-4b7e-9253-e80f501ffd5a}",
            "urn:uuid:1a10be6e-ef86-4b7e-9253-e80f501ffd5a",
            " 1a10be6e-ef86-4b7e-9253-e80f501ffd5a",
            "1a10be6e-ef86-4b7e-9253-e80f501ffd5g",
            "1a10be6e-ef86-4b7e-9253e-80f501ffd5a",
            "1a10be6e/ef86/4b7e/9253/e80f501ffd5a",
            "../../../../../../../../../../../../",
        ] {
            assert_eq!(text.parse::<ObjectId>(), Err(ParseIdError::NotAGuid), "{text}");
        }
    }

    #[test]
    fn default_access_is_the_zero_guid() {
        assert_eq!(AppRoleId::DEFAULT_ACCESS.to_string(), "00000000-0000-0000-0000-000000000000");
    }

    #[test]
    fn keeps_an_assignment_id_as_it_is() {
        for text in ["47nZsM8O_UuNq5Jz3QValCxBBiqJea9Drc9CMK4Ru_M", "-x1W1zT6z1U-kJxf62svfp1HFE8pMZhxDun-ThPczmJ"] {
            assert_eq!(text.parse::<AssignmentId>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "short",
            "47nZsM8O_UuNq5Jz3QVal/xBBiqJea9Drc9CMK4Ru_M",
            "47nZsM8O_UuNq5Jz3QVal%2e",
            "äääääääääääääääääääää",
        ] {
            assert_eq!(text.parse::<AssignmentId>(), Err(ParseIdError::NotAnAssignmentId), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_guid_survives(value: u128) {
            let id = AppRoleId::from_u128(value);
            let text = id.to_string();
            prop_assert_eq!(text.parse::<AppRoleId>().unwrap(), id);
            prop_assert_eq!(text.to_uppercase().parse::<AppRoleId>().unwrap(), id);
        }

        /// SEC-085
        #[test]
        fn what_parses_needs_no_escaping_in_a_path(text in "\\PC{0,60}") {
            if text.parse::<ObjectId>().is_ok() {
                prop_assert!(text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'));
            }
            if let Ok(id) = text.parse::<AssignmentId>() {
                prop_assert_eq!(id.as_str(), text.as_str());
                prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            }
        }

        #[test]
        fn every_assignment_id_survives(text in "[A-Za-z0-9_-]{20,64}") {
            prop_assert_eq!(text.parse::<AssignmentId>().unwrap().to_string(), text);
        }
    }
}
