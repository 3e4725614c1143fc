//! What is measured on the frames of a line: its rate, its margins, its eye.
//!
//! The rate is the slope of a straight line through the edges of all frames, each counted from its own start
//! edge, by least squares; edges to mark have an intercept of their own, so that a driver that switches one way
//! more slowly does not count as a wrong rate.

use super::find::is_bad;
use super::{Line, Reader, bit_nanos, signed};
use crate::line::uart::Frame;
use crate::line::{Bit, Edge};

/// What some frames of a line come to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measure {
    /// Frames, breaks not counted.
    pub frames: usize,
    /// Frames with a stop bit at space.
    pub framing: usize,
    /// Frames whose parity does not fit.
    pub parity: usize,
    /// Breaks.
    pub breaks: usize,
    /// Bits a second as the edges have it; `None` where there are too few.
    pub baud: Option<f64>,
    /// By how many per cent that is more than the format says.
    pub baud_error: Option<f64>,
    /// The least margin of a frame as the decoder tells it: 1 clear, 0 a toss-up.
    pub margin: Option<f32>,
    /// The least distance from a sample point to an edge, in bits, at most 0.5.
    pub clearance: Option<f64>,
}

/// Every bit of some frames laid over one another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Eye {
    /// How many edges lie how far from where the rate puts them: from half a bit early to half a bit late.
    pub offsets: Vec<u32>,
    /// How many edges there are in all.
    pub edges: u32,
    /// Mean offset in bits, late positive.
    pub mean: f64,
    /// Root mean square of the offsets around their mean, in bits.
    pub jitter: f64,
    /// The share of a bit around its middle in which no edge lies.
    pub opening: f64,
    /// Mean offset of the edges at each bit boundary of a frame, where there are any: a wrong rate is a slant.
    pub by_bit: Vec<Option<f64>>,
    /// Mean offset of edges to mark, and of edges to space: their difference is skew.
    pub to_mark: Option<f64>,
    /// See `to_mark`.
    pub to_space: Option<f64>,
}

/// An edge of a frame: which bit boundary it belongs to, and how many nanoseconds after the start edge it is.
struct Placed {
    boundary: f64,
    nanos: f64,
    to_mark: bool,
}

impl Line {
    /// Measures the right reading between two moments.
    pub fn measure(&self, from: i64, to: i64) -> Measure {
        let frames = self.frames_between(Reader::Right, from, to);
        let mut measure = Measure::default();
        for frame in frames {
            if frame.is_break {
                measure.breaks += 1;
                continue;
            }
            measure.frames += 1;
            measure.framing += usize::from(!frame.framing_ok);
            measure.parity += usize::from(!frame.parity_ok);
            measure.margin = Some(measure.margin.map_or(frame.margin, |least| least.min(frame.margin)));
            for slot in self.slots(Reader::Right, frame) {
                let least = measure.clearance.unwrap_or(0.5);
                measure.clearance = Some(least.min(slot.clearance));
            }
        }
        measure.baud = self.slope(frames).map(|nanos| 1e9 / nanos);
        measure.baud_error =
            measure.baud.map(|baud| (baud / f64::from(self.format.baud.max(1)) - 1.0) * 100.0);
        measure
    }

    /// Nanoseconds a bit takes, by least squares.
    fn slope(&self, frames: &[Frame]) -> Option<f64> {
        let edges: Vec<Placed> = frames.iter().flat_map(|frame| self.placed(frame, true)).collect();
        let (mut above, mut below) = (0.0, 0.0);
        for to_mark in [false, true] {
            let group = || edges.iter().filter(|edge| edge.to_mark == to_mark);
            let count = group().count() as f64;
            if count < 2.0 {
                continue;
            }
            let mean_boundary = group().map(|edge| edge.boundary).sum::<f64>() / count;
            let mean_nanos = group().map(|edge| edge.nanos).sum::<f64>() / count;
            for edge in group() {
                above += (edge.boundary - mean_boundary) * (edge.nanos - mean_nanos);
                below += (edge.boundary - mean_boundary).powi(2);
            }
        }
        (below > 0.0 && above > 0.0).then(|| above / below)
    }

    /// The edges of a frame that was read without error. The start edge is where it is by definition.
    fn placed<'a>(&'a self, frame: &Frame, start_too: bool) -> impl Iterator<Item = Placed> + 'a {
        let bit = bit_nanos(&self.format);
        let start = signed(frame.start);
        // What lies at the very end is the next frame's start edge.
        let length = f64::from(self.format.half_bits()) / 2.0 - 0.5;
        let end = start.saturating_add((length * bit) as i64);
        let usable = !is_bad(frame);
        let polarity = self.format.rx;
        let place = move |edge: Edge| {
            let nanos = (signed(edge.at) - start) as f64;
            let to_mark = polarity.bit(edge.level) == Bit::Mark;
            Placed { boundary: (nanos / bit).round(), nanos, to_mark }
        };
        let first = if start_too { start } else { start.saturating_add(1) };
        let end = if usable { end } else { first };
        self.edges(first, end).map(place)
    }

    /// Lays the bits of the frames between two moments over one another.
    pub fn eye(&self, from: i64, to: i64, bins: usize) -> Eye {
        let bins = bins.max(1);
        let bit = bit_nanos(&self.format);
        let boundaries = self.format.half_bits() as usize / 2 + 1;
        let mut eye = Eye { offsets: vec![0; bins], opening: 1.0, ..Eye::default() };
        let mut sums = vec![(0.0, 0u32); boundaries];
        let (mut sum, mut squares) = (0.0, 0.0);
        let mut ways = [(0.0, 0u32); 2];
        for frame in self.frames_between(Reader::Right, from, to) {
            for edge in self.placed(frame, false) {
                let offset = edge.nanos / bit - edge.boundary;
                let bin = ((offset + 0.5) * bins as f64).floor().clamp(0.0, (bins - 1) as f64) as usize;
                if let Some(count) = eye.offsets.get_mut(bin) {
                    *count += 1;
                }
                eye.edges += 1;
                sum += offset;
                squares += offset * offset;
                eye.opening = eye.opening.min(2.0 * (0.5 - offset.abs()));
                for (total, count) in sums
                    .get_mut(edge.boundary as usize)
                    .into_iter()
                    .chain(ways.get_mut(usize::from(edge.to_mark)))
                {
                    *total += offset;
                    *count += 1;
                }
            }
        }
        let mean = |(total, count): (f64, u32)| (count > 0).then(|| total / f64::from(count));
        let [to_space, to_mark] = ways;
        (eye.to_space, eye.to_mark) = (mean(to_space), mean(to_mark));
        eye.by_bit = sums.into_iter().map(mean).collect();
        eye.mean = mean((sum, eye.edges)).unwrap_or_default();
        eye.jitter = match eye.edges {
            0 => 0.0,
            count => (squares / f64::from(count) - eye.mean * eye.mean).max(0.0).sqrt(),
        };
        eye.opening = eye.opening.max(0.0);
        eye
    }

    /// Where the right reading has something wrong, and how much, in so many equal parts of the time between two
    /// moments: for a map of the whole line.
    pub fn map(&self, from: i64, to: i64, parts: usize) -> Vec<MapPart> {
        let mut map = vec![MapPart::Rest; parts];
        let length = to.saturating_sub(from).max(1) as f64;
        let part = |at: i64| ((at.saturating_sub(from)) as f64 / length * parts as f64).max(0.0) as usize;
        for frame in self.frames_between(Reader::Right, from, to) {
            let kind = if is_bad(frame) { MapPart::Bad } else { MapPart::Busy };
            for index in part(signed(frame.start))..=part(signed(frame.end).saturating_sub(1)) {
                if let Some(known) = map.get_mut(index) {
                    *known = (*known).max(kind);
                }
            }
        }
        map
    }
}

/// A part of the map of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MapPart {
    /// Nothing is sent.
    Rest,
    /// Frames.
    Busy,
    /// A frame that went wrong, or a break.
    Bad,
}
