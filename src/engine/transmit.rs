//! What waits to be sent, and when the next of it may go.
//!
//! Nothing is dropped: what is queued is sent in order, or is taken back as a whole by a cancel that says how
//! much was left. Typed keys go at once, before a paste that is under way: STOP must get through. Pasted text
//! goes in small pieces, so that a cancel takes effect within a fraction of a second however slow the line is,
//! and with the pauses, echoes and prompts that the session's pacing asks for.

use std::collections::VecDeque;

use super::{Pacing, PasteProgress};
use crate::time::{Span, Stamp, Wake};

/// What the link can take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// Octets that may be under way at once.
    pub(super) octets: usize,
    /// Time that one octet takes on the line, when the link itself does not say when it was sent.
    pub(super) octet_time: Option<Span>,
}

#[derive(Debug, PartialEq, Eq)]
enum Waiting {
    Echo {
        octet: u8,
        until: Stamp,
    },
    Prompt {
        /// The latest octets heard, as many as the prompt has.
        latest: VecDeque<u8>,
        until: Stamp,
    },
}

/// What happened to a paste.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Abandoned {
    /// Octets of it that were sent.
    pub(super) sent: u64,
    /// Octets that were not.
    pub(super) unsent: u64,
}

/// The queues.
#[derive(Debug)]
pub(super) struct Outbox {
    pacing: Pacing,
    prompt: Vec<u8>,
    patience: Span,
    typed: VecDeque<u8>,
    pasted: VecDeque<u8>,
    in_flight: usize,
    free_at: Stamp,
    waiting: Option<Waiting>,
    paste_sent: u64,
}

impl Outbox {
    /// An empty queue. `prompt` is the pacing's prompt in the wire's code; `patience` limits each wait for an
    /// echo or a prompt.
    pub(super) fn new(pacing: Pacing, prompt: Vec<u8>, patience: Span) -> Outbox {
        Outbox {
            pacing,
            prompt,
            patience,
            typed: VecDeque::new(),
            pasted: VecDeque::new(),
            in_flight: 0,
            free_at: Stamp::ZERO,
            waiting: None,
            paste_sent: 0,
        }
    }

    /// Queues a key, a reply or an echo.
    pub(super) fn push_typed(&mut self, octets: impl IntoIterator<Item = u8>) {
        self.typed.extend(octets);
    }

    /// Queues text that may be long and may be cancelled.
    pub(super) fn push_pasted(&mut self, octets: impl IntoIterator<Item = u8>) {
        self.pasted.extend(octets);
    }

    /// Nothing queued and nothing under way.
    pub(super) fn is_idle(&self) -> bool {
        self.typed.is_empty() && self.pasted.is_empty() && self.in_flight == 0
    }

    /// When everything queued and under way has left, if nothing is queued any more: that moment, past or to come.
    pub(super) fn done_at(&self) -> Option<Stamp> {
        self.is_idle().then_some(self.free_at)
    }

    /// Octets queued or under way.
    pub(super) fn backlog(&self) -> usize {
        self.typed.len() + self.pasted.len() + self.in_flight
    }

    /// Throws the rest of a paste away; says what became of it, if there was any.
    pub(super) fn cancel(&mut self) -> Option<Abandoned> {
        let abandoned = Abandoned { sent: self.paste_sent, unsent: self.pasted.len() as u64 };
        self.pasted.clear();
        self.waiting = None;
        self.paste_sent = 0;
        (abandoned.unsent > 0).then_some(abandoned)
    }

    /// The link is gone: nothing is under way any more, and nothing queued may go to its successor.
    pub(super) fn reset(&mut self) -> Option<Abandoned> {
        self.typed.clear();
        self.in_flight = 0;
        self.cancel()
    }

    /// Telnet put octets of its own under way.
    pub(super) fn grew(&mut self, octets: usize) {
        self.in_flight += octets;
    }

    /// The line is busy until then with more than the application's octets.
    pub(super) fn busy_until(&mut self, at: Stamp) {
        self.free_at = self.free_at.max(at);
    }

    /// The link handed octets on.
    pub(super) fn drained(&mut self, octets: usize) {
        self.in_flight = self.in_flight.saturating_sub(octets);
        if self.is_idle() {
            self.paste_sent = 0;
        }
    }

    /// Octets arrived: an echo or prompt may have been among them.
    pub(super) fn heard(&mut self, octets: &[u8]) {
        for &octet in octets {
            match &mut self.waiting {
                Some(Waiting::Echo { octet: sent, .. }) if same_letter(*sent, octet) => self.waiting = None,
                Some(Waiting::Prompt { latest, .. }) => {
                    if latest.len() == self.prompt.len() {
                        latest.pop_front();
                    }
                    latest.push_back(octet);
                    if *latest == self.prompt {
                        self.waiting = None;
                    }
                }
                _ => {}
            }
        }
    }

    /// A wait for an echo or prompt that took too long: the paste is given up.
    pub(super) fn overdue(&mut self, now: Stamp) -> Option<Abandoned> {
        let (Waiting::Echo { until, .. } | Waiting::Prompt { until, .. }) = self.waiting.as_ref()?;
        if now < *until {
            return None;
        }
        self.waiting = None;
        self.cancel()
    }

    /// Everything urgent.
    pub(super) fn next_typed(&mut self, now: Stamp, window: Window) -> Option<Vec<u8>> {
        let octets: Vec<u8> = self.typed.drain(..).collect();
        self.under_way(now, window, octets.len());
        (!octets.is_empty()).then_some(octets)
    }

    /// The next of a paste that may go now, if any.
    pub(super) fn next_pasted(&mut self, now: Stamp, window: Window) -> Option<Vec<u8>> {
        let room = window.octets.saturating_sub(self.in_flight);
        if self.waiting.is_some() || self.pasted.is_empty() || now < self.free_at || room == 0 {
            return None;
        }
        let paced = self.is_paced();
        let take = if paced { 1 } else { room.min(65_536) }.min(self.pasted.len());
        let octets: Vec<u8> = self.pasted.drain(..take).collect();
        self.under_way(now, window, octets.len());
        self.paste_sent += octets.len() as u64;
        if let (true, Some(&octet)) = (paced, octets.last()) {
            self.pace_after(now, octet);
        }
        Some(octets)
    }

    fn under_way(&mut self, now: Stamp, window: Window, octets: usize) {
        self.in_flight += octets;
        if let Some(octet_time) = window.octet_time {
            self.free_at = self.free_at.max(now) + Span(octet_time.0 * octets as u64);
        }
    }

    fn is_paced(&self) -> bool {
        let p = &self.pacing;
        p.character > Span::ZERO || p.line > Span::ZERO || p.wait_echo || p.wait_prompt.is_some()
    }

    fn pace_after(&mut self, now: Stamp, octet: u8) {
        let end_of_line = octet & 0x7F == 0x0D;
        let mut pause = self.pacing.character;
        if end_of_line {
            pause = pause + self.pacing.line;
        }
        self.free_at = self.free_at.max(now) + pause;
        let until = now + self.patience;
        if end_of_line && !self.prompt.is_empty() {
            self.waiting = Some(Waiting::Prompt { latest: VecDeque::new(), until });
        } else if self.pacing.wait_echo {
            self.waiting = Some(Waiting::Echo { octet, until });
        }
    }

    /// When [`Outbox::next_pasted`] or [`Outbox::overdue`] would have something, given that nothing arrives.
    pub(super) fn wake(&self, window: Window) -> Wake {
        match &self.waiting {
            _ if !self.typed.is_empty() => Wake::Now,
            Some(Waiting::Echo { until, .. } | Waiting::Prompt { until, .. }) => Wake::At(*until),
            None if self.pasted.is_empty() || self.in_flight >= window.octets => Wake::OnInput,
            None => Wake::At(self.free_at),
        }
    }

    /// Progress of a paste that is not finished; `octet_time` is what the line needs for an octet.
    pub(super) fn progress(&self, octet_time: Span) -> Option<PasteProgress> {
        let unsent = self.pasted.len() as u64;
        if unsent == 0 {
            return None;
        }
        let each = self.pacing.character + octet_time;
        let line_ends = if self.pacing.line == Span::ZERO {
            0
        } else {
            self.pasted.iter().filter(|octet| **octet & 0x7F == 0x0D).count() as u64
        };
        let left = each.0.saturating_mul(unsent).saturating_add(self.pacing.line.0.saturating_mul(line_ends));
        Some(PasteProgress {
            sent: self.paste_sent,
            total: self.paste_sent + unsent,
            left: Span(left),
            waiting: self.waiting.is_some(),
        })
    }
}

/// Whether an echo shows what was sent: bit 7 and the case of a letter may differ.
fn same_letter(sent: u8, heard: u8) -> bool {
    let (sent, heard) = (sent & 0x7F, heard & 0x7F);
    sent.eq_ignore_ascii_case(&heard) || (sent == 0x0D && heard == 0x0A)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: Window = Window { octets: 16, octet_time: None };

    fn outbox(pacing: Pacing) -> Outbox {
        let prompt = pacing.wait_prompt.clone().unwrap_or_default().into_bytes();
        Outbox::new(pacing, prompt, Span::from_secs(15))
    }

    fn sent(outbox: &mut Outbox, now: Stamp, window: Window) -> Vec<u8> {
        let typed = outbox.next_typed(now, window).unwrap_or_default();
        typed.into_iter().chain(std::iter::from_fn(|| outbox.next_pasted(now, window)).flatten()).collect()
    }

    #[test]
    fn a_typed_key_goes_at_once_though_a_link_is_busy() {
        let mut outbox = outbox(Pacing::default());
        outbox.push_pasted(vec![b'x'; 16]);
        assert_eq!(sent(&mut outbox, Stamp(0), WIDE), vec![b'x'; 16]);
        outbox.push_typed([3]);
        assert_eq!(sent(&mut outbox, Stamp(0), WIDE), [3]);
    }

    #[test]
    fn a_paste_waits_for_room_and_for_the_line() {
        let mut outbox = outbox(Pacing::default());
        outbox.push_pasted(0..100u8);
        let slow = Window { octets: 16, octet_time: Some(Span::from_millis(33)) };
        assert_eq!(sent(&mut outbox, Stamp(0), slow).len(), 16);
        outbox.drained(16);
        assert_eq!(outbox.next_pasted(Stamp(0), slow), None);
        let Wake::At(at) = outbox.wake(slow) else { panic!("no time to wake") };
        assert_eq!(at, Stamp::ZERO + Span::from_millis(33 * 16));
        assert_eq!(sent(&mut outbox, at, slow).len(), 16);
    }

    #[test]
    fn a_cancel_says_what_was_left() {
        let mut outbox = outbox(Pacing::default());
        outbox.push_pasted(vec![0; 100]);
        outbox.next_pasted(Stamp(0), WIDE);
        assert_eq!(outbox.cancel(), Some(Abandoned { sent: 16, unsent: 84 }));
        assert_eq!(outbox.progress(Span::ZERO), None);
        outbox.drained(16);
        assert!(outbox.is_idle());
        assert_eq!(outbox.cancel(), None);
    }

    #[test]
    fn pacing_waits_after_each_character_and_line() {
        let pacing =
            Pacing { character: Span::from_millis(5), line: Span::from_millis(100), ..Pacing::default() };
        let mut outbox = outbox(pacing);
        outbox.push_pasted(*b"A\rB");
        let mut now = Stamp(0);
        let mut times = Vec::new();
        while let Wake::At(at) = outbox.wake(WIDE) {
            now = now.max(at);
            let octets = outbox.next_pasted(now, WIDE).unwrap();
            outbox.drained(octets.len());
            times.push((now.0 / 1_000_000, octets[0]));
        }
        assert_eq!(times, [(0, b'A'), (5, b'\r'), (110, b'B')]);
    }

    #[test]
    fn a_paste_waits_for_echo_and_prompt_and_gives_up_in_the_end() {
        let pacing = Pacing { wait_echo: true, wait_prompt: Some(") ".into()), ..Pacing::default() };
        let mut outbox = outbox(pacing);
        outbox.push_pasted(*b"A\rB");
        assert_eq!(sent(&mut outbox, Stamp(0), WIDE), b"A");
        outbox.heard(b"zz");
        assert_eq!(outbox.next_pasted(Stamp(0), WIDE), None);
        outbox.heard(b"a");
        assert_eq!(sent(&mut outbox, Stamp(0), WIDE), b"\r");
        outbox.heard(b"\r\nOK ))");
        assert_eq!(outbox.next_pasted(Stamp(0), WIDE), None);
        assert!(outbox.progress(Span::ZERO).unwrap().waiting);
        outbox.heard(b" ");
        assert_eq!(sent(&mut outbox, Stamp(0), WIDE), b"B");
        outbox.push_pasted(*b"C");
        assert_eq!(outbox.overdue(Stamp(1)), None);
        assert_eq!(outbox.overdue(Stamp::ZERO + Span::from_secs(15)), Some(Abandoned { sent: 3, unsent: 1 }));
    }

    #[test]
    fn the_estimate_counts_what_the_line_needs() {
        let mut outbox = outbox(Pacing::default());
        outbox.push_pasted(vec![b'x'; 65_536]);
        let progress = outbox.progress(Span(33_333_333)).unwrap();
        assert_eq!((progress.total, progress.left.0 / 1_000_000_000), (65_536, 2_184));
    }
}
