//! What a recorded line is after it went wrong: another rate may begin in its middle.
//!
//! Where errors come thick, so many edges from there on are kept as a survey needs, once; a line without
//! trouble costs nothing. Facts: `docs/waveforms.md`.

use crate::line::detect::{Fit, Survey};
use crate::line::uart::Frame;
use crate::line::{Edge, LineFormat};
use crate::time::Stamp;
use crate::wave::Event;

/// So much trouble in a row is no accident. What went wrong counts one, what went well takes so much off.
const TROUBLE: f64 = 12.0;
const RELIEF: f64 = 0.25;
/// So many frames must have gone well before: else it is no other line, but the wrong one from the beginning.
const WELL: u64 = 24;
/// A margin below this is a guess.
const GUESS: f32 = 0.2;
/// A rate is another one if it is off by this share.
const ANOTHER: f64 = 0.06;
/// A verdict with a smaller score is not told.
const LEAST_SCORE: f64 = 0.7;

/// Watches a line for trouble, and surveys what comes after it.
pub(super) struct Later {
    trouble: f64,
    /// Frames that went well before it.
    well: u64,
    vain: u64,
    /// What follows since the trouble was enough.
    since: Option<(Stamp, Survey)>,
}

impl Later {
    pub(super) fn new() -> Later {
        Later { trouble: 0.0, well: 0, vain: 0, since: None }
    }

    /// What the decoder made of the line.
    pub(super) fn frame(&mut self, frame: &Frame) {
        let is_well = !frame.is_break && frame.framing_ok && frame.parity_ok && frame.margin >= GUESS;
        self.well += u64::from(is_well && self.since.is_none());
        self.count(if is_well { -RELIEF } else { 1.0 }, frame.start);
    }

    /// How often the decoder looked in vain so far.
    pub(super) fn gave_up(&mut self, vain: u64, now: Stamp) {
        // Another segment has another decoder.
        let more = vain.saturating_sub(self.vain);
        self.vain = vain;
        if more > 0 {
            self.count(more as f64, now);
        }
    }

    fn count(&mut self, by: f64, at: Stamp) {
        if self.since.is_none() {
            self.trouble = (self.trouble + by).max(0.0);
            if self.trouble >= TROUBLE {
                self.since = Some((at, Survey::new()));
            }
        }
    }

    /// The line as it is recorded.
    #[inline]
    pub(super) fn take(&mut self, event: Event, at: Stamp) {
        let Some((_, survey)) = &mut self.since else { return };
        match event {
            Event::Start { level, .. } => survey.start(at, level),
            Event::Edge { level, .. } => survey.edge(Edge { at, level }),
            Event::End { .. } => survey.end(at),
        }
    }

    /// Since about when the line is another than this, and which.
    pub(super) fn other_line(&self, line: &LineFormat) -> Option<(Stamp, Fit)> {
        let (since, survey) = self.since.as_ref().filter(|_| self.well >= WELL)?;
        let verdict = survey.verdict();
        let fit = verdict.best.filter(|fit| verdict.doubt.is_none() && fit.score >= LEAST_SCORE)?;
        let is_other = (fit.raw_baud / f64::from(line.baud)).ln().abs() > ANOTHER || fit.line.rx != line.rx;
        is_other.then_some((*since, fit))
    }
}
