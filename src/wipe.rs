//! Overwrites what must not linger in memory (SEC-063). Best effort: what a buffer left behind when it grew, and what the
//! browser hands over or takes, are copies beyond reach.

/// Overwrites a text and leaves it empty.
pub(crate) fn wipe(text: &mut String) {
    wipe_bytes(&mut std::mem::take(text).into_bytes());
}

/// Overwrites bytes.
pub(crate) fn wipe_bytes(bytes: &mut [u8]) {
    bytes.fill(0);
    // Without this the compiler may leave the overwriting out, for nobody reads the bytes again.
    std::hint::black_box(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left() {
        let (mut bytes, mut text) = (*b"the-token", "the-token".to_owned());
        wipe_bytes(&mut bytes);
        wipe(&mut text);
        assert_eq!(bytes, [0; 9]);
        assert_eq!(text, "");
    }
}
