//! Where a received file ends and padding begins: XMODEM carries no length.
//!
//! Looks at the bytes as they pass and keeps none of them. Two answers: behind the zero link of a BASIC program,
//! when its line links are whole and only padding follows; else before the run of `1A` that ends the last block.

use super::check::SUB;
use crate::transfer::bytes;

/// What has gone by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Padding {
    total: u64,
    run: u64,
    basic: Basic,
}

/// Where in a BASIC program the next byte stands: load address, then lines of link, number, text and `00`, then
/// a link of zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Basic {
    #[default]
    Low,
    High {
        low: u8,
    },
    /// A link; where it stands, as an address.
    LinkLow {
        at: u16,
    },
    LinkHigh {
        at: u16,
        low: u8,
    },
    /// In the line that ends before `next`; two bytes of number come first.
    Line {
        at: u16,
        next: u16,
        number: u8,
    },
    /// The program ended behind so many bytes of the file, and only padding came since.
    Ended {
        length: u64,
    },
    /// It is no BASIC program, or something else follows it.
    Not,
}

/// What to cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Bytes that stay.
    pub(crate) length: u64,
    /// In words; none where nothing is cut.
    pub(crate) remark: Option<String>,
}

impl Padding {
    /// These bytes come next in the file.
    pub(crate) fn pass(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.total = self.total.saturating_add(1);
            self.run = if byte == SUB { self.run.saturating_add(1) } else { 0 };
            self.basic = self.basic.next(byte, self.total);
        }
    }

    /// Whether a BASIC program has come whole, and behind it not a block that is padding alone.
    pub(crate) fn is_whole_program(&self, last_block: usize) -> bool {
        matches!(self.basic, Basic::Ended { length } if self.total - length < last_block as u64)
    }

    /// The end, when the last block had so many bytes: padding is never longer than that. `runs` says whether a
    /// run of `1A` counts as padding.
    pub(crate) fn cut(&self, last_block: usize, runs: bool) -> Cut {
        let last_block = last_block as u64;
        if let Basic::Ended { length } = self.basic {
            let cut = self.total - length;
            if cut < last_block {
                let remark =
                    (cut > 0).then(|| format!("cut {} of padding behind the BASIC program", bytes(cut)));
                return Cut { length, remark };
            }
        }
        let cut = if runs { self.run.min(last_block) } else { 0 };
        let remark = (cut > 0).then(|| format!("cut {} of padding (1A) at its end", bytes(cut)));
        Cut { length: self.total - cut, remark }
    }
}

impl Basic {
    fn next(self, byte: u8, total: u64) -> Basic {
        match self {
            Basic::Low => Basic::High { low: byte },
            Basic::High { low } => Basic::LinkLow { at: u16::from_le_bytes([low, byte]) },
            Basic::LinkLow { at } => Basic::LinkHigh { at, low: byte },
            Basic::LinkHigh { at, low } => match (u16::from_le_bytes([low, byte]), at.checked_add(2)) {
                (0, _) => Basic::Ended { length: total },
                // The shortest line is a link, a number and the zero.
                (next, Some(at)) if next > at.saturating_add(2) => Basic::Line { at, next, number: 2 },
                _ => Basic::Not,
            },
            Basic::Line { at, next, number } => {
                // `at` is below `next`, so it cannot run over.
                let at = at.wrapping_add(1);
                match (number, byte) {
                    (0, 0) if at == next => Basic::LinkLow { at },
                    (0, 0) => Basic::Not,
                    _ if at >= next => Basic::Not,
                    _ => Basic::Line { at, next, number: number.saturating_sub(1) },
                }
            }
            Basic::Ended { length } if byte == 0 || byte == SUB => Basic::Ended { length },
            Basic::Ended { .. } | Basic::Not => Basic::Not,
        }
    }
}

/// Whether a file is a BASIC program of a line or more with whole links, and nothing but padding behind it.
pub(crate) fn is_basic(file: &[u8]) -> bool {
    let mut padding = Padding::default();
    padding.pass(file);
    matches!(padding.basic, Basic::Ended { length } if length > 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `10 ?"A"` and `20 END` at 0401.
    fn program() -> Vec<u8> {
        let mut bytes = vec![0x01, 0x04, 0x0A, 0x04, 10, 0, 0x99, b'"', b'A', b'"', 0];
        bytes.extend([0x10, 0x04, 20, 0, 0x80, 0, 0, 0]);
        bytes
    }

    fn cut(bytes: &[u8], last_block: usize) -> Cut {
        let mut padding = Padding::default();
        padding.pass(bytes);
        padding.cut(last_block, true)
    }

    #[test]
    fn a_basic_program_ends_behind_its_zero_link_whatever_the_padding_is() {
        for pad in [0, SUB] {
            let mut bytes = program();
            let length = bytes.len() as u64;
            bytes.resize(128, pad);
            assert_eq!(cut(&bytes, 128).length, length, "padding {pad:02X}");
        }
    }

    #[test]
    fn machine_code_behind_a_basic_program_stays() {
        let mut bytes = program();
        bytes.extend([0xA9, 0x00, 0x60]);
        let length = bytes.len() as u64;
        bytes.resize(128, SUB);
        assert_eq!(cut(&bytes, 128).length, length);
    }

    #[test]
    fn zeros_are_no_padding_of_anything_but_a_basic_program() {
        let mut bytes = b"text".to_vec();
        bytes.resize(128, 0);
        assert_eq!(cut(&bytes, 128), Cut { length: 128, remark: None });
    }

    #[test]
    fn a_wrong_link_is_no_program() {
        let mut bytes = program();
        bytes[2] = 0x0B;
        bytes.resize(128, 0);
        assert_eq!(cut(&bytes, 128).length, 128);
    }

    #[test]
    fn padding_is_never_longer_than_the_last_block() {
        assert_eq!(cut(&[SUB; 256], 128).length, 128);
    }
}
