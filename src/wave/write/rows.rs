//! sigrok's CSV: a row for each sample, a column for each channel, no column of times.
//!
//! An edge goes to the sample nearest to it. Facts: `docs/waveforms.md`.

use std::io::{self, Write};

use super::session::hertz;
use super::{digit, nearest};
use crate::line::{Edge, Level};
use crate::time::Stamp;

/// Most bytes of rows.
pub(super) const MOST_BYTES: u64 = 1 << 32;
const BLOCK: usize = 1 << 16;

#[derive(Debug)]
pub(super) struct Rows<W> {
    out: W,
    rate: u64,
    /// The row of now.
    now: Vec<u8>,
    /// Rows that were written.
    done: u64,
    block: Vec<u8>,
}

impl<W: Write> Rows<W> {
    pub(super) fn begin(mut out: W, rate: u64, names: &[String], levels: &[Level]) -> io::Result<Rows<W>> {
        let count = names.len();
        writeln!(out, "; CSV of petterm\n; Channels ({count}/{count}): {}", names.join(", "))?;
        writeln!(out, "; Samplerate: {}\n{}", hertz(rate), names.join(","))?;
        let mut now: Vec<u8> = Vec::new();
        for level in levels {
            now.extend([digit(*level) + b'0', b',']);
        }
        now.pop();
        now.push(b'\n');
        Ok(Rows { out, rate, now, done: 0, block: Vec::new() })
    }

    pub(super) fn edge(&mut self, channel: usize, edge: Edge) -> io::Result<()> {
        self.advance(nearest(edge.at, self.rate))?;
        if let Some(place) = self.now.get_mut(channel * 2) {
            *place = digit(edge.level) + b'0';
        }
        Ok(())
    }

    pub(super) fn end(mut self, at: Stamp) -> io::Result<W> {
        self.advance(nearest(at, self.rate).max(1))?;
        Ok(self.out)
    }

    /// The levels of now hold up to this sample.
    fn advance(&mut self, to: u128) -> io::Result<()> {
        let size = self.now.len();
        if to * size as u128 > u128::from(MOST_BYTES) {
            let what = "the rows would be over 4 GiB; take a lower rate";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        let mut left = (to as u64).saturating_sub(self.done) as usize * size;
        self.done = self.done.max(to as u64);
        self.block.clear();
        while self.block.len() < left.min(BLOCK) {
            self.block.extend_from_slice(&self.now);
        }
        while left > 0 {
            let part = left.min(self.block.len());
            self.out.write_all(self.block.get(..part).unwrap_or_default())?;
            left -= part;
        }
        Ok(())
    }
}
