//! From volts to levels: where the two levels lie, and when the line passed from one to the other.
//!
//! ```text
//! high level   ..............____________
//! to high      ............./............   half way, and half of the hysteresis
//! edge         ............/.............   half way: here, on the straight line between two samples
//! to low       .........../..............
//! low level    __________/...............
//! ```
//!
//! A recording is read twice, so that it need not be held: first the voltages are counted in some hundred
//! bins, then edges are told. What has no two levels is refused. Facts: `docs/waveforms.md`.

use super::track::{Step, Stop, Track};
use super::{Place, Threshold, Timebase, WaveError, settle_rate};
use crate::line::Level;

/// Ticks in a sample, so that edges between samples have a place.
pub(super) const PARTS: u64 = 1_000;
/// A line with less between its levels is noise.
const LEAST_SPAN: f64 = 0.4;
/// The same in steps of the instrument's converter.
const LEAST_STEPS: f64 = 8.0;
/// Between the thresholds, as a share of what is between the levels.
const HYSTERESIS: f64 = 0.3;

/// A thousand ticks a sample.
pub(super) fn timebase(rate: u64) -> Result<Timebase, WaveError> {
    let base = settle_rate(Some(rate).filter(|rate| *rate > 0), None)?;
    Ok(Timebase { seconds: base.seconds, parts: base.parts.saturating_mul(PARTS) })
}

/// Seconds in ticks of a picosecond; `None` beyond 106 days.
pub(super) fn picoseconds(seconds: f64) -> Option<i64> {
    let ticks = (seconds * 1e12).round();
    (ticks.abs() < 9.2e18).then_some(ticks as i64)
}

/// Voltages that can be read from the begin, again and again.
pub(super) trait Samples {
    /// Tells samples with their tick, in order of time, and of how many that are alike this is the last; the
    /// first sample is told alone. The result is the tick at which all is over. A value that is none is not
    /// finite.
    fn pass(&mut self, each: &mut dyn FnMut(i64, f64, u64) -> Step) -> Result<i64, Stop>;

    /// A value may stay until the next: samples are not taken evenly.
    fn is_uneven(&self) -> bool {
        false
    }
}

/// Reads voltages as levels.
pub(super) fn read(samples: &mut dyn Samples, given: Option<Threshold>, track: &mut Track) -> Step {
    let (threshold, values) = match given {
        Some(threshold) => (threshold, 0),
        None => find(samples)?,
    };
    let mut slicer = Slicer::new(threshold);
    // Two values at uneven times are a list of changes: nothing happened between two of them.
    slicer.is_stepped = samples.is_uneven() && values == 2;
    let end = samples.pass(&mut |at, value, count| slicer.take(at, value, count, track))?;
    track.time(end, || Place::Offset(0))?;
    track.end()
}

/// The threshold, and how many different values there are, up to some.
fn find(samples: &mut dyn Samples) -> Result<(Threshold, usize), Stop> {
    let mut histogram = Histogram::new();
    let counted = samples.pass(&mut |_, value, count| {
        histogram.add_some(value, count);
        Ok(())
    });
    match (histogram.threshold(), counted) {
        // Damage behind two levels is met again, after what comes before it.
        (Ok(threshold), _) => Ok((threshold, histogram.values.len())),
        (Err(_), Err(stop)) => Err(stop),
        (Err(error), Ok(_)) => Err(error.into()),
    }
}

const BINS: i64 = 512;

/// How often each voltage occurs, in bins whose width grows with the range: 256 to 512 over all of it.
pub(super) struct Histogram {
    counts: Vec<u64>,
    /// A bin is 2^`exponent` wide.
    exponent: i32,
    scale: f64,
    low: i64,
    high: i64,
    pub(super) total: u64,
    /// The first different values, in order; one more than are needed.
    values: Vec<f64>,
}

impl Histogram {
    pub(super) fn new() -> Histogram {
        Histogram {
            counts: vec![0; BINS as usize],
            exponent: -60,
            scale: 2_f64.powi(60),
            low: 0,
            high: 0,
            total: 0,
            values: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, value: f64) {
        self.add_some(value, 1);
    }

    /// A value that occurs so many times.
    pub(super) fn add_some(&mut self, value: f64, count: u64) {
        // Beyond any voltage, and where bins would have no width in doubles.
        if value.abs() > 1e30 || value.is_nan() {
            return;
        }
        if self.values.len() <= LEAST_STEPS as usize + 1
            && let Err(at) = self.values.binary_search_by(|known| known.total_cmp(&value))
        {
            self.values.insert(at, value);
        }
        while (value * self.scale).abs() > 1e12 {
            self.coarsen();
        }
        loop {
            let bin = (value * self.scale).floor() as i64;
            let (low, high) = match self.total {
                0 => (bin, bin),
                _ => (self.low.min(bin), self.high.max(bin)),
            };
            if high - low < BINS {
                (self.low, self.high) = (low, high);
                self.total += count;
                self.change(bin, count);
                return;
            }
            self.coarsen();
        }
    }

    /// Bins that are in range have places of their own, whatever the lowest is.
    fn place(bin: i64) -> usize {
        bin.rem_euclid(BINS) as usize
    }

    fn change(&mut self, bin: i64, by: u64) {
        if let Some(count) = self.counts.get_mut(Self::place(bin)) {
            *count += by;
        }
    }

    fn count(&self, bin: i64) -> u64 {
        if bin < self.low || bin > self.high {
            return 0;
        }
        self.counts.get(Self::place(bin)).copied().unwrap_or(0)
    }

    fn coarsen(&mut self) {
        let old: Vec<(i64, u64)> = (self.low..=self.high).map(|bin| (bin, self.count(bin))).collect();
        self.exponent += 1;
        self.scale = 2_f64.powi(-self.exponent);
        (self.low, self.high) = (self.low >> 1, self.high >> 1);
        self.counts.fill(0);
        for (bin, count) in old {
            self.change(bin >> 1, count);
        }
    }

    /// The lowest and the highest bin, but for a few samples at the ends, which may be spikes.
    fn range(&self) -> (i64, i64) {
        let few = (self.total / 1_000).min(4);
        let (mut below, mut above) = (0, 0);
        let low = (self.low..=self.high).find(|bin| {
            below += self.count(*bin);
            below > few
        });
        let high = (self.low..=self.high).rev().find(|bin| {
            above += self.count(*bin);
            above > few
        });
        let low = low.unwrap_or(self.low);
        (low, high.unwrap_or(self.high).max(low))
    }

    /// The highest value that is no spike.
    pub(super) fn top(&self) -> f64 {
        (self.range().1 + 1) as f64 / self.scale
    }

    /// The value that half of the samples do not reach.
    pub(super) fn median(&self) -> f64 {
        let mut seen = 0;
        let bin = (self.low..=self.high).find(|bin| {
            seen += self.count(*bin);
            seen * 2 >= self.total
        });
        (bin.unwrap_or(self.low) as f64 + 0.5) / self.scale
    }

    /// How many values lie between two.
    pub(super) fn between(&self, low: f64, high: f64) -> u64 {
        let bin = |value: f64| (value * self.scale).floor() as i64;
        (bin(low).max(self.low)..=bin(high).min(self.high)).map(|bin| self.count(bin)).sum()
    }

    /// The two outermost large peaks, and how many samples lie well between them.
    fn levels(&self) -> (f64, f64, u64) {
        let (first, last) = self.range();
        let middle = first + (last - first) / 2;
        let smooth = |bin: i64| {
            [1, 2, 3, 2, 1].iter().zip(bin - 2..).map(|(weight, bin)| weight * self.count(bin)).sum::<u64>()
        };
        // From the outside: the first that is not small, and from there up to the peak.
        let peak = |bins: &[i64]| {
            let most = bins.iter().map(|bin| smooth(*bin)).max().unwrap_or(0);
            let mut bins = bins.iter().copied().skip_while(|bin| smooth(*bin) * 4 < most);
            let mut at = bins.next().unwrap_or(first);
            for bin in bins {
                if smooth(bin) < smooth(at) {
                    break;
                }
                at = bin;
            }
            at
        };
        let low = peak(&(first..=middle).collect::<Vec<_>>());
        let high = peak(&(middle + 1..=last).rev().collect::<Vec<_>>());
        // The mean of what is at the peak: a bin is wide for a clean line.
        let value = |peak: i64| {
            let bins = peak - 2..=peak + 2;
            let (sum, count) = bins.fold((0.0, 0.0), |(sum, count), bin| {
                let here = self.count(bin) as f64;
                (sum + here * (bin as f64 + 0.5), count + here)
            });
            sum / count.max(1.0) / self.scale
        };
        let quarter = (high - low) / 4;
        let between = (low + quarter..=high - quarter).map(|bin| self.count(bin)).sum();
        (value(low), value(high), between)
    }

    fn threshold(&self) -> Result<Threshold, WaveError> {
        if let [only] = self.values[..] {
            return Err(WaveError::NoLevels(format!("every sample is {only:.3} V")));
        }
        if self.total == 0 {
            return Err(WaveError::NoLevels("there are no samples".to_owned()));
        }
        let (low, high, between) = match self.values[..] {
            // As a table made by hand has them.
            [low, high] => (low, high, 0),
            _ => self.levels(),
        };
        let span = high - low;
        if span < LEAST_SPAN {
            return Err(WaveError::NoLevels(format!(
                "the samples lie at {low:.3} V and {high:.3} V, and {LEAST_SPAN} V between them is the least"
            )));
        }
        // A converter's step shows only while there are few values. Clean levels with a few samples between
        // them are a drawn line, not a coarse one.
        let few = (self.values.len() as f64) <= LEAST_STEPS + 1.0;
        let step = self.values.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
        if few && span < LEAST_STEPS * step && between * 10 > self.total {
            return Err(WaveError::NoLevels(format!(
                "{low:.3} V and {high:.3} V are less than {LEAST_STEPS} steps of the converter apart"
            )));
        }
        let middle = f64::midpoint(low, high);
        let half = span * HYSTERESIS / 2.0;
        Ok(Threshold { low: middle - half, high: middle + half })
    }
}

/// A level with hysteresis, and where the line passed the middle last.
pub(super) struct Slicer {
    low: f64,
    high: f64,
    middle: f64,
    level: Level,
    last: Option<(i64, f64)>,
    crossing: i64,
    /// The line changes where a sample is, not between two.
    is_stepped: bool,
}

impl Slicer {
    pub(super) fn new(threshold: Threshold) -> Slicer {
        let Threshold { low, high } = threshold;
        let middle = f64::midpoint(low, high);
        Slicer { low, high, middle, level: Level::Low, last: None, crossing: 0, is_stepped: false }
    }

    /// A sample, the last of `count` that are alike.
    pub(super) fn take(&mut self, at: i64, value: f64, count: u64, track: &mut Track) -> Step {
        if !value.is_finite() {
            track.unclear(count);
            return Ok(());
        }
        let Some((before, was)) = self.last.replace((at, value)) else {
            self.level = if value < self.middle { Level::Low } else { Level::High };
            self.crossing = at;
            track.time(at, || Place::Offset(0))?;
            track.level(self.level);
            return Ok(());
        };
        if (was < self.middle) != (value < self.middle) {
            let share = if self.is_stepped { 1.0 } else { (self.middle - was) / (value - was) };
            self.crossing = before + ((at - before) as f64 * share).round() as i64;
        }
        let level = match self.level {
            Level::Low if value >= self.high => Level::High,
            // With one threshold for both ways, what is at it is high.
            Level::High if value < self.low || (value <= self.low && self.low < self.high) => Level::Low,
            level => level,
        };
        if level != self.level {
            self.level = level;
            track.time(self.crossing, || Place::Offset(0))?;
            track.level(level);
        }
        Ok(())
    }
}
