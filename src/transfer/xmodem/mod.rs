//! XMODEM both ways: with a sum, with CRC-16, with blocks of 1,024 bytes; and what YMODEM and the `petterm` profile
//! share with it.
//!
//! Guarantees beyond those of [`transfer`](super):
//!
//! - A block is stored once, in order, and acknowledged when the store has it; the end is acknowledged when the
//!   file has its name.
//! - A lone EOT is answered by NAK once: a stray byte cannot end a file.
//! - No byte that is not part of a block restarts a time-out.
//!
//! What it cannot see: with the sum of 8 bits, two bytes that changed places, and one damage in 256 of those that
//! change several bytes, a doubled byte with all behind it among them.
//!
//! Facts: general XMODEM practice and lrzsz's behaviour on the line.

mod check;
mod padding;
mod receiver;
mod sender;

pub(super) use check::{ACK, Check, EOT, NAK, SHORT, block};
pub(super) use padding::is_basic;
pub(super) use receiver::{Receiver, Style};
pub(super) use sender::{Batch, Sender};

use super::{Options, OutgoingFile, Refusal, Transfer, bytes};
use crate::time::{Span, Stamp};

/// Which XMODEM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// The check that the far end asks for; as receiver CRC first, then the sum.
    Any,
    /// CRC-16 and nothing else.
    Crc,
    /// CRC-16 and blocks of 1,024 bytes; short ones at the end.
    OneK,
}

/// Sends one file.
///
/// # Errors
/// When there is not exactly one file.
pub fn send(
    variant: Variant,
    files: Vec<OutgoingFile>,
    options: &Options,
    now: Stamp,
) -> Result<(Box<dyn Transfer>, Vec<String>), Refusal> {
    let file = only_file("XMODEM", &files)?;
    let mut warnings = Vec::new();
    let over = file.data.len() % SHORT;
    if over != 0 {
        warnings.push(format!(
            "XMODEM has no length: {} of padding (1A) go behind the {} of {}",
            bytes((SHORT - over) as u64),
            file.data.len(),
            file.name
        ));
    }
    Ok((Box::new(Sender::new(Batch::One(variant), files, options, now)), warnings))
}

/// Receives one file.
pub fn receive(variant: Variant, options: &Options, now: Stamp) -> Box<dyn Transfer> {
    let style = match variant {
        Variant::Any => Style::Any,
        Variant::Crc | Variant::OneK => Style::Crc,
    };
    Box::new(Receiver::new(style, options, now))
}

/// The file, where a protocol carries one.
pub(super) fn only_file<'a>(protocol: &str, files: &'a [OutgoingFile]) -> Result<&'a OutgoingFile, Refusal> {
    match files {
        [file] => Ok(file),
        _ => Err(Refusal {
            what: format!("{protocol} carries one file, and there are {}", files.len()),
            next: "send them one by one, or use ymodem or multi-punter".to_owned(),
        }),
    }
}

/// A moment to wait for, counted from when the bytes before it have left.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timer {
    at: Option<Stamp>,
    span: Span,
    follows: bool,
}

impl Timer {
    /// Runs from now, and again from when the bytes that are on their way have left.
    pub(super) fn start(&mut self, now: Stamp, span: Span) {
        self.start_behind(now, Span::ZERO, span);
    }

    /// Runs from when bytes have left that take `line` to leave.
    pub(super) fn start_behind(&mut self, now: Stamp, line: Span, span: Span) {
        *self = Timer { at: Some(now + line + span), span, follows: true };
    }

    pub(super) fn stop(&mut self) {
        *self = Timer::default();
    }

    /// The bytes have left, or were written where a link cannot tell: their line time counts once, in either case.
    pub(super) fn sent(&mut self, now: Stamp) {
        if let Some(at) = self.at.filter(|_| self.follows) {
            *self = Timer { at: Some(at.max(now + self.span)), span: self.span, follows: false };
        }
    }

    pub(super) fn at(&self) -> Option<Stamp> {
        self.at
    }

    pub(super) fn is_due(&self, now: Stamp) -> bool {
        self.at.is_some_and(|at| now >= at)
    }
}

/// The line time of so many octets.
pub(super) fn line_time(octet: Span, octets: usize) -> Span {
    Span(octet.0.saturating_mul(octets as u64))
}
