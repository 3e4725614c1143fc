//! Which lines an FTDI chip inverts by itself: a byte in its EEPROM, read without taking the port from its
//! driver.
//!
//! ```text
//! byte 0B of the EEPROM     7    6    5    4    3    2    1    0
//! FT232R, FT230X, FT231X    RI   DCD  DSR  DTR  CTS  RTS  RXD  TXD
//! ```
//!
//! Source: the layout that the crate `ftdi-nusb` and libftdi know. Not tested on hardware.

use std::time::Duration;

use nusb::MaybeFuture as _;
use nusb::transfer::{ControlIn, ControlType, Recipient};

use crate::engine::{Failure, Target, Trouble};

const READ_EEPROM: u8 = 0x90;
/// The EEPROM is read in words; this one holds bytes 0A and 0B.
const WORD: u16 = 5;
const PATIENCE: Duration = Duration::from_millis(500);

/// What a chip inverts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inverts {
    /// The line to the PET.
    pub tx: bool,
    /// The line from the PET.
    pub rx: bool,
}

impl Inverts {
    /// From the byte at 0B.
    pub const fn from_byte(byte: u8) -> Inverts {
        Inverts { tx: byte & 0x01 != 0, rx: byte & 0x02 != 0 }
    }
}

/// Reads what the chip behind a port inverts.
///
/// # Errors
/// If it is no FTDI chip, or may not be asked.
pub fn read(target: &Target) -> Result<Inverts, Trouble> {
    let failed = |what: &dyn std::fmt::Display| {
        Trouble::new(Failure::Permission, format!("the EEPROM of {target} cannot be read: {what}"), "")
    };
    let device = super::ftdi::find(target)?.open().wait().map_err(|error| failed(&error))?;
    let request = ControlIn {
        control_type: ControlType::Vendor,
        recipient: Recipient::Device,
        request: READ_EEPROM,
        value: 0,
        index: WORD,
        length: 2,
    };
    let word = device.control_in(request, PATIENCE).wait().map_err(|error| failed(&error))?;
    match word[..] {
        [_, byte] => Ok(Inverts::from_byte(byte)),
        _ => Err(failed(&format!("{} bytes came where two were asked for", word.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_its_bit() {
        assert_eq!(Inverts::from_byte(0x00), Inverts { tx: false, rx: false });
        assert_eq!(Inverts::from_byte(0x01), Inverts { tx: true, rx: false });
        assert_eq!(Inverts::from_byte(0x02), Inverts { tx: false, rx: true });
        assert_eq!(Inverts::from_byte(0xFF), Inverts { tx: true, rx: true });
    }
}
