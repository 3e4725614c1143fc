//! Volts, meaning, and the one thing that converts between them.

use crate::time::Stamp;

/// Volts on a pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// 0 V.
    Low,
    /// +5 V (or the logic family's high).
    High,
}

/// What a level means: mark is one, stop and idle; space is zero and the start bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bit {
    /// 1: stop bit, idle line.
    Mark,
    /// 0: start bit.
    Space,
}

/// Which level a line rests at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Polarity {
    /// Mark is high: every UART's logic side.
    #[default]
    IdleHigh,
    /// Mark is low: the polarity of an RS-232 line, at 0/5 V.
    IdleLow,
}

impl Polarity {
    /// The meaning of a level.
    pub const fn bit(self, level: Level) -> Bit {
        match (self, level) {
            (Polarity::IdleHigh, Level::High) | (Polarity::IdleLow, Level::Low) => Bit::Mark,
            _ => Bit::Space,
        }
    }

    /// The level of a meaning.
    pub const fn level(self, bit: Bit) -> Level {
        match (self, bit) {
            (Polarity::IdleHigh, Bit::Mark) | (Polarity::IdleLow, Bit::Space) => Level::High,
            _ => Level::Low,
        }
    }

    /// "idle high" or "idle low", for messages.
    pub const fn name(self) -> &'static str {
        match self {
            Polarity::IdleHigh => "idle high",
            Polarity::IdleLow => "idle low",
        }
    }
}

/// A change of level at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Edge {
    /// When.
    pub at: Stamp,
    /// The level from then on.
    pub level: Level,
}
