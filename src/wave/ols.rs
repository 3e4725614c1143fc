//! The text of the Open Bench Logic Sniffer's client, which sigrok writes as well.
//!
//! ```text
//! ;Rate: 1000000        samples a second
//! ;Channels: 8
//! 0000000f@1200         from this sample on these are the channels' levels, in hexadecimal
//! ```
//!
//! A channel's name is the number of its bit. Facts: `docs/waveforms.md`.

use std::io::{BufRead, BufReader, Read};

use super::text::{self, Lines, shown};
use super::track::{Step, Track};
use super::{Channel, Recording, Source, WaveError, settle_rate};
use crate::line::Level;

/// The rows.
#[derive(Debug)]
pub(super) struct Body<R> {
    /// The line at hand is the first row.
    lines: Lines<R>,
    /// The sample at which the recording ends, if the head tells.
    length: Option<i64>,
}

/// The levels and the sample of a row.
fn row(line: &[u8]) -> Option<(u64, i64)> {
    let at = line.iter().position(|byte| *byte == b'@')?;
    let digits = std::str::from_utf8(line.get(..at)?).ok()?.trim();
    let sample = std::str::from_utf8(line.get(at + 1..)?).ok()?.trim();
    if digits.starts_with('+') || sample.starts_with('+') {
        return None;
    }
    let sample: i64 = sample.parse().ok().filter(|sample| *sample >= 0)?;
    Some((u64::from_str_radix(digits, 16).ok()?, sample))
}

/// Whether a file that begins so is one.
pub(super) fn is_this(head: &[u8]) -> bool {
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    lines.find(|line| !line.starts_with(b";")).is_some_and(|line| row(line).is_some())
}

pub(super) fn open<R: Read>(source: BufReader<R>, rate: Option<u64>) -> Result<Recording<R>, WaveError> {
    let mut lines = Lines::new(source);
    let (mut own, mut count, mut length) = (None, 32, None);
    while lines.advance()? {
        let line = String::from_utf8_lossy(lines.line()).trim().to_owned();
        let Some(comment) = line.strip_prefix(';') else {
            if line.is_empty() {
                continue;
            }
            break;
        };
        let Some((key, value)) = comment.split_once(':') else { continue };
        let value = value.trim();
        let bad = |what: &str| WaveError::bad(lines.place(), format!("'{value}' is no {what}"));
        match key.trim() {
            "Rate" => own = Some(text::rate(value).ok_or_else(|| bad("rate"))?),
            "Channels" => {
                let channels = value.parse().ok().filter(|channels| (1..=64).contains(channels));
                count = channels.ok_or_else(|| bad("number of channels from 1 to 64"))?;
            }
            "AbsoluteLength" => length = value.parse().ok().filter(|length| *length >= 0),
            _ => {}
        }
    }
    let timebase = settle_rate(own.filter(|rate| *rate > 0), rate)?;
    let channels =
        (0..count).map(|index| Channel { name: index.to_string(), full: index.to_string(), index }).collect();
    Ok(Recording {
        source: Source::Ols(Body { lines, length }),
        channels,
        timebase,
        threshold: None,
        notes: Vec::new(),
    })
}

impl<R: BufRead> Body<R> {
    pub(super) fn read(mut self, bit: usize, track: &mut Track) -> Step {
        let lines = &mut self.lines;
        let mut end = self.length.unwrap_or(0);
        loop {
            let line = lines.line();
            if !line.is_empty() && !line.starts_with(b";") {
                let Some((levels, sample)) = row(line) else {
                    let what = format!("HEX@SAMPLE was expected, not {}", shown(line));
                    return Err(WaveError::bad(lines.place(), what).into());
                };
                track.time(sample, || lines.place())?;
                track.level(if levels >> bit & 1 == 1 { Level::High } else { Level::Low });
                end = end.max(sample.saturating_add(1));
            }
            if !lines.advance()? {
                break;
            }
        }
        track.gap(end, || lines.place())
    }
}
