//! A session's lines as a VCD recording: two channels, `TX` and `RX` as petterm sees them.
//!
//! Where the edges were seen they are written as they were. Where only octets are seen they were drawn anew, and
//! the file says so: in a comment, and in the channels' names, `TX_reconstructed` and `RX_reconstructed`. Times
//! count from a tenth of a second before the session's start, for a first character without a rest before it
//! could not be told. The file is new, is whole whenever nothing happens, and is taken away again
//! if no link was ever opened.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::engine::Way;
use crate::line::{Bit, Edge, Level, LineFormat};
use crate::time::{Span, Stamp};
use crate::wave::{FileKind, Writer};

/// The rest before the session.
const LEAD: Span = Span::from_millis(100);

type Out = Writer<BufWriter<File>>;

/// A recording that is being written.
#[derive(Debug)]
pub struct Recorder {
    path: PathBuf,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Nothing is known of the lines yet.
    New(BufWriter<File>),
    Begun {
        out: Out,
        reconstructed: bool,
        /// Of TX and RX.
        levels: [Level; 2],
        last: Stamp,
    },
    /// It could not be written any more.
    Ended,
}

impl Recorder {
    /// A new file.
    ///
    /// # Errors
    /// If it exists or cannot be created: what, and what to do.
    pub fn create(path: &Path) -> Result<Recorder, String> {
        let file = File::create_new(path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                format!("{} exists and is not written over; choose another name", path.display())
            }
            _ => format!("cannot create {}: {error}; choose another name", path.display()),
        })?;
        Ok(Recorder { path: path.to_owned(), state: State::New(BufWriter::new(file)) })
    }

    /// A link was opened.
    ///
    /// # Errors
    /// If the file cannot be written, or holds another kind of edges already; it is ended then.
    pub fn begins(&mut self, reconstructed: bool, line: &LineFormat) -> Result<(), String> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::New(out) => {
                let begun = begin(out, reconstructed, line);
                let (out, levels) = begun.map_err(|error| self.trouble(&error))?;
                self.state = State::Begun { out, reconstructed, levels, last: Stamp::ZERO };
                Ok(())
            }
            State::Begun { reconstructed: before, out, last, .. } if before != reconstructed => {
                out.end(last).map_err(|error| self.trouble(&error))?;
                Err(format!(
                    "the recording {} is ended: it holds {} edges, and the new link has {}",
                    self.path.display(),
                    kind(before),
                    kind(reconstructed)
                ))
            }
            same => {
                self.state = same;
                Ok(())
            }
        }
    }

    /// A line did this.
    ///
    /// # Errors
    /// If the file cannot be written; it is ended then.
    pub fn edges(&mut self, way: Way, edges: &[Edge]) -> Result<(), String> {
        let State::Begun { out, levels, last, .. } = &mut self.state else { return Ok(()) };
        let channel = match way {
            Way::FromUs => 0,
            Way::ToUs => 1,
        };
        let mut write = || -> io::Result<()> {
            for &edge in edges {
                *last = (edge.at + LEAD).max(*last);
                if levels[channel] != edge.level {
                    levels[channel] = edge.level;
                    out.edge(channel, Edge { at: *last, ..edge })?;
                }
            }
            Ok(())
        };
        let written = write();
        written.map_err(|error| self.trouble(&error))
    }

    /// Writes out what is buffered.
    ///
    /// # Errors
    /// If the file cannot be written; it is ended then.
    pub fn flush(&mut self) -> Result<(), String> {
        let flushed = match &mut self.state {
            State::Begun { out, .. } => out.flush(),
            State::New(_) | State::Ended => Ok(()),
        };
        flushed.map_err(|error| self.trouble(&error))
    }

    /// The lines kept their levels until `now`, and that is all.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn finish(mut self, now: Stamp) -> Result<(), String> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Begun { out, last, .. } => {
                out.end((now + LEAD).max(last)).map(|_| ()).map_err(|error| self.trouble(&error))
            }
            State::New(_) => {
                // A name that is taken by nothing would only be in the way of the next try.
                fs::remove_file(&self.path).map_err(|error| self.trouble(&error))
            }
            State::Ended => Ok(()),
        }
    }

    fn trouble(&mut self, error: &io::Error) -> String {
        self.state = State::Ended;
        format!("the recording {} ended: {error}; some of it is lost", self.path.display())
    }
}

const fn kind(reconstructed: bool) -> &'static str {
    if reconstructed { "reconstructed" } else { "seen" }
}

fn begin(mut out: BufWriter<File>, reconstructed: bool, line: &LineFormat) -> io::Result<(Out, [Level; 2])> {
    let levels = [line.tx, line.rx].map(|polarity| polarity.level(Bit::Mark));
    let names = if reconstructed { ["TX_reconstructed", "RX_reconstructed"] } else { ["TX", "RX"] };
    if reconstructed {
        writeln!(
            out,
            "$comment reconstructed: only octets were seen; their frames are drawn as {line}, from when they were \
             read or handed on $end"
        )?;
    } else {
        writeln!(out, "$comment {line}; TX is what petterm drives, RX what it hears $end")?;
    }
    let channels = [(names[0], levels[0]), (names[1], levels[1])];
    Ok((Writer::begin(out, FileKind::Vcd, &channels)?, levels))
}
