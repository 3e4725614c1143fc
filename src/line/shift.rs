//! shift-TX: a UART that rests high, heard by a receiver that rests low.
//!
//! The receiver at the far end takes a rise for a start bit. A UART's own start bit is low and no rise, so the
//! character hides one place later in the frame, turned over:
//!
//! ```text
//! UART sends        start  d0   d1   d2   d3   d4   d5   d6   d7  stop | start
//! level               0     1  ~c0  ~c1  ~c2  ~c3  ~c4  ~c5  ~c6   1   |   0
//! receiver reads    (mark) start c0   c1   c2   c3   c4   c5   c6  c7=0 | stop
//! ```
//!
//! So a character of 7 bits travels, bit 7 arrives as 0, and the start bit of the *next* frame is the stop bit
//! that the receiver looks for. A burst is therefore followed at once by a frame of FF, which reads as NUL: it
//! gives the last character its stop bit. How the line rests between bursts is [`Resting`].
//!
//! Guarantees: characters leave in order, each once; nothing with bit 7 set is taken ([`ShiftTx::carries`]). It
//! is a state machine in the time it is told; the link says when a hold took effect. Facts:
//! `docs/inversion.md`.

use std::collections::VecDeque;

use super::LineFormat;
use crate::time::{Span, Stamp, Wake};

/// The frame that reads as NUL.
const FILLER: u8 = 0xFF;
/// The line must be high for more than ten bits before a burst, so that what the rise began is over.
const HIGH_BEFORE: u64 = 12;
/// Low for so long before it is let go again: a receiver has seen a stop bit.
const LOW_BEFORE: u64 = 2;
/// Frames of the preamble, and the length of each with its two stop bits.
const PREAMBLE: u32 = 24;
/// Bits of plain filler behind the preamble before any text. A receiver that polls the level and is busy for 9.5 bits
/// comes half a bit earlier with each frame of ten, so that after twenty it has met the low bit, and stays there.
const LOCK_IN: u64 = 200;
const SPACED_FRAME: u64 = 11;
/// Filler under way that is never undercut, against the moments at which a system does not look.
const AHEAD: Span = Span::from_millis(80);
/// More filler is handed on at least so much at a time.
const REFILL: Span = Span::from_millis(40);
/// After so long the filling begins anew: two clocks part, and what is under way would grow.
const ANEW: Span = Span::from_secs(60);
/// It waits for a pause of this length in the text.
const PAUSE: Span = Span::from_secs(1);

/// How the line rests while nothing is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resting {
    /// High, as the UART rests: for the receiver a start bit without an end. Works on every adapter.
    High,
    /// Frames that read as NUL, without a gap, after a preamble with two stop bits.
    Fill,
    /// Low, held there by a break: the rest of the far end's program. The driver's break must hold.
    Break,
}

/// What the transmitter wants of its link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShiftOut {
    /// Send these octets: characters and the filler behind them.
    Send(Vec<u8>),
    /// Send this filler, which carries nothing.
    Fill(Vec<u8>),
    /// Begin or end a break that holds, after everything that was sent; answered by [`ShiftTx::held`].
    Hold(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Characters go at once.
    High,
    /// So many frames of the preamble are left, the next at this moment.
    Preamble {
        left: u32,
        next: Stamp,
    },
    /// Filling since this moment.
    Filling {
        since: Stamp,
    },
    /// Filling has stopped; it begins anew at this moment, when the line is certainly quiet.
    RunningDry {
        until: Stamp,
    },
    /// Held low since this moment.
    Low {
        since: Stamp,
    },
    /// A hold is to begin, or to end, and the link has not said yet that it did.
    Lowering,
    Raising,
    /// High until this moment, then the burst goes.
    Raised {
        until: Stamp,
    },
    /// The burst is under way.
    Burst,
}

/// The transmitter.
///
/// ```
/// use petterm::line::{LineFormat, Resting, ShiftOut, ShiftTx};
/// use petterm::time::Stamp;
///
/// let mut tx = ShiftTx::new(&LineFormat::new(300), Resting::High, Stamp::ZERO);
/// tx.send(Stamp::ZERO, b"hello");
/// assert_eq!(tx.poll(), Some(ShiftOut::Send(vec![0x2F, 0x35, 0x27, 0x27, 0x21, 0xFF])));
/// ```
#[derive(Clone, Debug)]
pub struct ShiftTx {
    line: LineFormat,
    state: State,
    /// Frames that wait for the line to be ready for them.
    waiting: Vec<u8>,
    /// When everything that was handed on is over, by this machine's clock.
    free_at: Stamp,
    /// When the characters among it are.
    text_until: Stamp,
    outputs: VecDeque<ShiftOut>,
}

impl ShiftTx {
    /// A transmitter of a port that runs at `line`'s rate with 8N1, opened now.
    pub fn new(line: &LineFormat, resting: Resting, now: Stamp) -> ShiftTx {
        let state = match resting {
            Resting::High => State::High,
            Resting::Fill => State::Preamble { left: PREAMBLE, next: now },
            Resting::Break => State::Lowering,
        };
        let mut tx = ShiftTx {
            line: *line,
            state,
            waiting: Vec::new(),
            free_at: now,
            text_until: now,
            outputs: VecDeque::new(),
        };
        if state == State::Lowering {
            tx.outputs.push_back(ShiftOut::Hold(true));
        }
        tx.timeout(now);
        tx
    }

    /// Whether a character can be sent at all: it has seven bits.
    pub const fn carries(octet: u8) -> bool {
        octet < 0x80
    }

    /// The octet that the UART shall send for a character.
    pub const fn frame(character: u8) -> u8 {
        !(character << 1)
    }

    /// Sends characters, all of which [`ShiftTx::carries`]; what it does not carry is left out.
    pub fn send(&mut self, now: Stamp, characters: &[u8]) {
        let carried = characters.iter().filter(|&&octet| ShiftTx::carries(octet));
        self.waiting.extend(carried.map(|&octet| ShiftTx::frame(octet)));
        self.timeout(now);
    }

    /// The link holds the line low from now on, or no longer.
    pub fn held(&mut self, now: Stamp, low: bool) {
        self.state = match (self.state, low) {
            (State::Lowering, true) => State::Low { since: now },
            (State::Raising, false) => State::Raised { until: now + self.bits(HIGH_BEFORE) },
            (other, _) => other,
        };
        self.timeout(now);
    }

    /// The link cannot hold the line low: from now on it rests high.
    pub fn rest_high(&mut self, now: Stamp) {
        self.state = State::High;
        self.timeout(now);
    }

    /// Time has passed.
    pub fn timeout(&mut self, now: Stamp) {
        while self.step(now) {}
    }

    /// Takes what the transmitter wants, until there is nothing.
    pub fn poll(&mut self) -> Option<ShiftOut> {
        self.outputs.pop_front()
    }

    /// When [`ShiftTx::timeout`] shall be called if nothing happens before.
    pub fn wake(&self) -> Wake {
        if !self.outputs.is_empty() {
            return Wake::Now;
        }
        match self.state {
            State::High | State::Lowering | State::Raising => Wake::OnInput,
            State::Preamble { next, .. } => Wake::At(next),
            State::Filling { .. } => Wake::At(Stamp(self.free_at.0.saturating_sub(AHEAD.0))),
            State::RunningDry { until } | State::Raised { until } => Wake::At(until),
            State::Low { .. } if self.waiting.is_empty() => Wake::OnInput,
            State::Low { since } => Wake::At(since + self.bits(LOW_BEFORE)),
            State::Burst => Wake::At(self.free_at + self.bits(1)),
        }
    }

    /// When every character that was handed on is over on the line, as far as this end can tell.
    pub const fn text_until(&self) -> Stamp {
        self.text_until
    }

    /// One change of state; `false` when nothing is to be done at this moment.
    fn step(&mut self, now: Stamp) -> bool {
        match self.state {
            State::High => self.burst(now),
            State::Preamble { left: 0, .. } => {
                self.state = State::Filling { since: now };
                true
            }
            State::Preamble { left, next } if now >= next => {
                self.fill(now, 1);
                self.state = State::Preamble { left: left - 1, next: next + self.bits(SPACED_FRAME) };
                true
            }
            State::Filling { since } => self.keep_filling(now, since),
            State::RunningDry { until } if now >= until => {
                self.state = State::Preamble { left: PREAMBLE, next: now };
                true
            }
            State::Low { since } if !self.waiting.is_empty() && now >= since + self.bits(LOW_BEFORE) => {
                self.outputs.push_back(ShiftOut::Hold(false));
                self.state = State::Raising;
                true
            }
            State::Raised { until } if now >= until => {
                self.state = State::Burst;
                true
            }
            State::Burst if !self.waiting.is_empty() => self.burst(now),
            State::Burst if now >= self.free_at + self.bits(1) => {
                self.outputs.push_back(ShiftOut::Hold(true));
                self.state = State::Lowering;
                true
            }
            _ => false,
        }
    }

    /// Hands on what waits, with the frame behind it that gives the last character its stop bit.
    fn burst(&mut self, now: Stamp) -> bool {
        if self.waiting.is_empty() {
            return false;
        }
        let mut frames = std::mem::take(&mut self.waiting);
        frames.push(FILLER);
        self.under_way(now, frames.len());
        self.text_until = self.free_at;
        self.outputs.push_back(ShiftOut::Send(frames));
        true
    }

    /// Text goes into the stream of filler; the stream never ends, but begins anew now and then.
    fn keep_filling(&mut self, now: Stamp, since: Stamp) -> bool {
        if !self.waiting.is_empty() && self.free_at >= since + self.bits(LOCK_IN) {
            let frames = std::mem::take(&mut self.waiting);
            self.under_way(now, frames.len());
            self.text_until = self.free_at;
            self.outputs.push_back(ShiftOut::Send(frames));
            return true;
        }
        if now + AHEAD < self.free_at {
            return false;
        }
        if now.since(since) >= ANEW && now >= self.text_until + PAUSE {
            self.state = State::RunningDry { until: self.free_at.max(now) + self.bits(2 * SPACED_FRAME) };
            return true;
        }
        let wanted = (now + AHEAD + REFILL).since(self.free_at.max(now));
        let frame = self.bits(10).0.max(1);
        self.fill(now, usize::try_from(wanted.0 / frame + 1).unwrap_or(1));
        true
    }

    fn fill(&mut self, now: Stamp, frames: usize) {
        self.under_way(now, frames);
        self.outputs.push_back(ShiftOut::Fill(vec![FILLER; frames]));
    }

    fn under_way(&mut self, now: Stamp, frames: usize) {
        self.free_at = self.line.edge_at(self.free_at.max(now), 20 * frames as u64);
    }

    fn bits(&self, bits: u64) -> Span {
        self.line.span(2 * bits)
    }
}
