//! A wire drawn bit by bit, for tests of lines of the wrong polarity; it shares no code with the library.
//! `PETTERM_SEED` moves all random numbers to another place.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(unreachable_pub, reason = "a module of tests")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use petterm::line::LineFormat;
use petterm::time::Stamp;

pub const BAUD: u64 = 300;

pub struct Random(pub u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        let moved = std::env::var("PETTERM_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0_u64);
        Random(seed.wrapping_add(moved.wrapping_mul(1_000_003)).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// Levels over time, in bits of the nominal rate: the level before all, then changes.
#[derive(Default)]
pub struct Wire {
    pub first: bool,
    pub changes: Vec<(f64, bool)>,
}

impl Wire {
    pub fn resting(level: bool) -> Wire {
        Wire { first: level, changes: Vec::new() }
    }

    pub fn level(&self, at: f64) -> bool {
        let before = self.changes.partition_point(|change| change.0 <= at);
        before.checked_sub(1).map_or(self.first, |index| self.changes[index].1)
    }

    pub fn set(&mut self, at: f64, level: bool) {
        while self.changes.last().is_some_and(|change| change.0 >= at) {
            self.changes.pop();
        }
        if self.changes.last().map_or(self.first, |change| change.1) != level {
            self.changes.push((at, level));
        }
    }

    /// The next change to `level` at or after `at`, or `at` itself if it is there already.
    pub fn reaches(&self, at: f64, level: bool) -> Option<f64> {
        if self.level(at) == level {
            return Some(at);
        }
        self.changes.iter().find(|change| change.0 >= at && change.1 == level).map(|change| change.0)
    }

    pub fn end(&self) -> f64 {
        self.changes.last().map_or(0.0, |change| change.0)
    }
}

/// A frame of eight data bits from `at` on; `mark` is the level of a 1. Bits are `length` long.
pub fn draw(wire: &mut Wire, at: f64, byte: u8, mark: bool, length: f64) -> f64 {
    wire.set(at, !mark);
    for bit in 0..8 {
        wire.set(at + length * f64::from(bit + 1), (byte >> bit & 1 == 1) == mark);
    }
    wire.set(at + length * 9.0, mark);
    at + length * 10.0
}

pub fn stamp(bits: f64) -> Stamp {
    Stamp((bits * 1e9 / BAUD as f64) as u64)
}

pub fn line() -> LineFormat {
    LineFormat::new(BAUD as u32)
}

pub fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|word| u8::from_str_radix(word, 16).unwrap()).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// After a bad stop bit it waits for mark.
    WaitForMark,
    /// It takes a low stop bit for the next start bit.
    Resync,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    pub at: f64,
    pub value: u8,
    pub bad: bool,
}

/// An ordinary 8N1 receiver, which is told that the line was low before anything.
pub fn uart(wire: &Wire, policy: Policy) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut from = 0.0;
    let mut at_once = false;
    loop {
        let fall = if at_once {
            from
        } else {
            let Some(high) = wire.reaches(from, true) else { break };
            let Some(fall) = wire.reaches(high, false) else { break };
            fall
        };
        let value =
            (0..8).fold(0, |value, bit| value | u8::from(wire.level(fall + 1.5 + f64::from(bit))) << bit);
        let bad = !wire.level(fall + 9.5);
        frames.push(Frame { at: fall + 9.5, value, bad });
        // Where nothing will ever change again, a receiver that starts at once would start for ever.
        at_once = bad && policy == Policy::Resync && value != 0 && fall + 9.5 <= wire.end() + 30.0;
        from = if at_once { fall + 9.0 } else { fall + 9.5 };
    }
    frames
}

/// What a program that rests low puts on the wire, with pauses after each character.
pub fn typed(characters: &[u8], pauses: &[f64]) -> Wire {
    let mut wire = Wire::resting(false);
    let mut at = 20.0;
    for (&character, pause) in characters.iter().zip(pauses) {
        at = draw(&mut wire, at, character, false, 1.0) + pause;
    }
    wire
}
