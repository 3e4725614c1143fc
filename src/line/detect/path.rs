//! A stretch of line as numbers: when it changes, without pulses that are too short and bursts of tone.
//!
//! A pulse that is much shorter than a bit is noise, but what a bit is has to be found out first; so a path is
//! cleaned anew for every bit time that is tried. A burst is a train of equal pulses, as a PET's chime puts
//! on the pin that a program sends with. It ends one path and begins another.

use super::Stretch;
use crate::line::Level;

/// Equal pulses in a row that are a tone and no characters. A `U` at 8N1 has ten.
const TRAIN: usize = 24;
/// How far two pulses in a row may differ in a tone.
const TRAIN_SPREAD: f64 = 0.12;
/// A survey is not left with fewer edges than this by taking out tones.
const LEAST_LEFT: usize = 20;

/// Edges in nanoseconds from the start of the stretch.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub(super) times: Vec<f64>,
    /// The level from the first edge on.
    pub(super) first: Level,
    pub(super) start: f64,
    pub(super) end: f64,
    /// The level before the first edge is known, and for how long it was there.
    pub(super) start_is_known: bool,
}

impl Path {
    fn of(stretch: &Stretch) -> Option<Path> {
        let first = stretch.edges.first()?;
        let nanos = |at: crate::time::Stamp| at.since(stretch.start).0 as f64;
        Some(Path {
            times: stretch.edges.iter().map(|edge| nanos(edge.at)).collect(),
            first: first.level,
            start: 0.0,
            end: nanos(stretch.end),
            start_is_known: stretch.level.is_some(),
        })
    }

    /// The level from edge `index` on.
    pub(super) fn level(&self, index: usize) -> Level {
        if index.is_multiple_of(2) { self.first } else { other(self.first) }
    }

    /// Lengths between edges, with the level there.
    pub(super) fn runs(&self) -> impl Iterator<Item = (f64, Level)> + '_ {
        self.times.windows(2).enumerate().filter_map(|(i, pair)| match pair {
            [from, to] => Some((to - from, self.level(i))),
            _ => None,
        })
    }

    /// The same path without pulses shorter than `shortest`.
    pub(super) fn without(&self, shortest: f64) -> Path {
        let mut times: Vec<f64> = Vec::with_capacity(self.times.len());
        for &time in &self.times {
            match times.last() {
                // Both its edges go, so levels go on alternating.
                Some(last) if time - last < shortest => {
                    times.pop();
                }
                _ => times.push(time),
            }
        }
        Path { times, ..*self }
    }

    /// Where trains of equal pulses are: first and last edge.
    fn trains(&self) -> Vec<(usize, usize)> {
        let lengths: Vec<f64> = self.runs().map(|(length, _)| length).collect();
        let mut found = Vec::new();
        let mut from = 0;
        for (i, pair) in lengths.windows(2).enumerate() {
            let equal = matches!(pair, [a, b] if (a - b).abs() <= TRAIN_SPREAD * a.min(*b));
            let at_end = i + 2 == lengths.len();
            let to = if equal { i + 1 } else { i };
            if (!equal || at_end) && to + 1 - from >= TRAIN {
                found.push((from, to + 1));
            }
            if !equal {
                from = i + 1;
            }
        }
        found
    }
}

/// The paths of what was surveyed, and how many tones were taken out.
pub(super) fn paths(stretches: &[Stretch]) -> (Vec<Path>, u64) {
    let whole: Vec<Path> = stretches.iter().filter_map(Path::of).collect();
    let mut parts = Vec::new();
    let mut tones = 0;
    for path in &whole {
        let mut from = 0;
        let mut start = path.start;
        let mut known = path.start_is_known;
        for (first, last) in path.trains() {
            tones += 1;
            parts.extend(part(path, from, first, start, known));
            from = last + 1;
            start = path.times.get(last).copied().unwrap_or(path.end);
            known = true;
        }
        parts.extend(part(path, from, path.times.len(), start, known));
    }
    let left: usize = parts.iter().map(|path| path.times.len()).sum();
    if tones == 0 || left < LEAST_LEFT { (whole, 0) } else { (parts, tones) }
}

/// The edges `from..to` of a path, as a path.
fn part(path: &Path, from: usize, to: usize, start: f64, start_is_known: bool) -> Option<Path> {
    let times = path.times.get(from..to)?.to_vec();
    let end = path.times.get(to).copied().unwrap_or(path.end);
    (!times.is_empty()).then(|| Path { times, first: path.level(from), start, end, start_is_known })
}

pub(super) const fn other(level: Level) -> Level {
    match level {
        Level::Low => Level::High,
        Level::High => Level::Low,
    }
}
