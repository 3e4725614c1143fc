//! Punter peers, written from the protocol's description alone: each program of it as far as its habits are known.
//!
//! They implement the trait only to be driven by the same line; they use none of our engines, sums or codes. A peer
//! keeps its file itself. Real programs try for ever; these give up after `tries`, or not at all.

#![allow(dead_code, reason = "not every test that includes it needs all of it")]

pub(crate) mod batch;

use std::collections::VecDeque;

use petterm::time::{Span, Stamp, Wake};
use petterm::transfer::{Failure, Kept, Out, Progress, Transfer};

pub(crate) const GOO: [u8; 3] = *b"GOO";
pub(crate) const BAD: [u8; 3] = *b"BAD";
pub(crate) const ACK: [u8; 3] = *b"ACK";
pub(crate) const SB: [u8; 3] = *b"S/B";
pub(crate) const SYN: [u8; 3] = *b"SYN";

pub(crate) const fn ms(ms: u64) -> Span {
    Span::from_millis(ms)
}

/// Both sums of the bytes from offset 4 on, as they stand in a block.
fn sums(bytes: &[u8]) -> [u8; 4] {
    let (mut sum, mut cyclic) = (0_u16, 0_u16);
    for &byte in bytes {
        sum = sum.wrapping_add(u16::from(byte));
        cyclic ^= u16::from(byte);
        cyclic = cyclic.rotate_left(1);
    }
    [sum as u8, (sum >> 8) as u8, cyclic as u8, (cyclic >> 8) as u8]
}

/// A block.
pub(crate) fn block(next: u8, number: u16, payload: &[u8]) -> Vec<u8> {
    let body = [&[next, number as u8, (number >> 8) as u8], payload].concat();
    [&sums(&body)[..], &body].concat()
}

/// What both kinds of peer do alike: codes heard and said, one wait at a time.
struct Mouth {
    octet: Span,
    outs: VecDeque<Out>,
    /// What is said then; until then the peer is busy, and what it hears before it speaks is thrown away.
    speaks: Option<(Stamp, Vec<u8>)>,
    latest: [u8; 3],
    /// A code that counts when nothing follows it at once.
    heard: Option<(Stamp, [u8; 3])>,
    needs_idle: bool,
    /// The wait ends then.
    until: Stamp,
    timeout: Span,
    over: bool,
}

impl Mouth {
    fn new(octet: Span, needs_idle: bool) -> Mouth {
        Mouth {
            octet,
            outs: VecDeque::new(),
            speaks: None,
            latest: [0; 3],
            heard: None,
            needs_idle,
            until: Stamp::ZERO,
            timeout: Span::ZERO,
            over: false,
        }
    }

    fn say(&mut self, at: Stamp, bytes: &[u8]) {
        self.speaks = Some((at, bytes.to_vec()));
    }

    /// Waits for this long, and as long again at every byte.
    fn wait(&mut self, now: Stamp, timeout: Span) {
        self.timeout = timeout;
        self.until = now + timeout;
    }

    /// Speaks when it is time to. True if it did.
    fn speak(&mut self, now: Stamp) -> bool {
        if self.speaks.as_ref().is_none_or(|(at, _)| *at > now) {
            return false;
        }
        let Some((_, bytes)) = self.speaks.take() else { return false };
        let line_time = Span(self.octet.0 * bytes.len() as u64);
        self.until = now + line_time + self.timeout;
        self.latest = [0; 3];
        self.heard = None;
        self.outs.push_back(Out::Tx(bytes));
        true
    }

    /// Takes a byte for a code. A code that counts at once is returned at once.
    fn code(&mut self, now: Stamp, byte: u8) -> Option<[u8; 3]> {
        self.until = self.until.max(now + self.timeout);
        self.heard = None;
        self.latest = [self.latest[1], self.latest[2], byte];
        if ![GOO, BAD, ACK, SB, SYN].contains(&self.latest) {
            return None;
        }
        if self.needs_idle {
            self.heard = Some((now + Span::from_micros(200), self.latest));
            return None;
        }
        Some(std::mem::take(&mut self.latest))
    }

    fn idle_code(&mut self, now: Stamp) -> Option<[u8; 3]> {
        let (_, code) = self.heard.take_if(|(at, _)| *at <= now)?;
        self.latest = [0; 3];
        Some(code)
    }

    fn end(&mut self, result: Result<(), &str>) {
        if !std::mem::replace(&mut self.over, true) {
            self.speaks = None;
            let result = result.map_err(|why| Failure::Protocol(why.to_owned()));
            self.outs.push_back(Out::Ended(result));
        }
    }

    fn wake(&self) -> Wake {
        match (&self.speaks, &self.heard) {
            _ if !self.outs.is_empty() => Wake::Now,
            _ if self.over => Wake::OnInput,
            (Some((at, _)), _) => Wake::At(*at),
            (None, Some((at, _))) => Wake::At((*at).min(self.until)),
            (None, None) => Wake::At(self.until),
        }
    }
}

/// How a receiver behaves.
#[derive(Clone, Debug)]
pub(crate) struct ReceiverHabits {
    /// For a code; every byte starts it anew.
    pub(crate) code_timeout: Span,
    /// GOO and BAD are said again after so many time-outs.
    pub(crate) timeouts_to_repeat: u32,
    pub(crate) byte_timeout: Span,
    /// Before whatever it says.
    pub(crate) pause: Span,
    pub(crate) needs_idle: bool,
    pub(crate) tries: u32,
    pub(crate) bad_blocks: u32,
    /// After the type block GOO is said twice, and each waits for ACK.
    pub(crate) double_goo: bool,
    /// A block of eight bytes or less has nothing to store.
    pub(crate) drops_tiny: bool,
    /// GOO where ACK is due is taken for an echo.
    pub(crate) stops_on_goo: bool,
    /// Codes read behind the S/B that ends a phase, whatever they are, without a word of its own.
    pub(crate) blind_codes: u32,
    /// Each GOO is said so often in one go.
    pub(crate) goo_times: usize,
    /// Stands before every code.
    pub(crate) rubbish: &'static [u8],
}

impl ReceiverHabits {
    pub(crate) fn ccgms() -> ReceiverHabits {
        ReceiverHabits {
            // Behind each there is the pause, in which what comes is lost where something is said then.
            code_timeout: ms(890),
            timeouts_to_repeat: 2,
            byte_timeout: ms(750),
            pause: ms(320),
            needs_idle: true,
            // It tries for ever; its user does not.
            tries: 300,
            bad_blocks: u32::MAX,
            double_goo: false,
            drops_tiny: false,
            stops_on_goo: false,
            blind_codes: 0,
            goo_times: 1,
            rubbish: b"",
        }
    }

    pub(crate) fn cgterm17() -> ReceiverHabits {
        ReceiverHabits {
            code_timeout: ms(1_000),
            timeouts_to_repeat: 1,
            byte_timeout: ms(5_500),
            pause: Span::ZERO,
            needs_idle: false,
            tries: 10,
            bad_blocks: 10,
            double_goo: true,
            drops_tiny: true,
            stops_on_goo: true,
            ..ReceiverHabits::ccgms()
        }
    }

    pub(crate) fn cgterm30() -> ReceiverHabits {
        ReceiverHabits {
            code_timeout: ms(3_000),
            byte_timeout: ms(60_000),
            tries: 20,
            drops_tiny: false,
            stops_on_goo: false,
            ..ReceiverHabits::cgterm17()
        }
    }

    pub(crate) fn testpunter() -> ReceiverHabits {
        ReceiverHabits { stops_on_goo: false, blind_codes: 2, byte_timeout: ms(1_000), ..Self::cgterm17() }
    }

    pub(crate) fn repeats_goo() -> ReceiverHabits {
        ReceiverHabits { goo_times: 3, double_goo: false, drops_tiny: false, ..Self::cgterm17() }
    }

    pub(crate) fn shifted() -> ReceiverHabits {
        ReceiverHabits { rubbish: b"OGO CKA /BS\0", double_goo: false, drops_tiny: false, ..Self::cgterm17() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Reading {
    Ack,
    Block,
    Syn,
    LastSb,
    Blind(u32),
}

/// A receiver.
pub(crate) struct PeerReceiver {
    habits: ReceiverHabits,
    mouth: Mouth,
    state: Reading,
    verdict: [u8; 3],
    data: bool,
    ending: bool,
    /// The second GOO behind the type block is still to be said.
    again: bool,
    size: usize,
    block: Vec<u8>,
    tries: u32,
    bad: u32,
    syns: u32,
    pub(crate) kind: Option<u8>,
    pub(crate) file: Vec<u8>,
    pub(crate) complete: bool,
}

impl PeerReceiver {
    pub(crate) fn new(habits: ReceiverHabits, octet: Span) -> PeerReceiver {
        PeerReceiver::from(Stamp::ZERO, habits, octet)
    }

    pub(crate) fn from(now: Stamp, habits: ReceiverHabits, octet: Span) -> PeerReceiver {
        let mut peer = PeerReceiver {
            mouth: Mouth::new(octet, habits.needs_idle),
            habits,
            state: Reading::Ack,
            verdict: GOO,
            data: false,
            ending: false,
            again: false,
            size: 8,
            block: Vec::new(),
            tries: 0,
            bad: 0,
            syns: 0,
            kind: None,
            file: Vec::new(),
            complete: false,
        };
        peer.ask(now, GOO);
        peer
    }

    fn say(&mut self, now: Stamp, code: [u8; 3], timeout: Span) {
        let times = if code == GOO { self.habits.goo_times } else { 1 };
        let bytes = [self.habits.rubbish, &code.repeat(times)].concat();
        self.mouth.timeout = timeout;
        self.mouth.say(now + self.habits.pause, &bytes);
        self.mouth.speak(now);
    }

    fn ask(&mut self, now: Stamp, verdict: [u8; 3]) {
        (self.verdict, self.state) = (verdict, Reading::Ack);
        self.say(now, verdict, self.habits.code_timeout);
    }

    fn read(&mut self, now: Stamp) {
        self.block.clear();
        if self.ending {
            self.state = Reading::Syn;
            self.say(now, SB, self.habits.code_timeout);
        } else {
            self.state = Reading::Block;
            self.say(now, SB, self.habits.byte_timeout);
        }
    }

    fn code(&mut self, now: Stamp, code: [u8; 3]) {
        match (self.state, code) {
            (Reading::Ack, ACK) => {
                self.tries = 0;
                if std::mem::take(&mut self.again) {
                    return self.ask(now, GOO);
                }
                self.read(now);
            }
            (Reading::Ack, GOO) if self.habits.stops_on_goo => self.mouth.end(Err("an echo")),
            (Reading::Syn, SYN) => {
                (self.state, self.syns) = (Reading::LastSb, 1);
                self.say(now, SYN, self.habits.code_timeout);
            }
            (Reading::LastSb, SB) => self.blind(now, self.habits.blind_codes),
            (Reading::Blind(left), _) => self.blind(now, left - 1),
            _ => {}
        }
    }

    fn blind(&mut self, now: Stamp, left: u32) {
        if left > 0 {
            self.state = Reading::Blind(left);
            return self.mouth.wait(now, ms(2_500));
        }
        if self.data {
            self.complete = true;
            return self.mouth.end(Ok(()));
        }
        (self.data, self.ending, self.size) = (true, false, 7);
        self.ask(now, GOO);
    }

    fn judge(&mut self, now: Stamp) {
        let block = std::mem::take(&mut self.block);
        if block.is_empty() || block == ACK {
            self.tries += 1;
            if self.tries > self.habits.tries {
                return self.mouth.end(Err("no block"));
            }
            return self.read(now);
        }
        let good = block.len() == self.size
            && block[..4] == sums(&block[4..])
            && (block[6] == 0xFF || block[4] >= 7);
        if !good {
            self.bad += 1;
            if self.bad > self.habits.bad_blocks {
                return self.mouth.end(Err("damaged"));
            }
            return self.ask(now, BAD);
        }
        self.ending = block[6] == 0xFF;
        self.size = block[4].into();
        if !self.data {
            (self.kind, self.again) = (Some(block[7]), self.habits.double_goo);
        } else if block.len() > if self.habits.drops_tiny { 8 } else { 7 } {
            self.file.extend(&block[7..]);
        }
        self.ask(now, GOO);
    }
}

impl Transfer for PeerReceiver {
    fn receive(&mut self, now: Stamp, bytes: &[u8]) {
        for &byte in bytes {
            if self.mouth.over || self.mouth.speaks.is_some() {
                continue;
            }
            if self.state == Reading::Block {
                self.mouth.wait(now, self.habits.byte_timeout);
                self.block.push(byte);
                if self.block.len() == self.size {
                    self.judge(now);
                }
            } else if let Some(code) = self.mouth.code(now, byte) {
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
        if self.tries > self.habits.tries && self.state != Reading::LastSb {
            return self.mouth.end(Err("no code"));
        }
        match self.state {
            Reading::Ack if !self.tries.is_multiple_of(self.habits.timeouts_to_repeat) => {
                self.mouth.wait(now, self.habits.pause + self.habits.code_timeout);
                self.mouth.timeout = self.habits.code_timeout;
            }
            Reading::Ack => self.ask(now, self.verdict),
            Reading::Block => {
                self.tries -= 1;
                self.judge(now);
            }
            Reading::Syn => self.read(now),
            Reading::LastSb if self.syns < 10 => {
                self.syns += 1;
                self.say(now, SYN, self.habits.code_timeout);
            }
            Reading::LastSb => self.blind(now, 0),
            // It has nothing to say again.
            Reading::Blind(_) => self.mouth.end(Err("crashed")),
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
}

impl SenderHabits {
    pub(crate) fn ccgms() -> SenderHabits {
        SenderHabits {
            code_timeout: ms(890),
            pause: ms(320),
            needs_idle: true,
            // It tries for ever; its user does not.
            tries: 300,
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
