//! Programs at the far end of a line, and the UARTs that hear them; nothing of it is shared with petterm.
//!
//! Keys become codes, codes edges, and edges octets by a UART that looks sixteen times a bit and votes.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(unreachable_pub, reason = "a module of tests")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use petterm::line::sweep::Heard;

#[path = "../common/random.rs"]
mod random;

pub use random::Random;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Keys {
    Ascii,
    AsciiBit7,
    Petscii,
}

/// A program on a PET or C64.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    pub name: &'static str,
    pub rate: f64,
    pub idle_low: bool,
    pub keys: Keys,
}

pub const fn program(name: &'static str, rate: f64, idle_low: bool, keys: Keys) -> Program {
    Program { name, rate, idle_low, keys }
}

pub const PROGRAMS: [Program; 11] = [
    program("McTerm", 300.0, true, Keys::AsciiBit7),
    program("McTerm, sysa+36", 300.0, false, Keys::AsciiBit7),
    program("Transactor's Terminal", 300.0, true, Keys::Ascii),
    program("PETTERM 300", 300.0, false, Keys::Ascii),
    program("PETTERM 600", 600.0, false, Keys::Ascii),
    program("PETTERM 1200", 1200.0, false, Keys::Ascii),
    program("PETTERM 2400", 2400.0, false, Keys::Ascii),
    program("C64 300", 300.0, false, Keys::Petscii),
    program("C64 1200", 1200.0, false, Keys::Petscii),
    program("C64 2400", 2400.0, false, Keys::Petscii),
    program("PETTERM 1200, inverter", 1200.0, true, Keys::Ascii),
];

/// What a chip does with a bad stop bit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Policy {
    WaitsForMark,
    TakesItForAStart,
}

#[derive(Clone, Copy, Debug)]
pub struct Chip {
    pub marks: bool,
    pub policy: Policy,
    /// Seconds between deliveries.
    pub latency: f64,
    /// A line that is low when the port is opened gives a 00.
    pub hears_low: bool,
}

/// The line as somebody types: levels from moments on, in seconds; high is true.
pub struct Line {
    pub rest: bool,
    pub edges: Vec<(f64, bool)>,
}

impl Line {
    pub fn level(&self, at: f64) -> bool {
        match self.edges.partition_point(|edge| edge.0 <= at) {
            0 => self.rest,
            n => self.edges[n - 1].1,
        }
    }

    pub fn next(&self, from: f64, level: bool) -> Option<f64> {
        let begin = self.edges.partition_point(|edge| edge.0 < from);
        self.edges[begin..].iter().find(|edge| edge.1 == level).map(|edge| edge.0)
    }

    pub fn to(&mut self, at: f64, level: bool) {
        if self.edges.last().map_or(self.rest, |edge| edge.1) != level {
            self.edges.push((at, level));
        }
    }

    /// A character, by hand.
    pub fn draw(&mut self, at: f64, code: u8, bit: f64, idle_low: bool, random: &mut Random) {
        let mut time = at;
        let mut put = |line: &mut Line, mark: bool, random: &mut Random| {
            // An interrupt now and then makes an edge late.
            let late = if random.unit() < 0.05 { random.between(0.0, 150e-6) } else { 0.0 };
            line.to(time + late, mark != idle_low);
            time += bit;
        };
        put(self, false, random);
        for i in 0..8 {
            put(self, code >> i & 1 == 1, random);
        }
        put(self, true, random);
    }

    /// A tone, as a PET's chime makes on pin M.
    pub fn chime(&mut self, at: f64, length: f64, hertz: f64) {
        let mut time = at;
        let mut level = !self.rest;
        while time < at + length {
            self.to(time, level);
            level = !level;
            time += 0.5 / hertz;
        }
        self.to(time, self.rest);
    }
}

/// A UART that is tuned at a moment.
pub struct Uart<'a> {
    pub line: &'a Line,
    pub chip: Chip,
    pub tick: f64,
    pub free: f64,
    /// Frames that follow a bad stop bit at once.
    pub again: Option<f64>,
    pub opened: bool,
}

impl<'a> Uart<'a> {
    pub fn new(line: &'a Line, chip: Chip, rate: u32, at: f64, random: &mut Random) -> Uart<'a> {
        // Cheap crystals and divisors are a little off.
        let rate = f64::from(rate) * random.between(0.995, 1.005);
        Uart { line, chip, tick: 1.0 / rate / 16.0, free: at, again: None, opened: false }
    }

    pub fn vote(&self, middle: f64) -> bool {
        let high = [-1.0, 0.0, 1.0].iter().filter(|&&off| self.line.level(middle + off * self.tick)).count();
        high >= 2
    }

    /// The next octet and when its frame is over.
    pub fn next(&mut self, random: &mut Random) -> Option<(f64, Heard)> {
        let bit = 16.0 * self.tick;
        if !std::mem::replace(&mut self.opened, true) && !self.line.level(self.free) {
            let at = self.free + 10.0 * bit;
            let low_all_along = self.line.next(self.free, true).is_none_or(|rise| rise > at);
            self.free = self.line.next(self.free, true)?;
            if self.chip.hears_low && low_all_along {
                return Some((at, Heard { octet: 0, bad: true }));
            }
        }
        loop {
            let start = if let Some(start) = self.again.take() {
                start
            } else {
                let fall = self.line.next(self.free, false)?;
                // It looks once a tick.
                let seen = fall + random.unit() * self.tick;
                if self.vote(seen + 8.0 * self.tick) {
                    self.free = fall + self.tick;
                    continue;
                }
                seen
            };
            let mut octet = 0;
            for i in 0..8 {
                octet |= u8::from(self.vote(start + (f64::from(i) + 1.5) * bit)) << i;
            }
            let stop = start + 9.5 * bit;
            let good = self.vote(stop);
            if good {
                self.free = stop;
            } else if octet != 0 && self.chip.policy == Policy::TakesItForAStart {
                self.again = Some(start + 9.0 * bit);
            } else {
                self.free = self.line.next(stop, true).unwrap_or(f64::MAX);
            }
            return Some((stop + bit / 2.0, Heard { octet, bad: !good }));
        }
    }
}

pub fn code(keys: Keys, key: u8) -> u8 {
    match (keys, key) {
        (Keys::Ascii, _) => key,
        (Keys::AsciiBit7, _) => key | 0x80,
        (Keys::Petscii, b'a'..=b'z') => key - 32,
        (Keys::Petscii, b'A'..=b'Z') => key + 128,
        (Keys::Petscii, _) => key,
    }
}
