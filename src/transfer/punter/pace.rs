//! Waiting: from when, how long, and how quickly the other side answers.

use crate::time::{Span, Stamp};

/// Answers after which the quickest of them is taken for the round trip.
const ANSWERS: u32 = 6;
/// Round trips above this do not work with the 6502 programs.
const SLOW: Span = Span::from_millis(600);
/// A longer answer is no round trip but a drive that opens a file.
const LONGEST: Span = Span::from_secs(3);

/// When what was said last has left, and what the answers to it told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    octet: Span,
    /// All that was said has left, or will have.
    from: Stamp,
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
}
