//! Saleae Logic 2's digital binary export, versions 0 and 1: times of transitions as seconds in doubles.
//!
//! ```text
//! <SALEAE>  i32 version  i32 type
//!   version 0: u32 initial state  f64 begin  f64 end  u64 n  n x f64
//!   version 1: u64 chunks, each: u32 initial state  f64 rate  f64 begin  f64 end  u64 n  n x f64
//! ```
//!
//! All of it little endian. A double tells a picosecond apart up to a thousand seconds, so times are taken
//! in whole picoseconds. Between chunks there may be gaps. Facts: `docs/waveforms.md`.

use std::io::{self, BufRead, BufReader, Read};

use super::track::{Step, Track};
use super::{Channel, Place, Recording, Source, Timebase, WaveError};
use crate::line::Level;

/// The transitions of a binary export.
#[derive(Debug)]
pub(super) struct Body<R> {
    input: Input<R>,
    version: u32,
}

#[derive(Debug)]
struct Input<R> {
    source: R,
    offset: u64,
}

impl<R: Read> Input<R> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], WaveError> {
        let mut bytes = [0; N];
        self.source.read_exact(&mut bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                WaveError::bad(Place::Offset(self.offset), "the file ends too early")
            }
            _ => error.into(),
        })?;
        self.offset += N as u64;
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, WaveError> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, WaveError> {
        self.take().map(u64::from_le_bytes)
    }

    /// Seconds as picoseconds.
    fn time(&mut self) -> Result<i64, WaveError> {
        let place = self.place();
        ticks(self.take()?, || place)
    }

    const fn place(&self) -> Place {
        Place::Offset(self.offset)
    }
}

/// Seconds as picoseconds.
fn ticks(bytes: [u8; 8], place: impl FnOnce() -> Place) -> Result<i64, WaveError> {
    let exact = f64::from_le_bytes(bytes) * 1e12;
    if exact.abs() < 9.2e18 {
        // To the nearest; `round` is a call on processors that are as old as we allow.
        let whole = exact as i64;
        let rest = exact - whole as f64;
        Ok(whole + i64::from(rest >= 0.5) - i64::from(rest <= -0.5))
    } else {
        Err(WaveError::bad(place(), "a time within 106 days was expected"))
    }
}

pub(super) fn open<R: Read>(source: BufReader<R>) -> Result<Recording<R>, WaveError> {
    let mut input = Input { source, offset: 0 };
    input.take::<8>()?;
    let version = input.u32()?;
    if version > 1 {
        return Err(WaveError::bad(Place::Offset(8), format!("version 0 or 1 was expected, not {version}")));
    }
    match input.u32()? {
        0 => {}
        1 => {
            return Err(WaveError::Unsupported(
                "this is an analog export; export the digital channel".to_owned(),
            ));
        }
        kind => {
            return Err(WaveError::bad(
                Place::Offset(12),
                format!("type 0, digital, was expected, not {kind}"),
            ));
        }
    }
    let name = "digital".to_owned();
    let channels = vec![Channel { full: name.clone(), name, index: 0 }];
    let body = Body { input, version };
    Ok(Recording {
        source: Source::Saleae(body),
        channels,
        timebase: Timebase::PICO,
        threshold: None,
        notes: Vec::new(),
    })
}

impl<R: BufRead> Body<R> {
    pub(super) fn read(mut self, track: &mut Track) -> Step {
        let input = &mut self.input;
        let chunks = if self.version == 0 { 1 } else { input.u64()? };
        let mut last_end = None;
        for _ in 0..chunks {
            let place = input.place();
            let mut high = match input.u32()? {
                0 => false,
                1 => true,
                state => {
                    let what = format!("an initial state of 0 or 1 was expected, not {state}");
                    return Err(WaveError::bad(place, what).into());
                }
            };
            if self.version == 1 {
                // The rate: times are in seconds, and nothing needs it.
                input.take::<8>()?;
            }
            let place = input.place();
            let (begin, end) = (input.time()?, input.time()?);
            if last_end.is_some_and(|last| begin < last) {
                return Err(WaveError::bad(place, "time runs backwards").into());
            }
            if last_end.is_some_and(|last| begin > last) {
                track.end()?;
            }
            track.time(begin, || place)?;
            track.level(level(high));
            let mut left = input.u64()?;
            while left > 0 {
                // As many as are in memory, or one that is not whole there.
                let offset = input.offset;
                let ahead = input.source.fill_buf().map_err(WaveError::from)?;
                let mut whole = ahead.chunks_exact(8).take(usize::try_from(left).unwrap_or(usize::MAX));
                let mut taken = 0;
                let result: Step = whole.try_for_each(|bytes| {
                    let place = || Place::Offset(offset + taken);
                    let at = ticks(bytes.try_into().unwrap_or_default(), place)?;
                    track.time(at, place)?;
                    high = !high;
                    track.level(level(high));
                    taken += 8;
                    Ok(())
                });
                input.source.consume(taken as usize);
                input.offset += taken;
                left -= taken / 8;
                result?;
                if taken == 0 {
                    let place = input.place();
                    let at = input.time()?;
                    track.time(at, || place)?;
                    high = !high;
                    track.level(level(high));
                    left -= 1;
                }
            }
            track.time(end, || input.place())?;
            last_end = Some(end);
        }
        track.end()
    }
}

const fn level(high: bool) -> Level {
    if high { Level::High } else { Level::Low }
}
