//! misframe-RX: what an ordinary UART makes of a line that rests low, turned back into characters.
//!
//! A UART starts on a fall. On an idle-low line the true start bit is a rise, so the first fall is the lowest data
//! bit that is 1, at place `k`: that bit and the `k` zeros below it are lost, and what is left arrives turned
//! over and shifted. Where bit 7 is clear, the highest 1 of the value tells `k`, and nothing is lost:
//!
//! ```text
//! line (idle low)   ___|start 0 0|1   0   1   1   0   1  |stop___     'h' = 68 hex, k = 3
//! level             ___/~~~~~~~~~\___/~~~\_______/~~~\________
//! UART reads                     start 1 ...                          09, and a bad stop bit
//! ```
//!
//! Three things spoil it, and each is told apart rather than guessed at:
//!
//! - **Bit 7.** A value below 40 hex could also come from a character with bit 7 set. A sender has bit 7 always
//!   clear or always set, as a rule; which of them is learned from what only a clear bit 7 gives, such as most
//!   values of 40 to 7F. Until then characters wait; if it never comes, they stay unknown, and so they do after
//!   something that needs a bit 7 set.
//! - **A next character that begins too early** (within `k` bits of the stop bit): its first bits stand in the
//!   value, and the following frame begins in its midst. The times of arrival show it, where they are worth
//!   anything; where they are exact all frames between two pauses are read together (`cells`).
//! - **A line that is upright.** Then a lone frame has a good stop bit.
//!
//! Guarantees: whatever is told as [`Meaning::Certain`] is right for every sender, whatever its bit 7 and its pauses,
//! if times are as good as [`Timing`] says. Whatever is told as [`Meaning::Likely`] is right, with
//! [`Timing::Within`], for every sender that keeps its bit 7. Facts: `docs/inversion.md`.

mod cells;
mod evidence;
mod together;

use std::collections::VecDeque;

use self::cells::Cells;
use self::evidence::{Evidence, Habit};
use self::together::Together;
use super::LineFormat;
use crate::time::{Span, Stamp, Wake};

/// What a time of arrival is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// Frames are told at most so long after they were over.
    Within(Span),
    /// Times say nothing of the line: octets are buffered somewhere.
    Unknown,
}

/// What a received octet means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// This character, bit 7 included: nothing else makes what arrived.
    Certain(u8),
    /// This character, if the sender's bit 7 is always clear, as far as anybody can see; and, with
    /// [`Timing::Unknown`], if there was a pause before and after it.
    Likely(u8),
    /// It cannot be told.
    Unknown,
}

impl Meaning {
    /// The character, where there is one to show.
    pub const fn character(self) -> Option<u8> {
        match self {
            Meaning::Certain(character) | Meaning::Likely(character) => Some(character),
            Meaning::Unknown => None,
        }
    }
}

/// What the line turned out to be like; each is told once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Finding {
    /// The sender sets bit 7: what it sends cannot be read this way.
    BitSevenSet,
    /// The sender sets bit 7 of some characters: little of what it sends can be read this way.
    BitSevenMixed,
    /// Characters follow each other without a pause: some of them cannot be read.
    BackToBack,
    /// The frames are those of a line that rests high.
    Upright,
}

/// What comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MisframeOut {
    /// What the next octet, or the next character in it, means. Octets that mean nothing have none: a zero after another.
    Read(Meaning),
    /// Something about the line.
    Found(Finding),
}

/// Thousandths of a bit.
type Milli = i64;

const BIT: Milli = 1_000;
/// A frame that begins so long after another is no part of the other's character, whatever its value.
const APART: Milli = 17_500;
/// A character so far from its neighbours was typed by hand.
const ALONE: Milli = 30_000;
/// From the fall that began a frame to the middle of its last data bit and 1 bit more: a rise after that is none
/// of its business. The next frame's fall follows its character's rise by `k` + 1 bits.
const ROOM: Milli = 9_500;
/// A frame that begins sooner took the low stop bit of the one before it for a start.
const AT_ONCE: Milli = 9_750;
/// Times better than this tell the places of single bits.
const EXACT: Milli = 450;
/// Half a bit lies between the latest overlap and the earliest touch; so much of it is given to the touch.
const SLACK: Milli = 250;
/// Without times: values that one which holds two characters may have spoilt, itself included.
const SPOILT: u8 = 5;
/// Most frames that wait for a later one to explain them.
const LOOK_AHEAD: usize = 64;
/// Characters wait so long to learn of bit 7.
const PATIENCE: Span = Span::from_secs(1);
/// And so many of them at most.
const HELD_BACK: usize = 16;

#[derive(Clone, Copy, Debug)]
struct Heard {
    at: Stamp,
    value: u8,
    /// Whether the stop bit was low, where the driver says so.
    bad_stop: Option<bool>,
}

/// How a frame stands to the one after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joint {
    /// They are different characters, with a pause between them.
    Apart,
    /// They are different characters, and the next may begin at the very stop bit of this frame.
    Touching,
    /// Different, and much time between them.
    FarApart,
    /// It cannot be told.
    Unclear,
}

/// A frame that waits for the sender's bit 7 to be known.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    since: Stamp,
    meaning: Meaning,
}

/// The receiver.
///
/// ```
/// use petterm::line::{LineFormat, Meaning, Misframe, MisframeOut, Timing};
/// use petterm::time::{Span, Stamp};
///
/// let mut rx = Misframe::new(&LineFormat::new(300), Timing::Within(Span::ZERO), false);
/// let mut now = Stamp::ZERO;
/// for value in [0x0B, 0x5D, 0x16, 0x16, 0x58] {
///     now += Span::from_millis(200);
///     rx.push(now, value, None);
/// }
/// rx.timeout(now + Span::from_secs(1));
/// let text: Vec<_> = std::iter::from_fn(|| rx.poll()).collect();
/// assert_eq!(text, b"HELLO".map(|c| MisframeOut::Read(Meaning::Likely(c))));
/// ```
#[derive(Clone, Debug)]
pub struct Misframe {
    baud: u64,
    lateness: Option<Milli>,
    marks: bool,
    frames: VecDeque<Heard>,
    /// How the last frame that left stood to the first one that is here, and that frame as it was read.
    before: Joint,
    left: Option<Heard>,
    /// That frame stood alone before it, and so far after it as well.
    lone: bool,
    waiting: VecDeque<Waiting>,
    evidence: Evidence,
    outputs: VecDeque<MisframeOut>,
    /// The frame before, also one that was none of the line's.
    last: Option<(Stamp, u8)>,
    /// So many values more are spoilt by one that held two characters; without times.
    spoilt: u8,
    together: Option<Together>,
}

impl Misframe {
    /// A receiver of a port that runs at `line`'s rate with 8N1; `marks` says whether the driver tells octets with
    /// a bad stop bit.
    pub fn new(line: &LineFormat, timing: Timing, marks: bool) -> Misframe {
        let baud = u64::from(line.baud);
        let lateness = match timing {
            Timing::Within(span) => Some(milli_bits(span, baud).max(350)),
            Timing::Unknown => None,
        };
        Misframe {
            baud,
            lateness,
            marks,
            frames: VecDeque::new(),
            before: Joint::FarApart,
            left: None,
            lone: false,
            waiting: VecDeque::new(),
            evidence: Evidence::default(),
            outputs: VecDeque::new(),
            last: None,
            spoilt: 0,
            together: Together::new(lateness),
        }
    }

    /// The character of a value that was received alone, if bit 7 of it was clear; `None` for no value that such
    /// a character gives.
    pub const fn inverse(value: u8) -> Option<u8> {
        if value == 0 || value >= 0x80 {
            return None;
        }
        let k = value.leading_zeros() - 1;
        let zeros = (1_u8 << k) - 1;
        let above = (value as u16) << (k + 1);
        Some((!(above as u8) & 0x7F & !zeros) | 1 << k)
    }

    /// A frame arrived; `bad_stop` is whether its stop bit was low, as far as the driver says. A break is the value 0.
    pub fn push(&mut self, at: Stamp, value: u8, bad_stop: Option<bool>) {
        let bad_stop = bad_stop.filter(|_| self.marks);
        self.rest(at);
        self.lone = false;
        // The line was low before anything listened: the first fall was none.
        if self.last.is_none() && value == 0 {
            self.last = Some((at, 0));
            return;
        }
        self.spoilt = self.spoilt.saturating_sub(1);
        if value >= 0x80 {
            self.spoilt = SPOILT;
            self.evidence.crowded(&mut self.outputs);
        }
        self.evidence.looks_upright(value, &mut self.outputs);
        let heard = Heard { at, value, bad_stop };
        if self.together.is_some() {
            self.last = Some((at, value));
            self.push_exact(heard);
        } else if !self.is_restart(at, value) {
            self.frames.push_back(heard);
        }
        self.settle(at);
    }

    /// Whether a zero is none of the line's: the receiver took the low stop bit before it for a start.
    fn is_restart(&mut self, at: Stamp, value: u8) -> bool {
        let Some((last_at, last_value)) = self.last.replace((at, value)) else { return false };
        let between = milli_bits(at.since(last_at), self.baud);
        let soon = self.lateness.is_none_or(|lateness| between < AT_ONCE + lateness);
        if last_value != 0 {
            self.evidence.follows(value == 0 && soon);
        }
        value == 0 && last_value != 0 && soon && self.evidence.restarts()
    }

    /// Time has passed.
    pub fn timeout(&mut self, now: Stamp) {
        self.settle(now);
        self.rest(now);
    }

    /// Takes what was found out, until there is nothing.
    pub fn poll(&mut self) -> Option<MisframeOut> {
        self.outputs.pop_front()
    }

    /// When [`Misframe::timeout`] shall be called if nothing happens before.
    pub fn wake(&self) -> Wake {
        if !self.outputs.is_empty() {
            return Wake::Now;
        }
        let mut wake = match (self.frames.back(), self.lateness) {
            (Some(last), Some(lateness)) => Wake::At(last.at + self.span(APART + lateness)),
            _ => Wake::OnInput,
        };
        if let (true, Some(left), Some(lateness)) = (self.lone, self.left, self.lateness) {
            wake = wake.earliest(Wake::At(left.at + self.span(ALONE + lateness)));
        }
        if let (Some(together), Some(lateness)) = (&self.together, self.lateness)
            && let Some((last, quiet)) = together.quiet(lateness)
        {
            wake = wake.earliest(Wake::At(last + self.span(quiet)));
        }
        if let Some(oldest) = self.waiting.front() {
            wake = wake.earliest(Wake::At(oldest.since + PATIENCE));
        }
        wake
    }

    /// A frame that left because nothing followed soon may turn out to have stood quite alone.
    fn rest(&mut self, now: Stamp) {
        let (Some(left), Some(lateness), true) = (self.left, self.lateness, self.frames.is_empty()) else {
            return;
        };
        if milli_bits(now.since(left.at), self.baud) < ALONE + lateness {
            return;
        }
        if self.before == Joint::Apart {
            self.before = Joint::FarApart;
        }
        if std::mem::take(&mut self.lone) {
            self.evidence.alone(left.value);
            self.release();
        }
    }

    /// Lets go of every frame whose neighbours are known.
    fn settle(&mut self, now: Stamp) {
        while let Some(after) = self.first_joint(now) {
            let Some(heard) = self.frames.pop_front() else { break };
            self.lone = (self.before, after, self.frames.is_empty()) == (Joint::FarApart, Joint::Apart, true);
            self.read(now, heard, after);
            self.left = Some(heard);
            self.before = after;
        }
        self.settle_exact(now);
        while self.waiting.front().is_some_and(|oldest| now >= oldest.since + PATIENCE) {
            self.give_up_one();
        }
    }

    /// How the first frame stands to the one after it, once that can be told. A frame whose character begins at an
    /// unknown bit is explained by the one after it, so the search goes from the newest to the oldest.
    fn first_joint(&self, now: Stamp) -> Option<Joint> {
        let lateness = match (self.frames.is_empty(), self.lateness) {
            (true, _) => return None,
            // Values alone: a value that holds a second start bit spoils itself and what comes after it.
            (false, None) => return Some(if self.spoilt > 0 { Joint::Unclear } else { Joint::Apart }),
            (false, Some(lateness)) => lateness,
        };
        // The frame after the one looked at, and what its character lost.
        let mut next: Option<(Heard, Lost)> = None;
        let mut joint = None;
        for &heard in self.frames.iter().rev() {
            joint = match next {
                None => {
                    let quiet = milli_bits(now.since(heard.at), self.baud);
                    match quiet {
                        quiet if quiet >= ALONE + lateness => Some(Joint::FarApart),
                        quiet if quiet >= APART + lateness => Some(Joint::Apart),
                        _ => None,
                    }
                }
                Some((after, lost)) => self.joint(heard, after, lost, lateness),
            };
            let lost = match joint {
                None => Lost::NotYet,
                Some(Joint::Unclear) => Lost::Unknowable,
                Some(Joint::Apart | Joint::FarApart | Joint::Touching) => Lost::of(heard.value),
            };
            next = Some((heard, lost));
        }
        match joint {
            None if self.frames.len() > LOOK_AHEAD => Some(Joint::Unclear),
            joint => joint,
        }
    }

    /// How `heard` stands to the frame `after` it, whose character `lost` bits.
    fn joint(&self, heard: Heard, after: Heard, lost: Lost, lateness: Milli) -> Option<Joint> {
        let between = milli_bits(after.at.since(heard.at), self.baud);
        let least = between - lateness;
        if least >= ALONE {
            return Some(Joint::FarApart);
        }
        if least >= APART {
            return Some(Joint::Apart);
        }
        let k = match lost {
            Lost::Bits(k) => k,
            Lost::Unknowable => return Some(Joint::Unclear),
            Lost::NotYet => return None,
        };
        let touching = least >= ROOM + k * BIT - SLACK;
        Some(if touching { Joint::Touching } else { Joint::Unclear })
    }

    /// A frame between two neighbours that are known.
    fn read(&mut self, now: Stamp, heard: Heard, after: Joint) {
        let before = self.before;
        let apart = matches!(after, Joint::Apart | Joint::FarApart);
        let whole = [before, after].iter().all(|joint| *joint != Joint::Unclear);
        if whole && heard.value == 0 {
            return;
        }
        if apart && self.lateness.is_some() && !self.rests_low(heard) {
            return self.tell(now, Meaning::Unknown);
        }
        let character = Misframe::inverse(heard.value).filter(|_| whole);
        if whole {
            let alone = (before, after) == (Joint::FarApart, Joint::FarApart) || self.lateness.is_none();
            self.evidence.whole(heard.value, alone, &mut self.outputs);
        }
        let surely_whole =
            apart && matches!(before, Joint::Apart | Joint::FarApart) && self.lateness.is_some();
        let meaning = match character {
            None => Meaning::Unknown,
            Some(character) if surely_whole && Cells::lone(heard.value).is_some() => {
                Meaning::Certain(character)
            }
            Some(character) => Meaning::Likely(character),
        };
        self.tell(now, meaning);
    }

    /// Whether the line was low at the stop bit of a frame that nothing followed soon, as far as that is known.
    fn rests_low(&mut self, heard: Heard) -> bool {
        match heard.bad_stop {
            Some(false) => self.evidence.good_stop(&mut self.outputs),
            Some(true) => self.evidence.bad_stop(),
            None => {}
        }
        heard.bad_stop != Some(false)
    }

    /// Tells a meaning, once bit 7 is known.
    fn tell(&mut self, now: Stamp, meaning: Meaning) {
        self.waiting.push_back(Waiting { since: now, meaning });
        self.release();
    }

    /// Lets go of what waits, in order, as far as bit 7 is known or there is too much of it.
    fn release(&mut self) {
        while let Some(&Waiting { meaning, .. }) = self.waiting.front() {
            let meaning = match (meaning, self.evidence.habit()) {
                (Meaning::Likely(_), Habit::Open) if self.waiting.len() <= HELD_BACK => return,
                (Meaning::Likely(_), Habit::Open | Habit::Set) => Meaning::Unknown,
                (meaning, _) => meaning,
            };
            self.waiting.pop_front();
            if meaning.character() != Some(0) {
                self.outputs.push_back(MisframeOut::Read(meaning));
            }
        }
    }

    fn give_up_one(&mut self) {
        if self.waiting.pop_front().is_some() {
            self.outputs.push_back(MisframeOut::Read(Meaning::Unknown));
        }
        self.release();
    }

    fn span(&self, milli: Milli) -> Span {
        let nanos = u128::from(milli.unsigned_abs()) * 1_000_000 / u128::from(self.baud.max(1));
        Span(u64::try_from(nanos).unwrap_or(u64::MAX).saturating_add(1))
    }
}

fn milli_bits(span: Span, baud: u64) -> Milli {
    let bits = u128::from(span.0) * u128::from(baud) / 1_000_000;
    Milli::try_from(bits).unwrap_or(Milli::MAX / 4).min(Milli::MAX / 4)
}

/// Zeros of a character before its first 1, which no value holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lost {
    /// What comes after it may tell.
    NotYet,
    /// Nothing will.
    Unknowable,
    /// So many; a character that is all zeros falls at its stop bit, eight places up.
    Bits(Milli),
}

impl Lost {
    /// From a value that holds one character alone.
    const fn of(value: u8) -> Lost {
        match value {
            0 => Lost::Bits(8),
            1..0x80 => Lost::Bits(value.leading_zeros() as Milli - 1),
            // It holds the start bit of another, unless a bit 7 was set.
            0x80.. => Lost::Unknowable,
        }
    }
}
