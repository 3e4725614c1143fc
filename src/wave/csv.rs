//! CSV: Saleae Logic 2's digital export, sigrok's, and `PulseView`'s with a column of times.
//!
//! ```text
//! Time [s],RX,TX                    a row for each change; the first row is the initial state
//! ; Samplerate: 625 kHz             a row for each sample; comments begin with ;
//! ```
//!
//! Times are read exactly, in picoseconds; where they are dates they count from the first one. `X` is "no
//! data": a gap. Where fields are parted by `;` or tabs a decimal comma is one, and fields may be quoted. A table
//! of decoded characters is known by its heading, and said to be one. Facts: `docs/waveforms.md`.

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
    separator: u8,
    /// The first row's time where times are dates, in picoseconds.
    begin: Option<i128>,
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
                if key.replace(' ', "").eq_ignore_ascii_case("samplerate") {
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
    let separator =
        [b',', b';', b'\t'].into_iter().find(|one| heading.as_bytes().contains(one)).unwrap_or(b',');
    let fields: Vec<String> = heading
        .as_bytes()
        .split(|byte| *byte == separator)
        .map(|field| String::from_utf8_lossy(text::bare(field)).into_owned())
        .collect();
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
    // A channel's name may be 0, too.
    let headed = zeros.is_some() || !columns.iter().all(is_row);
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
        source: Source::Csv(Body { lines, zeros, separator, begin: None }),
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
    let rest = match heading.find(['[', '(']) {
        Some(at) => heading.get(at..)?,
        None if matches!(heading, "Time" | "time" | "Timestamp" | "timestamp") => "",
        None => heading.strip_prefix("Time").or_else(|| heading.strip_prefix("time"))?,
    };
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
                let field = |column: usize| {
                    let mut fields = line.split(|byte| *byte == self.separator);
                    text::bare(fields.nth(column).unwrap_or_default())
                };
                let at = match self.zeros {
                    None => row,
                    Some(zeros) => {
                        let field = field(0);
                        let comma = self.separator != b',';
                        time(field, zeros, comma, &mut self.begin).ok_or_else(|| {
                            let found = shown(field);
                            let what = format!("a time below 106 days was expected, not {found}");
                            WaveError::bad(lines.place(), what)
                        })?
                    }
                };
                let field = field(column);
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

/// A time in picoseconds: a number, or a date and a time of day, of which the first is zero.
fn time(field: &[u8], zeros: i32, comma: bool, begin: &mut Option<i128>) -> Option<i64> {
    if comma && field.contains(&b',') {
        return text::decimal(
            &field.iter().map(|b| if *b == b',' { b'.' } else { *b }).collect::<Vec<u8>>(),
            zeros,
        );
    }
    if let Some(at) = text::decimal(field, zeros) {
        return Some(at);
    }
    let at = text::moment(field)?;
    i64::try_from(at - *begin.get_or_insert(at)).ok()
}
