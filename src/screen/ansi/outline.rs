//! Where escape sequences begin and end. What is in between is parsed by the `vte` crate.
//!
//! `vte` sees the seven-bit bytes of escape and control sequences and nothing else:
//!
//! - text never reaches it: it would read it as UTF-8, and take bytes 80-9F of a code page for control codes;
//! - bytes from 80 up inside a sequence are ignored;
//! - strings (OSC, DCS, SOS, PM, APC) are skipped here. Nothing a far end puts into one can be stored, answered
//!   or acted on, and an endless one costs no memory.
//!
//! The states are those of Paul Williams' diagram of a VT500 (<https://vt100.net/emu/dec_ansi_parser>), as far as
//! they matter to the question of what a sequence is. `tests.rs` compares every dispatch with that of `vte` alone.

use std::fmt;

const BEL: u8 = 0x07;
const CAN: u8 = 0x18;
const SUB: u8 = 0x1A;
/// What every sequence begins with.
pub(super) const ESC: u8 = 0x1B;

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// No sequence.
    #[default]
    Ground,
    /// ESC has come.
    Escape,
    /// ESC and an intermediate byte: no string or control sequence can begin any more.
    Intermediate,
    /// CSI: ESC and `[`.
    Control,
    /// An OSC: BEL ends it, besides what ends every string.
    Osc,
    /// DCS, SOS, PM or APC: ESC, CAN or SUB ends it.
    String,
}

impl State {
    /// The state after a seven-bit byte; a state of strings after none but their end.
    fn after(self, byte: u8) -> State {
        match (self, byte) {
            (_, ESC) => State::Escape,
            (_, CAN | SUB) | (State::Osc, BEL) => State::Ground,
            (State::Ground | State::Osc | State::String, _) | (_, 0x00..=0x1F | 0x7F..) => self,
            (State::Escape, b'[') => State::Control,
            (State::Escape, b']') => State::Osc,
            (State::Escape, b'P' | b'X' | b'^' | b'_') => State::String,
            (State::Escape | State::Intermediate, 0x20..=0x2F) => State::Intermediate,
            (State::Control, 0x20..=0x3F) => State::Control,
            (State::Escape | State::Intermediate | State::Control, _) => State::Ground,
        }
    }
}

/// The escape sequences of a stream.
#[derive(Default)]
pub(super) struct Sequences {
    state: State,
    /// In its ground state whenever this is. It has no room for a string, as none reaches it.
    parser: vte::Parser<0>,
}

impl Sequences {
    /// Whether the next byte belongs to a sequence. Otherwise only ESC need be taken.
    pub(super) fn is_open(&self) -> bool {
        self.state != State::Ground
    }

    /// Takes bytes up to the end of the sequence, or as many as there are; says how many, at least one of any.
    pub(super) fn take(&mut self, bytes: &[u8], obeys: &mut impl vte::Perform) -> usize {
        let skipped = self.skips(bytes);
        if skipped > 0 {
            return skipped;
        }
        for (index, &byte) in bytes.iter().enumerate() {
            if byte >= 0x80 {
                self.parser.advance(obeys, &bytes[..index]);
                return index + 1;
            }
            let before = self.state;
            self.state = before.after(byte);
            match (before, self.state) {
                (_, State::Escape | State::Intermediate | State::Control) => {}
                (State::Osc | State::String, _) => return index + 1,
                (_, State::Osc | State::String) => {
                    self.parser.advance(obeys, &bytes[..index]);
                    self.parser.advance(obeys, &[CAN]);
                    return index + 1;
                }
                (_, State::Ground) => {
                    self.parser.advance(obeys, &bytes[..=index]);
                    return index + 1;
                }
            }
        }
        self.parser.advance(obeys, bytes);
        bytes.len()
    }

    /// How many bytes at the head of these lie inside a string and cannot end it.
    fn skips(&self, bytes: &[u8]) -> usize {
        if matches!(self.state, State::Osc | State::String) {
            let ends = |byte: &u8| matches!(*byte, BEL | CAN | SUB | ESC);
            bytes.iter().position(ends).unwrap_or(bytes.len())
        } else {
            0
        }
    }
}

impl fmt::Debug for Sequences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sequences").field("state", &self.state).finish_non_exhaustive()
    }
}
