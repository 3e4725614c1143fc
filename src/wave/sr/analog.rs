//! Analog channels of a session: members `analog-1-CHANNEL-CHUNK` of volts as 32-bit floats.

use std::io::{Read, Seek};

use zip::ZipArchive;

use super::{limit, of_io, of_zip};
use crate::wave::analog::{PARTS, Samples};
use crate::wave::track::{Step, Stop};
use crate::wave::{Place, WaveError};

/// The samples of one analog channel.
pub(super) struct Volts<'a, R> {
    pub(super) archive: &'a mut ZipArchive<R>,
    pub(super) members: Vec<String>,
}

impl<R: Read + Seek> Samples for Volts<'_, R> {
    fn pass(&mut self, each: &mut dyn FnMut(i64, f64) -> Step) -> Result<i64, Stop> {
        limit(self.archive, &self.members)?;
        let mut buffer = vec![0; 1 << 16];
        let (mut held, mut at) = (0, 0_i64);
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
                for float in floats {
                    each(at, f64::from(f32::from_le_bytes(*float)))?;
                    at += PARTS as i64;
                }
                let (whole, rest) = (held - rest.len(), rest.len());
                buffer.copy_within(whole..held, 0);
                held = rest;
            }
        }
        if held > 0 {
            let last = self.members.last().cloned().unwrap_or_default();
            return Err(WaveError::bad(Place::Member(last), "it ends inside a sample").into());
        }
        Ok(at)
    }
}
