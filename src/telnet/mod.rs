//! Telnet (RFC 854, 855, 1143), sans I/O: bytes in, application bytes, replies and events out.
//!
//! What it guarantees:
//!
//! - Nothing is sent before the peer's first complete IAC command, unless the session was told to open
//!   actively or to ask for BINARY. A raw board would take every telnet byte for a key press.
//! - Whether the stream is telnet at all is decided by received bytes alone; see [`Policy::Auto`].
//! - `FF` survives: doubled both ways on telnet, never on a raw stream. A lone `FF` (pi on a Commodore) is
//!   data and does not switch telnet on.
//! - An option is answered when its state changes and when a refused one is asked for, so there are never
//!   more answers per option and direction than requests, and two implementations cannot keep each other
//!   busy. More than 64 negotiations a second are not answered.
//! - Nothing of the host is told but the terminal types and the size it was configured with: no
//!   environment, no speed, no display.
//! - Memory is bounded whatever arrives.
//!
//! Facts: RFC 854/855 (commands, CR NUL), 856 (BINARY), 857 (ECHO), 858 (SGA), 1091 (TTYPE), 1073 (NAWS),
//! 1143 (the Q method), and sessions with telnet servers in use; `docs/telnet.md` has the whole table.

mod decide;
mod option;
mod parser;
mod session;
#[cfg(test)]
mod tests;

pub use session::{Event, Policy, Side, Telnet, TelnetConfig, Transport};

/// Bytes of the protocol, RFC 854.
mod code {
    /// End of subnegotiation.
    pub(super) const SE: u8 = 0xF0;
    /// No operation.
    pub(super) const NOP: u8 = 0xF1;
    /// Are you there?
    pub(super) const AYT: u8 = 0xF6;
    /// Go ahead: the last of the plain commands.
    pub(super) const GA: u8 = 0xF9;
    /// Subnegotiation begins.
    pub(super) const SB: u8 = 0xFA;
    /// The sender wants to do it, or confirms.
    pub(super) const WILL: u8 = 0xFB;
    /// The sender does not do it, or stops.
    pub(super) const WONT: u8 = 0xFC;
    /// The receiver shall do it, or is confirmed.
    pub(super) const DO: u8 = 0xFD;
    /// The receiver shall not do it, or stop.
    pub(super) const DONT: u8 = 0xFE;
    /// Interpret as command.
    pub(super) const IAC: u8 = 0xFF;
}
