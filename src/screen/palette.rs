//! The colours behind the numbers of [`Ink::Index`](super::Ink::Index), as red, green, blue.
//!
//! Facts: the VICE emulator's palettes "Colodore" (C64), "Mike" (VIC-20) and "RGB" (C128, with brown); xterm's
//! 256 colours. See `docs/pictures.md`.

use super::ScreenKind;

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// The C64's sixteen.
pub const C64: [Rgb; 16] = [
    [0x00, 0x00, 0x00],
    [0xFF, 0xFF, 0xFF],
    [0x96, 0x28, 0x2E],
    [0x5B, 0xD6, 0xCE],
    [0x9F, 0x2D, 0xAD],
    [0x41, 0xB9, 0x36],
    [0x27, 0x24, 0xC4],
    [0xEF, 0xF3, 0x47],
    [0x9F, 0x48, 0x15],
    [0x5E, 0x35, 0x00],
    [0xDA, 0x5F, 0x66],
    [0x47, 0x47, 0x47],
    [0x78, 0x78, 0x78],
    [0x91, 0xFF, 0x84],
    [0x68, 0x64, 0xFF],
    [0xAE, 0xAE, 0xAE],
];

/// The VIC-20's eight of the cursor keys.
pub const VIC20: [Rgb; 8] = [
    [0x00, 0x00, 0x00],
    [0xFF, 0xFF, 0xFF],
    [0xB6, 0x1F, 0x21],
    [0x4D, 0xF0, 0xFF],
    [0xB4, 0x3F, 0xFF],
    [0x44, 0xE2, 0x37],
    [0x1A, 0x34, 0xFF],
    [0xDC, 0xD7, 0x1B],
];

/// The C128's 80-column sixteen: bits R=8 G=4 B=2 I=1.
pub const C128: [Rgb; 16] = [
    [0x00, 0x00, 0x00],
    [0x55, 0x55, 0x55],
    [0x00, 0x00, 0xAA],
    [0x55, 0x55, 0xFF],
    [0x00, 0xAA, 0x00],
    [0x55, 0xFF, 0x55],
    [0x00, 0xAA, 0xAA],
    [0x55, 0xFF, 0xFF],
    [0xAA, 0x00, 0x00],
    [0xFF, 0x55, 0x55],
    [0xAA, 0x00, 0xAA],
    [0xFF, 0x55, 0xFF],
    [0xAA, 0x55, 0x00],
    [0xFF, 0xFF, 0x55],
    [0xAA, 0xAA, 0xAA],
    [0xFF, 0xFF, 0xFF],
];

/// The colour behind a number of a screen's palette; `None` on a screen without colours, beyond the palette, and
/// for the ANSI numbers 0-15, which belong to the user's theme.
pub fn rgb(kind: ScreenKind, index: u8) -> Option<Rgb> {
    match kind {
        ScreenKind::C64 => C64.get(usize::from(index)).copied(),
        ScreenKind::Vic20 => VIC20.get(usize::from(index)).copied(),
        ScreenKind::C128 => C128.get(usize::from(index)).copied(),
        ScreenKind::Ansi => xterm(index),
        ScreenKind::Safe8032
        | ScreenKind::Cbm8032
        | ScreenKind::Cbm4032
        | ScreenKind::Pet2001N
        | ScreenKind::Ascii => None,
    }
}

/// xterm's colours 16-255: a 6x6x6 cube and 24 greys.
fn xterm(index: u8) -> Option<Rgb> {
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    match index {
        0..16 => None,
        16..232 => {
            let cube = index - 16;
            Some([level(cube / 36), level(cube / 6 % 6), level(cube % 6)])
        }
        232.. => Some([8 + 10 * (index - 232); 3]),
    }
}
