//! The two checks of XMODEM and the shape of a block.
//!
//! ```text
//! SOH n ~n  128 bytes   sum       the sum of the 128 bytes, modulo 256
//! SOH n ~n  128 bytes   hi lo     CRC-16 of them: polynomial 1021, start 0, not reflected
//! STX n ~n 1024 bytes   hi lo
//! ```
//!
//! Facts: general XMODEM practice; the check values in the tests were computed apart from this code.

use crate::transfer::Part;

pub(crate) const SOH: u8 = 0x01;
pub(crate) const STX: u8 = 0x02;
pub(crate) const EOT: u8 = 0x04;
pub(crate) const ACK: u8 = 0x06;
pub(crate) const NAK: u8 = 0x15;
pub(crate) const CAN: u8 = 0x18;
pub(crate) const SUB: u8 = 0x1A;
pub(crate) const CRC: u8 = b'C';

/// Bytes of data in a short block.
pub(crate) const SHORT: usize = 128;
/// Bytes of data in a long one.
pub(crate) const LONG: usize = 1024;

/// How a block is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Sum,
    Crc,
}

impl Check {
    /// Bytes that it takes behind the data.
    pub(crate) const fn len(self) -> usize {
        match self {
            Check::Sum => 1,
            Check::Crc => 2,
        }
    }

    /// The bytes that stand behind `data`.
    pub(crate) fn of(self, data: &[u8]) -> Vec<u8> {
        match self {
            Check::Sum => vec![data.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte))],
            Check::Crc => crc16(data).to_be_bytes().to_vec(),
        }
    }

    /// What octets are of a block, from its start on.
    pub(crate) fn part(self, octets: &[u8]) -> Part {
        let size = match octets {
            [SOH, ..] => SHORT,
            [STX, ..] => LONG,
            _ => return Part::Other,
        };
        match octets {
            [_, number, inverse, ..] if *number != !*inverse => Part::Other,
            [_, _, _, rest @ ..] if rest.len() >= size + self.len() => match rest.split_at_checked(size) {
                Some((data, check)) if check == self.of(data).as_slice() => Part::Whole,
                _ => Part::Other,
            },
            _ => Part::Begun,
        }
    }
}

/// CRC-16, polynomial 1021, start 0, most significant bit first.
pub(crate) fn crc16(data: &[u8]) -> u16 {
    data.iter().fold(0u16, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

/// A block as it goes out: `data` filled up with `padding` to 128 bytes, or to 1,024 when it is longer.
pub(crate) fn block(number: u8, data: &[u8], padding: u8, check: Check) -> Vec<u8> {
    let (start, size) = if data.len() > SHORT { (STX, LONG) } else { (SOH, SHORT) };
    let mut block = vec![start, number, !number];
    block.extend_from_slice(data);
    block.resize(3 + size, padding);
    let behind = check.of(block.get(3..).unwrap_or_default());
    block.extend(behind);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checks_have_the_published_values() {
        assert_eq!(crc16(b"123456789"), 0x31C3);
        assert_eq!(crc16(&[0; 128]), 0);
        assert_eq!((crc16(&[SUB; 128]), Check::Sum.of(&[SUB; 128])), (0xF8B0, vec![0]));
        let counting: Vec<u8> = (0..128).collect();
        assert_eq!((crc16(&counting), Check::Sum.of(&counting)), (0xE80A, vec![0xC0]));
    }

    #[test]
    fn a_block_is_told_from_what_is_none() {
        for check in [Check::Sum, Check::Crc] {
            for length in [128, 1_024] {
                let whole = block(7, &vec![b'x'; length], SUB, check);
                for so_far in 1..whole.len() {
                    assert_eq!(check.part(&whole[..so_far]), Part::Begun, "{so_far}");
                }
                assert_eq!(check.part(&whole), Part::Whole);
                for at in [0, 1, 2, 60, whole.len() - 1] {
                    let mut damaged = whole.clone();
                    damaged[at] ^= 0x40;
                    assert_eq!(check.part(&damaged), Part::Other, "{at}");
                }
            }
            assert_eq!(check.part(b"MENU"), Part::Other);
        }
    }

    #[test]
    fn a_block_is_padded_to_its_size() {
        let short = block(255, b"abc", SUB, Check::Sum);
        assert_eq!((short.len(), &short[..7]), (132, &[SOH, 255, 0, b'a', b'b', b'c', SUB][..]));
        assert_eq!(block(0, &[1; 129], 0, Check::Crc).len(), 1029);
    }
}
