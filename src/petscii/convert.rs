//! Whole texts between Commodore codes and host encodings: the work of `petterm convert`.
//!
//! Strict unless told otherwise: the first byte without an exact counterpart ends the work, and the error
//! says where it is and why. Line ends are 0D (and 8D) on the Commodore side, LF on the host's; from the
//! host CR LF and CR are taken as well. Between two host encodings line ends stay as they are. Nothing is
//! added at the end. See `docs/petscii.md`.

use std::fmt;
use std::str::FromStr;

use super::host::{CharsetError, HostCharset};
use super::{CharSet, Machine, Petscii};

/// An encoding of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// What a machine prints in one of its sets.
    Petscii(Machine, CharSet),
    /// A charset of the host.
    Host(HostCharset),
    /// UTF-16, which no wire carries but files do.
    Utf16(ByteOrder),
}

/// Which byte of a UTF-16 unit comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// The high one.
    Big,
    /// The low one.
    Little,
}

impl FromStr for Encoding {
    type Err = EncodingError;

    /// `petscii-{pet,c64,vic20}-{text,graphics}`, `petscii` (the PET's text set), or a host charset's label.
    fn from_str(s: &str) -> Result<Encoding, EncodingError> {
        let name = s.trim().to_ascii_lowercase();
        if name == "petscii" {
            return Ok(Encoding::Petscii(Machine::Pet, CharSet::Text));
        }
        if name.starts_with("petscii") {
            for machine in Machine::ALL {
                for set in CharSet::ALL {
                    let encoding = Encoding::Petscii(machine, set);
                    if encoding.to_string() == name {
                        return Ok(encoding);
                    }
                }
            }
            return Err(EncodingError::NoSuchSet(s.to_owned()));
        }
        match name.as_str() {
            // Without an order it is the little one, as WHATWG has it.
            "utf-16" | "utf-16le" => Ok(Encoding::Utf16(ByteOrder::Little)),
            "utf-16be" => Ok(Encoding::Utf16(ByteOrder::Big)),
            _ => Ok(Encoding::Host(name.parse()?)),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Encoding::Petscii(machine, set) => write!(f, "petscii-{}-{}", machine.name(), set.name()),
            Encoding::Host(charset) => charset.fmt(f),
            Encoding::Utf16(ByteOrder::Little) => f.write_str("utf-16le"),
            Encoding::Utf16(ByteOrder::Big) => f.write_str("utf-16be"),
        }
    }
}

/// Why a name is no encoding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodingError {
    /// It begins as a Commodore set, but there is none such.
    #[error(
        "'{0}' is no Commodore set; they are petscii-pet-text, petscii-pet-graphics, the same with c64 \
             or vic20, and petscii for the first"
    )]
    NoSuchSet(String),
    /// It is no host charset either.
    #[error(transparent)]
    Host(#[from] CharsetError),
}

/// The first byte that has no counterpart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {byte:02X} at offset {offset} {reason}; --lossy replaces such bytes")]
pub struct ConvertError {
    /// Its place in the input, from 0; of a character of several bytes, the first.
    pub offset: usize,
    /// The byte there.
    pub byte: u8,
    /// Why it cannot be converted.
    pub reason: Reason,
}

/// Why a byte has no counterpart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// It acts on a Commodore screen and prints nothing.
    #[error("is a Commodore control code, which text has no place for")]
    Control,
    /// It is not text in the encoding that it is said to be in.
    #[error("is no text in {0}")]
    Malformed(Encoding),
    /// The target has no such character.
    #[error("is {}, which {to} lacks", describe(*.c))]
    Lacking {
        /// The character.
        c: char,
        /// The target.
        to: Encoding,
    },
}

fn describe(c: char) -> String {
    if c.is_control() { format!("U+{:04X}", u32::from(c)) } else { format!("'{c}' (U+{:04X})", u32::from(c)) }
}

/// Converts a whole text.
///
/// With `lossy`, what has no counterpart becomes U+FFFD in a host encoding that has it, else a question mark;
/// RVS ON and OFF vanish, and small letters become capitals in a graphics set.
///
/// ```
/// use petterm::petscii::convert::{Encoding, convert};
///
/// let pet: Encoding = "petscii".parse()?;
/// let host: Encoding = "utf-8".parse()?;
/// assert_eq!(convert(b"\xC8ELLO\r", pet, host, false)?, b"Hello\n");
/// assert_eq!(convert(b"Hello\r\n", host, pet, false)?, b"\xC8ELLO\r");
///
/// let error = convert(b"ab\x93", pet, host, false).unwrap_err();
/// assert_eq!((error.offset, error.byte), (2, 0x93));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Unless `lossy`: the first byte without a counterpart.
pub fn convert(input: &[u8], from: Encoding, to: Encoding, lossy: bool) -> Result<Vec<u8>, ConvertError> {
    let mut sink = Sink { input, from, to, lossy, out: Vec::with_capacity(input.len()), after_cr: false };
    match from {
        Encoding::Petscii(machine, set) => from_petscii(&mut sink, machine, set)?,
        Encoding::Host(charset) => from_host(&mut sink, charset)?,
        Encoding::Utf16(order) => from_utf16(&mut sink, order)?,
    }
    Ok(sink.out)
}

fn from_petscii(sink: &mut Sink<'_>, machine: Machine, set: CharSet) -> Result<(), ConvertError> {
    for (offset, &byte) in sink.input.iter().enumerate() {
        match byte {
            0x0D | 0x8D => sink.character('\n', offset)?,
            0x12 | 0x92 if sink.lossy => {}
            _ => match Petscii(byte).unicode(machine, set) {
                Some(c) => sink.character(c, offset)?,
                None => sink.missing(offset, Reason::Control)?,
            },
        }
    }
    Ok(())
}

fn from_host(sink: &mut Sink<'_>, charset: HostCharset) -> Result<(), ConvertError> {
    let mut decoder = charset.decoder();
    let mut text = String::new();
    // Where the sequence began that is being decoded.
    let mut start = 0;
    for (offset, &byte) in sink.input.iter().enumerate() {
        if decoder.is_neutral() {
            start = offset;
        }
        decoder.push(byte, &mut text);
        sink.decoded(&text, start, offset + 1)?;
        if !text.is_empty() {
            // A byte that breaks a sequence may open the next.
            start = offset;
            text.clear();
        }
    }
    decoder.finish(&mut text);
    sink.decoded(&text, start, sink.input.len())
}

fn from_utf16(sink: &mut Sink<'_>, order: ByteOrder) -> Result<(), ConvertError> {
    let (pairs, rest) = sink.input.as_chunks::<2>();
    let units = pairs.iter().map(|pair| match order {
        ByteOrder::Little => u16::from_le_bytes(*pair),
        ByteOrder::Big => u16::from_be_bytes(*pair),
    });
    let mut offset = 0;
    for decoded in char::decode_utf16(units) {
        match decoded {
            // A byte order mark is no text.
            Ok('\u{FEFF}') if offset == 0 => {}
            Ok(c) => sink.character(c, offset)?,
            Err(_) => sink.missing(offset, Reason::Malformed(sink.from))?,
        }
        offset += 2 * decoded.map_or(1, char::len_utf16);
    }
    if rest.is_empty() { Ok(()) } else { sink.missing(offset, Reason::Malformed(sink.from)) }
}

struct Sink<'a> {
    input: &'a [u8],
    from: Encoding,
    to: Encoding,
    lossy: bool,
    out: Vec<u8>,
    after_cr: bool,
}

impl Sink<'_> {
    /// What a decoder gave for the input from `start` to `end`.
    fn decoded(&mut self, text: &str, start: usize, end: usize) -> Result<(), ConvertError> {
        for c in text.chars() {
            if c == char::REPLACEMENT_CHARACTER && !self.is_genuine_replacement(start, end) {
                self.missing(start, Reason::Malformed(self.from))?;
            } else {
                self.character(c, start)?;
            }
        }
        Ok(())
    }

    /// Whether the input itself says U+FFFD there.
    fn is_genuine_replacement(&self, start: usize, end: usize) -> bool {
        match self.from {
            Encoding::Petscii(..) | Encoding::Utf16(_) => false,
            Encoding::Host(charset) => charset
                .encode(char::REPLACEMENT_CHARACTER)
                .is_some_and(|bytes| self.input.get(start..end) == Some(&bytes[..])),
        }
    }

    fn character(&mut self, c: char, offset: usize) -> Result<(), ConvertError> {
        let after_cr = std::mem::replace(&mut self.after_cr, c == '\r');
        let fits = match self.to {
            Encoding::Host(charset) => {
                charset.encode_to(c, &mut self.out)
                    // Shifted space is a space where nothing better is at hand.
                    || c == '\u{A0}' && charset.encode_to(' ', &mut self.out)
            }
            Encoding::Utf16(order) => self.utf16(c, order),
            Encoding::Petscii(machine, set) => {
                let byte = match c {
                    '\n' if after_cr => return Ok(()),
                    '\n' | '\r' => Some(Petscii(0x0D)),
                    // A byte order mark is no text.
                    '\u{FEFF}' if offset == 0 => return Ok(()),
                    _ if self.lossy && set == CharSet::Graphics => {
                        Petscii::from_unicode(c.to_ascii_uppercase(), machine, set)
                    }
                    _ => Petscii::from_unicode(c, machine, set),
                };
                self.out.extend(byte.map(|byte| byte.0));
                byte.is_some()
            }
        };
        if fits { Ok(()) } else { self.missing(offset, Reason::Lacking { c, to: self.to }) }
    }

    /// Writes a character, all of which UTF-16 has.
    fn utf16(&mut self, c: char, order: ByteOrder) -> bool {
        for unit in c.encode_utf16(&mut [0; 2]) {
            self.out.extend(match order {
                ByteOrder::Little => unit.to_le_bytes(),
                ByteOrder::Big => unit.to_be_bytes(),
            });
        }
        true
    }

    fn missing(&mut self, offset: usize, reason: Reason) -> Result<(), ConvertError> {
        if !self.lossy {
            let byte = self.input.get(offset).copied().unwrap_or_default();
            return Err(ConvertError { offset, byte, reason });
        }
        let replaced = match self.to {
            Encoding::Host(charset) => charset.encode_to(char::REPLACEMENT_CHARACTER, &mut self.out),
            Encoding::Utf16(order) => self.utf16(char::REPLACEMENT_CHARACTER, order),
            Encoding::Petscii(..) => false,
        };
        if !replaced {
            self.out.push(b'?');
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding(name: &str) -> Encoding {
        name.parse().unwrap()
    }

    fn strict(input: &[u8], from: &str, to: &str) -> Result<Vec<u8>, ConvertError> {
        convert(input, encoding(from), encoding(to), false)
    }

    fn lossy(input: &[u8], from: &str, to: &str) -> Vec<u8> {
        convert(input, encoding(from), encoding(to), true).unwrap()
    }

    #[test]
    fn names_round_trip() {
        for name in ["petscii-pet-text", "petscii-c64-graphics", "petscii-vic20-text", "cp437", "ascii"] {
            assert_eq!(encoding(name).to_string(), name);
        }
        assert_eq!(encoding("PETSCII").to_string(), "petscii-pet-text");
        assert_eq!(encoding("latin1").to_string(), "windows-1252");
        assert!(matches!("petscii-c16-text".parse::<Encoding>(), Err(EncodingError::NoSuchSet(_))));
        assert_eq!(encoding("utf-16").to_string(), "utf-16le");
        assert!(matches!(
            "iso-2022-jp".parse::<Encoding>(),
            Err(EncodingError::Host(CharsetError::NotAscii(_)))
        ));
    }

    #[test]
    fn utf_16_is_read_and_written_in_both_orders() {
        let pet = b"\xC8I\r";
        for (name, hi) in [("utf-16le", &b"H\0i\0\n\0"[..]), ("utf-16be", b"\0H\0i\0\n")] {
            assert_eq!(strict(pet, "petscii", name).unwrap(), hi);
            assert_eq!(strict(hi, name, "petscii").unwrap(), pet);
        }
        assert_eq!(strict(b"\xFF\xFEH\0", "utf-16", "utf-8").unwrap(), b"H");
        assert_eq!(strict(b"\x3D\xD8\0\xDE", "utf-16le", "utf-8").unwrap(), "\u{1F600}".as_bytes());
        for (bad, offset) in [(&b"H\0\0\xD8i\0"[..], 2), (b"H\0i", 2)] {
            assert_eq!(strict(bad, "utf-16le", "utf-8").unwrap_err().offset, offset);
            assert!(String::from_utf8(lossy(bad, "utf-16le", "utf-8")).unwrap().contains('\u{FFFD}'));
        }
    }

    #[test]
    fn every_line_end_becomes_the_other_sides() {
        assert_eq!(strict(b"A\rB\x8DC", "petscii", "ascii").unwrap(), b"a\nb\nc");
        assert_eq!(strict(b"a\nb\r\nc\rd\r\r\n\n", "ascii", "petscii").unwrap(), b"A\rB\rC\rD\r\r\r");
        assert_eq!(strict(b"a\r\nb\n", "cp437", "utf-8").unwrap(), b"a\r\nb\n");
        assert_eq!(strict(b"A\x8DB\r", "petscii", "petscii-c64-text").unwrap(), b"A\rB\r");
    }

    #[test]
    fn an_error_names_the_first_byte_and_why() {
        let error = strict(b"HI\x12\x93", "petscii", "utf-8").unwrap_err();
        assert_eq!(error, ConvertError { offset: 2, byte: 0x12, reason: Reason::Control });

        let error = strict("a{".as_bytes(), "utf-8", "petscii").unwrap_err();
        assert_eq!((error.offset, error.byte), (1, b'{'));
        assert_eq!(
            error.to_string(),
            "byte 7B at offset 1 is '{' (U+007B), which petscii-pet-text lacks; --lossy replaces such bytes"
        );

        let error = strict("aé€".as_bytes(), "utf-8", "cp437").unwrap_err();
        assert_eq!((error.offset, error.byte), (3, 0xE2));
    }

    #[test]
    fn broken_input_is_reported_where_it_begins() {
        let malformed = Reason::Malformed(encoding("utf-8"));
        for (input, offset, byte) in [
            (&b"ab\xE2\x82"[..], 2, 0xE2),
            (b"ab\xE2\x82c", 2, 0xE2),
            (b"a\xFFb", 1, 0xFF),
            (b"\xC3\xA9\xE2\xC3\xA9", 2, 0xE2),
            (b"\xC3\xA9\xC3", 2, 0xC3),
        ] {
            let error = strict(input, "utf-8", "windows-1252").unwrap_err();
            assert_eq!(error, ConvertError { offset, byte, reason: malformed }, "{input:02X?}");
        }
        // The second sequence is opened by the byte that broke the first.
        let text = convert(b"\xE2\xC3\xA9", encoding("utf-8"), encoding("utf-8"), true).unwrap();
        assert_eq!(text, "\u{FFFD}é".as_bytes());
    }

    #[test]
    fn a_replacement_character_in_the_input_is_a_character() {
        let text = "a\u{FFFD}".as_bytes();
        assert_eq!(strict(text, "utf-8", "gb18030").map(|bytes| bytes.len()), Ok(5));
        let error = strict(text, "utf-8", "petscii").unwrap_err();
        assert!(matches!(error.reason, Reason::Lacking { c: '\u{FFFD}', .. }));
    }

    #[test]
    fn lossy_replaces_controls_and_drops_reverse() {
        assert_eq!(lossy(b"\x12HI\x92\x93\r", "petscii", "utf-8"), "hi\u{FFFD}\n".as_bytes());
        assert_eq!(lossy(b"\x12HI\x92\x93\r", "petscii", "cp437"), b"hi?\n");
        assert_eq!(lossy("é{\n".as_bytes(), "utf-8", "petscii"), b"??\r");
        assert_eq!(lossy(b"Hello\n", "ascii", "petscii-c64-graphics"), b"HELLO\r");
        assert_eq!(lossy(b"a\xE9", "ascii", "utf-8"), "a\u{FFFD}".as_bytes());
    }

    #[test]
    fn shifted_space_folds_only_where_it_must() {
        assert_eq!(strict(b"A\xA0\xE0", "petscii", "utf-8").unwrap(), "a\u{A0}\u{A0}".as_bytes());
        assert_eq!(strict(b"A\xA0\xE0", "petscii", "cp437").unwrap(), b"a\xFF\xFF");
        assert_eq!(strict(b"A\xA0\xE0", "petscii", "ascii").unwrap(), b"a  ");
    }

    #[test]
    fn a_byte_order_mark_is_no_text() {
        assert_eq!(strict("\u{FEFF}a".as_bytes(), "utf-8", "petscii").unwrap(), b"A");
        assert!(strict("a\u{FEFF}".as_bytes(), "utf-8", "petscii").is_err());
    }

    #[test]
    fn nothing_is_added() {
        assert_eq!(strict(b"", "petscii", "utf-8").unwrap(), b"");
        assert_eq!(strict(b"a", "utf-8", "petscii").unwrap(), b"A");
    }
}
