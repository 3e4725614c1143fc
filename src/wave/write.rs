//! Recordings that petterm writes: some channels, as VCD, CSV of changes or of samples, a sigrok session or sound.
//!
//! VCD and CSV of changes hold every edge to the nanosecond. A session and CSV of samples hold samples: an edge
//! goes to the nearest one. In a WAV file each sample is the mean of the line over its time, so that a reader finds an edge between
//! two samples again. Facts: `docs/waveforms.md`.

mod rows;
mod session;
mod sound;

use std::io::{self, Seek, Write};

use crate::line::{Edge, Level};
use crate::time::Stamp;

use rows::Rows;
use session::Session;
use sound::Sound;

/// What a file is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// VCD with ticks of 1 ns.
    Vcd,
    /// A row of seconds and level for each change, as Logic 2 writes it.
    Csv,
    /// A row for each sample, as sigrok writes it.
    Rows {
        /// Samples a second.
        rate: u64,
    },
    /// A sigrok session, version 2.
    Sr {
        /// Samples a second.
        rate: u64,
    },
    /// Sound of 16 bits.
    Wav {
        /// Samples a second; those over 100 MHz are taken as that.
        rate: u64,
    },
}

impl FileKind {
    /// By a file name's extension; sampled files at 1 MHz, sound at 48 kHz.
    pub fn of_extension(extension: &str) -> Option<FileKind> {
        match extension.to_ascii_lowercase().as_str() {
            "vcd" => Some(FileKind::Vcd),
            "csv" => Some(FileKind::Csv),
            "sr" => Some(FileKind::Sr { rate: 1_000_000 }),
            "wav" => Some(FileKind::Wav { rate: 48_000 }),
            _ => None,
        }
    }

    /// Samples a second, where the file has samples.
    pub const fn rate(self) -> Option<u64> {
        match self {
            FileKind::Vcd | FileKind::Csv => None,
            FileKind::Rows { rate } | FileKind::Sr { rate } | FileKind::Wav { rate } => Some(rate),
        }
    }

    /// The same kind of file at another rate; `None` if it cannot have samples.
    pub const fn at_rate(self, rate: u64) -> Option<FileKind> {
        match self {
            FileKind::Vcd => None,
            FileKind::Csv | FileKind::Rows { .. } => Some(FileKind::Rows { rate }),
            FileKind::Sr { .. } => Some(FileKind::Sr { rate }),
            FileKind::Wav { .. } => Some(FileKind::Wav { rate }),
        }
    }

    /// The longest recording of one channel that such a file holds.
    pub fn longest(self) -> Stamp {
        let samples: u128 = match self {
            FileKind::Vcd | FileKind::Csv => return Stamp(u64::MAX),
            FileKind::Rows { .. } => u128::from(rows::MOST_BYTES / 2),
            FileKind::Sr { .. } => u128::from(session::MOST_BYTES),
            FileKind::Wav { .. } => u128::from(sound::MOST_BYTES / 2),
        };
        let nanos = samples * 1_000_000_000 / u128::from(self.rate().unwrap_or(1).max(1));
        Stamp(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// Writes a recording as its edges come; wrap the file in a buffer.
#[derive(Debug)]
pub struct Writer<W: Write + Seek> {
    form: Form<W>,
    levels: Vec<Level>,
}

#[derive(Debug)]
enum Form<W: Write + Seek> {
    Vcd(W),
    Csv(W),
    Rows(Rows<W>),
    Session(Box<Session<W>>),
    Sound(Sound<W>),
}

impl<W: Write + Seek> Writer<W> {
    /// Writes the head: each channel's name, in which blanks and commas become `_`, and its level at zero.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn begin(mut out: W, kind: FileKind, channels: &[(&str, Level)]) -> io::Result<Writer<W>> {
        let names: Vec<String> = channels.iter().map(|(name, _)| plain(name)).collect();
        let levels: Vec<Level> = channels.iter().map(|(_, level)| *level).collect();
        let form = match kind {
            FileKind::Vcd => {
                writeln!(out, "$version petterm $end\n$timescale 1 ns $end")?;
                writeln!(out, "$scope module petterm $end")?;
                for (index, name) in names.iter().enumerate() {
                    writeln!(out, "$var wire 1 {} {name} $end", code(index))?;
                }
                write!(out, "$upscope $end\n$enddefinitions $end\n#0")?;
                for (index, level) in levels.iter().enumerate() {
                    write!(out, " {}{}", digit(*level), code(index))?;
                }
                writeln!(out)?;
                Form::Vcd(out)
            }
            FileKind::Csv => {
                writeln!(out, "Time [s],{}", names.join(","))?;
                csv_row(&mut out, Stamp::ZERO, &levels)?;
                Form::Csv(out)
            }
            FileKind::Rows { rate } => Form::Rows(Rows::begin(out, rate, &names, &levels)?),
            FileKind::Sr { rate } => Form::Session(Box::new(Session::begin(out, rate, &names, &levels)?)),
            FileKind::Wav { rate } => Form::Sound(Sound::begin(out, rate, &levels)?),
        };
        Ok(Writer { form, levels })
    }

    /// The next edge, on the channel of this index; times do not run backwards. An index beyond the channels
    /// is ignored.
    ///
    /// # Errors
    /// If the file cannot be written, or would be larger than its kind allows.
    pub fn edge(&mut self, channel: usize, edge: Edge) -> io::Result<()> {
        let Some(level) = self.levels.get_mut(channel) else { return Ok(()) };
        *level = edge.level;
        match &mut self.form {
            Form::Vcd(out) => writeln!(out, "#{} {}{}", edge.at.0, digit(edge.level), code(channel)),
            Form::Csv(out) => csv_row(out, edge.at, &self.levels),
            Form::Rows(rows) => rows.edge(channel, edge),
            Form::Session(session) => session.edge(channel, edge),
            Form::Sound(sound) => sound.edge(channel, edge),
        }
    }

    /// Writes out what is buffered, so that a text file is whole up to the last edge.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        match &mut self.form {
            Form::Vcd(out) | Form::Csv(out) => out.flush(),
            // Rows go out in blocks; the others' heads say how much there is, and are written at the end.
            Form::Rows(_) | Form::Session(_) | Form::Sound(_) => Ok(()),
        }
    }

    /// The lines kept their levels until `at`; gives the file back.
    ///
    /// # Errors
    /// If the file cannot be written, or would be larger than its kind allows.
    pub fn end(self, at: Stamp) -> io::Result<W> {
        let mut out = match self.form {
            Form::Vcd(mut out) => {
                writeln!(out, "#{}", at.0)?;
                out
            }
            Form::Csv(mut out) => {
                csv_row(&mut out, at, &self.levels)?;
                out
            }
            Form::Rows(rows) => rows.end(at)?,
            Form::Session(session) => session.end(at)?,
            Form::Sound(sound) => sound.end(at)?,
        };
        out.flush()?;
        Ok(out)
    }
}

fn csv_row<W: Write>(out: &mut W, at: Stamp, levels: &[Level]) -> io::Result<()> {
    write!(out, "{}.{:09}", at.0 / 1_000_000_000, at.0 % 1_000_000_000)?;
    for level in levels {
        write!(out, ",{}", digit(*level))?;
    }
    writeln!(out)
}

/// A name that no format takes for two.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_whitespace() || c == ',' { '_' } else { c }).collect()
}

/// The VCD code of a channel: printable characters, the lowest place first.
fn code(mut channel: usize) -> String {
    const DIGITS: usize = (b'~' - b'!') as usize + 1;
    let mut code = String::new();
    loop {
        code.push(char::from(b'!' + (channel % DIGITS) as u8));
        if channel < DIGITS {
            return code;
        }
        channel = channel / DIGITS - 1;
    }
}

/// The sample nearest to a time.
fn nearest(at: Stamp, rate: u64) -> u128 {
    (u128::from(at.0) * u128::from(rate) + 500_000_000) / 1_000_000_000
}

const fn digit(level: Level) -> u8 {
    match level {
        Level::Low => 0,
        Level::High => 1,
    }
}
