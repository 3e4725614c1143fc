//! Host charsets: the bytes of an ASCII or ANSI session to characters and back, streaming.
//!
//! Three kinds: `cp437` (a table of ours), `ascii` (7 bits, ours) and the encodings of the WHATWG standard by
//! every label that it lists. All are supersets of ASCII; encodings that are not (UTF-16, ISO-2022-JP) are
//! refused, since control codes and escape sequences must stay what they are. A decoder keeps its state over
//! reads split anywhere, and what cannot be decoded becomes U+FFFD.

use std::fmt;
use std::str::FromStr;

use encoding_rs::{Decoder, Encoding};

/// For help texts: what surprises people about labels.
pub const LABELS_NOTE: &str = "cp437, ascii (7 bits), or a WHATWG label such as utf-8, iso-8859-15, koi8-r; \
                               latin1, iso-8859-1 and us-ascii mean windows-1252 there";

/// A host charset, by its command-line label: `cp437`, `ascii` (7 bits), or any label of `encoding_rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostCharset(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Ascii,
    Cp437,
    Whatwg(&'static Encoding),
}

/// Why a label names no charset that a session can use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CharsetError {
    /// Nobody knows it.
    #[error("no charset is called '{0}'; try {LABELS_NOTE}")]
    Unknown(String),
    /// Its bytes 00-7F are not ASCII.
    #[error("{0} is no superset of ASCII, so control codes would be lost in it; try utf-8")]
    NotAscii(&'static str),
}

impl HostCharset {
    /// Code page 437, what most ANSI boards speak.
    pub const CP437: HostCharset = HostCharset(Kind::Cp437);
    /// ASCII: bytes with bit 7 set mean nothing.
    pub const ASCII: HostCharset = HostCharset(Kind::Ascii);
    /// UTF-8.
    pub const UTF_8: HostCharset = HostCharset(Kind::Whatwg(encoding_rs::UTF_8));

    /// Looks a label up, upper or lower case. [`FromStr`] does the same and says what is wrong.
    ///
    /// ```
    /// use petterm::petscii::host::HostCharset;
    ///
    /// assert_eq!(HostCharset::from_label("CP437"), Some(HostCharset::CP437));
    /// assert_eq!(HostCharset::from_label("latin1").map(HostCharset::label), Some("windows-1252"));
    /// assert_eq!(HostCharset::from_label("utf-16le"), None);
    /// ```
    pub fn from_label(label: &str) -> Option<HostCharset> {
        label.parse().ok()
    }

    /// The canonical label.
    pub fn label(self) -> &'static str {
        match self.0 {
            Kind::Ascii => "ascii",
            Kind::Cp437 => "cp437",
            Kind::Whatwg(encoding) => encoding.name(),
        }
    }

    /// A streaming decoder.
    ///
    /// ```
    /// use petterm::petscii::host::HostCharset;
    ///
    /// let mut decoder = HostCharset::UTF_8.decoder();
    /// let mut text = String::new();
    /// decoder.push(0xC3, &mut text);
    /// assert_eq!(text, "");
    /// decoder.push(0xA9, &mut text);
    /// assert_eq!(text, "é");
    /// ```
    pub fn decoder(self) -> HostDecoder {
        HostDecoder(match self.0 {
            Kind::Ascii => State::Ascii,
            Kind::Cp437 => State::Cp437,
            Kind::Whatwg(encoding) => {
                State::Whatwg { decoder: encoding.new_decoder_without_bom_handling(), neutral: true }
            }
        })
    }

    /// The bytes of a character, `None` if the charset lacks it.
    ///
    /// ```
    /// use petterm::petscii::host::HostCharset;
    ///
    /// assert_eq!(HostCharset::CP437.encode('é'), Some(vec![0x82]));
    /// assert_eq!(HostCharset::ASCII.encode('é'), None);
    /// ```
    pub fn encode(self, c: char) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        self.encode_to(c, &mut out).then_some(out)
    }

    /// Appends the bytes of a character and returns true, or returns false if the charset lacks it.
    pub fn encode_to(self, c: char, out: &mut Vec<u8>) -> bool {
        if c.is_ascii() {
            out.push(c as u8);
            return true;
        }
        match self.0 {
            Kind::Ascii => false,
            Kind::Cp437 => match CP437.iter().position(|have| *have == c) {
                Some(place) => {
                    out.push(0x80 + place as u8);
                    true
                }
                None => false,
            },
            Kind::Whatwg(encoding) => {
                let mut utf8 = [0; 4];
                let (bytes, _, unmappable) = encoding.encode(c.encode_utf8(&mut utf8));
                if !unmappable {
                    out.extend_from_slice(&bytes);
                }
                !unmappable
            }
        }
    }
}

impl FromStr for HostCharset {
    type Err = CharsetError;

    fn from_str(label: &str) -> Result<HostCharset, CharsetError> {
        let label = label.trim();
        let is = |name: &str| label.eq_ignore_ascii_case(name);
        if is("ascii") {
            return Ok(HostCharset::ASCII);
        }
        if is("cp437") || is("ibm437") || is("437") {
            return Ok(HostCharset::CP437);
        }
        match Encoding::for_label(label.as_bytes()) {
            Some(encoding) if encoding.is_ascii_compatible() => Ok(HostCharset(Kind::Whatwg(encoding))),
            Some(encoding) => Err(CharsetError::NotAscii(encoding.name())),
            None => Err(CharsetError::Unknown(label.to_owned())),
        }
    }
}

impl fmt::Display for HostCharset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// Decodes bytes that arrive in pieces; what cannot be decoded becomes U+FFFD.
pub struct HostDecoder(State);

enum State {
    Ascii,
    Cp437,
    Whatwg {
        decoder: Decoder,
        /// No sequence is open, so that an ASCII byte means itself.
        neutral: bool,
    },
}

impl HostDecoder {
    /// Decodes one more byte; appends the characters that are complete, none to three.
    pub fn push(&mut self, byte: u8, out: &mut String) {
        match &mut self.0 {
            State::Ascii | State::Cp437 | State::Whatwg { neutral: true, .. } if byte < 0x80 => {
                out.push(char::from(byte));
            }
            State::Ascii => out.push(char::REPLACEMENT_CHARACTER),
            State::Cp437 => out.push(CP437[usize::from(byte - 0x80)]),
            State::Whatwg { decoder, neutral } => {
                decode(decoder, &[byte], out, false);
                // That it answers at all says that no sequence is open.
                *neutral = decoder.latin1_byte_compatible_up_to(&[]).is_some();
            }
        }
    }

    /// Ends the input: an open sequence becomes U+FFFD. The decoder can then be used for another input.
    pub fn finish(&mut self, out: &mut String) {
        if let State::Whatwg { decoder, neutral } = &mut self.0 {
            decode(decoder, &[], out, true);
            *decoder = decoder.encoding().new_decoder_without_bom_handling();
            *neutral = true;
        }
    }

    /// Whether no sequence is open.
    pub fn is_neutral(&self) -> bool {
        match &self.0 {
            State::Ascii | State::Cp437 => true,
            State::Whatwg { neutral, .. } => *neutral,
        }
    }
}

impl fmt::Debug for HostDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = match &self.0 {
            State::Ascii => "ascii",
            State::Cp437 => "cp437",
            State::Whatwg { decoder, .. } => decoder.encoding().name(),
        };
        f.debug_struct("HostDecoder").field("charset", &label).field("neutral", &self.is_neutral()).finish()
    }
}

fn decode(decoder: &mut Decoder, bytes: &[u8], out: &mut String, last: bool) {
    // `decode_to_string` fills the spare capacity and never grows the string.
    out.reserve(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(32));
    let (_result, _read, _replaced) = decoder.decode_to_string(bytes, out, last);
}

/// Code page 437, bytes 80-FF.
#[rustfmt::skip]
const CP437: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å', // 80
    'É', 'æ', 'Æ', 'ô', 'ö', 'ò', 'û', 'ù', 'ÿ', 'Ö', 'Ü', '¢', '£', '¥', '₧', 'ƒ', // 90
    'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '⌐', '¬', '½', '¼', '¡', '«', '»', // A0
    '░', '▒', '▓', '│', '┤', '╡', '╢', '╖', '╕', '╣', '║', '╗', '╝', '╜', '╛', '┐', // B0
    '└', '┴', '┬', '├', '─', '┼', '╞', '╟', '╚', '╔', '╩', '╦', '╠', '═', '╬', '╧', // C0
    '╨', '╤', '╥', '╙', '╘', '╒', '╓', '╫', '╪', '┘', '┌', '█', '▄', '▌', '▐', '▀', // D0
    'α', 'ß', 'Γ', 'π', 'Σ', 'σ', 'µ', 'τ', 'Φ', 'Θ', 'Ω', 'δ', '∞', 'φ', 'ε', '∩', // E0
    '≡', '±', '≥', '≤', '⌠', '⌡', '÷', '≈', '°', '∙', '·', '√', 'ⁿ', '²', '■', '\u{A0}', // F0
];

#[cfg(test)]
mod tests {
    use super::*;

    fn decode_all(charset: HostCharset, bytes: &[u8]) -> String {
        let mut decoder = charset.decoder();
        let mut text = String::new();
        for byte in bytes {
            decoder.push(*byte, &mut text);
        }
        decoder.finish(&mut text);
        text
    }

    #[test]
    fn labels_are_found_in_any_case_and_round_trip() {
        for label in ["cp437", "IBM437", "ascii", "UTF-8", "latin1", "Shift_JIS", "koi8-r", "x-user-defined"]
        {
            let charset = HostCharset::from_label(label).unwrap();
            assert_eq!(HostCharset::from_label(charset.label()), Some(charset), "{label}");
        }
    }

    #[test]
    fn us_ascii_is_the_standards_and_ascii_is_ours() {
        assert_eq!(HostCharset::from_label("us-ascii").unwrap().label(), "windows-1252");
        assert_eq!(decode_all(HostCharset::from_label("us-ascii").unwrap(), b"a\xE9"), "aé");
        assert_eq!(decode_all(HostCharset::from_label("ascii").unwrap(), b"a\xE9"), "a\u{FFFD}");
    }

    #[test]
    fn charsets_that_are_no_superset_of_ascii_are_refused() {
        for label in ["utf-16", "UTF-16BE", "iso-2022-jp", "replacement", "hz-gb-2312"] {
            let refused = label.parse::<HostCharset>();
            assert!(matches!(refused, Err(CharsetError::NotAscii(_))), "{label}: {refused:?}");
        }
        assert_eq!("petscii".parse::<HostCharset>(), Err(CharsetError::Unknown("petscii".to_owned())));
    }

    #[test]
    fn ascii_bytes_are_themselves_in_every_charset() {
        let ascii: Vec<u8> = (0..0x80).collect();
        for label in
            ["ascii", "cp437", "utf-8", "windows-1252", "big5", "euc-kr", "gb18030", "x-user-defined"]
        {
            let charset = HostCharset::from_label(label).unwrap();
            assert_eq!(decode_all(charset, &ascii).as_bytes(), ascii, "{label}");
        }
    }

    #[test]
    fn cp437_round_trips_every_byte() {
        for byte in 0..=0xFF {
            let text = decode_all(HostCharset::CP437, &[byte]);
            let c = text.chars().next().unwrap();
            assert_eq!(HostCharset::CP437.encode(c), Some(vec![byte]));
        }
    }

    /// Byte by byte equals the library's decoding of the whole, broken sequences included: an ASCII byte may
    /// be the second half of a character, or end a broken one, and a broken one may open the next.
    #[test]
    fn decoding_byte_by_byte_equals_decoding_the_whole() {
        let samples: [&[u8]; 8] = [
            b"plain",
            b"\xE2\x82\xAC and \xC3\xA9",
            b"\xE2A\xE2\xC3\xA9\xF0\x9F\xFFz",
            b"\x82\xA0\x83\x5C\x81",
            b"\x81\x30\x81\x30\x81\x30\x81\x81\x30\x81 x",
            b"\x8F\xA2\xAF\x8Fa\xA4\xA2",
            b"\xA4\x40\xA4\x88\x62\x88\x66",
            b"\x80\xA0\xFF",
        ];
        for label in
            ["utf-8", "shift_jis", "gb18030", "euc-jp", "big5", "euc-kr", "windows-1252", "x-user-defined"]
        {
            let charset = HostCharset::from_label(label).unwrap();
            let encoding = Encoding::for_label(label.as_bytes()).unwrap();
            for sample in samples {
                let (whole, _) = encoding.decode_without_bom_handling(sample);
                assert_eq!(decode_all(charset, sample), whole, "{label} {sample:02X?}");
            }
        }
    }

    #[test]
    fn a_complete_character_leaves_nothing_open() {
        for label in ["utf-8", "windows-1252", "koi8-r", "x-user-defined", "big5", "shift_jis", "gb18030"] {
            let charset = HostCharset::from_label(label).unwrap();
            let mut decoder = charset.decoder();
            let mut text = String::new();
            let c = ['é', '中', 'Ж', '\u{F780}'].into_iter().find(|c| charset.encode(*c).is_some()).unwrap();
            for byte in charset.encode(c).unwrap() {
                decoder.push(byte, &mut text);
            }
            assert_eq!((text, decoder.is_neutral()), (c.to_string(), true), "{label}");
        }
    }

    #[test]
    fn a_broken_sequence_that_opens_the_next_keeps_its_state() {
        let mut decoder = HostCharset::UTF_8.decoder();
        let mut text = String::new();
        for byte in [0xE2, 0xC3] {
            decoder.push(byte, &mut text);
        }
        assert_eq!((text.as_str(), decoder.is_neutral()), ("\u{FFFD}", false));
        decoder.push(0xA9, &mut text);
        assert_eq!((text.as_str(), decoder.is_neutral()), ("\u{FFFD}é", true));
    }

    #[test]
    fn finish_tells_an_open_sequence_and_starts_afresh() {
        let mut decoder = HostCharset::UTF_8.decoder();
        let mut text = String::new();
        decoder.push(0xE2, &mut text);
        decoder.finish(&mut text);
        decoder.push(b'a', &mut text);
        decoder.finish(&mut text);
        assert_eq!(text, "\u{FFFD}a");
    }
}
