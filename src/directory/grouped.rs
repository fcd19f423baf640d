//! Numbers as people read them.

/// A number with its digits in groups of three: `12,987`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (left, digit) in (1..=digits.len()).rev().zip(digits.chars()) {
        text.push(digit);
        if left > 1 && left % 3 == 1 {
            text.push(',');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn digits_are_grouped_by_three() {
        let shown = [0, 9, 999, 1_000, 12_987, 100_000, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "9", "999", "1,000", "12,987", "100,000", "1,234,567"]);
    }
}
