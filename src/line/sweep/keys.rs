//! What a PET's program makes of keys: which codes travel, and how often each is likely.
//!
//! | coding | what is on the wire | which programs |
//! | --- | --- | --- |
//! | clear | ASCII, bit 7 clear | PETTERM, Transactor's Terminal |
//! | set | ASCII, bit 7 always set: 7 data bits and mark, or two stop bits | McTerm |
//! | petscii | unshifted letters 41-5A, shifted ones C1-DA, digits and RETURN below 80 | C64 programs |
//! | even, odd | ASCII with bit 7 for parity | 7E1, 7O1 |
//!
//! The likelihoods are rough on purpose: letters before digits before control codes. Facts: `docs/probe.md`.

use crate::line::Parity;

/// How keys become codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    /// ASCII with bit 7 clear.
    Clear,
    /// ASCII with bit 7 always set.
    Set,
    /// PETSCII as a C64 sends it.
    Petscii,
    /// ASCII with even parity in bit 7.
    Even,
    /// ASCII with odd parity in bit 7.
    Odd,
}

impl Coding {
    /// Every one, the likeliest first.
    pub const ALL: [Coding; 5] = [Coding::Clear, Coding::Set, Coding::Petscii, Coding::Even, Coding::Odd];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Coding::Clear => "ASCII, bit 7 clear",
            Coding::Set => "ASCII, bit 7 always set",
            Coding::Petscii => "PETSCII",
            Coding::Even => "ASCII, even parity in bit 7",
            Coding::Odd => "ASCII, odd parity in bit 7",
        }
    }

    /// How likely it is before anything was heard.
    pub(super) const fn prior(self) -> f64 {
        match self {
            Coding::Clear | Coding::Set => 0.3,
            Coding::Petscii => 0.25,
            Coding::Even => 0.1,
            Coding::Odd => 0.05,
        }
    }

    /// The code on the wire for an ASCII one.
    const fn of_ascii(self, ascii: u8) -> u8 {
        let ascii = ascii & 0x7F;
        match self {
            Coding::Clear => ascii,
            Coding::Set => ascii | 0x80,
            Coding::Even => with_parity(ascii, Parity::Even),
            Coding::Odd => with_parity(ascii, Parity::Odd),
            // Lower case is what the unshifted keys give.
            Coding::Petscii => match ascii {
                b'a'..=b'z' => ascii - 0x20,
                b'A'..=b'Z' => ascii | 0x80,
                _ => ascii,
            },
        }
    }

    /// The ASCII character that a code stands for; codes that stand for none give `None`.
    pub fn ascii(self, code: u8) -> Option<u8> {
        (0x20..0x7F).chain([0x0D]).find(|&ascii| self.of_ascii(ascii) == code)
    }

    /// What a typed character may be on the wire: as it is, and in the other case.
    pub(super) fn typed(self, typed: u8) -> [u8; 2] {
        let other =
            if typed.is_ascii_lowercase() { typed.to_ascii_uppercase() } else { typed.to_ascii_lowercase() };
        [self.of_ascii(typed), self.of_ascii(other)]
    }

    /// How likely each code is when somebody types: the sum is 1.
    pub(super) fn likelihoods(self) -> [f64; 256] {
        let mut all = [0.0; 256];
        let mut put = |code: u8, share: f64| all[usize::from(code)] += share;
        for ascii in 0..0x80_u8 {
            let share = match ascii {
                b' ' => 0.08,
                b'\r' => 0.05,
                b'a'..=b'z' => 0.40 / 26.0,
                b'A'..=b'Z' => 0.30 / 26.0,
                b'0'..=b'9' => 0.08 / 10.0,
                // Space and 62 letters and digits aside, 32 characters are printed.
                0x21..=0x7E => 0.07 / 32.0,
                // 31 control codes and DEL.
                _ => 0.02 / 32.0,
            };
            put(self.of_ascii(ascii), share);
        }
        all
    }
}

const fn with_parity(ascii: u8, parity: Parity) -> u8 {
    match parity.bit(ascii as u16) {
        Some(true) => ascii | 0x80,
        _ => ascii,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likelihoods_of_a_coding_are_those_of_one_key() {
        for coding in Coding::ALL {
            let sum: f64 = coding.likelihoods().iter().sum();
            assert!((sum - 1.0).abs() < 1e-9, "{coding:?}: {sum}");
        }
    }

    #[test]
    fn the_owners_test_keys_have_the_codes_of_the_specification() {
        let codes = |coding: Coding| b"012 \raA".map(|key| coding.of_ascii(key));
        assert_eq!(codes(Coding::Set), [0xB0, 0xB1, 0xB2, 0xA0, 0x8D, 0xE1, 0xC1]);
        assert_eq!(codes(Coding::Petscii), [0x30, 0x31, 0x32, 0x20, 0x0D, 0x41, 0xC1]);
        assert_eq!(codes(Coding::Clear), [0x30, 0x31, 0x32, 0x20, 0x0D, 0x61, 0x41]);
    }

    #[test]
    fn codes_and_characters_are_inverse() {
        for coding in Coding::ALL {
            for ascii in (0x20..0x7F).filter(|c| coding != Coding::Petscii || !matches!(c, 0x41..0x5B)) {
                let back = coding.ascii(coding.of_ascii(ascii));
                assert_eq!(back, Some(ascii), "{coding:?} {ascii:02X}");
            }
        }
    }
}
