//! Saleae Logic 2's analog binary export, version 0: voltages as floats.
//!
//! ```text
//! <SALEAE>  i32 version 0  i32 type 1  f64 begin  u64 rate  u64 downsample  u64 n  n x f32
//! ```
//!
//! All of it little endian. Of `downsample` samples at `rate` one is in the file. Facts: `docs/waveforms.md`.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use super::analog::{self, Samples};
use super::track::{Step, Stop, Track};
use super::{Channel, Place, Recording, Source, Threshold, Timebase, WaveError};

/// Where the voltages begin.
const HEAD: u64 = 48;

/// The voltages.
#[derive(Debug)]
pub(super) struct Body<R> {
    source: BufReader<R>,
    /// Seconds.
    begin: f64,
    step: f64,
    count: u64,
}

pub(super) fn open<R: Read + Seek>(mut source: BufReader<R>) -> Result<Recording<R>, WaveError> {
    let mut head = [0; HEAD as usize];
    source.read_exact(&mut head).map_err(|error| short(error, 16))?;
    let word = |at: usize| {
        let mut bytes = [0; 8];
        bytes.iter_mut().zip(head.iter().skip(at)).for_each(|(to, from)| *to = *from);
        u64::from_le_bytes(bytes)
    };
    let (begin, rate, downsample, count) = (f64::from_bits(word(16)), word(24), word(32), word(40));
    if rate == 0 || downsample == 0 {
        return Err(WaveError::bad(
            Place::Offset(24),
            "a sample rate and a divisor of 1 or more were expected",
        ));
    }
    if analog::picoseconds(begin).is_none() {
        return Err(WaveError::bad(Place::Offset(16), "a time within 106 days was expected"));
    }
    let name = "analog".to_owned();
    let channels = vec![Channel { full: name.clone(), name, index: 0 }];
    let body = Body { source, begin, step: downsample as f64 / rate as f64, count };
    let source = Source::SaleaeAnalog(body);
    Ok(Recording { source, channels, timebase: Timebase::PICO, threshold: None, notes: Vec::new() })
}

fn short(error: io::Error, offset: u64) -> WaveError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => WaveError::bad(Place::Offset(offset), "the file ends too early"),
        _ => error.into(),
    }
}

impl<R: Read + Seek> Samples for Body<R> {
    fn pass(&mut self, each: &mut dyn FnMut(i64, f64, u64) -> Step) -> Result<i64, Stop> {
        self.source.seek(SeekFrom::Start(HEAD))?;
        let mut bytes = [0; 4];
        for sample in 0..=self.count {
            let offset = HEAD.saturating_add(sample.saturating_mul(4));
            let at = analog::picoseconds(self.begin + sample as f64 * self.step).ok_or_else(|| {
                WaveError::bad(Place::Offset(offset), "a time within 106 days was expected")
            })?;
            if sample == self.count {
                return Ok(at);
            }
            self.source.read_exact(&mut bytes).map_err(|error| short(error, offset))?;
            each(at, f64::from(f32::from_le_bytes(bytes)), 1)?;
        }
        Ok(0)
    }
}

impl<R: Read + Seek> Body<R> {
    pub(super) fn read(mut self, given: Option<Threshold>, track: &mut Track) -> Step {
        analog::read(&mut self, given, track)
    }
}
