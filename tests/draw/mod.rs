//! Lines drawn for tests, and a receiver for them: nothing here uses petterm's own UART.

#![allow(dead_code, reason = "not every test uses everything")]
#![allow(missing_docs, unreachable_pub, reason = "helpers of tests")]

use std::fmt::Write as _;

/// Microseconds that a line rests before the first and after the last character.
const REST: i64 = 100_000;

/// A line that sends 8N1.
#[derive(Clone, Copy)]
pub struct Line {
    pub name: &'static str,
    pub baud: f64,
    pub idle_low: bool,
}

/// A drawn line: when its level changes, in microseconds, and to what.
#[derive(Clone)]
pub struct Drawn {
    pub name: &'static str,
    pub rest: bool,
    pub edges: Vec<(i64, bool)>,
    pub end: i64,
}

impl Line {
    /// The bytes, with a pause in microseconds before each but the first.
    pub fn text(&self, bytes: &[u8], pause: impl Fn(usize) -> i64) -> Drawn {
        let bit = 1e6 / self.baud;
        let mark = !self.idle_low;
        let mut drawn = Drawn { name: self.name, rest: mark, edges: Vec::new(), end: 0 };
        let mut level = mark;
        let mut start = REST as f64;
        for (index, &byte) in bytes.iter().enumerate() {
            if index > 0 {
                start += pause(index) as f64;
            }
            let frame = u16::from(byte) << 1 | 0x200;
            for place in 0..10 {
                let wanted = (frame >> place & 1 == 1) == mark;
                if wanted != level {
                    level = wanted;
                    drawn.edges.push(((start + f64::from(place) * bit).round() as i64, level));
                }
            }
            start += 10.0 * bit;
            if level != mark {
                level = mark;
                drawn.edges.push((start.round() as i64, level));
            }
        }
        drawn.end = start.round() as i64 + REST;
        drawn
    }
}

impl Drawn {
    /// The same with every edge late by so many microseconds.
    pub fn late(mut self, by: impl Fn(usize) -> i64) -> Drawn {
        for (index, edge) in self.edges.iter_mut().enumerate() {
            edge.0 += by(index);
        }
        self
    }
}

/// A number that looks random and is always the same for the same place.
fn scramble(place: usize) -> u64 {
    let mut x = (place as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ x >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^ x >> 31
}

/// A pause between two keys of somebody who types with two fingers: 90 to 260 ms.
pub fn typing(place: usize) -> i64 {
    90_000 + (scramble(place) % 170_000) as i64
}

/// How late a counted loop drives an edge: up to 9 microseconds, and 50 to 300 after an interrupt.
pub fn interrupts(place: usize) -> i64 {
    let dice = scramble(place + 1_000);
    if dice.is_multiple_of(8) { 50 + (dice / 8 % 251) as i64 } else { (dice / 8 % 10) as i64 }
}

/// Lines as a VCD file in microseconds.
pub fn vcd(comment: &str, lines: &[Drawn]) -> String {
    let digit = |level: bool| if level { '1' } else { '0' };
    let code = |index: usize| char::from(b'!' + index as u8);
    let mut text =
        format!("$comment {comment}; drawn, not taken from a machine $end\n$timescale 1 us $end\n");
    text += "$scope module petterm $end\n";
    for (index, line) in lines.iter().enumerate() {
        let _ = writeln!(text, "$var wire 1 {} {} $end", code(index), line.name);
    }
    text += "$upscope $end\n$enddefinitions $end\n#0";
    let mut changes: Vec<(i64, usize, bool)> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let _ = write!(text, " {}{}", digit(line.rest), code(index));
        changes.extend(line.edges.iter().map(|&(at, level)| (at, index, level)));
    }
    changes.sort_unstable();
    for (at, index, level) in changes {
        let _ = write!(text, "\n#{at} {}{}", digit(level), code(index));
    }
    let _ = writeln!(text, "\n#{}", lines.iter().map(|line| line.end).max().unwrap_or(0));
    text
}

/// What an ordinary UART at 8N1 makes of a line: each byte, and whether its stop bit was at mark. It starts at an
/// edge to low, samples the middles of the bits, and after a bad stop bit waits for the line to go high.
pub fn receive(line: &Drawn, baud: f64) -> Vec<(u8, bool)> {
    let bit = 1e6 / baud;
    let level_at = |at: f64| {
        let before = line.edges.iter().take_while(|edge| edge.0 as f64 <= at).last();
        before.map_or(line.rest, |edge| edge.1)
    };
    let mut heard = Vec::new();
    let mut free = 0.0;
    for &(at, level) in &line.edges {
        let at = at as f64;
        if level || at < free {
            continue;
        }
        let sample = |place: u32| level_at(at + (f64::from(place) + 0.5) * bit);
        if sample(0) {
            continue;
        }
        let byte = (0..8).fold(0, |byte, place| byte | u8::from(sample(place + 1)) << place);
        heard.push((byte, sample(9)));
        // From the middle of the stop bit on it looks for the next edge.
        free = at + 9.5 * bit;
    }
    heard
}
