//! One cell of a screen, as front ends and dumps see it.

use std::fmt;

use crate::petscii::ScreenCode;

/// What stands in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Glyph {
    /// A Commodore screen code; the screen's machine and set say how it looks. Bit 7 is never set here:
    /// it is [`Attrs::REVERSE`].
    Code(ScreenCode),
    /// A character of an ASCII or ANSI screen: printable, one column wide.
    Char(char),
}

/// A colour of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ink {
    /// The phosphor, or the background behind it.
    #[default]
    Default,
    /// A number in the screen's palette: 0-15 of the C64 or C128, 0-7 of the VIC-20, 0-255 of xterm.
    Index(u8),
}

/// Attributes of a cell, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Attrs(pub u8);

impl Attrs {
    /// Foreground and background exchanged.
    pub const REVERSE: Attrs = Attrs(1);
    /// Brighter.
    pub const BOLD: Attrs = Attrs(2);
    /// Darker.
    pub const DIM: Attrs = Attrs(4);
    /// Underlined.
    pub const UNDERLINE: Attrs = Attrs(8);
    /// Blinking or flashing.
    pub const BLINK: Attrs = Attrs(16);

    /// Whether all bits of `other` are set.
    pub const fn contains(self, other: Attrs) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets of bits.
    #[must_use]
    pub const fn with(self, other: Attrs) -> Attrs {
        Attrs(self.0 | other.0)
    }

    /// These bits without `other`.
    #[must_use]
    pub const fn without(self, other: Attrs) -> Attrs {
        Attrs(self.0 & !other.0)
    }
}

/// A cell: a glyph, its colours and attributes, in eight bytes, because ten thousand rows of them are kept.
///
/// ```text
/// bit 62  49         48         47..40      39..32      31..24      20..0
/// code    bg is set  fg is set  background  foreground  attributes  character or screen code
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cell(u64);

impl Cell {
    /// The glyph is a screen code.
    pub(super) const CODE: u64 = 1 << 62;
    const BG_SET: u64 = 1 << 49;
    /// There is a foreground.
    pub(super) const FG_SET: u64 = 1 << 48;
    const BG: u32 = 40;
    /// Where the foreground's number begins.
    pub(super) const FG: u32 = 32;
    /// Where the attributes begin.
    pub(super) const ATTRS: u32 = 24;
    const CHARACTER: u64 = 0x1F_FFFF;

    /// A blank of a Commodore screen.
    pub const BLANK_CODE: Cell = Cell::plain(Glyph::Code(ScreenCode(0x20)));
    /// A blank of an ASCII or ANSI screen.
    pub const BLANK_CHAR: Cell = Cell::plain(Glyph::Char(' '));

    /// A cell of a glyph, foreground, background and attributes.
    pub const fn new(glyph: Glyph, fg: Ink, bg: Ink, attrs: Attrs) -> Cell {
        let glyph = match glyph {
            Glyph::Code(code) => Cell::CODE | code.0 as u64,
            Glyph::Char(c) => c as u64,
        };
        let fg = match fg {
            Ink::Default => 0,
            Ink::Index(index) => Cell::FG_SET | (index as u64) << Cell::FG,
        };
        let bg = match bg {
            Ink::Default => 0,
            Ink::Index(index) => Cell::BG_SET | (index as u64) << Cell::BG,
        };
        Cell(glyph | fg | bg | (attrs.0 as u64) << Cell::ATTRS)
    }

    /// A cell of a glyph alone.
    pub const fn plain(glyph: Glyph) -> Cell {
        Cell::new(glyph, Ink::Default, Ink::Default, Attrs(0))
    }

    /// What stands there.
    pub fn glyph(self) -> Glyph {
        if self.0 & Cell::CODE == 0 {
            Glyph::Char(char::from_u32((self.0 & Cell::CHARACTER) as u32).unwrap_or(' '))
        } else {
            Glyph::Code(ScreenCode(self.0 as u8))
        }
    }

    /// Foreground.
    pub fn fg(self) -> Ink {
        if self.0 & Cell::FG_SET == 0 { Ink::Default } else { Ink::Index((self.0 >> Cell::FG) as u8) }
    }

    /// Background.
    pub fn bg(self) -> Ink {
        if self.0 & Cell::BG_SET == 0 { Ink::Default } else { Ink::Index((self.0 >> Cell::BG) as u8) }
    }

    /// Attributes.
    pub fn attrs(self) -> Attrs {
        Attrs((self.0 >> Cell::ATTRS) as u8)
    }

    /// The bits, in which an editor may mark its own cells.
    pub(super) const fn bits(self) -> u64 {
        self.0
    }

    /// A cell of bits laid out as a cell's are, an editor's own marks taken off.
    pub(super) const fn from_bits(bits: u64) -> Cell {
        Cell(bits)
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cell")
            .field("glyph", &self.glyph())
            .field("fg", &self.fg())
            .field("bg", &self.bg())
            .field("attrs", &self.attrs())
            .finish()
    }
}
