//! What can be wrong with a recording, and where.

use std::fmt;
use std::io;

/// Where in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line, counted from 1.
    Line(u64),
    /// A byte, counted from 0.
    Offset(u64),
    /// A sample, counted from 0.
    Sample(u64),
    /// A member of a ZIP archive.
    Member(String),
    /// The archive itself.
    Archive,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line(line) => write!(f, "line {line}"),
            Place::Offset(offset) => write!(f, "byte {offset}"),
            Place::Sample(sample) => write!(f, "sample {sample}"),
            Place::Member(name) => write!(f, "member {name}"),
            Place::Archive => write!(f, "ZIP archive"),
        }
    }
}

/// Why a recording cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum WaveError {
    /// The content is not what it must be.
    #[error("{place}: {what}")]
    Bad {
        /// Where.
        place: Place,
        /// What was found and what was expected.
        what: String,
    },
    /// The content is known, and not read here.
    #[error("{0}")]
    Unsupported(String),
    /// No channel of that name, or more than one and none was named.
    #[error("{}", channel_words(wanted.as_deref(), known))]
    Channel {
        /// The name that was asked for.
        wanted: Option<String>,
        /// The names that there are.
        known: Vec<String>,
    },
    /// The recording does not tell its sample rate.
    #[error("the recording does not tell its sample rate; say --rate HZ")]
    NoRate,
    /// The recording tells its own time, and another rate was given.
    #[error("the recording tells its own time; leave out --rate")]
    NeedlessRate,
    /// No recording has so many samples a second.
    #[error("a samplerate of up to 1 THz was expected, not {0} Hz")]
    Rate(u64),
    /// A threshold was given, and nothing in the recording is a voltage.
    #[error("nothing in the recording is a voltage; leave out --threshold")]
    NeedlessThreshold,
    /// The voltages are not those of a line with two levels.
    #[error("no two levels found: {0}; --threshold LO,HI says where they are")]
    NoLevels(String),
    /// The file could not be read.
    #[error("cannot be read: {0}")]
    Io(io::Error),
}

impl WaveError {
    pub(super) fn bad(place: Place, what: impl Into<String>) -> WaveError {
        WaveError::Bad { place, what: what.into() }
    }
}

impl From<io::Error> for WaveError {
    fn from(error: io::Error) -> WaveError {
        WaveError::Io(error)
    }
}

fn channel_words(wanted: Option<&str>, known: &[String]) -> String {
    const MOST: usize = 32;
    let mut names: Vec<String> = known.iter().take(MOST).map(|name| format!("'{name}'")).collect();
    if known.len() > MOST {
        names.push(format!("{} more", known.len() - MOST));
    }
    let names = names.join(", ");
    match wanted {
        _ if known.is_empty() => "the recording has no line that can be read".to_owned(),
        None => format!("say which --channel: {names}"),
        Some(wanted) if known.iter().any(|name| name == wanted || name.ends_with(&format!(".{wanted}"))) => {
            format!("'{wanted}' is more than one channel; say which: {names}")
        }
        Some(wanted) => format!("there is no channel '{wanted}'; there is {names}"),
    }
}
