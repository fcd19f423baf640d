//! Hexadecimal digits to find within GUIDs, without writing the GUIDs out: there are two for each row.

use uuid::Uuid;

/// How many digits stand between the hyphens of each half of a GUID.
const GROUPS: [&[u32]; 2] = [&[8, 4, 4], &[4, 12]];

/// What is looked for.
pub(super) enum Digits {
    /// Digits that can stand between hyphens.
    Plain {
        /// As a number.
        value: u64,
        /// As many ones as its digits have bits.
        mask: u64,
        /// By how many bits each half must be moved so that its last digits are those in question.
        shifts: [Vec<u32>; 2],
    },
    /// Hyphens are among them, or there are too many: they are looked for in the text.
    Written,
}

impl Digits {
    /// A word as digits, if it is of nothing but hexadecimal digits and hyphens.
    pub(super) fn new(word: &str) -> Option<Self> {
        if !word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
            return None;
        }
        let count = u32::try_from(word.len()).ok().filter(|count| *count <= 12 && !word.contains('-'));
        let plain = count.and_then(|count| Some((u64::from_str_radix(word, 16).ok()?, count)));
        Some(plain.map_or(Self::Written, |(value, count)| Self::Plain {
            value,
            mask: (1 << (4 * count)) - 1,
            shifts: GROUPS.map(|groups| {
                let (mut shifts, mut left) = (Vec::new(), 16);
                for group in groups {
                    let ends = count..=*group;
                    shifts.extend(ends.map(|end| 4 * (left - end)));
                    left -= group;
                }
                shifts
            }),
        }))
    }

    /// Whether they are in a GUID, given by its halves. `word` is what they were made of.
    pub(super) fn are_in(&self, (first, last): (u64, u64), word: &str) -> bool {
        match self {
            Self::Plain { value, mask, shifts: [in_first, in_last] } => {
                let is_in = |half: u64, shifts: &[u32]| shifts.iter().any(|shift| half >> shift & mask == *value);
                is_in(first, in_first) || is_in(last, in_last)
            }
            Self::Written => {
                let guid = Uuid::from_u64_pair(first, last);
                super::words::holds(guid.as_hyphenated().encode_lower(&mut [0; 36]), word)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Digits;
    use proptest::prelude::*;
    use uuid::Uuid;

    proptest! {
        #[test]
        fn they_are_found_where_they_are_written(
            value: u128, from in 0_usize..36, length in 1_usize..20, other in "[0-9a-f-]{1,4}",
        ) {
            let guid = Uuid::from_u128(value);
            let text = guid.to_string();
            let part = &text[from..(from + length).min(36)];
            for word in [part, &other] {
                let digits = Digits::new(word).unwrap();
                prop_assert_eq!(digits.are_in(guid.as_u64_pair(), word), text.contains(word), "{} in {}", word, text);
            }
        }
    }

    #[test]
    fn other_letters_are_no_digits() {
        assert!(Digits::new("7f3g").is_none());
        assert!(Digits::new("prod").is_none());
        assert!(matches!(Digits::new("0123456789ab"), Some(Digits::Plain { .. })));
        assert!(matches!(Digits::new("0123456789abc"), Some(Digits::Written)));
        assert!(matches!(Digits::new("-"), Some(Digits::Written)));
    }
}
