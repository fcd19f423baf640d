//! A short mark by which people recognise a plan: on the screen, in its file, in its receipt.
//!
//! It is SHA-256 over a canonical text: the tenant, then a line a change, sorted. The order of the changes does not
//! count, because it does not change what a plan does, and two people who compare marks must not be told that the same
//! changes differ. Names do not count either.

use std::fmt;
use std::str::FromStr;

use super::Change;
use crate::auth::{Crypto, CryptoError};
use crate::directory::{TenantId, sort_by};

/// The digest of a plan's changes in one tenant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

/// A text that is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a digest of 64 hexadecimal digits")]
pub struct ParseDigestError;

impl Digest {
    /// The digest of these changes in that tenant.
    pub async fn of(crypto: &dyn Crypto, tenant: TenantId, changes: &[Change]) -> Result<Self, CryptoError> {
        let hash = crypto.sha256(canonical(tenant, changes).as_bytes()).await?;
        hash.try_into().map(Self).map_err(|_| CryptoError)
    }

    /// Its beginning, such as `3F7A-91C2`: enough to tell one's own plans apart. It is no proof against a forger, who
    /// can find another plan with the same four bytes; that would take the whole digest.
    pub fn short(&self) -> String {
        let [a, b, c, d, ..] = self.0;
        format!("{a:02X}{b:02X}-{c:02X}{d:02X}")
    }
}

/// The text that is hashed. A change of its form needs a new first line.
fn canonical(tenant: TenantId, changes: &[Change]) -> String {
    let mut lines: Vec<String> = changes
        .iter()
        .map(|change| {
            let (identity, api, role) = (change.identity(), change.api(), change.role());
            match change {
                Change::Assign { .. } => format!("assign {identity} {api} {role}\n"),
                Change::Remove { assignment, .. } => format!("remove {identity} {api} {role} {assignment}\n"),
            }
        })
        .collect();
    sort_by(&mut lines, Ord::cmp);
    format!("rolegrant plan 1\n{tenant}\n{}", lines.concat())
}

/// In full: 64 hexadecimal digits.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, ParseDigestError> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(ParseDigestError);
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            let digits = text.get(at * 2..at * 2 + 2).ok_or(ParseDigestError)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| ParseDigestError)?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assign, changes, remove};
    use super::*;
    use crate::auth::testing::{HostCrypto, NoCrypto};
    use futures_util::FutureExt as _;
    use proptest::prelude::*;

    fn digest(tenant: u128, changes: &[Change]) -> Digest {
        Digest::of(&HostCrypto, TenantId::from_u128(tenant), changes).now_or_never().unwrap().unwrap()
    }

    #[test]
    fn is_sha_256_of_the_documented_text() {
        let id = "00000000-0000-0000-0000-00000000000";
        let changes = [remove(2, 3, 4, "47nZsM8O_UuNq5Jz3QValA"), assign(2, 3, 5)];
        assert_eq!(
            canonical(TenantId::from_u128(7), &changes),
            format!(
                "rolegrant plan 1\n{id}7\nassign {id}2 {id}3 {id}5\nremove {id}2 {id}3 {id}4 47nZsM8O_UuNq5Jz3QValA\n"
            )
        );
        // printf 'rolegrant plan 1\n00000000-0000-0000-0000-000000000007\n' | sha256sum
        assert_eq!(digest(7, &[]).to_string(), "75ffb478ae49caa37c7df0bc937b420c0a7e8f0c3367670f6f3167c51d5a6d47");
        assert_eq!(digest(7, &[]).short(), "75FF-B478");
    }

    #[test]
    fn without_cryptography_there_is_none() {
        assert_eq!(Digest::of(&NoCrypto, TenantId::from_u128(1), &[]).now_or_never().unwrap(), Err(CryptoError));
    }

    #[test]
    fn nothing_else_is_a_digest() {
        for text in
            ["", "3F7A-91C2", &"0".repeat(63), &"0".repeat(65), &"A".repeat(64), &"+1".repeat(32), &"é".repeat(32)]
        {
            assert_eq!(text.parse::<Digest>(), Err(ParseDigestError), "{text}");
        }
    }

    proptest! {
        /// SEC-090: what was reviewed can be told from anything else by its digest, whatever the order.
        #[test]
        fn tells_plans_apart_and_not_orders(one in changes(), other in changes(), tenants in any::<[u128; 2]>()) {
            let mut turned = one.clone();
            turned.reverse();
            prop_assert_eq!(digest(tenants[0], &one), digest(tenants[0], &turned));
            let set = |changes: &[Change]| changes.iter().cloned().collect::<std::collections::HashSet<_>>();
            prop_assert_eq!(digest(tenants[0], &one) == digest(tenants[0], &other), set(&one) == set(&other));
            prop_assert_eq!(digest(tenants[0], &one) == digest(tenants[1], &one), tenants[0] == tenants[1]);
        }

        #[test]
        fn survives_being_written(changes in changes()) {
            let digest = digest(1, &changes);
            prop_assert_eq!(digest.to_string().parse::<Digest>(), Ok(digest));
            prop_assert!(digest.to_string().to_uppercase().starts_with(&digest.short().replace('-', "")));
        }
    }
}
