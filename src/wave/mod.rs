//! Recordings of lines: readers that stream edges out of files, and writers.
//!
//! A recording is read as segments: a start with the level there, if it is known, then edges, then an end. A
//! file with gaps has several segments, and nothing is carried from one to the next. Within a segment time
//! grows strictly and levels alternate. Time is counted in whole ticks of the recording's own [`Timebase`];
//! it becomes a [`Stamp`] only where a decoder needs one, and is rounded only there.
//!
//! Readers hold a buffer and never the recording, so memory does not depend on its length. They take any
//! `Read + Seek` and open nothing themselves. Whatever a file holds, the answer is edges or a [`WaveError`]
//! with the place. Facts: `docs/waveforms.md`.

mod csv;
mod error;
mod impair;
mod saleae;
mod sr;
mod text;
mod track;
mod vcd;
mod write;

use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use crate::line::Level;
use crate::time::Stamp;

pub use error::{Place, WaveError};
pub use impair::{Damage, Impair};
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

    /// Nanoseconds from tick `origin` to tick `at`, rounded to the nearest; `None` if `at` is earlier or
    /// over 584 years away.
    pub fn stamp(self, origin: i64, at: i64) -> Option<Stamp> {
        let ticks = u128::try_from(i128::from(at) - i128::from(origin)).ok()?;
        let scaled = ticks.checked_mul(u128::from(self.seconds) * 1_000_000_000)?;
        let parts = u128::from(self.parts);
        u64::try_from((scaled + parts / 2) / parts).ok().map(Stamp)
    }
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
}

impl<R: Read + Seek> Recording<R> {
    /// Finds out by its content what a file is, and reads its head. `rate`, in samples a second, is for
    /// recordings that do not tell theirs.
    ///
    /// # Errors
    /// If it is no recording that is known here, or its head is damaged or lacks something.
    pub fn open(mut source: R, rate: Option<u64>) -> Result<Recording<R>, WaveError> {
        let mut head = Vec::new();
        source.by_ref().take(512).read_to_end(&mut head)?;
        source.seek(SeekFrom::Start(0))?;
        if head.is_empty() {
            return Err(WaveError::bad(Place::Offset(0), "the file is empty"));
        }
        if head.starts_with(b"PK") {
            return sr::open(source, rate);
        }
        if head.starts_with(b"<SALEAE>") {
            no_rate(rate)?;
            return saleae::open(BufReader::with_capacity(1 << 16, source));
        }
        if let Some(at) = head.iter().position(|byte| *byte < b'\t') {
            return Err(WaveError::bad(Place::Offset(at as u64), text::UNKNOWN));
        }
        let first = head.iter().find(|byte| !byte.is_ascii_whitespace() && **byte < 0x80);
        let source = BufReader::with_capacity(1 << 16, source);
        if first == Some(&b'$') {
            no_rate(rate)?;
            vcd::open(source)
        } else {
            csv::open(source, rate)
        }
    }

    /// The channels' names, one for each name; with its scopes where the name alone is not enough.
    pub fn channels(&self) -> Vec<&str> {
        let alone = |one: &Channel| {
            self.channels.iter().all(|other| other.name != one.name || other.index == one.index)
        };
        let mut names: Vec<&str> = Vec::new();
        for channel in &self.channels {
            let name = if alone(channel) { channel.name.as_str() } else { channel.full.as_str() };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// How long a tick is.
    pub const fn timebase(&self) -> Timebase {
        self.timebase
    }

    /// What the user should know about how the file was read.
    pub fn notes(&self) -> &[String] {
        &self.notes
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
                _ => wanted(&|one| one.name == name),
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
        let mut track = Track::new(visit);
        let read = match self.source {
            Source::Vcd(body) => body.read(index, &mut track),
            Source::Sr(body) => body.read(index, &mut track),
            Source::Csv(body) => body.read(index, &mut track),
            Source::Saleae(body) => body.read(&mut track),
        };
        match read {
            Ok(()) | Err(Stop::Enough) => Ok(Summary { unknown: track.unknown() }),
            Err(Stop::Failed(error)) => Err(error),
        }
    }
}

/// A rate is refused where the recording tells its own time.
fn no_rate(rate: Option<u64>) -> Result<(), WaveError> {
    if rate.is_some() { Err(WaveError::NeedlessRate) } else { Ok(()) }
}

/// The rate that is in force: the recording's own, or the given one.
fn settle_rate(own: Option<u64>, given: Option<u64>) -> Result<Timebase, WaveError> {
    match (own, given) {
        (Some(own), Some(given)) if own != given => Err(WaveError::NeedlessRate),
        (Some(rate), _) | (None, Some(rate)) if rate > 0 => Ok(Timebase::of_rate(rate)),
        _ => Err(WaveError::NoRate),
    }
}

#[cfg(test)]
mod tests;
