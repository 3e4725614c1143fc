//! A line's speed and frame, written as in `300-8N1-inv`.
//!
//! ```text
//! BAUD-DPS[-msb][-inv|-invrx|-invtx]      300-8N1   1200-7E2-msb-inv   300-5N1.5
//!      |||
//!      ||stop bits 1, 1.5, 2
//!      |parity N, E, O, M(ark), S(pace)
//!      data bits 5 to 9
//! ```
//!
//! Reading is case-blind and takes the suffixes in any order; writing is canonical; the two are inverse.
//! Bit times are never added up: edge `k` of a frame is computed from the frame's start in wide integers,
//! because a bit at 300 baud is 3,333,333 1/3 ns. Facts: `docs/line.md`.

use std::fmt;
use std::str::FromStr;

use super::Polarity;
use crate::time::{Span, Stamp};

/// The parity bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Parity {
    /// No parity bit.
    #[default]
    None,
    /// The number of ones, parity bit included, is odd.
    Odd,
    /// The number of ones, parity bit included, is even.
    Even,
    /// Always one.
    Mark,
    /// Always zero.
    Space,
}

/// The length of the stop element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StopBits {
    /// One bit time.
    #[default]
    One,
    /// One and a half.
    OneAndHalf,
    /// Two.
    Two,
}

/// Which data bit travels first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BitOrder {
    /// Least significant first: every UART.
    #[default]
    LsbFirst,
    /// Most significant first.
    MsbFirst,
}

/// Everything that both ends of a line must agree on.
///
/// ```
/// use petterm::line::{LineFormat, Parity, Polarity};
///
/// let line: LineFormat = "1200-7e1-INV".parse()?;
/// assert_eq!((line.baud, line.data_bits, line.parity), (1200, 7, Parity::Even));
/// assert_eq!(line.rx, Polarity::IdleLow);
/// assert_eq!(line.to_string(), "1200-7E1-inv");
/// # Ok::<(), petterm::line::LineFormatError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LineFormat {
    /// Bits a second, 1 to 4,000,000.
    pub baud: u32,
    /// Data bits, 5 to 9.
    pub data_bits: u8,
    /// Parity.
    pub parity: Parity,
    /// Stop bits.
    pub stop: StopBits,
    /// Bit order.
    pub order: BitOrder,
    /// Level at which the line that we drive rests.
    pub tx: Polarity,
    /// Level at which the line that we hear rests.
    pub rx: Polarity,
}

impl LineFormat {
    /// The highest rate that a line may be asked for.
    pub const MAX_BAUD: u32 = 4_000_000;

    /// 8N1, idle high, least significant bit first.
    pub const fn new(baud: u32) -> LineFormat {
        LineFormat {
            baud,
            data_bits: 8,
            parity: Parity::None,
            stop: StopBits::One,
            order: BitOrder::LsbFirst,
            tx: Polarity::IdleHigh,
            rx: Polarity::IdleHigh,
        }
    }

    /// Length of a frame in half bit times: start, data, parity and stop.
    pub const fn half_bits(&self) -> u32 {
        let parity = if matches!(self.parity, Parity::None) { 0 } else { 1 };
        2 * (1 + self.data_bits as u32 + parity) + self.stop.half_bits()
    }

    /// Whether a UART at 8N1 can carry these frames with parity and bit 7 done in software: 8N1, 7N2, 7E1,
    /// 7O1, 7M1 and 7S1, least significant bit first.
    pub const fn fits_8n1(&self) -> bool {
        matches!(self.order, BitOrder::LsbFirst)
            && match (self.data_bits, self.parity, self.stop) {
                (8, Parity::None, StopBits::One) | (7, Parity::None, StopBits::Two) => true,
                (7, Parity::None, _) => false,
                (7, _, StopBits::One) => true,
                _ => false,
            }
    }

    /// The same line as the other end sees it: what we drive is what it hears.
    #[must_use]
    pub const fn far_end(&self) -> LineFormat {
        LineFormat { tx: self.rx, rx: self.tx, ..*self }
    }

    /// The time that `half_bits` half bits take, rounded down to a nanosecond.
    pub fn span(&self, half_bits: u64) -> Span {
        let nanos = u128::from(half_bits) * 1_000_000_000 / (2 * u128::from(self.baud.max(1)));
        Span(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// When the `half_bits`-th half bit after `start` begins.
    pub fn edge_at(&self, start: Stamp, half_bits: u64) -> Stamp {
        start + self.span(half_bits)
    }
}

impl Parity {
    /// The parity bit that belongs to `data`, `None` where the frame has none.
    pub const fn bit(self, data: u16) -> Option<bool> {
        let odd = data.count_ones() % 2 == 1;
        match self {
            Parity::None => None,
            Parity::Odd => Some(!odd),
            Parity::Even => Some(odd),
            Parity::Mark => Some(true),
            Parity::Space => Some(false),
        }
    }

    /// The letter of a line's name.
    pub const fn letter(self) -> char {
        match self {
            Parity::None => 'N',
            Parity::Odd => 'O',
            Parity::Even => 'E',
            Parity::Mark => 'M',
            Parity::Space => 'S',
        }
    }
}

impl StopBits {
    /// The number as it is written: `1`, `1.5` or `2`.
    pub const fn name(self) -> &'static str {
        match self {
            StopBits::One => "1",
            StopBits::OneAndHalf => "1.5",
            StopBits::Two => "2",
        }
    }

    /// The length in half bits.
    pub const fn half_bits(self) -> u32 {
        match self {
            StopBits::One => 2,
            StopBits::OneAndHalf => 3,
            StopBits::Two => 4,
        }
    }
}

/// Why a word is not a line format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineFormatError {
    /// The part before the first dash is not a rate.
    #[error("'{0}' is not a baud rate; rates are whole numbers from 1 to 4000000, as in 300-8N1")]
    Baud(String),
    /// There is no frame after the rate, or it has not the shape of one.
    #[error("'{0}' is not a frame; write data bits, parity and stop bits, as in 300-8N1 or 300-5N1.5")]
    Frame(String),
    /// The frame's first character is not a number of data bits.
    #[error("'{0}' is not a number of data bits; a frame has 5 to 9 of them, as in 300-8N1")]
    DataBits(char),
    /// The frame's second character is not a parity.
    #[error("'{0}' is not a parity; parities are N (none), E (even), O (odd), M (mark) and S (space)")]
    Parity(char),
    /// The frame does not end in a number of stop bits.
    #[error("'{0}' is not a number of stop bits; there may be 1, 1.5 or 2")]
    Stop(String),
    /// A suffix that no line format has.
    #[error("'-{0}' is not known of a line; after the frame may stand -msb, and -inv, -invrx or -invtx")]
    Suffix(String),
    /// A suffix that says again what an earlier one said.
    #[error("'-{0}' says again what the line says already; give each of -msb and -inv once")]
    Repeated(String),
}

impl FromStr for LineFormat {
    type Err = LineFormatError;

    fn from_str(text: &str) -> Result<LineFormat, LineFormatError> {
        let mut parts = text.split('-');
        let mut line = LineFormat::new(parse_baud(parts.next().unwrap_or(""))?);
        parse_frame(&mut line, parts.next().unwrap_or(""))?;
        for suffix in parts {
            parse_suffix(&mut line, suffix)?;
        }
        Ok(line)
    }
}

impl fmt::Display for LineFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}{}{}", self.baud, self.data_bits, self.parity.letter(), self.stop.name())?;
        if self.order == BitOrder::MsbFirst {
            f.write_str("-msb")?;
        }
        f.write_str(match (self.tx, self.rx) {
            (Polarity::IdleHigh, Polarity::IdleHigh) => "",
            (Polarity::IdleLow, Polarity::IdleLow) => "-inv",
            (Polarity::IdleHigh, Polarity::IdleLow) => "-invrx",
            (Polarity::IdleLow, Polarity::IdleHigh) => "-invtx",
        })
    }
}

fn parse_baud(word: &str) -> Result<u32, LineFormatError> {
    // `u32::from_str` alone would take a sign.
    let digits = word.bytes().all(|b| b.is_ascii_digit());
    match word.parse() {
        Ok(baud) if digits && (1..=LineFormat::MAX_BAUD).contains(&baud) => Ok(baud),
        _ => Err(LineFormatError::Baud(word.to_owned())),
    }
}

fn parse_frame(line: &mut LineFormat, word: &str) -> Result<(), LineFormatError> {
    let mut letters = word.chars();
    let (Some(data), Some(parity)) = (letters.next(), letters.next()) else {
        return Err(LineFormatError::Frame(word.to_owned()));
    };
    line.data_bits = match data.to_digit(10) {
        Some(bits @ 5..=9) => bits as u8,
        _ => return Err(LineFormatError::DataBits(data)),
    };
    line.parity = match parity.to_ascii_uppercase() {
        'N' => Parity::None,
        'O' => Parity::Odd,
        'E' => Parity::Even,
        'M' => Parity::Mark,
        'S' => Parity::Space,
        _ => return Err(LineFormatError::Parity(parity)),
    };
    line.stop = match letters.as_str() {
        "1" => StopBits::One,
        "1.5" => StopBits::OneAndHalf,
        "2" => StopBits::Two,
        other => return Err(LineFormatError::Stop(other.to_owned())),
    };
    Ok(())
}

fn parse_suffix(line: &mut LineFormat, word: &str) -> Result<(), LineFormatError> {
    let repeated = || Err(LineFormatError::Repeated(word.to_owned()));
    let (tx, rx) = match word.to_ascii_lowercase().as_str() {
        "msb" if line.order == BitOrder::MsbFirst => return repeated(),
        "msb" => {
            line.order = BitOrder::MsbFirst;
            return Ok(());
        }
        "inv" => (true, true),
        "invrx" => (false, true),
        "invtx" => (true, false),
        _ => return Err(LineFormatError::Suffix(word.to_owned())),
    };
    for (inverts, polarity) in [(tx, &mut line.tx), (rx, &mut line.rx)] {
        if inverts && *polarity == Polarity::IdleLow {
            return repeated();
        }
        if inverts {
            *polarity = Polarity::IdleLow;
        }
    }
    Ok(())
}
