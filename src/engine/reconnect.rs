//! When to open a link again after it was lost, and how long to wait between tries.
//!
//! The first try comes after 50 ms (a replugged adapter needs some), later ones at growing distances up to
//! half a second: quick enough that a replug shows within a second, slow enough to cost nothing.

use crate::time::{Span, Stamp};

const FIRST: Span = Span::from_millis(50);
const LONGEST: Span = Span::from_millis(500);

/// The back-off of one loss.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backoff {
    /// `None` while a try is under way.
    next: Option<Stamp>,
    step: Span,
}

impl Backoff {
    /// A loss at `now`.
    pub(super) fn start(now: Stamp) -> Backoff {
        Backoff { next: Some(now + FIRST), step: FIRST }
    }

    /// When to try; `None` while a try is under way.
    pub(super) fn due(&self) -> Option<Stamp> {
        self.next
    }

    /// A try begins.
    pub(super) fn trying(&mut self) {
        self.next = None;
    }

    /// A try at `now` failed.
    pub(super) fn failed(&mut self, now: Stamp) {
        self.step = Span((self.step.0 * 2).min(LONGEST.0));
        self.next = Some(now + self.step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_come_slower_but_at_least_twice_a_second() {
        let mut backoff = Backoff::start(Stamp(0));
        let mut at = backoff.due().unwrap();
        let mut tries = 0;
        while at < Stamp::ZERO + Span::from_secs(10) {
            tries += 1;
            backoff.trying();
            assert_eq!(backoff.due(), None);
            backoff.failed(at);
            let next = backoff.due().unwrap();
            assert!(next.since(at) <= LONGEST);
            at = next;
        }
        assert!((20..=25).contains(&tries), "{tries} tries in 10 s");
    }
}
