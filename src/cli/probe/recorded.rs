//! Surveys of recorded lines: a bounded slice from the beginning.

use std::io::{Read, Seek};
use std::ops::ControlFlow;
use std::path::Path;

use crate::cli::exit::Problem;
use crate::cli::recording::explain;
use crate::line::Edge;
use crate::line::detect::{Survey, Verdict};
use crate::wave::{Event, Recording, WaveError};

/// A survey, and how the reading ended.
pub(in crate::cli) struct Surveyed {
    survey: Survey,
    trouble: Option<WaveError>,
}

/// Surveys a channel until the survey is full or the recording is over.
pub(in crate::cli) fn survey<R: Read + Seek>(recording: Recording<R>, channel: usize) -> Surveyed {
    let base = recording.timebase();
    let mut survey = Survey::new();
    let mut origin = None;
    let read = recording.read(channel, &mut |event| {
        let (Event::Start { at, .. } | Event::Edge { at, .. } | Event::End { at }) = event;
        let origin = *origin.get_or_insert(at);
        let Some(at) = base.stamp(origin, at) else { return ControlFlow::Break(()) };
        match event {
            Event::Start { level, .. } => survey.start(at, level),
            Event::Edge { level, .. } => survey.edge(Edge { at, level }),
            Event::End { .. } => survey.end(at),
        }
        if survey.is_full() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    Surveyed { survey, trouble: read.err() }
}

impl Surveyed {
    /// The verdict. Damage in the recording matters only if what came before it is not enough.
    ///
    /// # Errors
    /// If the recording could not be read far enough.
    pub(in crate::cli) fn verdict(self, path: &Path) -> Result<Verdict, Problem> {
        let verdict = self.survey.verdict();
        match self.trouble {
            Some(error) if verdict.doubt.is_some() => Err(explain(path, &error)),
            _ => Ok(verdict),
        }
    }
}
