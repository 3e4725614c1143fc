//! Analog channels of a session: members `analog-1-CHANNEL-CHUNK` of volts as 32-bit floats.

use std::io::{Read, Seek};

use zip::ZipArchive;

use super::work::{VOLTAGE, Work};
use super::{of_io, of_zip};
use crate::wave::analog::{PARTS, Samples};
use crate::wave::track::{Step, Stop};
use crate::wave::{Place, WaveError};

/// Samples that are all as the one before them are counted in blocks of so many.
const BLOCK: usize = 16;

/// The samples of one analog channel.
pub(super) struct Volts<'a, R> {
    pub(super) archive: &'a mut ZipArchive<R>,
    pub(super) members: Vec<String>,
    pub(super) work: Work,
}

impl<R: Read + Seek> Samples for Volts<'_, R> {
    fn pass(&mut self, each: &mut dyn FnMut(i64, f64, u64) -> Step) -> Result<i64, Stop> {
        let mut buffer = vec![0; 1 << 16];
        let mut held = 0;
        let mut runs = Runs { last: None, more: 0, at: 0, work: &mut self.work, each };
        for name in &self.members {
            let place = || Place::Member(name.clone());
            let mut member = self.archive.by_name(name).map_err(|error| of_zip(error, place()))?;
            loop {
                let room = buffer.get_mut(held..).unwrap_or_default();
                let read = member.read(room).map_err(|error| of_io(error, place()))?;
                if read == 0 {
                    break;
                }
                held += read;
                let (floats, rest) = buffer.get(..held).unwrap_or_default().as_chunks::<4>();
                runs.take(floats)?;
                let (whole, rest) = (held - rest.len(), rest.len());
                buffer.copy_within(whole..held, 0);
                held = rest;
            }
        }
        if held > 0 {
            let last = self.members.last().cloned().unwrap_or_default();
            return Err(WaveError::bad(Place::Member(last), "it ends inside a sample").into());
        }
        Ok(runs.at)
    }
}

/// Samples of the same voltage are told together.
struct Runs<'a> {
    last: Option<[u8; 4]>,
    /// Samples like the last that are not told yet.
    more: u64,
    at: i64,
    work: &'a mut Work,
    each: &'a mut dyn FnMut(i64, f64, u64) -> Step,
}

impl Runs<'_> {
    fn take(&mut self, floats: &[[u8; 4]]) -> Step {
        self.work.spend(4 * floats.len() as u64)?;
        for block in floats.chunks(BLOCK) {
            if let Some(last) = self.last
                && block.iter().all(|float| *float == last)
            {
                self.skip(block.len());
                continue;
            }
            for float in block {
                if self.last == Some(*float) {
                    self.skip(1);
                    continue;
                }
                self.tell()?;
                self.work.spend(VOLTAGE)?;
                self.last = Some(*float);
                (self.each)(self.at, f64::from(f32::from_le_bytes(*float)), 1)?;
                self.at += PARTS as i64;
            }
        }
        self.tell()
    }

    fn skip(&mut self, samples: usize) {
        self.more += samples as u64;
        self.at += (PARTS * samples as u64) as i64;
    }

    fn tell(&mut self) -> Step {
        if let (Some(last), 1..) = (self.last, self.more) {
            let more = std::mem::take(&mut self.more);
            (self.each)(self.at - PARTS as i64, f64::from(f32::from_le_bytes(last)), more)?;
        }
        Ok(())
    }
}
