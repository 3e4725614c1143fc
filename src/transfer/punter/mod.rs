//! Punter C1, and Multi-Punter around it: the transfer protocol of Commodore boards.
//!
//! What it guarantees, besides what every engine here does:
//!
//! - After a code it is silent until the other side answers or a time-out runs out, and it never sends ahead: the
//!   6502 programs empty their buffers before they speak. Each code is one write.
//! - Its waits are absolute, counted from when the code left: bytes that come do not put them off, so that two ends
//!   cannot hold each other up for ever.
//! - One behaviour serves every known implementation; where they differ it takes what each of them does.
//!
//! ```text
//!        receiver          sender                offset  size
//!          GOO  ───────────►                        0     2   sum of all bytes from 4 on   little-endian
//!          ◄─────────────── ACK                     2     2   cyclic sum of the same
//!          S/B  ───────────►                        4     1   size of the next block
//!          ◄─────────────── block                   5     2   number; high byte FF: the last
//!          GOO or BAD ─────► ...                    7   0-248 payload
//! ```
//!
//! Phase A carries the file's type in a block of 8 bytes, phase B the file, whose first block is empty. Each ends with
//! S/B answered by SYN, SYN, S/B. Facts: `docs/punter.md`.

mod batch;
mod block;
mod pace;
mod receiver;
mod sender;

use self::batch::{BatchReceiver, BatchSender};
use self::receiver::Receiver;
use self::sender::Sender;
use super::{Offer, Options, OutgoingFile, Refusal, Started, Transfer};
use crate::time::{Span, Stamp};

/// How long an answer to a code is waited for, besides the round trip and the codes' own time on the line.
const CODE_TIMEOUT: Span = Span::from_millis(1_500);
/// GOO and BAD are said again after this.
const GOO_PERIOD: Span = Span::from_millis(2_500);
/// Silence inside a block that ends it.
const BYTE_TIMEOUT: Span = Span::from_millis(1_000);
/// Silence behind a block that is damaged, before it is judged: an old one may be longer than what was expected. And
/// behind a code in place of a block: CCGMS hears what is said to it within 0.89 s of its code, and nothing in the next
/// 0.32 s.
const DRAIN: Span = Span::from_millis(200);
/// How long nothing at all may come: drives and boards are silent for tens of seconds, and CGTerm 3.0 waits for a block
/// for 60 before it asks again.
const PATIENCE: Span = Span::from_secs(75);
/// A block may be damaged, or sent again, so often in a row.
const BAD_BLOCKS: u32 = 30;
/// SYN is said so often before the end is taken for granted.
const SYN_TRIES: u32 = 10;

/// The words of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    /// The last block was good, or: ready.
    Goo,
    /// It was damaged.
    Bad,
    /// GOO or BAD was heard.
    Ack,
    /// Send the block.
    SendBlock,
    /// The end of a phase.
    Syn,
}

impl Code {
    const ALL: [Code; 5] = [Code::Goo, Code::Bad, Code::Ack, Code::SendBlock, Code::Syn];

    const fn bytes(self) -> [u8; 3] {
        match self {
            Code::Goo => *b"GOO",
            Code::Bad => *b"BAD",
            Code::Ack => *b"ACK",
            Code::SendBlock => *b"S/B",
            Code::Syn => *b"SYN",
        }
    }
}

/// The latest three bytes: a code counts wherever it stands, but not across a silence, behind which the rest of a
/// broken one would make another.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    latest: [u8; 3],
    at: Stamp,
}

impl Window {
    /// Takes a byte; the code that it completes. A code that was heard is not heard again as part of the next.
    fn push(&mut self, now: Stamp, byte: u8) -> Option<Code> {
        if now.since(self.at) > BYTE_TIMEOUT {
            self.latest = [0; 3];
        }
        self.at = now;
        self.latest = [self.latest[1], self.latest[2], byte];
        let code = Code::ALL.into_iter().find(|code| code.bytes() == self.latest)?;
        self.latest = [0; 3];
        Some(code)
    }
}

/// A sender of one file.
///
/// # Errors
/// A file with more blocks than there are numbers.
pub(super) fn send(mut files: Vec<OutgoingFile>, options: &Options, now: Stamp) -> Result<Started, Refusal> {
    let file = files.pop().ok_or_else(|| Refusal {
        what: "there is no file to send".to_owned(),
        next: "name one".to_owned(),
    })?;
    let warnings = block::dropped_by_some(&file, options).into_iter().collect();
    Ok((Box::new(Sender::new(file, options, now)?), warnings))
}

/// A receiver of one file, whose name the protocol does not tell.
pub(super) fn receive(options: &Options, now: Stamp) -> Box<dyn Transfer> {
    Box::new(Receiver::new(Offer { petscii: true, ..Offer::default() }, options, now))
}

/// A sender of any number of files with their names.
///
/// # Errors
/// A file with more blocks than there are numbers; none is announced then.
pub(super) fn send_batch(
    files: Vec<OutgoingFile>,
    options: &Options,
    now: Stamp,
) -> Result<Started, Refusal> {
    let mut warnings = batch::doubles(&files);
    warnings.extend(files.iter().filter_map(|file| block::dropped_by_some(file, options)));
    Ok((Box::new(BatchSender::new(files, options, now)?), warnings))
}

/// A receiver of any number of files.
pub(super) fn receive_batch(options: &Options, now: Stamp) -> Box<dyn Transfer> {
    Box::new(BatchReceiver::new(options, now))
}

/// What is said of a line that is slower than the 6502 programs bear.
fn slow(round_trip: Span) -> String {
    format!(
        "answers take {round_trip}; programs of the C64 give up somewhere above 0.6 s, whatever is done here"
    )
}

#[cfg(test)]
mod tests;
