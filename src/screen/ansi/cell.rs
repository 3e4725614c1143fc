//! A cell of an ASCII or ANSI screen, and the pen that paints it.

use crate::screen::{Attrs, Cell, Glyph, Ink};

/// The bits of a [`Cell`], and whether it was painted since somebody last asked to forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::screen) struct CharCell(u64);

/// A bit that no [`Cell`] uses.
const PAINTED: u64 = 1 << 63;

impl CharCell {
    /// A blank on a background.
    pub(super) fn blank(bg: Ink) -> CharCell {
        CharCell(Cell::new(Glyph::Char(' '), Ink::Default, bg, Attrs(0)).bits())
    }

    #[must_use]
    pub(super) fn with_ascii(self, byte: u8) -> CharCell {
        CharCell(self.0 | u64::from(byte))
    }

    #[must_use]
    pub(super) fn with_char(self, c: char) -> CharCell {
        CharCell(self.0 | u64::from(u32::from(c)))
    }

    pub(in crate::screen) fn char(self) -> char {
        match self.cell().glyph() {
            Glyph::Char(c) => c,
            Glyph::Code(_) => ' ',
        }
    }

    pub(in crate::screen) fn is_painted(self) -> bool {
        self.0 & PAINTED != 0
    }

    pub(super) fn forget_painted(&mut self) {
        self.0 &= !PAINTED;
    }

    /// Nothing to see: a space on the default background, neither reversed nor underlined.
    pub(super) fn is_blank(self) -> bool {
        let (cell, shown) = (self.cell(), Attrs::REVERSE.with(Attrs::UNDERLINE));
        self.char() == ' ' && cell.bg() == Ink::Default && cell.attrs().without(shown) == cell.attrs()
    }

    /// As front ends see it.
    pub(super) fn cell(self) -> Cell {
        Cell::from_bits(self.0 & !PAINTED)
    }
}

/// Colours and attributes of what is printed next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pen {
    pub(super) fg: Ink,
    pub(super) bg: Ink,
    pub(super) attrs: Attrs,
}

impl Pen {
    /// A painted cell that lacks only its character.
    pub(super) fn cell(self) -> CharCell {
        CharCell(PAINTED | Cell::new(Glyph::Char('\0'), self.fg, self.bg, self.attrs).bits())
    }
}
