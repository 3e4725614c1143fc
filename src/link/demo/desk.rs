//! The board's file desk: a program to fetch, and room for one file that a caller leaves and can have back.
//!
//! It is one end of a [`Transfer`], with memory for a disk: what is given is kept until the call ends, up to
//! [`ROOM`] bytes, and goes nowhere else. A caller who changes his mind leaves with `q`, STOP or the left arrow; once a
//! file is being left, which may have them all, with one that stands alone between two silences.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{LEFT_ARROW, is_stop, letter};
use crate::line::LineFormat;
use crate::time::{Span, Stamp, Wake};
use crate::transfer::{
    self, Failure, FileKind, Kept, LeadingGoo, Options, Out, OutgoingFile, Protocol, Store, Transfer,
};

/// Bytes that the desk keeps of what it is given.
const ROOM: usize = 65_536;
/// After a transfer the board speaks when the line was silent for so long: the last codes of the far end are no keys.
const SILENCE: Span = Span::from_millis(1_000);

/// The program that the board gives away; its listing is beside it.
const GIFT: &[u8] = include_bytes!("../../../assets/board/gift.prg");
const GIFT_NAME: &str = "wave.prg";

/// What the caller wants of the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// The board's program by this protocol.
    Fetch(Protocol),
    /// To leave a file.
    Leave,
    /// The file that was left.
    FetchBack,
}

/// A file that was left.
#[derive(Clone, Debug)]
struct Left {
    kind: FileKind,
    data: Vec<u8>,
}

/// A transfer under way.
struct Business {
    wish: Wish,
    line: LineFormat,
    transfer: Box<dyn Transfer>,
    receiving: bool,
    /// The far end has said something that is no key.
    begun: bool,
    out: VecDeque<u8>,
    /// Everything of `out` was polled, and the engine does not know it yet.
    leaving: bool,
    ended: Option<Result<(), Failure>>,
    /// The last byte, or the end, whichever was later.
    last: Stamp,
    /// Such a key came behind silence, in the middle of a file: the caller leaves then, if nothing follows.
    alone: Option<Stamp>,
    /// The latest bytes of the caller's.
    latest: [u8; 3],
    coming: Left,
}

/// The desk.
#[derive(Default)]
pub(super) struct Desk {
    business: Option<Business>,
    left: Option<Left>,
}

impl Desk {
    /// Whether a transfer runs, or the line is still to fall silent behind one.
    pub(super) fn is_busy(&self) -> bool {
        self.business.is_some()
    }

    /// Whether a file was left in this call.
    pub(super) fn has_left(&self) -> bool {
        self.left.is_some()
    }

    /// Begins what the caller wants; nothing if there is no file to have back.
    pub(super) fn begin(&mut self, now: Stamp, wish: Wish, line: &LineFormat) {
        let options = Options {
            octet: line.span(u64::from(line.half_bits())),
            // Who calls has a person before the screen, to whom a GOO would be a riddle.
            leading_goo: LeadingGoo::Never,
            ..Options::default()
        };
        let gift = || OutgoingFile { name: GIFT_NAME.to_owned(), kind: FileKind::Prg, data: Arc::from(GIFT) };
        let begun = match (wish, &self.left) {
            (Wish::Leave, _) => Ok(transfer::receive(Protocol::Punter, &options, now)),
            (Wish::Fetch(protocol), _) => {
                transfer::send(protocol, vec![gift()], &options, now).map(|(transfer, _)| transfer)
            }
            (Wish::FetchBack, Some(left)) => {
                let file = OutgoingFile {
                    name: "yours".to_owned(),
                    kind: left.kind,
                    data: Arc::from(left.data.as_slice()),
                };
                transfer::send(Protocol::Punter, vec![file], &options, now).map(|(transfer, _)| transfer)
            }
            (Wish::FetchBack, None) => return,
        };
        // What fits into the desk fits into a transfer.
        let Ok(transfer) = begun else { return };
        let mut business = Business {
            wish,
            line: *line,
            transfer,
            receiving: wish == Wish::Leave,
            begun: false,
            out: VecDeque::new(),
            leaving: false,
            ended: None,
            last: now,
            alone: None,
            latest: [0; 3],
            coming: Left { kind: FileKind::Prg, data: Vec::new() },
        };
        business.drain(now);
        self.business = Some(business);
    }

    /// A byte of the caller's.
    pub(super) fn receive(&mut self, now: Stamp, byte: u8) {
        let Some(business) = &mut self.business else { return };
        let silent = now >= business.last + SILENCE;
        business.last = now;
        business.latest = [business.latest[1], business.latest[2], byte];
        if business.wish == Wish::Fetch(Protocol::Xmodem) && business.latest == *b"GOO" {
            // Who comes with the other protocol is served by it.
            let line = business.line;
            return self.begin(now, Wish::Fetch(Protocol::Punter), &line);
        }
        let leaves = letter(byte) == b'q' || is_stop(byte) || byte == LEFT_ARROW;
        // No receiver's words have these letters, and a file that comes may have them all.
        if leaves && !(business.begun && business.receiving) {
            business.transfer.cancel(now);
        } else {
            business.alone = (leaves && silent).then_some(now + SILENCE);
            business.begun = true;
            business.transfer.receive(now, &[byte]);
        }
        business.drain(now);
    }

    /// Time has passed. What the board has to say once a transfer is over and the line is silent.
    pub(super) fn advance(&mut self, now: Stamp) -> Option<String> {
        let business = self.business.as_mut()?;
        if business.alone.is_some_and(|at| at <= now) {
            business.alone = None;
            business.transfer.cancel(now);
            business.drain(now);
        }
        if matches!(business.transfer.wake(), Wake::At(at) if at <= now) {
            business.transfer.timeout(now);
            business.drain(now);
        }
        if now < business.silent_at()? {
            return None;
        }
        let business = self.business.take()?;
        // Whoever takes his time is waited for; with `q` he leaves.
        if !business.begun && matches!(business.ended, Some(Err(Failure::TimedOut(_)))) {
            self.begin(now, business.wish, &business.line);
            return None;
        }
        let report = business.report();
        if business.receiving && business.ended == Some(Ok(())) {
            self.left = Some(business.coming);
        }
        Some(report)
    }

    /// The next byte to send.
    pub(super) fn poll(&mut self, now: Stamp) -> Option<u8> {
        let business = self.business.as_mut()?;
        if business.out.is_empty() && std::mem::take(&mut business.leaving) {
            business.transfer.sent(now);
            business.drain(now);
        }
        let byte = business.out.pop_front()?;
        business.leaving = true;
        Some(byte)
    }

    /// When [`Desk::advance`] shall be called if nothing happens before.
    pub(super) fn wake(&self) -> Wake {
        let Some(business) = &self.business else { return Wake::OnInput };
        match business.silent_at() {
            Some(at) => Wake::At(at),
            None => business.transfer.wake().earliest(business.alone.map_or(Wake::OnInput, Wake::At)),
        }
    }
}

impl Business {
    /// The board speaks again then, once the transfer is over and its last bytes are sent.
    fn silent_at(&self) -> Option<Stamp> {
        (self.ended.is_some() && self.out.is_empty()).then(|| self.last + SILENCE)
    }

    fn drain(&mut self, now: Stamp) {
        while let Some(out) = self.transfer.poll() {
            match out {
                Out::Tx(bytes) => self.out.extend(bytes),
                Out::Store(wish) => {
                    let outcome = self.coming.keep(wish);
                    self.transfer.stored(now, outcome);
                }
                // Its protocols type nothing.
                Out::Type(_) | Out::Note(_) => {}
                Out::Ended(ended) => {
                    self.ended = Some(ended);
                    self.last = now;
                }
            }
        }
    }

    fn report(&self) -> String {
        let progress = self.transfer.progress();
        match (&self.ended, self.receiving) {
            (Some(Ok(())), true) => {
                let sum = self.coming.data.iter().fold(0_u16, |sum, &byte| sum.wrapping_add(byte.into()));
                format!(
                    "Thank you. {} bytes of type {}.\nAll bytes added up give {sum} (mod 65536).\n\
                     You can have them back until you hang up.\n",
                    self.coming.data.len(),
                    self.coming.kind.extension(),
                )
            }
            (Some(Ok(())), false) => {
                format!("That was it: {} blocks, {} sent twice.\n", progress.blocks, progress.resends)
            }
            (Some(Err(Failure::Cancelled)), _) => "Another time, then.\n".to_owned(),
            (Some(Err(failure)), _) => {
                // A row is 39 columns wide, and what an engine says may be longer.
                let mut row = 0;
                let words = failure.to_string();
                let mut said = String::from("That did not work:\n");
                for word in words.split_whitespace() {
                    let width = word.chars().count() + 1;
                    if row + width > 39 {
                        said.push('\n');
                        row = 0;
                    }
                    said.push_str(word);
                    said.push(' ');
                    row += width;
                }
                said.push('\n');
                said
            }
            (None, _) => String::new(),
        }
    }
}

impl Left {
    fn keep(&mut self, wish: Store) -> Result<Kept, String> {
        match wish {
            Store::Begin(offer) => {
                self.kind = offer.kind.unwrap_or_default();
                self.data.clear();
            }
            Store::Write(bytes) if self.data.len() + bytes.len() > ROOM => {
                return Err(format!("the board keeps no more than {ROOM} bytes"));
            }
            Store::Write(bytes) => self.data.extend(bytes),
            Store::Finish { length } => {
                self.data.truncate(usize::try_from(length).unwrap_or(usize::MAX));
            }
        }
        Ok(Kept { name: "your file".to_owned() })
    }
}
