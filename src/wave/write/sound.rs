//! A WAV file: PCM of 16 bits, a channel for each line.
//!
//! Sample n is the mean of the line from half a sample before n to half a sample behind it. An edge between
//! two samples makes one of them lie in between, and its place is found again from that.

use std::io::{self, Seek, SeekFrom, Write};

use crate::line::{Edge, Level};
use crate::time::Stamp;

/// Most bytes of samples: sizes in a WAV file have 32 bits.
pub(super) const MOST_BYTES: u64 = u32::MAX as u64 - 100;
const FASTEST: u64 = 100_000_000;
/// Three quarters of full scale, so that nothing that filters the sound clips.
const AMPLITUDE: i64 = 24_576;
/// A sample's length, in nanoseconds times samples a second.
const SAMPLE: u64 = 1_000_000_000;

#[derive(Debug)]
pub(super) struct Sound<W> {
    out: W,
    rate: u64,
    levels: Vec<Level>,
    /// Samples that were written.
    done: u64,
    /// How far into the sample at hand the line is known, up to [`SAMPLE`].
    into: u64,
    /// How much of that each channel was high.
    high: Vec<u64>,
    frame: Vec<u8>,
}

impl<W: Write + Seek> Sound<W> {
    pub(super) fn begin(mut out: W, rate: u64, levels: &[Level]) -> io::Result<Sound<W>> {
        let rate = rate.clamp(1, FASTEST);
        out.write_all(&head(rate, levels.len() as u64, 0))?;
        let high = vec![0; levels.len()];
        Ok(Sound { out, rate, levels: levels.to_vec(), done: 0, into: 0, high, frame: Vec::new() })
    }

    pub(super) fn edge(&mut self, channel: usize, edge: Edge) -> io::Result<()> {
        self.advance(edge.at)?;
        if let Some(level) = self.levels.get_mut(channel) {
            *level = edge.level;
        }
        Ok(())
    }

    pub(super) fn end(mut self, at: Stamp) -> io::Result<W> {
        self.advance(at)?;
        if self.done == 0 {
            self.whole()?;
        }
        self.out.seek(SeekFrom::Start(0))?;
        let channels = self.levels.len() as u64;
        self.out.write_all(&head(self.rate, channels, self.done * channels * 2))?;
        self.out.seek(SeekFrom::End(0))?;
        Ok(self.out)
    }

    /// The levels of now hold up to `at`.
    fn advance(&mut self, at: Stamp) -> io::Result<()> {
        // Half a sample late: what lies before zero is as at zero.
        let to = u128::from(at.0) * u128::from(self.rate) + u128::from(SAMPLE / 2);
        let now = |sound: &Sound<W>| u128::from(sound.done) * u128::from(SAMPLE) + u128::from(sound.into);
        while now(self) < to {
            if self.into == SAMPLE {
                self.whole()?;
                continue;
            }
            let part = (to - now(self)).min(u128::from(SAMPLE - self.into)) as u64;
            self.into += part;
            for (high, level) in self.high.iter_mut().zip(&self.levels) {
                *high += if *level == Level::High { part } else { 0 };
            }
            if self.into == SAMPLE {
                self.whole()?;
            }
        }
        Ok(())
    }

    /// Writes the sample at hand.
    fn whole(&mut self) -> io::Result<()> {
        let size = self.levels.len() as u64 * 2;
        if (self.done + 1) * size > MOST_BYTES {
            let what = "a WAV file ends at 4 GiB; take a lower rate";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        self.frame.clear();
        for (high, level) in self.high.iter_mut().zip(&self.levels) {
            // Only an empty recording has a sample that is not known to its end.
            let rest = SAMPLE - self.into;
            let sum = *high + if *level == Level::High { rest } else { 0 };
            let value = (2 * sum as i64 - SAMPLE as i64) * AMPLITUDE / SAMPLE as i64;
            self.frame.extend_from_slice(&(value as i16).to_le_bytes());
            *high = 0;
        }
        self.out.write_all(&self.frame)?;
        self.done += 1;
        self.into = 0;
        Ok(())
    }
}

/// The 44 bytes before the samples, of which there are `size` bytes.
fn head(rate: u64, channels: u64, size: u64) -> Vec<u8> {
    let mut head = Vec::with_capacity(44);
    head.extend_from_slice(b"RIFF");
    head.extend_from_slice(&((size + 36) as u32).to_le_bytes());
    head.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0");
    head.extend_from_slice(&(channels as u16).to_le_bytes());
    head.extend_from_slice(&(rate as u32).to_le_bytes());
    head.extend_from_slice(&((rate * channels * 2) as u32).to_le_bytes());
    head.extend_from_slice(&((channels * 2) as u16).to_le_bytes());
    head.extend_from_slice(b"\x10\0data");
    head.extend_from_slice(&(size as u32).to_le_bytes());
    head
}
