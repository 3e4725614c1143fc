//! What a session is told of a file transfer, and tells of it.

use std::fmt;

use crate::time::{Span, Stamp};
use crate::transfer::{self, Failure, Options, OutgoingFile, Partial, Progress, Protocol};

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

/// Why a transfer cannot begin: what, why and what next, in one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub enum Unfit {
    /// A file that was named is not there.
    NotFound(String),
    /// A file or a folder cannot be used.
    File(String),
    /// The protocol cannot carry what is in the file, or the wire has no code for it.
    Data(String),
    /// The line cannot carry the protocol.
    Line(String),
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
    /// What is left of a file that is not complete; the shell's to fill in.
    pub partial: Option<Partial>,
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
    /// Bytes that are kept, or that the far end has: of complete files, and of one that is not.
    pub fn bytes(&self) -> u64 {
        let progress = &self.progress;
        let at_hand = match &self.partial {
            Some(partial) => partial.bytes,
            None if self.sending && self.result.is_err() && progress.done.len() < progress.file => {
                progress.bytes
            }
            None => 0,
        };
        at_hand + progress.done.iter().map(|done| done.bytes).sum::<u64>()
    }

    /// What is left of a file that is not complete, in words.
    pub fn kept(&self) -> Option<String> {
        let Partial { path, bytes } = self.partial.as_ref()?;
        let verified = match self.progress.blocks {
            _ if self.protocol == Protocol::Text => String::new(),
            blocks => format!("{}, ", transfer::counted(blocks, "verified block", "verified blocks")),
        };
        let protocol = self.protocol.title();
        Some(format!("kept {path} ({verified}{}); {protocol} cannot resume", transfer::bytes(*bytes)))
    }

    /// [`TransferReport::bytes`] in a second.
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
                write!(
                    f,
                    "; {} {verb} before",
                    transfer::counted(progress.done.len() as u64, "file was", "files were")
                )?;
            }
            return Ok(());
        }
        for (index, done) in progress.done.iter().enumerate() {
            let separator = if index > 0 { "; " } else { "" };
            write!(f, "{separator}{verb} {}: {}", done.name, transfer::bytes(done.bytes))?;
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
