//! Two ends and a line between them in virtual time, with one fault or noise on it; and the ends that are not ours:
//! an XMODEM peer and PETTERM's LOAD and SAVE, written from the protocol's description and not from `transfer`.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "shared by several test programs, which fail loudly"
)]

use std::collections::VecDeque;

use petterm::time::{Span, Stamp, Wake};
use petterm::transfer::{Failure, FileKind, Kept, Options, Out, OutgoingFile, Progress, Store, Transfer};

pub(crate) const SECOND: u64 = 1_000_000_000;

/// One end of the line; `None` as wake is "only when something comes".
pub(crate) trait End {
    fn wake(&self) -> Option<u64>;
    fn timeout(&mut self, now: u64);
    fn receive(&mut self, now: u64, byte: u8);
    /// What it says now.
    fn say(&mut self, now: u64) -> Vec<u8>;
    fn is_over(&self) -> bool;
}

/// One of our engines with a store in memory.
pub(crate) struct Ours {
    pub(crate) engine: Box<dyn Transfer>,
    pub(crate) files: Vec<Vec<u8>>,
    pub(crate) part: Vec<u8>,
    pub(crate) ended: Option<Result<(), Failure>>,
    pub(crate) notes: Vec<String>,
    /// The n-th wish to the store fails.
    pub(crate) fails_at: Option<usize>,
    pub(crate) wishes: usize,
    /// What was said and asked, for tests of the order.
    pub(crate) log: Vec<Out>,
}

impl Ours {
    pub(crate) fn new(engine: Box<dyn Transfer>) -> Ours {
        Ours {
            engine,
            files: vec![],
            part: vec![],
            ended: None,
            notes: vec![],
            fails_at: None,
            wishes: 0,
            log: vec![],
        }
    }

    pub(crate) fn progress(&self) -> Progress {
        self.engine.progress()
    }

    pub(crate) fn is_good(&self) -> bool {
        matches!(self.ended, Some(Ok(())))
    }
}

impl End for Ours {
    fn wake(&self) -> Option<u64> {
        match self.engine.wake() {
            Wake::Now => Some(0),
            Wake::At(at) => Some(at.0),
            Wake::OnInput => None,
        }
    }

    fn timeout(&mut self, now: u64) {
        self.engine.timeout(Stamp(now));
    }

    fn receive(&mut self, now: u64, byte: u8) {
        self.engine.receive(Stamp(now), &[byte]);
    }

    fn say(&mut self, now: u64) -> Vec<u8> {
        let mut said = Vec::new();
        while let Some(out) = self.engine.poll() {
            assert!(self.ended.is_none(), "{out:?} behind the end");
            self.log.push(out.clone());
            match out {
                Out::Tx(bytes) => {
                    said.extend(bytes);
                    self.engine.sent(Stamp(now));
                }
                Out::Store(wish) => {
                    self.wishes += 1;
                    let outcome = if self.fails_at == Some(self.wishes) {
                        Err("no space left on the disk".to_owned())
                    } else {
                        match wish {
                            Store::Begin(_) => self.part.clear(),
                            Store::Write(bytes) => self.part.extend(bytes),
                            Store::Finish { length } => {
                                self.part.truncate(length as usize);
                                self.files.push(self.part.clone());
                            }
                        }
                        Ok(Kept { name: "kept".to_owned() })
                    };
                    self.engine.stored(Stamp(now), outcome);
                }
                Out::Note(note) => self.notes.push(note),
                Out::Ended(how) => self.ended = Some(how),
                Out::Type(_) => panic!("these protocols type nothing"),
            }
        }
        said
    }

    fn is_over(&self) -> bool {
        self.ended.is_some()
    }
}

/// What happens to one byte of one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Flip(u8),
    Drop,
    Insert(u8),
    Duplicate,
    /// It and the next one change places.
    Swap,
    /// It and all that follow it come two seconds later.
    Delay,
    /// It and all that follow it are lost.
    Truncate,
    /// FF is doubled, CR gets a NUL, NUL is doubled; other bytes pass.
    Expand,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// 0: from the first end to the second.
    pub(crate) way: usize,
    pub(crate) at: usize,
    pub(crate) kind: Kind,
}

/// xorshift64*.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| (self.next() >> 32) as u8).collect()
    }

    pub(crate) fn one_in(&mut self, rate: f64) -> bool {
        ((self.next() >> 11) as f64) < rate * (1u64 << 53) as f64
    }
}

#[derive(Default)]
struct Way {
    queue: VecDeque<(u64, u8)>,
    busy: u64,
    count: usize,
    later: u64,
    cut: bool,
    held: Option<u8>,
}

/// The line.
pub(crate) struct Line {
    pub(crate) octet: u64,
    pub(crate) delay: u64,
    pub(crate) fault: Option<Fault>,
    /// Byte error rate and its dice: a byte is replaced, lost or doubled.
    pub(crate) noise: Option<(f64, Random)>,
    ways: [Way; 2],
    pub(crate) now: u64,
}

impl Line {
    pub(crate) fn new(octet: u64) -> Line {
        Line { octet, delay: 0, fault: None, noise: None, ways: [Way::default(), Way::default()], now: 0 }
    }

    /// Bytes that were said in a direction.
    pub(crate) fn count(&self, way: usize) -> usize {
        self.ways[way].count
    }

    fn put(&mut self, way: usize, byte: u8) {
        let line = &mut self.ways[way];
        line.busy = line.busy.max(self.now) + self.octet;
        if !line.cut {
            line.queue.push_back((line.busy + self.delay + line.later, byte));
        }
    }

    fn carry(&mut self, way: usize, byte: u8) {
        let at = self.ways[way].count;
        self.ways[way].count += 1;
        if let Some(held) = self.ways[way].held.take() {
            self.put(way, byte);
            return self.put(way, held);
        }
        if let Some((rate, dice)) = &mut self.noise
            && dice.one_in(*rate)
        {
            match dice.next() % 4 {
                0 => {}
                1 => {
                    self.put(way, byte);
                    self.put(way, byte);
                }
                _ => {
                    let other = (dice.next() >> 32) as u8;
                    self.put(way, other);
                }
            }
            return;
        }
        match self.fault {
            Some(fault) if fault.way == way && fault.at == at => match fault.kind {
                Kind::Flip(bit) => self.put(way, byte ^ (1 << bit)),
                Kind::Drop => {}
                Kind::Insert(other) => {
                    self.put(way, other);
                    self.put(way, byte);
                }
                Kind::Duplicate => {
                    self.put(way, byte);
                    self.put(way, byte);
                }
                Kind::Swap => self.ways[way].held = Some(byte),
                Kind::Delay => {
                    self.ways[way].later = 2 * SECOND;
                    self.put(way, byte);
                }
                Kind::Truncate => {
                    self.ways[way].cut = true;
                }
                Kind::Expand => {
                    self.put(way, byte);
                    match byte {
                        0xFF => self.put(way, 0xFF),
                        0x0D | 0 => self.put(way, 0),
                        _ => {}
                    }
                }
            },
            _ => self.put(way, byte),
        }
    }

    /// Runs until both ends are over, or nothing can happen any more, or `limit`.
    pub(crate) fn run(&mut self, ends: &mut [&mut dyn End; 2], limit: u64) {
        loop {
            for (way, end) in ends.iter_mut().enumerate() {
                for byte in end.say(self.now) {
                    self.carry(way, byte);
                }
            }
            if ends.iter().all(|end| end.is_over()) {
                return;
            }
            // A byte that waits for another to change places with goes alone when none comes.
            for way in 0..2 {
                if self.ways[way].queue.is_empty()
                    && let Some(byte) = self.ways[way].held.take()
                {
                    self.put(way, byte);
                }
            }
            let wakes = ends.iter().filter(|end| !end.is_over()).filter_map(|end| end.wake());
            let heads = self.ways.iter().filter_map(|way| way.queue.front().map(|(at, _)| *at));
            let Some(next) = wakes.chain(heads).min() else { return };
            self.now = self.now.max(next);
            if self.now > limit {
                return;
            }
            for way in 0..2 {
                while self.ways[way].queue.front().is_some_and(|(at, _)| *at <= self.now) {
                    let (_, byte) = self.ways[way].queue.pop_front().unwrap();
                    if !ends[1 - way].is_over() {
                        ends[1 - way].receive(self.now, byte);
                    }
                }
            }
            for end in ends.iter_mut() {
                if !end.is_over() && end.wake().is_some_and(|at| at <= self.now) {
                    end.timeout(self.now);
                }
            }
        }
    }
}

pub(crate) fn file(name: &str, data: &[u8]) -> OutgoingFile {
    OutgoingFile { name: name.to_owned(), kind: FileKind::Prg, data: data.into() }
}

pub(crate) fn options(octet: u64) -> Options {
    Options { octet: Span(octet), ..Options::default() }
}

pub(crate) fn crc(data: &[u8]) -> [u8; 2] {
    let mut crc = 0u32;
    for byte in data {
        crc ^= u32::from(*byte) << 8;
        for _ in 0..8 {
            crc <<= 1;
            if crc & 0x10000 != 0 {
                crc ^= 0x11021;
            }
        }
    }
    [(crc >> 8) as u8, crc as u8]
}

pub(crate) fn sum(data: &[u8]) -> u8 {
    data.iter().map(|byte| u32::from(*byte)).sum::<u32>() as u8
}

/// A plain XMODEM sender: waits for a start byte, sends, repeats on NAK.
pub(crate) struct PeerSender {
    data: Vec<u8>,
    /// It never answers C.
    old: bool,
    crc: bool,
    block: usize,
    started: bool,
    said: Vec<u8>,
    pub(crate) done: bool,
}

impl PeerSender {
    pub(crate) fn new(data: &[u8], old: bool) -> PeerSender {
        PeerSender {
            data: data.to_vec(),
            old,
            crc: false,
            block: 0,
            started: false,
            said: vec![],
            done: false,
        }
    }

    fn send(&mut self) {
        let Some(chunk) = self.data.chunks(128).nth(self.block) else {
            self.said.push(4);
            return;
        };
        let mut chunk = chunk.to_vec();
        chunk.resize(128, 0x1A);
        let number = (self.block + 1) as u8;
        self.said.extend([1, number, 255 - number]);
        self.said.extend(&chunk);
        if self.crc { self.said.extend(crc(&chunk)) } else { self.said.push(sum(&chunk)) }
    }
}

impl End for PeerSender {
    fn wake(&self) -> Option<u64> {
        None
    }
    fn timeout(&mut self, _: u64) {}
    fn receive(&mut self, _: u64, byte: u8) {
        match byte {
            b'C' if !self.started && !self.old => {
                (self.started, self.crc) = (true, true);
                self.send();
            }
            0x15 => {
                self.started = true;
                self.send();
            }
            6 if self.started && self.block * 128 >= self.data.len() => self.done = true,
            6 if self.started => {
                self.block += 1;
                self.send();
            }
            _ => {}
        }
    }
    fn say(&mut self, _: u64) -> Vec<u8> {
        std::mem::take(&mut self.said)
    }
    fn is_over(&self) -> bool {
        self.done
    }
}

/// A plain XMODEM receiver: keeps every block whole, NAKs the first EOT.
pub(crate) struct PeerReceiver {
    start: u8,
    /// When it says its start byte for the first time.
    next: Option<u64>,
    pub(crate) data: Vec<u8>,
    block: Vec<u8>,
    expected: u8,
    ends: u32,
    said: Vec<u8>,
    pub(crate) done: bool,
}

impl PeerReceiver {
    pub(crate) fn new(start: u8, at: u64) -> PeerReceiver {
        PeerReceiver {
            start,
            next: Some(at),
            data: vec![],
            block: vec![],
            expected: 1,
            ends: 0,
            said: vec![],
            done: false,
        }
    }
}

impl End for PeerReceiver {
    fn wake(&self) -> Option<u64> {
        self.next
    }
    fn timeout(&mut self, now: u64) {
        self.said.push(if self.expected == 1 { self.start } else { 0x15 });
        self.block.clear();
        self.next = Some(now + 10 * SECOND);
    }
    fn receive(&mut self, now: u64, byte: u8) {
        self.next = Some(now + 10 * SECOND);
        if self.block.is_empty() && byte == 4 {
            self.ends += 1;
            self.done = self.ends == 2;
            self.said.push(if self.done { 6 } else { 0x15 });
            return;
        }
        self.block.push(byte);
        let data = if self.block[0] == 2 { 1024 } else { 128 };
        let check = if self.start == b'C' { 2 } else { 1 };
        if self.block.len() < 3 + data + check {
            return;
        }
        let block = std::mem::take(&mut self.block);
        let (body, behind) = block[3..].split_at(data);
        let good = if check == 2 { crc(body) == behind } else { sum(body) == behind[0] };
        if good && block[1] == self.expected && block[2] == 255 - block[1] {
            self.data.extend(body);
            self.expected = self.expected.wrapping_add(1);
            self.said.push(6);
        } else {
            self.said.push(0x15);
        }
    }
    fn say(&mut self, _: u64) -> Vec<u8> {
        std::mem::take(&mut self.said)
    }
    fn is_over(&self) -> bool {
        self.done
    }
}

/// PETTERM's LOAD by its table of states.
pub(crate) struct PettermLoad {
    /// When the user presses a key.
    key: Option<u64>,
    ring: VecDeque<u8>,
    listening: bool,
    block: Option<Vec<u8>>,
    expected: u8,
    buffer: Vec<u8>,
    /// What the loader put into memory, load address included.
    pub(crate) memory: Vec<u8>,
    pub(crate) aborted: bool,
    pub(crate) ended: bool,
    pub(crate) shifted: bool,
    said: Vec<u8>,
}

impl PettermLoad {
    pub(crate) fn new(key: u64) -> PettermLoad {
        PettermLoad {
            key: Some(key),
            ring: VecDeque::new(),
            listening: false,
            block: None,
            expected: 1,
            buffer: vec![],
            memory: vec![],
            aborted: false,
            ended: false,
            shifted: false,
            said: vec![],
        }
    }

    fn work(&mut self) {
        while self.listening && !self.aborted && !self.ended {
            let Some(byte) = self.ring.pop_front() else { return };
            if let Some(block) = &mut self.block {
                block.push(byte);
                if block.len() < 132 {
                    continue;
                }
                let block = self.block.take().unwrap();
                if crc(&block[2..130]) != block[130..] {
                    self.ring.clear();
                    self.said.push(0x15);
                } else if block[0] != self.expected || block[1] != 255 - block[0] {
                    // Prints a letter, says nothing, and the loader copies the buffer again.
                    self.shifted = true;
                    self.memory.extend(&self.buffer);
                } else {
                    self.buffer = block[2..130].to_vec();
                    self.memory.extend(&self.buffer);
                    self.expected = self.expected.wrapping_add(1);
                    self.said.push(6);
                }
                continue;
            }
            match byte {
                1 => self.block = Some(vec![]),
                4 => {
                    self.ended = true;
                    self.ring.clear();
                    self.said.push(6);
                }
                0x1B => self.aborted = true,
                _ => {
                    self.ring.clear();
                    self.said.push(0x15);
                }
            }
        }
    }
}

impl End for PettermLoad {
    fn wake(&self) -> Option<u64> {
        self.key
    }
    fn timeout(&mut self, _: u64) {
        self.key = None;
        self.listening = true;
        self.said.push(b'C');
        self.work();
    }
    fn receive(&mut self, _: u64, byte: u8) {
        self.ring.push_back(byte);
        self.work();
    }
    fn say(&mut self, _: u64) -> Vec<u8> {
        std::mem::take(&mut self.said)
    }
    fn is_over(&self) -> bool {
        self.aborted || self.ended
    }
}

/// PETTERM's SAVE: waits for `C`, then for the answer to each block without end.
pub(crate) struct PettermSave {
    program: Vec<u8>,
    started: bool,
    block: usize,
    errors: u32,
    ends: u32,
    said: Vec<u8>,
    pub(crate) done: bool,
    /// ESC or a tenth error made it write over its own variables.
    pub(crate) wrecked: bool,
}

impl PettermSave {
    pub(crate) fn new(program: &[u8]) -> PettermSave {
        PettermSave {
            program: program.to_vec(),
            started: false,
            block: 0,
            errors: 0,
            ends: 0,
            said: vec![],
            done: false,
            wrecked: false,
        }
    }

    fn send(&mut self) {
        let Some(chunk) = self.program.chunks(128).nth(self.block) else {
            self.ends += 1;
            self.said.push(4);
            return;
        };
        let mut chunk = chunk.to_vec();
        chunk.resize(128, 0);
        let number = (self.block + 1) as u8;
        self.said.extend([1, number, !number]);
        self.said.extend(&chunk);
        self.said.extend(crc(&chunk));
    }
}

impl End for PettermSave {
    fn wake(&self) -> Option<u64> {
        None
    }
    fn timeout(&mut self, _: u64) {}
    fn receive(&mut self, _: u64, byte: u8) {
        if !self.started {
            self.started = byte == b'C';
            return if self.started {
                self.send();
            };
        }
        if self.done {
            return;
        }
        if self.ends > 0 {
            self.done = byte == 6 || self.ends == 2;
            return if !self.done {
                self.send();
            };
        }
        if byte == 6 {
            self.block += 1;
            self.errors = 0;
        } else {
            self.errors += 1;
            self.wrecked |= byte == 0x1B || self.errors >= 10;
        }
        self.send();
    }
    fn say(&mut self, _: u64) -> Vec<u8> {
        std::mem::take(&mut self.said)
    }
    fn is_over(&self) -> bool {
        self.done
    }
}
