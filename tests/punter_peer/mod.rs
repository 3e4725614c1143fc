//! Punter peers, written from the protocol's description alone: each program of it as far as its habits are known.
//!
//! They implement the trait only to be driven by the same line; they use none of our engines, sums or codes. A peer
//! keeps its file itself. Real programs try for ever; these give up after `tries`, or not at all.

#![allow(dead_code, reason = "not every test that includes it needs all of it")]

pub(crate) mod batch;
mod receiver;
mod sender;

pub(crate) use receiver::{PeerReceiver, ReceiverHabits};
pub(crate) use sender::{PeerSender, SenderHabits};

use std::collections::VecDeque;

use petterm::time::{Span, Stamp, Wake};
use petterm::transfer::{Failure, Out};

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
