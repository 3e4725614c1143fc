//! What a session is told of a file transfer, and tells of it.

use std::fmt;

use crate::time::{Span, Stamp};
use crate::transfer::{Failure, Options, OutgoingFile, Progress, Protocol};

/// A transfer that a user wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferRequest {
    /// By which protocol.
    pub protocol: Protocol,
    /// Which way, and what.
    pub cargo: Cargo,
    /// What was chosen about it; the line's octet time is the session's to fill in.
    pub options: Options,
}

/// Which way a transfer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cargo {
    /// These files go to the far end.
    Send(Vec<OutgoingFile>),
    /// The far end sends.
    Receive,
}

/// How a transfer went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferReport {
    /// By which protocol.
    pub protocol: Protocol,
    /// Files went to the far end.
    pub sending: bool,
    /// How it ended.
    pub result: Result<(), Failure>,
    /// Where it stood then.
    pub progress: Progress,
    /// When it began.
    pub began: Stamp,
    /// How long it took.
    pub elapsed: Span,
    /// What is left of a file that is not complete, in a line; the shell's to fill in.
    pub partial: Option<String>,
}

/// What became of a transfer that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferEnd {
    /// It did not begin: why, and what to do.
    Refused(String),
    /// It began, and is over.
    Over(Box<TransferReport>),
}

impl TransferReport {
    /// Bytes of complete files.
    pub fn bytes(&self) -> u64 {
        self.progress.done.iter().map(|done| done.bytes).sum()
    }

    /// Bytes of complete files in a second.
    pub fn rate(&self) -> f64 {
        self.bytes() as f64 / self.elapsed.as_secs_f64().max(0.001)
    }
}

impl fmt::Display for TransferReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.sending { "sent" } else { "received" };
        let progress = &self.progress;
        if let Err(failure) = &self.result {
            write!(f, "the transfer by {} failed: {failure}", self.protocol.name())?;
            if !progress.done.is_empty() {
                write!(f, "; {} files were {verb} before", progress.done.len())?;
            }
            return Ok(());
        }
        for (index, done) in progress.done.iter().enumerate() {
            let separator = if index > 0 { "; " } else { "" };
            write!(f, "{separator}{verb} {}: {} bytes", done.name, done.bytes)?;
            if let Some(remark) = &done.remark {
                write!(f, " ({remark})")?;
            }
        }
        if progress.done.is_empty() {
            write!(f, "nothing was {verb}: the far end had no files")?;
        }
        write!(
            f,
            "; {:.0} s, {:.0} bytes/s, {} sent again",
            self.elapsed.as_secs_f64(),
            self.rate(),
            progress.resends
        )
    }
}
