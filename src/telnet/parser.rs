//! Telnet's byte stream taken apart, one byte at a time (RFC 854, 855).
//!
//! Every byte that is no part of a command comes out as data; a parser may be stopped between any two
//! bytes. A subnegotiation holds at most [`SB_LIMIT`] bytes: a longer one is swallowed up to its end and
//! never reported.

use super::code::{DO, DONT, GA, IAC, NOP, SB, SE, WILL, WONT};

/// Bytes of a subnegotiation, its option included.
pub(super) const SB_LIMIT: usize = 4096;

/// What a byte completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A byte for the application.
    Data(u8),
    /// IAC and a byte that is no command: both are data of a peer that does not double `FF`.
    Stray(u8),
    /// A command of two bytes.
    Command(u8),
    /// WILL, WONT, DO or DONT with its option.
    Negotiate(u8, u8),
    /// A subnegotiation has ended; it is in [`Parser::sub`].
    Sub,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Data,
    Iac,
    Option(u8),
    Sub,
    SubIac,
}

/// The state between two bytes.
#[derive(Debug, Default)]
pub(super) struct Parser {
    state: State,
    sub: Vec<u8>,
    overflow: bool,
}

/// Whether IAC and this byte are a whole command: NOP to GA, and the record and job commands of RFC 885
/// and 1184. SE alone ends nothing, but is no data either.
fn is_plain_command(byte: u8) -> bool {
    matches!(byte, NOP..=GA | 0xEC..=0xEF | SE)
}

impl Parser {
    /// Takes one byte.
    pub(super) fn push(&mut self, byte: u8) -> Option<Token> {
        match self.state {
            State::Data if byte == IAC => {
                self.state = State::Iac;
                None
            }
            State::Data => Some(Token::Data(byte)),
            State::Iac => self.after_iac(byte),
            State::Option(verb) => {
                self.state = State::Data;
                Some(Token::Negotiate(verb, byte))
            }
            State::Sub if byte == IAC => {
                self.state = State::SubIac;
                None
            }
            State::Sub => {
                self.keep(byte);
                None
            }
            State::SubIac => self.after_iac_in_sub(byte),
        }
    }

    /// The subnegotiation that [`Token::Sub`] announced: option, then its bytes with `FF` undoubled.
    pub(super) fn sub(&self) -> &[u8] {
        &self.sub
    }

    fn after_iac(&mut self, byte: u8) -> Option<Token> {
        self.state = State::Data;
        match byte {
            IAC => Some(Token::Data(IAC)),
            WILL | WONT | DO | DONT => {
                self.state = State::Option(byte);
                None
            }
            SB => {
                self.sub.clear();
                self.overflow = false;
                self.state = State::Sub;
                None
            }
            _ if is_plain_command(byte) => Some(Token::Command(byte)),
            _ => Some(Token::Stray(byte)),
        }
    }

    fn after_iac_in_sub(&mut self, byte: u8) -> Option<Token> {
        self.state = State::Sub;
        match byte {
            IAC => {
                self.keep(IAC);
                None
            }
            SE => {
                self.state = State::Data;
                (!self.overflow).then_some(Token::Sub)
            }
            // The peer forgot IAC SE and goes on with the next command, which must not be lost.
            NOP..=DONT => self.after_iac(byte),
            // The peer forgot to double an FF.
            _ => {
                self.keep(IAC);
                self.keep(byte);
                None
            }
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.overflow {
            return;
        }
        if self.sub.len() < SB_LIMIT {
            self.sub.push(byte);
        } else {
            self.overflow = true;
            self.sub = Vec::new();
        }
    }
}
