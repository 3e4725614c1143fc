//! The line before each file of a batch: a name, or the farewell.
//!
//! A farewell is sixteen 04 or a single one, with RETURN or without, and a board's next words may stand right behind a
//! single one. But one flipped bit makes 04 of a D too. So a name whose first letter came as 04 is told from a farewell
//! by what follows: a sender that has said a name waits, or says GOO; a board goes on with its text. Where nothing
//! follows, it is a name if its kind stands behind it, or if several 09 stand before it and it is no longer than a
//! name: who ends with a single 04 says a single 09 before it.

use crate::time::{Span, Stamp};
use crate::transfer::{FileKind, Offer};

const TAB: u8 = 0x09;
const END: u8 = 0x04;
const RETURN: u8 = 0x0D;
const LINE_FEED: u8 = 0x0A;
const GOO: &[u8] = b"GOO";
/// Silence behind the beginning of a farewell that ends it.
const CUT_OFF: Span = Span::from_millis(500);
/// Silence behind a line that may be either.
const DOUBT: Span = Span::from_secs(3);
/// Bytes of a line with a name that count: the first ones, and the last ones with the letter of the kind.
const LONGEST: usize = 255;
const KIND: usize = 2;
/// No name of a Commodore disk is longer.
const ON_DISK: usize = 16;
/// One 09 that came twice is still one.
const SINGLE: u32 = 2;

/// What a line came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A file is announced. What stands behind it is for its transfer.
    Name { offer: Offer, behind: Vec<u8> },
    /// The batch is over. What stands behind it is not of it.
    Farewell { behind: Vec<u8> },
}

/// A line that comes.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// How often 09 was seen.
    tabs: u32,
    /// What stands behind the last one.
    line: Vec<u8>,
    /// The line ended with this byte and may be either; what followed.
    doubt: Option<(u8, Vec<u8>)>,
    /// Silence until then decides.
    due: Stamp,
}

impl Header {
    pub(super) fn has_begun(&self) -> bool {
        self.tabs > 0
    }

    /// When silence decides what it is, if it can.
    pub(super) fn due(&self) -> Option<Stamp> {
        (self.doubt.is_some() || self.begins_as_farewell()).then_some(self.due)
    }

    /// The next byte.
    pub(super) fn byte(&mut self, now: Stamp, byte: u8) -> Option<Line> {
        if let Some((_, behind)) = &mut self.doubt {
            behind.push(byte);
            return if *behind == GOO {
                Some(self.as_name())
            } else {
                (!GOO.starts_with(behind)).then(|| self.as_farewell())
            };
        }
        self.due = now + CUT_OFF;
        match byte {
            // A 04 alone between two 09 is noise; with text behind it, it was the end, and a board uses 09 as it likes.
            TAB if self.line.len() > 1 && self.begins_as_farewell() => {
                self.line.push(byte);
                return Some(self.as_farewell());
            }
            TAB => {
                // It has begun, or begins anew: there is none in a name. What a board prints before says nothing of that.
                self.tabs = self.tabs.saturating_add(1);
                self.line.clear();
            }
            _ if self.tabs == 0 => {}
            0 if self.line.is_empty() => {}
            RETURN | LINE_FEED | 0 => return self.ended(now, byte),
            _ if self.line.len() >= LONGEST && self.begins_as_farewell() => {
                self.line.push(byte);
                return Some(self.as_farewell());
            }
            _ => {
                if self.line.len() >= LONGEST {
                    self.line.remove(LONGEST - KIND);
                }
                self.line.push(byte);
            }
        }
        None
    }

    /// The line is whole; `byte` ended it.
    fn ended(&mut self, now: Stamp, byte: u8) -> Option<Line> {
        if self.line.is_empty() {
            self.tabs = 0;
            return None;
        }
        if self.is_farewell() {
            return Some(self.as_farewell());
        }
        if !self.begins_as_farewell() {
            return Some(self.as_name());
        }
        self.doubt = Some((byte, Vec::new()));
        self.due = now + if self.line.len() == 1 { CUT_OFF } else { DOUBT };
        None
    }

    /// Nothing came until `now`.
    pub(super) fn silence(&mut self, now: Stamp) -> Option<Line> {
        self.due().filter(|due| *due <= now)?;
        Some(if self.doubt.is_some() && self.may_be_name() { self.as_name() } else { self.as_farewell() })
    }

    /// Nothing will come any more: whether the batch was over.
    pub(super) fn is_over(&self) -> bool {
        self.begins_as_farewell() && !(self.doubt.is_some() && self.may_be_name())
    }

    /// Two faults would be needed to make this of a name.
    fn is_farewell(&self) -> bool {
        self.line.iter().filter(|byte| **byte == END).nth(1).is_some()
    }

    fn begins_as_farewell(&self) -> bool {
        self.is_farewell() || self.line.first() == Some(&END)
    }

    /// Whether a line that begins with 04 and that nothing follows is a damaged name, by its looks.
    fn may_be_name(&self) -> bool {
        let has_kind = matches!(self.line[..], [_, .., b',', letter] if kind(letter).is_some());
        has_kind || (self.tabs > SINGLE && (2..=ON_DISK).contains(&self.line.len()))
    }

    fn as_name(&mut self) -> Line {
        let behind = self.doubt.take().map_or_else(Vec::new, |(_, behind)| behind);
        Line::Name { offer: offer(&self.line), behind }
    }

    fn as_farewell(&mut self) -> Line {
        let text = match &self.line[..] {
            [END, text @ ..] if !text.contains(&END) => text,
            _ => &[],
        };
        let mut rest = text.to_vec();
        if let Some((ended, behind)) = self.doubt.take() {
            // RETURN right behind 04 is of the farewell.
            rest.extend((!text.is_empty()).then_some(ended));
            rest.extend(behind);
        }
        Line::Farewell { behind: rest }
    }
}

fn kind(letter: u8) -> Option<FileKind> {
    match letter & 0x7F {
        b'P' => Some(FileKind::Prg),
        b'S' => Some(FileKind::Seq),
        b'U' => Some(FileKind::Usr),
        _ => None,
    }
}

/// What a line with a name says.
fn offer(line: &[u8]) -> Offer {
    let (name, kind) = match line {
        [name @ .., b',', letter] => (name, kind(*letter)),
        name => (name, None),
    };
    Offer { name: name.to_vec(), petscii: true, kind, length: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Came {
        Name(&'static [u8]),
        /// With what is behind it.
        Farewell(&'static [u8]),
        Nothing,
    }
    use Came::{Farewell, Name, Nothing};

    /// What a line comes to by its bytes alone, and when silence decides.
    fn feed(bytes: &[u8]) -> (Header, Option<Line>, usize) {
        let mut header = Header::default();
        for (at, &byte) in bytes.iter().enumerate() {
            if let Some(line) = header.byte(Stamp::ZERO, byte) {
                return (header, Some(line), at + 1);
            }
        }
        (header, None, bytes.len())
    }

    fn is(line: Option<Line>, rest: &[u8], came: &Came) -> bool {
        match (line, came) {
            (Some(Line::Name { offer, .. }), Name(name)) => offer.name == *name,
            (Some(Line::Farewell { behind }), Farewell(left)) => [&behind, rest].concat() == *left,
            (None, Nothing) => true,
            _ => false,
        }
    }

    #[test]
    fn bytes_and_silence_tell_a_name_from_a_farewell() {
        let long = [b"\x09\x04".as_slice(), &[b'x'; 300]].concat();
        let long_text: &'static [u8] = vec![b'x'; 300].leak();
        let cases: [(&[u8], Came, Came); 24] = [
            (b"\x09\x04\x04\x04\r", Farewell(b""), Nothing),
            (b"\x09\x04\x04\r\rMENU", Farewell(b"\rMENU"), Nothing),
            (b"\x09\x04", Nothing, Farewell(b"")),
            (b"\x09\x04\r", Nothing, Farewell(b"")),
            (b"\x09\x04\r\rMENU", Farewell(b"\rMENU"), Nothing),
            (b"\x09\x04\x04", Nothing, Farewell(b"")),
            (b"\x09\x04Name\x09Size\r", Farewell(b"Name\x09Size\r"), Nothing),
            (b"\x09\x04\x09\x09NAME,P\r", Name(b"NAME"), Nothing),
            (b"\x09\x04Continue Y,N", Nothing, Farewell(b"Continue Y,N")),
            (b"\x09\x04Pick A,B\r\nCHOICE?", Farewell(b"Pick A,B\r\nCHOICE?"), Nothing),
            (b"\x09\x04Pick A,S\rGOODBYE", Name(b"\x04Pick A"), Nothing),
            (b"\x09\x04Pick A,S\rGO ON", Farewell(b"Pick A,S\rGO ON"), Nothing),
            (b"\x09\x09\x04BYE\r", Nothing, Farewell(b"BYE\r")),
            (b"\x09\x09\x09\x04Back to the menu.\r", Nothing, Farewell(b"Back to the menu.\r")),
            (&long, Farewell(long_text), Nothing),
            // A D that became 04.
            (b"\x09\x04EMO,P\r", Nothing, Name(b"\x04EMO")),
            (b"\x09\x09\x09\x04EMO\r", Nothing, Name(b"\x04EMO")),
            (b"\x09\x09\x09\x04EMO,P \r", Nothing, Name(b"\x04EMO,P ")),
            (b"\x09\x04,P\r", Nothing, Name(b"\x04")),
            (b"\x09\x04EMO\rGOO", Name(b"\x04EMO"), Nothing),
            (b"\x09\x04\rGOO", Name(b"\x04"), Nothing),
            (b"\x09\x04AAAAAAAAAAAAAAAAAAAAAA,U\r", Nothing, Name(b"\x04AAAAAAAAAAAAAAAAAAAAAA")),
            (b"\x09A\x04DER\r", Name(b"A\x04DER"), Nothing),
            (b"\x09NAME", Nothing, Nothing),
        ];
        for (bytes, at_once, later) in cases {
            let shown = bytes.escape_ascii();
            let (mut header, line, used) = feed(bytes);
            assert!(is(line, &bytes[used..], &at_once), "{shown} at once");
            if let Nothing = at_once {
                let over = matches!(later, Farewell(_));
                assert_eq!(header.is_over(), over, "{shown} when the link is gone");
                assert_eq!(header.due().is_some(), !matches!(later, Nothing), "{shown} due");
                assert!(is(header.silence(Stamp::ZERO + DOUBT), b"", &later), "{shown} after a while");
            }
        }
    }

    #[test]
    fn silence_decides_when_it_is_due_and_not_before() {
        for (bytes, due) in
            [(b"\x09\x04".as_slice(), CUT_OFF), (b"\x09\x04\r", CUT_OFF), (b"\x09\x04X\r", DOUBT)]
        {
            let (mut header, _, _) = feed(bytes);
            assert_eq!(header.silence(Stamp(due.0 - 1)), None);
            assert!(header.silence(Stamp::ZERO + due).is_some());
        }
    }
}
