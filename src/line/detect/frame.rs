//! Frames that would explain a line, and how well each does.
//!
//! For one bit time and polarity the line is read with 5 to 10 bits between start and stop. From the words of
//! each reading follow the frames that have so many: data alone, or data and a parity bit. A frame's score is
//! the share of the edges that it explains, times how likely a line is to be like that:
//!
//! - 8N1 wins ties; each other frame is a little less likely.
//! - A parity that is right in words of many different data is no accident, and then the frame without it is.
//! - Data bits that are always mark are no data but the line at rest. One may be: bit 7 of an old program.
//! - Stop bits longer than one are believed where most characters follow each other at just that distance.
//! - Characters that read as text are likelier than others.

use std::collections::BTreeSet;

use super::path::Path;
use super::rate::{best_alignment, standard_rate};
use super::read::{Reading, read};
use crate::line::{BitOrder, Parity, Polarity, StopBits};

/// A frame that was held against a line.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) bit: f64,
    pub(super) polarity: Polarity,
    pub(super) data_bits: u8,
    pub(super) parity: Parity,
    pub(super) stop: StopBits,
    pub(super) order: BitOrder,
    /// Share of the edges that it explains, parity errors taken off.
    pub(super) fit: f64,
    pub(super) score: f64,
    /// There are pauses, so that nobody knows how long the stop element is.
    pub(super) stop_is_open: bool,
    /// Number of the reading it comes from.
    pub(super) reading: usize,
    /// Number of the paths that were read.
    pub(super) paths: usize,
}

/// Different words from which a parity can be told.
const MANY: usize = 16;
/// The same where the seven bits before bit 7 read as text.
const SOME: usize = 8;
const TEXT: f64 = 0.9;
/// The same where the frame without parity has an unusual length anyway.
const FEW: usize = 4;
/// Share of right parity bits from which it can be one.
const PARITY: f64 = 0.9;
/// Share of words in which a bit is always the same.
const ALWAYS: f64 = 0.98;

/// All frames for one bit time and polarity. Readings are appended to `readings`.
pub(super) fn candidates(
    paths: &[Path],
    edges: u64,
    bit: f64,
    polarity: Polarity,
    is_multiple: bool,
    tick: f64,
    readings: &mut Vec<Reading>,
) -> Vec<Candidate> {
    let removed = edges.saturating_sub(paths.iter().map(|path| path.times.len() as u64).sum());
    let mut found = Vec::new();
    for bits in 5..=10 {
        let reading = read(paths, bit, polarity, bits);
        if reading.words.is_empty() {
            continue;
        }
        let words = Words::of(&reading, bits);
        // A pulse that was taken out speaks against a reading half as much as one that stands in its way.
        let share = reading.explained as f64 / (reading.edges + removed / 2).max(1) as f64;
        let mut likely = 0.4 + 0.6 * (reading.alignment / best_alignment(bit, tick).max(0.25)).min(1.0);
        likely *= 1.0 - 0.4 * reading.held;
        if reading.held > 0.0 && reading.rests <= 0.0 {
            // It is at space for long and never at mark for long: that would be breaks without any rest.
            likely *= 0.85;
        }
        if is_multiple {
            likely *= 0.5;
        }
        if standard_rate(1e9 / bit).is_none() {
            // With few samples a bit, many rates nearly fit.
            likely *= 0.96 - 0.1 * (tick / bit).min(0.5);
        }
        if words.all.len() > 1 && words.different.len() == 1 {
            likely *= 0.9;
        }
        if polarity == Polarity::IdleLow {
            likely *= 0.97;
        }
        for shape in words.shapes() {
            let fit = share * shape.parity_right;
            let score = (fit * likely * shape.likely).clamp(0.0, 1.0);
            found.push(Candidate {
                bit,
                polarity,
                data_bits: shape.data_bits,
                parity: shape.parity,
                stop: shape.stop,
                order: shape.order,
                fit,
                score,
                stop_is_open: words.tight.is_none(),
                reading: readings.len(),
                paths: 0,
            });
        }
        readings.push(reading);
    }
    found
}

/// A frame without its speed and polarity.
struct Shape {
    data_bits: u8,
    parity: Parity,
    stop: StopBits,
    order: BitOrder,
    parity_right: f64,
    likely: f64,
}

/// The words of a reading, and what is to be seen of them.
struct Words<'r> {
    all: &'r [u16],
    bits: u32,
    different: BTreeSet<u16>,
    /// The shortest distance between two starts, and the one that most of them have if it is that.
    shortest: Option<f64>,
    tight: Option<f64>,
}

impl Words<'_> {
    fn of(reading: &Reading, bits: u32) -> Words<'_> {
        let mut spacings = reading.spacings.clone();
        spacings.sort_by(f64::total_cmp);
        // One in fifty may be an accident.
        let shortest = spacings.get(spacings.len() / 50).copied();
        // Back to back, most starts have the same distance and hardly any is nearer.
        let usual = spacings.get(spacings.len() / 2).map(|usual| (2.0 * usual).round() / 2.0);
        let tight = usual.filter(|usual| {
            let near = spacings.iter().filter(|one| (**one - usual).abs() < 0.3).count();
            let nearer = spacings.iter().filter(|one| **one < usual - 0.75).count();
            near >= 2 && near * 2 >= spacings.len() && nearer * 50 <= spacings.len()
        });
        Words {
            all: &reading.words,
            bits,
            different: reading.words.iter().copied().collect(),
            shortest,
            tight,
        }
    }

    fn share(&self, is: impl Fn(u16) -> bool) -> f64 {
        self.all.iter().filter(|word| is(**word)).count() as f64 / self.all.len().max(1) as f64
    }

    /// How likely a first bit is that never moves. It is the start or stop bit of a line of the other polarity,
    /// or of frames that were cut in the wrong place.
    fn first_bit(&self, order: BitOrder) -> f64 {
        let set = self.share(|word| word & 1 == 1);
        let still = self.different.len() >= 8 && (set >= ALWAYS || set <= 1.0 - ALWAYS);
        // Sent first, bit 7 of a text is always clear.
        if still && !(order == BitOrder::MsbFirst && set < 0.5) { 0.85 } else { 1.0 }
    }

    /// How many of the last bits are always mark.
    fn always_mark(&self) -> u32 {
        (0..self.bits).rev().take_while(|bit| self.share(|word| word >> bit & 1 == 1) >= ALWAYS).count()
            as u32
    }

    fn last_always_space(&self) -> bool {
        self.share(|word| word >> (self.bits - 1) & 1 == 0) >= ALWAYS
    }

    /// Whether the last bit before bits that are always mark is a parity bit.
    fn has_parity_before(&self, always_mark: u32) -> bool {
        let bits = self.bits - always_mark;
        let is = |parity| {
            let (right, different) = self.parity_of(parity, bits);
            right >= PARITY && different >= MANY
        };
        always_mark > 0 && bits >= 6 && (is(Parity::Even) || is(Parity::Odd))
    }

    /// Share of words whose last bit is the parity of the others, and how many different data those have.
    fn parity(&self, parity: Parity) -> (f64, usize) {
        self.parity_of(parity, self.bits)
    }

    fn parity_of(&self, parity: Parity, bits: u32) -> (f64, usize) {
        let mask = (1_u16 << (bits - 1)) - 1;
        let right = |word: u16| parity.bit(word & mask) == Some(word >> (bits - 1) & 1 == 1);
        let different: BTreeSet<u16> =
            self.different.iter().filter(|word| right(**word)).map(|word| word & mask).collect();
        (self.share(right), different.len())
    }

    /// Stop bits that this many bits leave room for, and how likely they are.
    fn stops(&self) -> Vec<(StopBits, f64)> {
        let room = |spacing: f64| spacing - f64::from(self.bits) - 1.0;
        match (self.tight.map(room), self.shortest.map(room)) {
            (Some(room), _) if room < 1.25 => vec![(StopBits::One, 1.0)],
            (Some(room), _) if room < 1.75 => vec![(StopBits::OneAndHalf, 0.96), (StopBits::One, 0.8)],
            (Some(room), _) if room < 2.25 => vec![(StopBits::Two, 0.97), (StopBits::One, 0.8)],
            // Pauses that are all alike may be.
            (Some(_), _) => vec![(StopBits::One, 0.94), (StopBits::Two, 0.88)],
            (None, Some(room)) if room < 1.7 => vec![(StopBits::One, 1.0)],
            (None, _) => vec![(StopBits::One, 1.0), (StopBits::Two, 0.9)],
        }
    }

    fn shapes(&self) -> Vec<Shape> {
        let mut found = Vec::new();
        let always_mark = self.always_mark();
        let always_space = self.last_always_space();
        // Where the last bit never moves, it is the data that make a parity of it.
        let moves = always_mark == 0 && !always_space;
        let (_, text) = self.order(self.bits - 1);
        let needed = match self.bits {
            9 => FEW,
            8 if text >= TEXT => SOME,
            _ => MANY,
        };
        let proven = |parity| {
            let (right, different) = self.parity(parity);
            moves && right >= PARITY && different >= needed
        };
        let has_parity = proven(Parity::Even) || proven(Parity::Odd);
        for (stop, stop_likely) in self.stops() {
            if self.bits <= 9 {
                let (order, text) = self.order(self.bits);
                let mut likely = match self.bits {
                    8 => 1.0,
                    7 => 0.97,
                    5 => 0.94,
                    6 => 0.93,
                    _ => 0.93,
                };
                likely *= self.rest_as_data(always_mark, order, text);
                if has_parity {
                    likely *= 0.85;
                }
                if always_space && self.bits == 9 {
                    likely *= 0.6;
                }
                if self.has_parity_before(always_mark) {
                    likely *= 0.75;
                }
                likely *= text_likely(text) * self.first_bit(order);
                let data_bits = self.bits as u8;
                let likely = likely * stop_likely;
                let parity = Parity::None;
                found.push(Shape { data_bits, parity, stop, order, parity_right: 1.0, likely });
            }
            if self.bits < 6 {
                continue;
            }
            let (order, text) = self.order(self.bits - 1);
            for parity in [Parity::Even, Parity::Odd, Parity::Mark, Parity::Space] {
                let (right, _) = self.parity(parity);
                let likely = match parity {
                    _ if right < 0.3 => continue,
                    Parity::Even | Parity::Odd if proven(parity) => 0.98,
                    Parity::Even | Parity::Odd if !moves => 0.6,
                    Parity::Even | Parity::Odd if self.bits == 10 => 0.9,
                    Parity::Even | Parity::Odd => 0.75,
                    Parity::Mark => 0.8,
                    Parity::Space if self.bits > 8 => 0.95,
                    _ => 0.7,
                };
                let rest = if parity == Parity::Mark { always_mark.saturating_sub(1) } else { 0 };
                let likely = likely
                    * 0.8_f64.powi(rest as i32)
                    * text_likely(text)
                    * self.first_bit(order)
                    * stop_likely;
                let data_bits = self.bits as u8 - 1;
                found.push(Shape { data_bits, parity, stop, order, parity_right: right, likely });
            }
        }
        found
    }

    /// How likely it is that bits which are always mark are data.
    fn rest_as_data(&self, always_mark: u32, order: BitOrder, text: f64) -> f64 {
        let letters = self.share(|word| matches!(word & 0x1F, 1..=26));
        match (self.bits, always_mark) {
            (_, 0) => 1.0,
            // Bit 7 set: seven bits and mark, as the oldest programs send.
            (8, 1) => 1.0,
            // Letters alone have bit 6 set as well, and small ones bit 5.
            (8, 2 | 3) | (7, 1 | 2) if letters >= 0.95 && order == BitOrder::LsbFirst && text > 0.9 => 1.0,
            (9, rest) => 0.75_f64.powi(rest as i32),
            (_, _) => 0.8,
        }
    }

    /// The order in which the data read as text, and what share of them does.
    fn order(&self, data_bits: u32) -> (BitOrder, f64) {
        if data_bits < 7 {
            return (BitOrder::LsbFirst, 0.3);
        }
        let mask = ((1_u32 << data_bits) - 1) as u16;
        let share = |order: BitOrder| {
            let of = |word: u16| {
                let data = word & mask;
                let data = match order {
                    BitOrder::LsbFirst => data,
                    BitOrder::MsbFirst => data.reverse_bits() >> (16 - data_bits),
                };
                textness((data & 0x7F) as u8)
            };
            self.all.iter().map(|word| of(*word)).sum::<f64>() / self.all.len().max(1) as f64
        };
        let (lsb, msb) = (share(BitOrder::LsbFirst), share(BitOrder::MsbFirst));
        if msb > 0.9 && lsb < 0.65 && self.all.len() >= MANY {
            (BitOrder::MsbFirst, msb * 0.95)
        } else {
            (BitOrder::LsbFirst, lsb)
        }
    }
}

fn text_likely(text: f64) -> f64 {
    0.9 + 0.1 * text
}

/// How much a character is one of a text: 1 for letters, digits, blanks and line ends.
fn textness(character: u8) -> f64 {
    match character {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b' ' | b'\r' | b'\n' => 1.0,
        b'.' | b',' | b'-' | b'\'' | b'"' | b'!' | b'?' | b':' | b';' | b'(' | b')' | b'+' | b'/' => 0.9,
        b'!'..=b'~' => 0.4,
        b'\t' | 7 | 8 | 12 | 0 => 0.3,
        _ => 0.0,
    }
}
