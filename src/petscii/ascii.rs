//! The ASCII wire: what a host sends as ASCII becomes the bytes that a Commodore screen prints, and the
//! other way about. A layer of its own: it never touches file transfers, and a PETSCII wire bypasses it.
//!
//! Only canonical codes come out, so that a strict PET shows capitals as capitals. ASCII's six characters
//! that no Commodore has are drawn with the graphics that the PETTERM terminal program uses for them. Rules
//! and what other programs do: `docs/petscii.md`.

use super::host::{HostCharset, HostDecoder};
use super::tier::light;
use super::{CharSet, GlyphTier, Machine, Petscii, ScreenCode, tier_char};

/// ASCII characters without a glyph, and the graphics that stand for them.
const STAND_INS: [(u8, Petscii); 6] = [
    (b'_', Petscii(0xA4)),
    (b'`', Petscii(0xBD)),
    (b'{', Petscii(0xB3)),
    (b'|', Petscii(0xDD)),
    (b'}', Petscii(0xAB)),
    (b'~', Petscii(0xB1)),
];

/// Every eighth column is a tab stop.
const TAB: u8 = 8;

/// Where the screen stands when a byte arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The set in force.
    pub set: CharSet,
    /// The cursor's column, from 0.
    pub column: u8,
    /// The screen's width.
    pub columns: u8,
}

/// Translates received ASCII into what a Commodore screen prints. CR LF, CR NUL, CR alone and LF alone are
/// each one RETURN, also when the pair is split between reads.
#[derive(Debug)]
pub struct Receiver {
    machine: Machine,
    decoder: HostDecoder,
    decoded: String,
    after_cr: bool,
}

impl Receiver {
    /// A translator for a screen of `machine`; bytes from 80 up are read in `charset`.
    ///
    /// ```
    /// use petterm::petscii::ascii::{Place, Receiver};
    /// use petterm::petscii::host::HostCharset;
    /// use petterm::petscii::{CharSet, Machine};
    ///
    /// let mut receiver = Receiver::new(Machine::Pet, HostCharset::CP437);
    /// let place = Place { set: CharSet::Text, column: 0, columns: 80 };
    /// let mut printed = Vec::new();
    /// for byte in *b"Hi\r\n" {
    ///     receiver.push(byte, place, &mut printed);
    /// }
    /// assert_eq!(printed, [0xC8, 0x49, 0x0D]);
    /// ```
    pub fn new(machine: Machine, charset: HostCharset) -> Receiver {
        Receiver { machine, decoder: charset.decoder(), decoded: String::new(), after_cr: false }
    }

    /// Takes one more byte and appends what the screen shall print, often one byte, at most a few. `place`
    /// is where the screen stands after everything earlier was printed; only TAB looks at its column.
    pub fn push(&mut self, byte: u8, place: Place, out: &mut Vec<u8>) {
        let mut decoded = std::mem::take(&mut self.decoded);
        self.decoder.push(byte, &mut decoded);
        for c in decoded.chars() {
            self.character(c, place, out);
        }
        decoded.clear();
        self.decoded = decoded;
    }

    fn character(&mut self, c: char, place: Place, out: &mut Vec<u8>) {
        let after_cr = std::mem::replace(&mut self.after_cr, c == '\r');
        match c {
            '\r' => out.push(0x0D),
            '\n' if after_cr => {}
            '\n' => out.push(0x0D),
            // Padding: it comes between CR and LF, too.
            '\0' => self.after_cr = after_cr,
            '\x07' => out.push(0x07),
            '\x08' | '\x7F' => out.push(0x14),
            '\t' => {
                let last = place.columns.saturating_sub(1);
                let stop = (place.column / TAB).saturating_add(1).saturating_mul(TAB).min(last);
                out.extend((place.column..stop).map(|_| b' '));
            }
            '\x0C' => out.push(0x93),
            '\x01'..='\x1F' | '\u{80}'..='\u{9F}' => {}
            // Combining accents, joiners and marks take no cell.
            '\u{300}'..='\u{36F}' | '\u{200B}'..='\u{200F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' => {}
            _ => show(c, self.machine, place.set, out),
        }
    }
}

/// Appends what prints the nearest thing to `c`: its glyph, a reversed glyph (between RVS ON and OFF), the
/// same lines in another weight, the letter without its accent, else a question mark.
///
/// ```
/// use petterm::petscii::{CharSet, Machine, ascii};
///
/// let mut out = Vec::new();
/// for c in "A╔█é☃".chars() {
///     ascii::show(c, Machine::Pet, CharSet::Text, &mut out);
/// }
/// assert_eq!(out, [0xC1, 0xB0, 0x12, 0xA0, 0x92, 0x45, b'?']);
/// ```
pub fn show(c: char, machine: Machine, set: CharSet, out: &mut Vec<u8>) {
    if let Some(Petscii(byte)) = shown_ascii(c, set) {
        out.push(byte);
    } else if c == '\u{A0}' {
        out.push(b' ');
    } else if let Some(Petscii(byte)) = Petscii::from_unicode(light(c), machine, set) {
        out.push(byte);
    } else if let Some(code) = ScreenCode::from_reversed_unicode(c, machine, set) {
        out.extend([0x12, code.canonical().0, 0x92]);
    } else {
        let shade = if matches!(c, '░' | '▓') { '▒' } else { c };
        let byte = Petscii::from_unicode(shade, machine, set)
            .or_else(|| shown_ascii(tier_char(c, GlyphTier::Ascii), set))
            .unwrap_or(Petscii(b'?'));
        out.push(byte.0);
    }
}

/// The byte for a printable ASCII character, `None` for others. Both cases are capitals in the graphics set,
/// where C1-DA print graphics. 5C stays 5C: on a C64 it is the pound sign, which all bridges accept.
fn shown_ascii(c: char, set: CharSet) -> Option<Petscii> {
    let byte = u8::try_from(c).ok()?;
    Some(match byte {
        b'a'..=b'z' => Petscii(byte - 0x20),
        b'A'..=b'Z' if set == CharSet::Text => Petscii(byte + 0x80),
        b' '..=b'^' => Petscii(byte),
        _ => return STAND_INS.iter().find(|(ascii, _)| *ascii == byte).map(|(_, code)| *code),
    })
}

/// The ASCII byte for a code that is sent, `None` where ASCII has nothing like it: cursor keys, colours,
/// graphics. 61-7A and C1-DA are both capitals; A0 and E0 are spaces; DEL is BS and CLR is FF.
///
/// ```
/// use petterm::petscii::{Petscii, ascii};
///
/// assert_eq!(ascii::to_ascii(Petscii(0x41)), Some(b'a'));
/// assert_eq!(ascii::to_ascii(Petscii(0xDA)), Some(b'Z'));
/// assert_eq!(ascii::to_ascii(Petscii(0x7A)), Some(b'Z'));
/// assert_eq!(ascii::to_ascii(Petscii(0x11)), None);
/// ```
pub fn to_ascii(code: Petscii) -> Option<u8> {
    Some(match code.0 {
        // STOP is ETX on both sides.
        0x03 | 0x07 | 0x09 | 0x1B => code.0,
        0x0D | 0x8D => b'\r',
        0x14 => 0x08,
        0x93 => 0x0C,
        0x41..=0x5A => code.0 + 0x20,
        0x20..=0x5F => code.0,
        0x61..=0x7A => code.0 - 0x20,
        0xC1..=0xDA => code.0 - 0x80,
        0xA0 | 0xE0 => b' ',
        _ => {
            // The aliases E0-FE and 60-7F are told by their screen code, as a C64 prints them.
            let screen = code.screen_code(Machine::C64)?.canonical();
            return STAND_INS.iter().find(|(_, stand_in)| *stand_in == screen).map(|(ascii, _)| *ascii);
        }
    })
}

/// The code that a typed or pasted character sends on a PETSCII wire, `None` if the machine has neither the
/// character nor a key for it.
///
/// Letters are keys: a-z send 41-5A and A-Z send C1-DA in both sets, whatever they look like. Line feeds send
/// RETURN. Of the characters that no Commodore has, `^` is the up arrow, `_` the low line, `|` the bar, `~`
/// the left arrow and the backquote an apostrophe; on a C64 or VIC-20 the backslash is the pound key.
///
/// ```
/// use petterm::petscii::{CharSet, Machine, Petscii, ascii};
///
/// assert_eq!(ascii::typed('a', Machine::Pet, CharSet::Graphics), Some(Petscii(0x41)));
/// assert_eq!(ascii::typed('A', Machine::Pet, CharSet::Graphics), Some(Petscii(0xC1)));
/// assert_eq!(ascii::typed('♥', Machine::Pet, CharSet::Graphics), Some(Petscii(0xD3)));
/// assert_eq!(ascii::typed('♥', Machine::Pet, CharSet::Text), None);
/// ```
pub fn typed(c: char, machine: Machine, set: CharSet) -> Option<Petscii> {
    Some(Petscii(match c {
        'a'..='z' => c as u8 - 0x20,
        'A'..='Z' => c as u8 + 0x80,
        '\n' | '\r' => 0x0D,
        '\t' => 0x09,
        '^' => 0x5E,
        '_' => 0xA4,
        '|' => 0xDD,
        '~' => 0x5F,
        '`' => b'\'',
        '\\' => 0x5C,
        _ => return Petscii::from_unicode(c, machine, set),
    }))
}
