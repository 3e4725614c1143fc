//! Waiting: from when, how long, and how quickly the other side answers.

use super::PATIENCE;
use crate::time::{Span, Stamp};

/// Answers after which the quickest of them is taken for the round trip.
const ANSWERS: u32 = 6;
/// Round trips above this do not work with the 6502 programs.
const SLOW: Span = Span::from_millis(600);
/// Of what is said for want of an answer, every so many-th gets a longer silence behind it: there are far ends whose own
/// wait begins anew at every byte, and some that cut what comes into threes until nothing comes for a while.
const BREATH: u32 = 4;
/// That silence. The longest of those waits is 5 s.
const SILENCE: Span = Span::from_secs(6);
/// A longer answer is no round trip but a drive that opens a file.
const LONGEST: Span = Span::from_secs(3);

/// When what was said last has left, and what the answers to it told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    octet: Span,
    /// All that was said has left, or will have.
    from: Stamp,
    /// When something last went on, and how often something was said since.
    alive: Stamp,
    said: u32,
    /// What was said last wants a quick answer and has none yet.
    asked: bool,
    round_trip: Span,
    /// The quickest answer, and how many there were.
    quickest: Span,
    answers: u32,
    /// It was told that the line is slow.
    told: bool,
}

impl Pace {
    pub(super) fn new(octet: Span, now: Stamp) -> Pace {
        Pace {
            octet,
            from: now,
            alive: now,
            said: 0,
            asked: false,
            round_trip: Span::ZERO,
            quickest: LONGEST,
            answers: 0,
            told: false,
        }
    }

    /// These many bytes are said now. Whether they want an answer at once: the first code of a phase may wait for a
    /// person, and a block for a drive.
    pub(super) fn says(&mut self, now: Stamp, bytes: usize, quick: bool) {
        self.from = now + self.line_time(bytes);
        self.asked = quick;
        self.said = self.said.saturating_add(1);
    }

    /// The transfer has got further.
    pub(super) fn goes_on(&mut self, now: Stamp) {
        (self.alive, self.said) = (now, 0);
    }

    /// Until when it may get no further.
    pub(super) fn patience(&self) -> Stamp {
        self.alive + PATIENCE + self.line_time(255)
    }

    /// Everything that was said has left.
    pub(super) fn left(&mut self, now: Stamp) {
        self.from = self.from.max(now);
    }

    /// An answer came; the first one after a code tells the round trip.
    pub(super) fn answered(&mut self, now: Stamp) {
        let took = now.since(self.from);
        if std::mem::take(&mut self.asked) && took <= LONGEST {
            // Slow to forget: a wait that is too long costs little, one that is too short a block.
            let worn = Span(self.round_trip.0 / 8 * 7);
            self.round_trip = Span(took.0.max(worn.0));
            self.quickest = Span(took.0.min(self.quickest.0));
            self.answers = self.answers.saturating_add(1);
        }
    }

    /// Whether the line has just turned out to be slower than the 6502 programs bear.
    pub(super) fn turns_out_slow(&mut self) -> Option<Span> {
        if self.told || self.answers < ANSWERS || self.quickest < SLOW {
            return None;
        }
        self.told = true;
        Some(self.quickest)
    }

    pub(super) fn line_time(&self, bytes: usize) -> Span {
        Span(self.octet.0.saturating_mul(bytes as u64))
    }

    /// A wait of `span`, besides the way there and back and the time of a code on the line.
    pub(super) fn after(&self, span: Span) -> Stamp {
        self.from + span + self.round_trip + self.line_time(6)
    }

    /// The same before what was said is said again.
    pub(super) fn again(&self, span: Span) -> Stamp {
        let breath = self.said > 0 && self.said.is_multiple_of(BREATH);
        self.after(if breath { SILENCE } else { span })
    }

    /// Whether the longer silence will be behind what is said next.
    pub(super) fn breath_is_next(&self) -> bool {
        (self.said + 1).is_multiple_of(BREATH)
    }
}
