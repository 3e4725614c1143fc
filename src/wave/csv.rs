//! CSV: Saleae Logic 2's digital export, sigrok's, and `PulseView`'s with a column of times.
//!
//! ```text
//! Time [s],RX,TX                    a row for each change; the first row is the initial state
//! ; Samplerate: 625 kHz             a row for each sample; comments begin with ;
//! ```
//!
//! Times are read exactly, in picoseconds. `X` is "no data": a gap. A table of decoded characters is known
//! by its heading, and said to be one. Facts: `docs/waveforms.md`.

use std::io::{BufRead, BufReader, Read};

use super::text::{self, Lines, shown};
use super::track::{Step, Track};
use super::{Channel, Recording, Source, Timebase, WaveError, no_rate, settle_rate};
use crate::line::Level;

/// The rows of a CSV file.
#[derive(Debug)]
pub(super) struct Body<R> {
    /// The line at hand is the first row, if there is one.
    lines: Lines<R>,
    /// Places between the time column's unit and a picosecond; `None` without such a column.
    zeros: Option<i32>,
}

pub(super) fn open<R: Read>(source: BufReader<R>, rate: Option<u64>) -> Result<Recording<R>, WaveError> {
    let mut lines = Lines::new(source);
    let (mut own, mut names) = (None, Vec::new());
    let heading = loop {
        if !lines.advance()? {
            return Err(WaveError::bad(lines.place(), "the file ends before a row of values"));
        }
        let line = String::from_utf8_lossy(lines.line());
        let line = line.trim_start_matches('\u{FEFF}').trim().to_owned();
        match line.strip_prefix(';').map(|comment| comment.trim().to_owned()) {
            Some(comment) => {
                let Some((key, value)) = comment.split_once(':') else { continue };
                if key.eq_ignore_ascii_case("samplerate") {
                    let rate = text::rate(value).ok_or_else(|| {
                        WaveError::bad(lines.place(), format!("'{}' is no samplerate", value.trim()))
                    })?;
                    own = Some(rate);
                } else if key.starts_with("Channels") {
                    names = value.split(',').map(|name| name.trim().to_owned()).collect();
                }
            }
            None if line.is_empty() => {}
            None => break line,
        }
    };
    let fields: Vec<String> =
        heading.split(',').map(|field| field.trim().trim_matches('"').to_owned()).collect();
    refuse_tables(&fields)?;
    let zeros = time_unit(&fields[0]);
    let is_row = |field: &String| matches!(field.as_str(), "0" | "1");
    let timebase = if zeros.is_some() {
        no_rate(rate)?;
        Timebase::PICO
    } else {
        let plausible = fields.iter().all(is_row) || !names.is_empty() || own.is_some() || rate.is_some();
        if !plausible {
            return Err(WaveError::bad(lines.place(), text::UNKNOWN));
        }
        settle_rate(own.filter(|rate| *rate > 0), rate)?
    };
    let columns = &fields[usize::from(zeros.is_some())..];
    let headed = !columns.iter().all(is_row);
    if headed && !lines.advance()? {
        return Err(WaveError::bad(lines.place(), "the file ends before a row of values"));
    }
    let useful = headed && columns.iter().all(|field| field != "logic" && !field.is_empty());
    let channels = (0..columns.len())
        .map(|index| {
            let name = if useful {
                columns[index].clone()
            } else if names.len() == columns.len() {
                names[index].clone()
            } else {
                (index + 1).to_string()
            };
            Channel { full: name.clone(), name, index }
        })
        .collect();
    Ok(Recording {
        source: Source::Csv(Body { lines, zeros }),
        channels,
        timebase,
        threshold: None,
        notes: Vec::new(),
    })
}

/// Tables of characters that another program decoded.
fn refuse_tables(fields: &[String]) -> Result<(), WaveError> {
    let is =
        |index: usize, name: &str| fields.get(index).is_some_and(|field| field.eq_ignore_ascii_case(name));
    if (is(0, "name") && is(1, "type")) || (is(1, "Value") && is(2, "Parity Error")) {
        return Err(WaveError::Unsupported(
            "this is a table of decoded characters; export the raw data".to_owned(),
        ));
    }
    Ok(())
}

/// `Time [us]` and the like: places from its unit to a picosecond.
fn time_unit(heading: &str) -> Option<i32> {
    let rest = heading.strip_prefix("Time").or_else(|| heading.strip_prefix("time"))?;
    match rest.trim().trim_matches(['[', ']', '(', ')']) {
        "" | "s" => Some(12),
        "ms" => Some(9),
        "us" | "\u{B5}s" | "\u{3BC}s" => Some(6),
        "ns" => Some(3),
        "ps" => Some(0),
        _ => None,
    }
}

impl<R: BufRead> Body<R> {
    pub(super) fn read(mut self, index: usize, track: &mut Track) -> Step {
        let lines = &mut self.lines;
        let column = index + usize::from(self.zeros.is_some());
        let mut row = 0_i64;
        loop {
            let line = lines.line();
            if !line.is_empty() && line[0] != b';' {
                let at = match self.zeros {
                    None => row,
                    Some(zeros) => {
                        let field = line.split(|byte| *byte == b',').next().unwrap_or_default().trim_ascii();
                        text::decimal(field, zeros).ok_or_else(|| {
                            let found = shown(field);
                            let what = format!("a time below 106 days was expected, not {found}");
                            WaveError::bad(lines.place(), what)
                        })?
                    }
                };
                let field = line.split(|byte| *byte == b',').nth(column).unwrap_or_default().trim_ascii();
                match field {
                    b"0" | b"1" => {
                        track.time(at, || lines.place())?;
                        track.level(if field == b"1" { Level::High } else { Level::Low });
                    }
                    b"X" | b"x" => track.gap(at, || lines.place())?,
                    _ => {
                        let what =
                            format!("0, 1 or X was expected in column {}, not {}", column + 1, shown(field));
                        return Err(WaveError::bad(lines.place(), what).into());
                    }
                }
                row += 1;
            }
            if !lines.advance()? {
                break;
            }
        }
        if self.zeros.is_none() && row > 0 {
            return track.gap(row, || lines.place());
        }
        track.end()
    }
}
