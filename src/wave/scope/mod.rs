//! What a scope shows of lines: levels, frames, bits and sample points, as values that a renderer draws.
//!
//! A [`Line`] is read twice when it is made, at its own polarity and at the other one, by the same decoder that
//! `petterm decode` uses: what a receiver of the wrong polarity makes of a line is read and not computed. A
//! frame's slots lie where its start edge and the rate of the format put them; the level of each comes from the
//! edges. Nothing here draws, and nothing knows of files. Times are nanoseconds from a zero that the lines
//! share; they are signed in a [`View`], which may look at what was before. Facts: `docs/scope.md`.

mod find;
mod measure;
mod view;

use std::collections::VecDeque;

use super::{Timebase, Trace};
use crate::line::uart::{Decoder, Frame};
use crate::line::{Bit, BitOrder, Edge, Level, LineFormat, Polarity};
use crate::time::{Span, Stamp, Wake};

pub use find::Query;
pub use measure::{Eye, MapPart, Measure};
pub use view::View;

/// A stretch of a line without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// When it begins.
    pub start: Stamp,
    /// The level from then on; `None` until the first edge tells.
    pub level: Option<Level>,
    /// Its edges: times grow, levels alternate.
    pub edges: Vec<Edge>,
    /// Up to when the line is known.
    pub end: Stamp,
}

impl Piece {
    /// A stretch from edges as they were seen, in order of time. The level before them, where it is not known, is
    /// that of an edge that lies at the very start, else the one that the first edge ends.
    pub fn of_edges(
        level: Option<Level>,
        start: Stamp,
        seen: impl IntoIterator<Item = Edge>,
        end: Stamp,
    ) -> Piece {
        let mut piece = Piece { start, level, edges: Vec::new(), end };
        for edge in seen {
            let before = piece.edges.last().map(|last| last.level).or(piece.level);
            if before.is_none() && edge.at <= start {
                piece.level = Some(edge.level);
            } else if before != Some(edge.level) {
                let at = edge.at.max(piece.edges.last().map_or(start, |last| last.at + Span(1)));
                piece.edges.push(Edge { at, level: edge.level });
            }
        }
        piece.end = piece.edges.last().map_or(end, |last| end.max(last.at));
        piece
    }
}

/// A line and what two receivers read on it.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is called.
    pub name: String,
    /// Its rate and frame; `rx` is the polarity at which it is read.
    pub format: LineFormat,
    /// Something to know of it, such as that only its beginning is held.
    pub note: Option<String>,
    pieces: Vec<Piece>,
    right: Vec<Frame>,
    wrong: Vec<Frame>,
    read_to: Option<Stamp>,
}

/// Whose reading of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A receiver of the line's own polarity.
    Right,
    /// A receiver of the other polarity.
    Wrong,
}

/// What a slot of a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotKind {
    /// The start bit.
    Start,
    /// A data bit of this weight, 0 for the least significant one.
    Data(u8),
    /// The parity bit.
    Parity,
    /// A stop bit.
    Stop,
}

/// A bit's place in a frame and what is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// What it is for.
    pub kind: SlotKind,
    /// Its first moment.
    pub from: Stamp,
    /// The moment after it.
    pub to: Stamp,
    /// What the receiver took it for.
    pub bit: Bit,
    /// Where a receiver that samples once would look.
    pub sample: Stamp,
    /// The level there, if the line is known there.
    pub level: Option<Level>,
    /// Bits from the sample to the nearest edge, at most 0.5.
    pub clearance: f64,
    /// `false` for a stop bit at space and for a parity bit that does not fit.
    pub ok: bool,
}

/// A sample is doubtful where an edge is nearer to it than this, in bits.
pub const DOUBTFUL: f64 = 0.2;

impl Slot {
    /// Whether an edge is so near that another receiver may read another bit.
    pub fn is_doubtful(&self) -> bool {
        self.clearance < DOUBTFUL
    }

    /// `S` for start, `T` for stop, `P` for parity, `0` or `1` for data.
    pub fn label(&self) -> char {
        match (self.kind, self.bit) {
            (SlotKind::Start, _) => 'S',
            (SlotKind::Stop, _) => 'T',
            (SlotKind::Parity, _) => 'P',
            (SlotKind::Data(_), Bit::Mark) => '1',
            (SlotKind::Data(_), Bit::Space) => '0',
        }
    }
}

impl Line {
    /// A line of a known polarity.
    pub fn new(name: impl Into<String>, format: LineFormat, pieces: Vec<Piece>) -> Line {
        let (right, right_to) = read(&pieces, &format);
        let (wrong, wrong_to) = read(&pieces, &turned(&format));
        let read_to = [right_to, wrong_to].into_iter().flatten().min();
        Line { name: name.into(), format, note: None, pieces, right, wrong, read_to }
    }

    /// A line whose polarity is the one at which more of it makes sense; where that says nothing, the one at
    /// which it rests for longest; where that says nothing either, the one of the format.
    pub fn of_unknown_polarity(name: impl Into<String>, format: LineFormat, pieces: Vec<Piece>) -> Line {
        let line = Line::new(name, format, pieces);
        let sense = |frames: &[Frame]| {
            let good = |f: &&Frame| !f.is_break && f.framing_ok && f.parity_ok;
            let good = frames.iter().filter(good).count() as i64;
            2 * good - frames.len() as i64
        };
        let turn = match sense(&line.wrong).cmp(&sense(&line.right)) {
            std::cmp::Ordering::Equal => line.rest().is_some_and(|rest| rest != format.rx),
            order => order.is_gt(),
        };
        if turn { line.turned() } else { line }
    }

    /// The same line, read the other way round.
    #[must_use]
    pub fn turned(self) -> Line {
        Line { format: turned(&self.format), right: self.wrong, wrong: self.right, ..self }
    }

    /// The same line so many nanoseconds later.
    pub fn shift(&mut self, by: u64) {
        let moved = |at: &mut Stamp| *at += Span(by);
        for piece in &mut self.pieces {
            moved(&mut piece.start);
            moved(&mut piece.end);
            piece.edges.iter_mut().for_each(|edge| moved(&mut edge.at));
        }
        for frame in self.right.iter_mut().chain(&mut self.wrong) {
            moved(&mut frame.start);
            moved(&mut frame.end);
        }
        self.read_to.iter_mut().for_each(moved);
    }

    /// The level of the longest stretch without an edge, as a polarity.
    fn rest(&self) -> Option<Polarity> {
        let mut longest = (0, None);
        for piece in &self.pieces {
            let (mut since, mut level) = (piece.start, piece.level);
            let ends = piece.edges.iter().map(|edge| (edge.at, Some(edge.level)));
            for (at, next) in ends.chain([(piece.end, None)]) {
                let length = at.since(since).0;
                if length > longest.0 && level.is_some() {
                    longest = (length, level);
                }
                (since, level) = (at, next);
            }
        }
        longest.1.map(|level| match level {
            Level::High => Polarity::IdleHigh,
            Level::Low => Polarity::IdleLow,
        })
    }

    /// Up to where the line was read, if so much of it is unclear that it was not read to its end. Levels are
    /// known nevertheless.
    pub const fn read_to(&self) -> Option<Stamp> {
        self.read_to
    }

    /// The stretches that are held.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// From the first moment that is known to the last.
    pub fn extent(&self) -> Option<(Stamp, Stamp)> {
        Some((self.pieces.first()?.start, self.pieces.last()?.end))
    }

    /// Everything that a receiver read, in order of time; a break that does not end is told up to the end.
    pub fn frames(&self, reader: Reader) -> &[Frame] {
        match reader {
            Reader::Right => &self.right,
            Reader::Wrong => &self.wrong,
        }
    }

    /// What a receiver read that lies at least partly between two moments.
    pub fn frames_between(&self, reader: Reader, from: i64, to: i64) -> &[Frame] {
        let frames = self.frames(reader);
        let first = frames.partition_point(|frame| signed(frame.end) <= from);
        let last = frames.partition_point(|frame| signed(frame.start) < to);
        frames.get(first..last).unwrap_or_default()
    }

    /// The level at a moment, if it is known.
    pub fn level(&self, at: i64) -> Option<Level> {
        let piece = self.piece(at)?;
        let after = piece.edges.partition_point(|edge| signed(edge.at) <= at);
        match after.checked_sub(1).and_then(|last| piece.edges.get(last)) {
            Some(edge) => Some(edge.level),
            None => piece.level,
        }
    }

    /// The edges from one moment to before another.
    pub fn edges(&self, from: i64, to: i64) -> impl DoubleEndedIterator<Item = Edge> + '_ {
        let first = self.pieces.partition_point(|piece| signed(piece.end) < from);
        let last = self.pieces.partition_point(|piece| signed(piece.start) < to);
        self.pieces.get(first..last).unwrap_or_default().iter().flat_map(move |piece| {
            let first = piece.edges.partition_point(|edge| signed(edge.at) < from);
            let last = piece.edges.partition_point(|edge| signed(edge.at) < to);
            piece.edges.get(first..last).unwrap_or_default().iter().copied()
        })
    }

    /// How many edges there are from one moment to before another.
    pub fn edge_count(&self, from: i64, to: i64) -> usize {
        let within = |piece: &Piece| {
            let first = piece.edges.partition_point(|edge| signed(edge.at) < from);
            piece.edges.partition_point(|edge| signed(edge.at) < to).saturating_sub(first)
        };
        self.pieces.iter().map(within).sum()
    }

    /// Whether a moment lies in a stretch that is held.
    fn piece(&self, at: i64) -> Option<&Piece> {
        let next = self.pieces.partition_point(|piece| signed(piece.start) <= at);
        self.pieces.get(next.checked_sub(1)?).filter(|piece| at <= signed(piece.end))
    }

    /// The bits of a frame that a receiver read, in their order on the line; none for a break.
    pub fn slots(&self, reader: Reader, frame: &Frame) -> Vec<Slot> {
        if frame.is_break {
            return Vec::new();
        }
        let format = match reader {
            Reader::Right => self.format,
            Reader::Wrong => turned(&self.format),
        };
        let data_bits = format.data_bits;
        let parity = format.parity.bit(frame.data);
        let halves = format.half_bits();
        let mut kinds = vec![SlotKind::Start];
        kinds.extend((0..data_bits).map(|i| match format.order {
            BitOrder::LsbFirst => SlotKind::Data(i),
            BitOrder::MsbFirst => SlotKind::Data(data_bits - 1 - i),
        }));
        kinds.extend(parity.map(|_| SlotKind::Parity));
        let stop_bits = format.stop.half_bits().div_ceil(2) as usize;
        kinds.extend(std::iter::repeat_n(SlotKind::Stop, stop_bits));

        let mut slots = Vec::with_capacity(kinds.len());
        for (index, kind) in kinds.into_iter().enumerate() {
            let first = 2 * index as u32;
            let last = (first + 2).min(halves);
            let at = |half: u32| format.edge_at(frame.start, u64::from(half));
            let (from, to) = (at(first), at(last));
            let sample = Stamp(u64::midpoint(from.0, to.0));
            let level = self.level(signed(sample));
            let seen = level.map(|level| format.rx.bit(level));
            let (bit, ok) = match kind {
                SlotKind::Start => (Bit::Space, true),
                SlotKind::Data(weight) => (bit(frame.data >> weight & 1 == 1), true),
                // The decoder says only whether it fits.
                SlotKind::Parity => (bit(parity.unwrap_or_default() == frame.parity_ok), frame.parity_ok),
                SlotKind::Stop => {
                    let bit = seen.unwrap_or(Bit::Mark);
                    (bit, frame.framing_ok || bit == Bit::Mark)
                }
            };
            slots.push(Slot {
                kind,
                from,
                to,
                bit,
                sample,
                level,
                clearance: self.clearance(&format, sample),
                ok,
            });
        }
        // The average of a stop bit can be space where its middle is mark.
        if !frame.framing_ok
            && slots.iter().all(|slot| slot.ok || slot.kind != SlotKind::Stop)
            && let Some(last) = slots.last_mut()
        {
            last.ok = false;
        }
        slots
    }

    /// Bits from a moment to the nearest edge, at most half a bit.
    fn clearance(&self, format: &LineFormat, at: Stamp) -> f64 {
        let bit = bit_nanos(format);
        let reach = (bit / 2.0) as i64;
        let at = signed(at);
        let near = self.edges(at.saturating_sub(reach), at.saturating_add(reach));
        let nearest = near.map(|edge| (signed(edge.at) - at).unsigned_abs()).min();
        nearest.map_or(0.5, |distance| (distance as f64 / bit).min(0.5))
    }
}

/// A recorded line's stretches. Tick `origin` becomes the zero; `None` if a time is earlier than that or over
/// 292 years later.
pub fn pieces(trace: &Trace, origin: i64) -> Option<Vec<Piece>> {
    let stamp = |at: i64| in_range(trace.timebase, origin, at);
    trace
        .segments
        .iter()
        .map(|segment| {
            // What lies nearer than a nanosecond is one moment here, and two edges in it are none.
            let mut edges: Vec<Edge> = Vec::with_capacity(segment.edges.len());
            for &(at, level) in &segment.edges {
                let at = stamp(at)?;
                if edges.last().is_some_and(|last| last.at >= at) {
                    edges.pop();
                } else {
                    edges.push(Edge { at, level });
                }
            }
            Some(Piece {
                start: stamp(segment.start)?,
                level: segment.level,
                edges,
                end: stamp(segment.end)?,
            })
        })
        .collect()
}

fn in_range(base: Timebase, origin: i64, at: i64) -> Option<Stamp> {
    base.stamp(origin, at).filter(|stamp| i64::try_from(stamp.0).is_ok())
}

/// A moment as a signed number; lines end before it could be cut.
pub fn signed(at: Stamp) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

/// Nanoseconds a bit takes.
pub fn bit_nanos(format: &LineFormat) -> f64 {
    1e9 / f64::from(format.baud.max(1))
}

/// The same format as a receiver of the other polarity hears it.
fn turned(format: &LineFormat) -> LineFormat {
    let other = match format.rx {
        Polarity::IdleHigh => Polarity::IdleLow,
        Polarity::IdleLow => Polarity::IdleHigh,
    };
    LineFormat { rx: other, ..*format }
}

fn bit(one: bool) -> Bit {
    if one { Bit::Mark } else { Bit::Space }
}

/// Frames that are looked at closely at most: what is unclear costs a hundred times what is clear.
const MOST_CLOSE: u64 = 1 << 13;

/// Everything that a receiver of this format reads, and where it gave up, if it did.
fn read(pieces: &[Piece], format: &LineFormat) -> (Vec<Frame>, Option<Stamp>) {
    let mut frames = VecDeque::new();
    let (mut close, mut read_to) = (0, None);
    for piece in pieces {
        if read_to.is_some() {
            break;
        }
        let mut decoder = match piece.level {
            Some(level) => Decoder::with_level(format, piece.start, level),
            None => Decoder::new(format),
        };
        for edge in &piece.edges {
            decoder.push(*edge);
            frames.extend(std::iter::from_fn(|| decoder.poll()));
            if close + decoder.looked_closely() > MOST_CLOSE {
                read_to = Some(edge.at);
                break;
            }
        }
        if read_to.is_some() {
            continue;
        }
        close += decoder.looked_closely();
        decoder.advance(piece.end);
        complete(&mut decoder, piece, format);
        frames.extend(std::iter::from_fn(|| decoder.poll()));
        if let Some(start) = decoder.held_since() {
            frames.push_back(Frame {
                start,
                end: piece.end,
                data: 0,
                parity_ok: true,
                framing_ok: false,
                is_break: true,
                margin: 1.0,
            });
        }
    }
    // Space that began within a frame belongs to it up to its end.
    let mut until = Stamp::ZERO;
    frames.retain_mut(|frame| {
        if frame.is_break {
            frame.start = frame.start.max(until);
        }
        until = until.max(frame.end);
        frame.start < frame.end
    });
    (frames.into(), read_to)
}

/// A stretch may end in the second half of the last stop bit: the frame is whole nevertheless, if the line
/// rests.
fn complete(decoder: &mut Decoder, piece: &Piece, format: &LineFormat) {
    let last = piece.edges.last().map(|edge| edge.level).or(piece.level);
    let rests = last.is_some_and(|level| format.rx.bit(level) == Bit::Mark);
    let halves = u64::from(format.half_bits()) - 1;
    // Twice for a frame that the decoder must look at for longer.
    for _ in 0..2 {
        let seen = |start| format.edge_at(start, halves) <= piece.end;
        let (true, Some(true), Wake::At(at)) = (rests, decoder.begun().map(seen), decoder.wake()) else {
            return;
        };
        decoder.advance(at);
    }
}

#[cfg(test)]
mod tests;
