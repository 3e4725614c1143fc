//! A second XMODEM and YMODEM, both ends, written from the protocol's description. It imports nothing of `transfer`,
//! so that an error of ours cannot cancel itself out between two ends of our own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "peers of tests fail loudly")]

use std::collections::VecDeque;

use crate::xmodem_line::{End, SECOND, crc, sum};

const SOH: u8 = 1;
const STX: u8 = 2;
const EOT: u8 = 4;
const ACK: u8 = 6;
const NAK: u8 = 0x15;
const CAN: u8 = 0x18;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Blocks of 128 bytes with a sum.
    Sum,
    /// Blocks of 128 bytes with CRC-16.
    Crc,
    /// With CRC-16, blocks of 1,024 bytes, and a block 0 with name and length before each file.
    Ymodem,
}

impl Dialect {
    fn has_crc(self) -> bool {
        self != Dialect::Sum
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sending {
    /// For the start byte, 60 s.
    Start,
    /// For the answer to block 0.
    Header,
    /// For the start byte behind block 0.
    Data,
    /// For the answer to a block, or to EOT.
    Answer,
    End,
}

/// Sends files, and says "complete" when the last EOT, or the last block 0, was acknowledged.
pub(crate) struct Sender {
    dialect: Dialect,
    files: VecDeque<(String, Vec<u8>)>,
    state: Sending,
    block: Vec<u8>,
    number: u8,
    offset: usize,
    tries: u32,
    cans: u32,
    due: u64,
    said: Vec<u8>,
    pub(crate) over: Option<bool>,
}

impl Sender {
    pub(crate) fn new(dialect: Dialect, files: &[(&str, &[u8])]) -> Sender {
        Sender {
            dialect,
            files: files.iter().map(|(name, data)| ((*name).to_owned(), data.to_vec())).collect(),
            state: Sending::Start,
            block: vec![],
            number: 1,
            offset: 0,
            tries: 0,
            cans: 0,
            due: 60 * SECOND,
            said: vec![],
            over: None,
        }
    }

    fn wait_for_start(&mut self, now: u64, state: Sending) {
        (self.state, self.due, self.tries) = (state, now + 60 * SECOND, 0);
    }

    fn put(&mut self, number: u8, data: &[u8], padding: u8) {
        let size = if data.len() > 128 { 1024 } else { 128 };
        let mut body = data.to_vec();
        body.resize(size, padding);
        self.block = vec![if size == 1024 { STX } else { SOH }, number, 255 - number];
        if self.dialect.has_crc() {
            let check = crc(&body);
            self.block.extend(body);
            self.block.extend(check);
        } else {
            let check = sum(&body);
            self.block.extend(body);
            self.block.push(check);
        }
    }

    fn send(&mut self, now: u64) {
        self.said.extend(&self.block);
        self.due = now + 12 * SECOND;
    }

    fn header(&mut self, now: u64) {
        let about = self.files.front().map(|(name, data)| format!("{name}\0{} 0 0", data.len()));
        self.put(0, about.unwrap_or_default().as_bytes(), 0);
        (self.state, self.number, self.offset) = (Sending::Header, 1, 0);
        self.send(now);
    }

    fn next(&mut self, now: u64) {
        self.tries = 0;
        let data = &self.files[0].1[self.offset..];
        if data.is_empty() {
            (self.state, self.block) = (Sending::End, vec![EOT]);
        } else {
            let most = if self.dialect == Dialect::Ymodem { 1024 } else { 128 };
            // Short blocks where a long one would be mostly padding.
            let size = if data.len() > 896 { most } else { 128 };
            let data = data[..size.min(data.len())].to_vec();
            self.offset += data.len();
            self.put(self.number, &data, 0x1A);
            self.state = Sending::Answer;
        }
        self.send(now);
    }

    fn again(&mut self, now: u64) {
        self.tries += 1;
        if self.tries < 10 {
            return self.send(now);
        }
        self.said.extend([CAN, CAN]);
        self.over = Some(false);
    }
}

impl End for Sender {
    fn wake(&self) -> Option<u64> {
        Some(self.due)
    }

    fn timeout(&mut self, now: u64) {
        match self.state {
            Sending::Start | Sending::Data => self.over = Some(false),
            _ => self.again(now),
        }
    }

    fn receive(&mut self, now: u64, byte: u8) {
        if self.over.is_some() {
            return;
        }
        self.cans = if byte == CAN { self.cans + 1 } else { 0 };
        if self.cans == 2 {
            self.over = Some(false);
            return;
        }
        let start = if self.dialect.has_crc() { b'C' } else { NAK };
        match (self.state, byte) {
            (Sending::Start, byte) if byte == start && self.dialect == Dialect::Ymodem => self.header(now),
            (Sending::Start | Sending::Data, byte) if byte == start => self.next(now),
            (Sending::Header, ACK) if self.files.is_empty() => self.over = Some(true),
            (Sending::Header, ACK) => self.wait_for_start(now, Sending::Data),
            (Sending::Answer, ACK) => {
                self.number = self.number.wrapping_add(1);
                self.next(now);
            }
            (Sending::End, ACK) if self.dialect == Dialect::Ymodem => {
                self.files.pop_front();
                self.wait_for_start(now, Sending::Start);
            }
            (Sending::End, ACK) => self.over = Some(true),
            (Sending::Header | Sending::Answer | Sending::End, NAK) => self.again(now),
            _ => {}
        }
    }

    fn say(&mut self, _: u64) -> Vec<u8> {
        std::mem::take(&mut self.said)
    }

    fn is_over(&self) -> bool {
        self.over.is_some()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Receiving {
    /// For a block's first byte, until `due`.
    Start,
    Block,
    /// Throws away until half a second of silence; whether it says NAK then.
    Drain(bool),
}

/// Receives files.
pub(crate) struct Receiver {
    dialect: Dialect,
    /// The first EOT of a file is answered by NAK.
    careful: bool,
    state: Receiving,
    block: Vec<u8>,
    expected: u8,
    naming: bool,
    name: String,
    length: Option<usize>,
    data: Vec<u8>,
    asked: u32,
    heard: bool,
    errors: u32,
    ends: u32,
    cans: u32,
    due: u64,
    quiet: u64,
    said: Vec<u8>,
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) over: Option<bool>,
}

impl Receiver {
    pub(crate) fn new(dialect: Dialect, careful: bool) -> Receiver {
        let naming = dialect == Dialect::Ymodem;
        Receiver {
            dialect,
            careful,
            state: Receiving::Start,
            block: vec![],
            expected: u8::from(!naming),
            naming,
            name: String::new(),
            length: None,
            data: vec![],
            asked: 0,
            heard: false,
            errors: 0,
            ends: 0,
            cans: 0,
            due: 0,
            quiet: 0,
            said: vec![],
            files: vec![],
            over: None,
        }
    }

    fn answer(&mut self, now: u64, bytes: &[u8]) {
        self.said.extend(bytes);
        (self.state, self.due) = (Receiving::Start, now + 10 * SECOND);
        self.block.clear();
    }

    fn fail(&mut self) {
        self.said.extend([CAN, CAN]);
        self.over = Some(false);
    }

    fn error(&mut self, now: u64) {
        self.errors += 1;
        if self.errors == 10 {
            return self.fail();
        }
        self.answer(now, &[NAK]);
    }

    /// The start byte, until something comes.
    fn ask(&mut self, now: u64) {
        self.asked += 1;
        if self.asked > 20 {
            return self.fail();
        }
        if self.dialect.has_crc() {
            self.answer(now, b"C");
            self.due = now + 3 * SECOND;
        } else {
            self.answer(now, &[NAK]);
        }
    }

    /// The file's next blocks begin, behind its name or behind the last file.
    fn begin(&mut self, now: u64, naming: bool) {
        (self.naming, self.expected) = (naming, u8::from(!naming));
        (self.heard, self.asked, self.ends) = (false, 1, 0);
        self.answer(now, &[ACK, b'C']);
        self.due = now + 3 * SECOND;
    }

    fn whole(&mut self, now: u64) {
        let size = if self.block[0] == STX { 1024 } else { 128 };
        let (body, check) = self.block[3..].split_at(size);
        let good = if self.dialect.has_crc() { crc(body) == check } else { sum(body) == check[0] };
        if !good {
            (self.state, self.quiet) = (Receiving::Drain(true), now + SECOND / 2);
            return;
        }
        let (number, body) = (self.block[1], body.to_vec());
        let first = self.expected == u8::from(!self.naming) && self.data.is_empty();
        self.heard = true;
        if number == self.expected.wrapping_sub(1) && (!first || self.dialect == Dialect::Ymodem) {
            // Its answer was lost; block 0 wants the start byte behind it as well.
            let answer: &[u8] = if number == 0 && first { &[ACK, b'C'] } else { &[ACK] };
            return self.answer(now, answer);
        }
        if number != self.expected {
            return self.fail();
        }
        self.errors = 0;
        if self.naming {
            let mut parts = body.split(|byte| *byte == 0);
            self.name = String::from_utf8(parts.next().unwrap().to_vec()).unwrap();
            let about = String::from_utf8(parts.next().unwrap().to_vec()).unwrap();
            self.length = about.split(' ').next().unwrap().parse().ok();
            if self.name.is_empty() {
                self.said.push(ACK);
                self.over = Some(true);
                return;
            }
            return self.begin(now, false);
        }
        self.data.extend(body);
        self.expected = self.expected.wrapping_add(1);
        self.answer(now, &[ACK]);
    }

    fn end(&mut self, now: u64) {
        if self.naming {
            // The answer to the last file's EOT was lost.
            return if !self.files.is_empty() {
                self.begin(now, true);
            };
        }
        self.ends += 1;
        if self.careful && self.ends == 1 {
            return self.answer(now, &[NAK]);
        }
        let mut data = std::mem::take(&mut self.data);
        if let Some(length) = self.length.take() {
            if data.len() < length {
                return self.fail();
            }
            data.truncate(length);
        }
        self.files.push((std::mem::take(&mut self.name), data));
        if self.dialect == Dialect::Ymodem {
            return self.begin(now, true);
        }
        self.said.push(ACK);
        self.over = Some(true);
    }
}

impl End for Receiver {
    fn wake(&self) -> Option<u64> {
        Some(if self.state == Receiving::Start { self.due } else { self.quiet })
    }

    fn timeout(&mut self, now: u64) {
        match self.state {
            Receiving::Block | Receiving::Drain(true) => self.error(now),
            Receiving::Drain(false) if now < self.due => self.state = Receiving::Start,
            _ if self.heard => self.error(now),
            _ => self.ask(now),
        }
    }

    fn receive(&mut self, now: u64, byte: u8) {
        if self.over.is_some() {
            return;
        }
        match self.state {
            Receiving::Start => {
                self.cans = if byte == CAN { self.cans + 1 } else { 0 };
                if self.cans == 2 {
                    self.over = Some(false);
                    return;
                }
                match byte {
                    SOH | STX => {
                        self.block = vec![byte];
                        (self.state, self.quiet) = (Receiving::Block, now + SECOND);
                    }
                    EOT => self.end(now),
                    CAN => {}
                    _ => (self.state, self.quiet) = (Receiving::Drain(false), now + SECOND / 2),
                }
            }
            Receiving::Block => {
                self.quiet = now + SECOND;
                self.block.push(byte);
                if self.block.len() == 3 && self.block[1] != 255 - self.block[2] {
                    (self.state, self.quiet) = (Receiving::Drain(true), now + SECOND / 2);
                    return;
                }
                let size = if self.block[0] == STX { 1024 } else { 128 };
                if self.block.len() == 3 + size + if self.dialect.has_crc() { 2 } else { 1 } {
                    self.whole(now);
                }
            }
            Receiving::Drain(_) => self.quiet = now + SECOND / 2,
        }
    }

    fn say(&mut self, _: u64) -> Vec<u8> {
        std::mem::take(&mut self.said)
    }

    fn is_over(&self) -> bool {
        self.over.is_some()
    }
}
