//! Undoes the escapes that a Linux tty puts among received octets when `PARMRK` is set.
//!
//! | the driver gives | it means |
//! | --- | --- |
//! | `FF FF` | an octet FF |
//! | `FF 00 00` | a break, or an octet 00 with a bad stop bit: the driver does not tell them apart |
//! | `FF 00 v` | an octet v whose stop bit (or parity) was wrong |
//! | any other octet | itself |
//!
//! Escapes may be split anywhere between reads. Source: termios(3), `INPCK` and `PARMRK`.

use crate::engine::{Mark, MarkKind};

/// The escape octet.
const ESCAPE: u8 = 0xFF;

/// A decoder for one stream; it holds what it saw of an unfinished escape.
#[derive(Clone, Debug)]
pub struct Unmark {
    state: State,
    bad: MarkKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Plain,
    Escaped,
    Marked,
}

impl Unmark {
    /// A decoder at the start of a stream. The driver says only that an octet is bad: `bad` is what that
    /// means on this line, [`MarkKind::Framing`] where the port checks no parity.
    pub const fn new(bad: MarkKind) -> Unmark {
        Unmark { state: State::Plain, bad }
    }

    /// Changes what a bad octet means, from the next one on.
    pub const fn set_bad(&mut self, bad: MarkKind) {
        self.bad = bad;
    }

    /// Appends the octets in `raw` to `bytes`, and to `marks` what was wrong with some of them; offsets
    /// count from the start of `bytes`.
    pub fn push(&mut self, raw: &[u8], bytes: &mut Vec<u8>, marks: &mut Vec<Mark>) {
        for &octet in raw {
            self.state = match (self.state, octet) {
                (State::Plain, ESCAPE) => State::Escaped,
                (State::Escaped, 0) => State::Marked,
                (State::Plain, _) | (State::Escaped, ESCAPE) => {
                    bytes.push(octet);
                    State::Plain
                }
                // No driver does this; losing an octet would be worse than passing two on.
                (State::Escaped, _) => {
                    bytes.extend([ESCAPE, octet]);
                    State::Plain
                }
                (State::Marked, 0) => {
                    marks.push(Mark { offset: bytes.len(), kind: MarkKind::Break });
                    State::Plain
                }
                (State::Marked, _) => {
                    marks.push(Mark { offset: bytes.len(), kind: self.bad });
                    bytes.push(octet);
                    State::Plain
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(parts: &[&[u8]]) -> (Vec<u8>, Vec<Mark>) {
        let (mut unmark, mut bytes, mut marks) = (Unmark::new(MarkKind::Framing), Vec::new(), Vec::new());
        for part in parts {
            unmark.push(part, &mut bytes, &mut marks);
        }
        (bytes, marks)
    }

    fn mark(offset: usize, kind: MarkKind) -> Mark {
        Mark { offset, kind }
    }

    /// Every escape, plain octets between them, each next to each.
    const RAW: &[u8] = &[
        0x41, 0xFF, 0xFF, 0xFF, 0x00, 0x4F, 0x00, 0xFF, 0x00, 0x00, 0xFF, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0x00,
        0x00, 0xFF, 0xFF, 0x42,
    ];

    fn expected() -> (Vec<u8>, Vec<Mark>) {
        let bytes = vec![0x41, 0xFF, 0x4F, 0x00, 0xFF, 0xFF, 0xFF, 0x42];
        let marks = vec![
            mark(2, MarkKind::Framing),
            mark(4, MarkKind::Break),
            mark(4, MarkKind::Framing),
            mark(6, MarkKind::Break),
        ];
        (bytes, marks)
    }

    #[test]
    fn every_escape_is_undone() {
        assert_eq!(decode(&[RAW]), expected());
    }

    #[test]
    fn escapes_are_undone_at_every_pair_of_splits() {
        for first in 0..=RAW.len() {
            for second in first..=RAW.len() {
                let parts = [&RAW[..first], &RAW[first..second], &RAW[second..]];
                assert_eq!(decode(&parts), expected(), "split at {first} and {second}");
            }
        }
    }

    #[test]
    fn all_octets_come_back_from_what_a_driver_makes_of_them() {
        let all: Vec<u8> = (0..=255).collect();
        let doubled: Vec<u8> = all.iter().flat_map(|&o| vec![o; if o == 0xFF { 2 } else { 1 }]).collect();
        assert_eq!(decode(&[&doubled]), (all, vec![]));
    }

    #[test]
    fn an_escape_that_no_driver_makes_loses_nothing() {
        assert_eq!(decode(&[&[0xFF, 0x41]]), (vec![0xFF, 0x41], vec![]));
    }
}
