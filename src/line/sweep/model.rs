//! What a UART at one rate makes of a single character that was sent at another, upright or not.
//!
//! ```text
//!            start d0  d1  d2 ...                   idle low: the false start is the first
//! idle high ‾‾|____|====|====|====                  fall, so what arrives is shifted
//! idle low  __|‾‾‾‾|====|====|====
//! ```
//!
//! A key that is pressed stands alone on the line: before and after it the line rests. For every code, rate
//! and polarity the octets that a UART then delivers are computed beforehand, for slow and quick senders and
//! for both things that chips do after a bad stop bit. Where both ends run the same rate and the line idles
//! low this gives the closed form of a misframed line. Facts: `docs/probe.md`, `docs/line.md`.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::line::{Level, Polarity};

/// The rates that a program at the far end may run.
pub(super) const RATES: [u32; 8] = [110, 150, 300, 600, 1200, 2400, 4800, 9600];
/// Both ways to rest.
pub(super) const POLARITIES: [Polarity; 2] = [Polarity::IdleHigh, Polarity::IdleLow];
/// The most octets that one character becomes.
pub(super) const LONGEST: usize = 8;

/// How far senders are off, with weights: crystals, and loops that count cycles.
const ERRORS: [(f64, f64); 5] = [(-0.03, 0.1), (-0.015, 0.2), (0.0, 0.4), (0.015, 0.2), (0.03, 0.1)];
/// How late a UART sees a fall, in its bits: it looks sixteen times a bit, or eight.
const DELAYS: [f64; 2] = [0.02, 0.08];

/// An octet as a UART delivers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Heard {
    /// The data bits.
    pub octet: u8,
    /// The driver says that its stop bit was bad, or that it was a break. A driver that tells no such thing
    /// leaves it false.
    pub bad: bool,
}

/// A way in which some octets come about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    /// The character sent.
    pub(super) code: u8,
    /// Which of the octets have a bad stop bit, the first in bit 0.
    pub(super) bad: u8,
    /// The share of senders and chips that do this.
    pub(super) weight: f64,
}

/// What characters of one rate and polarity become at one UART.
type Table = HashMap<(u64, usize), Vec<Source>>;

/// What everything becomes at a UART of one rate: a table for each of [`RATES`] and [`POLARITIES`].
pub(super) struct Ear {
    tables: Vec<Table>,
}

impl Ear {
    /// The ear of a UART at one of [`RATES`]; computed once. `None` for another rate.
    pub(super) fn at(rate: u32) -> Option<&'static Ear> {
        static EARS: [OnceLock<Ear>; RATES.len()] = [const { OnceLock::new() }; RATES.len()];
        let index = RATES.iter().position(|&known| known == rate)?;
        EARS.get(index).map(|ear| ear.get_or_init(|| Ear::new(rate)))
    }

    fn new(rate: u32) -> Ear {
        let tables = RATES.iter().flat_map(|&sender| POLARITIES.map(|idle| table(sender, idle, rate)));
        Ear { tables: tables.collect() }
    }

    /// Every way in which characters of this sender (an index into rates times polarities, see
    /// [`sender_index`]) become exactly these octets.
    pub(super) fn sources(&self, sender: usize, octets: &[Heard]) -> &[Source] {
        self.tables.get(sender).and_then(|table| table.get(&key(octets))).map_or(&[], Vec::as_slice)
    }
}

/// Where a sender's table is.
pub(super) const fn sender_index(rate: usize, polarity: usize) -> usize {
    rate * POLARITIES.len() + polarity
}

fn key(octets: &[Heard]) -> (u64, usize) {
    (octets.iter().fold(0, |packed, heard| packed << 8 | u64::from(heard.octet)), octets.len())
}

fn table(sender: u32, idle: Polarity, ear: u32) -> Table {
    let mut table = Table::new();
    for code in 0..=255 {
        for (error, share) in ERRORS {
            for delay in DELAYS {
                for (takes_bad_stop, policy) in [(false, 0.7), (true, 0.3)] {
                    let bit = f64::from(ear) / f64::from(sender) * (1.0 - error);
                    let octets = hear(code, idle, bit, delay, takes_bad_stop);
                    let weight = share * policy / DELAYS.len() as f64;
                    add(table.entry(key(&octets)).or_default(), code, &octets, weight);
                }
            }
        }
    }
    table
}

fn add(sources: &mut Vec<Source>, code: u8, octets: &[Heard], weight: f64) {
    let bad = octets.iter().rev().fold(0, |mask, heard| mask << 1 | u8::from(heard.bad));
    match sources.iter_mut().find(|source| source.code == code && source.bad == bad) {
        Some(source) => source.weight += weight,
        None => sources.push(Source { code, bad, weight }),
    }
}

/// A character as levels, its bits `bit` of the receiver's bits long; it starts at 0.
struct Wave {
    code: u8,
    idle: Polarity,
    bit: f64,
}

impl Wave {
    /// The level in the sender's bit time `index`: 0 is the start bit, below it and from 9 on the line rests.
    fn level(&self, index: i32) -> Level {
        let mark = match index {
            0 => false,
            1..=8 => self.code >> (index - 1) & 1 == 1,
            _ => true,
        };
        let upright = if mark { Level::High } else { Level::Low };
        match (self.idle, upright) {
            (Polarity::IdleHigh, level) => level,
            (Polarity::IdleLow, Level::High) => Level::Low,
            (Polarity::IdleLow, Level::Low) => Level::High,
        }
    }

    fn is_high(&self, at: f64) -> bool {
        self.level((at / self.bit).floor() as i32) == Level::High
    }

    /// The first edge to `to` at or after `from`.
    fn edge(&self, from: f64, to: Level) -> Option<f64> {
        (0..=9)
            .filter(|&index| self.level(index - 1) != to && self.level(index) == to)
            .map(|index| f64::from(index) * self.bit)
            .find(|&at| at >= from)
    }
}

/// What a UART at 8N1 delivers, its bits one long.
fn hear(code: u8, idle: Polarity, bit: f64, delay: f64, takes_bad_stop: bool) -> Vec<Heard> {
    let wave = Wave { code, idle, bit };
    let mut heard = Vec::new();
    let mut free = 0.0;
    while let Some(fall) = wave.edge(free, Level::Low) {
        let mut start = fall + delay;
        if wave.is_high(start + 0.5) {
            free = fall + bit / 2.0;
            continue;
        }
        loop {
            let octet =
                (0..8).fold(0, |octet, i| octet | u8::from(wave.is_high(start + 1.5 + f64::from(i))) << i);
            let stop = start + 9.5;
            let bad = !wave.is_high(stop);
            heard.push(Heard { octet, bad });
            if heard.len() == LONGEST {
                return heard;
            }
            free = stop;
            if !bad {
                break;
            }
            if takes_bad_stop && octet != 0 {
                // The bad stop bit is the next start bit.
                start += 9.0;
                continue;
            }
            match wave.edge(stop, Level::High) {
                Some(rise) => free = rise,
                None => return heard,
            }
            break;
        }
    }
    heard
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_rate_upright_gives_every_code_back() {
        for code in 0..=255 {
            for (error, _) in ERRORS {
                for delay in DELAYS {
                    let heard = hear(code, Polarity::IdleHigh, 1.0 - error, delay, false);
                    assert_eq!(heard, [Heard { octet: code, bad: false }], "{code:02X} {error}");
                }
            }
        }
    }

    #[test]
    fn the_same_rate_idle_low_gives_the_closed_form() {
        for code in 1..=255_u8 {
            let k = code.trailing_zeros();
            let misframed = (u16::from(!code) >> (k + 1)) as u8;
            let heard = hear(code, Polarity::IdleLow, 1.0, 0.05, false);
            assert_eq!(heard, [Heard { octet: misframed, bad: true }], "{code:02X}");
        }
    }

    #[test]
    fn a_chip_that_takes_the_bad_stop_bit_for_a_start_adds_a_break() {
        let heard = hear(b'a', Polarity::IdleLow, 1.0, 0.05, true);
        assert_eq!(heard, [Heard { octet: 0x4F, bad: true }, Heard { octet: 0, bad: true }]);
    }

    #[test]
    fn there_is_an_ear_for_every_rate_and_no_other() {
        assert!(Ear::at(300).is_some());
        assert!(Ear::at(301).is_none());
        let octets = [Heard { octet: b'H', bad: false }];
        let sender = sender_index(2, 0);
        assert_eq!(RATES[2], 300);
        let sources = Ear::at(300).map_or(&[][..], |ear| ear.sources(sender, &octets));
        assert_eq!(sources.len(), 1);
        assert_eq!(sources[0].code, b'H');
    }
}
