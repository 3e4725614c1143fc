//! Telnet or raw, from what the peer sends.
//!
//! ```text
//!              whole IAC command within the window
//!   hunting ────────────────────────────────────────► telnet (for good)
//!      │
//!      │ 256 bytes, or 5 s after the first of them
//!      ├──────── port 23 ───► late: raw, but WILL/WONT/DO/DONT of an assigned option still means telnet
//!      └──────── others ────► raw (for good)
//! ```
//!
//! `FF` is pi on a Commodore and may be the last byte for a long time: a possible beginning of a command is
//! held back for 50 ms (half a second once a verb has followed it) and then shown. If the rest comes later after all, the command counts.

use super::code::{DONT, GA, IAC, NOP, SB, SE, WILL};
use super::option::is_assigned;
use crate::time::{Span, Stamp};

/// Bytes among which the first command must be.
pub(super) const WINDOW_BYTES: usize = 256;
/// Time in which the first command must come, counted from the first byte of any kind: a host that takes
/// its time before it says anything has the whole window.
pub(super) const WINDOW: Span = Span::from_secs(5);
/// How long a lone FF is held back.
pub(super) const HOLD: Span = Span::from_millis(50);
/// How long FF and a verb are, counted from the latest byte: more than a lone FF they look like a command.
const HOLD_VERB: Span = Span::from_millis(500);

/// What the bytes so far say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing for good.
    Open,
    /// The held bytes are a whole command.
    Telnet,
    /// Raw, for good.
    Raw,
}

/// What held bytes may be.
enum Candidate {
    Partial,
    Whole,
    Data,
}

/// The search for a first command.
#[derive(Debug)]
pub(super) struct Hunt {
    port23: bool,
    late: bool,
    seen: usize,
    first: Option<Stamp>,
    /// Begins with IAC, or empty.
    held: Vec<u8>,
    /// How many of `held` were delivered already because nothing followed them.
    shown: usize,
    /// When the rest of `held` is delivered.
    due: Option<Stamp>,
}

impl Hunt {
    /// A search that has seen nothing.
    pub(super) fn new(port23: bool) -> Hunt {
        Hunt { port23, late: false, seen: 0, first: None, held: Vec::new(), shown: 0, due: None }
    }

    /// Port 23 and still within the window: telnet is expected, nothing is settled.
    pub(super) fn expects_telnet(&self) -> bool {
        self.port23 && !self.late
    }

    /// Takes a byte; what is certainly data goes to `app`.
    pub(super) fn push(&mut self, now: Stamp, byte: u8, app: &mut Vec<u8>) -> Verdict {
        self.first.get_or_insert(now);
        self.seen = self.seen.saturating_add(1);
        if self.held.is_empty() && byte != IAC {
            app.push(byte);
        } else {
            self.held.push(byte);
            match self.candidate() {
                Candidate::Whole => return Verdict::Telnet,
                Candidate::Partial => {
                    // What was shown already is not held back again.
                    if self.shown == 0 {
                        self.due = Some(now + if self.held.len() == 1 { HOLD } else { HOLD_VERB });
                    } else {
                        self.due.get_or_insert(now + HOLD);
                    }
                }
                Candidate::Data => self.not_a_command(now, app),
            }
        }
        if !self.late && self.seen >= WINDOW_BYTES { self.close(app) } else { Verdict::Open }
    }

    /// When [`Hunt::timeout`] has something to do.
    pub(super) fn deadline(&self) -> Option<Stamp> {
        let window = if self.late { None } else { self.first.map(|first| first + WINDOW) };
        match (self.due, window) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Time has passed.
    pub(super) fn timeout(&mut self, now: Stamp, app: &mut Vec<u8>) -> Verdict {
        if self.due.is_some_and(|due| due <= now) {
            self.show(app);
        }
        if !self.late && self.first.is_some_and(|first| first + WINDOW <= now) {
            return self.close(app);
        }
        Verdict::Open
    }

    /// The whole command that [`Verdict::Telnet`] announced.
    pub(super) fn into_command(self) -> Vec<u8> {
        self.held
    }

    /// No more bytes are coming, or none of them shall be held back.
    pub(super) fn release(&mut self, app: &mut Vec<u8>) {
        self.show(app);
        self.held.clear();
        self.shown = 0;
    }

    /// The window closes without a command.
    fn close(&mut self, app: &mut Vec<u8>) -> Verdict {
        if !self.port23 {
            self.release(app);
            return Verdict::Raw;
        }
        self.late = true;
        if self.held.get(1) == Some(&SB) {
            self.release(app);
        }
        Verdict::Open
    }

    /// The held bytes turned out to be data.
    fn not_a_command(&mut self, now: Stamp, app: &mut Vec<u8>) {
        match self.held[..] {
            // A server on port 23 that has not negotiated yet doubles its FF.
            [IAC, IAC] if self.expects_telnet() => {
                self.held.pop();
                self.release(app);
            }
            // FF FB FF: the last one may begin a command of its own.
            [IAC, _, IAC] => {
                self.held.pop();
                self.release(app);
                self.held.push(IAC);
                self.due = Some(now + HOLD);
            }
            // A lone FF, which no telnet server sends.
            [IAC, other] if other != IAC => {
                self.release(app);
                self.late |= self.port23;
            }
            _ => self.release(app),
        }
    }

    fn candidate(&self) -> Candidate {
        match self.held[..] {
            [IAC] => Candidate::Partial,
            [IAC, WILL..=DONT] => Candidate::Partial,
            [IAC, WILL..=DONT, IAC] => Candidate::Data,
            [IAC, WILL..=DONT, option] if !self.late || is_assigned(option) => Candidate::Whole,
            [IAC, NOP..=GA] if !self.late => Candidate::Whole,
            [IAC, SB, ref rest @ ..] if !self.late => match rest {
                // IAC SE ends it unless that IAC is the second of a pair.
                [_, body @ .., SE] if body.iter().rev().take_while(|b| **b == IAC).count() % 2 == 1 => {
                    Candidate::Whole
                }
                _ => Candidate::Partial,
            },
            _ => Candidate::Data,
        }
    }

    fn show(&mut self, app: &mut Vec<u8>) {
        app.extend_from_slice(self.held.get(self.shown..).unwrap_or_default());
        self.shown = self.held.len();
        self.due = None;
    }
}
