//! A sigrok session, version 2: a ZIP archive of `version`, `metadata` and the samples in chunks of 4 MiB.
//!
//! A sample is as many bytes as the channels need, one bit each, the first channel lowest. An edge goes to the
//! sample nearest to it. Facts: `docs/waveforms.md`.

use std::io::{self, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::nearest;
use crate::line::{Edge, Level};
use crate::time::Stamp;

/// Most bytes of samples, as the reader takes them.
pub(super) const MOST_BYTES: u64 = 1 << 32;
/// sigrok's own size of a chunk.
const CHUNK: usize = 4 << 20;
const BLOCK: usize = 1 << 16;

pub(super) struct Session<W: Write + Seek> {
    zip: ZipWriter<W>,
    rate: u64,
    /// The levels now, as a sample.
    now: Vec<u8>,
    /// Samples that were written.
    done: u64,
    /// Chunks that were begun, and the bytes that the last one still takes.
    chunks: u32,
    room: usize,
    block: Vec<u8>,
}

impl<W: Write + Seek> std::fmt::Debug for Session<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("rate", &self.rate).field("done", &self.done).finish_non_exhaustive()
    }
}

impl<W: Write + Seek> Session<W> {
    pub(super) fn begin(out: W, rate: u64, names: &[String], levels: &[Level]) -> io::Result<Session<W>> {
        use std::fmt::Write as _;
        let unit = levels.len().div_ceil(8).max(1);
        let mut metadata = format!(
            "[global]\nsigrok version=petterm {}\n\n[device 1]\ncapturefile=logic-1\ntotal probes={}\n\
             samplerate={}\ntotal analog=0\n",
            env!("CARGO_PKG_VERSION"),
            names.len(),
            hertz(rate)
        );
        for (index, name) in names.iter().enumerate() {
            let _ = writeln!(metadata, "probe{}={name}", index + 1);
        }
        let _ = writeln!(metadata, "unitsize={unit}");
        let mut zip = ZipWriter::new(out);
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        zip.start_file("version", stored)?;
        zip.write_all(b"2")?;
        zip.start_file("metadata", deflated())?;
        zip.write_all(metadata.as_bytes())?;
        let mut now = vec![0; unit];
        for (index, level) in levels.iter().enumerate() {
            set(&mut now, index, *level);
        }
        Ok(Session { zip, rate, now, done: 0, chunks: 0, room: 0, block: Vec::new() })
    }

    pub(super) fn edge(&mut self, channel: usize, edge: Edge) -> io::Result<()> {
        self.advance(nearest(edge.at, self.rate))?;
        set(&mut self.now, channel, edge.level);
        Ok(())
    }

    pub(super) fn end(mut self, at: Stamp) -> io::Result<W> {
        self.advance(nearest(at, self.rate).max(1))?;
        Ok(self.zip.finish()?)
    }

    /// The levels of now hold up to this sample.
    fn advance(&mut self, to: u128) -> io::Result<()> {
        let unit = self.now.len();
        if to * unit as u128 > u128::from(MOST_BYTES) {
            let what = "the samples would be over 4 GiB; take a lower rate";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        let mut left = (to as u64).saturating_sub(self.done) as usize * unit;
        self.done = self.done.max(to as u64);
        let whole = left.min(BLOCK - BLOCK % unit);
        self.block.clear();
        while self.block.len() < whole {
            self.block.extend_from_slice(&self.now);
        }
        while left > 0 {
            if self.room == 0 {
                self.chunks += 1;
                self.room = CHUNK - CHUNK % unit;
                self.zip.start_file(format!("logic-1-{}", self.chunks), deflated())?;
            }
            let part = left.min(self.room).min(self.block.len());
            self.zip.write_all(self.block.get(..part).unwrap_or_default())?;
            left -= part;
            self.room -= part;
        }
        Ok(())
    }
}

fn deflated() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

fn set(sample: &mut [u8], channel: usize, level: Level) {
    if let Some(byte) = sample.get_mut(channel / 8) {
        let mask = 1 << (channel % 8);
        match level {
            Level::High => *byte |= mask,
            Level::Low => *byte &= !mask,
        }
    }
}

/// A rate in the largest unit in which it is a whole number.
pub(super) fn hertz(rate: u64) -> String {
    for (size, unit) in [(1_000_000_000, "GHz"), (1_000_000, "MHz"), (1_000, "kHz")] {
        if rate >= size && rate.is_multiple_of(size) {
            return format!("{} {unit}", rate / size);
        }
    }
    format!("{rate} Hz")
}
