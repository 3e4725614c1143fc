//! Which machine's glyphs, which of its two sets, and how faithfully a host terminal can show them.

use std::fmt;
use std::str::FromStr;

/// A machine whose character generator is meant. The C128 and Plus/4 print as the C64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Machine {
    /// PET and CBM: 60-7F print as 20-3F, screen 1C is the backslash.
    #[default]
    Pet,
    /// C64 and C128: 60-7F print as C0-DF, screen 1C is the pound sign.
    C64,
    /// VIC-20: as the C64, with the PET's drawing of two checkers.
    Vic20,
}

impl Machine {
    /// Every machine.
    pub const ALL: [Machine; 3] = [Machine::Pet, Machine::C64, Machine::Vic20];

    /// The name in `petscii-NAME-text`.
    pub const fn name(self) -> &'static str {
        match self {
            Machine::Pet => "pet",
            Machine::C64 => "c64",
            Machine::Vic20 => "vic20",
        }
    }
}

/// The set in force; it is global to a screen, never per cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CharSet {
    /// Capitals and graphics (8E).
    Graphics,
    /// Small and capital letters (0E), the "business" set.
    #[default]
    Text,
}

impl CharSet {
    /// Both sets.
    pub const ALL: [CharSet; 2] = [CharSet::Graphics, CharSet::Text];

    /// The name in `petscii-pet-NAME`.
    pub const fn name(self) -> &'static str {
        match self {
            CharSet::Graphics => "graphics",
            CharSet::Text => "text",
        }
    }
}

/// What glyphs the host's font is trusted with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GlyphTier {
    /// Everything, U+1FB70-1FB99 (Unicode 13 legacy computing) included.
    #[default]
    Unicode,
    /// Box drawing and blocks as far as code page 437 has them: the Linux console, old PC fonts.
    Box,
    /// Plain ASCII.
    Ascii,
}

impl GlyphTier {
    /// Every tier, best first.
    pub const ALL: [GlyphTier; 3] = [GlyphTier::Unicode, GlyphTier::Box, GlyphTier::Ascii];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            GlyphTier::Unicode => "unicode",
            GlyphTier::Box => "box",
            GlyphTier::Ascii => "ascii",
        }
    }
}

impl fmt::Display for GlyphTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for GlyphTier {
    type Err = String;

    fn from_str(s: &str) -> Result<GlyphTier, String> {
        GlyphTier::ALL
            .into_iter()
            .find(|tier| tier.name().eq_ignore_ascii_case(s))
            .ok_or_else(|| format!("'{s}' is no glyph tier; there are unicode, box and ascii"))
    }
}
