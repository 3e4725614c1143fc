//! One direction of a simulated line: a transmitter, the edges on their way, a receiver.

use std::collections::VecDeque;

use super::Fault;
use crate::line::uart::{Decoder, Encoder, Frame};
use crate::line::{Bit, Edge, Level, LineFormat};
use crate::time::{Span, Stamp, Wake};

/// A wire that takes no time: an edge arrives when it is made.
#[derive(Debug)]
pub(super) struct Wire {
    encoder: Encoder,
    decoder: Decoder,
    /// An inverter sits in the wire.
    inverter: bool,
    /// Edges that lie in the future.
    edges: VecDeque<Edge>,
    format: LineFormat,
    fault: Option<Fault>,
    /// Edges that arrived, for whoever watches the wire.
    tapped: Vec<Edge>,
    /// What was read before the receiver started anew.
    read: VecDeque<Frame>,
    /// As the receiver has it.
    hears: LineFormat,
    /// Characters sent so far.
    sent: u64,
}

impl Wire {
    /// A wire that `from` drives and `to` hears. Where they disagree about the level at which it rests, an
    /// inverter makes them agree.
    pub(super) fn new(from: &LineFormat, to: &LineFormat, fault: Option<Fault>, now: Stamp) -> Wire {
        Wire {
            encoder: Encoder::new(from),
            decoder: Decoder::with_level(to, now, to.rx.level(Bit::Mark)),
            inverter: from.tx != to.rx,
            edges: VecDeque::new(),
            format: *from,
            fault,
            tapped: Vec::new(),
            read: VecDeque::new(),
            hears: *to,
            sent: 0,
        }
    }

    /// Sends a character and says when its last stop bit ends.
    pub(super) fn send(&mut self, octet: u8, now: Stamp) -> Stamp {
        let slot = self.encoder.send(u16::from(octet), now);
        let mut edges: Vec<Edge> = std::iter::from_fn(|| self.encoder.poll()).collect();
        if let Some(fault) = &self.fault {
            let rest = self.encoder.rest_level();
            fault.disturb(&mut edges, self.sent, slot.start, rest, &self.format);
        }
        self.sent += 1;
        self.put(edges);
        slot.end
    }

    /// Sends a break.
    pub(super) fn send_break(&mut self, length: Span, now: Stamp) {
        self.encoder.send_break(now, length);
        let edges = std::iter::from_fn(|| self.encoder.poll()).collect();
        self.put(edges);
    }

    fn put(&mut self, edges: Vec<Edge>) {
        let edges = edges.into_iter().map(|edge| self.other_side(edge)).collect::<Vec<_>>();
        self.edges.extend(edges);
    }

    /// An edge as it is at the other side of the inverter, if there is one.
    pub(super) fn other_side(&self, edge: Edge) -> Edge {
        match (self.inverter, edge.level) {
            (false, _) => edge,
            (true, Level::Low) => Edge { level: Level::High, ..edge },
            (true, Level::High) => Edge { level: Level::Low, ..edge },
        }
    }

    /// The edges that arrived since this was asked last.
    pub(super) fn tapped(&mut self) -> Vec<Edge> {
        std::mem::take(&mut self.tapped)
    }

    /// Lets the edges up to `now` arrive.
    pub(super) fn advance(&mut self, now: Stamp) {
        while let Some(&edge) = self.edges.front()
            && edge.at <= now
        {
            self.edges.pop_front();
            self.tapped.push(edge);
            self.decoder.push(edge);
        }
        self.decoder.advance(now);
    }

    /// An edge that is made elsewhere arrives.
    pub(super) fn arrive(&mut self, edge: Edge) {
        self.tapped.push(edge);
        self.decoder.push(edge);
    }

    /// The receiver starts anew on a line that is at this level.
    pub(super) fn restart(&mut self, at: Stamp, level: Level) {
        self.read.extend(std::iter::from_fn(|| self.decoder.poll()));
        self.tapped.push(Edge { at, level });
        self.decoder = Decoder::with_level(&self.hears, at, level);
    }

    /// The next frame that arrived.
    pub(super) fn poll(&mut self) -> Option<Frame> {
        self.read.pop_front().or_else(|| self.decoder.poll())
    }

    /// After this time on a line at rest no frame is left undecided.
    pub(super) fn longest_wait(&self) -> Span {
        self.hears.span(u64::from(self.hears.half_bits()) + 2)
    }

    /// Whether the transmitter can take a character.
    pub(super) fn is_free(&self, now: Stamp) -> bool {
        self.encoder.idle_at() <= now
    }

    /// Whether nothing is being sent, under way or half received.
    pub(super) fn is_quiet(&self, now: Stamp) -> bool {
        self.is_free(now) && self.edges.is_empty() && self.decoder.begun().is_none()
    }

    /// The next moment after `now` at which something comes of this wire. While a frame is being sent that
    /// is its end: the edges before it decide nothing alone, and arrive in order whenever they are looked at.
    pub(super) fn wake(&self, now: Stamp) -> Wake {
        let sending = if self.is_free(now) { Wake::OnInput } else { Wake::At(self.encoder.idle_at()) };
        sending.earliest(self.decoder.wake())
    }
}
