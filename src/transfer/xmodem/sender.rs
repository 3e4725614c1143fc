//! The sender of XMODEM and YMODEM.
//!
//! ```text
//! Start --C, NAK--> Wait(block) --ACK--> ... Wait(EOT) --ACK--> Start of the next file, or the end
//! ```
//!
//! YMODEM puts a block 0 with name and length before each file, asks for another start byte behind it, and ends
//! with a block 0 without a name.

use std::collections::VecDeque;

use super::check::{ACK, CAN, CRC, Check, EOT, LONG, NAK, SHORT, SUB, block};
use super::{Timer, Variant, line_time};
use crate::time::{Span, Stamp, Wake};
use crate::transfer::{Failure, FileDone, Options, Out, OutgoingFile, Progress, Transfer, ymodem};

/// A receiver may take this long to say that it is there.
const PATIENCE: Span = Span::from_secs(60);
/// An answer may take this long.
const ANSWER: Span = Span::from_secs(10);
/// A block goes out so many times.
const TRIES: u32 = 10;
/// An EOT that nothing answers goes out so many times: a receiver that is gone has ended well, for all that is known.
const UNANSWERED_ENDS: u32 = 3;
/// After a block that went out more than once, a second answer may still be on its way.
const SETTLE: Span = Span::from_millis(500);
/// An ACK of the end may be an old one, one too many: the answer to the end itself would be a NAK within this time.
const CONFIRM: Span = Span::from_secs(1);
/// The same where a block went out more than once, or was acknowledged before it was out.
const CONFIRM_DOUBT: Span = Span::from_secs(3);

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Batch {
    /// One file by XMODEM.
    One(Variant),
    /// Files with their names by YMODEM.
    Ymodem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Block 0 of YMODEM; without a file left, the one that ends the batch.
    Header,
    Data,
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Waits for a start byte; this comes then.
    Start(Part),
    /// Waits for the answer to `self.block`.
    Wait(Part),
    /// The block is through; waits for a second answer to go by.
    Settle(Part),
    Done,
}

/// See the head of the file.
pub(crate) struct Sender {
    batch: Batch,
    files: VecDeque<OutgoingFile>,
    octet: Span,
    /// Fixed by the first start byte.
    check: Option<Check>,
    state: State,
    timer: Timer,
    /// The block that waits for an answer, as it went out, and its bytes of the file.
    block: Vec<u8>,
    payload: usize,
    /// Until then start bytes are old ones: they were said before the block can have been heard.
    stale: Stamp,
    offset: usize,
    number: u8,
    tries: u32,
    /// How often in a row nothing answered it.
    unanswered: u32,
    cancels: u8,
    /// A block of this file went out more than once or was acknowledged too soon: an answer too many may be on its
    /// way.
    doubt: bool,
    /// The end was acknowledged; waits whether it is.
    confirming: bool,
    nak_noted: bool,
    /// It was told that the far end speaks another protocol.
    goo_noted: bool,
    latest: [u8; 3],
    out: VecDeque<Out>,
    progress: Progress,
}

impl Sender {
    pub(crate) fn new(batch: Batch, files: Vec<OutgoingFile>, options: &Options, now: Stamp) -> Sender {
        let progress = Progress { files: Some(files.len()), ..Progress::default() };
        let mut sender = Sender {
            batch,
            files: files.into(),
            octet: options.octet,
            check: None,
            state: State::Done,
            timer: Timer::default(),
            block: Vec::new(),
            payload: 0,
            stale: now,
            offset: 0,
            number: 1,
            tries: 0,
            unanswered: 0,
            cancels: 0,
            doubt: false,
            confirming: false,
            nak_noted: false,
            goo_noted: false,
            latest: [0; 3],
            out: VecDeque::new(),
            progress,
        };
        sender.begin_file(now);
        sender
    }

    fn begin_file(&mut self, now: Stamp) {
        self.offset = 0;
        self.number = 1;
        self.doubt = false;
        if let Some(file) = self.files.front() {
            self.progress.name.clone_from(&file.name);
            self.progress.length = Some(file.data.len() as u64);
            self.progress.bytes = 0;
            self.progress.blocks = 0;
            self.progress.file += 1;
        }
        let part = if self.batch == Batch::Ymodem { Part::Header } else { Part::Data };
        self.wait_for_start(now, part);
    }

    fn wait_for_start(&mut self, now: Stamp, part: Part) {
        self.state = State::Start(part);
        self.tries = 0;
        self.timer.start(now, PATIENCE);
        self.progress.doing = "waiting for the far end";
    }

    /// Puts the next block together and sends it for the first time.
    fn advance(&mut self, now: Stamp, part: Part) {
        let check = self.check.unwrap_or(Check::Crc);
        self.tries = 0;
        self.unanswered = 0;
        let part = match (part, self.files.front()) {
            (Part::Header, file) => {
                self.block = block(0, &file.map(ymodem::header).unwrap_or_default(), 0, check);
                self.payload = 0;
                Part::Header
            }
            (_, Some(file)) if self.offset < file.data.len() => {
                let rest = file.data.get(self.offset..).unwrap_or_default();
                let long = check == Check::Crc
                    && self.batch != Batch::One(Variant::Any)
                    && self.batch != Batch::One(Variant::Crc);
                // What seven short blocks can carry goes in short ones: less padding, and sooner there.
                let size = if long && rest.len() > LONG - SHORT { LONG } else { SHORT };
                let data = rest.get(..size).unwrap_or(rest);
                self.block = block(self.number, data, SUB, check);
                self.payload = data.len();
                Part::Data
            }
            _ => {
                self.block = vec![EOT];
                self.payload = 0;
                Part::End
            }
        };
        self.progress.doing = if part == Part::Data { "sending" } else { "ending" };
        if part == Part::Header {
            self.progress.doing = "sending the name";
        }
        self.transmit(now, part);
    }

    fn transmit(&mut self, now: Stamp, part: Part) {
        self.tries += 1;
        self.confirming = false;
        self.doubt |= self.tries > 1 && part != Part::End;
        self.state = State::Wait(part);
        let line = line_time(self.octet, self.block.len());
        self.stale = now + line;
        self.timer.start_behind(now, line, ANSWER);
        self.out.push_back(Out::Tx(self.block.clone()));
    }

    /// The block did not get through: once more, or no more.
    fn again(&mut self, now: Stamp, part: Part, why: &str) {
        // The first NAK of an EOT is custom, not an error.
        if part != Part::End || self.tries > 1 {
            self.progress.errors += 1;
            self.progress.last_error = Some(why.to_owned());
        }
        if part == Part::Header && self.files.is_empty() && self.tries >= 2 {
            self.note_end("the far end did not answer the end of the batch");
            return self.end(Ok(()));
        }
        let given_up = part == Part::End && self.unanswered >= UNANSWERED_ENDS;
        if self.tries < TRIES && !given_up {
            if part != Part::End {
                self.progress.resends += 1;
            }
            return self.transmit(now, part);
        }
        if part == Part::End {
            return self.end(Err(Failure::TimedOut(unconfirmed("no answer came"))));
        }
        self.tell_cancel();
        self.end(Err(Failure::Protocol(format!(
            "block {} did not get through in {TRIES} tries: {why}; a lower baud rate may get it through",
            self.number
        ))));
    }

    fn acknowledged(&mut self, now: Stamp, part: Part) {
        let next = match part {
            Part::Header if self.files.is_empty() => return self.end(Ok(())),
            Part::Header => return self.wait_for_start(now, Part::Data),
            Part::End => {
                if let Some(file) = self.files.pop_front() {
                    let bytes = file.data.len() as u64;
                    self.progress.done.push(FileDone { name: file.name, bytes, remark: None });
                }
                return if self.batch == Batch::Ymodem { self.begin_file(now) } else { self.end(Ok(())) };
            }
            Part::Data => {
                self.offset += self.payload;
                self.number = self.number.wrapping_add(1);
                self.progress.bytes = self.offset as u64;
                self.progress.blocks += 1;
                Part::Data
            }
        };
        if self.tries > 1 {
            self.state = State::Settle(next);
            self.timer.start(now, SETTLE);
            self.timer.sent(now);
        } else {
            self.advance(now, next);
        }
    }

    fn byte(&mut self, now: Stamp, byte: u8) {
        self.cancels = if byte == CAN { self.cancels.saturating_add(1) } else { 0 };
        if self.cancels == 2 {
            return self.end(Err(Failure::CancelledByPeer));
        }
        self.unanswered = 0;
        let first = self.progress.blocks == 0;
        self.latest = [self.latest[1], self.latest[2], byte];
        if matches!(self.state, State::Start(_)) && self.latest == *b"GOO" && !self.goo_noted {
            self.goo_noted = true;
            let note = "the far end says GOO: it waits for a file by Punter";
            self.out.push_back(Out::Note(note.to_owned()));
        }
        match (self.state, byte) {
            (State::Start(part), CRC) => {
                self.check.get_or_insert(Check::Crc);
                self.advance(now, part);
            }
            (State::Start(_), NAK) if self.batch == Batch::One(Variant::Crc) && self.check.is_none() => {
                self.note_sum();
            }
            (State::Start(part), NAK) => {
                self.check.get_or_insert(Check::Sum);
                self.advance(now, part);
            }
            (State::Wait(Part::End), ACK) if self.tries == 1 => {
                self.confirm(now);
            }
            // It asks for the next file, so it has this one.
            (State::Wait(Part::End), CRC) if self.confirming && self.batch == Batch::Ymodem => {
                self.acknowledged(now, Part::End);
                self.byte(now, byte);
            }
            (State::Wait(part), ACK) => {
                self.doubt |= now < self.stale;
                self.acknowledged(now, part);
            }
            (State::Wait(part), NAK | CRC) if part != Part::End && (first || part == Part::Header) => {
                // It asks for the start again; what it said before it can have heard the block is old.
                self.asked_again(now, part);
            }
            (State::Wait(part), NAK) => self.again(now, part, "the far end did not take the block"),
            _ => {}
        }
    }

    /// Says once that the far end asks for another check than this protocol has.
    fn note_sum(&mut self) {
        if !self.nak_noted {
            self.nak_noted = true;
            let note = "the far end asks for the sum, not for CRC; xmodem serves both";
            self.out.push_back(Out::Note(note.to_owned()));
        }
    }

    /// Says how a batch ended whose files are all through.
    fn note_end(&mut self, how: &str) {
        self.out.push_back(Out::Note(format!("every file was acknowledged; {how}")));
    }

    /// The first ACK of the end: waits whether it is an old one.
    fn confirm(&mut self, now: Stamp) {
        if !self.confirming {
            self.confirming = true;
            self.timer.start(now, if self.doubt { CONFIRM_DOUBT } else { CONFIRM });
            self.timer.sent(now);
        }
    }

    fn asked_again(&mut self, now: Stamp, part: Part) {
        if now > self.stale {
            self.again(now, part, "the far end did not take the block");
        }
    }

    fn tell_cancel(&mut self) {
        self.out.push_back(Out::Tx(vec![CAN, CAN]));
    }

    fn end(&mut self, how: Result<(), Failure>) {
        if self.state != State::Done {
            self.state = State::Done;
            self.timer.stop();
            self.progress.doing = "over";
            self.out.push_back(Out::Ended(how));
        }
    }
}

/// What a sender says that has no answer to its EOT.
fn unconfirmed(why: &str) -> String {
    format!(
        "all blocks were acknowledged, but the end was not confirmed: {why}; look at the far end whether it has the file"
    )
}

impl Transfer for Sender {
    fn receive(&mut self, now: Stamp, bytes: &[u8]) {
        for &byte in bytes {
            if self.state == State::Done {
                return;
            }
            self.byte(now, byte);
        }
    }

    fn timeout(&mut self, now: Stamp) {
        if !self.timer.is_due(now) {
            return;
        }
        match self.state {
            State::Start(part) => {
                self.progress.errors += 1;
                if part == Part::Header && self.files.is_empty() {
                    self.note_end("the far end did not ask for another");
                    return self.end(Ok(()));
                }
                self.tell_cancel();
                self.end(Err(Failure::TimedOut(if self.nak_noted {
                    "the far end asks for the sum, not for CRC; use the protocol xmodem".to_owned()
                } else {
                    format!("the far end did not ask for a block in {PATIENCE}; start its receiver")
                })));
            }
            State::Wait(part) if self.confirming => self.acknowledged(now, part),
            State::Wait(part) => {
                self.unanswered += 1;
                self.again(now, part, "no answer");
            }
            State::Settle(part) => self.advance(now, part),
            State::Done => {}
        }
    }

    fn sent(&mut self, now: Stamp) {
        self.timer.sent(now);
        if matches!(self.state, State::Wait(_)) {
            self.stale = self.stale.max(now);
        }
    }

    fn stored(&mut self, _: Stamp, _: Result<crate::transfer::Kept, String>) {}

    fn cancel(&mut self, _: Stamp) {
        if self.state != State::Done {
            self.tell_cancel();
            self.end(Err(Failure::Cancelled));
        }
    }

    /// A receiver that leaves may take its last answer with it.
    fn hung_up(&mut self, now: Stamp) {
        match self.state {
            State::Wait(Part::End) if self.confirming && !self.doubt => {
                self.acknowledged(now, Part::End);
                self.hung_up(now);
            }
            State::Wait(Part::End) => self.end(Err(Failure::Protocol(unconfirmed("the link ended")))),
            State::Start(Part::Header) | State::Wait(Part::Header) if self.files.is_empty() => {
                self.note_end("the link ended before the end of the batch");
                self.end(Ok(()));
            }
            _ => self.end(Err(Failure::LinkLost)),
        }
    }

    fn poll(&mut self) -> Option<Out> {
        self.out.pop_front()
    }

    fn wake(&self) -> Wake {
        if self.out.is_empty() { self.timer.at().map_or(Wake::OnInput, Wake::At) } else { Wake::Now }
    }

    fn progress(&self) -> Progress {
        self.progress.clone()
    }
}
