//! Telnet options: which we accept, and the state of each in each direction (RFC 1143's Q method).
//!
//! We never ask the peer to switch an option off, so of RFC 1143's states only NO, WANTYES and YES can
//! occur, and its queue bits never. An option that we do not know is always NO: it is refused each time it
//! is asked for, and nothing is said when it is switched off.

use super::Side;
use super::code::{DO, DONT, WILL, WONT};

/// RFC 856.
pub(super) const BINARY: u8 = 0;
/// RFC 857.
pub(super) const ECHO: u8 = 1;
/// RFC 858, suppress go ahead.
pub(super) const SGA: u8 = 3;
/// RFC 1091, terminal type.
pub(super) const TTYPE: u8 = 24;
/// RFC 1073, window size.
pub(super) const NAWS: u8 = 31;

/// The options that have a state, in the order of [`Options`]' tables.
const KNOWN: [u8; 5] = [BINARY, ECHO, SGA, TTYPE, NAWS];

/// Whether the number is one that servers use: assigned by IANA up to 49 and above 137, or common among
/// games (69 MSDP to 93 MXP, 200 ATCP, 201 GMCP).
pub(super) fn is_assigned(option: u8) -> bool {
    matches!(option, 0..=49 | 69 | 70 | 85..=93 | 138..=140 | 200 | 201)
}

/// Whether we let `side` do this. ECHO is the server's, TTYPE and NAWS are ours to tell.
fn accepts(side: Side, option: u8) -> bool {
    match side {
        Side::Ours => matches!(option, BINARY | SGA | TTYPE | NAWS),
        Side::Theirs => matches!(option, BINARY | ECHO | SGA),
    }
}

/// The verb with which we agree (or ask) and with which we refuse.
fn verbs(side: Side) -> (u8, u8) {
    match side {
        Side::Ours => (WILL, WONT),
        Side::Theirs => (DO, DONT),
    }
}

/// One option in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum State {
    /// Off.
    #[default]
    No,
    /// We asked for it and wait for the answer.
    WantYes,
    /// On.
    Yes,
}

/// What a request or an answer of the peer's did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// The verb to answer with, if an answer is due.
    pub(super) answer: Option<u8>,
    /// It was switched on (`true`) or off.
    pub(super) now: Option<bool>,
    /// It is what we had asked for, and was refused.
    pub(super) refused: bool,
}

/// All options of a session.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    ours: [State; KNOWN.len()],
    theirs: [State; KNOWN.len()],
}

impl Options {
    /// The state of an option.
    pub(super) fn state(&self, side: Side, option: u8) -> State {
        let table = match side {
            Side::Ours => &self.ours,
            Side::Theirs => &self.theirs,
        };
        KNOWN.iter().zip(table).find(|(known, _)| **known == option).map_or(State::No, |(_, state)| *state)
    }

    /// The peer wants `side`'s option on or off, or answers our wish.
    pub(super) fn received(&mut self, side: Side, option: u8, on: bool) -> Change {
        let (agree, refuse) = verbs(side);
        let before = self.state(side, option);
        let accepted = accepts(side, option);
        if on && accepted {
            self.set(side, option, State::Yes);
        } else {
            self.set(side, option, State::No);
        }
        match (before, on) {
            (State::No, true) if accepted => Change { answer: Some(agree), now: Some(true), refused: false },
            (State::No, true) => Change { answer: Some(refuse), now: None, refused: false },
            (State::WantYes, true) => Change { answer: None, now: Some(true), refused: false },
            (State::WantYes, false) => Change { answer: None, now: None, refused: true },
            (State::Yes, false) => Change { answer: Some(refuse), now: Some(false), refused: false },
            (State::No, false) | (State::Yes, true) => Change::default(),
        }
    }

    /// We want `side`'s option on; the verb to ask with, unless it is on or was asked for already.
    pub(super) fn ask(&mut self, side: Side, option: u8) -> Option<u8> {
        if !accepts(side, option) || self.state(side, option) != State::No {
            return None;
        }
        self.set(side, option, State::WantYes);
        Some(verbs(side).0)
    }

    fn set(&mut self, side: Side, option: u8, to: State) {
        let table = match side {
            Side::Ours => &mut self.ours,
            Side::Theirs => &mut self.theirs,
        };
        if let Some((_, state)) = KNOWN.iter().zip(table).find(|(known, _)| **known == option) {
            *state = to;
        }
    }
}
