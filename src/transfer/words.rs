//! Numbers as people read them.

use crate::time::Span;

/// `1,234,567`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 block`, `1,200 blocks`.
///
/// ```
/// assert_eq!(petterm::transfer::counted(1_200, "block", "blocks"), "1,200 blocks");
/// ```
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(n), if n == 1 { one } else { many })
}

/// `1 byte`, `1,200 bytes`.
pub fn bytes(n: u64) -> String {
    counted(n, "byte", "bytes")
}

/// `248 of 1,200 bytes`, where it is known how many there are.
pub fn bytes_of(n: u64, length: Option<u64>) -> String {
    match length {
        Some(length) => format!("{} of {}", thousands(n), bytes(length)),
        None => bytes(n),
    }
}

/// `1:02` minutes and seconds, `1:02:03` hours.
pub fn clock(span: Span) -> String {
    let seconds = span.as_millis() / 1_000;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        1..=99 => format!("{hours}:{minutes:02}:{seconds:02}"),
        _ => "days".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas_and_one_is_one() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(n), text);
        }
        for (seconds, text) in [(0, "0:00"), (3_599, "59:59"), (3_723, "1:02:03"), (360_000, "days")] {
            assert_eq!(clock(Span::from_secs(seconds)), text);
        }
        assert_eq!(bytes(1), "1 byte");
        assert_eq!(bytes_of(0, Some(1)), "0 of 1 byte");
        assert_eq!(bytes_of(1_000, None), "1,000 bytes");
    }
}
