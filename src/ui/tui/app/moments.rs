//! What shows for a while: lamps, notices, the cursor's blink; and when the picture has to change by itself.

use super::{App, BELL, BLINK, LAMP, Moment, NOTICE};
use crate::engine::Severity;
use crate::time::{Span, Stamp};

impl App<'_> {
    /// Age of something that the session stamped.
    pub(super) fn age(&self, at: Stamp, now: Stamp) -> Span {
        self.snap.at.since(at) + now.since(self.snap_seen)
    }

    /// The notice that stands, if any is young enough.
    pub(in super::super) fn notice(&self, now: Stamp) -> Option<(Severity, &str)> {
        let own = self.note.as_ref().map(|(at, severity, text)| (now.since(*at), *severity, text.as_str()));
        let theirs = self.snap.notices.last().map(|n| (self.age(n.at, now), n.severity, n.text.as_str()));
        own.into_iter()
            .chain(theirs)
            .filter(|(age, ..)| *age < NOTICE)
            .min_by_key(|(age, ..)| *age)
            .map(|(_, severity, text)| (severity, text))
    }

    /// What shows at this time.
    pub(in super::super) fn moment(&self, now: Stamp) -> Moment {
        let lamp = |last: Option<Stamp>| last.is_some_and(|at| self.age(at, now) < LAMP);
        let halves = now.since(self.blink_from).0 / BLINK.0;
        Moment {
            cursor_lit: !self.blinks() || halves.is_multiple_of(2),
            rx: lamp(self.snap.status.last_rx),
            tx: lamp(self.snap.status.last_tx),
            notice: self.notice(now).is_some(),
            flash: now < self.flash_until,
        }
    }

    /// Whether the cursor blinks: not while nobody looks, and not below a layer.
    fn blinks(&self) -> bool {
        self.focused && self.layers.is_empty() && !self.is_down()
    }

    /// Whether something must be drawn.
    pub(in super::super) fn wants_drawing(&self, now: Stamp) -> bool {
        self.dirty || self.moment(now) != self.drawn
    }

    /// It was drawn as of `now`.
    pub(in super::super) fn was_drawn(&mut self, now: Stamp) {
        self.dirty = false;
        self.drawn = self.moment(now);
    }

    /// When something changes by itself, at the earliest.
    pub(in super::super) fn next_change(&self, now: Stamp) -> Option<Stamp> {
        let mut times = Vec::new();
        if self.blinks() {
            let halves = now.since(self.blink_from).0 / BLINK.0;
            times.push(self.blink_from + Span((halves + 1) * BLINK.0));
        }
        let mut ends = |age: Span, length: Span| {
            if age < length {
                times.push(now + Span(length.0 - age.0));
            }
        };
        for last in [self.snap.status.last_rx, self.snap.status.last_tx].into_iter().flatten() {
            ends(self.age(last, now), LAMP);
        }
        if let Some((at, ..)) = &self.note {
            ends(now.since(*at), NOTICE);
        }
        if let Some(notice) = self.snap.notices.last() {
            ends(self.age(notice.at, now), NOTICE);
        }
        if self.snap.bells != self.bells {
            times.push(self.rung_at.map_or(now, |at| now.max(at + BELL)));
        }
        if now < self.flash_until {
            times.push(self.flash_until);
        }
        times.into_iter().min()
    }
}
