//! Watching a line: how many frames are bad, whether anything is heard at all, and what that suggests.

use std::collections::VecDeque;

use crate::time::{Span, Stamp, Wake};

/// The window over which the error rate is taken.
const WINDOW: Span = Span::from_secs(2);
/// Silence after which the user is told what to check.
const QUIET: Span = Span::from_secs(20);
/// Share of bad frames that calls for a hint.
const BAD_SHARE: f32 = 0.2;
/// Frames in the window below which a share means nothing.
const ENOUGH: u32 = 4;

/// Bad frames among the recent ones.
#[derive(Debug, Default)]
pub(super) struct ErrorRate {
    /// Frames and bad frames of each tenth of a second.
    slots: VecDeque<(Stamp, u32, u32)>,
    bad_since: Option<Stamp>,
}

impl ErrorRate {
    /// Frames arrived, `bad` of them damaged.
    pub(super) fn frames(&mut self, now: Stamp, all: u32, bad: u32) {
        match self.slots.back_mut() {
            Some(slot) if now.since(slot.0) < Span(WINDOW.0 / 20) => {
                slot.1 += all;
                slot.2 += bad;
            }
            _ => self.slots.push_back((now, all, bad)),
        }
        self.update(now);
    }

    /// Lets old frames go.
    pub(super) fn update(&mut self, now: Stamp) {
        while self.slots.front().is_some_and(|slot| now.since(slot.0) > WINDOW) {
            self.slots.pop_front();
        }
        if self.share() > BAD_SHARE {
            self.bad_since.get_or_insert(now);
        } else {
            self.bad_since = None;
        }
    }

    /// Share of bad frames in the window, 0 to 1.
    pub(super) fn share(&self) -> f32 {
        let (all, bad) = self.slots.iter().fold((0, 0), |sum, slot| (sum.0 + slot.1, sum.1 + slot.2));
        if all < ENOUGH { 0.0 } else { (bad as f32 / all as f32).min(1.0) }
    }

    /// Whether the share has been high for two seconds.
    pub(super) fn is_high(&self, now: Stamp) -> bool {
        self.bad_since.is_some_and(|since| now.since(since) >= WINDOW)
    }

    /// When the answer may change without input.
    pub(super) fn wake(&self) -> Wake {
        match (self.bad_since, self.slots.front()) {
            (Some(_), Some(slot)) => Wake::At(slot.0 + WINDOW + Span(1)),
            _ => Wake::OnInput,
        }
    }
}

/// Whether anything has been heard since the link was opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Silence {
    until: Option<Stamp>,
    over: bool,
}

impl Silence {
    /// The link was opened.
    pub(super) fn start(now: Stamp) -> Silence {
        Silence { until: Some(now + QUIET), over: false }
    }

    /// No link, or one that is not listened to.
    pub(super) fn none() -> Silence {
        Silence { until: None, over: false }
    }

    /// Something was heard.
    pub(super) fn broken(&mut self) {
        *self = Silence::none();
    }

    /// Time has passed.
    pub(super) fn update(&mut self, now: Stamp) {
        if self.until.is_some_and(|until| now >= until) {
            *self = Silence { until: None, over: true };
        }
    }

    /// Whether the user should be told; true from then on until something is heard.
    pub(super) fn is_long(&self) -> bool {
        self.over
    }

    /// When the answer may change without input.
    pub(super) fn wake(&self) -> Wake {
        self.until.map_or(Wake::OnInput, Wake::At)
    }
}

/// Whether a stream shown as ANSI looks like PETSCII: Commodore controls or capitals, and no escape.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Petsciiness {
    seen: u32,
    signs: u32,
    escapes: bool,
}

impl Petsciiness {
    /// Looks at received octets; only the first 4,096 count.
    pub(super) fn look(&mut self, octets: &[u8]) {
        for &octet in octets.iter().take(4_096_usize.saturating_sub(self.seen as usize)) {
            self.seen += 1;
            match octet {
                // Clear, both sets, reverse and the colours that are unlikely in any host text.
                0x93 => self.signs += 6,
                0x11 | 0x13 | 0x1D | 0x91 | 0x9D => self.signs += 1,
                0x0E | 0x8E | 0x12 | 0x92 | 0x05 | 0x1C | 0x1E | 0x1F | 0x9E | 0x9F => self.signs += 2,
                0xC1..=0xDA => self.signs += 1,
                0x1B => self.escapes = true,
                _ => {}
            }
        }
    }

    /// The verdict so far.
    pub(super) fn is_likely(&self) -> bool {
        !self.escapes && self.signs >= 6 && self.signs * 12 >= self.seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Stamp {
        Stamp::ZERO + Span::from_millis(ms)
    }

    #[test]
    fn a_high_error_rate_is_reported_after_two_seconds_and_forgotten_after() {
        let mut rate = ErrorRate::default();
        for ms in (0..2_100).step_by(30) {
            rate.frames(at(ms), 1, 1);
        }
        assert!(!rate.is_high(at(2_000)));
        assert!(rate.is_high(at(2_100)));
        assert!(rate.share() > 0.99);
        for ms in (2_100..6_000).step_by(30) {
            rate.frames(at(ms), 1, 0);
        }
        assert!(!rate.is_high(at(6_000)));
        assert_eq!(rate.wake(), Wake::OnInput);
    }

    #[test]
    fn a_few_bad_frames_say_nothing() {
        let mut rate = ErrorRate::default();
        rate.frames(at(0), 3, 3);
        assert!(rate.share() < f32::EPSILON);
    }

    #[test]
    fn silence_is_broken_by_the_first_octet() {
        let mut silence = Silence::start(at(0));
        silence.update(at(19_999));
        assert!(!silence.is_long());
        silence.update(at(20_000));
        assert!(silence.is_long());
        silence.broken();
        silence.update(at(40_000));
        assert!(!silence.is_long());
    }

    #[test]
    fn petscii_is_suspected_and_ansi_is_not() {
        let mut board = Petsciiness::default();
        board.look(b"\x93\x0e\x05\xc8ELLO \xd7ORLD\r");
        assert!(board.is_likely());
        let mut ansi = Petsciiness::default();
        ansi.look(b"\x1b[2J\xc9\xcd\xcd\xcd\xbb\xba\xc8\xcd\xbc");
        assert!(!ansi.is_likely());
        let mut plain = Petsciiness::default();
        plain.look(b"Debian GNU/Linux 12\r\nlogin: ");
        assert!(!plain.is_likely());
    }
}
