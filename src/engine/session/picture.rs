//! What a user is told: notices, hints, and the picture at a moment.

use super::{Mode, NOTICES, Output, Session};
use crate::engine::tap::Tapped;
use crate::engine::transmit::Abandoned;
use crate::engine::{Event, Notice, ScreenView, Severity, Snapshot, Status, StatusLink};
use crate::telnet::Telnet;
use crate::time::Span;
use crate::time::Stamp;

impl Session {
    pub(super) fn tell(&mut self, severity: Severity, text: String) {
        if self.notices.len() == NOTICES {
            self.notices.pop_front();
        }
        let notice = Notice { at: self.now, severity, text };
        if self.mode != Mode::Attended {
            self.outputs.push_back(Output::Event(Event::Told(notice.clone())));
        }
        self.notices.push_back(notice);
    }

    pub(super) fn warn(&mut self, text: String) {
        self.tell(Severity::Warning, text);
    }

    pub(super) fn tell_abandoned(&mut self, abandoned: Abandoned, why: &str) {
        let Abandoned { sent, unsent } = abandoned;
        self.warn(format!("{why}: {sent} bytes of the paste were sent, {unsent} were not"));
    }

    /// Tells what the tap has to tell.
    pub(super) fn tapped(&mut self) {
        while let Some(tapped) = self.tap.poll() {
            let event = match tapped {
                Tapped::Begins { reconstructed, line } => Event::WireBegins { reconstructed, line },
                Tapped::Edges(way, edges) => Event::Edges { way, edges },
                Tapped::LeftOut(octets) => {
                    let line = self.config.line;
                    self.warn(format!(
                        "{octets} bytes came faster than a line at {line} carries and are not in the recording"
                    ));
                    continue;
                }
            };
            self.outputs.push_back(Output::Event(event));
        }
    }

    pub(super) fn hint(&self) -> Option<String> {
        if self.link != StatusLink::Up {
            return None;
        }
        if self.rate.is_high(self.now) {
            return Some(format!(
                "{:.0} % of the frames are bad at {}: wrong baud or polarity? Run petterm probe; the prefix key, then b \
                 tries another rate; a program that idles low (McTerm, Transactor) needs --invert or an inverter",
                self.rate.share() * 100.0,
                self.config.line
            ));
        }
        if self.silence.is_long() {
            return Some(format!(
                "nothing heard yet at {}: check TX to RX and ground, the rate on both ends, and echo at both ends",
                self.config.line
            ));
        }
        if self.config.screen.machine().is_none() && self.petsciiness.is_likely() {
            return Some(
                "this looks like PETSCII: the prefix key, then m chooses 8032-safe or c64".to_owned(),
            );
        }
        None
    }

    /// The picture at this moment.
    pub fn snapshot(&self, now: Stamp) -> Snapshot {
        let (cols, rows) = self.screen.size();
        let mut cells = Vec::with_capacity(usize::from(cols) * usize::from(rows));
        self.screen.cells(&mut cells);
        let octet_time = if self.has_line() { self.octet_time() } else { Span::ZERO };
        Snapshot {
            at: now,
            screen: ScreenView {
                kind: self.screen.kind(),
                behaviour: self.screen.behaviour(),
                cols,
                rows,
                cells,
                cursor: self.screen.cursor(),
                cursor_visible: self.screen.cursor_visible(),
                charset: self.screen.char_set(),
                background: self.screen.background(),
                view40: self.config.view40,
            },
            scrollback: self.scrollback.clone(),
            status: self.status(now),
            notices: self.notices.iter().cloned().collect(),
            hint: self.hint(),
            bells: self.bells,
            recent: self.recent.iter().copied().collect(),
            wire: self.tap.view(now),
            paste: self.outbox.progress(octet_time),
            transfer: self.transfer_view(now),
            transfer_end: self.transfer_end.clone(),
            outcome: self.outcome.clone(),
        }
    }

    pub(super) fn status(&self, now: Stamp) -> Status {
        let info = self.info.as_ref();
        Status {
            target: self.config.target.clone(),
            link_name: info.map(|info| info.name.clone()),
            adapter: info.and_then(|info| info.adapter.clone()),
            identity: self.identity.clone(),
            link: self.link.clone(),
            transport: self.telnet.as_ref().map(Telnet::transport),
            line: self.config.line,
            has_line: self.config.target.has_line(),
            flow: self.config.flow,
            wire: self.config.wire,
            charset: self.config.charset.clone(),
            echo: self.config.echo,
            rx_bytes: self.rx_bytes,
            tx_bytes: self.tx_bytes,
            last_rx: self.last_rx,
            last_tx: self.last_tx,
            errors: self.errors,
            error_rate: self.rate.share(),
            lines: self.lines,
            dtr: self.dtr,
            rts: self.rts,
            capturing: self.capturing,
            connected_for: self.opened_at.map(|at| now.since(at)),
        }
    }
}
