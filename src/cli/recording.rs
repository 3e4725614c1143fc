//! Recordings that commands read: which file, which of its lines, and what the file does not tell itself.

use std::fs::File;
use std::path::Path;

use super::exit::{Exit, Problem, say};
use super::input;
use crate::wave::{Raw, Reading, Recording, Threshold, WaveError};

/// How a recording is read, the same for every command that reads one.
#[derive(clap::Args, Clone, Debug, Default, PartialEq)]
pub struct RecordingArgs {
    /// Which line of the recording, where there are several
    #[arg(long, value_name = "NAME")]
    pub channel: Option<String>,
    /// Samples a second, where the recording does not tell
    #[arg(long, value_name = "HZ", value_parser = clap::value_parser!(u64).range(1..))]
    pub rate: Option<u64>,
    /// At or below LO volts is low, at or above HI is high; else found by itself
    #[arg(long, value_name = "LO,HI", allow_hyphen_values = true, value_parser = threshold)]
    pub threshold: Option<Threshold>,
    /// Samples without a head: bytes each, or 8 a byte; needs --rate
    #[arg(long, value_name = "1|2|4|8|lsb|msb", value_parser = samples)]
    pub samples: Option<Raw>,
}

fn threshold(text: &str) -> Result<Threshold, String> {
    let number = |text: &str| text.trim().parse().ok().filter(|number: &f64| number.is_finite());
    match text.split_once(',').map(|(low, high)| (number(low), number(high))) {
        Some((Some(low), Some(high))) if low <= high => Ok(Threshold { low, high }),
        _ => Err("two voltages are expected, the lower one first, such as 0.8,2.0".to_owned()),
    }
}

fn samples(text: &str) -> Result<Raw, String> {
    match text {
        "1" => Ok(Raw::Bytes(1)),
        "2" => Ok(Raw::Bytes(2)),
        "4" => Ok(Raw::Bytes(4)),
        "8" => Ok(Raw::Bytes(8)),
        "lsb" => Ok(Raw::LowestFirst),
        "msb" => Ok(Raw::HighestFirst),
        _ => Err("1, 2, 4 or 8 bytes a sample, or lsb or msb for 8 samples a byte".to_owned()),
    }
}

impl RecordingArgs {
    fn reading(&self) -> Reading {
        Reading { rate: self.rate, threshold: self.threshold, raw: self.samples }
    }

    /// Opens a recording and tells on stderr what there is to know of it.
    ///
    /// # Errors
    /// If it is no file, no recording, or lacks something.
    pub(super) fn open(&self, path: &Path) -> Result<Recording<File>, Problem> {
        let recording = self.reopen(path)?;
        for note in recording.notes() {
            say(&format!("{}: {note}", path.display()));
        }
        Ok(recording)
    }

    /// Opens a recording once more, of which all has been told.
    ///
    /// # Errors
    /// As [`RecordingArgs::open`].
    pub(super) fn reopen(&self, path: &Path) -> Result<Recording<File>, Problem> {
        let file = File::open(path).map_err(|error| match path.to_str() {
            Some("-") => {
                Problem::usage("a recording is read more than once, which stdin cannot be; give a file")
            }
            _ => input::not_read(path, &error),
        })?;
        if file.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(Problem::usage(format!("{} is no file; give a recording", path.display())));
        }
        Recording::open(file, &self.reading()).map_err(|error| explain(path, &error))
    }

    /// Opens a recording, and finds the line that is asked for.
    ///
    /// # Errors
    /// As [`RecordingArgs::open`], and if there is no such line or more than one.
    pub(super) fn open_channel(&self, path: &Path) -> Result<(Recording<File>, usize), Problem> {
        self.find(path, self.open(path)?)
    }

    /// The same again, for another look at a recording whose notes were told.
    ///
    /// # Errors
    /// As [`RecordingArgs::open_channel`].
    pub(super) fn reopen_channel(&self, path: &Path) -> Result<(Recording<File>, usize), Problem> {
        self.find(path, self.reopen(path)?)
    }

    fn find(&self, path: &Path, recording: Recording<File>) -> Result<(Recording<File>, usize), Problem> {
        let channel = recording.channel(self.channel.as_deref()).map_err(|error| explain(path, &error))?;
        Ok((recording, channel))
    }
}

/// What is said of a recording that cannot be read.
pub(super) fn explain(file: &Path, error: &WaveError) -> Problem {
    let status = match error {
        WaveError::Bad { .. } | WaveError::Unsupported(_) | WaveError::NoLevels(_) | WaveError::Rate(_) => {
            Exit::Line
        }
        WaveError::Channel { .. }
        | WaveError::NoRate
        | WaveError::NeedlessRate
        | WaveError::NeedlessThreshold => Exit::Usage,
        WaveError::Io(_) => Exit::File,
    };
    Problem::new(status, format!("{}: {error}", file.display()))
}
