//! Octets to edges.
//!
//! Guarantees: edges come in order of time and alternate; frames sent without a pause share one origin, from
//! which every edge is computed, so that an hour of traffic is not a nanosecond off; the line is left at
//! mark. Facts: `docs/line.md`.

use std::collections::VecDeque;

use crate::line::{Bit, BitOrder, Edge, Level, LineFormat};
use crate::time::{Span, Stamp};

/// The time that one frame or break takes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The edge to space.
    pub start: Stamp,
    /// The end of the stop element; the next frame may start here.
    pub end: Stamp,
}

/// The transmitting half of a UART.
///
/// ```
/// use petterm::line::uart::Encoder;
/// use petterm::line::{Level, LineFormat};
/// use petterm::time::Stamp;
///
/// let mut uart = Encoder::new(&LineFormat::new(1_000_000));
/// uart.send(0xFF, Stamp(5_000));
/// let edges: Vec<_> = std::iter::from_fn(|| uart.poll()).map(|e| (e.at.0, e.level)).collect();
/// assert_eq!(edges, [(5_000, Level::Low), (6_000, Level::High)]);
/// assert_eq!(uart.idle_at(), Stamp(15_000));
/// ```
#[derive(Clone, Debug)]
pub struct Encoder {
    format: LineFormat,
    /// Start of the present run of frames without a pause.
    origin: Stamp,
    /// Half bits from `origin` to the end of what was sent.
    halves: u64,
    /// What the line means after the last edge.
    bit: Bit,
    edges: VecDeque<Edge>,
}

impl Encoder {
    /// A transmitter at rest, which drives the line with `format.tx`.
    pub fn new(format: &LineFormat) -> Encoder {
        Encoder { format: *format, origin: Stamp::ZERO, halves: 0, bit: Bit::Mark, edges: VecDeque::new() }
    }

    /// The level at which the line rests.
    pub fn rest_level(&self) -> Level {
        self.format.tx.level(Bit::Mark)
    }

    /// When everything that was sent is over: a frame that is sent now starts no earlier.
    pub fn idle_at(&self) -> Stamp {
        self.at(0)
    }

    /// Sends the low `data_bits` bits of `data`, not before `earliest` and not before the line is idle.
    pub fn send(&mut self, data: u16, earliest: Stamp) -> Slot {
        self.begin(earliest);
        let start = self.idle_at();
        let data_bits = u32::from(self.format.data_bits);
        let data = data & ((1 << data_bits) - 1);
        self.put(Bit::Space, 2);
        for i in 0..data_bits {
            let index = match self.format.order {
                BitOrder::LsbFirst => i,
                BitOrder::MsbFirst => data_bits - 1 - i,
            };
            self.put(bit(data >> index & 1 == 1), 2);
        }
        if let Some(parity) = self.format.parity.bit(data) {
            self.put(bit(parity), 2);
        }
        self.put(Bit::Mark, self.format.stop.half_bits());
        Slot { start, end: self.idle_at() }
    }

    /// Holds the line at space for `length`, then at mark for a bit. A break lasts at least one frame and
    /// two bits, for a shorter one would be read as a character.
    pub fn send_break(&mut self, earliest: Stamp, length: Span) -> Slot {
        self.begin(earliest);
        let start = self.idle_at();
        let shortest = self.format.span(u64::from(self.format.half_bits()) + 4);
        self.put(Bit::Space, 0);
        self.origin = start + length.max(shortest);
        self.halves = 0;
        self.put(Bit::Mark, 2);
        Slot { start, end: self.idle_at() }
    }

    /// The next edge, in order of time; edges are known as soon as their frame is sent.
    pub fn poll(&mut self) -> Option<Edge> {
        self.edges.pop_front()
    }

    fn begin(&mut self, earliest: Stamp) {
        if earliest > self.idle_at() {
            self.origin = earliest;
            self.halves = 0;
        }
    }

    fn put(&mut self, bit: Bit, half_bits: u32) {
        if bit != self.bit {
            self.bit = bit;
            self.edges.push_back(Edge { at: self.at(0), level: self.format.tx.level(bit) });
        }
        self.halves += u64::from(half_bits);
    }

    fn at(&self, half_bits: u64) -> Stamp {
        self.format.edge_at(self.origin, self.halves + half_bits)
    }
}

const fn bit(one: bool) -> Bit {
    if one { Bit::Mark } else { Bit::Space }
}
