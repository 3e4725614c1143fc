//! From what a file says to what a reader promises: segments, time that grows, levels that alternate.

use std::ops::ControlFlow;

use super::{Event, Place, WaveError};
use crate::line::Level;

/// Why a reader ends before the file does.
pub(super) enum Stop {
    /// The visitor has seen enough.
    Enough,
    /// The file is damaged.
    Failed(WaveError),
}

impl<E: Into<WaveError>> From<E> for Stop {
    fn from(error: E) -> Stop {
        Stop::Failed(error.into())
    }
}

pub(super) type Step = Result<(), Stop>;

/// Takes times and levels, and tells the visitor what changed. Of several levels at one time the last
/// counts: a pulse of no length is none.
pub(super) struct Track<'v> {
    visit: &'v mut dyn FnMut(Event) -> ControlFlow<()>,
    now: Option<i64>,
    /// Where the last segment ended.
    ended: Option<i64>,
    begun: bool,
    told: Option<Level>,
    level: Option<Level>,
    unknown: u64,
}

impl<'v> Track<'v> {
    pub(super) fn new(visit: &'v mut dyn FnMut(Event) -> ControlFlow<()>) -> Track<'v> {
        Track { visit, now: None, ended: None, begun: false, told: None, level: None, unknown: 0 }
    }

    pub(super) const fn unknown(&self) -> u64 {
        self.unknown
    }

    /// It is `at` now; a segment begins if none has. `place` is for the error when time runs backwards.
    pub(super) fn time(&mut self, at: i64, place: impl FnOnce() -> Place) -> Step {
        match self.now.or(self.ended) {
            Some(now) if at < now => {
                return Err(WaveError::bad(place(), "time runs backwards").into());
            }
            Some(now) if at > now && self.now.is_some() => self.tell(now)?,
            _ => {}
        }
        self.now = Some(at);
        Ok(())
    }

    /// The level from now on.
    pub(super) fn level(&mut self, level: Level) {
        self.level = Some(level);
    }

    /// So many times neither high nor low: the line keeps its level.
    pub(super) fn unclear(&mut self, times: u64) {
        self.unknown += times;
    }

    /// There are no data from `at` on: the segment is over, if one has begun.
    pub(super) fn gap(&mut self, at: i64, place: impl FnOnce() -> Place) -> Step {
        if self.now.is_some() {
            self.time(at, place)?;
        }
        self.end()
    }

    /// The segment is over.
    pub(super) fn end(&mut self) -> Step {
        if let Some(now) = self.now.take() {
            self.tell(now)?;
            self.ended = Some(now);
            self.emit(Event::End { at: now })?;
        }
        (self.begun, self.told, self.level) = (false, None, None);
        Ok(())
    }

    fn tell(&mut self, at: i64) -> Step {
        if !self.begun {
            self.begun = true;
            self.told = self.level;
            return self.emit(Event::Start { at, level: self.level });
        }
        match self.level {
            Some(level) if self.told != Some(level) => {
                self.told = Some(level);
                self.emit(Event::Edge { at, level })
            }
            _ => Ok(()),
        }
    }

    fn emit(&mut self, event: Event) -> Step {
        match (self.visit)(event) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Stop::Enough),
        }
    }
}
