//! Screen codes to Unicode and back, for both sets of the PET, the C64 and the VIC-20.
//!
//! Every glyph of a set has a code point of its own, so the way back is exact. The code points are those of
//! Unicode's legacy computing proposal (L2/19-025) and its published mapping files; where a byte prints
//! something else on the real machine than those files say, the machine is right. See `docs/petscii.md`.

use super::{CharSet, GlyphTier, Machine, Petscii, ScreenCode, tier_char};

/// Screen codes 00-7F of the PET's graphics set. The other five sets are this one with the exceptions
/// that [`ScreenCode::unicode`] lists.
#[rustfmt::skip]
const PET_GRAPHICS: [char; 128] = [
    '@', 'A', 'B', 'C', 'D', 'E', 'F', 'G', // 00
    'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', // 08
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', // 10
    'X', 'Y', 'Z', '[', '\\', ']', '↑', '←', // 18
    ' ', '!', '"', '#', '$', '%', '&', '\'', // 20
    '(', ')', '*', '+', ',', '-', '.', '/', // 28
    '0', '1', '2', '3', '4', '5', '6', '7', // 30
    '8', '9', ':', ';', '<', '=', '>', '?', // 38
    '─', '♠', '\u{1FB72}', '\u{1FB78}', '\u{1FB77}', '\u{1FB76}', '\u{1FB7A}', '\u{1FB71}', // 40
    '\u{1FB74}', '╮', '╰', '╯', '\u{1FB7C}', '╲', '╱', '\u{1FB7D}', // 48
    '\u{1FB7E}', '•', '\u{1FB7B}', '♥', '\u{1FB70}', '╭', '╳', '○', // 50
    '♣', '\u{1FB75}', '♦', '┼', '\u{1FB8C}', '│', 'π', '◥', // 58
    '\u{A0}', '▌', '▄', '▔', '▁', '▏', '▒', '▕', // 60
    '\u{1FB8F}', '◤', '\u{1FB87}', '├', '▗', '└', '┐', '▂', // 68
    '┌', '┴', '┬', '┤', '▎', '▍', '\u{1FB88}', '\u{1FB82}', // 70
    '\u{1FB83}', '▃', '\u{1FB7F}', '▖', '▝', '┘', '▘', '▚', // 78
];

impl ScreenCode {
    /// The code point of the glyph without its reverse bit.
    ///
    /// ```
    /// use petterm::petscii::{CharSet, Machine, ScreenCode};
    ///
    /// assert_eq!(ScreenCode(0x41).unicode(Machine::Pet, CharSet::Graphics), '♠');
    /// assert_eq!(ScreenCode(0x41).unicode(Machine::Pet, CharSet::Text), 'A');
    /// assert_eq!(ScreenCode(0x1C).unicode(Machine::C64, CharSet::Text), '£');
    /// ```
    pub const fn unicode(self, machine: Machine, set: CharSet) -> char {
        let code = self.0 & 0x7F;
        if matches!((machine, code), (Machine::C64 | Machine::Vic20, 0x1C)) {
            return '£';
        }
        if matches!(set, CharSet::Text) {
            match code {
                0x01..=0x1A => return (code + 0x60) as char,
                0x41..=0x5A => return code as char,
                // The same checker in opposite phases.
                0x5E if matches!(machine, Machine::C64) => return '\u{1FB96}',
                0x5E => return '\u{1FB95}',
                0x5F => return '\u{1FB98}',
                0x69 => return '\u{1FB99}',
                0x7A => return '✓',
                _ => {}
            }
        }
        PET_GRAPHICS[code as usize]
    }

    /// A code point that shows the cell, reverse bit included, without a reverse attribute, if there is one.
    ///
    /// ```
    /// use petterm::petscii::{CharSet, Machine, ScreenCode};
    ///
    /// assert_eq!(ScreenCode(0xE0).solo_unicode(Machine::Pet, CharSet::Text), Some('█'));
    /// assert_eq!(ScreenCode(0x81).solo_unicode(Machine::Pet, CharSet::Text), None);
    /// ```
    pub const fn solo_unicode(self, machine: Machine, set: CharSet) -> Option<char> {
        let upright = self.unicode(machine, set);
        if self.is_reversed() { complement(upright) } else { Some(upright) }
    }

    /// What to put in a terminal's cell for the upright glyph at a tier. It is one column wide in every
    /// terminal but those that draw ambiguous characters double.
    ///
    /// ```
    /// use petterm::petscii::{CharSet, GlyphTier, Machine, ScreenCode};
    ///
    /// let line = ScreenCode(0x42); // a vertical bar, left of the middle
    /// assert_eq!(line.glyph(Machine::Pet, CharSet::Graphics, GlyphTier::Unicode), '\u{1FB72}');
    /// assert_eq!(line.glyph(Machine::Pet, CharSet::Graphics, GlyphTier::Box), '│');
    /// assert_eq!(line.glyph(Machine::Pet, CharSet::Graphics, GlyphTier::Ascii), '|');
    /// ```
    pub const fn glyph(self, machine: Machine, set: CharSet, tier: GlyphTier) -> char {
        tier_char(self.unicode(machine, set), tier)
    }

    /// The upright screen code whose glyph is `c`, `None` if the set lacks it.
    pub fn from_unicode(c: char, machine: Machine, set: CharSet) -> Option<ScreenCode> {
        if matches!(c, ' '..='?') {
            return Some(ScreenCode(c as u8));
        }
        (0..0x80).map(ScreenCode).find(|code| code.unicode(machine, set) == c)
    }

    /// The reversed screen code that looks like `c`, `None` if there is none: the way back of
    /// [`solo_unicode`](ScreenCode::solo_unicode) for reversed cells.
    pub fn from_reversed_unicode(c: char, machine: Machine, set: CharSet) -> Option<ScreenCode> {
        (0x80..=0xFF).map(ScreenCode).find(|code| code.solo_unicode(machine, set) == Some(c))
    }
}

impl Petscii {
    /// The code point of the glyph that this byte prints, `None` for the 64 control codes.
    ///
    /// ```
    /// use petterm::petscii::{CharSet, Machine, Petscii};
    ///
    /// assert_eq!(Petscii(0x41).unicode(Machine::Pet, CharSet::Text), Some('a'));
    /// assert_eq!(Petscii(0xFF).unicode(Machine::C64, CharSet::Graphics), Some('π'));
    /// assert_eq!(Petscii(0x93).unicode(Machine::Pet, CharSet::Text), None);
    /// ```
    pub const fn unicode(self, machine: Machine, set: CharSet) -> Option<char> {
        match self.screen_code(machine) {
            Some(code) => Some(code.unicode(machine, set)),
            None => None,
        }
    }

    /// The canonical byte that prints `c`, `None` if the set lacks that glyph. For text that is typed or
    /// pasted see [`ascii::typed`](super::ascii::typed), which sends letters in the graphics set too.
    ///
    /// ```
    /// use petterm::petscii::{CharSet, Machine, Petscii};
    ///
    /// assert_eq!(Petscii::from_unicode('♥', Machine::Pet, CharSet::Graphics), Some(Petscii(0xD3)));
    /// assert_eq!(Petscii::from_unicode('♥', Machine::Pet, CharSet::Text), None);
    /// ```
    pub fn from_unicode(c: char, machine: Machine, set: CharSet) -> Option<Petscii> {
        ScreenCode::from_unicode(c, machine, set).map(ScreenCode::canonical)
    }

    /// Every byte that prints `c`, in rising order.
    ///
    /// ```
    /// use petterm::petscii::{CharSet, Machine, Petscii};
    ///
    /// let all: Vec<_> = Petscii::all_from_unicode('!', Machine::Pet, CharSet::Text).collect();
    /// assert_eq!(all, [Petscii(0x21), Petscii(0x61)]);
    /// ```
    pub fn all_from_unicode(c: char, machine: Machine, set: CharSet) -> impl Iterator<Item = Petscii> {
        let code = ScreenCode::from_unicode(c, machine, set);
        (0..=0xFF).map(Petscii).filter(move |byte| code.is_some() && byte.screen_code(machine) == code)
    }
}

/// The code point that is a glyph's photographic negative. Only Unicode's block elements, a few shapes and
/// some of the legacy computing symbols come in such pairs.
const fn complement(upright: char) -> Option<char> {
    Some(match upright {
        '\u{A0}' => '█',
        '•' => '◘',
        '○' => '◙',
        '◥' => '◣',
        '◤' => '◢',
        '▌' => '▐',
        '▄' => '▀',
        '▔' => '▇',
        '▁' => '\u{1FB86}',
        '▂' => '\u{1FB85}',
        '▃' => '\u{1FB84}',
        '▏' => '\u{1FB8B}',
        '▎' => '\u{1FB8A}',
        '▍' => '\u{1FB89}',
        '▕' => '▉',
        '\u{1FB87}' => '▊',
        '\u{1FB88}' => '▋',
        '\u{1FB82}' => '▆',
        '\u{1FB83}' => '▅',
        '▖' => '▜',
        '▗' => '▛',
        '▘' => '▟',
        '▝' => '▙',
        '▚' => '▞',
        '▒' => '\u{1FB90}',
        '\u{1FB8C}' => '\u{1FB94}',
        '\u{1FB8F}' => '\u{1FB91}',
        '\u{1FB95}' => '\u{1FB96}',
        '\u{1FB96}' => '\u{1FB95}',
        '✓' => '\u{1FBB1}',
        _ => return None,
    })
}
