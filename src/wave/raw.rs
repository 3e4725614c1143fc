//! Raw samples without any head: bytes, words, or one bit a sample, packed.
//!
//! Nothing in such a file tells what it is, so the user says how large a sample is and how many there are in
//! a second. A channel's name is the number of its bit. Facts: `docs/waveforms.md`.

use std::io::{BufRead, BufReader, Read};

use super::track::{Step, Track};
use super::{Channel, Place, Raw, Recording, Source, WaveError, settle_rate};
use crate::line::Level;

/// The samples.
#[derive(Debug)]
pub(super) struct Body<R> {
    source: R,
    raw: Raw,
}

pub(super) fn open<R: Read>(
    source: BufReader<R>,
    raw: Raw,
    rate: Option<u64>,
) -> Result<Recording<R>, WaveError> {
    let timebase = settle_rate(None, rate)?;
    let bits = match raw {
        Raw::Bytes(size) => usize::from(size.clamp(1, 8)) * 8,
        Raw::LowestFirst | Raw::HighestFirst => 1,
    };
    let channels =
        (0..bits).map(|index| Channel { name: index.to_string(), full: index.to_string(), index }).collect();
    Ok(Recording {
        source: Source::Raw(Body { source, raw }),
        channels,
        timebase,
        threshold: None,
        notes: Vec::new(),
    })
}

impl<R: BufRead> Body<R> {
    pub(super) fn read(mut self, bit: usize, track: &mut Track) -> Step {
        // Samples, and bytes, before the buffer at hand.
        let (mut sample, mut offset) = (0_i64, 0_u64);
        let mut high = None;
        let mut set = |sample: i64, now: bool, track: &mut Track| -> Step {
            if high != Some(now) {
                high = Some(now);
                track.time(sample, || Place::Offset(0))?;
                track.level(if now { Level::High } else { Level::Low });
            }
            Ok(())
        };
        let size = match self.raw {
            Raw::Bytes(size) => u64::from(size.clamp(1, 8)),
            Raw::LowestFirst | Raw::HighestFirst => 1,
        };
        loop {
            let bytes = self.source.fill_buf()?;
            if bytes.is_empty() {
                break;
            }
            match self.raw {
                Raw::Bytes(_) => {
                    let mask = 1_u8 << (bit % 8);
                    let mine = bit as u64 / 8;
                    for (at, byte) in (offset..).zip(bytes) {
                        if at % size == mine {
                            set((at / size) as i64, byte & mask != 0, track)?;
                        }
                    }
                    sample = ((offset + bytes.len() as u64) / size) as i64;
                }
                Raw::LowestFirst | Raw::HighestFirst => {
                    for byte in bytes {
                        for place in 0..8 {
                            let place = if self.raw == Raw::LowestFirst { place } else { 7 - place };
                            set(sample, byte >> place & 1 == 1, track)?;
                            sample += 1;
                        }
                    }
                }
            }
            let used = bytes.len();
            offset += used as u64;
            self.source.consume(used);
        }
        if offset == 0 {
            return Err(WaveError::bad(Place::Offset(0), "the file is empty").into());
        }
        if !offset.is_multiple_of(size) {
            let what = format!("the file ends inside a sample of {size} bytes");
            return Err(WaveError::bad(Place::Offset(offset), what).into());
        }
        track.time(sample, || Place::Offset(offset))?;
        track.end()
    }
}
