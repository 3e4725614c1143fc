//! The receiver of XMODEM, YMODEM and of PETTERM's SAVE.
//!
//! ```text
//! Start --SOH, STX--> Block --good--> Storing --stored--> ACK, Start
//!   |                   '--damaged--> Drain --silence--> NAK, Start
//!   |--anything else--> Drain --silence--> a lone EOT: NAK, the second time Storing(Finish); else Start
//!   '--CAN CAN, too many errors--> the end; PETTERM's SAVE, which must not be left alone: Discard
//! ```
//!
//! PETTERM's SAVE waits for every ACK without end, and can be neither stopped nor refused: when its receiver gives
//! up, it goes on acknowledging and throws away what comes.

mod leaving;
mod storing;

use std::collections::VecDeque;

use self::storing::Stored;
use super::check::{ACK, CAN, CRC, Check, EOT, LONG, NAK, SHORT, SOH, STX};
use super::padding::Padding;
use super::{Timer, line_time};
use crate::time::{Span, Stamp, Wake};
use crate::transfer::{
    DueBlock, Failure, FileKind, Kept, Offer, Options, Out, Progress, Transfer, counted, ymodem,
};

/// Between two `C`.
const ASK: Span = Span::from_secs(3);
/// A block begins within this time.
const BLOCK: Span = Span::from_secs(10);
/// A byte inside a block comes within this time and its own.
const BYTE: Span = Span::from_secs(1);
/// So much silence and two byte times end what is thrown away.
const QUIET: Span = Span::from_millis(500);
/// So many `C`, then NAK.
const CRC_TRIES: u32 = 3;
/// So many NAK at the start; so many errors in a row.
const ERRORS: u32 = 10;
/// A tenth error makes PETTERM's SAVE write over its own variables; what asks for a block again is one.
const SAVE_ERRORS: u32 = 8;
/// So many `C` where there is nothing to fall back to: some 100 s.
const LONG_TRIES: u32 = 33;
/// More bytes than this without a block's start are a block whose start was lost; fewer are noise.
const LOST_BLOCK: usize = 100;

/// What is received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// XMODEM, CRC first and then the sum.
    Any,
    /// XMODEM with CRC.
    Crc,
    /// YMODEM batch.
    Ymodem,
    /// SAVE of PETTERM.
    Petterm,
}

#[derive(Debug)]
enum State {
    /// Nothing was heard yet; the store is not asked and nothing is sent.
    Idle,
    /// A block may begin.
    Start,
    Block(Vec<u8>),
    /// Throws away until silence, or until `cap`.
    Drain {
        cap: Stamp,
        why: Drained,
    },
    /// The store works.
    Storing(Stored),
    /// Goes on acknowledging; `owes` when an answer is due, with the bytes since the last one.
    Discard {
        failure: Failure,
        heard: usize,
        last: u8,
        idle: u32,
    },
    Done,
}

#[derive(Debug)]
enum Drained {
    /// Bytes that begin no block: how many, and whether the first is EOT.
    NoBlock { count: usize, eot: bool },
    /// The rest of a damaged block, and what was wrong with it.
    Damaged(&'static str),
}

/// See the head of the file.
pub(crate) struct Receiver {
    style: Style,
    trim: bool,
    octet: Span,
    check: Check,
    /// The sum was asked for, but a late `C` may have won; the first block tells.
    undecided: bool,
    state: State,
    /// When silence counts: in a block, and while bytes are thrown away.
    quiet: Stamp,
    /// When a block must have begun. Bytes do not move it.
    deadline: Timer,
    /// A block of this file, or of its name, began well.
    heard: bool,
    /// Start bytes that were said for this file.
    asked: u32,
    /// How many they were when the first byte came: PETTERM counts those that follow as errors.
    asked_before: Option<u32>,
    errors: u32,
    ends: u32,
    cancels: u8,
    /// The number of the block to come; YMODEM's name is in number 0.
    expected: u8,
    naming: bool,
    last: Vec<u8>,
    begun: bool,
    written: u64,
    length: Option<u64>,
    /// Bytes behind the announced length: padding, and what more there is.
    beyond: u64,
    padding: Padding,
    failure: Option<Failure>,
    out: VecDeque<Out>,
    progress: Progress,
}

impl Receiver {
    pub(crate) fn new(style: Style, options: &Options, now: Stamp) -> Receiver {
        let mut receiver = Receiver {
            style,
            trim: options.trim || style == Style::Petterm,
            octet: options.octet,
            check: Check::Crc,
            undecided: false,
            state: State::Idle,
            quiet: now,
            deadline: Timer::default(),
            heard: false,
            asked: 0,
            asked_before: None,
            errors: 0,
            ends: 0,
            cancels: 0,
            expected: 1,
            naming: false,
            last: Vec::new(),
            begun: false,
            written: 0,
            length: None,
            beyond: 0,
            padding: Padding::default(),
            failure: None,
            out: VecDeque::new(),
            progress: Progress::default(),
        };
        receiver.next_file();
        receiver.ask(now);
        receiver
    }

    fn next_file(&mut self) {
        self.naming = self.style == Style::Ymodem;
        self.expected = u8::from(!self.naming);
        self.last.clear();
        self.begun = false;
        self.written = 0;
        self.length = None;
        self.beyond = 0;
        self.padding = Padding::default();
        self.heard = false;
        self.asked = 0;
        self.asked_before = None;
        self.errors = 0;
        self.ends = 0;
        self.progress.doing = "waiting for the far end";
    }

    /// Says the start byte and waits for a block.
    fn ask(&mut self, now: Stamp) {
        self.asked += 1;
        let wait = if self.check == Check::Crc { ASK } else { BLOCK };
        self.say(now, &[if self.check == Check::Crc { CRC } else { NAK }], wait);
    }

    fn say(&mut self, now: Stamp, bytes: &[u8], wait: Span) {
        self.out.push_back(Out::Tx(bytes.to_vec()));
        self.state = State::Start;
        self.deadline.start(now, wait + line_time(self.octet, bytes.len() + 1));
    }

    /// No block came in time.
    fn missing(&mut self, now: Stamp) {
        if self.heard {
            return self.refuse(now, "no block came");
        }
        let limit = match (self.style, self.check) {
            (Style::Any, Check::Crc) => CRC_TRIES,
            (Style::Any, Check::Sum) => CRC_TRIES + ERRORS,
            (Style::Petterm, _) => self.asked_before.map_or(LONG_TRIES, |before| before + SAVE_ERRORS),
            _ => LONG_TRIES,
        };
        if self.asked >= limit {
            if self.style == Style::Any && self.check == Check::Crc {
                self.check = Check::Sum;
                self.undecided = true;
                return self.ask(now);
            }
            let what = match (self.progress.done.len(), self.style) {
                (0, Style::Petterm) => "PETTERM sent no block; start its SAVE".to_owned(),
                (0, _) => "the far end sent no block; start its sender".to_owned(),
                (done, _) => {
                    let (done, are) =
                        (counted(done as u64, "file", "files"), if done == 1 { "is" } else { "are" });
                    format!(
                        "{done} {are} complete, but the far end did not say that there are no more; look there whether that is all"
                    )
                }
            };
            return self.give_up(now, Failure::TimedOut(what));
        }
        self.ask(now);
    }

    /// The block is damaged or missing: NAK, or no more.
    fn refuse(&mut self, now: Stamp, why: &str) {
        self.errors += 1;
        self.progress.errors += 1;
        self.progress.last_error = Some(why.to_owned());
        // SAVE says EOT twice at most, and is gone then. Its program ends with the zero link that is here.
        if self.style == Style::Petterm
            && self.ends > 0
            && self.errors > 1
            && self.padding.is_whole_program(self.last.len())
        {
            self.out.push_back(Out::Note(
                "PETTERM said once that its program ends and not again: it is complete by its line links"
                    .to_owned(),
            ));
            return self.finish();
        }
        let limit = if self.style == Style::Petterm {
            let asked = self.asked - self.asked_before.unwrap_or(self.asked).min(self.asked);
            SAVE_ERRORS.saturating_sub(if self.written == 0 { asked } else { 0 })
        } else {
            ERRORS
        };
        if self.errors >= limit {
            let failure = if self.ends > 0 {
                Failure::TimedOut(
                    "the far end said once that the file ends, and did not say it again; compare the length before you trust it".to_owned(),
                )
            } else {
                Failure::Protocol(format!(
                    "{} errors in a row; the last: {why}; begin anew on both sides",
                    self.errors
                ))
            };
            return self.give_up(now, failure);
        }
        self.progress.resends += 1;
        self.say(now, &[NAK], BLOCK);
    }

    fn byte(&mut self, now: Stamp, byte: u8) {
        self.asked_before.get_or_insert(self.asked);
        match &mut self.state {
            State::Start => self.start_byte(now, byte),
            State::Block(block) => {
                block.push(byte);
                self.quiet = now + BYTE + line_time(self.octet, 1);
                self.look(now);
            }
            State::Drain { why, .. } => {
                if let Drained::NoBlock { count, .. } = why {
                    *count = count.saturating_add(1);
                }
                self.quiet = now + QUIET + line_time(self.octet, 2);
            }
            State::Discard { heard, last, idle, .. } => {
                *heard = heard.saturating_add(1);
                *last = byte;
                *idle = 0;
                self.quiet = now + QUIET + line_time(self.octet, 2);
                self.deadline.start(now, BLOCK);
            }
            State::Storing(_) => self.count_cancels(byte),
            State::Idle | State::Done => {}
        }
    }

    fn count_cancels(&mut self, byte: u8) {
        self.cancels = if byte == CAN { self.cancels.saturating_add(1) } else { 0 };
        if self.cancels >= 2 && self.style != Style::Petterm {
            self.failure.get_or_insert(Failure::CancelledByPeer);
        }
    }

    fn start_byte(&mut self, now: Stamp, byte: u8) {
        self.count_cancels(byte);
        if let Some(failure) = self.failure.take() {
            return self.end(Err(failure));
        }
        match byte {
            SOH | STX => {
                self.state = State::Block(vec![byte]);
                self.quiet = now + BYTE + line_time(self.octet, 1);
            }
            CAN => {}
            _ => {
                let cap = self.deadline.at().unwrap_or(now + BLOCK);
                self.state = State::Drain { cap, why: Drained::NoBlock { count: 1, eot: byte == EOT } };
                self.quiet = now + QUIET + line_time(self.octet, 2);
            }
        }
    }

    /// Looks at the block so far.
    fn look(&mut self, now: Stamp) {
        let State::Block(block) = &self.state else { return };
        let [start, number, inverse, rest @ ..] = block.as_slice() else { return };
        let (number, size) = (*number, if *start == STX { LONG } else { SHORT });
        if number != !*inverse {
            return self.damaged(now, "a block's number is damaged");
        }
        let Some((data, check)) = rest.split_at_checked(size) else { return };
        if check.len() < self.check.len() {
            return;
        }
        let good = check == self.check.of(data).as_slice();
        if !good && self.undecided && check.len() < Check::Crc.len() {
            return;
        }
        let late_crc = !good && self.undecided && check == Check::Crc.of(data).as_slice();
        let data = data.to_vec();
        self.heard = true;
        if late_crc {
            self.check = Check::Crc;
        } else if !good {
            return self.damaged(now, "a block's check is wrong");
        }
        self.undecided = false;
        self.block(now, number, data);
    }

    fn damaged(&mut self, now: Stamp, why: &'static str) {
        self.state = State::Drain { cap: now + BLOCK, why: Drained::Damaged(why) };
        self.quiet = now + QUIET + line_time(self.octet, 2);
    }

    /// A good block.
    fn block(&mut self, now: Stamp, number: u8, data: Vec<u8>) {
        if number == self.expected && self.naming {
            self.last.clone_from(&data);
            return self.name(&data);
        }
        if number == self.expected {
            self.ends = 0;
            let room = self.length.map(|length| length.saturating_sub(self.written));
            let mut bytes = data.clone();
            if let Some(room) = room {
                bytes.truncate(usize::try_from(room).unwrap_or(usize::MAX));
                self.beyond += (data.len() - bytes.len()) as u64;
            }
            self.last = data;
            self.progress.doing = "receiving";
            if !self.begun {
                let kind = (self.style == Style::Petterm).then_some(FileKind::Prg);
                return self.begin(Offer { kind, ..Offer::default() }, Stored::Begin { then: bytes });
            }
            return self.write(bytes);
        }
        if number == self.expected.wrapping_sub(1) && !self.last.is_empty() {
            if self.last != data {
                return self
                    .damaged(now, "a block came with the number and not with the data of the last one");
            }
            return self.repeated(now);
        }
        let what = match (number, self.style, self.last.is_empty()) {
            (0, Style::Any | Style::Crc, true) => {
                "the far end sends YMODEM; use the protocol ymodem".to_owned()
            }
            (1, Style::Ymodem, true) => "the far end sends XMODEM; use the protocol xmodem".to_owned(),
            _ => format!(
                "block {number} came where block {} was expected; begin anew on both sides",
                self.expected
            ),
        };
        self.give_up(now, Failure::Protocol(what));
    }

    /// The last block once more: our answer was lost.
    fn repeated(&mut self, now: Stamp) {
        self.errors += 1;
        self.progress.errors += 1;
        self.progress.last_error = Some("a block came again".to_owned());
        if self.errors >= ERRORS {
            let what = format!("the far end repeats a block {ERRORS} times; begin anew on both sides");
            return self.give_up(now, Failure::Protocol(what));
        }
        if self.written == 0 && self.style == Style::Ymodem {
            self.say(now, &[ACK, CRC], ASK);
        } else {
            self.say(now, &[ACK], BLOCK);
        }
    }

    /// Block 0 of YMODEM.
    fn name(&mut self, data: &[u8]) {
        if let Some(ymodem::Header { offer, no_length }) = ymodem::parse(data) {
            self.length = offer.length;
            self.progress.file += 1;
            self.progress.name = String::from_utf8_lossy(&offer.name).into_owned();
            if let Some(field) = no_length {
                let name = &self.progress.name;
                self.out.push_back(Out::Note(format!(
                    "{name:?} is announced with {field:?} bytes, which is no length: what comes is kept, padding included"
                )));
            }
            return self.begin(offer, Stored::Offered);
        }
        self.out.push_back(Out::Tx(vec![ACK]));
        let nothing = Failure::Protocol("the far end has no file to send; choose one there".to_owned());
        self.end(if self.progress.done.is_empty() { Err(nothing) } else { Ok(()) });
    }

    /// A lone EOT, behind silence.
    fn said_end(&mut self, now: Stamp) {
        if self.naming {
            // Our ACK of the last file's end was lost; before any file it means nothing.
            if self.progress.done.is_empty() {
                self.state = State::Start;
            } else {
                self.say(now, &[ACK, CRC], ASK);
            }
            return;
        }
        self.heard = true;
        self.ends += 1;
        if self.ends < 2 {
            self.say(now, &[NAK], BLOCK);
        } else if self.length.is_some_and(|length| self.written < length) {
            let length = self.length.unwrap_or_default();
            let what = format!(
                "the far end announced {length} bytes and ended after {}; begin anew on both sides",
                self.written
            );
            self.give_up(now, Failure::Protocol(what));
        } else if self.begun {
            self.finish();
        } else {
            self.begin(Offer::default(), Stored::Begin { then: Vec::new() });
        }
    }

    fn drained(&mut self, now: Stamp, capped: bool) {
        let State::Drain { why, .. } = &self.state else { return };
        match *why {
            Drained::Damaged(why) if self.heard => self.refuse(now, why),
            Drained::NoBlock { count: 1, eot: true } if !capped => self.said_end(now),
            Drained::NoBlock { count, .. } if self.heard && count >= LOST_BLOCK && !capped => {
                self.refuse(now, "a block's start was lost");
            }
            _ if self.deadline.is_due(now) => self.missing(now),
            _ => self.state = State::Start,
        }
    }

    fn end(&mut self, how: Result<(), Failure>) {
        if !matches!(self.state, State::Done) {
            self.state = State::Done;
            self.deadline.stop();
            self.progress.doing = "over";
            self.out.push_back(Out::Ended(how));
        }
    }
}

impl Transfer for Receiver {
    fn receive(&mut self, now: Stamp, bytes: &[u8]) {
        for &byte in bytes {
            self.byte(now, byte);
        }
    }

    fn timeout(&mut self, now: Stamp) {
        match self.state {
            State::Start if self.deadline.is_due(now) => self.missing(now),
            State::Block(_) if now >= self.quiet => {
                // The silence is there already.
                self.state = State::Drain { cap: now, why: Drained::Damaged("a block broke off") };
                self.drained(now, false);
            }
            State::Drain { .. } if now >= self.quiet => self.drained(now, false),
            State::Drain { cap, .. } if now >= cap => self.drained(now, true),
            State::Discard { .. } => self.discard(now),
            _ => {}
        }
    }

    fn sent(&mut self, now: Stamp) {
        self.deadline.sent(now);
    }

    fn stored(&mut self, now: Stamp, outcome: Result<Kept, String>) {
        self.store_did(now, outcome);
    }

    fn cancel(&mut self, now: Stamp) {
        match &self.state {
            State::Done => {}
            State::Discard { failure, .. } => self.end(Err(failure.clone())),
            _ => self.give_up(now, Failure::Cancelled),
        }
    }

    fn hung_up(&mut self, _: Stamp) {
        self.end(Err(match &self.state {
            State::Discard { failure, .. } => failure.clone(),
            _ => Failure::LinkLost,
        }));
    }

    fn poll(&mut self) -> Option<Out> {
        self.out.pop_front()
    }

    fn wake(&self) -> Wake {
        if !self.out.is_empty() {
            return Wake::Now;
        }
        let deadline = self.deadline.at().map_or(Wake::OnInput, Wake::At);
        match self.state {
            State::Start => deadline,
            State::Block(_) => Wake::At(self.quiet),
            State::Drain { cap, .. } => Wake::At(self.quiet.min(cap)),
            State::Discard { heard: 0, .. } => deadline,
            State::Discard { .. } => Wake::At(self.quiet),
            State::Idle | State::Storing(_) | State::Done => Wake::OnInput,
        }
    }

    fn due_block(&self) -> Option<DueBlock> {
        let check = self.check;
        let read = move |octets: &[u8]| check.part(octets);
        match &self.state {
            State::Block(block) => Some(DueBlock::new(block, read)),
            State::Start => Some(DueBlock::new(&[], read)),
            _ => None,
        }
    }

    fn progress(&self) -> Progress {
        self.progress.clone()
    }
}
