//! Frames whose times are exact: what [`Cells`] makes of them, with bit 7 clear and with any bit 7.

use super::cells::{After, Cells, PAUSE, Window};
use super::{BIT, EXACT, Heard, Meaning, Milli, Misframe, milli_bits};
use crate::time::Stamp;

/// A frame that begins sooner took the low stop bit of the one before it for a start, whatever is known of that bit.
const AT_ONCE: Milli = 9_250;
/// One that begins later did not, unless that bit is known to have been low: after a bad stop bit the line rises and
/// is high for a bit, after a good one it was high in the middle of it.
const NOT_AT_ONCE: Milli = 9_750;
/// Frames that may come before the characters of one are given up.
const WAIT_FOR: usize = 8;

/// The frames since a pause.
#[derive(Clone, Debug)]
pub(super) struct Together {
    /// Whatever bit 7 is, and with bit 7 clear.
    free: Cells,
    clear: Cells,
    /// The latest frame, while the line has not rested.
    last: Option<Heard>,
    /// It came after a pause.
    lone: bool,
    /// The receiver has begun a frame at a low stop bit, so it does with each, but for that of a zero.
    restarts: bool,
}

impl Together {
    /// For times so good; `None` where they are not exact.
    pub(super) fn new(lateness: Option<Milli>) -> Option<Together> {
        let exact = lateness.is_some_and(|lateness| lateness < EXACT);
        exact.then(|| Together {
            free: Cells::new(false),
            clear: Cells::new(true),
            last: None,
            lone: false,
            restarts: false,
        })
    }

    /// When the line will have rested, if nothing comes: so long after that.
    pub(super) fn quiet(&self, lateness: Milli) -> Option<(Stamp, Milli)> {
        self.last.map(|last| (last.at, Milli::from(PAUSE) * BIT + lateness))
    }

    fn after(&self, heard: Heard, baud: u64, lateness: Milli) -> After {
        let Some(last) = self.last else { return After::Pause };
        let between = milli_bits(heard.at.since(last.at), baud);
        let (least, most) = (between - lateness, between + lateness);
        let at_once = match last.bad_stop {
            Some(true) => between < NOT_AT_ONCE,
            Some(false) => false,
            None if (AT_ONCE..NOT_AT_ONCE).contains(&between) => return After::Unclear,
            None => between < AT_ONCE,
        };
        let bits = |milli: Milli| u32::try_from((milli + BIT / 2) / BIT).unwrap_or(PAUSE).min(PAUSE + 1);
        match least {
            _ if at_once => After::Restart,
            least if least >= Milli::from(PAUSE) * BIT => After::Pause,
            least => After::Bits(bits(least), bits(most)),
        }
    }
}

impl Misframe {
    /// A frame of a line whose times are exact.
    pub(super) fn push_exact(&mut self, heard: Heard) {
        let (Some(together), Some(lateness)) = (&mut self.together, self.lateness) else { return };
        let after = together.after(heard, self.baud, lateness);
        if after == After::Pause {
            self.rested(heard.at);
        }
        let Some(together) = &mut self.together else { return };
        match after {
            After::Restart => together.restarts = true,
            _ => together.lone = after == After::Pause,
        }
        if let (After::Bits(..), true, Some(Heard { value: 1.., bad_stop: None, .. })) =
            (after, together.restarts, together.last)
        {
            together.free.stop_was_good();
            together.clear.stop_was_good();
        }
        together.last = Some(heard);
        let free = together.free.frame(after, heard.value, heard.bad_stop);
        let clear = together.clear.frame(after, heard.value, heard.bad_stop);
        if free && !clear {
            self.evidence.proof(None, false, &mut self.outputs);
        }
        self.tell_exact(heard.at, false);
    }

    /// Time has passed.
    pub(super) fn settle_exact(&mut self, now: Stamp) {
        let (Some(together), Some(lateness)) = (&self.together, self.lateness) else { return };
        if together
            .quiet(lateness)
            .is_some_and(|(last, quiet)| milli_bits(now.since(last), self.baud) >= quiet)
        {
            self.rested(now);
        }
    }

    /// The line has rested since the latest frame.
    fn rested(&mut self, now: Stamp) {
        let Some(together) = &mut self.together else { return };
        let Some(last) = together.last.take() else { return };
        let free = together.free.pause();
        let clear = together.clear.pause();
        let lone = together.lone;
        if free && !clear {
            self.evidence.proof(None, false, &mut self.outputs);
        }
        self.rests_low(last);
        self.tell_exact(now, lone);
    }

    /// Tells what is known of the oldest frames.
    fn tell_exact(&mut self, now: Stamp, alone: bool) {
        while let Some(together) = &mut self.together {
            // Both have the same frames. Where any bit 7 leaves nothing open, the other has nothing to add.
            let Some(free) = together.free.take(WAIT_FOR) else { return };
            let clear = together.clear.remove().unwrap_or_default();
            let meanings = meanings(&free, &clear);
            for &meaning in &meanings {
                match meaning {
                    Meaning::Certain(character) => {
                        self.evidence.proof(Some(character), alone, &mut self.outputs);
                    }
                    Meaning::Likely(character) => self.evidence.likely(character, alone, &mut self.outputs),
                    Meaning::Unknown if !alone => self.evidence.crowded(&mut self.outputs),
                    Meaning::Unknown => {}
                }
                self.tell(now, meaning);
            }
        }
    }
}

/// What is known of the characters of a frame: with any bit 7 it is certain.
fn meanings(free: &Window, clear: &Window) -> Vec<Meaning> {
    let likely = |character: &Option<u8>| character.map_or(Meaning::Unknown, Meaning::Likely);
    if free.iter().all(Option::is_some) || clear.iter().all(Option::is_none) {
        return free.iter().map(|character| character.map_or(Meaning::Unknown, Meaning::Certain)).collect();
    }
    if free.len() != clear.len() {
        return clear.iter().map(likely).collect();
    }
    let both = free.iter().zip(clear);
    both.map(|(free, clear)| free.map_or_else(|| likely(clear), Meaning::Certain)).collect()
}
