//! The tap: what both lines of a link did lately, for a scope and a recorder.
//!
//! Where a link is a line of which we see the edges, it tells them ([`LinkEvent::Edges`]) and they are passed
//! on as they are. Where it is octets, their frames are drawn anew from the line's format: a received one ends
//! when it was read, a sent one begins when it was handed on, and no frame begins before the last one of its
//! direction is over. Such edges show what was said and about when; what the wire really looked like (jitter,
//! a sender that is off its rate, a bad stop bit) nobody saw. They are kept back for a moment, so that those
//! of both directions come in one order of time.
//!
//! [`LinkEvent::Edges`]: super::LinkEvent::Edges

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Mark, MarkKind, Way};
use crate::line::uart::Encoder;
use crate::line::{Bit, Edge, Level, LineFormat};
use crate::time::{Span, Stamp, Wake};

/// Edges of each line that a picture shows.
const PAST: usize = 4_096;
/// Edges drawn anew that may wait for their time, in each direction: four megabytes, enough for a chunk of 16 KiB
/// that was handed on at once. What comes faster than the drawn line could carry it, by more than that, is left
/// out and counted.
const WAITING: usize = 1 << 18;
/// How long edges drawn anew are kept back; a driver hands on what it read within that time.
const HOLD: Span = Span::from_millis(250);

/// The recent past of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WirePast {
    /// The level before the first of `edges`.
    pub before: Level,
    /// The changes of level since, oldest first, at most 4,096.
    pub edges: Arc<VecDeque<Edge>>,
}

/// The recent past of both lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireView {
    /// The edges were drawn anew from octets, the times of their reading and the format.
    pub reconstructed: bool,
    /// How the lines are driven and heard.
    pub line: LineFormat,
    /// What we drive.
    pub tx: WirePast,
    /// What we hear.
    pub rx: WirePast,
    /// Since when the lines are known.
    pub since: Stamp,
    /// Up to when they are known.
    pub until: Stamp,
}

/// What is to be told of the wire while it is recorded.
#[derive(Debug, PartialEq)]
pub(super) enum Tapped {
    /// A link was opened.
    Begins { reconstructed: bool, line: LineFormat },
    /// A line changed its level.
    Edges(Way, Vec<Edge>),
    /// So many octets could not be drawn.
    LeftOut(u64),
}

/// A direction that is drawn anew.
#[derive(Debug)]
struct Drawn {
    uart: Encoder,
    waiting: VecDeque<Edge>,
}

#[derive(Debug)]
struct Lines {
    line: LineFormat,
    tx: WirePast,
    rx: WirePast,
    since: Stamp,
    /// Both directions where only octets are seen.
    drawn: Option<[Drawn; 2]>,
    /// Up to when edges drawn anew have been passed on.
    passed: Stamp,
    left_out: u64,
}

/// Keeps the past, and what is to be told.
#[derive(Debug, Default)]
pub(super) struct Tap {
    watched: bool,
    recorded: bool,
    lines: Option<Lines>,
    told: VecDeque<Tapped>,
}

impl Tap {
    /// Draws octets anew for a picture, or no longer.
    pub(super) fn watch(&mut self, on: bool) {
        self.watched = on;
    }

    /// Tells edges from the next opening on, or no longer.
    pub(super) fn record(&mut self, on: bool) {
        self.recorded = on;
    }

    /// A link was opened, of which we see the edges, or only octets.
    pub(super) fn opened(&mut self, now: Stamp, octets_only: bool, line: LineFormat) {
        self.finish();
        self.lines = Some(Lines {
            line,
            tx: WirePast::resting(line.tx.level(Bit::Mark)),
            rx: WirePast::resting(line.rx.level(Bit::Mark)),
            since: now,
            drawn: octets_only.then(|| Drawn::both(&line)),
            passed: now,
            left_out: 0,
        });
        if self.recorded {
            self.told.push_back(Tapped::Begins { reconstructed: octets_only, line });
        }
        if octets_only {
            self.rest();
        }
    }

    /// The lines run in another format.
    pub(super) fn reconfigured(&mut self, now: Stamp, line: LineFormat) {
        self.finish();
        let Some(lines) = &mut self.lines else { return };
        lines.line = line;
        if lines.drawn.is_some() {
            lines.passed = lines.passed.max(now);
            lines.drawn = Some(Drawn::both(&line));
            self.rest();
        }
    }

    /// Says at which levels lines rest that are drawn anew.
    fn rest(&mut self) {
        let Some((at, line)) = self.lines.as_ref().map(|lines| (lines.passed, lines.line)) else { return };
        for (way, polarity) in [(Way::FromUs, line.tx), (Way::ToUs, line.rx)] {
            self.pass(way, vec![Edge { at, level: polarity.level(Bit::Mark) }]);
        }
    }

    /// A line of which we see the edges changed.
    pub(super) fn edges(&mut self, way: Way, edges: Vec<Edge>) {
        if self.lines.as_ref().is_some_and(|lines| lines.drawn.is_none()) {
            self.pass(way, edges);
        }
    }

    /// Octets arrived, the last of them at `at`.
    pub(super) fn received(&mut self, at: Stamp, octets: &[u8], marks: &[Mark]) {
        if !self.wants_octets() {
            return;
        }
        let Some(lines) = &mut self.lines else { return };
        let Some([_, rx]) = &mut lines.drawn else { return };
        let took = lines.line.span(u64::from(lines.line.half_bits()) * octets.len() as u64);
        let begun = Stamp(at.0.saturating_sub(took.0)).max(lines.passed);
        let mut breaks = marks.iter().filter(|mark| mark.kind == MarkKind::Break).peekable();
        for (index, &octet) in octets.iter().enumerate() {
            while breaks.next_if(|mark| mark.offset <= index).is_some() {
                rx.send_break(begun, Span::ZERO);
            }
            lines.left_out += rx.send(octet, begun);
        }
        for _ in breaks {
            rx.send_break(begun, Span::ZERO);
        }
    }

    /// Octets were handed on.
    pub(super) fn sent(&mut self, now: Stamp, octets: &[u8]) {
        if !self.wants_octets() {
            return;
        }
        let Some(lines) = &mut self.lines else { return };
        let Some([tx, _]) = &mut lines.drawn else { return };
        let earliest = now.max(lines.passed);
        for &octet in octets {
            lines.left_out += tx.send(octet, earliest);
        }
    }

    /// A break was handed on.
    pub(super) fn sent_break(&mut self, now: Stamp, length: Span) {
        if let (true, Some(lines)) = (self.wants_octets(), &mut self.lines)
            && let Some([tx, _]) = &mut lines.drawn
        {
            tx.send_break(now.max(lines.passed), length);
        }
    }

    fn wants_octets(&self) -> bool {
        self.watched || self.recorded
    }

    /// Time passed: edges that were kept back long enough are passed on.
    pub(super) fn advance(&mut self, now: Stamp) {
        self.pass_until(Stamp(now.0.saturating_sub(HOLD.0)));
    }

    /// When [`Tap::advance`] has something to pass on.
    pub(super) fn wake(&self) -> Wake {
        let drawn = self.lines.as_ref().and_then(|lines| lines.drawn.as_ref());
        let first = drawn.into_iter().flatten().filter_map(|drawn| drawn.waiting.front()).map(|edge| edge.at);
        first.min().map_or(Wake::OnInput, |at| Wake::At(at + HOLD))
    }

    /// Nothing will come any more: everything that waits is passed on.
    pub(super) fn finish(&mut self) {
        self.pass_until(Stamp(u64::MAX));
        if let Some(lines) = &mut self.lines
            && lines.left_out > 0
        {
            self.told.push_back(Tapped::LeftOut(std::mem::take(&mut lines.left_out)));
        }
    }

    /// What is to be told, in order of time.
    pub(super) fn poll(&mut self) -> Option<Tapped> {
        self.told.pop_front()
    }

    /// The picture.
    pub(super) fn view(&self, now: Stamp) -> Option<WireView> {
        let lines = self.lines.as_ref().filter(|lines| lines.drawn.is_none() || self.wants_octets())?;
        Some(WireView {
            reconstructed: lines.drawn.is_some(),
            line: lines.line,
            tx: lines.tx.clone(),
            rx: lines.rx.clone(),
            since: lines.since,
            until: if lines.drawn.is_some() { lines.passed } else { now },
        })
    }

    fn pass_until(&mut self, limit: Stamp) {
        loop {
            let Some(lines) = &mut self.lines else { return };
            let Some([tx, rx]) = &mut lines.drawn else { return };
            let first = |drawn: &Drawn| drawn.waiting.front().map_or(Stamp(u64::MAX), |edge| edge.at);
            let (tx_first, rx_first) = (first(tx), first(rx));
            // A run of one direction, up to where the other has something earlier.
            let (way, drawn, other) =
                if tx_first <= rx_first { (Way::FromUs, tx, rx_first) } else { (Way::ToUs, rx, tx_first) };
            let due = drawn.waiting.iter().take_while(|edge| edge.at <= limit && edge.at <= other).count();
            let run: Vec<Edge> = drawn.waiting.drain(..due).collect();
            let Some(last) = run.last() else {
                if limit < Stamp(u64::MAX) {
                    lines.passed = lines.passed.max(limit);
                }
                return;
            };
            lines.passed = lines.passed.max(last.at);
            self.pass(way, run);
        }
    }

    fn pass(&mut self, way: Way, edges: Vec<Edge>) {
        let Some(lines) = &mut self.lines else { return };
        let past = match way {
            Way::FromUs => &mut lines.tx,
            Way::ToUs => &mut lines.rx,
        };
        for &edge in &edges {
            past.push(edge);
        }
        if self.recorded && !edges.is_empty() {
            self.told.push_back(Tapped::Edges(way, edges));
        }
    }
}

impl Drawn {
    /// TX and RX.
    fn both(line: &LineFormat) -> [Drawn; 2] {
        [line, &line.far_end()].map(|line| Drawn { uart: Encoder::new(line), waiting: VecDeque::new() })
    }

    /// Draws an octet; 1 if there was no room for it.
    fn send(&mut self, octet: u8, earliest: Stamp) -> u64 {
        if self.waiting.len() >= WAITING {
            return 1;
        }
        self.uart.send(u16::from(octet), earliest);
        self.waiting.extend(std::iter::from_fn(|| self.uart.poll()));
        0
    }

    fn send_break(&mut self, earliest: Stamp, length: Span) {
        if self.waiting.len() < WAITING {
            self.uart.send_break(earliest, length);
            self.waiting.extend(std::iter::from_fn(|| self.uart.poll()));
        }
    }
}

impl WirePast {
    fn resting(level: Level) -> WirePast {
        WirePast { before: level, edges: Arc::default() }
    }

    /// The level after the last edge.
    pub fn level(&self) -> Level {
        self.edges.back().map_or(self.before, |edge| edge.level)
    }

    fn push(&mut self, edge: Edge) {
        if edge.level == self.level() {
            return;
        }
        // A picture that somebody still holds keeps its own.
        let edges = Arc::make_mut(&mut self.edges);
        if edges.len() == PAST
            && let Some(oldest) = edges.pop_front()
        {
            self.before = oldest.level;
        }
        edges.push_back(edge);
    }
}

#[cfg(test)]
mod tests;
