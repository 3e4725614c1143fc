//! How long a bit is: candidates from the lengths between edges, made exact by least squares.
//!
//! In characters every length is a whole number of bits, give or take how the line was sampled and how much
//! later its rising edges come than its falling ones. For each bit time on a fine grid the mean of
//! `cos(2 pi length / bit)` says how well that holds, with the lateness that suits it best. A fraction of the
//! true bit time fits as well as the true one does; which is true, the frames decide.

use std::f64::consts::TAU;

use super::path::Path;
use crate::line::Level;

/// Rates that serial lines run at.
pub(super) const STANDARD: &[f64] = &[
    45.45, 50.0, 75.0, 110.0, 134.5, 150.0, 300.0, 600.0, 1200.0, 1800.0, 2400.0, 3600.0, 4800.0, 7200.0,
    9600.0, 14_400.0, 19_200.0, 28_800.0, 31_250.0, 38_400.0, 57_600.0, 115_200.0, 230_400.0,
];
/// A rate this near a standard one is meant to be that one.
const SNAP: f64 = 0.025;

/// Pulses shorter than this part of a bit are taken out.
pub(super) const NOISE: f64 = 1.0 / 6.0;
/// Lengths of more bits than this say nothing: a frame is over by then.
const FRAME: f64 = 10.5;
/// Step between two bit times that are tried.
const STEP: f64 = 1.01;
/// How much later one kind of edge may come than the other, in bits.
const LATENESS: [f64; 9] = [0.0, 0.12, -0.12, 0.24, -0.24, 0.36, -0.36, 0.46, -0.46];
/// What lateness of a bit costs.
const LATENESS_COST: f64 = 0.5;
/// Candidates that are handed to the frames.
const MOST: usize = 12;
/// Two candidates this near are one.
const APART: f64 = 1.06;
/// Below this, lengths are as good as random.
const LEAST: f64 = 0.2;
/// Quicker lines than a bit of 100 ns are not looked for.
const SHORTEST: f64 = 100.0;

/// The standard rate that a measured one is meant to be.
pub fn standard_rate(raw: f64) -> Option<f64> {
    let off = |rate: f64| (raw / rate).ln().abs();
    let nearest = STANDARD.iter().copied().min_by(|a, b| off(*a).total_cmp(&off(*b)))?;
    (off(nearest) <= SNAP).then_some(nearest)
}

/// Lengths that are nearly equal, at one level.
struct Cluster {
    length: f64,
    count: f64,
    /// How lateness of rising edges moves it: highs become shorter, lows longer.
    sign: f64,
}

/// All that is known of lengths when pulses under `shortest` are taken out.
struct Scale {
    shortest: f64,
    clusters: Vec<Cluster>,
    /// Share of the edges that are left.
    kept: f64,
}

fn scale(paths: &[Path], shortest: f64) -> Scale {
    let cleaned: Vec<Path> = paths.iter().map(|path| path.without(shortest)).collect();
    let edges = |paths: &[Path]| paths.iter().map(|path| path.times.len()).sum::<usize>() as f64;
    let mut clusters = Vec::new();
    for (wanted, sign) in [(Level::High, -1.0), (Level::Low, 1.0)] {
        let runs = cleaned.iter().flat_map(Path::runs).filter(|(_, level)| *level == wanted);
        let mut lengths: Vec<f64> = runs.map(|(length, _)| length).collect();
        lengths.sort_by(f64::total_cmp);
        let mut sum = (0.0, 0.0);
        for length in lengths {
            if sum.1 > 0.0 && length > sum.0 / sum.1 * 1.008 {
                clusters.push(Cluster { length: sum.0 / sum.1, count: sum.1, sign });
                sum = (0.0, 0.0);
            }
            sum = (sum.0 + length, sum.1 + 1.0);
        }
        if sum.1 > 0.0 {
            clusters.push(Cluster { length: sum.0 / sum.1, count: sum.1, sign });
        }
    }
    Scale { shortest, clusters, kept: edges(&cleaned) / edges(paths).max(1.0) }
}

/// How well lengths are whole numbers of `bit`, 1 at best.
fn fit(scale: &Scale, bit: f64) -> f64 {
    let turns = LATENESS.map(|late| (TAU * late).sin_cos());
    let mut sums = [0.0_f64; LATENESS.len()];
    let mut count = 0.0;
    for cluster in &scale.clusters {
        let bits = cluster.length / bit;
        let (sin, cos) = (TAU * bits).sin_cos();
        count += cluster.count;
        for ((sum, late), (late_sin, late_cos)) in sums.iter_mut().zip(LATENESS).zip(turns) {
            let bits = bits - cluster.sign * late;
            *sum += match bits {
                // A line that mostly rests says little for a bit that is too short, and nothing against one.
                _ if bits > FRAME => 0.0,
                _ if bits < 0.5 => -cluster.count,
                // The cosine of `bits`.
                _ => cluster.count * (cos * late_cos + cluster.sign * sin * late_sin),
            };
        }
    }
    if count <= 0.0 {
        return -1.0;
    }
    let costs = sums.iter().zip(LATENESS).map(|(sum, late)| sum / count - LATENESS_COST * late.abs());
    costs.fold(-1.0, f64::max) * scale.kept
}

/// Bit times in nanoseconds that lengths speak for, the best first.
pub(super) fn candidates(paths: &[Path]) -> Vec<f64> {
    let mut lengths: Vec<f64> = paths.iter().flat_map(Path::runs).map(|(length, _)| length).collect();
    if lengths.is_empty() {
        return Vec::new();
    }
    lengths.sort_by(f64::total_cmp);
    let at = |part: f64| lengths.get(((lengths.len() - 1) as f64 * part) as usize).copied().unwrap_or(0.0);
    let least = (at(0.05) / 6.0).max(SHORTEST);
    let most = (at(0.75) * 1.4).max(least);

    let mut tried: Vec<(f64, f64)> = Vec::new();
    let mut now = scale(paths, least * NOISE);
    let mut bit = least;
    while bit <= most {
        if bit * NOISE > now.shortest * 1.25 {
            now = scale(paths, bit * NOISE);
        }
        tried.push((bit, fit(&now, bit)));
        bit *= STEP;
    }
    let mut peaks: Vec<(f64, f64)> = (0..tried.len())
        .filter_map(|i| {
            let (bit, here) = *tried.get(i)?;
            let beside = |j: Option<usize>| j.and_then(|j| tried.get(j)).is_none_or(|(_, fit)| *fit <= here);
            (here > LEAST && beside(i.checked_sub(1)) && beside(Some(i + 1))).then_some((bit, here))
        })
        .collect();
    peaks.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut found: Vec<f64> = Vec::new();
    for (bit, _) in peaks {
        if found.len() < MOST && found.iter().all(|one| bit.max(*one) > APART * bit.min(*one)) {
            found.push(bit);
        }
    }
    found
}

/// The time between two samples, if all lengths are multiples of one; else zero.
pub(super) fn tick(paths: &[Path]) -> f64 {
    let mut lengths: Vec<f64> = paths.iter().flat_map(Path::runs).map(|(length, _)| length).collect();
    lengths.sort_by(f64::total_cmp);
    // Times are whole nanoseconds.
    let steps = lengths.windows(2).filter_map(|pair| match pair {
        [a, b] if b - a > 2.5 => Some(b - a),
        _ => None,
    });
    let tick = steps.chain(lengths.first().copied()).fold(f64::INFINITY, f64::min);
    let is_whole = |length: &f64| {
        let off = (length / tick - (length / tick).round()).abs();
        off < 0.05 || off * tick < 2.5
    };
    let whole =
        lengths.iter().filter(|length| **length < 100.0 * tick).filter(|length| is_whole(length)).count();
    let looked = lengths.iter().filter(|length| **length < 100.0 * tick).count();
    if tick.is_finite() && looked > 0 && whole * 100 >= looked * 98 { tick } else { 0.0 }
}

/// The alignment of edges to bits that sampling leaves at best: both ends of an interval are late by up to a
/// tick.
pub(super) fn best_alignment(bit: f64, tick: f64) -> f64 {
    let x = std::f64::consts::PI * tick / bit;
    if x < 1e-6 { 1.0 } else { (x.sin() / x).powi(2) }
}

/// Intervals from edges to later ones of the same kind, up to a frame's length, nearly equal ones together.
fn intervals(paths: &[Path], bit: f64) -> Vec<(f64, f64)> {
    /// More edges do not make it better.
    const MOST_EDGES: usize = 4_000;
    let mut all: Vec<f64> = Vec::new();
    let mut edges = 0;
    for path in paths {
        for (i, from) in path.times.iter().enumerate().take(MOST_EDGES.saturating_sub(edges)) {
            let later = path.times.iter().skip(i + 2).step_by(2).map(|to| to - from);
            all.extend(later.take_while(|length| *length < FRAME * bit));
        }
        edges += path.times.len();
    }
    all.sort_by(f64::total_cmp);
    let mut clusters: Vec<(f64, f64)> = Vec::new();
    for length in all {
        match clusters.last_mut() {
            Some((sum, count)) if length <= *sum / *count * 1.002 => {
                *sum += length;
                *count += 1.0;
            }
            _ => clusters.push((length, 1.0)),
        }
    }
    clusters.into_iter().map(|(sum, count)| (sum / count, count)).collect()
}

/// Bit times around `bit` of which intervals are whole multiples, the best first. Lengths between edges are short, and where
/// there are few samples a bit they fit many bit times; intervals are longer.
pub(super) fn tune(paths: &[Path], bit: f64) -> Vec<f64> {
    const REACH: i32 = 45;
    const MOST: usize = 3;
    let intervals = intervals(paths, bit * 1.1);
    let fit = |bit: f64| {
        let (mut sum, mut count) = (0.0, 0.0);
        for (length, weight) in intervals.iter().filter(|(length, _)| *length < FRAME * bit) {
            sum += weight * (TAU * length / bit).cos();
            count += weight;
        }
        if count > 0.0 { sum / count } else { 0.0 }
    };
    let tried: Vec<(f64, f64)> = (-REACH..=REACH)
        .map(|step| bit * (1.0 + f64::from(step) * 0.002))
        .map(|bit| (bit, fit(bit)))
        .collect();
    let mut peaks: Vec<(f64, f64)> = tried
        .windows(3)
        .filter_map(|three| match three {
            [before, here, after] if here.1 >= before.1 && here.1 > after.1 => Some(*here),
            _ => None,
        })
        .collect();
    peaks.sort_by(|a, b| b.1.total_cmp(&a.1));
    let best = peaks.first().map_or(0.0, |peak| peak.1);
    peaks.retain(|peak| peak.1 >= 0.6 * best);
    peaks.truncate(MOST);
    if peaks.is_empty() { vec![bit] } else { peaks.into_iter().map(|peak| peak.0).collect() }
}

/// Sums for least squares of `length = bits * bit + changes * delay`.
#[derive(Clone, Copy, Default)]
struct Sums {
    count: f64,
    bits_bits: f64,
    bits_changes: f64,
    changes_changes: f64,
    bits_length: f64,
    changes_length: f64,
    length_length: f64,
    /// Sum of what is left over, in bits.
    rest: f64,
}

impl Sums {
    /// An interval over so many changes of the line.
    fn add(&mut self, length: f64, changes: usize, bit: f64) {
        let bits = (length / bit).round();
        let rest = length / bit - bits;
        if bits < 1.0 || rest.abs() >= 0.35 {
            return;
        }
        let changes = changes as f64;
        self.count += 1.0;
        self.bits_bits += bits * bits;
        self.bits_changes += bits * changes;
        self.changes_changes += changes * changes;
        self.bits_length += bits * length;
        self.changes_length += changes * length;
        self.length_length += length * length;
        self.rest += rest;
    }

    fn plus(mut self, other: Sums) -> Sums {
        self.count += other.count;
        self.bits_bits += other.bits_bits;
        self.bits_changes += other.bits_changes;
        self.changes_changes += other.changes_changes;
        self.bits_length += other.bits_length;
        self.changes_length += other.changes_length;
        self.length_length += other.length_length;
        self.rest += other.rest;
        self
    }

    /// The bit time without a delay.
    fn slope(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.bits_length / self.bits_bits)
    }

    /// The bit time where each change of the line takes a little longer, as it does with some programs that
    /// make their waveform themselves; only if that explains the intervals much better.
    fn slope_with_delay(&self) -> Option<f64> {
        const ENOUGH: f64 = 24.0;
        let determinant = self.bits_bits * self.changes_changes - self.bits_changes * self.bits_changes;
        let plain = self.slope()?;
        if self.count < ENOUGH || determinant < 0.01 * self.bits_bits * self.changes_changes {
            return None;
        }
        let bit =
            (self.bits_length * self.changes_changes - self.changes_length * self.bits_changes) / determinant;
        let delay =
            (self.changes_length * self.bits_bits - self.bits_length * self.bits_changes) / determinant;
        let left_plain = self.length_length - plain * self.bits_length;
        let left = self.length_length - bit * self.bits_length - delay * self.changes_length;
        (left < 0.4 * left_plain && left_plain > self.count * (0.01 * bit).powi(2)).then_some(bit)
    }
}

/// The bit time near `bit` by least squares over intervals from edges to later edges of the same kind, so
/// that lateness of one kind cancels out.
pub(super) fn refine(paths: &[Path], bit: f64) -> f64 {
    let mut bit = bit;
    for _ in 0..4 {
        let mut sums = Sums::default();
        for path in paths {
            for (i, from) in path.times.iter().enumerate() {
                let later =
                    path.times.iter().enumerate().skip(i + 2).step_by(2).map(|(j, to)| (j - i, to - from));
                later
                    .take_while(|(_, length)| *length < FRAME * bit)
                    .for_each(|(changes, length)| sums.add(length, changes, bit));
            }
        }
        match sums.slope() {
            Some(better) => bit = better,
            None => break,
        }
    }
    bit
}

/// The same over the edges of frames alone: slices of a path's times that begin with a start edge. Start
/// edges are left out where they come later or earlier than the rest, as some senders have it.
pub(super) fn refine_frames(frames: &[&[f64]], bit: f64) -> f64 {
    const ENOUGH: f64 = 12.0;
    let mut bit = bit;
    for _ in 0..3 {
        let (mut with_start, mut without) = (Sums::default(), Sums::default());
        for times in frames {
            for (i, from) in times.iter().enumerate() {
                let sums = if i == 0 { &mut with_start } else { &mut without };
                let later = times.iter().enumerate().skip(i + 2).step_by(2);
                later.for_each(|(j, to)| sums.add(to - from, j - i, bit));
            }
        }
        let off = |sums: &Sums| sums.rest / sums.count.max(1.0);
        let start_is_off = without.count >= ENOUGH && (off(&with_start) - off(&without)).abs() > 0.05;
        let sums = if start_is_off { without } else { with_start.plus(without) };
        match sums.slope_with_delay().or_else(|| sums.slope()) {
            Some(better) => bit = better,
            None => break,
        }
    }
    bit
}

/// How many different whole numbers of bits there are among the lengths of a frame, and whether nearly all
/// lengths, or intervals between edges of one kind, are multiples of two or of three: then the bit is longer.
pub(super) fn lengths(paths: &[Path], bit: f64) -> (usize, bool) {
    let count = |lengths: &mut dyn Iterator<Item = (f64, f64)>| {
        let mut seen = [0.0_f64; 11];
        for (length, weight) in lengths {
            if let Some(count) = seen.get_mut((length / bit).round() as usize) {
                *count += weight;
            }
        }
        seen
    };
    let runs = count(&mut paths.iter().flat_map(Path::runs).map(|(length, _)| (length, 1.0)));
    let all: f64 = runs.iter().skip(1).sum();
    // What is rarer than one in a hundred is not a length but an accident.
    let kinds = runs.iter().skip(1).filter(|count| **count > 0.0 && **count * 100.0 >= all).count();
    let intervals = count(&mut intervals(paths, bit).into_iter());
    let is_multiple = |seen: &[f64], of: usize| {
        let all: f64 = seen.iter().skip(1).sum();
        let those: f64 = seen.iter().skip(of).step_by(of).sum();
        all > 0.0 && those >= 0.97 * all
    };
    let is_longer = [2, 3].iter().any(|of| is_multiple(&runs, *of) || is_multiple(&intervals, *of));
    (kinds, is_longer)
}
