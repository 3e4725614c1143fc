//! Between the wire's code and the screen's, and from keys and text to the wire's.
//!
//! | wire | Commodore screen | ANSI or ASCII screen |
//! | --- | --- | --- |
//! | petscii | as it is | letters, graphics and controls by their nearest |
//! | ascii | [`ascii::Receiver`] | as it is: the screen decodes the host's charset |
//!
//! This layer is not used for bytes that are not text.

use super::Wire;
use crate::petscii::ascii::{self, Place, Receiver};
use crate::petscii::host::HostCharset;
use crate::petscii::keyboard::{self, Key, Layout};
use crate::petscii::{CharSet, Machine, Petscii};
use crate::screen::ScreenKind;

/// Translates for one screen, wire and charset.
#[derive(Debug)]
pub(super) struct Translator {
    kind: ScreenKind,
    wire: Wire,
    charset: HostCharset,
    receiver: Option<Receiver>,
}

impl Translator {
    pub(super) fn new(kind: ScreenKind, wire: Wire, charset: HostCharset) -> Translator {
        let receiver = match (wire, kind.machine()) {
            (Wire::Ascii, Some(machine)) => Some(Receiver::new(machine, charset)),
            _ => None,
        };
        Translator { kind, wire, charset, receiver }
    }

    /// Whether the translation of an octet depends on the cursor's column.
    pub(super) fn looks_at_column(&self, octet: u8) -> bool {
        self.receiver.is_some() && octet == b'\t'
    }

    /// Appends what the screen shall print for octets of the wire.
    pub(super) fn translate(&mut self, octets: &[u8], place: Place, out: &mut Vec<u8>) {
        if let Some(receiver) = &mut self.receiver {
            for &octet in octets {
                receiver.push(octet, place, out);
            }
        } else if self.wire == Wire::Petscii && self.kind.machine().is_none() {
            for &octet in octets {
                self.petscii_to_host(octet, out);
            }
        } else {
            out.extend_from_slice(octets);
        }
    }

    fn petscii_to_host(&self, octet: u8, out: &mut Vec<u8>) {
        let escapes = self.kind == ScreenKind::Ansi;
        let sequence: &[u8] = match octet {
            0x0D | 0x8D if escapes => b"\x1b[27m\r\n",
            0x0D | 0x8D => b"\r\n",
            0x14 => b"\x08 \x08",
            0x07 => b"\x07",
            0x93 if escapes => b"\x1b[H\x1b[2J",
            0x93 => b"\x0c",
            0x13 if escapes => b"\x1b[H",
            0x12 if escapes => b"\x1b[7m",
            0x92 if escapes => b"\x1b[27m",
            0x11 if escapes => b"\x1b[B",
            0x91 if escapes => b"\x1b[A",
            0x1D if escapes => b"\x1b[C",
            0x9D if escapes => b"\x1b[D",
            _ => {
                let code = Petscii(octet).as_board().screen_code(Machine::C64);
                if let Some(code) = code {
                    let c = code.unicode(Machine::C64, CharSet::Text);
                    if !self.charset.encode_to(c, out) {
                        out.push(b'?');
                    }
                }
                return;
            }
        };
        out.extend_from_slice(sequence);
    }

    /// The keyboard of this screen and wire, while `set` is on the screen.
    pub(super) fn layout(&self, set: CharSet) -> Layout {
        match self.wire {
            Wire::Petscii => Layout::petscii(self.kind.machine().unwrap_or_default(), set),
            Wire::Ascii => Layout::host(self.charset, self.kind != ScreenKind::Ascii),
        }
    }

    /// The octets that a key sends, `None` for a key without meaning here.
    pub(super) fn key(&self, key: Key, set: CharSet) -> Option<Vec<u8>> {
        keyboard::encode(key, self.layout(set)).map(|stroke| stroke.as_bytes().to_vec())
    }

    /// The octet of a colour of the C64 layer, 0-15, where PETSCII travels: a PET's screen swallows it, the
    /// board at the far end may not.
    pub(super) fn colour(&self, number: u8) -> Option<u8> {
        let machine = match self.kind.machine() {
            Some(Machine::Vic20) => Machine::Vic20,
            _ => Machine::C64,
        };
        let code = keyboard::colour(number, machine)?;
        (self.wire == Wire::Petscii).then_some(code.0)
    }

    /// Appends the octets of host text; line ends of any kind are one RETURN. Returns the characters that have
    /// no code on this wire.
    pub(super) fn text(&self, text: &str, set: CharSet, out: &mut Vec<u8>) -> Vec<char> {
        let mut refused = Vec::new();
        let mut after_cr = false;
        for c in text.chars() {
            let was_cr = std::mem::replace(&mut after_cr, c == '\r');
            match c {
                '\n' if was_cr => {}
                '\r' | '\n' => out.push(0x0D),
                _ => {
                    if !self.character(c, set, out) {
                        refused.push(c);
                    }
                }
            }
        }
        refused
    }

    fn character(&self, c: char, set: CharSet, out: &mut Vec<u8>) -> bool {
        match self.wire {
            // Control characters are meant as they are: a script's \x03 is STOP on every wire.
            _ if (c as u32) < 0x20 || (0x80..0xA0).contains(&(c as u32)) => {
                out.push(c as u8);
                true
            }
            Wire::Ascii => self.charset.encode_to(c, out),
            Wire::Petscii => {
                let machine = self.kind.machine().unwrap_or(Machine::Pet);
                ascii::typed(c, machine, set).map(|code| out.push(code.0)).is_some()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::petscii::keyboard::KeyCode;

    const PLACE: Place = Place { set: CharSet::Text, column: 0, columns: 80 };

    fn shown(kind: ScreenKind, wire: Wire, octets: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        Translator::new(kind, wire, HostCharset::CP437).translate(octets, PLACE, &mut out);
        out
    }

    #[test]
    fn each_wire_reaches_each_screen() {
        assert_eq!(shown(ScreenKind::Safe8032, Wire::Petscii, b"\x93\xc8I\r"), b"\x93\xc8I\r");
        assert_eq!(shown(ScreenKind::Cbm8032, Wire::Ascii, b"Hi\r\n"), b"\xc8I\r");
        assert_eq!(shown(ScreenKind::Ansi, Wire::Ascii, b"\x1b[1mHi\r\n"), b"\x1b[1mHi\r\n");
        assert_eq!(shown(ScreenKind::Ansi, Wire::Petscii, b"\x93\xc8I\r"), b"\x1b[H\x1b[2JHi\x1b[27m\r\n");
        assert_eq!(shown(ScreenKind::Ascii, Wire::Petscii, b"\x12\xc8I\x92\r"), b"Hi\r\n");
    }

    #[test]
    fn text_has_one_return_for_each_line_end_and_names_what_has_no_code() {
        let petscii = Translator::new(ScreenKind::Cbm8032, Wire::Petscii, HostCharset::CP437);
        let mut out = Vec::new();
        assert_eq!(petscii.text("Hi\r\nyou\n\u{2603}\x03", CharSet::Text, &mut out), ['\u{2603}']);
        assert_eq!(out, b"\xc8I\rYOU\r\x03");
        let ascii = Translator::new(ScreenKind::Ansi, Wire::Ascii, HostCharset::CP437);
        out.clear();
        assert!(ascii.text("\u{e9}", CharSet::Text, &mut out).is_empty());
        assert_eq!(out, [0x82]);
    }

    #[test]
    fn return_is_a_bare_cr_on_every_wire() {
        for (kind, wire) in [(ScreenKind::C64, Wire::Petscii), (ScreenKind::Ansi, Wire::Ascii)] {
            let translator = Translator::new(kind, wire, HostCharset::CP437);
            assert_eq!(translator.key(Key::plain(KeyCode::Enter), CharSet::Text), Some(vec![0x0D]));
        }
    }
}
