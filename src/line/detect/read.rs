//! Words from a path, for one bit time, one polarity and one number of bits between start and stop.
//!
//! This is not the receiver of [`crate::line::uart`]: it takes any bit time, must be quick, and its errors are
//! the evidence. Each bit is the average over its slot. After a frame without a stop bit the next edge to space
//! is tried, so that a reading that is right finds its feet soon.

use std::f64::consts::TAU;

use super::path::Path;
use crate::line::{Bit, Polarity};

/// What one reading of the paths gives.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    /// The bits of each good frame, the first on the wire lowest.
    pub(super) words: Vec<u16>,
    /// Bits from one start edge to the next, where both frames are good.
    pub(super) spacings: Vec<f64>,
    /// Path, first edge and the edge behind the last of each good frame.
    pub(super) frames: Vec<(usize, usize, usize)>,
    /// Frames without a stop bit, runs of them counted once a frame's length.
    pub(super) bad: u64,
    /// Times at space for a frame or longer.
    pub(super) breaks: u64,
    /// Edges in good frames, and edges that should be.
    pub(super) explained: u64,
    pub(super) edges: u64,
    /// How well edges stand on the grid of bits, 0 to 1.
    pub(super) alignment: f64,
    /// Share of the time at space for longer than a frame.
    pub(super) held: f64,
    /// The same at mark.
    pub(super) rests: f64,
    /// The first frame of a path began before the path did.
    pub(super) begins_inside: bool,
}

/// The share of `from..to` at mark, and the edge to go on from.
struct Meter<'p> {
    path: &'p Path,
    polarity: Polarity,
    next: usize,
}

impl Meter<'_> {
    fn is_mark(&self, before: usize) -> bool {
        let level = match before.checked_sub(1) {
            Some(last) => self.path.level(last),
            None => super::path::other(self.path.first),
        };
        self.polarity.bit(level) == Bit::Mark
    }

    /// The share of `from..to`, which is not before what was asked last.
    fn share(&mut self, from: f64, to: f64) -> f64 {
        while self.path.times.get(self.next).is_some_and(|at| *at <= from) {
            self.next += 1;
        }
        self.ahead(from, to)
    }

    /// The same without moving on.
    fn ahead(&self, from: f64, to: f64) -> f64 {
        let behind = self.path.times.iter().skip(self.next).take_while(|at| **at <= from).count();
        let (mut i, mut at, mut marked) = (self.next + behind, from, 0.0);
        loop {
            let until = self.path.times.get(i).copied().unwrap_or(f64::INFINITY).min(to);
            if self.is_mark(i) {
                marked += until - at;
            }
            if until >= to {
                return marked / (to - from);
            }
            at = until;
            i += 1;
        }
    }
}

pub(super) fn read(paths: &[Path], bit: f64, polarity: Polarity, bits: u32) -> Reading {
    let mut reading = Reading::default();
    let mut tally = Tally::default();
    for (index, path) in paths.iter().enumerate() {
        read_path(index, path, bit, polarity, bits, &mut reading, &mut tally);
    }
    reading.alignment = tally.alignment();
    let share = |span: f64| if tally.time > 0.0 { span / tally.time } else { 0.0 };
    (reading.held, reading.rests) = (share(tally.held), share(tally.rests));
    reading
}

#[derive(Default)]
struct Tally {
    /// Sums of cosines and sines of the edges' places, by kind of edge.
    waves: [(f64, f64); 2],
    count: f64,
    held: f64,
    rests: f64,
    time: f64,
}

impl Tally {
    fn alignment(&self) -> f64 {
        let length: f64 = self.waves.iter().map(|(x, y)| x.hypot(*y)).sum();
        if self.count > 0.0 { length / self.count } else { 0.0 }
    }
}

fn read_path(
    index: usize,
    path: &Path,
    bit: f64,
    polarity: Polarity,
    bits: u32,
    reading: &mut Reading,
    tally: &mut Tally,
) {
    let frame = f64::from(bits) + 1.0;
    let mut meter = Meter { path, polarity, next: 0 };
    let mut last_start: Option<f64> = None;
    let (mut bad, mut last_bad) = (0, f64::NEG_INFINITY);
    let mut first = true;
    let mut i = 0;
    tally.time += path.end - path.start;
    reading.edges += path.times.len() as u64;
    let long = (frame + 0.7) * bit;
    let lead = path.times.first().map_or(0.0, |edge| edge - path.start);
    let lead = (lead, super::path::other(path.first));
    let trail = path.times.last().map_or(0.0, |edge| path.end - edge);
    let trail = (trail, path.level(path.times.len().saturating_sub(1)));
    for (length, level) in path.runs().chain([lead, trail]).filter(|(length, _)| *length >= long) {
        match polarity.bit(level) {
            Bit::Mark => tally.rests += length,
            Bit::Space => tally.held += length,
        }
    }
    while let Some(start) = path.times.get(i).copied() {
        if polarity.bit(path.level(i)) == Bit::Mark {
            i += 1;
            continue;
        }
        let until = path.times.get(i + 1).copied().unwrap_or(path.end);
        if until - start >= long {
            reading.breaks += 1;
            last_start = None;
            i += 1;
            continue;
        }
        if start + (frame + 0.5) * bit > path.end {
            // Nobody knows what would have become of it.
            reading.edges -= (path.times.len() - i) as u64;
            break;
        }
        let at = |bits: f64| start + bits * bit;
        let begun = meter.share(start, at(1.0)) < 0.5;
        let stopped = begun && meter.ahead(at(frame + 0.1), at(frame + 0.9)) > 0.5;
        if !stopped {
            if start >= last_bad + (frame + 1.0) * bit {
                bad += 1;
                last_bad = start;
            }
            last_start = None;
            i += 1;
            continue;
        }
        if first && i > 0 && start - path.start < 2.5 * frame * bit {
            // The path began inside a frame, whose rest is little evidence against this reading.
            reading.edges -= i.div_ceil(2) as u64;
            reading.begins_inside = true;
            bad = 0;
        }
        first = false;
        let mut word = 0_u16;
        for k in 0..bits {
            let from = f64::from(k) + 1.0;
            word |= u16::from(meter.share(at(from), at(from + 1.0)) > 0.5) << k;
        }
        let from = i;
        while let Some(edge) = path.times.get(i).copied().filter(|edge| *edge < at(frame + 0.5)) {
            if i > from {
                let turn = TAU * (edge - start) / bit;
                if let Some(wave) = tally.waves.get_mut((i - from) % 2) {
                    *wave = (wave.0 + turn.cos(), wave.1 + turn.sin());
                    tally.count += 1.0;
                }
            }
            i += 1;
        }
        reading.explained += (i - from) as u64;
        reading.frames.push((index, from, i));
        reading.words.push(word);
        if let Some(last) = last_start {
            reading.spacings.push((start - last) / bit);
        }
        last_start = Some(start);
    }
    reading.bad += bad;
}
