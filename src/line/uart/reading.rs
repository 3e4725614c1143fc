//! One frame, read from the edges around it.
//!
//! Where every edge is near a boundary of its own, that is all there is to it ([`Shape::clear`]). Otherwise the
//! edges are laid out in bits from the start edge ([`Strip`]) and read at 25 phases; at each, dynamic programming
//! finds the cheapest way to give them boundaries. With edges that are displaced at random, normally
//! distributed, the cheapest is the most probable; that a needle is left out, a stop bit is space, or the next
//! frame begins early has a price of its own. Facts: `docs/line.md`.

use super::pace::{Places, Sums};
use crate::line::{Bit, BitOrder, LineFormat};
use crate::time::Stamp;

/// A change of meaning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub(super) at: Stamp,
    pub(super) bit: Bit,
}

/// An edge this far from a boundary, in bits, leaves 0.2 bit around the middles of its neighbours steady.
const CLEAR: f64 = 0.3;
/// An edge this near to a boundary, in bits, is in its place: instruments round.
const IN_PLACE: f64 = 0.03;
/// The farthest phase that is tried, in bits, and how many steps lead there.
pub(super) const FARTHEST_PHASE: f64 = 0.5;
const PHASE_STEPS: i32 = 12;
/// This long before the end of a frame, in bits, the line is free for the next.
pub(super) const RELEASE: f64 = 0.6;
/// A start bit may be mark for at most this share of its time.
const START_LIMIT: f64 = 0.6;
/// The same where a start bit is expected, and how sure that must be.
const EXPECTED_START_LIMIT: f64 = 0.85;
const SURE: f64 = 8.0;
/// The clearness of a frame's bits must reach this share of what a perfect one has.
const LEAST_SCORE: f64 = 0.4;
/// A pulse inside a frame that is narrower than this, in bits, may be left out, at so much times the square of
/// its width; it costs two squared distances of an edge, in half bits, to make a bit of a pulse without width.
const NEEDLE: f64 = 0.35;
const NEEDLE_COST: f64 = 12.0;
/// One that is narrower than this has never been a bit.
const NEEDLE_ONLY: f64 = 0.125;
/// A reading that costs so much more than another is no alternative to it: one edge at its other boundary is 4.
const HOPELESS: f64 = 6.0;
/// Edges that are looked at in a frame: more than its boundaries, with some needles between them.
const MOST_EDGES: usize = 32;

/// What a frame consists of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    data_bits: u32,
    /// Data and parity bits.
    bits: u32,
    /// Stop bits to look at: one and a half are one, and one that overlaps it by half.
    stops: u32,
    /// Bits from the start edge to the end of the last stop bit.
    pub(super) length: f64,
    order: BitOrder,
}

/// Where a frame should begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    /// Bits from the start edge.
    pub(super) place: f64,
    /// What it costs to be a bit away from it, as [`Trial::cost`].
    pub(super) worth: f64,
}

/// A frame as it was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) data: u16,
    pub(super) parity: Option<bool>,
    /// The first stop bit that was space, counted from 0.
    pub(super) bad_stop: Option<u32>,
    /// Bits from the start edge to where the frame really begins.
    pub(super) phase: f64,
    /// How much the least clear bit says for itself, 0 to 1.
    pub(super) least: f64,
    /// The mean square of how unclear its bits are.
    pub(super) unclear: f64,
    /// What its edges say of the sender's bit ([`Places::slope`]).
    pub(super) slope: (f64, f64),
    /// Changes after the start edge that certainly belong to it.
    pub(super) used: u32,
}

impl Shape {
    pub(super) fn new(format: &LineFormat) -> Shape {
        Shape {
            data_bits: u32::from(format.data_bits),
            bits: (format.half_bits() - format.stop.half_bits()) / 2 - 1,
            stops: format.stop.half_bits().div_ceil(2),
            length: f64::from(format.half_bits()) / 2.0,
            order: format.order,
        }
    }

    /// Start, data, parity and stop bits.
    const fn slots(&self) -> u32 {
        1 + self.bits + self.stops
    }

    /// The boundary at which the stop bits begin.
    pub(super) const fn stop_at(&self) -> u32 {
        1 + self.bits
    }

    /// Data and parity bit of the levels of the slots, the start bit's lowest.
    fn value(&self, slots: u32) -> (u16, Option<bool>) {
        let sent = slots >> 1 & ((1 << self.data_bits) - 1);
        let data = match self.order {
            BitOrder::LsbFirst => sent,
            BitOrder::MsbFirst => sent.reverse_bits() >> (32 - self.data_bits),
        };
        let parity = (self.bits > self.data_bits).then_some(slots >> self.bits & 1 == 1);
        (data as u16, parity)
    }

    fn reading(&self, slots: u32, phase: f64, (least, unclear): (f64, f64), places: &Places) -> Reading {
        let (data, parity) = self.value(slots);
        let stops = !slots >> self.stop_at() & ((1 << self.stops) - 1);
        let bad_stop = (stops != 0).then(|| stops.trailing_zeros());
        Reading { data, parity, bad_stop, phase, least, unclear, slope: places.slope(), used: 0 }
    }

    /// The frame as its edges say, where each of them is near a boundary of its own. `changes` are those after
    /// the start edge, `per_nano` is the reciprocal of a bit.
    pub(super) fn clear(&self, changes: &[Change], start: Stamp, per_nano: f64) -> Option<Reading> {
        let end = self.length - CLEAR;
        let mut places = changes
            .iter()
            .map(|change| change.at.since(start).0.cast_signed() as f64 * per_nano)
            .take_while(|x| *x < end);
        let (mut edges, mut to_space, mut to_mark) = (Edges::default(), Sums::default(), Sums::default());
        to_space.add(0, 0.0);
        // Behind a start edge, changes to mark and to space take turns.
        while let Some(x) = places.next() {
            to_mark.add(edges.add(self, x)?, x);
            let Some(x) = places.next() else { break };
            to_space.add(edges.add(self, x)?, x);
        }
        let Edges { slots, used, sum, most, squares, .. } = edges;
        let unclear = 4.0 * squares / f64::from(self.slots());
        let phase = sum / f64::from(1 + used);
        let sure = (1.0 - 2.0 * most, unclear);
        let reading = self.reading(slots, phase, sure, &Places { to_space, to_mark });
        Some(Reading { used, ..reading })
    }
}

/// Edges that are each near a boundary, one after the other.
#[derive(Default)]
struct Edges {
    slots: u32,
    last: u32,
    used: u32,
    /// How far edges reach into slots: the sum over all, what the last edge takes of the slot behind it, and
    /// of each slot's both ends the most and the sum of squares.
    sum: f64,
    behind: f64,
    most: f64,
    squares: f64,
}

impl Edges {
    /// Gives an edge its boundary, if it is near one that is free.
    #[inline]
    fn add(&mut self, shape: &Shape, x: f64) -> Option<u32> {
        // To the nearest whole: what is added leaves no room for a fraction.
        const NO_FRACTION: f64 = 6_755_399_441_055_744.0;
        let shifted = x + NO_FRACTION;
        let (k, stray) = (shifted.to_bits() as u32, x - (shifted - NO_FRACTION));
        // An edge among the stop bits is looked at more closely.
        if stray.abs() > CLEAR || k <= self.last || k > shape.stop_at() {
            return None;
        }
        // From here on everything is the other way round.
        self.slots ^= !0 << k;
        if stray.abs() <= IN_PLACE {
            self.behind = 0.0;
        } else if stray < 0.0 {
            let before = if k == self.last + 1 { self.behind } else { 0.0 };
            let both = before - stray;
            self.most = self.most.max(both);
            self.squares += both * both - before * before;
            self.behind = 0.0;
        } else {
            self.most = self.most.max(stray);
            self.squares += stray * stray;
            self.behind = stray;
        }
        self.sum += stray;
        self.used += 1;
        self.last = k;
        Some(k)
    }
}

/// The line from a start edge to behind the frame's end, in bits.
#[derive(Clone, Debug, Default)]
pub(super) struct Strip {
    /// Edges, of which every second is to mark; the first is the start edge, to space.
    all: Vec<f64>,
    /// Those that are left without needles.
    kept: Vec<f64>,
}

/// One way to read a frame.
#[derive(Clone, Copy, Debug)]
struct Trial {
    slots: u32,
    /// Sum of squares of how far the edges are from their boundaries, in half bits, and what else counts.
    cost: f64,
    /// What it would cost to give an edge to its other boundary.
    other: f64,
    phase: f64,
}

impl Strip {
    /// Takes the edges up to half a bit after the end. `changes` are those after the start edge.
    pub(super) fn lay(&mut self, shape: &Shape, changes: &[Change], start: Stamp, per_nano: f64) {
        let last = shape.length + FARTHEST_PHASE;
        let places = changes.iter().map(|change| change.at.since(start).0 as f64 * per_nano);
        self.all.clear();
        self.all.push(0.0);
        self.all.extend(places.take_while(|x| *x <= last));
        self.kept.clear();
        self.kept.extend_from_slice(&self.all);
        // Noise has more edges than a frame: its narrow pulses go, as many as must. Pulses of half a bit fit.
        let mut narrow = 1.0 / 64.0;
        self.keep(0.0);
        while self.kept.len() > MOST_EDGES {
            self.keep(narrow);
            narrow *= 2.0;
        }
    }

    /// Keeps the edges between which there is at least this.
    fn keep(&mut self, narrow: f64) {
        self.kept.clear();
        for &x in &self.all {
            match self.kept.last() {
                Some(last) if self.kept.len() > 1 && x - last < narrow => drop(self.kept.pop()),
                _ => self.kept.push(x),
            }
        }
    }

    /// Reads the frame at the phase at which the edges are nearest to their boundaries. `expected` is where
    /// the frame before it ended, in bits, and what that is worth.
    pub(super) fn read(&self, shape: &Shape, expected: Option<Expected>) -> Option<Reading> {
        let mut trials = [None; 2 * PHASE_STEPS as usize + 1];
        let mut best: Option<Trial> = None;
        // From the middle outwards: what is found early bounds the work of the rest.
        let steps = (0..=PHASE_STEPS).flat_map(|step| [-step, step]).skip(1);
        for (slot, step) in trials.iter_mut().zip(steps) {
            let phase = f64::from(step) * FARTHEST_PHASE / f64::from(PHASE_STEPS);
            let away = expected.map_or(0.0, |Expected { place, worth }| worth * (phase - place).powi(2));
            let most = best.map_or(f64::INFINITY, |best: Trial| best.cost + HOPELESS - away);
            let Some(mut trial) = self.at_phase(shape, phase, most) else { continue };
            trial.cost += away;
            *slot = Some(trial);
            if best.is_none_or(|best| (trial.cost, phase) < (best.cost, best.phase)) {
                best = Some(trial);
            }
        }
        let best = best?;
        let (start, score, least) = self.clearness(shape, &best);
        let perfect = f64::from(shape.slots());
        let limit = if expected.is_some_and(|expected| expected.worth > SURE) {
            EXPECTED_START_LIMIT
        } else {
            START_LIMIT
        };
        if start > limit || score < LEAST_SCORE * perfect {
            return None;
        }
        let other = trials
            .iter()
            .flatten()
            .map(|trial| if trial.slots == best.slots { trial.cost + trial.other } else { trial.cost })
            .fold(f64::INFINITY, f64::min);
        let edges = f64::from((best.slots ^ best.slots << 1).count_ones());
        let least = least.min((other - best.cost) / (4.0 - 4.0 / edges));
        let sure = (least.clamp(0.0, 1.0), best.cost / perfect);
        Some(shape.reading(best.slots, best.phase, sure, &self.places(shape, &best)))
    }

    /// Gives each edge the boundary that makes the sum of squares least, each boundary to one edge at most. What
    /// costs more than `most` is not followed.
    fn at_phase(&self, shape: &Shape, phase: f64, most: f64) -> Option<Trial> {
        let free = shape.length - RELEASE;
        let inside = self.kept.iter().take_while(|x| **x - phase < free).count();
        let end = shape.slots() as i32;
        // The cheapest ways up to each edge; the start edge is at the start.
        let mut ways = [[Way::NONE; WAYS]; MOST_EDGES];
        ways[0][0] = Way { last: 0, cost: (2.0 * phase).powi(2), slots: 0, stray: phase.abs(), needle: 0.0 };
        for (index, x) in self.kept.iter().enumerate().take(inside).skip(1) {
            let x = x - phase;
            let to_mark = index % 2 == 1;
            let mut next = [Way::NONE; WAYS];
            self.for_each_before(index, |from, left_out, widest| {
                for (way, k) in next.iter_mut().zip(floor(x) - 1..) {
                    if k < 1 || k >= end {
                        continue;
                    }
                    let away = x - f64::from(k);
                    for before in ways[from].iter().filter(|before| before.last < k && before.cost <= most) {
                        let cost = before.cost + 4.0 * away * away + left_out;
                        if cost < way.cost {
                            let run = (1_u32 << k) - (1_u32 << before.last);
                            *way = Way {
                                last: k,
                                cost,
                                slots: before.slots | if to_mark { 0 } else { run },
                                stray: before.stray.max(away.abs()),
                                needle: before.needle.max(widest),
                            };
                        }
                    }
                }
            });
            ways[index] = next;
        }
        let mark = inside.is_multiple_of(2);
        let stops = ((1_u32 << shape.stops) - 1) << shape.stop_at();
        let mut best = Way::NONE;
        self.for_each_before(inside, |from, left_out, widest| {
            for way in ways[from].iter().filter(|way| way.cost.is_finite()) {
                let slots = way.slots | if mark { !0 << way.last } else { 0 };
                let bad_stops = f64::from((!slots & stops).count_ones());
                let cost = way.cost + left_out + 4.0 * bad_stops;
                if cost < best.cost {
                    best = Way { slots, cost, needle: way.needle.max(widest), ..*way };
                }
            }
        });
        if !best.cost.is_finite() {
            return None;
        }
        // That the next frame begins early is an edge in the wrong place.
        let early = match self.kept.get(inside) {
            Some(next) if mark => (shape.length - (next - phase)).max(0.0),
            _ => 0.0,
        };
        // An edge at its other boundary, or the widest needle as a bit.
        let mut other = 4.0 - 8.0 * best.stray;
        if best.needle > NEEDLE_ONLY {
            other = other.min(2.0 * (1.0 - best.needle).powi(2) - NEEDLE_COST * best.needle.powi(2));
        }
        let slots = best.slots & ((1 << end) - 1);
        Some(Trial { slots, cost: best.cost + 4.0 * early * early, other, phase })
    }

    /// The edges that may be the one before `index`: the nearest, and those with nothing but needles between.
    /// With each, what it costs to leave the needles out, and how wide the widest of them is.
    fn for_each_before(&self, index: usize, mut visit: impl FnMut(usize, f64, f64)) {
        let (mut left_out, mut widest) = (0.0, 0.0_f64);
        let mut from = index;
        while from >= 1 {
            from -= 1;
            visit(from, left_out, widest);
            // A needle is two edges, and never the start edge.
            let needle = match (from.checked_sub(1), self.kept.get(from)) {
                (Some(first), Some(second)) if first > 0 => self.kept.get(first).map(|first| second - first),
                _ => None,
            };
            let Some(width) = needle.filter(|width| *width <= NEEDLE) else { return };
            widest = widest.max(width);
            left_out += NEEDLE_COST * width * width;
            from -= 1;
        }
    }

    /// Of a reading: how much of the start bit is mark, how clear the slots are in all, and the least clear.
    fn clearness(&self, shape: &Shape, trial: &Trial) -> (f64, f64, f64) {
        let (mut first, mut score, mut least) = (0.0, 0.0, 1.0_f64);
        for slot in 0..shape.slots() {
            let to = (f64::from(slot) + 1.0).min(shape.length) + trial.phase;
            let mut end = to;
            if slot + 1 == shape.slots() {
                let next = self.all.iter().step_by(2).find(|x| **x >= to - RELEASE);
                end = next.map_or(to, |next| next.min(to));
            }
            let mark = self.marked(to - 1.0, end);
            if slot == 0 {
                first = mark;
            }
            let clear = if trial.slots >> slot & 1 == 1 { 2.0 * mark - 1.0 } else { 1.0 - 2.0 * mark };
            score += clear;
            // A bad stop bit is clear in its own way.
            least = least.min(clear);
        }
        (first, score, least)
    }

    /// The share of a stretch that is mark.
    fn marked(&self, from: f64, to: f64) -> f64 {
        let mut marked = 0.0;
        let mut since = f64::NEG_INFINITY;
        for (index, &x) in self.all.iter().enumerate() {
            if index % 2 == 0 {
                marked += (x.min(to) - since.max(from)).max(0.0);
            }
            since = x;
        }
        if self.all.len().is_multiple_of(2) {
            marked += (to - since.max(from)).max(0.0);
        }
        marked / (to - from).max(1e-9)
    }

    /// Which edges belong to which boundaries: those that go the way the reading does there.
    fn places(&self, shape: &Shape, reading: &Trial) -> Places {
        let mut places = Places::default();
        for (index, &x) in self.kept.iter().enumerate() {
            let to_mark = index % 2 == 1;
            let k = (x - reading.phase).round();
            if (0.0..=f64::from(shape.stop_at())).contains(&k) {
                let k = k as u32;
                // The slot before the start is mark.
                let around = (reading.slots << 1 | 1) >> k & 3;
                if around == if to_mark { 2 } else { 1 } {
                    let sums = if to_mark { &mut places.to_mark } else { &mut places.to_space };
                    sums.add(k, x);
                }
            }
        }
        places
    }
}

/// The whole number below.
fn floor(x: f64) -> i32 {
    let whole = x as i32;
    whole - i32::from(x < f64::from(whole))
}

/// The cheapest way to give all edges so far a boundary, the last one this one.
#[derive(Clone, Copy, Debug)]
struct Way {
    last: i32,
    cost: f64,
    slots: u32,
    /// The farthest that an edge is from its boundary, in bits.
    stray: f64,
    /// The widest pulse that was taken for a needle, in bits.
    needle: f64,
}

/// Boundaries that are tried for an edge: two on either side.
const WAYS: usize = 4;

impl Way {
    const NONE: Way = Way { last: i32::MAX, cost: f64::INFINITY, slots: 0, stray: 0.0, needle: 0.0 };
}
