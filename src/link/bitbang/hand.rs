//! A line by single operations: an output that is driven when an edge is due, an input that is looked at in
//! between. How long an operation takes decides what it can carry.
//!
//! An edge is put out when its time has come, never early; an edge that is seen is taken to be in the middle
//! between two looks. Before anything is sent, the time of operations is measured on the resting line.

use std::collections::VecDeque;
use std::io;

use super::{Job, Line, frames, too_quick};
use crate::engine::{Trouble, Way};
use crate::line::uart::{Decoder, Encoder, Frame};
use crate::line::{Edge, Level, LineFormat};
use crate::time::{Span, Stamp};

/// An output, an input, and the clock beside them.
pub trait Pins: Send {
    /// Puts the output at a level.
    ///
    /// # Errors
    /// When the device is gone or has no such output.
    fn drive(&mut self, level: Level) -> io::Result<()>;
    /// The level of the input.
    ///
    /// # Errors
    /// When the device is gone or has no such input.
    fn sense(&mut self) -> io::Result<Level>;
    /// The time now.
    fn now(&mut self) -> Stamp;
    /// Waits until then.
    fn wait(&mut self, until: Stamp);
    /// Leaves the output as it was found.
    fn release(&mut self);
}

/// Operations of each kind that are measured at opening.
const MEASURED: usize = 40;
/// Looks at the input in a bit, where the pins are quick enough.
const LOOKS: u64 = 8;
/// An edge may be uncertain by this share of a bit: 3/10.
const TOLERANCE: (u64, u64) = (3, 10);

/// How long operations take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// A drive and a look, typically.
    pub typical: Span,
    /// At most, the lateness of a wait included.
    pub worst: Span,
}

impl Pace {
    /// Measures it on a line that keeps its level.
    ///
    /// # Errors
    /// When an operation fails.
    pub fn measure(pins: &mut dyn Pins, rest: Level) -> io::Result<Pace> {
        let mut times = Vec::with_capacity(MEASURED);
        for _ in 0..MEASURED {
            let asked = pins.now() + Span::from_millis(1);
            pins.wait(asked);
            pins.drive(rest)?;
            pins.sense()?;
            times.push(pins.now().since(asked));
        }
        times.sort_unstable();
        let typical = times.get(MEASURED / 2).copied().unwrap_or_default();
        Ok(Pace { typical, worst: times.last().copied().unwrap_or_default() })
    }

    /// The highest rate at which an edge is uncertain by no more than 0.3 bit.
    pub fn highest_baud(self) -> u32 {
        let (numerator, denominator) = TOLERANCE;
        u32::try_from(1_000_000_000 * numerator / (denominator * self.worst.0.max(1))).unwrap_or(u32::MAX)
    }

    fn holds(self, name: &str, format: &LineFormat) -> Result<(), Trouble> {
        let highest = self.highest_baud();
        if format.baud <= highest {
            return Ok(());
        }
        let why = format!("an edge takes {} there, {} at the worst", shown(self.typical), shown(self.worst));
        Err(too_quick(name, format.baud, highest, &why))
    }
}

/// A time to a tenth of a millisecond, or to a microsecond.
pub(super) fn shown(span: Span) -> String {
    if span.0 < 1_000_000 {
        format!("{} us", span.0.div_ceil(1_000))
    } else {
        format!("{:.1} ms", span.as_secs_f64() * 1e3)
    }
}

/// A line by single operations.
pub struct Hand<P> {
    pins: P,
    name: String,
    pace: Pace,
    format: LineFormat,
    encoder: Encoder,
    /// The next edge to put out.
    due: Option<Edge>,
    decoder: Decoder,
    seen: Level,
    looked: Stamp,
    frames: VecDeque<Frame>,
    changes: VecDeque<(Way, Edge)>,
}

impl<P: Pins> Hand<P> {
    /// Puts the line at rest, measures the pins, and refuses a rate that they cannot hold.
    ///
    /// # Errors
    /// As said; the pins have been released then.
    pub fn open(mut pins: P, name: &str, format: &LineFormat) -> Result<Hand<P>, Trouble> {
        let encoder = Encoder::new(format);
        let mut begin = || -> io::Result<(Pace, Level)> {
            pins.drive(encoder.rest_level())?;
            Ok((Pace::measure(&mut pins, encoder.rest_level())?, pins.sense()?))
        };
        let begun = begin().map_err(|error| {
            let what = format!("{name}: its modem lines cannot be driven and read: {error}");
            Trouble::new(crate::engine::Failure::Setting, what, "use an inverter, or --invert=shift")
        });
        let checked = begun.and_then(|(pace, seen)| pace.holds(name, format).map(|()| (pace, seen)));
        let (pace, seen) = match checked {
            Ok(checked) => checked,
            Err(trouble) => {
                pins.release();
                return Err(trouble);
            }
        };
        let looked = pins.now();
        let resting = |level| Edge { at: looked, level };
        let changes = [(Way::FromUs, resting(encoder.rest_level())), (Way::ToUs, resting(seen))];
        Ok(Hand {
            pins,
            name: name.to_owned(),
            pace,
            format: *format,
            encoder,
            due: None,
            decoder: Decoder::with_level(format, looked, seen),
            seen,
            looked,
            frames: VecDeque::new(),
            changes: changes.into(),
        })
    }

    /// How long operations took when it was opened.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    fn look(&mut self) -> io::Result<()> {
        let level = self.pins.sense()?;
        let now = self.pins.now();
        if level != self.seen {
            self.seen = level;
            let between = Span(now.since(self.looked).0 / 2);
            let edge = Edge { at: self.looked + between, level };
            self.decoder.push(edge);
            self.changes.push_back((Way::ToUs, edge));
        }
        // What a look may still find lies after the last one.
        self.decoder.advance(self.looked);
        self.looked = now;
        frames(&mut self.decoder, &mut self.frames);
        Ok(())
    }
}

impl<P: Pins> Line for Hand<P> {
    fn is_free(&self) -> bool {
        self.due.is_none() && self.encoder.idle_at() <= self.looked
    }

    fn begin(&mut self, job: Job) {
        let now = self.pins.now();
        match job {
            Job::Octet(octet) => self.encoder.send(u16::from(octet), now),
            Job::Break(length) => self.encoder.send_break(now, length),
        };
        self.due = self.encoder.poll();
    }

    fn turn(&mut self) -> io::Result<()> {
        let bit = self.format.span(2);
        let mut now = self.pins.now();
        while let Some(edge) = self.due.filter(|edge| edge.at <= now) {
            self.pins.drive(edge.level)?;
            self.due = self.encoder.poll();
            now = self.pins.now();
            self.changes.push_back((Way::FromUs, Edge { at: now, ..edge }));
        }
        // A look that would be in the way of the next edge can wait.
        let soon = self.due.filter(|edge| edge.at.since(now) < self.pace.typical);
        if let Some(edge) = soon {
            self.pins.wait(edge.at);
        } else {
            self.look()?;
            let next = self.looked + Span(bit.0 / LOOKS);
            self.pins.wait(self.due.map_or(next, |edge| edge.at.min(next)));
        }
        Ok(())
    }

    fn heard(&mut self) -> Option<Frame> {
        self.frames.pop_front()
    }

    fn changed(&mut self) -> Option<(Way, Edge)> {
        self.changes.pop_front()
    }

    fn now(&mut self) -> Stamp {
        self.pins.now()
    }

    fn reconfigure(&mut self, format: &LineFormat) -> Result<(), Trouble> {
        self.pace.holds(&self.name, format)?;
        self.format = *format;
        self.encoder = Encoder::new(format);
        self.decoder = Decoder::with_level(format, self.looked, self.seen);
        // Should the device be gone, the next turn tells.
        let _ = self.pins.drive(self.encoder.rest_level());
        let rest = Edge { at: self.pins.now(), level: self.encoder.rest_level() };
        self.changes.push_back((Way::FromUs, rest));
        Ok(())
    }

    fn release(&mut self) {
        self.pins.release();
    }
}
