//! Edges to frames.
//!
//! A bit is what the line meant for most of its time, not what it meant at one point. The rule, per frame:
//!
//! 1. An edge to space while the line is free is a candidate for a start bit; a pulse shorter than an eighth
//!    of a bit is noise.
//! 2. Where the line is steady for 0.2 bit around the middle of every bit, the middles decide.
//! 3. Otherwise the frame is tried at 17 phases, 0.4 bit early to 0.4 bit late; each bit is the average over
//!    its whole length, and the phase with the clearest bits wins, where a phase costs as much as it can
//!    gain at one bit: two bits must speak for it. This is what carries a rate that is four per cent off,
//!    jitter and glitches.
//! 4. A start bit that is mark for the most part is none, and the next edge to space is tried.
//! 5. The line is free again 0.6 bit before the end of the frame, so that a fast sender's next start bit is
//!    seen; a stop bit at space is a framing error, after which only a new edge from mark starts a frame.
//! 6. Space for a whole frame or longer is a break, and reported once, when it ends.
//!
//! Guarantees: frames come in order; the cost follows the edges and not the time; no sequence of edges
//! panics. The decoder knows nothing of who made the edges. Facts: `docs/line.md`.

use std::collections::VecDeque;

use crate::line::{Bit, BitOrder, Edge, Level, LineFormat};
use crate::time::{Span, Stamp, Wake};

/// What was found between two marks: a character, or a break.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// The edge to space.
    pub start: Stamp,
    /// The end of the stop element, or the next frame's start if that came earlier; a break's edge to mark.
    pub end: Stamp,
    /// The data bits, errors or not; zero for a break.
    pub data: u16,
    /// The parity bit was right, or there is none.
    pub parity_ok: bool,
    /// Every stop bit was mark.
    pub framing_ok: bool,
    /// The line was held at space for at least a whole frame.
    pub is_break: bool,
    /// How clear the least clear bit was: 1 where the line held one meaning for the whole bit, 0 where it
    /// was mark for exactly half of it.
    pub margin: f32,
}

/// Positions in a frame are counted in fortieths of a bit from its start edge.
const BIT: i64 = 40;
const HALF_BIT: i64 = BIT / 2;
/// The line must be steady this far on both sides of a bit's middle for the middle to decide.
const STEADY: i64 = BIT / 5;
/// A pulse shorter than this is not a start bit.
const GLITCH: i64 = BIT / 8;
/// The farthest phase that is tried, and the step between two phases.
const FARTHEST_PHASE: i64 = BIT * 2 / 5;
const PHASE_STEP: i64 = BIT / 20;
/// What a phase of one bit takes off the score. A frame with a single late edge would otherwise be moved to
/// wherever that edge looks clear, instead of being read as it is for the most part.
const PHASE_COST: f64 = 2.0;
/// This long before the end of a frame the line is free for the next.
const RELEASE: i64 = BIT * 3 / 5;
/// A start bit may be mark for at most this share of its time.
const START_LIMIT: f64 = 0.6;
/// The score of a frame must reach this share of what a perfect one has.
const LEAST_SCORE: f64 = 0.4;

/// A change of meaning.
#[derive(Clone, Copy, Debug)]
struct Change {
    at: Stamp,
    bit: Bit,
    /// Nanoseconds at mark from the beginning to this change.
    marked: u64,
}

/// The receiving half of a UART.
///
/// ```
/// use petterm::line::uart::{Decoder, Encoder};
/// use petterm::line::LineFormat;
/// use petterm::time::Stamp;
///
/// let line: LineFormat = "300-7E1".parse()?;
/// let (mut tx, mut rx) = (Encoder::new(&line), Decoder::new(&line));
/// tx.send(0x41, Stamp(0));
/// while let Some(edge) = tx.poll() {
///     rx.push(edge);
/// }
/// rx.advance(tx.idle_at());
/// let frame = rx.poll().expect("the frame is over");
/// assert_eq!((frame.data, frame.parity_ok, frame.framing_ok), (0x41, true, true));
/// # Ok::<(), petterm::line::LineFormatError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    format: LineFormat,
    /// The line is known up to here, exclusive.
    now: Stamp,
    /// What is still needed of the past: at least the change before `next`.
    changes: VecDeque<Change>,
    /// Index of the first change that has not been looked at.
    next: usize,
    /// The candidate at `next` was not clear and waits for a bit more of the line.
    unclear: bool,
    frames: VecDeque<Frame>,
}

/// A frame read at one phase.
struct Reading {
    data: u16,
    parity: Option<bool>,
    stopped: bool,
    /// Average of the start bit, 1 for mark.
    start: f64,
    score: f64,
    margin: f64,
}

impl Decoder {
    /// A receiver that hears the line with `format.rx`. What the line was before the first edge is taken
    /// from that edge.
    pub fn new(format: &LineFormat) -> Decoder {
        Decoder {
            format: *format,
            now: Stamp::ZERO,
            changes: VecDeque::new(),
            next: 0,
            unclear: false,
            frames: VecDeque::new(),
        }
    }

    /// A receiver that knows the level of the line from `at` on, before any edge.
    pub fn with_level(format: &LineFormat, at: Stamp, level: Level) -> Decoder {
        let mut decoder = Decoder::new(format);
        decoder.now = at;
        decoder.changes.push_back(Change { at, bit: format.rx.bit(level), marked: 0 });
        decoder.next = 1;
        decoder
    }

    /// Takes the next edge, which also says what the line was until then. An edge that is earlier than what
    /// was known already counts as one that comes now; one that changes nothing is ignored.
    pub fn push(&mut self, edge: Edge) {
        let at = edge.at.max(self.now);
        self.advance(at);
        let bit = self.format.rx.bit(edge.level);
        let (before, marked) = match self.changes.back() {
            Some(last) => (last.bit, marked_until(last, at)),
            None => (opposite(bit), 0),
        };
        if before != bit {
            self.changes.push_back(Change { at, bit, marked });
            self.decide();
        }
    }

    /// The line kept its level until `to`.
    pub fn advance(&mut self, to: Stamp) {
        self.now = self.now.max(to);
        self.decide();
    }

    /// The next frame or break, in order.
    pub fn poll(&mut self) -> Option<Frame> {
        self.frames.pop_front()
    }

    /// When [`Decoder::advance`] can decide something that no edge has decided.
    pub fn wake(&self) -> Wake {
        match self.changes.get(self.next) {
            Some(candidate) => Wake::At(self.position(candidate.at, self.decided_at())),
            None => Wake::OnInput,
        }
    }

    /// Since when the line has been at space, if that is long enough for a break.
    pub fn held_since(&self) -> Option<Stamp> {
        let last = self.changes.back()?;
        (last.bit == Bit::Space && self.is_break(self.now.since(last.at))).then_some(last.at)
    }

    /// The start of a frame that has begun and is not decided yet.
    pub fn begun(&self) -> Option<Stamp> {
        self.changes.get(self.next).map(|candidate| candidate.at)
    }

    fn decide(&mut self) {
        while let Some(change) = self.changes.get(self.next).copied() {
            let done = match change.bit {
                Bit::Mark => self.end_of_space(change),
                Bit::Space => self.candidate(change),
            };
            if !done {
                break;
            }
        }
        self.forget();
    }

    /// An edge to mark while no frame is being read: only the end of a break is news.
    fn end_of_space(&mut self, change: Change) -> bool {
        let before = self.next.checked_sub(1).and_then(|i| self.changes.get(i));
        if let Some(space) = before
            && self.is_break(change.at.since(space.at))
        {
            self.frames.push_back(Frame {
                start: space.at,
                end: change.at,
                data: 0,
                parity_ok: true,
                framing_ok: false,
                is_break: true,
                margin: 1.0,
            });
        }
        self.next += 1;
        true
    }

    /// An edge to space while no frame is being read; `false` while too little is known of the line.
    fn candidate(&mut self, change: Change) -> bool {
        let start = change.at;
        let until = self.changes.get(self.next + 1).map(|c| c.at);
        if until.is_some_and(|end| end < self.position(start, GLITCH)) {
            return self.reject();
        }
        if self.now < self.position(start, self.decided_at()) {
            return false;
        }
        let end = self.position(start, self.frame_length());
        if until.is_none_or(|at| at >= end) {
            // Nothing but space: its end will tell the break.
            return self.reject();
        }
        let (phase, reading) = match self.clear_reading(start) {
            Some(reading) => (0, reading),
            None if !self.unclear => {
                self.unclear = true;
                return self.now >= self.position(start, self.decided_at());
            }
            None => self.best_reading(start),
        };
        if reading.start > START_LIMIT || reading.score < LEAST_SCORE * self.perfect_score() {
            return self.reject();
        }
        let resume = self.position(start, phase + self.frame_length() - RELEASE);
        self.next += 1;
        while self.changes.get(self.next).is_some_and(|c| c.at < resume) {
            self.next += 1;
        }
        let end = self.position(start, phase + self.frame_length());
        let following = self.changes.get(self.next).filter(|c| c.bit == Bit::Space).map_or(end, |c| c.at);
        self.unclear = false;
        self.frames.push_back(Frame {
            start,
            end: end.min(following),
            data: reading.data,
            parity_ok: reading.parity == self.format.parity.bit(reading.data),
            framing_ok: reading.stopped,
            is_break: false,
            margin: reading.margin as f32,
        });
        true
    }

    fn reject(&mut self) -> bool {
        self.next += 1;
        self.unclear = false;
        true
    }

    /// The frame as the middles of its bits say, where every one of them is steady.
    fn clear_reading(&self, start: Stamp) -> Option<Reading> {
        let steady = |middle| {
            let share = self.average(start, middle - STEADY, middle + STEADY);
            share <= 0.0 || share >= 1.0
        };
        let last = self.frame_length() - HALF_BIT;
        let mut middles = (0..=self.bits() + self.stop_bits()).map(|i| (i * BIT + HALF_BIT).min(last));
        if !middles.all(steady) {
            return None;
        }
        // The middles decide the bits; how much of each bit agrees with its middle is the margin.
        Some(self.read(start, 0, STEADY))
    }

    fn best_reading(&self, start: Stamp) -> (i64, Reading) {
        let mut best = (0, self.read(start, 0, HALF_BIT));
        for distance in 1..=FARTHEST_PHASE / PHASE_STEP {
            for phase in [-distance * PHASE_STEP, distance * PHASE_STEP] {
                let mut reading = self.read(start, phase, HALF_BIT);
                reading.score -= PHASE_COST * phase.abs() as f64 / BIT as f64;
                if reading.score > best.1.score {
                    best = (phase, reading);
                }
            }
        }
        best
    }

    /// Reads a frame at a phase, each bit from `reach` around its middle.
    fn read(&self, start: Stamp, phase: i64, reach: i64) -> Reading {
        let around = |middle: i64| self.average(start, phase + middle - reach, phase + middle + reach);
        let whole = |middle: i64, share: f64| match reach {
            HALF_BIT => share,
            _ => self.average(start, phase + middle - HALF_BIT, phase + middle + HALF_BIT),
        };
        let middle = |i: i64| i * BIT + HALF_BIT;

        let first = around(middle(0));
        let mut reading = Reading {
            data: 0,
            parity: None,
            stopped: true,
            start: first,
            score: 1.0 - 2.0 * first,
            margin: clearness(whole(middle(0), first), false),
        };
        let data_bits = i64::from(self.format.data_bits);
        for i in 0..self.bits() {
            let share = around(middle(1 + i));
            let one = share > 0.5;
            if i == data_bits {
                reading.parity = Some(one);
            } else {
                let index = match self.format.order {
                    BitOrder::LsbFirst => i,
                    BitOrder::MsbFirst => data_bits - 1 - i,
                };
                reading.data |= u16::from(one) << index;
            }
            reading.score += clearness(share, one);
            reading.margin = reading.margin.min(clearness(whole(middle(1 + i), share), one));
        }
        for i in 1..=self.stop_bits() {
            // One and a half stop bits are one bit, and one that overlaps it by half.
            let middle = middle(self.bits() + i).min(self.frame_length() - HALF_BIT);
            let mut share = around(middle);
            if i == self.stop_bits() && reach == HALF_BIT {
                share = self.last_stop_bit(start, phase);
            }
            reading.stopped &= share > 0.5;
            reading.score += clearness(share, true);
            reading.margin = reading.margin.min(clearness(whole(middle, share), share > 0.5));
        }
        reading.margin = reading.margin.max(0.0);
        reading
    }

    /// Average of the last stop bit, as far as the next frame has not begun: a fast sender cuts it short.
    fn last_stop_bit(&self, start: Stamp, phase: i64) -> f64 {
        let end = phase + self.frame_length();
        let free = self.position(start, end - RELEASE);
        let index = self.changes.partition_point(|change| change.at < free);
        let next = self.changes.iter().skip(index).take(2).find(|change| change.bit == Bit::Space);
        let end_at = self.position(start, end);
        let until = next.map_or(end_at, |change| change.at.min(end_at));
        self.average_between(self.position(start, end - BIT), until)
    }

    /// Mean meaning of the line between two positions of a frame, 0 for space and 1 for mark.
    fn average(&self, start: Stamp, from: i64, to: i64) -> f64 {
        self.average_between(self.position(start, from), self.position(start, to))
    }

    fn average_between(&self, from: Stamp, to: Stamp) -> f64 {
        let length = to.since(from).0.max(1);
        self.marked(to).wrapping_sub(self.marked(from)) as f64 / length as f64
    }

    /// Nanoseconds at mark until `at`, counted from an arbitrary zero and wrapping: only differences count.
    fn marked(&self, at: Stamp) -> u64 {
        let after = self.changes.partition_point(|change| change.at <= at);
        match (after.checked_sub(1).and_then(|i| self.changes.get(i)), self.changes.front()) {
            (Some(last), _) => marked_until(last, at),
            // What came before the oldest change that is kept was the opposite.
            (None, Some(first)) if first.bit == Bit::Space => first.marked.wrapping_sub(first.at.since(at).0),
            (None, Some(first)) => first.marked,
            (None, None) => 0,
        }
    }

    /// Forgets what no later decision needs: all but the half bit before the next candidate.
    fn forget(&mut self) {
        let horizon = match self.changes.get(self.next) {
            Some(candidate) => self.position(candidate.at, -HALF_BIT),
            None => self.position(self.now, -HALF_BIT),
        };
        while self.next > 1 && self.changes.get(1).is_some_and(|second| second.at < horizon) {
            self.changes.pop_front();
            self.next -= 1;
        }
    }

    /// Data and parity bits.
    fn bits(&self) -> i64 {
        i64::from((self.format.half_bits() - self.format.stop.half_bits()) / 2) - 1
    }

    /// Stop bits to look at.
    fn stop_bits(&self) -> i64 {
        i64::from(self.format.stop.half_bits().div_ceil(2))
    }

    /// Fortieths of a bit from the start edge to the end of the last stop bit.
    fn frame_length(&self) -> i64 {
        i64::from(self.format.half_bits()) * HALF_BIT
    }

    /// Where a candidate can be decided: at its end, or later where a late phase has to be tried.
    fn decided_at(&self) -> i64 {
        self.frame_length() + if self.unclear { FARTHEST_PHASE } else { 0 }
    }

    fn perfect_score(&self) -> f64 {
        (1 + self.bits() + self.stop_bits()) as f64
    }

    fn is_break(&self, space: Span) -> bool {
        space >= self.format.span(u64::from(self.format.half_bits()))
    }

    /// The moment that many fortieths of a bit after `start`, or before it.
    fn position(&self, start: Stamp, fortieths: i64) -> Stamp {
        let bit_fortieths = BIT as u64 * u64::from(self.format.baud.max(1));
        let nanos = u128::from(fortieths.unsigned_abs()) * 1_000_000_000 / u128::from(bit_fortieths);
        let nanos = u64::try_from(nanos).unwrap_or(u64::MAX);
        if fortieths < 0 { Stamp(start.0.saturating_sub(nanos)) } else { start + Span(nanos) }
    }
}

/// Nanoseconds at mark from the beginning until `at`, which is not before the change.
fn marked_until(change: &Change, at: Stamp) -> u64 {
    change.marked.wrapping_add(if change.bit == Bit::Mark { at.since(change.at).0 } else { 0 })
}

/// 1 where a bit is all of what it was taken for, 0 where it is half of it, -1 where it is none of it.
fn clearness(share: f64, one: bool) -> f64 {
    if one { 2.0 * share - 1.0 } else { 1.0 - 2.0 * share }
}

const fn opposite(bit: Bit) -> Bit {
    match bit {
        Bit::Mark => Bit::Space,
        Bit::Space => Bit::Mark,
    }
}
