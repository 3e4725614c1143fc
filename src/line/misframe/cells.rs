//! The characters of a line that rests low, where the times of its frames are exact: every explanation at once.
//!
//! From the fall that began a frame the level of ten bits is known, one by one. After a good stop bit the line stays
//! high until the next fall; after a bad one it stays low for an unknown time, and rises once. A character is a high
//! start bit, eight bits of which a 1 is low, and a low stop bit; between characters the line is low. All rows of
//! characters that make just these levels are followed side by side, and what they agree on is known.
//!
//! ```text
//! fall          known bit by bit          stop      low, then high: one rise, at an unknown bit    fall
//!  |_ d0 d1 d2 d3 d4 d5 d6 d7 ______________|_______________________/~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~|_
//! ```
//!
//! Guarantees: the true row of characters is always among those followed, if the levels are the line's and the
//! times of the falls are as good as said; pauses need not be whole bits. (A frame samples a character that is out of
//! step with it like one that begins at the nearest whole bit.)

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::line::Level;

/// How much of a character is over: [`IDLE`] between two; else a 1 above the data bits so far, so 1 after the start
/// bit and 1xxxxxxxx before the stop bit.
type Progress = u16;

const IDLE: Progress = 0;
const BEFORE_STOP: Progress = 0x100;
/// All there are.
const EVERY: std::ops::Range<Progress> = 0..0x200;

/// The characters whose stop bit came after the fall of one frame and before that of the next; `None` where the
/// explanations differ.
pub(super) type Window = Vec<Option<u8>>;

/// What was sent: a window for each frame. Most explanations share it with others.
type Told = Arc<Vec<Window>>;
/// For each way that things may stand, what was sent until then.
type Explanations<K> = BTreeMap<K, Told>;

/// How a frame stands to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// The line has rested.
    Pause,
    /// The receiver took the low stop bit for a start.
    Restart,
    /// Its fall is so many bits after the other's: at least, at most.
    Bits(u32, u32),
    /// It cannot be told.
    Unclear,
}

/// Falls so far apart in bits that no character reaches from one to the other.
pub(super) const PAUSE: u32 = 20;
/// The bit of a frame after its stop bit.
const BEHIND: u32 = 10;

/// The explanations of the frames so far.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    /// Whether only characters with a clear bit 7 are thought of.
    clear: bool,
    now: Explanations<Progress>,
    /// The stop bit of the latest frame, as far as it is known.
    bad_stop: Option<bool>,
    /// A frame was there, and the line has not rested since.
    open: bool,
}

impl Cells {
    /// The line rests. `clear`: only characters with bit 7 clear are thought of.
    pub(super) fn new(clear: bool) -> Cells {
        Cells { clear, now: BTreeMap::from([(IDLE, Told::default())]), bad_stop: None, open: false }
    }

    /// The character of a frame with a pause before and after it, where there is but one explanation.
    pub(super) fn lone(value: u8) -> Option<u8> {
        let mut cells = Cells::new(false);
        cells.frame(After::Pause, value, Some(true));
        cells.pause();
        match cells.take(0)?.as_slice() {
            [character] => *character,
            _ => None,
        }
    }

    /// A frame came; `bad_stop` is whether its stop bit was low. Answers whether anything explains it: if not, all
    /// that is not taken yet is unknown, and anything may have gone before.
    pub(super) fn frame(&mut self, after: After, value: u8, bad_stop: Option<bool>) -> bool {
        let mut next = match after {
            After::Pause => {
                self.pause();
                self.until_fall(0)
            }
            After::Restart if self.open && self.bad_stop != Some(false) => self.step(&self.now, Level::Low),
            After::Bits(least, most) if self.open => {
                let mut next = Explanations::new();
                for (progress, told) in (least..=most).flat_map(|bits| self.until_fall(bits)) {
                    add(&mut next, progress, told);
                }
                next
            }
            _ => Explanations::new(),
        };
        let restart = after == After::Restart;
        next = self.read(next, restart, value);
        let explained = !next.is_empty();
        if !explained {
            let pending = self.pending();
            let anything = EVERY.filter(|progress| !self.clear || *progress < 0x180);
            let told = Arc::new(vec![vec![None]; pending]);
            next = anything.map(|progress| (progress, Arc::clone(&told))).collect();
            next = self.read(next, restart && pending > 0, value);
        }
        self.now = next;
        (self.bad_stop, self.open) = (bad_stop, true);
        explained
    }

    /// The stop bit of the latest frame was high, as its receiver shows afterwards.
    pub(super) fn stop_was_good(&mut self) {
        self.bad_stop = Some(false);
    }

    /// The bits of a frame, from the fall on or after a restart.
    fn read(&self, mut now: Explanations<Progress>, restart: bool, value: u8) -> Explanations<Progress> {
        if !restart {
            for told in now.values_mut() {
                Arc::make_mut(told).push(Window::new());
            }
            now = self.step(&now, Level::Low);
        }
        for place in 0..8 {
            now = self.step(&now, if value >> place & 1 == 1 { Level::High } else { Level::Low });
        }
        now
    }

    /// No fall came for [`PAUSE`] bits. Answers whether anything explains that.
    pub(super) fn pause(&mut self) -> bool {
        let pending = self.pending();
        let mut now = std::mem::take(&mut self.now);
        if self.open {
            if self.bad_stop == Some(false) {
                now.clear();
            }
            for _ in 0..=BEHIND {
                now = self.step(&now, Level::Low);
            }
        }
        let explained = !now.is_empty();
        if !explained {
            now = BTreeMap::from([(IDLE, Arc::new(vec![vec![None]; pending]))]);
        }
        self.now = now;
        self.open = false;
        explained
    }

    /// The characters of the oldest frame: once they are known, or there are `most` frames after it, or the line
    /// has rested.
    pub(super) fn take(&mut self, most: usize) -> Option<Window> {
        let known = self.oldest()?.iter().all(Option::is_some);
        if self.open && (self.pending() == 1 || !known && self.pending() <= most) {
            return None;
        }
        self.remove()
    }

    /// What the explanations say of the oldest frame.
    pub(super) fn oldest(&self) -> Option<Window> {
        self.now.values().filter_map(|told| told.first()).cloned().reduce(agreed)
    }

    /// Takes the oldest frame as it is.
    pub(super) fn remove(&mut self) -> Option<Window> {
        let window = self.oldest()?;
        for told in self.now.values_mut() {
            Arc::make_mut(told).remove(0);
        }
        Some(window)
    }

    /// Frames that are not taken yet.
    pub(super) fn pending(&self) -> usize {
        self.now.values().next().map_or(0, |told| told.len())
    }

    /// From the stop bit of the latest frame, or from rest, to a fall so many bits after that frame's.
    fn until_fall(&self, bits: u32) -> Explanations<Progress> {
        // Whether the line has risen since the frame; then it stays high.
        let mut now: Explanations<(Progress, bool)> = Explanations::new();
        if self.open {
            if self.bad_stop != Some(true) && bits >= BEHIND {
                let high = self.step(&self.now, Level::High);
                now.extend(high.into_iter().map(|(progress, told)| ((progress, true), told)));
            }
            if self.bad_stop != Some(false) {
                let low = self.step(&self.now, Level::Low);
                now.extend(low.into_iter().map(|(progress, told)| ((progress, false), told)));
            }
        } else {
            now.extend(self.now.iter().map(|(&progress, told)| ((progress, false), Arc::clone(told))));
        }
        let cells = if self.open { BEHIND..bits } else { 0..PAUSE };
        for _ in cells {
            let mut next = Explanations::new();
            for ((progress, risen), told) in now {
                if !risen && let Some((progress, told)) = self.advance(progress, Level::Low, &told) {
                    add(&mut next, (progress, false), told);
                }
                if let Some((progress, told)) = self.advance(progress, Level::High, &told) {
                    add(&mut next, (progress, true), told);
                }
            }
            now = next;
        }
        let mut falls = Explanations::new();
        for ((progress, risen), told) in now {
            if risen && progress != IDLE {
                add(&mut falls, progress, told);
            }
        }
        falls
    }

    fn step(&self, now: &Explanations<Progress>, level: Level) -> Explanations<Progress> {
        let mut next = Explanations::new();
        for (&progress, told) in now {
            if let Some((progress, told)) = self.advance(progress, level, told) {
                add(&mut next, progress, told);
            }
        }
        next
    }

    /// One bit later, if the line may have this level.
    fn advance(&self, progress: Progress, level: Level, told: &Told) -> Option<(Progress, Told)> {
        let mut told = Arc::clone(told);
        let next = match (progress, level) {
            (IDLE, Level::Low) => IDLE,
            (IDLE, Level::High) => 1,
            (BEFORE_STOP.., Level::High) => return None,
            (BEFORE_STOP.., Level::Low) => {
                if let Some(window) = Arc::make_mut(&mut told).last_mut() {
                    window.push(Some(progress as u8));
                }
                IDLE
            }
            (_, level) => {
                let top = 1 << progress.ilog2();
                let one = level == Level::Low;
                if one && self.clear && top == BEFORE_STOP >> 1 {
                    return None;
                }
                (progress ^ top) | top << 1 | if one { top } else { 0 }
            }
        };
        Some((next, told))
    }
}

/// One more explanation of how things stand; where there is one already, what both say remains.
fn add<K: Ord>(to: &mut Explanations<K>, key: K, told: Told) {
    let Some(old) = to.get_mut(&key) else {
        to.insert(key, told);
        return;
    };
    if *old != told {
        let both = old.iter().zip(told.iter());
        *old = Arc::new(both.map(|(one, other)| agreed(one.clone(), other.clone())).collect());
    }
}

/// What two accounts of a window have in common.
fn agreed(one: Window, other: Window) -> Window {
    let differ = one.len() != other.len();
    let same = one.into_iter().zip(other).map(|(one, other)| one.filter(|_| one == other));
    let mut window: Window = same.collect();
    if differ && window.last() != Some(&None) {
        window.push(None);
    }
    window
}
