//! The colours of the screens as the front ends use them: every number has one.
//!
//! The machines' palettes are [`crate::screen::palette`]'s. ANSI's first sixteen, which belong to the user, are a
//! VGA's here, in the order of SGR.

use super::Rgb;
use crate::screen::{ScreenKind, palette};

const VGA: [palette::Rgb; 16] = [
    [0x00, 0x00, 0x00],
    [0xAA, 0x00, 0x00],
    [0x00, 0xAA, 0x00],
    [0xAA, 0x55, 0x00],
    [0x00, 0x00, 0xAA],
    [0xAA, 0x00, 0xAA],
    [0x00, 0xAA, 0xAA],
    [0xAA, 0xAA, 0xAA],
    [0x55, 0x55, 0x55],
    [0xFF, 0x55, 0x55],
    [0x55, 0xFF, 0x55],
    [0xFF, 0xFF, 0x55],
    [0x55, 0x55, 0xFF],
    [0xFF, 0x55, 0xFF],
    [0x55, 0xFF, 0xFF],
    [0xFF, 0xFF, 0xFF],
];

/// Colour `number` of a screen's palette; numbers beyond a short palette wrap.
pub fn palette(kind: ScreenKind, number: u8) -> Rgb {
    let number = match kind {
        ScreenKind::C64 | ScreenKind::C128 => number & 15,
        ScreenKind::Vic20 => number & 7,
        _ => number,
    };
    palette::rgb(kind, number).map_or_else(|| xterm(number), |[r, g, b]| Rgb(r, g, b))
}

/// xterm's 256 colours, the first sixteen as on a VGA.
pub(super) fn xterm(number: u8) -> Rgb {
    let of_vga = VGA[usize::from(number & 15)];
    let [r, g, b] = palette::rgb(ScreenKind::Ansi, number).unwrap_or(of_vga);
    Rgb(r, g, b)
}
