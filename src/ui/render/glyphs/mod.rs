//! The characters of every screen as bitmaps of eight by eight pixels, petterm's own drawings.
//!
//! Letters, figures and pictures are drawn by hand in `assets/glyphs/`; lines and blocks that follow from
//! their names are computed (`boxes.rs`). Nothing is taken from a character generator or a font. What has no
//! drawing is shown as a box, never as a blank.
//!
//! What each screen code shows: `docs/petscii.md`. How the drawings are made: `docs/pictures.md`.

mod boxes;
mod sheet;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::petscii::{CharSet, Machine};
use crate::screen::{Cell, Glyph, ScreenKind};

/// Width and height of a drawing in pixels.
pub const SIZE: usize = 8;

/// A character's pixels.
///
/// ```text
/// bit of row 0   7 6 5 4 3 2 1 0   the top row, from left to right
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bitmap(pub [u8; SIZE]);

impl Bitmap {
    /// Nothing lit.
    pub const BLANK: Bitmap = Bitmap([0; SIZE]);
    /// Everything lit.
    pub const FULL: Bitmap = Bitmap([0xFF; SIZE]);
    /// Stands for a character that has no drawing.
    pub const MISSING: Bitmap = Bitmap([
        0b0111_1110,
        0b0110_0110,
        0b0101_1010,
        0b0111_0110,
        0b0110_1110,
        0b0111_1110,
        0b0110_1110,
        0b0111_1110,
    ]);

    /// A bitmap of the pixels, column and row from the upper left, that `lit` says are lit.
    pub(super) fn of(lit: impl Fn(usize, usize) -> bool) -> Bitmap {
        let mut rows = [0; SIZE];
        for (y, row) in rows.iter_mut().enumerate() {
            *row = (0..SIZE).filter(|x| lit(*x, y)).fold(0, |bits, x| bits | 0x80 >> x);
        }
        Bitmap(rows)
    }

    /// Whether the pixel of a column and row, from the upper left, is lit; none outside is.
    pub fn lit(self, x: usize, y: usize) -> bool {
        x < SIZE && self.0.get(y).is_some_and(|row| row & 0x80 >> x != 0)
    }

    /// Lit pixels dark, dark ones lit.
    #[must_use]
    pub fn reversed(self) -> Bitmap {
        Bitmap(self.0.map(|row| !row))
    }
}

const SHEETS: [&str; 4] = [
    include_str!("../../../../assets/glyphs/ascii.txt"),
    include_str!("../../../../assets/glyphs/pictures.txt"),
    include_str!("../../../../assets/glyphs/latin.txt"),
    include_str!("../../../../assets/glyphs/symbols.txt"),
];

static DRAWN: LazyLock<HashMap<char, Bitmap>> =
    LazyLock::new(|| SHEETS.iter().flat_map(|sheet| sheet::drawings(sheet)).collect());

/// The drawing of a character, `None` if there is none.
pub fn drawing(c: char) -> Option<Bitmap> {
    // A shifted space is a blank that is not the space.
    let c = if c == '\u{A0}' { ' ' } else { c };
    DRAWN.get(&c).copied().or_else(|| boxes::drawing(c))
}

/// The drawing of a character, or the box that stands for one without.
pub fn bitmap(c: char) -> Bitmap {
    drawing(c).unwrap_or(Bitmap::MISSING)
}

/// What stands in a cell of a screen, upright: the reverse attribute is left to the painter.
pub fn of_cell(kind: ScreenKind, set: CharSet, cell: Cell) -> Bitmap {
    match (cell.glyph(), kind.machine().unwrap_or_default()) {
        (Glyph::Char(c), _) => bitmap(c),
        (Glyph::Code(code), machine) => {
            let c = code.upright().unicode(machine, set);
            // The C64's shades are coarser than the PET's; Unicode has one character for both.
            let coarse = if machine == Machine::C64 { boxes::coarse_shade(c) } else { None };
            coarse.unwrap_or_else(|| bitmap(c))
        }
    }
}

#[cfg(test)]
mod tests;
