//! Between the line's format and the link, where the line rests at the other level than the adapter's: shift-TX,
//! misframe-RX, and what the user is told of them.
//!
//! An octet that cannot be told is shown as a shaded cell, and in a session without a screen given as 1A (hex), the
//! ASCII code for just that; the log and the hex view hold what really arrived.

use super::{Mode, Output, RECENT, Session};
use crate::engine::{Abilities, Event, HexByte, Inversion, LinkCommand, Mark, MarkKind, Mechanism, Trouble};
use crate::line::{Finding, Misframe, MisframeOut, Resting, ShiftOut, ShiftTx, Timing};
use crate::time::{Stamp, Wake};

/// SUB: a character in place of one that is invalid.
const SUBSTITUTE: u8 = 0x1A;
/// A shaded cell on every Commodore screen, in both sets.
const SHADE: u8 = 0xA6;
const SHADE_CHAR: char = '\u{2592}';

/// The mechanisms at work; none of them where the adapter sees an ordinary line.
#[derive(Clone, Debug, Default)]
pub(super) struct Inverter {
    pub(super) tx: Option<ShiftTx>,
    pub(super) rx: Option<Misframe>,
    abilities: Abilities,
    /// Characters that shift-TX has and has not let go of.
    accepted: usize,
}

impl Inverter {
    pub(super) fn wake(&self) -> Wake {
        let tx = self.tx.as_ref().map_or(Wake::OnInput, ShiftTx::wake);
        self.rx.as_ref().map_or(Wake::OnInput, Misframe::wake).earliest(tx)
    }
}

impl Session {
    /// Puts the mechanisms of a link in place that was opened, or runs at another rate now.
    pub(super) fn begin_inverting(&mut self, abilities: Abilities) {
        let inversion = self.config.inverting.needed_at(&self.config.target, &self.config.line);
        let line = self.codec.native();
        let resting = inversion.shifts().map(|said| match (said, abilities.holds_break) {
            (Some(resting), _) => resting,
            (None, Some(true)) => Resting::Break,
            (None, _) => Resting::High,
        });
        let timing = abilities.lateness.map_or(Timing::Unknown, Timing::Within);
        self.inverter = Inverter {
            tx: resting.map(|resting| ShiftTx::new(&line, resting, self.now)),
            rx: inversion.misframes().then(|| Misframe::new(&line, timing, abilities.marks)),
            abilities,
            accepted: 0,
        };
        if resting == Some(Resting::High) {
            self.warn(
                "your adapter rests high; this program may read that as a start bit. Nothing is harmed. If the PET \
                 ignores its keys or fills with @, pull the TX wire: use an inverter, McTerm's sysa+36, or \
                 --invert-tx=fill"
                    .to_owned(),
            );
        }
        if inversion != Inversion::default() {
            self.warn(describe(inversion, resting, abilities));
        }
        self.drain_shift();
    }

    /// The same mechanisms after the port changed its rate.
    pub(super) fn begin_inverting_again(&mut self) {
        self.begin_inverting(self.inverter.abilities);
    }

    /// Whether shift-TX lets a character through; everything passes where it is not at work.
    pub(super) fn shift_carries(&self, octet: u8) -> bool {
        self.inverter.tx.is_none() || ShiftTx::carries(octet)
    }

    /// Sends through shift-TX.
    pub(super) fn send_shifted(&mut self, octets: &[u8]) {
        self.inverter.accepted += octets.len();
        if let Some(tx) = &mut self.inverter.tx {
            tx.send(self.now, octets);
        }
        self.drain_shift();
    }

    /// The line is held by a break, or no longer; or the port cannot do it and the line rests high from now on.
    pub(super) fn held(&mut self, result: Result<bool, Trouble>) {
        let Some(tx) = &mut self.inverter.tx else { return };
        match result {
            Ok(low) => tx.held(self.now, low),
            Err(trouble) => {
                tx.rest_high(self.now);
                self.warn(format!("{}; the line rests high between characters (shift)", trouble.what));
            }
        }
        self.drain_shift();
    }

    /// Time has passed.
    pub(super) fn inverting_timeout(&mut self) {
        if let Some(tx) = &mut self.inverter.tx {
            tx.timeout(self.now);
            self.drain_shift();
        }
        if let Some(rx) = &mut self.inverter.rx {
            rx.timeout(self.now);
            self.drain_misframe();
        }
    }

    fn drain_shift(&mut self) {
        while let Some(out) = self.inverter.tx.as_mut().and_then(ShiftTx::poll) {
            match out {
                ShiftOut::Send(frames) => {
                    let characters = self.inverter.accepted.min(frames.len());
                    self.inverter.accepted -= characters;
                    self.outbox.grew(frames.len() - characters);
                    self.transmit(frames);
                }
                ShiftOut::Fill(frames) => {
                    // Nobody sent it, so no lamp and no count shows it.
                    self.outbox.grew(frames.len());
                    self.outputs.push_back(Output::Link(LinkCommand::Tx(frames)));
                }
                ShiftOut::Hold(on) => self.outputs.push_back(Output::Link(LinkCommand::Hold(on))),
            }
        }
        if let Some(tx) = &self.inverter.tx {
            self.outbox.busy_until(tx.text_until());
        }
    }

    /// Octets of a line that is not inverted elsewhere. A bad stop bit is no error here but the rule.
    pub(super) fn received_misframed(&mut self, at: Stamp, octets: &[u8], marks: &[Mark]) {
        let mut marks = marks.iter().peekable();
        for (index, &octet) in octets.iter().enumerate() {
            let mut bad = false;
            while let Some(mark) = marks.next_if(|mark| mark.offset <= index) {
                match mark.kind {
                    // The driver's word for a zero with a bad stop bit.
                    MarkKind::Break => self.misframe(at, 0, true),
                    kind => bad |= kind == MarkKind::Framing,
                }
            }
            if octets.len() - index <= RECENT {
                self.remember(HexByte { byte: octet, sent: false, bad });
            }
            self.misframe(at, octet, bad);
        }
        for mark in marks {
            if mark.kind == MarkKind::Break {
                self.misframe(at, 0, true);
            }
        }
        self.drain_misframe();
    }

    fn misframe(&mut self, at: Stamp, octet: u8, bad: bool) {
        if let Some(rx) = &mut self.inverter.rx {
            rx.push(at, octet, Some(bad));
        }
    }

    fn drain_misframe(&mut self) {
        let mut known = Vec::new();
        while let Some(out) = self.inverter.rx.as_mut().and_then(Misframe::poll) {
            match out {
                MisframeOut::Read(meaning) => {
                    if let Some(character) = meaning.character() {
                        known.push(self.codec.decode(character).0);
                    } else {
                        self.application(&std::mem::take(&mut known));
                        self.unknown();
                    }
                }
                MisframeOut::Found(finding) => self.warn(explain(finding).to_owned()),
            }
        }
        self.application(&known);
    }

    /// Something arrived, and nobody can tell what.
    fn unknown(&mut self) {
        if self.mode == Mode::Raw {
            self.outputs.push_back(Output::Event(Event::Received(vec![SUBSTITUTE])));
            return;
        }
        let mut shade = Vec::new();
        if self.screen.kind().machine().is_some() {
            shade.push(SHADE);
        } else if !self.charset.encode_to(SHADE_CHAR, &mut shade) {
            shade.push(b'?');
        }
        self.paint(&shade);
        self.keep_scrolled();
    }
}

/// What works in each direction, and what it cannot do, in one line.
fn describe(inversion: Inversion, resting: Option<Resting>, abilities: Abilities) -> String {
    let tx = match (inversion.tx, resting) {
        (None, _) => "upright",
        (_, Some(Resting::Break)) => "shift-TX, 7-bit text, the line rests low by a break",
        (_, Some(Resting::Fill)) => "shift-TX, 7-bit text, filled with NULs",
        (_, Some(Resting::High)) => "shift-TX, 7-bit text, the line rests high",
        (Some(mechanism), None) => by_hardware(mechanism),
    };
    let rx = match (inversion.rx, abilities.lateness) {
        (None, _) => "upright",
        (Some(Mechanism::Auto | Mechanism::Shift(_)), Some(_)) => {
            "misframe-RX, text with bit 7 clear and pauses between characters only"
        }
        (Some(Mechanism::Auto | Mechanism::Shift(_)), None) => {
            "misframe-RX, text with bit 7 clear and pauses only, and this port cannot tell whether there are any"
        }
        (Some(mechanism), _) => by_hardware(mechanism),
    };
    format!("to the PET: {tx}; from the PET: {rx}")
}

const fn by_hardware(mechanism: Mechanism) -> &'static str {
    match mechanism {
        Mechanism::Adapter => "inverted by the adapter's chip, which must have been set up for it",
        Mechanism::Ftdi => "the pins of the FTDI chip, bit by bit",
        Mechanism::Lines(_) => "a modem line in place of the data line",
        Mechanism::Auto | Mechanism::Shift(_) => "shift",
    }
}

const fn explain(finding: Finding) -> &'static str {
    match finding {
        Finding::BitSevenSet => {
            "the far end sets bit 7: that cannot be read without an inverter, and is shown shaded. McTerm: change sysa \
             to sysa+36 in its line 1070 and use --profile mcterm-36; others: an inverter in the line from the PET and \
             --invert-tx alone, or an FTDI adapter that inverts RXD by its EEPROM"
        }
        Finding::BitSevenMixed => {
            "the far end sets bit 7 of some characters: what may be one of them cannot be read without an inverter, and \
             is shown shaded; an inverter in the line from the PET and --invert-tx alone cure it"
        }
        Finding::BackToBack => {
            "the far end sends without pauses: where characters touch, one of them cannot be read and is shown shaded; \
             an inverter in the line from the PET cures it"
        }
        Finding::Upright => "the line is already upright: drop --invert or use --cable inverter",
    }
}
