//! A session: one link, one screen, and everything between them.
//!
//! ```text
//! link -> [misframe-RX] -> bit 7, parity -> telnet -> echo -> code -> screen -> scrollback, capture
//! keys, paste, script -> code -> pacing -> telnet -> bit 7, parity -> [shift-TX] -> link
//! ```
//!
//! The session decides whether and when a link is opened again, plays the script, and keeps everything that a
//! front end shows. Settings that belong to a later stage never look at an earlier one's bytes.

mod fitness;
mod inverting;
mod network;
mod opening;
mod picture;
mod playing;
mod receiving;
mod sending;
mod settings;
mod stragglers;
mod transferring;

use std::collections::VecDeque;
use std::sync::Arc;

use self::inverting::Inverter;
use self::stragglers::Stragglers;
use self::transferring::Transferring;
use super::reconnect::Backoff;
use super::script::{self, Player};
use super::tap::Tap;
use super::translate::Translator;
use super::transmit::Outbox;
use super::watch::{ErrorRate, Petsciiness, Silence};
use super::{
    Command, Counters, Event, Failure, HexByte, Identity, LinkCommand, LinkEvent, LinkInfo, ModemLines,
    Notice, Outcome, Scrollback, SessionConfig, Severity, StatusLink, Target, TransferEnd, TransferRequest,
    Trouble, Wire,
};
use crate::line::{Codec, LineFormat};
use crate::petscii::CharSet;
use crate::petscii::host::HostCharset;
use crate::screen::Screen;
use crate::telnet::Telnet;
use crate::time::{Span, Stamp, Wake};

/// How a session ends and what it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A person sits before it: it ends when that person quits.
    Attended,
    /// It ends with its script, with its link, or after `timeout` when it has no script.
    Unattended,
    /// It is for one file transfer, given by [`Session::transfer_first`], and ends with it.
    Transfer,
    /// As unattended, but what is received goes to [`Event::Received`] and not to the screen.
    Raw,
}

/// What a session wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// By the link.
    Link(LinkCommand),
    /// By the shell.
    Event(Event),
}

const BREAK: Span = Span::from_millis(250);
/// Octets on their way beyond which a chat no longer echoes.
const ECHO_BACKLOG: usize = 65_536;
const NOTICES: usize = 100;
const RECENT: usize = 1_024;
/// Replies of an ANSI screen in a second.
const REPLIES: u32 = 10;

/// A session. See the module's picture.
pub struct Session {
    config: SessionConfig,
    mode: Mode,
    charset: HostCharset,
    screen: Screen,
    translator: Translator,
    codec: Codec,
    inverter: Inverter,
    telnet: Option<Telnet>,
    outbox: Outbox,
    player: Option<Player>,
    tap: Tap,
    transferring: Option<Transferring>,
    /// What became of the last one.
    transfer_end: Option<Arc<TransferEnd>>,
    /// What a Punter sender may still say behind a file.
    stragglers: Option<Stragglers>,
    /// To begin with the first opening.
    first_transfer: Option<Box<TransferRequest>>,
    /// How the session ends once what it sends has left.
    last_words: Option<Outcome>,
    /// Why the link ended, while the store is still busy with what came over it.
    lost: Option<Trouble>,
    scrollback: Scrollback,
    capturing: bool,
    outputs: VecDeque<Output>,
    link: StatusLink,
    info: Option<LinkInfo>,
    identity: Option<Identity>,
    opened_at: Option<Stamp>,
    backoff: Option<Backoff>,
    give_up_at: Option<Stamp>,
    /// Without a person: a listener gives up then.
    nobody_calls_at: Option<Stamp>,
    /// The session ends when everything is sent, or then.
    ending: Option<Stamp>,
    /// A format that the port has not taken yet.
    pending_line: Option<LineFormat>,
    notices: VecDeque<Notice>,
    errors: Counters,
    driver_errors: Counters,
    rate: ErrorRate,
    silence: Silence,
    petsciiness: Petsciiness,
    lines: ModemLines,
    dtr: bool,
    rts: bool,
    recent: VecDeque<HexByte>,
    rx_bytes: u64,
    tx_bytes: u64,
    last_rx: Option<Stamp>,
    last_tx: Option<Stamp>,
    bells: u64,
    replies: (Stamp, u32),
    outcome: Option<Outcome>,
    told_offline: bool,
    /// The first target has not been reached yet.
    first_call: bool,
    /// Something has been sent, or the link opened, since the shell was last told that there is room.
    busy: bool,
    scratch: Vec<u8>,
    now: Stamp,
}

impl Session {
    /// A session that has not opened its link yet: [`Command::Connect`] does.
    ///
    /// # Errors
    /// The script's first word that means nothing, or a charset that does not exist.
    pub fn new(config: SessionConfig, mode: Mode, now: Stamp) -> Result<Session, String> {
        let charset = HostCharset::from_label(&config.charset)
            .ok_or_else(|| format!("no charset is called '{}'", config.charset))?;
        let player = match &config.script {
            Some(text) => {
                let words = script::parse(text).map_err(|error| error.to_string())?;
                Some(Player::new(words, config.timeout))
            }
            None => None,
        };
        let translator = Translator::new(config.screen, config.wire, charset);
        let outbox = new_outbox(&config, &translator);
        let mut screen = Screen::with_charset(config.screen, config.behaviour, charset);
        screen.set_view40(config.view40);
        screen.set_quoting(config.wire == Wire::Petscii);
        Ok(Session {
            codec: Codec::new(&config.line, config.strip7, config.set7),
            inverter: Inverter::default(),
            mode,
            charset,
            screen,
            translator,
            telnet: None,
            outbox,
            player,
            tap: Tap::default(),
            transferring: None,
            transfer_end: None,
            stragglers: None,
            first_transfer: None,
            last_words: None,
            lost: None,
            scrollback: Scrollback::default(),
            capturing: false,
            outputs: VecDeque::new(),
            link: StatusLink::Idle,
            info: None,
            identity: None,
            opened_at: None,
            backoff: None,
            give_up_at: None,
            nobody_calls_at: None,
            ending: None,
            pending_line: None,
            notices: VecDeque::new(),
            errors: Counters::default(),
            driver_errors: Counters::default(),
            rate: ErrorRate::default(),
            silence: Silence::none(),
            petsciiness: Petsciiness::default(),
            lines: ModemLines::default(),
            dtr: true,
            rts: true,
            recent: VecDeque::new(),
            rx_bytes: 0,
            tx_bytes: 0,
            last_rx: None,
            last_tx: None,
            bells: 0,
            replies: (now, 0),
            outcome: None,
            told_offline: false,
            first_call: true,
            busy: false,
            scratch: Vec::new(),
            now,
            config,
        })
    }

    /// The settings in force.
    pub fn config(&self) -> &SessionConfig {
        &self.config
    }

    /// The screen.
    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    /// How the session ended, once it has.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// Takes what the session wants done, until there is nothing.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Session::timeout`] shall be called if nothing happens before.
    pub fn wake(&self) -> Wake {
        if !self.outputs.is_empty() {
            return Wake::Now;
        }
        if self.outcome.is_some() {
            return Wake::OnInput;
        }
        let mut wake = self.rate.wake().earliest(self.silence.wake()).earliest(self.tap.wake());
        if let Some(player) = &self.player {
            wake = wake.earliest(player.wake());
        }
        if let Some(telnet) = &self.telnet {
            wake = wake.earliest(telnet.wake());
        }
        if let Some(stragglers) = &self.stragglers {
            wake = wake.earliest(stragglers.wake());
        }
        if self.link == StatusLink::Up {
            wake = wake.earliest(self.outbox.wake(self.window())).earliest(self.inverter.wake());
            wake = wake.earliest(self.transfer_wake());
        }
        let retry =
            self.backoff.and_then(|backoff| backoff.due()).filter(|_| self.link == StatusLink::Waiting);
        for at in [retry, self.give_up_at, self.nobody_calls_at, self.ending].into_iter().flatten() {
            wake = wake.earliest(Wake::At(at));
        }
        wake
    }

    /// Time has passed.
    pub fn timeout(&mut self, now: Stamp) {
        self.now = now;
        self.rate.update(now);
        self.silence.update(now);
        self.tap.advance(now);
        self.tapped();
        self.through_telnet(Telnet::timeout);
        self.inverting_timeout();
        self.transfer_timeout();
        self.stragglers_timeout();
        let retry = self.backoff.and_then(|backoff| backoff.due());
        if self.link == StatusLink::Waiting && retry.is_some_and(|due| now >= due) {
            self.open_again();
        }
        if self.nobody_calls_at.is_some_and(|at| now >= at) {
            let what = format!("nobody called {} within {}", self.config.target, self.config.timeout);
            let trouble = Trouble::new(Failure::TimedOut, what, "--timeout gives callers longer");
            self.finish(Outcome::Link(trouble));
        }
        if self.give_up_at.is_some_and(|at| now >= at) {
            self.finish(Outcome::Done);
        }
        if let Some(abandoned) = self.outbox.overdue(now) {
            self.tell_abandoned(abandoned, "the far end did not answer as it was told to be waited for");
            self.transfer_overdue(abandoned.unsent);
            if self.mode != Mode::Attended {
                let what = "the far end sent no echo or prompt in time, so not everything was sent";
                let next = "see --wait-echo, --wait-prompt and --timeout";
                self.finish(Outcome::Link(Trouble::new(Failure::TimedOut, what, next)));
            }
        }
        self.play();
        self.pump();
    }

    /// A user, or what stands for one, wants something.
    pub fn command(&mut self, now: Stamp, command: Command) {
        self.now = now;
        if self.outcome.is_some() {
            return;
        }
        match command {
            Command::Key(_)
            | Command::Colour(_)
            | Command::Paste(_)
            | Command::SendRaw(_)
            | Command::Break
            | Command::SetLine(_)
            | Command::SetLines { .. }
                if self.keys_are_held() => {}
            Command::Key(key) => {
                if let Some(octets) = self.translator.key(key, self.screen.char_set()) {
                    self.type_octets(&octets);
                }
            }
            Command::Colour(number) => {
                if let Some(octet) = self.translator.colour(number) {
                    self.type_octets(&[octet]);
                }
            }
            Command::Paste(text) => self.paste(&text),
            Command::SendRaw(octets) => {
                if self.online() {
                    self.paste_octets(octets);
                }
            }
            // A recording ends by itself, however long it is silent.
            Command::EndOfInput if matches!(self.config.target, Target::Play { .. }) => {}
            Command::EndOfInput => self.give_up_at = Some(self.now + self.config.timeout),
            Command::CancelPaste => {
                if let Some(abandoned) = self.outbox.cancel() {
                    self.tell_abandoned(abandoned, "cancelled");
                }
            }
            Command::Call(config) => self.call(*config),
            Command::Connect => self.connect(),
            Command::HangUp => self.hang_up(),
            Command::SetScreen(kind) => {
                self.config.screen = kind;
                self.config.behaviour = kind.default_behaviour();
                self.new_screen();
            }
            Command::SetBehaviour(behaviour) => {
                self.config.behaviour = behaviour;
                self.screen.set_behaviour(behaviour);
            }
            Command::SetWire(wire) => {
                self.config.wire = wire;
                self.new_translator();
            }
            Command::SetCharset(label) => match HostCharset::from_label(&label) {
                Some(charset) => {
                    self.charset = charset;
                    charset.label().clone_into(&mut self.config.charset);
                    self.screen.set_charset(charset);
                    self.new_translator();
                }
                None => self.warn(format!("no charset is called '{label}'; the old one stays")),
            },
            Command::SetEcho(echo) => self.config.echo = echo,
            Command::SetLine(line) => self.set_line(line),
            Command::SetView40(on) => {
                self.config.view40 = on;
                self.screen.set_view40(on);
                self.announce_size();
            }
            Command::Break => {
                if self.inverter.tx.is_some() {
                    self.warn("shift-TX sends no break: at the far end the line would just rest".to_owned());
                } else if self.online() {
                    self.tap.sent_break(self.now, BREAK);
                    self.outputs.push_back(Output::Link(LinkCommand::Break(BREAK)));
                }
            }
            Command::SetLines { dtr, rts } => {
                if self.online() {
                    self.outputs.push_back(Output::Link(LinkCommand::SetLines { dtr, rts }));
                }
            }
            Command::Capture(on) => self.set_capture(on),
            Command::WatchWire(on) => self.tap.watch(on),
            Command::RecordWire(on) => self.tap.record(on),
            Command::Note(text) => self.tell(Severity::Info, text),
            Command::Warn(text) => self.warn(text),
            Command::FileTrouble(text) => {
                self.tell(Severity::Error, text.clone());
                if self.mode != Mode::Attended {
                    self.finish(Outcome::File(text));
                }
            }
            Command::Transfer(request) => self.begin_transfer(*request),
            Command::Stored(outcome) => self.transfer_stored(outcome),
            Command::CancelTransfer => self.cancel_transfer(),
            Command::NoTransfer(unfit) => self.no_transfer(&unfit.to_string(), Outcome::Unfit(unfit.clone())),
            Command::Quit => self.finish(Outcome::Done),
        }
        self.play();
        self.pump();
    }

    /// A link tells something.
    pub fn link(&mut self, now: Stamp, event: LinkEvent) {
        self.now = now;
        match event {
            LinkEvent::Opened(info) => self.opened(*info),
            LinkEvent::Progress(text) => self.tell(Severity::Info, text),
            LinkEvent::Warning(text) => self.warn(text),
            LinkEvent::Rx { at, bytes, marks } => self.received(at, &bytes, &marks),
            LinkEvent::Edges { way, edges } => {
                self.tap.edges(way, edges);
                self.tapped();
            }
            LinkEvent::TxDrained { bytes } => {
                self.outbox.drained(bytes);
                self.transfer_timeout();
            }
            LinkEvent::Lines(lines) => self.lines = lines,
            LinkEvent::LinesSet { dtr, rts } => {
                self.dtr = dtr.unwrap_or(self.dtr);
                self.rts = rts.unwrap_or(self.rts);
            }
            LinkEvent::Held(result) => self.held(result),
            LinkEvent::Reconfigured(result) => self.reconfigured(result),
            LinkEvent::Counters(counters) => self.driver_counted(counters),
            LinkEvent::Closed(trouble) => self.closed(trouble),
        }
        // Telnet may have answered.
        self.agree();
        self.play();
        self.pump();
    }
}

pub(super) fn new_outbox(config: &SessionConfig, translator: &Translator) -> Outbox {
    let mut prompt = Vec::new();
    if let Some(text) = &config.pacing.wait_prompt {
        translator.text(text, CharSet::Text, &mut prompt);
    }
    Outbox::new(config.pacing.clone(), prompt, config.timeout)
}

pub(super) fn tenth_of_a_second(octet_time: Span) -> usize {
    usize::try_from(100_000_000 / octet_time.0.max(1)).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests;
