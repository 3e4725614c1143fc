//! A recorded line held in memory, for what must be looked at more than once.
//!
//! As in every reader, levels alternate and time grows strictly within a segment, and nothing is carried from
//! one segment to the next. How much is held is bounded by who asks.

use std::io::{Read, Seek};
use std::ops::ControlFlow;

use super::{Event, Recording, Timebase, WaveError};
use crate::line::Level;

/// A stretch of a line without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The tick at which it begins.
    pub start: i64,
    /// The level from then on; `None` until the first edge tells.
    pub level: Option<Level>,
    /// Ticks of its edges, and the level from each on.
    pub edges: Vec<(i64, Level)>,
    /// The tick up to which the line is known.
    pub end: i64,
}

/// A recorded line in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// How long a tick is.
    pub timebase: Timebase,
    /// Its segments, in order of time.
    pub segments: Vec<Segment>,
    /// There was more than was asked for.
    pub cut: bool,
}

impl Trace {
    /// Reads a channel, by the number that [`Recording::channel`] gave, up to `most` edges.
    ///
    /// # Errors
    /// If the file is damaged before that.
    pub fn read<R: Read + Seek>(
        recording: Recording<R>,
        channel: usize,
        most: usize,
    ) -> Result<Trace, WaveError> {
        let mut trace = Trace { timebase: recording.timebase(), segments: Vec::new(), cut: false };
        let mut held = 0;
        recording.read(channel, &mut |event| {
            match (event, trace.segments.last_mut()) {
                (Event::Start { at, level }, _) => {
                    trace.segments.push(Segment { start: at, level, edges: Vec::new(), end: at });
                }
                (Event::Edge { .. }, _) if held == most => {
                    trace.cut = true;
                    return ControlFlow::Break(());
                }
                (Event::Edge { at, level }, Some(segment)) => {
                    held += 1;
                    segment.edges.push((at, level));
                    segment.end = at;
                }
                (Event::End { at }, Some(segment)) => segment.end = at,
                (_, None) => {}
            }
            ControlFlow::Continue(())
        })?;
        Ok(trace)
    }
}
