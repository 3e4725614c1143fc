//! A line by samples: pin states go out and come back at the pace of the device's own clock, and their number
//! is the time. This is FTDI's synchronous bit-bang mode.
//!
//! The device holds a few hundred samples. One portion is always there while the next is made, so that the
//! clock never waits for us. What the clock really is, is measured at opening: documents disagree by a factor
//! of four.

use std::collections::VecDeque;
use std::io;

use super::{Job, Line, frames, too_quick};
use crate::engine::{Failure, Trouble, Way};
use crate::line::uart::{Decoder, Encoder, Frame};
use crate::line::{Edge, Level, LineFormat};
use crate::time::{Span, Stamp};

/// A device that puts out pin states at its own pace and reads the pins at the same pace.
pub trait Sampler: Send {
    /// Takes pin states to put out, in order.
    ///
    /// # Errors
    /// When the device is gone.
    fn put(&mut self, states: &[u8]) -> io::Result<()>;
    /// Waits for pin states, one for each that was put out, and gives as many as `states` holds.
    ///
    /// # Errors
    /// When the device is gone, or nothing comes.
    fn take(&mut self, states: &mut [u8]) -> io::Result<()>;
    /// Sets the clock: so many samples a second.
    ///
    /// # Errors
    /// When the device cannot.
    fn set_rate(&mut self, hertz: u32) -> io::Result<()>;
    /// The time now.
    fn now(&mut self) -> Stamp;
    /// Leaves bit-bang mode.
    fn release(&mut self);
}

/// The pins of the chip, as bits of a state.
const TXD: u8 = 1 << 0;
const RXD: u8 = 1 << 1;
/// Samples in a portion; two of them fit into the smallest device.
pub const PORTION: usize = 64;
/// Samples in a bit.
const OVERSAMPLING: u32 = 8;
/// The highest rate at which a portion lasts longer than we may be away.
pub const HIGHEST_BAUD: u32 = 2_400;
/// Factors by which the clock may differ from what was asked for, in quarters.
const FACTORS: [u32; 3] = [1, 4, 16];
/// Portions over which the clock is measured.
const MEASURED: u32 = 8;

/// A line by samples.
pub struct Sampled<S> {
    device: S,
    name: String,
    /// Samples a second, as measured.
    rate: u32,
    format: LineFormat,
    encoder: Encoder,
    due: Option<Edge>,
    level: Level,
    /// When the clock was set, and the samples that were put out and that came back since.
    set: Stamp,
    put: u64,
    taken: u64,
    decoder: Decoder,
    seen: Level,
    frames: VecDeque<Frame>,
    changes: VecDeque<(Way, Edge)>,
}

impl<S: Sampler> Sampled<S> {
    /// Sets the clock for a format and measures it.
    ///
    /// # Errors
    /// If the rate is too high, the clock is none of those that are known, or the device does not answer; it
    /// has been released then.
    pub fn open(device: S, name: &str, format: &LineFormat) -> Result<Sampled<S>, Trouble> {
        let encoder = Encoder::new(format);
        let level = encoder.rest_level();
        let mut line = Sampled {
            device,
            name: name.to_owned(),
            rate: 0,
            format: *format,
            encoder,
            due: None,
            level,
            set: Stamp::ZERO,
            put: 0,
            taken: 0,
            decoder: Decoder::new(format),
            seen: level,
            frames: VecDeque::new(),
            changes: VecDeque::new(),
        };
        match line.set_clock(format) {
            Ok(()) => Ok(line),
            Err(trouble) => {
                line.device.release();
                Err(trouble)
            }
        }
    }

    /// Samples a second, as measured.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    fn set_clock(&mut self, format: &LineFormat) -> Result<(), Trouble> {
        if format.baud > HIGHEST_BAUD {
            let why = "its buffer would run dry between two portions";
            return Err(too_quick(&self.name, format.baud, HIGHEST_BAUD, why));
        }
        let asked = format.baud * OVERSAMPLING;
        let measured = self.measure(asked).map_err(|error| {
            let what = format!("{} does not answer in bit-bang mode: {error}", self.name);
            Trouble::new(Failure::Setting, what, "unplug it, plug it in again, or use an inverter")
        })?;
        let near = |factor: &u32| {
            let expected = f64::from(asked) * f64::from(*factor) / 4.0;
            (measured / expected - 1.0).abs() < 0.1
        };
        let Some(factor) = FACTORS.into_iter().find(near) else {
            let what =
                format!("{}: its clock is {measured:.0} Hz where {asked} Hz were asked for", self.name);
            return Err(Trouble::new(Failure::Setting, what, "use an inverter, or --invert=shift"));
        };
        self.set = self.stamp(self.put);
        self.rate = asked * factor / 4;
        (self.put, self.taken, self.format) = (0, 0, *format);
        self.encoder = Encoder::new(format);
        self.level = self.encoder.rest_level();
        self.due = None;
        self.decoder = Decoder::with_level(format, self.set, self.seen);
        let resting = |level| Edge { at: self.set, level };
        self.changes = [(Way::FromUs, resting(self.level)), (Way::ToUs, resting(self.seen))].into();
        Ok(())
    }

    /// How many samples a second the device takes of a resting line.
    fn measure(&mut self, asked: u32) -> io::Result<f64> {
        self.device.set_rate(asked)?;
        let rest = self.format.tx.level(crate::line::Bit::Mark);
        let portion = [state(rest); PORTION];
        let mut states = [0; PORTION];
        self.device.put(&portion)?;
        self.device.put(&portion)?;
        self.device.take(&mut states)?;
        let begun = self.device.now();
        for _ in 0..MEASURED {
            self.device.put(&portion)?;
            self.device.take(&mut states)?;
        }
        let took = self.device.now().since(begun).as_secs_f64().max(1e-9);
        // The portion that is still in the device.
        self.device.take(&mut states)?;
        self.seen = level_of(states[PORTION - 1]);
        Ok(f64::from(MEASURED) * PORTION as f64 / took)
    }

    fn stamp(&self, sample: u64) -> Stamp {
        let ns = u128::from(sample) * 1_000_000_000 / u128::from(self.rate.max(1));
        self.set + Span(u64::try_from(ns).unwrap_or(u64::MAX))
    }

    fn put_portion(&mut self) -> io::Result<()> {
        let mut portion = [0; PORTION];
        for slot in &mut portion {
            let now = self.stamp(self.put);
            while let Some(edge) = self.due.filter(|edge| edge.at <= now) {
                self.level = edge.level;
                self.changes.push_back((Way::FromUs, Edge { at: now, ..edge }));
                self.due = self.encoder.poll();
            }
            *slot = state(self.level);
            self.put += 1;
        }
        self.device.put(&portion)
    }
}

impl<S: Sampler> Line for Sampled<S> {
    fn is_free(&self) -> bool {
        self.due.is_none() && self.encoder.idle_at() <= self.stamp(self.put)
    }

    fn begin(&mut self, job: Job) {
        let now = self.stamp(self.put);
        match job {
            Job::Octet(octet) => self.encoder.send(u16::from(octet), now),
            Job::Break(length) => self.encoder.send_break(now, length),
        };
        self.due = self.encoder.poll();
    }

    fn turn(&mut self) -> io::Result<()> {
        while self.put < self.taken + 2 * PORTION as u64 {
            self.put_portion()?;
        }
        let mut states = [0; PORTION];
        self.device.take(&mut states)?;
        for sample in states {
            let level = level_of(sample);
            if level != self.seen {
                self.seen = level;
                // It changed between this sample and the one before.
                let half = Span(500_000_000 / u64::from(self.rate.max(1)));
                let at = Stamp(self.stamp(self.taken).0.saturating_sub(half.0));
                self.decoder.push(Edge { at, level });
                self.changes.push_back((Way::ToUs, Edge { at, level }));
            }
            self.taken += 1;
        }
        self.decoder.advance(self.stamp(self.taken.saturating_sub(1)));
        frames(&mut self.decoder, &mut self.frames);
        Ok(())
    }

    fn heard(&mut self) -> Option<Frame> {
        self.frames.pop_front()
    }

    fn changed(&mut self) -> Option<(Way, Edge)> {
        self.changes.pop_front()
    }

    fn now(&mut self) -> Stamp {
        // What was put out last lies ahead of what came back.
        self.stamp(self.put)
    }

    fn reconfigure(&mut self, format: &LineFormat) -> Result<(), Trouble> {
        // What is in the device comes back first.
        let mut states = [0; PORTION];
        while self.taken < self.put && self.device.take(&mut states).is_ok() {
            self.taken += PORTION as u64;
        }
        let before = self.format;
        self.set_clock(format).inspect_err(|_| {
            // The rate that ran before runs again; should the device be gone, the next turn tells.
            let _ = self.set_clock(&before);
        })
    }

    fn release(&mut self) {
        self.device.release();
    }
}

const fn state(level: Level) -> u8 {
    match level {
        Level::Low => 0,
        Level::High => TXD,
    }
}

const fn level_of(state: u8) -> Level {
    if state & RXD == 0 { Level::Low } else { Level::High }
}
