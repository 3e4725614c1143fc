//! The receiver of one file.
//!
//! It says GOO until it is acknowledged, asks for each block with S/B, and judges what came by both sums. A block that
//! came before as a whole is a repetition and is not stored twice; the number alone says nothing, since one
//! implementation gives two blocks the same. Before it says GOO for the last block the store has completed the file,
//! and from then on silence is success.

use std::collections::VecDeque;

use super::block::{self, Block, HEAD, TYPE_BLOCK};
use super::pace::Pace;
use super::{BAD_BLOCKS, BYTE_TIMEOUT, CODE_TIMEOUT, Code, DRAIN, GOO_PERIOD, SYN_TRIES, Window};
use crate::time::{Stamp, Wake};
use crate::transfer::{
    DueBlock, Failure, FileDone, Kept, Offer, Options, Out, Part, Progress, Store, Transfer,
};

/// No block is longer; what comes beyond is a line that talks.
const LONGEST: usize = 1_024;
/// A last block's number, of which one byte is known, tells of no more lost blocks than these.
const FEW: u8 = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// GOO or BAD was said: ACK is due.
    Asking,
    /// S/B was said: a block is due, or SYN behind the last one.
    Reading,
    /// The store is at work.
    Storing(Wish),
    /// SYN was said: S/B is due.
    Syn,
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Begin,
    Write { last: bool },
    Finish,
}

/// The numbers of the blocks with payload.
///
/// Senders begin at 0 or at 1 and go up by one, and the last block says FF and the low byte of its number, or FFFF, or
/// FF00. So a number tells of lost blocks only where the one before went up by one, and the last one's only where it is
/// none of those two.
#[derive(Clone, Copy, Debug, Default)]
struct Numbers {
    last: Option<u16>,
    /// It did not go up by one.
    astray: bool,
    /// A block that leaves some out has come once, and was asked for again.
    doubted: bool,
}

impl Numbers {
    /// Whether blocks between the last one and this never came.
    fn leaves_some_out(self, block: &Block) -> bool {
        let due = self.last.unwrap_or_default().wrapping_add(1);
        let ahead = match block.number.to_be_bytes() {
            [0xFF, 0xFF | 0x00] => false,
            [0xFF, low] => (1..=FEW).contains(&low.wrapping_sub(due as u8)),
            _ => block.number > due,
        };
        ahead && !self.astray
    }

    /// Whether a last block says which one it is.
    fn expects(self, number: u16) -> bool {
        let due = self.last.unwrap_or_default().wrapping_add(1);
        number.to_be_bytes()[1] == due.to_be_bytes()[1]
    }

    fn take(&mut self, number: u16) {
        let goes_up = self.last.map_or(number <= 1, |last| number == last.wrapping_add(1));
        *self = Numbers { last: Some(number), astray: !goes_up, doubted: false };
    }
}

/// The receiver.
pub(super) struct Receiver {
    offer: Offer,
    /// Phase B, in which the file comes.
    data: bool,
    state: State,
    /// What is said of the last block.
    verdict: Code,
    /// Size of the block that is due.
    size: usize,
    /// The last block of the phase is here: SYN is due in place of a block.
    ending: bool,
    block: Vec<u8>,
    /// When the latest byte of it came.
    byte_at: Stamp,
    /// The last block of this phase that was taken, as it came.
    before: Vec<u8>,
    window: Window,
    pace: Pace,
    /// S/B was said without an ACK.
    guessing: bool,
    bad: u32,
    tries: u32,
    written: u64,
    numbers: Numbers,
    /// What was said last.
    said: Code,
    /// A word was said twice since the block before, or BAD: who takes one for two leaves a block out.
    repeated: bool,
    remark: Option<&'static str>,
    finished: bool,
    outs: VecDeque<Out>,
    /// What came behind the end.
    behind: Vec<u8>,
    progress: Progress,
}

impl Receiver {
    /// A receiver of a file of which `offer` is known.
    pub(super) fn new(offer: Offer, options: &Options, now: Stamp) -> Receiver {
        let mut receiver = Receiver {
            offer,
            data: false,
            state: State::Asking,
            verdict: Code::Goo,
            size: TYPE_BLOCK,
            ending: false,
            block: Vec::new(),
            byte_at: now,
            before: Vec::new(),
            window: Window::default(),
            pace: Pace::new(options.octet, now),
            guessing: false,
            bad: 0,
            tries: 0,
            written: 0,
            numbers: Numbers::default(),
            said: Code::Syn,
            repeated: false,
            remark: None,
            finished: false,
            outs: VecDeque::new(),
            behind: Vec::new(),
            progress: Progress {
                doing: "waiting for the far end",
                file: 1,
                files: Some(1),
                ..Progress::default()
            },
        };
        receiver.say(now, Code::Goo);
        receiver
    }

    /// Whether the first block of a phase is asked for.
    fn begins(&self) -> bool {
        self.state == State::Asking && self.before.is_empty() && !self.ending
    }

    fn say(&mut self, now: Stamp, code: Code) {
        // Who begins a phase may open a drive first.
        self.pace.says(now, 3, !self.begins());
        self.repeated |= code == Code::Bad || code == self.said;
        self.said = code;
        self.outs.push_back(Out::Tx(code.bytes().to_vec()));
    }

    fn error(&mut self, what: impl Into<String>) {
        self.progress.errors = self.progress.errors.saturating_add(1);
        self.progress.last_error = Some(what.into());
    }

    /// GOO or BAD, which waits for ACK.
    fn ask(&mut self, now: Stamp, verdict: Code) {
        self.verdict = verdict;
        self.say(now, verdict);
        self.state = State::Asking;
    }

    /// S/B, which waits for a block.
    fn send_block(&mut self, now: Stamp) {
        self.block.clear();
        self.window = Window::default();
        self.say(now, Code::SendBlock);
        self.state = State::Reading;
    }

    fn code(&mut self, now: Stamp, code: Code) {
        match (self.state, code) {
            (State::Asking, Code::Ack) => {
                self.pace.goes_on(now);
                self.tries = 0;
                self.send_block(now);
            }
            (State::Syn, Code::SendBlock) => self.end_phase(now),
            _ => {}
        }
    }

    /// A byte behind S/B.
    fn byte(&mut self, now: Stamp, byte: u8) {
        if self.block.is_empty() {
            self.pace.answered(now);
        }
        self.byte_at = now;
        self.block.push(byte);
        let whole = if self.ending {
            self.block == Code::Syn.bytes()
        } else {
            self.tail().is_some() && !self.is_repeating()
        };
        if whole || self.block.len() >= LONGEST {
            self.judge(now);
        }
    }

    /// The block that is due, at the end of what came: a code that was on its way may stand before it.
    fn tail(&self) -> Option<&[u8]> {
        let start = self.block.len().checked_sub(self.size)?;
        self.block.get(start..).filter(|tail| Block::read(tail).is_some())
    }

    /// Whether this is so far the block before once more: what looks like a block inside of it is payload.
    fn is_repeating(&self) -> bool {
        self.block.len() < self.before.len() && self.before.starts_with(&self.block)
    }

    /// Whether the block before came again, whole and alone but for ACKs. A block that is due, right or damaged, may
    /// end in the same bytes.
    fn is_repetition(&self, bytes: &[u8], due: Option<&[u8]>) -> bool {
        !self.before.is_empty()
            && bytes.strip_suffix(&self.before[..]).is_some_and(is_acks)
            && (self.ending || due.is_none() || self.before.len() >= self.size)
    }

    /// All that comes of a block is here.
    fn judge(&mut self, now: Stamp) {
        self.pace.goes_on(now);
        self.guessing = false;
        let tail = self.tail().map(<[u8]>::to_vec);
        let bytes = std::mem::take(&mut self.block);
        if self.is_repetition(&bytes, tail.as_deref()) {
            // A repetition; at the end in place of SYN, too.
            if self.goes_round() {
                self.ask(now, Code::Goo);
            }
            return;
        }
        if is_acks(&bytes) {
            // It missed our S/B and says again that it heard our verdict.
            self.error("a S/B was lost");
            if self.goes_round() {
                self.send_block(now);
            }
            return;
        }
        if self.ending {
            if bytes.ends_with(&Code::Syn.bytes()) {
                self.tries = 0;
                return self.syn(now);
            }
            self.tries += 1;
            if self.goes_round() {
                self.send_block(now);
            }
            return;
        }
        if let Some(read) = tail.as_deref().and_then(Block::read) {
            if self.data && self.numbers.leaves_some_out(&read) {
                return self.gap(now);
            }
            let (next, last, payload) = (read.next, read.is_last(), read.payload.to_vec());
            let number = read.number;
            if self.data && last && std::mem::take(&mut self.repeated) && !self.numbers.expects(number) {
                self.remark = Some(
                    "its last block has no number, so one that was left out before it would not show: compare the length if you can",
                );
            }
            self.repeated = false;
            if self.data && !payload.is_empty() {
                self.numbers.take(number);
            }
            self.before = tail.unwrap_or_default();
            if self.data {
                self.data_block(now, next, last, payload);
            } else {
                self.type_block(&payload);
            }
            return;
        }
        if !self.data && undoubled(&bytes).is_some_and(|block| block.len() == TYPE_BLOCK) {
            let what = "every FF comes twice, as telnet sends it, and this line is raw: use --telnet";
            return self.end(Err(Failure::Protocol(what.to_owned())));
        }
        // A byte that is lost once looks the same.
        if !self.data && self.bad > 1 && doubled(&bytes).is_some_and(|block| block.len() == TYPE_BLOCK) {
            let what = "one FF of two is missing, as where telnet is spoken to a raw line: use --raw";
            return self.end(Err(Failure::Protocol(what.to_owned())));
        }
        self.error(format!("{} was damaged", self.due_block()));
        self.ask_again(now);
    }

    /// What is waited for, in words.
    fn due_block(&self) -> String {
        if self.data { format!("block {}", self.progress.blocks + 1) } else { "the type block".to_owned() }
    }

    fn ask_again(&mut self, now: Stamp) {
        if self.goes_round() {
            self.progress.resends = self.progress.resends.saturating_add(1);
            self.ask(now, Code::Bad);
        }
    }

    /// A block behind the one that is due. Damage that both sums let through is gone when it comes again.
    fn gap(&mut self, now: Stamp) {
        let what =
            format!("block {} never came, and the far end goes on behind it", self.progress.blocks + 1);
        self.error(what.clone());
        if std::mem::replace(&mut self.numbers.doubted, true) {
            return self.end(Err(Failure::Protocol(what + "; begin anew on both sides")));
        }
        self.ask_again(now);
    }

    /// Counts what came in place of the block that is due; whether it is worth another round.
    fn goes_round(&mut self) -> bool {
        self.bad += 1;
        if self.bad > BAD_BLOCKS {
            let what = format!(
                "{} did not come whole in {BAD_BLOCKS} tries; lower the baud rate, or try --telnet or --raw",
                self.due_block()
            );
            self.end(Err(Failure::Protocol(what)));
        }
        self.bad <= BAD_BLOCKS
    }

    fn type_block(&mut self, payload: &[u8]) {
        let byte = payload.first().copied().unwrap_or_default();
        let kind = block::type_of(byte);
        let meaning = kind.map_or("which has no name".to_owned(), |kind| kind.extension().to_uppercase());
        // What was told before, with the name, goes before.
        let told = self.offer.kind.filter(|told| Some(*told) != kind);
        let but = told.map_or(String::new(), |told| format!("; kept as {}", told.extension().to_uppercase()));
        self.outs.push_back(Out::Note(format!("the far end says: a file of type {byte}, {meaning}{but}")));
        self.offer.kind = self.offer.kind.or(kind);
        self.outs.push_back(Out::Store(Store::Begin(self.offer.clone())));
        self.state = State::Storing(Wish::Begin);
    }

    fn data_block(&mut self, now: Stamp, next: usize, last: bool, payload: Vec<u8>) {
        self.ending = last;
        self.size = next;
        self.progress.doing = "receiving";
        if payload.is_empty() {
            // The first block, or an empty last one.
            if last {
                if self.written > 0 {
                    self.remark = Some("its last block was empty: compare the length if you can");
                }
                self.finish();
            } else if self.goes_round() {
                // Nothing comes with it: so many of them are no file.
                self.ask(now, Code::Goo);
            }
            return;
        }
        self.bad = 0;
        self.written += payload.len() as u64;
        self.outs.push_back(Out::Store(Store::Write(payload)));
        self.state = State::Storing(Wish::Write { last });
    }

    fn finish(&mut self) {
        self.outs.push_back(Out::Store(Store::Finish { length: self.written }));
        self.state = State::Storing(Wish::Finish);
    }

    fn syn(&mut self, now: Stamp) {
        self.say(now, Code::Syn);
        self.state = State::Syn;
    }

    fn end_phase(&mut self, now: Stamp) {
        self.pace.goes_on(now);
        if self.data {
            return self.end(Ok(()));
        }
        (self.data, self.ending, self.size, self.tries, self.bad) = (true, false, HEAD, 0, 0);
        self.before.clear();
        self.state = State::Asking;
        self.ask(now, Code::Goo);
    }

    fn end(&mut self, result: Result<(), Failure>) {
        if self.state == State::Over {
            return;
        }
        self.state = State::Over;
        self.progress.doing = "over";
        self.outs.push_back(Out::Ended(if self.finished { Ok(()) } else { result }));
    }

    fn due(&self) -> Option<Stamp> {
        match self.state {
            State::Asking => Some(self.pace.again(GOO_PERIOD).min(self.pace.patience())),
            // Bytes that come put the end of a block off, but not for ever.
            State::Reading => Some(self.quiet_at().min(self.pace.patience())),
            State::Syn => Some(self.pace.again(CODE_TIMEOUT)),
            State::Storing(_) | State::Over => None,
        }
    }

    /// When silence says that nothing more comes of a block, or nothing at all.
    fn quiet_at(&self) -> Stamp {
        if self.block.is_empty() {
            return self.pace.again(CODE_TIMEOUT);
        }
        let enough = if self.ending {
            // SYN is due, and these are no block.
            self.block.len() < HEAD
        } else {
            self.block.len() >= self.size && !self.is_repeating()
        };
        let drain = enough || is_acks(&self.block);
        self.byte_at + if drain { DRAIN } else { BYTE_TIMEOUT } + self.pace.line_time(2)
    }
}

/// A block whose FFs all came twice, as it was meant.
fn undoubled(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut block = Vec::new();
    let mut rest = bytes;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = if byte == 0xFF { behind.strip_prefix(&[0xFF])? } else { behind };
        block.push(byte);
    }
    Block::read(&block).is_some().then_some(block)
}

/// A block whose FFs all came once where they were meant twice.
fn doubled(bytes: &[u8]) -> Option<Vec<u8>> {
    let block: Vec<u8> =
        bytes.iter().flat_map(|&byte| std::iter::repeat_n(byte, if byte == 0xFF { 2 } else { 1 })).collect();
    (block.len() > bytes.len() && Block::read(&block).is_some()).then_some(block)
}

/// Whether a sender says again and again that it heard our verdict.
fn is_acks(bytes: &[u8]) -> bool {
    bytes.chunks(3).all(|chunk| chunk == Code::Ack.bytes())
}

impl Transfer for Receiver {
    fn receive(&mut self, now: Stamp, bytes: &[u8]) {
        for &byte in bytes {
            match self.state {
                State::Reading => self.byte(now, byte),
                State::Asking | State::Syn => {
                    if let Some(code) = self.window.push(now, byte) {
                        self.pace.answered(now);
                        if let Some(round_trip) = self.pace.turns_out_slow() {
                            self.outs.push_back(Out::Note(super::slow(round_trip)));
                        }
                        self.code(now, code);
                    }
                }
                State::Over => self.behind.push(byte),
                // Nobody speaks to a receiver that has not answered.
                State::Storing(_) => {}
            }
        }
    }

    fn timeout(&mut self, now: Stamp) {
        if self.due().is_none_or(|due| now < due) {
            return;
        }
        let patient = now < self.pace.patience();
        match self.state {
            // CGTerm 3.0 says ACK once, and waits for S/B alone then.
            State::Asking if patient && !self.finished && !self.begins() && self.pace.breath_is_next() => {
                self.guessing = true;
                self.send_block(now);
            }
            State::Asking if patient && !self.finished => self.say(now, self.verdict),
            // The file is here; whether the far end knows is its affair.
            State::Asking if self.finished && self.tries < SYN_TRIES => {
                self.tries += 1;
                self.say(now, self.verdict);
            }
            State::Reading if !self.block.is_empty() => self.judge(now),
            // Which block it holds is not known now: the same again, whichever it is.
            State::Reading if self.guessing => {
                self.guessing = false;
                self.ask(now, Code::Bad);
            }
            State::Reading if patient && !(self.finished && self.tries >= SYN_TRIES) => {
                self.tries += 1;
                self.error("nothing came after S/B");
                self.send_block(now);
            }
            State::Syn => {
                self.tries += 1;
                self.error("no S/B came after SYN");
                if self.tries >= SYN_TRIES {
                    return self.end_phase(now);
                }
                self.syn(now);
            }
            State::Asking if self.data => {
                let what = format!(
                    "the far end fell silent after block {}; begin anew on both sides",
                    self.progress.blocks
                );
                self.end(Err(Failure::TimedOut(what)));
            }
            State::Asking => self.end(Err(Failure::TimedOut(
                "the far end never began to send; start its Punter sender".to_owned(),
            ))),
            State::Reading => {
                let what =
                    format!("the far end fell silent before {}; begin anew on both sides", self.due_block());
                self.end(Err(Failure::TimedOut(what)));
            }
            State::Storing(_) | State::Over => {}
        }
    }

    fn sent(&mut self, now: Stamp) {
        self.pace.left(now);
    }

    fn stored(&mut self, now: Stamp, outcome: Result<Kept, String>) {
        let State::Storing(wish) = self.state else { return };
        let kept = match outcome {
            Ok(kept) => kept,
            Err(why) => return self.end(Err(Failure::Store(why))),
        };
        match wish {
            Wish::Begin => {
                self.progress.name = kept.name;
                self.ending = true;
                self.ask(now, Code::Goo);
            }
            Wish::Write { last } => {
                self.progress.blocks += 1;
                self.progress.bytes = self.written;
                if last { self.finish() } else { self.ask(now, Code::Goo) }
            }
            Wish::Finish => {
                self.finished = true;
                self.progress.doing = "ending";
                let remark = self.remark.map(str::to_owned);
                self.progress.done.push(FileDone { name: kept.name, bytes: self.written, remark });
                self.tries = 0;
                self.ask(now, Code::Goo);
            }
        }
    }

    fn cancel(&mut self, _now: Stamp) {
        self.end(Err(Failure::Cancelled));
    }

    fn hung_up(&mut self, _now: Stamp) {
        self.end(Err(Failure::LinkLost));
    }

    fn poll(&mut self) -> Option<Out> {
        self.outs.pop_front()
    }

    fn due_block(&self) -> Option<DueBlock> {
        let size = self.size;
        let read = move |octets: &[u8]| match octets.len() {
            length if length < size => Part::Begun,
            length if length == size && Block::read(octets).is_some() => Part::Whole,
            _ => Part::Other,
        };
        (self.state == State::Reading && !self.ending).then(|| DueBlock::new(&self.block, read))
    }

    fn leftover(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.behind)
    }

    fn wake(&self) -> Wake {
        match self.due() {
            _ if !self.outs.is_empty() => Wake::Now,
            Some(at) => Wake::At(at),
            None => Wake::OnInput,
        }
    }

    fn progress(&self) -> Progress {
        self.progress.clone()
    }
}
