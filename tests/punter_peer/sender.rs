//! Senders: each program's as far as its habits are known.

use std::ops::Range;

use petterm::time::{Span, Stamp, Wake};
use petterm::transfer::{Kept, Out, Progress, Transfer};

use super::{ACK, BAD, GOO, Mouth, SB, SYN, block, ms};

/// How a sender cuts and numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Numbers {
    /// Payload from 1, the last one FF00 + n.
    FromOne,
    /// Payload from 0; an empty last block behind a full one.
    FromZero,
    /// The last one is FFFF.
    LastFfff,
    /// The same, and an empty file's first block is its last.
    FirstIsLast,
}

/// How a sender behaves.
#[derive(Clone, Debug)]
pub(crate) struct SenderHabits {
    pub(crate) code_timeout: Span,
    /// Before a block, and before ACK is said again.
    pub(crate) pause: Span,
    pub(crate) needs_idle: bool,
    pub(crate) tries: u32,
    /// ACK is said again for want of S/B.
    pub(crate) repeats_ack: bool,
    pub(crate) leading_goo: bool,
    pub(crate) block_size: usize,
    /// The sizes of blocks, in turn, in place of one.
    pub(crate) sizes: Vec<usize>,
    pub(crate) numbers: Numbers,
    /// S/B at the end of a phase; after each it is deaf for a time-out where there are several.
    pub(crate) last_sbs: u32,
    pub(crate) deaf: Span,
    /// Codes behind a block, the last of which counts.
    pub(crate) codes_behind_block: u32,
    pub(crate) type_byte: u8,
    /// Byte 4 of a last block.
    pub(crate) stray: u8,
    /// Stands before every code.
    pub(crate) rubbish: &'static [u8],
    /// A block with right sums that is said once in place of the block of this number of its phase B.
    pub(crate) instead: Option<(usize, Vec<u8>)>,
    /// Blocks of phase B that are never sent: one GOO was heard twice.
    pub(crate) skips: Range<usize>,
}

impl SenderHabits {
    pub(crate) fn ccgms() -> SenderHabits {
        SenderHabits {
            code_timeout: ms(890),
            pause: ms(320),
            needs_idle: true,
            // It tries for ever; its user does not.
            tries: 300,
            repeats_ack: true,
            leading_goo: true,
            block_size: 255,
            sizes: Vec::new(),
            numbers: Numbers::FromOne,
            last_sbs: 3,
            deaf: ms(1_220),
            codes_behind_block: 1,
            type_byte: 1,
            stray: 5,
            rubbish: b"",
            instead: None,
            skips: 0..0,
        }
    }

    pub(crate) fn retrobbs() -> SenderHabits {
        SenderHabits {
            code_timeout: ms(1_000),
            pause: Span::ZERO,
            needs_idle: false,
            tries: 12,
            leading_goo: false,
            numbers: Numbers::FromZero,
            last_sbs: 1,
            deaf: Span::ZERO,
            stray: 0,
            ..SenderHabits::ccgms()
        }
    }

    pub(crate) fn cbmterm3() -> SenderHabits {
        SenderHabits { codes_behind_block: 2, numbers: Numbers::FromOne, ..Self::retrobbs() }
    }

    pub(crate) fn cgterm30() -> SenderHabits {
        SenderHabits {
            code_timeout: ms(3_000),
            tries: 20,
            repeats_ack: false,
            leading_goo: true,
            block_size: 254,
            numbers: Numbers::FirstIsLast,
            ..Self::retrobbs()
        }
    }

    pub(crate) fn egw() -> SenderHabits {
        SenderHabits {
            code_timeout: ms(5_000),
            tries: 9,
            numbers: Numbers::LastFfff,
            last_sbs: 3,
            stray: 255,
            ..Self::retrobbs()
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Sending {
    Ready,
    /// A block went out: so many codes are due.
    Behind(u32),
    Asked,
    Syn,
    Deaf(u32),
}

/// A sender.
pub(crate) struct PeerSender {
    habits: SenderHabits,
    mouth: Mouth,
    state: Sending,
    /// Blocks of the phase.
    blocks: Vec<Vec<u8>>,
    data_blocks: Vec<Vec<u8>>,
    at: usize,
    data: bool,
    tries: u32,
    syns: u32,
}

impl PeerSender {
    pub(crate) fn new(habits: SenderHabits, octet: Span, file: &[u8]) -> PeerSender {
        PeerSender::from(Stamp::ZERO, habits, octet, file)
    }

    pub(crate) fn from(now: Stamp, habits: SenderHabits, octet: Span, file: &[u8]) -> PeerSender {
        let mut parts: Vec<&[u8]> = Vec::new();
        let (mut rest, mut turn) = (file, 0);
        while !rest.is_empty() {
            let size = habits.sizes.get(turn % habits.sizes.len().max(1)).copied();
            let (part, behind) = rest.split_at((size.unwrap_or(habits.block_size) - 7).min(rest.len()));
            parts.push(part);
            (rest, turn) = (behind, turn + 1);
        }
        let full = parts.last().is_some_and(|part| part.len() + 7 == habits.block_size);
        let first_is_last = parts.is_empty() && habits.numbers == Numbers::FirstIsLast;
        if (parts.is_empty() && !first_is_last) || (full && habits.numbers == Numbers::FromZero) {
            parts.push(b"");
        }
        let size_of = |n: usize| parts.get(n).map_or(habits.stray, |part: &&[u8]| (part.len() + 7) as u8);
        let mut blocks = vec![block(size_of(0), if first_is_last { 0xFFFF } else { 0 }, b"")];
        for (n, part) in parts.iter().enumerate() {
            let number = if habits.numbers == Numbers::FromZero { n } else { n + 1 } as u16;
            let number = match (n + 1 == parts.len(), habits.numbers) {
                (false, _) => number,
                (true, Numbers::FromOne | Numbers::FromZero) => 0xFF00 | (number & 0xFF),
                (true, _) => 0xFFFF,
            };
            blocks.push(block(size_of(n + 1), number, part));
        }
        blocks.drain(habits.skips.clone());
        let mut peer = PeerSender {
            mouth: Mouth::new(octet, habits.needs_idle),
            state: Sending::Ready,
            blocks: vec![block(4, 0xFFFF, &[habits.type_byte])],
            data_blocks: blocks,
            at: 0,
            data: false,
            tries: 0,
            syns: 0,
            habits,
        };
        peer.mouth.wait(now, Span::from_secs(90));
        if peer.habits.leading_goo {
            peer.say(now, &GOO, Span::from_secs(90));
        }
        peer
    }

    fn say(&mut self, now: Stamp, code: &[u8], timeout: Span) {
        self.say_after(now, Span::ZERO, code, timeout);
    }

    fn say_after(&mut self, now: Stamp, pause: Span, code: &[u8], timeout: Span) {
        self.mouth.timeout = timeout;
        self.mouth.say(now + pause, &[self.habits.rubbish, code].concat());
        self.mouth.speak(now);
    }

    fn acknowledge(&mut self, now: Stamp) {
        self.state = Sending::Asked;
        self.say(now, &ACK, self.habits.code_timeout);
    }

    fn send_block(&mut self, now: Stamp) {
        let instead = self.habits.instead.take_if(|(at, _)| self.data && *at == self.at);
        let block = instead.map_or_else(|| self.blocks[self.at].clone(), |(_, block)| block);
        self.state = Sending::Behind(self.habits.codes_behind_block);
        self.mouth.timeout = Span::from_secs(90);
        self.mouth.say(now + self.habits.pause, &block);
        self.mouth.speak(now);
    }

    fn code(&mut self, now: Stamp, code: [u8; 3]) {
        match (self.state, code) {
            (Sending::Ready, GOO | BAD | SB) => self.acknowledge(now),
            (Sending::Behind(left), GOO | BAD) if left > 1 => self.state = Sending::Behind(left - 1),
            (Sending::Behind(_), GOO) => {
                (self.at, self.tries) = (self.at + 1, 0);
                self.acknowledge(now);
            }
            (Sending::Behind(_), BAD | SB) => self.acknowledge(now),
            (Sending::Asked, SB) => {
                self.tries = 0;
                if self.at < self.blocks.len() {
                    return self.send_block(now);
                }
                (self.state, self.syns) = (Sending::Syn, 1);
                self.say(now, &SYN, self.habits.code_timeout);
            }
            (Sending::Syn, SYN) => self.last_sb(now, self.habits.last_sbs),
            _ => {}
        }
    }

    fn last_sb(&mut self, now: Stamp, left: u32) {
        self.state = Sending::Deaf(left - 1);
        self.say(now, &SB, self.habits.deaf);
        if self.habits.deaf == Span::ZERO {
            self.after_deaf(now);
        }
    }

    fn after_deaf(&mut self, now: Stamp) {
        match self.state {
            Sending::Deaf(left) if left > 0 => self.last_sb(now, left),
            _ if self.data => self.mouth.end(Ok(())),
            _ => {
                (self.data, self.at, self.tries, self.state) = (true, 0, 0, Sending::Ready);
                self.blocks = std::mem::take(&mut self.data_blocks);
                self.mouth.wait(now, Span::from_secs(90));
            }
        }
    }
}

impl Transfer for PeerSender {
    fn receive(&mut self, now: Stamp, bytes: &[u8]) {
        for &byte in bytes {
            if self.mouth.over || self.mouth.speaks.is_some() || matches!(self.state, Sending::Deaf(_)) {
                continue;
            }
            if let Some(code) = self.mouth.code(now, byte) {
                self.code(now, code);
            }
        }
    }

    fn timeout(&mut self, now: Stamp) {
        if self.mouth.over || self.mouth.speak(now) {
            return;
        }
        if let Some(code) = self.mouth.idle_code(now) {
            return self.code(now, code);
        }
        if self.mouth.until > now || self.mouth.speaks.is_some() {
            return;
        }
        self.tries = self.tries.saturating_add(1);
        if self.tries > self.habits.tries {
            return self.mouth.end(Err("no code"));
        }
        match self.state {
            Sending::Deaf(_) => self.after_deaf(now),
            Sending::Asked if !self.habits.repeats_ack => self.mouth.wait(now, self.habits.code_timeout),
            Sending::Asked => self.say_after(now, self.habits.pause, &ACK, self.habits.code_timeout),
            Sending::Syn if self.syns < 10 => {
                self.syns += 1;
                self.say(now, &SYN, self.habits.code_timeout);
            }
            Sending::Syn => self.last_sb(now, self.habits.last_sbs),
            Sending::Ready | Sending::Behind(_) => self.mouth.end(Err("nobody there")),
        }
    }

    fn sent(&mut self, _now: Stamp) {}
    fn stored(&mut self, _now: Stamp, _outcome: Result<Kept, String>) {}
    fn cancel(&mut self, _now: Stamp) {}
    fn hung_up(&mut self, _now: Stamp) {
        self.mouth.end(Err("hung up"));
    }
    fn poll(&mut self) -> Option<Out> {
        self.mouth.outs.pop_front()
    }
    fn wake(&self) -> Wake {
        self.mouth.wake()
    }
    fn progress(&self) -> Progress {
        Progress::default()
    }
}
