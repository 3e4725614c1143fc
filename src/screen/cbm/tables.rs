//! What each Commodore machine makes of a byte: the glyph it prints or the action it takes.
//!
//! Facts: `docs/screen.md`, "Control codes by machine".

use crate::petscii::{CharSet, Machine, Petscii};
use crate::screen::ScreenKind;

/// A table entry of a control code; bit 7 is never set in the code of a glyph.
pub(super) const CONTROL: u8 = 0xFF;
/// Flag of a byte that prints a quotation mark where quote mode exists.
pub(super) const QUOTE: u8 = 0x80;

/// Byte to screen code; bytes with bit 7 set in their entry leave the fast path.
pub(super) type Codes = [u8; 256];

const fn codes(machine: Machine, quote_mode: bool) -> Codes {
    let mut table = [CONTROL; 256];
    let mut byte = 0;
    while byte < 256 {
        if let Some(code) = Petscii(byte as u8).screen_code(machine) {
            // Only unshifted bytes toggle: 22, and on a PET its alias 62.
            let quote = quote_mode && code.0 == 0x22 && byte < 0x80;
            table[byte] = if quote { code.0 | QUOTE } else { code.0 };
        }
        byte += 1;
    }
    table
}

/// The PET's own map: 60-7F print as 20-3F.
static PET: Codes = codes(Machine::Pet, true);
/// VIC-20, C64 and C128: 60-7F print as C0-DF.
static LATER: Codes = codes(Machine::C64, true);
/// The same without quote mode, for every machine at board level.
static BOARD: Codes = codes(Machine::C64, false);

/// The map of a machine.
pub(super) fn codes_of(kind: ScreenKind, strict: bool) -> &'static Codes {
    match (strict, kind.machine()) {
        (false, _) => &BOARD,
        (true, Some(Machine::Pet)) => &PET,
        (true, _) => &LATER,
    }
}

/// What a control code does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Nothing,
    Return,
    LineFeed,
    Down,
    Up,
    Right,
    Left,
    Home,
    Clear,
    Delete,
    Insert,
    ReverseOn,
    ReverseOff,
    TextSet,
    GraphicsSet,
    Bell,
    Tab,
    TabToggle,
    WindowTop,
    WindowBottom,
    DeleteLine,
    InsertLine,
    EraseToEnd,
    EraseToStart,
    ScrollUp,
    ScrollDown,
    /// Ends reverse, quote and insert (1B, 9B on a CBM).
    Cancel,
    /// A colour as this machine numbers it.
    Colour(u8),
    /// SHIFT+C= locked or unlocked: keyboard only, but kept as a state.
    Lock(bool),
    Underline(bool),
    Flash(bool),
    /// The C128's prefix.
    Escape,
    /// CCGMS: the next byte's colour becomes the background.
    Background,
    /// CCGMS: the cursor shows or hides.
    Cursor(bool),
}

/// The sixteen colour codes in the C64's order.
const COLOURS: [u8; 16] =
    [0x90, 0x05, 0x1C, 0x9F, 0x9C, 0x1E, 0x1F, 0x9E, 0x81, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B];

/// The C128's 80-column colours for the same codes: bits R=8 G=4 B=2 I=1.
const RGBI: [u8; 16] = [0x0, 0xF, 0x8, 0x7, 0xB, 0x4, 0x2, 0xD, 0xA, 0xC, 0x9, 0x6, 0x1, 0x5, 0x3, 0xE];

/// The place of a colour code in the C64's palette.
pub(super) fn colour_of(byte: u8) -> Option<u8> {
    COLOURS.iter().position(|code| *code == byte).map(|place| place as u8)
}

/// What a control code does on a machine.
pub(super) fn action(kind: ScreenKind, strict: bool, byte: u8) -> Action {
    let common = match byte {
        0x0D | 0x8D => Action::Return,
        0x11 => Action::Down,
        0x91 => Action::Up,
        0x1D => Action::Right,
        0x9D => Action::Left,
        0x12 => Action::ReverseOn,
        0x92 => Action::ReverseOff,
        0x13 => Action::Home,
        0x93 => Action::Clear,
        0x14 => Action::Delete,
        0x94 => Action::Insert,
        // The set of the oldest machines is a POKE.
        0x0E if kind != ScreenKind::Pet2001N => Action::TextSet,
        0x8E if kind != ScreenKind::Pet2001N => Action::GraphicsSet,
        _ => Action::Nothing,
    };
    if common != Action::Nothing {
        return common;
    }
    match kind {
        ScreenKind::Cbm8032 => business(byte),
        ScreenKind::Safe8032 => match byte {
            // A C64 board's colours and case locks, a C128 board's flash.
            0x08 | 0x09 | 0x0F | 0x8F => Action::Nothing,
            _ if colour_of(byte).is_some() => Action::Nothing,
            _ => business(byte),
        },
        ScreenKind::Cbm4032 => match byte {
            0x07 | 0x87 | 0x09 | 0x89 | 0x1B | 0x9B | 0x96 => business(byte),
            _ => Action::Nothing,
        },
        ScreenKind::C64 => match byte {
            0x08 => Action::Lock(true),
            0x09 => Action::Lock(false),
            0x02 if !strict => Action::Background,
            0x07 | 0x17 if !strict => Action::Bell,
            0x0A if !strict => Action::Cursor(true),
            0x0B if !strict => Action::Cursor(false),
            _ => colour_of(byte).map_or(Action::Nothing, Action::Colour),
        },
        ScreenKind::Vic20 => match byte {
            0x08 => Action::Lock(true),
            0x09 => Action::Lock(false),
            _ => match colour_of(byte) {
                Some(colour @ 0..=7) => Action::Colour(colour),
                _ => Action::Nothing,
            },
        },
        ScreenKind::C128 => match byte {
            0x02 => Action::Underline(true),
            0x82 => Action::Underline(false),
            0x0F => Action::Flash(true),
            0x8F => Action::Flash(false),
            0x07 => Action::Bell,
            0x09 => Action::Tab,
            0x18 => Action::TabToggle,
            0x0A => Action::LineFeed,
            0x0B => Action::Lock(true),
            0x0C => Action::Lock(false),
            0x1B => Action::Escape,
            _ => match colour_of(byte) {
                Some(colour) => Action::Colour(RGBI[usize::from(colour)]),
                None => Action::Nothing,
            },
        },
        ScreenKind::Pet2001N | ScreenKind::Ansi | ScreenKind::Ascii => Action::Nothing,
    }
}

/// The editing codes of the CBM 8032.
fn business(byte: u8) -> Action {
    match byte {
        0x07 | 0x87 => Action::Bell,
        0x09 => Action::Tab,
        0x89 => Action::TabToggle,
        0x0F => Action::WindowTop,
        0x8F => Action::WindowBottom,
        0x15 => Action::DeleteLine,
        0x95 => Action::InsertLine,
        0x16 => Action::EraseToEnd,
        0x96 => Action::EraseToStart,
        0x19 => Action::ScrollUp,
        0x99 => Action::ScrollDown,
        0x1B | 0x9B => Action::Cancel,
        _ => Action::Nothing,
    }
}

/// What differs between machines besides their control codes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Model {
    /// Rows that one logical line can span; 1 where lines are not linked.
    pub(super) linked_rows: usize,
    /// A second HOME in direct succession resets the window.
    pub(super) has_window: bool,
    /// 1B and 9B act even in quote and insert mode.
    pub(super) cancels: bool,
    /// The set at power-up.
    pub(super) set: CharSet,
    /// The colour at power-up, on a colour machine.
    pub(super) colour: Option<u8>,
    /// The background at power-up: the machine's, and that of the terminal programs boards are drawn for.
    pub(super) background: Option<(u8, u8)>,
    /// A tab stop every eight columns at power-up.
    pub(super) tabs: bool,
}

impl Model {
    pub(super) fn of(kind: ScreenKind) -> Model {
        let pet = Model {
            linked_rows: 1,
            has_window: true,
            cancels: true,
            set: CharSet::Text,
            colour: None,
            background: None,
            tabs: false,
        };
        match kind {
            ScreenKind::Cbm4032 => Model { linked_rows: 2, has_window: false, set: CharSet::Graphics, ..pet },
            ScreenKind::Pet2001N => {
                Model { linked_rows: 2, has_window: false, cancels: false, set: CharSet::Graphics, ..pet }
            }
            ScreenKind::C64 => Model {
                linked_rows: 2,
                has_window: false,
                cancels: false,
                set: CharSet::Graphics,
                colour: Some(14),
                background: Some((6, 0)),
                ..pet
            },
            ScreenKind::Vic20 => Model {
                linked_rows: 4,
                has_window: false,
                cancels: false,
                set: CharSet::Graphics,
                colour: Some(6),
                background: Some((1, 1)),
                ..pet
            },
            ScreenKind::C128 => {
                Model { cancels: false, colour: Some(7), background: Some((0, 0)), tabs: true, ..pet }
            }
            ScreenKind::Cbm8032 | ScreenKind::Safe8032 | ScreenKind::Ansi | ScreenKind::Ascii => pet,
        }
    }
}
