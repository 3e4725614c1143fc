//! The report of `--json`: one line, however a transfer ends.
//!
//! It goes to stdout, and to stderr where stdout is the wire.

use std::ffi::OsStr;
use std::io::{self, Write};

use crate::cli::exit::Exit;
use crate::cli::to_stdout;
use crate::engine::{Target, TransferReport};
use crate::time::{Span, Stamp};
use crate::transfer::{Failure, Progress, Protocol};

/// What a transfer leaves to be reported.
#[derive(Default)]
pub(super) struct Report {
    /// How it went, where it began.
    pub(super) transfer: Option<Box<TransferReport>>,
    /// Stdout belongs to the far end.
    stdout_is_wire: bool,
}

impl Report {
    /// Learns what the target is that a word stands for.
    pub(super) fn of(&mut self, target: &Target) {
        self.stdout_is_wire = *target == Target::Stdio;
    }
}

/// Does a transfer with the target of that name, and prints one report of it where that is wished.
///
/// # Errors
/// As `transfer`, or if the report cannot be written.
pub(super) fn reported(
    json: bool,
    (protocol, sending): (Protocol, bool),
    target: Option<&OsStr>,
    transfer: impl FnOnce(&mut Report) -> anyhow::Result<Exit>,
) -> anyhow::Result<Exit> {
    let mut report = Report { transfer: None, stdout_is_wire: target.is_some_and(|target| target == "-") };
    let ended = transfer(&mut report);
    if !json {
        return ended;
    }
    let error = ended.as_ref().err().map(|error| format!("{error:#}"));
    let Report { transfer, stdout_is_wire } = report;
    let report = transfer.unwrap_or_else(|| {
        let why = error.clone().unwrap_or_else(|| "it did not begin".to_owned());
        Box::new(TransferReport {
            protocol,
            sending,
            result: Err(Failure::Protocol(why)),
            progress: Progress::default(),
            began: Stamp::ZERO,
            elapsed: Span::ZERO,
            partial: None,
        })
    });
    // Signals end it as a person does, and are another reason.
    let error = match &report.result {
        Ok(()) => None,
        Err(Failure::Cancelled) => error.or_else(|| Some(Failure::Cancelled.to_string())),
        Err(failure) => Some(failure.to_string()),
    };
    let line = format!("{}\n", as_json(&report, error.as_deref()));
    let printed = if stdout_is_wire {
        // Whether anyone reads it is not our trouble.
        let _ = io::stderr().lock().write_all(line.as_bytes());
        Ok(())
    } else {
        to_stdout(|out| {
            out.extend(line.into_bytes());
            Ok(())
        })
    };
    let exit = ended?;
    printed.map(|()| exit)
}

fn as_json(report: &TransferReport, error: Option<&str>) -> serde_json::Value {
    let progress = &report.progress;
    let files: Vec<_> = progress
        .done
        .iter()
        .map(|done| serde_json::json!({ "name": done.name, "bytes": done.bytes, "remark": done.remark }))
        .collect();
    let partial = report.partial.as_ref().map(|partial| {
        serde_json::json!({ "path": partial.path, "bytes": partial.bytes, "blocks": progress.blocks })
    });
    serde_json::json!({
        "protocol": report.protocol.name(),
        "way": if report.sending { "send" } else { "receive" },
        "ok": report.result.is_ok(),
        "error": error,
        "files": files,
        "partial": partial,
        "bytes": report.bytes(),
        "seconds": report.elapsed.as_secs_f64(),
        "bytes_per_second": report.rate(),
        "blocks": progress.blocks,
        "resends": progress.resends,
        "errors": progress.errors,
        "last_error": progress.last_error,
    })
}
