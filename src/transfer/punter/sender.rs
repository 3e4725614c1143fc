//! The sender of one file.
//!
//! Each block, and SYN at the end of a phase, goes the same way: ready (GOO, or BAD and S/B for the same again), ACK,
//! S/B, block. Where implementations differ: GOO that is repeated where S/B is due is answered with ACK at once at the
//! end of phase A, since one family asks twice there; S/B right behind a block is an old one that was on its way and is
//! not heard; SYN and GOO behind the end of phase A are answered though the 6502 programs are deaf then.

use std::collections::VecDeque;
use std::ops::Range;

use super::block;
use super::pace::Pace;
use super::{BAD_BLOCKS, CODE_TIMEOUT, Code, SYN_TRIES, Window};
use crate::time::{Span, Stamp, Wake};
use crate::transfer::{
    Failure, FileDone, Kept, LeadingGoo, Options, Out, OutgoingFile, Progress, Refusal, Transfer,
};

/// With this a receiver by XMODEM asks for a file.
const NAK: u8 = 0x15;
/// A GOO of our own goes out when none was heard for so long.
const LEADING: Span = Span::from_secs(3);
/// After a block S/B is not heard for this long, besides round trip and line time.
const STALE: Span = Span::from_millis(500);
/// The S/B at the end of a phase is said so often.
const TAIL: u32 = 3;
/// And again after this.
const TAIL_PERIOD: Span = Span::from_millis(1_200);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// GOO is waited for, before the first block of a phase.
    Begin,
    /// ACK was said: S/B is due, for the block at hand or for SYN.
    Asked,
    /// The block at hand was sent: GOO or BAD is due.
    Sent,
    /// SYN was said: SYN is due.
    Syn,
    /// The last S/B was said; whoever missed it says SYN again.
    Tail,
    Over,
}

/// The sender.
pub(super) struct Sender {
    file: OutgoingFile,
    cuts: Vec<Range<usize>>,
    leading: Option<Stamp>,
    /// Phase B, in which the file goes.
    data: bool,
    /// The number of the block at hand in its phase: 0 is the type block, or the empty first one.
    at: usize,
    /// All blocks of the phase were acknowledged.
    ending: bool,
    state: State,
    window: Window,
    pace: Pace,
    /// The block, or the ACK that S/B brought, has not left: where a machine slept, S/B may wait behind it that was said
    /// for want of it, and a second copy would bring a second GOO, which the next block would be taken for.
    under_way: bool,
    /// Copies of the block at hand that no verdict was heard of; and of those before it, whose verdicts come first.
    copies: u32,
    older: u32,
    /// How often the block at hand, or SYN, went out.
    tries: u32,
    /// It was told that the far end speaks another protocol.
    nak_noted: bool,
    outs: VecDeque<Out>,
    /// Behind the last S/B: the beginning of a code, or of what the far end says next.
    behind: Vec<u8>,
    progress: Progress,
}

impl Sender {
    pub(super) fn new(file: OutgoingFile, options: &Options, now: Stamp) -> Result<Sender, Refusal> {
        let cuts = block::cut(&file, options)?;
        let progress = Progress {
            doing: "waiting for the far end",
            name: file.name.clone(),
            length: Some(file.data.len() as u64),
            file: 1,
            files: Some(1),
            ..Progress::default()
        };
        let mut sender = Sender {
            cuts,
            leading: match options.leading_goo {
                LeadingGoo::Never => None,
                LeadingGoo::Always => Some(now),
                LeadingGoo::IfSilent => Some(now + LEADING),
            },
            data: false,
            at: 0,
            ending: false,
            state: State::Begin,
            window: Window::default(),
            pace: Pace::new(options.octet, now),
            under_way: false,
            copies: 0,
            older: 0,
            tries: 0,
            nak_noted: false,
            outs: VecDeque::new(),
            behind: Vec::new(),
            progress,
            file,
        };
        sender.lead(now);
        Ok(sender)
    }

    /// Whether the receiver has been heard of.
    pub(super) fn has_begun(&self) -> bool {
        self.data || self.state != State::Begin
    }

    /// Says GOO once where nobody else did.
    fn lead(&mut self, now: Stamp) {
        if self.state == State::Begin && self.leading.is_some_and(|at| at <= now) {
            self.leading = None;
            self.say(now, Code::Goo);
        }
    }

    fn say(&mut self, now: Stamp, code: Code) {
        self.pace.says(now, 3, matches!(self.state, State::Asked | State::Sent | State::Syn));
        self.outs.push_back(Out::Tx(code.bytes().to_vec()));
    }

    fn error(&mut self, what: impl Into<String>) {
        self.progress.errors = self.progress.errors.saturating_add(1);
        self.progress.last_error = Some(what.into());
    }

    fn code(&mut self, now: Stamp, code: Code) {
        use Code::{Ack, Bad, Goo, SendBlock, Syn};
        self.leading = None;
        match (self.state, code) {
            (State::Begin, Goo | Bad | SendBlock) => self.acknowledge(now),
            (State::Asked, SendBlock) if self.under_way => {}
            (State::Asked, SendBlock) if self.ending => {
                self.pace.goes_on(now);
                self.syn(now);
            }
            (State::Asked, SendBlock) => self.send_block(now),
            // That end asks twice before its S/B, and waits for an answer to each. Nothing goes on by it.
            (State::Asked, Goo) if self.ending && !self.data => self.say(now, Code::Ack),
            (State::Sent, Goo | Bad) if self.older > 0 => self.older -= 1,
            (State::Sent, Goo) => {
                self.through();
                self.acknowledge(now);
            }
            // S/B was said before the block at hand came, and this behind it: the ACK to the one answers the other.
            (State::Asked, Goo) if !self.ending && self.tries > 0 => self.through(),
            (State::Sent, Bad) => {
                self.error(format!("{} was damaged", self.block_at_hand()));
                self.copies = self.copies.saturating_sub(1);
                self.again(now);
            }
            (State::Sent, SendBlock) if !self.under_way && now >= self.stale_until() => {
                self.error(format!("{} did not arrive", self.block_at_hand()));
                self.again(now);
                self.under_way = true;
            }
            (State::Syn, Syn) => self.end_phase(now),
            (State::Syn, SendBlock) => self.syn(now),
            (State::Tail, Syn) if self.tries < TAIL + SYN_TRIES => {
                self.tries += 1;
                self.say(now, SendBlock);
            }
            (State::Tail, Goo) if !self.data => self.begin_data(now),
            (_, Ack | Goo | Bad | SendBlock | Syn) => {}
        }
    }

    fn stale_until(&self) -> Stamp {
        self.pace.after(STALE)
    }

    fn acknowledge(&mut self, now: Stamp) {
        self.pace.goes_on(now);
        self.under_way = false;
        self.say(now, Code::Ack);
        self.state = State::Asked;
        self.progress.doing = if self.ending { "ending" } else { "sending" };
    }

    fn block_at_hand(&self) -> String {
        match (self.data, self.at) {
            (false, _) => "the type block".to_owned(),
            (true, 0) => "the empty first block".to_owned(),
            (true, at) => format!("block {at}"),
        }
    }

    /// The same block once more.
    fn again(&mut self, now: Stamp) {
        if self.tries > BAD_BLOCKS {
            let what = format!(
                "{} was damaged {BAD_BLOCKS} times; a lower baud rate or a smaller --block-size may get it through",
                self.block_at_hand()
            );
            return self.end(Err(Failure::Protocol(what)));
        }
        self.progress.resends = self.progress.resends.saturating_add(1);
        self.acknowledge(now);
    }

    fn send_block(&mut self, now: Stamp) {
        let head = |at: usize| self.cuts.get(at).map_or(0, |cut| block::HEAD + cut.len()) as u8;
        let block = if !self.data {
            // 4 is what the C64 sends there, where no size is meant.
            block::build(4, 0xFFFF, &[block::type_byte(self.file.kind)])
        } else if self.at == 0 {
            // An empty file has an empty last block.
            block::build(if self.cuts.is_empty() { block::HEAD as u8 } else { head(0) }, 0, &[])
        } else {
            let payload = self.cuts.get(self.at - 1).and_then(|cut| self.file.data.get(cut.clone()));
            let number = self.at as u16;
            let last = self.at >= self.cuts.len();
            let number = if last { 0xFF00 | (number & 0xFF) } else { number };
            block::build(if last { 4 } else { head(self.at) }, number, payload.unwrap_or_default())
        };
        self.tries += 1;
        self.copies += 1;
        self.pace.goes_on(now);
        self.under_way = true;
        self.pace.says(now, block.len(), false);
        self.outs.push_back(Out::Tx(block));
        self.state = State::Sent;
    }

    /// The block at hand is with the receiver.
    fn through(&mut self) {
        self.tries = 0;
        self.older += std::mem::take(&mut self.copies).saturating_sub(1);
        if self.data && self.at > 0 {
            self.progress.blocks += 1;
            let through = self.cuts.get(self.at - 1).map_or(0, |cut| cut.end);
            self.progress.bytes = through as u64;
        }
        let last = if self.data { self.cuts.len().max(1) } else { 0 };
        if self.at >= last {
            self.ending = true;
            if self.data {
                // It has the file; what follows are courtesies.
                let name = self.file.name.clone();
                let bytes = self.file.data.len() as u64;
                self.progress.done.push(FileDone { name, bytes, remark: None });
            }
        } else {
            self.at += 1;
        }
    }

    fn syn(&mut self, now: Stamp) {
        if self.tries >= SYN_TRIES {
            return self.end_phase(now);
        }
        self.tries += 1;
        self.say(now, Code::Syn);
        self.state = State::Syn;
    }

    fn end_phase(&mut self, now: Stamp) {
        self.tries = 1;
        self.pace.goes_on(now);
        self.say(now, Code::SendBlock);
        self.state = State::Tail;
    }

    fn begin_data(&mut self, now: Stamp) {
        (self.data, self.ending, self.at, self.tries) = (true, false, 0, 0);
        self.state = State::Begin;
        self.acknowledge(now);
    }

    /// Takes a byte behind the end of the transfer; whether the far end speaks of something else by now.
    fn is_no_code(&mut self, byte: u8) -> bool {
        self.behind.push(byte);
        let begins = |code: &Code| code.bytes().starts_with(&self.behind);
        let may_be = Code::ALL.iter().any(begins);
        if self.behind.len() == 3 && may_be {
            self.behind.clear();
        }
        !may_be
    }

    /// Whether the receiver has said that it has the whole file.
    fn is_through(&self) -> bool {
        self.data && self.ending
    }

    fn end(&mut self, result: Result<(), Failure>) {
        if self.state == State::Over {
            return;
        }
        self.state = State::Over;
        self.progress.doing = "over";
        // Silence after its GOO for the last block takes nothing away.
        let result = if self.is_through() { Ok(()) } else { result };
        self.outs.push_back(Out::Ended(result));
    }

    fn due(&self) -> Option<Stamp> {
        let patience = self.pace.patience();
        match self.state {
            State::Begin => Some(self.leading.map_or(patience, |leading| leading.min(patience))),
            // GOO that is repeated puts the answer off, but not for ever.
            State::Asked if !self.is_through() => Some(self.pace.again(CODE_TIMEOUT).min(patience)),
            State::Asked | State::Syn => Some(self.pace.again(CODE_TIMEOUT)),
            State::Sent => Some(patience),
            // As often as the 6502 programs say it; some receivers count on that, at the end of the file, too.
            State::Tail if self.tries < TAIL => Some(self.pace.after(TAIL_PERIOD)),
            // Phase B begins when the receiver asks; at its end nobody has to.
            State::Tail if self.data => Some(self.pace.after(CODE_TIMEOUT)),
            State::Tail => Some(patience),
            State::Over => None,
        }
    }
}

impl Transfer for Sender {
    fn receive(&mut self, now: Stamp, bytes: &[u8]) {
        for &byte in bytes {
            if self.state == State::Over {
                self.behind.push(byte);
                continue;
            }
            if self.state == State::Tail && self.data && self.is_no_code(byte) {
                self.end(Ok(()));
                continue;
            }
            if byte == NAK && !self.has_begun() && !std::mem::replace(&mut self.nak_noted, true) {
                let note = "the far end says NAK: it waits for a file by XMODEM";
                self.outs.push_back(Out::Note(note.to_owned()));
            }
            if let Some(code) = self.window.push(now, byte) {
                self.pace.answered(now);
                if let Some(round_trip) = self.pace.turns_out_slow() {
                    self.outs.push_back(Out::Note(super::slow(round_trip)));
                }
                self.code(now, code);
            }
        }
    }

    fn timeout(&mut self, now: Stamp) {
        if self.due().is_none_or(|due| now < due) {
            return;
        }
        let patient = now < self.pace.patience();
        match self.state {
            State::Begin if self.leading.is_some() => self.lead(now),
            State::Asked if patient || self.is_through() => {
                self.error("no S/B came");
                // Where the file is through, the end of it is not worth a minute.
                if self.is_through() {
                    self.tries += 1;
                    if self.tries > SYN_TRIES {
                        return self.end(Ok(()));
                    }
                }
                self.say(now, Code::Ack);
            }
            State::Syn => {
                self.error("no SYN came");
                self.syn(now);
            }
            State::Tail if self.tries < TAIL => {
                self.tries += 1;
                self.say(now, Code::SendBlock);
            }
            State::Tail if self.data => self.end(Ok(())),
            State::Begin => {
                self.end(Err(Failure::TimedOut(
                    "the far end never asked for the file; start its Punter receiver".to_owned(),
                )));
            }
            State::Tail => {
                let what = "the far end took the type and never asked for the file; begin anew on both sides"
                    .to_owned();
                self.end(Err(Failure::TimedOut(what)));
            }
            State::Asked | State::Sent => {
                let what =
                    format!("the far end fell silent at {}; begin anew on both sides", self.block_at_hand());
                self.end(Err(Failure::TimedOut(what)));
            }
            State::Over => {}
        }
    }

    fn sent(&mut self, now: Stamp) {
        self.under_way = false;
        self.pace.left(now);
    }

    fn stored(&mut self, _now: Stamp, _outcome: Result<Kept, String>) {}

    fn cancel(&mut self, _now: Stamp) {
        self.end(Err(Failure::Cancelled));
    }

    fn hung_up(&mut self, _now: Stamp) {
        self.end(Err(Failure::LinkLost));
    }

    fn poll(&mut self) -> Option<Out> {
        self.outs.pop_front()
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
