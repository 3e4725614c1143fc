//! PETSCII: what a Commodore's bytes mean, and what they look like.
//!
//! A bare `u8` is a byte on a wire. [`Petscii`] is a byte taken as a Commodore character code, and
//! [`ScreenCode`] is what the editor stores in video RAM; the two are different numbers for the same glyph
//! and so are different types. Bit 7 of a screen code is the reverse bit.
//!
//! The tables come from `docs/petscii.md`; they are checked against the vectors in `tests/petscii/`.

pub mod ascii;
mod charset;
pub mod convert;
pub mod host;
pub mod keyboard;
mod tier;
mod unicode;

pub use charset::{CharSet, GlyphTier, Machine};
pub use tier::tier_char;

/// A byte taken as a Commodore character code (what CHROUT is given).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Petscii(pub u8);

/// A code as it stands in video RAM: bits 0-6 choose the glyph, bit 7 reverses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScreenCode(pub u8);

impl Petscii {
    /// The screen code this byte prints, `None` for the 64 control codes. On a PET 60-7F print as 20-3F, on
    /// the other machines as C0-DF; FF prints 5E on all.
    ///
    /// ```
    /// use petterm::petscii::{Machine, Petscii, ScreenCode};
    ///
    /// assert_eq!(Petscii(0x61).screen_code(Machine::Pet), Some(ScreenCode(0x21)));
    /// assert_eq!(Petscii(0x61).screen_code(Machine::C64), Some(ScreenCode(0x41)));
    /// assert_eq!(Petscii(0x0D).screen_code(Machine::Pet), None);
    /// ```
    pub const fn screen_code(self, machine: Machine) -> Option<ScreenCode> {
        let b = self.0;
        Some(ScreenCode(match b {
            0x00..=0x1F | 0x80..=0x9F => return None,
            0x20..=0x3F => b,
            0x40..=0x5F => b - 0x40,
            0x60..=0x7F => match machine {
                Machine::Pet => b - 0x40,
                Machine::C64 | Machine::Vic20 => b - 0x20,
            },
            0xA0..=0xBF => b - 0x40,
            0xC0..=0xDF => b - 0x80,
            0xE0..=0xFE => b - 0x80,
            0xFF => 0x5E,
        }))
    }

    /// The code with 60-7F read as C0-DF, on every machine: what boards mean that send capitals as 61-7A.
    ///
    /// ```
    /// use petterm::petscii::Petscii;
    ///
    /// assert_eq!(Petscii(0x68).as_board(), Petscii(0xC8));
    /// assert_eq!(Petscii(0x48).as_board(), Petscii(0x48));
    /// ```
    #[must_use]
    pub const fn as_board(self) -> Petscii {
        match self.0 {
            0x60..=0x7F => Petscii(self.0 + 0x60),
            _ => self,
        }
    }
}

impl ScreenCode {
    /// The canonical byte that prints this glyph; the reverse bit is ignored.
    pub const fn canonical(self) -> Petscii {
        let c = self.0 & 0x7F;
        Petscii(match c {
            0x00..=0x1F => c + 0x40,
            0x20..=0x3F => c,
            0x40..=0x5F => c + 0x80,
            _ => c + 0x40,
        })
    }

    /// The same glyph without the reverse bit.
    #[must_use]
    pub const fn upright(self) -> ScreenCode {
        ScreenCode(self.0 & 0x7F)
    }

    /// Whether the reverse bit is set.
    pub const fn is_reversed(self) -> bool {
        self.0 & 0x80 != 0
    }
}
