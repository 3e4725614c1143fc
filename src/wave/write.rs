//! Recordings that petterm writes: one channel, in nanoseconds, as VCD or as Logic 2's CSV.

use std::io::{self, Write};

use crate::line::{Edge, Level};
use crate::time::Stamp;

/// What a file is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// VCD with ticks of 1 ns.
    Vcd,
    /// A row of seconds and level for each change.
    Csv,
}

impl FileKind {
    /// By a file name's extension.
    pub fn of_extension(extension: &str) -> Option<FileKind> {
        match extension.to_ascii_lowercase().as_str() {
            "vcd" => Some(FileKind::Vcd),
            "csv" => Some(FileKind::Csv),
            _ => None,
        }
    }
}

/// Writes a recording as its edges come; wrap the file in a buffer.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    kind: FileKind,
    level: Level,
}

impl<W: Write> Writer<W> {
    /// Writes the head: the channel's name, in which blanks and commas become `_`, and its level at zero.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn begin(mut out: W, kind: FileKind, channel: &str, level: Level) -> io::Result<Writer<W>> {
        let channel: String =
            channel.chars().map(|c| if c.is_whitespace() || c == ',' { '_' } else { c }).collect();
        match kind {
            FileKind::Vcd => {
                writeln!(out, "$version petterm $end\n$timescale 1 ns $end")?;
                writeln!(out, "$scope module petterm $end\n$var wire 1 ! {channel} $end")?;
                writeln!(out, "$upscope $end\n$enddefinitions $end\n#0 {}!", digit(level))?;
            }
            FileKind::Csv => writeln!(out, "Time [s],{channel}\n0.000000000,{}", digit(level))?,
        }
        Ok(Writer { out, kind, level })
    }

    /// The next edge; times grow.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn edge(&mut self, edge: Edge) -> io::Result<()> {
        self.level = edge.level;
        self.row(edge.at)
    }

    /// The line kept its level until `at`; gives the file back.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn end(mut self, at: Stamp) -> io::Result<W> {
        match self.kind {
            FileKind::Vcd => writeln!(self.out, "#{}", at.0)?,
            FileKind::Csv => self.row(at)?,
        }
        self.out.flush()?;
        Ok(self.out)
    }

    fn row(&mut self, at: Stamp) -> io::Result<()> {
        let level = digit(self.level);
        match self.kind {
            FileKind::Vcd => writeln!(self.out, "#{} {level}!", at.0),
            FileKind::Csv => {
                writeln!(self.out, "{}.{:09},{level}", at.0 / 1_000_000_000, at.0 % 1_000_000_000)
            }
        }
    }
}

const fn digit(level: Level) -> u8 {
    match level {
        Level::Low => 0,
        Level::High => 1,
    }
}
