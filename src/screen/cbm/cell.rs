//! A cell of a Commodore screen in four bytes.
//!
//! ```text
//! bit 24   23..16       15..8    7        6..0
//! painted  attributes   colour   reverse  screen code
//! ```

use crate::petscii::ScreenCode;
use crate::screen::{Attrs, Cell};

/// Screen code, colour, attributes, and whether the cell was painted since somebody last asked to forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::screen) struct CodeCell(u32);

const PAINTED: u32 = 1 << 24;
const SPACE: u8 = 0x20;

impl CodeCell {
    /// The bit of a screen code that reverses it.
    pub(super) const REVERSE: u8 = 0x80;

    pub(super) fn blank(colour: u8) -> CodeCell {
        CodeCell(u32::from(SPACE) | u32::from(colour) << 8)
    }

    /// Everything of a printed cell but its glyph.
    pub(super) fn pen(reverse: bool, colour: u8, attrs: Attrs) -> CodeCell {
        let reverse = if reverse { u32::from(Self::REVERSE) } else { 0 };
        CodeCell(reverse | u32::from(colour) << 8 | u32::from(attrs.0) << 16 | PAINTED)
    }

    /// A pen's cell with a glyph; a code with bit 7 set is reversed whatever the pen says.
    #[must_use]
    pub(super) fn with_code(self, code: u8) -> CodeCell {
        CodeCell(self.0 | u32::from(code))
    }

    #[must_use]
    pub(super) fn with_colour(self, colour: u8) -> CodeCell {
        CodeCell(self.0 & !0xFF00 | u32::from(colour) << 8)
    }

    /// The screen code, reverse bit included.
    pub(in crate::screen) fn code(self) -> ScreenCode {
        ScreenCode(self.0 as u8)
    }

    pub(in crate::screen) fn colour(self) -> u8 {
        (self.0 >> 8) as u8
    }

    pub(in crate::screen) fn is_painted(self) -> bool {
        self.0 & PAINTED != 0
    }

    pub(super) fn forget_painted(&mut self) {
        self.0 &= !PAINTED;
    }

    /// The code 20, as the editors ask: not its shifted or reversed forms.
    pub(super) fn is_space(self) -> bool {
        self.code().0 == SPACE
    }

    /// Nothing to see, in any colour.
    pub(super) fn is_blank(self) -> bool {
        self.is_space() && self.attrs() == Attrs::default()
    }

    fn attrs(self) -> Attrs {
        Attrs((self.0 >> 16) as u8)
    }

    /// As front ends see it: every field moves to its place in a [`Cell`], and the mark of a reversed code becomes
    /// an attribute. Without branches, so that whole rows are converted at once.
    pub(super) fn cell(self, coloured: bool, reverse_screen: bool) -> Cell {
        let bits = u64::from(self.0);
        let flipped = if reverse_screen { bits ^ u64::from(Self::REVERSE) } else { bits };
        let reverse = (flipped >> 7 & 1) * u64::from(Attrs::REVERSE.0);
        let fg = if coloured { Cell::FG_SET | (bits >> 8 & 0xFF) << Cell::FG } else { 0 };
        Cell::from_bits(Cell::CODE | bits & 0x7F | fg | (bits >> 16 & 0xFF | reverse) << Cell::ATTRS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::{Glyph, Ink};

    #[test]
    fn every_field_arrives() {
        for (code, colour, attrs) in (0..=255_u8).map(|n| (n, n.wrapping_mul(7) & 15, Attrs((n & 15) << 1))) {
            for (coloured, reverse_screen) in [(false, false), (false, true), (true, false), (true, true)] {
                let cell = CodeCell::pen(false, colour, attrs).with_code(code).cell(coloured, reverse_screen);
                assert_eq!(cell.glyph(), Glyph::Code(ScreenCode(code & 0x7F)));
                assert_eq!(cell.fg(), if coloured { Ink::Index(colour) } else { Ink::Default });
                assert_eq!(cell.bg(), Ink::Default);
                let reversed = (code >= 0x80) != reverse_screen;
                assert_eq!(cell.attrs(), if reversed { attrs.with(Attrs::REVERSE) } else { attrs });
                assert_eq!(cell, Cell::new(cell.glyph(), cell.fg(), cell.bg(), cell.attrs()));
            }
        }
    }
}
