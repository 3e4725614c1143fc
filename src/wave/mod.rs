//! Recordings of lines: readers that stream edges out of files, and writers.
//!
//! A recording is read as segments: a start with the level there, if it is known, then edges, then an end. A
//! file with gaps has several segments, and nothing is carried from one to the next. Within a segment time
//! grows strictly and levels alternate. Time is counted in whole ticks of the recording's own [`Timebase`];
//! it becomes a [`Stamp`] only where a decoder needs one, and is rounded only there.
//!
//! Readers hold a buffer and never the recording, so memory does not depend on its length; voltages are read
//! more than once instead. They take any `Read + Seek` and open nothing themselves. Whatever a file holds, the answer is edges or a [`WaveError`]
//! with the place. Facts: `docs/waveforms.md`.

mod analog;
mod csv;
mod error;
mod impair;
mod ols;
mod open;
mod raw;
mod saleae;
mod saleae_analog;
pub mod scope;
mod sr;
mod table;
mod text;
mod trace;
mod track;
mod vcd;
mod wav;
mod write;

use std::collections::{HashMap, HashSet};
use std::io::{BufReader, Read, Seek};
use std::ops::ControlFlow;

use crate::line::Level;
use crate::time::Stamp;

pub use error::{Place, WaveError};
pub use impair::{Damage, Impair};
pub use trace::{Segment, Trace};
pub use write::{FileKind, Writer};

use track::{Stop, Track};

/// How long a tick is: `seconds` / `parts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timebase {
    seconds: u64,
    parts: u64,
}

impl Timebase {
    /// A tick is a picosecond.
    const PICO: Timebase = Timebase { seconds: 1, parts: 1_000_000_000_000 };

    /// One tick a sample at so many samples a second; 0 is read as 1.
    pub const fn of_rate(hertz: u64) -> Timebase {
        Timebase { seconds: 1, parts: if hertz == 0 { 1 } else { hertz } }
    }

    /// Nanoseconds of a tick, where that is a whole number.
    pub fn whole_nanos(self) -> Option<u64> {
        let nanos = self.seconds.checked_mul(1_000_000_000)?;
        nanos.is_multiple_of(self.parts).then(|| nanos / self.parts)
    }

    /// Nanoseconds from tick `origin` to tick `at`, rounded to the nearest; `None` if `at` is earlier or
    /// over 584 years away.
    pub fn stamp(self, origin: i64, at: i64) -> Option<Stamp> {
        // Most recordings are short enough, and have whole nanoseconds, or parts of one.
        const NANOS: u64 = 1_000_000_000;
        let near = at.checked_sub(origin).and_then(|ticks| u64::try_from(ticks).ok());
        if let (Some(ticks), 1, 0) = (near.filter(|ticks| *ticks < 1 << 62), self.seconds, self.parts % NANOS)
        {
            let per_nano = self.parts / NANOS;
            return Some(Stamp((ticks + per_nano / 2) / per_nano));
        }
        let ticks = u128::try_from(i128::from(at) - i128::from(origin)).ok()?;
        let scaled = ticks.checked_mul(u128::from(self.seconds) * 1_000_000_000)?;
        let parts = u128::from(self.parts);
        u64::try_from((scaled + parts / 2) / parts).ok().map(Stamp)
    }
}

/// What a user says of a recording that does not say it itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// Samples a second, for recordings that do not tell theirs.
    pub rate: Option<u64>,
    /// Where the levels of a voltage are, rather than where they are found.
    pub threshold: Option<Threshold>,
    /// The file is samples without a head.
    pub raw: Option<Raw>,
}

/// Voltages, or shares of full scale in sound, at which a line becomes low and high.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// A line at or below it becomes low.
    pub low: f64,
    /// A line at or above it becomes high; not less than `low`.
    pub high: f64,
}

/// How samples without a head are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raw {
    /// So many bytes a sample, 1 to 8, the least significant first; a bit for each channel.
    Bytes(u8),
    /// One channel, eight samples a byte, the lowest bit first.
    LowestFirst,
    /// One channel, eight samples a byte, the highest bit first.
    HighestFirst,
}

/// What a reader tells, in order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A segment begins.
    Start {
        /// The tick.
        at: i64,
        /// The level from then on; `None` until the first edge tells.
        level: Option<Level>,
    },
    /// The level changes.
    Edge {
        /// The tick.
        at: i64,
        /// The level from then on.
        level: Level,
    },
    /// The segment is over; the line is known up to here.
    End {
        /// The tick.
        at: i64,
    },
}

/// What is known when a channel was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Values that were neither high nor low; the line was taken to keep its level.
    pub unknown: u64,
}

/// A line in a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Channel {
    /// The name within its scope.
    name: String,
    /// The name with its scopes before it.
    full: String,
    /// Channels of the same index are one line under several names.
    index: usize,
}

/// An opened recording: its head is read, its edges are not.
#[derive(Debug)]
pub struct Recording<R> {
    source: Source<R>,
    threshold: Option<Threshold>,
    channels: Vec<Channel>,
    timebase: Timebase,
    notes: Vec<String>,
}

#[derive(Debug)]
enum Source<R> {
    Vcd(vcd::Body<BufReader<R>>),
    Sr(Box<sr::Body<R>>),
    Csv(csv::Body<BufReader<R>>),
    Saleae(saleae::Body<BufReader<R>>),
    SaleaeAnalog(saleae_analog::Body<R>),
    Table(Box<table::Body<R>>),
    Wav(wav::Body<R>),
    Ols(ols::Body<BufReader<R>>),
    Raw(raw::Body<BufReader<R>>),
}

impl<R: Read + Seek> Source<R> {
    fn has_voltages(&self) -> bool {
        match self {
            Source::SaleaeAnalog(_) | Source::Table(_) | Source::Wav(_) => true,
            Source::Sr(body) => body.has_analog(),
            Source::Vcd(_) | Source::Csv(_) | Source::Saleae(_) | Source::Ols(_) | Source::Raw(_) => false,
        }
    }
}

impl<R: Read + Seek> Recording<R> {
    /// The channels' names, one for each name; with its scopes where the name alone is not enough.
    pub fn channels(&self) -> Vec<&str> {
        // The line of each name; `None` for a name of several.
        let mut lines: HashMap<&str, Option<usize>> = HashMap::new();
        for one in &self.channels {
            let line = lines.entry(&one.name).or_insert(Some(one.index));
            *line = line.filter(|index| *index == one.index);
        }
        let mut told = HashSet::new();
        let names = self.channels.iter().map(|channel| match lines.get(channel.name.as_str()) {
            Some(Some(_)) => channel.name.as_str(),
            _ => channel.full.as_str(),
        });
        names.filter(|name| told.insert(*name)).collect()
    }

    /// How long a tick is.
    pub const fn timebase(&self) -> Timebase {
        self.timebase
    }

    /// What the user should know about how the file was read.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Whether the recording is compressed: what it tells may be a thousand times what it is.
    pub const fn is_archive(&self) -> bool {
        matches!(self.source, Source::Sr(_))
    }

    /// The number of the channel of a name; without a name, of the only one there is.
    ///
    /// # Errors
    /// If there is none, or more than one.
    pub fn channel(&self, name: Option<&str>) -> Result<usize, WaveError> {
        let wanted = |found: &dyn Fn(&Channel) -> bool| {
            let mut indices: Vec<usize> =
                self.channels.iter().filter(|one| found(one)).map(|one| one.index).collect();
            indices.sort_unstable();
            indices.dedup();
            indices
        };
        let candidates = match name {
            None => wanted(&|_| true),
            Some(name) => match wanted(&|one| one.full == name) {
                exact if exact.len() == 1 => exact,
                _ => match wanted(&|one| one.name == name) {
                    // As much of the scopes as it takes.
                    none if none.is_empty() => {
                        wanted(&|one| one.full.strip_suffix(name).is_some_and(|scopes| scopes.ends_with('.')))
                    }
                    found => found,
                },
            },
        };
        match candidates[..] {
            [index] => Ok(index),
            _ => Err(WaveError::Channel {
                wanted: name.map(str::to_owned),
                known: self.channels().into_iter().map(str::to_owned).collect(),
            }),
        }
    }

    /// Reads a channel, by the number that [`Recording::channel`] gave, to the end or until `visit` breaks.
    ///
    /// # Errors
    /// If the file is damaged; what came before the damage has been visited.
    pub fn read(
        self,
        index: usize,
        visit: &mut dyn FnMut(Event) -> ControlFlow<()>,
    ) -> Result<Summary, WaveError> {
        let scale = match &self.source {
            Source::Sr(body) => body.scale(index) as i64,
            _ => 1,
        };
        // Only where digital and analog channels share a time base.
        let mut finer = |event| {
            visit(match event {
                Event::Start { at, level } => Event::Start { at: at * scale, level },
                Event::Edge { at, level } => Event::Edge { at: at * scale, level },
                Event::End { at } => Event::End { at: at * scale },
            })
        };
        let mut track = Track::new(if scale == 1 { visit } else { &mut finer });
        let threshold = self.threshold;
        let read = match self.source {
            Source::Vcd(body) => body.read(index, &mut track),
            Source::Sr(body) => body.read(index, threshold, &mut track),
            Source::Csv(body) => body.read(index, &mut track),
            Source::Saleae(body) => body.read(&mut track),
            Source::SaleaeAnalog(body) => body.read(threshold, &mut track),
            Source::Table(body) => body.read(index, threshold, &mut track),
            Source::Wav(body) => body.read(index, threshold, &mut track),
            Source::Ols(body) => body.read(index, &mut track),
            Source::Raw(body) => body.read(index, &mut track),
        };
        match read {
            Ok(()) | Err(Stop::Enough) => Ok(Summary { unknown: track.unknown() }),
            Err(Stop::Failed(error)) => Err(error),
        }
    }
}

/// A terahertz: no instrument is as quick.
const FASTEST: u64 = 1_000_000_000_000;

/// A rate is refused where the recording tells its own time.
fn no_rate(rate: Option<u64>) -> Result<(), WaveError> {
    if rate.is_some() { Err(WaveError::NeedlessRate) } else { Ok(()) }
}

/// The rate that is in force: the recording's own, or the given one.
fn settle_rate(own: Option<u64>, given: Option<u64>) -> Result<Timebase, WaveError> {
    match (own, given) {
        (Some(own), Some(given)) if own != given => Err(WaveError::NeedlessRate),
        (Some(rate), _) | (None, Some(rate)) if rate > FASTEST => Err(WaveError::Rate(rate)),
        (Some(rate), _) | (None, Some(rate)) if rate > 0 => Ok(Timebase::of_rate(rate)),
        _ => Err(WaveError::NoRate),
    }
}

#[cfg(test)]
mod tests;
