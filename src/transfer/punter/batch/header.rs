//! The line before each file of a batch: a name, or the farewell.
//!
//! A farewell is sixteen 04 or a single one, with RETURN or without, and a board's next words may stand right behind
//! it. But one flipped bit makes 04 of a D too. So a name whose first letter came as 04 is told from a farewell by
//! what follows: a sender that has said a name waits, or says GOO and waits; a board goes on with its text. Where
//! nothing follows, it is a name if its kind stands behind it, or if several 09 stand before it and it is no longer
//! than a name: who ends with a single 04 says a single 09 before it. Else it is a farewell, and in doubt.

use super::{END, RETURN, TAB};
use crate::time::{Span, Stamp};
use crate::transfer::{FileKind, Offer};

const LINE_FEED: u8 = 0x0A;
const GOO: &[u8] = b"GOO";
/// Silence behind the beginning of a farewell that ends it, and behind GOO that makes a name of it.
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
    /// The batch is over. What stands behind it is not of it; but it may have been this name, damaged.
    Farewell { behind: Vec<u8>, doubt: Option<Vec<u8>> },
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
            let words = without_line_ends(behind);
            if words.ends_with(GOO) {
                self.due = now + CUT_OFF;
            }
            let is_goo = words.chunks(GOO.len()).all(|word| GOO.starts_with(word));
            return (!is_goo).then(|| self.as_farewell(None));
        }
        self.due = now + CUT_OFF;
        match byte {
            // A 04 among several 09 is noise. Behind a single one what follows tells: a board uses 09 as it likes.
            TAB if self.line.len() == 1 && self.begins_as_farewell() && self.tabs == 1 => {
                self.tabs += 1;
                self.line.push(byte);
            }
            TAB if self.line.len() > 1 && self.begins_as_farewell() && self.line != [END, TAB] => {
                self.line.push(byte);
                return Some(self.as_farewell(None));
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
                return Some(self.as_farewell(None));
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
            return Some(self.as_farewell(Some(byte)));
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
        self.broken_off()
    }

    /// What it is where nothing more comes, if it is whole.
    pub(super) fn broken_off(&mut self) -> Option<Line> {
        if !self.begins_as_farewell() {
            return None;
        }
        let Some((_, behind)) = &self.doubt else { return Some(self.as_farewell(None)) };
        let says_goo = without_line_ends(behind).starts_with(GOO);
        Some(if says_goo || self.may_be_name() { self.as_name() } else { self.as_farewell(None) })
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
        has_kind || (self.tabs > SINGLE && (2..=1 + ON_DISK).contains(&self.line.len()))
    }

    fn as_name(&mut self) -> Line {
        let behind =
            self.doubt.take().map_or_else(Vec::new, |(_, behind)| without_line_ends(&behind).to_vec());
        let name = self.line.strip_prefix(&[END, TAB]).unwrap_or(&self.line);
        Line::Name { offer: offer(name), behind }
    }

    /// The end, and `ended` it if a byte did.
    fn as_farewell(&mut self, ended: Option<u8>) -> Line {
        let (doubted, behind) = match self.doubt.take() {
            Some((ended, behind)) => (Some(ended), behind),
            None => (None, Vec::new()),
        };
        let text = match self.line.windows(2).rposition(|pair| pair == [END, END]) {
            Some(last_two) => self.line.get(last_two + 2..),
            None => self.line.strip_prefix(&[END]),
        };
        let text = text.unwrap_or_default();
        let is_short = (1..=ON_DISK).contains(&text.len());
        let in_doubt = doubted.is_some() && without_line_ends(&behind).is_empty() && is_short;
        let doubt = in_doubt.then(|| text.to_vec());
        // RETURN right behind 04 is of the farewell.
        let ended = doubted.or(ended).filter(|_| !text.is_empty());
        Line::Farewell { behind: text.iter().copied().chain(ended).chain(behind).collect(), doubt }
    }
}

fn without_line_ends(octets: &[u8]) -> &[u8] {
    let first = octets.iter().position(|octet| !matches!(*octet, RETURN | LINE_FEED | 0));
    first.and_then(|first| octets.get(first..)).unwrap_or_default()
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

    /// What it is, and what of all that came is behind it.
    enum Came {
        Name(&'static [u8]),
        Farewell(&'static [u8]),
        /// A farewell that may be a name.
        Doubted(&'static [u8]),
        Nothing,
    }
    use Came::{Doubted, Farewell, Name, Nothing};

    /// What a line comes to by its bytes alone, with what is left of them.
    fn feed(bytes: &[u8]) -> (Header, Option<Line>, &[u8]) {
        let mut header = Header::default();
        for (at, &byte) in bytes.iter().enumerate() {
            if let Some(line) = header.byte(Stamp::ZERO, byte) {
                return (header, Some(line), &bytes[at + 1..]);
            }
        }
        (header, None, &[])
    }

    fn is(line: Option<Line>, rest: &[u8], came: &Came) -> bool {
        match (line, came) {
            (Some(Line::Name { offer, .. }), Name(name)) => offer.name == *name,
            (Some(Line::Farewell { behind, doubt }), Farewell(left)) => {
                doubt.is_none() && [&behind, rest].concat() == *left
            }
            (Some(Line::Farewell { behind, doubt }), Doubted(left)) => doubt.is_some() && behind == *left,
            (None, Nothing) => true,
            _ => false,
        }
    }

    #[test]
    fn bytes_tell_a_name_from_a_farewell() {
        let long = [b"\x09\x04".as_slice(), &[b'x'; 300]].concat();
        let long_text: &'static [u8] = vec![b'x'; 300].leak();
        for (bytes, came) in [
            (b"\x09NAME".as_slice(), Nothing),
            (b"\x09A\x04DER\r", Name(b"A\x04DER")),
            (b"\x09\x04\x04\x04\r", Farewell(b"")),
            (b"\x09\x04\x04\x04\rMENU", Farewell(b"MENU")),
            (b"\x09\x04\x04\x04MENU\r>", Farewell(b"MENU\r>")),
            (b"\x09\x04\x04\r\rMENU", Farewell(b"\rMENU")),
            (b"\x09\x05\x04\x04\r", Farewell(b"")),
            (b"\x09\x04BYE\x04 NOW\r", Farewell(b"BYE\x04 NOW\r")),
            (b"\x09\x04\r\rMENU", Farewell(b"\rMENU")),
            (b"\x09\x04\rGOODBYE", Farewell(b"GOODBYE")),
            (b"\x09\x04Name\x09Size\r", Farewell(b"Name\x09Size\r")),
            (b"\x09\x04\x09MENU\r\n>", Farewell(b"\x09MENU\r\n>")),
            (b"\x09\x04Pick A,B\r\nCHOICE?", Farewell(b"Pick A,B\r\nCHOICE?")),
            (b"\x09\x04Pick A,S\rGOODBYE", Farewell(b"Pick A,S\rGOODBYE")),
            (&long, Farewell(long_text)),
            // A 04 that is noise.
            (b"\x09\x04\x09\x09NAME,P\r", Name(b"NAME")),
            (b"\x09\x09\x09\x04\x09NAME,P\r", Name(b"NAME")),
        ] {
            let (_, line, rest) = feed(bytes);
            assert!(is(line, rest, &came), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn where_bytes_do_not_tell_silence_does_when_it_is_due() {
        for (bytes, due, came) in [
            (b"\x09\x04".as_slice(), CUT_OFF, Farewell(b"")),
            (b"\x09\x04\r", CUT_OFF, Farewell(b"")),
            (b"\x09\x04\x04", CUT_OFF, Farewell(b"")),
            (b"\x09\x04\x04\x04SELECT>", CUT_OFF, Farewell(b"SELECT>")),
            (b"\x09\x04Continue Y,N", CUT_OFF, Farewell(b"Continue Y,N")),
            (b"\x09\x09\x04BYE\r\n", DOUBT, Doubted(b"BYE\r\n")),
            (b"\x09\x09\x09\x04Back to the menu.\r", DOUBT, Farewell(b"Back to the menu.\r")),
            // A D that became 04, or a 04 before a name.
            (b"\x09\x04EMO,P\r", DOUBT, Name(b"\x04EMO")),
            (b"\x09\x04EMO,P\r\n", DOUBT, Name(b"\x04EMO")),
            (b"\x09\x04,P\r", DOUBT, Name(b"\x04")),
            (b"\x09\x04AAAAAAAAAAAAAAAAAAAAAA,U\r", DOUBT, Name(b"\x04AAAAAAAAAAAAAAAAAAAAAA")),
            (b"\x09\x04EMO\r", DOUBT, Doubted(b"EMO\r")),
            (b"\x09\x04\x09DEMO\r", DOUBT, Doubted(b"\x09DEMO\r")),
            (b"\x09\x04\x09DEMO,P\r", DOUBT, Name(b"DEMO")),
            (b"\x09\x09\x09\x04EMO\r", DOUBT, Name(b"\x04EMO")),
            (b"\x09\x09\x09\x04SIXTEEN LETTERS!\r", DOUBT, Name(b"\x04SIXTEEN LETTERS!")),
            (b"\x09\x09\x09\x04EMO,P \r", DOUBT, Name(b"\x04EMO,P ")),
            (b"\x09\x04EMO\rGOO", CUT_OFF, Name(b"\x04EMO")),
            (b"\x09\x04EMO\r\nGOOGOO", CUT_OFF, Name(b"\x04EMO")),
            (b"\x09\x04\rGOO", CUT_OFF, Name(b"\x04")),
            (b"\x09\x04BYE\rGO", DOUBT, Farewell(b"BYE\rGO")),
        ] {
            let shown = bytes.escape_ascii();
            let (mut header, line, _) = feed(bytes);
            assert_eq!(line, None, "{shown} at once");
            assert_eq!(header.due(), Some(Stamp::ZERO + due), "{shown}");
            assert_eq!(header.silence(Stamp(due.0 - 1)), None, "{shown} too early");
            assert!(is(header.silence(Stamp::ZERO + due), b"", &came), "{shown} after a while");
        }
        let (mut header, ..) = feed(b"\x09NAME");
        assert_eq!((header.due(), header.broken_off()), (None, None));
    }
}
