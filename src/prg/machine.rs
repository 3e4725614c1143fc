//! Which machines a program fits: where their RAM ends, and what a PET has at an address.
//!
//! PET: RAM from 0000, BASIC from 0401, screen at 8000, option sockets 9000-AFFF, ROM above. The limits are those that
//! BASIC has at the start, without memory that only machine code reaches. Facts: the ROMs' sources, `docs/prg.md`.

use super::token::Basic;

/// A machine with its memory.
struct Machine {
    name: &'static str,
    /// Where BASIC programs begin.
    basic: u16,
    /// The first address behind their memory.
    top: u16,
}

const MACHINES: [Machine; 14] = [
    Machine { name: "PET 4K", basic: 0x0401, top: 0x1000 },
    Machine { name: "PET 8K", basic: 0x0401, top: 0x2000 },
    Machine { name: "PET 16K", basic: 0x0401, top: 0x4000 },
    Machine { name: "PET 32K", basic: 0x0401, top: 0x8000 },
    Machine { name: "VIC-20 with 3K", basic: 0x0401, top: 0x1E00 },
    Machine { name: "VIC-20", basic: 0x1001, top: 0x1E00 },
    Machine { name: "VIC-20 with 8K", basic: 0x1201, top: 0x4000 },
    Machine { name: "VIC-20 with 16K", basic: 0x1201, top: 0x6000 },
    Machine { name: "VIC-20 with 24K", basic: 0x1201, top: 0x8000 },
    Machine { name: "C64", basic: 0x0801, top: 0xA000 },
    Machine { name: "C16", basic: 0x1001, top: 0x3FF6 },
    Machine { name: "Plus/4", basic: 0x1001, top: 0xFD00 },
    Machine { name: "C128", basic: 0x1C01, top: 0xFF00 },
    Machine { name: "C128 with a hi-res screen", basic: 0x4001, top: 0xFF00 },
];

/// The first tape buffer: the lowest place where programs for a PET are put.
const LOWEST_PET: u16 = 0x027A;

/// The machines that a program of this size fits, and the bytes that are left there. Programs with words of BASIC 4,
/// and machine code, are looked at for PETs alone.
pub(super) fn fitting(load: u16, size: usize, basic: Option<Basic>) -> Vec<(&'static str, usize)> {
    let end = usize::from(load) + size;
    let suits = |machine: &&Machine| {
        let is_pet = machine.name.starts_with("PET");
        match basic {
            Some(needs) => machine.basic == load && (is_pet || needs != Basic::Four),
            None => is_pet && load >= LOWEST_PET,
        }
    };
    MACHINES
        .iter()
        .filter(suits)
        .filter_map(|machine| Some((machine.name, usize::from(machine.top).checked_sub(end)?)))
        .collect()
}

/// What is at an address of a PET, where it is not the RAM that programs use.
pub(super) fn on_a_pet(address: u16) -> Option<&'static str> {
    match address {
        0x0000..0x027A => Some("BASIC's own memory"),
        0x027A..0x0400 => Some("the tape buffers"),
        0x0400..0x8000 => None,
        0x8000..0x9000 => Some("the screen"),
        0x9000..0xB000 => Some("the sockets for option ROMs"),
        0xB000.. => Some("ROM"),
    }
}
