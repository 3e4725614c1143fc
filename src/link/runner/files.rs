//! The files of a running session: log, capture and recording. One that cannot be written is given up, and told.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::super::log::{Log, LogFormat};
use super::super::record::Recorder;
use super::Loop;
use crate::engine::{Command, LinkCommand, LinkEvent};
use crate::time::Stamp;

impl Loop {
    pub(super) fn set_log(&mut self, file: Option<PathBuf>, format: LogFormat) -> Result<(), String> {
        if let Some(mut log) = self.log.take() {
            log.flush().map_err(|error| format!("the log could not be finished: {error}"))?;
        }
        if let Some(path) = file {
            self.log = Some(Log::open(&path, format, self.clock)?);
        }
        Ok(())
    }

    pub(super) fn set_capture(&mut self, now: Stamp, file: Option<PathBuf>) -> Result<(), String> {
        self.session.command(now, Command::Capture(false));
        self.settle();
        if let Some(mut capture) = self.capture.take() {
            capture.flush().map_err(|error| format!("the capture could not be finished: {error}"))?;
        }
        if let Some(path) = file {
            let file =
                OpenOptions::new().write(true).create_new(true).open(&path).map_err(|error| {
                    format!("cannot create {}: {error}; choose another name", path.display())
                })?;
            self.capture = Some(BufWriter::new(file));
            self.session.command(now, Command::Capture(true));
        }
        Ok(())
    }

    pub(super) fn set_record(&mut self, now: Stamp, file: &Path) -> Result<(), String> {
        self.recorder = Some(Recorder::create(file)?);
        self.session.command(now, Command::RecordWire(true));
        Ok(())
    }

    pub(super) fn give_up_record(&mut self, trouble: String) {
        self.recorder = None;
        let now = self.clock.now();
        self.session.command(now, Command::RecordWire(false));
        self.session.command(now, Command::FileTrouble(trouble));
    }

    /// The recording is complete.
    pub(super) fn finish_record(&mut self) -> Result<(), String> {
        let now = self.clock.now();
        self.recorder.take().map_or(Ok(()), |recorder| recorder.finish(now))
    }

    pub(super) fn log_received(&mut self, event: &LinkEvent) {
        if let LinkEvent::Rx { bytes, .. } = event {
            self.logged(|log| log.received(bytes));
        }
    }

    pub(super) fn log_sent(&mut self, command: &LinkCommand) {
        if let LinkCommand::Tx(bytes) = command {
            self.logged(|log| log.sent(bytes));
        }
    }

    fn logged(&mut self, write: impl FnOnce(&mut Log) -> io::Result<()>) {
        if let Some(log) = &mut self.log
            && let Err(error) = write(log)
        {
            let trouble = format!("the log {} ended: {error}; some of it is lost", log.path.display());
            self.log = None;
            self.session.command(self.clock.now(), Command::FileTrouble(trouble));
        }
    }

    pub(super) fn flush(&mut self) {
        if let Err(trouble) = self.flush_files() {
            self.session.command(self.clock.now(), Command::FileTrouble(trouble));
        }
    }

    /// Writes out what is buffered; a file that cannot take it is given up.
    pub(super) fn flush_files(&mut self) -> Result<(), String> {
        if let Some(log) = &mut self.log
            && let Err(error) = log.flush()
        {
            let trouble = format!("the log {} ended: {error}; some of it is lost", log.path.display());
            self.log = None;
            return Err(trouble);
        }
        if let Some(Err(trouble)) = self.recorder.as_mut().map(Recorder::flush) {
            self.recorder = None;
            return Err(trouble);
        }
        match self.capture.as_mut().map(Write::flush) {
            Some(Err(error)) => Err(self.give_up_capture(&error)),
            _ => Ok(()),
        }
    }

    pub(super) fn give_up_capture(&mut self, error: &io::Error) -> String {
        self.capture = None;
        self.session.command(self.clock.now(), Command::Capture(false));
        format!("the capture ended: {error}; some of it is lost")
    }
}
