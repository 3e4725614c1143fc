//! Octets of the user to octets of an 8N1 port and back: parity and bit 7 in software.
//!
//! A UART at 8N1 carries every frame of ten bits, because the eighth data bit stands where another format
//! has its parity bit or its first stop bit:
//!
//! ```text
//! 8N1   start d0 d1 d2 d3 d4 d5 d6 d7     stop
//! 7E1   start d0 d1 d2 d3 d4 d5 d6 parity stop      (7O1, 7M1, 7S1 alike)
//! 7N2   start d0 d1 d2 d3 d4 d5 d6 stop   stop
//! ```
//!
//! So parity works on every port and every driver, and on those that would silently run something else. A
//! frame of another length is the port's business, and octets then pass as they are. Parity errors are
//! reported, and the octet is kept. Facts: `docs/line.md`.

use super::{LineFormat, Parity, StopBits};

/// Translates between what a session means and what a port at [`Codec::native`] carries.
///
/// ```
/// use petterm::line::Codec;
///
/// let codec = Codec::new(&"300-7E1".parse()?, false, false);
/// assert_eq!(codec.native().to_string(), "300-8N1");
/// assert_eq!(codec.encode(b'C'), 0xC3);
/// assert_eq!(codec.decode(0xC3), (b'C', true));
/// assert_eq!(codec.decode(0x43), (b'C', false));
/// # Ok::<(), petterm::line::LineFormatError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Codec {
    format: LineFormat,
    strip7: bool,
    set7: bool,
}

impl Codec {
    /// A codec for `format`. `strip7` clears bit 7 of what is received, `set7` sets it in what is sent; on
    /// frames of fewer than eight data bits bit 7 is not the user's, and neither changes anything.
    pub const fn new(format: &LineFormat, strip7: bool, set7: bool) -> Codec {
        Codec { format: *format, strip7, set7 }
    }

    /// The format that the port itself must run: 8N1 where it can carry the frame, else the frame's own.
    pub const fn native(&self) -> LineFormat {
        if self.format.fits_8n1() {
            LineFormat { data_bits: 8, parity: Parity::None, stop: StopBits::One, ..self.format }
        } else {
            self.format
        }
    }

    /// Whether the line can carry this octet as it is; otherwise [`Codec::encode`] would lose its high bits
    /// and the sender must refuse it.
    pub const fn carries(&self, octet: u8) -> bool {
        self.format.data_bits >= 8 || octet >> self.format.data_bits == 0
    }

    /// The octet that the port shall send.
    pub const fn encode(&self, octet: u8) -> u8 {
        if self.in_software() {
            let data = octet & 0x7F;
            if self.bit7(data) { data | 0x80 } else { data }
        } else if self.set7 && self.format.data_bits >= 8 {
            octet | 0x80
        } else {
            octet
        }
    }

    /// The octet that a received one means, and whether the bit in the place of the parity bit (with 7N2,
    /// of the first stop bit) was right. Where the port checks parity itself, the answer is always yes.
    pub const fn decode(&self, octet: u8) -> (u8, bool) {
        if self.in_software() {
            let data = octet & 0x7F;
            (data, (octet >= 0x80) == self.bit7(data))
        } else if self.strip7 {
            (octet & 0x7F, true)
        } else {
            (octet, true)
        }
    }

    /// Seven data bits on an 8N1 port.
    const fn in_software(&self) -> bool {
        self.format.data_bits == 7 && self.format.fits_8n1()
    }

    /// What stands in the eighth place of a frame of seven data bits.
    const fn bit7(&self, data: u8) -> bool {
        match self.format.parity.bit(data as u16) {
            Some(parity) => parity,
            // 7N2: the first of two stop bits.
            None => true,
        }
    }
}
