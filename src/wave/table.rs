//! Tables of voltages: what oscilloscopes export as CSV, and sigrok of analog channels.
//!
//! ```text
//! X,CH1,Start,Increment,             an older Rigol: a number, not a time, and how to make one of it
//! Sequence,Volt,-6.0e-03,1.0e-06
//! 0,4.75,
//!
//! Time(s),CH1V                       a newer one; Digilent; Hantek with a column of numbers before it
//! Source,CH1                         Siglent, below a head of names and values
//! Second,Volt
//! ; Samplerate: 1 MHz                sigrok: no column of times
//! ```
//!
//! Makers and models differ, so the rows are looked at first: data are the rows at the end of the file's first
//! part that have numbers in the same columns, what is above them is the head. Fields are parted by `,`, `;`,
//! tabs or blanks; with any but the first a decimal comma is one.
//!
//! Times are printed with few digits. Where they advance evenly but for the last digit, a sample's time is
//! computed from the first, the last and their number. Facts: `docs/waveforms.md`.

mod layout;

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Seek, SeekFrom};

use super::analog::Samples;
use super::text::{Lines, shown};
use super::track::{Step, Stop, Track};
use super::{Channel, Place, Recording, Source, Threshold, Timebase, WaveError, analog, no_rate};

pub(super) use layout::Layout;
use layout::{Clock, fields, number};

/// Takes a row's clock and voltage, as text, and where it is.
type EachRow<'e> = dyn FnMut(&[u8], &[u8], &Place) -> Step + 'e;

/// A table whose head is known.
#[derive(Debug)]
pub(super) struct Body<R> {
    source: BufReader<R>,
    layout: Layout,
    /// Seconds from one row to the next, where there is no column of times.
    step: Option<f64>,
}

pub(super) fn open<R: Read + Seek>(
    source: BufReader<R>,
    layout: Layout,
    rate: Option<u64>,
) -> Result<Recording<R>, WaveError> {
    let step = match (layout.clock, layout.interval) {
        (Clock::Times { .. }, interval) => {
            no_rate(rate)?;
            interval
        }
        (Clock::Numbers { .. } | Clock::Rows, Some(interval)) => {
            no_rate(rate.filter(|rate| (interval * *rate as f64 - 1.0).abs() > 1e-3))?;
            Some(interval)
        }
        (Clock::Numbers { .. } | Clock::Rows, None) => {
            Some(1.0 / rate.filter(|rate| *rate > 0).ok_or(WaveError::NoRate)? as f64)
        }
    };
    let channels = layout
        .channels
        .iter()
        .map(|channel| Channel { name: channel.name.clone(), full: channel.name.clone(), index: channel.at })
        .collect();
    let body = Body { source, layout, step };
    let source = Source::Table(Box::new(body));
    Ok(Recording { source, channels, timebase: Timebase::PICO, threshold: None, notes: Vec::new() })
}

impl<R: Read + Seek> Body<R> {
    pub(super) fn read(mut self, column: usize, given: Option<Threshold>, track: &mut Track) -> Step {
        let scale = self.layout.channels.iter().find(|one| one.at == column).map_or(1.0, |one| one.scale);
        let spacing = self.spacing()?;
        let mut voltages = Voltages { body: &mut self, column, scale, spacing };
        analog::read(&mut voltages, given, track)
    }

    /// Tells every row's clock and voltage, as text, with its line; damage ends it.
    fn rows(&mut self, column: Option<usize>, each: &mut EachRow) -> Step {
        self.source.seek(SeekFrom::Start(0))?;
        let mut lines = Lines::new(&mut self.source);
        for _ in 0..self.layout.head {
            lines.advance()?;
        }
        let clock = match self.layout.clock {
            Clock::Times { column, .. } | Clock::Numbers { column } => Some(column),
            Clock::Rows => None,
        };
        while lines.advance()? {
            let line = lines.line();
            if line.trim_ascii().is_empty() || line.starts_with(b"#") {
                continue;
            }
            let (mut time, mut value) = (&b""[..], &b""[..]);
            for (index, field) in fields(line, self.layout.separator).enumerate() {
                if clock == Some(index) {
                    time = field;
                }
                if column == Some(index) {
                    value = field;
                }
            }
            each(time, value, &lines.place())?;
        }
        Ok(())
    }

    /// Looks through the times.
    fn spacing(&mut self) -> Result<Spacing, Stop> {
        let comma = self.layout.comma();
        let (unit, offset) = match self.layout.clock {
            Clock::Rows => {
                return Ok(Spacing::Even { first: self.layout.start, step: self.step.unwrap_or(1.0) });
            }
            Clock::Numbers { .. } => (self.step.unwrap_or(1.0), self.layout.start),
            Clock::Times { unit, .. } => (unit, 0.0),
        };
        let (mut first, mut last, mut count) = (0.0, 0.0, 0_u64);
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        // How many rows have which last digit.
        let mut digits: BTreeMap<i32, u64> = BTreeMap::new();
        let mut backwards = None;
        let looked = self.rows(None, &mut |time, _, place| {
            let Some(at) = number(time, comma) else {
                return Err(not_a(place, "a time", time).into());
            };
            if count == 0 {
                first = at;
            } else {
                let step = at - last;
                least = least.min(step);
                most = most.max(step);
                if step < 0.0 {
                    backwards.get_or_insert_with(|| place.clone());
                }
            }
            *digits.entry(last_digit(time)).or_default() += 1;
            last = at;
            count += 1;
            Ok(())
        });
        match looked {
            // The same damage is met again behind the rows before it.
            Err(stop) if count < 2 => return Err(stop),
            _ => {}
        }
        let step = (last - first) / (count.max(2) - 1) as f64;
        // Some print 1 for 1.000: the few coarsest do not count.
        let mut coarser = 0;
        let digit = digits.iter().rev().find(|(_, rows)| {
            coarser += **rows;
            coarser * 10 >= count
        });
        let rounding = digit.map_or(0.0, |(place, _)| 10_f64.powi(*place)) * 1.01 + step.abs() * 1e-6;
        if step > 0.0 && most - least <= rounding && backwards.is_none() {
            return Ok(Spacing::Even { first: offset + first * unit, step: step * unit });
        }
        if least > 0.0 {
            return Ok(Spacing::Told { offset, unit });
        }
        if let (Some(step), None) = (self.step, backwards.as_ref()) {
            return Ok(Spacing::Even { first: offset + first * unit, step });
        }
        let place = backwards.unwrap_or(Place::Line(self.layout.head + 1));
        Err(WaveError::bad(place, "the times do not grow, and the head does not tell the interval").into())
    }
}

/// When samples were taken.
#[derive(Clone, Copy, Debug)]
enum Spacing {
    /// In seconds.
    Even { first: f64, step: f64 },
    /// As the rows say: an offset in seconds, and what their numbers count.
    Told { offset: f64, unit: f64 },
}

struct Voltages<'b, R> {
    body: &'b mut Body<R>,
    column: usize,
    scale: f64,
    spacing: Spacing,
}

impl<R: Read + Seek> Samples for Voltages<'_, R> {
    fn is_uneven(&self) -> bool {
        matches!(self.spacing, Spacing::Told { .. })
    }

    fn pass(&mut self, each: &mut dyn FnMut(i64, f64, u64) -> Step) -> Result<i64, Stop> {
        let comma = self.body.layout.comma();
        let (scale, spacing) = (self.scale, self.spacing);
        let (mut row, mut last) = (0_u64, i64::MIN);
        let column = self.column;
        self.body.rows(Some(column), &mut |time, value, place| {
            let Some(value) = number(value, comma) else {
                return Err(not_a(place, &format!("a voltage in column {}", column + 1), value).into());
            };
            let seconds = match spacing {
                Spacing::Even { first, step } => first + row as f64 * step,
                Spacing::Told { offset, unit } => {
                    let Some(at) = number(time, comma) else {
                        return Err(not_a(place, "a time", time).into());
                    };
                    offset + at * unit
                }
            };
            let at = analog::picoseconds(seconds)
                .ok_or_else(|| WaveError::bad(place.clone(), "a time within 106 days was expected"))?;
            if at < last {
                return Err(WaveError::bad(place.clone(), "time runs backwards").into());
            }
            (last, row) = (at, row + 1);
            each(at, value * scale, 1)
        })?;
        let end = match spacing {
            Spacing::Even { first, step } => analog::picoseconds(first + row as f64 * step),
            Spacing::Told { .. } => None,
        };
        Ok(end.unwrap_or(last).max(last))
    }
}

fn not_a(place: &Place, what: &str, found: &[u8]) -> WaveError {
    WaveError::bad(place.clone(), format!("{what} was expected, not {}", shown(found)))
}

/// The power of ten that the last printed digit of a number counts.
fn last_digit(text: &[u8]) -> i32 {
    let split = text.iter().position(|byte| matches!(byte, b'e' | b'E'));
    let (mantissa, exponent) = text.split_at(split.unwrap_or(text.len()));
    let exponent = std::str::from_utf8(exponent.get(1..).unwrap_or_default()).ok();
    let exponent: i32 = exponent.and_then(|text| text.parse().ok()).unwrap_or(0);
    let point = mantissa.iter().position(|byte| matches!(byte, b'.' | b','));
    let places = point.map_or(0, |at| mantissa.len() - at - 1) as i32;
    exponent.saturating_sub(places).clamp(-300, 300)
}
