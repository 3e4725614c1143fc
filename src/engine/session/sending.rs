//! From keys, pastes and scripts to the link, through telnet and the line's format.

use super::{Mode, Output, RECENT, Session, tenth_of_a_second};
use crate::engine::transmit::Window;
use crate::engine::{Echo, Event, HexByte, LinkCommand, Medium, Outcome, StatusLink, Wire};
use crate::time::Span;
use std::iter;

impl Session {
    /// Whether there is a link to send on; says so once if there is not.
    pub(super) fn online(&mut self) -> bool {
        if self.link == StatusLink::Up {
            return true;
        }
        if !self.told_offline {
            self.told_offline = true;
            let why = match self.link {
                StatusLink::Connecting => "not connected yet; what is typed now is not sent",
                StatusLink::Waiting => "unplugged; what is typed now is not sent",
                _ => "not connected; what is typed is not sent: the prefix key, then h connects",
            };
            self.warn(why.to_owned());
        }
        false
    }

    pub(super) fn type_octets(&mut self, octets: &[u8]) {
        if !self.online() {
            return;
        }
        let carried: Vec<u8> = octets.iter().copied().filter(|octet| self.codec.carries(*octet)).collect();
        if carried.len() < octets.len() {
            self.warn(format!(
                "{} carries 7 bits: that key's code needs the eighth and was not sent",
                self.config.line
            ));
        }
        let before = carried.len();
        let carried: Vec<u8> = carried.into_iter().filter(|octet| self.shift_carries(*octet)).collect();
        if carried.len() < before {
            self.warn(
                "shift-TX carries 7 bits: that key's code needs the eighth and was not sent".to_owned(),
            );
        }
        let carried = self.with_line_feeds(&carried);
        self.echo_here(&carried);
        self.outbox.push_typed(carried);
    }

    /// In a chat RETURN is CR LF both ways, on a wire that has line feeds.
    pub(super) fn with_line_feeds(&self, octets: &[u8]) -> Vec<u8> {
        let chat = self.config.echo == Echo::Both && self.config.wire == Wire::Ascii;
        let ends = |octet: u8| chat && octet & 0x7F == 0x0D;
        octets.iter().flat_map(|&octet| iter::once(octet).chain(ends(octet).then_some(0x0A))).collect()
    }

    pub(super) fn paste(&mut self, text: &str) {
        if !self.online() {
            return;
        }
        let mut octets = Vec::with_capacity(text.len());
        let mut refused = self.translator.text(text, self.screen.char_set(), &mut octets);
        if !refused.is_empty() {
            let count = refused.len();
            refused.sort_unstable();
            refused.dedup();
            let shown: String = refused.iter().filter(|c| !c.is_control()).take(10).collect();
            let what = counted(count, "character has", "characters have");
            self.warn(format!("{what} no code on this wire, left out: {shown}"));
        }
        self.paste_octets(octets);
    }

    /// Queues octets of the wire's code as a paste.
    pub(super) fn paste_octets(&mut self, mut octets: Vec<u8>) {
        let before = octets.len();
        octets.retain(|octet| self.codec.carries(*octet));
        let seven = before - octets.len();
        if seven > 0 {
            self.warn(format!(
                "{} more than the {} bits of {}, left out",
                counted(seven, "byte needs", "bytes need"),
                self.config.line.data_bits,
                self.config.line
            ));
        }
        let before = octets.len();
        octets.retain(|octet| self.shift_carries(*octet));
        if octets.len() < before {
            self.warn(format!(
                "{} bit 7 set, which shift-TX cannot send, left out; an inverter in the line to the PET carries all \
                 eight bits",
                counted(before - octets.len(), "byte has", "bytes have")
            ));
        }
        let octets = self.with_line_feeds(&octets);
        self.outbox.push_pasted(octets);
    }

    /// How much may be under way, and how long an octet takes where the link does not tell.
    pub(super) fn window(&self) -> Window {
        let medium = self.info.as_ref().map(|info| info.medium);
        let octet_time = self.octet_time();
        match medium {
            Some(Medium::Serial | Medium::Pipe) if self.inverter.tx.is_some() => {
                // A NUL follows each portion, so that they are longer here.
                Window { octets: 5 * tenth_of_a_second(octet_time), octet_time: Some(octet_time) }
            }
            Some(Medium::Serial) if self.mode != Mode::Raw => {
                Window { octets: tenth_of_a_second(octet_time), octet_time: Some(octet_time) }
            }
            Some(Medium::Edges) => Window { octets: tenth_of_a_second(octet_time), octet_time: None },
            _ => Window { octets: 16_384, octet_time: None },
        }
    }

    pub(super) fn octet_time(&self) -> Span {
        let native = self.codec.native();
        Span(u64::from(native.half_bits()) * 500_000_000 / u64::from(native.baud.max(1)))
    }

    pub(super) fn pump(&mut self) {
        if self.link != StatusLink::Up {
            return;
        }
        let window = self.window();
        if let Some(octets) = self.outbox.next_typed(self.now, window) {
            self.send(&octets);
        }
        while let Some(octets) = self.outbox.next_pasted(self.now, window) {
            self.echo_here(&octets);
            self.send(&octets);
        }
        if self.mode == Mode::Raw && self.busy && self.outbox.is_idle() {
            self.busy = false;
            self.outputs.push_back(Output::Event(Event::Ready));
        }
        if self.ending.is_some_and(|until| self.outbox.is_idle() || self.now >= until) {
            let outcome = self.last_words.take().unwrap_or(Outcome::Done);
            self.finish(outcome);
        }
    }

    /// Shows what the user sends, where neither the far end nor its telnet server does.
    fn echo_here(&mut self, octets: &[u8]) {
        if self.config.echo != Echo::Off && self.mode != Mode::Raw && !self.remote_echoes() {
            self.show(octets);
        }
    }

    pub(super) fn send(&mut self, octets: &[u8]) {
        self.busy = true;
        let coded: Vec<u8> = octets.iter().map(|octet| self.codec.encode(*octet)).collect();
        if self.inverter.tx.is_some() {
            return self.send_shifted(&coded);
        }
        let wire = match &mut self.telnet {
            Some(telnet) => {
                let mut wire = Vec::with_capacity(coded.len());
                telnet.send(&coded, &mut wire);
                wire
            }
            None => coded,
        };
        // The outbox counts the application's octets; what telnet added is under way as well.
        self.outbox.grew(wire.len().saturating_sub(octets.len()));
        self.transmit(wire);
    }

    pub(super) fn transmit(&mut self, wire: Vec<u8>) {
        self.tap.sent(self.now, &wire);
        self.last_tx = Some(self.now);
        self.tx_bytes += wire.len() as u64;
        for &byte in wire.iter().rev().take(RECENT).rev() {
            self.remember(HexByte { byte, sent: true, bad: false });
        }
        self.outputs.push_back(Output::Link(LinkCommand::Tx(wire)));
    }

    pub(super) fn remember(&mut self, byte: HexByte) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(byte);
    }
}

/// A number of things, and what is said of one or of many.
fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
