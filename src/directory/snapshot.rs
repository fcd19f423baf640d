//! Identities as bytes, for the next load of the page to begin with, and back.
//!
//! Bytes need no other bytes to be read: the places they name are written in them, each once. Whatever they are, reading
//! them gives identities or an error, and takes memory in proportion to them.

use std::sync::Arc;

use super::ids::IdMap;
use super::table::Whereabouts;
use super::{AppId, HostResource, Identity, IdentityKind, ObjectId, Place, Places, Timestamp};

/// What the bytes begin with: that of another version is not read.
const VERSION: u8 = 1;

/// What is so, or is written, of an identity.
const ENABLED: u8 = 1;
const USER_ASSIGNED: u8 = 2;
const CREATED: u8 = 4;
const HOST: u8 = 8;

/// The bytes are none that [`write_identities`] of this version has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these are no identities")]
pub struct SnapshotError;

/// Writes identities: of each the ids, what is so, and what is known of creation, name, place and resource, in this order.
pub fn write_identities(identities: &[Identity]) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    let mut places = IdMap::<Whereabouts, u32>::default();
    for identity in identities {
        bytes.extend_from_slice(identity.id.as_bytes());
        bytes.extend_from_slice(identity.app_id.as_bytes());
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        bytes.push(
            flag(identity.enabled, ENABLED)
                | flag(identity.kind == IdentityKind::UserAssigned, USER_ASSIGNED)
                | flag(identity.created.is_some(), CREATED)
                | flag(identity.host.is_some(), HOST),
        );
        if let Some(created) = identity.created {
            bytes.extend_from_slice(&created.unix_millis().to_le_bytes());
        }
        write_text(&mut bytes, &identity.display_name);
        if let Some(host) = &identity.host {
            let (place, own) = host.parts();
            let next = u32::try_from(places.len()).unwrap_or(u32::MAX);
            let number = *places.entry(Whereabouts::of(place)).or_insert_with(|| next);
            write_number(&mut bytes, number);
            if number == next {
                write_text(&mut bytes, place.prefix());
            }
            write_text(&mut bytes, own);
        }
    }
    bytes
}

/// Reads what [`write_identities`] has written, some at a time.
pub struct SnapshotReader<'a> {
    rest: &'a [u8],
    /// Those named so far: the next new one has the next number.
    places: Vec<Arc<Place>>,
}

impl<'a> SnapshotReader<'a> {
    /// Begins to read.
    pub fn new(bytes: &'a [u8]) -> Result<Self, SnapshotError> {
        match bytes.split_first() {
            Some((&VERSION, rest)) => Ok(Self { rest, places: Vec::new() }),
            _ => Err(SnapshotError),
        }
    }

    /// The next identities, at most so many; none once all have been read. Places that are known already are shared.
    pub fn next(&mut self, most: usize, known: &mut Places) -> Result<Vec<Identity>, SnapshotError> {
        let mut identities = Vec::new();
        while identities.len() < most && !self.rest.is_empty() {
            identities.push(self.identity(known).ok_or(SnapshotError)?);
        }
        Ok(identities)
    }

    fn identity(&mut self, known: &mut Places) -> Option<Identity> {
        let (id, app_id) = (self.guid()?, self.guid()?);
        let [flags] = self.take()?;
        let is = |flag: u8| flags & flag != 0;
        let created =
            if is(CREATED) { Some(Timestamp::from_unix_millis(i64::from_le_bytes(self.take()?))) } else { None };
        let display_name = self.text()?.to_owned();
        let host = if is(HOST) { Some(self.host(known)?) } else { None };
        Some(Identity {
            id: ObjectId::from_u128(id),
            app_id: AppId::from_u128(app_id),
            display_name,
            enabled: is(ENABLED),
            kind: if is(USER_ASSIGNED) { IdentityKind::UserAssigned } else { IdentityKind::SystemAssigned },
            host,
            created,
        })
    }

    fn host(&mut self, known: &mut Places) -> Option<HostResource> {
        let number = self.number()?;
        if let Some(place) = self.places.get(number).cloned() {
            return HostResource::within(place, self.text()?);
        }
        if number != self.places.len() {
            return None;
        }
        let (prefix, own) = (self.text()?, self.text()?);
        let host = HostResource::parse(&format!("{prefix}{own}"), known)?;
        let (place, name) = host.parts();
        if name != own {
            return None;
        }
        self.places.push(place.clone());
        Some(host)
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    fn guid(&mut self) -> Option<u128> {
        self.take().map(u128::from_be_bytes)
    }

    /// Seven bits a byte, the lowest first; the top bit says that more follow.
    fn number(&mut self) -> Option<usize> {
        let mut number = 0_u32;
        for shift in [0, 7, 14, 21] {
            let [byte] = self.take()?;
            number |= u32::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return usize::try_from(number).ok();
            }
        }
        None
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.number()?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        std::str::from_utf8(text).ok()
    }
}

/// Of 28 bits: a text is 268 MB at most.
fn write_number(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn write_text(bytes: &mut Vec<u8>, text: &str) {
    write_number(bytes, u32::try_from(text.len()).unwrap_or(u32::MAX));
    bytes.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::testing::identity;
    use super::*;
    use proptest::prelude::*;

    const ARM: &str = "/subscriptions/s/resourceGroups/Group/providers/Microsoft.Web/sites/";

    /// All of it, in slices.
    fn read(bytes: &[u8], most: usize, places: &mut Places) -> Result<Vec<Identity>, SnapshotError> {
        let mut reader = SnapshotReader::new(bytes)?;
        let mut all = Vec::new();
        loop {
            let some = reader.next(most, places)?;
            if some.is_empty() {
                return Ok(all);
            }
            all.extend(some);
        }
    }

    fn at(arm_id: &str, places: &mut Places) -> Option<HostResource> {
        Some(HostResource::parse(arm_id, places).unwrap())
    }

    #[test]
    fn a_place_is_written_once_and_shared_with_what_is_known() {
        let mut places = Places::default();
        let sites: Vec<_> = (0..100)
            .map(|n| Identity { host: at(&format!("{ARM}site-{n}"), &mut places), ..identity(n, &format!("site-{n}")) })
            .collect();
        let bytes = write_identities(&sites);
        assert_eq!(bytes.windows(ARM.len()).filter(|window| *window == ARM.as_bytes()).count(), 1);
        assert!(bytes.len() < 100 * 52 + ARM.len() + 2, "{}", bytes.len());
        let again = read(&bytes, 7, &mut places).unwrap();
        assert_eq!(again, sites);
        assert!(Arc::ptr_eq(again[99].host.as_ref().unwrap().parts().0, sites[0].host.as_ref().unwrap().parts().0));
    }

    #[test]
    fn as_many_places_and_as_long_names_as_there_are_survive() {
        let mut places = Places::default();
        let many: Vec<_> = (0..20_000_u128)
            .map(|n| {
                let arm_id = format!("/subscriptions/s/resourceGroups/g{}/providers/A.B/cs/c{n}", n % 17_000);
                Identity { host: at(&arm_id, &mut places), ..identity(n, &"n".repeat(n as usize % 300)) }
            })
            .collect();
        assert!(read(&write_identities(&many), 1_000, &mut places).unwrap() == many);
    }

    #[test]
    fn what_was_not_written_so_is_an_error() {
        let one = write_identities(&[identity(1, "one")]);
        assert_eq!(read(&[], 9, &mut Places::default()), Err(SnapshotError), "not even a version");
        assert_eq!(read(&[VERSION], 9, &mut Places::default()), Ok(Vec::new()));
        for length in 2..one.len() {
            assert_eq!(read(&one[..length], 9, &mut Places::default()), Err(SnapshotError), "cut at {length}");
        }
        assert_eq!(read(&[&[VERSION + 1], &one[1..]].concat(), 9, &mut Places::default()), Err(SnapshotError));
        // A name that is no UTF-8, or longer than all that is there.
        let name = one.len() - 4;
        for (at, byte) in [(name + 1, 0xFF), (name, 0x7F), (name, 0xFF)] {
            let mut bad = one.clone();
            bad[at] = byte;
            assert_eq!(read(&bad, 9, &mut Places::default()), Err(SnapshotError), "{byte:x} at {at}");
        }
        // A place that is none, one whose end is in the resource's name, one that was not named before.
        for (number, prefix, own) in
            [(0, "/elsewhere/", "a"), (0, ARM, ""), (0, &ARM[..ARM.len() - 1], "/a"), (1, ARM, "a")]
        {
            let mut bad = vec![VERSION];
            bad.extend([0; 32]);
            bad.extend([HOST, 0]);
            write_number(&mut bad, number);
            write_text(&mut bad, prefix);
            write_text(&mut bad, own);
            assert_eq!(read(&bad, 9, &mut Places::default()), Err(SnapshotError), "{number} {prefix} {own}");
        }
    }

    prop_compose! {
        fn any_identity()(
            id: u128, app_id: u128, name in "\\PC{0,40}", enabled: bool, user: bool, created: Option<i64>,
            place in prop::option::of((0_u8..4, "[^/]{1,20}")), long in prop::bool::weighted(0.05),
        ) -> Identity {
            Identity {
                id: ObjectId::from_u128(id),
                app_id: AppId::from_u128(app_id),
                display_name: if long { name.repeat(200) } else { name },
                enabled,
                kind: if user { IdentityKind::UserAssigned } else { IdentityKind::SystemAssigned },
                created: created.map(Timestamp::from_unix_millis),
                host: place.map(|(group, own)| {
                    let arm_id = format!("/subscriptions/s/resourceGroups/g{group}/providers/A.B/cs/{own}");
                    HostResource::parse(&arm_id, &mut Places::default()).unwrap()
                }),
            }
        }
    }

    proptest! {
        #[test]
        fn every_identity_survives(identities in prop::collection::vec(any_identity(), 0..20), most in 1_usize..30) {
            let bytes = write_identities(&identities);
            prop_assert_eq!(read(&bytes, most, &mut Places::default()).unwrap(), identities);
        }

        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let bytes = [&[VERSION], &*bytes].concat();
            if let Ok(identities) = read(&bytes, 3, &mut Places::default()) {
                // 34 bytes are the least that one takes.
                prop_assert!(identities.len() <= bytes.len() / 34);
            }
        }

        #[test]
        fn a_byte_that_changed_does_no_harm(
            identities in prop::collection::vec(any_identity(), 1..6), at: prop::sample::Index, byte: u8, cut: prop::sample::Index,
        ) {
            let mut bytes = write_identities(&identities);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(read) = read(&bytes, 3, &mut Places::default()) {
                let held: usize = read.iter().map(|it| it.display_name.len()).sum();
                prop_assert!(held <= bytes.len() && read.len() <= bytes.len() / 34);
            }
            let cut = cut.index(bytes.len());
            let _ = read(&bytes[..cut], 3, &mut Places::default()).map(|read| assert!(read.len() <= cut / 34));
        }
    }
}
