//! From the link to the screen: bit 7 and parity, echo, the wire's code, captures and what a script waits for.

use super::{ECHO_BACKLOG, Mode, Output, RECENT, REPLIES, Session};
use crate::engine::capture;
use crate::engine::script::Player;
use crate::engine::{Counters, Echo, Event, HexByte, Mark, MarkKind, PastRow, Severity, StatusLink};
use crate::petscii::ascii::Place;
use crate::telnet::Telnet;
use crate::time::Span;
use crate::time::Stamp;

impl Session {
    pub(super) fn received(&mut self, at: Stamp, octets: &[u8], marks: &[Mark]) {
        self.silence.broken();
        if self.mode == Mode::Raw && self.give_up_at.is_some() {
            self.give_up_at = Some(self.now + self.config.timeout);
        }
        self.tap.received(at, octets, marks);
        self.last_rx = Some(at);
        self.rx_bytes += octets.len() as u64;
        if self.inverter.rx.is_some() {
            return self.received_misframed(at, octets, marks);
        }
        let mut bad = 0;
        for mark in marks {
            match mark.kind {
                MarkKind::Framing => self.errors.framing += 1,
                MarkKind::Parity => self.errors.parity += 1,
                MarkKind::Overrun => self.errors.overrun += 1,
                MarkKind::Break => {
                    self.errors.breaks += 1;
                    self.tell(Severity::Info, "break received".to_owned());
                }
            }
            bad += u32::from(matches!(mark.kind, MarkKind::Framing | MarkKind::Parity));
        }
        if self.telnet.is_some() {
            for &byte in &octets[octets.len().saturating_sub(RECENT)..] {
                self.remember(HexByte { byte, sent: false, bad: false });
            }
            self.through_telnet(|telnet, now, application| telnet.receive(now, octets, application));
            return;
        }
        let mut marks = marks.iter().peekable();
        let mut decoded = Vec::with_capacity(octets.len());
        for (index, &octet) in octets.iter().enumerate() {
            let (value, parity_ok) = self.codec.decode(octet);
            let mut damaged = false;
            while let Some(mark) = marks.next_if(|mark| mark.offset <= index) {
                damaged |= mark.kind != MarkKind::Break;
            }
            if !parity_ok {
                self.errors.parity += 1;
                bad += u32::from(!damaged);
                damaged = true;
            }
            if octets.len() - index <= RECENT {
                self.remember(HexByte { byte: octet, sent: false, bad: damaged });
            }
            decoded.push(value);
        }
        self.rate.frames(self.now, octets.len() as u32, bad);
        self.application(&decoded);
    }

    /// Gives telnet something to do and takes what it has for the application; bit 7 is stripped after telnet,
    /// whose commands need it.
    pub(super) fn through_telnet(&mut self, act: impl FnOnce(&mut Telnet, Stamp, &mut Vec<u8>)) {
        let Some(telnet) = &mut self.telnet else { return };
        let mut application = std::mem::take(&mut self.scratch);
        act(telnet, self.now, &mut application);
        for octet in &mut application {
            *octet = self.codec.decode(*octet).0;
        }
        self.telnet_events();
        self.application(&application);
        application.clear();
        self.scratch = application;
    }

    /// Octets as the far end's program meant them.
    pub(super) fn application(&mut self, octets: &[u8]) {
        if octets.is_empty() {
            return;
        }
        self.outbox.heard(octets);
        let octets = if self.in_transfer() {
            self.transfer_takes(octets)
        } else if self.is_transferring() {
            self.transfer_received(octets);
            octets
        } else {
            octets
        };
        if octets.is_empty() || self.mode == Mode::Transfer {
            return;
        }
        let now = self.now;
        let Some(text) = self.stragglers.as_mut().map(|stragglers| stragglers.text(now, octets)) else {
            return self.arrived(octets);
        };
        if let Some(text) = text {
            self.stragglers = None;
            if !text.is_empty() {
                self.arrived(&text);
            }
        }
    }

    /// What looked like a straggler and broke off is text.
    pub(super) fn stragglers_timeout(&mut self) {
        let now = self.now;
        if let Some(text) = self.stragglers.as_ref().and_then(|stragglers| stragglers.timeout(now)) {
            self.stragglers = None;
            self.arrived(&text);
        }
    }

    /// Octets that are for the screen, or for whoever has them raw.
    fn arrived(&mut self, octets: &[u8]) {
        if self.mode == Mode::Raw {
            self.outputs.push_back(Output::Event(Event::Received(octets.to_vec())));
            return;
        }
        if self.config.screen.machine().is_none() {
            self.petsciiness.look(octets);
        }
        if self.config.echo == Echo::Both {
            if self.outbox.backlog() > ECHO_BACKLOG {
                self.warn(
                    "the far end sends faster than it takes its echo; some of it was not echoed".to_owned(),
                );
            } else {
                let echoed = self.with_line_feeds(octets);
                self.outbox.push_typed(echoed);
            }
        }
        self.show(octets);
    }

    /// Puts octets of the wire's code on the screen.
    pub(super) fn show(&mut self, octets: &[u8]) {
        let mut rest = octets;
        while !rest.is_empty() {
            // A TAB is translated by the column at which everything before it left the cursor.
            let tab = rest[1..].iter().position(|octet| self.translator.looks_at_column(*octet));
            let (piece, after) = rest.split_at(tab.map_or(rest.len(), |at| at + 1));
            let place = Place {
                set: self.screen.char_set(),
                column: self.screen.cursor().1,
                columns: self.screen_size().0,
            };
            let mut shown = Vec::with_capacity(piece.len() + 8);
            self.translator.translate(piece, place, &mut shown);
            self.paint(&shown);
            rest = after;
        }
        self.keep_scrolled();
        self.bells += u64::from(self.screen.take_bells());
        while let Some(reply) = self.screen.take_reply() {
            self.reply(reply);
        }
    }

    /// Feeds the screen, with an eye on what is captured or waited for.
    pub(super) fn paint(&mut self, shown: &[u8]) {
        if self.capturing {
            self.show_captured(shown);
        } else if let Some(wanted) = self.player.as_ref().and_then(Player::wanted).map(str::to_owned) {
            self.show_until_found(shown, &wanted);
        } else {
            self.screen.feed(shown);
        }
    }

    /// A text that the script waits for counts even if it is painted over within the same delivery.
    pub(super) fn show_until_found(&mut self, shown: &[u8], wanted: &str) {
        let last = wanted.chars().last();
        for (index, octet) in shown.iter().enumerate() {
            self.screen.feed(std::slice::from_ref(octet));
            let just_painted = self.screen.last_painted().and_then(|place| self.screen.char_at(place));
            if just_painted.is_some() && just_painted == last && self.screen.painted_text().contains(wanted) {
                if let Some(player) = &mut self.player {
                    player.found();
                }
                self.screen.feed(&shown[index + 1..]);
                return;
            }
        }
    }

    /// A clear takes rows away that never scrolled: they are captured before it acts.
    pub(super) fn show_captured(&mut self, shown: &[u8]) {
        let kind = self.screen.kind();
        for piece in shown.split_inclusive(|octet| capture::may_clear(kind, *octet)) {
            let Some((last, before)) = piece.split_last() else { continue };
            if !capture::may_clear(kind, *last) {
                self.screen.feed(piece);
                continue;
            }
            self.screen.feed(before);
            self.keep_scrolled();
            let rows = capture::rows(&self.screen);
            self.screen.feed(&[*last]);
            if capture::rows(&self.screen).is_empty() {
                self.captured(rows);
            }
        }
    }

    pub(super) fn keep_scrolled(&mut self) {
        let kind = self.screen.kind();
        let charset = self.screen.char_set();
        for cells in self.screen.take_scrolled() {
            if self.capturing {
                let line = capture::row_text(&cells, kind, charset);
                self.outputs.push_back(Output::Event(Event::Captured(line)));
            }
            self.scrollback.push(PastRow { cells, kind, charset });
        }
    }

    pub(super) fn captured(&mut self, lines: Vec<String>) {
        self.outputs.extend(lines.into_iter().map(|line| Output::Event(Event::Captured(line))));
    }

    pub(super) fn set_capture(&mut self, on: bool) {
        if self.capturing {
            let rows = capture::rows(&self.screen);
            self.captured(rows);
        }
        self.capturing = on;
    }

    pub(super) fn reply(&mut self, octets: Vec<u8>) {
        if self.now.since(self.replies.0) >= Span::from_secs(1) {
            self.replies = (self.now, 0);
        }
        if self.replies.1 < REPLIES && self.link == StatusLink::Up {
            self.replies.1 += 1;
            self.outbox.push_typed(octets);
        }
    }

    pub(super) fn driver_counted(&mut self, counters: Counters) {
        if self.inverter.rx.is_some() {
            // There every frame has one.
            return;
        }
        // Framing errors and the like that came as marks were counted there; the driver's own numbers matter
        // where it has no marks.
        let before = std::mem::replace(&mut self.driver_errors, counters);
        let news =
            counters.framing.saturating_sub(before.framing) + counters.parity.saturating_sub(before.parity);
        self.errors.framing = self.errors.framing.max(counters.framing);
        self.errors.parity = self.errors.parity.max(counters.parity);
        self.errors.overrun = self.errors.overrun.max(counters.overrun);
        self.errors.breaks = self.errors.breaks.max(counters.breaks);
        if news > 0 && self.rate.share() < f32::EPSILON {
            let news = u32::try_from(news).unwrap_or(u32::MAX);
            self.rate.frames(self.now, news, news);
        }
    }
}
