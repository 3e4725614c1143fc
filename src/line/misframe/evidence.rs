//! What a run of misframed values says of its sender.
//!
//! A value of 40 to 7F needs a clear bit 7: half of all characters give one, namely those with bit 0 set. With bit
//! 7 set no character gives one that stands alone; two that touch can look like one, less than once in a
//! thousand. Hence the numbers below. Where times are exact, touching characters prove their bit 7 as well: one
//! that is set speaks against all that was only likely, until a long row of clear ones has followed.

use std::collections::VecDeque;

use super::{Finding, MisframeOut};

/// What is known of the sender's bit 7.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Habit {
    /// Nothing yet.
    #[default]
    Open,
    /// It is clear.
    Clear,
    /// It is set, or changes: nothing is likely.
    Set,
}

/// Values looked back at.
const RUN: usize = 16;
/// Values of 40 to 7F among them that show a clear bit 7, where none of them stood quite alone.
const ENOUGH: usize = 5;
/// Different values that a run needs to be more than a row of blanks.
const VARIED: u32 = 4;
/// So many without one, of a sender that was known for a clear bit 7, and nothing is likely until there is one.
const DOUBT: usize = 8;
/// Characters with bit 7 set before it is said.
const SETS: u32 = 2;
/// Characters with bit 7 clear that make one with bit 7 set forgotten.
const FORGIVEN: u32 = 32;
/// Lone frames with a good stop bit in a row.
const GOOD_STOPS: u32 = 3;
/// Plain text as it would arrive on an upright line: so many characters, among them so many blanks and line ends.
const PLAIN: u32 = 12;
const PLAIN_BLANKS: u32 = 2;
const PLAIN_VARIED: u32 = 5;
/// Values that hold two characters before it is said.
const CROWDS: u32 = 3;
/// Zeros behind characters, in a row, that show a receiver which starts at a low stop bit.
const RESTARTS: u32 = 3;

/// The run, and what was told of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    habit: Habit,
    /// Characters or values, and whether bit 7 was clear beyond doubt.
    run: VecDeque<(u8, bool)>,
    /// Characters that had bit 7 set beyond doubt, and those with bit 7 clear since.
    sets: u32,
    clear_since: u32,
    proven_clear: bool,
    crowds: u32,
    good_stops: u32,
    restarts: u32,
    plain: u32,
    /// Plain text as it stands: nothing is read until something else comes.
    upright: bool,
    blanks: u32,
    plain_values: u128,
    told: [bool; 4],
}

impl Evidence {
    pub(super) const fn habit(&self) -> Habit {
        if self.upright { Habit::Set } else { self.habit }
    }

    /// Whether the receiver takes a low stop bit for a start.
    pub(super) const fn restarts(&self) -> bool {
        self.restarts >= RESTARTS
    }

    /// A frame came after one that was a character: is it a zero, and at once?
    pub(super) fn follows(&mut self, zero: bool) {
        self.restarts = if zero { (self.restarts + 1).min(RESTARTS) } else { 0 };
    }

    /// A character that nothing else touched, if bit 7 is clear.
    pub(super) fn whole(&mut self, value: u8, alone: bool, outputs: &mut VecDeque<MisframeOut>) {
        if value == 0 || value >= 0x80 {
            return;
        }
        self.next(value, value >= 0x40);
        self.judge(alone, outputs);
    }

    /// A character that was read as one with bit 7 clear, and could have been others.
    pub(super) fn likely(&mut self, character: u8, alone: bool, outputs: &mut VecDeque<MisframeOut>) {
        let clear = character & 1 == 1;
        if clear && alone {
            self.forgive();
        }
        self.next(character, clear);
        self.judge(alone, outputs);
    }

    /// A character whose bit 7 is known, whatever the sender does with others; whether it stands alone.
    pub(super) fn proof(&mut self, character: Option<u8>, alone: bool, outputs: &mut VecDeque<MisframeOut>) {
        if let Some(character @ ..0x80) = character {
            self.proven_clear = true;
            self.forgive();
            self.next(character, true);
            return self.judge(alone, outputs);
        }
        self.sets += 1;
        self.clear_since = 0;
        self.habit = Habit::Set;
        if self.sets >= SETS {
            let mixed = self.proven_clear;
            self.tell(if mixed { Finding::BitSevenMixed } else { Finding::BitSevenSet }, outputs);
        }
    }

    fn forgive(&mut self) {
        self.clear_since = (self.clear_since + 1).min(FORGIVEN);
        if self.clear_since == FORGIVEN {
            self.sets = 0;
        }
    }

    fn next(&mut self, value: u8, clear: bool) {
        if self.run.len() == RUN {
            self.run.pop_front();
        }
        self.run.push_back((value, clear));
    }

    fn judge(&mut self, alone: bool, outputs: &mut VecDeque<MisframeOut>) {
        let clear = self.run.iter().filter(|(_, clear)| *clear).count();
        let latest_clear = self.run.back().is_some_and(|(_, clear)| *clear);
        let no_clear = |length: usize, varied| {
            let latest = self.run.iter().rev().take(length);
            let values = latest.clone().fold(0_u128, |set, (value, _)| set | 1 << (value & 0x7F));
            self.run.len() >= length
                && !latest.clone().any(|(_, clear)| *clear)
                && values.count_ones() >= varied
        };
        self.habit = match self.habit {
            // Something with bit 7 set was among them, and not so many with bit 7 clear since.
            _ if self.sets > 0 => Habit::Set,
            Habit::Open | Habit::Clear if no_clear(RUN, VARIED) => Habit::Set,
            Habit::Clear | Habit::Open if no_clear(DOUBT, VARIED) => Habit::Open,
            Habit::Open if latest_clear && alone => Habit::Clear,
            Habit::Open | Habit::Set if clear >= ENOUGH => Habit::Clear,
            habit => habit,
        };
        if self.habit == Habit::Set && self.sets == 0 {
            self.tell(Finding::BitSevenSet, outputs);
        }
    }

    /// The latest character turned out to stand quite alone.
    pub(super) fn alone(&mut self, value: u8) {
        if self.habit == Habit::Open && self.run.back() == Some(&(value, true)) {
            self.habit = Habit::Clear;
        }
    }

    /// A value holds the beginning of the next character.
    pub(super) fn crowded(&mut self, outputs: &mut VecDeque<MisframeOut>) {
        self.crowds += 1;
        if self.crowds >= CROWDS {
            self.tell(Finding::BackToBack, outputs);
        }
    }

    /// A lone frame whose stop bit was good.
    pub(super) fn good_stop(&mut self, outputs: &mut VecDeque<MisframeOut>) {
        self.good_stops += 1;
        if self.good_stops >= GOOD_STOPS {
            self.tell(Finding::Upright, outputs);
        }
    }

    /// A frame with a bad stop bit, as all are that stand apart on a line that rests low.
    pub(super) fn bad_stop(&mut self) {
        self.good_stops = 0;
    }

    /// Values that would be plain text if they were taken as they are: misframed text is hardly ever.
    pub(super) fn looks_upright(&mut self, value: u8, outputs: &mut VecDeque<MisframeOut>) {
        match value {
            b' ' | b'\r' => self.blanks += 1,
            b'!'..=b'~' | b'\n' => {}
            _ => {
                (self.plain, self.blanks, self.plain_values, self.upright) = (0, 0, 0, false);
                return;
            }
        }
        self.plain += 1;
        self.plain_values |= 1 << value;
        if self.plain >= PLAIN
            && self.blanks >= PLAIN_BLANKS
            && self.plain_values.count_ones() >= PLAIN_VARIED
        {
            self.upright = true;
            self.tell(Finding::Upright, outputs);
        }
    }

    fn tell(&mut self, finding: Finding, outputs: &mut VecDeque<MisframeOut>) {
        let told = &mut self.told[finding as usize];
        if !std::mem::replace(told, true) {
            outputs.push_back(MisframeOut::Found(finding));
        }
    }
}
